"""Measures of segments: edit score and F1 by overlap.

Source: C. Lea et al., Segmental Spatiotemporal CNNs for Fine-grained Action Segmentation (ECCV 2016), and Temporal
Convolutional Networks for Action Segmentation and Detection (CVPR 2017) [lea2016, lea2017]; the rule of counting is that of
MS-TCN, Y. Abu Farha, J. Gall (CVPR 2019) [farha2019].
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..._arrays import Float64Array
from ..._checks import integer
from ..sums import Measure, MeasuredRows, OfSums
from .labelled import predicted_segments, true_segments
from .pieces import Piece, Stream

OVERLAPS = (10, 25, 50)
"""The overlaps of F1, in percent."""


@dataclass(frozen=True, slots=True)
class SegmentCounts:
    """How segments match, by one overlap.

    Attributes:
        matched: Predicted segments that match a true one.
        false: Predicted segments that match none, or one that is taken; those without an answer too.
        missed: True segments that none matches.
    """

    matched: int
    false: int
    missed: int

    @property
    def f1(self) -> float | None:
        """F1 in percent; None where there is no segment at all, 0 where none matches."""
        total = 2 * self.matched + self.false + self.missed
        return 200 * self.matched / total if total else None


def edit_score(stream: Stream) -> float | None:
    """Return how well the order of the segments is predicted, whatever their lengths.

    ``100 (1 - d / n)``, where ``d`` is the Levenshtein distance between the labels of the predicted and of the true segments,
    and ``n`` the larger number of them. Segments are those on labelled time; see `predicted_segments`.

    Returns:
        0 to 100; None where the stream has no labelled time.

    Cost: the product of the numbers of segments.

    Example:
        >>> from emos_io import Span
        >>> truth = (Piece(Span(0, 5), "A"), Piece(Span(5, 10), "B"), Piece(Span(10, 12), "C"))
        >>> edit_score(Stream("talk", Span(0, 12).end, truth, (Piece(Span(0, 8), "A"), Piece(Span(8, 12), "C"))))
        66.66666666666667
    """
    return _edit(predicted_segments(stream), true_segments(stream))


def segment_counts(stream: Stream, overlap: int) -> SegmentCounts:
    """Return how the predicted segments match the true ones.

    Predicted segments are taken in order. Each looks at the true segment of its label with the largest overlap (intersection
    over union, exact; the first of equal ones), and matches it where the overlap is at least `overlap` and no other has taken
    it. Where that one is taken it is false, even if another would do.

    Args:
        stream: Truth and predictions.
        overlap: The least intersection over union, in percent, from 1 to 100.

    Raises:
        InvalidArgument: `overlap` is no such number.

    Cost: linear in the number of segments, times the true segments that one predicted segment meets.

    Example:
        >>> from emos_io import Span
        >>> truth = (Piece(Span(0, 5), "A"), Piece(Span(5, 10), "B"), Piece(Span(10, 12), "C"))
        >>> predicted = (Piece(Span(0, 8), "A"), Piece(Span(8, 12), "C"))
        >>> counts = segment_counts(Stream("talk", Span(0, 12).end, truth, predicted), 50)
        >>> counts, counts.f1
        (SegmentCounts(matched=2, false=0, missed=1), 80.0)
    """
    integer(overlap, "overlap", "give percent, such as 50", most=100)
    return _counts(predicted_segments(stream), true_segments(stream), Fraction(overlap, 100))


def segment_scores(streams: Sequence[Stream], *, overlaps: Sequence[int] = OVERLAPS) -> MeasuredRows:
    """Return the edit score as a mean over streams, and F1 by overlap with its counts pooled over streams.

    Args:
        streams: The streams, one a row; those without labelled time do not count.
        overlaps: Overlaps in percent.

    Returns:
        ``edit_score`` (0 to 100; `num`: streams) and a ``segment_f1`` for each overlap (0 to 100; `num`: true segments), whose
        `of` has the overlap, such as ``{"overlap": "50"}``.

    Raises:
        InvalidArgument: An overlap is not from 1 to 100.
    """
    for overlap in overlaps:
        integer(overlap, "overlaps", "give percent, such as (10, 25, 50)", most=100)
    columns = np.zeros((len(streams), 2 + 3 * len(overlaps)))
    for row, stream in zip(columns, streams, strict=True):
        true, predicted = true_segments(stream), predicted_segments(stream)
        score = _edit(predicted, true)
        if score is not None:
            row[:2] = score, 1
        for index, overlap in enumerate(overlaps):
            found = _counts(predicted, true, Fraction(overlap, 100))
            row[2 + 3 * index : 5 + 3 * index] = found.matched, found.false, found.missed
    measures = [Measure("edit_score", lambda sums: sums[:, 0] / sums[:, 1], num=lambda sums: sums[:, 1])]
    for index, overlap in enumerate(overlaps):
        of_sums, num = _f1(2 + 3 * index), _num_true(2 + 3 * index)
        supports = (_num_segments(2 + 3 * index),)
        measures.append(Measure("segment_f1", of_sums, {"overlap": str(overlap)}, num, supports=supports))
    return MeasuredRows(columns, np.array([bool(each.truth) for each in streams], np.bool_), tuple(measures))


def _f1(first: int) -> OfSums:
    """F1 in percent of the matched, false and missed segments in three columns."""

    def of_sums(sums: Float64Array) -> Float64Array:
        matched, false, missed = (sums[:, first + index] for index in range(3))
        value: Float64Array = 200 * matched / (2 * matched + false + missed)
        return value

    return of_sums


def _num_true(first: int) -> OfSums:
    def of_sums(sums: Float64Array) -> Float64Array:
        number: Float64Array = sums[:, first] + sums[:, first + 2]
        return number

    return of_sums


def _num_segments(first: int) -> OfSums:
    def of_sums(sums: Float64Array) -> Float64Array:
        number: Float64Array = sums[:, first : first + 3].sum(axis=1)
        return number

    return of_sums


def _edit(predicted: Sequence[Piece], true: Sequence[Piece]) -> float | None:
    longest = max(len(true), len(predicted))
    if not longest:
        return None
    distance = _levenshtein([each.label for each in predicted], [each.label for each in true])
    return float(Fraction(100 * (longest - distance), longest))


def _counts(predicted: Sequence[Piece], true: Sequence[Piece], least: Fraction) -> SegmentCounts:
    taken: set[int] = set()
    for piece in predicted:
        best, found = Fraction(0), -1
        for index in _meeting(piece, true):
            if true[index].label == piece.label and (overlap := _overlap(piece, true[index])) > best:
                best, found = overlap, index
        if found >= 0 and best >= least and found not in taken:
            taken.add(found)
    return SegmentCounts(len(taken), len(predicted) - len(taken), len(true) - len(taken))


def _meeting(piece: Piece, true: Sequence[Piece]) -> Iterable[int]:
    """The indices of the true segments that have time in common with a piece."""
    first = bisect_right(true, piece.span.start, key=lambda each: each.span.end)
    for index in range(first, len(true)):
        if true[index].span.start >= piece.span.end:
            break
        yield index


def _overlap(one: Piece, other: Piece) -> Fraction:
    """Intersection over union of two pieces that have time in common."""
    shared = min(one.span.end, other.span.end) - max(one.span.start, other.span.start)
    return shared / (one.span.duration + other.span.duration - shared)


def _levenshtein(one: Sequence[str | None], other: Sequence[str | None]) -> int:
    """How many labels must be put in, left out or replaced to make one sequence of the other."""
    before = list(range(len(other) + 1))
    for row, label in enumerate(one, 1):
        current = [row]
        for column, against in enumerate(other, 1):
            current.append(
                min(
                    before[column] + 1,
                    current[column - 1] + 1,
                    before[column - 1] + (label != against or label is None),
                )
            )
        before = current
    return before[-1]
