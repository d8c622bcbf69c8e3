"""How often the predicted label switches, a minute of labelled time, beside how often the truth does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..sums import Measure, MeasuredRows
from .pieces import Stream
from .turning_points import predicted_points, true_points


def flicker(streams: Sequence[Stream]) -> MeasuredRows:
    """Return label switches a minute of labelled time: of the prediction, of the truth, and their difference.

    A switch is a turning point by ``label_change``: a gap has one at most, and an answer that is missing or invalid is no other
    label; see `predicted_points`. Switches and minutes are pooled over streams.

    Args:
        streams: The streams, one a row; those without labelled time do not count.

    Returns:
        ``flicker`` and ``true_flicker``, 0 or more, and ``excess_flicker``, their difference, which is below 0 where the
        prediction misses changes; all in switches a minute. `num` is the number of streams.

    Cost: linear in the number of pieces.

    Example:
        >>> from emos_io import Span
        >>> from emos_io.evaluation.streams.pieces import Piece
        >>> truth = (Piece(Span(0, 20), "Joy"), Piece(Span(20, 30), "Fear"))
        >>> predicted = (Piece(Span(0, 10), "Joy"), Piece(Span(10, 11), "Fear"), Piece(Span(11, 30), "Joy"))
        >>> found = flicker([Stream("talk", Span(0, 30).end, truth, predicted)])
        >>> found.value("flicker"), found.value("true_flicker"), found.value("excess_flicker")
        (4.0, 2.0, 2.0)
    """
    columns = np.zeros((len(streams), 3))
    for row, stream in zip(columns, streams, strict=True):
        predicted = predicted_points(stream, "label_change", "decisions")
        seconds = sum(piece.span.duration for piece in stream.truth)
        row[:] = len(predicted), len(true_points(stream, "label_change")), float(seconds)
    measures = (
        Measure("flicker", lambda sums: 60 * sums[:, 0] / sums[:, 2]),
        Measure("true_flicker", lambda sums: 60 * sums[:, 1] / sums[:, 2]),
        Measure("excess_flicker", lambda sums: 60 * (sums[:, 0] - sums[:, 1]) / sums[:, 2]),
    )
    return MeasuredRows(columns, np.array([bool(each.truth) for each in streams], np.bool_), measures)
