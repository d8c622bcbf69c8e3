"""Deciding again makes no finding twice, and leaves none that holds no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest
from decide_help import clip, clips_of, codes, corpus_of, monologue, vote

from emos_io.annotation import decide
from emos_io.corpus import Corpus, Decision, Finding, FindingCollector

ROWS: list[list[int | None]] = [[1, 1, 1], [2, 2, 3], [1, None, None], [4, 5, None], [None, None, None, 3, 3]]
ADJUDICATED = Decision(item="own/000", layer="basic7", labels=("Joy",), scores={}, recipe={"method": "adjudication"})
CASES: dict[str, Mapping[str, object]] = {
    "majority": {"method": "majority"},
    "ties": {"method": "majority", "ties": "none"},
    "few": {"method": "majority", "min_votes": 3},
    "em": {},
    "all": {"batch": "all"},
    "fit": {"fit_on": ["own/000", "own/001"]},
}


def corpus() -> Corpus:
    first, *rest = clips_of(ROWS)
    nameless = clip(
        "own/009", [vote("own/009", "", "Joy"), vote("own/009", "ann", "Joy", "Fear"), vote("own/009", "bob", "Joy")]
    )
    talk = replace(
        monologue("m", {"ann": [(0, 9, "Joy"), (9, 10, "Fear")], "bob": [(0, 5, "Joy")]}), duration=Fraction(8)
    )
    reader = Finding("single_votes", "own/000", "a finding of a reader in basic77", "nothing")
    return Corpus([replace(first, decisions={"basic7": ADJUDICATED}), *rest, nameless], [talk], [reader])


@pytest.mark.parametrize("case", CASES)
def test_deciding_again_changes_no_finding(case: str) -> None:
    once = decide(corpus(), **CASES[case])  # type: ignore[arg-type]
    again = decide(once, **CASES[case])  # type: ignore[arg-type]
    assert list(again.findings) == list(once.findings) and len(once.findings) > 3
    assert len(set(once.findings)) == len(once.findings)


@pytest.mark.parametrize("second", CASES)
@pytest.mark.parametrize("first", CASES)
def test_findings_are_those_of_the_last_time(first: str, second: str) -> None:
    both = decide(decide(corpus(), **CASES[first]), **CASES[second])  # type: ignore[arg-type]
    once = decide(corpus(), **CASES[second])  # type: ignore[arg-type]
    assert set(both.findings) == set(once.findings) and len(both.findings) == len(once.findings)


def test_findings_of_another_layer_stay() -> None:
    single = [
        clip("own/1", [vote("own/1", "ann", "joy", layer="goemotions"), vote("own/1", "ann", "Joy")]),
        *clips_of(ROWS),
    ]
    more = [clip("own/2", [vote("own/2", name, "joy", layer="goemotions") for name in ("ann", "bob")])]
    decided = decide(decide(Corpus([*single, *more]), method="majority"), "goemotions", method="majority")
    assert codes(decided)["single_votes"] == 2
    assert codes(decide(decided, method="majority")) == codes(decided)


def test_findings_of_items_that_are_decided_from_another_layer_stay() -> None:
    own = clips_of([[1, None], [1, 1]])
    others = [
        clip("own/8", [vote("own/8", "ann", "joy", layer="goemotions")]),
        clip("own/9", [vote("own/9", name, "joy", layer="goemotions") for name in ("ann", "bob")]),
    ]
    once = decide(Corpus([*own, *others]), method="majority")
    both = decide(once, method="majority", from_layer="goemotions", map="emos-meld-last")
    assert [each.where for each in both.findings] == ["own/000", "own/8"]
    assert set(decide(both, method="majority").findings) == set(both.findings)


def test_what_was_corrected_is_no_finding_any_more() -> None:
    once = decide(corpus_of([[1, 1], [1, None]]), method="majority")
    assert codes(once) == {"single_votes": 1}
    votes = (*once.clips[1].votes, vote("own/001", "bob", "Joy"))
    assert codes(decide(once.with_items([once.clips[0], replace(once.clips[1], votes=votes)]), method="majority")) == {}


@pytest.mark.parametrize("second", CASES)
@pytest.mark.parametrize("first", CASES)
def test_a_collector_has_those_of_this_time(first: str, second: str) -> None:
    alone, after = FindingCollector(), FindingCollector()
    own = Corpus(corpus().clips, corpus().monologues)
    once = decide(own, **CASES[second], findings=alone)  # type: ignore[arg-type]
    decide(decide(own, **CASES[first]), **CASES[second], findings=after)  # type: ignore[arg-type]
    assert list(after.collected) == list(alone.collected) == list(once.findings) and len(once.findings) > 3
