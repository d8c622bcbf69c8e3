"""Ctrl-C: one line, exit code 130, and no file that is half written, at whatever moment it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest
from run_emos import environment, killed_on_failure

from oracle.clips import counting_clip

pytestmark = pytest.mark.command

LINE = "emos: interrupted\n"
PREFIX = """
import os, signal, sys, threading, time
from pathlib import Path
# A process that was started in the background inherits that it is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from emos_io.cli import interrupts, main

def send(number=signal.SIGINT):
    os.kill(os.getpid(), number)

interrupts.watch()
"""


def python(code: str, *words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run code after `PREFIX`."""
    return subprocess.run(
        [sys.executable, "-c", PREFIX + textwrap.dedent(code), *map(str, words)],
        env=environment(), cwd=cwd, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def ended(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return done.returncode, done.stdout, done.stderr


def test_a_command_that_is_interrupted_ends_with_one_line() -> None:
    assert ended(python("interrupts.run(lambda: send() or time.sleep(60) or 0)")) == (130, "", LINE)


@pytest.mark.parametrize("verb", ["probe", "--help", "--version", "nothing", ""])
def test_interrupted_while_the_rest_is_imported(tmp_path: Path, verb: str) -> None:
    """The module that is imported first says that its import has begun, and loses the error, as modules in C do."""
    (tmp_path / "click.py").write_text(
        "import sys\nprint('imported', flush=True)\ntry:\n    sys.stdin.readline()\nexcept BaseException:\n    pass\n"
    )
    with killed_on_failure(subprocess.Popen(
        [sys.executable, "-c", f"{PREFIX}\nsys.path.insert(0, sys.argv.pop(1))\nmain()", tmp_path, *verb.split()],
        env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "imported\n"
        process.send_signal(signal.SIGINT)
        assert (process.wait(60), process.stderr.read()) == (130, LINE)


@pytest.mark.parametrize("presses", [1, 2, 3])
def test_interrupted_while_it_waits_for_a_file(tmp_path: Path, presses: int) -> None:
    fifo = tmp_path / "log.jsonl"
    os.mkfifo(fifo)
    words = ["votes", "a.csv", "--log", str(fifo), "--layer", "basic7", "--item", "key", "--label", "label"]
    with killed_on_failure(subprocess.Popen(
        [sys.executable, "-c", f"{PREFIX}\nmain()", *words],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        writer = None
        while writer is None and process.poll() is None:
            with suppress(OSError):
                # Succeeds once the command waits for the first line.
                writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        assert writer is not None, process.stderr.read()
        for _ in range(presses):
            process.send_signal(signal.SIGINT)
        # Python sees a signal that comes just before it begins to read with the next one only; people press again, too.
        for _ in range(60):
            try:
                process.wait(1)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
        else:
            process.kill()
        assert (process.wait(60), process.stdout.read(), process.stderr.read()) == (130, "", LINE)
        os.close(writer)
    assert list(tmp_path.iterdir()) == [fifo]


@pytest.mark.parametrize("json", [True, False])
def test_interrupted_while_it_writes_output_that_nobody_reads(tmp_path: Path, json: bool) -> None:
    clip = counting_clip(seconds=4)
    words = ["windows", str(clip), "--length", "1/100", *(["--json"] if json else [])]
    reader, writer = os.pipe()
    # Fewer bytes than the windows print: the command cannot end.
    os.set_blocking(writer, False)
    filled = 0
    try:
        while True:
            filled += os.write(writer, b"\n" * 1024)
    except BlockingIOError:
        os.set_blocking(writer, True)
    with killed_on_failure(subprocess.Popen(
        [sys.executable, "-c", f"{PREFIX}\nprint('here', file=sys.stderr, flush=True)\nmain()", *words],
        env=environment(), stdout=writer, stderr=subprocess.PIPE, text=True,
    )) as process:  # fmt: skip
        assert process.stderr is not None
        assert process.stderr.readline() == "here\n"
        process.send_signal(signal.SIGINT)
        assert (process.wait(60), process.stderr.read()) == (130, LINE)
    assert filled > 0
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize(
    "lost",
    [
        "class Odd:\n    def __del__(self):\n        send()\nOdd()",
        "import weakref\nclass Odd: pass\nodd = Odd()\nseen = weakref.ref(odd, lambda _: send())\ndel odd",
        "import gc\ngc.callbacks.append(lambda *_: send() if _[0] == 'start' else None)\ngc.collect()\ngc.callbacks.clear()",
    ],
    ids=["__del__", "weak reference", "garbage collection"],
)
def test_an_interrupt_that_python_cannot_raise_is_raised_again(lost: str) -> None:
    code = f"""
def command():
{textwrap.indent(lost, "    ")}
    while True:
        time.sleep(0.1)

interrupts.run(command)
"""
    assert ended(python(code)) == (130, "", LINE)


@pytest.mark.parametrize(
    "answer", ["pass", "raise ValueError", "raise OSError(5, 'the disk fails')", "raise SystemExit(0)", "return 3"]
)
def test_an_interrupt_that_becomes_another_error_is_one_still(answer: str) -> None:
    code = f"""
    from emos_io.cli.app import guarded

    def command():
        try:
            send()
            time.sleep(60)
        except BaseException:
            {answer}
        return 0

    interrupts.run(lambda: guarded(command))
    """
    assert ended(python(code)) == (130, "", LINE)


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("again", ["pass", "send()", "send(signal.SIGTERM)"])
def test_what_was_begun_is_removed_and_cleaning_up_is_not_disturbed(tmp_path: Path, number: str, again: str) -> None:
    code = f"""
    from emos_io._files import atomic_file

    def command():
        try:
            with atomic_file(Path("result")) as file:
                file.write(b"half")
                send(signal.{number})
                time.sleep(60)
        finally:
            {again}
            Path("cleaned").touch()

    interrupts.run(command)
    """
    done = python(code, cwd=tmp_path)
    if number == "SIGINT":
        assert ended(done) == (130, "", LINE)
    else:
        assert ended(done) == (-getattr(signal, number), "", "")
    assert [each.name for each in tmp_path.iterdir()] == ["cleaned"]


def test_cleaning_up_that_takes_too_long_is_ended_by_the_next_signal(tmp_path: Path) -> None:
    code = """
    from emos_io._files import atomic_file

    def command():
        with atomic_file(Path("result")) as file:
            try:
                send()
                time.sleep(60)
            finally:
                send()
                while True:
                    time.sleep(1)

    interrupts.PATIENCE_SECONDS = 0
    interrupts.run(command)
    """
    assert ended(python(code, cwd=tmp_path)) == (130, "", LINE)
    assert list(tmp_path.iterdir()) == []


def test_a_thread_that_still_writes_leaves_nothing(tmp_path: Path) -> None:
    code = """
    from emos_io._files import atomic_file
    begun = threading.Event()

    def write():
        with atomic_file(Path("result")) as file:
            begun.set()
            while True:
                file.write(b"more")
                time.sleep(0.001)

    def command():
        threading.Thread(target=write).start()
        begun.wait()
        send()
        time.sleep(60)

    interrupts.run(command)
    """
    assert ended(python(code, cwd=tmp_path)) == (130, "", LINE)
    assert list(tmp_path.iterdir()) == []


def test_a_signal_after_the_end_changes_nothing() -> None:
    code = """
    import atexit
    atexit.register(send)

    class Last:
        def __del__(self):
            send()

    last = Last()
    sys.exit(interrupts.run(lambda: print("all") or 1))
    """
    assert ended(python(code)) == (1, "all\n", "")


def test_a_process_that_was_started_to_ignore_signals_ignores_them() -> None:
    code = """
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    interrupts.watch()
    sys.exit(interrupts.run(lambda: send() or send(signal.SIGHUP) or 0))
    """
    assert ended(python(code)) == (0, "", "")


def test_errors_that_no_signal_made_stay_as_they_are() -> None:
    done = python("interrupts.run(lambda: 1 // 0)")
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("ZeroDivisionError: integer division or modulo by zero")
    ignored = python("class Odd:\n    def __del__(self): 1 // 0\ninterrupts.run(lambda: Odd() and 0)")
    assert ignored.returncode == 0
    assert "ZeroDivisionError" in ignored.stderr


def test_the_package_alone_takes_no_signal() -> None:
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); before = sys.unraisablehook\n"
        "import emos_io, emos_io.cli; from emos_io import *; from emos_io.cli import app, interrupts\n"
        "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, before is sys.unraisablehook)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"
