"""How raters agree."""

from __future__ import annotations

from dataclasses import dataclass

from .content import ReportContent


@dataclass(frozen=True, slots=True)
class AnnotationSection:
    """How raters agree."""


def annotation_section(content: ReportContent) -> AnnotationSection | None:
    """Return None: nothing is drawn yet."""
    return None
