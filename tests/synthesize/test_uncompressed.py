"""Uncompressed media of the small corpus: each frame and each sentence is where the labels say, exactly."""

from __future__ import annotations

import json
import resource
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from synthesize_help import LENGTHS, bytes_below, ffprobe, on_screen, one_line, only_path

from emos_io import Media
from emos_io.corpus import Corpus
from emos_io.errors import SourceUnreadable, quoted
from emos_io.synthesize import FrameContent, SynthesizedFile, read_frame, read_tone, synthesize

SIZE = (60, 96)
RATE = 16_000
EIGHTH = Fraction(1, 8)


@pytest.fixture(scope="module")
def raw(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> list[SynthesizedFile]:
    return synthesize(corpus, tmp_path_factory.mktemp("raw"), size=SIZE, speech="tones", codec="raw")


def luma(path: str) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """The brightness of every frame, as the ffmpeg command line reads it."""
    words = ["-map", "0:v", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    command = ["ffmpeg", "-v", "error", "-nostdin", "-color_range", "tv", "-i", path, *words]
    data = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    return list(np.frombuffer(data, np.uint8).reshape(-1, *SIZE))


def test_files_are_as_long_as_the_monologues(corpus: Corpus, raw: list[SynthesizedFile]) -> None:
    for who, each in zip(corpus.monologues, raw, strict=True):
        assert (each.key, each.seconds) == (who.key, Fraction(LENGTHS[who.name]))
        assert (each.fps, each.speech, each.kept) == ("8", "tones", False)
        assert each.path.endswith(f"streaming-finalsplit/{who.name}/{who.name}.mov")
        video, audio = ffprobe(Path(each.path), "-show_streams")["streams"]
        assert video["duration_ts"] * Fraction(video["time_base"]) == each.seconds
        # As many samples as begin before the end, to the nearest.
        assert audio["duration_ts"] == int(each.seconds * RATE + Fraction(1, 2))
        assert Media(each.path).metadata.duration == max(each.seconds, Fraction(audio["duration_ts"], RATE))


def test_every_frame_spells_what_is_on_screen(corpus: Corpus, raw: list[SynthesizedFile]) -> None:
    for who, each in zip(corpus.monologues, raw, strict=True):
        packets = ffprobe(Path(each.path), "-select_streams", "v", "-show_packets", "-show_streams")
        base = Fraction(packets["streams"][0]["time_base"])
        times = [packet["pts"] * base for packet in packets["packets"]]
        assert times == [number * EIGHTH for number in range(len(times))]
        assert times[-1] < each.seconds <= times[-1] + EIGHTH
        contents = [FrameContent(number, *on_screen(who, time)) for number, time in enumerate(times)]
        assert [read_frame(frame) for frame in luma(each.path)] == contents
        assert [read_frame(frame) for frame in Media(each.path).frames_by_index(range(len(times))).data] == contents


def test_every_sentence_is_heard_in_its_span(corpus: Corpus, raw: list[SynthesizedFile]) -> None:
    for who, each in zip(corpus.monologues, raw, strict=True):
        command = ["ffmpeg", "-v", "error", "-i", each.path, "-map", "0:a", "-f", "f32le", "-"]
        waveform = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<f4")
        audible = np.zeros(len(waveform), dtype=np.bool_)
        for sentence in who.sentences:
            first, end = (int(time * RATE + Fraction(1, 2)) for time in (sentence.span.start, sentence.span.end))
            assert read_tone(waveform[first:end], RATE) == sentence.index
            audible[first:end] = True
        assert not waveform[~audible].any()


def test_a_second_run_keeps_them_and_other_bytes_are_made_again(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_path(tmp_path / "bin", monkeypatch)
    out = tmp_path / "out"
    synthesize(corpus, out, size=SIZE, codec="raw")
    first = bytes_below(out)
    again = synthesize(corpus, out, size=SIZE, codec="raw")
    assert all(each.kept for each in again)
    assert bytes_below(out) == first
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []
    synthesize(corpus, tmp_path / "other", size=SIZE, codec="raw")
    assert bytes_below(tmp_path / "other") == first
    (name,) = [each for each in first if "Round" in each]
    (out / name).unlink()
    assert [each.kept for each in synthesize(corpus, out, size=SIZE, codec="raw")] == [True, True, True, False, True]
    assert bytes_below(out) == first


def test_progress_counts_full_seconds_to_the_end(corpus: Corpus, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    synthesize(corpus, tmp_path, size=SIZE, codec="raw", speech="tones", progress=lambda *each: calls.append(each))
    total = int(sum(Fraction(each) for each in LENGTHS.values()))
    assert (calls[0], calls[-1]) == ((0, total), (total, total))
    assert [done for done, _ in calls] == sorted({done for done, _ in calls})


def test_both_codecs_lie_in_one_folder(corpus: Corpus, tmp_path: Path) -> None:
    for codec, suffix in (("h264", ".mp4"), ("raw", ".mov")):
        (made,) = synthesize(corpus, tmp_path, only=["Round"], speech="tones", codec=codec)  # type: ignore[arg-type]
        assert (Path(made.path).suffix, made.kept) == (suffix, False)
    assert sorted(path.suffix for path in tmp_path.rglob("Round.*")) == [".mov", ".mp4"]
    (item,) = json.loads((tmp_path / "manifest.json").read_text())["items"].values()
    assert item["path"].endswith("Round.mov")


def test_a_full_disk_is_one_line_and_leaves_nothing(corpus: Corpus, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(SourceUnreadable) as caught:
            synthesize(corpus, tmp_path / "out", size=SIZE, codec="raw")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    wanted = f"the folder cannot be written (File too large); choose another: {quoted(tmp_path / 'out')}"
    assert one_line(caught.value) == wanted
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []
