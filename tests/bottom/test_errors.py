"""Every error, with its full text."""

from __future__ import annotations

import builtins
import copy
import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emos_io import Media, Span, errors
from oracle.clips import counting_clip

BUILTINS = {
    "SourceNotFound": FileNotFoundError,
    "SourceUnreadable": OSError,
    "SourceChanged": OSError,
    "UnsupportedCodec": RuntimeError,
    "ReadTimeout": TimeoutError,
    "DecodeError": RuntimeError,
    "NoSuchTrack": ValueError,
    "OutOfSync": ValueError,
    "RequestsSpent": RuntimeError,
    "TimeOutOfRange": ValueError,
    "FrameIndexError": IndexError,
    "InvalidArgument": ValueError,
    "InvalidSpan": ValueError,
    "TooLarge": ValueError,
    "CorpusError": ValueError,
    "NoSuchItem": KeyError,
}
RUST_KINDS = Path(__file__).parents[2] / "rust" / "emos-media" / "src" / "error.rs"


@pytest.fixture(scope="module")
def clip() -> Path:
    return counting_clip(fps="25", rate=48_000, seconds=2)


def test_every_error_is_listed() -> None:
    raised = {
        name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.EmosError)
    }
    assert raised == set(BUILTINS) | {"EmosError"}
    body = RUST_KINDS.read_text().split("pub enum ErrorKind {")[1].split("}")[0]
    kinds = {
        line.strip().rstrip(",") for line in body.splitlines() if line.strip() and not line.strip().startswith("//")
    }
    assert kinds - {"Interrupted"} <= set(BUILTINS), "each kind of the core has its class"


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_every_error_is_also_a_builtin(name: str) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, errors.EmosError)
    # The first one is what says most of it: FileNotFoundError, not OSError.
    also = [base for base in kind.__mro__ if base in vars(builtins).values()]
    assert also[0] is BUILTINS[name]
    assert kind("x").ffmpeg_message is None


CASES: dict[str, tuple[Callable[[Path], object], type[Exception], str]] = {
    "not found": (
        lambda clip: Media("nowhere.mp4"),
        errors.SourceNotFound,
        'there is no such file; check the path: "nowhere.mp4"',
    ),
    "empty": (
        lambda clip: Media(b""),
        errors.SourceUnreadable,
        'the source is empty; give a media file: "<0 bytes>"',
    ),
    "no media": (
        lambda clip: Media(b"<html>404 not found</html>"),
        errors.SourceUnreadable,
        "opening the container failed: invalid data found when processing input; check that the source is a media file: "
        '"<26 bytes>"',
    ),
    "no such track": (
        lambda clip: Media(clip, video=7),
        errors.NoSuchTrack,
        'video must be 0 (no language), got 7; see Media.metadata: "{clip}"',
    ),
    "no such language": (
        lambda clip: Media(clip, audio="zho"),
        errors.NoSuchTrack,
        'audio must be 1 (no language), got "zho"; see Media.metadata: "{clip}"',
    ),
    "track turned off": (
        lambda clip: Media(clip, video=False).frames_played_at([0]),
        errors.NoSuchTrack,
        'no video track is chosen, or there is none; see Media.metadata: "{clip}"',
    ),
    "time out of range": (
        lambda clip: Media(clip).frames_played_at([Fraction(5, 2)]),
        errors.TimeOutOfRange,
        'times must be in [0, 2) s, got 5/2; see Media.metadata: "{clip}"',
    ),
    "index out of range": (
        lambda clip: Media(clip).frames_by_index([50]),
        errors.FrameIndexError,
        'indices must be from -50 to 49, got 50; see Media.metadata: "{clip}"',
    ),
    "too large": (
        lambda clip: Media(clip).frames_by_index(range(50), size=(16_000, 16_000)),
        errors.TooLarge,
        "the frames must take at most 8589934592 bytes, got 38400000000 for 50 of 16000 x 16000; ask for fewer or "
        'smaller frames, or read them in windows: "{clip}"',
    ),
    "size zero": (
        lambda clip: Media(clip).frames_played_at([0], size=0),
        errors.InvalidArgument,
        "size must be an integer above 0 for the short side, or (height, width), got 0; leave it out for the displayed size",
    ),
    "size huge": (
        lambda clip: Media(clip).frames_played_at([0], size=(1, 100_000)),
        errors.InvalidArgument,
        "size must be from 1 to 16384 pixels a side, got 100000; choose a size in that range",
    ),
    "spans out of order": (
        lambda clip: Media(clip).windows_at([Span(1, 2), Span(0, 1)]),
        errors.InvalidArgument,
        "spans must be sorted by start, got Span(0, 1) after Span(1, 2); sort them, or read one at a time with window",
    ),
    "fps zero": (
        lambda clip: Media(clip).frames_in(Span(0, 1), fps=0),
        errors.InvalidArgument,
        "fps must be above 0, got 0; leave it out for every frame",
    ),
    "rate zero": (
        lambda clip: Media(clip).samples_in(Span(0, 1), sample_rate=0),
        errors.InvalidArgument,
        "sample_rate must be an integer from 1 to 2147483647, got 0; leave it out for the track's own",
    ),
    "another library's order": (
        lambda clip: Media(clip).frames_played_at([0], dimension_order="NCHW"),  # type: ignore[arg-type]
        errors.InvalidArgument,
        'dimension_order must be "THWC" or "TCHW", got \'NCHW\'; "TCHW" has channels first, as "NCHW" elsewhere',
    ),
    "fit": (
        lambda clip: Media(clip).frames_played_at([0], fit="fill"),  # type: ignore[arg-type]
        errors.InvalidArgument,
        'fit must be "stretch", "pad" or "crop", got \'fill\'; "pad" and "crop" keep the aspect ratio',
    ),
    "size in words": (
        lambda clip: Media(clip).frames_played_at([0], size="x"),  # type: ignore[arg-type]
        errors.InvalidArgument,
        "size must be an integer above 0 for the short side, or (height, width), got 'x'; leave it out for the displayed "
        "size",
    ),
    "a box of three sides": (
        lambda clip: Media(clip).frames_played_at([0], roi=(0, 0, 4)),  # type: ignore[arg-type]
        errors.InvalidArgument,
        "roi box must be four integers, 0 or more, got (0, 0, 4); give (left, top, right, bottom) in displayed pixels",
    ),
    "no box": (
        lambda clip: Media(clip).frames_played_at([0], roi=()),
        errors.InvalidArgument,
        "roi must be (left, top, right, bottom) in displayed pixels, or a sequence of (time, box), got (); leave it out for "
        "all of the frame",
    ),
    "out of another type": (
        lambda clip: Media(clip).frames_played_at([0], out=np.zeros((1, 16, 64, 3))),
        errors.InvalidArgument,
        "out must be uint8[1, 16, 64, 3], got float64[1, 16, 64, 3]; make it with numpy.empty or torch.empty",
    ),
    "video=True": (
        lambda clip: Media(clip, video=True),
        errors.InvalidArgument,
        "video must be a stream index, a language, False or None, got True; False reads no such track, None the best",
    ),
    "audio by rate": (
        lambda clip: Media(clip, audio=16000.5),  # type: ignore[call-overload]
        errors.InvalidArgument,
        "audio must be a stream index, a language, False or None, got 16000.5; False reads no such track, None the best",
    ),
    "no threads": (
        lambda clip: Media(clip, num_threads=0),
        errors.InvalidArgument,
        "num_threads must be an integer from 1 to 2147483647, got 0; leave it out for one decoder for each core",
    ),
    "on_error": (
        lambda clip: Media(clip, on_error="ignore"),  # type: ignore[call-overload]
        errors.InvalidArgument,
        'on_error must be "raise" or "mask", got \'ignore\'; "mask" reads past damage and marks it',
    ),
    "no source": (
        lambda clip: Media(3),  # type: ignore[call-overload]
        errors.InvalidArgument,
        "source must be a path, bytes or a binary file object, got 3; a file object needs read and seek",
    ),
    "a span of numbers": (
        lambda clip: Media(clip).window((0, 1)),  # type: ignore[arg-type]
        errors.InvalidArgument,
        "span must be a Span, got (0, 1); give Span(start, end) in seconds",
    ),
    "index between frames": (
        lambda clip: Media(clip).frames_by_index([0.5]),  # type: ignore[list-item]
        errors.InvalidArgument,
        "indices must be integers, got 0.5; give indices in display order, negative from the end",
    ),
    "time in words": (
        lambda clip: Media(clip).frames_played_at(["soon"]),
        errors.InvalidArgument,
        "times must be a finite number, got 'soon'; give an int, a float, a Fraction or a str such as '1.25' or "
        "'1001/30000'",
    ),
    "time of many digits": (
        lambda clip: Media(clip).frames_played_at([2**63]),
        errors.InvalidArgument,
        "times must have a numerator and a denominator within 64 bits, got 9223372036854775808; round it",
    ),
    "inverted span": (
        lambda clip: Span(2, 1),
        errors.InvalidSpan,
        "span must end after its start, got [2, 1); give a later end, or swap the two",
    ),
    "many windows": (
        lambda clip: Media(clip).windows("1/1000000", start=0),
        errors.TooLarge,
        "a stream must have at most 1000000 windows, got 2000000; take a longer hop",
    ),
    "hop below zero": (
        lambda clip: Media(clip).windows(1, -1),
        errors.InvalidArgument,
        "hop must be above 0, got -1; leave it out for windows end to end",
    ),
    "one time": (
        lambda clip: Media(clip).frames_played_at(0.5),  # type: ignore[arg-type]
        errors.InvalidArgument,
        "times must be a sequence of seconds, got 0.5; for a single time pass [0.5]",
    ),
    "closed": (
        lambda clip: _closed(clip).frames_played_at([0]),
        errors.InvalidArgument,
        'media must be open, got a closed one; open it again: "{clip}"',
    ),
}


def _closed(clip: Path) -> Media:
    media = Media(clip)
    media.close()
    return media


@pytest.mark.parametrize("case", CASES)
def test_every_text_says_what_was_asked_what_is_allowed_and_what_to_do(case: str, clip: Path) -> None:
    call, kind, text = CASES[case]
    with pytest.raises(kind) as caught:
        call(clip)
    assert str(caught.value) == text.replace("{clip}", str(clip))
    assert isinstance(caught.value, errors.EmosError)


@pytest.mark.parametrize("call", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_copies_of_an_error_keep_its_attributes(
    name: str, call: Callable[[errors.EmosError], errors.EmosError]
) -> None:
    error: errors.EmosError = getattr(errors, name)("text", path="a.mp4", span=Span(0, 1), index=3, key="k")
    error.ffmpeg_message = "moov atom not found"
    again = call(error)
    assert type(again) is type(error)
    assert (str(again), again.args) == ("text", ("text",))
    assert (again.path, again.span, again.index, again.key) == ("a.mp4", Span(0, 1), 3, "k")
    assert again.ffmpeg_message == "moov atom not found"


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_attributes_are_none_where_nothing_is_known(name: str) -> None:
    error: errors.EmosError = getattr(errors, name)("text")
    assert (error.path, error.span, error.index, error.key, error.ffmpeg_message) == (None,) * 5


def test_errors_of_the_core_name_the_file_and_the_frame(clip: Path) -> None:
    with pytest.raises(errors.FrameIndexError) as caught:
        Media(clip).frames_by_index([0, -51])
    assert (caught.value.path, caught.value.index) == (str(clip), -51)
    with pytest.raises(errors.SourceNotFound) as missing:
        Media("nowhere.mp4")
    assert (missing.value.path, missing.value.index) == ("nowhere.mp4", None)


def test_a_window_that_fails_names_its_span(clip: Path) -> None:
    stream = Media(clip).windows_at([Span(1, 10**6)], fps=30_000, size=16)
    with pytest.raises(errors.TooLarge) as caught:
        list(stream)
    assert (caught.value.path, caught.value.span) == (str(clip), Span(1, 10**6))


@pytest.mark.parametrize(
    ("read", "error"),
    [
        (lambda media, span: media.frames_in(span, fps=30_000), errors.TooLarge),
        (lambda media, span: media.frames_in(span, fps=30_000, out=np.zeros(1, np.uint8)), errors.TooLarge),
        (lambda media, span: media.samples_in(span), errors.NoSuchTrack),
        (lambda media, span: media.window(span, fps=30_000), errors.TooLarge),
    ],
    ids=["frames_in", "frames_in with out", "samples_in", "window"],
)
def test_a_read_of_a_span_that_fails_names_it(
    clip: Path, read: Callable[[Media, Span], object], error: type[errors.EmosError]
) -> None:
    span = Span(1, 10**6)
    with pytest.raises(error) as caught:
        read(Media(clip, audio=False), span)
    assert (caught.value.path, caught.value.span) == (str(clip), span)


@pytest.mark.parametrize("value", ["x" * 1000, list(range(1000)), "a\nb", b"\0" * 500])
def test_long_values_are_cut_to_one_line(value: object) -> None:
    assert len(errors.short_repr(value)) <= 80
    assert "\n" not in errors.short_repr(value)


def test_numbers_of_toml_are_written_as_numbers() -> None:
    assert errors.short_repr([Decimal("2.5"), 3]) == "[2.5, 3]"
    assert errors.short_repr("Decimal") == "'Decimal'"
