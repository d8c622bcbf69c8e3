"""Properties of `decide` on clips: order, names, abstentions, unanimous items, and what is not fitted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from random import Random

import pytest
from decide_help import LABELS, RATERS, clip, codes, corpus_of, decisions, vote
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from emos_io.annotation import decide
from emos_io.annotation.deciding import Method
from emos_io.corpus import Corpus, Taxonomy, Vote

PROPERTY = settings(deadline=None, max_examples=25)
"""Property tests run on a busy machine, so none has a deadline."""
TIED = 1e-12
"""Scores that differ by less are tied."""
SUMS = 1e-9
"""Rounding of a sum of a few doubles, with room."""
STEPS = 6
"""Steps of EM: the laws are those of every step."""

SINGLE: list[Method] = ["majority", "soft", "dawid_skene", "one_coin"]
EM: list[Method] = ["dawid_skene", "one_coin"]
SETS: list[Method] = ["majority", "soft", "dawid_skene"]
MOODS = Taxonomy(
    "moods", "1", "Moods, of which an item may have several", ("calm", "glad", "odd"), "none", multiple=True
)
Rows = list[list[int | None]]
SetRows = list[list[tuple[str, ...]]]


def decided(
    corpus: Corpus, method: Method, fit_on: Collection[str] | None = None, threshold: float | None = None
) -> Corpus:
    layer = "moods" if corpus.taxonomies else "basic7"
    if method in EM:
        return decide(corpus, layer, method=method, max_iter=STEPS, fit_on=fit_on, threshold=threshold)
    return decide(corpus, layer, method=method, threshold=threshold)


def rows() -> st.SearchStrategy[Rows]:
    """Votes of four raters for three labels on up to eight clips; two raters vote at least."""
    cell = st.one_of(st.none(), *[st.integers(0, 2)] * 3)
    return st.lists(st.lists(cell, min_size=4, max_size=4), min_size=2, max_size=8).filter(
        lambda found: sum(any(row[rater] is not None for row in found) for rater in range(4)) > 1
    )


def set_rows() -> st.SearchStrategy[SetRows]:
    """Sets of three raters on up to eight clips; an empty one is an abstention."""
    words = st.sets(st.sampled_from(MOODS.labels)).map(lambda found: tuple(sorted(found)))
    return st.lists(st.lists(words, min_size=3, max_size=3), min_size=2, max_size=8).filter(
        lambda found: sum(any(row[rater] for row in found) for rater in range(3)) > 1
    )


def corpus_of_moods(given_rows: SetRows) -> Corpus:
    clips = []
    for number, row in enumerate(given_rows):
        votes = [vote(str(number), RATERS[rater], *words, layer="moods") for rater, words in enumerate(row)]
        clips.append(clip(str(number), votes))
    return Corpus(clips, taxonomies=[MOODS])


def contents(corpus: Corpus) -> dict[str, tuple[object, ...]]:
    """Everything of decisions but the recipe, whose raters and batches have names."""
    layer = "moods" if corpus.taxonomies else "basic7"
    found = decisions(corpus, layer).items()
    return {key: (each.labels, dict(each.scores), each.confidence, each.confidence_tier) for key, each in found}


def shuffled(corpus: Corpus, seed: int) -> Corpus:
    """The corpus with its clips and votes in another order, and with other names of raters."""
    random = Random(seed)
    names = dict(zip(RATERS, random.sample(RATERS, len(RATERS)), strict=True))
    clips = []
    for each in random.sample(list(corpus.clips), len(corpus.clips)):
        votes = random.sample(each.votes, len(each.votes))
        clips.append(replace(each, votes=tuple(replace(own, rater=names[own.rater]) for own in votes)))
    return corpus.with_items(clips)


def with_votes(corpus: Corpus, changed: dict[str, tuple[Vote, ...]]) -> Corpus:
    return corpus.with_items([replace(each, votes=changed.get(each.key, each.votes)) for each in corpus.clips])


@pytest.mark.parametrize("method", SINGLE)
class TestSingleLabels:
    @PROPERTY
    @given(given_rows=rows(), seed=st.integers(0, 1000))
    def test_order_and_names_change_nothing(self, method: Method, given_rows: Rows, seed: int) -> None:
        corpus = corpus_of(given_rows)
        assert contents(decided(shuffled(corpus, seed), method)) == contents(decided(corpus, method))

    @PROPERTY
    @given(given_rows=rows())
    def test_the_label_is_the_first_of_the_best(self, method: Method, given_rows: Rows) -> None:
        for each in decisions(decided(corpus_of(given_rows), method)).values():
            best = max(each.scores.values())
            first = next(label for label in LABELS if each.scores.get(label, 0.0) >= best - TIED)
            assert each.label == first and each.confidence == each.scores[first]
            assert sum(each.scores.values()) == pytest.approx(1, abs=SUMS)

    @PROPERTY
    @given(given_rows=rows(), data=st.data())
    def test_an_abstention_is_no_vote(self, method: Method, given_rows: Rows, data: st.DataObject) -> None:
        """To abstain, where nothing was given, changes nothing; neither does a rater who always abstains."""
        corpus = corpus_of(given_rows)
        changed: dict[str, tuple[Vote, ...]] = {}
        for each in corpus.clips:
            silent = [rater for rater in (*RATERS[:4], "zoe") if rater not in {own.rater for own in each.votes}]
            abstaining = data.draw(st.sets(st.sampled_from(silent)))
            changed[each.key] = (*each.votes, *(vote(each.key, rater) for rater in sorted(abstaining)))
        assert decisions(decided(with_votes(corpus, changed), method)) == decisions(decided(corpus, method))

    @PROPERTY
    @given(given_rows=rows())
    @example(given_rows=[[2, 1, 2, None], [1, 1, 1, None], [1, 1, 2, None], [2, 1, 1, None], [1, 2, 1, None]])
    def test_a_unanimous_item_keeps_its_label_or_is_a_finding(self, method: Method, given_rows: Rows) -> None:
        """By counting it always keeps it."""
        corpus = decided(corpus_of(given_rows), method)
        overruled = 0
        for row, each in zip(given_rows, corpus.clips, strict=True):
            labels = {LABELS[index] for index in row if index is not None}
            overruled += len(labels) == 1 and decisions(corpus)[each.key].label not in labels
        assert overruled == 0 or method in EM
        assert bool(overruled) == bool(codes(corpus).get("unanimous_overruled"))


@pytest.mark.parametrize("method", EM)
@PROPERTY
@given(given_rows=rows(), size=st.integers(1, 7), seed=st.integers(0, 1000))
def test_votes_of_others_change_no_fitted_decision(method: Method, given_rows: Rows, size: int, seed: int) -> None:
    corpus = corpus_of(given_rows)
    keys = [each.key for each in corpus.clips][:size]
    assume(any(corpus.clips[key].votes for key in keys))
    random = Random(seed)
    changed = {
        each.key: tuple(
            vote(each.key, rater, random.choice(LABELS)) for rater in (*RATERS, "zoe") if random.random() < 0.7
        )
        for each in corpus.clips
        if each.key not in keys
    }
    before = decisions(decided(corpus, method, keys))
    try:
        after = decisions(decided(with_votes(corpus, changed), method, keys))
    except ValueError as error:
        assert "of two raters or more" in str(error)
        return
    assert {key: after.get(key) for key in keys} == {key: before.get(key) for key in keys}


@pytest.mark.parametrize("method", SETS)
class TestSets:
    @PROPERTY
    @given(given_rows=set_rows(), seed=st.integers(0, 1000))
    def test_order_and_names_change_nothing(self, method: Method, given_rows: SetRows, seed: int) -> None:
        corpus = corpus_of_moods(given_rows)
        assert contents(decided(shuffled(corpus, seed), method)) == contents(decided(corpus, method))

    @PROPERTY
    @given(given_rows=set_rows())
    def test_a_label_that_all_or_none_gave_is_kept_or_is_a_finding(self, method: Method, given_rows: SetRows) -> None:
        """By counting it is always kept."""
        corpus = decided(corpus_of_moods(given_rows), method)
        against = 0
        for key, each in decisions(corpus, "moods").items():
            sets = [set(own) for own in given_rows[int(key)] if own]
            is_kept = sets[0].intersection(*sets) <= set(each.labels) <= sets[0].union(*sets)
            against += not is_kept
            assert is_kept or method in EM
        assert bool(against) == bool(codes(corpus).get("unanimous_overruled"))

    @PROPERTY
    @given(given_rows=set_rows(), threshold=st.sampled_from([0.0, 0.25, 0.6]))
    def test_labels_are_those_above_the_threshold(self, method: Method, given_rows: SetRows, threshold: float) -> None:
        for each in decisions(decided(corpus_of_moods(given_rows), method, threshold=threshold), "moods").values():
            assert list(each.labels) == [word for word in MOODS.labels if each.scores.get(word, 0.0) > threshold + TIED]
