"""Labels from votes: small cases by hand, properties, crowd-kit, and the published labels of EmoS."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
import release
from hypothesis import given, settings
from hypothesis import strategies as st
from release import BASIC7

from emos_io.annotation import (
    EMOS_TOLERANCE,
    Aggregated,
    confidence_tier,
    dawid_skene,
    majority,
    num_unique_labels,
    one_coin,
    soft,
)
from emos_io.errors import InvalidArgument
from oracle.refusals import refusal_of

PUBLISHED = 1e-12
"""The published numbers are doubles; 50 EM steps in another order of additions move them by about 1e-14."""
CROWDKIT = 1e-9
"""crowd-kit clips probabilities at 1e-10, which moves posteriors by as much."""
REORDERED = 1e-9
"""Sums in another order differ in the last digits; a few EM steps make that larger, not 1e5 times so."""
SUMS = 1e-12
"""Rounding of a sum of a few doubles."""
LIKELIHOOD = 1e-9
"""EM at its maximum moves the likelihood by rounding only, relative to its size."""
CHANGED = 1e-4
"""Far above any rounding: the answer is another."""
LOG_SUMS = 1e-10
"""Rounding of a sum of some dozen logarithms, each up to ten."""

PROPERTY = settings(deadline=None, max_examples=60)
"""Property tests run on a busy machine, so none has a deadline."""

Method = Callable[..., Aggregated]
EM_METHODS: list[Method] = [dawid_skene, one_coin]
METHODS: list[Method] = [majority, soft, *EM_METHODS]

SMALL = np.array(
    [
        *(
            [1, 1, 1, 0],
            [0, 0, 0, 1],
            [2, 2, 2, 2],
            [0, 0, 0, 0],
            [2, 2, 0, -1],
            [2, -1, 2, 2],
            [2, -1, 2, 0],
            [-1, 2, -1, 1],
        ),
        *(
            [1, 0, 0, 0],
            [2, 2, 1, 2],
            [2, 2, 2, 1],
            [-1, 1, -1, 1],
            [2, 0, 2, 1],
            [0, 0, 0, -1],
            [1, 2, 2, 2],
            [0, 0, 2, 0],
        ),
        *(
            [2, 2, 2, -1],
            [-1, 1, 1, -1],
            [-1, 1, 1, 1],
            [-1, 2, -1, -1],
            [2, 0, 1, 1],
            [0, 0, 0, 2],
            [0, 0, 0, 0],
            [0, 0, 0, 0],
        ),
    ]
)
"""24 items, 4 raters, 3 classes, some votes missing."""

# crowd-kit 1.4.2 on SMALL: DawidSkene(n_iter=10, tol=-1e9) and OneCoinDawidSkene(n_iter=10, tol=-1e9),
# fit_predict_proba, largest of each row. The tolerance below 0 keeps its loop from stopping early.
CROWDKIT_SMALL: dict[Method, list[float]] = {
    dawid_skene: [
        *(0.9999999999996376, 0.9999999999992286, 1.0, 0.9999999999999516, 0.9999999999999987, 0.9999999993771223),
        *(0.9999520280314562, 0.999988195753488, 0.9965971092514844, 0.9999999999999987, 0.999999999385855),
        *(0.999999999979055, 0.9999459117698156, 0.9999999999997171, 0.9999999998222362, 0.9999999999976337),
        *(0.9999999996751596, 0.9999999999960403, 0.9999999999979057, 0.9999937537311094, 0.799789704050883),
        *(0.9999999999990348, 0.9999999999999516, 0.9999999999999516),
    ],
    one_coin: [
        *(0.9963323349930501, 0.9988770791202565, 0.9998218458763406, 0.9997429922694697, 0.9744620150079749),
        *(0.9954109584540406, 0.9708661195949684, 0.9310325280490831, 0.9900237922926733, 0.994865575432772),
        *(0.9991779694410198, 0.9408698443487751, 0.8039105631018052, 0.9992620072392611, 0.9922477842288849),
        *(0.9862919728390639, 0.9994883583325918, 0.9791217132427141, 0.9926323044210964, 0.9559391614057209),
        *(0.5099511031728091, 0.9982669363058101, 0.9997429922694697, 0.9997429922694697),
    ],
}


def matrices(num_classes: int = 3, raters: int = 4, least: int = -1) -> st.SearchStrategy[np.ndarray]:
    row = st.lists(st.integers(least, num_classes - 1), min_size=raters, max_size=raters)
    return st.lists(row, min_size=1, max_size=12).map(np.array).filter(lambda votes: bool((votes >= 0).any()))


def by_the_book(votes: np.ndarray, kinds: int, steps: int) -> tuple[np.ndarray, float]:
    """Dawid-Skene as the paper writes it: products of probabilities, loops, all votes present; and the log-likelihood."""
    joint = np.ones((len(votes), kinds))
    posterior = np.array([[np.mean(row == k) for k in range(kinds)] for row in votes])
    for _ in range(steps):
        prior = posterior.mean(axis=0)
        table = np.zeros((votes.shape[1], kinds, kinds))
        for rater in range(votes.shape[1]):
            for item, row in enumerate(votes):
                table[rater, :, row[rater]] += posterior[item]
            table[rater] /= table[rater].sum(axis=1, keepdims=True)
        joint = np.array([prior * np.prod([table[r, :, vote] for r, vote in enumerate(row)], axis=0) for row in votes])
        posterior = joint / joint.sum(axis=1, keepdims=True)
    return posterior, float(np.log(joint.sum(axis=1)).sum())


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


class TestExpectationMaximisation:
    @pytest.mark.parametrize("steps", [1, 2, 7])
    def test_a_step_is_confusion_and_prior_then_probabilities(self, steps: int) -> None:
        votes = SMALL[(SMALL >= 0).all(axis=1)]
        result = dawid_skene(votes, 3, max_iterations=steps)
        assert result.iterations == steps and result.converged is None
        posterior, log_likelihood = by_the_book(votes, 3, steps)
        assert np.abs(result.probabilities - posterior).max() < SUMS
        assert result.log_likelihood is not None and abs(result.log_likelihood[-1] - log_likelihood) < LOG_SUMS

    @pytest.mark.parametrize("method", EM_METHODS)
    def test_crowd_kit_once_gave_the_same(self, method: Method) -> None:
        result = method(SMALL, 3, max_iterations=10)
        assert np.abs(result.confidence - CROWDKIT_SMALL[method]).max() < CROWDKIT

    @pytest.mark.parametrize("half", ["small", "first", "last"])
    @pytest.mark.parametrize(("method", "name"), [(dawid_skene, "DawidSkene"), (one_coin, "OneCoinDawidSkene")])
    @pytest.mark.filterwarnings("ignore")
    def test_crowd_kit_gives_the_same(self, method: Method, name: str, half: str) -> None:
        crowdkit = pytest.importorskip("crowdkit.aggregation", reason="crowd-kit is heavy, and only an oracle")
        pandas = pytest.importorskip("pandas", reason="crowd-kit takes tables of pandas")
        votes, kinds = (SMALL, 3) if half == "small" else (release.chsims(half)["votes"], len(BASIC7))
        item, rater = np.nonzero(votes >= 0)
        table = pandas.DataFrame({"task": item, "worker": rater, "label": votes[item, rater]})
        # A tolerance of 0 would stop it where its bound, which is not the likelihood, falls.
        model = getattr(crowdkit, name)(n_iter=50, tol=-1e9)
        theirs = model.fit_predict_proba(table).sort_index().reindex(columns=range(kinds)).to_numpy()
        assert np.abs(method(votes, kinds).probabilities - theirs).max() < CROWDKIT

    @pytest.mark.parametrize("method", EM_METHODS)
    def test_the_recipe_and_the_tables_come_back(self, method: Method) -> None:
        result = method(SMALL, 3, init="majority", max_iterations=4, smoothing=0.5, prior=[0.2, 0.3, 0.5])
        options = {
            "init": "majority",
            "max_iterations": 4,
            "tolerance": 0.0,
            "smoothing": 0.5,
            "prior": [0.2, 0.3, 0.5],
        }
        assert result.recipe == {"method": method.__name__, "num_classes": 3, **options}
        assert json.loads(json.dumps(result.recipe)) == result.recipe
        assert result.confusion is not None and result.confusion.shape == (4, 3, 3)
        assert np.abs(result.confusion.sum(axis=2) - 1).max() < SUMS
        assert result.log_likelihood is not None and len(result.log_likelihood) == 4
        back = pickle.loads(pickle.dumps(result))
        assert back.recipe == result.recipe and np.array_equal(back.probabilities, result.probabilities)

    def test_one_coin_errs_evenly(self) -> None:
        tables = one_coin(SMALL, 3).confusion
        assert tables is not None
        for table in tables:
            wrong = table[~np.eye(3, dtype=bool)]
            assert np.ptp(wrong) == 0 and np.ptp(np.diag(table)) == 0 and wrong[0] < table[0, 0]

    def test_tolerance_stops_and_says_so(self) -> None:
        stopped = dawid_skene(SMALL, 3, tolerance=1e-3, max_iterations=500)
        assert stopped.converged is True and stopped.iterations is not None and 1 < stopped.iterations < 500
        same = dawid_skene(SMALL, 3, max_iterations=stopped.iterations)
        assert np.array_equal(stopped.probabilities, same.probabilities) and same.converged is None
        assert dawid_skene(SMALL, 3, tolerance=1e-3, max_iterations=stopped.iterations - 1).converged is False
        steps = [dawid_skene(SMALL, 3, max_iterations=stopped.iterations - back).probabilities for back in (0, 1, 2)]
        last, one_before = (np.abs(steps[i] - steps[i + 1]).mean() for i in (0, 1))
        assert last < 1e-3 <= one_before

    def test_options_change_the_answer(self) -> None:
        base = dawid_skene(SMALL, 3, max_iterations=3).probabilities
        for option in ({"init": "majority"}, {"smoothing": 1.0}, {"prior": "uniform"}, {"prior": [0.8, 0.1, 0.1]}):
            assert np.abs(dawid_skene(SMALL, 3, max_iterations=3, **option).probabilities - base).max() > CHANGED, (
                option
            )

    def test_smoothing_is_added_to_each_count(self) -> None:
        table = dawid_skene([[0], [0], [1]], 2, max_iterations=1, smoothing=1.0).confusion
        assert table is not None and np.abs(table[0] - [[3 / 4, 1 / 4], [1 / 3, 2 / 3]]).max() < SUMS
        coin = one_coin([[0], [0], [1]], 2, max_iterations=1, smoothing=1.0).confusion
        assert coin is not None and np.abs(coin[0] - [[4 / 5, 1 / 5], [1 / 5, 4 / 5]]).max() < SUMS

    @pytest.mark.parametrize("method", EM_METHODS)
    def test_many_raters_do_not_underflow(self, method: Method) -> None:
        g = np.random.default_rng(5)
        truth = g.integers(0, 4, 40)
        votes = np.where(g.random((40, 3000)) < 0.4, truth[:, None], g.integers(0, 4, (40, 3000)))
        result = method(votes, 4, max_iterations=5)
        assert result.labels.tolist() == truth.tolist()
        assert np.isfinite(result.probabilities).all() and np.isfinite(result.log_likelihood or [np.nan]).all()

    @pytest.mark.parametrize("method", EM_METHODS)
    def test_items_and_raters_without_votes_change_nothing(self, method: Method) -> None:
        padded = np.full((SMALL.shape[0] + 2, SMALL.shape[1] + 1), -1)
        padded[1:-1, :-1] = SMALL
        plain, result = method(SMALL, 3), method(padded, 3)
        assert np.array_equal(result.probabilities[1:-1], plain.probabilities)
        assert result.labels[[0, -1]].tolist() == [-1, -1] and result.confidence[[0, -1]].tolist() == [0.0, 0.0]
        assert not result.probabilities[[0, -1]].any()
        assert result.confusion is not None and not result.confusion[-1].any()


class TestProperties:
    @PROPERTY
    @given(matrices())
    def test_rows_are_probabilities_or_zeros(self, votes: np.ndarray) -> None:
        voted = (votes >= 0).any(axis=1)
        for method in METHODS:
            result = method(votes, 3)
            assert np.isfinite(result.probabilities).all() and (result.probabilities >= 0).all()
            assert np.abs(result.probabilities.sum(axis=1) - voted).max() < SUMS
            assert ((result.labels >= 0) == voted).all()
            assert np.array_equal(result.confidence, result.probabilities.max(axis=1))

    @PROPERTY
    @given(matrices())
    def test_em_never_lowers_the_likelihood(self, votes: np.ndarray) -> None:
        for method in EM_METHODS:
            history = np.array(method(votes, 3).log_likelihood)
            assert (np.diff(history) > -LIKELIHOOD * np.abs(history).max() - SUMS).all()

    @PROPERTY
    @given(matrices(), st.randoms(use_true_random=False))
    def test_the_order_of_raters_and_items_changes_nothing(self, votes: np.ndarray, random: Random) -> None:
        items, raters = list(range(votes.shape[0])), list(range(votes.shape[1]))
        random.shuffle(items)
        random.shuffle(raters)
        for method in METHODS:
            # A few steps: many would magnify the last digits where EM is balanced between two answers.
            options = {"max_iterations": 4} if method in EM_METHODS else {}
            straight, mixed = method(votes, 3, **options), method(votes[items][:, raters], 3, **options)
            assert np.abs(mixed.probabilities - straight.probabilities[items]).max() < REORDERED

    @PROPERTY
    @given(matrices(raters=1))
    def test_one_rater_is_believed(self, votes: np.ndarray) -> None:
        for method in METHODS:
            result = method(votes, 3)
            assert np.array_equal(result.labels, votes[:, 0])
            assert np.array_equal(result.confidence, (votes[:, 0] >= 0).astype(float))

    @PROPERTY
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


class TestPublishedLabels:
    @pytest.mark.parametrize(("half", "items"), [("first", 2499), ("last", 1904)])
    @pytest.mark.parametrize("tolerance", [0.0, EMOS_TOLERANCE])
    def test_dawid_skene_gives_the_published_labels(self, half: str, items: int, tolerance: float) -> None:
        published = release.chsims(half)
        result = dawid_skene(published["votes"], 7, tolerance=tolerance)
        assert result.iterations == 50 and len(result.labels) == items
        assert np.array_equal(result.labels, published["labels"])
        assert np.abs(result.confidence - published["confidence"]).max() < PUBLISHED

    @pytest.mark.parametrize("half", ["first", "last"])
    def test_another_number_of_steps_does_not(self, half: str) -> None:
        published = release.chsims(half)
        for steps in (49, 51):
            result = dawid_skene(published["votes"], 7, max_iterations=steps)
            assert np.abs(result.confidence - published["confidence"]).max() > CHANGED


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
