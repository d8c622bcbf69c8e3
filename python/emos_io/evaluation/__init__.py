"""Evaluation: predictions in, scores out. Every measure is defined in ``docs/metrics.md``."""

from .predictions import Form, Prediction, Predictions
from .scores import Score, Scores, ScoreTable

__all__ = ["Form", "Prediction", "Predictions", "Score", "ScoreTable", "Scores"]
