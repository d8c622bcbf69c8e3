"""The local media of an item: where a page finds them, their thumbnails and envelope, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from ....errors import EmosError
from ....media import Media
from ...formatting import count_text, decimal_text
from .envelope import Envelope, read_envelope
from .thumbnails import Strip, read_strip

T = TypeVar("T")

LONGER = Fraction(1, 2)
"""Seconds by which media may be longer or shorter than their item without a remark."""
NO_MEDIA = "No media of this item were found: its lanes stand without thumbnails, waveform and player."


@dataclass(frozen=True, slots=True, eq=False)
class ItemMedia:
    """What a timeline has of local media.

    Attributes:
        src: Where the page finds the file: relative to its folder where it can, else a ``file:`` address; None where there is
            no file that can be read.
        has_video: Whether it has frames to play.
        start: Container time of the first moment, in seconds: players that keep times of the file count from there.
        strip: Thumbnails; None without frames, or where none were asked for.
        envelope: The envelope of the audio, or None.
        notes: What is missing or wrong, each a sentence.
    """

    src: str | None = None
    has_video: bool = False
    start: Fraction = Fraction(0)
    strip: Strip | None = None
    envelope: Envelope | None = None
    notes: tuple[str, ...] = ()


def read_item_media(path: Path | None, duration: Fraction, folder: Path, *, frames: bool = True) -> ItemMedia:
    """Return what a timeline has of the media of an item; what cannot be read is a note, never an error.

    Args:
        path: The local file; None where there is none.
        duration: Seconds of the item.
        folder: The folder of the page.
        frames: Whether thumbnails are wanted.

    Cost: the audio is decoded once, part by part; a thumbnail costs what lies between two keyframes.
    """
    if path is None:
        return ItemMedia(notes=(NO_MEDIA,))
    notes: list[str] = []
    metadata = _read(lambda: Media(path, on_error="mask").metadata, "The media cannot be read", notes)
    if metadata is None:
        return ItemMedia(notes=tuple(notes))
    if duration <= 0:
        return ItemMedia(media_address(path, folder), metadata.video is not None, metadata.start_offset)
    if abs(metadata.duration - duration) > LONGER:
        lengths = f"The media last {decimal_text(metadata.duration)} s, and the item {decimal_text(duration)} s"
        notes.append(f"{lengths}: this timeline has the time of the item.")
    notes += [f"The media are odd: {warning}." for warning in metadata.warnings]
    strip = envelope = None
    if metadata.video is None:
        notes.append("The media have no video track.")
    elif frames:
        strip = _read(
            lambda: read_strip(Media(path, on_error="mask", audio=False), duration), "Frames cannot be read", notes
        )
    if metadata.audio is None:
        notes.append("The media have no audio track.")
    else:
        envelope = _read(
            lambda: read_envelope(Media(path, on_error="mask", video=False), duration), "Audio cannot be read", notes
        )
    notes += _damage(strip, envelope)
    return ItemMedia(
        media_address(path, folder), metadata.video is not None, metadata.start_offset, strip, envelope, tuple(notes)
    )


def media_address(path: Path, folder: Path) -> str:
    """Return where a page in a folder finds a local file: a relative address, else (another drive) a ``file:`` one.

    Example:
        >>> media_address(Path("/data/a b/#1.mp4"), Path("/data/reports"))
        './../a%20b/%231.mp4'
    """
    try:
        relative = os.path.relpath(path.absolute(), folder.absolute())
    except ValueError:
        return path.absolute().as_uri()
    # The dot keeps a colon of a name from being read as a scheme.
    return f"./{quote(os.fsencode(relative.replace(os.sep, '/')))}"


def _read(read: Callable[[], T], what: str, notes: list[str]) -> T | None:
    """Return what is read; None and a note where that fails."""
    try:
        return read()
    except EmosError as error:
        notes.append(f"{what}: {error}.")
        return None


def _damage(strip: Strip | None, envelope: Envelope | None) -> list[str]:
    notes = []
    if strip is not None and (missing := strip.valid.count(False)):
        notes.append(f"{count_text(missing, 'thumbnail')} of {len(strip.valid)} missing: nothing is on screen there.")
    if strip is not None and (damaged := strip.damaged.count(True)):
        notes.append(f"{count_text(damaged, 'thumbnail')} of {len(strip.damaged)} damaged.")
    if envelope is not None and envelope.num_damaged:
        notes.append(f"{count_text(envelope.num_damaged, 'sample')} of the audio damaged or lost to damage.")
    return notes
