"""Laws of spans and sample numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.media.windows import window_spans
from emos_io.spans import grid_index, grid_index_ticks, num_samples, sample_at, sample_at_ticks

times = st.fractions(min_value=-10_000, max_value=10_000, max_denominator=90_000)
lengths = st.fractions(min_value=Fraction(1, 1000), max_value=100, max_denominator=1000)


@given(times, lengths, times, lengths)
def test_an_intersection_lies_in_both(a: Fraction, m: Fraction, b: Fraction, n: Fraction) -> None:
    first, second = Span(a, a + m), Span(b, b + n)
    both = first.intersect(second)
    assert both == second.intersect(first)
    if both is None:
        assert first.end <= second.start or second.end <= first.start
    else:
        assert both.start in first
        assert both.start in second
        assert both.duration <= min(first.duration, second.duration)


@given(times, lengths, times)
def test_shifting_keeps_the_length(a: Fraction, m: Fraction, by: Fraction) -> None:
    span = Span(a, a + m)
    assert span.shift(by).duration == span.duration
    assert span.shift(by).shift(-by) == span


@given(times, st.integers(1, 200_000))
@example(Fraction(1, 2), 1)
@example(Fraction(-1, 2), 1)
def test_sample_numbers_are_rounded_half_up(time: Fraction, rate: int) -> None:
    number = sample_at(time, rate)
    # No sample is nearer; of two that are as near it is the later one.
    assert Fraction(2 * number - 1, 2 * rate) <= time < Fraction(2 * number + 1, 2 * rate)


@given(times, st.fractions(min_value=Fraction(1, 10), max_value=1000, max_denominator=1001))
def test_the_index_on_a_grid_is_of_the_first_time_that_is_not_before(time: Fraction, rate: Fraction) -> None:
    index = grid_index(time, rate)
    assert Fraction(index - 1) / rate < time <= Fraction(index) / rate


@given(times, lengths, times, st.integers(1, 200_000))
def test_samples_of_neighbouring_spans_add_up(a: Fraction, m: Fraction, by: Fraction, rate: int) -> None:
    middle = a + m
    end = middle + abs(by) + 1
    both = num_samples(Span(a, middle), rate) + num_samples(Span(middle, end), rate)
    assert both == num_samples(Span(a, end), rate)


@given(st.lists(st.integers(-(2**31), 2**31), min_size=1), st.integers(1, 90_000), st.integers(1, 200_000))
def test_arrays_of_ticks_are_counted_one_by_one(ticks: list[int], unit: int, rate: int) -> None:
    array, fps = np.array(ticks), Fraction(rate, 1001)
    assert sample_at_ticks(array, unit, rate).tolist() == [sample_at(Fraction(tick, unit), rate) for tick in ticks]
    assert grid_index_ticks(array, unit, fps).tolist() == [grid_index(Fraction(tick, unit), fps) for tick in ticks]


@given(lengths, lengths, lengths)
def test_windows_begin_at_every_hop_until_one_reaches_the_end(
    duration: Fraction, length: Fraction, hop: Fraction
) -> None:
    spans = window_spans(duration, length, hop, Fraction(0))
    assert [span.start for span in spans] == [k * hop for k in range(len(spans))]
    assert spans[-1].end >= duration
    assert all(span.end < duration for span in spans[:-1])
    assert all(span.duration == length for span in spans)
