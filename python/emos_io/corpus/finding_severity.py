"""What a code of a finding says: how bad it is, what it means, and why."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

Severity = Literal["repair", "note", "fault"]
CodeSeverity = Literal["repair", "note", "fault", "either"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From the least to the worst."""


class FindingCode(NamedTuple):
    """What a code means.

    Attributes:
        severity: ``"repair"``: the reader knew what to do and nothing was lost; a strict reader goes on. ``"note"``: published
            data are odd, and are kept as published; nothing is left out and there is nothing to do, but a strict reader stops.
            ``"fault"``: something is wrong or was left out; look at it, and a strict reader stops. ``"either"``: each finding
            says whether it is a repair or a fault.
        meaning: One sentence, without a full stop.
        why: Why it has that severity, without a full stop.
    """

    severity: CodeSeverity
    meaning: str
    why: str
