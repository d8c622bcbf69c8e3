"""What all verbs share: one line for each error, and exit codes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable

import click
from click.shell_completion import shell_complete

from ..errors import (
    DecodeError,
    EmosError,
    FrameIndexError,
    InvalidArgument,
    NoSuchTrack,
    TimeOutOfRange,
    TooLarge,
)
from .interrupts import stopping
from .output import OutputClosed
from .verbs import app

FINE, FINDINGS, WRONG_USE, UNREADABLE = 0, 1, 2, 3
"""Exit codes: success, findings, wrong use, unreadable input or an output that cannot be written."""

COMPLETE_VARIABLE = "_EMOS_COMPLETE"
"""The environment variable by which shells ask for their script, and for words that may follow."""

_WRONG_USE = (InvalidArgument, NoSuchTrack, TimeOutOfRange, FrameIndexError, TooLarge)


def run(arguments: list[str]) -> int:
    """Return the exit code of ``emos`` with these arguments."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of files may be no text in the encoding of stdout.
        sys.stdout.reconfigure(errors="backslashreplace")
    return guarded(lambda: _invoke(arguments))


def _invoke(arguments: list[str]) -> object:
    # `click.Command.main` does this too, but answers KeyboardInterrupt and closed pipes in ways of its own.
    if instruction := os.environ.get(COMPLETE_VARIABLE):
        return shell_complete(app, {}, "emos", COMPLETE_VARIABLE, instruction)
    with app.make_context("emos", arguments) as context:
        return app.invoke(context)


def guarded(run: Callable[[], object]) -> int:
    """Return the exit code of `run`; print an error as one line on stderr."""
    try:
        code = run()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        return _report_error(error.format_message(), WRONG_USE)
    except (OutputClosed, BrokenPipeError):
        # Python must not flush the rest at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except _WRONG_USE as error:
        return _report_error(str(error), WRONG_USE)
    except DecodeError as error:
        return _report_error(str(error), FINDINGS)
    except (EmosError, OSError) as error:
        return _report_error(str(error), UNREADABLE)
    return code if isinstance(code, int) else FINE


def _report_error(message: str, code: int) -> int:
    # Print would write to stdout where stderr is closed.
    if sys.stderr is not None and not stopping():
        # Spaces stay as they are: they may be those of a file name.
        lines = (line.strip() for line in message.splitlines())
        print("emos:", " ".join(line for line in lines if line), file=sys.stderr)
    return code
