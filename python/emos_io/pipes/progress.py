"""How far an epoch has come: reported after each batch, and while the next one is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from .._progress import ProgressBar

Phase = Literal["planning", "warm-up", "epoch"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an epoch has come: passed to `progress` after each batch, and twice a second while one is waited for.

    Attributes:
        phase: ``"planning"`` once, before the order of the epoch is made; ``"warm-up"`` until the first batch of an
            iteration is there; then ``"epoch"``.
        epoch: The epoch's number.
        step: Batches that were handed out.
        num_steps: Batches of the epoch.
        num_ready: Batches that are ready.
        wait_seconds: Seconds for which this batch was waited for, so far.
        opening: Paths of the files that are being opened and indexed.
        counters: `WindowLoader.counters`.
    """

    phase: Phase
    epoch: int
    step: int
    num_steps: int
    num_ready: int
    wait_seconds: float
    opening: tuple[str, ...]
    counters: Mapping[str, int]


class Bar:
    """How far an epoch has come, as a bar on stderr where that is a terminal."""

    def __init__(self) -> None:
        self._bar = ProgressBar(is_kept=True)

    def __call__(self, now: Progress) -> None:
        """Move the bar."""
        self._bar.show(bar_text(now), now.step, now.num_steps)

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()


def bar_text(now: Progress) -> str:
    """Return the text beside a bar."""
    if now.phase == "planning":
        return f"epoch {now.epoch}, planning"
    begun = "" if now.phase == "epoch" else ", warm-up"
    opening = f", opening {PurePath(now.opening[0]).name}" if now.opening else ""
    more = f" and {len(now.opening) - 1} more" if len(now.opening) > 1 else ""
    return f"epoch {now.epoch}{begun}, {now.num_ready} ready, waited {now.wait_seconds:.1f} s{opening}{more}"
