"""How things end: streams are dropped, interpreters exit, processes fork; each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PATIENCE_SECONDS = 60
"""What hangs, hangs for ever; the scripts take about a second."""

SLOW_FILE = """
import gc, io, os, sys, threading, time
from emos_io import Media, Span
import emos_io._core as core

class Slow(io.BytesIO):
    "Gives the GIL away in the midst of each read, as files and networks do."
    then = staticmethod(lambda: None)

    def read(self, size=-1):
        time.sleep(0.001)
        self.then()
        return super().read(size)

slow = Slow(open(sys.argv[1], "rb").read())
media = Media(slow, num_threads=2)
stream = media.windows(1, size=(64, 64))
next(stream)
"""

CYCLE = """
class Knot: pass
knot = Knot()
knot.self, knot.stream = knot, stream
del stream
"""


def run(script: str, path: Path, *, last_line: str = "") -> None:
    """Run to the end; the last line of stderr is `last_line`, if there is one and the thread lives to print all of it."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-W", "ignore::DeprecationWarning", "-c", script, str(path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr
    if last_line and done.stderr.endswith("\n"):
        assert done.stderr.splitlines()[-1].endswith(last_line), done.stderr
    else:
        assert not done.stderr or (last_line and done.stderr.startswith("Exception in thread")), done.stderr


@pytest.fixture
def clip(media_path: Callable[[str], Path]) -> Path:
    """30 s of H.264 and AAC."""
    return media_path("made/base_en_grid_30s.mp4")


@pytest.mark.parametrize("turn", range(3))
def test_python_exits_with_a_stream_alive(clip: Path, turn: int) -> None:
    # Workers are in Python when it ends; it went well by chance every third time, so three times.
    run(f"{SLOW_FILE}\nprint('end')", clip)


def test_python_exits_with_a_stream_that_is_never_collected(clip: Path) -> None:
    run(f"{SLOW_FILE}{CYCLE}\nsys.kept = knot\nprint('end')", clip)


def test_python_exits_while_a_daemon_thread_reads(clip: Path) -> None:
    script = """
def read():
    while True:
        media.frames_in(Span(0, 30), size=(64, 64))

threading.Thread(target=read, daemon=True).start()
time.sleep(0.3)
print("end")
"""
    # The thread may live long enough to get the error.
    run(SLOW_FILE + script, clip, last_line='python is ending; check that the source can be read: "<Slow>"')


def test_media_can_be_read_while_python_exits(clip: Path) -> None:
    # Registered before ours, so it runs after it.
    first = "import atexit, sys\natexit.register(lambda: (media.frames_played_at([7], size=(8, 8)), print('end')))\n"
    run(first + SLOW_FILE.replace("num_threads=2", "num_threads=1"), clip)


def test_garbage_that_is_found_during_a_read_may_hold_streams_of_the_same_file(clip: Path) -> None:
    # Its end waits for threads that wait for this read.
    script = """
def collect():
    if threading.current_thread() is threading.main_thread():
        slow.then = lambda: None
        assert gc.collect() > 0

slow.then = collect
media.samples_in(Span(0, 20))
print("end")
"""
    run(f"import gc\ngc.disable()\n{SLOW_FILE}{CYCLE}{script}", clip)


def test_garbage_that_a_worker_finds_may_hold_its_own_stream(clip: Path) -> None:
    script = """
found = threading.Event()

def collect():
    if threading.current_thread() is not threading.main_thread() and not found.is_set():
        found.set()
        gc.collect()

slow.then = collect
assert found.wait(30)
print("end")
"""
    run(f"import gc\ngc.disable()\n{SLOW_FILE}{CYCLE}{script}", clip)


def test_a_stream_is_dropped_while_its_workers_read(clip: Path) -> None:
    script = """
for _ in range(20):
    stream = media.windows(1, size=(64, 64))
    next(stream)
    del stream
print("end")
"""
    run(SLOW_FILE + script, clip)


FORK = """
import os, signal, sys, threading, time
from emos_io import Media, Span
import emos_io._core as core

def child(work):
    pid = os.fork()
    if pid == 0:
        # What hangs is killed.
        signal.alarm(20)
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

media = Media(sys.argv[1], num_threads=2)
"""


def test_a_child_goes_on_with_a_stream_of_its_parent(clip: Path) -> None:
    script = """
spans = [((i, 1), (i + 1, 1)) for i in range(20)]
stream = media.windows(1, size=(64, 64))
reader = core.Reader(("path", os.fsencode(sys.argv[1])), name="raw")
raw = reader.windows(spans, core.Sampling(), core.Geometry((64, 64)), None, None)
next(stream), next(raw)
expected = Media(sys.argv[1]).window(Span(1, 2), size=(64, 64)).video.data.tobytes()

def follow():
    assert next(stream).video.data.tobytes() == expected
    frames, samples = next(raw)
    assert bytes(memoryview(frames.data)) == expected

assert [child(follow) for _ in range(4)] == [0] * 4
follow()
print("end")
"""
    run(FORK + script, clip)


def test_a_child_reads_whatever_its_parent_was_doing(clip: Path) -> None:
    script = """
stop = threading.Event()

def busy():
    while not stop.is_set():
        for window in media.windows(5, size=(64, 64)):
            if stop.is_set():
                return

threads = [threading.Thread(target=busy) for _ in range(2)]
for thread in threads:
    thread.start()
time.sleep(0.2)
codes = [child(lambda: media.window(Span(3, 4), size=(8, 8))) for _ in range(8)]
stop.set()
for thread in threads:
    thread.join()
assert codes == [0] * 8, codes
print("end")
"""
    run(FORK + script, clip)


def test_a_child_that_was_forked_during_a_read_exits_at_once(clip: Path) -> None:
    script = """
pids = []

def fork():
    if pids or threading.current_thread() is threading.main_thread():
        return
    pids.append(os.fork())
    if not pids[0]:
        # As an interpreter ends, but for this thread: what was registered for the end runs.
        import atexit
        start = time.monotonic()
        atexit._run_exitfuncs()
        os._exit(0 if time.monotonic() - start < 5 else 3)

slow.then = fork
for _ in stream:
    if pids:
        break
assert os.waitstatus_to_exitcode(os.waitpid(pids[0], 0)[1]) == 0
print("end")
"""
    run(SLOW_FILE + script, clip)
