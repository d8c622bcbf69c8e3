"""Labels from counted votes, weights of raters, confidence tiers, and what no method takes."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import release
from hypothesis import given
from hypothesis import strategies as st
from vote_matrices import EM_METHODS, EM_PROPERTY, METHODS, PROPERTY, Method, matrices

from emos_io.annotation import confidence_tier, dawid_skene, majority, num_unique_labels, one_coin, soft
from emos_io.errors import InvalidArgument
from oracle.refusals import refusal_of

SUMS = 1e-12
"""Rounding of a sum of a few doubles."""


class TestCounting:
    def test_majority_takes_the_most_frequent_class(self) -> None:
        result = majority([[0, 1, 1], [2, 2, 2], [-1, -1, 0]], 3)
        assert result.labels.tolist() == [1, 2, 0]
        assert result.confidence.tolist() == [2 / 3, 1.0, 1.0]
        assert result.recipe == {"method": "majority", "num_classes": 3, "ties": "first"}
        assert (result.converged, result.iterations, result.confusion, result.log_likelihood) == (
            None,
            None,
            None,
            None,
        )

    def test_ties_go_where_they_are_sent(self) -> None:
        votes = [[2, 1], [0, 0], [-1, -1]]
        assert majority(votes, 3).labels.tolist() == [1, 0, -1]
        assert majority(votes, 3, ties="none").labels.tolist() == [-1, 0, -1]
        with pytest.raises(
            InvalidArgument, match=r"ties is 'error', got 1 tied items of 3, the first is item 0 with votes \[2, 1\]"
        ):
            majority(votes, 3, ties="error")

    def test_soft_labels_are_shares_of_the_votes_given(self) -> None:
        result = soft([[0, 1, -1, 1], [-1, -1, -1, -1]], 2)
        assert result.probabilities.tolist() == [[1 / 3, 2 / 3], [0.0, 0.0]]
        assert result.labels.tolist() == [1, -1] and result.confidence.tolist() == [2 / 3, 0.0]

    def test_a_narrow_majority_is_no_tie(self) -> None:
        votes = [[0] * 9 + [1] * 10]
        for method in (majority, soft):
            assert method(votes, 2).labels.tolist() == [1]

    def test_unique_labels_leave_missing_votes_out(self) -> None:
        assert num_unique_labels([[0, 0, -1], [0, 1, 2], [-1, -1, -1]], 3).tolist() == [1, 3, 0]


class TestRaterWeights:
    def test_shares_are_of_the_weights_of_those_who_voted(self) -> None:
        votes = [[0, 1, 1], [2, 1, -1], [-1, -1, 0]]
        for method in (majority, soft):
            result = method(votes, 3, rater_weights=[3, 1, Fraction(1, 2)])
            assert result.probabilities.tolist() == [[2 / 3, 1 / 3, 0.0], [0.0, 1 / 4, 3 / 4], [1.0, 0.0, 0.0]]
            assert result.labels.tolist() == [0, 2, 0]
            assert result.recipe["rater_weights"] == [3.0, 1.0, 0.5]

    def test_a_rater_of_weight_0_does_not_vote(self) -> None:
        result = majority([[0, 1], [0, -1], [-1, -1]], 2, rater_weights=[0, 0.3])
        assert result.labels.tolist() == [1, -1, -1]
        assert result.probabilities.tolist() == [[0.0, 1.0], [0.0, 0.0], [0.0, 0.0]]

    def test_ties_go_by_the_order_of_the_classes(self) -> None:
        votes, weights = [[2, 1, 1], [1, 2, 2], [0, 2, -1]], [0.3, 0.1, 0.2]
        assert majority(votes, 3, rater_weights=weights).labels.tolist() == [1, 1, 0]
        assert majority(votes, 3, rater_weights=weights, ties="none").labels.tolist() == [-1, -1, 0]
        assert re.search(
            "got 2 tied items of 3", refusal_of(lambda: majority(votes, 3, rater_weights=weights, ties="error"))
        )

    @PROPERTY
    @given(matrices(), st.floats(1e-3, 1e3))
    def test_equal_weights_are_no_weights(self, votes: np.ndarray, weight: float) -> None:
        for method in (majority, soft):
            plain, weighted = method(votes, 3), method(votes, 3, rater_weights=[weight] * votes.shape[1])
            assert np.array_equal(plain.probabilities, weighted.probabilities)
            assert np.array_equal(plain.labels, weighted.labels)

    @PROPERTY
    @given(matrices(), st.lists(st.integers(0, 4), min_size=4, max_size=4).filter(any))
    def test_a_rater_of_weight_n_counts_as_n_raters(self, votes: np.ndarray, weights: list[int]) -> None:
        repeated = np.repeat(votes, weights, axis=1)
        for method in (majority, soft):
            weighted, plain = method(votes, 3, rater_weights=np.array(weights)), method(repeated, 3)
            assert np.array_equal(weighted.probabilities, plain.probabilities)
            assert np.array_equal(weighted.labels, plain.labels)

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            ([1, 2], "rater_weights must be 3 numbers of 0 or more, one for each rater, and not all 0, got 2 numbers"),
            ([0, 0.0, 0], "got only zeros; give at least one rater a weight"),
            ([1, -1, 1], r"got -1 at \[1\]; give 0 to a rater that shall not count"),
            ([1, 1, float("nan")], r"got nan at \[2\]; give fractions, integers or floats"),
            ([1, 1, float("inf")], r"got inf at \[2\]"),
            ([1, True, 1], r"got True at \[1\]"),
            (["1", 1, 1], r"got '1' at \[0\]"),
            ("111", "got '111'; give fractions"),
            (2.0, "got 2.0; give fractions"),
            ({1: 1, 2: 1, 3: 1}, "got {1: 1, 2: 1, 3: 1}; give fractions"),
            ({1, 2, 3}, "got {1, 2, 3}; give fractions"),
        ],
        ids=["too few", "zeros", "negative", "nan", "infinite", "bool", "text", "letters", "number", "mapping", "set"],
    )
    @pytest.mark.parametrize("method", [majority, soft])
    def test_wrong_weights_are_refused(self, method: Method, weights: Any, message: str) -> None:
        assert re.search(message, refusal_of(lambda: method([[0, 1, 1]], 2, rater_weights=weights)))


class TestProperties:
    @EM_PROPERTY
    @given(matrices())
    def test_rows_are_probabilities_or_zeros(self, votes: np.ndarray) -> None:
        voted = (votes >= 0).any(axis=1)
        for method in METHODS:
            result = method(votes, 3)
            assert np.isfinite(result.probabilities).all() and (result.probabilities >= 0).all()
            assert np.abs(result.probabilities.sum(axis=1) - voted).max() < SUMS
            assert ((result.labels >= 0) == voted).all()
            assert np.array_equal(result.confidence, result.probabilities.max(axis=1))

    @EM_PROPERTY
    @given(matrices(raters=1))
    def test_one_rater_is_believed(self, votes: np.ndarray) -> None:
        for method in METHODS:
            result = method(votes, 3)
            assert np.array_equal(result.labels, votes[:, 0])
            assert np.array_equal(result.confidence, (votes[:, 0] >= 0).astype(float))

    @EM_PROPERTY
    @given(st.lists(st.integers(0, 2), min_size=1, max_size=12), st.integers(1, 5))
    def test_raters_that_agree_are_believed(self, truth: list[int], raters: int) -> None:
        for method in METHODS:
            result = method(np.repeat(np.array(truth)[:, None], raters, axis=1), 3)
            assert result.labels.tolist() == truth and (result.confidence == 1).all()


class TestTiers:
    def test_edges_belong_to_the_upper_tier(self) -> None:
        below = np.nextafter([0.9, 0.8], 0).tolist()
        found = confidence_tier([0.9, below[0], 0.8, below[1], 0.1, 1.0], [2, 2, 2, 2, 1, 3])
        assert found.tolist() == ["high", "medium", "medium", "low", "high", "high"]
        assert (confidence_tier(0.85, 2), confidence_tier(0.85, 1), confidence_tier(0.0, 0)) == (
            "medium",
            "high",
            "low",
        )
        assert confidence_tier(0.7, 3, high=0.7, medium=0.5) == "high"

    @pytest.mark.parametrize(("half", "counts"), [("first", (1702, 496, 301)), ("last", (1670, 122, 112))])
    def test_the_paper_counts_as_many(self, half: str, counts: tuple[int, int, int]) -> None:
        published = release.chsims(half)
        tiers = confidence_tier(published["confidence"], published["unique"])
        assert tuple(int((tiers == name).sum()) for name in ("high", "medium", "low")) == counts
        assert np.array_equal(num_unique_labels(published["votes"], 7), published["unique"])


def test_a_repr_prints_shapes() -> None:
    assert repr(dawid_skene([[0, 1], [1, 1]], 2, max_iterations=3)) == (
        "Aggregated(method='dawid_skene', labels=int64[2], probabilities=float64[2, 2], confusion=float64[2, 2, 2], "
        "converged=None, iterations=3)"
    )


class TestRefusals:
    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize(
        ("votes", "message"),
        [
            ([0, 1], r"votes must be integers \[items, raters\], got shape \(2,\)"),
            ([[0, 1], [0]], "got rows of different lengths"),
            ([[0.0, 1.0]], "got dtype float64; give class indices"),
            ([[0.0, np.nan]], "got dtype float64; give class indices"),
            ([[True, False]], "got dtype bool"),
            ([["Joy"]], "got dtype <U3"),
            ([[0, 2]], r"votes must be from 0 to 1, or -1 for no vote, got 2 at \[0, 1\]; correct"),
            ([[0], [-2]], r"got -2 at \[1, 0\]"),
            (np.zeros((3, 0), dtype=int), "got 3 items by 0 raters"),
            (np.zeros((0, 3), dtype=int), "got 0 items by 3 raters"),
        ],
    )
    def test_wrong_votes_are_refused(self, method: Method, votes: Any, message: str) -> None:
        assert re.search(message, refusal_of(lambda: method(votes, 2)))

    @pytest.mark.parametrize("method", EM_METHODS)
    @pytest.mark.parametrize(
        ("option", "message"),
        [
            ({"init": "random"}, 'init must be "vote_fraction" or "majority", got .random.'),
            ({"max_iterations": 0}, "max_iterations must be an integer from 1 to 2147483647, got 0"),
            ({"tolerance": -1.0}, "tolerance must be a finite number of at least 0, got -1.0"),
            ({"smoothing": float("nan")}, "smoothing must be a finite number of at least 0, got nan"),
            (
                {"prior": "mine"},
                "prior must be 'estimated', 'uniform' or 2 numbers above 0 with sum 1, got 'mine'; leave",
            ),
            ({"prior": [0.5, 0.6]}, r"sum 1, got \[0.5, 0.6\]"),
            ({"prior": [1.0, 0.0]}, r"sum 1, got \[1.0, 0.0\]"),
            ({"prior": [0.5, np.nan]}, r"sum 1, got \[0.5, nan\]"),
        ],
    )
    def test_wrong_options_are_refused(self, method: Method, option: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidArgument, match=message):
            method([[0, 1]], 2, **option)

    def test_votes_that_are_all_missing_leave_nothing_to_estimate(self) -> None:
        assert majority([[-1, -1]], 2).labels.tolist() == [-1]
        with pytest.raises(
            InvalidArgument, match="votes must have at least one vote for one_coin, got 1 items without votes"
        ):
            one_coin([[-1, -1]], 2)

    def test_wrong_classes_ties_and_confidence_tiers_are_refused(self) -> None:
        for kinds in (1, True, 2.0):
            with pytest.raises(InvalidArgument, match=r"num_classes must be an integer from 2 to 2147483647, got"):
                soft([[0]], kinds)  # type: ignore[arg-type]
        with pytest.raises(InvalidArgument, match=r'ties must be "first", "none" or "error", got .last.'):
            majority([[0]], 2, ties="last")  # type: ignore[arg-type]
        with pytest.raises(
            InvalidArgument, match=r"confidence must be in \[0, 1\] and unique_labels 0 or more, got nan and 2"
        ):
            confidence_tier(float("nan"), 2)
        with pytest.raises(InvalidArgument, match="must be two numbers or two arrays"):
            confidence_tier([0.5, 0.5], [1])
        with pytest.raises(InvalidArgument, match=r"medium must be at most high, 0\.8, got 0\.9"):
            confidence_tier(0.5, 2, high=0.8, medium=0.9)
