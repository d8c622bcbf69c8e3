"""On a machine of Debian's base and Python alone, everything that needs no other program works."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from bare_root import HOME, BareRoot
from clips_of_wheel import RELEASE, SHARED_MEDIA, require

from emos_io import Media


def output(root: BareRoot, *words: str, code: int = 0) -> str:
    """Run a command in the root; return what it prints."""
    done = root.run(*words)
    assert done.returncode == code, done.stderr or done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def media(root: BareRoot) -> list[Path]:
    """Real clips, copied into the root; returns their paths outside."""
    folder = require(SHARED_MEDIA)
    chosen = sorted(
        (path for path in folder.glob("talking/*") if path.stat().st_size < 8_000_000), key=lambda path: path.name
    )
    assert chosen, f"no clips in {str(folder / 'talking')!r}"
    for path in chosen:
        shutil.copy(path, root.home / path.name)
    return chosen


def test_it_is_bare(root: BareRoot) -> None:
    for program in ("ffmpeg", "ffprobe", "gcc", "cc", "pip", "pip3", "cargo", "git"):
        assert root.run("sh", "-c", f"command -v {program}").returncode != 0, program
    assert not list((root.folder / "usr/lib").rglob("libavcodec*"))


def test_version(root: BareRoot) -> None:
    assert output(root, "emos", "--version").startswith("emos, version ")


def test_env(root: BareRoot) -> None:
    facts = json.loads(output(root, "emos", "env", "--json"))
    assert facts["libraries"]["license"] == "LGPL version 2.1 or later"


def test_probe_and_windows(root: BareRoot, media: list[Path]) -> None:
    for path in media:
        facts = json.loads(output(root, "emos", "probe", f"{HOME}/{path.name}", "--json"))
        assert Fraction(facts["duration"]) == Media(path).metadata.duration
        lines = output(
            root, "emos", "windows", f"{HOME}/{path.name}", "--length", "1", "--fps", "2", "--size", "64,64", "--json"
        )
        rows = [json.loads(line) for line in lines.splitlines()]
        windows = list(Media(path).windows(1, fps=2, size=(64, 64)))
        assert [row["index"] for row in rows] == list(range(len(windows)))


def test_doctor_and_tables(root: BareRoot) -> None:
    shutil.copytree(require(RELEASE), root.home / "release", dirs_exist_ok=True)
    counts = json.loads(output(root, "emos", "doctor", f"{HOME}/release", "--json").splitlines()[0])
    assert counts["clips"] == 9403
    assert set(json.loads(output(root, "emos", "tables", f"{HOME}/release", "--json"))) >= {"table1", "table10"}


def test_demo(root: BareRoot) -> None:
    assert "400 windows: 0 lost, 0 repeated; 50 of 50 global batches equal" in output(root, "emos", "demo")


def test_synthesize_names_what_it_needs(root: BareRoot) -> None:
    shutil.copytree(require(RELEASE), root.home / "release", dirs_exist_ok=True)
    done = root.run("emos", "synthesize", f"{HOME}/release", f"{HOME}/made")
    assert done.returncode == 3
    assert len(done.stderr.strip().splitlines()) == 1
    assert "ffmpeg" in done.stderr
    assert "apt install ffmpeg" in done.stderr
