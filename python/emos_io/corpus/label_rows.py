"""Labels on spans as raters wrote them, each read once as labels of a taxonomy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..formats import Segment, equal_spans
from .findings import FindingCollector
from .normalise import Normalised, Normaliser
from .records import Provenance
from .taxonomies import Taxonomy


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One label on a span.

    Attributes:
        segment: It as written.
        provenance: Where it was read.
        read: Its words as labels of the taxonomy.
    """

    segment: Segment
    provenance: Provenance
    read: Normalised

    @property
    def where(self) -> str:
        """Where it is, for findings."""
        return f"{self.provenance}, {self.segment.span}"


def read_rows(
    labelled: Sequence[tuple[Segment, Provenance]], names: Taxonomy, findings: FindingCollector
) -> list[LabelRow]:
    """Return labels of one rater in order of time, with their words read.

    Args:
        labelled: Segments in any order, and where each was read.
        names: The taxonomy of the layer.
        findings: Takes ``label_repaired`` and ``open_label``.
    """
    normalise = Normaliser(names)
    rows: list[LabelRow] = []
    for segment, provenance in sorted(labelled, key=lambda each: each[0].span):
        read = normalise.read(segment.text, f"{provenance}, {segment.span}", findings, open_words=True)
        rows.append(LabelRow(segment, provenance, read))
    return rows


def rows_by_span(rows: Sequence[LabelRow]) -> list[list[LabelRow]]:
    """Return the rows of one rater in groups that have one span; starts and ends may differ by noise of floats."""
    return [[rows[index] for index in group] for group in equal_spans([row.segment.span for row in rows])]


def agreed_confidence(given: Iterable[float | None], where: str, findings: FindingCollector) -> float | None:
    """Return the confidence that all labels of one rater have that have one; where two differ, none is kept.

    Args:
        given: Confidences of the labels, None for a label without one.
        where: Where the labels are, for findings.
        findings: Takes ``conflicting_confidence``.
    """
    own = sorted({each for each in given if each is not None})
    if len(own) > 1:
        what = f"labels of one rater have the confidences {', '.join(f'{each:g}' for each in own)}"
        findings.add("conflicting_confidence", where, what, "none is kept; give them one confidence")
    return own[0] if len(own) == 1 else None
