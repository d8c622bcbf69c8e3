"""Shares of raters, counted again from the votes of the release."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from emos_io.corpus import Clip, Corpus, Vote
from emos_io.evaluation.clips.soft import soft_label_measures
from emos_io.evaluation.rater_shares import rater_shares

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
