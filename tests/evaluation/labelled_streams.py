"""Streams from texts of one letter a second, for tests of measures of streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.evaluation.streams.pieces import Piece, Stream

NOTHING, INVALID = ".", "?"
"""No label or no decision in this second; a decision that is invalid."""
LAYER = "basic7"


def stream_of(truth: str, predicted: str, key: str = "talk") -> Stream:
    """A stream of one piece a second, of texts of one length."""
    assert len(truth) == len(predicted)
    assert INVALID not in truth
    return Stream(key, Fraction(len(truth)), tuple(seconds_of(truth)), tuple(seconds_of(predicted)))


def seconds_of(text: str) -> Iterable[Piece]:
    for second, letter in enumerate(text):
        if letter != NOTHING:
            yield Piece(Span(second, second + 1), None if letter == INVALID else letter)


def released(corpus: Corpus, predict: Callable[[tuple[Piece, ...], Fraction], Iterable[Piece]]) -> list[Stream]:
    """The streams of a corpus with predictions that are made of the truth and its end."""
    streams = []
    for monologue in corpus.monologues:
        line = monologue.labels(LAYER)
        end = min(monologue.duration, line.spans[-1].end)
        parts = [
            (span.intersect(Span(0, end)), next(iter(weights)))
            for span, weights in zip(line.spans, line.weights, strict=True)
        ]
        truth = tuple(Piece(span, label) for span, label in parts if span is not None)
        streams.append(Stream(monologue.key, end, truth, tuple(predict(truth, end))))
    return streams


def split_everywhere(stream: Stream, at: Fraction) -> Stream:
    """The stream with each piece of the truth and of the predictions split in two at a share of its length."""
    return replace(stream, truth=tuple(_split(stream.truth, at)), predicted=tuple(_split(stream.predicted, at)))


def _split(pieces: Iterable[Piece], at: Fraction) -> Iterable[Piece]:
    for piece in pieces:
        middle = piece.span.start + at * piece.span.duration
        yield Piece(Span(piece.span.start, middle), piece.label)
        yield Piece(Span(middle, piece.span.end), piece.label)


@st.composite
def texts(draw: st.DrawFn, longest: int = 24) -> tuple[str, str]:
    """Truth and prediction of one length, with gaps, missing and invalid decisions."""
    length = draw(st.integers(0, longest))
    truth = draw(st.text("AABBC.", min_size=length, max_size=length))
    predicted = draw(st.text("AABBC.?D", min_size=length, max_size=length))
    return truth, predicted


shares = st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100)
