"""Ctrl-C at any moment: one line, exit code 130, and no file that is half written.

```text
 LOADING   nothing is begun: a signal ends the process at once
 RUNNING   a signal is raised as KeyboardInterrupt: the command closes, ends and removes what it began
 STOPPING  the command does so: further signals change nothing
 ENDED     everything is done: signals change nothing, the exit code stays
```

SIGTERM and SIGHUP stop the command in the same way; then the process dies of them, without a line.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

INTERRUPTED = 130
"""The exit code after Ctrl-C: 128 and the number of the signal, as in shells."""
PATIENCE_SECONDS = 5.0
"""If the command has not stopped after this time, which a hanging disk may cause, the next signal ends the process at once."""
RETRY_SECONDS = 0.01
"""A KeyboardInterrupt that Python could not raise, such as one in ``__del__``, is raised again after this time."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Phase(Enum):
    LOADING = auto()
    RUNNING = auto()
    STOPPING = auto()
    ENDED = auto()


_phase = _Phase.LOADING
_first: signal.Signals | None = None
"""The signal that ends the command, if one came."""
_first_time = 0.0


def watch() -> None:
    """Handle signals from now on.

    What the process was started to ignore stays ignored, such as SIGINT in the background of a script and SIGHUP under nohup.
    """
    for each in _SIGNALS:
        if signal.getsignal(each) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(each, _handle)
    sys.unraisablehook = _raise_again


def run(command: Callable[[], int]) -> int:
    """Return the exit code of a command, which signals may stop at any point; then the process ends here."""
    global _phase, _first
    code = 0
    # Python handles signals at calls and loops, so none comes between an error and the first assignment after it.
    try:
        _phase = _Phase.RUNNING
        code = command()
        _phase = _Phase.ENDED
    except KeyboardInterrupt:
        _phase = _Phase.ENDED
        _first = _first or signal.SIGINT
    except BaseException:
        _phase = _Phase.ENDED
        # A command that is stopped may end in any error, such as that of an import.
        if _first is None:
            raise
    # Now the error is gone, and with it the frames that had files open.
    if _first is not None:
        _leave(_first)
    for each in _SIGNALS:
        if signal.getsignal(each) is _handle:
            # The interpreter that shuts down runs no handlers.
            signal.signal(each, signal.SIG_IGN if each == signal.SIGINT else signal.SIG_DFL)
    return code


@contextmanager
def loading() -> Iterator[None]:
    """Run a block that begins nothing, within a command that has begun nothing: a signal ends the process at once.

    Imports are such blocks: modules in C may make another error of a KeyboardInterrupt.
    """
    global _phase
    before = _phase
    if before is _Phase.RUNNING:
        _phase = _Phase.LOADING
    try:
        yield
    finally:
        _phase = before


def stopping() -> bool:
    """Return whether a signal stops the command; then its errors are no news."""
    return _first is not None


def _handle(number: int, _frame: FrameType | None) -> None:
    global _phase, _first, _first_time
    if _phase is _Phase.LOADING:
        _leave(signal.Signals(number))
    if _phase is _Phase.RUNNING:
        _phase = _Phase.STOPPING
        if _first is None:
            _first, _first_time = signal.Signals(number), time.monotonic()
        raise KeyboardInterrupt
    if _phase is _Phase.STOPPING and time.monotonic() > _first_time + PATIENCE_SECONDS:
        _leave(signal.Signals(number))


def _raise_again(lost: UnraisableHookArgs) -> None:
    """Have a lost KeyboardInterrupt raised again; other errors go where they always go. A hook of `sys`."""
    global _phase
    if _phase is _Phase.STOPPING and issubclass(lost.exc_type, KeyboardInterrupt):
        _phase = _Phase.RUNNING
        signal.signal(signal.SIGALRM, _handle)
        signal.setitimer(signal.ITIMER_REAL, RETRY_SECONDS)
    elif _phase is not _Phase.ENDED:
        sys.__unraisablehook__(lost)


def _leave(number: signal.Signals) -> NoReturn:
    """End the process; threads that still run are not waited for."""
    remove = getattr(sys.modules.get("emos_io._files"), "remove_partial_files", None)
    if remove is not None:
        remove()
    if number == signal.SIGINT:
        with suppress(OSError):
            os.write(2, b"emos: interrupted\n")
        os._exit(INTERRUPTED)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)
