"""Where a loop over a plan stands, for loaders, samplers and nodes alike: when an epoch ends, and which iteration counts.

```text
 batches handed out      0        1        n - 1      n = len(loader)
 state                 (e, 0)   (e, 1)   (e, n - 1)   (e + 1, 0)
 next iteration        (e, 0)   (e, 0)   (e, 0)       (e + 1, 0)     after load_state_dict: where the state says
```
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import SupportsIndex, TypedDict, cast

from ..errors import InvalidArgument, short_repr
from ..plan import WindowPlan
from .arguments import epoch_number
from .plan_media import PlanMedia


class LoaderState(TypedDict):
    """Where a loader stands: of constant size, the same on every rank.

    Attributes:
        version: The version of this format.
        epoch: The epoch's number.
        step: Batches of the epoch that were handed out; they count as used.
        plan: The plan's fingerprint.
        media: The digest of the plan's media; None, from ``plan.state``, leaves them unchecked.
    """

    version: int
    epoch: int
    step: int
    plan: str
    media: str | None


class Iteration:
    """One way through an epoch; only the last one counts.

    Attributes:
        epoch, step: The next step.
        first: The step with which it began.
        is_loaded: It began where a state says.
        slot: Slots of the next step that were handed out, by those who hand slots out one by one.
        is_over: The last step was handed out.
    """

    def __init__(self, epoch: int, step: int, *, is_loaded: bool = False) -> None:
        self.epoch, self.step, self.first, self.is_loaded, self.is_over = epoch, step, step, is_loaded, False
        self.slot = 0
        self._ended_by: str | None = None
        self._advice = ""

    def check(self) -> None:
        """Check that the next step may be handed out.

        Raises:
            StopIteration: The epoch is over.
            InvalidArgument: Something else ended the iteration.
        """
        if self.is_over:
            raise StopIteration
        if self._ended_by is not None:
            raise InvalidArgument(
                f"iterator must be the last one of its loader, got one of epoch {self.epoch} that {self._ended_by} ended after "
                f"{self.step - self.first} batches; iterate over the loader again{self._advice}"
            )

    @property
    def has_begun(self) -> bool:
        """Something was handed out."""
        return self.step != self.first or self.slot > 0

    def end(self, by: str, advice: str = "") -> None:
        """Let it give nothing more; the first reason counts."""
        if self._ended_by is None:
            self._ended_by, self._advice = by, advice


class Position:
    """Where a loop stands.

    Args:
        plan: The plan.
        epoch: The first epoch.
        check_media: Whether `load` compares the media with those of the state.

    Attributes:
        epoch, step: What comes next; batches that were handed out count as used.
    """

    def __init__(self, plan: WindowPlan, epoch: int = 0, *, check_media: bool = True) -> None:
        self.plan = plan
        self.epoch, self.step = epoch, 0
        self._check_media = _flag(check_media)
        self._media = PlanMedia(plan)
        self._is_loaded = False
        self._iteration: Iteration | None = None

    @property
    def is_loaded(self) -> bool:
        """A state was loaded, and nothing was handed out since."""
        return self._is_loaded

    @property
    def num_steps(self) -> int:
        """Steps of the epoch."""
        return self.plan.num_steps(self.epoch)

    def begin(self) -> Iteration:
        """Return a new iteration: from the step that was loaded, until a batch of it was handed out, else from step 0."""
        self.end("a newer iterator")
        if not self._is_loaded:
            self.step = 0
        self._iteration = Iteration(self.epoch, self.step, is_loaded=self._is_loaded)
        return self._iteration

    def advance(self, iteration: Iteration) -> int:
        """Count the next step of the last iteration as handed out, and return it; after the last step comes the next epoch."""
        step = iteration.step
        iteration.step, self._is_loaded = step + 1, False
        iteration.is_over = iteration.step == self.plan.num_steps(iteration.epoch)
        if iteration.is_over:
            self.epoch, self.step = iteration.epoch + 1, 0
        else:
            self.epoch, self.step = iteration.epoch, iteration.step
        return step

    def advance_slot(self, iteration: Iteration, num_slots: int) -> int:
        """Count the next of the slots of a step as handed out, and return it; with the last one the step is."""
        slot = iteration.slot
        iteration.slot, self._is_loaded = slot + 1, False
        if iteration.slot == num_slots:
            iteration.slot = 0
            self.advance(iteration)
        return slot

    def end(self, by: str, advice: str = "") -> None:
        """Let the last iteration give nothing more."""
        if self._iteration is not None:
            self._iteration.end(by, advice)
            self._iteration = None

    def set_epoch(self, epoch: SupportsIndex) -> None:
        """Set the epoch of the next iteration; a step that was loaded is kept if it is of this epoch.

        Raises:
            InvalidArgument: `epoch` is not an integer from 0 to 2147483647.
        """
        number = epoch_number(epoch)
        self.end("set_epoch")
        if not (self._is_loaded and number == self.epoch):
            self.epoch, self.step, self._is_loaded = number, 0, False

    def follow(self, epoch: SupportsIndex) -> None:
        """Set the epoch as trainers do, which may have made their iterator before: one that gave nothing yet follows.

        An iteration of this epoch goes on. One of another epoch that gave batches ends: they may be with workers, where nobody
        can take them back.

        Raises:
            InvalidArgument: `epoch` is not an integer from 0 to 2147483647.
        """
        number, iteration = epoch_number(epoch), self._iteration
        if iteration is not None and not iteration.is_over:
            if iteration.epoch == number:
                return
            if not iteration.has_begun:
                iteration.epoch, iteration.step, iteration.first = number, 0, 0
                self.epoch, self.step, self._is_loaded = number, 0, False
                return
            self.end("set_epoch", _advice(iteration, number))
        self.set_epoch(number)

    def state(self) -> LoaderState:
        """Return ``{"version", "epoch", "step", "plan", "media"}``.

        Raises:
            InvalidArgument: Some slots of a step were handed out, and others not.
        """
        if self._iteration is not None and self._iteration.slot:
            raise InvalidArgument(
                f"state must be taken after whole steps, got step {self._iteration.step} after {self._iteration.slot} of "
                f"{self.plan.batch_size} slots; let batches of all ranks together have {self.plan.batch_size} slots"
            )
        return cast("LoaderState", self.plan.state(self.epoch, self.step, self._media.digest()))

    def load(self, state: Mapping[str, object], check_media: bool | None = None) -> None:
        """Let the next iteration begin where a state says.

        Args:
            state: What `state` returned.
            check_media: Whether to compare the media with those of the state; None for what was chosen first.

        Raises:
            InvalidArgument: The state is of another plan or version, or is not a state.
            SourceChanged: The media are others than those of the state.
        """
        epoch, step = self.plan.check_state(state)
        saved, checks = state["media"], self._check_media if check_media is None else _flag(check_media)
        if saved is None or not checks:
            self._media.renew()
        else:
            self._media.check(str(saved))
        self.end("load_state_dict")
        self.epoch, self.step, self._is_loaded = epoch, step, True


class EpochHook:
    """What trainers look for to set the epoch: ``sampler.set_epoch`` of a loader's batch sampler.

    Args:
        position: What it sets.
        after: Called after the epoch was set.
    """

    def __init__(self, position: Position, after: Callable[[], None] | None = None) -> None:
        self._position, self._after = position, after

    @property
    def sampler(self) -> EpochHook:
        """The hook itself."""
        return self

    def set_epoch(self, epoch: SupportsIndex) -> None:
        """Set the epoch; an iterator that gave nothing yet follows, and one of this epoch goes on.

        Raises:
            InvalidArgument: `epoch` is not an integer from 0 to 2147483647.
        """
        self._position.follow(epoch)
        if self._after is not None:
            self._after()


def _advice(iteration: Iteration, epoch: int) -> str:
    """Return what to do where a trainer sets the epoch of an iteration that gave batches, maybe to workers."""
    if iteration.is_loaded:
        return f"; with workers, a trainer cannot leave the epoch of a state ({iteration.epoch}): use a WindowLoader"
    return f"; with workers, call batch_sampler.set_epoch({epoch}) before the trainer begins, or use a WindowLoader"


def _flag(check_media: object) -> bool:
    if not isinstance(check_media, bool):
        raise InvalidArgument(
            f"check_media must be True or False, got {short_repr(check_media)}; False is for media that were re-muxed"
        )
    return check_media
