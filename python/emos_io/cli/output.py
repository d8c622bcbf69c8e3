"""What verbs share in printing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..corpus import Findings


class OutputClosed(Exception):
    """Whoever read our output has seen enough."""


def print_json(value: Any) -> None:
    """Print one line of JSON and hand it on at once."""
    try:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise OutputClosed from error


def print_findings(findings: Findings, *, as_json: bool) -> int:
    """Print findings, JSON Lines on stdout or text on stderr, and return the exit code: 1 if there are any."""
    for finding in findings:
        if as_json:
            print_json(finding.as_dict())
        else:
            print(finding, file=sys.stderr)
    return 1 if len(findings) else 0


@contextmanager
def progress(title: str, total: int) -> Iterator[Any]:
    """Yield a function that counts one step; a bar on stderr shows it where that is a terminal."""
    with counted_progress(title) as show:
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            show(done, total)

        show(0, total)
        yield step


@contextmanager
def counted_progress(title: str) -> Iterator[Any]:
    """Yield a function that takes how much is done, and of how much; as `progress` it shows a bar or nothing."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def seconds(value: Any) -> str:
    """Return an exact time to three places."""
    return "-" if value is None else f"{float(value):.3f}"
