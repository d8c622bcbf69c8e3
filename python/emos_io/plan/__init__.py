"""Plans: which windows an epoch has, in which order, with which labels. Numpy only; nothing is decoded."""

from .card import CostCard
from .plan import WindowPlan
from .records import PlanBatch, PlannedWindow, Stretch, WindowLabels
from .single import SingleWindow, single_window
from .state import STATE_VERSION

__all__ = [
    "STATE_VERSION",
    "CostCard",
    "PlanBatch",
    "PlannedWindow",
    "SingleWindow",
    "Stretch",
    "WindowLabels",
    "WindowPlan",
    "single_window",
]
