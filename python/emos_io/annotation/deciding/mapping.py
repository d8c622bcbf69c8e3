"""Votes of one layer as votes of another: each rater votes for the label that most of its labels map to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..._arrays import BoolArray, Int64Array
from ...corpus import Clip, CorpusData, FindingCollector, LabelMap, Monologue, Normaliser, Scalar, Taxonomy, known_maps
from ...errors import InvalidArgument, short_repr
from ..checks import NO_VOTE
from ..vote_table import VoteTable
from .options import DecideOptions, Mapped
from .reports import amount, where


@dataclass(frozen=True, slots=True)
class LayerSource:
    """Another layer whose votes decide a layer.

    Attributes:
        names: The taxonomy of the other layer.
        to: The taxonomy of the layer that is decided; it takes one label.
        mapping: A label of `to`, or None, for every label of `names`; the abstain word may be among them.
        original: The attribute of clips that has the label before, or None.
        about: What recipes say of it.
    """

    names: Taxonomy
    to: Taxonomy
    mapping: Mapping[str, str | None]
    original: str | None
    about: Mapping[str, Scalar]

    def class_matrix(self) -> Int64Array:
        """Return which label maps to which class, 0 or 1, int64 ``[L, K]``; the abstain word comes last, if there is one."""
        words = self.names.words
        matrix = np.zeros((len(words), len(self.to.labels)), np.int64)
        for row, word in enumerate(words):
            label = self.mapping.get(word)
            if label is not None:
                matrix[row, self.to.index(label)] = 1
        return matrix

    def mapped(self, members: BoolArray, given: BoolArray, originals: Int64Array | None) -> BoolArray:
        """Return the class that each rater votes for.

        It is the class that most of the labels map to. Of tied classes it is the original one if that is among them, else the
        first of the taxonomy. Where no label maps to a class, it is the original one, or none where there is none: the rule of
        EmoS, as `mapped_votes` has it.

        Args:
            members: bool ``[N, R, L]``: the labels that each rater gave.
            given: bool ``[N, R]``: whether each rater gave a vote, also one without a label.
            originals: int64 ``[N]``: classes, -1 for none; or None.

        Returns:
            bool ``[N, R, K]`` with one class a rater, or none.
        """
        counts = members.astype(np.int64) @ self.class_matrix()
        most = counts.max(axis=2, initial=0)
        tied = (counts == most[:, :, None]) & given[:, :, None]
        votes = np.where(most > 0, tied.argmax(axis=2), NO_VOTE)
        if originals is not None:
            own = np.broadcast_to(originals[:, None], votes.shape)
            is_tied = np.take_along_axis(tied, np.maximum(own, 0)[:, :, None], axis=2)[:, :, 0]
            votes = np.where((own != NO_VOTE) & is_tied, own, votes)
        found: BoolArray = votes[:, :, None] == np.arange(len(self.to.labels))
        return found

    def originals(
        self, items: Sequence[Clip | Monologue], table: VoteTable, findings: FindingCollector, fix: str
    ) -> Int64Array | None:
        """Return the class before of each row, int64 ``[N]``, -1 where there is none; None where no attribute was named.

        Args:
            items: The items of the rows.
            table: The rows.
            findings: Takes ``no_original_label``.
            fix: What is done without it.

        Raises:
            InvalidArgument: No item has such a label.
        """
        if self.original is None:
            return None
        read = Normaliser(self.to)
        classes: dict[str, int] = {}
        without: list[str] = []
        for item in items:
            written = item.attributes.get(self.original)
            labels = () if written is None else read(str(written)).labels
            if len(labels) == 1:
                classes[item.key] = self.to.index(labels[0])
            else:
                without.append(item.key)
        if items and not classes:
            first = short_repr(items[0].attributes.get(self.original))
            raise InvalidArgument(
                f"original must be an attribute with labels of {self.to.name}, got {self.original!r}, which is {first} of "
                f"{items[0].key!r}; {items[0].key!r} has {', '.join(items[0].attributes) or 'no attributes'}",
                key=items[0].key,
            )
        if without:
            what = f"{amount(without, 'item')} without a label of {self.to.name} as attribute {self.original}"
            findings.add("no_original_label", where(without), what, fix)
        return np.array([classes.get(row.item, NO_VOTE) for row in table.rows], np.int64)


def layer_source(corpus: CorpusData, names: Taxonomy, options: DecideOptions) -> LayerSource | None:
    """Return the other layer that the options name, or None for the layer's own votes.

    Raises:
        InvalidArgument: There is no such layer or map, or the map does not go from that layer to this one.
    """
    if options.from_layer is None:
        return None
    if names.multiple:
        raise InvalidArgument(
            f"from_layer must be left out for {names.name}, which takes several labels, got {options.from_layer!r}; "
            "decide it by its own votes"
        )
    source = corpus.taxonomy(options.from_layer)
    given = _chosen_map(corpus, source, names, options.map)
    about: dict[str, Scalar] = {"from_layer": source.name, "from_layer_version": source.version}
    if isinstance(given, LabelMap):
        if (given.from_taxonomy, given.to_taxonomy) != (source.name, names.name):
            raise InvalidArgument(
                f"map must be one from {source.name} to {names.name}, got {given.name!r}, from {given.from_taxonomy} to "
                f"{given.to_taxonomy}; give another map, or another from_layer"
            )
        mapping: Mapping[str, str | None] = {**given.mapping}
        about |= {"map": given.name, "map_version": given.version}
    elif isinstance(given, Mapping):
        mapping = dict(given)
        about |= {"map": "own"}
    else:
        raise InvalidArgument(
            f"map must be the name of a label map, a LabelMap or a mapping, got {short_repr(given)}; give for instance "
            "'emos-meld-last'"
        )
    _check_mapping(mapping, source, names)
    text = json.dumps(mapping, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    about["map_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    if options.original is not None:
        about["original"] = options.original
    return LayerSource(source, names, mapping, options.original, about)


def _chosen_map(
    corpus: CorpusData, source: Taxonomy, names: Taxonomy, given: Mapped | None
) -> LabelMap | Mapping[str, str | None]:
    """Return the map that was named, or the one that the taxonomy has where none was; a map itself stays as it is.

    A name is that of a map of the package or of a taxonomy of the corpus, or that of a taxonomy that the source has a map to.
    """
    if given is not None and not isinstance(given, str):
        return given
    own = source.maps.get(names.name)
    if own is not None and given in (None, names.name, own.name):
        return own
    # Those of other taxonomies come last, so that the check of both ends says what is wrong with them.
    maps = [*known_maps(), *(each for one in (source, *corpus.taxonomies) for each in one.maps.values())]
    by_name = {**{each.to_taxonomy: each for each in source.maps.values()}, **{each.name: each for each in maps}}
    if given is not None and given in by_name:
        return by_name[given]
    fitting = [each.name for each in maps if (each.from_taxonomy, each.to_taxonomy) == (source.name, names.name)]
    there = "".join(f"{name!r} or " for name in dict.fromkeys(fitting))
    raise InvalidArgument(
        f"map must be one from {source.name} to {names.name}, got {short_repr(given)}; give {there}a mapping of your own"
    )


def _check_mapping(mapping: Mapping[str, str | None], source: Taxonomy, names: Taxonomy) -> None:
    missing = next((label for label in source.labels if label not in mapping), None)
    if missing is not None:
        raise InvalidArgument(
            f"map must have every label of {source.name}, got none for {missing!r}; map it to one of {names.name} or to None"
        )
    for label, to in mapping.items():
        if label not in source.words:
            raise InvalidArgument(
                f"map must have labels of {source.name}, got {short_repr(label)}; correct the label or delete it"
            )
        if to is not None and to not in names.labels:
            allowed = ", ".join(names.labels)
            raise InvalidArgument(
                f"map must give one of {allowed} or None, got {short_repr(to)} for {label!r}; correct the label"
            )
