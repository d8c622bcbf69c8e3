"""A part of a file as one text: ``path#t=start,end``, the temporal media fragment of the W3C."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

from ..errors import InvalidArgument, InvalidSpan, quoted, short_repr
from ..plan.arguments import number_text

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|data:")
_FILE = re.compile(r"file://", re.IGNORECASE)
_HOST = re.compile(r"localhost(?=/)", re.IGNORECASE)
_TEMPORAL = re.compile(r"(?:.*&)?t=.*", re.DOTALL)
_SECONDS = r"\d+(?:\.\d*)?|\d+/\d+"
_CLOCK = re.compile(r"(?:(\d+):)?([0-5]?\d):([0-5]?\d(?:\.\d*)?)", re.ASCII)
_NUMBER = re.compile(_SECONDS, re.ASCII)


@dataclass(frozen=True, slots=True)
class MediaFragment:
    """A file, and which part of it.

    Attributes:
        path: The file, as it was given, without the fragment.
        start: Exact seconds of media time at which the part begins; None where the fragment does not say.
        end: Exact seconds at which it ends; None where the fragment does not say.
    """

    path: str
    start: Fraction | None = None
    end: Fraction | None = None

    @property
    def names_time(self) -> bool:
        """Whether the text has a time, and not only a path."""
        return self.start is not None or self.end is not None


def is_url(text: str) -> bool:
    """Return whether a text is a URL of something that is no file, which is not read here.

    >>> is_url("https://example.org/clip.mp4"), is_url("file:///clip.mp4"), is_url("clip.mp4#t=1,3")
    (True, False, False)
    """
    return _URL.match(text) is not None and not _FILE.match(text)


def parse_fragment(text: str) -> MediaFragment:
    """Return the file and the times of ``path#t=start,end``.

    A time is seconds (``1.5`` or exactly ``1001/30000``), ``mm:ss.f`` or ``hh:mm:ss.f``, with ``npt:`` before the first or
    without. One of both may be left out: ``t=1.5``, ``t=,3``. Escapes such as ``%2C`` are decoded in the fragment, and in
    the path after ``file://``. Where a file exists under all of the text, it is that file: a ``#`` may be part of a name. What
    stands behind the last ``#`` before which a file exists is its fragment, and must be a time.

    Args:
        text: A path or a file URL, with a fragment or without.

    Raises:
        InvalidArgument: The fragment is no such time, or has something beside it.
        InvalidSpan: It ends before it starts.

    Example:
        >>> parse_fragment("take#2.mp4#t=npt:0:01.5,3")
        MediaFragment(path='take#2.mp4', start=Fraction(3, 2), end=Fraction(3, 1))
    """
    existing = _existing(text)
    if existing is not None:
        return MediaFragment(existing)
    found = _file_before(text)
    if found is None:
        before, mark, after = text.rpartition("#")
        if not mark or not _TEMPORAL.fullmatch(unquote(after)):
            return MediaFragment(_plain(text))
        found = _existing(before) or _plain(before), after
    path, fragment = found[0], unquote(found[1])
    start, end = _times(fragment, path)
    if start is not None and end is not None and end <= start:
        raise InvalidSpan(
            f"fragment must end after its start, got {short_repr(fragment)}; give a later end, or swap the two: {quoted(path)}",
            path=path,
        )
    return MediaFragment(path, start, end)


def seconds_text(seconds: Fraction) -> str:
    """Return exact seconds for an error text: ``10 s``, ``1001/30000 s``."""
    return f"{number_text(seconds).strip(chr(39))} s"


def _existing(text: str) -> str | None:
    """Return the path of the file that exists under a text, or None."""
    for path in dict.fromkeys((_after_scheme(text), _plain(text))):
        try:
            if path and Path(path).exists():
                return path
        except (OSError, ValueError):
            # Such a name is too long, or has a null in it.
            continue
    return None


def _file_before(text: str) -> tuple[str, str] | None:
    """Return the path before the last ``#`` before which a file exists, and what stands behind it; None without one."""
    at = text.rfind("#")
    while at >= 0:
        path = _existing(text[:at])
        if path is not None and not Path(path).is_dir():
            return path, text[at + 1 :]
        at = text.rfind("#", 0, at)
    return None


def _after_scheme(text: str) -> str:
    scheme = _FILE.match(text)
    return text if scheme is None else text[scheme.end() :]


def _plain(text: str) -> str:
    """Return the path of a text without fragment; that of a URL without its escapes and its host."""
    if not _FILE.match(text):
        return text
    path = _after_scheme(text)
    host = _HOST.match(path)
    return unquote(path if host is None else path[host.end() :])


def _times(fragment: str, path: str) -> tuple[Fraction | None, Fraction | None]:
    value = fragment.removeprefix("t=").removeprefix("npt:")
    first, _, second = value.partition(",")
    if fragment.startswith("t=") and (first or second):
        start, end = _time(first), _time(second)
        if (start is not None or not first) and (end is not None or not second):
            return start, end
    raise InvalidArgument(
        f"fragment must be t=start,end in seconds and nothing beside it, got {short_repr(fragment)}; write for instance "
        f"#t=1.5,3 or #t=00:01.5,00:03: {quoted(path)}",
        path=path,
    )


def _time(text: str) -> Fraction | None:
    """Return the exact seconds of a time, or None where the text is none."""
    if _NUMBER.fullmatch(text):
        try:
            return Fraction(text.rstrip("."))
        except ZeroDivisionError:
            return None
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return None
    hours, minutes, seconds = clock.groups()
    return 3600 * Fraction(hours or 0) + 60 * Fraction(minutes) + Fraction(seconds.rstrip("."))
