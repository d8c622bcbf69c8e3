"""Nothing piles up: file handles, threads and memory over many small windows."""

from __future__ import annotations

import gc
import os
import pty
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest
from pipes_help import AUDIO, NUMPY, film, films, keys_of, loader_of, plan_of

from emos_io.errors import InvalidArgument
from emos_io.pipes import Progress, VideoSpec, WindowLoader
from emos_io.plan import WindowPlan
from oracle import clips

KEPT_BYTES = 24 << 20
"""The allocator keeps some of what was freed; the frames of 400 windows of this test would take 98 MiB."""

EXTRA_HANDLES = 4
"""Handles that come and go with the files that are open at the moment of counting."""


def handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def in_use() -> tuple[int, int]:
    """Return how many handles and threads there are once nothing is left that a test before forgot."""
    gc.collect()
    return handles(), threading.active_count()


def assert_nothing_is_left(before: tuple[int, int]) -> None:
    """What other tests left may end meanwhile, so fewer than before is right too."""
    num_handles, num_threads = in_use()
    assert num_handles <= before[0]
    assert num_threads <= before[1]


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def walk(num_windows: int) -> None:
    items = [film(str(n), clips.counting_clip(seconds=10, rate=8_000), 10) for n in range(10)]
    epochs = -(-num_windows // 190)
    plan = WindowPlan(items, 1, "1/2", num_lanes=4, windows_per_lane=2, seed=1)
    assert len(plan) == 190
    loader = WindowLoader(
        plan, video=VideoSpec(4, (128, 160)), audio=AUDIO, collate=NUMPY, max_open_files=3, num_threads=2
    )
    seen, figures = 0, []
    for _ in range(epochs):
        for step, batch in enumerate(loader):
            seen += len(keys_of([batch]))
            if step == 12:
                figures.append((handles(), threading.active_count(), resident_bytes()))
    loader.close()
    assert seen == epochs * 190
    # The first epoch is the warm-up.
    base = figures[1]
    for now in figures[2:]:
        assert now[0] <= base[0] + EXTRA_HANDLES
        assert now[1] == base[1]
        assert now[2] <= base[2] + KEPT_BYTES


def test_hundreds_of_windows_leave_nothing_behind() -> None:
    before = in_use()
    walk(760)
    assert_nothing_is_left(before)


@pytest.mark.slow
def test_ten_thousand_windows_leave_nothing_behind() -> None:
    before = in_use()
    walk(10_000)
    assert_nothing_is_left(before)


@pytest.mark.parametrize("how", ["to the end", "closed", "forgotten", "begun anew"])
def test_threads_and_files_end_however_an_iteration_ends(how: str) -> None:
    plan = plan_of()
    before = in_use()
    loader: Any = loader_of(plan)
    iterator = iter(loader)
    next(iterator)
    assert threading.active_count() > before[1]
    if how == "to the end":
        list(iterator)
    elif how == "begun anew":
        list(loader)
        # The one before is over.
        with pytest.raises(InvalidArgument, match="one of epoch 0 that a newer iterator ended after 1 batches"):
            next(iterator)
    elif how == "closed":
        loader.close()
        loader.close()
    del loader, iterator
    gc.collect()
    for thread in threading.enumerate():
        if thread.name.startswith("emos-"):
            thread.join(10)
    assert_nothing_is_left(before)


def test_no_more_steps_are_in_work_than_prefetch_allows() -> None:
    plan = plan_of(films(4), num_lanes=2)
    lock, started, taken, most = threading.Lock(), [0], [0], [0]

    def count(sample: Any, rng: Any) -> Any:
        with lock:
            started[0] += 1
            most[0] = max(most[0], started[0] - 2 * taken[0])
        return sample

    with loader_of(plan, transform=count, prefetch=3, num_threads=4) as loader:
        for _ in loader:
            with lock:
                taken[0] += 1
    # Two slots a step; a batch is counted as taken a little after the loader knows of it.
    assert most[0] <= 2 * (3 + 1)


def test_progress_comes_with_every_batch() -> None:
    plan = plan_of(films(2), num_lanes=2)
    reports: list[Progress] = []
    with loader_of(plan, progress=reports.append) as loader:
        steps = len(list(loader))
    assert (reports[0].phase, reports[0].step) == ("planning", 0)
    batches = [now for now in reports if now.phase == "epoch"]
    assert sorted({now.step for now in batches}) == list(range(1, steps + 1))
    assert [now.step for now in reports] == sorted(now.step for now in reports)
    assert {now.num_steps for now in reports} == {steps}
    assert reports[-1].counters["frames_decoded"] > 0


def test_progress_comes_while_a_batch_is_waited_for() -> None:
    plan = plan_of(films(2), num_lanes=1)
    enough = threading.Event()
    reports: list[Progress] = []

    def wait_until_reported(sample: Any, rng: Any) -> Any:
        assert enough.wait(60)
        return sample

    def keep_report(now: Progress) -> None:
        reports.append(now)
        if now.phase == "warm-up":
            enough.set()

    with loader_of(plan, transform=wait_until_reported, progress=keep_report) as loader:
        next(iter(loader))
    assert [now.phase for now in reports][:2] == ["planning", "warm-up"]
    assert reports[1].step == 0
    assert reports[1].wait_seconds > 0
    assert (reports[-1].phase, reports[-1].step) == ("epoch", 1)


BARRED = """
import os, sys
sys.path[:0] = sys.argv[1].split(os.pathsep)
from pipes_help import films, loader_of, plan_of
with loader_of(plan_of(films(2), num_lanes=2), progress=True) as loader:
    list(loader)
"""


def barred(stderr: int) -> None:
    words = [sys.executable, "-c", BARRED, os.pathsep.join(sys.path)]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=stderr, env=environment, check=True, timeout=120)


def test_a_bar_is_written_to_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    barred(theirs)
    os.close(theirs)
    assert b"epoch 0" in os.read(ours, 1 << 16)
    os.close(ours)
    with (tmp_path / "stderr").open("wb") as plain:
        barred(plain.fileno())
    assert (tmp_path / "stderr").read_bytes() == b""


def test_an_iterator_raises_in_a_forked_child_that_has_none_of_its_threads() -> None:
    """It would wait for ever: for a step that nobody reads, or for a lock of a thread that it has not."""
    begun = threading.Event()

    def slow(sample: Any, _: Any) -> Any:
        begun.wait(60)
        return sample

    with loader_of(plan_of(), transform=slow) as loader:
        iterator = iter(loader)
        reader, writer = os.pipe()
        with warnings.catch_warnings():
            # Later Pythons warn of a fork beside threads, which is what is tried here.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if not pid:
            signal.alarm(60)
            try:
                next(iterator)
            except InvalidArgument as error:
                os.write(writer, str(error).encode())
            loader.close()
            del iterator
            os._exit(0)
        os.close(writer)
        begun.set()
        with os.fdopen(reader, "rb") as pipe:
            text = pipe.read().decode()
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert text.startswith("iterator must be used in the process that made it, got a forked child of it,")
        assert len(list(iterator)) == len(loader)
