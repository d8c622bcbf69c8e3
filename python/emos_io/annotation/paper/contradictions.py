"""What cannot be true in printed tables of results: cells that no counts give, once rounding is an interval.

A printed figure x of three digits stands for all values in ``[x - .0005, x + .0005]``, a share in percent of one digit for
``[x - .05, x + .05]``, both ends with it. What other cells allow is an interval too. Where the two do not meet, at least one
of these cells is wrong. Each rule is taken by itself, so what is not listed may be wrong all the same. What is listed is
certain only if all models answered the same items, all of them: refusals that are left out of a model's figures change the
counts of its classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Check = Literal["class_counts", "recall", "f1", "macro_f1", "accuracy", "weighted_f1", "predicted", "language_share"]
HALF_DIGIT = Fraction(1, 2000)
"""Half a unit of the last digit of figures with three digits."""
HALF_PERCENT_DIGIT = Fraction(1, 2000)
"""Half a unit of the last digit of percentages with one digit, as a share: .05 %."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """All numbers from `low` to `high`, both with it; exact."""

    low: Fraction
    high: Fraction

    @classmethod
    def printed(cls, figure: float) -> Bounds:
        """Return what a figure of three digits, 0 to 1, stands for."""
        exact = Fraction(str(figure))
        return cls(max(Fraction(0), exact - HALF_DIGIT), min(Fraction(1), exact + HALF_DIGIT))

    @classmethod
    def percent(cls, figure: float) -> Bounds:
        """Return the share that a percentage of one digit stands for."""
        exact = Fraction(str(figure)) / 100
        return cls(max(Fraction(0), exact - HALF_PERCENT_DIGIT), min(Fraction(1), exact + HALF_PERCENT_DIGIT))

    def meets(self, other: Bounds) -> bool:
        """Return whether a number is in both."""
        return self.low <= other.high and other.low <= self.high

    def __iter__(self) -> Iterator[Fraction]:
        yield from (self.low, self.high)

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.low + other.low, self.high + other.high)

    def integers(self, total: int) -> range:
        """Return the counts of `total` whose share is in it."""
        return range(math.ceil(self.low * total), math.floor(self.high * total) + 1)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A printed cell that others rule out.

    Attributes:
        check: Which rule it breaks.
        model: The model, or "" where it is of all.
        cell: The name of the row, such as ``"Fear_R"``.
        printed: The figure as printed; of ``"predicted"`` the share of items that printed cells need.
        possible: What the other cells allow, from the lowest to the highest value: nothing that rounds to `printed` lies in it.
            None where it is no range.
        nearest: Of recalls, the nearest values that a count gives, below and above (one where there is no other), of which
            none rounds to `printed`; else None.
        why: The rule with its numbers.
    """

    check: Check
    model: str
    cell: str
    printed: float
    possible: tuple[float, float] | None
    nearest: tuple[float, ...] | None
    why: str

    def as_dict(self) -> dict[str, str | float | list[float] | None]:
        """Return it as JSON has it."""
        return {
            "check": self.check,
            "model": self.model,
            "cell": self.cell,
            "printed": self.printed,
            "possible": None if self.possible is None else list(self.possible),
            "nearest": None if self.nearest is None else list(self.nearest),
            "why": self.why,
        }


def class_counts(percent: Mapping[str, float], total: int) -> dict[str, range]:
    """Return how many of `total` items each class may have, by the rounding of its share.

    Example:
        >>> class_counts({"Fear": 5.1}, 800)
        {'Fear': range(41, 42)}
    """
    return {label: Bounds.percent(share).integers(total) for label, share in percent.items()}


def impossible_counts(percent: Mapping[str, float], total: int) -> list[Contradiction]:
    """Return a contradiction where no counts of classes with the printed shares have the printed sum."""
    counts = class_counts(percent, total)
    possible = None
    if all(counts.values()):
        low, high = (sum(own[end] for own in counts.values()) for end in (0, -1))
        if low <= total <= high:
            return []
        possible = low, high
    named = ", ".join(f"{label} {_range_text(own)}" for label, own in counts.items())
    why = f"shares of {total} give the counts {named}"
    return [Contradiction("class_counts", "", "N", total, possible, None, why)]


def impossible_cells(
    rows: Mapping[str, float], percent: Mapping[str, float], total: int, model: str
) -> list[Contradiction]:
    """Return what cannot be true in the column of one model.

    Args:
        rows: Printed figures by row: ``Accuracy``, ``Macro-F1``, ``Weighted-F1``, and ``Joy_P``, ``Joy_R``, ``Joy_F1`` of each
            class.
        percent: Printed shares of the classes.
        total: The number of items.
        model: The name of the model.

    Example:
        >>> rows = {"Accuracy": .9, "Macro-F1": .5, "Weighted-F1": .5, "Joy_P": .5, "Joy_R": .5, "Joy_F1": .5}
        >>> [(each.cell, each.possible) for each in impossible_cells(rows, {"Joy": 100.0}, 10, "one")]
        [('Accuracy', (0.4995, 0.5005))]
    """
    shares = {label: Bounds.percent(share) for label, share in percent.items()}
    found = [*_recalls(rows, class_counts(percent, total), model), *_f1_scores(rows, shares, model)]
    f1 = [Bounds.printed(rows[f"{label}_F1"]) for label in shares]
    mean = _sum(f1)
    cells: list[tuple[Check, str, Bounds, str]] = [
        ("macro_f1", "Macro-F1", Bounds(mean.low / len(f1), mean.high / len(f1)), "the mean of the printed F1"),
        ("accuracy", "Accuracy", _weighted(rows, shares, "R"), "shares of classes times their recalls"),
        ("weighted_f1", "Weighted-F1", _weighted(rows, shares, "F1"), "shares of classes times their F1"),
    ]
    for check, cell, possible, why in cells:
        if not possible.meets(Bounds.printed(rows[cell])):
            found.append(_contradiction(check, model, cell, rows[cell], possible, why))
    return [*found, *_predicted(rows, shares, model)]


def _recalls(rows: Mapping[str, float], counts: Mapping[str, range], model: str) -> list[Contradiction]:
    found = []
    for label, possible in counts.items():
        cell, own = f"{label}_R", [count for count in possible if count]
        printed = Bounds.printed(rows[cell])
        if own and not any(printed.integers(count) for count in own):
            nearest = tuple(map(float, _nearest(Fraction(str(rows[cell])), own)))
            why = f"no share of {_range_text(own)} items is that"
            found.append(Contradiction("recall", model, cell, rows[cell], None, nearest, why))
    return found


def _nearest(exact: Fraction, sizes: Sequence[int]) -> list[Fraction]:
    """Return the greatest share of items of these sizes below a number, and the least one above, where they exist."""
    counts = [(math.floor(exact * size), size) for size in sizes]
    below = [Fraction(min(count, size), size) for count, size in counts if count >= 0]
    above = [Fraction(max(count + 1, 0), size) for count, size in counts if count < size]
    return [*([max(below)] if below else []), *([min(above)] if above else [])]


def _f1_scores(rows: Mapping[str, float], labels: Iterable[str], model: str) -> list[Contradiction]:
    found = []
    for label in labels:
        precision, recall = (Bounds.printed(rows[f"{label}_{name}"]) for name in ("P", "R"))
        possible = Bounds(_f1(precision.low, recall.low), _f1(precision.high, recall.high))
        cell = f"{label}_F1"
        if not possible.meets(Bounds.printed(rows[cell])):
            why = "2 P R / (P + R) of the printed precision and recall"
            found.append(_contradiction("f1", model, cell, rows[cell], possible, why))
    return found


def _predicted(rows: Mapping[str, float], shares: Mapping[str, Bounds], model: str) -> list[Contradiction]:
    """Return a contradiction where a model predicts labels of more items than there are: of each class share * R / P."""
    least = Fraction(0)
    for label, share in shares.items():
        precision, recall = (Bounds.printed(rows[f"{label}_{name}"]) for name in ("P", "R"))
        least += share.low * recall.low / precision.high
    if least <= 1:
        return []
    why = f"the printed precisions and recalls need predictions for {float(least):.4f} of the items or more"
    return [_contradiction("predicted", model, "P and R", float(least), Bounds(Fraction(0), Fraction(1)), why)]


def impossible_by_language(
    overall: Mapping[str, float], by_language: Mapping[str, tuple[float, float]]
) -> list[Contradiction]:
    """Return which accuracies over all items cannot be those of two languages, if all models have the same items.

    The accuracy over all items lies between those of the two languages, and where it lies says which share of the items is in
    the second. All models must say the same share.

    Args:
        overall: Printed accuracy over all items, by model.
        by_language: Printed accuracies in the first and in the second language, by model.

    Example:
        >>> (found,) = impossible_by_language({"a": .5, "b": .4}, {"a": (.4, .6), "b": (.4, .6)})
        >>> found.model, found.printed, found.possible
        ('b', 0.4, (0.4985, 0.5015))
    """
    found = []
    shares: dict[str, Bounds] = {}
    for model, accuracy in overall.items():
        printed, one, two = Bounds.printed(accuracy), *map(Bounds.printed, by_language[model])
        for other, share in shares.items():
            possible = _mixed(one, two, share)
            if not possible.meets(printed):
                why = (
                    f"{other} says that {float(share.low):.4f} to {float(share.high):.4f} of the same items are Chinese"
                )
                found.append(_contradiction("language_share", model, "Accuracy", accuracy, possible, why))
        between = _mixed(one, two, Bounds(Fraction(0), Fraction(1)))
        if not between.meets(printed):
            why = "it lies between those of the languages"
            found.append(_contradiction("language_share", model, "Accuracy", accuracy, between, why))
        elif not one.meets(two):
            corners = [(a - b) / (c - b) for a in printed for b in one for c in two]
            shares[model] = Bounds(max(Fraction(0), min(corners)), min(Fraction(1), max(corners)))
    return found


def _mixed(first: Bounds, second: Bounds, share: Bounds) -> Bounds:
    """Return all means of two numbers, of which the second has a share."""
    corners = [one + weight * (two - one) for one in first for two in second for weight in share]
    return Bounds(min(corners), max(corners))


def _f1(precision: Fraction, recall: Fraction) -> Fraction:
    return 2 * precision * recall / (precision + recall) if precision + recall else Fraction(0)


def _weighted(rows: Mapping[str, float], shares: Mapping[str, Bounds], name: str) -> Bounds:
    """Return all means of a figure of the classes, weighted by shares whose sum is 1."""
    figures = {label: Bounds.printed(rows[f"{label}_{name}"]) for label in shares}
    low = _least_mean([(shares[label], figure.low) for label, figure in figures.items()])
    return Bounds(low, -_least_mean([(shares[label], -figure.high) for label, figure in figures.items()]))


def _least_mean(weighted: Sequence[tuple[Bounds, Fraction]]) -> Fraction:
    """Return the least weighted mean: all have their least share, and what is left of 1 goes to the lowest figures first."""
    left = max(Fraction(0), 1 - sum(share.low for share, _ in weighted))
    total = sum((share.low * figure for share, figure in weighted), Fraction(0))
    for share, figure in sorted(weighted, key=lambda each: each[1]):
        more = min(left, share.high - share.low)
        total += more * figure
        left -= more
    return total


def _sum(bounds: Iterable[Bounds]) -> Bounds:
    total = Bounds(Fraction(0), Fraction(0))
    for each in bounds:
        total += each
    return total


def _contradiction(check: Check, model: str, cell: str, printed: float, possible: Bounds, why: str) -> Contradiction:
    return Contradiction(check, model, cell, printed, (float(possible.low), float(possible.high)), None, why)


def _range_text(counts: Sequence[int]) -> str:
    if not counts:
        return "none"
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
