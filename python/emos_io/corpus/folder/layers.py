"""Which taxonomies a folder is read with: those of the package, files, or the words that somebody gave or wrote."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ..._checks import checked_path, is_sequence
from ...errors import InvalidArgument, short_repr
from ..findings import FindingCollector
from ..label_words import SEPARATORS, folded
from ..own_taxonomies import checked_taxonomies
from ..taxonomies import Taxonomy, find_taxonomy, is_known, known_names, taxonomy
from ..taxonomy_checks import checked_labels
from ..taxonomy_files import is_taxonomy_file, read_taxonomies

LayerSource = str | os.PathLike[str] | Taxonomy
"""What stands for a layer: its name, the file of its taxonomy, or the taxonomy."""

Infer = Literal["infer"]


@dataclass(frozen=True, slots=True)
class FolderLayers:
    """The layers of a folder.

    Attributes:
        name: Name of the layer of labels whose row names no other.
        own: Taxonomies of somebody's own, by name.
        is_inferred: Whether the labels of the layer `name` are the words that will be read.
        has_given_labels: Whether they were given one by one, and are in no file.
        are_tiers: Whether tiers of labels on spans are layers, by their names.
    """

    name: str
    own: Mapping[str, Taxonomy] = field(default_factory=dict)
    is_inferred: bool = False
    has_given_labels: bool = False
    are_tiers: bool = False

    def find(self, name: str) -> Taxonomy | None:
        """Return the taxonomy of a layer, or None where there is none of that name."""
        return self.own.get(name) or (taxonomy(name) if is_known(name) else None)

    def has(self, tier: str) -> bool:
        """Return whether a tier has the name of a layer; labels without a tier are of the layer `name`."""
        return tier in ("", self.name) or self.find(tier) is not None

    def of_tier(self, tier: str) -> str:
        """Return the layer of the labels of a tier."""
        return tier if tier and self.are_tiers and self.has(tier) else self.name

    def __getitem__(self, name: str) -> Taxonomy:
        """Return the taxonomy of a layer."""
        return find_taxonomy(name, self.own.values())

    def completed(self, cells: Iterable[str], findings: FindingCollector) -> FolderLayers:
        """Return the layers with the labels that the cells of the layer have, where they are to be inferred.

        Args:
            cells: The cells of labels of the layer `name`.
            findings: Takes ``labels_without_file`` where the labels are in no file.

        Raises:
            InvalidArgument: They have fewer than two words.
        """
        if not (self.is_inferred or self.has_given_labels):
            return self
        completed = self
        if self.is_inferred:
            completed = replace(self, own={**self.own, self.name: _inferred(self.name, cells)}, is_inferred=False)
        names = completed[self.name]
        origin = "the words that were found" if self.is_inferred else "those that were given"
        takes = "several labels at once" if names.multiple else "one label at once"
        what = f"the layer takes {takes}, and its labels are {origin}: {', '.join(names.labels)}"
        findings.add("labels_without_file", self.name, what, f"write them to a file of a taxonomy, {self.name}.json")
        return completed


def folder_layers(
    layer: LayerSource, taxonomies: object, labels: Sequence[str] | Infer | None, folder: Path
) -> FolderLayers:
    """Return the layers that the arguments of `emos_io.corpus.read_folder` stand for.

    Args:
        layer: The layer of labels.
        taxonomies: Further taxonomies, or files of them.
        labels: The labels of the layer, ``"infer"``, or None where it has a taxonomy.
        folder: The folder of media, in which files that are not there are looked for.

    Raises:
        InvalidArgument: A layer has no taxonomy, or two.
        SourceNotFound: A file is not there.
        SourceUnreadable: A file is none of a taxonomy.
    """
    given = taxonomies if is_sequence(taxonomies) and not isinstance(taxonomies, os.PathLike) else [taxonomies]
    more = [each for source in _listed(given) for each in taxonomies_of(source, folder, "taxonomies")]
    if labels is None:
        if isinstance(layer, Taxonomy) or is_taxonomy_file(layer):
            first, *others = taxonomies_of(layer, folder, "layer")
            return FolderLayers(first.name, _by_name([first, *others, *more]))
        own = _by_name(more)
        if not isinstance(layer, str) or (layer not in own and not is_known(layer)):
            raise _unknown(layer, own)
        return FolderLayers(layer, own)
    if not isinstance(layer, str) or is_taxonomy_file(layer) or is_known(layer):
        raise InvalidArgument(
            f"layer must be a name of your own where its labels are given, got {short_repr(layer)}; give for instance "
            "'moods', or leave the labels out"
        )
    if layer in (own := _by_name(more)):
        raise InvalidArgument(
            f"labels must be left out where the layer has a taxonomy, got {short_repr(labels)}; leave them out"
        )
    if labels == "infer":
        # Names are checked before anything is read.
        return FolderLayers(Taxonomy(layer, "1", layer, ("a", "b")).name, own, is_inferred=True)
    if isinstance(labels, str):
        raise InvalidArgument(f"labels must be a list of labels or 'infer', got {short_repr(labels)}; give a list")
    made = Taxonomy(layer, "1", layer, checked_labels(labels))
    return FolderLayers(layer, _by_name([made, *more]), has_given_labels=True)


def taxonomies_of(source: object, folder: Path | None, name: str) -> tuple[Taxonomy, ...]:
    """Return a taxonomy, and those that its maps lead to, from a file or as it is.

    Args:
        source: A taxonomy, or the path of its file.
        folder: Where a file that is not there is looked for, or None.
        name: The argument, for errors.
    """
    if isinstance(source, Taxonomy):
        return (source,)
    if not isinstance(source, str | os.PathLike) or not is_taxonomy_file(source):
        raise InvalidArgument(
            f"{name} must be taxonomies or paths of their files (.json, .yaml), got {short_repr(source)}; give the file"
        )
    path = checked_path(source, name)
    within = path if folder is None else folder / path
    return read_taxonomies(within if within.is_file() and not path.exists() else path)


def _listed(given: object) -> list[object]:
    return list(given) if isinstance(given, Iterable) else [given]


def _by_name(taxonomies: Iterable[Taxonomy]) -> dict[str, Taxonomy]:
    return {each.name: each for each in checked_taxonomies(list(taxonomies))}


def _unknown(layer: object, own: Iterable[str]) -> InvalidArgument:
    if not isinstance(layer, str):
        return InvalidArgument(
            f"layer must be the name of a taxonomy, a taxonomy or the path of its file, got {short_repr(layer)}; "
            "leave it out for 'basic7'"
        )
    return InvalidArgument(
        f"taxonomy must be one of {', '.join([*known_names(), *own])}, got {layer!r}; correct the name of the layer, or give "
        "the file of your own taxonomy (.json, .yaml)"
    )


def _inferred(layer: str, cells: Iterable[str]) -> Taxonomy:
    """Return the words of cells as a taxonomy: sorted, each in the letter case that most cells have."""
    spellings: dict[str, Counter[str]] = {}
    has_sets = False
    for cell in cells:
        words = [" ".join(word.split()) for word in SEPARATORS.split(cell) if word.strip()]
        has_sets = has_sets or len({folded(word) for word in words}) > 1
        for word in words:
            spellings.setdefault(folded(word), Counter())[word] += 1
    if len(spellings) < 2:
        found = ", ".join(repr(word) for counts in spellings.values() for word in counts) or "none"
        raise InvalidArgument(
            f"labels must be two or more words of the column to be inferred, got {found}; give them as a list, or correct "
            "the column"
        )
    labels = sorted(min(counts, key=lambda word: (-counts[word], word)) for counts in spellings.values())
    return Taxonomy(layer, "1", layer, tuple(labels), multiple=has_sets)
