"""Splits and folds: which items stay together, how they are dealt out, the result as values and files, and what leaks."""

from .groups import GROUPS, checked_kinds, groups_of, is_file, make_groups
from .k_folds import folds, leave_one_out
from .leak_report import Leak, LeakReport
from .leaks import leaks
from .splits import STRATA, predefined_split, split
from .values import Folds, Split, keys_sha256, load_division, load_folds, load_split

__all__ = [
    "GROUPS",
    "STRATA",
    "Folds",
    "Leak",
    "LeakReport",
    "Split",
    "checked_kinds",
    "folds",
    "groups_of",
    "is_file",
    "keys_sha256",
    "leaks",
    "leave_one_out",
    "load_division",
    "load_folds",
    "load_split",
    "make_groups",
    "predefined_split",
    "split",
]
