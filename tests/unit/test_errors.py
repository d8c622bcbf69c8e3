"""Every error, with its full text."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

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
