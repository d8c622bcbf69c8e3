"""Label switches a minute of labelled time, counted on letters."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled_streams import INVALID, NOTHING, released, shares, split_everywhere, stream_of, texts

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.evaluation.streams.flicker import flicker
from emos_io.evaluation.streams.pieces import Piece, Stream

ROUNDING = 1e-9
"""Seconds that are no integers, summed in another order."""
NAMES = ("flicker", "true_flicker", "excess_flicker")


def values(*streams: Stream) -> list[float]:
    found = flicker(streams)
    return [found.value(name) for name in NAMES]


def counted(truth: str, predicted: str) -> tuple[int, int, int]:
    """Switches of the prediction and of the truth, and seconds.

    Letters without an answer are passed over. Of the letters of a gap, and of the second that follows it, the last counts.
    """
    kept: list[str] = []
    before = ""
    for second, letter in enumerate(predicted):
        follows = second > 0 and truth[second - 1] == NOTHING
        zone = f"gap {len(truth[:second].rstrip(NOTHING))}" if truth[second] == NOTHING or follows else ""
        if letter not in NOTHING + INVALID:
            kept[len(kept) - (zone != "" and zone == before) :] = [letter]
            before = zone
    words = kept, truth.replace(NOTHING, "")
    first, second = (sum(one != other for one, other in pairwise(word)) for word in words)
    return first, second, len(words[1])


def test_worked_example() -> None:
    stream = stream_of("JJJJJSSSSSAAAA", "JJSJJJJSSSSASA")
    assert [round(value, 1) for value in values(stream)] == [25.7, 8.6, 17.1]
    assert values(stream) == [60 * 6 / 14, 60 * 2 / 14, 60 * 4 / 14]


@given(st.lists(texts(12), max_size=4))
def test_counts_and_minutes_are_pooled(pairs: list[tuple[str, str]]) -> None:
    found = flicker([stream_of(*pair) for pair in pairs])
    first, second, seconds = (sum(counted(*pair)[index] for pair in pairs) for index in range(3))
    if seconds == 0:
        assert all(math.isnan(found.value(name)) for name in NAMES)
        assert not found.counted.any()
    else:
        assert [found.value(name) for name in NAMES] == [
            60 * each / seconds for each in (first, second, first - second)
        ]


@pytest.mark.parametrize(
    ("predicted", "num"),
    [
        ("AA....AA", 0),
        ("AABCBCAA", 0),  # the label at the end of the gap is that before it
        ("AABBBBBB", 1),
        ("AABCDCBB", 1),  # three switches in the gap count as one
        ("AACCAAAC", 1),
        ("AACCCCCA", 2),  # once in the gap, once after it
    ],
)
def test_a_gap_has_one_switch_at_most(predicted: str, num: int) -> None:
    assert values(stream_of("AA....AA", predicted))[:2] == [60 * num / 4, 0]


def test_the_truth_switches_over_a_gap_too() -> None:
    assert values(stream_of("AA..BB", "AAAAAA")) == [0, 15, -15]


@pytest.mark.parametrize(("predicted", "num"), [("A?.A", 0), ("..AA", 0), ("????", 0), ("A?.B", 1), ("?BA.", 1)])
def test_an_answer_that_is_missing_or_invalid_is_no_other_label(predicted: str, num: int) -> None:
    assert values(stream_of("AAAA", predicted))[0] == 60 * num / 4


@given(texts(), shares)
def test_splitting_pieces_changes_nothing(pair: tuple[str, str], at: Fraction) -> None:
    stream = stream_of(*pair)
    assert flicker([split_everywhere(stream, at)]).columns.tolist() == flicker([stream]).columns.tolist()


@given(st.lists(texts(12), max_size=4))
def test_the_order_of_streams_changes_nothing_and_no_value_is_below_its_bound(pairs: list[tuple[str, str]]) -> None:
    streams = [stream_of(*pair) for pair in pairs]
    found, again = values(*streams), values(*streams[::-1])
    assert found == pytest.approx(again, nan_ok=True, abs=ROUNDING)
    assert all(math.isnan(value) or value >= 0 for value in found[:2])


def test_released_segments_have_no_excess(release: Corpus) -> None:
    streams = released(release, lambda truth, end: truth)
    first, second, excess = values(*streams)
    seconds = sum(piece.span.duration for stream in streams for piece in stream.truth)
    assert first == second == pytest.approx(float(60 * 233 / seconds), abs=ROUNDING)
    assert excess == 0
    assert all(values(stream)[2] == 0 for stream in streams)


def test_a_constant_prediction_is_below_the_truth(release: Corpus) -> None:
    first, second, excess = values(*released(release, lambda truth, end: [Piece(Span(0, end), "Neutral")]))
    assert first == 0
    assert excess == -second < 0


def test_a_second_made_wrong_may_lower_the_excess() -> None:
    before, after = (values(stream_of("AAAABBBB", text))[2] for text in ("AABABBBB", "AABBBBBB"))
    assert (before, after) == (15.0, 0.0)
