"""How much a rater's votes say: by definition, and of invented raters whose quality is known."""

from __future__ import annotations

import math
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from vote_matrices import PROPERTY

from emos_io.annotation import dawid_skene, informativeness
from oracle.refusals import refusal_of

SUMS = 1e-9
"""Rounding of differences of logarithms of doubles, relative to an entropy that is not small."""
NEAR = 0.10
"""How near an estimated confusion matrix must come to the true one."""

CLASSES, ITEMS_EACH, SEEDS = 4, 150, 100
GOOD = [0.95, 0.92, 0.9]
"""How often each good rater is right; errors go to any other class."""


def invented(seed: int, raters: int) -> np.ndarray:
    """Votes ``[N, raters]`` of three good raters, and of a fourth who answers at random."""
    g = np.random.default_rng(seed)
    truth = np.repeat(np.arange(CLASSES), ITEMS_EACH)
    columns = [
        np.where(g.random(truth.size) < right, truth, (truth + g.integers(1, CLASSES, truth.size)) % CLASSES)
        for right in GOOD
    ]
    return np.stack([*columns, g.integers(0, CLASSES, truth.size)], axis=1)[:, :raters]


class TestDefinition:
    @PROPERTY
    @given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=3, max_size=3))
    def test_it_is_mutual_information_over_entropy(self, counts: list[list[int]]) -> None:
        counted = np.array(counts) + np.eye(3, dtype=int)
        classes = counted.sum(axis=1)
        prior, confusion = classes / classes.sum(), counted / classes[:, None]
        votes, total = counted.sum(axis=0), counted.sum()
        information = sum(
            counted[k, v] / total * math.log(counted[k, v] * total / (classes[k] * votes[v]))
            for k in range(3)
            for v in range(3)
            if counted[k, v]
        )
        expected = information / -sum(p * math.log(p) for p in prior)
        found = informativeness([confusion, np.eye(3), np.full((3, 3), 1 / 3), np.roll(np.eye(3), 1, axis=1)], prior)
        assert np.abs(found - [expected, 1.0, 0.0, 1.0]).max() < SUMS
        assert ((found >= 0) & (found <= 1)).all()

    def test_classes_that_a_rater_never_met_are_left_out(self) -> None:
        tables = [
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]],
            [[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 0.0]],
            [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]],
            [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
        ]
        found = informativeness(tables, [0.25, 0.25, 0.5])
        assert np.abs(found - [1.0, 0.0, 0.0, 0.0]).max() < SUMS
        assert informativeness([np.eye(2)], [1.0, 0.0]).tolist() == [0.0]

    def test_what_is_no_probability_is_refused(self) -> None:
        assert re.search("confusion must be numbers", refusal_of(lambda: informativeness([[0.5, 0.5]], [0.5, 0.5])))
        assert re.search("prior must be 2 numbers", refusal_of(lambda: informativeness([np.eye(2)], [0.5, 0.1])))


class TestInventedRaters:
    def test_confusion_matrices_are_found_again(self) -> None:
        true = np.stack([np.where(np.eye(CLASSES, dtype=bool), right, (1 - right) / (CLASSES - 1)) for right in GOOD])
        near = 0
        for seed in range(SEEDS):
            result = dawid_skene(invented(seed, 3), CLASSES)
            assert result.confusion is not None
            near += bool(np.abs(result.confusion - true).max() <= NEAR)
        assert near >= 95

    def test_one_who_answers_at_random_is_the_least_informative(self) -> None:
        lowest = []
        for seed in range(SEEDS):
            result = dawid_skene(invented(seed, 4), CLASSES)
            assert result.confusion is not None and result.prior is not None
            lowest.append(int(informativeness(result.confusion, result.prior).argmin()))
        assert lowest == [3] * SEEDS
