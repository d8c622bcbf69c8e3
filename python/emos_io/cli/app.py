"""The verbs, and what all of them share: one line for each error, and exit codes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable

import click

from ..errors import (
    DecodeError,
    EmosError,
    FrameIndexError,
    InvalidArgument,
    NoSuchTrack,
    TimeOutOfRange,
    TooLarge,
)
from . import demo, doctor, env, link, plan, probe, review, show, splits, synthesize, tables, votes, windows
from .output import OutputClosed

FINE, FINDINGS, WRONG_USE, UNREADABLE = 0, 1, 2, 3
"""Exit codes: success, findings, wrong use, unreadable input or an output that cannot be written."""

_WRONG_USE = (InvalidArgument, NoSuchTrack, TimeOutOfRange, FrameIndexError, TooLarge)


@click.group(name="emos")
@click.version_option(package_name="emos-io")
def app() -> None:
    """Exact, synchronised audio-video windows; emotion labels with their votes."""


app.add_command(probe.probe)
app.add_command(windows.windows)
app.add_command(doctor.doctor)
app.add_command(tables.tables)
app.add_command(splits.splits)
app.add_command(link.link)
app.add_command(votes.votes)
app.add_command(review.review)
app.add_command(plan.plan)
app.add_command(show.show)
app.add_command(synthesize.synthesize)
app.add_command(env.env)
app.add_command(demo.demo)


def main() -> None:
    """Run ``emos`` and exit with its code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of files may be no text in the encoding of stdout.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(guarded(lambda: app(standalone_mode=False)))


def guarded(run: Callable[[], object]) -> int:
    """Return the exit code of `run`; print an error as one line on stderr."""
    try:
        code = run()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        return _report_error(error.format_message(), WRONG_USE)
    except click.Abort:
        return _report_error("interrupted", 130)
    except KeyboardInterrupt:
        return _report_error("interrupted", 130)
    except OutputClosed:
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
    # Spaces stay as they are: they may be those of a file name.
    lines = (line.strip() for line in message.splitlines())
    print("emos:", " ".join(line for line in lines if line), file=sys.stderr)
    return code
