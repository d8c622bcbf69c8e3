"""Measures of agreement by seconds: rows that are cut, definitions written out, scikit-learn, published values."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from label_set_help import ROUNDED
from test_agreement import FIVE_DIGITS, OBSERVERS

from emos_io.annotation import (
    cohen_kappa,
    exact_match,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    pairwise_jaccard,
    style_report,
    unanimous,
)
from emos_io.errors import InvalidArgument

PROPERTY = settings(deadline=None, max_examples=15)
PRINTED_FLEISS = 0.76117
"""irrCAC prints this generalised kappa of Fleiss for the table of Gwet's Handbook."""

Weighted = tuple[np.ndarray, list[Fraction]]


def weighted_votes(least: int = -1) -> st.SearchStrategy[Weighted]:
    """Votes of three raters on four classes, where some row has two votes, and exact seconds."""
    seconds = st.fractions(min_value=Fraction(1, 50), max_value=50, max_denominator=30_000)
    row = st.tuples(st.lists(st.integers(least, 3), min_size=3, max_size=3), seconds)
    rows = st.lists(row, min_size=2, max_size=10)
    return rows.map(lambda each: (np.array([votes for votes, _ in each]), [weight for _, weight in each]))


def cut(values: np.ndarray, weights: list[Fraction]) -> tuple[np.ndarray, list[Fraction]]:
    """Each row in three parts, of which the last come after all others."""
    parts = [[weight / 3, weight / 7, weight - weight / 3 - weight / 7] for weight in weights]
    return np.concatenate([values] * 3), [each[k] for k in range(3) for each in parts]


def sets_of(votes: np.ndarray) -> np.ndarray:
    """A set for each vote: the label, and for the first two another."""
    member: np.ndarray = votes[:, :, None] == np.arange(4)
    member[:, :, 3] |= member[:, :, 0] | member[:, :, 1]
    return member


def has_pairs(votes: np.ndarray) -> bool:
    return bool(((votes >= 0).sum(axis=1) >= 2).any())


def equal(a: Any, b: Any) -> bool:
    return bool(np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True))


@PROPERTY
@given(weighted_votes())
def test_a_row_that_is_cut_changes_nothing_exactly(given_rows: Weighted) -> None:
    votes, weights = given_rows
    assume(has_pairs(votes))
    finer, parts = cut(votes, weights)
    for measure in (fleiss_kappa, gwet_ac1):
        assert equal(measure(finer, 4, row_weights=parts), measure(votes, 4, row_weights=weights))
    levels: list[Any] = ["nominal", "ordinal", "interval", "ratio"]
    for level in levels:
        assert equal(
            krippendorff_alpha(finer, level, row_weights=parts), krippendorff_alpha(votes, level, row_weights=weights)
        )
    if ((votes[:, 0] >= 0) & (votes[:, 1] >= 0)).any():
        costs: list[Any] = [None, "linear", "quadratic"]
        for cost in costs:
            a = cohen_kappa(finer[:, 0], finer[:, 1], 4, weights=cost, row_weights=parts)
            assert equal(a, cohen_kappa(votes[:, 0], votes[:, 1], 4, weights=cost, row_weights=weights))


@PROPERTY
@given(weighted_votes())
def test_sets_that_are_cut_change_nothing_exactly(given_rows: Weighted) -> None:
    votes, weights = given_rows
    assume(has_pairs(votes))
    member, voted = sets_of(votes), votes >= 0
    finer, parts = cut(member, weights)
    who = np.concatenate([voted] * 3)
    for measure in (pairwise_jaccard, exact_match):
        assert equal(measure(finer, row_weights=parts, voted=who), measure(member, row_weights=weights, voted=voted))
    levels: list[Any] = ["masi", "jaccard", "nominal"]
    for level in levels:
        a = krippendorff_alpha(finer, level, row_weights=parts, voted=who)
        assert equal(a, krippendorff_alpha(member, level, row_weights=weights, voted=voted))
    one, other = (
        style_report(each, neutral=2, row_weights=weight, voted=present)
        for each, weight, present in ((finer, parts, who), (member, weights, voted))
    )
    for name in ("cardinality", "neutral_rate", "consensus_exact", "consensus_jaccard"):
        assert equal(getattr(one, name), getattr(other, name))


@PROPERTY
@given(weighted_votes(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_exactly(given_rows: Weighted, random: Any) -> None:
    votes, weights = given_rows
    assume(has_pairs(votes))
    order = list(range(len(votes)))
    random.shuffle(order)
    mixed, moved = votes[order], [weights[k] for k in order]
    assert equal(fleiss_kappa(mixed, 4, row_weights=moved), fleiss_kappa(votes, 4, row_weights=weights))
    assert equal(gwet_ac1(mixed, 4, row_weights=moved), gwet_ac1(votes, 4, row_weights=weights))
    assert equal(krippendorff_alpha(mixed, row_weights=moved), krippendorff_alpha(votes, row_weights=weights))


@PROPERTY
@given(weighted_votes(least=0))
def test_scikit_learn_gives_the_same_kappa_with_sample_weights(given_rows: Weighted) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    votes, weights = given_rows
    a, b = votes[:, 0], votes[:, 1]
    assume(len(np.unique(votes[:, :2])) > 1)
    theirs = metrics.cohen_kappa_score(a, b, labels=range(4), sample_weight=[float(each) for each in weights])
    assert abs(cohen_kappa(a, b, 4, row_weights=weights) - theirs) < ROUNDED


def fleiss_by_the_book(votes: np.ndarray, weights: list[Fraction]) -> float:
    """Gwet's Handbook, chapter 2: agreement over rows with two votes, shares of classes over those with one."""
    rows = [([vote for vote in row if vote >= 0], weight) for row, weight in zip(votes.tolist(), weights, strict=True)]
    pairs = [(row, weight) for row, weight in rows if len(row) >= 2]
    agreed = sum(
        weight * Fraction(sum(a == b for a, b in itertools.permutations(row, 2)), len(row) * (len(row) - 1))
        for row, weight in pairs
    ) / sum(weight for _, weight in pairs)
    any_vote = [(row, weight) for row, weight in rows if row]
    shares = [
        sum(weight * Fraction(row.count(k), len(row)) for row, weight in any_vote) / sum(w for _, w in any_vote)
        for k in range(4)
    ]
    chance = sum(share**2 for share in shares)
    return float((agreed - chance) / (1 - chance)) if chance != 1 else float("nan")


@PROPERTY
@given(weighted_votes())
def test_generalised_fleiss_by_the_book(given_rows: Weighted) -> None:
    votes, weights = given_rows
    assume(has_pairs(votes))
    assert np.isclose(
        fleiss_kappa(votes, 4, row_weights=weights),
        fleiss_by_the_book(votes, weights),
        rtol=0,
        atol=1e-9,  # a chance near 1 takes digits
        equal_nan=True,
    )


def test_generalised_fleiss_is_what_irrcac_prints() -> None:
    assert abs(fleiss_kappa(OBSERVERS - 1, 5) - PRINTED_FLEISS) < FIVE_DIGITS


@PROPERTY
@given(weighted_votes(least=0))
def test_generalised_fleiss_is_the_classic_one_where_counts_are_equal(given_rows: Weighted) -> None:
    votes, _ = given_rows
    assume(len(np.unique(votes)) > 1)
    assert abs(fleiss_kappa(votes, 4, row_weights=[1] * len(votes)) - fleiss_kappa(votes, 4)) < ROUNDED


@PROPERTY
@given(weighted_votes(), st.lists(st.integers(1, 4), min_size=10, max_size=10))
def test_integer_weights_are_rows_that_are_repeated(given_rows: Weighted, times: list[int]) -> None:
    votes = given_rows[0]
    assume(has_pairs(votes))
    counts = times[: len(votes)]
    repeated = np.repeat(votes, counts, axis=0)
    assume(len(np.unique(votes[votes >= 0])) > 1)
    assert (
        abs(fleiss_kappa(votes, 4, row_weights=counts) - fleiss_kappa(repeated, 4, row_weights=[1] * len(repeated)))
        < ROUNDED
    )
    assert abs(gwet_ac1(votes, 4, row_weights=counts) - gwet_ac1(repeated, 4)) < ROUNDED
    member, voted = sets_of(votes), votes >= 0
    found = pairwise_jaccard(member, row_weights=counts, voted=voted)
    many = pairwise_jaccard(np.repeat(member, counts, axis=0), voted=np.repeat(voted, counts, axis=0))
    assert np.allclose(found, many, rtol=0, atol=ROUNDED, equal_nan=True)


def test_alpha_of_seconds_has_no_correction() -> None:
    # 4 s of (0, 0), 4 s of (1, 1), 2 s of (0, 1): 10 of 20 votes are 0, 2 of 10 pairs differ, 1/2 by chance.
    votes, seconds = [[0, 0], [1, 1], [0, 1]], [4, 4, 2]
    assert abs(krippendorff_alpha(votes, row_weights=seconds) - (1 - 0.2 / 0.5)) < ROUNDED
    # By numbers two votes are drawn without replacement: of 6, 3 are 0.
    assert abs(krippendorff_alpha(votes) - (1 - (1 / 3) / (2 * 3 * 3 / (6 * 5)))) < ROUNDED


def test_seconds_of_one_vote_count_for_no_pair() -> None:
    votes, seconds = np.array([[0, 0], [1, 1], [0, 1]]), [4, 4, 2]
    alone, more = np.concatenate([votes, [[1, -1]]]), [*seconds, 1_000]
    assert cohen_kappa(*alone.T, row_weights=more) == cohen_kappa(*votes.T, row_weights=seconds)
    assert krippendorff_alpha(alone, row_weights=more) == krippendorff_alpha(votes, row_weights=seconds)
    member, voted = alone[:, :, None] == np.arange(2), alone >= 0
    for measure in (pairwise_jaccard, exact_match):
        assert abs(measure(member, row_weights=more, voted=voted)[0, 1] - 0.8) < ROUNDED


def test_bool_votes_with_missing_ones_are_rows_of_sets_with_none() -> None:
    random = np.random.default_rng(5)
    member, voted = random.random((20, 3, 4)) < 0.4, random.random((20, 3)) < 0.7
    rows = [
        [frozenset(np.flatnonzero(cell).tolist()) if who else None for cell, who in zip(row, present, strict=True)]
        for row, present in zip(member, voted, strict=True)
    ]
    assert equal(pairwise_jaccard(member, voted=voted), pairwise_jaccard(rows))
    assert equal(exact_match(member, voted=voted), exact_match(rows))
    assert equal(unanimous(member, voted=voted), unanimous(rows))
    assert krippendorff_alpha(member, "masi", voted=voted) == krippendorff_alpha(rows, "masi")
    one, other = style_report(member, neutral=1, voted=voted), style_report(rows, neutral=1)
    assert all(equal(getattr(one, name), getattr(other, name)) for name in one.__slots__)
    assert np.isnan(style_report(member, neutral=None, voted=voted).neutral_rate).all()


def test_wrong_weights_are_refused() -> None:
    votes = [[0, 0], [1, 0]]
    for weights, got in (([1], "got 1 numbers"), ([1, 0], r"got 0 at \[1\]"), ([1, "x"], "got 'x' at"), (3, "got 3")):
        for call in (
            lambda given: fleiss_kappa(votes, 2, row_weights=given),
            lambda given: gwet_ac1(votes, 2, row_weights=given),
            lambda given: krippendorff_alpha(votes, row_weights=given),
            lambda given: cohen_kappa([0, 1], [0, 0], row_weights=given),
            lambda given: pairwise_jaccard([[{"a"}], [{"b"}]], row_weights=given),
        ):
            with pytest.raises(InvalidArgument, match=f"row_weights must be 2 numbers .*{got}"):
                call(weights)
    with pytest.raises(InvalidArgument, match=r"voted must be bool \[2, 2\], got bool of shape \(2, 1\)"):
        exact_match(np.zeros((2, 2, 3), bool), voted=np.ones((2, 1), bool))
    with pytest.raises(InvalidArgument, match="voted must come with bool votes"):
        exact_match([[{"a"}, None]], voted=np.ones((1, 2), bool))
    numbers: Any = votes
    with pytest.raises(InvalidArgument, match="voted must come with label sets, got numbers"):
        krippendorff_alpha(numbers, "masi", voted=np.ones((2, 2), bool))
