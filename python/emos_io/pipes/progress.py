"""How far an epoch has come: reported after each batch, and while the next one is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.progress import TaskID

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
    """A bar on stderr, where that is a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bars = Bars(*columns, console=console, disable=not console.is_terminal)
        self._task: TaskID | None = None

    def __call__(self, now: Progress) -> None:
        """Move the bar."""
        if self._task is None:
            self._task = self._bars.add_task("", total=now.num_steps)
            self._bars.start()
        self._bars.update(self._task, completed=now.step, description=bar_text(now))

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bars.stop()


def bar_text(now: Progress) -> str:
    """Return the text beside a bar."""
    if now.phase == "planning":
        return f"epoch {now.epoch}, planning"
    begun = "" if now.phase == "epoch" else ", warm-up"
    opening = f", opening {PurePath(now.opening[0]).name}" if now.opening else ""
    more = f" and {len(now.opening) - 1} more" if len(now.opening) > 1 else ""
    return f"epoch {now.epoch}{begun}, {now.num_ready} ready, waited {now.wait_seconds:.1f} s{opening}{more}"
