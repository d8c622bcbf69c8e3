"""Label sets: distances, pairs of raters and their styles; published values, nltk, cases by hand, and properties."""

from __future__ import annotations

import itertools
from collections.abc import Hashable
from random import Random
from typing import Any

import numpy as np
import pytest
import release
from hypothesis import given, settings
from hypothesis import strategies as st
from label_set_help import ROUNDED, Sets, masi_by_the_book, set_rows

from emos_io.annotation import exact_match, jaccard_distance, masi_distance, pairwise_jaccard, style_report
from emos_io.annotation.measures.label_sets import jaccard_index, unanimous
from emos_io.errors import InvalidArgument

SUMMARY_MEANS = 1e-15
"""The published means add 2,500 indices in another order: a unit in the last place."""
NLTK_ROUNDS = 0.67 - 2 / 3 + 1e-12
"""nltk has 0.67 and 0.33 where the paper of MASI has 2/3 and 1/3."""
PROPERTY = settings(deadline=None, max_examples=60)

JOY: Sets = [
    [frozenset({"joy"}), frozenset({"joy", "pride"}), frozenset()],
    [frozenset({"fear"}), frozenset({"fear"}), None],
]
"""Two items of three raters; one vote is missing, one is the empty set."""


class TestPublished:
    @pytest.mark.parametrize("half", ["first", "last"])
    def test_pairs_of_label_sets(self, half: str) -> None:
        sets, raters = release.label_sets(half), release.HALVES[half][1]
        published = release.summary(half, "goemotion")["pairwise_comparisons"]
        jaccard, same = pairwise_jaccard(sets), exact_match(sets)
        for i, j in itertools.combinations(range(3), 2):
            pair = published[f"{raters[i]}_vs_{raters[j]}"]
            assert abs(jaccard[i, j] - pair["mean_jaccard"]) < SUMMARY_MEANS
            assert same[i, j] == pair["exact_match_ratio"]

    @pytest.mark.parametrize("half", ["first", "last"])
    def test_items_on_which_all_raters_agree(self, half: str) -> None:
        same = unanimous(release.label_sets(half))
        assert same.mean() == release.summary(half, "goemotion")["identical_sets_ratio"]

    @pytest.mark.parametrize("half", ["first", "last"])
    def test_labels_an_item_of_each_rater(self, half: str) -> None:
        report = style_report(release.label_sets(half), neutral="neutral")
        published = release.summary(half, "goemotion")["avg_labels_per_sample"]
        assert report.cardinality.tolist() == [published[rater] for rater in release.HALVES[half][1]]
        assert report.num_items.tolist() == [2500] * 3


class TestLabelSets:
    def test_distances_by_hand(self) -> None:
        a, b, c = frozenset("abc"), frozenset("ab"), frozenset("bd")
        assert (jaccard_distance(a, b), jaccard_distance(a, c), jaccard_distance(b, frozenset("x"))) == (
            1 - 2 / 3,
            0.75,
            1.0,
        )
        assert abs(masi_distance(a, b) - (1 - 2 / 3 * 2 / 3)) < ROUNDED
        assert abs(masi_distance(a, c) - (1 - 1 / 4 / 3)) < ROUNDED
        empty: frozenset[Hashable] = frozenset()
        assert masi_distance(empty, empty) == jaccard_distance(empty, empty) == 0.0
        assert masi_distance(empty, a) == jaccard_distance(a, empty) == 1.0

    @PROPERTY
    @given(st.frozensets(st.sampled_from("abcd"), min_size=1), st.frozensets(st.sampled_from("abcd"), min_size=1))
    def test_nltk_gives_the_same(self, a: frozenset[str], b: frozenset[str]) -> None:
        distance = pytest.importorskip("nltk.metrics.distance", reason="nltk is an oracle")
        assert abs(jaccard_distance(a, b) - distance.jaccard_distance(a, b)) < ROUNDED
        assert abs(masi_distance(a, b) - distance.masi_distance(a, b)) < NLTK_ROUNDS
        assert abs(masi_distance(a, b) - masi_by_the_book(a, b)) < ROUNDED

    def test_pairs_count_items_that_both_labelled(self) -> None:
        jaccard, same = pairwise_jaccard(JOY), exact_match(JOY)
        assert jaccard.tolist() == [[1, 0.75, 0], [0.75, 1, 0], [0, 0, 1]]
        assert same.tolist() == [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]]
        apart = pairwise_jaccard([[{"a"}, None], [None, {"a"}]])
        assert np.isnan(apart[0, 1]) and np.isnan(apart[1, 0]) and apart[0, 0] == 1

    def test_votes_that_are_missing_do_not_break_unanimity(self) -> None:
        rows: Sets = [[frozenset("a"), None, frozenset("a")], [None, None, None], [frozenset(), None, frozenset("a")]]
        assert unanimous(rows).tolist() == [True, True, False]
        assert unanimous(np.array([[[True, False], [True, False]], [[True, False], [True, True]]])).tolist() == [
            True,
            False,
        ]

    def test_two_empty_sets_are_equal(self) -> None:
        assert (jaccard_index(frozenset(), frozenset()), jaccard_index(frozenset(), frozenset("a"))) == (1.0, 0.0)
        assert pairwise_jaccard([[set(), set()]]).tolist() == exact_match([[set(), set()]]).tolist() == [[1, 1], [1, 1]]

    def test_style_by_hand(self) -> None:
        rows: Sets = [
            [frozenset({"joy"}), frozenset({"joy", "neutral"}), frozenset({"joy", "pride"})],
            [frozenset({"neutral"}), frozenset({"neutral"}), None],
            [frozenset({"joy"}), frozenset({"fear"}), frozenset()],
        ]
        report = style_report(rows, neutral="neutral")
        assert report.num_items.tolist() == [3, 3, 2]
        assert report.cardinality.tolist() == [1.0, 4 / 3, 1.0]
        assert report.neutral_rate.tolist() == [1 / 3, 2 / 3, 0.0]
        # Consensus: {joy}, {neutral}, nothing.
        assert report.num_with_consensus.tolist() == [2, 2, 1]
        assert report.consensus_exact.tolist() == [1.0, 0.5, 0.0]
        assert report.consensus_jaccard.tolist() == [1.0, 0.75, 0.5]

    def test_half_of_the_raters_are_no_consensus(self) -> None:
        report = style_report([[{"joy"}, {"fear"}], [{"joy"}, {"joy"}]], neutral="neutral")
        assert report.num_with_consensus.tolist() == [1, 1] and report.consensus_exact.tolist() == [1.0, 1.0]

    def test_style_against_a_given_consensus(self) -> None:
        member = np.array([[[True, False], [True, True]], [[False, True], [False, False]]])
        report = style_report(member, neutral=1, consensus=np.array([[True, True], [False, False]]))
        assert report.neutral_rate.tolist() == [0.5, 0.5]
        assert report.num_with_consensus.tolist() == [1, 1] and report.consensus_exact.tolist() == [0.0, 1.0]
        assert np.isnan(style_report([[None, {"a"}]], neutral="a").cardinality[0])

    def test_wrong_sets_are_refused(self) -> None:
        member = np.zeros((2, 2, 3), dtype=bool)
        wrong: list[Any] = [
            np.zeros((2, 2), dtype=bool),
            np.zeros((0, 2, 3), dtype=bool),
            [],
            "ab",
            [[]],
            [["ab"]],
            [[3]],
        ]
        for votes in wrong:
            for function in (pairwise_jaccard, exact_match):
                with pytest.raises(
                    InvalidArgument,
                    match=r"votes must be bool \[items, raters, labels\], or for each item a row of one set a rater",
                ):
                    function(votes)
        for neutral in (3, "joy", True):
            with pytest.raises(
                InvalidArgument, match="neutral must be the index of a label from 0 to 2 for bool votes, got"
            ):
                style_report(member, neutral=neutral)
        with pytest.raises(InvalidArgument, match=r"consensus must be bool \[N, K\] .*, got bool of shape \(2, 2\)"):
            style_report(member, neutral=0, consensus=np.zeros((2, 2), dtype=bool))

    @PROPERTY
    @given(set_rows(missing=False), st.randoms(use_true_random=False))
    def test_the_order_of_sets_changes_nothing(self, rows: Sets, random: Random) -> None:
        raters = [0, 1, 2]
        random.shuffle(raters)
        mixed = [[row[rater] for rater in raters] for row in reversed(rows)]
        assert np.abs(pairwise_jaccard(mixed) - pairwise_jaccard(rows)[np.ix_(raters, raters)]).max() < ROUNDED
        assert np.abs(exact_match(mixed) - exact_match(rows)[np.ix_(raters, raters)]).max() < ROUNDED
        assert (exact_match(rows) <= pairwise_jaccard(rows) + ROUNDED).all()


def test_reprs_print_shapes() -> None:
    report = style_report(JOY, neutral="neutral")
    assert repr(report).startswith("StyleReport(num_items=int64[3], cardinality=float64[3], ")
