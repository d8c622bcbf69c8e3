"""Plans: which windows an epoch has, in which order, with which labels. Numpy only; nothing is decoded."""

from .label_rule import LabelRule
from .plan import WindowPlan
from .records import PlanBatch, PlannedWindow, WindowLabels, WindowLocation
from .single import SingleWindow, single_window
from .state import STATE_VERSION
from .summary import PlanSummary
from .windowing import Windowing

__all__ = [
    "STATE_VERSION",
    "LabelRule",
    "PlanBatch",
    "PlanSummary",
    "PlannedWindow",
    "SingleWindow",
    "WindowLabels",
    "WindowLocation",
    "WindowPlan",
    "Windowing",
    "single_window",
]
