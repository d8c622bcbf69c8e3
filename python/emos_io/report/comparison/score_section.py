"""The tables of scores of a report."""

from __future__ import annotations

from dataclasses import dataclass

from .content import ReportContent


@dataclass(frozen=True, slots=True)
class ScoreSection:
    """The tables of scores."""


def score_section(content: ReportContent) -> ScoreSection | None:
    """Return the tables of scores, or None where there are no runs."""
    return ScoreSection() if content.runs else None
