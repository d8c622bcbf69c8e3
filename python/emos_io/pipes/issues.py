"""Read issues: errors that carry the key of their window, and the list of what was masked."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass
from typing import TypedDict

from ..errors import EmosError, printable, quoted
from ..plan import PlannedWindow

MAX_LINES = 10_000
"""Issues that a list keeps; more are only counted."""


@dataclass(frozen=True, slots=True)
class ReadIssue:
    """A window that could not be read, or that is damaged.

    Attributes:
        key: The window's key, for ``plan.window_by_key(key)``. Where a file has no length, the key of its item.
        item: The key of the window's item.
        error: The class of the error; ``"damaged"`` where some frames are damaged.
        message: The text of the error.
        masked: The window was masked, with its label; False where it is only damaged.
    """

    key: str
    item: str
    error: str
    message: str
    masked: bool

    def __str__(self) -> str:
        return f"{printable(self.key)}: {self.error}: {self.message}"


class _State(TypedDict):
    num_masked: int
    num_damaged: int
    _lines: list[ReadIssue]


class ReadIssues:
    """What went wrong in an epoch, in the order in which it was met; safe with threads.

    Attributes:
        num_masked: Windows that were masked, however many lines are kept.
        num_damaged: Windows with damage that were not masked.
    """

    def __init__(self) -> None:
        self.num_masked = 0
        self.num_damaged = 0
        self._lines: list[ReadIssue] = []
        self._lock = threading.Lock()

    def add(self, issue: ReadIssue) -> None:
        """Count an issue, and keep it while there is room."""
        with self._lock:
            self.num_masked += issue.masked
            self.num_damaged += not issue.masked
            if len(self._lines) < MAX_LINES:
                self._lines.append(issue)

    @property
    def lines(self) -> tuple[ReadIssue, ...]:
        """The first `MAX_LINES` issues; with threads, in no fixed order."""
        with self._lock:
            return tuple(self._lines)

    def __len__(self) -> int:
        """How many windows have an issue."""
        return self.num_masked + self.num_damaged

    def __repr__(self) -> str:
        return f"ReadIssues({self.num_masked} masked, {self.num_damaged} damaged, {len(self.lines)} kept)"

    def __str__(self) -> str:
        head = f"{self.num_masked} windows masked, {self.num_damaged} damaged"
        return "\n".join([head, *map(str, self.lines)])

    def __getstate__(self) -> _State:
        return {"num_masked": self.num_masked, "num_damaged": self.num_damaged, "_lines": list(self.lines)}

    def __setstate__(self, state: _State) -> None:
        self.__dict__.update(state, _lock=threading.Lock())


def with_key(error: EmosError, planned: PlannedWindow) -> EmosError:
    """Return the error, of the same class, with the window's key and the call that gives the window again.

    It keeps what the error knows (`ffmpeg_message`, `path`, `span`, `index`); what it lacks is the window's.
    """
    keyed = copy.copy(error)
    keyed.key = planned.key
    keyed.span = planned.span if error.span is None else error.span
    keyed.path = planned.path if error.path is None else error.path
    text = str(error)
    for path in (error.path, planned.path):
        # The path is said once, at the end.
        text = text if path is None else text.removesuffix(f": {quoted(path)}")
    last = "" if planned.path is None else f": {quoted(planned.path)}"
    keyed.args = (f"{text}; window {planned.key!r}, to get it again: plan.window_by_key({planned.key!r}){last}",)
    return keyed


def note_key(error: BaseException, key: str | None) -> None:
    """Add the window's key to an error that is not ours (of a transform)."""
    error.add_note(
        f"in window {key!r}; to get it again: plan.window_by_key({key!r})" if key else "in a slot without a window"
    )
