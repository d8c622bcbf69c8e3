"""Evaluation: predictions in, scores out. Every measure is defined in ``docs/metrics.md``."""

from .compare import COMPARED, Comparison, RunDifference, compare
from .differences import Difference
from .matched import Matched, MatchedClips, MatchedStreams
from .matching import match
from .prediction_files import predictions_schema, read_predictions, write_predictions
from .prediction_writer import PredictionWriter
from .predictions import Form, Prediction, Predictions
from .score import score
from .scores import LEAST_UNMARKED, Score, Scores, ScoreTable
from .slices import SLICES_BY, SliceBy, checked_by

__all__ = [
    "COMPARED",
    "LEAST_UNMARKED",
    "SLICES_BY",
    "Comparison",
    "Difference",
    "Form",
    "Matched",
    "MatchedClips",
    "MatchedStreams",
    "Prediction",
    "PredictionWriter",
    "Predictions",
    "RunDifference",
    "Score",
    "ScoreTable",
    "Scores",
    "SliceBy",
    "checked_by",
    "compare",
    "match",
    "predictions_schema",
    "read_predictions",
    "score",
    "write_predictions",
]
