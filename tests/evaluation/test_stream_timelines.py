"""Truth and predictions of a monologue on the content clock and on the decision clock."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_streams import LAYER, Labelled, film, piece_lists, pieces, released_segments, row

from emos_io.corpus import Corpus, Monologue, Utterance, taxonomy
from emos_io.errors import InvalidArgument
from emos_io.evaluation import Form, Prediction
from emos_io.evaluation.streams.overlaps import counted_parts
from emos_io.evaluation.streams.pieces import Piece, Stream
from emos_io.evaluation.streams.timelines import (
    content_stream,
    decision_stream,
    form_of,
    rows_without_clock,
    truth_pieces,
)
from emos_io.spans import Span

LABELS = taxonomy(LAYER).labels
FILM = film((0, 10, "Joy"), (12, 20, "Fear"), duration=19)


def plain_pieces(given: Sequence[Piece]) -> list[tuple[float, float, str | None]]:
    return [(float(piece.span.start), float(piece.span.end), piece.label) for piece in given]


def content(*rows: Prediction, monologue: Monologue = FILM) -> list[tuple[float, float, str | None]]:
    return plain_pieces(content_stream(monologue, rows, LAYER, LABELS).predicted)


def decisions(*rows: Prediction, monologue: Monologue = FILM) -> list[tuple[float, float, str | None]]:
    found = decision_stream(monologue, rows, LAYER, LABELS)
    assert found is not None
    return plain_pieces(found.predicted)


def test_truth_is_cut_at_the_duration() -> None:
    found, end = truth_pieces(FILM, LAYER)
    assert end == 19
    assert found == pieces((0, 10, "Joy"), (12, 19, "Fear"))


def test_truth_ends_with_its_last_label_where_the_media_goes_on() -> None:
    assert truth_pieces(film((2, 10, "Joy"), duration=50), LAYER) == (pieces((2, 10, "Joy")), Fraction(10))


@pytest.mark.parametrize("duration", [10, 11, 12])
def test_a_label_after_the_duration_is_not_the_last_label(duration: int) -> None:
    monologue = film((0, 10, "Joy"), (12, 20, "Fear"), duration=duration)
    assert truth_pieces(monologue, LAYER) == (pieces((0, 10, "Joy")), Fraction(10))


@pytest.mark.parametrize("monologue", [film(), film((0, 10, None)), film((0, 10, "Joy"), duration=0)])
def test_without_labels_there_is_no_truth_and_no_prediction(monologue: Monologue) -> None:
    rows = [row(0, 10, "Joy", 10)]
    assert truth_pieces(monologue, LAYER) == ((), Fraction(0))
    assert content_stream(monologue, rows, LAYER, LABELS) == Stream("m", Fraction(0), (), ())
    assert decision_stream(monologue, rows, LAYER, LABELS) == Stream("m", Fraction(0), (), ())


def test_a_layer_of_sets_is_no_stream_of_labels() -> None:
    utterance = Utterance(index=0, span=Span(0, 5), labels={"goemotions": ("joy", "love")})
    monologue = Monologue(key="m", name="m", title="M", language="en", duration=Fraction(5), utterances=(utterance,))
    text = (
        r"^layer must be one that takes one label at once, got 'goemotions', which has 2 labels in Span\(0, 5\); "
        r"score streams in another layer: 'm'$"
    )
    with pytest.raises(InvalidArgument, match=text):
        truth_pieces(monologue, "goemotions")


def test_every_turning_point_of_the_release_remains_after_the_cut(release: Corpus) -> None:
    found = [truth_pieces(monologue, LAYER) for monologue in release.monologues]
    assert len(found) == 46
    assert sum(len(truth) - 1 for truth, _ in found) == 401
    changes = [a.label != b.label for truth, _ in found for a, b in pairwise(truth)]
    assert (len(changes), sum(changes)) == (401, 233)
    gaps = [a.span.end < b.span.start for truth, _ in found for a, b in pairwise(truth)]
    assert sum(gaps) == 279


def test_the_release_is_cut_at_the_earlier_of_media_and_labels(release: Corpus) -> None:
    late = 0
    for monologue in release.monologues:
        last = monologue.labels(LAYER).spans[-1].end
        late += last > monologue.duration + 1
        assert truth_pieces(monologue, LAYER)[1] == min(monologue.duration, last)
    assert late == 8


def test_rows_count_for_the_time_that_they_are_about() -> None:
    assert content(row(0, 4, "Joy"), row(6, 9, "Fear")) == [(0, 4, "Joy"), (6, 9, "Fear")]


def test_rows_are_cut_at_0_and_at_the_end() -> None:
    assert content(row(-3, 4, "Joy"), row(15, 30, "Fear"), row(40, 50, "Joy"), row(-9, -3, "Fear")) == [
        (0, 4, "Joy"),
        (15, 19, "Fear"),
    ]


def test_the_later_one_of_rows_that_overlap_counts_from_the_end_of_the_one_before() -> None:
    assert content(row(3, 9, "Fear"), row(0, 5, "Joy")) == [(0, 5, "Joy"), (5, 9, "Fear")]


def test_a_row_with_one_within_it_counts_before_and_after_that() -> None:
    assert content(row(0, 9, "Joy"), row(3, 5, "Fear")) == [(0, 3, "Joy"), (3, 5, "Fear"), (5, 9, "Joy")]


def test_of_rows_with_one_start_the_longer_one_counts_after_the_other() -> None:
    rows = [row(0, 9, "Joy"), row(0, 5, "Fear")]
    assert content(*rows) == content(*rows[::-1]) == [(0, 5, "Fear"), (5, 9, "Joy")]


def test_of_rows_with_one_end_the_longer_one_counts_on_the_content_clock() -> None:
    rows = [row(0, 9, "Joy", 9), row(5, 9, "Fear", 9)]
    assert content(*rows) == content(*rows[::-1]) == [(0, 9, "Joy")]
    # On the decision clock both were available, the one that starts last after the other.
    assert decisions(*rows) == decisions(*rows[::-1]) == [(9, 19, "Fear")]


def test_a_row_after_the_item_takes_nothing_from_one_that_ends_after_it() -> None:
    assert content(row(12, 60, "Fear"), row(50, 51, "Joy")) == [(12, 19, "Fear")]


@pytest.mark.parametrize(("length", "hop"), [(4, "0.5"), (2, "0.5"), (3, 1), (1, 1)])
def test_causal_windows_that_overlap_say_what_is_new_in_each(length: int, hop: str | int) -> None:
    step = Fraction(hop)
    monologue = film((0, 10, "Joy"), (10, 20, "Fear"), (20, 30, "Joy"), duration=30)
    truth, _ = truth_pieces(monologue, LAYER)
    rows = []
    for index in range(int(30 / step)):
        end = (index + 1) * step
        label = next(piece.label for piece in truth if piece.span.start < end <= piece.span.end)
        rows.append(row(max(Fraction(0), end - length), end, label, end))
    found = content_stream(monologue, rows, LAYER, LABELS)
    assert all(
        piece.label == own.label
        for piece in found.predicted
        for own in truth
        if piece.span.intersect(own.span) is not None
    )
    assert [(piece.span.start, piece.span.end) for piece in found.predicted] == [
        (index * step, (index + 1) * step) for index in range(int(30 / step))
    ]
    assert form_of({"m": rows}, {}) == "decisions"
    assert form_of({"m": [row(*plain) for plain in plain_pieces(found.predicted)]}, {}) == "decisions"


def test_a_set_of_one_label_is_that_label() -> None:
    rows = [Prediction(key="m", layer=LAYER, span=Span(0, 4), labels=labels) for labels in (("Joy",), ("Joy", "Fear"))]
    assert [content(each) for each in rows] == [[(0, 4, "Joy")], [(0, 4, None)]]


def test_of_rows_that_come_again_the_first_counts() -> None:
    assert content(row(0, 9, "Joy", 3), row(0, 9, "Fear", 1)) == [(0, 9, "Joy")]
    assert decisions(row(0, 9, "Joy", 3), row(0, 9, "Fear", 1)) == [(3, 19, "Joy")]


@pytest.mark.parametrize("word", ["joy", "Unsure", "Happiness", ""])
def test_a_word_outside_of_the_layer_is_a_piece_without_label(word: str) -> None:
    assert content(row(0, 9, word)) == [(0, 9, None)]


def test_rows_of_other_layers_and_without_a_span_are_no_pieces() -> None:
    rows = [
        Prediction(key="m", layer="goemotions", span=Span(0, 5), label="Joy"),
        Prediction(key="m", layer=LAYER, label="Joy"),
    ]
    assert content(*rows) == []
    assert decision_stream(FILM, rows, LAYER, LABELS) is None


def test_a_decision_holds_until_the_next_one() -> None:
    rows = [row(4, 8, "Fear", 9), row(0, 4, "Joy", 5)]
    assert decisions(*rows) == [(5, 9, "Joy"), (9, 19, "Fear")]


def test_decisions_stand_in_order_of_when_they_were_available() -> None:
    assert decisions(row(0, 4, "Joy", 9), row(4, 8, "Fear", 8)) == [(8, 9, "Fear"), (9, 19, "Joy")]


def test_of_decisions_at_one_time_the_one_that_starts_last_counts() -> None:
    rows = [row(4, 8, "Fear", 8), row(0, 4, "Joy", 8)]
    assert decisions(*rows) == decisions(*rows[::-1]) == [(8, 19, "Fear")]


def test_decisions_are_cut_at_0_and_at_the_end() -> None:
    assert decisions(row(0, 1, "Joy", -1), row(1, 2, "Fear", 19), row(2, 3, "Anger", 30)) == [(0, 19, "Joy")]


def test_without_available_at_there_is_no_decision_clock() -> None:
    assert decision_stream(FILM, [row(0, 4, "Joy")], LAYER, LABELS) is None
    assert decision_stream(FILM, [], LAYER, LABELS) is None


def test_rows_without_available_at_are_left_out_beside_others_and_named() -> None:
    rows = [row(0, 4, "Joy", line=2), row(4, 8, "Fear", 9, line=3)]
    assert decisions(*rows) == [(9, 19, "Fear")]
    assert rows_without_clock(rows) == rows[:1]
    assert rows_without_clock(rows[:1]) == rows_without_clock(rows[1:]) == []


@given(piece_lists(), st.randoms())
def test_order_of_rows_is_no_matter(given_rows: list[Labelled], random: Random) -> None:
    rows = [row(start, end, "Joy" if label == "A" else "Fear", end) for start, end, label in given_rows]
    mixed = list(rows)
    random.shuffle(mixed)
    for make in (content_stream, decision_stream):
        assert make(FILM, rows, LAYER, LABELS) == make(FILM, mixed, LAYER, LABELS)


@given(st.lists(st.tuples(st.integers(-5, 25), st.integers(1, 9), st.integers(-3, 25)), max_size=8))
def test_pieces_never_overlap_and_lie_within_the_stream(given_rows: list[tuple[int, int, int]]) -> None:
    rows = [row(start, start + length, "Joy", at) for start, length, at in given_rows]
    for found in (content_stream(FILM, rows, LAYER, LABELS), decision_stream(FILM, rows, LAYER, LABELS)):
        if found is None:
            assert not rows
            continue
        edges = [edge for piece in found.predicted for edge in (piece.span.start, piece.span.end)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= found.end for edge in edges)


HOPS = ("1/4", "12/25", "1")
"""Windows of 12 frames at several frame rates have a length of their own in each film."""


def windows(num: int, available: Fraction | None = None, last: int = 1) -> list[Prediction]:
    rows = [row(start, start + 1, "Joy") for start in range(num - 1)]
    return [*rows, row(num - 1, num - 1 + last, "Joy", available)]


@pytest.mark.parametrize(
    ("rows", "form"),
    [
        ({}, "segments"),
        ({"m": []}, "segments"),
        ({"m": windows(3)}, "segments"),
        ({"m": windows(4)}, "decisions"),
        ({"m": windows(4, last=7)}, "decisions"),
        ({"m": windows(2), "n": windows(4)}, "decisions"),
        ({"m": windows(4), "n": [row(0, 2, "Joy"), row(2, 9, "Joy"), row(9, 10, "Joy")]}, "segments"),
        ({"m": [row(0, 2, "Joy"), row(2, 9, "Joy"), row(9, 10, "Joy"), row(10, 12, "Joy")]}, "segments"),
        ({"m": windows(2, Fraction(3))}, "decisions"),
        ({"m": windows(2, Fraction(1))}, "segments"),
        (
            {hop: [row(k * Fraction(hop), (k + 1) * Fraction(hop), "Joy") for k in range(8)] for hop in HOPS},
            "decisions",
        ),
        ({"m": [row(k / 10, k / 10 + 0.1, "Joy") for k in range(30)]}, "decisions"),
        ({"m": [row(k, k + (1 if k != 5 else Fraction(1, 2)), "Joy") for k in range(30)]}, "decisions"),
        ({"m": [row(k, k + (1 if k % 5 else Fraction(1, 2)), "Joy") for k in range(30)]}, "segments"),
        ({"m": [row(max(0, k - 4), k, "Joy") for k in range(1, 30)]}, "decisions"),
        ({"m": [row(6 * k, 6 * k + 6, "Joy") for k in range(5)]}, "decisions"),
        ({"m": [row(10 * k, 10 * k + 10, "Joy") for k in range(5)]}, "segments"),
        ({"m": [row(0, 9, "Joy", "1e-9"), row(9, 12, "Joy", "9.0000001")]}, "segments"),
    ],
)
def test_form_is_read_from_the_rows(rows: dict[str, list[Prediction]], form: Form) -> None:
    assert form_of(rows, {}) == form
    assert form_of({key: each[::-1] for key, each in rows.items()}, {"form": None}) == form


def test_form_of_the_header_comes_first() -> None:
    assert form_of({"m": windows(9, Fraction(20))}, {"form": "segments"}) == "segments"
    assert form_of({}, {"form": "decisions"}) == "decisions"


@pytest.mark.parametrize("form", ["windows", "", 3, True])
def test_another_form_of_the_header_is_refused(form: str | int) -> None:
    with pytest.raises(
        InvalidArgument, match=r'^form of the header must be "segments" or "decisions", got .*; write one'
    ):
        form_of({}, {"form": form})


def test_form_of_released_segments_is_segments(release: Corpus) -> None:
    rows = {monologue.key: released_segments(monologue) for monologue in release.monologues}
    assert form_of(rows, {}) == "segments"


@pytest.mark.property
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)).map(lambda at: Span(at[0], at[0] + at[1])), max_size=8)
)
def test_at_each_moment_the_row_that_ends_first_counts(spans: list[Span]) -> None:
    ordered = sorted(set(spans), key=lambda span: (span.end, span.start))
    counted = counted_parts(ordered)
    for half_seconds in range(1, 40, 2):
        moment = Fraction(half_seconds, 2)
        owners = [index for index, span in enumerate(ordered) if span.start <= moment < span.end]
        found = [i for i, parts in enumerate(counted) for part in parts if part.start <= moment < part.end]
        assert found == owners[:1]
