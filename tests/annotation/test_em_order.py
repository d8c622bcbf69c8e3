"""EM does not depend on the order of raters, items and classes: not by a bit."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from vote_matrices import EM_METHODS, EM_PROPERTY, METHODS, PROPERTY, SMALL, Method, matrices

from emos_io.annotation import dawid_skene, one_coin
from emos_io.annotation.checks import TIE

LATIN = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]])
"""Each class stands once in each row and column, so the votes favour no class."""
PAIR = np.array([[0, 1], [1, 0], [0, 0], [1, 1]])
"""Nothing tells one class from the other, nor one rater from the other."""
SADDLE = np.array([[0, 1, 2, -1], [1, 2, 0, -1], [2, 0, 1, -1], [0, 0, 1, 1], [1, 1, 2, 2], [2, 2, 0, 0]])
"""The classes can be exchanged in a circle, with the items."""


def reordered(votes: np.ndarray, random: Random) -> tuple[np.ndarray, list[int], list[int], np.ndarray]:
    """The votes with items, raters and classes in another order; and the three orders."""
    items, raters, classes = list(range(votes.shape[0])), list(range(votes.shape[1])), list(range(3))
    for order in (items, raters, classes):
        random.shuffle(order)
    new = np.argsort(classes)
    return np.where(votes < 0, -1, new[votes])[items][:, raters], items, raters, np.array(classes)


@EM_PROPERTY
@given(matrices(), st.randoms(use_true_random=False), st.sampled_from(["vote_fraction", "majority"]))
@example(LATIN, Random(1), "vote_fraction")
@example(PAIR, Random(2), "vote_fraction")
@example(SADDLE, Random(3), "majority")
@example(SMALL, Random(4), "majority")
def test_no_order_changes_a_bit(votes: np.ndarray, random: Random, init: str) -> None:
    mixed, items, raters, classes = reordered(votes, random)
    for method in EM_METHODS:
        straight, other = method(votes, 3, init=init), method(mixed, 3, init=init)
        assert straight.confusion is not None and other.confusion is not None
        assert straight.prior is not None and other.prior is not None
        assert np.array_equal(other.probabilities, straight.probabilities[items][:, classes])
        assert np.array_equal(other.confusion, straight.confusion[raters][:, classes][:, :, classes])
        assert np.array_equal(other.prior, straight.prior[classes])
        assert other.log_likelihood == straight.log_likelihood
        best = np.sort(straight.probabilities[items], axis=1)
        clear = best[:, -1] - best[:, -2] > TIE
        assert np.array_equal(classes[other.labels][clear], straight.labels[items][clear])


@pytest.mark.parametrize("method", EM_METHODS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("steps", [50, 500])
def test_votes_that_favour_no_class_stay_between_them(method: Method, smoothing: float, steps: int) -> None:
    latin = method(LATIN, 3, smoothing=smoothing, max_iterations=steps)
    assert (latin.probabilities == latin.probabilities[0, 0]).all() and latin.labels.tolist() == [0, 0, 0]
    pair = method(PAIR, 2, smoothing=smoothing, max_iterations=steps).probabilities
    assert np.array_equal(pair[0], pair[1]) and np.array_equal(pair[2], pair[3][::-1])
    circle = method(SADDLE, 3, smoothing=smoothing, max_iterations=steps).probabilities
    assert np.array_equal(circle[1], np.roll(circle[0], 1)) and np.array_equal(circle[4], np.roll(circle[3], 1))


@PROPERTY
@given(matrices(), st.randoms(use_true_random=False))
def test_counting_votes_has_no_order(votes: np.ndarray, random: Random) -> None:
    mixed, items, raters, classes = reordered(votes, random)
    weights = np.array([0.1, 0.3, 1.7, 0.0])
    for method in (each for each in METHODS if each not in EM_METHODS):
        for straight, other in (
            (method(votes, 3), method(mixed, 3)),
            (method(votes, 3, rater_weights=weights), method(mixed, 3, rater_weights=weights[raters])),
        ):
            assert np.array_equal(other.probabilities, straight.probabilities[items][:, classes])


def test_many_rows_and_raters_have_no_order_either() -> None:
    g = np.random.default_rng(11)
    truth = g.integers(0, 3, 3000)
    votes = np.where(g.random((3000, 9)) < 0.6, truth[:, None], g.integers(-1, 3, (3000, 9)))
    weights = g.random(3000)
    mixed, items, _, classes = reordered(votes, Random(5))
    for method in (dawid_skene, one_coin):
        straight = method(votes, 3, max_iterations=20, row_weights=weights)
        other = method(mixed, 3, max_iterations=20, row_weights=weights[items])
        assert np.array_equal(other.probabilities, straight.probabilities[items][:, classes])
