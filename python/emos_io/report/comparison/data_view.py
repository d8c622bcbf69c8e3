"""What a corpus has."""

from __future__ import annotations

from dataclasses import dataclass

from .content import ReportContent


@dataclass(frozen=True, slots=True)
class DataSection:
    """What a corpus has."""


def data_section(content: ReportContent) -> DataSection | None:
    """Return None: nothing is drawn yet."""
    return None
