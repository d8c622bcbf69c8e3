"""How EmoS turns sets of fine labels (GoEmotions) into one class (Basic-7) for clips that had a class before (MELD)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InvalidArgument
from .checks import NO_VOTE, TIE, Floats, Ints, checked_number, first_of_largest, in_range, whole_numbers

MELD_HIGH = 0.5
"""EmoS: from this probability the best class replaces the original one."""

MELD_MARGIN = 0.1
"""EmoS: the original class stays where the best one is ahead by less. The published labels only show that it lies in
(0, 1/9]."""


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """What became of the original class of N items.

    Attributes:
        labels: int64 ``[N]``, the class after correction.
        confidence: float64 ``[N]``, its mapped probability.
        reasons: str ``[N]``: "high_goemotion", "agree_orig", "prefer_orig_second", "prefer_orig_close" or
            "override_low_conf".
        best: int64 ``[N]``, the most probable class.
        best_probability: float64 ``[N]``.
        second: int64 ``[N]``, the next.
        second_probability: float64 ``[N]``.
        recipe: The method and all of its options, as plain JSON values.
    """

    labels: Ints
    confidence: Floats
    reasons: NDArray[np.str_]
    best: Ints
    best_probability: Floats
    second: Ints
    second_probability: Floats
    recipe: Mapping[str, object]


def map_probabilities(
    probabilities: ArrayLike, labels: Sequence[str], mapping: Mapping[str, str | None], classes: Sequence[str]
) -> Floats:
    """Return the probability of each class: the sum over the labels that map to it, divided by the sum over all classes.

    Args:
        probabilities: ``[N, L]``, 0 or more; soft labels of a multi-label task, rows need not sum to 1.
        labels: Names of the L columns.
        mapping: The class of each label; None leaves the label out, also of the sum that is divided by.
        classes: Names of the K classes.

    Returns:
        float64 ``[N, K]`` in [0, 1]; rows sum to 1, or are zeros where nothing maps to a class.

    Raises:
        InvalidArgument: a wrong shape, negative or not finite values, or a label or class that is unknown.

    Cost: N * L additions.

    Example:
        >>> map_probabilities([[1, 0.5, 0.5]], ["joy", "love", "fear"], {"joy": "Joy", "love": "Joy", "fear": "Fear"},
        ...                   ["Fear", "Joy"])
        array([[0.25, 0.75]])
    """
    target = _targets(labels, mapping, classes)
    values = _checked_probabilities(probabilities, len(labels), "labels")
    sums = np.zeros((values.shape[0], len(classes)))
    for column, index in enumerate(target):
        if index is not None:
            sums[:, index] += values[:, column]
    total = np.zeros(values.shape[0])
    for index in range(len(classes)):
        total += sums[:, index]
    mapped: Floats = np.divide(sums, total[:, None], out=np.zeros_like(sums), where=total[:, None] > 0)
    return mapped


def meld_correction(
    original: ArrayLike,
    mapped_probabilities: ArrayLike,
    *,
    classes: Sequence[str],
    high: float = MELD_HIGH,
    margin: float = MELD_MARGIN,
) -> Corrected:
    """Return the corrected class of each item, and why, by the rule of EmoS for its first 3,000 MELD clips.

    The best and the second class are those of largest mapped probability, ties (within 1e-12) in alphabetic order of
    `classes`. The first that holds decides:

    1. best >= high: the best class, "high_goemotion";
    2. the best class is the original one: kept, "agree_orig";
    3. the second class is the original one, and best - second < margin: the original, "prefer_orig_second";
    4. best - p(original) < margin: the original, "prefer_orig_close";
    5. else the best class, "override_low_conf".

    Args:
        original: Whole numbers ``[N]`` in ``[0, K)``, the class before.
        mapped_probabilities: ``[N, K]`` in [0, 1]; see `map_probabilities`. A row of zeros keeps the original class.
        classes: Names of the K classes, K at least 2.
        high: Probability from which the best class is taken, in (0, 1].
        margin: How far ahead the best class must be to replace the original one below `high`, in [0, 1].

    Raises:
        InvalidArgument: wrong shapes, values out of range, or fewer than two classes.

    Cost: a few passes over the probabilities.

    Source: found from the published workbooks; it gives all 3,000 of their `basic_correction_reason`.

    Example:
        >>> fixed = meld_correction([1, 0], [[0.6, 0.3, 0.1], [0.3, 0.4, 0.3]], classes=["Anger", "Fear", "Joy"])
        >>> fixed.labels.tolist(), fixed.reasons.tolist()
        ([0, 1], ['high_goemotion', 'override_low_conf'])
    """
    high, margin = checked_number(high, "high", most=1.0), checked_number(margin, "margin", most=1.0)
    if high == 0:
        raise InvalidArgument("high 0 was given; give a number above 0, at most 1")
    kinds = len(_checked_classes(classes))
    values = _checked_probabilities(mapped_probabilities, kinds, "classes")
    before = _checked_original(original, values.shape[0], kinds)
    alphabetic = np.array(sorted(range(kinds), key=lambda index: classes[index]))
    rows, left = np.arange(values.shape[0]), values[:, alphabetic]
    at = first_of_largest(left)
    best = alphabetic[at]
    left[rows, at] = -1.0
    second = alphabetic[first_of_largest(left)]
    top, next_best, kept = values[rows, best], values[rows, second], values[rows, before]
    reasons = np.select(
        [
            top >= high - TIE,
            best == before,
            (second == before) & (top - next_best < margin - TIE),
            top - kept < margin - TIE,
        ],
        ["high_goemotion", "agree_orig", "prefer_orig_second", "prefer_orig_close"],
        default="override_low_conf",
    )
    replaced = (reasons == "high_goemotion") | (reasons == "override_low_conf")
    labels = np.where(replaced, best, before)
    return Corrected(
        labels=labels,
        confidence=values[rows, labels],
        reasons=reasons,
        best=best,
        best_probability=top,
        second=second,
        second_probability=next_best,
        recipe={"method": "meld_correction", "classes": list(classes), "high": high, "margin": margin},
    )


def mapped_votes(
    label_sets: Sequence[Sequence[Collection[str] | None]],
    original: ArrayLike,
    *,
    mapping: Mapping[str, str | None],
    classes: Sequence[str],
) -> Ints:
    """Return one class a rater from its set of labels, by the rule of EmoS for its last 2,000 MELD clips.

    A rater's vote is the class that most of its labels map to. Of tied classes the original one is taken if it is among
    them, else the first in alphabetic order. A set without a label that maps votes for the original class. The
    published labels are then `dawid_skene` of these votes with ``tolerance=EMOS_TOLERANCE``.

    Args:
        label_sets: N items of R raters: the labels that each gave, repeats not counted twice; None where it gave none
            and shall not vote.
        original: Whole numbers ``[N]`` in ``[0, K)``.
        mapping: The class of each label; None for a label that does not vote.
        classes: Names of the K classes.

    Returns:
        int64 ``[N, R]``, -1 where the set is None.

    Raises:
        InvalidArgument: wrong shapes, or a label or class that is unknown.

    Cost: one pass over the labels, in Python.

    Source: found from the published workbooks; it gives all 6,000 of their `basic_vote_*`.

    Example:
        >>> mapped_votes([[{"joy", "fear"}, {"joy", "love"}]], [0], classes=["Fear", "Joy"],
        ...              mapping={"joy": "Joy", "love": "Joy", "fear": "Fear"})
        array([[0, 1]])
    """
    names = list(mapping)
    target = dict(zip(names, _targets(names, mapping, classes), strict=True))
    before = _checked_original(original, len(label_sets), len(_checked_classes(classes)))
    raters = {len(row) for row in label_sets}
    if len(raters) != 1 or 0 in raters:
        raise InvalidArgument(
            f"label_sets of {sorted(raters)} raters an item were given; give as many, at least 1, for each item"
        )
    votes = np.full((len(label_sets), raters.pop()), NO_VOTE, dtype=np.int64)
    for item, row in enumerate(label_sets):
        for rater, labels in enumerate(row):
            if labels is None:
                continue
            if isinstance(labels, str):
                raise InvalidArgument(f"label set {labels!r} was given; give a set of labels such as {{{labels!r}}}")
            unknown = sorted(set(labels) - target.keys())
            if unknown:
                raise InvalidArgument(
                    f"label {unknown[0]!r} of item {item} is not in mapping; mend the label or map it"
                )
            count: dict[int, int] = {}
            for label in set(labels):
                index = target[label]
                if index is not None:
                    count[index] = count.get(index, 0) + 1
            most = max(count.values(), default=0)
            tied = [index for index, times in count.items() if times == most]
            own = int(before[item])
            votes[item, rater] = own if own in tied or not tied else min(tied, key=lambda index: classes[index])
    return votes


def _checked_classes(classes: Sequence[str]) -> Sequence[str]:
    if isinstance(classes, str) or len(classes) < 2 or len(set(classes)) != len(classes):
        raise InvalidArgument(f"classes {classes!r} were given; give a list of at least two different names")
    return classes


def _targets(labels: Sequence[str], mapping: Mapping[str, str | None], classes: Sequence[str]) -> list[int | None]:
    index = {name: i for i, name in enumerate(_checked_classes(classes))}
    target: list[int | None] = []
    for label in labels:
        if label not in mapping:
            raise InvalidArgument(f"label {label!r} is not in mapping; map it to a class, or to None to leave it out")
        name = mapping[label]
        if name is not None and name not in index:
            raise InvalidArgument(f"label {label!r} maps to {name!r}; classes are {', '.join(classes)}")
        target.append(None if name is None else index[name])
    return target


def _checked_probabilities(probabilities: ArrayLike, columns: int, what: str) -> Floats:
    try:
        values = np.asarray(probabilities, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(
            f"probabilities that are no numbers were given; give an array [items, {columns} {what}]"
        ) from error
    if values.ndim != 2 or values.shape[1] != columns:
        raise InvalidArgument(
            f"probabilities of shape {values.shape} were given; give an array [items, {columns} {what}]"
        )
    if not (np.isfinite(values) & (values >= 0)).all():
        raise InvalidArgument("probabilities hold a negative, infinite or NaN value; give 0 or more, and 0 for no vote")
    return values


def _checked_original(original: ArrayLike, items: int, kinds: int) -> Ints:
    before = whole_numbers(original, "original", dimensions=1)
    if before.shape != (items,):
        raise InvalidArgument(f"original of shape {before.shape} was given for {items} items; give one class an item")
    in_range(before, kinds, "original")
    if (before == NO_VOTE).any():
        raise InvalidArgument(f"original holds -1 at {[int(np.argmax(before == NO_VOTE))]}; give each item a class")
    return before
