"""How findings of decisions name items and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized

from ...corpus import FindingCollector
from ..vote_table import VoteRow


def where(keys: Iterable[str]) -> str:
    """Return the key of an item, and how many others there are.

    Example:
        >>> where(["b", "a", "b", "c"]), where(["a"])
        ('b and 2 others', 'a')
    """
    found = list(dict.fromkeys(keys))
    others = len(found) - 1
    return found[0] + (f" and {others} other{'' if others == 1 else 's'}" if others else "")


def amount(things: Sized, name: str) -> str:
    """Return how many things there are, with their name.

    Example:
        >>> amount([1], "vote"), amount(range(2), "vote")
        ('1 vote', '2 votes')
    """
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def size_of(rows: Sequence[VoteRow]) -> str:
    """Return how many clips rows are, or how many seconds of monologues."""
    if not rows or rows[0].span is None:
        return amount(rows, "clip")
    return f"{float(sum(row.weight for row in rows)):g} s"


def report_few(rows: Sequence[VoteRow], layer: str, least: int, findings: FindingCollector) -> None:
    """Report rows with fewer votes that count than a decision needs, as ``too_few_votes``."""
    if rows:
        count = "no vote that counts" if least == 1 else f"fewer than {least} votes that count"
        what = f"{count} in {layer} on {size_of(rows)}"
        fix = "nothing is decided there; what was decided before is in replaced; add votes"
        findings.add("too_few_votes", where(row.item for row in rows), what, fix)
