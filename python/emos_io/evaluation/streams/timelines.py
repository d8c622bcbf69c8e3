"""Truth and predictions of a monologue as `Stream`s: on the content clock, and on the decision clock.

```text
 rows         |--A--|--A--|--B--|          what each is about
 available_at          a1    a2    a3      when it could be said
 content      |--A--|--A--|--B--|
 decision              |--A-|--A--|--B--   each holds until the next one; before the first there is no decision
```
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from ..._checks import choice
from ...corpus import Monologue, Scalar
from ...errors import InvalidArgument
from ...spans import Span, exact_seconds
from ..predictions import Form, Prediction
from .pieces import Piece, Stream

FORMS: tuple[Form, ...] = ("segments", "decisions")
FEWEST_WINDOWS = 4
"""From how many rows of one item on equal lengths say that rows are windows."""


def truth_pieces(monologue: Monologue, layer: str) -> tuple[tuple[Piece, ...], Fraction]:
    """Return the labelled segments of a layer that takes one label at once, and where scores are cut.

    The end is ``min(duration, end of the last label)``. Labels that start at the duration or after it are no labels of the
    monologue, so they do not count as the last one. Without labels there are no pieces, and the end is 0.

    Raises:
        InvalidArgument: A segment has several labels, or the monologue has no such layer.

    Example:
        >>> from emos_io.corpus import Utterance
        >>> said = [Utterance(index=k, span=Span(a, b), labels={"basic7": (word,)})
        ...     for k, (a, b, word) in enumerate([(0, 10, "Joy"), (12, 21, "Fear")])]
        >>> film = Monologue(key="m", name="m", title="M", language="en", duration=Fraction("20.5"), utterances=tuple(said))
        >>> pieces, end = truth_pieces(film, "basic7")
        >>> [(str(piece.span), piece.label) for piece in pieces], str(end)
        ([('Span(0, 10)', 'Joy'), ("Span(12, '41/2')", 'Fear')], '41/2')
    """
    timeline = monologue.labels(layer)
    duration = exact_seconds(monologue.duration, name="duration")
    pieces: list[Piece] = []
    for span, weights in zip(timeline.spans, timeline.weights, strict=True):
        if len(weights) != 1:
            raise InvalidArgument(
                f"layer must be one that takes one label at once, got {layer!r}, which has {len(weights)} labels in {span}; "
                f"score streams in another layer: {monologue.key!r}",
                key=monologue.key,
            )
        start, end = max(span.start, Fraction(0)), min(span.end, duration)
        if start < end:
            pieces.append(Piece(Span(start, end), next(iter(weights))))
    return tuple(pieces), pieces[-1].span.end if pieces else Fraction(0)


def content_stream(monologue: Monologue, rows: Sequence[Prediction], layer: str, labels: Collection[str]) -> Stream:
    """Return truth and predictions on the content clock: each row counts for the media time that it is about.

    A row ends where the next one starts, by order of start, then of end, and does not go on after it. Of rows with one span
    the first counts. Rows are cut to ``[0, end)``. Rows without a span, and of other layers, are left out. `match` makes
    findings of all this.

    Args:
        monologue: The monologue.
        rows: Its predictions, in the order of their file.
        layer: Name of the layer.
        labels: The labels of the layer. A row with another word, or without a label, gives a piece without one.

    Raises:
        InvalidArgument: As `truth_pieces`.
    """
    truth, end = truth_pieces(monologue, layer)
    given = [(span.start, span.end, row) for span, row in _in_order(rows, layer)]
    return Stream(monologue.key, end, truth, _pieces(given, end, labels))


def decision_stream(
    monologue: Monologue, rows: Sequence[Prediction], layer: str, labels: Collection[str]
) -> Stream | None:
    """Return truth and predictions on the decision clock, or None where no row says when it was available.

    Each decision counts from its ``available_at`` until that of the next one, by order of ``available_at``, then of start; the
    last one counts to the end. Before the first there is no decision. Where several become available at once, the one that
    starts last counts. Rows that do not say when they were available are left out: `rows_without_clock` gives them.

    Args and errors are those of `content_stream`.
    """
    truth, end = truth_pieces(monologue, layer)
    given: list[tuple[Fraction, Fraction, Prediction]] = []
    for _, row in _in_order(rows, layer):
        if row.available_at is not None:
            given.append((row.available_at, end, row))
    if not given:
        return None
    # The order of spans stays within decisions of one moment.
    given.sort(key=lambda each: each[0])
    return Stream(monologue.key, end, truth, _pieces(given, end, labels))


def rows_without_clock(rows: Sequence[Prediction]) -> list[Prediction]:
    """Return the rows of a monologue that do not say when they were available, where others do.

    Example:
        >>> rows = [Prediction(key="m", layer="basic7", span=Span(k, k + 1), label="Joy", available_at=at, line=k)
        ...     for k, at in enumerate([Fraction(1), None])]
        >>> [row.line for row in rows_without_clock(rows)], rows_without_clock(rows[1:])
        ([1], [])
    """
    without = [row for row in rows if row.available_at is None]
    return without if len(without) < len(rows) else []


def _in_order(rows: Sequence[Prediction], layer: str) -> list[tuple[Span, Prediction]]:
    """Return the rows of a layer that have a span by start, then by end; of rows with one span the first alone."""
    first: dict[Span, Prediction] = {}
    for row in rows:
        if row.layer == layer and row.span is not None:
            first.setdefault(row.span, row)
    return sorted(first.items(), key=lambda each: each[0])


def _pieces(
    given: Sequence[tuple[Fraction, Fraction, Prediction]], end: Fraction, labels: Collection[str]
) -> tuple[Piece, ...]:
    """Return rows with start and end, in order of start, as pieces without overlap, cut to ``[0, end)``."""
    pieces: list[Piece] = []
    for index, (start, own_end, row) in enumerate(given):
        following = given[index + 1][0] if index + 1 < len(given) else end
        first, last = max(start, Fraction(0)), min(own_end, following, end)
        if first < last:
            pieces.append(Piece(Span(first, last), row.label if row.label in labels else None))
    return tuple(pieces)


def form_of(rows_by_item: Mapping[str, Sequence[Prediction]], header: Mapping[str, Scalar]) -> Form:
    """Return what the rows of a file are: segments, whose edges mean something, or decisions, such as one a window.

    The header says it with the key ``form``. Without it rows are decisions where some row became available after its start, or
    where all rows but the first and the last of each item have one length and some item has more than three.

    Args:
        rows_by_item: Rows of one layer by the keys of their items, as `by_key` gives them. Rows without a span say nothing.
        header: The header of the file.

    Raises:
        InvalidArgument: The header has another form.

    Example:
        >>> windows = [Prediction(key="m", layer="basic7", span=Span(k, k + 1), label="Joy") for k in range(5)]
        >>> form_of({"m": windows}, {}), form_of({"m": windows[:3]}, {}), form_of({"m": windows}, {"form": "segments"})
        ('decisions', 'segments', 'segments')
    """
    if header.get("form") is not None:
        return choice(header["form"], FORMS, "form of the header", "write one of them, or leave it out")
    spans_by_item: list[list[Span]] = []
    for rows in rows_by_item.values():
        timed = [(row.span, row.available_at) for row in rows if row.span is not None]
        if any(available_at is not None and available_at > span.start for span, available_at in timed):
            return "decisions"
        spans_by_item.append(sorted({span for span, _ in timed}))
    lengths = {span.duration for spans in spans_by_item for span in spans[1:-1]}
    has_windows = any(len(spans) >= FEWEST_WINDOWS for spans in spans_by_item)
    return "decisions" if has_windows and len(lengths) == 1 else "segments"
