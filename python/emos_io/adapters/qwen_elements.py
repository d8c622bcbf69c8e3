"""What an element of a conversation of qwen utils asks of a file: which seconds, and what is done where it lacks some."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np

from .._checks import choice
from ..errors import InvalidArgument, InvalidSpan, NoSuchTrack, TimeOutOfRange, quoted, short_repr
from ..media import AudioTrack, Media, VideoTrack
from ..spans import Span, exact_seconds
from .media_fragments import MediaFragment, is_url, parse_fragment, seconds_text

Pad = Literal["repeat_last"]
SilentAudio = Literal["raise", "silence"]
Element: TypeAlias = Mapping[str, object]
"""One entry of the ``content`` of a message, such as ``{"type": "video", "video": "clip.mp4#t=1,3", "fps": 2}``."""

_OPEN_FILES = 2
"""Audio and frames of an element are read by two calls; more open files would keep more decoded audio in memory."""


@dataclass(frozen=True, slots=True)
class QwenOptions:
    """What is done where a file lacks what an element asks for; an element may have the same keys of its own.

    Attributes:
        pad: ``"repeat_last"``, or None, which raises.
        missing_audio: ``"silence"`` or ``"raise"``.
    """

    pad: Pad | None = None
    missing_audio: SilentAudio = "raise"

    def of_element(self, element: Element) -> QwenOptions:
        """Return the options with the keys of an element in their stead.

        Raises:
            InvalidArgument: A key has a value that is not allowed.
        """
        own = {name: element[name] for name in ("pad", "missing_audio") if name in element}
        return replace(self, **own).checked() if own else self  # type: ignore[arg-type]

    def checked(self) -> QwenOptions:
        """Return the options.

        Raises:
            InvalidArgument: One of them is not allowed.
        """
        if self.pad is not None:
            choice(self.pad, get_args(Pad), "pad", "leave it out for an error where frames are missing")
        choice(self.missing_audio, get_args(SilentAudio), "missing_audio")
        return self


@dataclass(frozen=True, slots=True)
class Asked:
    """Which seconds of an open file an element asks for.

    Attributes:
        media: The file.
        path: The file, as errors name it.
        start: Media time, or None for the beginning of the track.
        end: Media time, or None for the end of the track.
        options: What is done where the file lacks some of it.
    """

    media: Media
    path: str
    start: Fraction | None
    end: Fraction | None
    options: QwenOptions

    @property
    def repeats_last(self) -> bool:
        """Whether the last frame is repeated where frames are missing."""
        return self.options.pad is not None

    def video_track(self) -> VideoTrack:
        """Return the video track.

        Raises:
            NoSuchTrack: There is none, or it has no frames.
        """
        track = self.media.metadata.video
        if track is None or track.num_frames == 0:
            raise NoSuchTrack(
                f'there is no video track; give a video, or an element of type "audio": {quoted(self.path)}',
                path=self.path,
            )
        return track

    def audio_track(self) -> AudioTrack | None:
        """Return the audio track, or None where there is none, or none with a sample."""
        track = self.media.metadata.audio
        return None if track is None or track.start is None or track.end is None else track

    def span(self, start: Fraction, end: Fraction) -> Span:
        """Return the span that is asked for, where its ends that are left out are `start` and `end`.

        Raises:
            TimeOutOfRange: It begins at the end or later; it ends later, and nothing is repeated.
        """
        first = start if self.start is None else self.start
        media_end = max(self.media.metadata.duration, end)
        last, bound = (end, end) if self.end is None else (self.end, media_end)
        if first >= bound:
            raise TimeOutOfRange(
                f"start must be before the end, {seconds_text(bound)}, got {seconds_text(first)}; begin earlier: "
                f"{quoted(self.path)}",
                path=self.path,
            )
        if last > media_end and not self.repeats_last:
            raise TimeOutOfRange(
                f"end must be at most that of the media, {seconds_text(media_end)}, got {seconds_text(last)}; end earlier, "
                f'leave the end out, or give pad="repeat_last": {quoted(self.path)}',
                path=self.path,
            )
        if last <= first:
            raise TimeOutOfRange(
                f"end must be after the start of the track, {seconds_text(first)}, got {seconds_text(last)}; end later: "
                f"{quoted(self.path)}",
                path=self.path,
            )
        return Span(first, last)


def local_file(source: object) -> str | None:
    """Return the text of a source that is a file of this machine; None for URLs, arrays, lists of images and the rest."""
    text = os.fspath(source) if isinstance(source, os.PathLike) else source
    return text if isinstance(text, str) and not is_url(text) else None


def check_source(source: object, kind: Literal["video", "audio"], *, heard: bool = False) -> None:
    """Check that what an element names is of a type that can be read, here or by the libraries.

    Args:
        source: What the element has for its kind.
        kind: The type of the element.
        heard: Its audio is read: a video must be a file then.

    Raises:
        InvalidArgument: It is of another type.
    """
    if isinstance(os.fspath(source) if isinstance(source, os.PathLike) else source, str):
        return
    if kind == "audio":
        if not isinstance(source, np.ndarray):
            raise InvalidArgument(
                f"audio must be a path, a URL or an array, got {short_repr(source)}; give such as 'clip.wav#t=1,3'"
            )
    elif heard:
        raise InvalidArgument(
            f"video must be a path or a URL with use_audio_in_video=True, got {short_repr(source)}; give a file, or "
            "use_audio_in_video=False"
        )
    elif not isinstance(source, list | tuple):
        raise InvalidArgument(
            f"video must be a path, a URL or a list of images, got {short_repr(source)}; give such as 'clip.mp4#t=1,3'"
        )


def ask_of(element: Element, source: str, kind: Literal["video", "audio"], options: QwenOptions) -> Asked:
    """Open the file of an element.

    Args:
        element: The element.
        source: Its path, with a fragment or without.
        kind: Whether its times are ``video_start`` and ``video_end``, or ``audio_start`` and ``audio_end``.
        options: What is done where the file lacks something, unless the element says so itself.

    Raises:
        EmosError: As of `Media`; or a time is none, ends before it starts, or is given twice.
    """
    fragment = parse_fragment(source)
    with naming(fragment.path):
        start, end = _times(element, fragment, kind)
        own = options.of_element(element)
    return Asked(_opened(fragment.path), fragment.path, start, end, own)


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Let errors about an element name its file: at the end of the text, and as `path`."""
    try:
        yield
    except InvalidArgument as error:
        if error.path is None:
            error.args, error.path = (f"{error}: {quoted(path)}",), path
        raise


def _times(element: Element, fragment: MediaFragment, kind: str) -> tuple[Fraction | None, Fraction | None]:
    names = (f"{kind}_start", f"{kind}_end")
    given = {name: value for name in names if (value := element.get(name)) is not None}
    if not given:
        return fragment.start, fragment.end
    if fragment.names_time:
        raise InvalidArgument(
            f"times must be in the fragment or in {names[0]} and {names[1]}, got both; leave one out: {quoted(fragment.path)}",
            path=fragment.path,
        )
    # Checks each of them, whatever its type.
    start, end = (exact_seconds(given[name], name=name) if name in given else None for name in names)  # type: ignore[arg-type]
    if start is not None and start < 0:
        raise InvalidArgument(
            f"{names[0]} must be 0 or more, got {short_repr(given[names[0]])}; media time begins at 0: {quoted(fragment.path)}",
            path=fragment.path,
        )
    if end is not None and end <= (start or 0):
        raise InvalidSpan(
            f"{names[1]} must be after {names[0]}, {seconds_text(start or Fraction(0))}, got {seconds_text(end)}; give a later "
            f"end, or swap the two: {quoted(fragment.path)}",
            path=fragment.path,
        )
    return start, end


def _opened(path: str) -> Media:
    """Return the open file of a path; the last ones stay open until they change."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        # Says it better.
        return Media(path)
    return _remembered(path, status.st_ino, status.st_size, status.st_mtime_ns)


@lru_cache(_OPEN_FILES)
def _remembered(path: str, *_state: int) -> Media:
    return Media(path)


def close_files() -> None:
    """Let go of the files that are still open."""
    _remembered.cache_clear()
