"""Measures as functions of sums over rows, so that draws of the bootstrap and slices need no copies of items.

A row is a clip, or a whole monologue. What a row adds are its columns; a measure is a function of the sums of the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .._arrays import BoolArray, Float64Array
from ..corpus._frozen import freeze
from ..errors import InvalidArgument, short_repr

OfSums = Callable[[Float64Array], Float64Array]
"""A measure of sums, from float64 ``[D, S]`` to float64 ``[D]``; NaN where there is nothing to score."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of some sums.

    Attributes:
        name: Its name, as scores and tables have it: ``accuracy``, ``macro_f1``, ``turning_point_f1``.
        of_sums: The measure.
        of: What it is of, by kind: ``{"class": "Joy"}``, ``{"definition": "label_change", "tolerance": "2"}``.
        num: How many things it was computed of, as a function of the sums, such as matched pairs; None for the number of rows
            that count.
        leaves_out: 1 for sums of which the measure leaves a part out, such as a class that a draw has none of, else 0, float64
            ``[D]``; None where it never does.
        why: A mark of its scores, such as why the value says less than it seems to.
        supports: What the measure needs, each as how much of it some sums have, such as the truth of a class, 0 or more: what
            lacks one of them adds nothing to the measure. A cluster counts for an interval where it has it. Empty for `num`.
    """

    name: str
    of_sums: OfSums
    of: Mapping[str, str] = field(default_factory=dict)
    num: OfSums | None = None
    leaves_out: OfSums | None = None
    why: str = ""
    supports: tuple[OfSums, ...] = ()

    def __post_init__(self) -> None:
        freeze(self, "of")

    def num_clusters(self, sums: Float64Array) -> int:
        """Return in how many clusters it counts something, of the sums of each, float64 ``[G, S]``: G at most.

        Where the measure needs several things, such as answers of two kinds, it is the number of clusters with the rarest.
        """
        needed = self.supports or (() if self.num is None else (self.num,))
        return min((int((each(sums) > 0).sum()) for each in needed), default=len(sums))


@dataclass(frozen=True, slots=True)
class MeasuredRows:
    """What each row adds to some sums, and measures that are functions of the sums.

    Attributes:
        columns: float64 ``[N, S]``; rows that do not count add nothing.
        counted: bool ``[N]``: the row counts.
        measures: The measures.
    """

    columns: Float64Array
    counted: BoolArray
    measures: tuple[Measure, ...]

    def sums(self) -> Float64Array:
        """Return the sums of all rows that count, float64 ``[1, S]``."""
        total: Float64Array = self.columns[self.counted].sum(axis=0, keepdims=True)
        return total

    def value(self, name: str, **of: str) -> float:
        """Return one measure over all rows; NaN where there is nothing to score.

        Raises:
            InvalidArgument: There is no such measure.
        """
        for measure in self.measures:
            if measure.name == name and dict(measure.of) == of:
                with np.errstate(divide="ignore", invalid="ignore"):
                    return float(measure.of_sums(self.sums())[0])
        have = ", ".join(dict.fromkeys(measure.name for measure in self.measures))
        raise InvalidArgument(f"name must be one of {have}, got {short_repr(name)} of {of}; see the attribute measures")


@dataclass(frozen=True, slots=True)
class MeasuredPairs:
    """A measure over pairs of rows of which one counts as positive: AUROC. Its draws need a matrix of groups by groups.

    Attributes:
        name: Its name.
        score: float64 ``[N]``: what rows are ordered by.
        positive: bool ``[N]``.
        counted: bool ``[N]``.
        of: What it is of.
    """

    name: str
    score: Float64Array
    positive: BoolArray
    counted: BoolArray
    of: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "of")


@dataclass(frozen=True, slots=True)
class PlainValue:
    """A measure that has no interval.

    Attributes:
        name: Its name.
        value: The value; None where there is nothing to score.
        num: How many things it was computed of.
        why: Why it has no interval, or no value.
        of: What it is of.
    """

    name: str
    value: float | None
    num: int
    why: str
    of: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "of")


Measured = MeasuredRows | MeasuredPairs | PlainValue
