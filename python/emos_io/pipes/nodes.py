"""Nodes for torchdata: the steps of a plan, their windows, batches, pinned memory.

``Loader(CollateSteps(Decode(PlanSteps(plan))))`` gives what `WindowLoader` gives. `torchdata.nodes.Prefetcher` goes on top,
and ``ParallelMapper(Decode(...), collate, num_workers)`` can replace `CollateSteps`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from .._checks import integer
from .._install import install
from ..errors import InvalidArgument, short_repr
from ..media import DeviceStats, OnError
from ..plan import WindowPlan
from .arguments import epoch_number, optional_callable, window_plan
from .collate import Collate, optional_collate, torch_or_extra
from .dataset import FILES_HINT, TRANSFORM_HINT
from .describe import lanes_text
from .device_counts import DeviceCounts
from .lanes import LaneReader
from .position import Iteration, Position
from .ranks import RankLanes
from .reading import ReadOptions
from .samples import DeviceTransform, StepSamples, Transform
from .specs import AudioSpec, MissingAudio, SampleSpec, VideoSpec

try:
    from torchdata.nodes import BaseNode  # type: ignore[import-untyped]
except ImportError as error:
    raise ImportError(f"torchdata is not installed; {install('torch')}") from error

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup
    from torch.distributed.device_mesh import DeviceMesh

State = Mapping[str, object]
"""The state of a node: a small dict, the state of its source within it."""


@dataclass(frozen=True, slots=True)
class LaneStep:
    """What `PlanSteps` gives.

    Attributes:
        epoch: The epoch's number.
        step: The step's number in the epoch.
        lanes: The lanes of the step that this rank reads.
    """

    epoch: int
    step: int
    lanes: range


class PlanSteps(BaseNode):  # type: ignore[misc]
    """The steps of a plan for one rank; a reset without state begins the epoch again, and after its last step the next.

    Its state is ``{"version", "epoch", "step", "plan", "media"}``, the same as that of a `WindowLoader`. A `Prefetcher` on
    top takes steps early: after a break its next reset may begin the next epoch.

    Args:
        plan: Which windows, in which order.
        rank: This process among all that read other windows, from 0; None for that of torch.distributed.
        world_size: How many processes there are; None for that of torch.distributed.
        mesh: The data-parallel dimensions of a torch ``DeviceMesh``, as for `WindowLoader`.
        process_group: A torch ``ProcessGroup``, as for `WindowLoader`.
        epoch: The first epoch.
        check_media: Whether `reset` compares the media with those of a state, as for `WindowLoader`.

    Raises:
        InvalidArgument: An argument is not allowed.
    """

    def __init__(
        self,
        plan: WindowPlan,
        *,
        rank: int | None = None,
        world_size: int | None = None,
        mesh: DeviceMesh | None = None,
        process_group: ProcessGroup | None = None,
        epoch: int = 0,
        check_media: bool = True,
    ) -> None:
        super().__init__()
        window_plan(plan)
        self._ranks = RankLanes(plan, rank, world_size, mesh, process_group)
        self.plan, self.lanes = plan, self._ranks.lanes
        self._position = Position(plan, epoch_number(epoch), check_media=check_media)
        self._iteration: Iteration | None = None

    def __repr__(self) -> str:
        at = self._position
        return f"PlanSteps(epoch {at.epoch}, step {at.step} of {at.num_steps}, {lanes_text(self.plan, self.lanes)})"

    def reset(self, initial_state: State | None = None) -> None:
        """Go to a state, or to the start of an epoch.

        Raises:
            InvalidArgument: The state is of another plan or version, or is not a state; or a process group of several ranks
                came after the node was made.
            SourceChanged: The media are others than those of the state.
        """
        self._ranks.check()
        super().reset(initial_state)
        if initial_state is not None:
            self._position.load(initial_state)
        self._iteration = self._position.begin()

    def next(self) -> LaneStep:
        """Return the next step."""
        iteration = self._iteration
        assert iteration is not None, "a node is reset before it is asked"
        iteration.check()
        return LaneStep(iteration.epoch, self._position.advance(iteration), self.lanes)

    def get_state(self) -> State:
        """Return a state of its own: five values. The first one costs what that of `WindowLoader` does."""
        return self._position.state()


class _Mapped(BaseNode):  # type: ignore[misc]
    """A node that changes what its source gives, one for one."""

    def __init__(self, source: BaseNode) -> None:
        super().__init__()
        if not isinstance(source, BaseNode):
            raise InvalidArgument(
                f"source must be a node of torchdata, got {short_repr(source)}; begin with PlanSteps(plan)"
            )
        self.source = source

    def __repr__(self) -> str:
        source = repr(self.source) if isinstance(self.source, PlanSteps | _Mapped) else type(self.source).__name__
        return f"{type(self).__name__}({', '.join([source, *self._options_text()])})"

    def _options_text(self) -> list[str]:
        """What `repr` prints after the source."""
        return []

    def reset(self, initial_state: State | None = None) -> None:
        """Go to a state, or let the source begin."""
        super().reset(initial_state)
        self.source.reset(None if initial_state is None else initial_state["source"])

    def get_state(self) -> State:
        """Return the state of the source."""
        return {"source": self.source.state_dict()}


class Decode(_Mapped):
    """The samples of each step, each lane read forward, lanes in parallel.

    Args:
        source: `PlanSteps`, or a node over it that gives its steps.
        plan: The source's plan; None where the source is `PlanSteps` itself.
        num_threads: Lanes that are read at the same time.
        device: Where frames are decoded, as in `WindowLoader`. The state is that of the source, as without a device: a loop
            that was cut on a device goes on without one, and the other way round. Frames on a device do not travel to another
            process: a `ParallelMapper` over it has ``method="thread"``.

    Other arguments and errors are those of `WindowLoader`.
    """

    def __init__(
        self,
        source: BaseNode,
        *,
        plan: WindowPlan | None = None,
        video: VideoSpec | None = VideoSpec(),  # noqa: B008 - frozen
        audio: AudioSpec | None = AudioSpec(),  # noqa: B008 - frozen
        num_threads: int = 2,
        transform: Transform[object] | DeviceTransform[object] | None = None,
        on_error: OnError = "raise",
        missing_audio: MissingAudio = "silence",
        timeout: float | None = None,
        max_open_files: int = 64,
        device: str | None = None,
    ) -> None:
        super().__init__(source)
        checked = window_plan(getattr(source, "plan", None) if plan is None else plan)
        optional_callable(transform, "transform", "(sample, generator)", TRANSFORM_HINT)
        options = ReadOptions(SampleSpec(video, audio), on_error, missing_audio, timeout, device)
        item_transform = cast("Transform[object] | None", transform)
        self._arguments = (checked, options, item_transform, integer(max_open_files, "max_open_files", FILES_HINT))
        self._num_threads = integer(num_threads, "num_threads", "it is the lanes that are read at the same time")
        self.reader: LaneReader[object] | None = None

    def _options_text(self) -> list[str]:
        options = self._arguments[1]
        texts = [f"video={options.spec.video}", f"audio={options.spec.audio}", f"on_error={options.on_error!r}"]
        return texts if options.device is None else [*texts, f"device={options.device!r}"]

    def reset(self, initial_state: State | None = None) -> None:
        """Go to a state, or let the source begin; files are opened again."""
        self.close()
        super().reset(initial_state)
        self.reader = LaneReader(*self._arguments)

    def next(self) -> StepSamples[object]:
        """Return the next step, decoded."""
        try:
            step: LaneStep = next(self.source)
        except StopIteration:
            self.close()
            raise
        reader = self.reader
        assert reader is not None, "a node is reset before it is asked"
        # Threads live for one step: nothing tells a node of an end at which a pool could be closed.
        with ThreadPoolExecutor(min(self._num_threads, len(step.lanes)), "emos-load") as pool:
            rows = list(pool.map(lambda lane: reader.read(step.epoch, step.step, lane), step.lanes))
        size = reader.steps.padded_size(step.epoch, step.step)
        return StepSamples((row for lane in rows for row in lane), epoch=step.epoch, step=step.step, padded_size=size)

    def stats(self) -> DeviceStats:
        """Return the sum of `Media.stats` over the files since the last reset, as `WindowLoader.stats` does."""
        if self.reader is None:
            return DeviceCounts(self._arguments[1].device).stats()
        return self.reader.files.stats()

    def close(self) -> None:
        """Close the files; the end of an epoch does so too."""
        if self.reader is not None:
            self.reader.close()


class CollateSteps(_Mapped):
    """Batches of what `Decode` gives.

    Args:
        source: `Decode`, or a node over it.
        collate: Gets the `StepSamples` of a step and gives the batch; None for `Collate()`.

    Raises:
        InvalidArgument: An argument is not allowed.
        ImportError: `collate` is None and torch is not installed.
    """

    def __init__(self, source: BaseNode, collate: Callable[..., object] | None = None) -> None:
        super().__init__(source)
        optional_collate(collate)
        self._collate: Callable[..., object] = Collate() if collate is None else collate

    def _options_text(self) -> list[str]:
        collate = self._collate
        name = getattr(collate, "__qualname__", None) or type(collate).__name__
        return [f"collate={collate if isinstance(collate, Collate) else name}"]

    def next(self) -> object:
        """Return the next batch."""
        return self._collate(next(self.source))


class PinMemory(_Mapped):
    """Batches in pinned memory; they stay as they are where there is no CUDA."""

    def next(self) -> object:
        """Return the next batch."""
        batch = next(self.source)
        torch = torch_or_extra()
        return batch.pin_memory() if torch.cuda.is_available() and hasattr(batch, "pin_memory") else batch
