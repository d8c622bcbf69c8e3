"""Figures of scores."""

from __future__ import annotations

from dataclasses import dataclass

from ..content import ReportContent


@dataclass(frozen=True, slots=True)
class FiguresSection:
    """Figures of scores."""


def figures_section(content: ReportContent) -> FiguresSection | None:
    """Return None: nothing is drawn yet."""
    return None
