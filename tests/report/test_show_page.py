"""The page of a window: its frames and audio are those of the file, and it loads nothing else."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from show_help import Element, Page, audio_of, clip, film, flags, frame_of, refused, saved, show_window

from emos_io import Media, Span
from emos_io.testing import sample_numbers
from oracle import clips, ffmpeg_frames

MediaPath = Callable[[str], Path]

JSON_KEYS = {
    "key", "item", "path", "span", "label_span", "frames", "frame_pts", "samples", "sample_rate", "channels", "video_valid",
    "audio_valid", "damaged", "labels", "weight", "text", "pending", "out",
}  # fmt: skip


HALF_STEP = 0.5 / 32_768
"""Half a step of 16 bits: the most that rounding changes."""
X_STEP = 0.01
"""Coordinates of the axis have two places."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def counted() -> Path:
    """Ten seconds at 25 frames and 8,000 samples a second."""
    return clips.counting_clip(seconds=10, rate=8_000)


def test_frames_spell_the_numbers_of_those_on_screen(counted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, page = show_window(capsys, "x@3/2-7/2", counted, "--context", "1/2", "--lookahead", "1")
    figures = page.section("Frames").find("figure")
    expected = [int((1 + Fraction(index, 4)) * 25) for index in range(14)]
    assert clips.frame_numbers(np.stack([frame_of(figure) for figure in figures])) == expected


def test_samples_of_16_bits_come_out_as_they_are(counted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, page = show_window(capsys, "x@3/2-7/2", counted)
    samples, rate = audio_of(page)
    assert (rate, result["samples"], samples.shape) == (8_000, 16_000, (2, 16_000))
    assert np.array_equal(sample_numbers((samples / 32_768).astype(np.float32)), np.arange(12_000, 28_000))


def test_frames_and_audio_are_those_of_the_window(media_path: MediaPath, capsys: pytest.CaptureFixture[str]) -> None:
    path = media_path("made/base_en_grid_30s.mp4")
    result, page = show_window(
        capsys, "x@7.3-9.3", path, "--size", "90,120", "--sample-rate", "16000", "--channels", "1"
    )
    window = Media(path, on_error="mask").window(
        Span("7.3", "9.3"), fps=4, size=(90, 120), sample_rate=16_000, num_channels=1
    )
    assert window.video is not None
    assert window.audio is not None
    figures = page.section("Frames").find("figure")
    assert np.array_equal(np.stack([frame_of(figure) for figure in figures]), window.video.data)
    samples, rate = audio_of(page)
    assert rate == 16_000
    clipped = np.clip(window.audio.data, -1, 32_767 / 32_768)
    assert np.abs(samples / 32_768 - clipped).max() <= HALF_STEP
    assert result["frame_pts"] == [
        f"{pts.numerator}/{pts.denominator}" for pts in window.video.times if pts is not None
    ]


def test_frames_are_those_of_the_ffmpeg_command(media_path: MediaPath, capsys: pytest.CaptureFixture[str]) -> None:
    path = media_path("made/base_en_grid_30s.mp4")
    _, page = show_window(capsys, "x@1-2", path, "--size", "60,80")
    own = [frame_of(figure) for figure in page.section("Frames").find("figure")]
    decoded = ffmpeg_frames.frames(path, 0, ffmpeg_frames.scaled(60, 80), (60, 80))
    theirs = list(itertools.islice(decoded, 50))
    assert all(np.array_equal(own[k], theirs[25 + int(k * 25 / 4)]) for k in range(4))


def test_the_page_loads_nothing(counted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, page = show_window(capsys, "x@0-2", counted)
    links = [
        value for each in _all(page) for name, value in each if name in ("src", "href", "srcset", "action", "data")
    ]
    assert links
    neighbours = [each.attributes["href"] for each in page.root.find("a")]
    assert len(neighbours) == 1
    assert all(link.startswith("data:") for link in links if link not in neighbours)
    assert page.root.find("link") == []
    assert re.findall(r"url\((?!#nothing\))|@import|https?:", page.source) == []
    policy = next(each.attributes for each in page.root.find("meta") if "http-equiv" in each.attributes)
    assert policy["content"].startswith("default-src 'none'; img-src data:; media-src data:;")


def _all(page: Page) -> list[list[tuple[str, str]]]:
    def below(element: Element) -> list[list[tuple[str, str]]]:
        return [list(element.attributes.items()), *(each for child in element.children for each in below(child))]

    return below(page.root)


def test_the_json_has_every_key(counted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, _ = show_window(capsys, "x@3/2-7/2", counted, "--context", "1")
    assert set(result) == JSON_KEYS
    assert (result["key"], result["item"], result["path"]) == ("x@3/2-7/2", "x", str(counted))
    assert (result["span"], result["label_span"]) == (["1/2", "7/2"], ["3/2", "7/2"])
    assert (result["frames"], result["video_valid"], result["damaged"]) == (12, [True] * 12, [False] * 12)
    assert result["frame_pts"][:3] == ["12/25", "18/25", "1/1"]
    assert result["audio_valid"] == [[0, 24_000]]
    assert (result["text"], result["pending"], result["labels"]["valid"]) == ([], [], False)


def test_exact_times_stand_as_fractions_and_as_decimals(capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.counting_clip(seconds=4, rate=8_000, fps="30000/1001")
    _, page = show_window(capsys, "x@1/3-2", path, "--context", "1/8")
    times = page.table("Exact times")
    assert times["label_span"] == "[1/3, 2/1) s = [≈0.333333, 2) s, lasting 5/3 s (≈1.666667 s)"
    assert times["context"] == "[5/24, 1/3) s = [≈0.208333, ≈0.333333) s, lasting 1/8 s (0.125 s)"
    assert times["span"].startswith("[5/24, 2/1) s")
    assert times["path"] == str(path)
    caption = page.section("Frames").find("figcaption")[0].text
    # Frame 6 of 30000/1001 a second is on screen at 5/24.
    assert "at 5/24 = ≈0.208333 s" in caption
    assert "pts 1001/5000 = 0.2002 s" in caption


def test_what_lies_outside_of_the_file_is_marked(counted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, page = show_window(capsys, "x@9-10", counted, "--lookahead", "1")
    assert result["video_valid"] == [True] * 4 + [False] * 4
    assert result["frame_pts"][4:] == [None] * 4
    figures = page.section("Frames").find("figure")
    assert [figure.classes for figure in figures] == [{"fine"}] * 4 + [{"missing"}] * 4
    assert all(figure.find("img") == [] and "missing" in figure.text for figure in figures[4:])
    assert "4 frames of 8 missing: nothing is on screen there." in page.notes
    (gap,) = page.axis.find("rect", "invalid")
    axis = page.axis.attributes
    middle = float(axis["data-left"]) + float(axis["data-width"]) / 2
    assert float(gap.attributes["x"]) == pytest.approx(middle, abs=X_STEP)
    assert len(page.axis.find("rect", "marker")) == 8
    assert "samples [8000, 16000)" in page.section("Audio").text


def test_damaged_frames_are_marked(media_path: MediaPath, capsys: pytest.CaptureFixture[str]) -> None:
    result, page = show_window(capsys, "x@5-9", media_path("made/corrupt_bytes.mp4"))
    assert any(result["damaged"])
    figures = page.section("Frames").find("figure")
    assert ["damaged" in figure.classes for figure in figures] == result["damaged"]
    assert ["damaged" in figure.text for figure in figures] == result["damaged"]
    assert ["damaged" in marker.classes for marker in page.axis.find("rect", "marker")] == result["damaged"]
    assert any("damaged: they are displayed as the decoder returned them" in note for note in page.notes)


def test_a_file_without_audio_says_so(media_path: MediaPath, capsys: pytest.CaptureFixture[str]) -> None:
    result, page = show_window(capsys, "x@0-2", media_path("made/noaudio.mp4"))
    assert (result["samples"], result["audio_valid"], result["frames"]) == (None, None, 8)
    assert "The media have no audio track." in page.notes
    assert page.root.find("audio") == []


def test_a_file_without_frames_says_so(media_path: MediaPath, capsys: pytest.CaptureFixture[str]) -> None:
    result, page = show_window(capsys, "x@0-2", media_path("made/novideo.wav"))
    assert (result["frames"], result["frame_pts"], result["damaged"]) == (None, None, None)
    assert "The media have no video track." in page.notes
    assert len(page.axis.find("path", "waveform")) == 1


def test_pixels_that_are_not_square_keep_their_shape(media_path: MediaPath, capsys: pytest.CaptureFixture[str]) -> None:
    _, page = show_window(capsys, "x@0-1", media_path("made/sar_4_3_1440x1080.mp4"))
    image = page.section("Frames").find("img")[0].attributes
    # 1440 x 1080 with pixels of 4:3 is 16:9, here 120 high.
    assert (image["width"], image["height"]) == ("213", "120")


def test_a_key_that_begins_with_a_dash_is_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = saved(tmp_path / "corpus", film("-x"))
    result, page = show_window(capsys, "--context", "1", "--", "-x@0-2", corpus)
    assert result["key"] == "s/-x@0-2"
    assert page.section("Again").one("code").text == f"emos show s/-x@0-2 {corpus} --context 1"
    path = tmp_path / "-clip.mov"
    path.symlink_to(clips.counting_clip(seconds=10, rate=8_000))
    result, page = show_window(capsys, "--", "-clip.mov@0-2", "-clip.mov")
    assert result["out"] == "_-clip.mov@0-2.html"
    assert page.section("Again").one("code").text == "emos show -- -clip.mov@0-2 -clip.mov"


def test_the_command_writes_the_same_page_again(
    counted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = saved(tmp_path / "my corpus", film(), clip("b"))
    words = ["a@1-4", corpus, counted, "--context", "1", "--label-at", "overlap", "--size", "16,64", "--not-causal"]
    result, page = show_window(capsys, *words)
    command = shlex.split(page.section("Again").one("code").text)
    assert command[:3] == ["emos", "show", "s/a@1-4"]
    assert {word for word in command if word.startswith("--")} == {"--context", "--label-at", "--size", "--not-causal"}
    assert {word for word in command if word.startswith("--")} <= flags()
    again, second = show_window(capsys, *command[2:])
    assert again == result
    assert second.source == page.source


def test_a_window_shorter_than_a_sample_has_a_page(counted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, page = show_window(capsys, "x@1/100000-2/100000", counted)
    assert (result["frames"], result["samples"]) == (1, 0)
    assert audio_of(page)[0].shape == (2, 0)


def test_a_page_that_would_be_too_large_is_refused(counted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, line = refused(capsys, "x@0-10", counted, "--fps", "1000")
    assert (
        code,
        "a page must have at most 1200 frames, got 10 seconds at 1000 frames a second; give a lower fps" in line,
    ) == (2, True)
    code, line = refused(capsys, "x@0-10", counted, "--context", "600")
    assert (code, "a page must have at most 600 seconds, got 610; give a shorter window" in line) == (2, True)
    code, line = refused(capsys, "x@0-10", counted, "--lookahead", "300", "--sample-rate", "192000", "--fps", "1")
    assert (code, "give a sample rate of 16000 and 1 channel" in line) == (2, True)
