"""Windows of a plan dealt to ranks: one lane a rank, each a part of the plan's order that nothing is missing from.

```text
 order      0 1 2 3 4 5 6 7 8                  9 windows, 2 ranks, 4 rows a batch
 rank 0     [0 1 2 .] [3 . . .]                both have 2 batches: where one more is needed, a full one gives its last row
 rank 1     [4 5 6 7] [8 . . .]
```
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .._arrays import Int64Array
from .order import Order
from .plan import WindowPlan

_MASKED = -1


def plan_order(plan: WindowPlan) -> Int64Array:
    """Return the numbers of all windows in the order of a plan's epoch 0, batch by batch and lane by lane: int64 ``[N]``."""
    per_lane = plan.windows_per_lane
    steps = plan.table(0).reshape(plan.num_lanes, -1, per_lane).transpose(1, 0, 2).ravel()
    return steps[steps >= 0]


def share_sizes(num_windows: int, *, world_size: int, batch_size: int) -> list[list[int]]:
    """Return the sizes of the batches of each rank.

    Ranks have the same number of batches wherever there are windows for that: a rank that lacks one has a last full batch
    that gives a row to it. With 1 row a batch, or fewer windows than ranks, some have one batch less.

    Example:
        >>> share_sizes(9, world_size=2, batch_size=4)
        [[3, 1], [4, 1]]
        >>> share_sizes(3, world_size=2, batch_size=1)
        [[1], [1, 1]]
    """
    ends = [rank * num_windows // world_size for rank in range(world_size + 1)]
    shares = [end - start for start, end in pairwise(ends)]
    num_steps = -(-max(shares) // batch_size)
    sizes = []
    for share in shares:
        full, rest = divmod(share, batch_size)
        own = [batch_size] * full + [rest] * (rest > 0)
        if len(own) < num_steps and own and own[-1] > 1:
            own[-1:] = [own[-1] - 1, 1]
        sizes.append(own)
    return sizes


def dealt_plan(plan: WindowPlan, numbers: Int64Array, sizes: Sequence[Sequence[int]], batch_size: int) -> WindowPlan:
    """Return a plan of the same windows with one lane a rank and one order for all epochs.

    Args:
        plan: Whose windows they are; numbers and keys stay.
        numbers: int64 ``[N]``: the windows, the first rank's first.
        sizes: Sizes of the batches of each rank, as `share_sizes` gives them; at least one rank has one.
        batch_size: Slots of each batch; those without a window come last.
    """
    num_steps = max(len(own) for own in sizes)
    table = np.full((len(sizes), num_steps, batch_size), _MASKED, np.int64)
    first = 0
    for rank, own in enumerate(sizes):
        for step, size in enumerate(own):
            table[rank, step, :size] = numbers[first : first + size]
            first += size
    table.flags.writeable = False
    dealt = copy.copy(plan)
    dealt.num_lanes, dealt.windows_per_lane, dealt.batch_size = len(sizes), batch_size, len(sizes) * batch_size
    dealt._order = _DealtOrder(plan._order, table)
    text = f"{plan.fingerprint} {table.shape}".encode() + table.tobytes()
    dealt.fingerprint = hashlib.sha256(text).hexdigest()[:16]
    return dealt


class _DealtOrder(Order):
    """The same lanes in every epoch."""

    def __init__(self, order: Order, table: Int64Array) -> None:
        self.__dict__.update(order.__dict__)
        self.num_lanes, self.num_steps, self.windows_per_lane = table.shape
        self._table = table.reshape(self.num_lanes, -1)

    def table(self, epoch: int) -> Int64Array:
        """Return the lanes."""
        return self._table
