"""Groups of one media file, of all rows that are about it."""

from __future__ import annotations

from collections.abc import Iterable

from ...formats import Segment
from ..findings import FindingCollector


def agreed_groups(rows: Iterable[tuple[str, str]], where: str, findings: FindingCollector) -> dict[str, str]:
    """Return the groups that all rows agree in, by kind; a kind with several names is left out, which is a finding.

    Args:
        rows: Pairs of kind and name, of all rows of one item.
        where: Key of the item.
        findings: Takes ``conflicting_group``.
    """
    names: dict[str, dict[str, None]] = {}
    for kind, name in rows:
        names.setdefault(kind, {})[name] = None
    for kind, own in names.items():
        if len(own) > 1:
            what = f"its rows give {kind} the names {', '.join(map(repr, own))}"
            findings.add("conflicting_group", where, what, f"it has no {kind}; give all its rows one name")
    return {kind: next(iter(own)) for kind, own in names.items() if len(own) == 1}


def only_speaker(rows: Iterable[Segment]) -> str | None:
    """Return the speaker of all rows, where one person alone speaks in them."""
    speakers = {row.speaker for row in rows if row.speaker}
    return speakers.pop() if len(speakers) == 1 else None
