"""Each label of a layer with several: counted or by EM against the rest, as the definition says it."""

from __future__ import annotations

import json
import pickle
import re
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vote_matrices import EM_PROPERTY, PROPERTY, SMALL

from emos_io.annotation import label_decisions, label_posteriors
from oracle.refusals import refusal_of

SUMS = 1e-12
"""Rounding of a few sums and products of doubles."""
STEPS = 1e-9
"""Some EM steps make the rounding of the definition larger."""
PAST_TIES = 1e-6
"""Scores that are nearer to the threshold are not compared: rounding decides in the definition."""

Votes = tuple[np.ndarray, np.ndarray]


def table(sets: list[list[str | None]]) -> Votes:
    """Members and voted of rows of words like "ac": one letter a label, "" for none of them, None for no vote."""
    members = np.array([[[letter in (word or "") for letter in "abc"] for word in row] for row in sets])
    return members, np.array([[word is not None for word in row] for row in sets])


@st.composite
def tables(draw: st.DrawFn) -> Votes:
    word = st.one_of(st.none(), st.sampled_from(["", "a", "b", "c", "ab", "bc", "abc"]))
    rows = draw(st.lists(st.lists(word, min_size=3, max_size=3), min_size=1, max_size=8))
    members, voted = table(rows)
    if not voted.any():
        voted[0, 0] = True
    return members, voted


def share(members: np.ndarray, voted: np.ndarray, weights: list[Fraction]) -> np.ndarray:
    """The definition: of the raters who voted, how much weight gave the label; exact."""
    shares = np.zeros((members.shape[0], members.shape[2]))
    for row in range(members.shape[0]):
        total = sum(weight for rater, weight in enumerate(weights) if voted[row, rater])
        for label in range(members.shape[2]):
            gave = sum(w for rater, w in enumerate(weights) if voted[row, rater] and members[row, rater, label])
            shares[row, label] = float(gave / total) if total else 0.0
    return shares


def one_against_rest(
    members: np.ndarray, voted: np.ndarray, steps: int, smoothing: float, weights: list[float]
) -> np.ndarray:
    """The definition: for each label two classes, and Dawid and Skene's equations with products and loops."""
    scores = np.zeros((members.shape[0], members.shape[2]))
    rows = [row for row in range(len(members)) if voted[row].any()]
    raters = range(members.shape[1])
    for label in range(members.shape[2]):
        votes = {(row, r): int(members[row, r, label]) for row in rows for r in raters if voted[row, r]}
        if len(set(votes.values())) == 1:
            scores[rows, label] = float(next(iter(votes.values())))
            continue
        with_label = {}
        for row in rows:
            own = [vote for (other, _), vote in votes.items() if other == row]
            with_label[row] = sum(own) / len(own)
        for _ in range(steps):
            posterior = {row: (1 - with_label[row], with_label[row]) for row in rows}
            prior = [sum(weights[row] * posterior[row][k] for row in rows) for k in (0, 1)]
            counts = {(r, k): [smoothing, smoothing] for r in raters for k in (0, 1)}
            for (row, r), vote in votes.items():
                for k in (0, 1):
                    counts[r, k][vote] += weights[row] * posterior[row][k]
            for row in rows:
                joint = list(prior)
                for (other, r), vote in votes.items():
                    if other == row:
                        joint = [joint[k] * counts[r, k][vote] / (sum(counts[r, k]) or 1.0) for k in (0, 1)]
                with_label[row] = joint[1] / sum(joint)
        for row in rows:
            scores[row, label] = with_label[row]
    return scores


class TestCounting:
    def test_half_of_the_raters_are_not_enough(self) -> None:
        members, voted = table([["ab", "b", "a", ""], ["c", None, None, "a"], [None] * 4, ["", "c", "c", None]])
        result = label_decisions(members, voted)
        assert result.scores.tolist() == [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0] * 3, [0.0, 0.0, 2 / 3]]
        assert result.labels.tolist() == [[False] * 3, [False] * 3, [False] * 3, [False, False, True]]
        assert result.recipe == {"method": "majority", "num_classes": 3, "threshold": 0.5}
        assert (result.confusion, result.priors, result.iterations, result.converged) == (None, None, None, None)

    def test_soft_takes_any_rater(self) -> None:
        members, voted = table([["ab", "b", "a", ""], ["c", None, None, ""], [None] * 4])
        result = label_decisions(members, voted, method="soft")
        assert result.labels.tolist() == [[True, True, False], [False, False, True], [False] * 3]
        assert result.recipe == {"method": "soft", "num_classes": 3, "threshold": 0.0}

    def test_the_share_must_be_above_the_threshold(self) -> None:
        members, voted = table([["a", "a", "b", "b", "b"], ["a", "a", "a", "", "a"]])
        for threshold, expected in ((0.4, [False, True]), (0.39, [True, True]), (0.8, [False, False])):
            for method in ("majority", "soft"):
                result = label_decisions(members, voted, method=method, threshold=threshold)
                assert result.labels[:, 0].tolist() == expected and result.recipe["threshold"] == threshold

    def test_weights_that_are_even_are_no_majority(self) -> None:
        members, voted = table([["a", "b", "b"], ["b", "a", "a"]])
        result = label_decisions(members, voted, rater_weights=[0.3, 0.1, 0.2])
        assert not result.labels.any() and result.recipe["rater_weights"] == [0.3, 0.1, 0.2]

    @PROPERTY
    @given(
        tables(),
        st.lists(st.fractions(0, 3, max_denominator=7), min_size=3, max_size=3).filter(any),
        st.floats(0, 1, exclude_max=True),
    )
    def test_it_is_the_definition(self, votes: Votes, weights: list[Fraction], threshold: float) -> None:
        for given_weights, own in ((None, [Fraction(1)] * 3), (weights, weights)):
            expected = share(*votes, own)
            for method, usual in (("majority", 0.5), ("soft", 0.0)):
                plain = label_decisions(*votes, method=method, rater_weights=given_weights)  # type: ignore[arg-type]
                other = label_decisions(*votes, method=method, rater_weights=given_weights, threshold=threshold)  # type: ignore[arg-type]
                assert np.array_equal(plain.scores, expected) and np.array_equal(other.scores, expected)
                assert np.array_equal(plain.labels, expected > usual)
                clear = np.abs(expected - threshold) > SUMS
                assert np.array_equal(other.labels[clear], (expected > threshold)[clear])

    @PROPERTY
    @given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=8), st.integers(1, 5))
    def test_raters_who_agree_keep_every_label(self, sets: list[list[bool]], raters: int) -> None:
        members = np.repeat(np.array(sets)[:, None, :], raters, axis=1)
        voted = np.ones((len(sets), raters), bool)
        for options in ({}, {"method": "soft"}, {"rater_weights": np.arange(1, raters + 1)}):
            result = label_decisions(members, voted, **options)
            assert np.array_equal(result.labels, sets) and np.array_equal(result.scores, np.array(sets, float))


class TestExpectationMaximisation:
    @EM_PROPERTY
    @given(tables(), st.integers(1, 6), st.sampled_from([0.0, 0.5]), st.booleans())
    def test_it_is_the_definition(self, votes: Votes, steps: int, smoothing: float, weighted: bool) -> None:
        weights = [1.0 + row / 4 for row in range(len(votes[0]))] if weighted else [1.0] * len(votes[0])
        expected = one_against_rest(*votes, steps, smoothing, weights)
        result = label_decisions(
            *votes, method="dawid_skene", max_iterations=steps, smoothing=smoothing, row_weights=weights
        )
        assert np.abs(result.scores - expected).max() < STEPS
        clear = np.abs(expected - 0.5) > PAST_TIES
        assert np.array_equal(result.labels[clear], (expected > 0.5)[clear])

    @EM_PROPERTY
    @given(tables(), st.randoms(use_true_random=False), st.sampled_from([0.0, 0.1]))
    def test_no_order_changes_a_bit(self, votes: Votes, random: Random, smoothing: float) -> None:
        members, voted = votes
        rows, raters, labels = (list(range(size)) for size in members.shape)
        for order in (rows, raters, labels):
            random.shuffle(order)
        straight = label_decisions(members, voted, method="dawid_skene", smoothing=smoothing)
        mixed = label_decisions(
            members[rows][:, raters][:, :, labels], voted[rows][:, raters], method="dawid_skene", smoothing=smoothing
        )
        assert np.array_equal(mixed.scores, straight.scores[rows][:, labels])
        assert np.array_equal(mixed.labels, straight.labels[rows][:, labels])

    def test_a_label_of_nobody_or_of_all_follows_without_em(self) -> None:
        members, voted = table([["a", "ab", "a"], ["ab", "a", "ab"], [None, "a", None], [None] * 3, ["ab", "ab", "ab"]])
        for prior in ("estimated", "uniform", [0.2, 0.3, 0.4]):
            result = label_decisions(members, voted, method="dawid_skene", smoothing=1.0, prior=prior, tolerance=1e-9)
            assert result.scores[:, 0].tolist() == [1.0, 1.0, 1.0, 0.0, 1.0]
            assert result.scores[:, 2].tolist() == [0.0] * 5
            assert result.confusion is not None and result.priors is not None
            assert result.confusion[0].tolist() == [[[0.0, 0.0], [0.0, 1.0]]] * 3
            assert result.confusion[2].tolist() == [[[1.0, 0.0], [0.0, 0.0]]] * 3
            assert result.iterations is not None and result.converged is not None
            assert result.iterations[[0, 2]].tolist() == [0, 0] and result.converged[[0, 2]].tolist() == [True, True]
            assert 0 < result.scores[0, 1] < 1 and result.iterations[1] >= 1
            assert np.array_equal(
                label_posteriors(members, voted, confusion=result.confusion, priors=result.priors)[:, :, 1] > 0.5,
                result.labels,
            )
        edges = label_decisions(members, voted, method="dawid_skene").priors
        assert edges is not None and edges[[0, 2]].tolist() == [1.0, 0.0]

    @EM_PROPERTY
    @given(tables(), st.sampled_from([0.0, 0.5]))
    def test_the_votes_that_were_fitted_get_their_scores_again(self, votes: Votes, smoothing: float) -> None:
        result = label_decisions(*votes, method="dawid_skene", smoothing=smoothing, max_iterations=5)
        assert result.confusion is not None and result.priors is not None
        again = label_posteriors(*votes, confusion=result.confusion, priors=result.priors)
        assert np.abs(again[:, :, 1] - result.scores).max() < SUMS
        assert np.abs(again.sum(axis=2) - votes[1].any(axis=1, keepdims=True)).max() < SUMS

    def test_votes_that_are_impossible_with_and_without_a_label_give_zeros(self) -> None:
        members, voted = table([["a", "a", "a"], ["", "", ""], ["b", "b", "b"]])
        result = label_decisions(members[:2], voted[:2], method="dawid_skene")
        assert result.confusion is not None and result.priors is not None
        found = label_posteriors(members, voted, confusion=result.confusion, priors=result.priors)
        assert found[2].tolist() == [[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]]

    def test_the_recipe_has_every_option_and_the_arrays_their_shapes(self) -> None:
        members = np.eye(4, dtype=bool)[np.maximum(SMALL, 0)]
        result = label_decisions(
            members,
            SMALL >= 0,
            method="dawid_skene",
            threshold=0.7,
            init="majority",
            max_iterations=400,
            tolerance=1e-3,
            smoothing=0.5,
            prior=(0.5, 0.25, 0.25, 0.125),
        )
        assert result.recipe == {
            "method": "dawid_skene",
            "num_classes": 4,
            "threshold": 0.7,
            "one_against_rest": True,
            "init": "majority",
            "max_iterations": 400,
            "tolerance": 1e-3,
            "smoothing": 0.5,
            "prior": [0.5, 0.25, 0.25, 0.125],
        }
        assert json.loads(json.dumps(result.recipe)) == result.recipe
        assert result.confusion is not None and result.confusion.shape == (4, 4, 2, 2)
        assert result.priors is not None and result.priors.tolist() == [0.5, 0.25, 0.25, 0.125]
        assert result.converged is not None and result.converged.all()
        assert result.iterations is not None and (result.iterations[:3] > 1).all() and result.iterations[3] == 0
        assert np.array_equal(result.labels, result.scores > 0.7)
        assert repr(result) == (
            "LabelDecisions(method='dawid_skene', threshold=0.7, scores=float64[24, 4], labels=bool[24, 4], "
            "confusion=float64[4, 4, 2, 2])"
        )
        back = pickle.loads(pickle.dumps(result))
        assert back.recipe == result.recipe and np.array_equal(back.scores, result.scores)
        with pytest.raises(ValueError, match="read-only"):
            result.labels[0] = True

    def test_a_fixed_number_of_steps_says_nothing_of_convergence(self) -> None:
        members, voted = table([["a", "b", "a"], ["b", "b", "a"]])
        result = label_decisions(members, voted, method="dawid_skene", max_iterations=3)
        assert result.converged is None and result.iterations is not None and result.iterations.tolist() == [3, 3, 0]


MEMBERS, VOTED = table([["a", "b"], ["ab", ""]])


def test_what_a_rater_who_did_not_vote_gave_is_ignored() -> None:
    members, voted = table([["a", "b", "a"], ["b", "b", "a"], ["", "ab", "b"]])
    voted[1, 2] = False
    without = members.copy()
    without[1, 2] = False
    for method in ("majority", "soft", "dawid_skene"):
        with_it = label_decisions(members, voted, method=method)
        assert np.array_equal(with_it.scores, label_decisions(without, voted, method=method).scores)


class TestRefusals:
    def test_ragged_rows_are_refused(self) -> None:
        ragged = [[[True], [False]], [[True]]]
        assert re.search("members must be bool", refusal_of(lambda: label_decisions(ragged, VOTED)))
        assert re.search("voted must be bool", refusal_of(lambda: label_decisions(MEMBERS, [[True], [True, False]])))

    @pytest.mark.parametrize(
        ("members", "voted", "message"),
        [
            (
                MEMBERS.astype(int),
                VOTED,
                r"members must be bool \[items, raters, labels\], got int64 of shape \(2, 2, 3\)",
            ),
            (MEMBERS[0], VOTED, r"got bool of shape \(2, 3\); say who gave which label"),
            (MEMBERS[:0], VOTED[:0], r"got bool of shape \(0, 2, 3\)"),
            (MEMBERS, VOTED[:1], r"voted must be bool \[items, raters\] of shape \(2, 2\), got bool of shape \(1, 2\)"),
            (MEMBERS, VOTED.astype(float), r"got float64 of shape \(2, 2\); say who voted on which item"),
        ],
        ids=["integers", "2-d", "empty", "rows", "floats"],
    )
    def test_wrong_votes_are_refused(self, members: np.ndarray, voted: np.ndarray, message: str) -> None:
        assert re.search(message, refusal_of(lambda: label_decisions(members, voted)))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"method": "one_coin"}, 'method must be "majority", "soft" or "dawid_skene", got .one_coin.'),
            ({"threshold": 1.0}, "threshold must be a number from 0 to below 1, got 1.0; no score is above 1"),
            ({"threshold": -0.1}, "got -0.1"),
            ({"threshold": float("nan")}, "got nan"),
            ({"threshold": True}, "got True"),
            ({"rater_weights": [1]}, "rater_weights must be 2 numbers of 0 or more"),
            ({"row_weights": [1]}, "row_weights must be 2 numbers"),
            (
                {"method": "dawid_skene", "rater_weights": [1, 1]},
                "rater_weights must be None for dawid_skene, got weights",
            ),
            ({"method": "dawid_skene", "init": "random"}, "init must be"),
            ({"method": "dawid_skene", "max_iterations": 0}, "max_iterations must be"),
            ({"method": "dawid_skene", "smoothing": -1}, "smoothing must be"),
            (
                {"method": "dawid_skene", "prior": "mine"},
                "'estimated', 'uniform' or 3 numbers between 0 and 1, one for each",
            ),
            ({"method": "dawid_skene", "prior": [0.5, 0.5]}, r"got \[0.5, 0.5\]; leave it out to estimate it"),
            ({"method": "dawid_skene", "prior": [0.5, 0.5, 1.0]}, r"got \[0.5, 0.5, 1.0\]"),
        ],
        ids=lambda value: (
            ", ".join(f"{name}={each}" for name, each in value.items()) if isinstance(value, dict) else ""
        ),
    )
    def test_wrong_options_are_refused(self, options: dict[str, Any], message: str) -> None:
        assert re.search(message, refusal_of(lambda: label_decisions(MEMBERS, VOTED, **options)))

    def test_votes_that_are_all_missing_leave_nothing_to_estimate(self) -> None:
        nobody = np.zeros_like(VOTED)
        assert not label_decisions(MEMBERS, nobody, method="soft").scores.any()
        assert re.search(
            "votes must have at least one vote for dawid_skene, got 2 items without votes",
            refusal_of(lambda: label_decisions(MEMBERS, nobody, method="dawid_skene")),
        )

    def test_raters_and_priors_of_other_labels_are_refused(self) -> None:
        tables, priors = np.full((3, 2, 2, 2), 0.5), [0.5] * 3
        for confusion, given_priors, message in (
            (
                tables[:2],
                priors,
                r"confusion must be numbers \[labels, raters, 2, 2\] for 3 labels, got shape \(2, 2, 2, 2\)",
            ),
            (tables[:, :1], priors, "votes must have the 1 raters of confusion, got 2 raters"),
            (tables, priors[:2], r"priors must be 3 numbers from 0 to 1, one for each label, got \[0.5, 0.5\]"),
            (tables, [0.5, 0.5, 1.1], r"got \[0.5, 0.5, 1.1\]; give those of label_decisions"),
        ):
            text = refusal_of(
                lambda c=confusion, p=given_priors: label_posteriors(MEMBERS, VOTED, confusion=c, priors=p)  # type: ignore[misc]
            )
            assert re.search(message, text)
