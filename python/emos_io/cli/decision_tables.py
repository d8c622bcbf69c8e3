"""Decisions as people and programs read them: counts, differences, lines of JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from rich.console import Console
from rich.table import Table

from ..annotation import DecisionDifference
from ..corpus import CONFIDENCE_TIERS, Decision, Taxonomy
from .output import seconds


def as_json_line(decision: Decision) -> dict[str, object]:
    """Return a decision as a line of ``emos decide --json``: keys are those of predictions; times are exact text."""
    line: dict[str, object] = {"key": decision.item, "layer": decision.layer}
    if decision.span is not None:
        line |= {"start": str(decision.span.start), "end": str(decision.span.end)}
    return line | {
        "label": decision.label,
        "labels": list(decision.labels),
        "scores": dict(decision.scores),
        "confidence": decision.confidence,
        "confidence_tier": decision.confidence_tier,
        "recipe": dict(decision.recipe),
    }


def print_counts(console: Console, decisions: Sequence[Decision], names: Taxonomy) -> None:
    """Print how many decisions there are by label and confidence tier, and their seconds where they are about spans."""
    counts: Counter[tuple[str, str | None]] = Counter()
    lengths: Counter[str] = Counter()
    timed = [each for each in decisions if each.span is not None]
    exact: dict[str, Fraction] = {}
    for each in decisions:
        for label in each.labels or ("no label",):
            counts[label, each.confidence_tier] += 1
            lengths[label] += 1
            if each.span is not None:
                exact[label] = exact.get(label, Fraction(0)) + each.span.duration
    tiers = [tier for tier in (*CONFIDENCE_TIERS, None) if any(each.confidence_tier == tier for each in decisions)]
    table = Table(names.name, *(tier or "no tier" for tier in tiers), "all", *(["seconds"] if timed else []))
    for label in (*names.labels, *sorted(set(lengths) - set(names.labels))):
        if lengths[label]:
            cells = [str(counts[label, tier]) for tier in tiers]
            table.add_row(label, *cells, str(lengths[label]), *([seconds(exact.get(label))] if timed else []))
    totals = [str(sum(each.confidence_tier == tier for each in decisions)) for tier in tiers]
    duration = sum((each.span.duration for each in timed if each.span is not None), Fraction(0))
    table.add_row("decisions", *totals, str(len(decisions)), *([seconds(duration)] if timed else []))
    console.print(table)


def print_difference(console: Console, difference: DecisionDifference) -> None:
    """Print how decisions differ from those that were there, by source."""
    if any(each.compared or each.only_before for each in difference.sources):
        timed = any(each.seconds for each in difference.sources)
        head = (
            "source",
            "compared",
            "labels differ",
            "tiers differ",
            "greatest difference of confidence",
            "new",
            "gone",
        )
        table = Table(*head, *(["seconds differ"] if timed else []))
        for each in difference.sources:
            apart = "-" if each.confidence is None else f"{each.confidence:.3g}"
            cells = (each.compared, each.labels, each.tiers, apart, each.only_after, each.only_before)
            table.add_row(each.source, *map(str, cells), *([seconds(each.seconds)] if timed else []))
        console.print(table)
        console.print(
            f"{_count(difference.labels, 'label')} and {_count(difference.tiers, 'tier')} that differ, of "
            f"{_count(difference.compared, 'decision')}",
            soft_wrap=True,
        )
    else:
        console.print(f"no decisions in {difference.layer} were there before", soft_wrap=True)


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"
