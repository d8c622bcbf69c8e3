"""Turning points matched one to one: the worked example, and the best of all matchings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_streams import stream

from emos_io.errors import InvalidArgument
from emos_io.evaluation.streams.point_matching import TurningPointMatch, turning_point_match
from emos_io.evaluation.streams.turning_points import Definition, true_points
from emos_io.spans import Seconds

WORKED = ((0, 10, "Joy"), (10, 18, "Joy"), (18, 30, "Sadness"), (30, 40, "Anger"))


def best_of_all(
    true: Sequence[tuple[Fraction, str]], predicted: Sequence[tuple[Fraction, str]], tolerance: Fraction
) -> tuple[int, Fraction, Fraction]:
    """Pairs, total distance below 0, and earliest points of the best of all matchings: each one is tried."""
    if not true:
        return 0, Fraction(0), Fraction(0)
    (time, label), rest = true[0], true[1:]
    found = [best_of_all(rest, predicted, tolerance)]
    for index, (point, own) in enumerate(predicted):
        if own == label and abs(point - time) <= tolerance:
            pairs, distance, early = best_of_all(rest, [*predicted[:index], *predicted[index + 1 :]], tolerance)
            found.append((pairs + 1, distance - abs(point - time), early - (point - time)))
    return max(found)


@pytest.mark.parametrize(
    ("definition", "tolerance", "expected"),
    [
        ("boundary", 2, (2, 0.5, 2 / 3, 4 / 7, 1.25)),
        ("boundary", 3, (3, 0.75, 1.0, 6 / 7, 11 / 6)),
        ("label_change", 2, (1, 0.25, 0.5, 1 / 3, 1.5)),
        ("label_change", 3, (2, 0.5, 1.0, 2 / 3, 2.25)),
    ],
)
def test_the_worked_example(definition: Definition, tolerance: int, expected: tuple[float, ...]) -> None:
    true = [point.time for point in true_points(stream(WORKED, ()), definition)]
    assert true == ([10, 18, 30] if definition == "boundary" else [18, 30])
    found = turning_point_match(true, [11, 19.5, 25, 33], tolerance)
    assert (len(found.pairs), found.precision, found.recall, found.f1, found.mean_delay) == expected


def test_most_pairs_come_before_the_nearest() -> None:
    found = turning_point_match([5, 8], [2, 3], 5)
    assert found == TurningPointMatch(((0, 0), (1, 1)), (Fraction(-3), Fraction(-5)), 2, 2)


@pytest.mark.parametrize(("tolerance", "pairs"), [(Fraction(1, 10), 1), ("0.1", 1), (Fraction(99_999, 1_000_000), 0)])
def test_the_tolerance_is_inclusive_and_exact(tolerance: Seconds, pairs: int) -> None:
    assert len(turning_point_match([0.3], [0.4], tolerance).pairs) == pairs
    assert len(turning_point_match([0.4], [0.3], tolerance).pairs) == pairs


def test_points_at_one_time_are_a_pair_at_tolerance_0() -> None:
    assert turning_point_match([4, 6], [6, 5], 0).pairs == ((1, 0),)


def test_of_equally_good_pairs_the_earlier_prediction_counts() -> None:
    assert turning_point_match([5], [4, 6], 2).delays == (Fraction(-1),)
    assert turning_point_match([5], [6, 4], 2).pairs == ((0, 1),)


def test_nothing_to_score_is_none() -> None:
    found = turning_point_match([], [], 2)
    assert (found.precision, found.recall, found.f1, found.mean_delay, found.median_delay) == (None,) * 5
    found = turning_point_match([1], [], 2)
    assert (found.precision, found.recall, found.f1, found.mean_delay) == (None, 0.0, 0.0, None)
    found = turning_point_match([], [1], 2)
    assert (found.precision, found.recall, found.f1, found.mean_delay) == (0.0, None, 0.0, None)


def test_median_of_an_even_number_is_between_the_two_in_the_middle() -> None:
    assert turning_point_match([10, 20], [11, 20.5], 2).median_delay == 0.75


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: turning_point_match([1], [2], -1), "tolerance must be 0 or more, got -1; give seconds, such as 2"),
        (lambda: turning_point_match([1], [float("nan")], 1), "time of predicted must be a finite number, got nan; "),
        (
            lambda: turning_point_match("12", [1], 1),
            "true must be a sequence of times, got '12'; give a list such as [10, 18.5]",
        ),
        (
            lambda: turning_point_match([1], [2], true_labels=["Joy"]),
            "predicted_labels must be given where true_labels is, got None; give both or neither",
        ),
        (
            lambda: turning_point_match([1], [2], true_labels=["Joy"], predicted_labels=[]),
            "predicted_labels must be one for each of 1 points, got 0; give the new label at each",
        ),
        (
            lambda: turning_point_match([1], [2], true_labels="J", predicted_labels=["J"]),
            "true_labels must be one for each of 1 points, got 'J'; give the new label at each",
        ),
    ],
)
def test_wrong_arguments_are_refused(call: Callable[[], object], text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert str(caught.value).startswith(text)


labelled_points = st.lists(
    st.tuples(st.integers(0, 24).map(lambda tick: Fraction(tick, 2)), st.sampled_from("AB")), max_size=5
)


@given(labelled_points, labelled_points, st.integers(0, 10).map(lambda tick: Fraction(tick, 2)), st.booleans())
@example([(Fraction(5), "A"), (Fraction(8), "A")], [(Fraction(2), "A"), (Fraction(3), "A")], Fraction(5), False)
@example([(Fraction(0), "A"), (Fraction(1), "B")], [(Fraction(1), "A"), (Fraction(0), "B")], Fraction(1), True)
def test_the_match_is_the_best_of_all(
    true: list[tuple[Fraction, str]], predicted: list[tuple[Fraction, str]], tolerance: Fraction, by_label: bool
) -> None:
    labels = ([label for _, label in true], [label for _, label in predicted])
    times = ([time for time, _ in true], [time for time, _ in predicted])
    if by_label:
        found = turning_point_match(*times, tolerance, true_labels=labels[0], predicted_labels=labels[1])
        expected = best_of_all(true, predicted, tolerance)
    else:
        found = turning_point_match(*times, tolerance)
        expected = best_of_all([(time, "") for time in times[0]], [(time, "") for time in times[1]], tolerance)
    distance = sum((abs(delay) for delay in found.delays), Fraction(0))
    assert (len(found.pairs), -distance, -sum(found.delays, Fraction(0))) == expected
    # It is a matching: no point twice, none too far, labels equal, delays those of the pairs.
    for side in (0, 1):
        assert len({pair[side] for pair in found.pairs}) == len(found.pairs)
    assert found.delays == tuple(times[1][second] - times[0][first] for first, second in found.pairs)
    assert all(abs(delay) <= tolerance for delay in found.delays)
    if by_label:
        assert all(labels[0][first] == labels[1][second] for first, second in found.pairs)


@given(labelled_points, labelled_points)
def test_order_of_points_is_no_matter(true: list[tuple[Fraction, str]], predicted: list[tuple[Fraction, str]]) -> None:
    times = ([time for time, _ in true], [time for time, _ in predicted])
    found, reverse = turning_point_match(*times), turning_point_match(times[0][::-1], times[1][::-1])
    assert sorted(found.delays) == sorted(reverse.delays)
