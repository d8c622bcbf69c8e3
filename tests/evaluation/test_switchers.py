"""Switchers without eyes and ears: the best periodic ones on the release, and random ones as many as the prediction has."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_streams import LAYER, released_segments, stream, streams

from emos_io.corpus import Corpus, taxonomy
from emos_io.errors import InvalidArgument
from emos_io.evaluation.streams.pieces import Piece, Stream
from emos_io.evaluation.streams.point_matching import turning_point_match
from emos_io.evaluation.streams.switchers import (
    EVERY_PERIOD,
    LISTED_PERIODS,
    PeriodicSwitcher,
    best_listed,
    best_periodic,
    most_pairs,
    periodic_switchers,
    random_f1,
    random_switchers,
)
from emos_io.evaluation.streams.timelines import content_stream
from emos_io.evaluation.streams.turning_points import TOLERANCES, Definition, predicted_points, true_points
from emos_io.spans import Span

DEFINITIONS: tuple[Definition, ...] = ("boundary", "label_change")
SAME_MEAN = 0.02
"""Means of two sets of 2,000 draws of a share between 0 and 1 with a spread of .2: five times their standard error."""

times = st.lists(st.integers(0, 40).map(lambda tick: Fraction(tick, 2)), max_size=8).map(sorted)


@pytest.fixture(scope="module")
def released(release: Corpus) -> list[Stream]:
    labels = taxonomy(LAYER).labels
    return [content_stream(each, released_segments(each), LAYER, labels) for each in release.monologues]


def of_all(given_streams: list[Stream], definition: Definition, tolerance: Fraction, period: int) -> tuple[int, int]:
    """Pairs and points of a periodic switcher, from its labels."""
    pairs = points = 0
    for each in given_streams:
        edges = [*range(0, 10_000, period)]
        labelled = [Piece(Span(edge, edge + period), str(edge)) for edge in edges if edge < each.end]
        switched = Stream(each.key, each.end, each.truth, tuple(labelled))
        predicted = predicted_points(switched, definition, "segments")
        true = true_points(each, definition)
        match = turning_point_match([point.time for point in true], [point.time for point in predicted], tolerance)
        pairs += len(match.pairs)
        points += match.num_true + match.num_predicted
    return pairs, points


def test_the_listed_periods_give_the_published_figures(release: Corpus, released: list[Stream]) -> None:
    durations = [each.duration for each in release.monologues]
    found = [best_listed(released, "label_change", tolerance, durations) for tolerance in TOLERANCES]
    assert [None if each is None else (int(each.period), round(each.f1, 3)) for each in found] == [
        (5, 0.224),
        (6, 0.336),
        (8, 0.421),
    ]


def test_period_7_is_better_than_the_listed_ones_at_3_seconds(release: Corpus, released: list[Stream]) -> None:
    durations = [each.duration for each in release.monologues]
    found = best_listed(released, "label_change", Fraction(3), durations, periods=EVERY_PERIOD)
    assert found is not None
    assert (int(found.period), round(found.f1, 3)) == (7, 0.433)
    assert 7 not in LISTED_PERIODS


def test_the_best_of_every_period_is_scored_as_predictions_are(released: list[Stream]) -> None:
    found = [best_periodic(released, "label_change", tolerance) for tolerance in TOLERANCES]
    assert [None if each is None else (int(each.period), round(each.f1, 3)) for each in found] == [
        (3, 0.239),
        (5, 0.355),
        (7, 0.453),
    ]


@given(st.lists(streams(), max_size=3), st.sampled_from(DEFINITIONS), st.sampled_from(TOLERANCES))
def test_the_best_periodic_switcher_is_the_best_of_all(
    given_streams: list[Stream], definition: Definition, tolerance: Fraction
) -> None:
    periods = (1, 2, 3, 5, 9)
    found = best_periodic(given_streams, definition, tolerance, periods=periods)
    if not any(true_points(each, definition) for each in given_streams):
        assert found is None
        return
    scores = [of_all(given_streams, definition, tolerance, period) for period in periods]
    f1 = [2 * pairs / points for pairs, points in scores]
    assert found == PeriodicSwitcher(Fraction(periods[f1.index(max(f1))]), max(f1))


@given(st.lists(streams(), max_size=3), st.sampled_from(DEFINITIONS), st.sampled_from(TOLERANCES), st.integers(0, 9))
def test_the_listed_rule_matches_all_switches_until_the_media_end(
    given_streams: list[Stream], definition: Definition, tolerance: Fraction, longer: int
) -> None:
    durations = [each.end + Fraction(longer, 2) for each in given_streams]
    for period in (Fraction(1), Fraction(3), Fraction(7, 2)):
        pairs = points = num_true = 0
        for each, duration in zip(given_streams, durations, strict=True):
            switches = [number * period for number in range(1, 1000) if number * period < duration]
            true = [point.time for point in true_points(each, definition)]
            pairs += len(turning_point_match(true, switches, tolerance).pairs)
            points, num_true = points + len(switches), num_true + len(true)
        found = best_listed(given_streams, definition, tolerance, durations, periods=[period])
        expected = PeriodicSwitcher(period, float(Fraction(2 * pairs, points + num_true))) if num_true else None
        assert found == expected


@given(times, times, st.integers(0, 8).map(lambda tick: Fraction(tick, 2)))
def test_most_pairs_are_as_many_as_the_match_has(
    true: list[Fraction], predicted: list[Fraction], tolerance: Fraction
) -> None:
    assert most_pairs(true, predicted, tolerance) == len(turning_point_match(true, predicted, tolerance).pairs)


def test_random_switchers_are_those_of_the_definition_in_mean() -> None:
    each = stream(
        ((0, 10, "Joy"), (10, 15, "Fear"), (17, 30, "Joy"), (30, 40, "Anger")),
        ((0, 3, "Joy"), (3, 9, "Fear"), (9, 22, "Joy"), (22, 40, "Anger")),
    )
    true = [point.time for point in true_points(each, "label_change")]
    num = len(predicted_points(each, "label_change", "decisions"))
    random = np.random.default_rng(1)
    expected = np.mean(
        [turning_point_match(true, [float(time) for time in random.random(num) * 40], 2).f1 or 0.0 for _ in range(2000)]
    )
    found = random_f1([each], "label_change", "decisions", Fraction(2), num_draws=2000, seed=2)
    assert found == pytest.approx(float(expected), abs=SAME_MEAN)


def test_random_switchers_with_labels_are_those_of_the_definition_in_mean() -> None:
    each = stream(
        ((0, 10, "Joy"), (10, 15, "Fear"), (17, 30, "Joy"), (30, 40, "Anger")),
        ((0, 3, "Joy"), (3, 9, "Fear"), (9, 22, "Joy"), (22, 40, "Anger")),
    )
    true = true_points(each, "label_change_right")
    words = [str(point.label) for point in predicted_points(each, "label_change_right", "decisions")]
    random = np.random.default_rng(1)
    expected = np.mean(
        [
            turning_point_match(
                [point.time for point in true],
                [float(time) for time in random.random(len(words)) * 40],
                2,
                true_labels=[str(point.label) for point in true],
                predicted_labels=[str(label) for label in random.choice(words, len(words))],
            ).f1
            or 0.0
            for _ in range(2000)
        ]
    )
    found = random_f1([each], "label_change_right", "decisions", Fraction(2), num_draws=2000, seed=2)
    assert found == pytest.approx(float(expected), abs=SAME_MEAN)


def test_random_switchers_say_only_labels_of_the_prediction() -> None:
    each = stream(((0, 10, "Joy"), (10, 20, "Fear")), ((0, 9, "Joy"), (9, 20, "Anger")))
    assert random_f1([each], "label_change_right", "decisions", Fraction(20)) == 0.0
    assert random_f1([each], "label_change", "decisions", Fraction(20)) == 1.0


@given(st.lists(streams(), max_size=3), st.integers(0, 3))
def test_random_switchers_are_bounded_and_the_same_for_one_seed(given_streams: list[Stream], seed: int) -> None:
    named = [Stream(str(index), each.end, each.truth, each.predicted) for index, each in enumerate(given_streams)]
    for definition in DEFINITIONS:
        found = random_f1(named, definition, "segments", Fraction(2), num_draws=20, seed=seed)
        assert found == random_f1(named[::-1], definition, "segments", Fraction(2), num_draws=20, seed=seed)
        points = [true_points(each, definition) or predicted_points(each, definition, "segments") for each in named]
        assert (found is None) == (not any(points))
        assert found is None or 0 <= found <= 1


def test_a_prediction_without_switches_has_random_ones_that_find_nothing() -> None:
    each = stream(((0, 10, "Joy"), (10, 20, "Fear")), ((0, 20, "Joy"),))
    assert random_f1([each], "label_change", "decisions", Fraction(2)) == 0.0
    plain = random_switchers([stream(((0, 10, "Joy"),), ((0, 10, "Joy"),))], "decisions")
    assert [(value.value, value.why) for value in plain] == [(None, "there are no turning points")] * 9


def test_all_switchers_say_what_they_are(released: list[Stream], release: Corpus) -> None:
    durations = [each.duration for each in release.monologues]
    periodic = periodic_switchers(released[:8], durations[:8])
    assert [(each.name, dict(each.of)) for each in periodic] == [
        ("periodic_switcher_f1", {"definition": definition, "tolerance": str(tolerance), "periods": periods})
        for definition in DEFINITIONS
        for tolerance in (1, 2, 3)
        for periods in ("every", "listed")
    ]
    assert all(each.why.startswith("no interval: the best period, ") for each in periodic)
    at_random = random_switchers(released[:8], "segments", num_draws=5)
    assert [(each.name, dict(each.of), each.why) for each in at_random] == [
        (
            "random_switcher_f1",
            {"definition": definition, "tolerance": str(tolerance)},
            "no interval: the mean of 5 draws",
        )
        for definition in (*DEFINITIONS, "label_change_right")
        for tolerance in (1, 2, 3)
    ]
    nums = [sum(len(true_points(each, definition)) for each in released[:8]) for definition in DEFINITIONS]
    assert [each.num for each in periodic] == [nums[0]] * 6 + [nums[1]] * 6
    assert [each.num for each in at_random] == [nums[0]] * 3 + [nums[1]] * 6


def test_streams_without_truth_do_not_count() -> None:
    each = stream(((0, 10, "Joy"), (10, 20, "Fear")), ((0, 9, "Joy"), (9, 20, "Fear")))
    empty = Stream("n", Fraction(0), (), ())
    alone, both = (
        periodic_switchers([each], [Fraction(20)]),
        periodic_switchers([each, empty], [Fraction(20), Fraction(99)]),
    )
    assert alone == both
    assert random_switchers([each], "segments") == random_switchers([each, empty], "segments")


def test_without_change_there_is_no_periodic_switcher() -> None:
    found = periodic_switchers([stream(((0, 10, "Joy"),), ())], [Fraction(10)])
    assert [(each.value, each.num, each.why) for each in found] == [(None, 0, "there are no true turning points")] * 12


def test_wrong_arguments_are_refused() -> None:
    each = stream(((0, 10, "Joy"), (10, 20, "Fear")), ())
    with pytest.raises(
        InvalidArgument, match=r"^durations must be one for each of 1 streams, got 2; give the media's seconds$"
    ):
        periodic_switchers([each], [Fraction(1), Fraction(2)])
    with pytest.raises(
        InvalidArgument, match=r"^periods must be one or more, got none; give seconds such as range\(1, 31\)$"
    ):
        best_periodic([each], "boundary", Fraction(1), periods=[])
    with pytest.raises(InvalidArgument, match=r"^period must be above 0, got 0; give seconds, such as 5$"):
        best_periodic([each], "boundary", Fraction(1), periods=[0])
    with pytest.raises(InvalidArgument, match=r"^num_draws must be an integer from 1 to "):
        random_f1([each], "boundary", "segments", Fraction(1), num_draws=0)
    with pytest.raises(InvalidArgument, match=r"^seed must be an integer from 0 to "):
        random_f1([each], "boundary", "segments", Fraction(1), seed=-1)
