"""How far raters agree beyond chance: kappa of Cohen and of Fleiss, Gwet's AC1, Krippendorff's alpha."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InvalidArgument
from .checks import (
    NO_VOTE,
    Floats,
    Ints,
    checked_choice,
    checked_int,
    checked_votes,
    choices,
    class_counts,
    in_range,
    whole_numbers,
)
from .label_sets import LabelSets, distance_table, is_label_sets, member_matrix, unique_sets

Weights = Literal["linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval", "ratio", "masi", "jaccard"]
Distance = Callable[[Any, Any], float]

CHUNK = 1024
"""Rows of a table of distances that are held at once."""


def cohen_kappa(a: ArrayLike, b: ArrayLike, num_classes: int | None = None, *, weights: Weights | None = None) -> float:
    """Return Cohen's kappa of two raters.

    Args:
        a: Whole numbers ``[N]``, class indices of one rater, -1 for no vote. Items that either left out are not counted.
        b: The other rater, ``[N]``.
        num_classes: K; None takes the largest class plus one.
        weights: How a disagreement of classes i and j counts: always 1 (None), ``|i - j|`` ("linear") or its square.

    Returns:
        A number in [-1, 1], 1 for full agreement, 0 for that of chance; NaN where both only ever gave one and the same
        class, which leaves it undefined.

    Raises:
        InvalidArgument: shapes differ, a class is out of range, an unknown option, or no item that both gave a class.

    Cost: one pass over the votes, then K * K numbers.

    Source: J. Cohen, A coefficient of agreement for nominal scales, Educ. Psychol. Meas. 20 (1960); weights:
    Psychol. Bull. 70 (1968). Chance agreement is summed in whole numbers, so that it does not depend on an order.

    Example:
        >>> cohen_kappa([0, 0, 1, 1], [0, 0, 1, 0])
        0.5
    """
    if weights is not None:
        checked_choice(weights, "weights", choices(Weights))
    first, second = whole_numbers(a, "votes a", dimensions=1), whole_numbers(b, "votes b", dimensions=1)
    if first.shape != second.shape:
        raise InvalidArgument(
            f"votes of {first.size} and {second.size} items were given; give both raters' votes of the same items"
        )
    largest = max(int(first.max(initial=0)), int(second.max(initial=0)))
    kinds = largest + 1 if num_classes is None else checked_int(num_classes, "num_classes", least=1)
    in_range(first, kinds, "votes a")
    in_range(second, kinds, "votes b")
    both = (first != NO_VOTE) & (second != NO_VOTE)
    total = int(both.sum())
    if total == 0:
        raise InvalidArgument(f"no item of {first.size} has a vote of both raters; give items that both labelled")
    table = np.bincount(first[both] * kinds + second[both], minlength=kinds * kinds).reshape(kinds, kinds)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if weights is None:
        observed, chance = int(np.trace(table)) / total, int(rows @ columns) / total**2
        return (observed - chance) / (1 - chance) if chance < 1 else float("nan")
    apart = np.abs(np.arange(kinds)[:, None] - np.arange(kinds))
    cost = apart if weights == "linear" else apart**2
    expected = int((cost * np.outer(rows, columns)).sum()) / total
    return 1 - int((cost * table).sum()) / expected if expected else float("nan")


def fleiss_kappa(votes: ArrayLike, num_classes: int) -> float:
    """Return Fleiss' kappa of raters that all labelled all items.

    Args:
        votes: Whole numbers ``[N, R]``, class indices; R at least 2, none missing.
        num_classes: K, at least 2.

    Returns:
        A number of at most 1; NaN where only one class was ever given.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, fewer than two raters, or a vote is missing.

    Cost: one pass over the votes.

    Source: J. L. Fleiss, Measuring nominal scale agreement among many raters, Psychol. Bull. 76 (1971). Both agreements
    are summed in whole numbers, so that the value depends on no order.

    Example:
        >>> fleiss_kappa([[0, 0, 0], [1, 1, 1], [0, 0, 1]], 2)
        0.55
    """
    checked = _of_two_raters(checked_votes(votes, num_classes))
    if (checked == NO_VOTE).any():
        missing = int((checked == NO_VOTE).sum())
        raise InvalidArgument(
            f"{missing} votes are missing (-1); drop these items, or use krippendorff_alpha or gwet_ac1"
        )
    counts, (items, raters) = class_counts(checked, num_classes), checked.shape
    observed = (int((counts * counts).sum()) - items * raters) / (items * raters * (raters - 1))
    chance = sum(n * n for n in map(int, counts.sum(axis=0))) / (items * raters) ** 2
    return (observed - chance) / (1 - chance) if chance < 1 else float("nan")


def gwet_ac1(votes: ArrayLike, num_classes: int) -> float:
    """Return Gwet's AC1, an agreement beyond chance that stays stable where one class is frequent.

    Agreement is averaged over items with at least two votes; the share of each class over items with at least one.

    Args:
        votes: Whole numbers ``[N, R]``, class indices, -1 for no vote; R at least 2.
        num_classes: K, at least 2; chance agreement depends on it.

    Returns:
        A number of at most 1; 1 for full agreement, also on one class.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, fewer than two raters, or no item with two votes.

    Cost: one pass over the votes.

    Source: K. L. Gwet, Computing inter-rater reliability and its variance in the presence of high agreement,
    Brit. J. Math. Stat. Psychol. 61 (2008); missing votes as in his Handbook of Inter-Rater Reliability, 4th ed.

    Example:
        >>> gwet_ac1([[0, 0], [0, 0], [0, 1], [1, 1]], 2)
        0.5294117647058824
    """
    counts = class_counts(_of_two_raters(checked_votes(votes, num_classes)), num_classes)
    given = counts.sum(axis=1)
    pairs = given >= 2
    if not pairs.any():
        raise InvalidArgument(f"no item of {len(given)} has two votes; give items that two raters labelled")
    same, all_pairs = (counts * (counts - 1)).sum(axis=1)[pairs], (given * (given - 1))[pairs]
    observed = float((same / all_pairs).mean())
    shares = (counts[given > 0] / given[given > 0, None]).mean(axis=0)
    chance = float((shares * (1 - shares)).sum()) / (num_classes - 1)
    return (observed - chance) / (1 - chance)


def krippendorff_alpha(
    votes: ArrayLike | LabelSets, level: Level | Distance = "nominal", *, missing: float | None = NO_VOTE
) -> float:
    """Return Krippendorff's alpha, 1 - D_o / D_e, for numbers or label sets, any number of raters, with votes missing.

    Args:
        votes: Numbers ``[N, R]``; or label sets: bool ``[N, R, K]``, or N rows of R sets, None for no vote.
        level: How far two values are apart. For numbers "nominal", "ordinal", "interval" or "ratio"; for label sets
            "nominal" (equal or not), "masi" or "jaccard"; or a symmetric function of two values (floats, or frozensets)
            that is 0 for equal ones.
        missing: For numbers: the one that stands for no vote, besides NaN; None where -1 is a value like any other.

    Returns:
        A number of at most 1; NaN where all votes are the same value.

    Raises:
        InvalidArgument: a wrong shape, fewer than two raters, an unknown level or one that does not suit the votes,
            an infinite value, a ratio of negative values, or no item with two votes.

    Cost: O(N * R * R) distances, and for "ratio", label sets and functions those between all pairs of different values;
    the last two hold these in memory (8 bytes a pair).

    Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); level functions: Content Analysis,
    section 12.3. Distances of sets: see `masi_distance`, `jaccard_distance`.

    Example:
        >>> round(krippendorff_alpha([[0, 0], [1, 1], [0, 1], [2, 2]]), 6)
        0.666667
    """
    if not callable(level):
        checked_choice(level, "level", choices(Level))
    codes, values = _coded_sets(votes) if is_label_sets(votes) else _coded_numbers(votes, missing)
    if codes.shape[1] < 2:
        raise InvalidArgument(f"votes of {codes.shape[1]} raters were given; agreement needs at least two")
    per_item = (codes >= 0).sum(axis=1)
    codes = codes[per_item >= 2]
    if len(codes) == 0:
        raise InvalidArgument(f"no item of {len(per_item)} has two votes; give items that two raters labelled")
    frequency = np.bincount(codes[codes >= 0], minlength=len(values)).astype(np.float64)
    between = _distances(level, values, frequency)
    weight = 1.0 / ((codes >= 0).sum(axis=1) - 1)
    observed = 0.0
    for i in range(codes.shape[1]):
        for j in range(i):
            both = (codes[:, i] >= 0) & (codes[:, j] >= 0)
            observed += 2.0 * float((weight[both] * between(codes[both, i], codes[both, j])).sum())
    expected, everything = 0.0, np.arange(len(values))
    for start in range(0, len(values), CHUNK):
        some = everything[start : start + CHUNK]
        expected += float(frequency[some] @ between(some[:, None], everything[None, :]) @ frequency)
    total = float(frequency.sum())
    return 1.0 - (total - 1.0) * observed / expected if expected > 0 else float("nan")


def _of_two_raters(votes: Ints) -> Ints:
    if votes.shape[1] < 2:
        raise InvalidArgument(f"votes of {votes.shape[1]} raters were given; agreement needs at least two")
    return votes


def _coded_numbers(votes: ArrayLike | LabelSets, missing: float | None) -> tuple[Ints, Sequence[float]]:
    """Return indices ``[N, R]`` into the sorted different values, -1 for no vote, and these values."""
    try:
        array = np.asarray(votes, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(
            "votes that are no table of numbers were given; give numbers [items, raters], or label sets"
        ) from error
    if array.ndim != 2 or array.size == 0:
        raise InvalidArgument(
            f"votes of shape {array.shape} were given; give numbers [items, raters], at least one of each"
        )
    if np.isinf(array).any():
        raise InvalidArgument("votes hold an infinite value; give finite numbers, and NaN for no vote")
    given = ~np.isnan(array) if missing is None else ~np.isnan(array) & (array != missing)
    values, inverse = np.unique(array[given], return_inverse=True)
    codes = np.full(array.shape, -1, dtype=np.int64)
    codes[given] = inverse
    return codes, values.tolist()


def _coded_sets(votes: ArrayLike | LabelSets) -> tuple[Ints, Sequence[frozenset[Hashable]]]:
    member, present, labels = member_matrix(votes)
    return unique_sets(member, present, labels)


def _distances(
    level: Level | Distance, values: Sequence[float] | Sequence[frozenset[Hashable]], frequency: Floats
) -> Callable[[Ints, Ints], Floats]:
    """Return a function from indices of values, of shapes that broadcast, to distances."""
    of_sets = bool(values) and isinstance(values[0], frozenset)
    if level == "nominal":
        return lambda i, j: (i != j).astype(np.float64)
    if callable(level) or level in ("masi", "jaccard"):
        if not callable(level) and not of_sets:
            raise InvalidArgument(f"level {level!r} was given for numbers; give label sets, or a level for numbers")
        table = distance_table(values, level)
        return lambda i, j: table[i, j]
    if of_sets:
        raise InvalidArgument(
            f"level {level!r} was given for label sets; give 'nominal', 'masi', 'jaccard' or a function"
        )
    numbers = np.array(values, dtype=np.float64)
    if level == "ratio":
        if (numbers < 0).any():
            raise InvalidArgument(
                f"level 'ratio' was given for {numbers.min():g}; ratios need values of 0 or more, take 'interval'"
            )

        def ratio(i: Ints, j: Ints) -> Floats:
            difference, total = numbers[i] - numbers[j], numbers[i] + numbers[j]
            share: Floats = np.divide(difference, total, out=np.zeros(total.shape), where=total > 0)
            return share**2

        return ratio
    if level == "ordinal":
        # Distance of ranks: values between, plus half of the values at either end (Krippendorff 2011, section E).
        numbers = np.cumsum(frequency) - frequency / 2
    return lambda i, j: (numbers[i] - numbers[j]) ** 2
