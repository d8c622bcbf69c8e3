"""Which media an annotation file is about: by what it says, else by its own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...errors import short_repr
from ...formats import AnnotationFile
from ..annotation_paths import is_table
from ..media_names import MediaFile, MediaMatch, MediaNames, fold_name, spellings, split_suffix
from .tiers import ReadFile

_LEFT_OUT = "its labels are left out"


def media_of_files(
    read: Sequence[ReadFile], files: Sequence[Path], media: MediaNames
) -> list[list[Mapping[str | None, str | None]]]:
    """Return, for each part of each annotation file, the key of the media of each item of its segments; None is left out.

    Rows of a table say which media they are about. Other files name media, which win over the name of the file itself; where
    the folder has none of them, media of the file's own name are meant, if no folder contradicts. Names of two files that
    contradict each other never mean one media file.

    Args:
        read: The annotation files that were read.
        files: All annotation files.
        media: The media; findings go to its collector.
    """
    names = {file.path: _names(file) for file in read}
    found = media.match_files(names)
    return [_of_file(file, found[file.path], files, media) for file in read]


def _names(file: ReadFile) -> list[str]:
    """Return the names of media that an annotation file gives."""
    if is_table(file.path):
        return [each.item for part in file.parts for each in part.segments if each.item is not None]
    return [name for part in file.parts for name in part.media]


def _of_file(
    file: ReadFile, matches: Mapping[str, MediaMatch], files: Sequence[Path], media: MediaNames
) -> list[Mapping[str | None, str | None]]:
    if is_table(file.path):
        return [_of_rows(file, part, matches, files, media) for part in file.parts]
    parts: list[Mapping[str | None, str | None]] = []
    for part in file.parts:
        items = dict.fromkeys(segment.item for segment in part.segments)
        named = [matches[name] for name in dict.fromkeys(part.media)]
        # The name of a file says nothing of one of several tasks.
        is_only = len(file.parts) == 1
        own = media.match_file(file.path, files) if is_only else MediaMatch(next(iter(items), None) or file.path.stem)
        key = _of_references(named, own, file.name, media) if items else None
        parts.append(dict.fromkeys(items, key))
    return parts


def _of_rows(
    file: ReadFile, part: AnnotationFile, matches: Mapping[str, MediaMatch], files: Sequence[Path], media: MediaNames
) -> Mapping[str | None, str | None]:
    return {
        name: media.accept(media.match_file(file.path, files) if name is None else matches[name], file.name, _LEFT_OUT)
        for name in dict.fromkeys(segment.item for segment in part.segments)
    }


def _of_references(named: Sequence[MediaMatch], own: MediaMatch, where: str, media: MediaNames) -> str | None:
    """Return the key of the media that a file names, or else of those of its own name."""
    if not named:
        return media.accept(own, where, _LEFT_OUT)
    meant = _first(named)
    if meant is not None and meant.file is not None:
        if own.file is not None and all(match.file is None or _contradicted(own, match.file) for match in named):
            what = f"it names {short_repr(meant.name)} as its media, and the folder has {own.file.within} too"
            fix = f"{meant.file.within} was taken; rename the file, or correct what it names"
            media.add("names_differ", where, what, fix, repaired=False)
        return media.accept(meant, where, _LEFT_OUT)
    doubtful = next((match for match in named if match.candidates or match.rival or match.astray), None)
    if doubtful is not None:
        if own.file is not None and own.file in doubtful.candidates:
            return media.key(own.file)
        return media.accept(doubtful, where, _LEFT_OUT)
    if own.file is None or _contradicts(named, own):
        return media.accept(own if own.candidates else named[0], where, _LEFT_OUT)
    what = f"it names {short_repr(named[0].name)} as its media, which the folder does not have"
    media.add("names_differ", where, what, f"{own.file.within} of its own name was taken; check it", repaired=True)
    return media.accept(own, where, _LEFT_OUT)


def _first(named: Sequence[MediaMatch]) -> MediaMatch | None:
    """Return the first that means media, or the video of its name if both are named."""
    meant = next((match for match in named if match.file is not None), None)
    if meant is None or meant.file is None:
        return None
    same = [match for match in named if match.file is not None and not _differ(match.file, meant.file)]
    return next((match for match in same if match.file is not None and match.file.has_frames), meant)


def _contradicted(own: MediaMatch, file: MediaFile) -> bool:
    """Return whether the name of an annotation file, or the folder that it lies in, says another file than the one it names."""
    if own.file is None or file in own.audio:
        return False
    return fold_name(own.file.stem) != fold_name(file.stem) or (own.located and _differ(own.file, file))


def _differ(one: MediaFile, other: MediaFile) -> bool:
    """Return whether two files are not one recording: audio beside a video of its name is the same one."""
    return (one.folders, fold_name(one.stem)) != (other.folders, fold_name(other.stem))


def _contradicts(named: Sequence[MediaMatch], own: MediaMatch) -> bool:
    """Return whether a file names media of its own name in another folder, and does not lie as the media do."""
    stems = {fold_name(split_suffix(each.name)[0]) for match in named for each in spellings(match.name)}
    return own.file is not None and fold_name(own.file.stem) in stems and not own.located
