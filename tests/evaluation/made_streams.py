"""Streams for tests: of the release, of a few words, and of Hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import strategies as st

from emos_io.corpus import Monologue, Utterance
from emos_io.evaluation import Prediction
from emos_io.evaluation.streams.pieces import Piece, Stream
from emos_io.spans import Seconds, Span

LAYER = "basic7"
HOP = Fraction(1, 2)

Labelled = tuple[Seconds, Seconds, str | None]
"""Start, end and label."""


def pieces(*given: Labelled) -> tuple[Piece, ...]:
    """Pieces of starts, ends and labels."""
    return tuple(Piece(Span(start, end), label) for start, end, label in given)


def stream(truth: Sequence[Labelled], predicted: Sequence[Labelled], key: str = "m") -> Stream:
    """A stream that ends where its truth does."""
    return Stream(key, Span(*truth[-1][:2]).end, pieces(*truth), pieces(*predicted))


def film(*given: Labelled, duration: Seconds = 1000, key: str = "m") -> Monologue:
    """A monologue with utterances of starts, ends and labels of Basic-7."""
    utterances = [
        Utterance(index=index, span=Span(start, end), labels={LAYER: () if label is None else (label,)})
        for index, (start, end, label) in enumerate(given)
    ]
    return Monologue(
        key=key, name=key, title=key, language="en", duration=Fraction(duration), utterances=tuple(utterances)
    )


def row(
    start: Seconds,
    end: Seconds,
    label: str | None,
    available_at: Seconds | None = None,
    *,
    key: str = "m",
    line: int = 0,
) -> Prediction:
    """A prediction of Basic-7."""
    at = None if available_at is None else Fraction(available_at)
    return Prediction(key=key, layer=LAYER, span=Span(start, end), label=label, available_at=at, line=line)


def released_segments(monologue: Monologue) -> list[Prediction]:
    """The labels of a monologue as predictions."""
    timeline = monologue.labels(LAYER)
    given = zip(timeline.spans, timeline.weights, strict=True)
    return [row(span.start, span.end, next(iter(weights)), key=monologue.key) for span, weights in given]


def perfect_windows(monologue: Monologue, *, shift: Fraction = Fraction(0), carried: bool = True) -> list[Prediction]:
    """What a causal system says that is right each half second, all of it later by `shift`.

    In a gap it says the last label again, or nothing where nothing is carried.
    """
    timeline = monologue.labels(LAYER)
    rows: list[Prediction] = []
    index, label = 0, None
    start = Fraction(0)
    while start < monologue.duration:
        while index < len(timeline) and timeline.spans[index].end <= start:
            index += 1
        is_labelled = index < len(timeline) and timeline.spans[index].start <= start
        if is_labelled:
            label = next(iter(timeline.weights[index]))
        if label is not None and (is_labelled or carried):
            end = start + HOP
            rows.append(row(start + shift, end + shift, label, end + shift, key=monologue.key))
        start += HOP
    return rows


def piece_lists(labels: str = "ABC", *, least: int = 0, gaps: bool = True) -> st.SearchStrategy[list[Labelled]]:
    """Up to six pieces without overlap, on half seconds, with gaps or without."""
    gap = st.sampled_from([0, 0, 1, 2, 4]) if gaps else st.just(0)
    part = st.tuples(gap, st.integers(1, 8), st.sampled_from(labels))

    def in_order(parts: list[tuple[int, int, str]]) -> list[Labelled]:
        found: list[Labelled] = []
        time = Fraction(0)
        for pause, length, label in parts:
            start = time + pause * HOP
            time = start + length * HOP
            found.append((start, time, label))
        return found

    return st.lists(part, min_size=least, max_size=6).map(in_order)


@st.composite
def streams(draw: st.DrawFn, *, key: str = "m") -> Stream:
    """A stream with some truth, and predictions that may be none, invalid in parts, and end before the truth does."""
    truth = draw(piece_lists(least=1))
    end = Span(*truth[-1][:2]).end
    answered = draw(piece_lists("ABCx"))
    predicted = [
        Piece(span, None if label == "x" else label)
        for start, stop, label in answered
        if (span := Span(start, stop).intersect(Span(0, end))) is not None
    ]
    return Stream(key, end, pieces(*truth), tuple(predicted))


def split_pieces(given: Sequence[Piece], at: Sequence[Fraction]) -> tuple[Piece, ...]:
    """The same pieces, each cut into two of one label at a share of it."""
    found: list[Piece] = []
    for piece, share in zip(given, at, strict=True):
        middle = piece.span.start + share * piece.span.duration
        found += [Piece(Span(piece.span.start, middle), piece.label), Piece(Span(middle, piece.span.end), piece.label)]
    return tuple(found)
