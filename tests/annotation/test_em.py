"""Labels by EM: a step as the paper writes it, crowd-kit, given raters, and the published labels of EmoS."""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import release
from hypothesis import given
from hypothesis import strategies as st
from release import BASIC7
from vote_matrices import EM_METHODS, EM_PROPERTY, SMALL, Method, matrices

from emos_io.annotation import EMOS_TOLERANCE, class_posteriors, dawid_skene, majority, one_coin, soft
from emos_io.annotation.weights import checked_rater_weights, checked_row_weights
from oracle.refusals import refusal_of
from oracle.remember import ROOT

PUBLISHED = 1e-12
"""The published numbers are doubles; 50 EM steps in another order of additions move them by about 1e-14."""
CROWDKIT = 1e-9
"""crowd-kit clips probabilities at 1e-10, which moves posteriors by as much."""
SUMS = 1e-12
"""Rounding of a sum of a few doubles."""
LIKELIHOOD = 1e-9
"""EM at its maximum moves the likelihood by rounding only, relative to its size."""
CHANGED = 1e-4
"""Far above any rounding: the answer is another."""
LOG_SUMS = 1e-10
"""Rounding of a sum of some dozen logarithms, each up to ten."""

WEIGHTS = st.one_of(st.integers(1, 9), st.fractions(Fraction(1, 100), 50, max_denominator=1000), st.floats(0.01, 50.0))
"""Weights of rows, as callers have them."""

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

GOLDEN = json.loads((ROOT / "tests" / "golden" / "crowd_kit.json").read_text(encoding="utf-8"))
"""Matrices of votes with crowd-kit's answers; tests/golden/README.md says how they were made."""


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

    @pytest.mark.parametrize("matrix", GOLDEN, ids=lambda matrix: matrix["name"])
    def test_crowd_kit_gave_the_same_for_many_matrices(self, matrix: dict[str, Any]) -> None:
        votes, kinds = np.array(matrix["votes"]), matrix["classes"]
        methods: dict[str, Method] = {"majority": majority, "dawid_skene": dawid_skene, "one_coin": one_coin}
        assert Counter(each["method"] for each in matrix["answers"]) == {"majority": 1, "dawid_skene": 2, "one_coin": 2}
        for answer in matrix["answers"]:
            options = {"max_iterations": answer["steps"]} if "steps" in answer else {}
            result, theirs = methods[answer["method"]](votes, kinds, **options), np.array(answer["probabilities"])
            assert np.abs(result.probabilities - theirs).max() < CROWDKIT
            best = np.sort(theirs, axis=1)
            apart = best[:, -1] - best[:, -2] > CROWDKIT
            assert np.array_equal(result.labels[apart], theirs.argmax(axis=1)[apart]) and apart.sum() > len(votes) / 2

    def test_matrices_of_crowd_kit_are_of_many_shapes(self) -> None:
        shapes = {(each["classes"], len(each["votes"][0])) for each in GOLDEN}
        assert {kinds for kinds, _ in shapes} >= {2, 3, 4, 5, 7} and {raters for _, raters in shapes} == {3, 4, 5, 6}
        assert sum(min(map(min, each["votes"])) == -1 for each in GOLDEN) == len(GOLDEN) - 1

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

    @pytest.mark.parametrize("half", ["small", "first", "last"])
    @pytest.mark.filterwarnings("ignore")
    def test_crowd_kit_counts_the_same(self, half: str) -> None:
        crowdkit = pytest.importorskip("crowdkit.aggregation", reason="crowd-kit is heavy, and only an oracle")
        pandas = pytest.importorskip("pandas", reason="crowd-kit takes tables of pandas")
        votes, kinds = (SMALL, 3) if half == "small" else (release.chsims(half)["votes"], len(BASIC7))
        item, rater = np.nonzero(votes >= 0)
        table = pandas.DataFrame({"task": item, "worker": rater, "label": votes[item, rater]})
        theirs = (
            crowdkit.MajorityVote().fit_predict_proba(table).sort_index().reindex(columns=range(kinds), fill_value=0)
        )
        result = majority(votes, kinds)
        assert np.abs(result.probabilities - theirs.to_numpy()).max() < CROWDKIT
        labels = crowdkit.MajorityVote().fit_predict(table).sort_index().to_numpy()
        untied = majority(votes, kinds, ties="none").labels >= 0
        assert np.array_equal(result.labels[untied], labels[untied])

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


class TestGivenRaters:
    """The E step alone: raters and the prior are known."""

    @EM_PROPERTY
    @given(matrices(), st.sampled_from([0.0, 0.5]))
    def test_the_votes_that_were_fitted_get_their_probabilities_again(
        self, votes: np.ndarray, smoothing: float
    ) -> None:
        for method in EM_METHODS:
            result = method(votes, 3, smoothing=smoothing, max_iterations=7)
            assert result.confusion is not None and result.prior is not None
            again = class_posteriors(votes, confusion=result.confusion, prior=result.prior)
            assert np.array_equal(again, result.probabilities)
            one = class_posteriors(votes[:1], confusion=result.confusion, prior=result.prior)
            assert np.array_equal(one, result.probabilities[:1])

    def test_it_is_the_rule_of_bayes(self) -> None:
        tables = np.array([[[0.8, 0.2], [0.4, 0.6]], [[0.9, 0.1], [0.3, 0.7]]])
        votes, prior = [[0, 1], [1, -1], [-1, -1], [1, 1]], [0.25, 0.75]
        joint = [
            [0.25 * 0.8 * 0.1, 0.75 * 0.4 * 0.7],
            [0.25 * 0.2, 0.75 * 0.6],
            [0.0, 0.0],
            [0.25 * 0.2 * 0.1, 0.75 * 0.6 * 0.7],
        ]
        expected = [[value / (sum(row) or 1.0) for value in row] for row in joint]
        assert np.abs(class_posteriors(votes, confusion=tables, prior=prior) - expected).max() < SUMS

    def test_votes_that_no_class_can_have_give_zeros(self) -> None:
        tables = [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]]
        votes = [[0, 1, -1], [0, 0, -1], [0, 0, 0], [-1, -1, 1]]
        found = class_posteriors(votes, confusion=tables, prior=[0.5, 0.5])
        assert found.tolist() == [[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
        assert class_posteriors([[0, -1, -1]], confusion=tables, prior=[0.0, 1.0]).tolist() == [[0.0, 0.0]]

    def test_the_prior_of_a_result_is_the_one_of_its_last_step(self) -> None:
        before, result = dawid_skene(SMALL, 3, max_iterations=3), dawid_skene(SMALL, 3, max_iterations=4)
        assert result.prior is not None
        assert np.abs(result.prior - before.probabilities.mean(axis=0)).max() < SUMS
        fixed = dawid_skene(SMALL, 3, prior=[0.2, 0.3, 0.5]).prior
        uniform = dawid_skene(SMALL, 3, prior="uniform").prior
        assert fixed is not None and fixed.tolist() == [0.2, 0.3, 0.5]
        assert uniform is not None and uniform.tolist() == [1 / 3] * 3
        assert majority(SMALL, 3).prior is None

    @pytest.mark.parametrize(
        ("confusion", "prior", "message"),
        [
            (
                [[0.5, 0.5], [0.5, 0.5]],
                [0.5, 0.5],
                r"whose rows sum to 1 or are zeros, got shape \(2, 2\); give that of",
            ),
            ([[[0.5, 0.5], [0.5, 0.4]]], [0.5, 0.5], r"got \[0.5, 0.4\] at \[0, 1\]"),
            ([[[1.5, -0.5], [0.5, 0.5]]], [0.5, 0.5], r"got \[1.5, -0.5\] at \[0, 0\]"),
            ([[[float("nan"), 1.0], [0.5, 0.5]]], [0.5, 0.5], r"got \[nan, 1.0\] at \[0, 0\]"),
            ([[["a", "b"]]], [0.5, 0.5], "confusion must be numbers"),
            (
                [[[1.0, 0.0], [0.0, 1.0]]],
                [0.5, 0.6],
                r"prior must be 2 numbers of 0 or more with sum 1, got \[0.5, 0.6\]",
            ),
            ([[[1.0, 0.0], [0.0, 1.0]]], [1.0], r"prior must be 2 numbers of 0 or more with sum 1, got \[1.0\]"),
            (
                [[[1.0, 0.0], [0.0, 1.0]]] * 2,
                [0.5, 0.5],
                "votes must have the 2 raters of confusion, got 1 raters; give -1",
            ),
        ],
        ids=["2-d", "sum", "negative", "nan", "text", "prior sum", "prior shape", "raters"],
    )
    def test_what_is_no_probability_is_refused(self, confusion: object, prior: object, message: str) -> None:
        assert re.search(message, refusal_of(lambda: class_posteriors([[0]], confusion=confusion, prior=prior)))  # type: ignore[arg-type]


class TestRowWeights:
    @EM_PROPERTY
    @given(matrices(), st.data())
    def test_a_row_cut_into_two_changes_nothing(self, votes: np.ndarray, data: st.DataObject) -> None:
        weights = data.draw(st.lists(WEIGHTS, min_size=len(votes), max_size=len(votes)))
        row = data.draw(st.integers(0, len(votes) - 1))
        part = data.draw(st.sampled_from([Fraction(1, 2), Fraction(1, 3), Fraction(999, 1000)]))
        cut = [*weights, Fraction(weights[row]) * part]
        cut[row] = Fraction(weights[row]) * (1 - part)
        for method in EM_METHODS:
            once, parts = method(votes, 3, row_weights=weights), method([*votes, votes[row]], 3, row_weights=cut)
            assert np.array_equal(parts.probabilities, [*once.probabilities, once.probabilities[row]])
            assert parts.log_likelihood == once.log_likelihood
            for name in ("confusion", "prior"):
                assert np.array_equal(getattr(parts, name), getattr(once, name))

    @EM_PROPERTY
    @given(matrices(), st.data())
    def test_a_row_of_weight_n_counts_as_n_rows(self, votes: np.ndarray, data: st.DataObject) -> None:
        weights = data.draw(st.lists(st.integers(1, 5), min_size=len(votes), max_size=len(votes)))
        for method in EM_METHODS:
            options = {"smoothing": 0.25, "tolerance": 1e-5}
            weighted = method(votes, 3, row_weights=np.array(weights), **options)
            repeated = method(np.repeat(votes, weights, axis=0), 3, **options)
            assert np.array_equal(np.repeat(weighted.probabilities, weights, axis=0), repeated.probabilities)
            assert weighted.iterations == repeated.iterations and weighted.converged == repeated.converged
            assert weighted.log_likelihood == repeated.log_likelihood

    def test_seconds_are_exact(self) -> None:
        third = Fraction(1, 3)
        votes = [[0, 1], [0, 1], [0, 1], [1, 1]]
        cut = dawid_skene(votes, 2, row_weights=[third, third, third, 1])
        assert np.array_equal(cut.probabilities[2:], dawid_skene(votes[2:], 2).probabilities)

    @pytest.mark.parametrize("method", EM_METHODS)
    def test_integers_of_numpy_do_not_overflow(self, method: Method) -> None:
        """Sums and products of such weights are far above 64 bits."""
        large = np.iinfo(np.int64).max
        numbers = [large, large - 1, large - 2, 3]
        fraction: Any = Fraction  # of integers of numpy, which its types do not take
        fractions = [fraction(np.int64(number), np.int64(large - 7)) for number in numbers]
        cases: tuple[tuple[Any, list[Any]], ...] = (
            (np.array(numbers), numbers),
            ([np.uint8(200), np.uint8(201), np.uint8(7), np.uint8(1)], [200, 201, 7, 1]),
            (fractions, [Fraction(number, large - 7) for number in numbers]),
        )
        for weights, plain in cases:
            for exact in checked_row_weights(weights, 4), checked_rater_weights(weights, 4):
                assert exact == tuple(map(Fraction, plain))
                assert {type(part) for each in exact for part in (each.numerator, each.denominator)} == {int}
            votes = [[0, 1], [0, 0], [1, 1], [1, 0]]
            found, expected = method(votes, 2, row_weights=weights), method(votes, 2, row_weights=plain)
            assert np.array_equal(found.probabilities, expected.probabilities)

    def test_weights_change_the_answer_and_are_not_in_the_recipe(self) -> None:
        plain = dawid_skene(SMALL, 3)
        weighted = dawid_skene(SMALL, 3, row_weights=[1 + row % 3 for row in range(len(SMALL))])
        assert np.abs(plain.probabilities - weighted.probabilities).max() > CHANGED
        assert weighted.recipe == plain.recipe

    @pytest.mark.parametrize("span", [1e-100, 1.0, 1e100])
    def test_the_lightest_row_beside_the_heaviest_still_has_a_posterior(self, span: float) -> None:
        for method in EM_METHODS:
            result = method([[0, 0], [1, 0], [1, 1], [0, 1]], 2, row_weights=[1e-100, span, 1e100, 1e-100])
            assert np.abs(result.probabilities.sum(axis=1) - 1).max() < SUMS

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            (
                [1],
                "row_weights must be 2 numbers from 1e-100 to 1e.100, one for each row, got 1 numbers; give fractions",
            ),
            ([1, 0], r"got 0 at \[1\]; leave out rows that shall not count"),
            ([-2, 1], r"got -2 at \[0\]"),
            ([1, 1e101], r"got 1e.101 at \[1\]"),
            ([1, float("nan")], r"got nan at \[1\]"),
            ([Fraction(10) ** 400, 1], r"at \[0\]"),
            ([[1], [1]], r"got \[1\] at \[0\]"),
            (7, "got 7; give fractions, integers or floats"),
        ],
        ids=["too few", "zero", "negative", "large", "nan", "no double", "nested", "number"],
    )
    @pytest.mark.parametrize("method", EM_METHODS)
    def test_wrong_weights_are_refused(self, method: Method, weights: object, message: str) -> None:
        assert re.search(message, refusal_of(lambda: method([[0], [1]], 2, row_weights=weights)))


@pytest.mark.parametrize("method", EM_METHODS)
def test_smoothing_may_be_large_but_not_without_end(method: Method) -> None:
    result = method(SMALL, 3, smoothing=1e100)
    assert np.abs(result.probabilities.sum(axis=1) - 1).max() < SUMS
    text = refusal_of(lambda: method(SMALL, 3, smoothing=1e308))
    assert text == "smoothing must be a finite number from 0 to 1e+100, got 1e+308; give such a number"


def test_items_on_which_all_agree_can_be_overruled() -> None:
    votes = [[2, 1, 2], [1, 1, 1], [1, 1, 2], [2, 1, 1], [1, 2, 1]]
    result = dawid_skene(votes, 3)
    assert result.labels[1] == 2 and round(float(result.confidence[1]), 3) == 0.914
    assert majority(votes, 3).labels[1] == soft(votes, 3).labels[1] == one_coin(votes, 3).labels[1] == 1


class TestLikelihood:
    @EM_PROPERTY
    @given(matrices())
    def test_em_never_lowers_the_likelihood(self, votes: np.ndarray) -> None:
        for method in EM_METHODS:
            history = np.array(method(votes, 3).log_likelihood)
            assert (np.diff(history) > -LIKELIHOOD * np.abs(history).max() - SUMS).all()


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
