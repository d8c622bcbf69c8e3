"""Plans: which windows an epoch has, in which order, with which labels. Numpy only; nothing is decoded."""

from .plan import WindowPlan
from .records import PlanBatch, PlannedWindow, WindowLabels, WindowLocation
from .single import SingleWindow, single_window
from .state import STATE_VERSION
from .summary import PlanSummary

__all__ = [
    "STATE_VERSION",
    "PlanBatch",
    "PlanSummary",
    "PlannedWindow",
    "SingleWindow",
    "WindowLabels",
    "WindowLocation",
    "WindowPlan",
    "single_window",
]
