"""Measures of monologues: labels over media time, turning points, segments, times to be right, curves."""

from .curves import Curve, Level, curve
from .labelled import decisions_within
from .pieces import Piece, Stream
from .timelines import content_parts, content_stream, decision_stream, form_of
from .turning_points import (
    DEFINITIONS,
    TOLERANCES,
    Definition,
    TurningPoint,
    match_points,
    predicted_points,
    true_points,
)

__all__ = [
    "DEFINITIONS",
    "TOLERANCES",
    "Curve",
    "Definition",
    "Level",
    "Piece",
    "Stream",
    "TurningPoint",
    "content_parts",
    "content_stream",
    "curve",
    "decision_stream",
    "decisions_within",
    "form_of",
    "match_points",
    "predicted_points",
    "true_points",
]
