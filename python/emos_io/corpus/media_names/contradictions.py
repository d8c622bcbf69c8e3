"""Names that cannot all mean the media file that each of them fits: they contradict each other, or one of them is exact."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from .index import MediaFile, fold_name
from .match import MediaMatch

_Source = TypeVar("_Source", bound=Hashable)

_HOMES = {("home",), ("users",), ("volumes",)}
"""Folders whose folders are those of people or disks: two annotation files may be from two machines."""


@dataclass(frozen=True, slots=True)
class _Way:
    """The folders through which a name leads to a media file, beyond those that the file has."""

    beyond: tuple[str, ...]
    relative: bool
    is_upload: bool


def settle(matches: Mapping[_Source, dict[str, MediaMatch]], own_name: str) -> None:
    """Take the media file from names that contradict each other, and from guesses where another name is exact.

    Args:
        matches: What each name means by itself, by the annotation file that it stands in; changed in place.
        own_name: The name of the folder of media.
    """
    for named in matches.values():
        _prefer_exact(named)
    by_media: dict[MediaFile, list[tuple[_Source, MediaMatch]]] = defaultdict(list)
    for source, named in matches.items():
        for match in named.values():
            if match.file is not None:
                by_media[match.file].append((source, match))
    for same in by_media.values():
        for source, match, rival in _contradicting(same, own_name) if len(same) > 1 else ():
            matches[source][match.name] = MediaMatch(match.name, spelling=match.spelling, rival=rival)


def _prefer_exact(named: dict[str, MediaMatch]) -> None:
    """Take a media file from names of one annotation file that only may mean it, where another one means it as it is written.

    Those have another suffix, the sign of an upload of Label Studio, or escapes that a plain name needs not have.
    """
    exact: dict[MediaFile, str] = {}
    for match in named.values():
        if match.file is not None and not _is_guess(match):
            exact.setdefault(match.file, match.name)
    for name, match in named.items():
        if match.file in exact and _is_guess(match):
            named[name] = replace(
                match, file=None, audio=(), candidates=(), other_suffix=False, exact=exact[match.file]
            )


def _is_guess(match: MediaMatch) -> bool:
    spelling = match.spelling
    return match.other_suffix or (spelling is not None and (spelling.upload is not None or spelling.guessed))


def _contradicting(
    same: Sequence[tuple[_Source, MediaMatch]], own_name: str
) -> Iterator[tuple[_Source, MediaMatch, str]]:
    """Yield the names of one media file that must be of two, each with a rival.

    They are uploads of their own in one annotation file; or relative paths through other folders; or absolute paths through two
    folders of one folder. Of absolute paths in general nothing can be said: they may be of two machines. Uploads of two
    annotation files may be of two projects.
    """
    ways: dict[_Way, dict[_Source, list[MediaMatch]]] = defaultdict(lambda: defaultdict(list))
    for source, match in same:
        ways[_way(match)][source].append(match)
    rivals: dict[tuple[_Source, str], str] = {}
    matches = {(source, match.name): match for source, match in same}
    for one, other in itertools.combinations(ways, 2):
        if (one.is_upload and other.is_upload) or not _contradict(one, other, own_name):
            continue
        of_homes = not one.relative and tuple(part for part in one.beyond[:-1] if not part.endswith(":")) in _HOMES
        for mine, theirs in ((ways[one], ways[other]), (ways[other], ways[one])):
            first = next(iter(theirs.values()))[0].name
            for source, named in mine.items():
                if source in theirs or not of_homes:
                    rival = theirs[source][0].name if source in theirs else first
                    for match in named:
                        rivals.setdefault((source, match.name), rival)
    uploads: dict[_Source, list[MediaMatch]] = defaultdict(list)
    for source, match in same:
        if match.spelling and match.spelling.upload:
            uploads[source].append(match)
    for source, named in uploads.items():
        _add_uploads(source, named, rivals)
    for (source, name), rival in rivals.items():
        yield source, matches[source, name], rival


def _add_uploads(source: _Source, named: Sequence[MediaMatch], rivals: dict[tuple[_Source, str], str]) -> None:
    by_upload: dict[str, str] = {}
    for match in named:
        by_upload.setdefault((match.spelling and match.spelling.upload) or "", match.name)
    for match in named if len(by_upload) > 1 else ():
        own = (match.spelling and match.spelling.upload) or ""
        rivals.setdefault((source, match.name), next(name for upload, name in by_upload.items() if upload != own))


def _way(match: MediaMatch) -> _Way:
    assert match.spelling and match.file
    folders = match.spelling.folders
    beyond = folders[: max(0, len(folders) - len(match.file.folders))]
    return _Way(tuple(map(fold_name, beyond)), match.spelling.relative, match.spelling.upload is not None)


def _contradict(one: _Way, other: _Way, own_name: str) -> bool:
    number = min(len(one.beyond), len(other.beyond))
    if number == 0 or one.relative != other.relative:
        return False
    if one.relative:
        ends = one.beyond[-number:] != other.beyond[-number:]
        return ends and all(each.beyond[-1] != fold_name(own_name) for each in (one, other))
    if any(each.beyond[-1].endswith(":") for each in (one, other)):
        # Disks are no folders of one folder.
        return False
    return number > 1 and one.beyond[:-1] == other.beyond[:-1] and one.beyond != other.beyond
