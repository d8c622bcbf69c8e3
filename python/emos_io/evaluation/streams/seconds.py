"""Labels second by second: how long each true label got each predicted one.

```text
 truth        |---Joy---|  gap  |--Fear--|       unlabelled time is out
 predicted       |--Joy--|-Fear----|             labelled time without a decision is wrong
              .. |------|       |--|....
```
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ..._arrays import Float64Array
from ...errors import InvalidArgument, short_repr
from ..clips.labels import confusion_measures
from ..sums import MeasuredRows
from .pieces import Stream


def seconds_confusion(streams: Sequence[Stream], classes: Sequence[str]) -> Float64Array:
    """Return how many labelled seconds of each true class got each answer.

    Args:
        streams: Truth and predictions.
        classes: Names of the K classes.

    Returns:
        float64 ``[N, K, K + 1]``, truth by prediction. The last column is time without a decision, or with one that has no
        label of the layer. Durations are summed exactly, and rounded once.

    Raises:
        InvalidArgument: Truth has another label.

    Cost: one step for each piece.

    Example:
        >>> from emos_io import Span
        >>> from emos_io.evaluation.streams.pieces import Piece
        >>> truth = (Piece(Span(0, 10), "Joy"), Piece(Span(12, 20), "Fear"))
        >>> said = (Piece(Span(2, 15), "Joy"), Piece(Span(15, 20), "Fear"))
        >>> seconds_confusion([Stream("m", Fraction(20), truth, said)], ["Fear", "Joy"]).tolist()
        [[[5.0, 3.0, 0.0], [0.0, 8.0, 2.0]]]
    """
    index = {label: number for number, label in enumerate(classes)}
    confusion = np.zeros((len(streams), len(index), len(index) + 1))
    for number, stream in enumerate(streams):
        for (true, predicted), seconds in _durations(stream, index).items():
            confusion[number, true, predicted] = float(seconds)
    return confusion


def seconds_measures(
    streams: Sequence[Stream], classes: Sequence[str], *, confusion: Float64Array | None = None
) -> MeasuredRows:
    """Return accuracy, macro F1 and the other measures of labels by seconds: one row a monologue.

    They are those of `confusion_measures`, with labelled seconds instead of items, pooled over streams: a long monologue counts
    for more than a short one. `num` is in seconds.

    Args:
        streams: All on one clock. Streams without truth do not count.
        classes: Names of the K classes.
        confusion: What `seconds_confusion` gives for these streams; None to count it here.

    Raises:
        InvalidArgument: Truth has another label, or classes are not different names.
    """
    if confusion is None:
        confusion = seconds_confusion(streams, classes)
    counted = np.array([bool(stream.truth) for stream in streams], bool)
    cells = len(classes) * (len(classes) + 1)
    return confusion_measures(confusion.reshape(len(streams), cells), classes, counted=counted)


def _durations(stream: Stream, index: dict[str, int]) -> dict[tuple[int, int], Fraction]:
    """Return the exact seconds of each true class and each answer; K is none or another one."""
    total: dict[tuple[int, int], Fraction] = {}
    first = 0
    for piece in stream.truth:
        if piece.label not in index:
            allowed = ", ".join(index)
            raise InvalidArgument(
                f"label of truth must be one of {allowed}, got {short_repr(piece.label)}; give the labels of the layer: "
                f"{stream.key!r}",
                key=stream.key,
            )
        row, rest = index[piece.label], piece.span.duration
        while first < len(stream.predicted) and stream.predicted[first].span.end <= piece.span.start:
            first += 1
        for predicted in stream.predicted[first:]:
            both = piece.span.intersect(predicted.span)
            if both is None:
                break
            column = len(index) if predicted.label is None else index.get(predicted.label, len(index))
            total[row, column] = total.get((row, column), Fraction(0)) + both.duration
            rest -= both.duration
        if rest:
            total[row, len(index)] = total.get((row, len(index)), Fraction(0)) + rest
    return total
