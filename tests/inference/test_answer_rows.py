"""Rows of answers about streams: segments that overlap, that lie outside, and answers of which nothing can be read."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import taxonomy
from emos_io.evaluation import Prediction
from emos_io.evaluation.prompts import prompt
from emos_io.inference import Answer, AnswerRows, answer_rows
from emos_io.inference.plans import RequestSpan

BASIC7 = (taxonomy("basic7"),)


def rows_of(text: str, end: int = 10) -> AnswerRows:
    request = RequestSpan("m", Span(0, end))
    return answer_rows(Answer(key="m", text=text), request, prompt("stream-words-1"), BASIC7)


def lines(*segments: tuple[int, int]) -> str:
    return "\n".join(f"00:{start:02d}-00:{end:02d} | basic7: Joy" for start, end in segments)


def spans(rows: tuple[Prediction, ...]) -> list[tuple[Span | None, bool]]:
    return [(row.span, bool(row.error)) for row in rows]


def test_an_overlapping_segment_is_invalid_where_nothing_else_covers_its_time() -> None:
    text = lines((0, 4), (2, 6), (8, 9))
    found = rows_of(text)
    assert spans(found.rows) == [(Span(0, 4), False), (Span(4, 6), True), (Span(8, 9), False)]
    assert found.rows[1].error == "the segment [2, 6) begins before [0, 4) ends"
    assert found.num_invalid == 1
    assert [row.raw for row in found.rows] == [None, None, text]


def test_a_segment_that_is_covered_has_no_row_and_is_counted() -> None:
    found = rows_of(lines((0, 8), (2, 6)))
    assert spans(found.rows) == [(Span(0, 8), False)]
    assert found.num_invalid == 1


def test_an_answer_without_segments_is_one_row_about_all_of_the_time() -> None:
    found = rows_of("I cannot tell.")
    assert spans(found.rows) == [(Span(0, 10), True)]
    assert (found.rows[0].raw, found.num_unread, found.is_failed) == ("I cannot tell.", 1, False)


def test_a_request_without_an_answer_is_no_answer() -> None:
    request = RequestSpan("m", Span(0, 10))
    found = answer_rows(Answer(key="m", text=None, error="HTTP 400"), request, prompt("stream-words-1"), BASIC7)
    assert spans(found.rows) == [(Span(0, 10), True)]
    assert (found.rows[0].error, found.rows[0].raw, found.is_failed) == ("no answer: HTTP 400", "", True)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 20)), min_size=1, max_size=6))
def test_rows_never_overlap_and_lie_within_the_time_that_was_asked(drawn: list[tuple[int, int]]) -> None:
    found = rows_of(lines(*((start, start + seconds) for start, seconds in drawn)), end=25)
    own = [row.span for row in found.rows if row.span is not None]
    assert len(own) == len(found.rows)
    assert all(0 <= span.start < span.end <= 25 for span in own)
    assert all(before.end <= after.start for before, after in pairwise(own))
    assert [row.raw is not None for row in found.rows] == [False] * (len(own) - 1) + [True]
