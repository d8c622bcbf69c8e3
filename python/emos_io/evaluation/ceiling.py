"""An annotator's ceiling: how often a rater agrees with the others of an item, and models measured in the same way.

```text
 votes on an item     ann Joy   bob Joy   cem Fear
 left out: cem        the others agree on Joy       cem is wrong, a model that gives Joy is right
 left out: ann        the others are tied           no answer is right or wrong; or half credit for Joy, and for Fear
```

The label of the others never holds the vote of the rater who is compared with it, as a decision of all votes would.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np

from .._arrays import BoolArray, Float64Array, Int64Array
from .._checks import choice, is_sequence
from ..annotation.vote_table import VoteTable, vote_table
from ..corpus import Clip, Corpus, Monologue, is_known
from ..corpus.records import PUBLISHED_LAYERS
from ..errors import InvalidArgument, short_repr
from .streams.pieces import Stream
from .sums import Measure, Measured, MeasuredRows, OfSums, PlainValue

Kind = Literal["clips", "streams"]
KINDS: tuple[Kind, ...] = ("clips", "streams")
LEAST_OTHERS = 2
"""The least number of others that a rater is compared with: one other alone always agrees with itself."""

_PAIRS, _AGREED, _RIGHT, _HALF, _MODEL_RIGHT, _MODEL_HALF = range(6)
_NUM_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How often raters agree with the others, and a model beside them.

    Attributes:
        keys: Keys of the N items; a row of `measured` is an item, so clusters and slices of items are those of rows.
        raters: Names of the raters that others could be compared with, sorted.
        measured: The measures, as sums over items. Where nobody can be compared, a value that is None, and why.
    """

    keys: tuple[str, ...] = field(repr=False)
    raters: tuple[str, ...]
    measured: tuple[Measured, ...] = field(repr=False)

    @property
    def why(self) -> str:
        """Why there is no ceiling; "" where there is one."""
        return next((each.why for each in self.measured if isinstance(each, PlainValue)), "")

    def value(self, name: str, **of: str) -> float:
        """Return one measure over all items; NaN where there is none.

        Raises:
            InvalidArgument: There is no such measure.
        """
        for each in self.measured:
            if isinstance(each, MeasuredRows):
                return each.value(name, **of)
        return math.nan


def annotator_ceiling(
    corpus: Corpus,
    layer: str = "basic7",
    *,
    kind: Kind = "clips",
    keys: Sequence[str] | None = None,
    predicted: Int64Array | None = None,
    streams: Iterable[Stream] | None = None,
    by_rater: bool = True,
) -> Ceiling:
    """Return how often a rater gives the label of the others, and a model beside them on the same items.

    Each rater is left out once on each item on which two or more others voted. The label of the others is that of most of
    their votes. Two others agree, or they are tied. The measures, over all such pairs of an item and a rater who is left out:

    - ``others_agree``: the share of pairs in which the others have one label, not several with equally many votes.
    - ``annotator_ceiling`` with ``ties`` ``"left_out"``: the share of the pairs with one label of the others in which the rater
      gives it.
    - ``annotator_ceiling`` with ``ties`` ``"half"``: all pairs; a rater who gives one of m tied labels has the credit 1 / m, a
      half of two. It is the mean share where a tie is broken by lot.
    - ``accuracy_beside_ceiling``, with both ``ties``: the same pairs and labels, with the label of the model in place of the
      rater's. No answer is wrong.

    Each is there over all raters, and with ``rater`` for the pairs of one. First votes count alone: abstentions, and answers
    of reviewers, are no votes.

    Args:
        corpus: Any corpus.
        layer: A layer that takes one label.
        kind: ``"clips"``, which count one each; or ``"streams"``, whose pairs count by their seconds.
        keys: Keys of the N items, each once; None for all of this kind.
        predicted: int64 ``[N]`` of clips, beside `keys`: the class of the model's label in the taxonomy, -1 for no answer.
        streams: What a model says of monologues, by their keys; of one that is missing every second is wrong.
        by_rater: Whether there are measures of each rater too; of hundreds of raters they take memory.

    Returns:
        Rows of N items. Where no item has votes of three raters, or the layer takes several labels, a value that is None, with
        the reason.

    Raises:
        InvalidArgument: There is no such layer or item, a key comes twice, or `predicted` does not fit `keys`.

    Cost: one pass over the votes; 48 N bytes, and as much again for each rater with `by_rater`.

    Example:
        >>> from emos_io.corpus import Vote
        >>> votes = [Vote(item="a", layer="basic7", rater=name, labels=(label,)) for name, label in
        ...          (("ann", "Joy"), ("bob", "Joy"), ("cem", "Fear"))]
        >>> corpus = Corpus([Clip(key="a", source="own", language="en", votes=tuple(votes))])
        >>> ceiling = annotator_ceiling(corpus)
        >>> ceiling.value("annotator_ceiling", ties="left_out"), ceiling.value("annotator_ceiling", ties="half")
        (0.0, 0.3333333333333333)
    """
    which = choice(kind, KINDS, "kind")
    items: Sequence[Clip | Monologue] = corpus.clips if which == "clips" else corpus.monologues
    chosen = _chosen(items, keys)
    if layer in PUBLISHED_LAYERS and not is_known(layer):
        return _none(chosen, f"the layer {layer!r} has numbers: raters are near each other, not right or wrong")
    names = corpus.taxonomy(layer)
    answers = _checked_answers(which, chosen, predicted, streams, len(names.labels))
    if names.multiple:
        return _none(
            chosen, f"the layer {layer!r} takes several labels at once: raters agree in part, not or not at all"
        )
    table = vote_table(chosen, names)
    voted = table.voted
    usable = voted & (voted.sum(axis=1, keepdims=True) > LEAST_OTHERS)
    if not usable.any():
        most = int(voted.sum(axis=1).max()) if len(table) else 0
        return _none(chosen, f"no item has votes of three or more raters in the layer {layer!r}: the most is {most}")
    left_out = [_LeftOut.of(table, usable, int(rater)) for rater in np.flatnonzero(usable.any(axis=0))]
    unit = _unit(table, answers, left_out)
    labels = _label_weights(table, answers, unit) if answers is not None else None
    weights, all_keys = _scaled(table.weights(), unit), [each.key for each in chosen]
    columns = _columns(table, left_out, labels, weights, all_keys, by_rater=by_rater)
    raters = tuple(each.rater for each in left_out)
    counted = columns[:, _PAIRS] > 0
    measures = _measures(raters if by_rater else (), unit, has_model=answers is not None)
    return Ceiling(tuple(all_keys), raters, (MeasuredRows(columns, counted, measures),))


def _chosen(items: Sequence[Clip | Monologue], keys: Sequence[str] | None) -> list[Clip | Monologue]:
    by_key = {item.key: item for item in items}
    if keys is None:
        return list(by_key.values())
    if not is_sequence(keys):
        raise InvalidArgument(f"keys must be a list of keys, got {short_repr(keys)}; give those of the items")
    wanted = list(keys)
    for key in wanted:
        if key not in by_key:
            raise InvalidArgument(f"keys must be keys of the corpus, got {short_repr(key)}; leave it out", key=str(key))
    if len(set(wanted)) != len(wanted):
        twice = next(key for number, key in enumerate(wanted) if key in wanted[:number])
        raise InvalidArgument(f"keys must be there once each, got {twice!r} twice; give it once", key=twice)
    return [by_key[key] for key in wanted]


def _checked_answers(
    kind: Kind,
    items: Sequence[Clip | Monologue],
    predicted: Int64Array | None,
    streams: Iterable[Stream] | None,
    num_classes: int,
) -> dict[str, int] | dict[str, Stream] | None:
    """Return what the model says, by key: a class of clips, pieces of monologues; None without a model."""
    if kind == "streams":
        if predicted is not None:
            raise InvalidArgument("predicted must be left out for streams, got an array; give streams")
        return None if streams is None else {each.key: each for each in streams}
    if streams is not None:
        raise InvalidArgument("streams must be left out for clips, got some; give predicted")
    if predicted is None:
        return None
    classes = np.asarray(predicted)
    if classes.shape != (len(items),) or classes.dtype.kind not in "iu":
        raise InvalidArgument(
            f"predicted must be int64 of shape ({len(items)},), got {classes.dtype} of shape {classes.shape}; give a class "
            "for each key, -1 for none"
        )
    wrong = classes[(classes < -1) | (classes >= num_classes)]
    if len(wrong):
        raise InvalidArgument(
            f"predicted must be classes from -1 to {num_classes - 1}, got {int(wrong[0])}; correct it"
        )
    return {item.key: int(each) for item, each in zip(items, classes, strict=True)}


def _none(items: Sequence[Clip | Monologue], why: str) -> Ceiling:
    values = tuple(PlainValue("annotator_ceiling", None, 0, why, {"ties": ties}) for ties in ("left_out", "half"))
    return Ceiling(tuple(each.key for each in items), (), values)


@dataclass(frozen=True, slots=True, eq=False)
class _LeftOut:
    """One rater beside the others.

    Attributes:
        rater: Its name.
        rows: int64 ``[M]``: the rows of the table in which two or more others voted.
        tied: bool ``[M, K]``: the labels with most of the votes of the others.
        num_tied: int64 ``[M]``: how many these are.
        is_own: bool ``[M]``: the rater gives one of them.
    """

    rater: str
    rows: Int64Array
    tied: BoolArray
    num_tied: Int64Array
    is_own: BoolArray

    @staticmethod
    def of(table: VoteTable, usable: BoolArray, rater: int) -> _LeftOut:
        rows = np.flatnonzero(usable[:, rater])
        votes = table.members[rows] & table.voted[rows][:, :, None]
        others = votes.sum(axis=1, dtype=np.int64) - votes[:, rater]
        tied = others == others.max(axis=1, keepdims=True)
        return _LeftOut(table.raters[rater], rows, tied, tied.sum(axis=1), (tied & votes[:, rater]).any(axis=1))


def _unit(table: VoteTable, answers: dict[str, int] | dict[str, Stream] | None, left_out: Sequence[_LeftOut]) -> int:
    """Return into how many parts a clip or a second is divided so that all sums are of whole numbers."""
    times = [row.weight for row in table.rows]
    times += [edge for row in table.rows if row.span for edge in (row.span.start, row.span.end)]
    for each in (answers or {}).values():
        if isinstance(each, Stream):
            times += [edge for piece in each.predicted for edge in (piece.span.start, piece.span.end)]
    shares = {int(count) for each in left_out for count in np.unique(each.num_tied)}
    return math.lcm(*(time.denominator for time in times)) * math.lcm(*shares)


def _scaled(weights: Sequence[Fraction], unit: int) -> Float64Array:
    return np.array([int(weight * unit) for weight in weights], np.float64)


def _label_weights(table: VoteTable, answers: dict[str, int] | dict[str, Stream], unit: int) -> Float64Array:
    """Return how much of each row the model gives each label, float64 ``[M, K]``."""
    found = np.zeros((len(table), len(table.taxonomy.labels)))
    known = set(table.taxonomy.labels)
    for number, row in enumerate(table.rows):
        answer = answers.get(row.item)
        if isinstance(answer, int) and answer >= 0:
            found[number, answer] = unit
        elif isinstance(answer, Stream) and row.span is not None:
            for piece in answer.predicted:
                both = piece.span.intersect(row.span)
                if both is not None and piece.label in known:
                    found[number, table.taxonomy.index(piece.label)] += int(both.duration * unit)
    return found


def _columns(
    table: VoteTable,
    left_out: Sequence[_LeftOut],
    labels: Float64Array | None,
    weights: Float64Array,
    keys: Sequence[str],
    *,
    by_rater: bool,
) -> Float64Array:
    """Return the columns over all raters, float64 ``[N, 6]``, or these and those of each, ``[N, 6 (R + 1)]``."""
    row_of = {key: number for number, key in enumerate(keys)}
    item_of = np.array([row_of[row.item] for row in table.rows], np.int64)
    columns = np.zeros((len(keys), len(left_out) * by_rater + 1, _NUM_COLUMNS))
    for number, each in enumerate(left_out, start=1):
        weight, is_agreed = weights[each.rows], each.num_tied == 1
        added = np.zeros((len(each.rows), _NUM_COLUMNS))
        added[:, _PAIRS] = weight
        added[:, _AGREED] = weight * is_agreed
        added[:, _RIGHT] = weight * (each.is_own & is_agreed)
        added[:, _HALF] = weight * each.is_own / each.num_tied
        if labels is not None:
            model = (each.tied * labels[each.rows]).sum(axis=1)
            added[:, _MODEL_RIGHT] = model * is_agreed
            added[:, _MODEL_HALF] = model / each.num_tied
        for index in (0, number) if by_rater else (0,):
            np.add.at(columns[:, index], item_of[each.rows], added)
    return columns.reshape(len(keys), -1)


def _measures(raters: Sequence[str], unit: int, *, has_model: bool) -> tuple[Measure, ...]:
    found: list[Measure] = []
    for number, rater in enumerate((None, *raters)):
        of = {} if rater is None else {"rater": rater}
        rows: list[tuple[str, dict[str, str], int, int]] = [("others_agree", {}, _AGREED, _PAIRS)]
        rows += [("annotator_ceiling", {"ties": "left_out"}, _RIGHT, _AGREED)]
        rows += [("annotator_ceiling", {"ties": "half"}, _HALF, _PAIRS)]
        if has_model:
            rows += [("accuracy_beside_ceiling", {"ties": "left_out"}, _MODEL_RIGHT, _AGREED)]
            rows += [("accuracy_beside_ceiling", {"ties": "half"}, _MODEL_HALF, _PAIRS)]
        for name, ties, above, below in rows:
            first = _NUM_COLUMNS * number
            found.append(Measure(name, _share(first + above, first + below), ties | of, _amount(first + below, unit)))
    return tuple(found)


def _share(above: int, below: int) -> OfSums:
    def share(sums: Float64Array) -> Float64Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(sums[:, above] / sums[:, below], np.float64)

    return share


def _amount(column: int, unit: int) -> OfSums:
    def amount(sums: Float64Array) -> Float64Array:
        return np.asarray(sums[:, column] / unit, np.float64)

    return amount
