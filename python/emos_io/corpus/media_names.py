"""Which media file of a folder a name means: an exact name wins, and a name that says more than a file has must agree."""

from __future__ import annotations

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import short_repr
from .findings import FindingCollector
from .media_files import media_files
from .media_spellings import Spelling, spellings, uploaded_name
from .media_suffixes import MEDIA_SUFFIXES, VIDEO_SUFFIXES, split_suffix

__all__ = ["MEDIA_SUFFIXES", "MediaMatch", "MediaNames", "fold_name"]

_NUM_LISTED = 3
_NUM_HINTS = 20
"""Names for which the nearest one is looked up; each look-up compares with every file."""


def fold_name(name: str) -> str:
    """Return a name as names are compared: in one Unicode form (NFC), without letter case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _literal(name: str) -> str:
    return name


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


_FORMS: tuple[Callable[[str], str], ...] = (_literal, _composed, fold_name)
"""How names are compared, the most exact first."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A media file, and the parts of its path within the folder."""

    path: Path
    folders: tuple[str, ...]
    name: str

    @property
    def stem(self) -> str:
        """Its name without suffix."""
        return split_suffix(self.name)[0]

    @property
    def has_frames(self) -> bool:
        """Whether files of its suffix have frames, as a rule."""
        return split_suffix(self.name)[1].lower() in VIDEO_SUFFIXES

    @property
    def within(self) -> str:
        """Its path within the folder, with slashes."""
        return "/".join((*self.folders, self.name))


@dataclass(frozen=True, slots=True)
class MediaMatch:
    """What a name means.

    Attributes:
        name: The name as written.
        file: The file that is meant, or None.
        candidates: Files that fit equally, where there are several.
        spelling: How the name was read.
        other_suffix: Whether the file has another suffix than the name.
        rival: Another name that would mean the same file, and contradicts this one.
    """

    name: str
    file: MediaFile | None = None
    candidates: tuple[MediaFile, ...] = ()
    spelling: Spelling | None = None
    other_suffix: bool = False
    rival: str | None = None


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
        self._folder = folder.absolute()
        files = [
            MediaFile(path, (parts := path.relative_to(folder).parts)[:-1], parts[-1])
            for path in media_files(folder, findings)
        ]
        self._indices = [_Index(files, form) for form in _FORMS]
        self._uploads = _Index(files, lambda name: fold_name(uploaded_name(name)))
        self._keys = _keys(files)
        self._files = {key: file for file, key in self._keys.items()}
        self._beside = {
            file for family in _families(files) if (best := _best(family)) for file in family if file is not best
        }
        self._added: set[tuple[str, ...]] = set()
        self._matches: dict[tuple[str, Path | None], MediaMatch] = {}
        if self._beside:
            first = min(self._beside, key=lambda file: file.within)
            what = f"{len(self._beside)} audio files have the name of a video, {first.within} first"
            findings.add(
                "same_name", folder.name, what, "a name without suffix means the video; add the suffix for the audio"
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

        Tried in this order, each time with names as they are, then in one Unicode form, then without letter case: the path
        within the folder; the same without suffix; the name; the name without suffix. Folders that the name has beyond those
        of a file, or a file beyond those of the name, are no contradiction; any others are. The most folders in common win.
        Then come the same steps for the other ways to read the name (`spellings`), and last another suffix.

        Args:
            name: A name or a path, as a row or an annotation file has it.
            near: The annotation file. Of files that fit equally, the one that lies as it does is meant; a path within its own
                folder of the media is as exact as one within the folder of all media.
        """
        where = None if near is None else near.absolute().parent
        if (name, where) not in self._matches:
            self._matches[name, where] = self._match(name, where)
        return self._matches[name, where]

    def match_file(self, file: Path, files: Iterable[Path]) -> MediaMatch:
        """Return which media an annotation file is about by its own name, and by the folders that it lies in.

        Args:
            file: The annotation file.
            files: All annotation files. A file elsewhere is not meant where another of them lies as the media do.
        """
        where = file.absolute().parent
        for index in self._indices:
            if alike := _alike(index.anywhere(file.stem), where):
                return _chosen(MediaMatch(file.stem), alike, None)
        match = self.match(file.stem, near=file)
        if match.file is not None and any(
            lies_as(match.file, other.absolute().parent) and fold_name(other.stem) == fold_name(file.stem)
            for other in files
        ):
            return MediaMatch("/".join((where.name, file.stem)))
        return match

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
                rival = next((other for other in same if _contradict(one, other)), None)
                if rival is not None:
                    matches[one.name] = MediaMatch(one.name, None, (), one.spelling, rival=rival.name)
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
            return self._keys[match.file]
        if match.rival is not None:
            what = f"{written} and {short_repr(match.rival)} contradict each other, and one media file fits both"
            self.add("ambiguous_media", where, what, f"{left_out}; put the media into the folders that the names say")
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
        ways = spellings(name)
        for spelling in ways:
            for index in self._indices if spelling.upload is None else (*self._indices, self._uploads):
                if found := index.find(spelling):
                    found += [file for file in self._beside_annotations(spelling, near) if file not in found]
                    return _chosen(MediaMatch(name, spelling=spelling), found, near)
        for spelling in ways:
            stem, suffix = split_suffix(spelling.name)
            for index in self._indices if suffix else ():
                if found := index.stems(Spelling(spelling.folders, stem, spelling.upload)):
                    return _chosen(MediaMatch(name, spelling=spelling, other_suffix=True), found, near)
        return MediaMatch(name)

    def _beside_annotations(self, spelling: Spelling, near: Path | None) -> list[MediaFile]:
        """Return the file that a path means from the folder of the annotations, if that is one within the media."""
        if near is None or near == self._folder or not near.is_relative_to(self._folder):
            return []
        folders = (*near.relative_to(self._folder).parts, *spelling.folders)
        return next((found for index in self._indices if (found := index.exact(Spelling(folders, spelling.name)))), [])

    def _hint(self, name: str) -> str:
        """Say which file has the nearest name, if there is one."""
        last = next((each.name for each in reversed(spellings(name))), "")
        elsewhere = self._indices[-1].named(last) or self._indices[-1].named(split_suffix(last)[0], stems=True)
        if elsewhere:
            return f", and {_listed(elsewhere)} {'lies' if len(elsewhere) == 1 else 'lie'} in another folder"
        if sum(code == "unknown_media" for code, *_ in self._added) >= _NUM_HINTS:
            return ""
        names = {fold_name(each): file for file in self._keys for each in (file.stem, file.name)}
        near = difflib.get_close_matches(fold_name(last)[:255], names, n=1, cutoff=0.75)
        return f", the nearest name is {short_repr(names[near[0]].within)}" if near else ""


class _Index:
    """Media by name and by name without suffix, in one form of names."""

    def __init__(self, files: Sequence[MediaFile], form: Callable[[str], str]) -> None:
        self._form = form
        self._by_name: dict[str, list[MediaFile]] = defaultdict(list)
        self._by_stem: dict[str, list[MediaFile]] = defaultdict(list)
        for file in files:
            self._by_name[form(file.name)].append(file)
            self._by_stem[form(file.stem)].append(file)

    def named(self, name: str, *, stems: bool = False) -> list[MediaFile]:
        """Return the files of a name, or of a name without suffix."""
        return (self._by_stem if stems else self._by_name).get(self._form(name), [])

    def find(self, spelling: Spelling) -> list[MediaFile]:
        """Return the files that a spelling means equally well."""
        return self.exact(spelling) or self._agreeing(self.named(spelling.name), spelling) or self.stems(spelling)

    def exact(self, spelling: Spelling) -> list[MediaFile]:
        """Return the files whose path a spelling is, with suffix or else without."""
        for found in (self._agreeing(self.named(spelling.name), spelling), self.stems(spelling)):
            if exact := [file for file in found if len(file.folders) == len(spelling.folders)]:
                return exact
        return []

    def anywhere(self, name: str) -> list[MediaFile]:
        """Return the files of a name in any folder, else of a name without suffix; in one folder, the one with frames."""
        return list(self.named(name)) or self._with_frames(self.named(name, stems=True))

    def stems(self, spelling: Spelling) -> list[MediaFile]:
        """Return the files whose name without suffix a spelling is; of those in one folder, the one with frames."""
        return self._with_frames(self._agreeing(self.named(spelling.name, stems=True), spelling))

    def _with_frames(self, files: Sequence[MediaFile]) -> list[MediaFile]:
        found: dict[tuple[str, ...], list[MediaFile]] = defaultdict(list)
        for file in files:
            found[file.folders].append(file)
        best = {folders: _best(same) for folders, same in found.items()}
        return [file for folders, same in found.items() for file in same if best[folders] in (None, file)]

    def _agreeing(self, files: Sequence[MediaFile], spelling: Spelling) -> list[MediaFile]:
        """Return the files whose folders agree with those of a spelling in the most parts, in all that both have."""
        own = [self._form(part) for part in spelling.folders]
        agreeing: dict[int, list[MediaFile]] = defaultdict(list)
        for file in files:
            number = min(len(own), len(file.folders))
            if number == 0 or own[-number:] == [self._form(part) for part in file.folders[-number:]]:
                agreeing[number].append(file)
        return agreeing[max(agreeing)] if agreeing else []


def lies_as(file: MediaFile, folder: Path) -> bool:
    """Return whether the folders of a file are the last ones of another folder, so that the two lie alike."""
    own = tuple(map(fold_name, file.folders))
    return bool(own) and tuple(map(fold_name, folder.parts[-len(own) :])) == own


def _chosen(match: MediaMatch, found: Sequence[MediaFile], near: Path | None) -> MediaMatch:
    """Return a match with the only file, or with the only one that lies as the annotations do; else with all as candidates."""
    if len(found) > 1 and near is not None and all(file.folders for file in found):
        found = _alike(found, near) or found
    return replace(match, file=found[0]) if len(found) == 1 else replace(match, candidates=tuple(found))


def _alike(files: Iterable[MediaFile], folder: Path) -> list[MediaFile]:
    """Return the files that lie as a folder does, of those with the most folders in common."""
    alike = [file for file in files if lies_as(file, folder)]
    most = max((len(file.folders) for file in alike), default=0)
    return [file for file in alike if len(file.folders) == most]


def _best(files: Sequence[MediaFile]) -> MediaFile | None:
    """Return the only file, or the only one with frames, of files of one name."""
    framed = [file for file in files if file.has_frames]
    return files[0] if len(files) == 1 else framed[0] if len(framed) == 1 else None


def _families(files: Sequence[MediaFile]) -> list[list[MediaFile]]:
    """Return the files of one name in one folder, together."""
    found: dict[tuple[tuple[str, ...], str], list[MediaFile]] = defaultdict(list)
    for file in files:
        found[file.folders, _composed(file.stem)].append(file)
    return list(found.values())


def _keys(files: Sequence[MediaFile]) -> dict[MediaFile, str]:
    """Return the key of each file; no two are the same."""
    best = {file for family in _families(files) if (file := _best(family)) is not None}
    short = {file: "/".join((*file.folders, file.stem)) for file in best}
    full = {file.within for file in files if file not in best}
    # A video talk.m4a.mp4 must not have the key of an audio file talk.m4a.
    while clash := {file for file, key in short.items() if key in full}:
        full |= {short.pop(file) and file.within for file in clash}
    return {file: short.get(file, file.within) for file in files}


def _contradict(one: MediaMatch, other: MediaMatch) -> bool:
    """Return whether two names of one file cannot be of one file: uploads of their own, or folders that are not the same."""
    assert one.spelling and other.spelling and one.file
    if one.spelling.upload != other.spelling.upload:
        return one.spelling.upload is not None and other.spelling.upload is not None
    extra = [
        tuple(map(fold_name, each.folders[: len(each.folders) - len(one.file.folders)]))
        for each in (one.spelling, other.spelling)
        if len(each.folders) > len(one.file.folders)
    ]
    number = min(map(len, extra), default=0)
    return len(extra) == 2 and extra[0][-number:] != extra[1][-number:]


def _listed(files: Sequence[MediaFile]) -> str:
    named = ", ".join(file.within for file in files[:_NUM_LISTED])
    return f"{named} and {len(files) - _NUM_LISTED} more" if len(files) > _NUM_LISTED else named
