"""The demo: an epoch killed half-way and resumed on two ranks gives every window once."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io.plan import WindowPlan

pytestmark = pytest.mark.command


def demo(folder: Path, *words: str, release: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emos_io", "demo", *words]
    environment = {name: value for name, value in os.environ.items() if name != "EMOS_RELEASE"}
    if release is not None:
        environment["EMOS_RELEASE"] = release
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def seen(folder: Path) -> list[str]:
    """What the processes wrote, read by itself."""
    logs = [folder / f"{name}.jsonl" for name in ("killed", "resumed-0", "resumed-1")]
    lines = [json.loads(line) for log in logs for line in log.read_text("utf-8").splitlines()]
    return sorted(key for line in lines for key in line["keys"] if key is not None)


def planned(folder: Path) -> list[str]:
    plan: WindowPlan = pickle.loads((folder / "plan.pickle").read_bytes())
    return sorted(window.key for window in plan.windows())


def test_without_a_release_monologues_are_made_up(tmp_path: Path) -> None:
    done = demo(tmp_path, "--max-seconds", "12", "--out", "here")
    assert done.returncode == 0, done.stderr
    assert "corpus: made up" in done.stdout
    assert "68 windows: 0 lost, 0 repeated; 9 of 9 global batches equal" in done.stdout
    assert done.stderr == "no release is named (--release or EMOS_RELEASE): a small corpus is made up\n"
    assert seen(tmp_path / "here") == planned(tmp_path / "here")
    # Half of the steps, then the rest by two ranks.
    assert [
        len((tmp_path / "here" / f"{name}.jsonl").read_text().splitlines()) for name in ("killed", "resumed-0")
    ] == [
        4,
        5,
    ]
    assert "<html" in (tmp_path / "here" / "window.html").read_text("utf-8")
    again = demo(tmp_path, "--max-seconds", "12", "--out", "here")
    assert "0 made now, 4 kept" in again.stdout


def test_the_release_is_streamed_with_labels_and_text(tmp_path: Path, release_path: Path) -> None:
    done = demo(tmp_path, "--release", str(release_path), "--max-seconds", "10")
    assert done.returncode == 0, done.stderr
    assert "0 lost, 0 repeated" in done.stdout
    assert "streaming/" in done.stdout
    assert seen(tmp_path / "demo-out") == planned(tmp_path / "demo-out")


def test_a_missing_or_repeated_window_ends_with_1(tmp_path: Path) -> None:
    from rich.console import Console

    from emos_io.cli.demo import epoch
    from emos_io.cli.demo.worker import BatchLine
    from emos_io.corpus import Monologue

    item = Monologue(key="streaming/a", name="a", title="A", language="en", duration=Fraction(10))
    plan = WindowPlan([item], 4, 2, order="sequential")
    expected: list[BatchLine] = [{"step": n, "keys": [plan.window(n).key], "digests": [str(n)]} for n in range(4)]
    counters = {"frames_decoded": 0}
    other: BatchLine = {**expected[3], "digests": ["x"]}
    for lines, code in [
        (expected, 0),
        (expected[:3], 1),
        ([*expected, expected[2]], 1),
        ([*expected[:3], other], 1),
    ]:
        assert epoch._compare(plan, expected, {"all": lines}, counters, Console(quiet=True)) == code


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg command")
def test_a_release_that_is_not_there_is_one_line_on_stderr(tmp_path: Path) -> None:
    done = demo(tmp_path, "--release", "nowhere")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "nowhere" in done.stderr
    named = demo(tmp_path, release="elsewhere")
    assert (named.returncode, named.stderr.count("\n")) == (3, 1)
    assert "elsewhere" in named.stderr


def test_a_release_beside_the_project_is_not_looked_for(tmp_path: Path) -> None:
    from emos_io.cli.demo.corpus import find_release

    (tmp_path / "shared" / "emos-release").mkdir(parents=True)
    (tmp_path / "project").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path / "project")
        patch.delenv("EMOS_RELEASE", raising=False)
        assert find_release(None) is None
        patch.setenv("EMOS_RELEASE", "named")
        assert find_release(None) == Path("named")
        assert find_release(Path("option")) == Path("option")
