"""The rules of EmoS that correct the class (Basic-7) of a clip (MELD) by its sets of fine labels (GoEmotions)."""

from __future__ import annotations

import reprlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import Float64Array, Int64Array, StrArray
from ...errors import InvalidArgument
from ..checks import (
    NO_VOTE,
    TIE,
    array_summary,
    check_class_range,
    checked_number,
    first_of_largest,
    integer_array,
    read_only,
)

MELD_HIGH = 0.5
"""EmoS: the lowest probability at which the best class always replaces the original one."""

MELD_MARGIN = 0.1
"""EmoS: the original class stays where its probability is less than this below the best one. The published labels only
show that the margin lies in (0, 1/9]."""


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """The corrected classes of N items. Its arrays are read-only; its repr prints shapes, not values.

    Attributes:
        labels: int64 ``[N]``, the class after correction.
        confidence: float64 ``[N]``, the mapped probability of `labels`.
        reasons: str ``[N]``: "high_goemotion", "agree_orig", "prefer_orig_second", "prefer_orig_close" or
            "override_low_conf"; see `meld_correction`.
        best: int64 ``[N]``, the most probable class.
        best_probability: float64 ``[N]``, its probability.
        second: int64 ``[N]``, the second most probable class.
        second_probability: float64 ``[N]``, its probability.
        recipe: The method and all of its options, as plain JSON values.
    """

    labels: Int64Array
    confidence: Float64Array
    reasons: StrArray
    best: Int64Array
    best_probability: Float64Array
    second: Int64Array
    second_probability: Float64Array
    recipe: Mapping[str, object]

    def __post_init__(self) -> None:
        read_only(self, "labels", "confidence", "reasons", "best", "best_probability", "second", "second_probability")

    def __repr__(self) -> str:
        arrays = ", ".join(array_summary(name, getattr(self, name)) for name in ("labels", "confidence", "reasons"))
        return f"Corrected(method={self.recipe['method']!r}, {arrays})"


def map_probabilities(
    probabilities: ArrayLike, labels: Sequence[str], mapping: Mapping[str, str | None], classes: Sequence[str]
) -> Float64Array:
    """Return the probability of each class: the sum over its labels, divided by the sum over the labels of all classes.

    Args:
        probabilities: Numbers ``[N, L]`` of 0 or more: soft labels of a multi-label task. Rows need not sum to 1.
        labels: The names of the L columns.
        mapping: The class of each label. None leaves the label out of both sums.
        classes: The names of the K classes, K at least 2.

    Returns:
        float64 ``[N, K]`` in [0, 1]; rows sum to 1, or are zeros where nothing maps to a class.

    Raises:
        InvalidArgument: a wrong shape, negative or not finite values, or a label or class that is unknown.

    Cost: N * L additions.

    Source: found from the published workbooks; it gives all 3,000 of their mapped probabilities.

    Example:
        >>> map_probabilities([[1, 0.5, 0.5]], ["joy", "love", "fear"], {"joy": "Joy", "love": "Joy", "fear": "Fear"},
        ...                   ["Fear", "Joy"])
        array([[0.25, 0.75]])
    """
    class_of_column = _class_indices(labels, mapping, classes)
    values = _checked_probabilities(probabilities, len(labels), "labels")
    sums = np.zeros((values.shape[0], len(classes)))
    for column, index in enumerate(class_of_column):
        if index is not None:
            sums[:, index] += values[:, column]
    total = np.zeros(values.shape[0])
    for index in range(len(classes)):
        total += sums[:, index]
    mapped: Float64Array = np.divide(sums, total[:, None], out=np.zeros_like(sums), where=total[:, None] > 0)
    return mapped


def meld_correction(
    original: ArrayLike,
    mapped_probabilities: ArrayLike,
    *,
    classes: Sequence[str],
    high: float = MELD_HIGH,
    margin: float = MELD_MARGIN,
) -> Corrected:
    """Return the corrected class of each item and the reason, by the rule of EmoS for its first 3,000 MELD clips.

    The best and the second class have the largest mapped probabilities; ties (within 1e-12) are in alphabetic order of
    `classes`. The first case that applies decides:

    1. best >= high: the best class, "high_goemotion";
    2. the best class is the original one: kept, "agree_orig";
    3. the second class is the original one, and best - second < margin: the original, "prefer_orig_second";
    4. best - p(original) < margin: the original, "prefer_orig_close";
    5. else the best class, "override_low_conf".

    Args:
        original: Integers ``[N]`` in ``[0, K)``: the class indices before correction.
        mapped_probabilities: Numbers ``[N, K]`` in [0, 1]; see `map_probabilities`. A row of zeros keeps the original
            class.
        classes: The names of the K classes, K at least 2.
        high: The lowest probability at which the best class always replaces the original one, in (0, 1].
        margin: The lowest difference of probabilities at which the best class replaces the original one below `high`,
            in [0, 1].

    Returns:
        The class, its probability and the reason of each item; see `Corrected`.

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
        raise InvalidArgument("high must be above 0 and at most 1, got 0; give 1 to replace only certain classes")
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
) -> Int64Array:
    """Return the class that each rater votes for with its set of labels, by the rule of EmoS for its last 2,000 MELD clips.

    The vote of a rater is the class that most of its labels map to. Of tied classes it is the original one if that is
    among them, else the first in alphabetic order. A set in which no label maps to a class votes for the original one.
    The published labels are then `dawid_skene` of these votes with ``tolerance=EMOS_TOLERANCE``.

    Args:
        label_sets: The label sets of R raters for each of N items; a repeated label counts once. None where a rater
            does not vote.
        original: Integers ``[N]`` in ``[0, K)``: the class indices before correction.
        mapping: The class of each label; None for a label that does not vote.
        classes: The names of the K classes, K at least 2.

    Returns:
        Class indices, int64 ``[N, R]``; -1 where the set is None.

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
    class_of = dict(zip(names, _class_indices(names, mapping, classes), strict=True))
    before = _checked_original(original, len(label_sets), len(_checked_classes(classes)))
    raters = {len(row) for row in label_sets}
    if len(raters) != 1 or 0 in raters:
        allowed = "the same number of raters, at least 1, for each item"
        raise InvalidArgument(
            f"label_sets must have {allowed}, got {sorted(raters)}; use None where a rater has no set"
        )
    votes = np.full((len(label_sets), raters.pop()), NO_VOTE, dtype=np.int64)
    for item, row in enumerate(label_sets):
        for rater, labels in enumerate(row):
            if labels is None:
                continue
            if isinstance(labels, str):
                fix = f"give {{{labels!r}}}"
                raise InvalidArgument(f"label_sets must have sets of labels, got the text {labels!r}; {fix}")
            unknown = sorted(set(labels) - class_of.keys())
            if unknown:
                got = f"{unknown[0]!r} in item {item}"
                raise InvalidArgument(f"labels must be keys of mapping, got {got}; correct the label or map it")
            count: dict[int, int] = {}
            for label in set(labels):
                index = class_of[label]
                if index is not None:
                    count[index] = count.get(index, 0) + 1
            most = max(count.values(), default=0)
            tied = [index for index, times in count.items() if times == most]
            own = int(before[item])
            votes[item, rater] = own if own in tied or not tied else min(tied, key=lambda index: classes[index])
    return votes


def _checked_classes(classes: Sequence[str]) -> Sequence[str]:
    if isinstance(classes, str) or len(classes) < 2 or len(set(classes)) != len(classes):
        got = reprlib.repr(classes)
        raise InvalidArgument(f"classes must be at least two different names, got {got}; give a list of all classes")
    return classes


def _class_indices(
    labels: Sequence[str], mapping: Mapping[str, str | None], classes: Sequence[str]
) -> list[int | None]:
    index = {name: i for i, name in enumerate(_checked_classes(classes))}
    indices: list[int | None] = []
    for label in labels:
        if label not in mapping:
            fix = "map it to a class, or to None to leave it out"
            raise InvalidArgument(f"labels must be keys of mapping, got {label!r}; {fix}")
        name = mapping[label]
        if name is not None and name not in index:
            allowed = f"{', '.join(classes)} or None"
            raise InvalidArgument(f"mapping must give {allowed}, got {name!r} for {label!r}; correct the class")
        indices.append(None if name is None else index[name])
    return indices


def _checked_probabilities(probabilities: ArrayLike, columns: int, what: str) -> Float64Array:
    allowed = f"numbers [items, {columns} {what}]"
    fix = f"give one column for each of the {what}"
    try:
        values = np.asarray(probabilities, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(f"probabilities must be {allowed}, got {reprlib.repr(probabilities)}; {fix}") from error
    if values.ndim != 2 or values.shape[1] != columns:
        raise InvalidArgument(f"probabilities must be {allowed}, got shape {values.shape}; {fix}")
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        raise InvalidArgument(
            f"probabilities must be finite and 0 or more, got {values[wrong][0]:g}; use 0 for no vote"
        )
    return values


def _checked_original(original: ArrayLike, items: int, kinds: int) -> Int64Array:
    before = integer_array(original, "original", dimensions=1)
    if before.shape != (items,):
        raise InvalidArgument(
            f"original must have one class for each of {items} items, got shape {before.shape}; give one class index an item"
        )
    check_class_range(before, kinds, "original")
    if (before == NO_VOTE).any():
        got = f"-1 at {[int(np.argmax(before == NO_VOTE))]}"
        raise InvalidArgument(f"original must have a class for each item, got {got}; leave that item out")
    return before
