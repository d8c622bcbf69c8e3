"""Which media an annotation file is about: by what it says, else by its own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...errors import short_repr
from ...formats import AnnotationFile
from ..annotation_paths import is_table
from ..media_names import MediaFile, MediaMatch, MediaNames, fold_name, spellings, split_suffix

_LEFT_OUT = "its labels are left out"


def media_of_items(
    file: Path, reads: Sequence[AnnotationFile], files: Sequence[Path], media: MediaNames
) -> list[Mapping[str | None, str | None]]:
    """Return, for each part of an annotation file, the key of the media of each item of its segments; None is left out.

    Rows of a table say which media they are about. Other files name media, which win over the name of the file itself; where
    the folder has none of them, media of the file's own name are meant, if no folder contradicts.

    Args:
        file: The annotation file.
        reads: What was read of it: one part, or the tasks of Label Studio.
        files: All annotation files.
        media: The media; findings go to its collector.
    """
    if is_table(file):
        return [_of_rows(file, read, files, media) for read in reads]
    matches = media.match_all((name for read in reads for name in read.media), near=file)
    parts: list[Mapping[str | None, str | None]] = []
    for read in reads:
        items = dict.fromkeys(segment.item for segment in read.segments)
        named = [matches[name] for name in dict.fromkeys(read.media)]
        # The name of a file says nothing of one of several tasks.
        own = media.match_file(file, files) if len(reads) == 1 else MediaMatch(next(iter(items), None) or file.stem)
        key = _of_references(named, own, file, media) if items else None
        parts.append(dict.fromkeys(items, key))
    return parts


def _of_rows(
    file: Path, read: AnnotationFile, files: Sequence[Path], media: MediaNames
) -> Mapping[str | None, str | None]:
    names = dict.fromkeys(segment.item for segment in read.segments)
    matches = media.match_all((name for name in names if name is not None), near=file)
    return {
        name: media.accept(media.match_file(file, files) if name is None else matches[name], file.name, _LEFT_OUT)
        for name in names
    }


def _of_references(named: Sequence[MediaMatch], own: MediaMatch, file: Path, media: MediaNames) -> str | None:
    """Return the key of the media that a file names, or else of those of its own name."""
    if not named:
        return media.accept(own, file.name, _LEFT_OUT)
    meant = _first(named)
    if meant is not None and meant.file is not None:
        if own.file is not None and all(match.file is None or _contradicted(own, match.file) for match in named):
            what = f"it names {short_repr(meant.name)} as its media, and the folder has {own.file.within} too"
            fix = f"{meant.file.within} was taken; rename the file, or correct what it names"
            media.add("names_differ", file.name, what, fix, repaired=False)
        return media.accept(meant, file.name, _LEFT_OUT)
    doubtful = next((match for match in named if match.candidates or match.rival), None)
    if doubtful is not None:
        if own.file is not None and own.file in doubtful.candidates:
            return media.key(own.file)
        return media.accept(doubtful, file.name, _LEFT_OUT)
    if own.file is None or _contradicts(named, own):
        return media.accept(own if own.candidates else named[0], file.name, _LEFT_OUT)
    what = f"it names {short_repr(named[0].name)} as its media, which the folder does not have"
    media.add("names_differ", file.name, what, f"{own.file.within} of its own name was taken; check it", repaired=True)
    return media.accept(own, file.name, _LEFT_OUT)


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
