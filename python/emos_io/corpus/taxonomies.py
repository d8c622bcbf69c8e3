"""Taxonomies and the maps between them: data with versions, never code."""

from __future__ import annotations

import functools
import json
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType
from typing import Any

from ..errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A closed list of labels.

    Attributes:
        name, version, title: Which one it is.
        labels: In the order of class indices.
        abstain: The word of a rater who gives none of them, or None; it is no class.
        multiple: Whether an item may have several labels at once.
        aliases: Other words for a label, lower case; lower-case and translated forms.
        edges: For binned numbers, where bins end; a bin holds its right edge.
    """

    name: str
    version: str
    title: str
    labels: tuple[str, ...]
    abstain: str | None = None
    multiple: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    edges: tuple[float, ...] = ()

    def index(self, label: str) -> int:
        """Return the class index of a label.

        Raises:
            InvalidArgument: The taxonomy has no such label.
        """
        try:
            return self.labels.index(label)
        except ValueError:
            allowed = ", ".join(self.labels)
            raise InvalidArgument(f"label {label!r} was given; {self.name} has {allowed}") from None

    def bin(self, value: float) -> str:
        """Return the label of a number, for a taxonomy of bins: a bin holds its right edge.

        Raises:
            InvalidArgument: The taxonomy has no bins, or the value is outside of [-1, 1].
        """
        if not self.edges:
            raise InvalidArgument(
                f"a number was given, but {self.name} has no bins; use sentiment2, sentiment3, sentiment5"
            )
        if not -1 <= value <= 1:
            raise InvalidArgument(f"sentiment {value} was given; it lies in [-1, 1]")
        return self.labels[bisect_left(self.edges, value)]


@dataclass(frozen=True, slots=True)
class LabelMap:
    """A map from the labels of one taxonomy to those of another.

    Attributes:
        name, version, title: Which one it is.
        source, target: Names of the taxonomies.
        mapping: Every label of the source, and its abstain word where it has one.
    """

    name: str
    version: str
    title: str
    source: str
    target: str
    mapping: Mapping[str, str]

    def __getitem__(self, label: str) -> str:
        """Return what a label of the source becomes.

        Raises:
            InvalidArgument: The source has no such label.
        """
        if label not in self.mapping:
            raise InvalidArgument(f"label {label!r} was given; {self.name} maps {', '.join(self.mapping)}")
        return self.mapping[label]


@functools.cache
def _data() -> tuple[dict[str, Taxonomy], dict[str, LabelMap]]:
    text = resources.files(__package__).joinpath("taxonomies.json").read_text("utf-8")
    data: dict[str, Any] = json.loads(text)
    taxonomies = {
        each["name"]: Taxonomy(
            each["name"],
            each["version"],
            each["title"],
            tuple(each["labels"]),
            each["abstain"],
            each["multiple"],
            MappingProxyType(each["aliases"]),
            tuple(each.get("edges", ())),
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
            MappingProxyType(each["mapping"]),
        )
        for each in data["maps"]
    }
    return taxonomies, maps


def taxonomy(name: str) -> Taxonomy:
    """Return a taxonomy by name: basic7, goemotions, mer6, sentiment2, sentiment3, sentiment5.

    Raises:
        InvalidArgument: There is none of that name.

    Example:
        >>> taxonomy("basic7").labels[:2]
        ('Anger', 'Disgust')
    """
    found = _data()[0]
    if name not in found:
        raise InvalidArgument(f"taxonomy {name!r} was asked for; there are {', '.join(found)}")
    return found[name]


def label_map(name: str) -> LabelMap:
    """Return a map between taxonomies by name.

    Raises:
        InvalidArgument: There is none of that name.

    Example:
        >>> label_map("emos-meld-first")["caring"], label_map("emos-meld-last")["caring"]
        ('Neutral', 'Joy')
    """
    found = _data()[1]
    if name not in found:
        raise InvalidArgument(f"label map {name!r} was asked for; there are {', '.join(found)}")
    return found[name]
