"""Shares of raters, counted again from the votes of the release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from emos_io.annotation import Method, decide
from emos_io.corpus import Clip, Corpus, Decision, Vote, taxonomy
from emos_io.evaluation import Prediction, Predictions, score
from emos_io.evaluation.clips.sets import hard_sets
from emos_io.evaluation.clips.soft import soft_label_measures
from emos_io.evaluation.rater_shares import rater_shares, set_shares

SAME = 1e-12
"""Both sides add some thousand floats, in another order."""


def clip(*votes: Vote) -> Clip:
    return Clip(key="c", source="own", language="en", votes=votes)


def vote(rater: str, *labels: str, layer: str = "basic7", abstain: bool = False) -> Vote:
    return Vote(item="c", layer=layer, rater=rater, labels=labels, abstain=abstain)


def test_raters_that_gave_one_label_are_counted() -> None:
    review = Vote(item="c", layer="basic7", rater="d", labels=("Anger",), role="review")
    clips = [
        clip(vote("a", "Joy"), vote("b", "Joy"), vote("c", "Fear"), review, vote("a", "joy", layer="goemotions")),
        clip(vote("a", "Joy"), vote("b", abstain=True), vote("c", "Joy", "Fear")),
        clip(vote("a", abstain=True)),
        clip(),
    ]
    found = rater_shares(clips, "basic7", ["Anger", "Fear", "Joy"])
    np.testing.assert_array_equal(found, [[0, 1 / 3, 2 / 3], [0, 0, 1], [np.nan] * 3, [np.nan] * 3])
    assert rater_shares([], "basic7", ["Anger", "Fear"]).shape == (0, 2)


def test_shares_of_the_release_are_those_of_its_votes(release: Corpus) -> None:
    labels = release.taxonomy("basic7").labels
    found = rater_shares(release.clips, "basic7", labels)
    assert np.isnan(found).all(axis=1).tolist() == [item.source == "meld" for item in release.clips]
    for item, row in zip(release.clips, found.tolist(), strict=True):
        if item.source == "chsims":
            given = Counter(each.labels[0] for each in item.votes if each.layer == "basic7")
            assert row == [given[label] / given.total() for label in labels]


def test_the_best_constant_answer_is_the_mean_of_shares(release: Corpus) -> None:
    shares = rater_shares(release.clips, "basic7", release.taxonomy("basic7").labels)
    mean = np.nanmean(shares, axis=0)
    measured = soft_label_measures(shares, np.broadcast_to(mean, shares.shape))
    assert measured.value("log_loss") == pytest.approx(-(mean * np.log(mean)).sum(), rel=0, abs=SAME)
    assert 0 < measured.value("truth_entropy") < measured.value("log_loss")
    assert measured.counted.sum() == 4_403


SETS = "goemotions"
WORDS = ["joy", "love", "pride"]
POSTERIOR = {"joy": 0.9, "love": 1e-30, "pride": 0.4}
"""What a method may have made of votes: no shares."""


def decided(labels: Sequence[str], scores: Mapping[str, float], *votes: Vote, **recipe: str | bool) -> Clip:
    decision = Decision(item="c", layer=SETS, labels=tuple(labels), scores=scores, recipe=recipe)
    return replace(clip(*votes), decisions={SETS: decision})


def given_sets(*sets: str) -> tuple[Vote, ...]:
    """A vote for each set, such as "joy love"; "unsure" is an abstention."""
    return tuple(
        vote(f"rater {number}", layer=SETS, abstain=True)
        if each == "unsure"
        else vote(f"rater {number}", *each.split(), layer=SETS)
        for number, each in enumerate(sets)
    )


VOTES = given_sets("joy", "joy love", "unsure", "love joy")


@pytest.mark.parametrize(
    ("item", "shares"),
    [
        (decided(["joy"], POSTERIOR, *VOTES, method="dawid_skene"), [1, 2 / 3, 0]),
        (decided(["joy"], POSTERIOR, *VOTES), [1, 2 / 3, 0]),
        (decided(["joy"], {"joy": 1.0}, *VOTES, method="majority", abstain="leave_out"), [1, 2 / 3, 0]),
        (decided(["joy"], {"joy": 0.75}, *VOTES, method="majority", abstain="label"), [3 / 4, 1 / 2, 0]),
        (decided(["pride"], {"pride": 1.0}, *VOTES, method="adjudication"), [0, 0, 1]),
        (decided([], {}, *VOTES, method="adjudication"), [0, 0, 0]),
        (decided(["joy"], {"joy": 2 / 3}, *VOTES, method="soft", published=True), [2 / 3, 0, 0]),
        (decided(["joy"], POSTERIOR, *given_sets("unsure", "unsure"), method="dawid_skene"), [1, 0, 0]),
        (decided([], {}, *given_sets("unsure", "unsure")), [0, 0, 0]),
        # A review is no first vote, and a vote in another layer none in this one.
        (decided(["joy"], {"joy": 1.0}, *(replace(each, role="review") for each in VOTES)), [1, 0, 0]),
        (decided(["joy"], {"joy": 1.0}, vote("a", "love")), [1, 0, 0]),
        # A rater who votes twice is one rater; votes of nobody are of one rater each.
        (
            decided([], {}, vote("a", "joy", layer=SETS), *given_sets("joy"), vote("a", "love", layer=SETS)),
            [1, 1 / 2, 0],
        ),
        (decided([], {}, vote("", "joy", layer=SETS), vote("", "love", layer=SETS)), [1 / 2, 1 / 2, 0]),
        # Without votes.
        (decided(["joy", "pride"], {}), [1, 0, 1]),
        (decided(["joy", "pride"], {"joy": 1 / 3, "pride": 0.0}), [1 / 3, 0, 1]),
        (decided(["joy"], {"joy": 2 / 3, "love": 1 / 3}), [2 / 3, 1 / 3, 0]),
        (decided(["joy"], POSTERIOR, method="dawid_skene"), [1, 0, 0]),
        (decided([], {}), [0, 0, 0]),
        (decided(["another word"], {}), [0, 0, 0]),
    ],
)
def test_shares_of_sets_are_of_votes_where_there_are_votes(item: Clip, shares: list[float]) -> None:
    np.testing.assert_array_equal(set_shares([item], SETS, WORDS), [shares])
    assert set_shares([], SETS, WORDS).shape == (0, 3)


@pytest.mark.parametrize("method", ["majority", "soft", "dawid_skene"])
def test_sets_of_votes_do_not_depend_on_the_method_that_decides(method: Method) -> None:
    generator = np.random.default_rng(3)
    labels = taxonomy(SETS).labels[:5]
    clips = [
        Clip(
            key=f"own/{number}",
            source="own",
            language="en",
            votes=tuple(
                Vote(
                    item=f"own/{number}",
                    layer=SETS,
                    rater=rater,
                    labels=tuple(generator.choice(labels, 2, replace=False)),
                )
                for rater in "abc"
            ),
        )
        for number in range(12)
    ]
    corpus = decide(Corpus(clips), SETS, method=method)
    given = [Counter(label for each in item.votes for label in each.labels) for item in clips]
    answers = [
        Prediction(key=item.key, layer=SETS, labels=tuple(sorted(counts)))
        for item, counts in zip(clips, given, strict=True)
    ]
    scores = score(Predictions(tuple(answers)), corpus, by=(), draws=1)
    assert scores.get("exact_match", truth="any").value == scores.get("jaccard", truth="any").value == 1
    without = sum(max(counts.values()) < 2 for counts in given)
    assert scores.get("empty_truth", truth="two_of_three").value == without / 12


def test_decisions_without_scores_are_no_empty_truth() -> None:
    sets = [("joy",), ("joy", "love"), ()]
    clips = [
        Clip(
            key=f"own/{number}",
            source="own",
            language="en",
            decisions={SETS: Decision(item=f"own/{number}", layer=SETS, labels=labels, scores={})},
        )
        for number, labels in enumerate(sets)
    ]
    answers = [Prediction(key=item.key, layer=SETS, labels=own) for item, own in zip(clips, sets, strict=True)]
    scores = score(Predictions(tuple(answers)), Corpus(clips), by=(), draws=1)
    for truth in ("any", "two_of_three"):
        assert scores.get("exact_match", truth=truth).value == 1
        assert scores.get("empty_truth", truth=truth).value == 1 / 3


def test_sets_of_the_release_are_those_that_it_publishes(release: Corpus) -> None:
    labels = release.taxonomy(SETS).labels
    shares = set_shares(release.clips, SETS, labels)
    published = [[clip.decisions[SETS].scores.get(label, 0.0) for label in labels] for clip in release.clips]
    np.testing.assert_array_equal(shares, published)
    assert (~hard_sets(shares, "two_of_three").any(axis=1)).sum() == 1_657
    assert (~hard_sets(shares, "any").any(axis=1)).sum() == 1
