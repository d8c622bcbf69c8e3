"""Nodes for torchdata: the steps of a plan, their windows, batches, pinned memory.

``Loader(Collate(Decode(Windows(plan))))`` gives what `WindowLoader` gives. `torchdata.nodes.Prefetcher` goes on top, and
``ParallelMapper(Decode(...), collate, num_workers)`` in the place of `Collate`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ..plan import WindowPlan
from . import collate as collation
from .dataset import at_least_one
from .lanes import LaneReader
from .reading import Reading
from .samples import AudioSpec, Form, MissingAudio, OnError, StepSamples, Transform, VideoSpec

try:
    from torchdata.nodes import BaseNode  # type: ignore[import-untyped]
except ImportError as error:
    raise ImportError("torchdata is not installed; pip install 'emos-io[torch]'") from error


@dataclass(frozen=True, slots=True)
class LaneStep:
    """What `Windows` gives: a step and the lanes that are read of it."""

    epoch: int
    step: int
    lanes: range


class Windows(BaseNode):  # type: ignore[misc]
    """The steps of a plan for one rank; a reset without state after the end of an epoch begins the next.

    Its state is ``{"version", "epoch", "step", "plan"}``, that of a `WindowLoader`.

    Args:
        plan, rank, world_size: As of `WindowLoader`.
        epoch: The first.
    """

    def __init__(self, plan: WindowPlan, *, rank: int = 0, world_size: int = 1, epoch: int = 0) -> None:
        super().__init__()
        self.plan, self.lanes = plan, plan.rank_lanes(rank, world_size)
        self._epoch, self._step = epoch, 0

    def reset(self, initial_state: dict[str, Any] | None = None) -> None:
        """Go to a state, or to the begin of an epoch.

        Raises:
            InvalidArgument: The state is of another plan.
        """
        super().reset(initial_state)
        if initial_state is not None:
            self._epoch, self._step = self.plan.check_state(initial_state)
        elif self._step >= self.plan.num_steps(self._epoch):
            self._epoch, self._step = self._epoch + 1, 0
        else:
            self._step = 0

    def next(self) -> LaneStep:
        """Return the next step."""
        if self._step >= self.plan.num_steps(self._epoch):
            raise StopIteration
        self._step += 1
        return LaneStep(self._epoch, self._step - 1, self.lanes)

    def get_state(self) -> dict[str, Any]:
        """Return a state of its own: four values."""
        return self.plan.state(self._epoch, self._step)


class Decode(BaseNode):  # type: ignore[misc]
    """The samples of each step, each lane read forward, lanes side by side.

    Args:
        source: `Windows`, or a node over it that gives its steps.
        plan: Of the source; None where that is `Windows` itself.
        num_threads: Lanes that are read at the same time.

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
        transform: Transform | None = None,
        on_error: OnError = "raise",
        missing_audio: MissingAudio = "silence",
        timeout: float | None = None,
        max_open_files: int = 64,
    ) -> None:
        super().__init__()
        self.source = source
        self._plan: WindowPlan = source.plan if plan is None else plan
        reading = Reading(Form(video, audio), on_error, missing_audio, timeout)
        self._arguments = (self._plan, reading, transform, at_least_one(max_open_files, "max_open_files"))
        self._threads = at_least_one(num_threads, "num_threads")
        self.reader: LaneReader | None = None

    def reset(self, initial_state: dict[str, Any] | None = None) -> None:
        """Go where the state says; files are opened anew."""
        super().reset(initial_state)
        self.close()
        self.source.reset(None if initial_state is None else initial_state["source"])
        self.reader = LaneReader(*self._arguments)

    def next(self) -> StepSamples:
        """Return the next step, decoded."""
        try:
            step: LaneStep = next(self.source)
        except StopIteration:
            self.close()
            raise
        reader = self.reader
        assert reader is not None, "a node is reset before it is asked"
        # Threads live for one step: a node is told of no end at which a pool could be closed.
        with ThreadPoolExecutor(min(self._threads, len(step.lanes)), "emos-load") as pool:
            rows = list(pool.map(lambda lane: reader.read(step.epoch, step.step, lane), step.lanes))
        widths = reader.steps.widths(step.epoch, step.step)
        return StepSamples((row for lane in rows for row in lane), epoch=step.epoch, step=step.step, widths=widths)

    def get_state(self) -> dict[str, Any]:
        """Return the state of the source: nothing is read ahead of it."""
        return {"source": self.source.state_dict()}

    def close(self) -> None:
        """Close the files; the end of an epoch does so too."""
        if self.reader is not None:
            self.reader.close()


class _Mapped(BaseNode):  # type: ignore[misc]
    """A node that changes what comes, one for one."""

    def __init__(self, source: BaseNode) -> None:
        super().__init__()
        self.source = source

    def reset(self, initial_state: dict[str, Any] | None = None) -> None:
        """Go where the state says."""
        super().reset(initial_state)
        self.source.reset(None if initial_state is None else initial_state["source"])

    def get_state(self) -> dict[str, Any]:
        """Return the state of the source."""
        return {"source": self.source.state_dict()}


class Collate(_Mapped):
    """Batches of what `Decode` gives.

    Args:
        source: `Decode`.
        collate: As of `WindowLoader`.
    """

    def __init__(self, source: BaseNode, collate: Callable[[Sequence[Any]], Any] | None = None) -> None:
        super().__init__(source)
        self._collate = collation.Collate() if collate is None else collate

    def next(self) -> Any:
        """Return the next batch."""
        return self._collate(next(self.source))


class PinMemory(_Mapped):
    """Batches in pinned memory; as they are where there is no CUDA."""

    def next(self) -> Any:
        """Return the next batch."""
        batch = next(self.source)
        torch = collation.torch_or_extra()
        return batch.pin_memory() if torch.cuda.is_available() and hasattr(batch, "pin_memory") else batch
