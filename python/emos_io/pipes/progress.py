"""How far an epoch has come, told while it is waited for, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal

Phase = Literal["planning", "warm-up", "epoch"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an epoch has come: given to `progress` after each batch, and twice a second while one is waited for.

    Attributes:
        phase: ``"planning"`` once, before the order of the epoch is made; ``"warm-up"`` until the first batch of an
            iteration is there; then ``"epoch"``.
        epoch, step, num_steps: `step` batches of `num_steps` were handed out.
        num_ready: Batches that wait.
        wait_seconds: How long this batch was waited for, so far.
        opening: Files that are being opened and indexed.
        counters: As `WindowLoader.counters`.
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
    """A bar on stderr, where that is a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bars = Bars(*columns, console=console, disable=not console.is_terminal)
        self._task: Any = None

    def __call__(self, now: Progress) -> None:
        if self._task is None:
            self._task = self._bars.add_task("", total=now.num_steps)
            self._bars.start()
        self._bars.update(self._task, completed=now.step, description=told(now))

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bars.stop()


def told(now: Progress) -> str:
    """Return what a bar says beside itself."""
    if now.phase == "planning":
        return f"epoch {now.epoch}, planning"
    begun = "" if now.phase == "epoch" else ", warm-up"
    opening = f", opening {PurePath(now.opening[0]).name}" if now.opening else ""
    more = f" and {len(now.opening) - 1} more" if len(now.opening) > 1 else ""
    return f"epoch {now.epoch}{begun}, {now.num_ready} ready, waited {now.wait_seconds:.1f} s{opening}{more}"
