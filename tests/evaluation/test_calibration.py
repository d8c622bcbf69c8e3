"""Calibration: definitions written out, scikit-learn where it has the same, laws of bins, and what is left out."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from emos_io._arrays import BoolArray, Float64Array
from emos_io.corpus import Clip
from emos_io.errors import InvalidArgument
from emos_io.evaluation.clips.calibration import Calibration, all_have_confidence, calibration
from emos_io.evaluation.clips.reliability import BINNINGS, Binning, expected_calibration_error, reliability
from emos_io.evaluation.intervals import clusters_of, scored
from emos_io.evaluation.sums import Measured, MeasuredPairs, MeasuredRows, PlainValue

ROUNDED = 1e-12
"""Two formulas of the same number, in doubles, over at most a few hundred terms."""
Answers = list[tuple[float, bool]]

BY_HAND = st.sampled_from([0.0, 0.1, 0.2, 1 / 3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0])
"""Confidences as people and models write them, many of which are edges of bins."""
ANSWERS = st.lists(st.tuples(st.one_of(BY_HAND, st.floats(0, 1)), st.booleans()), min_size=1, max_size=40)


def arrays(answers: Answers) -> tuple[Float64Array, BoolArray]:
    return np.array([each for each, _ in answers], np.float64), np.array([right for _, right in answers], np.bool_)


def random_answers(seed: int, number: int = 300) -> tuple[Float64Array, BoolArray]:
    random = np.random.default_rng(seed)
    confidence = random.beta(4, 2, number)
    return confidence, np.asarray(random.random(number) < confidence**2)


def ece_by_the_book(answers: Answers, bins: int) -> float:
    """Guo et al. (2017), equation 3: bins ``((k - 1) / M, k / M]``; 0 is in the first."""
    error = 0.0
    for number in range(1, bins + 1):
        low, high = (number - 1) / bins, number / bins
        own = [(c, right) for c, right in answers if low < c <= high or (number == 1 and c == 0)]
        if own:
            accuracy = sum(right for _, right in own) / len(own)
            confidence = math.fsum(c for c, _ in own) / len(own)
            error += len(own) / len(answers) * abs(accuracy - confidence)
    return error


def ece_of_torchmetrics(answers: Answers, bins: int) -> float:
    """torchmetrics' rule: bins ``[(k - 1) / M, k / M)``, and one more for 1 alone."""
    edges = np.arange(bins + 1) / bins
    of_bin: dict[int, Answers] = {}
    for confidence, right in answers:
        of_bin.setdefault(int(np.searchsorted(edges, confidence, side="right")) - 1, []).append((confidence, right))
    return sum(abs(sum(right for _, right in own) - math.fsum(c for c, _ in own)) for own in of_bin.values()) / len(
        answers
    )


def mass_by_the_book(values: list[float], bins: int) -> list[list[float]]:
    """Deal equal confidences to the bin of the middle of them, exactly."""
    dealt: dict[int, list[float]] = {}
    for value in sorted(set(values)):
        below, same = sum(each < value for each in values), values.count(value)
        middle = (below + Fraction(same, 2)) / len(values)
        dealt.setdefault(math.floor(middle * bins), []).extend([value] * same)
    return [dealt[number] for number in sorted(dealt)]


@given(ANSWERS, st.integers(1, 20))
@example([(0.2, True), (3 / 15, False), (1.0, True), (0.0, False)], 15)
def test_equal_width_is_the_definition(answers: Answers, bins: int) -> None:
    confidence, right = arrays(answers)
    assert abs(expected_calibration_error(confidence, right, bins=bins) - ece_by_the_book(answers, bins)) < ROUNDED


@given(ANSWERS)
def test_equal_mass_never_parts_equal_confidences(answers: Answers) -> None:
    confidence, right = arrays(answers)
    found = reliability(confidence, right, binning="equal_mass")
    expected = mass_by_the_book(confidence.tolist(), 15)
    assert found.num.tolist() == [len(each) for each in expected] and len(found.num) <= 15
    assert found.low.tolist() == [each[0] for each in expected] and found.high.tolist() == [
        each[-1] for each in expected
    ]
    assert (found.low[1:] > found.high[:-1]).all()
    totals = [math.fsum(each) for each in expected]
    assert np.abs(found.total_confidence - totals).max() < ROUNDED
    inside = [(confidence >= low) & (confidence <= high) for low, high in zip(found.low, found.high, strict=True)]
    assert found.num_right.tolist() == [int(right[each].sum()) for each in inside]


@pytest.mark.parametrize("number", [15, 30, 33, 300, 1000])
def test_equal_mass_is_as_even_as_it_can_be(number: int) -> None:
    confidence, right = random_answers(number, number)
    assert len(set(confidence.tolist())) == number
    found = reliability(confidence, right, binning="equal_mass").num
    assert len(found) == 15 and found.sum() == number and set(found.tolist()) <= {number // 15, -(-number // 15)}


def test_one_confidence_is_one_bin() -> None:
    right = np.arange(40) < 30
    for binning in BINNINGS:
        found = reliability(np.full(40, 0.9), right, binning=binning)
        assert [int(each) for each in found.num if each] == [40]
        assert abs(found.calibration_error - 0.15) < ROUNDED
    assert len(reliability(np.full(40, 0.9), right, binning="equal_mass").num) == 1


def test_bins_of_equal_width_are_those_of_scikit_learn() -> None:
    sklearn_calibration = pytest.importorskip("sklearn.calibration", reason="scikit-learn is an oracle")
    confidence, right = random_answers(1)
    # Edges of 15 bins are the same doubles in both: answers on them go the same way.
    confidence[:48] = np.repeat(np.arange(16) / 15, 3)
    accuracy, mean = sklearn_calibration.calibration_curve(right, confidence, n_bins=15, strategy="uniform")
    found = reliability(confidence, right)
    used = found.num > 0
    assert np.abs(found.accuracy[used] - accuracy).max() < ROUNDED
    assert np.abs(found.mean_confidence[used] - mean).max() < ROUNDED


def test_it_is_torchmetrics_but_for_answers_on_edges() -> None:
    confidence, right = random_answers(2)
    answers = list(zip(confidence.tolist(), right.tolist(), strict=True))
    assert abs(expected_calibration_error(confidence, right) - ece_of_torchmetrics(answers, 15)) < ROUNDED
    # .2 is an edge of 15 bins: here it is in the bin below, with .15; there in the bin above.
    on_edge = [(0.2, True), (0.15, False)]
    assert abs(ece_by_the_book(on_edge, 15) - 0.325) < ROUNDED
    assert abs(expected_calibration_error(*arrays(on_edge)) - 0.325) < ROUNDED
    assert abs(ece_of_torchmetrics(on_edge, 15) - 0.475) < ROUNDED


@given(ANSWERS, st.sampled_from(BINNINGS), st.integers(1, 20))
def test_bounds_and_least_value(answers: Answers, binning: Binning, bins: int) -> None:
    confidence, right = arrays(answers)
    error = expected_calibration_error(confidence, right, binning=binning, bins=bins)
    # One bin of all answers has the least error of all ways to bin them.
    assert abs(right.mean() - confidence.mean()) - ROUNDED <= error <= 1 + ROUNDED


@given(ANSWERS, st.sampled_from([(15, 5), (15, 3), (15, 1), (12, 4), (20, 10)]))
def test_merging_bins_never_raises_it(answers: Answers, bins: tuple[int, int]) -> None:
    confidence, right = arrays(answers)
    fine, coarse = (expected_calibration_error(confidence, right, bins=each) for each in bins)
    assert coarse <= fine + ROUNDED


@given(ANSWERS, st.sampled_from(BINNINGS), st.randoms(use_true_random=False))
def test_order_of_items_changes_no_bit(answers: Answers, binning: Binning, random: object) -> None:
    before = reliability(*arrays(answers), binning=binning)
    random.shuffle(answers)  # type: ignore[attr-defined]
    after = reliability(*arrays(answers), binning=binning)
    assert after.calibration_error == before.calibration_error
    for name in ("low", "high", "num", "num_right", "total_confidence"):
        assert getattr(after, name).tolist() == getattr(before, name).tolist()


def test_few_answers_raise_it_by_chance() -> None:
    """A calibrated system has 0 in the limit, and more the fewer its answers are."""
    random = np.random.default_rng(4)

    def error_of(number: int) -> float:
        found = []
        for _ in range(40):
            confidence = random.random(number)
            found.append(expected_calibration_error(confidence, random.random(number) < confidence))
        return float(np.mean(found))

    few, many = error_of(50), error_of(5_000)
    assert few > 0.1 and many < 0.03


def measured_of(found: Calibration, name: str, **of: str) -> Measured:
    own: list[Measured] = []
    for each in found.measured:
        if isinstance(each, MeasuredRows):
            own += [each for measure in each.measures if (measure.name, dict(measure.of)) == (name, of)]
        elif (each.name, dict(each.of)) == (name, of):
            own.append(each)
    (one,) = own
    return one


def value(found: Calibration, name: str, **of: str) -> float:
    one = measured_of(found, name, **of)
    assert isinstance(one, MeasuredRows)
    return one.value(name, **of)


def plain(found: Calibration, binning: Binning) -> PlainValue:
    one = measured_of(found, "ece", binning=binning, bins="15")
    assert isinstance(one, PlainValue)
    return one


def made(seed: int, number: int = 300) -> tuple[Calibration, Float64Array, BoolArray, list[str], list[str]]:
    random = np.random.default_rng(seed)
    confidence, right = random_answers(seed, number)
    confidence = np.where(random.random(number) < 0.1, np.nan, confidence)
    tier = random.choice(["high", "medium", "low", ""], number).tolist()
    source = random.choice(["meld", "chsims"], number).tolist()
    return calibration(confidence, right, tier=tier, source=source), confidence, right, tier, source


def test_brier_and_auroc_are_those_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    found, confidence, right, _, _ = made(3)
    has_one = ~np.isnan(confidence)
    expected = metrics.brier_score_loss(right[has_one], confidence[has_one])
    assert abs(value(found, "confidence_brier") - expected) < ROUNDED
    pairs = measured_of(found, "confidence_auroc")
    assert isinstance(pairs, MeasuredPairs) and pairs.counted.tolist() == has_one.tolist()
    clips = [Clip(key=f"own/{n:03}", source="own", language="en") for n in range(300)]
    score = scored([pairs], clusters_of(clips, [clip.key for clip in clips]), of={}, draws=20)[0]
    assert (
        score.value is not None
        and abs(score.value - metrics.roc_auc_score(right[has_one], confidence[has_one])) < ROUNDED
    )
    assert score.low is not None and score.low < score.value and score.n == has_one.sum()


def test_confidence_by_tier_within_each_source() -> None:
    found, confidence, right, tier, source = made(4)
    gaps = {}
    for name in ("chsims", "meld"):
        for each in ("high", "medium", "low", "none"):
            rows = [
                index
                for index in range(300)
                if source[index] == name and (tier[index] or "none") == each and not math.isnan(confidence[index])
            ]
            of = {"source": name, "confidence_tier": each}
            gaps[name, each] = math.fsum(confidence[rows]) / len(rows)
            assert abs(value(found, "mean_confidence", **of) - gaps[name, each]) < ROUNDED
            assert abs(value(found, "accuracy_with_confidence", **of) - right[rows].sum() / len(rows)) < ROUNDED
            (row,) = [row for row in found.tables[2].rows if row[:2] == (name, each)]
            assert row[2:] == (len(rows), gaps[name, each], right[rows].sum() / len(rows))
        assert abs(value(found, "confidence_gap", source=name) - (gaps[name, "low"] - gaps[name, "high"])) < ROUNDED
    tiers = [row[1] for row in found.tables[2].rows]
    assert tiers == ["high", "medium", "low", "none"] * 2


def test_a_gap_needs_both_tiers() -> None:
    found = calibration(np.array([0.5, 0.7]), np.array([True, False]), tier=["high", "medium"], source=["meld", "meld"])
    assert math.isnan(value(found, "confidence_gap", source="meld"))
    clips = [Clip(key=f"own/{n}", source="own", language="en") for n in range(2)]
    gap = [
        each
        for each in scored(found.measured, clusters_of(clips, [c.key for c in clips]), of={})
        if each.name == "confidence_gap"
    ]
    assert [(each.value, each.why) for each in gap] == [(None, "there is nothing to score")]


def test_answers_without_confidence_are_left_out_and_counted() -> None:
    found, confidence, right, tier, source = made(5)
    has_one = ~np.isnan(confidence)
    rows = np.flatnonzero(has_one).tolist()
    only = calibration(
        confidence[has_one], right[has_one], tier=[tier[n] for n in rows], source=[source[n] for n in rows]
    )
    assert found.counts["with_confidence"] == has_one.sum() and found.counts["without_confidence"] == (~has_one).sum()
    assert only.counts["without_confidence"] == 0 and found.counts["without_confidence"] > 0
    assert found.tables[:2] == only.tables[:2]
    for binning in BINNINGS:
        assert plain(found, binning) == plain(only, binning) and plain(found, binning).num == has_one.sum()
    for name in ("confidence_brier", "mean_confidence", "accuracy_with_confidence"):
        assert abs(value(found, name) - value(only, name)) < ROUNDED


def test_nothing_with_confidence_is_null() -> None:
    for number in (0, 3):
        none = calibration(
            np.full(number, np.nan), np.ones(number, np.bool_), tier=["low"] * number, source=["meld"] * number
        )
        assert none.counts["without_confidence"] == number
        assert [(plain(none, each).value, plain(none, each).why) for each in BINNINGS] == [
            (None, "no answer has a confidence")
        ] * 2
        assert math.isnan(value(none, "confidence_brier"))
        assert [len(table.rows) for table in none.tables] == [15, 0, 1 if number else 0]
        assert number == 0 or none.tables[2].rows == (("meld", "low", 0, None, None),)
        assert math.isnan(expected_calibration_error(np.full(number, np.nan), np.ones(number, np.bool_)))


def test_the_tables_hold_the_bins() -> None:
    found, confidence, right, _, _ = made(6)
    width, mass, _ = found.tables
    assert [width.name, mass.name] == ["reliability_equal_width", "reliability_equal_mass"]
    assert width.columns == ("low", "high", "n", "mean_confidence", "accuracy")
    has_one = ~np.isnan(confidence)
    for table, binning in ((width, BINNINGS[0]), (mass, BINNINGS[1])):
        total = 0.0
        for low, high, num, mean, accuracy in table.rows:
            assert isinstance(low, float) and isinstance(high, float) and isinstance(num, int)
            inside = (confidence > low if binning == "equal_width" and low > 0 else confidence >= low) & (
                confidence <= high
            )
            assert num == inside.sum()
            assert (mean is None) == (accuracy is None) == (num == 0)
            if isinstance(mean, float) and isinstance(accuracy, float):
                assert abs(mean - confidence[inside].mean()) < ROUNDED and accuracy == right[inside].sum() / num
                total += num * abs(mean - accuracy)
        error = plain(found, binning).value
        assert error is not None and abs(total / has_one.sum() - error) < ROUNDED
    assert found.counts["reliability_bins_equal_mass"] == len(mass.rows) == 15


def test_fewer_bins_are_printed() -> None:
    confidence = np.repeat([0.8, 0.9, 0.95], [10, 70, 20])
    found = calibration(confidence, np.arange(100) % 3 > 0, tier=["high"] * 100, source=["meld"] * 100)
    assert [row[:3] for row in found.tables[1].rows] == [(0.8, 0.8, 10), (0.9, 0.9, 70), (0.95, 0.95, 20)]
    assert found.counts["reliability_bins_equal_mass"] == 3
    assert plain(found, "equal_mass").why.endswith("; 3 bins, since equal confidences are not parted")
    assert (
        plain(found, "equal_width").why
        == "a draw holds answers more than once, which raises it: draws would lie above the value"
    )


def test_brier_of_scores_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    random = np.random.default_rng(8)
    scores, truth = random.dirichlet(np.ones(7), 200), random.integers(0, 7, 200)
    missing = random.random(200) < 0.2
    given_scores = np.where(missing[:, None], np.nan, scores)
    confidence, right = scores.max(axis=1), scores.argmax(axis=1) == truth
    found = calibration(confidence, right, tier=["low"] * 200, source=["own"] * 200, scores=given_scores, truth=truth)
    expected = metrics.brier_score_loss(truth[~missing], scores[~missing], labels=range(7), scale_by_half=False)
    assert abs(value(found, "scores_brier") - expected) < ROUNDED
    assert (found.counts["with_scores"], found.counts["without_scores"]) == ((~missing).sum(), missing.sum())
    # It is another number than that of the confidence alone.
    assert abs(value(found, "scores_brier") - value(found, "confidence_brier")) > 0.1
    assert not [
        each
        for each in made(8)[0].measured
        if isinstance(each, MeasuredRows) and each.measures[0].name == "scores_brier"
    ]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=30))
def test_bounds_of_brier_and_what_a_worse_answer_does(answers: Answers) -> None:
    confidence, right = arrays(answers)
    assume(right.any())

    def brier(are_right: BoolArray) -> float:
        return value(
            calibration(confidence, are_right, tier=["low"] * len(right), source=["own"] * len(right)),
            "confidence_brier",
        )

    before = brier(right)
    assert 0 <= before <= 1
    # A right answer that becomes wrong adds 2c - 1 to the sum: it helps where confidence is below a half.
    index = int(np.flatnonzero(right)[0])
    worse = right.copy()
    worse[index] = False
    assert abs(brier(worse) - before - (2 * confidence[index] - 1) / len(right)) < ROUNDED


def test_a_worse_answer_may_lower_the_calibration_error_and_raise_auroc() -> None:
    """The counter-examples of docs/metrics-calibration.md."""
    confidence = np.array([0.5, 0.5])
    assert expected_calibration_error(confidence, [True, True]) == 0.5
    assert expected_calibration_error(confidence, [True, False]) == 0
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    assert metrics.roc_auc_score([True, False, True], [0.2, 0.5, 0.9]) == 0.5
    assert metrics.roc_auc_score([False, False, True], [0.2, 0.5, 0.9]) == 1


def test_runs_are_compared_where_all_have_confidence() -> None:
    first, second = np.array([0.5, np.nan, 0.7, 0.1]), np.array([0.4, 0.2, np.nan, 0.3])
    assert all_have_confidence([first, second]).tolist() == [True, False, False, True]
    assert all_have_confidence([first]).tolist() == [True, False, True, True]
    with pytest.raises(
        InvalidArgument, match=r"runs must be arrays of one shape, got \(4,\), \(3,\); give confidences"
    ):
        all_have_confidence([first, second[:3]])
    with pytest.raises(InvalidArgument, match="runs must be arrays of one shape, got none"):
        all_have_confidence([])


def test_wrong_arguments_are_refused() -> None:
    right = np.array([True, False])
    with pytest.raises(
        InvalidArgument, match="confidence must be from 0 to 1, or NaN for none, got 95; divide percentages by 100"
    ):
        reliability([0.5, 95], right)
    with pytest.raises(InvalidArgument, match=r"got -0\.1"):
        expected_calibration_error([-0.1, 0.5], right)
    with pytest.raises(InvalidArgument, match="got inf"):
        reliability([np.inf, 0.5], right)
    with pytest.raises(InvalidArgument, match=r"of one length, got shapes \(3,\) and \(2,\)"):
        reliability([0.5, 0.5, 0.5], right)
    with pytest.raises(InvalidArgument, match="right must be booleans, got dtype int64"):
        reliability([0.5, 0.5], np.array([1, 0]))
    with pytest.raises(InvalidArgument, match="bins must be an integer from 1"):
        reliability([0.5, 0.5], right, bins=0)
    with pytest.raises(
        InvalidArgument, match=r'binning must be "equal_width" or "equal_mass", got .quantile.; choose one'
    ):
        reliability([0.5, 0.5], right, binning="quantile")  # type: ignore[arg-type]
    confidence = np.array([0.5, 0.5])
    with pytest.raises(InvalidArgument, match="tier must have a value for each of 2 answers, got 1"):
        calibration(confidence, right, tier=["low"], source=["own", "own"])
    with pytest.raises(InvalidArgument, match="source must have a value for each of 2 answers, got 3"):
        calibration(confidence, right, tier=["low", "low"], source=["own"] * 3)

    def with_scores(scores: list[list[float]], truth: list[int] | None) -> Calibration:
        given = None if truth is None else np.array(truth, np.int64)
        return calibration(
            confidence, right, tier=["low"] * 2, source=["own"] * 2, scores=np.array(scores), truth=given
        )

    two = [[0.5, 0.5], [0.2, 0.8]]
    with pytest.raises(InvalidArgument, match=r"scores and truth must be arrays .* got shapes \(2, 2\) and None"):
        with_scores(two, None)
    with pytest.raises(InvalidArgument, match=r"got shapes \(1, 2\) and \(2,\)"):
        with_scores(two[:1], [0, 1])
    with pytest.raises(
        InvalidArgument, match="truth must be classes from 0 to 1, got -1 to 1; leave out items without one"
    ):
        with_scores(two, [-1, 1])
    with pytest.raises(InvalidArgument, match=r"scores must be from 0 to 1, or NaN for none, got -0\.5 to 1\.5"):
        with_scores([[0.5, 0.5], [-0.5, 1.5]], [0, 1])
