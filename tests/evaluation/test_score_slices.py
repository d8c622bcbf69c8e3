"""Slices: which items are in them, and their order."""

from __future__ import annotations

from fractions import Fraction

import pytest

from emos_io.corpus import Clip, Corpus, Decision, Monologue
from emos_io.errors import InvalidArgument
from emos_io.evaluation.slices import checked_by, slices_of


def clip(key: str, source: str, language: str, tier: str | None) -> Clip:
    decision = Decision(item=key, layer="basic7", labels=("Joy",), scores={}, confidence_tier=tier)  # type: ignore[arg-type]
    return Clip(key=key, source=source, language=language, decisions={"basic7": decision})


def test_clips_are_sliced_by_each_kind_and_by_tier_with_another() -> None:
    clips = [clip("a", "meld", "en", "low"), clip("b", "chsims", "zh", "high"), clip("c", "meld", "en", None)]
    found = {
        tuple(each.of.items()): each.rows.tolist()
        for each in slices_of(clips, "basic7", checked_by(["source", "confidence_tier", "language"]))
    }
    assert found == {
        (("language", "en"),): [True, False, True],
        (("language", "zh"),): [False, True, False],
        (("confidence_tier", "high"),): [False, True, False],
        (("confidence_tier", "low"),): [True, False, False],
        (("source", "chsims"),): [False, True, False],
        (("source", "meld"),): [True, False, True],
        (("confidence_tier", "high"), ("language", "zh")): [False, True, False],
        (("confidence_tier", "low"), ("language", "en")): [True, False, False],
        (("confidence_tier", "high"), ("source", "chsims")): [False, True, False],
        (("confidence_tier", "low"), ("source", "meld")): [True, False, False],
    }
    assert next(iter(found)) == (("language", "en"),)


def test_tiers_are_those_of_the_layer_that_is_scored() -> None:
    assert slices_of([clip("a", "meld", "en", "low")], "goemotions", ["confidence_tier"]) == []


def test_monologues_have_languages_and_films_alone() -> None:
    one = Monologue(key="streaming/a", name="a", title="A", language="en", duration=Fraction(1))
    other = Monologue(key="streaming/b", name="b", title="A", language="", duration=Fraction(1))
    found = [
        (dict(each.of), each.rows.tolist())
        for each in slices_of([one, other], "basic7", checked_by(["film", "language", "source"]))
    ]
    assert found == [({"language": "en"}, [True, False]), ({"film": "A"}, [True, True])]


def test_slices_of_the_release_cover_it(release: Corpus) -> None:
    slices = {
        tuple(each.of.values()): int(each.rows.sum())
        for each in slices_of(list(release.clips), "basic7", checked_by(["language", "confidence_tier", "source"]))
    }
    assert slices["en",] + slices["zh",] == 9_403
    assert (slices["meld",], slices["chsims",]) == (5_000, 4_403)
    assert slices["high",] + slices["medium",] + slices["low",] == 9_403
    assert slices["high", "zh"] + slices["medium", "zh"] + slices["low", "zh"] == 4_403
    films = slices_of(list(release.monologues), "basic7", ["film"])
    assert sum(int(each.rows.sum()) for each in films) == 46


def test_nothing_sliced_is_nothing() -> None:
    assert slices_of([], "basic7", checked_by([])) == []
    assert slices_of([], "basic7", checked_by(("film", "language"))) == []


@pytest.mark.parametrize(("by", "got"), [("language", "'language'"), (3, "3"), (["tier"], "'tier'")])
def test_what_is_no_slice_is_refused(by: object, got: str) -> None:
    with pytest.raises(InvalidArgument, match=f"^by must be .*, got {got}; "):
        checked_by(by)
