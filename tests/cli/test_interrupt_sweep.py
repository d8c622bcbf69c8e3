"""Ctrl-C at many moments of whole commands: each ends as if it had not come, or with one line and nothing half written."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from run_emos import command, environment, killed_on_failure

from oracle import synthetic_release as made
from oracle.clips import counting_clip

pytestmark = pytest.mark.command

SEED, NUM_MOMENTS, NUM_MOMENTS_SLOW = 12, 3, 25
LINE = "emos: interrupted\n"
FACES = {"<frozen runpy>", "<string>", "emos_io/__init__.py", "emos_io/__main__.py", "emos_io/cli/__init__.py"}
"""Files that may stand in the traceback of an interrupt that comes before the first line of ours."""
CODE = """
import os, signal, sys
# A process that was started in the background inherits that it is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from emos_io.cli import interrupts, main
interrupts.watch()
os.write(int(sys.argv.pop(1)), b"x")
main()
"""


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    errors: str
    seconds: float


def run(words: list[str], folder: Path, moments: list[float], *, to_group: bool = False) -> Ended:
    """Run ``emos`` in a folder, and send SIGINT at moments: seconds from when it begins to take signals."""
    ready, begun = os.pipe()
    start = time.monotonic()
    with killed_on_failure(subprocess.Popen(
        [sys.executable, "-c", CODE, str(begun), *words], cwd=folder, env=environment(), pass_fds=(begun,),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )) as process:  # fmt: skip
        os.close(begun)
        assert os.read(ready, 1) == b"x"
        os.close(ready)
        passed = 0.0
        for moment in moments:
            time.sleep(moment - passed)
            passed = moment
            if process.poll() is None:
                (os.killpg if to_group else os.kill)(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=120)
        wait_for_session(process.pid)
    return Ended(process.returncode, errors, time.monotonic() - start)


def wait_for_session(session: int) -> None:
    """Wait until no process that a command started runs."""
    while True:
        running = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                running.append(stat)
        if not running:
            return
        time.sleep(0.05)


def check_folder(folder: Path) -> None:
    """Check that all files are complete, as far as their kind can say."""
    for path in (each for each in folder.rglob("*") if each.is_file()):
        assert not path.name.startswith(".emos"), path
        assert path.suffix != ".part", path
        if path.suffix == ".npz":
            with np.load(path) as stored:
                assert all(len(stored[name]) for name in stored.files)
        if path.suffix == ".html":
            assert path.read_text("utf-8").rstrip().endswith("</html>")
        if path.suffix == ".xlsx":
            assert path.read_bytes()[-22:-18] == b"PK\x05\x06"
        if path.suffix in (".mp4", ".mov"):
            subprocess.run(["ffprobe", "-v", "error", path], check=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The command line of each verb that takes a while."""
    small = str(made.make(tmp_path_factory.mktemp("release") / "release"))
    clip = str(counting_clip(seconds=4))
    return {
        "probe": ["probe", clip],
        "windows": ["windows", clip, "--length", "1/4", "--out", "out", "--json"],
        "show": ["show", "clip@1-3", clip, "--out", "page.html"],
        "plan": ["plan", clip, "--length", "1", "--hop", "1/10"],
        "doctor": ["doctor", small],
        "review": ["review", small, "--out", "queue.xlsx"],
        "synthesize": ["synthesize", small, "out", "--max-seconds", "10"],
        "demo": ["demo", "--stream-only", "--release", small, "--max-seconds", "10"],
        "help": ["--help"],
        "wrong": ["windows", clip, "--lenght", "1"],
    }


def sweep(words: list[str], folder: Path, num_moments: int, *, presses: int, to_group: bool) -> None:
    (folder / "plain").mkdir()
    plain = run(words, folder / "plain", [])
    assert plain.code in (0, 1, 2), plain.errors
    check_folder(folder / "plain")
    # Lines that say how long it took differ.
    known = {line.split(" made in ")[0] for line in plain.errors.splitlines()}
    generator = random.Random(SEED)
    for number in range(num_moments):
        first = generator.uniform(0, plain.seconds)
        moments = sorted(first + generator.choice([0, 0.001, 0.02, 0.2]) * press for press in range(presses))
        inside = folder / str(number)
        inside.mkdir()
        ended = run(words, inside, moments, to_group=to_group)
        lines = ended.errors.splitlines(keepends=True)
        if ended.code == 130:
            assert lines and lines.pop() == LINE, (moments, ended.errors)
        else:
            assert ended.code == plain.code, (moments, ended)
        assert {line.rstrip("\n").split(" made in ")[0] for line in lines} <= known, (moments, ended.errors)
        check_folder(inside)


QUICK = ("probe", "windows", "show", "plan", "help", "wrong")


@pytest.mark.parametrize("verb", QUICK)
def test_interrupted_at_any_moment(words: dict[str, list[str]], tmp_path: Path, verb: str) -> None:
    sweep(words[verb], tmp_path, NUM_MOMENTS, presses=1, to_group=False)


@pytest.mark.slow
@pytest.mark.parametrize("presses", [1, 2, 3])
@pytest.mark.parametrize("verb", [*QUICK, "doctor", "review", "synthesize", "demo"])
def test_interrupted_at_many_moments(words: dict[str, list[str]], tmp_path: Path, verb: str, presses: int) -> None:
    # A terminal sends the signal to all processes of the group; others send it to one.
    sweep(words[verb], tmp_path, NUM_MOMENTS_SLOW, presses=presses, to_group=presses == 2)


@pytest.mark.slow
def test_interrupted_while_tables_are_computed(release_path: Path, tmp_path: Path) -> None:
    sweep(["tables", str(release_path)], tmp_path, NUM_MOMENTS, presses=1, to_group=True)


@pytest.mark.slow
def test_interrupted_while_python_starts(tmp_path: Path) -> None:
    """Until our first line, Python dies of the signal or prints its own traceback; from then on it is our line."""
    generator = random.Random(SEED)
    codes = set()
    for _ in range(3 * NUM_MOMENTS_SLOW):
        with killed_on_failure(subprocess.Popen(
            command("--help"), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )) as process:  # fmt: skip
            time.sleep(generator.uniform(0, 0.3))
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        codes.add(process.returncode)
        if "KeyboardInterrupt" in errors:
            files = [line.split('"')[1] for line in errors.splitlines() if line.startswith("  File ")]
            ours = {file for file in files if "emos_io" in file}
            assert all(any(file.endswith(face) for face in FACES) for file in ours), errors
        else:
            assert (process.returncode, errors) in [(-signal.SIGINT, ""), (130, LINE), (0, "")], errors
    assert 130 in codes
