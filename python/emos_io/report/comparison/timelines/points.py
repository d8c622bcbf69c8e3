"""Turning points of a monologue on both clocks: the true ones, the predicted ones, and which are pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from ....corpus import Monologue
from ....evaluation import Form, Matched, Prediction, TurningPointMatch
from ....evaluation.streams import (
    Definition,
    Stream,
    TurningPoint,
    content_stream,
    decision_stream,
    match_points,
    predicted_points,
    true_points,
)

Clock = Literal["content", "decision"]
DEFINITION: Definition = "label_change"
"""The turning points of timelines: starts of segments with another label than the one before."""
TOLERANCE = Fraction(2)
"""Seconds between two points of a pair, at most: the usual tolerance."""


@dataclass(frozen=True, slots=True)
class ClockPoints:
    """Turning points of one run on one clock, equal to those that scores count.

    Attributes:
        layer: The layer.
        run: Name of the run.
        clock: The clock.
        true, predicted: The points, each in order of time.
        match: Which of them are pairs, and the delay of each pair.
    """

    layer: str
    run: str
    clock: Clock
    true: tuple[TurningPoint, ...]
    predicted: tuple[TurningPoint, ...]
    match: TurningPointMatch


def points_of(
    item: Monologue, rows: Sequence[Prediction], matched: Matched, *, run: str, form: Form
) -> tuple[ClockPoints, ...]:
    """Return the turning points on each clock that a run is on, as its scores count them.

    Args:
        item: The monologue.
        rows: The rows about it, as `match` gives them.
        matched: The run beside the corpus, in a layer that takes one label at once.
        run: Name of the run.
        form: What the rows of the run are.

    Cost: that of `turning_point_match`.
    """
    content = content_stream(item, rows, matched.layer, matched.labels)
    streams: list[tuple[Clock, Stream]] = [("content", content)]
    if is_on_decision_clock(matched):
        late = decision_stream(item, rows, matched.layer, matched.labels)
        # A monologue of which nothing was available in time has no decision, and its true points are missed.
        streams.append(("decision", replace(content, predicted=()) if late is None else late))
    return tuple(
        ClockPoints(
            matched.layer,
            run,
            clock,
            true_points(stream, DEFINITION),
            predicted_points(stream, DEFINITION, form),
            match_points(stream, DEFINITION, form, TOLERANCE),
        )
        for clock, stream in streams
    )


def is_on_decision_clock(matched: Matched) -> bool:
    """Return whether some row of a run says when it was available."""
    return any(row.available_at is not None for rows in matched.streams.rows for row in rows)
