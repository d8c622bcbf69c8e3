"""Times until the prediction is right after a change, by a definition on letters, and the curve of Kaplan and Meier."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled_streams import NOTHING, released, shares, split_everywhere, stream_of, texts
from statsmodels.duration.survfunc import SurvfuncRight  # type: ignore[import-untyped]

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument
from emos_io.evaluation.streams.pieces import Piece, Stream
from emos_io.evaluation.streams.time_to_correct import (
    TimeToCorrect,
    Unit,
    median_time_to_correct,
    survival,
    time_to_correct_scores,
    times_to_correct,
)

ROUNDING = 1e-9
"""statsmodels multiplies shares as sums of logarithms."""
TRUTH, PREDICTED = "JJJJJSSSSSAAAA", "JJSJJJJSSSSASA"
"""The worked example."""
HOP = Fraction(1, 2)


def times(truth: str, predicted: str, m: int = 1, unit: Unit = "decisions") -> list[Fraction | None]:
    return [each.time for each in times_to_correct(stream_of(truth, predicted), m=m, unit=unit)]


def times_of_letters(truth: str, predicted: str, m: int) -> list[int | None]:
    """The definition in seconds that are one decision each."""
    starts = [k for k in range(len(truth)) if truth[k] != NOTHING and (k == 0 or truth[k - 1] != truth[k])]
    found: list[int | None] = []
    for before, start in pairwise(starts):
        if truth[before] != truth[start]:
            end = next((k for k in range(start, len(truth)) if truth[k] != truth[start]), len(truth))
            needed = min(m, end - start)
            right = [predicted[k] == truth[start] for k in range(start, end)]
            found.append(next((k for k in range(len(right) - needed + 1) if all(right[k : k + needed])), None))
    return found


def observed(reached: Iterable[int], censored: Iterable[int] = ()) -> list[TimeToCorrect]:
    """Changes that are reached after some seconds, in segments that are long enough, and others that are censored."""
    found = [TimeToCorrect(Span(0, 1000), "A", Fraction(time)) for time in reached]
    return found + [TimeToCorrect(Span(0, time), "A", None) for time in censored]


def test_worked_example() -> None:
    assert times(TRUTH, PREDICTED) == [2, 1]
    assert times(TRUTH, PREDICTED, 2) == [2, None]
    assert times(TRUTH, PREDICTED, 1, "seconds") == [2, 1]
    assert times(TRUTH, PREDICTED, 2, "seconds") == [2, None]


def test_scores_of_the_worked_example() -> None:
    reached, median = time_to_correct_scores([stream_of(TRUTH, PREDICTED)])
    assert reached.value("time_to_correct_reached", m="1 decision") == 1.0
    assert (median.value, median.num, dict(median.of)) == (1.0, 2, {"m": "1 decision"})
    assert median.why == "a median of Kaplan-Meier has no interval"
    reached, median = time_to_correct_scores([stream_of(TRUTH, PREDICTED)], m=2)
    assert reached.value("time_to_correct_reached", m="2 decisions") == 0.5
    assert (median.name, median.value) == ("time_to_correct_median", 2.0)


@given(texts(), st.integers(1, 4), st.sampled_from(["decisions", "seconds"]))
def test_times_are_those_of_the_definition(pair: tuple[str, str], m: int, unit: Unit) -> None:
    assert times(*pair, m, unit) == times_of_letters(*pair, m)


def test_a_prediction_that_is_right_before_the_change_has_0() -> None:
    truth = (Piece(Span(0, 5), "A"), Piece(Span(5, 10), "B"))
    predicted = (Piece(Span(0, 3), "A"), Piece(Span(3, 10), "B"))
    for m, unit in ((1, "decisions"), (3, "decisions"), ("0.1", "seconds"), (99, "seconds")):
        found = times_to_correct(Stream("talk", Fraction(10), truth, predicted), m=m, unit=unit)  # type: ignore[arg-type]
        assert [each.time for each in found] == [0]


def test_a_decision_over_the_change_begins_with_the_segment() -> None:
    truth = (Piece(Span(0, "4.5"), "A"), Piece(Span("4.5", 9), "B"))
    predicted = tuple(Piece(Span(k, k + 1), "B" if k in (4, 7, 8) else "A") for k in range(9))
    stream = Stream("talk", Fraction(9), truth, predicted)
    by_decisions = [times_to_correct(stream, m=m)[0].time for m in (1, 2, 3)]
    by_seconds = [times_to_correct(stream, m=m, unit="seconds")[0].time for m in ("0.5", "0.6", 2, 3)]
    assert by_decisions == [0, Fraction("2.5"), None]
    assert by_seconds == [0, Fraction("2.5"), Fraction("2.5"), None]


def test_changes_over_gaps_compare_with_the_label_before() -> None:
    found = times_to_correct(stream_of("AA..AA.BB", "AAAAAAB.B"))
    assert [(each.span, each.label, each.time) for each in found] == [(Span(7, 9), "B", Fraction(1))]


def test_segments_end_where_a_gap_begins() -> None:
    (found,) = times_to_correct(stream_of("ABB.BB", "AAA.BB"))
    assert found.span == Span(1, 3)
    assert found.time is None


def test_touching_segments_of_one_label_are_one() -> None:
    truth = (Piece(Span(0, 2), "A"), Piece(Span(2, 3), "B"), Piece(Span(3, 9), "B"))
    (found,) = times_to_correct(Stream("talk", Fraction(9), truth, (Piece(Span(5, 9), "B"),)))
    assert found.span == Span(2, 9)
    assert found.time == 3


def test_time_without_a_decision_breaks_a_row() -> None:
    assert times("ABBBB", "AB.B.", 2) == [None]
    assert times("ABBBB", "AB?BB", 2) == [2]
    assert times("AB", "A.") == [None]


@given(texts(), shares)
def test_splitting_pieces_changes_nothing_for_one_decision_and_for_seconds(pair: tuple[str, str], at: Fraction) -> None:
    stream = stream_of(*pair)
    other = split_everywhere(stream, at)
    assert times_to_correct(other) == times_to_correct(stream)
    assert times_to_correct(other, m=2, unit="seconds") == times_to_correct(stream, m=2, unit="seconds")


def test_splitting_decisions_changes_two_decisions_in_a_row() -> None:
    stream = stream_of("ABBB", "ABAA")
    other = split_everywhere(stream, Fraction(1, 2))
    assert [times_to_correct(each, m=2)[0].time for each in (stream, other)] == [None, 0]


@given(texts(), st.integers(0, 23), st.integers(1, 3))
def test_a_decision_made_wrong_never_makes_anything_sooner(pair: tuple[str, str], second: int, m: int) -> None:
    truth, predicted = pair
    damaged = predicted[:second] + "?" + predicted[second + 1 :] if second < len(predicted) else predicted
    before, after = (time_to_correct_scores([stream_of(truth, each)], m=m) for each in (predicted, damaged))
    for sooner, later in zip(times(truth, predicted, m), times(truth, damaged, m), strict=True):
        assert later is None or (sooner is not None and sooner <= later)
    assert after[0].columns[0, 0] <= before[0].columns[0, 0]
    assert after[1].value is None or (before[1].value is not None and before[1].value <= after[1].value)


seconds = st.lists(st.integers(0, 9), max_size=12)


@given(seconds, seconds)
def test_the_curve_is_that_of_statsmodels(reached: list[int], censored: list[int]) -> None:
    curve = survival(observed(reached, [each + 1 for each in censored]))
    if not reached:
        assert curve == ()
        return
    ends = np.array([*reached, *(each + 1 for each in censored)], np.float64)
    peer = SurvfuncRight(ends, np.repeat([1, 0], [len(reached), len(censored)]))
    assert [float(time) for time, _ in curve] == peer.surv_times.tolist()
    assert [float(share) for _, share in curve] == pytest.approx(peer.surv_prob.tolist(), abs=ROUNDING)
    median = median_time_to_correct(observed(reached, [each + 1 for each in censored]))
    if all(abs(share - 0.5) > ROUNDING for share in peer.surv_prob):
        assert (math.nan if median is None else float(median)) == pytest.approx(
            peer.quantile(0.5), rel=ROUNDING, nan_ok=True
        )


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_without_censoring_the_median_is_the_lower_one(reached: list[int]) -> None:
    assert median_time_to_correct(observed(reached)) == sorted(reached)[(len(reached) - 1) // 2]


def test_at_exactly_one_half_the_earlier_time_counts() -> None:
    assert median_time_to_correct(observed([1, 2, 3, 4])) == 2
    assert median_time_to_correct(observed([1], [2])) == 1


def test_a_curve_above_one_half_has_no_median() -> None:
    assert median_time_to_correct(observed([1], [1, 2])) is None
    assert median_time_to_correct(observed([], [5])) is None
    assert median_time_to_correct([]) is None
    _, median = time_to_correct_scores([stream_of("ABABAB", "A.A.AB")])
    assert (median.value, median.num) == (0.0, 5)
    _, median = time_to_correct_scores([stream_of("ABABAB", "A.A...")])
    assert (median.value, median.why) == (None, "the curve never falls to one half: 1 of 5 changes are reached")


def test_a_change_censored_when_another_is_reached_is_still_waiting() -> None:
    assert survival(observed([2], [2])) == ((Fraction(2), Fraction(1, 2)),)
    assert survival(observed([3], [2])) == ((Fraction(3), Fraction(0)),)


def test_without_changes_there_is_nothing_to_score() -> None:
    for streams in ([], [stream_of("AA.A", "BBBB")], [stream_of("...", "ABA")]):
        reached, median = time_to_correct_scores(streams)
        assert reached.columns.shape == (len(streams), 2)
        assert not reached.counted.any()
        assert math.isnan(reached.value("time_to_correct_reached", m="1 decision"))
        assert (median.value, median.num, median.why) == (None, 0, "no label changes")


@given(st.lists(texts(12), max_size=5))
def test_the_order_of_streams_changes_nothing_and_the_share_is_a_share(pairs: list[tuple[str, str]]) -> None:
    streams = [stream_of(*pair) for pair in pairs]
    found, again = time_to_correct_scores(streams), time_to_correct_scores(streams[::-1])
    assert found[1] == again[1]
    share, other = (each.value("time_to_correct_reached", m="1 decision") for each in (found[0], again[0]))
    assert (share == other and 0 <= share <= 1) or (math.isnan(share) and math.isnan(other))


@pytest.mark.parametrize(
    ("m", "unit", "text"),
    [
        (
            0,
            "decisions",
            "m must be an integer from 1 to 2147483647, got 0; give how many decisions in a row must be right",
        ),
        (
            1.5,
            "decisions",
            "m must be an integer from 1 to 2147483647, got 1.5; give how many decisions in a row must be right",
        ),
        (0, "seconds", "m must be above 0, got 0; give how many seconds in a row must be right"),
        (1, "windows", 'unit must be "decisions" or "seconds", got \'windows\'; choose one of them'),
    ],
)
def test_other_arguments_are_refused(m: float, unit: Unit, text: str) -> None:
    for streams in ([], [stream_of("AB", "AB")]):
        with pytest.raises(InvalidArgument) as caught:
            time_to_correct_scores(streams, m=m, unit=unit)
        assert str(caught.value) == text


def test_half_a_second_is_named() -> None:
    reached, median = time_to_correct_scores([stream_of("AB", "AB")], m="0.5", unit="seconds")
    assert dict(reached.measures[0].of) == dict(median.of) == {"m": "0.5 s"}


def test_released_segments_are_right_at_once(release: Corpus) -> None:
    streams = released(release, lambda truth, end: truth)
    for m, unit, name in ((1, "decisions", "1 decision"), (1, "seconds", "1 s")):
        reached, median = time_to_correct_scores(streams, m=m, unit=unit)  # type: ignore[arg-type]
        assert reached.value("time_to_correct_reached", m=name) == 1.0
        assert (median.value, median.num) == (0.0, 233)
        assert (len(streams), int(reached.counted.sum())) == (46, 43)


def windows(truth: tuple[Piece, ...], end: Fraction) -> Iterable[Piece]:
    """A perfect causal system: from the end of each window until the next one, the label at the middle of the window."""
    for k in range(int(end / HOP)):
        middle = (k + Fraction(1, 2)) * HOP
        label = next((piece.label for piece in truth if middle in piece.span), None)
        yield Piece(Span((k + 1) * HOP, (k + 2) * HOP), label)


def test_perfect_windows_are_late_by_one_hop(release: Corpus) -> None:
    found = [each for stream in released(release, windows) for each in times_to_correct(stream)]
    assert {each.time for each in found} == {HOP}
    assert len(found) == 233
