"""Every error in its full text; no error leaves a file behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from synthesize_help import fake_program, monologue, one_line, only_path

from emos_io.corpus import Corpus
from emos_io.errors import (
    EmosError,
    InvalidArgument,
    NoSuchItem,
    SourceNotFound,
    SourceUnreadable,
    quoted,
)
from emos_io.synthesize import synthesize

OPTIONS: list[tuple[dict[str, Any], type[EmosError], str]] = [
    (
        {"size": (181, 320)},
        InvalidArgument,
        "size must be an even height and width from 60 x 96 to 2160 x 3840, got (181, 320); use (180, 320), for example",
    ),
    (
        {"speech": "song"},
        InvalidArgument,
        "speech must be one of auto, voice, tones, got 'song'; auto takes tones where there is no voice",
    ),
    (
        {"codec": "vp9"},
        InvalidArgument,
        'codec must be "h264" or "raw", got \'vp9\'; raw needs no ffmpeg program',
    ),
    (
        {"max_seconds": "0.039"},
        InvalidArgument,
        "max_seconds must be at least 1/25, the time of a frame, got '0.039'; leave it out for full length",
    ),
    (
        {"max_seconds": -1},
        InvalidArgument,
        "max_seconds must be at least 1/25, the time of a frame, got -1; leave it out for full length",
    ),
    (
        {"max_seconds": "long"},
        InvalidArgument,
        "max_seconds must be a finite number, got 'long'; give an int, a float, a Fraction or a str such as "
        "'1.25' or '1001/30000'",
    ),
    (
        {"only": ["Round", "Nobody"]},
        NoSuchItem,
        "there is no item 'Nobody'; keys() lists all 5, such as 'streaming/Gaps', 'streaming/Silent', 'streaming/冰'",
    ),
]


@pytest.mark.parametrize(("options", "kind", "text"), OPTIONS)
def test_wrong_options_are_refused_before_anything_is_made(
    corpus: Corpus, tmp_path: Path, options: dict[str, Any], kind: type[EmosError], text: str
) -> None:
    with pytest.raises(kind) as caught:
        synthesize(corpus, tmp_path / "out", **options)
    assert one_line(caught.value) == text
    assert not (tmp_path / "out").exists()


def test_an_encoder_that_fails_is_quoted(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.which("ffmpeg")
    only_path(tmp_path / "bin", monkeypatch)
    # Answers what it is asked, then dies of a full disk once it has seen some of the frames.
    body = f"""
import os, sys
if len(sys.argv) < 5:
    os.execv({real!r}, [{real!r}, *sys.argv[1:]])
sys.stdin.buffer.read(500_000)
sys.exit("a first line\\nav_interleaved_write_frame(): No space left on device")
"""
    fake_program(tmp_path / "bin" / "ffmpeg", body=body)
    with pytest.raises(EmosError) as caught:
        synthesize(corpus, tmp_path / "out", speech="tones")
    log_line = "av_interleaved_write_frame(): No space left on device"
    text = one_line(caught.value)
    start = f'ffmpeg could not encode ({log_line}); check for free space and a version of 5.1 or later: "'
    assert text.startswith(start)
    assert caught.value.ffmpeg_message == log_line
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_a_voice_that_is_missing_is_named(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_path(tmp_path / "bin", monkeypatch, "ffmpeg")
    with pytest.raises(SourceNotFound) as caught:
        synthesize(corpus, tmp_path / "out", speech="voice")
    wanted = "no speech synthesiser is on PATH; install espeak-ng or espeak, or choose tones as speech"
    assert one_line(caught.value) == wanted


def _is_a_file(out: Path) -> tuple[Path, str]:
    out.write_bytes(b"")
    return out, "File exists"


def _is_below_a_file(out: Path) -> tuple[Path, str]:
    out.write_bytes(b"")
    return out / "below", "Not a directory"


def _work_is_a_file(out: Path) -> tuple[Path, str]:
    out.mkdir()
    (out / ".emos-synthesize").write_bytes(b"")
    return out, "File exists"


@pytest.mark.parametrize("prepare", [_is_a_file, _is_below_a_file, _work_is_a_file])
def test_a_folder_that_cannot_be_written_is_an_error(
    corpus: Corpus, tmp_path: Path, prepare: Callable[[Path], tuple[Path, str]]
) -> None:
    out, why = prepare(tmp_path / "out")
    with pytest.raises(SourceUnreadable) as caught:
        synthesize(corpus, out, speech="tones")
    assert one_line(caught.value) == f"the folder cannot be written ({why}); choose another: {quoted(out)}"


def test_a_file_where_a_folder_is_needed_is_an_error_and_stays(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "streaming-finalsplit").write_bytes(b"mine")
    with pytest.raises(SourceUnreadable) as caught:
        synthesize(corpus, tmp_path, only=["Round"], speech="tones")
    folder = tmp_path / "streaming-finalsplit" / "Round"
    wanted = f"the folder cannot be written (Not a directory); choose another: {quoted(folder)}"
    assert one_line(caught.value) == wanted
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("streaming-finalsplit", b"mine")]


@pytest.mark.parametrize("path", ["../out.mp4", "a/../../b.mp4", "/etc/b.mp4"])
def test_media_outside_of_the_folder_are_refused(tmp_path: Path, path: str) -> None:
    who = replace(monologue("Far", "1"), published_path=path)
    with pytest.raises(InvalidArgument) as caught:
        synthesize(Corpus(monologues=[who]), tmp_path / "out", speech="tones")
    assert one_line(caught.value) == (
        f"media path of streaming/Far must stay inside the folder, got {path!r}; use a relative path without '..'"
    )


def test_two_monologues_with_one_path_are_refused(tmp_path: Path) -> None:
    pair = [monologue("One", "1"), replace(monologue("Two", "1"), published_path="streaming-finalsplit/One/One.mp4")]
    with pytest.raises(InvalidArgument) as caught:
        synthesize(Corpus(monologues=pair), tmp_path, speech="tones")
    path = tmp_path / "streaming-finalsplit" / "One" / "One.mp4"
    wanted = f"media paths must differ, got one for streaming/One and streaming/Two; change one: {quoted(path)}"
    assert one_line(caught.value) == wanted
    assert list(tmp_path.iterdir()) == []


def test_a_monologue_shorter_than_a_frame_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument) as caught:
        synthesize(Corpus(monologues=[monologue("Blink", "0.0394")]), tmp_path / "out", speech="tones")
    wanted = (
        "duration of streaming/Blink must be at least 1/25 s, the time of a frame, got 197/5000; "
        "leave this monologue out with only"
    )
    assert one_line(caught.value) == wanted
