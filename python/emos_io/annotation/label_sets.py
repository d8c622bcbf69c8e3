"""Agreement where each vote is a set of labels (GoEmotions): Jaccard, exact match, MASI, and the style of each rater.

Label sets come as bool ``[N, R, K]`` (item, rater, label), or as N rows of R sets, with None where a rater gave no vote.
An empty set is a vote: two empty sets are equal, their Jaccard index is 1 and their distance 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InvalidArgument
from .checks import Floats, Ints

Bools = NDArray[np.bool_]
LabelSets = Bools | Sequence[Sequence[Collection[Hashable] | None]]


@dataclass(frozen=True, slots=True, eq=False)
class StyleReport:
    """How each of R raters labels.

    Attributes:
        num_items: int64 ``[R]``, items that the rater labelled.
        cardinality: float64 ``[R]``, k_a, mean size of the rater's sets.
        neutral_rate: float64 ``[R]``, share of the rater's sets that hold the neutral label.
        num_with_consensus: int64 ``[R]``, items the rater labelled whose consensus set is not empty.
        consensus_exact: float64 ``[R]``, share of these where the rater's set is the consensus set.
        consensus_jaccard: float64 ``[R]``, mean Jaccard index of the rater's set and the consensus set, over the same.

    Means over no items are NaN.
    """

    num_items: Ints
    cardinality: Floats
    neutral_rate: Floats
    num_with_consensus: Ints
    consensus_exact: Floats
    consensus_jaccard: Floats


def jaccard_distance(a: AbstractSet[Hashable], b: AbstractSet[Hashable]) -> float:
    """Return 1 - |a & b| / |a | b|, in [0, 1]; 0 for two empty sets.

    Source: P. Jaccard, The distribution of the flora in the alpine zone, New Phytol. 11 (1912).

    Cost: O(size of the sets).

    Example:
        >>> jaccard_distance({"joy"}, {"joy", "pride"})
        0.5
    """
    union = len(a | b)
    return 1.0 - len(a & b) / union if union else 0.0


def masi_distance(a: AbstractSet[Hashable], b: AbstractSet[Hashable]) -> float:
    """Return 1 - J * M, in [0, 1]: J is the Jaccard index; M is 1 for equal sets, 2/3 where one holds the other,
    1/3 where they only overlap, 0 where they do not. 0 for two empty sets, 1 for an empty and another.

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


def pairwise_jaccard(votes: LabelSets) -> Floats:
    """Return the mean Jaccard index of each pair of raters, over items that both labelled.

    Two empty sets have index 1.

    Args:
        votes: Label sets, bool ``[N, R, K]`` or N rows of R sets.

    Returns:
        float64 ``[R, R]`` in [0, 1], symmetric, 1 on the diagonal; NaN where a pair shares no item.

    Raises:
        InvalidArgument: votes of the wrong shape or type.

    Cost: O(N * R * R * K).

    Example:
        >>> pairwise_jaccard([[{"joy"}, {"joy", "pride"}], [{"fear"}, {"fear"}]])[0, 1]
        np.float64(0.75)
    """
    member, present, _ = member_matrix(votes)
    return _mean_of_pairs(member, present, _jaccard)


def exact_match(votes: LabelSets) -> Floats:
    """Return the share of items on which each pair of raters gave the same set, of the items that both labelled.

    Two empty sets are the same.

    Args:
        votes: Label sets, bool ``[N, R, K]`` or N rows of R sets.

    Returns:
        float64 ``[R, R]`` in [0, 1], symmetric, 1 on the diagonal; NaN where a pair shares no item.

    Raises:
        InvalidArgument: votes of the wrong shape or type.

    Cost: O(N * R * R * K).
    """
    member, present, _ = member_matrix(votes)
    return _mean_of_pairs(member, present, lambda a, b: (a == b).all(axis=1).astype(np.float64))


def style_report(votes: LabelSets, *, neutral: Hashable, consensus: Bools | None = None) -> StyleReport:
    """Return how many labels each rater gives, how often neutral, and how far it follows the consensus.

    Args:
        votes: Label sets, bool ``[N, R, K]`` or N rows of R sets.
        neutral: The neutral label: an index below K for bool votes, else a label.
        consensus: The set of each item, bool ``[N, K]``, for bool votes only; None takes the labels that more than half
            of the item's raters gave, the rater in question included.

    Raises:
        InvalidArgument: votes or `consensus` of the wrong shape or type, or an index of `neutral` out of range.

    Cost: O(N * R * K).
    """
    member, present, labels = member_matrix(votes)
    from_array = isinstance(votes, np.ndarray)
    if from_array and (isinstance(neutral, bool) or not isinstance(neutral, int | np.integer) or neutral not in labels):
        raise InvalidArgument(f"neutral {neutral!r} was given; give the index of a label, 0 to {len(labels) - 1}")
    agreed: Bools
    if consensus is None:
        agreed = 2 * member.sum(axis=1) > present.sum(axis=1)[:, None]
    else:
        agreed = np.asarray(consensus)
        if not from_array or agreed.dtype != np.bool_ or agreed.shape != (member.shape[0], member.shape[2]):
            raise InvalidArgument(
                f"consensus {agreed.dtype} of shape {agreed.shape} was given; give bool [N, K] for bool votes [N, R, K]"
            )
    is_neutral = np.zeros(present.shape, dtype=bool)
    if neutral in labels:
        is_neutral = member[:, :, labels.index(neutral)]
    known = present & (agreed.sum(axis=1) > 0)[:, None]
    target = np.broadcast_to(agreed[:, None, :], member.shape)
    return StyleReport(
        num_items=present.sum(axis=0).astype(np.int64),
        cardinality=_mean_where(member.sum(axis=2).astype(np.float64), present),
        neutral_rate=_mean_where(is_neutral.astype(np.float64), present),
        num_with_consensus=known.sum(axis=0).astype(np.int64),
        consensus_exact=_mean_where((member == target).all(axis=2).astype(np.float64), known),
        consensus_jaccard=_mean_where(_jaccard(member, target), known),
    )


def is_label_sets(votes: object) -> bool:
    """Return whether `votes` are label sets, not numbers."""
    if isinstance(votes, np.ndarray):
        return votes.ndim == 3
    if not isinstance(votes, Sequence):
        return False
    cells = (cell for row in votes if isinstance(row, Sequence) for cell in row)
    return any(isinstance(cell, AbstractSet | list | tuple) for cell in cells)


def member_matrix(votes: ArrayLike | LabelSets) -> tuple[Bools, Bools, list[Hashable]]:
    """Return who gave which label, bool ``[N, R, K]``, who gave a vote, bool ``[N, R]``, and the K labels.

    Raises:
        InvalidArgument: votes of the wrong shape or type.
    """
    allowed = "give bool [items, raters, labels], or rows of as many sets each, None for no vote"
    if isinstance(votes, np.ndarray):
        if votes.dtype != np.bool_ or votes.ndim != 3 or 0 in votes.shape:
            raise InvalidArgument(f"label sets {votes.dtype} of shape {votes.shape} were given; {allowed}")
        return votes, np.ones(votes.shape[:2], dtype=bool), list(range(votes.shape[2]))
    if not isinstance(votes, Sequence) or isinstance(votes, str) or len(votes) == 0:
        raise InvalidArgument(f"label sets that are a {type(votes).__name__} or empty were given; {allowed}")
    rows: list[list[frozenset[Hashable] | None]] = []
    for item, row in enumerate(votes):
        if not isinstance(row, Sequence) or isinstance(row, str) or len(row) == 0 or len(row) != len(votes[0]):  # type: ignore[arg-type]
            raise InvalidArgument(f"item {item} has no row of sets as long as that of item 0; {allowed}")
        for cell in row:
            if cell is not None and not isinstance(cell, AbstractSet | list | tuple):
                raise InvalidArgument(f"item {item} holds {cell!r}, which is no set of labels; {allowed}")
        rows.append([None if cell is None else frozenset(cell) for cell in row])
    labels = sorted({label for row in rows for cell in row if cell is not None for label in cell}, key=repr)
    index = {label: i for i, label in enumerate(labels)}
    member = np.zeros((len(rows), len(rows[0]), len(labels)), dtype=bool)
    for item, row in enumerate(rows):
        for rater, cell in enumerate(row):
            member[item, rater, [index[label] for label in cell or ()]] = True
    return member, np.array([[cell is not None for cell in row] for row in rows]), labels


def unique_sets(member: Bools, present: Bools, labels: Sequence[Hashable]) -> tuple[Ints, list[frozenset[Hashable]]]:
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


def distance_table(values: Sequence[Any], distance: str | Callable[[Any, Any], float]) -> Floats:
    """Return all distances between V values, float64 ``[V, V]``; a function is asked once a pair.

    Raises:
        InvalidArgument: the function gives a negative or not finite number.
    """
    function = distance if callable(distance) else {"masi": masi_distance, "jaccard": jaccard_distance}[distance]
    table = np.zeros((len(values), len(values)))
    for i, a in enumerate(values):
        for j in range(i):
            table[i, j] = table[j, i] = function(a, values[j])
    if not (np.isfinite(table) & (table >= 0)).all():
        raise InvalidArgument("the distance gave a negative, infinite or NaN value; give a function of 0 or more")
    return table


def _jaccard(a: Bools, b: Bools) -> Floats:
    common, union = (a & b).sum(axis=-1), (a | b).sum(axis=-1)
    index: Floats = np.divide(common, union, out=np.ones(common.shape), where=union > 0)
    return index


def _mean_of_pairs(member: Bools, present: Bools, score: Callable[[Bools, Bools], Floats]) -> Floats:
    raters = present.shape[1]
    means = np.full((raters, raters), np.nan)
    for i in range(raters):
        for j in range(i + 1):
            both = present[:, i] & present[:, j]
            if both.any():
                means[i, j] = means[j, i] = score(member[both, i], member[both, j]).mean()
    return means


def _mean_where(values: Floats, where: Bools) -> Floats:
    count = where.sum(axis=0)
    total = np.where(where, values, 0.0).sum(axis=0)
    mean: Floats = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean
