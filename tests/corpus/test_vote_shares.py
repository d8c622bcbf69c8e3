"""Shares of raters are exact quotients, rounded once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emos_io.corpus import Vote
from emos_io.corpus.release.votes import shares
from emos_io.corpus.vote_shares import vote_shares

LABELS = ("joy", "pride", "fear")


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=1, max_size=20))
def test_shares_are_the_nearest_floats_of_the_quotients(pairs: list[tuple[int, int]]) -> None:
    counts, raters = (np.array(column) for column in zip(*pairs, strict=True))
    assert vote_shares(counts, raters).tolist() == [float(Fraction(count, total)) for count, total in pairs]


def test_an_item_without_raters_has_shares_of_zero() -> None:
    assert vote_shares([[0, 0], [1, 1]], [[0], [2]]).tolist() == [[0.0, 0.0], [0.5, 0.5]]


@given(st.lists(st.tuples(st.sets(st.sampled_from(LABELS)), st.booleans()), max_size=4), st.integers(4, 5))
def test_shares_of_sets_are_over_all_raters(given_votes: list[tuple[set[str], bool]], num_raters: int) -> None:
    votes = tuple(
        Vote(item="a", layer="goemotions", rater=str(number), labels=tuple(labels), abstain=abstain)
        for number, (labels, abstain) in enumerate(given_votes)
    )
    expected = {name: sum(name in labels for labels, _ in given_votes) for name in LABELS}
    expected["unsure"] = sum(abstain for _, abstain in given_votes)
    assert shares(votes, num_raters) == {
        name: float(Fraction(count, num_raters)) for name, count in expected.items() if count
    }
