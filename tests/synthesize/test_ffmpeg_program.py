"""What is said where the ffmpeg program is absent, cannot be run, is too old or lacks an encoder."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthesize_help import fake_program, one_line, only_path

from emos_io.corpus import Corpus
from emos_io.errors import EmosError, SourceNotFound, UnsupportedCodec, quoted
from emos_io.synthesize import find_ffmpeg, synthesize

INSTALL = (
    "(Debian and Ubuntu: apt install ffmpeg, macOS: brew install ffmpeg, conda: conda install -c conda-forge ffmpeg)"
)
ENCODERS = "print(' V....D libx264 H.264\\n A....D aac AAC')\n"

NOT_RUNNING = "synthesize needs the ffmpeg program, and the one on PATH does not run ({}); install another {}"
TOO_OLD = (
    "synthesize needs the ffmpeg program of version 5.1 or later, and the one on PATH has {}; install a later one {}"
)
LACKING = (
    "synthesize needs the encoder {}, and the ffmpeg program on PATH was built without; install one built with it {}"
)


def banner(version: str) -> str:
    """The lines of a program that says its version as ffmpeg does, and has both encoders."""
    text = f"ffmpeg version {version} Copyright (c) 2000-2021 the FFmpeg developers\n  built with gcc 9\n"
    return f"import sys\nsys.stderr.write({text!r})\n{ENCODERS}"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the only ffmpeg of PATH may be written."""
    only_path(tmp_path / "bin", monkeypatch)
    return tmp_path / "bin" / "ffmpeg"


def refusal(corpus: Corpus, out: Path) -> EmosError:
    """The error of `synthesize`, which made nothing."""
    with pytest.raises(EmosError) as caught:
        synthesize(corpus, out)
    assert not out.exists()
    return caught.value


def test_none_on_path(corpus: Corpus, tmp_path: Path, program: Path) -> None:
    error = refusal(corpus, tmp_path / "out")
    assert (type(error), error.path) == (SourceNotFound, None)
    assert one_line(error) == f"synthesize needs the ffmpeg program, and none is on PATH; install it {INSTALL}"


def test_a_folder_of_that_name_is_no_program(corpus: Corpus, tmp_path: Path, program: Path) -> None:
    program.mkdir()
    assert "and none is on PATH; " in one_line(refusal(corpus, tmp_path / "out"))


def test_a_file_that_is_not_executable(corpus: Corpus, tmp_path: Path, program: Path) -> None:
    program.write_text("#!/bin/sh\n")
    program.chmod(0o644)
    error = refusal(corpus, tmp_path / "out")
    assert (type(error), error.path) == (SourceNotFound, str(program))
    assert one_line(error) == (
        "synthesize needs the ffmpeg program, and the one on PATH is not executable; make it executable or install "
        f"another {INSTALL}: {quoted(program)}"
    )


def test_an_executable_one_further_on_path_is_taken(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.write_text("")
    other = tmp_path / "other" / "ffmpeg"
    other.parent.mkdir()
    fake_program(other, body=ENCODERS)
    monkeypatch.setenv("PATH", f"{program.parent}:{other.parent}")
    assert find_ffmpeg() == str(other)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise SystemExit(1)", "it ended with 1"),
        ("import os; os.kill(os.getpid(), 11)", "it ended with -11"),
        (
            "raise SystemExit('ffmpeg: error while loading shared libraries: libx264.so.164: cannot open')",
            "ffmpeg: error while loading shared libraries: libx264.so.164: cannot open",
        ),
        ("raise SystemExit('one\\n\\x1b[31mtwo  \\n\\n')", "\\u001b[31mtwo"),
    ],
    ids=["1", "signal", "library", "colour"],
)
def test_one_that_ends_with_an_error(corpus: Corpus, tmp_path: Path, program: Path, body: str, reason: str) -> None:
    fake_program(program, body=body)
    error = refusal(corpus, tmp_path / "out")
    assert (type(error), error.path) == (SourceNotFound, str(program))
    assert one_line(error) == f"{NOT_RUNNING.format(reason, INSTALL)}: {quoted(program)}"


def test_one_that_is_no_program(corpus: Corpus, tmp_path: Path, program: Path) -> None:
    program.write_bytes(b"\x7fELF of another machine")
    program.chmod(0o755)
    error = refusal(corpus, tmp_path / "out")
    assert type(error) is SourceNotFound
    assert one_line(error) == f"{NOT_RUNNING.format('Exec format error', INSTALL)}: {quoted(program)}"


@pytest.mark.parametrize("version", ["4.4.2-0ubuntu0.22.04.1", "n5.0.3", "0.8.17-4:0.8.17-0ubuntu0.12.04.2"])
def test_one_that_is_too_old(corpus: Corpus, tmp_path: Path, program: Path, version: str) -> None:
    fake_program(program, body=banner(version))
    error = refusal(corpus, tmp_path / "out")
    assert (type(error), error.path) == (SourceNotFound, str(program))
    assert one_line(error) == f"{TOO_OLD.format(version.removeprefix('n'), INSTALL)}: {quoted(program)}"


@pytest.mark.parametrize("version", ["5.1.9-0+deb12u1", "n7.1", "10.0", "N-112233-gabcdef", "2024-01-04-git-1a2b3c"])
def test_one_that_is_new_enough_or_of_a_commit(program: Path, version: str) -> None:
    fake_program(program, body=banner(version))
    assert find_ffmpeg() == str(program)


@pytest.mark.parametrize(
    ("listed", "missing"),
    [
        ("aac", "libx264"),
        ("libx264", "aac"),
        ("mpeg4", "libx264 and the encoder aac"),
        ("libx264rgb", "libx264 and the encoder aac"),
    ],
)
def test_one_without_an_encoder(corpus: Corpus, tmp_path: Path, program: Path, listed: str, missing: str) -> None:
    fake_program(program, body=f"print('Encoders:\\n V..... = Video\\n ------\\n V....D {listed:<20} libx264 aac')")
    error = refusal(corpus, tmp_path / "out")
    assert (type(error), error.path) == (UnsupportedCodec, str(program))
    assert one_line(error) == f"{LACKING.format(missing, INSTALL)}: {quoted(program)}"


def test_the_real_one_has_what_is_needed() -> None:
    assert Path(find_ffmpeg(("qtrle", "pcm_s16le"))).name == "ffmpeg"


def test_the_text_names_who_needs_it_and_what_else_helps(program: Path) -> None:
    with pytest.raises(SourceNotFound) as caught:
        find_ffmpeg(needed_by="the page", instead="read it")
    assert one_line(caught.value) == (
        f"the page needs the ffmpeg program, and none is on PATH; install it {INSTALL}, or read it"
    )


def test_uncompressed_media_need_none(corpus: Corpus, tmp_path: Path, program: Path) -> None:
    made = synthesize(corpus, tmp_path / "out", codec="raw", speech="tones")
    assert [Path(each.path).suffix for each in made] == [".mov"] * 5
