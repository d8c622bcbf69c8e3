"""Evaluation: predictions in, scores out. Every measure is defined in ``docs/metrics.md``."""

from .matched import Matched, MatchedClips, MatchedStreams
from .matching import match
from .prediction_files import predictions_schema, read_predictions, write_predictions
from .prediction_writer import PredictionWriter
from .predictions import Form, Prediction, Predictions
from .scores import Score, Scores, ScoreTable

__all__ = [
    "Form",
    "Matched",
    "MatchedClips",
    "MatchedStreams",
    "Prediction",
    "PredictionWriter",
    "Predictions",
    "Score",
    "ScoreTable",
    "Scores",
    "match",
    "predictions_schema",
    "read_predictions",
    "write_predictions",
]
