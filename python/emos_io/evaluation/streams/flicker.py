"""How often the predicted label switches, a minute of labelled time, beside how often the truth does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np

from ..sums import Measure, MeasuredRows
from .labelled import labelled_runs, predicted_segments, true_segments
from .pieces import Piece, Stream


def switches(pieces: Iterable[Piece]) -> int:
    """Return how often the label changes from one piece to the next, whatever time lies between them.

    Pieces without a label are passed over: an answer that is missing or invalid is no other label.

    Example:
        >>> from emos_io import Span
        >>> switches([Piece(Span(0, 1), "Joy"), Piece(Span(1, 2), None), Piece(Span(2, 3), "Joy"), Piece(Span(5, 6), "Fear")])
        1
    """
    labels = (piece.label for piece in pieces if piece.label is not None)
    return max(0, sum(1 for _ in groupby(labels)) - 1)


def flicker(streams: Sequence[Stream]) -> MeasuredRows:
    """Return label switches a minute of labelled time: of the prediction, of the truth, and their difference.

    Only labelled time is looked at. Over an unlabelled gap the label at its end is compared with the label before it, so a gap
    has one switch at most, of the truth and of the prediction alike. Counts and minutes are pooled over streams.

    Args:
        streams: The streams, one a row; those without labelled time do not count.

    Returns:
        ``flicker`` and ``true_flicker``, 0 or more, and ``excess_flicker``, their difference, which is below 0 where the
        prediction misses changes; all in switches a minute. `num` is the number of streams.

    Cost: linear in the number of pieces.

    Example:
        >>> from emos_io import Span
        >>> truth = (Piece(Span(0, 20), "Joy"), Piece(Span(20, 30), "Fear"))
        >>> predicted = (Piece(Span(0, 10), "Joy"), Piece(Span(10, 11), "Fear"), Piece(Span(11, 30), "Joy"))
        >>> found = flicker([Stream("talk", Span(0, 30).end, truth, predicted)])
        >>> found.value("flicker"), found.value("true_flicker"), found.value("excess_flicker")
        (4.0, 2.0, 2.0)
    """
    columns = np.zeros((len(streams), 3))
    for row, stream in zip(columns, streams, strict=True):
        seconds = sum(each.duration for each in labelled_runs(stream))
        row[:] = switches(predicted_segments(stream)), switches(true_segments(stream)), float(seconds)
    measures = (
        Measure("flicker", lambda sums: 60 * sums[:, 0] / sums[:, 2]),
        Measure("true_flicker", lambda sums: 60 * sums[:, 1] / sums[:, 2]),
        Measure("excess_flicker", lambda sums: 60 * (sums[:, 0] - sums[:, 1]) / sums[:, 2]),
    )
    return MeasuredRows(columns, np.array([bool(each.truth) for each in streams], np.bool_), measures)
