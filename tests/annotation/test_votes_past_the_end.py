"""Votes past the end of a monologue count as far as it goes: in decisions, agreement, reports of raters and the queue."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from decide_help import monologue, timed

from emos_io.annotation import agreement, decide, rater_report, review_queue
from emos_io.annotation.vote_table import vote_table
from emos_io.corpus import Corpus, Monologue, taxonomy

SPANS = {
    "ann": [(0, 4, "Joy"), (4, 48, "Fear"), (50, 60, "Anger")],
    "bob": [(0, 4, "Joy"), (4, 8, "Fear"), (8, 9, "Anger")],
    "eve": [(0, 6, "Joy"), (6, 20, "Fear")],
}
LATE = [44 - 4, 10, 1, 12]
"""Seconds past 8 of the four votes that have some."""


def of_length(seconds: int) -> Monologue:
    return replace(monologue("m/1", SPANS), duration=Fraction(seconds))


def as_cut() -> Monologue:
    cut = {rater: [(a, min(b, 8), label) for a, b, label in own if a < 8] for rater, own in SPANS.items()}
    return replace(monologue("m/1", cut), duration=Fraction(8))


def test_rows_end_where_the_monologue_does() -> None:
    table, cut = (vote_table([each], taxonomy("basic7")) for each in (of_length(8), as_cut()))
    assert table.rows == cut.rows and (table.members == cut.members).all() and sum(table.weights()) == 8


@pytest.mark.parametrize("method", ["majority", "dawid_skene", "one_coin", "soft"])
def test_decisions_are_those_of_votes_that_were_cut(method: str) -> None:
    late, cut = (decide(Corpus([], [each]), method=method) for each in (of_length(8), as_cut()))  # type: ignore[arg-type]
    assert late.monologues[0].decisions == cut.monologues[0].decisions
    assert max(end for _, end, _ in timed(late.monologues[0])) == 8
    assert len(late.monologues[0].votes) == 8, "votes stay in the corpus"
    found = [each for each in late.findings if each.code == "vote_after_end"]
    assert [each.what for each in found] == [
        f"4 votes in basic7 past the end of monologues or before 0, by {sum(LATE)} s in all"
    ]
    assert "vote_after_end" not in cut.findings.counts()


def test_agreement_raters_and_queue_are_those_of_votes_that_were_cut() -> None:
    late, cut = (Corpus([], [each]) for each in (of_length(8), as_cut()))
    assert agreement(late, draws=10).as_dict() == agreement(cut, draws=10).as_dict()
    late, cut = decide(late), decide(cut)
    assert rater_report(late).as_dict() == rater_report(cut).as_dict()
    assert [task.span for task in review_queue(late)] == [task.span for task in review_queue(cut)]


def test_where_all_votes_of_an_item_are_behind_its_end_nothing_is_decided() -> None:
    behind = replace(monologue("m/2", {"ann": [(10, 12, "Joy")], "bob": [(10, 12, "Joy")]}), duration=Fraction(8))
    decided = decide(Corpus([], [of_length(8), behind]), method="majority")
    assert decided.monologues["m/2"].decisions == ()
    assert {"vote_after_end", "too_few_votes"} <= set(decided.findings.counts())


def test_seconds_before_0_do_not_count_either() -> None:
    early = replace(monologue("m/1", {"ann": [(-2, 4, "Joy"), (-3, -2, "Fear")], "bob": [(0, 4, "Joy")]}))
    decided = decide(Corpus([], [early]), method="majority")
    assert timed(decided.monologues[0]) == [(0, 4, ("Joy",))]
    assert [each.what for each in decided.findings if each.code == "vote_after_end"] == [
        "2 votes in basic7 past the end of monologues or before 0, by 3 s in all"
    ]


def test_where_the_length_is_not_known_all_seconds_count() -> None:
    decided = decide(Corpus([], [of_length(0)]), method="majority")
    assert timed(decided.monologues[0])[-1][1] == 60
    assert "vote_after_end" not in decided.findings.counts()
