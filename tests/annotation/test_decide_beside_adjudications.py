"""What is decided beside adjudicated seconds says nothing of these: its scores are means over its own seconds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from statistics import fmean

import pytest
from decide_help import monologue, timed

from emos_io.annotation import decide
from emos_io.annotation.deciding import Method
from emos_io.corpus import Corpus, Decision, Monologue
from emos_io.spans import Span

VOTES = {
    "ann": [(0, 3, "Joy"), (3, 8, "Sadness"), (8, 12, "Joy")],
    "bob": [(0, 4, "Joy"), (4, 7, "Sadness"), (7, 12, "Joy")],
}
CLOSE = 1e-12
"""Means of shares are summed in another order here."""
ADJUDICATED = {
    "begin": [(0, 3)],
    "middle": [(4, 6)],
    "end": [(9, 12)],
    "within a part": [(1, 2)],
    "over a boundary": [(2, 5)],
    "several": [(0, 2), (5, 6), (8, 11)],
    "next to each other": [(0, 2), (2, 3)],
    "all": [(0, 12)],
}


def adjudicated(spans: list[tuple[int, int]]) -> Monologue:
    decisions = [
        Decision(
            item="m", layer="basic7", labels=("Fear",), scores={"Fear": 1.0}, confidence=1.0, confidence_tier="high",
            recipe={"method": "adjudication"}, span=Span(start, end),
        )
        for start, end in spans
    ]  # fmt: skip
    return replace(monologue("m", VOTES), duration=Fraction(12), decisions=tuple(decisions))


def shares(second: int) -> dict[str, float]:
    given = [label for own in VOTES.values() for start, end, label in own if start <= second < end]
    return {label: given.count(label) / len(given) for label in given}


@pytest.mark.parametrize("where", ADJUDICATED)
@pytest.mark.parametrize("method", ["majority", "soft"])
def test_scores_are_means_over_the_seconds_of_the_decision(where: str, method: Method) -> None:
    decided = decide(Corpus([], [adjudicated(ADJUDICATED[where])]), method=method).monologues[0]
    for each in (*decided.decisions, *decided.replaced):
        if each.recipe["method"] == "adjudication":
            continue
        assert each.span is not None
        seconds = range(int(each.span.start), int(each.span.end))
        assert each.confidence == pytest.approx(fmean(shares(one).get(each.labels[0], 0) for one in seconds), abs=CLOSE)
        tiers = ["high" if len(shares(one)) == 1 else "low" for one in seconds]
        assert each.confidence_tier == ("high" if tiers.count("high") > tiers.count("low") else "low")
    covered = sorted((start, end) for start, end, _ in timed(decided))
    assert covered[0][0] == 0 and covered[-1][1] == 12 and all(a[1] == b[0] for a, b in pairwise(covered))


def test_a_decision_beside_is_that_of_its_seconds_alone() -> None:
    decided = decide(Corpus([], [adjudicated([(0, 3)])]), method="majority").monologues[0]
    beside = decided.decisions[1]
    assert (beside.labels, beside.span, beside.confidence, beside.confidence_tier) == (("Joy",), Span(3, 4), 0.5, "low")


def test_deciding_again_changes_nothing() -> None:
    once = decide(Corpus([], [adjudicated([(2, 5)])]), method="majority")
    assert decide(once, method="majority").monologues[0] == once.monologues[0]
