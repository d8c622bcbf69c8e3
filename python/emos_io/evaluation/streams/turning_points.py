"""Turning points: where labels change over media time, and how well predictions find it.

```text
 truth        |---Joy---|---Joy---|  gap  |--Fear--|
 boundary               ^                 ^            starts of segments, all but the first
 label_change                             ^            starts of segments with another label than the one before, across gaps
 predicted    |---Joy-------------|-Anger-|--Fear--|
 points                                   ^            in a gap only the label at its end counts: one change, not two
```
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from statistics import median
from typing import Literal

import numpy as np

from ..._arrays import Float64Array
from ..predictions import Form
from ..sums import Measure, Measured, MeasuredRows, OfSums, PlainValue
from .pieces import Piece, Stream
from .point_matching import TurningPointMatch, turning_point_match

Definition = Literal["boundary", "label_change", "label_change_right"]
"""What a turning point is: ``boundary``, the start of every segment but the first; ``label_change``, the start of a segment
with another label than the one before; ``label_change_right``, where a pair must have the same new label too."""

DEFINITIONS: tuple[Definition, ...] = ("boundary", "label_change", "label_change_right")
TOLERANCES = (Fraction(1), Fraction(2), Fraction(3))
"""Seconds; 2 is the usual one."""
LABELS_HAVE_NO_BOUNDARY = "a label stream cannot score boundary: a perfect one has an F1 of .735 on the EmoS release"
NO_MEDIAN_INTERVAL = "a median has no interval"
NUM_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class TurningPoint:
    """A turning point.

    Attributes:
        time: When it is.
        label: The label from then on; None for the start of a segment whose label is invalid.
    """

    time: Fraction
    label: str | None


def true_points(stream: Stream, definition: Definition) -> tuple[TurningPoint, ...]:
    """Return the true turning points of a stream, in order of time. The label before a gap counts as the one before."""
    if definition == "boundary":
        return _boundaries(stream.truth)
    return tuple(
        TurningPoint(after.span.start, after.label)
        for before, after in pairwise(stream.truth)
        if before.label != after.label
    )


def predicted_points(stream: Stream, definition: Definition, form: Form) -> tuple[TurningPoint, ...]:
    """Return the predicted turning points of a stream, in order of time.

    For ``boundary`` of ``"segments"`` these are the starts of all predicted pieces but the first. In all other cases they are
    the changes of the predicted label. A piece without a label, and time without a decision, change nothing: the next label is
    compared with the last one that was there.

    Where truth has no label, only the label at the end of the gap counts: with another label than before the gap there is one
    change, at the last one of the gap; with the same label there is none. A change at the very end of the gap belongs to it.

    Example:
        >>> from emos_io import Span
        >>> truth = (Piece(Span(0, 10), "Joy"), Piece(Span(14, 20), "Fear"))
        >>> said = (Piece(Span(0, 11), "Joy"), Piece(Span(11, 12), "Anger"), Piece(Span(12, 20), "Fear"))
        >>> predicted_points(Stream("m", Fraction(20), truth, said), "label_change", "decisions")
        (TurningPoint(time=Fraction(12, 1), label='Fear'),)
    """
    if definition == "boundary" and form == "segments":
        return _boundaries(stream.predicted)
    labelled = [(piece.span.start, piece.label) for piece in stream.predicted if piece.label is not None]
    return label_changes(labelled, stream)


def label_changes(labelled: Sequence[tuple[Fraction, str]], stream: Stream) -> tuple[TurningPoint, ...]:
    """Return the changes of labels that count beside the truth of a stream, by the rule of `predicted_points`.

    Args:
        labelled: Time and label of each decision, in order of time.
        stream: Its truth says where unlabelled time is.
    """
    starts, ends = _gaps(stream)

    def gap_at(decision: tuple[Fraction, str]) -> int | None:
        index = bisect_right(starts, decision[0]) - 1
        return index if index >= 0 and decision[0] <= ends[index] else None

    found: list[TurningPoint] = []
    current: str | None = None
    for gap, decisions in groupby(labelled, key=gap_at):
        last, changed_at = current, None
        for time, label in decisions:
            before, last = last, label
            if label != before:
                changed_at = time
                if gap is None and before is not None:
                    found.append(TurningPoint(time, label))
        # Before the first decision there is nothing to change from.
        if gap is not None and changed_at is not None and current is not None and last != current:
            found.append(TurningPoint(changed_at, last))
        current = last
    return tuple(found)


def _boundaries(pieces: Sequence[Piece]) -> tuple[TurningPoint, ...]:
    return tuple(TurningPoint(piece.span.start, piece.label) for piece in pieces[1:])


def _gaps(stream: Stream) -> tuple[list[Fraction], list[Fraction]]:
    """Return the starts and the ends of the time without truth, in order."""
    edges = [Fraction(0), *(edge for piece in stream.truth for edge in (piece.span.start, piece.span.end)), stream.end]
    gaps = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]
    return [start for start, _ in gaps], [end for _, end in gaps]


def match_points(stream: Stream, definition: Definition, form: Form, tolerance: Fraction) -> TurningPointMatch:
    """Return how the predicted turning points of a stream match the true ones; see `turning_point_match`."""
    true, predicted = true_points(stream, definition), predicted_points(stream, definition, form)
    times = [point.time for point in true], [point.time for point in predicted]
    if definition != "label_change_right":
        return turning_point_match(*times, tolerance)
    # A change is always to a label.
    new = [str(point.label) for point in true], [str(point.label) for point in predicted]
    return turning_point_match(*times, tolerance, true_labels=new[0], predicted_labels=new[1])


def turning_points(
    streams: Sequence[Stream], form: Form, *, tolerances: Sequence[Fraction] = TOLERANCES
) -> list[Measured]:
    """Return how well turning points were found, for each definition and tolerance, pooled over streams.

    ===============================  =============================================================================
    ``turning_point_precision``      Pairs by predicted points, 0 to 1. `num`: predicted points.
    ``turning_point_recall``         Pairs by true points, 0 to 1. `num`: true points.
    ``turning_point_f1``             Twice the pairs by all points, 0 to 1. `num`: true points.
    ``turning_point_delay_mean``     Mean of predicted time minus true time over pairs, in seconds. `num`: pairs.
    ``turning_point_delay_median``   Their median; it has no interval. `num`: pairs.
    ===============================  =============================================================================

    `of` has ``definition`` and ``tolerance``. What has nothing to score is NaN or None: a precision without predicted points, a
    recall without true ones, an F1 with neither, a delay without pairs. A stream that has nothing to divide by does not count
    for the interval.

    Args:
        streams: All on one clock. On the content clock a delay is an offset of what was found; on the decision clock it says
            how long a listener waits. Streams without truth do not count.
        form: What the rows of the predictions are. Boundaries of ``"decisions"`` are marked: a stream of labels has none.
        tolerances: Seconds.

    Cost: see `turning_point_match`.
    """
    counted = np.array([bool(stream.truth) for stream in streams], bool)
    columns: list[Float64Array] = []
    measures: list[Measure] = []
    medians: list[PlainValue] = []
    for definition in DEFINITIONS:
        why = LABELS_HAVE_NO_BOUNDARY if definition == "boundary" and form == "decisions" else ""
        for tolerance in tolerances:
            matches = [match_points(stream, definition, form, tolerance) for stream in streams]
            of = {"definition": definition, "tolerance": str(tolerance)}
            measures += _measures(NUM_COLUMNS * len(columns), of, why)
            columns.append(_columns(matches))
            delays = [delay for match in matches for delay in match.delays]
            value = float(median(delays)) if delays else None
            reasons = "; ".join(filter(None, (why, NO_MEDIAN_INTERVAL)))
            medians.append(PlainValue("turning_point_delay_median", value, len(delays), reasons, of))
    return [MeasuredRows(np.concatenate(columns, axis=1), counted, tuple(measures)), *medians]


def _columns(matches: Sequence[TurningPointMatch]) -> Float64Array:
    """Return pairs, predicted points, true points and the sum of delays of each stream, float64 ``[N, 4]``."""
    rows = [
        (len(match.pairs), match.num_predicted, match.num_true, float(sum(match.delays, Fraction(0))))
        for match in matches
    ]
    return np.array(rows, np.float64).reshape(-1, NUM_COLUMNS)


def _measures(first: int, of: dict[str, str], why: str) -> list[Measure]:
    pairs, predicted, true, delay = range(first, first + NUM_COLUMNS)

    def f1(sums: Float64Array) -> Float64Array:
        return _ratio(2 * sums[:, pairs], sums[:, predicted] + sums[:, true])

    def points(sums: Float64Array) -> Float64Array:
        total: Float64Array = sums[:, predicted] + sums[:, true]
        return total

    return [
        Measure("turning_point_precision", _share(pairs, predicted), of, _column(predicted), why=why),
        Measure("turning_point_recall", _share(pairs, true), of, _column(true), why=why),
        Measure("turning_point_f1", f1, of, _column(true), why=why, supports=(points,)),
        Measure("turning_point_delay_mean", _share(delay, pairs), of, _column(pairs), why=why),
    ]


def _column(index: int) -> OfSums:
    return lambda sums: sums[:, index]


def _share(above: int, below: int) -> OfSums:
    return lambda sums: _ratio(sums[:, above], sums[:, below])


def _ratio(above: Float64Array, below: Float64Array) -> Float64Array:
    """Return a quotient, NaN where there is nothing to divide by."""
    quotient: Float64Array = np.divide(above, below, out=np.full(len(below), np.nan), where=below != 0)
    return quotient
