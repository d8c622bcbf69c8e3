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
from run_emos import emos_here

from emos_io.plan import WindowPlan

pytestmark = pytest.mark.command

INSTALL = (
    "(Debian and Ubuntu: apt install ffmpeg, macOS: brew install ffmpeg, conda: conda install -c conda-forge ffmpeg)"
)
NO_RELEASE = "no release is named (--release or EMOS_RELEASE): a small corpus is made up\n"
NO_FFMPEG = (
    f"the demo uses uncompressed clips: H.264 needs the ffmpeg program, and none is on PATH; install it {INSTALL}\n"
)
NO_TRAINING = (
    "training, prediction and their table are left out: they need torch and scikit-learn; "
    "pip install 'emos-io[train]'\n"
)
ALONE = """
import sys
for absent in ("torch", "torchdata", "av", "pytest", "hypothesis", "sklearn", "pandas"):
    sys.modules[absent] = None
def check(event, arguments):
    started = event in ("os.exec", "os.posix_spawn", "os.system") or event == "subprocess.Popen"
    if (started and arguments[0] != sys.executable) or event == "socket.connect":
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(check)
"""
"""A sitecustomize under which nothing but Python is started, and packages that few have are absent."""
CORPUS_BYTES = 30_000_000
"""The most that uncompressed media of the demo may have on a disk."""

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg command")


def demo(folder: Path, *words: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emos_io", "demo", *words]
    if environment is None:
        environment = {name: value for name, value in os.environ.items() if name != "EMOS_RELEASE"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def demo_here(folder: Path, *words: str, release: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the demo in this process: what it prints, and how it ends, are the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("EMOS_RELEASE", raising=False)
        return emos_here("demo", *words, cwd=folder, **({} if release is None else {"EMOS_RELEASE": release}))


def bare(folder: Path, path: str = "/nonexistent") -> dict[str, str]:
    """An environment with nothing but Python."""
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(ALONE)
    python_path = os.pathsep.join(filter(None, [str(folder / "site"), os.environ.get("PYTHONPATH")]))
    return {"PATH": path, "HOME": str(folder / "nowhere"), "PYTHONPATH": python_path}


def logs(folder: Path) -> dict[str, list[list[str | None]]]:
    """The keys of the batches of each process, in their order."""
    return {
        path.stem: [json.loads(line)["keys"] for line in path.read_text("utf-8").splitlines()]
        for path in folder.glob("*.jsonl")
    }


def seen(folder: Path) -> list[str]:
    """What the processes wrote, read by itself."""
    logs = [folder / f"{name}.jsonl" for name in ("killed", "resumed-0", "resumed-1")]
    lines = [json.loads(line) for log in logs for line in log.read_text("utf-8").splitlines()]
    return sorted(key for line in lines for key in line["keys"] if key is not None)


def planned(folder: Path) -> list[str]:
    plan: WindowPlan = pickle.loads((folder / "plan.pickle").read_bytes())
    return sorted(window.key for window in plan.windows())


SMALL = ("--stream-only", "--max-seconds", "12", "--out", "here")


@pytest.fixture(scope="module")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder with the demo's corpus of H.264 in ``here``, and how the demo ended."""
    folder = tmp_path_factory.mktemp("streamed")
    return folder, demo(folder, *SMALL)


@needs_ffmpeg
def test_without_a_release_monologues_are_made_up(streamed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, done = streamed
    assert done.returncode == 0, done.stderr
    assert "corpus: made up" in done.stdout
    assert "68 windows: 0 lost, 0 repeated; 9 of 9 global batches equal" in done.stdout
    assert done.stderr == NO_RELEASE
    assert {path.suffix for path in (folder / "here" / "media" / "streaming").glob("[!.]*")} == {".mp4"}
    assert seen(folder / "here") == planned(folder / "here")
    # Half of the steps, then the rest by two ranks.
    assert [len((folder / "here" / f"{name}.jsonl").read_text().splitlines()) for name in ("killed", "resumed-0")] == [
        4,
        5,
    ]
    assert "<html" in (folder / "here" / "window.html").read_text("utf-8")


def test_with_nothing_but_python_the_story_is_the_same(tmp_path: Path) -> None:
    environment = bare(tmp_path)
    done = demo(tmp_path, "--out", "bare", environment=environment)
    assert done.returncode == 0, done.stderr
    assert done.stderr == NO_RELEASE + NO_FFMPEG + NO_TRAINING
    assert "4 made now, 0 kept; audio: tones" in done.stdout
    assert "400 windows: 0 lost, 0 repeated; 50 of 50 global batches equal" in done.stdout
    assert seen(tmp_path / "bare") == planned(tmp_path / "bare")
    assert "<html" in (tmp_path / "bare" / "window.html").read_text("utf-8")
    files = [path for path in (tmp_path / "bare" / "media-uncompressed").rglob("*") if path.is_file()]
    assert sorted(path.name for path in files if path.suffix == ".mov") == [
        f"{language} {number}.mov" for language in ("en", "zh") for number in (1, 2)
    ]
    assert sum(path.stat().st_size for path in files) < CORPUS_BYTES
    # A clip of its own through windows needs no program either.
    clip = tmp_path / "bare" / "media-uncompressed" / "streaming" / "en 1.mov"
    sheet = demo(tmp_path, str(clip), "--out", "bare", environment=environment)
    assert (sheet.returncode, sheet.stderr) == (0, "")
    assert "46 windows of 4 s every 1 s: 736 frames handed out" in sheet.stdout
    assert (tmp_path / "bare" / "contact-sheet.png").read_bytes()[1:4] == b"PNG"


@needs_ffmpeg
def test_both_kinds_of_media_give_the_same_epoch_in_one_folder(
    streamed: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    shutil.copytree(streamed[0] / "here", tmp_path / "here")
    environment = bare(tmp_path)
    runs = [(logs(tmp_path / "here"), planned(tmp_path / "here"))]
    # Each finds its own media again.
    for environment_of_run, new in ((environment, 4), (environment, 0), (None, 0)):
        done = demo(tmp_path, *SMALL, environment=environment_of_run)
        assert done.returncode == 0, done.stderr
        assert f"{new} made now, {4 - new} kept" in done.stdout
        runs.append((logs(tmp_path / "here"), planned(tmp_path / "here")))
    assert len(runs[0][0]) == 3 and all(run == runs[0] for run in runs)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "echo ' A....D aac AAC'",
            "H.264 needs the encoder libx264, and the ffmpeg program on PATH was built without; ",
        ),
        # The other reasons are told apart by `synthesize`, whose tests have each of them.
        pytest.param(
            "exit 1",
            "H.264 needs the ffmpeg program, and the one on PATH does not run (it ended with 1); ",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "echo 'ffmpeg version 4.4.2' >&2",
            "needs the ffmpeg program of version 5.1 or later, and the one on PATH has 4.4.2; ",
            marks=pytest.mark.slow,
        ),
    ],
    ids=["encoder", "fails", "old"],
)
def test_an_ffmpeg_of_no_use_is_named(tmp_path: Path, body: str, reason: str) -> None:
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": str(program.parent)}
    environment.pop("EMOS_RELEASE", None)
    done = demo(tmp_path, "--stream-only", "--max-seconds", "10", environment=environment)
    assert done.returncode == 0, done.stderr
    first, second = done.stderr.splitlines()
    assert f"{first}\n" == NO_RELEASE
    assert second.startswith("the demo uses uncompressed clips: H.264 needs the ") and reason in second
    assert INSTALL in second and second.endswith(f': "{program}"')
    assert "0 lost, 0 repeated" in done.stdout


def test_the_release_needs_no_program_either(tmp_path: Path, release_path: Path) -> None:
    done = demo(tmp_path, "--release", str(release_path), "--max-seconds", "10", environment=bare(tmp_path))
    assert (done.returncode, done.stderr) == (0, NO_FFMPEG + NO_TRAINING)
    assert "0 lost, 0 repeated" in done.stdout
    assert "streaming/" in done.stdout
    assert seen(tmp_path / "demo-out") == planned(tmp_path / "demo-out")


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for out, reason in (("file", "File exists"), ("file/below", "Not a directory")):
        done = demo_here(tmp_path, "--out", out)
        assert (done.returncode, done.stdout) == (3, "")
        line = f'emos: the folder cannot be written ({reason}); choose another with --out: "{out}"\n'
        assert done.stderr == line
    environment = bare(tmp_path)
    for name in ("plan.pickle", "resumed-1.jsonl"):
        (tmp_path / "out" / name).mkdir(parents=True)
        done = demo(tmp_path, "--max-seconds", "10", "--out", "out", environment=environment)
        assert done.returncode == 3
        last = done.stderr.splitlines()[-1]
        assert last == 'emos: the folder cannot be written (Is a directory); choose another with --out: "out"'
        (tmp_path / "out" / name).rmdir()


@pytest.mark.slow  # The release is streamed above without ffmpeg, and made-up monologues with it.
def test_the_release_is_streamed_with_labels_and_text(tmp_path: Path, release_path: Path) -> None:
    done = demo(tmp_path, "--stream-only", "--release", str(release_path), "--max-seconds", "10")
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


def test_a_release_that_is_not_there_is_one_line_on_stderr(tmp_path: Path) -> None:
    done = demo_here(tmp_path, "--stream-only", "--release", "nowhere")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "nowhere" in done.stderr
    named = demo_here(tmp_path, "--stream-only", release="elsewhere")
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
