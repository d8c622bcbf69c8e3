"""Which media file of a folder a name means: an exact name wins, and a name that says more than a file has must agree."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ...errors import short_repr
from ..findings import FindingCollector
from .contradictions import settle
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
from .layout import AnnotationLayout, normal
from .match import MediaMatch
from .spellings import Spelling, spellings, uploaded_name
from .suffixes import split_suffix

_Source = TypeVar("_Source", bound=Path | None)

_NUM_LISTED = 3
_NUM_HINTS = 20
"""Names for which the nearest one is looked up; each look-up compares with every file."""


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
        self._folders = self._layout = AnnotationLayout((), self._folder, files)
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

        Media of its name that lie in folders of the same names are meant, be it beside the file or in another tree; else those
        that share the most folders with it. Else its name alone counts, but never for media of another folder than that which
        the folders of annotations say (`AnnotationLayout`).

        Args:
            file: The annotation file.
            files: All annotation files.
        """
        layout, where = self._layout_of(files), normal(file).parent
        for index in self._indices:
            alike = [each for each in index.anywhere(file.stem) if layout.astray(each, where) is None]
            if found := lying_alike(alike, where):
                return _chosen(MediaMatch(file.stem, located=True), found)
        for index in self._indices:
            if found := layout.sharing(index.anywhere(file.stem), where):
                return _chosen(MediaMatch(file.stem, located=True), found)
        match = self.match(file.stem, near=file)
        fitting = match.candidates if match.file is None else (match.file,)
        against = {each: layout.astray(each, where) for each in fitting}
        left = [each for each, astray in against.items() if astray is None]
        if fitting and not left:
            astray = next(each for each in against.values() if each)
            return MediaMatch("/".join((astray.folder, file.stem)))
        if match.file is not None:
            return replace(match, located=not match.file.folders and layout.says(where))
        return _chosen(replace(match, candidates=()), left) if left else match

    def match_all(self, names: Iterable[str], *, near: Path | None = None) -> dict[str, MediaMatch]:
        """Return what the names of one annotation file mean: `match_files` of one."""
        return self.match_files({near: names})[near]

    def match_files(self, names: Mapping[_Source, Iterable[str]]) -> dict[_Source, dict[str, MediaMatch]]:
        """Return what the names of annotation files mean; names that contradict each other never mean one file.

        ``spk1/a.mp4`` and ``spk2/a.mp4`` are two files: if both would be ``a.mp4``, neither is. Where a name of one annotation
        file is exact, another one that only may mean that file does not. A name without folders never means media of another
        folder of media than that which the annotation file lies in.

        Args:
            names: The names by annotation file; None is one that lies nowhere.
        """
        layout = self._layout_of([file for file in names if file is not None])
        found = {
            file: {name: self._not_astray(self.match(name, near=file), file, layout) for name in dict.fromkeys(own)}
            for file, own in names.items()
        }
        settle(found, self._folder.name)
        return found

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
            if match.astray is not None:
                what = f"{written} is {match.file.within}, and the annotations lie in {match.astray.folder}"
                self.add("names_differ", where, what, "it was taken; write its folder before the name", repaired=True)
            return self._keys[match.file]
        if match.exact is not None:
            what = (
                f"{written} is no media file of the folder, and {short_repr(match.exact)} names the one that it is like"
            )
            self.add("unknown_media", where, what, f"{left_out}; correct the name")
        elif match.astray is not None:
            what = f"{written} is no media file of {match.astray.folder}, where the annotations lie{self._hint(match.name)}"
            self.add("unknown_media", where, what, f"{left_out}; write its folder before the name, or correct it")
        elif match.rival is not None:
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

    def _layout_of(self, files: Sequence[Path]) -> AnnotationLayout:
        if self._layout.files is not files:
            self._layout = AnnotationLayout(files, self._folder, self._keys)
        return self._layout

    def _not_astray(self, match: MediaMatch, near: Path | None, layout: AnnotationLayout) -> MediaMatch:
        """Return a match of a name without folders that the folder of its annotation file agrees with."""
        if near is None or match.file is None or match.spelling is None or match.spelling.folders:
            return match
        astray = layout.astray(match.file, normal(near).parent)
        if astray is not None and astray.is_folder_of_media:
            return MediaMatch(match.name, spelling=match.spelling, astray=astray)
        return replace(match, astray=astray)

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
        return lying_alike(found, near) or self._folders.sharing(found, near) or found

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


def _listed(files: Sequence[MediaFile]) -> str:
    named = ", ".join(file.within for file in files[:_NUM_LISTED])
    return f"{named} and {len(files) - _NUM_LISTED} more" if len(files) > _NUM_LISTED else named
