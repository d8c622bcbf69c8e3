"""Strategies keep their bounds, and find the cases that they are there for."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from emos_io import Span, Windowing, WindowPlan
from emos_io.corpus import Clip, Monologue
from emos_io.errors import InvalidArgument
from emos_io.testing import strategies


@given(strategies.exact_times(-2, "7/3"), strategies.spans("1/2", 3), strategies.grid_seconds(3))
def test_times_and_spans_keep_their_bounds(time: Fraction, span: Span, seconds: Fraction) -> None:
    assert -2 <= time <= Fraction(7, 3)
    assert any((time / clock).denominator == 1 for clock in strategies.CLOCKS)
    assert Fraction(1, 2) <= span.start < span.end <= 3
    assert seconds in [Fraction(number, 4) for number in range(1, 13)]


@given(strategies.monologues("own/x", shortest=2, longest=5))
def test_monologues_are_in_order_and_on_the_grid(film: Monologue) -> None:
    assert film.key == "own/x"
    assert 2 <= film.duration <= 5
    for spans in ([each.span for each in film.utterances], [each.span for each in film.sentences]):
        ends = [Fraction(0), *(span.end for span in spans)]
        assert all(span.start >= end for span, end in zip(spans, ends, strict=False))
        assert all((time * 4).denominator == 1 for span in spans for time in (span.start, span.end))


FILMS: list[Callable[[Monologue], bool]] = [
    lambda film: any(a.span.end == b.span.start for a, b in zip(film.utterances, film.utterances[1:], strict=False)),
    lambda film: any(each.span.start >= film.duration for each in film.utterances),
    lambda film: any(not each.raw_primary for each in film.utterances),
    lambda film: len({each.raw_primary for each in film.utterances}) == 4,
    lambda film: bool(film.sentences) and not film.utterances,
]


@pytest.mark.parametrize("wanted", FILMS)
def test_monologues_find_what_labels_trip_over(wanted: Callable[[Monologue], bool]) -> None:
    # That there is one is the fact, and the smallest one takes long to find.
    only_generated = settings(phases=[Phase.generate], max_examples=2_000)
    assert wanted(find(strategies.monologues(), wanted, settings=only_generated))


def replace_hop(windowing: Windowing, longest: Fraction) -> Windowing:
    """A plan takes no hop that is longer than its shortest item."""
    if windowing.hop is None or windowing.hop <= longest:
        return windowing
    return Windowing(windowing.length, longest, context=windowing.context, lookahead=windowing.lookahead)


@given(strategies.monologue_lists(3), strategies.clips(), strategies.windowings(), strategies.orders(), st.data())
def test_plans_are_made_of_them(
    films: list[Monologue], clip: Clip, windowing: Windowing, order: str, data: st.DataObject
) -> None:
    assert [film.key for film in films] == [f"made/{index}" for index in range(len(films))]
    shortest = min(film.duration for film in films)
    windowing = replace_hop(windowing, shortest)
    try:
        plan = WindowPlan([*films, clip], windowing, labels=None, order=order)  # type: ignore[arg-type]
    except InvalidArgument:
        # Without an utterance or a sentence, and without a change, there is no window.
        assert windowing.by in ("utterance", "sentence", "change")
        return
    window = plan.window(data.draw(st.integers(0, len(plan) - 1)))
    assert window.span.start in window.span
    assert window.span.duration <= windowing.context + windowing.lookahead + window.label_span.duration


@pytest.mark.parametrize("by", [None, "clip", "utterance", "sentence", "change"])
def test_windowings_are_of_every_kind(by: str | None) -> None:
    assert find(strategies.windowings(), lambda windowing: windowing.by == by).by == by
