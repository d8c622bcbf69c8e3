"""accelerate: a `WindowLoader` that says where its epoch ends, puts batches on the device, and is in every checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Generic, Never, TypeVar

from .._checks import as_integer
from ..errors import InvalidArgument, short_repr
from ..pipes import LoaderState, WindowLoader
from .evaluation_batch import moved
from .versions import tested

if TYPE_CHECKING:
    from accelerate import Accelerator

Batch = TypeVar("Batch")


class AcceleratedState(LoaderState):
    """Where an `AcceleratedLoader` stands.

    Attributes:
        num_batches: Batches that ``accelerator.accumulate`` has counted.
    """

    num_batches: int


class AcceleratedLoader(Generic[Batch]):
    """A `WindowLoader` as a prepared loader is: for training loops with an `accelerate.Accelerator`.

    ``accelerator.prepare`` leaves a `WindowLoader` as it is. Two things are then missing: batches stay on the CPU, and
    ``accelerator.accumulate`` does not see the last batch of an epoch, so that the gradients of what is left over join those of
    the next epoch. This adds both, and registers the loader: ``accelerator.save_state`` and ``load_state`` save and load where
    it stands, on any number of processes that divides the lanes.

    Args:
        accelerator: It, made before; it decides the device. DeepSpeed is refused.
        loader: What to iterate over, made after it, so that it knows the ranks.

    Attributes:
        loader: The loader.
        end_of_dataloader: The last batch of the epoch was given; accelerate asks for it.
        remainder: -1, as accelerate says that no rows are repeated to fill the last batch up.

    Raises:
        InvalidArgument: An argument is not allowed.
        ImportError: accelerate is not installed, or its version was not tested.

    Example:
        >>> from accelerate import Accelerator  # doctest: +SKIP
        >>> accelerator = Accelerator(gradient_accumulation_steps=2)  # doctest: +SKIP
        >>> loader = AcceleratedLoader(accelerator, WindowLoader(plan, collate=family, **family.reads))  # doctest: +SKIP
        >>> for batch in loader:  # doctest: +SKIP
        ...     with accelerator.accumulate(model):
        ...         accelerator.backward(model(**batch).loss)
    """

    remainder = -1

    def __init__(self, accelerator: Accelerator, loader: WindowLoader[Batch]) -> None:
        library = tested("accelerate")
        if not isinstance(accelerator, library.Accelerator):
            raise InvalidArgument(
                f"accelerator must be an Accelerator, got {short_repr(accelerator)}; make one with accelerate.Accelerator()"
            )
        if not isinstance(loader, WindowLoader):
            raise InvalidArgument(
                f"loader must be a WindowLoader, got {short_repr(loader)}; accelerator.prepare takes DataLoaders, with "
                "LaneBatches.of_all_ranks(plan) as batch_sampler"
            )
        if accelerator.distributed_type == library.DistributedType.DEEPSPEED:
            raise InvalidArgument(
                "distributed_type must not be DEEPSPEED, got it; going on after it was not tested: take DDP or FSDP"
            )
        self.loader, self.end_of_dataloader = loader, False
        self._accelerator = accelerator
        accelerator.register_for_checkpointing(self)

    def __len__(self) -> int:
        """The number of steps of the epoch, also after a resume."""
        return len(self.loader)

    def __iter__(self) -> Iterator[Batch]:
        """Begin the epoch, at the step that was loaded, if any."""
        accelerator, state = self._accelerator, self._accelerator.gradient_state
        self.end_of_dataloader = False
        state._add_dataloader(self)
        try:
            for batch in self.loader:
                # The last batch of an epoch moves the loader to the next one; a state would read the media first.
                self.end_of_dataloader = self.loader._position.step == 0
                yield moved(batch, accelerator.device, accelerator.non_blocking)
        finally:
            state._remove_dataloader(self)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration, as `WindowLoader.set_epoch` does."""
        self.loader.set_epoch(epoch)

    @property
    def dataset(self) -> Never:
        """There is none; accelerate's `skip_first_batches` asks for it.

        Raises:
            AttributeError: Always; the text says how to go on after some batches.
        """
        raise AttributeError(
            "an AcceleratedLoader has no dataset, and no batches of it are skipped, since accelerator.load_state lets it go on "
            "by itself; leave skip_first_batches out"
        )

    def state_dict(self) -> AcceleratedState:
        """Return the state of the loader, and how many batches accelerate has counted; the same on every rank."""
        return {**self.loader.state_dict(), "num_batches": self._accelerator.step}

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Let the next iteration begin right after the last batch of this state, as `WindowLoader.load_state_dict` does.

        Raises:
            InvalidArgument: The state is none of an `AcceleratedLoader`, or one of another plan.
            SourceChanged: The media are others than those of the state.
        """
        step = as_integer(state.get("num_batches")) if isinstance(state, Mapping) else None
        if step is None:
            raise InvalidArgument(
                f"state must be that of an AcceleratedLoader, got {short_repr(state)}; pass what state_dict() returned"
            )
        self.loader.load_state_dict({name: value for name, value in state.items() if name != "num_batches"})
        # accelerate keeps its own count for each rank, and ranks that were added have none.
        self._accelerator.step = step
