"""The data of a corpus: items, findings, origin. The verbs lie above it, and take and give it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Generic, Self, SupportsIndex, TypeVar, overload

from .._checks import is_sequence
from ..errors import InvalidArgument, NoSuchItem, short_repr
from .findings import Finding, Findings
from .own_taxonomies import checked_taxonomies, with_single_layers
from .records import Clip, Monologue
from .taxonomies import Taxonomy, find_taxonomy

Item = TypeVar("Item", Clip, Monologue)


class Items(Sequence[Item], Generic[Item]):
    """Items in their published order, also found by key, or by the last part of the key where one item alone has it.

    Raises:
        NoSuchItem: There is no such item; the message names some.
        InvalidArgument: What stands in the brackets is no key, index or slice, or is the last part of several keys.

    Example:
        >>> items = Items([Clip(key=key, source="own", language="en") for key in ("a/1", "b/1", "b/2")])
        >>> items["b/1"].key, items["2"].key, items[0].key, "1" in items
        ('b/1', 'b/2', 'a/1', True)
        >>> items["1"]
        Traceback (most recent call last):
        ...
        emos_io.errors.InvalidArgument: key must be a full key, got '1', which fits 'a/1' and 'b/1'; give one of them
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self._items: tuple[Item, ...] = tuple(items)
        for item in self._items:
            _check_item(item)
        self._by_key: dict[str, Item] = {}
        self._by_last_part: dict[str, list[str]] = {}
        for item in self._items:
            if self._by_key.setdefault(item.key, item) is item:
                self._by_last_part.setdefault(item.key.split("/", 1)[-1], []).append(item.key)

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
        return self._find(which) if isinstance(which, str) else self._items[which]

    def _find(self, key: str) -> Item:
        if key in self._by_key:
            return self._by_key[key]
        full = self._by_last_part.get(key, [])
        if len(full) > 1:
            fits = (
                f"{full[0]!r} and {full[1]!r}" if len(full) == 2 else f"{len(full)}, {full[0]!r} and {full[1]!r} first"
            )
            raise InvalidArgument(f"key must be a full key, got {key!r}, which fits {fits}; give one of them", key=key)
        if not full:
            some = ", ".join(repr(item.key) for item in self._items[:3])
            such_as = f", such as {some}" if some else ""
            raise NoSuchItem(f"there is no item {key!r}; keys() lists all {len(self)}{such_as}", key=key)
        return self._by_key[full[0]]

    def __contains__(self, which: object) -> bool:
        return (
            (which in self._by_key or which in self._by_last_part) if isinstance(which, str) else which in self._items
        )

    def keys(self) -> list[str]:
        """Return the keys of all items."""
        return [item.key for item in self._items]


def _check_item(item: object) -> None:
    if not isinstance(item, Clip | Monologue) or not isinstance(item.key, str):
        raise InvalidArgument(
            f"items must be clips or monologues with keys of text, got {short_repr(item)}; give a list of such items"
        )


def _items_of(kind: type[Item], items: Sequence[Item], name: str) -> Items[Item]:
    if not is_sequence(items):
        raise InvalidArgument(f"{name} must be a sequence of items, got {short_repr(items)}; give a list")
    found = items if isinstance(items, Items) else Items(items)
    for item in found:
        if not isinstance(item, kind):
            raise InvalidArgument(
                f"{name} must be of type {kind.__name__}, got {short_repr(item)}; give it as the other kind"
            )
    return found


class CorpusData:
    """What a `Corpus` holds, without its verbs; methods that give another corpus give one of the same class.

    Attributes:
        clips: Static items (`Clip`).
        monologues: Streaming items (`Monologue`).
        findings: What the readers repaired, left out or found wrong.
        origin: Where it was read.
        taxonomies: Its own taxonomies, of layers that the package does not know, each name once. Monologues have the layers of
            those that take one label at once in `single_layers`.

    Raises:
        InvalidArgument: Something is of another type; two taxonomies of one name differ, one has a name of the package, or
            their maps lead in a circle.
    """

    def __init__(
        self,
        clips: Sequence[Clip] = (),
        monologues: Sequence[Monologue] = (),
        findings: Iterable[Finding] = (),
        origin: str = "",
        taxonomies: Iterable[Taxonomy] = (),
    ) -> None:
        self.clips = _items_of(Clip, clips, "clips")
        self.taxonomies = checked_taxonomies(taxonomies)
        self.monologues = _with_single_layers(_items_of(Monologue, monologues, "monologues"), self.taxonomies)
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
        return (
            f"{type(self).__name__}({len(self.clips)} clips, {len(self.monologues)} monologues, "
            f"{len(self.findings)} findings)"
        )

    def __add__(self, other: CorpusData) -> Self:
        """Return the items, findings and taxonomies of both corpora, of the class of the first.

        Raises:
            InvalidArgument: Both have an item of one key, or taxonomies of one name that differ.
        """
        if not isinstance(other, CorpusData):
            return NotImplemented
        mine = {item.key for item in self}
        if shared := [item.key for item in other if item.key in mine]:
            got = repr(shared[0]) if len(shared) == 1 else f"{len(shared)} in both, such as {shared[0]!r}"
            raise InvalidArgument(
                f"items of two corpora must have different keys, got {got}; leave these out of one of them",
                key=shared[0],
            )
        return type(self)(
            (*self.clips, *other.clips),
            (*self.monologues, *other.monologues),
            (*self.findings, *other.findings),
            " + ".join(dict.fromkeys(filter(None, (self.origin, other.origin)))),
            (*self.taxonomies, *other.taxonomies),
        )

    @property
    def items(self) -> list[Clip | Monologue]:
        """Clips, then monologues."""
        return list(self)

    def taxonomy(self, layer: str) -> Taxonomy:
        """Return the taxonomy of a layer: one of its own, or one that the package knows.

        Raises:
            InvalidArgument: There is none of that name.
        """
        return find_taxonomy(layer, self.taxonomies)

    def with_items(self, clips: Sequence[Clip] | None = None, monologues: Sequence[Monologue] | None = None) -> Self:
        """Return the corpus with other items instead of its own; None keeps those that it has."""
        return type(self)(
            self.clips if clips is None else clips,
            self.monologues if monologues is None else monologues,
            self.findings,
            self.origin,
            self.taxonomies,
        )

    def with_paths(self, paths: Mapping[str, str]) -> Self:
        """Return the corpus with paths of media, by key; items without one keep what they have."""
        clips = [replace(clip, path=paths.get(clip.key, clip.path)) for clip in self.clips]
        monologues = [replace(each, path=paths.get(each.key, each.path)) for each in self.monologues]
        return self.with_items(clips, monologues)

    def with_taxonomies(self, taxonomies: Iterable[Taxonomy]) -> Self:
        """Return the corpus with more taxonomies of its own, after those that it has; equal ones count once.

        Raises:
            InvalidArgument: It has another one of that name.
        """
        joined = (*self.taxonomies, *checked_taxonomies(taxonomies))
        return type(self)(self.clips, self.monologues, self.findings, self.origin, joined)

    def with_findings(self, findings: Iterable[Finding]) -> Self:
        """Return the corpus with more findings, after its own."""
        noted = (*self.findings, *Findings(findings))
        return type(self)(self.clips, self.monologues, noted, self.origin, self.taxonomies)


def _with_single_layers(monologues: Items[Monologue], taxonomies: Sequence[Taxonomy]) -> Items[Monologue]:
    changed = with_single_layers(monologues, taxonomies)
    return monologues if changed is None else Items(changed)


AnyCorpus = TypeVar("AnyCorpus", bound=CorpusData)
"""A corpus of the class that was given."""


def checked_corpus(corpus: AnyCorpus) -> AnyCorpus:
    """Return the corpus that a verb was given.

    Raises:
        InvalidArgument: It is none.
    """
    if not isinstance(corpus, CorpusData):
        raise InvalidArgument(f"corpus must be a Corpus, got {short_repr(corpus)}; give Corpus(clips, monologues)")
    return corpus
