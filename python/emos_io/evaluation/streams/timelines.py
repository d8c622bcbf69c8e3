"""Truth and predictions of a monologue as `Stream`s: on the content clock, and on the decision clock.

```text
 rows         |--A--|--A--|--B--|          what each is about
 available_at          a1    a2    a3      when it could be said
 content      |--A--|--A--|--B--|
 decision              |--A-|--A--|--B--   each holds until the next one; before the first there is no decision
```
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from ..._checks import choice
from ...corpus import Monologue, Scalar
from ...errors import InvalidArgument
from ...formats import NOISE
from ...spans import Span, exact_seconds
from ..matched import label_of
from ..predictions import Form, Prediction
from .overlaps import counted_parts
from .pieces import Piece, Stream

FORMS: tuple[Form, ...] = ("segments", "decisions")
FEWEST_WINDOWS = 4
"""From how many rows of one item on equal lengths say that rows are windows."""
SHARE_OF_WINDOWS = Fraction(9, 10)
"""How many rows must have one length: windows may be cut at a pause, and of segments fewer last equally long."""
LONGEST_WINDOW = Fraction(6)
"""Seconds: of longer windows the middle is more than 3 s from an edge, the largest tolerance, so that they find no change."""


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

    Of rows that cover a moment the one that ends first counts there (`content_parts`). Of rows with one span the first counts.
    Rows are cut to ``[0, end)``. Rows without a span, and of other layers, are left out. `match` makes findings
    of all this.

    Args:
        monologue: The monologue.
        rows: Its predictions, in the order of their file.
        layer: Name of the layer.
        labels: The labels of the layer. A row with another word, or without a label, gives a piece without one.

    Raises:
        InvalidArgument: As `truth_pieces`.
    """
    truth, end = truth_pieces(monologue, layer)
    given = [
        (part.start, part.end, row)
        for row, parts in content_parts(monologue, _first_rows(rows, layer))
        for part in parts
    ]
    given.sort(key=lambda each: each[0])
    return Stream(monologue.key, end, truth, _pieces(given, end, labels))


def decision_stream(
    monologue: Monologue, rows: Sequence[Prediction], layer: str, labels: Collection[str]
) -> Stream | None:
    """Return truth and predictions on the decision clock, or None where no row says when it was available.

    Each decision counts from its ``available_at`` until that of the next one, by order of ``available_at``, then of end, then
    of start; the last one counts to the end. Before the first there is no decision. Where several become available at once,
    the one that ends last counts. What they are about may overlap. Rows that do not say when they were available are left out
    (`rows_without_clock` gives them), and so are those that lie outside of the monologue.

    Args and errors are those of `content_stream`.
    """
    truth, end = truth_pieces(monologue, layer)
    if all(row.available_at is None for row in rows if row.layer == layer and row.span is not None):
        return None
    within = [row for row, _ in content_parts(monologue, _first_rows(rows, layer))]
    # The order of spans stays within decisions of one moment.
    given = sorted(
        ((row.available_at, end, row) for row in within if row.available_at is not None), key=lambda each: each[0]
    )
    return Stream(monologue.key, end, truth, _pieces(given, end, labels))


def content_parts(monologue: Monologue, rows: Sequence[Prediction]) -> list[tuple[Prediction, tuple[Span, ...]]]:
    """Return rows with the parts of each that count on the content clock, in order of end, then of start.

    What a row is about is cut to ``[0, duration)``. Of rows that cover a moment the one that ends first counts there
    (`counted_parts`), so that windows that overlap say what is new in each. A row that lies outside of the monologue is left
    out; one of which nothing counts has no part.

    Args:
        monologue: The monologue.
        rows: Rows about it; those without a span are left out.

    Example:
        >>> film = Monologue(key="m", name="m", title="M", language="en", duration=Fraction(9))
        >>> rows = [Prediction(key="m", layer="basic7", span=Span(*at), label="Joy")
        ...     for at in ((0, 4), (1, 5), (2, 5), (2, 12))]
        >>> [list(map(str, parts)) for _, parts in content_parts(film, rows)]
        [['Span(0, 4)'], ['Span(4, 5)'], [], ['Span(5, 9)']]
    """
    duration = exact_seconds(monologue.duration, name="duration")
    item = Span(0, duration) if duration > 0 else None
    timed = [(part, row) for row in rows if item and row.span and (part := row.span.intersect(item)) is not None]
    timed.sort(key=lambda each: (each[0].end, each[0].start))
    return list(zip((row for _, row in timed), counted_parts([span for span, _ in timed]), strict=True))


def rows_without_clock(rows: Sequence[Prediction]) -> list[Prediction]:
    """Return the rows that do not say when they were available, where others do.

    Example:
        >>> rows = [Prediction(key="m", layer="basic7", span=Span(k, k + 1), label="Joy", available_at=at, line=k)
        ...     for k, at in enumerate([Fraction(1), None])]
        >>> [row.line for row in rows_without_clock(rows)], rows_without_clock(rows[1:])
        ([1], [])
    """
    without = [row for row in rows if row.available_at is None]
    return without if len(without) < len(rows) else []


def _first_rows(rows: Sequence[Prediction], layer: str) -> list[Prediction]:
    """Return the rows of a layer that have a span; of rows with one span the first alone."""
    first: dict[Span, Prediction] = {}
    for row in rows:
        if row.layer == layer and row.span is not None:
            first.setdefault(row.span, row)
    return list(first.values())


def _pieces(
    given: Sequence[tuple[Fraction, Fraction, Prediction]], end: Fraction, labels: Collection[str]
) -> tuple[Piece, ...]:
    """Return rows with start and end, in order of start, as pieces without overlap, cut to ``[0, end)``."""
    known = tuple(labels)
    pieces: list[Piece] = []
    for index, (start, own_end, row) in enumerate(given):
        following = given[index + 1][0] if index + 1 < len(given) else end
        first, last = max(start, Fraction(0)), min(own_end, following, end)
        if first < last:
            pieces.append(Piece(Span(first, last), label_of(row, known)))
    return tuple(pieces)


def form_of(rows_by_item: Mapping[str, Sequence[Prediction]], header: Mapping[str, Scalar]) -> Form:
    """Return what the rows of a file are: segments, whose edges mean something, or decisions, such as one a window.

    The header says it with the key ``form``. Without it rows are decisions where some row became available after its start, or
    where rows look like windows: some item has more than three, and of all rows but the first and the last of each item at
    least 9 of 10 have the one length of their item, of at most 6 s. Of rows that overlap the length is from one end to the
    next. Times that differ by less than 1 ms are equal. `match` makes a finding of what was guessed.

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
    equal = total = 0
    has_windows = False
    for rows in rows_by_item.values():
        timed = [(row.span, row.available_at) for row in rows if row.span is not None]
        if any(available_at is not None and available_at - span.start >= NOISE for span, available_at in timed):
            return "decisions"
        spans = sorted({span for span, _ in timed}, key=lambda span: (span.end, span.start))
        has_windows = has_windows or len(spans) >= FEWEST_WINDOWS
        lengths = [parts[-1].duration for parts in counted_parts(spans)[1:-1] if parts]
        equal, total = equal + _num_equal(lengths), total + len(lengths)
    return "decisions" if has_windows and equal >= SHARE_OF_WINDOWS * total else "segments"


def _num_equal(lengths: Sequence[Fraction]) -> int:
    """Return how many lengths are one but for noise, and no longer than `LONGEST_WINDOW`: the most of them that are."""
    ordered = sorted(length for length in lengths if length <= LONGEST_WINDOW)
    return max((bisect_left(ordered, shortest + NOISE) - index for index, shortest in enumerate(ordered)), default=0)
