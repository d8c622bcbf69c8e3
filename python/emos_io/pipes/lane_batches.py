"""A batch sampler: the steps of a plan for torch's loaders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np

from ..plan import WindowPlan
from .arguments import window_plan
from .dataset import SampleIndex
from .describe import lanes_text
from .position import EpochHook, Iteration, LoaderState, Position


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

    accelerate shards batch samplers on its own. Where it prepares a loader of a `LaneBatches` with a `rank`, it deals each
    rank's batches out again, and each rank reads every other of its own: of 65 windows on 2 ranks 35 are read and 30 are
    lost, without an error. Hand over one of these:

    - ``LaneBatches(plan)``, without rank, in a loader that is prepared with
      ``DataLoaderConfiguration(split_batches=True)``: each rank takes its own lanes of each step;
    - ``LaneBatches(plan, rank=..., world_size=...)`` in a loader that is *not* prepared, or a `WindowLoader`, which
      ``prepare`` leaves as it is.

    A prepared loader sets its own count of epochs whenever it begins, and counts up only where it is asked for a batch after
    the last: whoever takes exactly ``len(loader)`` batches of it gets the same epoch again. Call ``loader.set_epoch(epoch)`` of
    the prepared loader before each epoch.

    Args:
        plan: The plan of the dataset.
        rank: This process among all, from 0.
        world_size: How many processes there are.
        check_media: Whether `load_state_dict` compares the media with those of the state, as for `WindowLoader`.

    Attributes:
        batch_size: Indices of each batch of this rank.
        drop_last: False: a lane that has run out has empty slots.

    Raises:
        InvalidArgument: An argument is not allowed.
    """

    drop_last: Literal[False] = False

    def __init__(self, plan: WindowPlan, *, rank: int = 0, world_size: int = 1, check_media: bool = True) -> None:
        window_plan(plan)
        self._plan, self._lanes = plan, plan.rank_lanes(rank, world_size)
        self.batch_size = len(self._lanes) * plan.windows_per_lane
        self._position = Position(plan, check_media=check_media)

    def __repr__(self) -> str:
        position = self._position
        return f"LaneBatches(epoch {position.epoch}, {len(self)} steps, {lanes_text(self._plan, self._lanes)})"

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
        """Begin the epoch, at the step that was loaded, if any: the indices of each step, lane by lane."""
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
        epoch, step = iteration.epoch, iteration.step
        batch = self._plan.batch(epoch, step)
        pairs = zip(np.ravel(batch.numbers[self._lanes]), np.ravel(batch.is_start[self._lanes]), strict=True)
        indices = [SampleIndex(epoch, int(number), bool(start), step) for number, start in pairs]
        self._position.advance(iteration)
        return indices
