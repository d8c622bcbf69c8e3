"""Splits and folds: which items stay together, how they are dealt out, and the result as values and files."""

from .groups import GROUPS
from .k_folds import folds, leave_one_out
from .splits import STRATA, predefined_split, split
from .values import Folds, Split, load_folds, load_split

__all__ = [
    "GROUPS",
    "STRATA",
    "Folds",
    "Split",
    "folds",
    "leave_one_out",
    "load_folds",
    "load_split",
    "predefined_split",
    "split",
]
