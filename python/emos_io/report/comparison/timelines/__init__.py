"""Timelines of monologues."""

from __future__ import annotations

from dataclasses import dataclass

from ..content import ReportContent


@dataclass(frozen=True, slots=True)
class TimelinesSection:
    """Timelines of monologues."""


def timelines_section(content: ReportContent) -> TimelinesSection | None:
    """Return None: nothing is drawn yet."""
    return None
