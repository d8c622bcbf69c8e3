"""Items and their errors."""

from __future__ import annotations

from dataclasses import dataclass

from ..content import ReportContent


@dataclass(frozen=True, slots=True)
class ItemsSection:
    """Items and their errors."""


def items_section(content: ReportContent) -> ItemsSection | None:
    """Return None: nothing is drawn yet."""
    return None
