"""In which order windows come, and in which lane: a function of (seed, epoch) and nothing else.

```text
 items      [0 1 2 3 4 5 6 7 8 9] [10 11 12 13 14]
 runs       [0 1 2 3 4][5 6 7 8 9][10 11 12 13 14]            neighbours stay together
 permuted   [10 11 12 13 14][0 1 2 3 4][5 6 7 8 9]
 lanes      lane 0: 10 11 12 13 14  0  1  2                    windows_per_lane = 2, step 0: [[10 11] [3 4]]
            lane 1:  3  4  5  6  7  8  9 -1                    one slot is left over and masked
```
With buckets, the runs of each bucket are put into lanes by themselves, and then blocks of steps are permuted.
"""

from __future__ import annotations

import heapq
from typing import Literal, get_args

import numpy as np

from .._arrays import BoolArray, Float64Array, Int64Array
from .._checks import integer
from ..errors import InvalidArgument
from .buckets import bucket_ends
from .records import PlanBatch

OrderName = Literal["sequential", "contiguous", "shuffle", "iid"]
ORDERS: tuple[OrderName, ...] = get_args(OrderName)
DEFAULT_LANES = 8

_KEPT_EPOCHS = 2
_RUNS_A_BLOCK = 4
"""Runs of each lane that stay together in one block of a bucket's steps; a block's end cuts one run of each lane in two."""
_MASKED = -1


class Order:
    """The lanes of every epoch.

    Attributes:
        name: ``"sequential"``: batches go through the plan in order. ``"contiguous"``: each item goes to one lane, longest
            item first and to the lane with the fewest windows; each lane goes through its items forward, in an order that
            depends on the epoch. ``"shuffle"``: runs of neighbours are permuted, joined end to end and cut into lanes of equal
            length. ``"iid"``: all windows are permuted.
        num_lanes, windows_per_lane: The shape of a batch.
        seed: 0 to 2**64 - 1.
        bucket_ends: float64: seconds of the longest window of each bucket, rising; None without buckets.
        num_steps: Batches of an epoch, the same in all epochs.

    Cost: one sort an epoch, of runs or of windows; 8 bytes a slot are kept for each of the last two epochs used.
    """

    def __init__(
        self,
        name: OrderName,
        counts: Int64Array,
        run_lengths: Int64Array,
        *,
        num_lanes: int,
        windows_per_lane: int,
        seed: int,
        num_buckets: int = 1,
        seconds: Float64Array | None = None,
    ) -> None:
        self.name, self.num_lanes, self.windows_per_lane, self.seed = name, num_lanes, windows_per_lane, seed
        self._counts = counts
        self._first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._total = int(self._first[-1])
        longest = -(-self._total // num_lanes)
        if name == "contiguous":
            self._by_size = np.sort(counts, kind="stable")[::-1]
            self._dealt = _deal(self._by_size, num_lanes)
            longest = int(np.bincount(self._dealt, weights=self._by_size, minlength=num_lanes).max())
        if name == "shuffle":
            self._runs = _cut_runs(self._first[:-1], counts, run_lengths)
        batch = num_lanes * windows_per_lane
        even = name in ("sequential", "iid")
        self.num_steps = -(-self._total // batch) if even else -(-longest // windows_per_lane)
        self.bucket_ends: Float64Array | None = None
        if num_buckets > 1 and seconds is not None:
            self._fill_buckets(num_buckets, seconds)
        self._epochs: dict[int, Int64Array] = {}

    def _fill_buckets(self, num_buckets: int, seconds: Float64Array) -> None:
        if self.name == "iid":
            self._runs = np.arange(self._total), np.ones(self._total, dtype=np.int64)
        starts, lengths = self._runs
        longest = np.maximum.reduceat(seconds, starts)
        self.bucket_ends = bucket_ends(np.repeat(longest, lengths), num_buckets)
        self._bucket = np.searchsorted(self.bucket_ends, longest)
        windows = np.bincount(self._bucket, weights=lengths, minlength=len(self.bucket_ends)).astype(np.int64)
        self._bucket_steps = -(-windows // (self.num_lanes * self.windows_per_lane))
        self.num_steps = int(self._bucket_steps.sum())

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_epochs": {}}

    def table(self, epoch: int) -> Int64Array:
        """Return the windows of an epoch: int64 ``[num_lanes, num_steps * windows_per_lane]``, -1 where a lane has none."""
        found = self._epochs.get(epoch)
        if found is None:
            found = self._make(epoch)
            found.flags.writeable = False
            kept = list(self._epochs.items())[1 - _KEPT_EPOCHS :]
            self._epochs = {**dict(kept), epoch: found}
        return found

    def batch(self, epoch: int, step: int) -> PlanBatch:
        """Return one global batch.

        Raises:
            InvalidArgument: There is no such step.
        """
        if not 0 <= step < self.num_steps:
            raise InvalidArgument(
                f"step must be from 0 to {self.num_steps - 1} in epoch {epoch}, got {step}; num_steps gives their number"
            )
        first = step * self.windows_per_lane
        table = self.table(epoch)
        numbers = table[:, first : first + self.windows_per_lane]
        return PlanBatch(
            numbers.copy(), self.starts(table[:, max(0, first - 1) : first + self.windows_per_lane])[:, first > 0 :]
        )

    def starts(self, slots: Int64Array) -> BoolArray:
        """Return where a window does not follow the slot before it: bool, in the shape of `slots`; True in the first column."""
        begins = slots >= 0
        follows = slots[:, 1:] == slots[:, :-1] + 1
        item_begins = self._first[np.searchsorted(self._first, slots[:, 1:], side="right") - 1] == slots[:, 1:]
        begins[:, 1:] &= ~follows | item_begins
        return begins

    def _make(self, epoch: int) -> Int64Array:
        if self.bucket_ends is not None:
            return self._by_buckets(epoch)
        if self.name == "contiguous":
            return self._contiguous(epoch)
        if self.name == "shuffle":
            starts, lengths = self._runs
            order = permutation(self.seed, epoch, len(starts))
            return _split_into_lanes(
                _expand_runs(starts[order], lengths[order]), self.num_lanes, self.num_steps * self.windows_per_lane
            )
        stream = np.full(self.num_steps * self.num_lanes * self.windows_per_lane, _MASKED, dtype=np.int64)
        own = np.arange(self._total) if self.name == "sequential" else permutation(self.seed, epoch, self._total)
        stream[: self._total] = own
        steps = stream.reshape(self.num_steps, self.num_lanes, self.windows_per_lane)
        return steps.transpose(1, 0, 2).reshape(self.num_lanes, -1)

    def _by_buckets(self, epoch: int) -> Int64Array:
        starts, lengths = self._runs
        order = permutation(self.seed, epoch, len(starts))
        tables, blocks, first = [], [], 0
        for bucket, steps in enumerate(self._bucket_steps.tolist()):
            own = order[self._bucket[order] == bucket]
            tables.append(
                _split_into_lanes(
                    _expand_runs(starts[own], lengths[own]), self.num_lanes, steps * self.windows_per_lane
                )
            )
            longest = int(lengths[own].max())
            size = 1 if longest == 1 else -(-_RUNS_A_BLOCK * longest // self.windows_per_lane)
            blocks += [np.arange(at, min(at + size, first + steps)) for at in range(first, first + steps, size)]
            first += steps
        mixed = permutation(self.seed, epoch, len(blocks), stream=2)
        steps_in_order = np.concatenate([blocks[index] for index in mixed.tolist()])
        table = np.concatenate(tables, axis=1).reshape(self.num_lanes, self.num_steps, self.windows_per_lane)
        return table[:, steps_in_order].reshape(self.num_lanes, -1)

    def _contiguous(self, epoch: int) -> Int64Array:
        # Items of one length are dealt in a random order, so that lanes have the same lengths in every epoch.
        chance = permutation(self.seed, epoch, len(self._counts))
        by_size = np.lexsort((chance, -self._counts))
        lane = np.empty(len(self._counts), dtype=np.int64)
        lane[by_size] = self._dealt
        order = np.lexsort((permutation(self.seed, epoch, len(self._counts), stream=1), lane))
        stream = _expand_runs(self._first[:-1][order], self._counts[order])
        sizes = np.bincount(lane, weights=self._counts, minlength=self.num_lanes).astype(np.int64)
        table = np.full((self.num_lanes, self.num_steps * self.windows_per_lane), _MASKED, dtype=np.int64)
        row = np.repeat(np.arange(self.num_lanes), sizes)
        table[row, np.arange(self._total) - np.repeat(np.cumsum(sizes) - sizes, sizes)] = stream
        return table


def read_lanes(
    num_lanes: int | None, batch_size: int | None, windows_per_lane: int | None, order: OrderName, counts: Int64Array
) -> tuple[int, int]:
    """Return num_lanes and windows_per_lane; what is left out follows from the others, else from the order.

    Args:
        num_lanes, batch_size, windows_per_lane: The shape of a batch, or None.
        order: An order's default: 1 lane for ``"sequential"``, at most one an item for ``"contiguous"``, 8 for the others.
        counts: int64 ``[items]``: the number of windows of each item.

    Raises:
        InvalidArgument: One is not allowed, or they do not agree.
    """
    per_lane = (
        None if windows_per_lane is None else integer(windows_per_lane, "windows_per_lane", hint="leave it out for 1")
    )
    lanes = None if num_lanes is None else integer(num_lanes, "num_lanes", hint="leave it out for the order's default")
    if batch_size is None:
        return _default_lanes(order, counts) if lanes is None else lanes, 1 if per_lane is None else per_lane
    size = integer(batch_size, "batch_size", hint="leave it out for num_lanes * windows_per_lane")
    if lanes is not None and per_lane is not None:
        if size != lanes * per_lane:
            raise InvalidArgument(
                f"batch_size must be num_lanes * windows_per_lane, {lanes} * {per_lane}, got {size}; leave out one of them"
            )
    elif lanes is not None:
        if size % lanes:
            raise InvalidArgument(f"batch_size must be a multiple of num_lanes {lanes}, got {size}; change one of them")
        per_lane = size // lanes
    else:
        per_lane = 1 if per_lane is None else per_lane
        if size % per_lane:
            raise InvalidArgument(
                f"batch_size must be a multiple of windows_per_lane {per_lane}, got {size}; change one of them"
            )
        lanes = size // per_lane
    return lanes, per_lane


def _default_lanes(order: OrderName, counts: Int64Array) -> int:
    if order == "sequential":
        return 1
    if order == "contiguous":
        items = int((counts > 0).sum())
        return min(DEFAULT_LANES, 1 << (items.bit_length() - 1))
    return DEFAULT_LANES


def permutation(seed: int, epoch: int, count: int, *, stream: int = 0) -> Int64Array:
    """Return the numbers below `count` in an order drawn by Philox from (seed, epoch).

    The words of Philox are fixed for good, unlike the methods of `numpy.random.Generator`, so that the order is the same
    on every machine and version.
    """
    words = np.random.Philox(key=np.array([seed, epoch], dtype=np.uint64), counter=stream << 192)
    return np.argsort(words.random_raw(count), kind="stable").astype(np.int64, copy=False)


def _deal(sizes: Int64Array, num_lanes: int) -> Int64Array:
    """Return the lane of each item: items come largest first, and each goes to the lane with the fewest windows so far."""
    heap = [(0, lane) for lane in range(num_lanes)]
    dealt = []
    for size in sizes.tolist():
        load, lane = heap[0]
        heapq.heapreplace(heap, (load + size, lane))
        dealt.append(lane)
    return np.array(dealt, dtype=np.int64)


def _cut_runs(first: Int64Array, counts: Int64Array, run_lengths: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Return starts and lengths of runs: items cut into equal parts of at least `run_length` windows."""
    number = np.where(counts > 0, np.maximum(counts // run_lengths, 1), 0)
    item = np.repeat(np.arange(len(counts)), number)
    index = np.arange(len(item)) - np.repeat(np.cumsum(number) - number, number)
    begin = index * counts[item] // number[item]
    end = (index + 1) * counts[item] // number[item]
    return first[item] + begin, end - begin


def _expand_runs(starts: Int64Array, lengths: Int64Array) -> Int64Array:
    """Return the windows of runs, one run after the other."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()), dtype=np.int64)


def _split_into_lanes(stream: Int64Array, num_lanes: int, width: int) -> Int64Array:
    """Cut a stream into lanes whose lengths differ by one at most."""
    table = np.full((num_lanes, width), _MASKED, dtype=np.int64)
    short, longer = divmod(len(stream), num_lanes)
    if longer:
        table[:longer, : short + 1] = stream[: longer * (short + 1)].reshape(longer, short + 1)
    table[longer:, :short] = stream[longer * (short + 1) :].reshape(num_lanes - longer, short)
    return table
