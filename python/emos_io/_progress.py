"""The progress bar: on stderr where that is a terminal, and nothing elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID


class ProgressBar:
    """A bar with a title, how much of it is done, and the time that remains; it appears with the first `show`.

    Args:
        is_kept: Whether the bar stays on the terminal when it is closed, as it was last.

    Example:
        >>> with ProgressBar() as bar:
        ...     bar.show("windows", 1, 2)
    """

    def __init__(self, *, is_kept: bool = False) -> None:
        # rich is not needed to import the package.
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        # FORCE_COLOR and its like do not make a terminal of a file.
        is_terminal = sys.stderr is not None and sys.stderr.isatty()
        console = Console(stderr=True, force_terminal=None if is_terminal else False)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=not is_kept,
        )
        self._task: TaskID | None = None

    def show(self, title: str, done: int, total: int | None) -> None:
        """Move the bar to `done` of `total`; None is an unknown total."""
        if self._task is None:
            self._task = self._bars.add_task(title, total=total)
            self._bars.start()
        self._bars.update(self._task, completed=done, total=total, description=title)

    def close(self) -> None:
        """End the bar; a closed bar may be closed again."""
        self._bars.stop()

    def __enter__(self) -> ProgressBar:
        """Return the bar."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the bar."""
        self.close()


class LateBar:
    """A bar that appears once the work has lasted two seconds, on stderr where that is a terminal.

    Args:
        title: What is done.

    Example:
        >>> with LateBar("lengths") as bar:
        ...     bar.show(1, 2)
    """

    SECONDS = 2.0

    def __init__(self, title: str) -> None:
        self._title = title
        self._begun = time.monotonic()
        self._bar: ProgressBar | None = None

    def show(self, done: int, total: int) -> None:
        """Move the bar to `done` of `total`."""
        if self._bar is None:
            is_terminal = sys.stderr is not None and sys.stderr.isatty()
            if not is_terminal or time.monotonic() - self._begun < self.SECONDS:
                return
            self._bar = ProgressBar()
        self._bar.show(self._title, done, total)

    def __enter__(self) -> LateBar:
        """Return the bar."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
