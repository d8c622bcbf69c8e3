"""A corpus: items, their labels, and everything that was found wrong on the way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, Literal, SupportsIndex, TypeVar, overload

from .._checks import checked_path
from ..errors import InvalidArgument, NoSuchItem, short_repr
from ..spans import Seconds
from .findings import Finding, FindingCollector, Findings
from .records import Clip, Monologue
from .release import PARTS, Release, open_release

if TYPE_CHECKING:
    from .doctor import Examination
    from .splits import Split

Item = TypeVar("Item", Clip, Monologue)


class Items(Sequence[Item], Generic[Item]):
    """Items in their published order, also found by key or by the last part of it.

    Raises:
        NoSuchItem: There is no such item; the message names some.
        InvalidArgument: What stands in the brackets is no key, index or slice.
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

    def __repr__(self) -> str:
        first = f", {self._items[0].key!r} first" if self._items else ""
        return f"Items({len(self)} item{'' if len(self) == 1 else 's'}{first})"

    @overload
    def __getitem__(self, which: int | str) -> Item: ...
    @overload
    def __getitem__(self, which: slice) -> Sequence[Item]: ...
    def __getitem__(self, which: int | str | slice) -> Item | Sequence[Item]:
        if isinstance(which, bool) or not isinstance(which, str | slice | SupportsIndex):
            raise InvalidArgument(
                f"items must be taken by key, index or slice, got {short_repr(which)}; keys() lists the keys"
            )
        if not isinstance(which, str):
            return self._items[which]
        if which not in self._by_key:
            some = ", ".join(repr(item.key) for item in self._items[:3])
            such_as = f", such as {some}" if some else ""
            raise NoSuchItem(f"there is no item {which!r}; keys() lists all {len(self)}{such_as}", key=which)
        return self._by_key[which]

    def __contains__(self, which: object) -> bool:
        return which in self._by_key if isinstance(which, str) else which in self._items

    def keys(self) -> list[str]:
        """Return the keys of all items."""
        return [item.key for item in self._items]


class Corpus:
    """Static clips and streaming monologues with their labels.

    ``len(corpus)`` and ``for item in corpus`` are over all items: clips, then monologues.

    Attributes:
        clips: Static items (`Clip`).
        monologues: Streaming items (`Monologue`).
        findings: What the readers repaired, left out or found wrong.
        origin: Where it was read.

    Example:
        >>> from emos_io.corpus import Clip, Corpus
        >>> corpus = Corpus([
        ...     Clip(key=f"own/{number}", source="own", language="en", text="Hi.", group={"video": f"v{number}"})
        ...     for number in range(4)
        ... ])
        >>> corpus, len(corpus)
        (Corpus(4 clips, 0 monologues, 0 findings), 4)
        >>> corpus.clips["own/2"].group
        {'video': 'v2'}
        >>> split = corpus.split(seed=7, test=0.25)
        >>> len(split.train), len(split.test)
        (3, 1)
        >>> corpus.doctor().counts["clips_by_language"]
        {'en': 4}
    """

    def __init__(
        self,
        clips: Sequence[Clip] = (),
        monologues: Sequence[Monologue] = (),
        findings: Iterable[Finding] = (),
        origin: str = "",
    ) -> None:
        self.clips: Items[Clip] = Items(clips)
        self.monologues: Items[Monologue] = Items(monologues)
        self.findings = findings if isinstance(findings, Findings) else Findings(findings)
        self.origin = origin

    def __len__(self) -> int:
        return len(self.clips) + len(self.monologues)

    def __iter__(self) -> Iterator[Clip | Monologue]:
        yield from self.clips
        yield from self.monologues

    def __contains__(self, which: object) -> bool:
        """Return whether an item is in the corpus, by its key, the last part of it, or the item itself."""
        return which in self.clips or which in self.monologues

    def __repr__(self) -> str:
        return f"Corpus({len(self.clips)} clips, {len(self.monologues)} monologues, {len(self.findings)} findings)"

    @property
    def items(self) -> list[Clip | Monologue]:
        """Clips, then monologues."""
        return list(self)

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
        from .release.chsims import read_chsims_part
        from .release.meld import read_meld_part
        from .release.streaming import read_streaming_part

        if media is not None and not isinstance(media, Mapping):
            raise InvalidArgument(
                f"media must be folders by part, of {', '.join(PARTS)}, got {short_repr(media)}; give a mapping such as "
                "{'meld': 'folder'}"
            )
        wrong = sorted(map(str, set(media or {}) - set(PARTS)))
        if wrong:
            raise InvalidArgument(
                f"media must be folders by part, of {', '.join(PARTS)}, got {', '.join(wrong)}; correct the name of the part"
            )
        findings = FindingCollector(strict=strict)
        release: Release = open_release(checked_path(root, "root"), findings)
        clips: list[Clip] = []
        monologues: list[Monologue] = []
        readers: dict[str, Callable[[], None]] = {
            "chsims": lambda: clips.extend(read_chsims_part(release, findings)),
            "meld": lambda: clips.extend(read_meld_part(release, findings)),
            "streaming": lambda: monologues.extend(read_streaming_part(release, findings)),
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
        corpus = cls(clips, monologues, findings.collected, os.fspath(root))
        return (
            attach(corpus, {part: checked_path(folder, f"media[{part!r}]") for part, folder in (media or {}).items()})
            if media
            else corpus
        )

    @classmethod
    def from_folder(
        cls,
        folder: str | os.PathLike[str],
        *,
        annotations: str | os.PathLike[str],
        columns: Mapping[str, str] | None = None,
        unit: Literal["s", "ms", "timestamp"] = "s",
        layer: str = "basic7",
        elan_tier: str | None = None,
        rater: str | None = None,
        sentences: str | os.PathLike[str] | None = None,
        language: str = "",
        frame_rate: Seconds | None = None,
        first_frame: int | None = None,
        probe: Callable[[str], float] | None = None,
        strict: bool = False,
    ) -> Corpus:
        r"""Read your own data: a folder of media and a file of annotations.

        The arguments, and what is raised, are those of `emos_io.corpus.folder.read_folder`.

        Example:
            >>> import tempfile
            >>> from pathlib import Path
            >>> folder = Path(tempfile.mkdtemp())
            >>> _ = (folder / "one.mp4").write_bytes(b"")
            >>> _ = (folder / "labels.csv").write_text("file,t0,t1,emotion\none.mp4,0,1500,Joy\none.mp4,1500,2250,Fear\n")
            >>> columns = {"item": "file", "start": "t0", "end": "t1", "label": "emotion"}
            >>> corpus = Corpus.from_folder(folder, annotations="labels.csv", columns=columns, unit="ms")
            >>> corpus.monologues["one"].labels("basic7").at(["1", "1.5", "2.25"])
            ['Joy', 'Fear', None]
        """
        from .folder import read_folder

        return read_folder(
            checked_path(folder, "folder"),
            checked_path(annotations, "annotations"),
            columns=columns,
            unit=unit,
            layer=layer,
            elan_tier=elan_tier,
            rater=rater,
            sentences=None if sentences is None else checked_path(sentences, "sentences"),
            language=language,
            frame_rate=frame_rate,
            first_frame=first_frame,
            probe=probe,
            strict=strict,
        )

    @classmethod
    def from_meld(cls, path: str | os.PathLike[str], *, strict: bool = False) -> Corpus:
        """Read MELD from its own csv files; see `emos_io.corpus.published.read_meld_csv`."""
        from .published import read_meld_csv

        return read_meld_csv(checked_path(path), strict=strict)

    @classmethod
    def from_chsims(cls, path: str | os.PathLike[str], *, strict: bool = False) -> Corpus:
        """Read CH-SIMS v2 from its own meta.csv; see `emos_io.corpus.published.read_chsims_csv`."""
        from .published import read_chsims_csv

        return read_chsims_csv(checked_path(path), strict=strict)

    def with_items(self, clips: Sequence[Clip] | None = None, monologues: Sequence[Monologue] | None = None) -> Corpus:
        """Return the corpus with other items instead of its own; None keeps those that it has."""
        own_clips = self.clips if clips is None else clips
        return Corpus(own_clips, self.monologues if monologues is None else monologues, self.findings, self.origin)

    def with_paths(self, paths: Mapping[str, str]) -> Corpus:
        """Return the corpus with paths of media, by key; items without one keep what they have."""
        clips = [replace(clip, path=paths.get(clip.key, clip.path)) for clip in self.clips]
        monologues = [replace(each, path=paths.get(each.key, each.path)) for each in self.monologues]
        return self.with_items(clips, monologues)

    def with_findings(self, findings: Iterable[Finding]) -> Corpus:
        """Return the corpus with more findings, after its own."""
        return Corpus(self.clips, self.monologues, (*self.findings, *findings), self.origin)

    def split(
        self,
        *,
        seed: int,
        test: float,
        by: Sequence[str] | None = None,
        stratify: Sequence[str] = (),
    ) -> Split:
        """Divide the items into train and test; see `emos_io.corpus.splits.split`.

        Example:
            >>> from emos_io.corpus import Clip, Corpus
            >>> groups = [{"video": f"v{n // 2}"} for n in range(6)]
            >>> clips = [Clip(key=f"own/{n}", source="own", language="en", group=group) for n, group in enumerate(groups)]
            >>> split = Corpus(clips).split(seed=7, test=0.3)
            >>> split.test
            ('own/4', 'own/5')
        """
        from .splits import GROUPS, split

        return split(self, seed=seed, test=test, by=GROUPS if by is None else by, stratify=stratify)

    def doctor(self, probe: Callable[[str], float] | None = None) -> Examination:
        """Count what is in the corpus and list what is wrong with it; see `emos_io.corpus.doctor.examine`.

        Example:
            >>> from emos_io.corpus import Clip, Corpus
            >>> found = Corpus([Clip(key="own/1", source="own", language="en")]).doctor()
            >>> found.counts["clips_by_source"], found.findings
            ({'own': 1}, Findings(0 findings))
        """
        from .doctor import examine

        return examine(self, probe)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the corpus as Parquet and JSON Lines; see `emos_io.corpus.storage.save`."""
        from .storage import save

        save(self, checked_path(folder, "folder"))

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Corpus:
        """Read what `save` wrote: the same corpus.

        Raises:
            SourceNotFound: The folder holds no saved corpus.
            CorpusError: A file is damaged or of another version.
        """
        from .storage import load

        return load(checked_path(folder, "folder"))
