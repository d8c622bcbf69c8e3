"""Segments on labelled time: truth and prediction once unlabelled time is cut out, which joins nothing.

```text
 truth        |--Joy--|  gap  |--Joy--|Fear|       a gap joins nothing
 predicted    |Joy|Fear---------------|            a decision over the gap becomes two segments
 on labelled  |Joy|Fe|       |Fear---|None|        labelled time without a decision is a segment without an answer
```
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from ...spans import Span
from .pieces import Piece, Stream


def merged(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return pieces as segments: neighbours that touch and have the same label, or both none, become one.

    Args:
        pieces: Pieces in order, without overlap.

    Example:
        >>> merged([Piece(Span(0, 2), "Joy"), Piece(Span(2, 3), "Joy"), Piece(Span(4, 5), "Joy")])
        (Piece(span=Span(0, 3), label='Joy'), Piece(span=Span(4, 5), label='Joy'))
    """
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if last is not None and last.label == piece.label and last.span.end == piece.span.start:
            found[-1] = Piece(Span(last.span.start, piece.span.end), piece.label)
        else:
            found.append(piece)
    return tuple(found)


def labelled_runs(stream: Stream) -> tuple[Span, ...]:
    """Return the labelled time of a stream: the longest spans without an unlabelled moment, in order."""
    return tuple(each.span for each in merged(Piece(piece.span, "") for piece in stream.truth))


def true_segments(stream: Stream) -> tuple[Piece, ...]:
    """Return the segments of the truth: labelled pieces, those that touch and have one label merged."""
    return merged(stream.truth)


def predicted_segments(stream: Stream) -> tuple[Piece, ...]:
    """Return the segments of the prediction on labelled time.

    Decisions are cut to labelled time before segments are formed, so that none reaches over a gap. Labelled time without a
    decision, or with an invalid one, is a segment whose label is None: it is wrong and matches nothing.

    Cost: linear in the number of pieces.

    Example:
        >>> truth = (Piece(Span(0, 4), "Joy"), Piece(Span(6, 8), "Joy"))
        >>> stream = Stream("talk", Span(0, 8).end, truth, (Piece(Span(1, 8), "Joy"),))
        >>> [(each.label, each.span) for each in predicted_segments(stream)]
        [(None, Span(0, 1)), ('Joy', Span(1, 4)), ('Joy', Span(6, 8))]
    """
    return tuple(each for run in labelled_runs(stream) for each in merged(decisions_within(stream.predicted, run)))


def decisions_within(pieces: Sequence[Piece], span: Span) -> list[Piece]:
    """Return the pieces within a span, cut to it; each part that no piece covers is one more piece, without a label.

    Args:
        pieces: Pieces in order, without overlap.
        span: The time; the result covers it from start to end.

    Cost: a binary search, and linear in the number of pieces within the span.
    """
    found: list[Piece] = []
    moment = span.start
    for index in range(bisect_right(pieces, span.start, key=lambda each: each.span.end), len(pieces)):
        part = pieces[index].span.intersect(span)
        if part is None:
            break
        if moment < part.start:
            found.append(Piece(Span(moment, part.start), None))
        found.append(Piece(part, pieces[index].label))
        moment = part.end
    if moment < span.end:
        found.append(Piece(Span(moment, span.end), None))
    return found
