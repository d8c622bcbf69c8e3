"""A corpus: items, their labels, and everything that was found wrong on the way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from ..errors import InvalidArgument, NoSuchItem
from .findings import Findings
from .records import Clip, Monologue
from .release import PARTS, Release, find_release

Item = TypeVar("Item", Clip, Monologue)


class Items(Sequence[Item], Generic[Item]):
    """Items in their published order, also found by key or by the last part of it.

    Raises:
        NoSuchItem: There is no such item; the message names some.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self._items: tuple[Item, ...] = tuple(items)
        self._by_key: dict[str, Item] = {}
        for item in self._items:
            self._by_key.setdefault(item.key, item)
            self._by_key.setdefault(item.key.split("/", 1)[-1], item)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    @overload
    def __getitem__(self, which: int | str) -> Item: ...
    @overload
    def __getitem__(self, which: slice) -> Sequence[Item]: ...
    def __getitem__(self, which: int | str | slice) -> Item | Sequence[Item]:
        if not isinstance(which, str):
            return self._items[which]
        if which not in self._by_key:
            some = ", ".join(repr(item.key) for item in self._items[:3])
            raise NoSuchItem(f"item {which!r} was asked for; there are {len(self)}, such as {some}")
        return self._by_key[which]

    def __contains__(self, which: object) -> bool:
        return which in self._by_key if isinstance(which, str) else which in self._items

    def keys(self) -> list[str]:
        """Return the keys of all items."""
        return [item.key for item in self._items]


class Corpus:
    """Static clips and streaming monologues with their labels.

    Attributes:
        clips: Static items (`Clip`).
        monologues: Streaming items (`Monologue`).
        findings: What the readers repaired, left out or hold to be wrong.
        origin: Where it was read.
    """

    def __init__(
        self,
        clips: Sequence[Clip] = (),
        monologues: Sequence[Monologue] = (),
        findings: Findings | None = None,
        origin: str = "",
    ) -> None:
        self.clips: Items[Clip] = Items(clips)
        self.monologues: Items[Monologue] = Items(monologues)
        self.findings = findings if findings is not None else Findings()
        self.origin = origin

    def __repr__(self) -> str:
        return f"Corpus({len(self.clips)} clips, {len(self.monologues)} monologues, {len(self.findings)} findings)"

    @property
    def items(self) -> list[Clip | Monologue]:
        """Clips, then monologues."""
        return [*self.clips, *self.monologues]

    @classmethod
    def from_release(
        cls,
        root: str | os.PathLike[str],
        *,
        media: Mapping[str, str | os.PathLike[str]] | None = None,
        strict: bool = False,
        progress: Callable[[str], None] | None = None,
    ) -> Corpus:
        """Read the EmoS release as published: 9,403 clips and 46 monologues.

        Args:
            root: The folder that holds ``manifest.csv``.
            media: Folders of media by part, ``meld``, ``chsims``, ``streaming``; items whose file is there get its path.
            strict: Raise the first finding that is no mere repair.
            progress: Called with the name of each part before it is read.

        Raises:
            SourceNotFound: There is no such folder.
            CorpusError: It is no release, or `strict` is set and something is wrong.
            InvalidArgument: `media` names another part.

        Cost: two to three seconds for the whole release.
        """
        from .link import attach
        from .release.chsims import read_chsims
        from .release.meld import read_meld
        from .release.streaming import read_streaming

        wrong = sorted(set(media or {}) - set(PARTS))
        if wrong:
            raise InvalidArgument(f"media of {', '.join(wrong)} was given; the parts are {', '.join(PARTS)}")
        findings = Findings(strict=strict)
        release: Release = find_release(Path(root), findings)
        clips: list[Clip] = []
        monologues: list[Monologue] = []
        readers: dict[str, Callable[[], None]] = {
            "chsims": lambda: clips.extend(read_chsims(release, findings)),
            "meld": lambda: clips.extend(read_meld(release, findings)),
            "streaming": lambda: monologues.extend(read_streaming(release, findings)),
        }
        for part, read in readers.items():
            if progress:
                progress(part)
            if release.has(PARTS[part]):
                read()
            else:
                findings.add(
                    "missing_part", PARTS[part], "the release has no such folder", "get it; its items are left out"
                )
        corpus = cls(clips, monologues, findings, str(root))
        return attach(corpus, {part: Path(folder) for part, folder in (media or {}).items()}) if media else corpus

    @classmethod
    def from_folder(
        cls, folder: str | os.PathLike[str], *, annotations: str | os.PathLike[str], **options: Any
    ) -> Corpus:
        """Read your own data: a folder of media and a file of annotations; see `emos_io.corpus.folder.read_folder`."""
        from .folder import read_folder

        return read_folder(Path(folder), Path(annotations), **options)

    @classmethod
    def from_meld(cls, path: str | os.PathLike[str], *, strict: bool = False) -> Corpus:
        """Read MELD from its own csv files; see `emos_io.corpus.published.read_meld`."""
        from .published import read_meld

        return read_meld(Path(path), strict=strict)

    @classmethod
    def from_chsims(cls, path: str | os.PathLike[str], *, strict: bool = False) -> Corpus:
        """Read CH-SIMS v2 from its own meta.csv; see `emos_io.corpus.published.read_chsims`."""
        from .published import read_chsims

        return read_chsims(Path(path), strict=strict)

    def with_items(self, clips: Sequence[Clip] | None = None, monologues: Sequence[Monologue] | None = None) -> Corpus:
        """Return the corpus with other items in the place of its own."""
        own_clips = self.clips if clips is None else clips
        return Corpus(own_clips, self.monologues if monologues is None else monologues, self.findings, self.origin)

    def with_paths(self, paths: Mapping[str, str]) -> Corpus:
        """Return the corpus with the media that are at hand, by key."""
        clips = [replace(clip, path=paths.get(clip.key, clip.path)) for clip in self.clips]
        monologues = [replace(each, path=paths.get(each.key, each.path)) for each in self.monologues]
        return self.with_items(clips, monologues)

    def split(self, *, seed: int, test: float, by: Sequence[str] | None = None, stratify: Sequence[str] = ()) -> Any:
        """Divide the items into train and test; see `emos_io.corpus.splits.split`."""
        from .splits import GROUPS, split

        return split(self, seed=seed, test=test, by=GROUPS if by is None else by, stratify=stratify)

    def doctor(self, probe: Callable[[str], float] | None = None) -> Any:
        """Say what is in the corpus and what is wrong with it; see `emos_io.corpus.doctor.examine`."""
        from .doctor import examine

        return examine(self, probe)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the corpus as Parquet and JSON Lines; see `emos_io.corpus.storage.save`."""
        from .storage import save

        save(self, Path(folder))

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Corpus:
        """Read what `save` wrote: the same corpus."""
        from .storage import load

        return load(Path(folder))
