"""Laws of `decide` on clips: order, names, abstentions, unanimous items, and what is not fitted."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from decide_help import LABELS, RATERS, clip, codes, corpus_of, decisions, vote
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emos_io.annotation import decide
from emos_io.annotation.deciding import Method
from emos_io.corpus import Clip, Corpus, Decision, Vote, taxonomy

PROPERTY = settings(deadline=None, max_examples=40)
"""Property tests run on a busy machine, so none has a deadline."""
TIED = 1e-12
"""Scores that differ by less are tied."""

SINGLE: list[Method] = ["majority", "soft", "dawid_skene", "one_coin"]
SETS: list[Method] = ["majority", "soft", "dawid_skene"]
WORDS = taxonomy("goemotions").labels[:3]


def rows(raters: int = 4, labels: int = 3, size: int = 8) -> st.SearchStrategy[list[list[int | None]]]:
    cell = st.one_of(st.none(), *[st.integers(0, labels - 1)] * 3)
    return st.lists(st.lists(cell, min_size=raters, max_size=raters), min_size=2, max_size=size).filter(
        lambda found: sum(any(row[rater] is not None for row in found) for rater in range(raters)) > 1
    )


def set_rows() -> st.SearchStrategy[list[list[tuple[str, ...]]]]:
    row = st.lists(st.sets(st.sampled_from(WORDS)).map(lambda found: tuple(sorted(found))), min_size=3, max_size=3)
    return st.lists(row, min_size=2, max_size=8).filter(
        lambda found: sum(any(row[rater] for row in found) for rater in range(3)) > 1
    )


def corpus_of_words(given_rows: list[list[tuple[str, ...]]]) -> Corpus:
    return Corpus(
        [
            clip(
                str(number),
                [
                    vote(str(number), rater, *labels, layer="goemotions")
                    for rater, labels in zip(RATERS, row, strict=False)
                ],
            )
            for number, row in enumerate(given_rows)
        ]
    )


def contents(corpus: Corpus, layer: str = "basic7") -> dict[str, tuple[object, ...]]:
    """Everything of decisions but the recipe, whose raters and batches have names."""
    return {key: content(each) for key, each in decisions(corpus, layer).items()}


def content(each: Decision) -> tuple[object, ...]:
    return each.labels, dict(each.scores), each.confidence, each.confidence_tier


def with_votes(corpus: Corpus, changed: dict[str, tuple[Vote, ...]]) -> Corpus:
    return Corpus([replace(each, votes=changed.get(each.key, each.votes)) for each in corpus.clips])


@pytest.mark.parametrize("method", SINGLE)
class TestSingleLabels:
    @PROPERTY
    @given(given_rows=rows(), seed=st.integers(0, 1000))
    def test_order_and_names_change_nothing(
        self, method: Method, given_rows: list[list[int | None]], seed: int
    ) -> None:
        corpus = corpus_of(given_rows)
        before = contents(decide(corpus, method=method))
        random = Random(seed)
        names = dict(zip(RATERS, random.sample(RATERS, len(RATERS)), strict=True))
        clips: list[Clip] = [
            replace(
                each,
                votes=tuple(replace(own, rater=names[own.rater]) for own in random.sample(each.votes, len(each.votes))),
            )
            for each in random.sample(list(corpus.clips), len(corpus.clips))
        ]
        assert contents(decide(Corpus(clips), method=method)) == before

    @PROPERTY
    @given(given_rows=rows())
    def test_the_label_is_the_first_of_the_best(self, method: Method, given_rows: list[list[int | None]]) -> None:
        for each in decisions(decide(corpus_of(given_rows), method=method)).values():
            best = max(each.scores.values())
            first = next(label for label in LABELS if each.scores.get(label, 0.0) >= best - TIED)
            assert each.label == first and each.confidence == each.scores[first]
            assert sum(each.scores.values()) == pytest.approx(1, abs=1e-9)

    @PROPERTY
    @given(given_rows=rows(), data=st.data())
    def test_an_abstention_is_no_vote(
        self, method: Method, given_rows: list[list[int | None]], data: st.DataObject
    ) -> None:
        """To abstain, where nothing was given, changes nothing; neither does a rater who always abstains."""
        corpus = corpus_of(given_rows)
        changed = {
            each.key: (
                *each.votes,
                *(
                    vote(each.key, rater)
                    for rater in (*RATERS[:4], "zoe")
                    if rater not in {own.rater for own in each.votes} and data.draw(st.booleans())
                ),
            )
            for each in corpus.clips
        }
        after, before = decide(with_votes(corpus, changed), method=method), decide(corpus, method=method)
        assert decisions(after) == decisions(before)

    @PROPERTY
    @given(given_rows=rows(), share=st.integers(1, 7), seed=st.integers(0, 1000))
    def test_votes_of_others_change_no_fitted_decision(
        self, method: Method, given_rows: list[list[int | None]], share: int, seed: int
    ) -> None:
        if method not in ("dawid_skene", "one_coin"):
            return
        corpus = corpus_of(given_rows)
        keys = [each.key for each in corpus.clips][:share]
        assume(any(corpus.clips[key].votes for key in keys))
        random = Random(seed)
        changed = {
            each.key: tuple(
                vote(each.key, rater, random.choice(LABELS)) for rater in (*RATERS, "zoe") if random.random() < 0.7
            )
            for each in corpus.clips
            if each.key not in keys
        }
        before = decisions(decide(corpus, method=method, fit_on=keys))
        after = decisions(decide(with_votes(corpus, changed), method=method, fit_on=keys))
        assert {key: after.get(key) for key in keys} == {key: before.get(key) for key in keys}

    @PROPERTY
    @given(given_rows=rows())
    def test_a_unanimous_item_keeps_its_label_or_is_a_finding(
        self, method: Method, given_rows: list[list[int | None]]
    ) -> None:
        decided = decide(corpus_of(given_rows), method=method)
        overruled = 0
        for row, key in zip(given_rows, [each.key for each in decided.clips], strict=True):
            labels = {LABELS[index] for index in row if index is not None}
            if len(labels) == 1:
                overruled += decisions(decided)[key].label not in labels
        assert overruled == 0 or method not in ("majority", "soft")
        assert bool(overruled) == bool(codes(decided).get("unanimous_overruled"))


@pytest.mark.parametrize("method", SETS)
class TestSets:
    @PROPERTY
    @given(given_rows=set_rows(), seed=st.integers(0, 1000))
    def test_order_and_names_change_nothing(
        self, method: Method, given_rows: list[list[tuple[str, ...]]], seed: int
    ) -> None:
        corpus = corpus_of_words(given_rows)
        random = Random(seed)
        names = dict(zip(RATERS, random.sample(RATERS, len(RATERS)), strict=True))
        clips = [
            replace(each, votes=tuple(replace(own, rater=names[own.rater]) for own in reversed(each.votes)))
            for each in random.sample(list(corpus.clips), len(corpus.clips))
        ]
        before = contents(decide(corpus, "goemotions", method=method), "goemotions")
        assert contents(decide(Corpus(clips), "goemotions", method=method), "goemotions") == before

    @PROPERTY
    @given(given_rows=set_rows())
    def test_a_label_that_all_or_none_gave_is_kept_or_is_a_finding(
        self, method: Method, given_rows: list[list[tuple[str, ...]]]
    ) -> None:
        """By counting it is always kept."""
        decided = decide(corpus_of_words(given_rows), "goemotions", method=method)
        against = 0
        for key, each in decisions(decided, "goemotions").items():
            sets = [set(own) for own in given_rows[int(key)] if own]
            kept = set(WORDS) & set.intersection(*sets) <= set(each.labels) <= set.union(*sets)
            against += not kept and all(own == sets[0] for own in sets)
            assert kept or method == "dawid_skene"
        assert bool(against) == bool(codes(decided).get("unanimous_overruled"))

    @PROPERTY
    @given(given_rows=set_rows())
    def test_labels_are_those_above_the_threshold(
        self, method: Method, given_rows: list[list[tuple[str, ...]]]
    ) -> None:
        for threshold in (0.0, 0.25, 0.6):
            decided = decide(corpus_of_words(given_rows), "goemotions", method=method, threshold=threshold)
            for each in decisions(decided, "goemotions").values():
                above = [word for word in WORDS if each.scores.get(word, 0.0) > threshold + TIED]
                assert list(each.labels) == above
