"""Turning points: their definitions, their measures, and what the release scores with its own labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random
from statistics import fmean, median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_streams import (
    HOP,
    LAYER,
    Labelled,
    film,
    perfect_windows,
    piece_lists,
    released_segments,
    row,
    split_pieces,
    stream,
    streams,
)

from emos_io.corpus import Corpus, Monologue, taxonomy
from emos_io.evaluation import Form, Prediction
from emos_io.evaluation.streams.pieces import Stream
from emos_io.evaluation.streams.point_matching import turning_point_match
from emos_io.evaluation.streams.timelines import content_stream, decision_stream
from emos_io.evaluation.streams.turning_points import (
    DEFINITIONS,
    LABELS_HAVE_NO_BOUNDARY,
    TOLERANCES,
    Definition,
    match_points,
    predicted_points,
    true_points,
    turning_points,
)
from emos_io.evaluation.sums import MeasuredRows, PlainValue
from emos_io.spans import Span

LABELS = taxonomy(LAYER).labels
FORMS: tuple[Form, ...] = ("segments", "decisions")
ROUNDING = 1e-12
"""Means of a few numbers below 1,000, summed in another order."""
MEASURES = ("precision", "recall", "f1", "delay_mean")
WORKED = ((0, 10, "Joy"), (10, 18, "Joy"), (18, 30, "Sadness"), (30, 40, "Anger"))


def rows_of(streams: Sequence[Stream], form: Form, tolerances: Sequence[Fraction] = TOLERANCES) -> MeasuredRows:
    found = turning_points(streams, form, tolerances=tolerances)[0]
    assert isinstance(found, MeasuredRows)
    return found


def values(measured: MeasuredRows, definition: Definition, tolerance: Fraction | int) -> list[float]:
    """Precision, recall, F1 and mean delay."""
    return [
        measured.value(f"turning_point_{name}", definition=definition, tolerance=str(tolerance)) for name in MEASURES
    ]


def times_of(
    given: Sequence[Labelled], truth: Sequence[Labelled], definition: Definition = "label_change"
) -> list[float]:
    found = predicted_points(stream(truth, given), definition, "decisions")
    return [float(point.time) for point in found]


# Definitions.

TRUTH = ((0, 10, "Joy"), (10, 15, "Joy"), (20, 30, "Fear"), (30, 40, "Joy"))


def test_true_points_are_the_starts_of_segments_and_the_label_before_a_gap_counts() -> None:
    found = {each: [point.time for point in true_points(stream(TRUTH, ()), each)] for each in DEFINITIONS}
    assert found == {"boundary": [10, 20, 30], "label_change": [20, 30], "label_change_right": [20, 30]}


def test_predicted_boundaries_of_segments_are_the_starts_of_all_but_the_first() -> None:
    given_pieces = ((2, 5, "Joy"), (7, 16, "Joy"), (16, 17, None), (18, 30, "Joy"))
    found = predicted_points(stream(TRUTH, given_pieces), "boundary", "segments")
    assert [(float(point.time), point.label) for point in found] == [(7, "Joy"), (16, None), (18, "Joy")]


def test_predicted_boundaries_of_decisions_are_changes_of_the_label() -> None:
    assert times_of(((0, 5, "Joy"), (5, 8, "Joy"), (8, 40, "Fear")), TRUTH, "boundary") == [8]


@pytest.mark.parametrize(
    ("given_pieces", "expected"),
    [
        # The first label is no change, whenever it comes.
        (((0, 40, "Joy"),), []),
        (((12, 40, "Fear"),), []),
        ((), []),
        # A label that is there again is none.
        (((0, 5, "Joy"), (8, 9, "Joy")), []),
        # An invalid answer is no label: the next one is compared with the last that was there.
        (((0, 5, "Joy"), (5, 6, None), (6, 9, "Joy")), []),
        (((0, 5, "Joy"), (5, 6, None), (6, 9, "Fear")), [6]),
        (((0, 5, None), (5, 9, "Joy")), []),
        # In a gap the label at its end counts, as one change at the last switch.
        (((0, 16, "Joy"), (16, 17, "Anger"), (17, 40, "Fear")), [17]),
        (((0, 16, "Joy"), (16, 17, "Fear"), (17, 19, "Fear"), (19, 40, "Fear")), [16]),
        (((0, 16, "Joy"), (16, 17, "Anger"), (17, 19, "Fear"), (19, 40, "Joy")), []),
        (((0, 16, "Joy"), (16, 17, None), (17, 40, "Fear")), [17]),
        (((0, 16, "Joy"), (16, 17, "Fear"), (17, 40, None)), [16]),
        # A gap has its start and its end.
        (((0, 15, "Joy"), (15, 20, "Neutral"), (20, 40, "Joy")), []),
        (((0, 15, "Joy"), (15, 20, "Neutral"), (20, 40, "Fear")), [20]),
        (((0, 14, "Joy"), (14, 20, "Neutral"), (20, 40, "Fear")), [14, 20]),
        (((0, 15, "Joy"), (15, 21, "Neutral"), (21, 40, "Fear")), [15, 21]),
        # The first decision may be in a gap.
        (((16, 17, "Joy"), (17, 25, "Fear"), (25, 40, "Joy")), [25]),
    ],
)
def test_predicted_changes(given_pieces: tuple[Labelled, ...], expected: list[int]) -> None:
    for definition in ("label_change", "label_change_right"):
        assert times_of(given_pieces, TRUTH, definition) == expected


def test_before_the_first_true_label_nothing_is_scored() -> None:
    truth = ((5, 10, "Joy"), (10, 20, "Fear"))
    assert times_of(((0, 2, "Fear"), (2, 3, "Anger"), (3, 10, "Joy"), (10, 20, "Fear")), truth) == [10]
    assert times_of(((0, 5, "Neutral"), (5, 10, "Joy"), (10, 20, "Fear")), truth) == [10]
    assert times_of(((0, 6, "Neutral"), (6, 10, "Joy"), (10, 20, "Fear")), truth) == [6, 10]


def test_a_pair_of_the_right_label_has_the_true_new_label() -> None:
    truth = ((0, 10, "Joy"), (10, 20, "Fear"), (20, 30, "Joy"))
    predicted = ((0, 11, "Joy"), (11, 20, "Anger"), (20, 30, "Joy"))
    measured = rows_of([stream(truth, predicted)], "decisions")
    assert values(measured, "label_change", 2) == [1.0, 1.0, 1.0, 0.5]
    assert values(measured, "label_change_right", 2) == [0.5, 0.5, 0.5, 0.0]


def test_the_right_label_farther_away_is_matched_before_a_near_wrong_one() -> None:
    truth = ((0, 10, "Joy"), (10, 20, "Fear"))
    predicted = ((0, 10, "Joy"), (10, 12, "Anger"), (12, 20, "Fear"))
    measured = rows_of([stream(truth, predicted)], "decisions")
    assert values(measured, "label_change_right", 2) == [0.5, 1.0, 2 / 3, 2.0]


# Pooled over streams.


def test_points_are_pooled_over_streams() -> None:
    first = stream(((0, 10, "Joy"), (10, 20, "Fear")), ((0, 11, "Joy"), (11, 20, "Fear")), "a")
    second = stream(
        ((0, 10, "Joy"), (10, 20, "Fear"), (20, 30, "Joy")), ((0, 5, "Joy"), (5, 18, "Fear"), (18, 30, "Joy")), "b"
    )
    found = turning_points([first, second], "decisions", tolerances=[Fraction(2)])
    measured = found[0]
    assert isinstance(measured, MeasuredRows)
    assert values(measured, "label_change", 2) == [2 / 3, 2 / 3, 2 / 3, -0.5]
    nums = {
        measure.name: float(measure.num(measured.sums())[0])
        for measure in measured.measures
        if measure.num is not None and measure.of["definition"] == "label_change"
    }
    assert nums == {
        "turning_point_precision": 3,
        "turning_point_recall": 3,
        "turning_point_f1": 3,
        "turning_point_delay_mean": 2,
    }
    assert found[2] == PlainValue(
        "turning_point_delay_median",
        -0.5,
        2,
        "a median has no interval",
        {"definition": "label_change", "tolerance": "2"},
    )


def test_without_points_there_is_no_value() -> None:
    one_label = stream(((0, 10, "Joy"),), ((0, 10, "Joy"),))
    for given_streams in ([], [one_label], [Stream("m", Fraction(0), (), ())]):
        found = turning_points(given_streams, "segments")
        measured = found[0]
        assert isinstance(measured, MeasuredRows)
        assert all(
            np.isnan(value) for each in DEFINITIONS for tau in TOLERANCES for value in values(measured, each, tau)
        )
        assert [plain.value for plain in found[1:] if isinstance(plain, PlainValue)] == [None] * 9
    assert rows_of([one_label, Stream("m", Fraction(0), (), ())], "segments").counted.tolist() == [True, False]


def test_boundaries_of_decisions_say_what_they_are_worth() -> None:
    for form in FORMS:
        for each in turning_points([stream(WORKED, ())], form):
            assert isinstance(each, MeasuredRows | PlainValue)
            measures = each.measures if isinstance(each, MeasuredRows) else (each,)
            for measure in measures:
                is_marked = measure.of["definition"] == "boundary" and form == "decisions"
                assert (LABELS_HAVE_NO_BOUNDARY in measure.why) == is_marked


@given(st.lists(streams(), max_size=4), st.sampled_from(FORMS))
def test_measures_are_bounded_and_those_of_the_pairs(given_streams: list[Stream], form: Form) -> None:
    found = turning_points(given_streams, form)
    measured = found[0]
    assert isinstance(measured, MeasuredRows)
    medians = iter(found[1:])
    for definition in DEFINITIONS:
        for tolerance in TOLERANCES:
            pairs = num_true = num_predicted = 0
            delays: list[Fraction] = []
            for each in given_streams:
                true, predicted = true_points(each, definition), predicted_points(each, definition, form)
                labels = [[str(point.label) for point in points] for points in (true, predicted)]
                is_right = definition == "label_change_right"
                match = turning_point_match(
                    [point.time for point in true],
                    [point.time for point in predicted],
                    tolerance,
                    true_labels=labels[0] if is_right else None,
                    predicted_labels=labels[1] if is_right else None,
                )
                pairs, delays = pairs + len(match.pairs), delays + list(match.delays)
                num_true, num_predicted = num_true + len(true), num_predicted + len(predicted)
            nan = float("nan")
            expected = [
                pairs / num_predicted if num_predicted else nan,
                pairs / num_true if num_true else nan,
                2 * pairs / (num_true + num_predicted) if num_true + num_predicted else nan,
                fmean(map(float, delays)) if delays else nan,
            ]
            got = values(measured, definition, tolerance)
            np.testing.assert_allclose(got, expected, rtol=ROUNDING, atol=ROUNDING)
            assert all(np.isnan(value) or 0 <= value <= 1 for value in got[:3])
            assert np.isnan(got[3]) or abs(got[3]) <= tolerance
            plain = next(medians)
            assert isinstance(plain, PlainValue)
            assert plain.value == (float(median(delays)) if delays else None)


@given(st.lists(streams(), max_size=4), st.randoms(), st.sampled_from(FORMS))
def test_order_of_items_is_no_matter(given_streams: list[Stream], random: Random, form: Form) -> None:
    order = list(range(len(given_streams)))
    random.shuffle(order)
    found = turning_points(given_streams, form)
    other = turning_points([given_streams[index] for index in order], form)
    assert isinstance(found[0], MeasuredRows)
    assert isinstance(other[0], MeasuredRows)
    assert np.array_equal(found[0].columns[order], other[0].columns)
    assert found[1:] == other[1:]


@given(streams(), st.sampled_from(FORMS), st.data())
def test_a_split_segment_changes_nothing_but_boundary(each: Stream, form: Form, data: st.DataObject) -> None:
    shares = st.integers(1, 9).map(lambda tenth: Fraction(tenth, 10))
    at = [data.draw(shares) for _ in (*each.truth, *each.predicted)]
    truth = split_pieces(each.truth, at[: len(each.truth)])
    predicted = split_pieces(each.predicted, at[len(each.truth) :])
    for changed in (Stream("m", each.end, truth, each.predicted), Stream("m", each.end, each.truth, predicted)):
        for definition in ("label_change", "label_change_right"):
            assert true_points(changed, definition) == true_points(each, definition)
            assert predicted_points(changed, definition, form) == predicted_points(each, definition, form)


def test_a_split_segment_changes_boundary() -> None:
    each = stream(WORKED, WORKED)
    split = Stream("m", each.end, each.truth, split_pieces(each.predicted, [Fraction(1, 2)] * 4))
    assert values(rows_of([each], "segments"), "boundary", 1)[0] == 1
    assert values(rows_of([split], "segments"), "boundary", 1)[0] < 1


@given(piece_lists(least=1), st.integers(0, 12))
def test_a_decision_clock_that_is_later_shows_it_as_delay(given_rows: list[Labelled], ticks: int) -> None:
    """Truth is one segment, so that no gap takes points; what comes at the end or after it is cut."""
    delay = ticks * HOP
    monologue = film((0, 30, "Joy"))
    rows = [
        row(start, end, LABELS["ABC".index(str(label))], Span(start, end).start + delay)
        for start, end, label in given_rows
    ]
    content, decided = content_stream(monologue, rows, LAYER, LABELS), decision_stream(monologue, rows, LAYER, LABELS)
    assert decided is not None
    early, late = (predicted_points(each, "label_change", "decisions") for each in (content, decided))
    assert [(point.time + delay, point.label) for point in early if point.time + delay < 30] == [
        (point.time, point.label) for point in late
    ]


# The release.

Make = Callable[[Monologue], list[Prediction]]


def content_streams(release: Corpus, make: Make) -> list[Stream]:
    return [content_stream(each, make(each), LAYER, LABELS) for each in release.monologues]


def decision_streams(release: Corpus, make: Make) -> list[Stream]:
    found = [decision_stream(each, make(each), LAYER, LABELS) for each in release.monologues]
    return [each for each in found if each is not None]


def test_released_segments_score_perfectly_or_have_nothing_to_score(release: Corpus) -> None:
    streams = content_streams(release, released_segments)
    without: list[tuple[Definition, str]] = []
    for each in streams:
        measured = rows_of([each], "segments")
        for definition in DEFINITIONS:
            for tolerance in TOLERANCES:
                got = values(measured, definition, tolerance)
                if np.isnan(got).all():
                    without.append((definition, each.key))
                else:
                    assert got == [1.0, 1.0, 1.0, 0.0]
    unchanged = ["streaming/Heat", "streaming/Macbeth", "streaming/The Imitation Game"]
    assert sorted(set(without)) == [(name, key) for name in ("label_change", "label_change_right") for key in unchanged]
    found = turning_points(streams, "segments")
    pooled = found[0]
    assert isinstance(pooled, MeasuredRows)
    for definition in DEFINITIONS:
        assert all(values(pooled, definition, tolerance) == [1.0, 1.0, 1.0, 0.0] for tolerance in TOLERANCES)
    plain = [(each.value, each.num) for each in found[1:] if isinstance(each, PlainValue)]
    assert plain == [(0.0, 401)] * 3 + [(0.0, 233)] * 6


@pytest.mark.parametrize("carried", [True, False])
def test_perfect_windows_find_each_change_and_are_one_hop_late(release: Corpus, carried: bool) -> None:
    def windows(each: Monologue) -> list[Prediction]:
        return perfect_windows(each, carried=carried)

    for make, delay in ((content_streams, 0.0), (decision_streams, float(HOP))):
        perfect = make(release, windows)
        matches = [match_points(each, "label_change", "decisions", Fraction(2)) for each in perfect]
        assert {float(each) for match in matches for each in match.delays} == {delay}
        found = turning_points(perfect, "decisions")
        measured = found[0]
        assert isinstance(measured, MeasuredRows)
        assert measured.counted.sum() == 46
        for tolerance in TOLERANCES:
            for definition in ("label_change", "label_change_right"):
                assert values(measured, definition, tolerance) == [1.0, 1.0, 1.0, delay]
            assert values(measured, "boundary", tolerance) == [1.0, 233 / 401, 466 / 634, delay]
        medians = [(each.value, each.num) for each in found[1:] if isinstance(each, PlainValue)]
        assert medians == [(delay, 233)] * 9
    assert (round(233 / 401, 3), round(466 / 634, 3)) == (0.581, 0.735)


@pytest.mark.parametrize("shift", ["1/8", "7/10", "1"])
def test_a_shifted_prediction_shows_its_delay(release: Corpus, shift: str) -> None:
    late = Fraction(shift)

    def windows(each: Monologue) -> list[Prediction]:
        return perfect_windows(each, shift=late)

    for make, delay in ((content_streams, late), (decision_streams, late + HOP)):
        found = turning_points(make(release, windows), "decisions")
        measured = found[0]
        assert isinstance(measured, MeasuredRows)
        for tolerance in TOLERANCES:
            if delay > tolerance:
                continue
            got = values(measured, "label_change", tolerance)
            assert got[:3] == [1.0, 1.0, 1.0]
            assert got[3] == pytest.approx(float(delay), rel=ROUNDING)
        at_three = {"definition": "label_change", "tolerance": "3"}
        plain = [each for each in found[1:] if isinstance(each, PlainValue) and dict(each.of) == at_three]
        assert [(each.value, each.num) for each in plain] == [(float(delay), 233)]
