"""Parts of what is scored, with their measures: all items of one kind in one layer, then each slice of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import TypeVar

import numpy as np

from .._arrays import BoolArray
from ..corpus import Clip, Monologue
from ..corpus._frozen import freeze
from .matched import MatchedClips
from .scores import ScoreTable
from .slices import SLICES_BY, Slice, SliceBy, slices_of
from .sums import Measured, MeasuredPairs, MeasuredRows, PlainValue

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Part:
    """Some of the items that are scored, and their measures.

    Attributes:
        of: What all its scores are of: layer, kind, clock, and what a slice is of.
        rows: bool ``[N]``: which of the N items of the kind are in it.
        measured: Measures of these rows alone.
        tables: The tables behind them.
        counts: What was scored and what was not, by name; of all items alone.
    """

    of: Mapping[str, str]
    rows: BoolArray
    measured: tuple[Measured, ...]
    tables: tuple[ScoreTable, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "of", "counts")


def with_slices(items: Sequence[Clip | Monologue], layer: str, by: Sequence[SliceBy]) -> Iterator[Slice]:
    """Yield all items, then the slices of them; nothing where there are no items."""
    if items:
        yield Slice({}, np.ones(len(items), np.bool_))
        yield from slices_of(items, layer, by)


def selected_clips(clips: MatchedClips, rows: BoolArray) -> MatchedClips:
    """Return some of the clips, bool ``[N]``, in their order."""
    return replace(
        clips,
        items=selected(clips.items, rows),
        rows=selected(clips.rows, rows),
        answered=clips.answered[rows],
        valid=clips.valid[rows],
        truth=clips.truth[rows],
        predicted=clips.predicted[rows],
        confidence=clips.confidence[rows],
        scores=clips.scores[rows],
        truth_scores=clips.truth_scores[rows],
        truth_sets=clips.truth_sets[rows],
        predicted_sets=clips.predicted_sets[rows],
        num_outside=clips.num_outside[rows],
        truth_values=clips.truth_values[rows],
        predicted_values=clips.predicted_values[rows],
    )


def selected(values: Sequence[T], rows: BoolArray) -> tuple[T, ...]:
    """Return the values of some of the rows, bool ``[N]``, in their order."""
    return tuple(compress(values, rows.tolist()))


def restricted(measured: Sequence[Measured], rows: BoolArray) -> list[Measured]:
    """Return measures of some of their rows, bool ``[N]``; plain values are left as they are."""
    found: list[Measured] = []
    for each in measured:
        if isinstance(each, MeasuredRows):
            found.append(MeasuredRows(each.columns[rows], each.counted[rows], each.measures))
        elif isinstance(each, MeasuredPairs):
            found.append(MeasuredPairs(each.name, each.score[rows], each.positive[rows], each.counted[rows], each.of))
        else:
            found.append(each)
    return found


def without_slices(measured: Sequence[Measured]) -> list[Measured]:
    """Return measures without those that are of a slice themselves, such as the mean confidence of a tier of a source."""
    found: list[Measured] = []
    for each in measured:
        if isinstance(each, MeasuredRows):
            kept = tuple(one for one in each.measures if not set(one.of) & set(SLICES_BY))
            found += [MeasuredRows(each.columns, each.counted, kept)] if kept else []
        elif not set(each.of) & set(SLICES_BY):
            found.append(each)
    return found


def without_value(measured: Sequence[Measured], why: str) -> list[Measured]:
    """Return the same measures without a value, each with the reason."""
    found: list[Measured] = []
    for each in measured:
        measures = each.measures if isinstance(each, MeasuredRows) else (each,)
        found += [PlainValue(one.name, None, 0, why, one.of) for one in measures]
    return found
