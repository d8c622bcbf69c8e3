"""Agreement where each vote is a set of labels (GoEmotions): Jaccard, exact match, MASI, and the style of each rater.

Label sets are bool ``[N, R, K]`` (item, rater, label) with ``voted``, bool ``[N, R]``, where votes are missing; or N rows of R
sets, with None where a rater gave no vote. An empty set is a vote: two empty sets are equal, their Jaccard index is 1 and their
distance 0. With ``row_weights``, such as seconds, means are weighted: a row that is cut in two changes nothing, exactly.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Collection, Hashable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import BoolArray, Float64Array, Int64Array
from ..._checks import as_integer
from ...errors import InvalidArgument
from ..checks import array_summary, read_only
from ..weights import Weights, checked_row_weights
from .merged_rows import merged_rows

_Value = TypeVar("_Value")
LabelSets = BoolArray | Sequence[Sequence[Collection[Hashable] | None]]


@dataclass(frozen=True, slots=True, eq=False)
class StyleReport:
    """How each of R raters labels. Means over no items are NaN. Its arrays are read-only; its repr prints shapes.

    Attributes:
        num_items: int64 ``[R]``, the number of items that the rater labelled.
        cardinality: float64 ``[R]``, k_a, the mean size of the rater's sets.
        neutral_rate: float64 ``[R]``, the share of the rater's sets that contain the neutral label; NaN without such a label.
        num_with_consensus: int64 ``[R]``, the number of items with a consensus that the rater labelled: those whose
            consensus set is not empty.
        consensus_exact: float64 ``[R]``, the share of these items on which the rater's set is the consensus set.
        consensus_jaccard: float64 ``[R]``, the mean Jaccard index of the rater's set and the consensus set over these
            items.
    """

    num_items: Int64Array
    cardinality: Float64Array
    neutral_rate: Float64Array
    num_with_consensus: Int64Array
    consensus_exact: Float64Array
    consensus_jaccard: Float64Array

    def __post_init__(self) -> None:
        read_only(self, *self.__slots__)

    def __repr__(self) -> str:
        return f"StyleReport({', '.join(array_summary(name, getattr(self, name)) for name in self.__slots__)})"


def jaccard_index(a: AbstractSet[Hashable], b: AbstractSet[Hashable]) -> float:
    """Return the Jaccard index |a & b| / |a | b|, in [0, 1]; 1 for two empty sets.

    Source: P. Jaccard, The distribution of the flora in the alpine zone, New Phytol. 11 (1912).

    Cost: O(size of the sets).

    Example:
        >>> jaccard_index({"joy"}, {"joy", "pride"}), jaccard_index(set(), set())
        (0.5, 1.0)
    """
    union = len(a | b)
    return len(a & b) / union if union else 1.0


def jaccard_distance(a: AbstractSet[Hashable], b: AbstractSet[Hashable]) -> float:
    """Return the Jaccard distance, 1 - `jaccard_index`, in [0, 1]; 0 for two empty sets.

    Cost: O(size of the sets).

    Example:
        >>> jaccard_distance({"joy"}, {"joy", "pride"})
        0.5
    """
    return 1.0 - jaccard_index(a, b)


def masi_distance(a: AbstractSet[Hashable], b: AbstractSet[Hashable]) -> float:
    """Return the MASI distance 1 - J * M, in [0, 1].

    J is the Jaccard index. M is 1 for equal sets, 2/3 where one contains the other, 1/3 where they only overlap, and 0
    where they do not. The distance of two empty sets is 0; that of an empty set and another is 1.

    Source: R. Passonneau, Measuring agreement on set-valued items (MASI), LREC 2006. NLTK rounds M to 0.67 and 0.33.

    Cost: O(size of the sets).

    Example:
        >>> round(masi_distance({"joy"}, {"joy", "pride"}), 6)
        0.666667
    """
    if a == b:
        return 0.0
    common = len(a & b)
    subset = common == min(len(a), len(b))
    return 1.0 - common / len(a | b) * (2 if subset else 1) / 3


def pairwise_jaccard(
    votes: LabelSets, *, row_weights: Weights | None = None, voted: BoolArray | None = None
) -> Float64Array:
    """Return the mean Jaccard index of each pair of raters, over the items that both labelled.

    The index of two empty sets is 1.

    Args:
        votes: Label sets, bool ``[N, R, K]`` or N rows of R sets.
        row_weights: How much each item counts, such as seconds: N numbers above 0; None counts each as 1.
        voted: For bool votes: who gave a vote, bool ``[N, R]``; None for everybody.

    Returns:
        float64 ``[R, R]`` in [0, 1], symmetric, 1 on the diagonal; NaN where no item has votes of both.

    Raises:
        InvalidArgument: votes, weights or `voted` of the wrong shape or type.

    Cost: O(N * R * R * K).

    Example:
        >>> pairwise_jaccard([[{"joy"}, {"joy", "pride"}], [{"fear"}, {"fear"}]])[0, 1]
        np.float64(0.75)
    """
    return _mean_of_pairs(*_merged(*member_matrix(votes, voted)[:2], row_weights), jaccard_of_rows)


def exact_match(
    votes: LabelSets, *, row_weights: Weights | None = None, voted: BoolArray | None = None
) -> Float64Array:
    """Return the share of items on which each pair of raters gave the same set, of the items that both labelled.

    Two empty sets are the same.

    Args:
        votes: Label sets, bool ``[N, R, K]`` or N rows of R sets.
        row_weights: How much each item counts, such as seconds: N numbers above 0; None counts each as 1.
        voted: For bool votes: who gave a vote, bool ``[N, R]``; None for everybody.

    Returns:
        float64 ``[R, R]`` in [0, 1], symmetric, 1 on the diagonal; NaN where no item has votes of both.

    Raises:
        InvalidArgument: votes, weights or `voted` of the wrong shape or type.

    Cost: O(N * R * R * K).

    Example:
        >>> exact_match([[{"joy"}, {"joy", "pride"}], [{"fear"}, {"fear"}]])[0, 1]
        np.float64(0.5)
    """
    return _mean_of_pairs(*_merged(*member_matrix(votes, voted)[:2], row_weights), equal_rows)


def unanimous(votes: LabelSets, *, voted: BoolArray | None = None) -> BoolArray:
    """Return on which items all raters that gave a vote gave the same set, bool ``[N]``; True without votes, too.

    Args:
        votes: Label sets, bool ``[N, R, K]`` or N rows of R sets.
        voted: For bool votes: who gave a vote, bool ``[N, R]``; None for everybody.

    Raises:
        InvalidArgument: votes or `voted` of the wrong shape or type.

    Cost: O(N * R * K).

    Example:
        >>> unanimous([[{"joy"}, {"joy", "pride"}], [{"fear"}, {"fear"}], [set(), None]]).tolist()
        [False, True, True]
    """
    member, present, _ = member_matrix(votes, voted)
    in_all = (member | ~present[:, :, None]).all(axis=1)
    same: BoolArray = (in_all == member.any(axis=1)).all(axis=1) | ~present.any(axis=1)
    return same


def style_report(
    votes: LabelSets,
    *,
    neutral: Hashable | None,
    consensus: BoolArray | None = None,
    row_weights: Weights | None = None,
    voted: BoolArray | None = None,
) -> StyleReport:
    """Return how many labels each rater gives, how often neutral, and how far it agrees with the consensus.

    Args:
        votes: Label sets, bool ``[N, R, K]`` or N rows of R sets.
        neutral: The neutral label: its index, below K, for bool votes; else the label. None where there is none.
        consensus: The consensus set of each item, bool ``[N, K]``, for bool votes only. None takes the labels that more
            than half of the raters of the item gave; the rater itself is one of them.
        row_weights: How much each item counts in means, such as seconds: N numbers above 0; None counts each as 1.
        voted: For bool votes: who gave a vote, bool ``[N, R]``; None for everybody.

    Returns:
        One number for each rater and measure; see `StyleReport`.

    Raises:
        InvalidArgument: votes, `consensus`, weights or `voted` of the wrong shape or type, or an index of `neutral` out of
            range.

    Cost: O(N * R * K).

    Source: k_a is that of EmoS, Table 4; the other measures are those of `jaccard_distance` and `exact_match`.

    Example:
        >>> report = style_report([[{"joy"}, {"joy", "pride"}], [{"neutral"}, {"neutral"}]], neutral="neutral")
        >>> report.cardinality.tolist(), report.neutral_rate.tolist()
        ([1.0, 1.5], [0.5, 0.5])
    """
    member, present, labels = member_matrix(votes, voted)
    from_array = isinstance(votes, np.ndarray)
    if from_array and neutral is not None and as_integer(neutral) not in labels:
        allowed = f"the index of a label from 0 to {len(labels) - 1}"
        raise InvalidArgument(
            f"neutral must be {allowed} for bool votes, got {reprlib.repr(neutral)}; give its index on the last axis"
        )
    agreed: BoolArray
    if consensus is None:
        agreed = 2 * member.sum(axis=1) > present.sum(axis=1)[:, None]
    else:
        agreed = np.asarray(consensus)
        if not from_array or agreed.dtype != np.bool_ or agreed.shape != (member.shape[0], member.shape[2]):
            got = f"{agreed.dtype} of shape {agreed.shape}"
            raise InvalidArgument(
                f"consensus must be bool [N, K] with votes bool [N, R, K], got {got}; leave it out for the majority"
            )
    known = present & (agreed.sum(axis=1) > 0)[:, None]
    num_items, num_with_consensus = present.sum(axis=0).astype(np.int64), known.sum(axis=0).astype(np.int64)
    weights = None
    if row_weights is not None:
        keys = np.hstack([member.reshape(len(member), -1), present, agreed])
        first, weights = merged_rows(np.packbits(keys, axis=1), checked_row_weights(row_weights, len(member)))
        member, present, agreed, known = member[first], present[first], agreed[first], known[first]
    is_neutral = np.full(present.shape, np.nan if neutral is None else 0.0)
    if neutral is not None and neutral in labels:
        is_neutral = member[:, :, labels.index(neutral)].astype(np.float64)
    expected = np.broadcast_to(agreed[:, None, :], member.shape)
    return StyleReport(
        num_items=num_items,
        cardinality=_mean_where(member.sum(axis=2).astype(np.float64), present, weights),
        neutral_rate=_mean_where(is_neutral, present, weights),
        num_with_consensus=num_with_consensus,
        consensus_exact=_mean_where((member == expected).all(axis=2).astype(np.float64), known, weights),
        consensus_jaccard=_mean_where(jaccard_of_rows(member, expected), known, weights),
    )


def is_label_sets(votes: object) -> bool:
    """Return whether `votes` look like label sets, not like numbers."""
    if isinstance(votes, np.ndarray):
        return votes.ndim == 3
    if not isinstance(votes, Sequence):
        return False
    cells = (cell for row in votes if isinstance(row, Sequence) for cell in row)
    return any(isinstance(cell, AbstractSet | list | tuple) for cell in cells)


def member_matrix(
    votes: ArrayLike | LabelSets, voted: BoolArray | None = None
) -> tuple[BoolArray, BoolArray, list[Hashable]]:
    """Return who gave which label, bool ``[N, R, K]``, who gave a vote, bool ``[N, R]``, and the K labels.

    Raises:
        InvalidArgument: votes or `voted` of the wrong shape or type.
    """
    allowed = "bool [items, raters, labels], or for each item a row of one set a rater"
    fix = "use None for no vote"
    if isinstance(votes, np.ndarray):
        if votes.dtype != np.bool_ or votes.ndim != 3 or 0 in votes.shape:
            raise InvalidArgument(f"votes must be {allowed}, got {votes.dtype} of shape {votes.shape}; {fix}")
        labels_by_index: list[Hashable] = list(range(votes.shape[2]))
        if voted is None:
            return votes, np.ones(votes.shape[:2], dtype=bool), labels_by_index
        present = np.asarray(voted)
        if present.dtype != np.bool_ or present.shape != votes.shape[:2]:
            got = f"{present.dtype} of shape {present.shape}"
            raise InvalidArgument(f"voted must be bool {list(votes.shape[:2])}, got {got}; give one value for each set")
        return votes & present[:, :, None], present, labels_by_index
    if voted is not None:
        raise InvalidArgument("voted must come with bool votes [N, R, K], got rows of sets; write None for no vote")
    if not isinstance(votes, Sequence) or isinstance(votes, str) or len(votes) == 0:
        raise InvalidArgument(f"votes must be {allowed}, got {reprlib.repr(votes)}; {fix}")
    rows: list[list[frozenset[Hashable] | None]] = []
    raters = len(votes[0]) if isinstance(votes[0], Sequence) else 0
    for item, row in enumerate(votes):
        if not isinstance(row, Sequence) or isinstance(row, str) or len(row) == 0 or len(row) != raters:
            raise InvalidArgument(
                f"votes must be {allowed}, got {reprlib.repr(row)} at item {item}; give all rows one length, at least 1"
            )
        for cell in row:
            if cell is not None and not isinstance(cell, AbstractSet | list | tuple):
                raise InvalidArgument(f"votes must be {allowed}, got {reprlib.repr(cell)} in item {item}; {fix}")
        rows.append([None if cell is None else frozenset(cell) for cell in row])
    labels = sorted({label for row in rows for cell in row if cell is not None for label in cell}, key=repr)
    index = {label: i for i, label in enumerate(labels)}
    member = np.zeros((len(rows), len(rows[0]), len(labels)), dtype=bool)
    for item, row in enumerate(rows):
        for rater, cell in enumerate(row):
            member[item, rater, [index[label] for label in cell or ()]] = True
    return member, np.array([[cell is not None for cell in row] for row in rows]), labels


def unique_sets(
    member: BoolArray, present: BoolArray, labels: Sequence[Hashable]
) -> tuple[Int64Array, list[frozenset[Hashable]]]:
    """Return indices ``[N, R]`` into the different sets, -1 for no vote, and these sets."""
    codes = np.full(present.shape, -1, dtype=np.int64)
    different: dict[bytes, int] = {}
    sets: list[frozenset[Hashable]] = []
    packed = np.packbits(member, axis=2)
    for item, rater in np.argwhere(present):
        key = packed[item, rater].tobytes()
        if key not in different:
            different[key] = len(sets)
            sets.append(frozenset(labels[i] for i in np.flatnonzero(member[item, rater]).tolist()))
        codes[item, rater] = different[key]
    return codes, sets


def distance_table(values: Sequence[_Value], distance: Callable[[_Value, _Value], float]) -> Float64Array:
    """Return the distances of all pairs of V values, float64 ``[V, V]``; `distance` is called once for each pair.

    Raises:
        InvalidArgument: a distance is negative, infinite or NaN.
    """
    table = np.zeros((len(values), len(values)))
    for i, a in enumerate(values):
        for j in range(i):
            table[i, j] = table[j, i] = distance(a, values[j])
    if not (np.isfinite(table) & (table >= 0)).all():
        got = f"{table[~(np.isfinite(table) & (table >= 0))][0]:g}"
        raise InvalidArgument(f"distances must be finite and 0 or more, got {got}; correct the function")
    return table


def jaccard_of_rows(a: BoolArray, b: BoolArray) -> Float64Array:
    """Return the Jaccard index of the sets of two raters in each row; both are bool ``[..., K]``."""
    common, union = (a & b).sum(axis=-1), (a | b).sum(axis=-1)
    index: Float64Array = np.divide(common, union, out=np.ones(common.shape), where=union > 0)
    return index


def equal_rows(a: BoolArray, b: BoolArray) -> Float64Array:
    """Return 1 where the sets of two raters are equal, else 0; both are bool ``[..., K]``."""
    same: Float64Array = (a == b).all(axis=-1).astype(np.float64)
    return same


def _merged(
    member: BoolArray, present: BoolArray, row_weights: Weights | None
) -> tuple[BoolArray, BoolArray, Float64Array | None]:
    """Return each different row once with its weight; without weights all rows, and None."""
    if row_weights is None:
        return member, present, None
    keys = np.packbits(np.hstack([member.reshape(len(member), -1), present]), axis=1)
    first, weights = merged_rows(keys, checked_row_weights(row_weights, len(member)))
    return member[first], present[first], weights


def _mean_of_pairs(
    member: BoolArray,
    present: BoolArray,
    weights: Float64Array | None,
    score: Callable[[BoolArray, BoolArray], Float64Array],
) -> Float64Array:
    raters = present.shape[1]
    means = np.full((raters, raters), np.nan)
    for i in range(raters):
        for j in range(i + 1):
            both = present[:, i] & present[:, j]
            if both.any():
                scores = score(member[both, i], member[both, j])
                mean = scores.mean() if weights is None else (scores @ weights[both]) / weights[both].sum()
                means[i, j] = means[j, i] = mean
    return means


def _mean_where(values: Float64Array, where: BoolArray, weights: Float64Array | None = None) -> Float64Array:
    if weights is not None:
        parts = np.where(where, weights[:, None], 0.0)
        weight, sums = parts.sum(axis=0), (np.where(where, values, 0.0) * parts).sum(axis=0)
        weighted: Float64Array = np.divide(sums, weight, out=np.full(weight.shape, np.nan), where=weight > 0)
        return weighted
    count = where.sum(axis=0)
    total = np.where(where, values, 0.0).sum(axis=0)
    mean: Float64Array = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean
