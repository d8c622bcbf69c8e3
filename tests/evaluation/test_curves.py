"""Windows are stitched exactly, and curves score as audmetric and a definition written out here say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import audmetric  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import Corpus, Monologue, Utterance
from emos_io.errors import InvalidArgument
from emos_io.evaluation.predictions import Prediction
from emos_io.evaluation.streams.curves import (
    Curve,
    Level,
    concordance,
    curve,
    curve_scores,
    samples,
    stitched,
)
from emos_io.evaluation.sums import MeasuredRows

ROUNDING = 1e-12
"""Sums of numbers up to 1,000 in another order; what scores must agree within."""
LAYER = "intensity"


def window(start: float, end: float, value: float | None, key: str = "talk", layer: str = LAYER) -> Prediction:
    error = "prose" if value is None else ""
    return Prediction(key=key, layer=layer, span=Span(start, end), value=value, error=error)


def monologue(*labels: tuple[float, float, str], duration: int = 10, layer: str = LAYER) -> Monologue:
    utterances = tuple(
        Utterance(index=index, span=Span(start, end), labels={layer: (word,)})
        for index, (start, end, word) in enumerate(labels)
    )
    return Monologue(
        key="talk", name="talk", title="Talk", language="en", duration=Fraction(duration), utterances=utterances
    )


def levels(numbers: Sequence[float | None], length: Fraction = Fraction(1, 2)) -> tuple[Level, ...]:
    return tuple(
        Level(Span(k * length, (k + 1) * length), Fraction(number))
        for k, number in enumerate(numbers)
        if number is not None
    )


def curve_of(truth: Sequence[float | None], predicted: Sequence[float | None], key: str = "talk") -> Curve:
    """A curve of one number for each half second."""
    return Curve(key, Fraction(len(truth), 2), levels(truth), levels(predicted))


def ccc(found: MeasuredRows, ddof: int, name: str = "ccc") -> float:
    return found.value(name, ddof=str(ddof), step="0.5")


def ccc_of_the_definition(truth: Sequence[float], predicted: Sequence[float], ddof: int) -> float:
    """Lin's coefficient in exact fractions, with variances and covariance divided by n - ddof."""
    x, y, n = [Fraction(each) for each in truth], [Fraction(each) for each in predicted], len(truth)
    mean_x, mean_y = sum(x) / n, sum(y) / n
    var_x = sum((each - mean_x) ** 2 for each in x) / (n - ddof)
    var_y = sum((each - mean_y) ** 2 for each in y) / (n - ddof)
    cov = sum((one - mean_x) * (other - mean_y) for one, other in zip(x, y, strict=True)) / (n - ddof)
    return float(2 * cov / (var_x + var_y + (mean_x - mean_y) ** 2))


POINTS = [1, 2, 3, 4, 5], [1.5, 2, 2.5, 5, 4.5]


def test_the_two_definitions_differ_on_five_points() -> None:
    found = curve_scores([curve_of(*POINTS)])
    assert [round(ccc(found, ddof), 6) for ddof in (0, 1)] == [0.911392, 0.911854]
    assert ccc(found, 0) == pytest.approx(audmetric.concordance_cc(*POINTS), abs=ROUNDING)
    assert [concordance(*POINTS, ddof=ddof) for ddof in (0, 1)] == pytest.approx(
        [ccc_of_the_definition(*POINTS, ddof) for ddof in (0, 1)], abs=ROUNDING
    )


numbers = st.integers(-1000, 1000).map(lambda each: each / 7)
rows_of_numbers = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=12)


@given(rows_of_numbers, st.sampled_from([0, 1]))
def test_concordance_is_that_of_audmetric_and_of_the_definition(pairs: list[tuple[float, float]], ddof: int) -> None:
    truth, predicted = [one for one, _ in pairs], [other for _, other in pairs]
    value = concordance(truth, predicted, ddof=ddof)
    if len({*truth, *predicted}) == 1:
        assert value is None
        assert math.isnan(audmetric.concordance_cc(truth, predicted))
    else:
        assert value == pytest.approx(ccc_of_the_definition(truth, predicted, ddof), abs=ROUNDING)
        assert -1 - ROUNDING <= ccc_of_the_definition(truth, predicted, ddof) <= 1 + ROUNDING
        assert ddof == 1 or value == pytest.approx(audmetric.concordance_cc(truth, predicted), abs=ROUNDING)


@given(st.lists(rows_of_numbers, min_size=1, max_size=4))
def test_scores_are_pooled_over_curves_and_the_mean_is_named_apart(streams: list[list[tuple[float, float]]]) -> None:
    found = curve_scores([curve_of([one for one, _ in each], [other for _, other in each]) for each in streams])
    truth, predicted = np.array([pair for each in streams for pair in each]).T
    peer = audmetric.concordance_cc(truth, predicted)
    assert ccc(found, 0) == pytest.approx(peer, abs=ROUNDING, nan_ok=True)
    assert found.value("rmse", step="0.5") == pytest.approx(np.sqrt(np.mean((truth - predicted) ** 2)), abs=ROUNDING)
    peer = audmetric.mean_absolute_error(truth, predicted)
    assert found.value("mae", step="0.5") == pytest.approx(peer, abs=ROUNDING)
    for ddof in (0, 1):
        single = [concordance(*zip(*each, strict=True), ddof=ddof) for each in streams]
        defined = [value for value in single if value is not None]
        mean = sum(defined) / len(defined) if defined else math.nan
        assert ccc(found, ddof, "ccc_mean") == pytest.approx(mean, abs=ROUNDING, nan_ok=True)


@pytest.mark.parametrize("constant", [0.1, 3.0, 1 / 3, 1e6])
def test_a_constant_prediction_has_exactly_0(constant: float) -> None:
    found = curve_scores([curve_of([1, 2, 2, 5, 3], [constant] * 5), curve_of([4, 1, 1], [constant] * 3)])
    assert [ccc(found, ddof, name) for ddof in (0, 1) for name in ("ccc", "ccc_mean")] == [0.0] * 4
    assert concordance([constant] * 4, [1, 2, 3, 5]) == 0.0


def test_one_constant_in_both_is_nothing_to_score() -> None:
    found = curve_scores([curve_of([3, 3, 3], [3, 3, 3])])
    assert all(math.isnan(ccc(found, ddof, name)) for ddof in (0, 1) for name in ("ccc", "ccc_mean"))
    assert (found.value("rmse", step="0.5"), found.value("mae", step="0.5")) == (0.0, 0.0)


@pytest.mark.parametrize("truth", [[], [3]])
def test_fewer_than_two_samples_have_no_coefficient(truth: list[float]) -> None:
    assert concordance(truth, truth) is None
    assert math.isnan(ccc(curve_scores([curve_of(truth, [1] * len(truth))]), 1))


def test_numbers_far_from_0_lose_no_digits() -> None:
    truth, predicted = [1e6 + each for each in (1, 2, 3, 4.5)], [1e6 + each for each in (1, 2.5, 3, 4)]
    found = curve_scores([curve_of(truth, predicted)])
    for ddof in (0, 1):
        assert ccc(found, ddof) == pytest.approx(ccc_of_the_definition(truth, predicted, ddof), abs=ROUNDING)


def test_time_without_a_number_is_left_out_and_counted() -> None:
    found = curve_scores([curve_of([1, 2, None, 4, 5, 5], [1, None, 7, 5, 4, None])])
    assert found.value("mae", step="0.5") == pytest.approx(2 / 3, abs=ROUNDING)
    assert ccc(found, 0) == pytest.approx(audmetric.concordance_cc([1, 4, 5], [1, 5, 4]), abs=ROUNDING)
    assert (found.value("coverage"), found.value("uncovered_seconds")) == (3 / 5, 1.0)
    assert [float(measure.num(found.sums())[0]) for measure in found.measures if measure.num] == [3, 1, 3, 1, 3, 3]


def test_curves_without_predictions_have_coverage_0_alone() -> None:
    found = curve_scores([curve_of([1, 2], [None, None])])
    assert (found.value("coverage"), found.value("uncovered_seconds")) == (0.0, 1.0)
    assert all(math.isnan(found.value(name, step="0.5")) for name in ("rmse", "mae"))


def test_curves_without_truth_do_not_count() -> None:
    for curves in ([], [curve_of([None, None], [1, 2])]):
        found = curve_scores(curves)
        assert not found.counted.any()
        assert all(math.isnan(found.value(measure.name, **measure.of)) for measure in found.measures)


def test_coverage_is_of_time_and_not_of_samples() -> None:
    one = Curve("talk", Fraction(1), levels([3, 3]), (Level(Span("0.3", "0.4"), Fraction(3)),))
    found = curve_scores([one])
    assert found.value("coverage") == pytest.approx(0.1, abs=ROUNDING)
    assert math.isnan(found.value("mae", step="0.5"))


spans = st.tuples(st.integers(0, 20), st.integers(1, 8), st.integers(-9, 9)).map(
    lambda each: window(each[0] / 4, (each[0] + each[1]) / 4, each[2] / 3)
)


@given(st.lists(spans, max_size=8))
def test_windows_are_stitched_to_the_mean_of_those_that_cover_a_moment(rows: list[Prediction]) -> None:
    found = stitched(rows)
    assert found == stitched(rows[::-1])
    for quarter in range(30):
        moment = Fraction(2 * quarter + 1, 8)
        covering = [Fraction(row.value) for row in rows if row.value is not None and row.span and moment in row.span]
        at = [level.value for level in found if moment in level.span]
        assert at == ([sum(covering) / len(covering)] if covering else [])


def test_samples_lie_at_the_centres_of_steps() -> None:
    one = Curve(
        "talk", Fraction("1.75"), (Level(Span(0, "0.25"), Fraction(1)), Level(Span("0.25", "1.75"), Fraction(2))), ()
    )
    assert samples(one)[0].tolist() == [2.0, 2.0, 2.0]  # at 0.25, 0.75, 1.25; 1.75 is the end
    assert samples(one, step="0.1")[0].tolist() == [1.0] * 2 + [2.0] * 15  # at 0.05, 0.15, 0.25, ... 1.65
    assert samples(one, step=10)[0].tolist() == []


@pytest.mark.parametrize("step", [0, -1])
def test_other_steps_are_refused(step: int) -> None:
    with pytest.raises(InvalidArgument, match=r"^step must be above 0, got .*; give seconds, such as 0.5$"):
        samples(curve_of([1], [1]), step=step)
    with pytest.raises(InvalidArgument, match=r"^step must be above 0, got "):
        curve_scores([], step=step)


def test_other_arrays_are_refused() -> None:
    text = r"^truth and predicted must be finite numbers \[T\], got "
    for truth, predicted in (([1, 2], [1]), ([1, math.nan], [1, 2]), ([1, 2], [math.inf, 2]), ([[1]], [[1]])):
        with pytest.raises(InvalidArgument, match=text):
            concordance(truth, predicted)
    for ddof in (2, -1, True):
        with pytest.raises(InvalidArgument, match=r"^ddof must be 0 or 1, got "):
            concordance([1, 2], [1, 2], ddof=ddof)


def test_a_curve_is_cut_at_the_end_of_the_last_label_and_of_the_monologue() -> None:
    rows = [window(-2, 1, 1), window(7, 12, 4)]
    found = curve(monologue((1, 4, "3"), (5, 8, "4")), LAYER, rows)
    assert found.end == 8
    assert [each.span for each in found.truth] == [Span(1, 4), Span(5, 8)]
    assert [(each.span, float(each.value)) for each in found.predicted] == [(Span(0, 1), 1.0), (Span(7, 8), 4.0)]
    found = curve(monologue((1, 4, "3"), (5, 12, "4"), (12, 13, "1")), LAYER, rows)
    assert found.end == 10
    assert found.truth[-1].span == Span(5, 10)


def test_of_rows_that_come_again_the_first_counts() -> None:
    rows = [window(0, 2, 3), window(0, 2, 5), window(0, 2, 1, layer="arousal"), window(2, 4, None), window(2, 4, 2)]
    found = curve(monologue((0, 4, "3")), LAYER, rows)
    assert [(each.span, float(each.value)) for each in found.predicted] == [(Span(0, 2), 3.0)]


def test_rows_without_a_span_cover_no_time() -> None:
    rows = [Prediction(key="talk", layer=LAYER, value=2.0), window(0, 1, 3)]
    assert [each.span for each in curve(monologue((0, 4, "3")), LAYER, rows).predicted] == [Span(0, 1)]


def test_layers_of_words_have_no_curve() -> None:
    with pytest.raises(InvalidArgument) as caught:
        curve(monologue((0, 4, "Joy"), layer="basic7"), "basic7", [])
    assert str(caught.value) == (
        "layer must be one whose labels are numbers, got 'basic7' with 'Joy'; give such as \"intensity\""
    )


@given(st.lists(st.tuples(st.integers(1, 5), numbers), min_size=2, max_size=8), st.fractions(0, 1, max_denominator=9))
def test_splitting_pieces_changes_nothing(pairs: list[tuple[int, float]], share: Fraction) -> None:
    one = curve_of([truth for truth, _ in pairs], [predicted for _, predicted in pairs])
    at = min(max(share, Fraction(1, 9)), Fraction(8, 9))
    parts = {
        side: tuple(
            Level(span, level.value)
            for level in getattr(one, side)
            for middle in [level.span.start + at * level.span.duration]
            for span in (Span(level.span.start, middle), Span(middle, level.span.end))
        )
        for side in ("truth", "predicted")
    }
    other = replace(one, truth=parts["truth"], predicted=parts["predicted"])
    assert curve_scores([other]).columns.tolist() == curve_scores([one]).columns.tolist()


@given(st.lists(rows_of_numbers, max_size=4))
def test_the_order_of_curves_changes_nothing(streams: list[list[tuple[float, float]]]) -> None:
    curves = [curve_of([one for one, _ in each], [other for _, other in each]) for each in streams]
    found, again = curve_scores(curves), curve_scores(curves[::-1])
    for measure in found.measures:
        value, other = (each.value(measure.name, **measure.of) for each in (found, again))
        assert value == pytest.approx(other, abs=ROUNDING, nan_ok=True)


def test_a_number_made_worse_may_raise_the_coefficient() -> None:
    before, after = (curve_scores([curve_of([1, 2, 3], [2, 2, last])]) for last in (2, 4.5))
    assert before.value("mae", step="0.5") < after.value("mae", step="0.5")
    assert ccc(before, 0) == 0.0 < ccc(after, 0)


def test_released_intensities_score_1_or_nothing(release: Corpus) -> None:
    curves = []
    for talk in release.monologues:
        line = talk.labels(LAYER)
        rows = [
            Prediction(key=talk.key, layer=LAYER, span=span, value=float(next(iter(weights))))
            for span, weights in zip(line.spans, line.weights, strict=True)
        ]
        curves.append(curve(talk, LAYER, rows))
    together = curve_scores(curves)
    assert len(curves) == 46
    assert [ccc(together, ddof, name) for ddof in (0, 1) for name in ("ccc", "ccc_mean")] == [1.0] * 4
    for each in curves:
        value = ccc(curve_scores([each]), 0)
        assert value == 1.0 or (math.isnan(value) and len({level.value for level in each.truth}) == 1)
    for found in (together, *(curve_scores([each]) for each in curves)):
        assert found.value("rmse", step="0.5") == found.value("mae", step="0.5") == 0.0
        assert (found.value("coverage"), found.value("uncovered_seconds")) == (1.0, 0.0)


def test_a_label_that_is_a_number_counts_as_one() -> None:
    rows = [
        Prediction(key="talk", layer="intensity", span=Span(0, 2), label="3"),
        Prediction(key="talk", layer="intensity", span=Span(1, 3), labels=("4",)),
        Prediction(key="talk", layer="intensity", span=Span(3, 4), label="four"),
        Prediction(key="talk", layer="intensity", span=Span(4, 5), error="prose"),
    ]
    assert [(each.span, each.value) for each in stitched(rows)] == [
        (Span(0, 1), 3),
        (Span(1, 2), Fraction(7, 2)),
        (Span(2, 3), 4),
    ]
