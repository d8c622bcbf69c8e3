"""JSON, findings and progress bars, which several verbs print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction

from .._progress import ProgressBar
from ..corpus import Findings


class OutputClosed(Exception):
    """The reader of stdout closed it."""


def print_json(value: object) -> None:
    """Print one line of JSON and flush it; in ASCII where stdout cannot carry its characters, such as those of odd names."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, allow_nan=False)
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise OutputClosed from error


def print_findings(findings: Findings, *, as_json: bool) -> int:
    """Print findings as JSON Lines on stdout or as text on stderr; return the exit code, 1 if there are findings."""
    for finding in findings:
        if as_json:
            print_json(finding.as_dict())
        else:
            print(finding, file=sys.stderr)
    return 1 if len(findings) else 0


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[], None]]:
    """Yield a function that counts one step; if stderr is a terminal, a bar shows the steps."""
    with counted_progress(title) as show:
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            show(done, total)

        show(0, total)
        yield step


@contextmanager
def counted_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function of the steps done and the total; the bar is that of `progress`."""
    with ProgressBar() as bar:
        bar.show(title, 0, None)
        yield lambda done, total: bar.show(title, done, total)


def seconds(time: Fraction | float | None) -> str:
    """Return a time in seconds to three places, or ``-`` for None."""
    return "-" if time is None else f"{float(time):.3f}"
