"""Which media file of a folder a name means: an exact name wins, and a name that says more than a file has must agree."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import short_repr
from ..findings import FindingCollector
from .files import media_files
from .index import (
    NAME_FORMS,
    MediaFile,
    MediaIndex,
    best_of,
    families_of,
    fold_name,
    lying_alike,
    media_keys,
)
from .layout import AnnotationLayout, normal, sharing_most
from .spellings import Spelling, spellings, uploaded_name
from .suffixes import split_suffix

_NUM_LISTED = 3
_NUM_HINTS = 20
"""Names for which the nearest one is looked up; each look-up compares with every file."""


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
        rival: Another name that would mean the same file, and contradicts this one.
        located: Whether the folders that an annotation file lies in say that the media are meant.
    """

    name: str
    file: MediaFile | None = None
    candidates: tuple[MediaFile, ...] = ()
    audio: tuple[MediaFile, ...] = ()
    spelling: Spelling | None = None
    other_suffix: bool = False
    rival: str | None = None
    located: bool = False


class MediaNames:
    """Media of a folder, found by the names that rows and annotation files give.

    The key of a file is its path within the folder without suffix. Where files of one folder have one name, that key is of the
    only one with frames, and the keys of the others have their suffixes.

    Args:
        folder: The folder; everything under it is searched.
        findings: Takes what is doubtful.
    """

    def __init__(self, folder: Path, findings: FindingCollector) -> None:
        self._findings = findings
        self._folder = normal(folder)
        self._own_folders = {self._folder.parts[1:], folder.resolve().parts[1:]}
        files = [MediaFile.within_folder(path, folder) for path in media_files(folder, findings)]
        self._indices = [MediaIndex(files, form) for form in NAME_FORMS]
        self._uploads = MediaIndex(files, lambda name: fold_name(uploaded_name(name)))
        self._keys = media_keys(files)
        self._files = {key: file for file, key in self._keys.items()}
        self._beside = {
            file for family in families_of(files) if (best := best_of(family)) for file in family if file is not best
        }
        self._layout: AnnotationLayout | None = None
        self._num_hints = 0
        self._added: set[tuple[str, ...]] = set()
        self._matches: dict[tuple[str, Path | None], MediaMatch] = {}
        if self._beside:
            first = min(self._beside, key=lambda file: file.within)
            number = f"{len(self._beside)} audio files lie" if len(self._beside) > 1 else "1 audio file lies"
            fix = "a name without suffix means the video; name the audio with its suffix"
            findings.add(
                "same_name", self._folder.name, f"{number} beside a video of the same name, {first.within} first", fix
            )

    def all(self) -> list[str]:
        """Return the keys of all media, save audio that lies beside a video of the same name."""
        return [key for key, file in self._files.items() if file not in self._beside]

    def path(self, key: str) -> Path:
        """Return the file of a key."""
        return self._files[key].path

    def key(self, file: MediaFile) -> str:
        """Return the key of a file."""
        return self._keys[file]

    def match(self, name: str, *, near: Path | None = None) -> MediaMatch:
        """Return what a name means.

        Tried in this order, each with names as they are, then in one Unicode form, then without letter case: the path within
        the folder; the same without suffix; the name; the name without suffix. Folders that the name has beyond those
        of a file, or a file beyond those of the name, are no contradiction; any others are. The most folders in common win.
        Then come the same steps for the other ways to read the name (`spellings`), and last another suffix.

        Args:
            name: A name or a path, as a row or an annotation file has it.
            near: The annotation file. Of files that fit equally, the one that lies as it does is meant; a path within its own
                folder of the media is as exact as one within the folder of all media.
        """
        where = None if near is None else normal(near).parent
        if (name, where) not in self._matches:
            self._matches[name, where] = self._match(name, where)
        return self._matches[name, where]

    def match_file(self, file: Path, files: Sequence[Path]) -> MediaMatch:
        """Return which media an annotation file is about by its own name, and by the folders that it lies in.

        Media of its name that lie in folders of the same names are meant, be it beside the file or in another tree. Else its
        name alone counts, but never for media of another folder where folders of annotations are named as those of media are.

        Args:
            file: The annotation file.
            files: All annotation files.
        """
        if self._layout is None or self._layout.files is not files:
            self._layout = AnnotationLayout(files, self._folder, self._keys)
        where = normal(file).parent
        for index in self._indices:
            if alike := lying_alike(index.anywhere(file.stem), where):
                return _chosen(MediaMatch(file.stem, located=True), alike)
        match = self.match(file.stem, near=file)
        if match.file is None or not self._layout.speaks(file):
            return match
        if self._layout.num_shared(match.file, file) or not match.file.folders:
            return replace(match, located=True)
        return MediaMatch("/".join((where.name, file.stem)))

    def match_all(self, names: Iterable[str], *, near: Path | None = None) -> dict[str, MediaMatch]:
        """Return what the names of one annotation file mean; names that contradict each other never mean one file.

        ``spk1/a.mp4`` and ``spk2/a.mp4`` of one table are two files: if both would be ``a.mp4``, neither is.
        """
        matches = {name: self.match(name, near=near) for name in dict.fromkeys(names)}
        by_file: dict[MediaFile, list[MediaMatch]] = defaultdict(list)
        for match in matches.values():
            if match.file is not None:
                by_file[match.file].append(match)
        for same in by_file.values():
            for one in same if len(same) > 1 else ():
                rival = next((other for other in same if _contradict(one, other, self._folder.name)), None)
                if rival is not None:
                    matches[one.name] = MediaMatch(one.name, spelling=one.spelling, rival=rival.name)
        return matches

    def accept(self, match: MediaMatch, where: str, left_out: str) -> str | None:
        """Return the key of the file that is meant, or None with a finding.

        Args:
            match: From `match` or `match_all`.
            where: Where the name stands.
            left_out: What is left out where it means no file, such as ``"the row is left out"``.
        """
        written = short_repr(match.name)
        if match.file is not None:
            if match.other_suffix:
                what = f"{written} is not in the folder, {match.file.within} is the only file of that name"
                self.add(
                    "other_suffix", where, what, "it was taken; correct the name if it is another one", once=written
                )
            if match.audio:
                what = f"{written} is {match.file.within}, and the name of {_listed(match.audio)} too"
                self.add("same_name", where, what, "the video was taken; name the folder for the audio", once=written)
            return self._keys[match.file]
        if match.rival is not None:
            what = f"{written} and {short_repr(match.rival)} contradict each other, and one media file fits both"
            self.add("ambiguous_media", where, what, f"{left_out}; keep the media of each in a folder of its own")
        elif match.candidates:
            what = f"{written} fits {len(match.candidates)} media files: {_listed(match.candidates)}"
            self.add("ambiguous_media", where, what, f"{left_out}; name the folder and the suffix")
        else:
            what = f"{written} is no media file of the folder{self._hint(match.name)}"
            self.add("unknown_media", where, what, f"{left_out}; correct the name")
        return None

    def add(
        self, code: str, where: str, what: str, fix: str, *, once: str | None = None, repaired: bool | None = None
    ) -> None:
        """Make a finding, once for each place and text, or once for a name."""
        mark = (code, where, what) if once is None else (code, once)
        if mark not in self._added:
            self._added.add(mark)
            self._findings.add(code, where, what, fix, repaired=repaired)

    def _match(self, name: str, near: Path | None) -> MediaMatch:
        ways = self._spellings(name)
        for spelling in ways:
            if found := self._find(spelling):
                found += [file for file in self._beside_annotations(spelling, near) if file not in found]
                return _chosen(MediaMatch(name, spelling=spelling), self._near(found, near))
        for spelling in ways:
            stem, suffix = split_suffix(spelling.name)
            for index in self._indices if suffix else ():
                if found := index.agreeing(stem, spelling.folders):
                    return _chosen(MediaMatch(name, spelling=spelling, other_suffix=True), self._near(found, near))
        return MediaMatch(name)

    def _find(self, spelling: Spelling) -> list[MediaFile]:
        """Return the files that a spelling means equally well."""
        indices = self._indices if spelling.upload is None else [*self._indices, self._uploads]
        for step in (MediaIndex.by_path, MediaIndex.by_stem_path, MediaIndex.by_name, MediaIndex.by_stem):
            for index in indices:
                if found := step(index, spelling):
                    return found
        return []

    def _spellings(self, name: str) -> list[Spelling]:
        """Return the ways to read a name; one through the folder itself is first the path within it."""
        ways = spellings(name)
        within = [
            Spelling(way.folders[len(own) :], way.name)
            for way in ways
            for own in self._own_folders
            if not way.relative and way.folders[: len(own)] == own
        ]
        return [*within, *ways]

    def _beside_annotations(self, spelling: Spelling, near: Path | None) -> list[MediaFile]:
        """Return the file that a path means from the folder of the annotations, if that is one within the media."""
        if near is None or near == self._folder or not near.is_relative_to(self._folder):
            return []
        path = Spelling((*near.relative_to(self._folder).parts, *spelling.folders), spelling.name)
        steps = (MediaIndex.by_path, MediaIndex.by_stem_path)
        return next((found for step in steps for index in self._indices if (found := step(index, path))), [])

    def _near(self, found: Sequence[MediaFile], near: Path | None) -> Sequence[MediaFile]:
        """Return, of files that fit equally, those that lie as annotations do."""
        if len(found) == 1 or near is None or not all(file.folders for file in found):
            return found
        return lying_alike(found, near) or sharing_most(found, near, self._folder)

    def _hint(self, name: str) -> str:
        """Say which file has the nearest name, if there is one."""
        last = next((each.name for each in reversed(spellings(name))), "")
        folded = self._indices[-1]
        elsewhere = folded.named(last) or folded.named(split_suffix(last)[0], stems=True)
        if elsewhere:
            return f", and {_listed(elsewhere)} {'lies' if len(elsewhere) == 1 else 'lie'} in another folder"
        if self._num_hints >= _NUM_HINTS:
            return ""
        self._num_hints += 1
        # A language or a version is no suffix of media: talk.en.srt is not cut, but talk.mp4 is near.
        if shorter := folded.named(last.split(".")[0], stems=True):
            return f", the nearest name is {short_repr(shorter[0].within)}"
        names = {fold_name(each): file for file in self._keys for each in (file.stem, file.name)}
        near = difflib.get_close_matches(fold_name(last)[:255], names, n=1, cutoff=0.75)
        return f", the nearest name is {short_repr(names[near[0]].within)}" if near else ""


def _chosen(match: MediaMatch, found: Sequence[MediaFile]) -> MediaMatch:
    """Return a match with the only file, or the only one with frames; else with all as candidates."""
    best = best_of(found) if len(found) == 1 or not match.other_suffix else None
    if best is None:
        return replace(match, candidates=tuple(found))
    return replace(match, file=best, audio=tuple(file for file in found if file is not best))


def _contradict(one: MediaMatch, other: MediaMatch, own_name: str) -> bool:
    """Return whether two names of one media file must be of two.

    They are uploads of their own; or relative paths through other folders; or absolute paths through two folders of one folder.
    Of absolute paths in general nothing can be said: they may be of two machines.
    """
    assert one.spelling and other.spelling and one.file
    if one.spelling.upload and other.spelling.upload:
        return one.spelling.upload != other.spelling.upload
    beyond = [
        tuple(map(fold_name, each.folders[: max(0, len(each.folders) - len(one.file.folders))]))
        for each in (one.spelling, other.spelling)
    ]
    number = min(map(len, beyond))
    if number == 0 or one.spelling.relative != other.spelling.relative:
        return False
    if one.spelling.relative:
        ends = [each[-number:] for each in beyond]
        return ends[0] != ends[1] and all(each[-1] != fold_name(own_name) for each in beyond)
    return number > 1 and beyond[0][:-1] == beyond[1][:-1] and beyond[0] != beyond[1]


def _listed(files: Sequence[MediaFile]) -> str:
    named = ", ".join(file.within for file in files[:_NUM_LISTED])
    return f"{named} and {len(files) - _NUM_LISTED} more" if len(files) > _NUM_LISTED else named
