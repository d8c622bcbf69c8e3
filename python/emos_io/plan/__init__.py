"""Plans: which windows an epoch has, in which order, with which labels. Nothing is decoded."""

from .keys import WindowKey, read_key
from .label_rule import COLLAR_MODES, LABEL_ATS, CollarMode, LabelAt, LabelRule
from .lengths import Durations, PlanOnError, SkippedItem
from .order import ORDERS, OrderName
from .plan import WindowPlan
from .records import PlanBatch, PlannedWindow, WindowLabels, WindowLocation
from .single import SingleWindow, single_window
from .sources import PlanItem, PlanSource
from .state import STATE_VERSION
from .summary import PlanSummary
from .windowing import BYS, By, Windowing

__all__ = [
    "BYS",
    "COLLAR_MODES",
    "LABEL_ATS",
    "ORDERS",
    "STATE_VERSION",
    "By",
    "CollarMode",
    "Durations",
    "LabelAt",
    "LabelRule",
    "OrderName",
    "PlanBatch",
    "PlanItem",
    "PlanOnError",
    "PlanSource",
    "PlanSummary",
    "PlannedWindow",
    "SingleWindow",
    "SkippedItem",
    "WindowKey",
    "WindowLabels",
    "WindowLocation",
    "WindowPlan",
    "Windowing",
    "read_key",
    "single_window",
]
