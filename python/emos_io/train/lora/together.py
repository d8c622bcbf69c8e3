"""Processes that train one model together: what they agree on, and where they wait for each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .base_model import needed


class Group:
    """The processes, while their group of torch.distributed is there."""

    def agreed(self, numbers: Sequence[int]) -> list[int]:
        """Return the numbers that the first process gives; those of the others do not matter."""
        import torch

        shared: list[object] = [list(numbers)]
        torch.distributed.broadcast_object_list(shared, src=0)
        found = shared[0]
        assert isinstance(found, list)
        return found

    def wait(self) -> None:
        """Wait until all processes are here."""
        import torch

        torch.distributed.barrier()


@contextmanager
def together(device: str) -> Iterator[Group]:
    """Make the group of torch.distributed, and take it down afterwards, so that one process can go on alone.

    Args:
        device: ``"cpu"``, or ``"cuda"``: each process has the GPU of its number on its machine.
    """
    accelerate = needed("accelerate")
    accelerate.PartialState(cpu=device == "cpu")
    try:
        yield Group()
    finally:
        import torch

        torch.distributed.destroy_process_group()
