"""Stands in until the sampler of pipes is here."""

from __future__ import annotations

from collections.abc import Iterator

from ..pipes import LaneBatches
from ..pipes.dataset import SampleIndex
from ..plan import WindowPlan


class LaneSampler:
    def __init__(self, plan: WindowPlan) -> None:
        self._plan, self._epoch = plan, 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __len__(self) -> int:
        return self._plan.num_steps(0) * self._plan.num_lanes * self._plan.windows_per_lane

    def __iter__(self) -> Iterator[SampleIndex]:
        batches = LaneBatches(self._plan)
        batches.set_epoch(self._epoch)
        for batch in batches:
            yield from batch
