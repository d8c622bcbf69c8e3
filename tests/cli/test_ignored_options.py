"""What a verb cannot use is refused, and no option is ignored without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from emos_io.cli.app import guarded
from emos_io.cli.verbs import app
from emos_io.corpus import read_release
from oracle import clips
from oracle import synthetic_release as made

pytestmark = pytest.mark.command


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one line with which a command refuses its arguments."""
    assert guarded(lambda: app(list(arguments), standalone_mode=False)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


@pytest.mark.parametrize("option", [("--release", "."), ("--max-seconds", "20")], ids=["release", "max-seconds"])
def test_the_demo_of_a_clip_takes_no_option_of_the_demo_of_a_corpus(
    option: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = str(clips.counting_clip(seconds=3))
    capsys.readouterr()  # how the clip is made is printed
    line = refusal(capsys, "demo", clip, "--out", str(tmp_path / "out"), *option)
    assert line == f"emos: {option[0]} must come without MEDIA, got both; leave one out"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["queue.txt", "queue", "queue.xls"])
def test_a_review_queue_is_a_workbook_or_json(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.make(tmp_path / "release")
    line = refusal(capsys, "review", str(tmp_path / "release"), "--out", str(tmp_path / name))
    assert line.startswith("emos: --out must end in .xlsx, .csv or .json, got ")
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("content", ["", "release_path,size_bytes\n"], ids=["empty", "header-only"])
def test_a_manifest_that_lists_nothing_is_a_fault(content: str, tmp_path: Path) -> None:
    made.make(tmp_path / "release")
    (tmp_path / "release" / "manifest.csv").write_text(content, encoding="utf-8")
    found = read_release(tmp_path / "release").findings.at_least("fault")
    assert "empty_manifest" in {finding.code for finding in found}
