"""A process that runs functions for tests, and is killed where one takes too long: DALI can wait for ever."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SECONDS = 120.0
"""How long a call may take. The first one imports DALI, which takes seconds on a busy machine."""
_SPAWN = multiprocessing.get_context("spawn")


class ChildEnded(AssertionError):
    """The child was killed because a call took too long, or ended by itself; the next call starts a new one."""


class Child:
    """Runs functions of modules in another process, the same one for each call, with pickled arguments and results.

    Args:
        seconds: How long a call may take.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a function of a module returns in the child, or raise what it raises there."""
        if self._connection is None:
            self._start()
        assert self._connection is not None
        try:
            self._connection.send((function, args, kwargs))
            if not self._connection.poll(self.seconds):
                self.kill()
                raise ChildEnded(f"{function.__name__} took longer than {self.seconds} s; its process was killed")
            has_returned, value = self._connection.recv()
        except (EOFError, OSError) as error:
            self.kill()
            raise ChildEnded(f"the process of {function.__name__} ended: {error!r}") from error
        if not has_returned:
            raise value
        result: T = value
        return result

    @property
    def pid(self) -> int | None:
        """The number of the process, None where there is none."""
        return None if self._process is None else self._process.pid

    def kill(self) -> None:
        """End the process, if there is one."""
        if self._process is not None and self._connection is not None:
            self._connection.close()
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._connection = None

    def _start(self) -> None:
        here, there = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()
        self._connection = here

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()


def _serve(connection: Connection) -> None:
    while True:
        try:
            function, args, kwargs = connection.recv()
        except EOFError:
            return
        try:
            answer = (True, function(*args, **kwargs))
        except Exception as error:
            error.__cause__ = error.__context__ = None
            answer = (False, error)
        try:
            connection.send(answer)
        except Exception as error:
            connection.send((False, TypeError(f"{function.__name__} gave what cannot be pickled: {error!r}")))
