"""DALI in threads and processes: equal frames, an error in a forked child, a bounded pool, flat memory."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from child import Child
from gops_help import COUNT, SAME, Gop, clip_444, decoded, pyav_frames, read_gop

from emos_io.errors import InvalidArgument
from emos_io.gpu.decoders import open_decoder

if TYPE_CHECKING:
    from collections.abc import Callable

FORK_SECONDS = 60.0
"""A forked child that waits for DALI's threads would wait for ever."""
NUM_CALLS, MAX_GROWTH_MB = 300, 4
"""What the allocator of C keeps after the first calls was measured as under 1 MB. A leak of a frame a call would be 5 MB,
one of a pipeline a call over 1 GB."""


def by_threads(gop: Gop, num_threads: int, num_calls: int) -> int:
    """How many calls gave frames that are not those of one thread."""
    wanted = [[number % COUNT, (7 * number) % COUNT] for number in range(num_calls)]
    expected = [decoded(gop, ranks) for ranks in wanted]
    barrier = threading.Barrier(num_threads)

    def work(thread: int) -> list[np.typing.NDArray[np.uint8]]:
        barrier.wait()
        return [decoded(gop, wanted[call]) for call in range(thread, num_calls, num_threads)]

    with ThreadPoolExecutor(num_threads) as pool:
        results = list(pool.map(work, range(num_threads)))
    return sum(
        not np.array_equal(frames, expected[thread + call * num_threads])
        for thread, each in enumerate(results)
        for call, frames in enumerate(each)
    )


def in_fork(calls: list[Callable[[], object]]) -> tuple[str, int]:
    """What the calls raise in a forked child, a line each, and its exit status after a normal end of the interpreter."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        lines = []
        for call in calls:
            try:
                lines.append(f"returned {call()!r}")
            except Exception as error:
                lines.append(f"{type(error).__name__}: {error}")
        os.write(writer, "\n".join(lines).encode())
        os.close(writer)
        sys.exit(7)
    os.close(writer)
    with os.fdopen(reader) as stream:
        text = stream.read()
    return text, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def fork_after_use(gop: Gop) -> tuple[str, int]:
    decoder = open_decoder("dali-cpu")
    frames = decoder.frames(gop.packets, gop.codec, COUNT, [0], SAME)
    return in_fork(
        [
            lambda: decoder.frames(gop.packets, gop.codec, COUNT, [0], SAME),
            lambda: decoder.gather([frames], [[0]], "THWC"),
            lambda: decoder.upload(np.zeros((1, 2, 2, 3), np.uint8)),
            decoder.close,
            lambda: open_decoder("dali-cpu"),
        ]
    )


def fork_before_use(gop: Gop) -> tuple[str, int]:
    open_decoder("dali-cpu")
    return in_fork([lambda: decoded(gop, [4]).tobytes()])


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def growth(gop: Gop) -> float:
    """MB that a process has more after many calls of all kinds than after some."""
    decoder = open_decoder("dali-cpu")

    def call(number: int) -> None:
        frames = decoder.frames(gop.packets, gop.codec, COUNT, [number % COUNT, 3], SAME)
        decoder.gather([frames, decoder.upload(np.zeros((2, *SAME.output, 3), np.uint8))], [[1, 0], [0]], "TCHW")

    for number in range(NUM_CALLS // 3):
        call(number)
    before = resident_mb()
    for number in range(NUM_CALLS):
        call(number)
    return resident_mb() - before


def test_threads_get_the_frames_of_one_thread(dali_child: Child) -> None:
    assert dali_child.run(by_threads, read_gop(clip_444()), 4, 24) == 0


def test_a_forked_child_gets_an_error_and_ends(dali_child: Child) -> None:
    with Child(FORK_SECONDS) as child:
        text, status = child.run(fork_after_use, read_gop(clip_444()))
    lines = text.splitlines()
    assert len(lines) == 5
    for line in lines:
        assert line.startswith(
            f"{InvalidArgument.__name__}: device must be used in the process that used DALI first, got 'dali-cpu'"
        )
    assert status == 7


def test_a_child_that_was_forked_before_the_first_use_decodes(dali_child: Child) -> None:
    with Child(FORK_SECONDS) as child:
        text, status = child.run(fork_before_use, read_gop(clip_444()))
    assert text == f"returned {pyav_frames(clip_444())[[4]].tobytes()!r}"
    assert status == 7


@pytest.mark.slow
def test_memory_stays_flat(dali_child: Child) -> None:
    assert dali_child.run(growth, read_gop(clip_444())) < MAX_GROWTH_MB
