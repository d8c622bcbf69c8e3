"""What two sides of a division share, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .._frozen import freeze
from ..finding_codes import Severity
from ..findings import Findings
from ..records import Decision

LeakKind = Literal["item", "group", "equal_text", "near_text", "equal_media"]


@dataclass(frozen=True, slots=True)
class Leak:
    """One thing that lies on two or more sides.

    Attributes:
        kind: ``"item"``, ``"group"``, ``"equal_text"``, ``"near_text"`` or ``"equal_media"``.
        names: The key of the item, the name of the group, the text or the two texts as the first items have them, or the digest
            of the media (their path, where no digest was asked for).
        sides: Mapping[str, tuple[str, ...]] of the items that have it, sorted, by side; only sides with any.
        group: The kind of the group (``"speaker"``), or None for other leaks.
        similarity: Of texts: the share of parts that both have, 0 to 1; None for other leaks.
        severity: ``"fault"``, or ``"note"`` where there is nothing to do (`leaks` says when).
    """

    kind: LeakKind
    names: tuple[str, ...]
    sides: Mapping[str, tuple[str, ...]]
    group: str | None = None
    similarity: float | None = None
    severity: Severity = "fault"

    def __post_init__(self) -> None:
        freeze(self, "sides")

    def as_dict(self) -> dict[str, object]:
        """Return the leak as the JSON object that ``emos leaks`` prints."""
        return {
            "kind": self.kind,
            "group": self.group,
            "names": self.names,
            "sides": dict(self.sides),
            "similarity": self.similarity,
            "severity": self.severity,
        }


@dataclass(frozen=True, slots=True, repr=False)
class LeakReport:
    """What `leaks` found.

    Attributes:
        leaks: Everything that lies on several sides: items, groups, texts, media, in that order.
        unknown: Mapping[str, tuple[str, ...]] of the division that the corpus lacks, sorted, by side; nothing is known of them.
        unassigned: Keys of the corpus that are on no side, sorted.
        fitted: Decisions of items of the division that were fitted with test items; of folds, with items of any of them.
        unknown_fits: Decisions of items of the division that were fitted on items that are not known; see `leaks`.
        counts: How much was compared: ``items`` and, of these, ``texts`` (those long enough) and ``media`` (those with a
            digest, or with a path where no digest was asked for).
        findings: The same in words, a finding for each kind and pair of sides; of folds one for each kind.
    """

    leaks: tuple[Leak, ...]
    unknown: Mapping[str, tuple[str, ...]]
    unassigned: tuple[str, ...]
    fitted: tuple[Decision, ...]
    unknown_fits: tuple[Decision, ...]
    counts: Mapping[str, int]
    findings: Findings

    def __post_init__(self) -> None:
        freeze(self, "unknown", "counts")

    def __repr__(self) -> str:
        return f"LeakReport({self.counts['items']} items, {len(self.leaks)} leaks, {self.findings!r})"

    def of(self, kind: LeakKind) -> tuple[Leak, ...]:
        """Return the leaks of one kind."""
        return tuple(each for each in self.leaks if each.kind == kind)
