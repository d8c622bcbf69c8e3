"""Taxonomies and the maps between them: data with versions, never code."""

from __future__ import annotations

import functools
import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import NotRequired, TypedDict

from ..errors import InvalidArgument, short_repr
from ._frozen import FrozenMapping, freeze
from .taxonomy_checks import (
    check_special_words,
    checked_aliases,
    checked_labels,
    checked_multiple,
    checked_name,
    checked_text,
)


class _TaxonomyData(TypedDict):
    name: str
    version: str
    title: str
    labels: list[str]
    abstain: str | None
    neutral: str | None
    multiple: bool
    aliases: dict[str, str]
    chinese: NotRequired[dict[str, list[list[str]]]]
    edges: NotRequired[list[float]]


_LabelMapData = TypedDict(  # noqa: UP013  the keys are those of the file
    "_LabelMapData",
    {"name": str, "version": str, "title": str, "source": str, "target": str, "mapping": dict[str, str]},
)


class _WordsData(TypedDict):
    name: str
    version: str
    title: str
    words: list[str]


class _Data(TypedDict):
    taxonomies: list[_TaxonomyData]
    maps: list[_LabelMapData]
    real_words: _WordsData


@dataclass(frozen=True, slots=True, repr=False)
class Taxonomy:
    """A closed list of labels. It cannot be changed, can be hashed and pickled, and is equal to one of the same content.

    Attributes:
        name, version, title: Its name, which is that of its layer, its version, and one line about it.
        labels: Labels, in the order of class indices, two or more.
        abstain: The word for "none of these", or None; it is no class.
        multiple: Whether an item may have several labels at once.
        aliases: Labels by other words for them, without letter case: other forms and translations.
        edges: For taxonomies of bins, the inner edges of the bins; a bin holds its right edge.
        neutral: The label of no emotion, or None.
        maps: Maps to other taxonomies, by the name of the other one.

    Raises:
        InvalidArgument: A word is there twice or is blank; the neutral label is no label, the abstain word or an alias is one;
            a map is from another taxonomy, or lacks a label.

    Example:
        >>> moods = Taxonomy("moods", "1", "Calm or tense", ("calm", "tense"), abstain="unsure", aliases={"Quiet": "calm"})
        >>> moods, moods.aliases, moods.index("tense")
        (Taxonomy('moods', version='1', 2 labels), {'quiet': 'calm'}, 1)
    """

    name: str
    version: str
    title: str
    labels: tuple[str, ...]
    abstain: str | None = None
    multiple: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    edges: tuple[float, ...] = ()
    neutral: str | None = None
    maps: Mapping[str, LabelMap] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checked_name(self.name)
        checked_text(self.version, "version of a taxonomy")
        checked_text(self.title, "title of a taxonomy")
        object.__setattr__(self, "labels", checked_labels(self.labels))
        check_special_words(self.labels, self.neutral, self.abstain)
        checked_multiple(self.multiple)
        object.__setattr__(self, "aliases", FrozenMapping(checked_aliases(self.aliases, self.words)))
        freeze(self, "maps")
        for name, each in self.maps.items():
            _check_map(self, name, each)

    def __repr__(self) -> str:
        return f"Taxonomy({self.name!r}, version={self.version!r}, {len(self.labels)} labels)"

    @property
    def words(self) -> tuple[str, ...]:
        """The labels, and the abstain word where there is one."""
        return self.labels if self.abstain is None else (*self.labels, self.abstain)

    @property
    def sha256(self) -> str:
        """The digest of its content in hexadecimal digits; files of the same content have the same, in whatever format."""
        content = {
            "name": self.name,
            "version": self.version,
            "title": self.title,
            "labels": self.labels,
            "abstain": self.abstain,
            "neutral": self.neutral,
            "multiple": self.multiple,
            "aliases": self.aliases,
            "edges": self.edges,
            "maps": {name: each.mapping for name, each in self.maps.items()},
        }
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def index(self, label: str) -> int:
        """Return the class index of a label.

        Raises:
            InvalidArgument: The taxonomy has no such label.
        """
        try:
            return self.labels.index(label)
        except ValueError:
            allowed = ", ".join(self.labels)
            raise InvalidArgument(f"label must be one of {allowed}, got {label!r}; {self.name} has no other") from None

    def bin(self, value: float) -> str:
        """Return the label of a number, for a taxonomy of bins: a bin holds its right edge.

        Raises:
            InvalidArgument: The taxonomy has no bins, or the value is outside of [-1, 1].
        """
        if not self.edges:
            raise InvalidArgument(
                f"taxonomy must have bins to give a number a label, got {self.name!r}; use sentiment2, sentiment3 or sentiment5"
            )
        if not -1 <= value <= 1:
            raise InvalidArgument(f"value must be from -1 to 1, got {value}; scale the sentiment")
        return self.labels[bisect_left(self.edges, value)]


@dataclass(frozen=True, slots=True, repr=False)
class LabelMap:
    """A map from the labels of one taxonomy to those of another.

    Attributes:
        name, version, title: Its name, its version, and one line about it.
        from_taxonomy, to_taxonomy: Names of the two taxonomies.
        mapping: For every label of the first taxonomy, and its abstain word where it has a label too, a label of the second.
    """

    name: str
    version: str
    title: str
    from_taxonomy: str
    to_taxonomy: str
    mapping: Mapping[str, str]

    def __post_init__(self) -> None:
        freeze(self, "mapping")

    def __repr__(self) -> str:
        return (
            f"LabelMap({self.name!r}, version={self.version!r}, {self.from_taxonomy} to {self.to_taxonomy}, "
            f"{len(self.mapping)} labels)"
        )

    def __getitem__(self, label: str) -> str:
        """Return the label of the second taxonomy for a label of the first.

        Raises:
            InvalidArgument: The first taxonomy has no such label.
        """
        if not isinstance(label, str) or label not in self.mapping:
            allowed = ", ".join(self.mapping)
            raise InvalidArgument(f"label must be one of {allowed}, got {label!r}; {self.name} maps no other")
        return self.mapping[label]


def _check_map(own: Taxonomy, name: str, found: LabelMap) -> None:
    """Check a map of a taxonomy: to another one, with a label for each of its labels."""
    if not isinstance(found, LabelMap):
        raise InvalidArgument(f"maps must be of type LabelMap, got {short_repr(found)}; read them with the taxonomy")
    if found.from_taxonomy != own.name or found.to_taxonomy != name or name == own.name:
        ends = f"{found.from_taxonomy!r} to {found.to_taxonomy!r}"
        raise InvalidArgument(
            f"maps must lead from {own.name!r} to another taxonomy, whose name is their key, got {name!r} for a map from "
            f"{ends}; correct it"
        )
    lacking = [label for label in own.labels if label not in found.mapping]
    if lacking:
        raise InvalidArgument(
            f"map to {name!r} must have every label, got none for {', '.join(map(repr, lacking))}; add what is missing"
        )
    words = set(own.words)
    unknown = [label for label in found.mapping if label not in words]
    if unknown:
        raise InvalidArgument(
            f"map to {name!r} must be of the labels {', '.join(own.words)}, got {short_repr(unknown[0])}; correct it"
        )


@functools.cache
def _content() -> _Data:
    text = resources.files(__package__).joinpath("taxonomies.json").read_text("utf-8")
    content: _Data = json.loads(text)
    return content


def _aliases(data: _TaxonomyData) -> Mapping[str, str]:
    """Return labels by alias; Chinese words are listed by label, each in its simplified and its traditional forms."""
    chinese = {form: label for label, words in data.get("chinese", {}).items() for forms in words for form in forms}
    return data["aliases"] | chinese


@functools.cache
def _data() -> tuple[dict[str, Taxonomy], dict[str, LabelMap]]:
    data = _content()
    taxonomies = {
        each["name"]: Taxonomy(
            each["name"],
            each["version"],
            each["title"],
            tuple(each["labels"]),
            each["abstain"],
            each["multiple"],
            _aliases(each),
            tuple(each.get("edges", ())),
            each["neutral"],
        )
        for each in data["taxonomies"]
    }
    maps = {
        each["name"]: LabelMap(
            each["name"],
            each["version"],
            each["title"],
            each["source"],
            each["target"],
            each["mapping"],
        )
        for each in data["maps"]
    }
    return taxonomies, maps


def taxonomy(name: str) -> Taxonomy:
    """Return a taxonomy by name: basic7, goemotions, mer6, sentiment2, sentiment3, sentiment5.

    Raises:
        InvalidArgument: There is no such name.

    Example:
        >>> taxonomy("basic7").labels[:2]
        ('Anger', 'Disgust')
    """
    return find_taxonomy(name, ())


def find_taxonomy(name: str, own: Iterable[Taxonomy]) -> Taxonomy:
    """Return a taxonomy by name, among some of somebody's own and those of the package.

    Raises:
        InvalidArgument: There is no such name.
    """
    found = _data()[0] | {each.name: each for each in own}
    if not isinstance(name, str) or name not in found:
        raise InvalidArgument(
            f"taxonomy must be one of {', '.join(found)}, got {name!r}; correct the name of the layer"
        )
    return found[name]


def is_known(name: object) -> bool:
    """Return whether the package has a taxonomy of this name.

    Example:
        >>> is_known("mer6"), is_known("moods")
        (True, False)
    """
    return isinstance(name, str) and name in _data()[0]


def known_names() -> tuple[str, ...]:
    """Return the names of the taxonomies that the package has."""
    return tuple(_data()[0])


def takes_sets(layer: str | Taxonomy) -> bool:
    """Return whether a layer takes several labels at once: as its taxonomy says; a layer without one takes them.

    Example:
        >>> takes_sets("basic7"), takes_sets("goemotions"), takes_sets("a layer of your own")
        (False, True, True)
        >>> takes_sets(Taxonomy("moods", "1", "Calm or tense", ("calm", "tense")))
        False
    """
    found = layer if isinstance(layer, Taxonomy) else _data()[0].get(layer)
    return found is None or found.multiple


def label_map(name: str) -> LabelMap:
    """Return a map between taxonomies by name.

    Raises:
        InvalidArgument: There is no such name.

    Example:
        >>> label_map("emos-meld-first")["caring"], label_map("emos-meld-last")["caring"]
        ('Neutral', 'Joy')
    """
    found = _data()[1]
    if not isinstance(name, str) or name not in found:
        raise InvalidArgument(f"label map must be one of {', '.join(found)}, got {name!r}; correct the name")
    return found[name]


def known_maps() -> tuple[LabelMap, ...]:
    """Return the maps between taxonomies that the package has.

    Example:
        >>> [each.name for each in known_maps()]
        ['emos-meld-first', 'emos-meld-last']
    """
    return tuple(_data()[1].values())


@functools.cache
def real_words() -> frozenset[str]:
    """Return English words, in lower case, that are a letter or two from a label and mean something else.

    Example:
        >>> {"danger", "relied"} <= real_words(), "surprsie" in real_words()
        (True, False)
    """
    return frozenset(_content()["real_words"]["words"])
