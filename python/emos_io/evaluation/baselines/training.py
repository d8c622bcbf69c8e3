"""What baselines learn from and what they are asked: the items of each part of a split, and their true labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...corpus import Clip, CorpusData, Folds, LabelTimeline, Monologue, Split, Taxonomy
from ...errors import InvalidArgument, short_repr

Item = Clip | Monologue
DIGITS = 6
"""Decimals of scores."""


def rounded(score: Fraction | float) -> float:
    """Return a score as predictions have it: seven of them sum to 1 within 4e-6.

    Example:
        >>> from fractions import Fraction
        >>> rounded(Fraction(1, 3))
        0.333333
    """
    return round(float(score), DIGITS)


@dataclass(frozen=True, slots=True)
class Part:
    """A train side and a test side.

    Attributes:
        fold: Name of the fold that is the test side; None where the split has no folds.
        train, test: The items, in order of their keys.
    """

    fold: str | None
    train: tuple[Item, ...]
    test: tuple[Item, ...]


def parts_of(corpus: CorpusData, division: Split | Folds) -> list[Part]:
    """Return a part for each fold, or the one part of a split; items of a validation side are in none.

    Raises:
        InvalidArgument: It is no division, one of other items than the corpus has, or one without items to train on or to test.
    """
    if isinstance(division, Folds):
        if len(division) < 2:
            raise InvalidArgument(f"split must have two folds or more, got {len(division)}; make more folds")
        sides: list[tuple[str | None, Split]] = [
            (name, division.split(index)) for index, name in enumerate(division.names)
        ]
    elif isinstance(division, Split):
        sides = [(None, division)]
    else:
        raise InvalidArgument(
            f"split must be a Split or Folds, got {short_repr(division)}; read its file with read_split"
        )
    items = {item.key: item for item in corpus}
    keys = [key for _, split in sides[:1] for own in split.sides().values() for key in own]
    lacking = [key for key in keys if key not in items]
    if lacking:
        raise InvalidArgument(
            f"split must be of items of the corpus, got {len(lacking)} of {len(keys)} keys that it lacks, such as "
            f"{lacking[0]!r}; read the corpus that was divided",
            key=lacking[0],
        )
    for fold, split in sides:
        for side, own in (("train", split.train), ("test", split.test)):
            if not own:
                where = "" if fold is None else f" of fold {fold!r}"
                raise InvalidArgument(
                    f"split must have items in train and in test, got none in {side}{where}; divide again"
                )
    return [
        Part(fold, tuple(items[key] for key in split.train), tuple(items[key] for key in split.test))
        for fold, split in sides
    ]


def single_taxonomy(corpus: CorpusData, layer: str) -> Taxonomy:
    """Return the taxonomy of a layer that takes one label at once.

    Raises:
        InvalidArgument: The layer has none, or takes several.
    """
    if layer == "intensity":
        raise InvalidArgument("layer must be one of labels, got 'intensity', which is of numbers; give another layer")
    found = corpus.taxonomy(layer)
    if found.multiple:
        raise InvalidArgument(
            f"layer must take one label at once, got {layer!r}, which takes several; baselines are of layers such as basic7"
        )
    return found


def clip_label(clip: Clip, taxonomy: Taxonomy) -> str | None:
    """Return the label of the decision that counts, or None where there is none or it is no class."""
    decision = clip.decisions.get(taxonomy.name)
    label = None if decision is None else decision.label
    return label if label in taxonomy.labels else None


def stream_labels(monologue: Monologue, taxonomy: Taxonomy) -> LabelTimeline | None:
    """Return the labels of a monologue over time, or None where it has none in the layer."""
    labelled = any(each.labels_in(taxonomy.name) for each in monologue.utterances)
    return monologue.labels(taxonomy.name) if labelled else None


def labelled_seconds(item: Item, taxonomy: Taxonomy) -> Iterator[tuple[str, Fraction]]:
    """Yield the labels of an item with how much each counts: 1 for a clip, seconds for a monologue."""
    if isinstance(item, Clip):
        label = clip_label(item, taxonomy)
        if label is not None:
            yield label, Fraction(1)
        return
    line = stream_labels(item, taxonomy)
    if line is None:
        return
    for span, weights in zip(line.spans, line.weights, strict=True):
        yield from ((name, span.duration * weight) for name, weight in weights.items() if name in taxonomy.labels)


def check_truth(parts: Sequence[Part], taxonomy: Taxonomy) -> None:
    """Check that something can be learned.

    Raises:
        InvalidArgument: No item of any train side has a label in the layer.
    """
    items = {item.key: item for part in parts for item in part.train}
    if not any(True for item in items.values() for _ in labelled_seconds(item, taxonomy)):
        raise InvalidArgument(
            f"layer must be one in which items of train have labels, got {taxonomy.name!r}, in which none of {len(items)} has "
            "one; give another layer, or decide its votes first"
        )
