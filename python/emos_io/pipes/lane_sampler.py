"""A flat sampler: the slots of all ranks one by one, for trainers that batch and shard by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import SupportsIndex

from ..plan import WindowPlan
from .arguments import window_plan
from .dataset import SampleIndex
from .lane_batches import step_indices
from .position import Iteration, LoaderState, Position
from .prepared import check_all_ranks, check_skip


class LaneSampler:
    """A sampler for `WindowDataset`: the slots of every step, lane by lane, of all ranks.

    For ``DataLoader(sampler=)`` in trainers that batch and shard by themselves, as those over accelerate do. On W processes and
    with a batch size of ``plan.batch_size / W``, the sharding of accelerate gives each process its own lanes of each step, each
    window once. Another batch size raises there; and so does a loader that nobody shards, where there are several ranks.

    Epochs, states and iterators are those of `LaneBatches`. A state is taken after whole steps.

    Args:
        plan: The plan of the dataset.
        check_media: Whether `load_state_dict` compares the media with those of the state, as for `WindowLoader`.

    Raises:
        InvalidArgument: An argument is not allowed.

    Example:
        >>> from fractions import Fraction
        >>> from emos_io import WindowPlan
        >>> from emos_io.corpus import Monologue
        >>> item = Monologue(key="streaming/a", name="a", title="A", language="en", duration=Fraction(10))
        >>> sampler = LaneSampler(WindowPlan([item], 4, 2, order="sequential"))
        >>> len(sampler), [index.number for index in sampler]
        (4, [0, 1, 2, 3])
    """

    def __init__(self, plan: WindowPlan, *, check_media: bool = True) -> None:
        window_plan(plan)
        self._plan = plan
        self._position = Position(plan, check_media=check_media)

    def __repr__(self) -> str:
        return f"LaneSampler(epoch {self._position.epoch}, {self._position.num_steps} steps, {self._plan!r})"

    def set_epoch(self, epoch: SupportsIndex) -> None:
        """Set the epoch, as trainers do: an iterator that gave nothing yet follows, and one of this epoch goes on.

        Raises:
            InvalidArgument: `epoch` is not an integer from 0 to 2147483647.
        """
        self._position.follow(epoch)

    def __len__(self) -> int:
        """The slots of the epoch: steps times ``plan.batch_size``, empty slots with them; also after a resume."""
        return self._position.num_steps * self._plan.batch_size

    def __iter__(self) -> Iterator[SampleIndex]:
        """Begin the epoch, at the step that was loaded, if any: the indices of each step, lane by lane.

        Raises:
            InvalidArgument: The processes of accelerate would not get their lanes; nobody shards and there are several ranks;
                or accelerate skips batches after a state was loaded.
        """
        check_all_ranks(self._plan, "LaneSampler", batches_of=None)
        check_skip(self._position)
        return _Slots(self._plan, self._position)

    def state_dict(self) -> LoaderState:
        """Return ``{"version", "epoch", "step", "plan", "media"}``; steps that were handed out count as used.

        Raises:
            InvalidArgument: Some slots of a step were handed out, and others not.

        Cost: that of `WindowLoader.state_dict`.
        """
        return self._position.state()

    def load_state_dict(self, state: Mapping[str, object], *, check_media: bool | None = None) -> None:
        """Let the next iteration begin right after the last step of this state.

        Args:
            state: What `state_dict` returned.
            check_media: Whether to compare the media with those of the state; None for the sampler's `check_media`.

        Raises:
            InvalidArgument: The state is of another plan or version, or is not a state.
            SourceChanged: The media are others than those of the state.
        """
        self._position.load(state, check_media)


class _Slots(Iterator[SampleIndex]):
    """One iteration."""

    def __init__(self, plan: WindowPlan, position: Position) -> None:
        self._plan, self._position = plan, position
        self._iteration: Iteration = position.begin()
        self._step: tuple[int, int] | None = None
        self._indices: list[SampleIndex] = []

    def __next__(self) -> SampleIndex:
        iteration = self._iteration
        iteration.check()
        if self._step != (iteration.epoch, iteration.step):
            self._step = (iteration.epoch, iteration.step)
            self._indices = step_indices(self._plan, *self._step)
        return self._indices[self._position.advance_slot(iteration, len(self._indices))]
