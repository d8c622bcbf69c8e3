"""Agreement of raters beyond chance: kappa of Cohen and of Fleiss, Gwet's AC1, Krippendorff's alpha.

Rows are items, or parts of monologues with ``row_weights``, their seconds. A row that is cut in two, with its seconds divided,
gives exactly the same value. A row where one rater alone voted has no pair, and adds to no agreement of pairs.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Hashable, Sequence
from math import gcd
from typing import Any, Literal, cast, overload

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from ..._arrays import BoolArray, Float64Array, Int64Array
from ..._checks import choice
from ...errors import InvalidArgument
from ..checks import NO_VOTE, check_class_range, checked_int, checked_votes, choices, class_counts, integer_array
from ..weights import Weights, checked_row_weights
from .agreement_sums import fleiss_sums, gwet_sums
from .label_sets import (
    LabelSets,
    distance_table,
    is_label_sets,
    jaccard_distance,
    masi_distance,
    member_matrix,
    unique_sets,
)
from .merged_rows import integer_weights, merged_rows

KappaWeights = Literal["linear", "quadratic"]
NumberLevel = Literal["nominal", "ordinal", "interval", "ratio"]
SetLevel = Literal["nominal", "masi", "jaccard"]
NumberDistance = Callable[[float, float], float]
SetDistance = Callable[[frozenset[Hashable], frozenset[Hashable]], float]

CHUNK = 1024
"""The number of rows of a table of distances that are in memory at the same time."""


def cohen_kappa(
    a: ArrayLike,
    b: ArrayLike,
    num_classes: int | None = None,
    *,
    weights: KappaWeights | None = None,
    row_weights: Weights | None = None,
) -> float:
    """Return Cohen's kappa of two raters.

    Args:
        a: Integers ``[N]``: the class indices of one rater, -1 for no vote. Items without both votes do not count.
        b: Integers ``[N]``: the class indices of the other rater.
        num_classes: The number of classes K; None takes the largest class index plus one.
        weights: The cost of a disagreement between classes i and j: 1 (None), ``|i - j|`` ("linear") or
            ``(i - j) ** 2`` ("quadratic").
        row_weights: How much each item counts, such as seconds: N numbers above 0; None counts each as 1.

    Returns:
        A number in [-1, 1]: 1 for full agreement, 0 for that of chance. NaN where both raters gave only one and the
        same class, for which kappa is undefined.

    Raises:
        InvalidArgument: shapes differ, a class is out of range, an unknown option, wrong weights, or no item has both votes.

    Cost: one pass over the votes, then K * K numbers.

    Source: J. Cohen, A coefficient of agreement for nominal scales, Educ. Psychol. Meas. 20 (1960); weights:
    Psychol. Bull. 70 (1968). Chance agreement is a sum of integers, so it does not depend on the order of items.

    Example:
        >>> cohen_kappa([0, 0, 1, 1], [0, 0, 1, 0])
        0.5
    """
    if weights is not None:
        choice(weights, choices(KappaWeights), "weights")
    first, second = integer_array(a, "votes a", dimensions=1), integer_array(b, "votes b", dimensions=1)
    if first.shape != second.shape:
        got = f"{first.size} and {second.size} items"
        raise InvalidArgument(f"votes a and b must be of the same items, got {got}; use -1 where a rater gave no vote")
    largest = max(int(first.max(initial=0)), int(second.max(initial=0)))
    kinds = largest + 1 if num_classes is None else checked_int(num_classes, "num_classes", least=1)
    check_class_range(first, kinds, "votes a")
    check_class_range(second, kinds, "votes b")
    both = (first != NO_VOTE) & (second != NO_VOTE)
    exact = checked_row_weights(row_weights, first.size)
    if not both.any():
        got = f"none in {first.size} items"
        raise InvalidArgument(
            f"votes a and b must have an item with both votes, got {got}; give items that both labelled"
        )
    cells = first[both] * kinds + second[both]
    table: npt.NDArray[Any]
    if exact is None:
        table = np.bincount(cells, minlength=kinds * kinds).reshape(kinds, kinds)
    else:
        # Integers of any size: sums of seconds are exact, as counts are.
        sums = np.zeros(kinds * kinds, object)
        np.add.at(sums, cells, np.array(integer_weights(exact), object)[both])
        # In lowest terms: finer rows give the same table.
        table = sums.reshape(kinds, kinds) // gcd(*sums)
    total, rows, columns = int(table.sum()), table.sum(axis=1), table.sum(axis=0)
    if weights is None:
        observed, chance = int(np.trace(table)) / total, int(rows @ columns) / total**2
        return (observed - chance) / (1 - chance) if chance < 1 else float("nan")
    apart = np.abs(np.arange(kinds)[:, None] - np.arange(kinds))
    cost = apart if weights == "linear" else apart**2
    expected = int((cost * np.outer(rows, columns)).sum()) / total
    return 1 - int((cost * table).sum()) / expected if expected else float("nan")


def fleiss_kappa(votes: ArrayLike, num_classes: int, *, row_weights: Weights | None = None) -> float:
    """Return Fleiss' kappa; where votes are missing, in its generalised form.

    The generalised form takes the agreement of the pairs of votes of each item, over the items with at least two votes, and the
    share of each class over those with at least one. It is Fleiss' own where all items have as many votes.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote; R at least 2.
        num_classes: The number of classes K, at least 2.
        row_weights: How much each item counts, such as seconds: N numbers above 0; None counts each as 1.

    Returns:
        A number of at most 1; NaN where all votes are of one class.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, fewer than two raters, wrong weights, or no item with
            two votes.

    Cost: one pass over the votes; with weights or missing votes, equal rows are found by sorting.

    Source: J. L. Fleiss, Measuring nominal scale agreement among many raters, Psychol. Bull. 76 (1971); the generalised form:
    K. L. Gwet, Handbook of Inter-Rater Reliability, 4th ed. (2014), chapter 2. Without missing votes and weights both
    agreements are sums of integers, so the value does not depend on the order of items and raters.

    Example:
        >>> fleiss_kappa([[0, 0, 0], [1, 1, 1], [0, 0, 1]], 2)
        0.55
        >>> fleiss_kappa([[0, 0], [1, 1], [0, 1]], 2, row_weights=[4, 4, 2])
        0.6000000000000001
    """
    checked = _of_two_raters(checked_votes(votes, num_classes))
    if row_weights is not None or (checked == NO_VOTE).any():
        counts, shares = _merged_counts(checked, num_classes, row_weights)
        return fleiss_sums(counts, shares).value()
    counts, (items, raters) = class_counts(checked, num_classes), checked.shape
    observed = (int((counts * counts).sum()) - items * raters) / (items * raters * (raters - 1))
    chance = sum(n * n for n in map(int, counts.sum(axis=0))) / (items * raters) ** 2
    return (observed - chance) / (1 - chance) if chance < 1 else float("nan")


def gwet_ac1(votes: ArrayLike, num_classes: int, *, row_weights: Weights | None = None) -> float:
    """Return Gwet's AC1, an agreement beyond chance that stays stable where one class is frequent.

    The agreement is the mean over items with at least two votes, the share of each class over those with at least one.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote; R at least 2.
        num_classes: The number of classes K, at least 2; the agreement of chance depends on it.
        row_weights: How much each item counts, such as seconds: N numbers above 0; None counts each as 1.

    Returns:
        A number of at most 1, which is full agreement, also where all votes are of one class.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, fewer than two raters, wrong weights, or no item with
            two votes.

    Cost: one pass over the votes; with weights, equal rows are found by sorting.

    Source: K. L. Gwet, Computing inter-rater reliability and its variance in the presence of high agreement,
    Brit. J. Math. Stat. Psychol. 61 (2008); missing votes as in his Handbook of Inter-Rater Reliability, 4th ed.

    Example:
        >>> gwet_ac1([[0, 0], [0, 0], [0, 1], [1, 1]], 2)
        0.5294117647058824
    """
    checked = _of_two_raters(checked_votes(votes, num_classes))
    if row_weights is not None:
        return gwet_sums(*_merged_counts(checked, num_classes, row_weights)).value()
    counts = class_counts(checked, num_classes)
    given = counts.sum(axis=1)
    pairs = given >= 2
    if not pairs.any():
        raise _no_pair(len(given))
    same, all_pairs = (counts * (counts - 1)).sum(axis=1)[pairs], (given * (given - 1))[pairs]
    observed = float((same / all_pairs).mean())
    shares = (counts[given > 0] / given[given > 0, None]).mean(axis=0)
    chance = float((shares * (1 - shares)).sum()) / (num_classes - 1)
    return (observed - chance) / (1 - chance)


@overload
def krippendorff_alpha(
    votes: ArrayLike,
    level: NumberLevel | NumberDistance = ...,
    *,
    missing: float | None = ...,
    row_weights: Weights | None = ...,
) -> float: ...
@overload
def krippendorff_alpha(
    votes: LabelSets,
    level: SetLevel | SetDistance = ...,
    *,
    missing: float | None = ...,
    row_weights: Weights | None = ...,
    voted: BoolArray | None = ...,
) -> float: ...
def krippendorff_alpha(
    votes: ArrayLike | LabelSets,
    level: NumberLevel | SetLevel | NumberDistance | SetDistance = "nominal",
    *,
    missing: float | None = NO_VOTE,
    row_weights: Weights | None = None,
    voted: BoolArray | None = None,
) -> float:
    """Return Krippendorff's alpha, 1 - D_o / D_e, of numbers or label sets. Votes may be missing.

    Args:
        votes: Numbers ``[N, R]``; or label sets: bool ``[N, R, K]``, or N rows of R sets, None for no vote. R is at
            least 2.
        level: The distance of two values. For numbers "nominal", "ordinal", "interval" or "ratio"; for label sets
            "nominal" (equal or not), "masi" or "jaccard"; or a symmetric function of two values (floats, or
            frozensets) that is 0 for equal ones.
        missing: For numbers: the value that means no vote, besides NaN. None where -1 is a value like any other.
        row_weights: How much each item counts, such as seconds: N numbers above 0; None counts each as 1. With weights the
            disagreement of chance has no n - 1: seconds have no number, so two votes are drawn with replacement.
        voted: For label sets as bool: who gave a vote, bool ``[N, R]``; None for everybody.

    Returns:
        A number of at most 1; NaN where all votes are the same value.

    Raises:
        InvalidArgument: a wrong shape, fewer than two raters, an unknown level or one that does not suit the votes,
            an infinite value, a negative value with "ratio", wrong weights, or no item with two votes.

    Cost: O(N * R * R) distances. "Ratio", label sets and functions also compute the distances of all pairs of different
    values; label sets and functions keep these in memory (8 bytes for each pair).

    Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); level functions: Content Analysis,
    section 12.3. Distances of sets: see `masi_distance`, `jaccard_distance`.

    Example:
        >>> round(krippendorff_alpha([[0, 0], [1, 1], [0, 1], [2, 2]]), 6)
        0.666667
    """
    if not callable(level):
        choice(level, tuple(dict.fromkeys(choices(NumberLevel) + choices(SetLevel))), "level")
    numbers: Float64Array | None = None
    sets: list[frozenset[Hashable]] = []
    if is_label_sets(votes):
        codes, sets = unique_sets(*member_matrix(votes, voted))
    elif voted is None:
        codes, numbers = _coded_numbers(votes, missing)
    else:
        raise InvalidArgument("voted must come with label sets, got numbers; write -1 where there is no vote")
    per_item = (_of_two_raters(codes) >= 0).sum(axis=1)
    exact = checked_row_weights(row_weights, len(codes))
    if not (per_item >= 2).any():
        raise _no_pair(len(per_item))
    num_values = len(sets) if numbers is None else len(numbers)
    codes = codes[per_item >= 2]
    frequency: Float64Array
    if exact is None:
        frequency = np.bincount(codes[codes >= 0], minlength=num_values).astype(np.float64)
        weight = 1.0 / ((codes >= 0).sum(axis=1) - 1)
    else:
        first, share = merged_rows(codes, [each for each, of in zip(exact, per_item, strict=True) if of >= 2])
        codes = codes[first]
        of_votes = np.repeat(share[:, None], codes.shape[1], axis=1)
        frequency = np.bincount(codes[codes >= 0], weights=of_votes[codes >= 0], minlength=num_values).astype(
            np.float64
        )
        weight = share / ((codes >= 0).sum(axis=1) - 1)
    between = _set_distances(level, sets) if numbers is None else _number_distances(level, numbers, frequency)
    observed = 0.0
    for i in range(codes.shape[1]):
        for j in range(i):
            both = (codes[:, i] >= 0) & (codes[:, j] >= 0)
            observed += 2.0 * float((weight[both] * between(codes[both, i], codes[both, j])).sum())
    expected, indices = 0.0, np.arange(num_values)
    for start in range(0, num_values, CHUNK):
        some = indices[start : start + CHUNK]
        expected += float(frequency[some] @ between(some[:, None], indices[None, :]) @ frequency)
    total = float(frequency.sum()) - (1.0 if exact is None else 0.0)
    return 1.0 - total * observed / expected if expected > 0 else float("nan")


def _merged_counts(votes: Int64Array, num_classes: int, row_weights: Weights | None) -> tuple[Int64Array, Float64Array]:
    """Return the votes of each class in each different row, and the weights of these rows.

    Raises:
        InvalidArgument: Wrong weights, or no row has two votes.
    """
    exact = checked_row_weights(row_weights, len(votes))
    if not ((votes != NO_VOTE).sum(axis=1) >= 2).any():
        raise _no_pair(len(votes))
    counts = class_counts(votes, num_classes)
    first, weights = merged_rows(counts, exact)
    return counts[first], weights


def _of_two_raters(votes: Int64Array) -> Int64Array:
    """Return the votes ``[N, R]``, or raise where R is below 2."""
    if votes.shape[1] < 2:
        raise InvalidArgument(
            f"votes must be of at least two raters, got {votes.shape[1]}; give one column for each rater"
        )
    return votes


def _no_pair(items: int) -> InvalidArgument:
    got = f"none in {items} items"
    return InvalidArgument(f"votes must have an item with two votes, got {got}; give items that two raters labelled")


def _coded_numbers(votes: ArrayLike | LabelSets, missing: float | None) -> tuple[Int64Array, Float64Array]:
    """Return indices ``[N, R]`` into the sorted different values, -1 for no vote, and these values."""
    allowed = "numbers [items, raters] or label sets"
    try:
        array = np.asarray(votes, dtype=np.float64)
    except (ValueError, TypeError) as error:
        got = reprlib.repr(votes)
        raise InvalidArgument(f"votes must be {allowed}, got {got}; replace names of classes by indices") from error
    if array.ndim != 2 or array.size == 0:
        raise InvalidArgument(f"votes must be {allowed}, got shape {array.shape}; give one column for each rater")
    if np.isinf(array).any():
        raise InvalidArgument("votes must be finite, got an infinite value; use NaN for no vote")
    given = ~np.isnan(array) if missing is None else ~np.isnan(array) & (array != missing)
    values, inverse = np.unique(array[given], return_inverse=True)
    codes = np.full(array.shape, -1, dtype=np.int64)
    codes[given] = inverse
    return codes, values


_Distances = Callable[[Int64Array, Int64Array], Float64Array]
"""A function from indices of values, of shapes that broadcast, to distances."""


def _different(i: Int64Array, j: Int64Array) -> Float64Array:
    different: Float64Array = (i != j).astype(np.float64)
    return different


def _set_distances(level: str | NumberDistance | SetDistance, sets: Sequence[frozenset[Hashable]]) -> _Distances:
    if level == "nominal":
        return _different
    if not callable(level) and level not in ("masi", "jaccard"):
        allowed = "'nominal', 'masi', 'jaccard' or a function"
        raise InvalidArgument(f"level must be {allowed} for label sets, got {level!r}; or give votes as numbers")
    named = {"masi": masi_distance, "jaccard": jaccard_distance}
    table = distance_table(sets, cast("SetDistance", level) if callable(level) else named[level])
    return lambda i, j: table[i, j]


def _number_distances(
    level: str | NumberDistance | SetDistance, numbers: Float64Array, frequency: Float64Array
) -> _Distances:
    if level == "nominal":
        return _different
    if callable(level):
        table = distance_table(numbers.tolist(), cast("NumberDistance", level))
        return lambda i, j: table[i, j]
    if level in ("masi", "jaccard"):
        allowed = f"{', '.join(map(repr, choices(NumberLevel)))} or a function"
        raise InvalidArgument(f"level must be {allowed} for numbers, got {level!r}; or give votes as label sets")
    if level == "ratio":
        if (numbers < 0).any():
            got = f"{numbers.min():g}"
            raise InvalidArgument(f"votes must be 0 or more for level 'ratio', got {got}; take 'interval'")

        def ratio(i: Int64Array, j: Int64Array) -> Float64Array:
            difference, total = numbers[i] - numbers[j], numbers[i] + numbers[j]
            share: Float64Array = np.divide(difference, total, out=np.zeros(total.shape), where=total > 0)
            return share**2

        return ratio
    if level == "ordinal":
        # The distance of ranks: the values between, plus half of those at both ends (Krippendorff 2011, section E).
        numbers = np.cumsum(frequency) - frequency / 2
    return lambda i, j: (numbers[i] - numbers[j]) ** 2
