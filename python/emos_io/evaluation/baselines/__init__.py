"""Baselines that need no media: what a system must beat."""

from .predict import BASELINES, Baseline, Languages, predict_baseline
from .text import TRAIN_ON, TrainOn

__all__ = ["BASELINES", "TRAIN_ON", "Baseline", "Languages", "TrainOn", "predict_baseline"]
