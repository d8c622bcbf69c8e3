"""Arguments of odd types are refused in one line, as wrong numbers are; streams say that they do not pickle."""

from __future__ import annotations

import codecs
import io
import math
import pickle
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emos_io import Media, Span
from oracle.refusals import refusal_of

NAMES = np.array(["a", "b"])
HUGE = 10**5000
"""Python refuses to write it out."""


@pytest.fixture(scope="module")
def data(counting_clip: Callable[..., Path]) -> bytes:
    return counting_clip(seconds=2).read_bytes()


@pytest.mark.parametrize(
    "value",
    [np.array([0, 1]), NAMES, int, True, -1, 2**31, 2**70, HUGE, 0.5, b"eng"],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("name", ["video", "audio"])
def test_a_track_is_an_index_or_a_language(name: str, value: object, data: bytes) -> None:
    options: dict[str, Any] = {name: value}
    text = refusal_of(lambda: Media(data, **options))
    assert text.startswith(f"{name} must be a stream index, a language, False or None, got ")
    assert text.endswith("; False reads no such track, None the best")


@pytest.mark.parametrize("value", [3, "x", bytearray(b"x"), NAMES])
def test_an_index_is_bytes(value: Any, data: bytes) -> None:
    assert refusal_of(lambda: Media(data, index=value)).startswith("index must be bytes or None, got ")


@pytest.mark.parametrize(
    "options", [{"on_error": NAMES}, {"num_threads": int}, {"num_threads": NAMES}, {"num_threads": HUGE}]
)
def test_options_of_odd_types_are_refused(options: dict[str, Any], data: bytes) -> None:
    (name,) = options
    assert refusal_of(lambda: Media(data, **options)).startswith(f"{name} must be ")


def test_files_of_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"x")
    with (
        path.open() as plain,
        tempfile.NamedTemporaryFile("w+") as temporary,
        codecs.open(str(path), encoding="utf-8") as coded,
    ):
        files: list[Any] = [io.StringIO("x"), plain, temporary, coded]
        for each in files:
            text = refusal_of(lambda each=each: Media(each))  # type: ignore[misc]
            assert text.startswith("source must be a binary file object, got ")
            assert text.endswith('; open it with mode "rb", or pass its path')


@pytest.mark.parametrize("source", ["", 3, None, io.BytesIO, [1, 2]])
def test_what_is_no_source_is_refused(source: Any) -> None:
    assert refusal_of(lambda: Media(source)).startswith("source must be a path, bytes or a binary file object, got ")


def test_a_closed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"x")
    with path.open("rb") as file:
        pass
    assert refusal_of(lambda: Media(file)).startswith("source must be open, got ")


def test_a_single_value_is_no_sequence(data: bytes) -> None:
    media: Any = Media(data)
    assert refusal_of(lambda: media.frames_played_at(np.array(0.5))) == (
        "times must be a sequence of seconds, got array(0.5); put a single time in a list"
    )
    assert refusal_of(lambda: media.frames_by_index(0.5)) == (
        "indices must be a sequence of integers, got 0.5; put a single index in a list"
    )
    assert refusal_of(lambda: media.windows_at(Span(0, 1))) == (
        "spans must be a sequence of Span, got Span(0, 1); put a single span in a list"
    )
    assert refusal_of(lambda: media.frames_by_index([HUGE])).startswith("indices must be within 64 bits")
    assert media.frames_played_at(np.array([0.5])).data.shape[0] == 1


@pytest.mark.parametrize("time", [2, 0.5, np.float32(0.5), Fraction(1, 2)], ids=repr)
def test_advice_for_a_single_time_can_be_followed(time: Any, data: bytes) -> None:
    text = refusal_of(lambda: Media(data).frames_played_at(time))
    assert text == f"times must be a sequence of seconds, got {time!r}; for a single time pass [{time!r}]"


@pytest.mark.parametrize("value", [None, True, "1.5", b"1", math.nan, 10**400], ids=str)
def test_no_advice_repeats_what_is_no_time(value: Any, data: bytes) -> None:
    text = refusal_of(lambda: Media(data).frames_played_at(value))
    assert text.startswith("times must be a sequence of seconds, got ") and text.endswith(
        "; put a single time in a list"
    )


@pytest.mark.parametrize(
    "options", [{"fit": NAMES}, {"dimension_order": NAMES}, {"roi": b"abcd"}, {"size": NAMES}, {"size": b"ab"}]
)
def test_shapes_of_odd_types_are_refused(options: dict[str, Any], data: bytes) -> None:
    (name,) = options
    assert refusal_of(lambda: Media(data).frames_played_at([0], **options)).startswith(f"{name} must be ")


def test_a_stream_does_not_pickle_and_says_what_to_do(data: bytes) -> None:
    with pytest.raises(TypeError) as raised:
        pickle.dumps(Media(data).windows(1))
    assert str(raised.value) == (
        "a stream of windows cannot be pickled; pickle the Media, and begin the stream in the other process: "
        f'"<{len(data)} bytes>"'
    )
