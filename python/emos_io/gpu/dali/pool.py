"""Idle pipelines, kept for use again: building one costs more than running it."""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
import threading
import weakref
from collections.abc import Generator
from contextlib import contextmanager

from .pipelines import Pipeline, Recipe

MAX_IDLE = 8
"""Idle pipelines of a device; on CUDA each holds a decoder and its surfaces."""


_pools: weakref.WeakSet[PipelinePool] = weakref.WeakSet()


class PipelinePool:
    """The idle pipelines of one device in one process, the longest unused first. Safe with threads.

    Args:
        device_id: Which CUDA device; None for the CPU.
        max_idle: How many are kept.
    """

    def __init__(self, device_id: int | None, max_idle: int = MAX_IDLE) -> None:
        self._device_id = device_id
        self._max_idle = max_idle
        self._idle: list[tuple[Recipe, Pipeline]] = []
        self._lock = threading.Lock()
        _pools.add(self)

    @contextmanager
    def acquired(self, recipe: Recipe) -> Generator[Pipeline]:
        """Give a pipeline to one thread. Where that fails, it is dropped: after an error DALI promises nothing of it."""
        pipeline = self._acquire(recipe)
        yield pipeline
        with self._lock:
            self._idle.append((recipe, pipeline))
            evicted, self._idle = self._idle[: -self._max_idle], self._idle[-self._max_idle :]
        del evicted

    def _acquire(self, recipe: Recipe) -> Pipeline:
        with self._lock:
            for index in reversed(range(len(self._idle))):
                if self._idle[index][0] == recipe:
                    return self._idle.pop(index)[1]
        pipeline = recipe.define(self._device_id)
        pipeline.build()
        return pipeline

    def close(self) -> None:
        """Drop the idle pipelines. Closing twice is fine, and the pool can still be used."""
        with self._lock:
            idle, self._idle = self._idle, []
        del idle

    def abandon(self) -> None:
        """In a forked child: keep the idle pipelines for ever. Ending one would wait for threads that the child lacks."""
        self._lock = threading.Lock()
        for _, pipeline in self._idle:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(pipeline))


def _in_child() -> None:
    # At its end DALI shuts down the pipelines that it knows, which would wait too.
    if shutdown := getattr(sys.modules.get("nvidia.dali.pipeline"), "_shutdown_pipelines", None):
        atexit.unregister(shutdown)
    for pool in list(_pools):
        pool.abandon()


os.register_at_fork(after_in_child=_in_child)
