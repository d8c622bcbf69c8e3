"""What must be true of two launches of a trainer: right windows, in order, once, and right tensors under them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from cover_spec import DATA_SEED, EPOCHS, FILMS, FPS, SAMPLE_RATE, RunSpec, cover_plan, num_micro_steps

Line = dict[str, Any]
Order = Callable[[int, int, int], list[list[int]]]
"""Gets (epoch, rank, ranks) and gives the window numbers of each micro-batch; -1 in an empty slot."""

Window = tuple[int, int, list[int]]
_BATCH = 4
DATA_LOADER_PREFETCH = 2
"""Batches that torch's DataLoader lets each worker decode early, by default."""
NATIVE_PREFETCH = 2
"""Steps that a WindowLoader prepares early, by default."""


def lane_order(epoch: int, rank: int, ranks: int) -> list[list[int]]:
    """Return what the plan says: the slots of the rank's lanes, lane by lane, of each step."""
    plan = cover_plan()
    lanes = plan.rank_lanes(rank, ranks)
    steps = range(plan.num_steps(epoch))
    return [plan.batch(epoch, step).numbers[lanes.start : lanes.stop].ravel().tolist() for step in steps]


def shuffled_order(epoch: int, rank: int, ranks: int) -> list[list[int]]:
    """Return the trainers' own order of rows: accelerate's seeded permutation, dealt out batch by batch.

    The last batches are filled up with the first rows, so that every rank has as many: some windows come twice.
    """
    import torch

    size = _BATCH // ranks
    number = len(cover_plan())
    numbers = torch.randperm(number, generator=torch.Generator().manual_seed(DATA_SEED + epoch)).tolist()
    if ranks > 1:
        numbers += numbers[: -number % _BATCH]
    return [numbers[start : start + size] for start in range(rank * size, len(numbers), _BATCH)]


def lines(spec: RunSpec, rank: int) -> list[Line]:
    """Return the forwards of a rank in one launch."""
    return [json.loads(text) for text in spec.path(rank, "jsonl").read_text().splitlines()]


def decoded(spec: RunSpec, rank: int) -> list[int]:
    """Return the numbers of the windows that a rank decoded in one launch."""
    return [int(text) for text in spec.path(rank, "decoded").read_text().splitlines()]


def check(first: RunSpec, order: Order = lane_order, *, is_native: bool = False) -> None:
    """Check both launches of a combination.

    Raises:
        AssertionError: Windows, their order, their tensors, or the number of decoded windows is wrong.
    """
    resumed = first.resumed()
    per_rank = [[order(epoch, rank, first.ranks) for epoch in range(EPOCHS)] for rank in range(first.ranks)]
    assert all(len(epoch) == num_micro_steps() for epochs in per_rank for epoch in epochs)
    for epoch in range(EPOCHS):
        assert _seen_in_epoch(per_rank, epoch) == set(range(len(cover_plan()))), (
            "the order itself must give all windows"
        )
    assert all(epochs[0] != epochs[1] for epochs in per_rank), "the orders of two epochs must differ"
    for rank, epochs in enumerate(per_rank):
        unbroken = [
            (epoch * first.updates_per_epoch + micro // first.accumulation, epoch, numbers)
            for epoch, order_of_epoch in enumerate(epochs)
            for micro, numbers in enumerate(order_of_epoch)
        ]
        killed_at = first.save_micro if first.kill_micro is None else first.kill_micro + 1
        before, after = unbroken[:killed_at], unbroken[first.save_micro :]
        assert _windows(first, rank) == before, f"rank {rank} before the kill"
        assert _windows(resumed, rank) == after, f"rank {rank} after the resume"
        for spec, expected in ((first, before), (resumed, after)):
            for line in lines(spec, rank):
                check_tensors(line)
            _check_decoded(spec, rank, expected, is_native=is_native)


def check_tensors(line: Line) -> None:
    """Check that frames and sound of each row are those of its window.

    Raises:
        AssertionError: They are another window's.
    """
    for number, frames, samples in zip(line["numbers"], line["frames"], line["samples"], strict=True):
        if number < 0:
            assert set(frames) == {0}, f"an empty slot has frames {frames}"
            assert samples == [], f"an empty slot has samples {samples}"
            continue
        assert (frames, samples) == (expected_frames(number), expected_samples(number)), f"window {number}"


def expected_frames(number: int) -> list[int]:
    """Return the numbers of the frames that are on screen at the times of a window: exact arithmetic on its span."""
    window = cover_plan().window(number)
    rate = int(FILMS[int(window.key.split("@")[0].removeprefix("s/"))][0])
    span = window.span
    count = int((span.end - span.start) * FPS)
    return [int((span.start + n / FPS) * rate) for n in range(count)]


def expected_samples(number: int) -> list[int]:
    """Return the first and the last sample of a window."""
    span = cover_plan().window(number).span
    return [int(span.start * SAMPLE_RATE), int(span.end * SAMPLE_RATE) - 1]


def _windows(spec: RunSpec, rank: int) -> list[Window]:
    """Return (optimizer steps that are complete, epoch, numbers) of each forward."""
    return [(line["update"], line["epoch"], line["numbers"]) for line in lines(spec, rank)]


def _seen_in_epoch(per_rank: Sequence[Sequence[list[list[int]]]], epoch: int) -> set[int]:
    return {number for epochs in per_rank for numbers in epochs[epoch] for number in numbers if number >= 0}


def _check_decoded(spec: RunSpec, rank: int, expected: Sequence[Window], *, is_native: bool) -> None:
    """Check that nothing was decoded twice or for nothing: what was needed, and what waits where the run was killed.

    accelerate fetches one batch early, native loaders prepare some; Lightning makes a second iterator where it goes on. Workers
    decode some batches early, of which a kill leaves some unused: a launch that ends by itself leaves none.
    """
    needed = sum(number >= 0 for *_, numbers in expected for number in numbers)
    batch = max(len(numbers) for *_, numbers in expected)
    early = 1
    if is_native:
        early += NATIVE_PREFETCH
    elif spec.phase == "first" and spec.kill_micro is not None:
        early += spec.workers * DATA_LOADER_PREFETCH
    found = len(decoded(spec, rank))
    assert needed <= found <= needed + early * batch, f"{spec.phase}: {found} windows decoded for {needed}"
