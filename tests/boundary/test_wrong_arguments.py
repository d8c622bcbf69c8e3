"""Arguments that make no sense are refused by name, at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emos_io import EmosError, InvalidArgument, Media, NoSuchTrack, SourceNotFound, Span, TooLarge
from oracle.refusals import refusal_of

NONSENSE = [0, -1, -0.5, float("nan"), float("inf"), -float("inf"), "nan", "0", "-1/2", "soon", "", True]


@pytest.fixture(scope="module")
def media(media_path: Callable[[str], Path]) -> Media:
    return Media(media_path("made/with_srt.mkv"))


@pytest.mark.parametrize("value", NONSENSE)
@pytest.mark.parametrize("name", ["length", "hop", "fps"])
def test_lengths_and_rates_are_above_zero(name: str, value: object, media: Media) -> None:
    arguments: dict[str, object] = {"length": 1, "hop": 1, "fps": 1} | {name: value}
    assert name in refusal_of(lambda: next(iter(media.windows(**arguments))))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0, -1, 0.5, float("nan"), "16000", 2**40, True, 10**9])
@pytest.mark.parametrize("name", ["sample_rate", "num_channels"])
def test_counts_are_integers_above_zero(name: str, value: object, media: Media) -> None:
    with pytest.raises((InvalidArgument, TooLarge)):
        media.samples_in(Span(0, 1), **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "", "x", None, [], 10**30, b"1"])
def test_times_are_finite(value: object, media: Media) -> None:
    with pytest.raises(InvalidArgument):
        media.frames_played_at([value])  # type: ignore[list-item]
    with pytest.raises(InvalidArgument):
        Span(0, value)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument):
        next(iter(media.windows(length=1, start=value)))  # type: ignore[arg-type]


def test_negative_times_are_before_the_film(media: Media) -> None:
    with pytest.raises(ValueError, match="-1"):
        media.frames_played_at([-1])
    window = media.window(Span(-3, -1), fps=2)
    assert not window.video_valid.any() and not window.audio_valid.any()
    assert not next(iter(media.windows(length=1, start=-5, fps=2))).video_valid.any()


def test_answers_that_would_fill_the_machine_are_refused(media: Media) -> None:
    for ask in (
        lambda: media.samples_in(Span(0, 10**12)),
        lambda: media.frames_in(Span(0, 10**9), fps=10**6),
        lambda: media.frames_in(Span(0, 6), fps=10**9, size=(100, 100)),
        lambda: media.window(Span(-(2**60), 2**60), fps=1),
    ):
        with pytest.raises((TooLarge, InvalidArgument)):
            ask()


@pytest.mark.parametrize(
    "options",
    [
        {"video": -1},
        {"video": True},
        {"video": 1.5},
        {"audio": -1},
        {"on_error": "ignore"},
        {"on_error": None},
        {"num_threads": 0},
        {"num_threads": -1},
        {"num_threads": 1.5},
    ],
)
def test_options_of_opening_are_checked(options: dict[str, object], media_path: Callable[[str], Path]) -> None:
    with pytest.raises(InvalidArgument):
        Media(media_path("made/with_srt.mkv"), **options)  # type: ignore[call-overload]


@pytest.mark.parametrize("source", [None, 3, 1.5, [], object(), b"", "", "a\0b"])
def test_sources_that_are_none_are_refused(source: object) -> None:
    with pytest.raises((EmosError, TypeError)):
        Media(source)  # type: ignore[call-overload]


def test_a_missing_file_is_a_file_not_found_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        Media(tmp_path / "absent.mp4")
    assert isinstance(caught.value, SourceNotFound) and "absent.mp4" in str(caught.value)


def test_closed_media_are_refused(media_path: Callable[[str], Path]) -> None:
    media = Media(media_path("made/with_srt.mkv"))
    frames = media.frames_played_at([1])
    media.close()
    media.close()
    with pytest.raises(InvalidArgument, match="closed"):
        media.frames_played_at([1])
    assert frames.data.any()


@pytest.mark.parametrize(
    "out",
    [
        np.zeros((1, 8, 8, 3), np.float32),
        np.zeros((2, 8, 8, 3), np.uint8),
        np.zeros((1, 8, 9, 3), np.uint8),
        np.zeros((1, 8, 8, 6), np.uint8)[..., ::2],
        np.frombuffer(bytes(192), np.uint8).reshape(1, 8, 8, 3),
        [0] * 192,
        "out",
    ],
    ids=["dtype", "count", "width", "strided", "read-only", "list", "text"],
)
def test_memory_that_does_not_fit_is_refused(out: object, media: Media) -> None:
    with pytest.raises(InvalidArgument, match="out must be "):
        media.frames_played_at([1], size=(8, 8), out=out)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("strided", "read_only", "lack"),
    [(True, False, "strided"), (False, True, "read-only"), (True, True, "strided and read-only")],
)
def test_all_that_out_lacks_is_named(strided: bool, read_only: bool, lack: str, media: Media) -> None:
    out = np.zeros((1, 8, 8, 6), np.uint8)[..., ::2] if strided else np.zeros((1, 8, 8, 3), np.uint8)
    out.flags.writeable = not read_only
    with pytest.raises(
        InvalidArgument, match=f"^out must be C-contiguous and writable, got {lack} memory; make it with"
    ):
        media.frames_played_at([1], size=(8, 8), out=out)


def test_tracks_that_are_switched_off_are_missing(media_path: Callable[[str], Path]) -> None:
    path = media_path("made/with_srt.mkv")
    with pytest.raises(NoSuchTrack):
        Media(path, video=False).frames_played_at([0])
    with pytest.raises(NoSuchTrack):
        Media(path, audio=False).samples_in(Span(0, 1))
    with pytest.raises(NoSuchTrack):
        Media(path, video=2)
