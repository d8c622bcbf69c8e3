"""A batch sampler: the steps of a plan for torch's loaders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from ..plan import WindowPlan
from .arguments import window_plan
from .dataset import SampleIndex
from .describe import lanes_text
from .position import EpochHook, Iteration, LoaderState, Position
from .prepared import check_all_ranks, check_one_rank, check_skip
from .ranks import RankLanes

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup
    from torch.distributed.device_mesh import DeviceMesh


class LaneBatches:
    """A batch sampler for `WindowDataset`: one rank's share of each step, as lists of `SampleIndex`.

    For DataLoader and StatefulDataLoader (``batch_sampler=``). Its state is that of a `WindowLoader`, and a
    StatefulDataLoader saves and loads it by itself: it refuses the state of another plan, and goes on in the epoch of its
    state. The epoch ends with the last batch that is handed out, to a DataLoader with workers some batches early: after a
    break such a loader may go on with the next epoch. Only the last iterator counts; one that a newer one, `set_epoch` or
    `load_state_dict` ended raises.

    A StatefulDataLoader hands a state over when it is iterated, after all that was set before: with a state, an epoch that was
    set between its ``load_state_dict`` and ``iter`` does not count, unless it is that of the state. Take a new loader for
    another epoch.

    Lightning sets the epoch after it has made its iterator, whose workers have asked for batches by then and keep them. From a
    checkpoint that was saved after ``fit`` it loads no state: going on raises, unless ``batch_sampler.set_epoch(epoch)`` was
    called before. One of the last batch under ``limit_train_batches`` cannot go on with workers. A `WindowLoader` always can.

    accelerate shards batch samplers on its own. In a loader that it prepares for several processes, one rank's batches would be
    dealt out again, and most windows lost or repeated: that raises. Use one of these:

    - ``LaneBatches.of_all_ranks(plan)`` in a loader that is prepared with ``DataLoaderConfiguration(split_batches=True)``: each
      rank takes its own lanes of each step;
    - ``LaneBatches(plan)`` in a loader that is *not* prepared, or a `WindowLoader`, which ``prepare`` leaves as it is.

    A prepared loader sets its own count of epochs whenever it begins, and counts up only where it is asked for a batch after
    the last: whoever takes exactly ``len(loader)`` batches of it gets the same epoch again. Call ``loader.set_epoch(epoch)`` of
    the prepared loader before each epoch.

    Args:
        plan: The plan of the dataset.
        rank: This process among all that read other windows, from 0; None for that of torch.distributed.
        world_size: How many processes there are; None for that of torch.distributed.
        mesh: The data-parallel dimensions of a torch ``DeviceMesh``, as for `WindowLoader`.
        process_group: A torch ``ProcessGroup``, as for `WindowLoader`.
        check_media: Whether `load_state_dict` compares the media with those of the state, as for `WindowLoader`.

    Attributes:
        batch_size: Indices of each batch of this rank.
        drop_last: False: a lane that has run out has empty slots.

    Raises:
        InvalidArgument: An argument is not allowed.
    """

    drop_last: Literal[False] = False

    def __init__(
        self,
        plan: WindowPlan,
        *,
        rank: int | None = None,
        world_size: int | None = None,
        mesh: DeviceMesh | None = None,
        process_group: ProcessGroup | None = None,
        check_media: bool = True,
    ) -> None:
        window_plan(plan)
        ranks = RankLanes(plan, rank, world_size, mesh, process_group)
        self._set(plan, ranks, ranks.lanes, Position(plan, check_media=check_media))

    def _set(self, plan: WindowPlan, ranks: RankLanes | None, lanes: range, position: Position) -> None:
        self._plan, self._ranks, self._lanes, self._position = plan, ranks, lanes, position
        self.batch_size = len(lanes) * plan.windows_per_lane

    @classmethod
    def of_all_ranks(cls, plan: WindowPlan, *, check_media: bool = True) -> Self:
        """Return the steps of all ranks, for a loader that accelerate prepares with ``split_batches=True``.

        Each batch is the whole global batch, lane by lane, of which accelerate gives each rank its lanes.

        Args:
            plan: The plan of the dataset.
            check_media: As above.

        Raises:
            InvalidArgument: An argument is not allowed. Iterating raises where a prepared loader does not split batches, where
                its processes do not divide the plan's lanes, and where there are several ranks and nobody splits them.
        """
        window_plan(plan)
        batches = cls.__new__(cls)
        batches._set(plan, None, range(plan.num_lanes), Position(plan, check_media=check_media))
        return batches

    @classmethod
    def at(cls, plan: WindowPlan, ranks: RankLanes, position: Position) -> Self:
        """Return the batches of a loader's rank, which move the loader's position."""
        batches = cls.__new__(cls)
        batches._set(plan, ranks, ranks.lanes, position)
        return batches

    def __repr__(self) -> str:
        position, kind = self._position, ".of_all_ranks" if self._ranks is None else ""
        return f"LaneBatches{kind}(epoch {position.epoch}, {len(self)} steps, {lanes_text(self._plan, self._lanes)})"

    @property
    def sampler(self) -> EpochHook:
        """What trainers such as Lightning look for: its `set_epoch` sets the epoch."""
        return EpochHook(self._position)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration; a step that was loaded is kept if it is of this epoch.

        Raises:
            InvalidArgument: `epoch` is not an integer from 0 to 2147483647.
        """
        self._position.set_epoch(epoch)

    def __len__(self) -> int:
        """The number of steps of the epoch, also after a resume."""
        return self._position.num_steps

    def __iter__(self) -> Iterator[list[SampleIndex]]:
        """Begin the epoch, at the step that was loaded, if any: the indices of each step, lane by lane.

        Raises:
            InvalidArgument: It is in a loader that accelerate prepared and whose processes would not get their lanes; a process
                group of several ranks came after it was made; or accelerate skips batches after a state was loaded.
        """
        if self._ranks is None:
            check_all_ranks(self._plan, "LaneBatches.of_all_ranks", batches_of=self.batch_size)
        else:
            self._ranks.check()
            check_one_rank()
        check_skip(self._position)
        return _StepIndices(self._plan, self._lanes, self._position)

    def state_dict(self) -> LoaderState:
        """Return ``{"version", "epoch", "step", "plan", "media"}``; batches that were handed out count as used.

        Cost: that of `WindowLoader.state_dict`.
        """
        return self._position.state()

    def load_state_dict(self, state: Mapping[str, object], *, check_media: bool | None = None) -> None:
        """Let the next iteration begin right after the last batch of this state.

        Args:
            state: What `state_dict` returned.
            check_media: Whether to compare the media with those of the state; None for the sampler's `check_media`.

        Raises:
            InvalidArgument: The state is of another plan or version, or is not a state.
            SourceChanged: The media are others than those of the state.
        """
        self._position.load(state, check_media)


class _StepIndices(Iterator[list[SampleIndex]]):
    """One iteration."""

    def __init__(self, plan: WindowPlan, lanes: range, position: Position) -> None:
        self._plan, self._lanes, self._position = plan, slice(lanes.start, lanes.stop), position
        self._iteration: Iteration = position.begin()

    def __next__(self) -> list[SampleIndex]:
        iteration = self._iteration
        iteration.check()
        indices = step_indices(self._plan, iteration.epoch, iteration.step, self._lanes)
        self._position.advance(iteration)
        return indices


def step_indices(plan: WindowPlan, epoch: int, step: int, lanes: slice = slice(None)) -> list[SampleIndex]:
    """Return the indices of a step, lane by lane."""
    batch = plan.batch(epoch, step)
    pairs = zip(np.ravel(batch.numbers[lanes]), np.ravel(batch.is_start[lanes]), strict=True)
    return [SampleIndex(epoch, int(number), bool(start), step) for number, start in pairs]
