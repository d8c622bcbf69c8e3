"""The items of a report: what runs say of each, which are the worst, and the windows that pages of them have."""

from .errors import ERRORS, ItemTable, RunErrors, WrongPart
from .section import ItemsSection, items_section
from .tables import ItemTables, item_tables
from .worst import WorstWindow, worst_windows

__all__ = [
    "ERRORS",
    "ItemTable",
    "ItemTables",
    "ItemsSection",
    "RunErrors",
    "WorstWindow",
    "WrongPart",
    "item_tables",
    "items_section",
    "worst_windows",
]
