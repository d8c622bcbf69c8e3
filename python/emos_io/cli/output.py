"""What verbs print: text and tables for people, JSON, findings, progress bars."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, TextIO

import click
from rich.console import Console

from .._progress import ProgressBar
from .wording import in_flags

if TYPE_CHECKING:
    from ..corpus import Finding, Findings

UNLIMITED = 1_000_000_000
"""Columns of output that nobody looks at in a terminal: no cell is cut or wrapped."""


class OutputClosed(Exception):
    """The reader of stdout closed it."""


class _Output(Console):
    def on_broken_pipe(self) -> None:
        """Say so as `print_json` does; rich would end the process with 1."""
        raise OutputClosed


def output(*, stderr: bool = False) -> Console:
    """Return the console of a verb: the one way to print text and tables for people.

    In a terminal, tables fit its width. Elsewhere they are as wide as their cells need, so that nothing is cut or wrapped, and
    there are no colours. ``COLUMNS`` is the width of both, if it is set. ``NO_COLOR`` means neither colours nor other styles.
    Texts are printed as they are: brackets and colons may be those of names.

    Args:
        stderr: Whether the console prints to stderr.

    Raises:
        OSError: stdout is closed.
    """
    stream = sys.stderr if stderr else _stdout()
    is_terminal = stream is not None and stream.isatty()
    return _Output(
        stderr=stderr,
        width=shutil.get_terminal_size().columns if is_terminal or _num_columns() > 0 else UNLIMITED,
        # FORCE_COLOR and its like do not make a terminal of a file.
        force_terminal=None if is_terminal else False,
        color_system="auto" if is_terminal and not os.environ.get("NO_COLOR") else None,
        markup=False,
        emoji=False,
        highlight=False,
    )


def _num_columns() -> int:
    """Return COLUMNS, or 0 where it is no number."""
    try:
        return int(os.environ.get("COLUMNS", "0"))
    except ValueError:
        return 0


def _stdout() -> TextIO:
    """Return stdout; Python has none where the process was started with a closed one."""
    stream: TextIO | None = sys.stdout
    if stream is None:
        raise OSError("stdout must be open, got a closed one; name a file for it, or /dev/null")
    return stream


def print_json(value: object) -> None:
    """Print one line of JSON and flush it; in ASCII where stdout cannot carry its characters, such as those of odd names."""
    stdout = _stdout()
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, allow_nan=False)
    try:
        stdout.write(text + "\n")
        stdout.flush()
    except BrokenPipeError as error:
        raise OutputClosed from error


def print_findings(findings: Findings, *, as_json: bool) -> int:
    """Print findings as JSON Lines on stdout or as text on stderr; return the exit code, 1 if there are findings.

    Their texts name flags of the verb that runs.
    """
    for finding in map(with_flags, findings):
        if as_json:
            print_json(finding.as_dict())
        else:
            print(finding, file=sys.stderr)
    return 1 if len(findings) else 0


def with_flags(finding: Finding) -> Finding:
    """Return a finding whose text names flags of the verb that runs, where it names arguments of Python."""
    context = click.get_current_context(silent=True)
    if context is None:
        return finding
    what, fix = (in_flags(text, context.command) for text in (finding.what, finding.fix))
    return replace(finding, what=what, fix=fix)


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
