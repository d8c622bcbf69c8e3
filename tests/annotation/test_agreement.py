"""Agreement: published values, scikit-learn, statsmodels, krippendorff, nltk, loops by the book, and properties."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

import numpy as np
import pytest
import release
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from label_set_help import ROUNDED, Sets, masi_by_the_book, set_rows

from emos_io.annotation import (
    cohen_kappa,
    exact_match,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    pairwise_jaccard,
)
from emos_io.annotation.measures.kappas import NumberLevel
from emos_io.errors import InvalidArgument
from oracle.refusals import refusal_of

MOMENTS = 1e-9
"""Sums of squares cancel about three digits."""
PROPERTY = settings(deadline=None, max_examples=60)

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): 12 units, 4 observers, 0 for no vote.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
).T
# The same article prints these, to three digits.
PRINTED_ALPHA: dict[NumberLevel, float] = {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}
THREE_DIGITS = 0.0005
# Gwet's Handbook of Inter-Rater Reliability and irrCAC print AC1 of the same table, to five.
PRINTED_AC1, FIVE_DIGITS = 0.77544, 0.000005

LEVELS: list[NumberLevel] = ["nominal", "ordinal", "interval", "ratio"]


def matrices(least: int = -1, rows: int = 1, raters: int = 3) -> st.SearchStrategy[np.ndarray]:
    row = st.lists(st.integers(least, 3), min_size=raters, max_size=raters)
    return st.lists(row, min_size=rows, max_size=15).map(np.array)


def alpha_by_pairs(rows: Sequence[Sequence[Any]], distance: Any) -> float:
    """1 - D_o / D_e over all pairs of votes, one at a time; None is no vote."""
    units = [kept for row in rows if len(kept := [vote for vote in row if vote is not None]) >= 2]
    votes = [vote for unit in units for vote in unit]
    observed = sum(
        distance(a, b) / (len(unit) - 1) for unit in units for a, b in itertools.permutations(unit, 2)
    ) / len(votes)
    expected = sum(distance(a, b) for a, b in itertools.permutations(votes, 2)) / (len(votes) * (len(votes) - 1))
    return float(1 - observed / expected)


def kappa_by_the_book(a: np.ndarray, b: np.ndarray) -> float:
    observed = float(np.mean(a == b))
    chance = sum(float(np.mean(a == k)) * float(np.mean(b == k)) for k in range(4))
    return (observed - chance) / (1 - chance)


def ac1_by_the_book(votes: np.ndarray, kinds: int) -> float:
    rows = [[vote for vote in row if vote >= 0] for row in votes.tolist()]
    agreed = [np.mean([a == b for a, b in itertools.permutations(row, 2)]) for row in rows if len(row) >= 2]
    shares = [np.mean([row.count(k) / len(row) for row in rows if row]) for k in range(kinds)]
    chance = sum(share * (1 - share) for share in shares) / (kinds - 1)
    return float((np.mean(agreed) - chance) / (1 - chance))


class TestPublished:
    def test_fleiss_kappa_of_both_halves_to_the_last_digit(self) -> None:
        assert fleiss_kappa(release.chsims("first")["votes"], 7) == 0.48905345364550845
        for half in ("first", "last"):
            assert fleiss_kappa(release.chsims(half)["votes"], 7) == release.summary(half, "basic7")["fleiss_kappa"]

    @pytest.mark.parametrize("half", ["first", "last"])
    def test_cohen_kappas_to_the_last_digit(self, half: str) -> None:
        votes, raters = release.chsims(half)["votes"], release.HALVES[half][1]
        found = {
            f"{raters[i]}_vs_{raters[j]}": cohen_kappa(votes[:, i], votes[:, j], 7)
            for i, j in itertools.combinations(range(3), 2)
        }
        assert found == release.summary(half, "basic7")["pairwise_cohen"] and len(found) == 3

    def test_krippendorff_prints_these(self) -> None:
        for level, printed in PRINTED_ALPHA.items():
            assert abs(krippendorff_alpha(OBSERVERS, level, missing=0) - printed) < THREE_DIGITS

    def test_gwet_prints_this(self) -> None:
        assert abs(gwet_ac1(OBSERVERS - 1, 5) - PRINTED_AC1) < FIVE_DIGITS


class TestCohen:
    def test_by_hand(self) -> None:
        # Agreement 3/4; chance 1/2 * 3/4 + 1/2 * 1/4 = 1/2.
        assert cohen_kappa([0, 0, 1, 1], [0, 0, 1, 0]) == 0.5
        # One error over two steps costs 2 or 4; by chance 16 / 4 or 26 / 4.
        assert cohen_kappa([0, 1, 2, 2], [0, 1, 2, 0], weights="linear") == 1 - 2 / 4
        assert cohen_kappa([0, 1, 2, 2], [0, 1, 2, 0], weights="quadratic") == 1 - 4 / 6.5

    @PROPERTY
    @given(matrices(least=0, rows=2, raters=2), st.sampled_from([None, "linear", "quadratic"]))
    def test_scikit_learn_gives_the_same(self, votes: np.ndarray, weights: Any) -> None:
        metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
        a, b = votes.T
        assume(len(np.unique(votes)) > 1)
        theirs = metrics.cohen_kappa_score(a, b, labels=range(4), weights=weights)
        assert abs(cohen_kappa(a, b, 4, weights=weights) - theirs) < ROUNDED
        if weights is None:
            assert abs(cohen_kappa(a, b) - kappa_by_the_book(a, b)) < ROUNDED

    def test_items_that_one_rater_left_out_do_not_count(self) -> None:
        assert cohen_kappa([0, 0, -1, 1, 1, 1], [0, 0, 1, 1, 0, -1]) == cohen_kappa([0, 0, 1, 1], [0, 0, 1, 0])

    def test_one_class_only_is_undefined(self) -> None:
        assert np.isnan(cohen_kappa([1, 1], [1, 1]))
        assert np.isnan(cohen_kappa([1, 1], [1, 1], weights="linear"))

    def test_wrong_votes_are_refused(self) -> None:
        for a, b, options, message in (
            ([0, 1], [0], {}, "votes a and b must be of the same items, got 2 and 1 items"),
            ([0], [3], {"num_classes": 3}, r"votes b must be from 0 to 2, or -1 for no vote, got 3 at \[0\]"),
            ([-2], [0], {}, "votes a must be from 0 to 0, or -1 for no vote, got -2"),
            ([0.5], [0], {}, r"votes a must be integers \[items\], got dtype float64"),
            ([[0]], [0], {}, r"votes a must be integers \[items\], got shape \(1, 1\)"),
            ([0, -1], [-1, 0], {}, "must have an item with both votes, got none in 2 items"),
            ([], [], {}, "must have an item with both votes, got none in 0 items"),
            ([0], [0], {"weights": "cubic"}, 'weights must be "linear" or "quadratic", got .cubic.'),
            ([0], [0], {"num_classes": 0}, "num_classes must be an integer from 1 to 2147483647, got 0"),
        ):
            with pytest.raises(InvalidArgument, match=message):
                cohen_kappa(a, b, **options)


class TestFleiss:
    def test_by_hand(self) -> None:
        # Agreement (1 + 1 + 1/3) / 3 = 7/9, chance (5/9)^2 + (4/9)^2 = 41/81.
        assert abs(fleiss_kappa([[0, 0, 0], [1, 1, 1], [0, 0, 1]], 2) - (63 - 41) / (81 - 41)) < ROUNDED

    @PROPERTY
    @given(matrices(least=0, rows=2))
    def test_statsmodels_gives_the_same(self, votes: np.ndarray) -> None:
        rater = pytest.importorskip("statsmodels.stats.inter_rater", reason="statsmodels is an oracle")
        assume(len(np.unique(votes)) > 1)
        counts = (votes[:, :, None] == np.arange(4)).sum(axis=1)
        assert abs(fleiss_kappa(votes, 4) - rater.fleiss_kappa(counts)) < ROUNDED

    def test_one_class_only_is_undefined(self) -> None:
        assert np.isnan(fleiss_kappa([[1, 1], [1, 1]], 2))

    def test_wrong_votes_are_refused(self) -> None:
        with pytest.raises(InvalidArgument, match="votes must have an item with two votes, got none in 2 items"):
            fleiss_kappa([[0, -1], [-1, 0]], 2)
        for coefficient in (fleiss_kappa, gwet_ac1):
            with pytest.raises(InvalidArgument, match="votes must be of at least two raters, got 1"):
                coefficient([[0], [1]], 2)
            with pytest.raises(InvalidArgument, match=r"got 2 at \[0, 1\]"):
                coefficient([[0, 2]], 2)


class TestGwet:
    @PROPERTY
    @given(matrices())
    def test_by_the_book(self, votes: np.ndarray) -> None:
        assume(((votes >= 0).sum(axis=1) >= 2).any())
        assert abs(gwet_ac1(votes, 4) - ac1_by_the_book(votes, 4)) < ROUNDED

    def test_one_class_only_is_full_agreement(self) -> None:
        assert gwet_ac1([[1, 1], [1, 1]], 3) == 1.0

    def test_items_with_one_vote_are_not_enough(self) -> None:
        with pytest.raises(InvalidArgument, match="votes must have an item with two votes, got none in 2 items"):
            gwet_ac1([[0, -1], [-1, 0]], 2)


class TestKrippendorff:
    @PROPERTY
    @given(matrices(), st.sampled_from(LEVELS))
    def test_the_krippendorff_package_gives_the_same(self, votes: np.ndarray, level: Any) -> None:
        krippendorff = pytest.importorskip("krippendorff", reason="krippendorff (GPL) is an oracle")
        pairable = votes[(votes >= 0).sum(axis=1) >= 2]
        assume(len(np.unique(pairable[pairable >= 0])) > 1)
        data = np.where(votes < 0, np.nan, votes.astype(float))
        theirs = krippendorff.alpha(reliability_data=data.T, level_of_measurement=level)
        assert abs(krippendorff_alpha(votes, level) - theirs) < ROUNDED
        assert krippendorff_alpha(data, level, missing=None) == krippendorff_alpha(votes, level)

    @PROPERTY
    @given(set_rows(), st.sampled_from(["masi", "jaccard", "nominal", "function"]))
    def test_sets_by_all_pairs(self, rows: Sets, level: Any) -> None:
        votes = [cell for row in rows if sum(c is not None for c in row) >= 2 for cell in row if cell is not None]
        assume(len(set(votes)) > 1)
        distances: dict[str, Callable[[Any, Any], float]] = {
            "masi": masi_by_the_book,
            "jaccard": lambda a, b: 1 - len(a & b) / len(a | b) if a | b else 0.0,
            "nominal": lambda a, b: float(a != b),
            "function": lambda a, b: float(abs(len(a) - len(b))),
        }
        distance = distances[level]
        assume(any(distance(a, b) for a, b in itertools.combinations(votes, 2)))
        found = krippendorff_alpha(rows, distance if level == "function" else level)
        assert abs(found - alpha_by_pairs(rows, distance)) < ROUNDED

    def test_bool_arrays_and_sets_are_one(self) -> None:
        member = np.random.default_rng(3).random((30, 3, 11)) < 0.3
        sets = [[frozenset(np.flatnonzero(cell).tolist()) for cell in row] for row in member]
        for level in ("masi", "jaccard"):
            assert krippendorff_alpha(member, level) == krippendorff_alpha(sets, level)

    def test_functions_of_numbers(self) -> None:
        votes = [[1.0, 2.0, -1.0], [2.0, 2.0, 4.0], [0.5, 0.5, 0.5]]
        assert (
            abs(krippendorff_alpha(votes, lambda a, b: (a - b) ** 2) - krippendorff_alpha(votes, "interval")) < ROUNDED
        )

    def test_minus_one_is_a_value_where_nothing_stands_for_no_vote(self) -> None:
        sentiment = [[-1.0, -0.8, np.nan], [1.0, 1.0, -1.0]]
        kept = [[None if np.isnan(value) else value for value in row] for row in sentiment]
        assert (
            abs(
                krippendorff_alpha(sentiment, "interval", missing=None)
                - alpha_by_pairs(kept, lambda a, b: (a - b) ** 2)
            )
            < ROUNDED
        )
        assert krippendorff_alpha(sentiment, "interval", missing=None) != krippendorff_alpha(
            sentiment, "interval", missing=1.0
        )

    def test_more_values_than_a_chunk(self) -> None:
        votes = np.random.default_rng(0).random((1500, 2))
        a, b = votes.T
        everything = votes.ravel()
        expected = 2 * (len(everything) * (everything**2).sum() - everything.sum() ** 2)
        by_moments = 1 - (len(everything) - 1) * 2 * ((a - b) ** 2).sum() / expected
        assert abs(krippendorff_alpha(votes, "interval") - by_moments) < MOMENTS

    def test_one_value_only_is_undefined(self) -> None:
        assert np.isnan(krippendorff_alpha([[2, 2], [2, 2]]))
        assert np.isnan(krippendorff_alpha([[{"a"}, {"a"}]], "masi"))

    def test_wrong_votes_are_refused(self) -> None:
        def minus(a: float, b: float) -> float:
            return -1.0

        for votes, level, message in (
            ([[0, 1]], "cardinal", 'level must be "nominal", "ordinal", .* or "jaccard", got .cardinal.'),
            ([[0], [1]], "nominal", "votes must be of at least two raters, got 1"),
            ([[0, -1], [np.nan, 1]], "nominal", "votes must have an item with two votes, got none in 2 items"),
            ([[0, np.inf]], "interval", "votes must be finite, got an infinite value"),
            ([[-2, 1]], "ratio", "votes must be 0 or more for level 'ratio', got -2"),
            ([[0, 1]], "masi", "level must be 'nominal', .* or a function for numbers, got 'masi'"),
            ([[{"a"}, {"b"}]], "ordinal", "level must be 'nominal', .* or a function for label sets, got 'ordinal'"),
            ([[{"a"}, {"b"}], [{"a"}]], "masi", r"got \[\{'a'\}\] at item 1; give all rows one length"),
            ([[{"a"}, "b"]], "masi", "got 'b' in item 0; use None for no vote"),
            (np.zeros((2, 2, 2)), "masi", r"got float64 of shape \(2, 2, 2\)"),
            ([0, 1], "nominal", r"votes must be numbers \[items, raters\] or label sets, got shape \(2,\)"),
            ([["a", "b"]], "nominal", r"votes must be numbers \[items, raters\] or label sets, got \[\['a', 'b'\]\]"),
            ([[0, 1]], minus, "distances must be finite and 0 or more, got -1"),
        ):
            assert re.search(message, refusal_of(partial(krippendorff_alpha, votes, level)))


class TestProperties:
    @PROPERTY
    @given(matrices(least=0, rows=2), st.randoms(use_true_random=False))
    def test_the_order_of_raters_and_items_changes_nothing(self, votes: np.ndarray, random: Random) -> None:
        assume(len(np.unique(votes)) > 1)
        items, raters = list(range(votes.shape[0])), list(range(votes.shape[1]))
        random.shuffle(items)
        random.shuffle(raters)
        mixed = votes[items][:, raters]
        assert fleiss_kappa(mixed, 4) == fleiss_kappa(votes, 4)
        assert abs(gwet_ac1(mixed, 4) - gwet_ac1(votes, 4)) < ROUNDED
        straight, moved = (cohen_kappa(table[:, 0], table[:, 1], 4) for table in (votes, votes[items]))
        swapped = cohen_kappa(votes[:, 1], votes[:, 0], 4)
        assert np.array_equal([straight, straight], [moved, swapped], equal_nan=True)
        for level in LEVELS:
            assert abs(krippendorff_alpha(mixed, level) - krippendorff_alpha(votes, level)) < ROUNDED

    @PROPERTY
    @given(st.lists(st.integers(0, 3), min_size=2, max_size=12), st.integers(2, 4))
    def test_full_agreement_is_one(self, truth: list[int], raters: int) -> None:
        assume(len(set(truth)) > 1)
        votes = np.repeat(np.array(truth)[:, None], raters, axis=1)
        assert fleiss_kappa(votes, 4) == gwet_ac1(votes, 4) == 1.0
        for weights in (None, "linear", "quadratic"):
            assert cohen_kappa(votes[:, 0], votes[:, 1], weights=weights) == 1.0
        for level in LEVELS:
            assert krippendorff_alpha(votes, level) == 1.0
        member = votes[:, :, None] == np.arange(4)
        assert krippendorff_alpha(member, "masi") == krippendorff_alpha(member, "jaccard") == 1.0
        assert (pairwise_jaccard(member) == 1).all() and (exact_match(member) == 1).all()
