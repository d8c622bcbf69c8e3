"""Who asks a sampler for its indices: a loader that accelerate prepared, and how it deals them out.

accelerate replaces the batch sampler of a prepared loader by one that gives each process other batches. A sampler of one rank
is dealt out a second time there, and most windows are lost without an error. A sampler cannot see where it was put, and the
state of accelerate says only that there are several processes, also to loaders that were not prepared. What tells them apart is
who calls: the methods of accelerate's samplers and loaders are on the stack when an iteration begins.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any

from ..errors import InvalidArgument
from ..plan import WindowPlan
from .position import Position
from .ranks import num_ranks

LIBRARY = "accelerate.data_loader"
FETCHING = "torch.utils.data._utils.fetch"
"""Who reads items is beyond this: a loader within a dataset of a prepared one is not prepared."""
MAX_FRAMES = 50
SPLIT = "Accelerator(dataloader_config=DataLoaderConfiguration(split_batches=True))"


@dataclass(slots=True)
class Caller:
    """What accelerate does with the indices.

    Attributes:
        is_prepared: A loader of accelerate is at work.
        num_processes: Processes to which it deals batches out; 1 where it deals none.
        batch_size: Indices of each batch that it deals out, or None.
        split_batches: Each process gets a part of every batch; else every so-manieth batch.
        num_skipped: Batches that are taken and thrown away at the start.
        num_skipped_before: Those of them that are thrown away before it deals out.
    """

    is_prepared: bool = False
    num_processes: int = 1
    batch_size: int | None = None
    split_batches: bool = False
    num_skipped: int = 0
    num_skipped_before: int = 0


def caller() -> Caller:
    """Return what accelerate does with the indices of the iteration that begins now."""
    found, library = Caller(), sys.modules.get(LIBRARY)
    if library is None:
        return found
    frame: FrameType | None = sys._getframe(1)
    for _ in range(MAX_FRAMES):
        if frame is None or frame.f_globals.get("__name__") == FETCHING:
            break
        if frame.f_globals.get("__name__") == LIBRARY:
            self: Any = frame.f_locals.get("self")
            deals_out = found.num_processes
            # Prepared loaders say that they are DataLoaders: only their type is true.
            if issubclass(type(self), library.BatchSamplerShard):
                found.num_processes, found.split_batches = self.num_processes, bool(self.split_batches)
                found.batch_size = _batch_size(self.batch_sampler, library)
            elif issubclass(type(self), library.DataLoaderDispatcher):
                found.is_prepared, found.split_batches = True, bool(self.split_batches)
                found.num_processes = self.state.num_processes
                found.batch_size = _batch_size(self.batch_sampler, library)
            elif issubclass(type(self), library.SkipBatchSampler):
                found.num_skipped += self.skip_batches
            elif issubclass(type(self), library.DataLoaderShard):
                found.is_prepared = True
            if deals_out == 1 < found.num_processes:
                found.num_skipped_before = found.num_skipped
        frame = frame.f_back
    return found


def _batch_size(sampler: Any, library: Any) -> int | None:
    """Return the batch size of a batch sampler, also of one behind those that skip."""
    while issubclass(type(sampler), library.SkipBatchSampler):
        sampler = sampler.batch_sampler
    size: int | None = getattr(sampler, "batch_size", None)
    return size


def check_one_rank() -> None:
    """Check that nobody deals the batches of one rank out again.

    Raises:
        InvalidArgument: A loader that accelerate prepared does.
    """
    found = caller()
    if found.num_processes > 1:
        raise InvalidArgument(
            "batch_sampler must be LaneBatches.of_all_ranks(plan) in a loader that accelerate prepared for "
            f"{found.num_processes} processes, got a LaneBatches of one rank, whose batches it deals out again; use that with "
            f"{SPLIT}, or do not prepare the loader"
        )


def check_all_ranks(plan: WindowPlan, name: str, *, batches_of: int | None) -> None:
    """Check that accelerate deals whole steps out such that each process gets its lanes.

    Args:
        plan: The plan.
        name: What the error calls the sampler.
        batches_of: Indices of each batch of the sampler; None where it gives them one by one.

    Raises:
        InvalidArgument: It does not, or nobody deals them out and there are several ranks.
    """
    found = caller()
    num_processes = found.num_processes
    if num_processes == 1:
        size = 1 if found.is_prepared else num_ranks()
        if size > 1:
            raise InvalidArgument(
                f"{name} must be in a loader that accelerate prepared, got another in a group of {size} ranks, each of which "
                "would read all windows; use LaneBatches(plan), the lanes of this rank"
            )
        return
    plan.rank_lanes(0, num_processes)
    if batches_of is not None and not found.split_batches:
        raise InvalidArgument(
            f"split_batches must be True where accelerate prepares a loader of {name} for {num_processes} processes, got "
            f"False: each process would read whole steps, and miss others; use {SPLIT}"
        )
    wanted = plan.batch_size if found.split_batches else plan.batch_size // num_processes
    if batches_of is None and found.batch_size != wanted:
        raise InvalidArgument(
            f"batch_size must be {wanted} where accelerate deals the {plan.num_lanes} lanes of {name} out to {num_processes} "
            f"processes, got {found.batch_size}; give the DataLoader {wanted}"
        )
    if found.num_skipped_before * wanted % plan.batch_size:
        each = plan.batch_size // wanted
        raise InvalidArgument(
            f"num_batches of skip_first_batches must be a multiple of {each} here, got {found.num_skipped_before}: accelerate "
            f"deals batches out after it skipped, and a step of {name} has {each}; skip {each} for each step"
        )


def check_skip(position: Position) -> None:
    """Check that batches are not skipped twice: by accelerate, and by a state.

    Raises:
        InvalidArgument: A state was loaded, and accelerate skips batches.
    """
    if position.is_loaded and (skipped := caller().num_skipped):
        raise InvalidArgument(
            f"num_batches of skip_first_batches must be 0 after a state was loaded, got {skipped}: the state goes on at step "
            f"{position.step} of epoch {position.epoch} by itself; leave skip_first_batches out"
        )
