"""Runs of the command line over a folder of media of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emos_io.cli.app import guarded
from emos_io.cli.verbs import app
from oracle import clips

TABLE = "item,start,end,label\ntalk.mov,0,2,Joy\ntalk.mov,2,5,Sadness\nwalk,0,4,fear\n"


def two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make two files of six seconds, in a folder of the current one."""
    monkeypatch.chdir(tmp_path)
    folder = Path("clips")
    folder.mkdir()
    for name in ("talk", "walk"):
        (folder / f"{name}.mov").symlink_to(clips.counting_clip(seconds=6, rate=8_000))
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """The exit code, stdout and stderr of ``emos WORDS``."""
    capsys.readouterr()
    code = guarded(lambda: app([str(each) for each in words], standalone_mode=False))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def doctor(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> tuple[dict[str, Any], list[str]]:
    """The counts and the codes of ``emos doctor WORDS --json``."""
    got, out, err = run(capsys, "doctor", "--json", *words)
    assert (got, err) == (code, ""), err
    counts, *findings = [json.loads(line) for line in out.splitlines()]
    return counts, [each["code"] for each in findings]


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """The exit code and the one line of a command that fails."""
    code, out, err = run(capsys, *words)
    assert (out, err.count("\n")) == ("", 1), (out, err)
    return code, err
