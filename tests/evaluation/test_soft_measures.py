"""Measures against shares of raters: definitions written out, and scikit-learn where truth is hard."""

from __future__ import annotations

import math
import pickle
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io._arrays import Float64Array
from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument
from emos_io.evaluation.clips import soft

SAME = 1e-12
"""Both sides divide and add the same few hundred floats, in another order."""
NAMES = ("log_loss", "jensen_shannon", "truth_entropy", "zero_probability", "with_scores")
NONE = [math.nan] * 3


def random_rows(seed: int) -> tuple[Float64Array, Float64Array]:
    """Shares of three raters, and probabilities of which some are 0, of up to 20 items of 2 to 5 labels."""
    generator = np.random.default_rng(seed)
    rows, count = int(generator.integers(1, 21)), int(generator.integers(2, 6))
    shares = generator.multinomial(3, generator.dirichlet(np.ones(count)), size=rows) / 3
    scores = generator.dirichlet(np.ones(count), size=rows) * (generator.random((rows, count)) < 0.8)
    scores[scores.sum(axis=1) == 0, 0] = 1
    return shares, scores / scores.sum(axis=1, keepdims=True)


rows = st.integers(0, 2**32 - 1).map(random_rows)


def entropy(shares: Sequence[float]) -> float:
    return -math.fsum(each * math.log(each) for each in shares if each)


def loss(shares: Sequence[float], scores: Sequence[float]) -> float:
    return -math.fsum(t * math.log(max(p, 2**-52)) for t, p in zip(shares, scores, strict=True) if t)


def divergence(shares: Sequence[float], scores: Sequence[float]) -> float:
    """H(middle) - (H(shares) + H(scores)) / 2, in bits."""
    middle = [(t + p) / 2 for t, p in zip(shares, scores, strict=True)]
    return (entropy(middle) - (entropy(shares) + entropy(scores)) / 2) / math.log(2)


def raised(shares: Sequence[float], scores: Sequence[float]) -> bool:
    return any(t > 0 and p < 2**-52 for t, p in zip(shares, scores, strict=True))


@given(rows)
def test_measures_of_one_label_are_written_out(drawn: tuple[Float64Array, Float64Array]) -> None:
    shares, scores = drawn
    found = soft.soft_label_measures(shares, scores)
    each = list(zip(shares.tolist(), scores.tolist(), strict=True))
    expected = {
        "log_loss": np.mean([loss(t, p) for t, p in each]),
        "jensen_shannon": np.mean([divergence(t, p) for t, p in each]),
        "truth_entropy": np.mean([entropy(t) for t, _ in each]),
        "zero_probability": np.mean([raised(t, p) for t, p in each]),
        "with_scores": 1,
    }
    assert {name: found.value(name) for name in NAMES} == pytest.approx(expected, rel=0, abs=SAME)
    assert 0 <= found.value("jensen_shannon") <= 1
    assert found.value("truth_entropy") - SAME <= found.value("log_loss") < 36.05


@given(rows, st.integers(0, 2**32 - 1))
def test_measures_of_sets_are_means_over_labels(drawn: tuple[Float64Array, Float64Array], seed: int) -> None:
    scores = drawn[1]
    shares = np.random.default_rng(seed).integers(0, 4, size=scores.shape) / 3
    found = soft.soft_set_measures(shares, scores)
    each = [
        [([t, 1 - t], [p, 1 - p]) for t, p in zip(*row, strict=True)]
        for row in zip(shares.tolist(), scores.tolist(), strict=True)
    ]
    expected = {
        "log_loss": np.mean([[loss(*pair) for pair in row] for row in each]),
        "jensen_shannon": np.mean([[divergence(*pair) for pair in row] for row in each]),
        "truth_entropy": np.mean([[entropy(t) for t, _ in row] for row in each]),
        "zero_probability": np.mean([any(raised(*pair) for pair in row) for row in each]),
        "with_scores": 1,
    }
    assert {name: found.value(name) for name in NAMES} == pytest.approx(expected, rel=0, abs=SAME)


@pytest.mark.parametrize("seed", range(6))
def test_log_loss_of_hard_truth_is_that_of_scikit_learn(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    _, scores = random_rows(seed)
    size, count = scores.shape
    truth = np.random.default_rng(seed).integers(count, size=size)
    weights = np.linspace(0.5, 2, size)
    found = soft.soft_label_measures(np.eye(count)[truth], scores, weights=weights)
    expected = metrics.log_loss(truth, scores, labels=range(count), sample_weight=weights)
    assert found.value("log_loss") == pytest.approx(expected, rel=0, abs=SAME)
    assert found.value("truth_entropy") == 0
    several = np.random.default_rng(seed).integers(2, size=scores.shape)
    each = [metrics.log_loss(several[:, k], scores[:, k], labels=[0, 1]) for k in range(count)]
    assert soft.soft_set_measures(several, scores).value("log_loss") == pytest.approx(np.mean(each), rel=0, abs=SAME)


@given(rows)
def test_shares_as_scores_lose_their_entropy_and_diverge_by_nothing(drawn: tuple[Float64Array, Float64Array]) -> None:
    shares = drawn[0]
    for found in (soft.soft_label_measures(shares, shares), soft.soft_set_measures(shares, shares)):
        assert found.value("jensen_shannon") == 0
        assert found.value("log_loss") == pytest.approx(found.value("truth_entropy"), rel=0, abs=SAME)
        assert found.value("zero_probability") == 0


def test_opposite_certainty_diverges_by_1_and_is_clipped() -> None:
    for found in (soft.soft_label_measures([[1, 0]], [[0, 1]]), soft.soft_set_measures([[1, 0]], [[0, 1]])):
        assert found.value("jensen_shannon") == 1
        assert found.value("log_loss") == pytest.approx(52 * math.log(2), rel=0, abs=SAME)
        assert found.value("zero_probability") == 1


def test_items_without_scores_are_left_out_and_counted() -> None:
    shares = [[1.0, 0.0, 0.0], [2 / 3, 1 / 3, 0.0], [0.0, 0.0, 1.0], NONE, [0.0, 1.0, 0.0]]
    scores = [[0.5, 0.25, 0.25], NONE, [0.9, 0.05, 0.0], [0.2, 0.4, 0.4], [0.1, 0.8, 0.1]]
    found = soft.soft_label_measures(shares, scores)
    few = soft.soft_label_measures([shares[0], shares[4]], [scores[0], scores[4]])
    # One has no scores, one has scores whose sum is .95, one has no shares.
    assert [found.value(name) for name in NAMES] == [*(few.value(name) for name in NAMES[:4]), 2 / 4]
    assert found.counted.tolist() == [True, True, True, False, True]
    number = {each.name: each.num(found.sums())[0] for each in found.measures if each.num}
    assert number == {**dict.fromkeys(NAMES, 2), "with_scores": 4}
    # Labels of a set need no sum of 1, but each is a probability.
    scores[0] = [1.5, -0.5, 0.0]
    assert soft.soft_set_measures(shares, scores).value("with_scores") == 2 / 4
    assert soft.soft_label_measures(shares, scores).value("with_scores") == 1 / 4


@given(rows, st.integers(-10, 10))
def test_scores_of_few_digits_are_divided_by_their_sum(drawn: tuple[Float64Array, Float64Array], off: int) -> None:
    shares, scores = drawn
    found = soft.soft_label_measures(shares, scores * (1 + off / 10_000))
    for name in NAMES[:3]:
        assert found.value(name) == pytest.approx(soft.soft_label_measures(shares, scores).value(name), rel=0, abs=SAME)
    assert found.value("with_scores") == 1


def test_scores_further_off_1_are_no_distribution() -> None:
    rows = [[0.5, 0.5], [0.5, 0.501], [0.499, 0.5], [0.5, 0.5011], [0.4989, 0.5], [0.0, 0.0], [1.5, -0.5]]
    assert soft.are_distributions(rows).tolist() == [True, True, True, False, False, False, False]


def test_nothing_to_score_is_nan() -> None:
    for measures in (soft.soft_label_measures, soft.soft_set_measures):
        for shares in (np.zeros((0, 3)), np.full((2, 3), np.nan)):
            found = measures(shares, np.full(shares.shape, 1 / 3))
            assert all(math.isnan(found.value(name)) for name in NAMES)
        found = measures([[1, 0, 0]], [NONE])
        assert all(math.isnan(found.value(name)) for name in NAMES[:4])
        assert found.value("with_scores") == 0


def test_a_wrong_first_label_may_lower_log_loss_and_divergence() -> None:
    right, wrong = (soft.soft_label_measures([[1, 0, 0]], [each]) for each in ([0.34, 0.33, 0.33], [0.45, 0.55, 0]))
    assert wrong.value("log_loss") < right.value("log_loss")
    assert wrong.value("jensen_shannon") < right.value("jensen_shannon")


@given(rows, st.data())
def test_probability_moved_from_the_only_label_of_raters_never_lowers_a_measure(
    drawn: tuple[Float64Array, Float64Array], data: st.DataObject
) -> None:
    scores = drawn[1]
    row = data.draw(st.integers(0, len(scores) - 1))
    label, other = data.draw(st.permutations(range(scores.shape[1])))[:2]
    worse = scores.copy()
    moved = worse[row, label] * data.draw(st.integers(1, 8)) / 8
    worse[row, label] -= moved
    worse[row, other] += moved
    shares = np.zeros(scores.shape)
    shares[:, label] = 1
    before, after = soft.soft_label_measures(shares, scores), soft.soft_label_measures(shares, worse)
    assert after.value("log_loss") >= before.value("log_loss") - SAME
    assert after.value("jensen_shannon") >= before.value("jensen_shannon") - SAME


def test_shares_of_the_release_are_scored(release: Corpus) -> None:
    layer = release.taxonomy("goemotions")
    decisions = [clip.decisions["goemotions"] for clip in release.clips]
    shares = np.array([[each.scores.get(label, 0.0) for label in layer.labels] for each in decisions])
    prior = np.broadcast_to(shares.mean(axis=0), shares.shape)
    found = soft.soft_set_measures(shares, prior)
    # The mean of shares is the best constant answer: its log loss is the entropy of the mean.
    best = np.mean([entropy([each, 1 - each]) for each in shares.mean(axis=0).tolist()])
    assert found.value("log_loss") == pytest.approx(best, rel=0, abs=SAME)
    assert found.value("truth_entropy") < found.value("log_loss")
    assert found.value("zero_probability") == 0
    assert pickle.loads(pickle.dumps(found)).value("log_loss") == found.value("log_loss")


@pytest.mark.parametrize(
    ("shares", "scores", "text"),
    [
        (
            [[1.5, 0]],
            [[1, 0]],
            "shares must be finite numbers [1, 2] from 0 to 1, got 1.5 at [0, 0]; give a number for each",
        ),
        (
            [[1, 0]],
            [[math.inf, 0]],
            "scores must be finite numbers [1, 2], got inf at [0, 0]; give a number for each, NaN",
        ),
        (
            [[1, 0]],
            [[math.nan, 0]],
            "scores must be numbers or NaN in all of a row, got both in row 0; give 0 for a label",
        ),
        (
            [[math.nan, 0]],
            [[1, 0]],
            "shares must be numbers or NaN in all of a row, got both in row 0; give 0 for a label",
        ),
        (
            [[1, 0]],
            [[1]],
            "scores must be finite numbers [1, 2], got int64 of shape (1, 1); give a number for each, NaN",
        ),
        ([1, 0], [1, 0], "shares must be numbers [N, K], got int64 of shape (2,); give a row for each item"),
    ],
)
def test_wrong_arrays_are_refused(shares: list[list[float]], scores: list[list[float]], text: str) -> None:
    for measures in (soft.soft_label_measures, soft.soft_set_measures):
        with pytest.raises(InvalidArgument) as caught:
            measures(shares, scores)
        assert str(caught.value).startswith(text)


def test_shares_that_are_no_distribution_are_refused() -> None:
    with pytest.raises(
        InvalidArgument, match=r"^shares must be of sum 1, got 0\.5 in row 1; divide votes by their number"
    ):
        soft.soft_label_measures([[1.0, 0.0], [0.5, 0.0]], [[1, 0], [1, 0]])
