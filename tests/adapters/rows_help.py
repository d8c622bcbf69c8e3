"""Plans of rows and what makes batches of them: workers that are spawned import this alone, and no trainer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emos_io.adapters.rows import RowCollate
from emos_io.pipes import AudioSpec, WindowDataset, WindowSample
from emos_io.plan import WindowPlan
from emos_io.testing import make_monologue


def plan(*names: str, num_lanes: int = 1) -> WindowPlan:
    """Windows of 2 s every second, without media: nothing is read but names."""
    return WindowPlan([make_monologue(f"streaming/{name}", 6) for name in names], 2, 1, num_lanes=num_lanes)


def draw(sample: WindowSample, generator: Any) -> tuple[str, float]:
    """What a batch knows of a window: its key, and a random number of its epoch."""
    return str(sample.key), float(generator.random())


def dataset(of: WindowPlan) -> WindowDataset[tuple[str, float]]:
    return WindowDataset(of, video=None, audio=AudioSpec(sample_rate=8000), transform=draw, on_error="mask")


def as_list(samples: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    return list(samples)


def collate_of(*plans: WindowPlan, epoch: int | None = 0) -> RowCollate[tuple[str, float], list[tuple[str, float]]]:
    made = RowCollate([dataset(one) for one in plans], as_list)
    if epoch is not None:
        made.set_epoch(epoch)
    return made
