"""What can go wrong. Every error is an `EmosError` and the builtin of the same meaning."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from fractions import Fraction
from typing import Protocol

_MAX_REPR = 80
_DECIMAL = re.compile(r"\bDecimal\('([^']*)'\)")
"""A number of a TOML file, which is read exactly."""
_SURROGATE_OF_BYTE_0 = 0xDC00
"""Python holds a byte that it cannot decode as the surrogate of this number and the byte (PEP 383)."""


class TimeSpan(Protocol):
    """What errors know of a `Span`."""

    @property
    def start(self) -> Fraction:
        """Its first moment, in seconds of media time."""

    @property
    def end(self) -> Fraction:
        """The moment after it, in seconds of media time."""


class EmosError(Exception):
    """The base of every error of emos-io; pickles and copies keep its attributes.

    Args:
        *args: The text, one line.
        path: See the attribute.
        span: See the attribute.
        index: See the attribute.
        key: See the attribute.

    Attributes:
        path: The file, as `Metadata.path` names it, or None where no file is concerned.
        span: The span of time that could not be read, or None.
        index: The index of the frame or the row, or None.
        key: The key of the item or the window, or None.
        ffmpeg_message: The last line that FFmpeg logged about it, or None.
    """

    def __init__(
        self,
        *args: object,
        path: str | None = None,
        span: TimeSpan | None = None,
        index: int | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(*args)
        self.path = path
        self.span = span
        self.index = index
        self.key = key
        self.ffmpeg_message: str | None = None


class SourceNotFound(EmosError, FileNotFoundError):
    """There is no such file."""


class SourceUnreadable(EmosError, OSError):
    """The source cannot be read, or FFmpeg finds no media in it."""


class SourceChanged(EmosError, OSError):
    """The source is not the one that was indexed, or that a saved state knows."""


class UnsupportedCodec(EmosError, RuntimeError):
    """This FFmpeg has no decoder for the track, or the track is encrypted."""


class ReadTimeout(EmosError, TimeoutError):
    """A read took longer than its limit; it was abandoned."""


class DecodeError(EmosError, RuntimeError):
    """Coded data is damaged, and `on_error` is "raise"."""


class NoSuchTrack(EmosError, ValueError):
    """The media has no such track, or it was switched off."""


class TimeOutOfRange(EmosError, ValueError):
    """A time lies outside of the track's ``[start, end)``."""


class FrameIndexError(EmosError, IndexError):
    """The video track has no frame of this index."""


class OutOfSync(EmosError, ValueError):
    """What a model is given is not what the window holds: video and audio are out of step, cut, or missing."""


class RequestsSpent(EmosError, RuntimeError):
    """As many requests were made to a server as a run may make, and windows are left; the same command again goes on."""


class InvalidArgument(EmosError, ValueError):
    """An argument is not allowed."""


class InvalidSpan(InvalidArgument):
    """A span does not end after its start."""


class TooLarge(EmosError, ValueError):
    """The result would be larger than the limit; nothing was allocated."""


class NoSuchItem(EmosError, KeyError):
    """There is no item or window of this key."""

    def __str__(self) -> str:
        # A KeyError would put its text in quotes.
        return str(self.args[0]) if self.args else ""


class CorpusError(EmosError, ValueError):
    """Annotation files are wrong, and the reader is strict or cannot go on."""


def short_repr(value: object) -> str:
    """Return the `repr` of a value for an error text: one line, cut in the middle where it is long."""
    try:
        text = " ".join(_DECIMAL.sub(r"\1", repr(value)).split())
    except ValueError:
        # Python writes out no integer of over 4300 digits.
        text = "an integer of many digits"
    return text if len(text) <= _MAX_REPR else f"{text[: _MAX_REPR - 20]}...{text[-17:]}"


def escaped(path: str | os.PathLike[str] | os.PathLike[bytes]) -> str:
    r"""Return a path on one line of printable characters, to stand between double quotes; `unescaped` gives it back.

    The escapes are those of JSON. A byte that is no text in the encoding of the file system is ``\x`` and two digits.
    """
    return "".join(map(_escaped_character, json.dumps(os.fsdecode(path), ensure_ascii=False)[1:-1]))


def _escaped_character(character: str) -> str:
    if _is_printable(character):
        return character
    byte = ord(character) - _SURROGATE_OF_BYTE_0
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else json.dumps(character)[1:-1]


def _is_printable(character: str) -> bool:
    # The spaces of all scripts print too.
    return character.isprintable() or unicodedata.category(character) == "Zs"


def unescaped(text: str) -> str:
    """Return the path that `escaped` wrote."""
    as_json = re.sub(r"\\(?:x([0-9a-f]{2})|.)", lambda found: f"\\udc{found[1]}" if found[1] else found[0], text)
    return str(json.loads(f'"{as_json}"'))


def printable(text: str) -> str:
    """Return a text as it is where it is one line of printable characters, and `escaped` where it is not."""
    return text if all(map(_is_printable, text)) else escaped(text)


def quoted(path: str | os.PathLike[str] | os.PathLike[bytes]) -> str:
    """Return a path for an error text: in double quotes, on one line, printable; see `escaped`."""
    return f'"{escaped(path)}"'
