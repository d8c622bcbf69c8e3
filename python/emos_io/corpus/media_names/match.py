"""What a name means: a media file, several that fit, or none, and why."""

from __future__ import annotations

from dataclasses import dataclass

from .index import MediaFile
from .layout import Astray
from .spellings import Spelling


@dataclass(frozen=True, slots=True)
class MediaMatch:
    """What a name means.

    Attributes:
        name: The name as written.
        file: The file that is meant, or None.
        candidates: Files that fit equally, where there are several.
        audio: Audio files in other folders that have the name too, where the file is the only one with frames.
        spelling: How the name was read.
        other_suffix: Whether the file has another suffix than the name.
        rival: Another name that would mean the same file, and contradicts this one; maybe of another annotation file.
        located: Whether the folders that an annotation file lies in say that the media are meant.
        astray: What the folder of the annotation file has against the file of this name.
        exact: Another name of the same annotation file that means the file as it is written, where this one only may.
    """

    name: str
    file: MediaFile | None = None
    candidates: tuple[MediaFile, ...] = ()
    audio: tuple[MediaFile, ...] = ()
    spelling: Spelling | None = None
    other_suffix: bool = False
    rival: str | None = None
    located: bool = False
    astray: Astray | None = None
    exact: str | None = None
