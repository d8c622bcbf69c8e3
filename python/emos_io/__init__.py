"""Exact, synchronised audio-video windows, and the emotion labels that belong to them.

Example:
    >>> import emos_io
    >>> emos_io.Span(2, 6).duration
    Fraction(4, 1)
"""

import logging as _logging
import typing as _typing

from .corpus import Corpus
from .errors import (
    CorpusError,
    DecodeError,
    EmosError,
    FrameIndexError,
    InvalidArgument,
    InvalidSpan,
    NoSuchItem,
    NoSuchTrack,
    ReadTimeout,
    SourceChanged,
    SourceNotFound,
    SourceUnreadable,
    TimeOutOfRange,
    TooLarge,
    UnsupportedCodec,
)
from .media import (
    AudioSamples,
    AudioTrack,
    Media,
    Metadata,
    Timeline,
    Track,
    VideoFrames,
    VideoTrack,
    Window,
    WindowStream,
)
from .pipes import (
    AudioSpec,
    Collate,
    VideoSpec,
    WindowBatch,
    WindowDataset,
    WindowLoader,
    WindowSample,
    media_durations,
)
from .plan import LabelRule, Windowing, WindowPlan
from .spans import Span

__version__: str
"""The version of the installed package, as Cargo.toml states it."""

if not _typing.TYPE_CHECKING:

    def __getattr__(name):
        # Metadata are read when somebody asks, so that the import stays quick.
        if name == "__version__":
            from importlib.metadata import PackageNotFoundError, version

            try:
                return version("emos-io")
            except PackageNotFoundError as error:
                raise AttributeError("emos-io is not installed, so it has no version; install it") from error
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# FFmpeg's messages are for whoever listens to "emos_io.ffmpeg"; nobody else hears them.
_logging.getLogger("emos_io").addHandler(_logging.NullHandler())

__all__ = [
    "AudioSamples",
    "AudioSpec",
    "AudioTrack",
    "Collate",
    "Corpus",
    "CorpusError",
    "DecodeError",
    "EmosError",
    "FrameIndexError",
    "InvalidArgument",
    "InvalidSpan",
    "LabelRule",
    "Media",
    "Metadata",
    "NoSuchItem",
    "NoSuchTrack",
    "ReadTimeout",
    "SourceChanged",
    "SourceNotFound",
    "SourceUnreadable",
    "Span",
    "TimeOutOfRange",
    "Timeline",
    "TooLarge",
    "Track",
    "UnsupportedCodec",
    "VideoFrames",
    "VideoSpec",
    "VideoTrack",
    "Window",
    "WindowBatch",
    "WindowDataset",
    "WindowLoader",
    "WindowPlan",
    "WindowSample",
    "WindowStream",
    "Windowing",
    "media_durations",
]
