"""Files that are no media, or no longer: one clear error or marked frames, in time, without a panic, abort or hang.

Each file is read in a process of its own with a time limit, since what these tests look for would end this one.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emos_io import DecodeError, Media, SourceChanged, SourceUnreadable, Span

LIMIT_SECONDS = 10
"""What one bad file may cost, by the contract."""

START_SECONDS = 20
"""For starting Python and importing numpy on a busy machine."""

READ_ALL = """
import json, sys, time, warnings
import emos_io
from fractions import Fraction
from emos_io import Media, Span
answers = {}
for path in json.loads(sys.argv[1]):
    began = time.perf_counter()
    try:
        media = Media(path, on_error=sys.argv[2])
        meta = media.metadata
        end = min(meta.duration, 40)
        windows = 0
        for window in media.windows(length=max(Fraction(end) / 8, Fraction(1, 10)), fps=5, size=(16, 16), sample_rate=16000):
            windows += 1
            if windows > 12: break
        if meta.video is not None and meta.video.num_frames:
            media.frames_by_index([0, meta.video.num_frames // 2, -1], size=(16, 16))
        outcome = f"read {windows}"
    except emos_io.EmosError as error:
        text = str(error)
        assert text and "\\n" not in text, repr(text)
        outcome = type(error).__name__
    answers[path] = (outcome, time.perf_counter() - began)
print(json.dumps(answers))
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one file: an error's name or "read N", and the seconds it took."""

    what: str
    seconds: float


def _read_all(paths: list[Path], on_error: str = "mask") -> dict[Path, Outcome]:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ_ALL, json.dumps([str(path) for path in paths]), on_error],
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS * len(paths) + START_SECONDS,
        check=False,
    )
    assert run.returncode == 0, f"ended with {run.returncode}: {run.stderr[-2000:]}"
    assert "panicked" not in run.stderr
    answers: dict[str, Any] = json.loads(run.stdout)
    outcomes = {Path(path): Outcome(*each) for path, each in answers.items()}
    slow = {path.name: each for path, each in outcomes.items() if each.seconds > LIMIT_SECONDS}
    assert not slow
    return outcomes


@pytest.fixture(scope="module")
def seeds(media_path: Callable[[str], Path]) -> dict[str, bytes]:
    """Small media of every container, to be broken."""
    names = (
        "made/0p2s.mp4",
        "made/frag_cmaf_video_starting_at_2s.mp4",
        "made/vp9_opus.webm",
        "made/with_srt.mkv",
        "made/av1_opus.mp4",
        "torture/exo_sample_h262_mpeg_audio.ts",
        "torture/mb_vp9-vorbis.avi",
        "torture/gr_b_mpeg4_mp3.avi",
        "torture/exo_bear_vorbis_gap.ogg",
        "torture/exo_video_desks.3gp",
        "torture/exo_sample_ima_adpcm.wav",
        "made/novideo.opus",
        "made/novideo_vbr.mp3",
        "talking/en_grid_bbaf2n_3s.mpg",
    )
    return {Path(name).name: media_path(name).read_bytes() for name in names}


def test_things_that_are_no_media_are_one_clear_error(tmp_path: Path) -> None:
    chance = random.Random(3)
    things = {
        "empty.mp4": b"",
        "one_byte.mkv": b"\x1a",
        "text.mp4": b"dear reader, this is no film\n" * 400,
        "page.mp4": b"<html>404 not found</html>",
        "random.mp4": chance.randbytes(200_000),
        "zeros.mkv": bytes(150_000),
        "ftyp_alone.mp4": b"\0\0\0\x18ftypisom\0\0\2\0isomiso2",
        "huge_box.mp4": b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"\xff\xff\xff\xffmoov" + bytes(100),
        "ebml_alone.mkv": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01",
        "riff.avi": b"RIFF\xff\xff\xff\xffAVI LIST",
        "sync_bytes.ts": b"\x47" * 188 * 400,
        "sync_bytes.mp3": b"\xff\xfb\x90\x64" + bytes(2000),
    }
    for name, data in things.items():
        (tmp_path / name).write_bytes(data)
    outcomes = _read_all([tmp_path / name for name in things])
    assert {path.name for path in outcomes} == set(things)
    assert {outcomes[tmp_path / name].what for name in ("empty.mp4", "text.mp4", "page.mp4", "zeros.mkv")} == {
        "SourceUnreadable"
    }
    assert outcomes[tmp_path / "ftyp_alone.mp4"].what == "SourceUnreadable"


def test_a_folder_a_pipe_and_nothing_are_clear_errors(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    outcomes = _read_all([tmp_path, tmp_path / "absent.mp4", Path("/dev/null"), tmp_path / "pipe.mp4"])
    assert outcomes[tmp_path].what == "SourceUnreadable"
    assert outcomes[tmp_path / "absent.mp4"].what == "SourceNotFound"
    assert outcomes[Path("/dev/null")].what == "SourceUnreadable"
    assert outcomes[tmp_path / "pipe.mp4"].what == "SourceUnreadable"


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_truncated_files_are_read_as_far_as_they_go(share: float, seeds: dict[str, bytes], tmp_path: Path) -> None:
    for name, data in seeds.items():
        (tmp_path / name).write_bytes(data[: int(len(data) * share)])
    outcomes = _read_all([tmp_path / name for name in seeds])
    if share > 0.5:
        # mp4 written for editing has its tables at the end: without them there is nothing to read.
        tables_last = {"0p2s.mp4", "av1_opus.mp4", "exo_video_desks.3gp"}
        assert {path.name for path, each in outcomes.items() if not each.what.startswith("read")} <= tables_last


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bytes_end_in_an_error_or_in_marks(seed: int, seeds: dict[str, bytes], tmp_path: Path) -> None:
    _flip(seed, seeds, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_flipped_bytes_end_in_an_error_or_in_marks(seed: int, seeds: dict[str, bytes], tmp_path: Path) -> None:
    _flip(seed, seeds, tmp_path)


def _flip(seed: int, seeds: dict[str, bytes], tmp_path: Path) -> None:
    chance = random.Random(seed)
    paths = []
    for name, data in seeds.items():
        broken = bytearray(data)
        # Headers matter most: half of the flips fall into the first 2 kB and the last 4 kB.
        for _ in range(chance.choice([1, 4, 30])):
            where = chance.choice([len(broken), len(broken), 2048])
            offset = chance.randrange(min(where, len(broken)))
            if chance.random() < 0.25:
                offset = max(0, len(broken) - 1 - chance.randrange(4096))
            broken[offset] ^= chance.choice([0xFF, 1 << chance.randrange(8)])
        path = tmp_path / name
        path.write_bytes(broken)
        paths.append(path)
    _read_all(paths, on_error=chance.choice(["mask", "raise"]))


@pytest.mark.parametrize("seed", range(2))
def test_garbage_in_the_middle_and_doubled_parts(seed: int, seeds: dict[str, bytes], tmp_path: Path) -> None:
    chance = random.Random(1000 + seed)
    paths = []
    for name, data in seeds.items():
        a, b = sorted(chance.sample(range(len(data)), 2))
        kinds = {
            "garbage": data[:a] + chance.randbytes(b - a) + data[b:],
            "doubled": data[:b] + data[a:],
            "removed": data[:a] + data[b:],
            "joined": data + data,
        }
        kind = chance.choice(sorted(kinds))
        path = tmp_path / f"{kind}_{name}"
        path.write_bytes(kinds[kind])
        paths.append(path)
    _read_all(paths)


def test_an_unknown_codec_is_named(media_path: Callable[[str], Path], tmp_path: Path) -> None:
    data = media_path("made/noaudio.mp4").read_bytes()
    path = tmp_path / "unknown.mp4"
    path.write_bytes(data.replace(b"avc1", b"zzzz"))
    media = Media(path)
    assert media.metadata.tracks
    (outcome,) = _read_all([path], "raise").values()
    assert outcome.what in ("UnsupportedCodec", "read 8")
    with pytest.raises(RuntimeError):
        Media(path, video=0).frames_played_at([1])


@pytest.mark.parametrize("name", ["made/base_en_grid_30s.mp4", "made/remux.mkv", "made/remux.ts"])
@pytest.mark.parametrize("change", ["shorter", "longer", "other", "gone"])
def test_a_file_that_changed_after_opening_is_an_error(
    name: str, change: str, media_path: Callable[[str], Path], tmp_path: Path
) -> None:
    data = media_path(name).read_bytes()
    path = tmp_path / Path(name).name
    path.write_bytes(data)
    media = Media(path)
    expected = media.frames_played_at([1], size=(16, 16)).data
    if change == "gone":
        path.unlink()
        # What is open can still be read, or the error says what happened; never other frames.
        with contextlib.suppress(SourceChanged):
            assert (media.frames_played_at([1], size=(16, 16)).data == expected).all()
        return
    new = {"shorter": data[: len(data) // 2], "longer": data + data, "other": data[::-1]}[change]
    path.write_bytes(new)
    os.utime(path, ns=(1, 1))
    with pytest.raises((SourceChanged, DecodeError)) as caught:
        for start in range(0, 28, 2):
            media.frames_in(Span(start, start + 2), fps=1, size=(16, 16))
    assert isinstance(caught.value, SourceChanged), caught.value


def test_an_index_of_another_file_is_refused(media_path: Callable[[str], Path]) -> None:
    one, other = media_path("made/remux.mkv"), media_path("made/with_srt.mkv")
    index = Media(one).save_index()
    assert Media(one, index=index).metadata.index_source == "saved"
    with pytest.raises(SourceChanged):
        Media(other, index=index)
    for broken in (b"", b"no index", index[:-1], index[: len(index) // 2], bytes(len(index))):
        with pytest.raises((SourceChanged, SourceUnreadable, ValueError)):
            Media(one, index=broken)


@pytest.mark.parametrize("seed", range(3))
def test_a_flipped_index_is_refused_or_harmless(seed: int, media_path: Callable[[str], Path], tmp_path: Path) -> None:
    path = media_path("made/with_srt.mkv")
    index = bytearray(Media(path).save_index())
    chance = random.Random(seed)
    for _ in range(60):
        broken = bytearray(index)
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        try:
            media = Media(path, index=bytes(broken), on_error="mask")
            media.frames_in(Span(0, 2), fps=2, size=(16, 16))
        except (OSError, RuntimeError, ValueError) as error:
            assert "panic" not in str(error)
