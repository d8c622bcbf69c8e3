"""Curves: numbers over media time, predicted by windows, against a layer of numbers such as intensity.

```text
 truth       |---3---|  gap  |-----4-----|          the numbers of the layer; none in a gap
 windows     [  3.1   ]
                 [  3.5    ]      [  4.2   ]
 stitched    |3.1|3.3|3.5  |      |  4.2  |          the mean of the windows that cover a moment
 samples      .  .  .  .  .  .  .  .  .  .           every step, at the centres of steps
```

Source of the coefficient: L. I-K. Lin, A Concordance Correlation Coefficient to Evaluate Reproducibility (1989) [lin1989].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import Float64Array
from ...corpus import Monologue
from ...errors import InvalidArgument, short_repr
from ...spans import Seconds, Span, exact_fraction, grid_index, positive
from ..answers import LayerAnswers
from ..predictions import Prediction
from ..sums import Measure, MeasuredRows, OfSums

STEP = Fraction(1, 2)
"""Seconds from one sample to the next, where nobody says otherwise."""
DDOFS = (0, 1)
"""What is taken from n in variances and the covariance of the coefficient."""
_SINGLE = 10  # the first of the columns of the coefficients of single curves
_COLUMNS = _SINGLE + 2 * len(DDOFS)


@dataclass(frozen=True, slots=True)
class Level:
    """A number from a start to an end.

    Attributes:
        span: The media time.
        value: The number, exact.
    """

    span: Span
    value: Fraction


@dataclass(frozen=True, slots=True)
class Curve:
    """Truth and prediction of one monologue as numbers over media time, cut at the same end.

    Attributes:
        key: Key of the monologue.
        end: Where both are cut: min(duration, end of the last label).
        truth, predicted: Levels in order, without overlap; time without a number is no level.
    """

    key: str
    end: Fraction
    truth: tuple[Level, ...]
    predicted: tuple[Level, ...]


def curve(monologue: Monologue, layer: str, rows: Iterable[Prediction]) -> Curve:
    """Return the curve of a monologue: the numbers of a layer, and the windows that predict them stitched.

    Args:
        monologue: The monologue.
        layer: A layer whose labels are numbers, such as ``"intensity"``; of several labels at once the weighted mean counts.
        rows: Predictions of this monologue, in the order of their file; those of other layers are left out, and of several with
            one span the first counts. Those without a number or without a span, such as invalid answers, cover no time.

    Raises:
        InvalidArgument: There is no such layer, or a label of it is no number.

    Cost: n log n in the number of windows.
    """
    line = monologue.labels(layer)
    levels = [
        Level(span, sum((_number(label, layer) * weight for label, weight in weights.items()), Fraction(0)))
        for span, weights in zip(line.spans, line.weights, strict=True)
    ]
    truth = _cut(levels, Fraction(monologue.duration))
    end = truth[-1].span.end if truth else Fraction(0)
    first: dict[Span | None, Prediction] = {}
    for row in rows:
        if row.layer == layer:
            first.setdefault(row.span, row)
    return Curve(monologue.key, end, truth, _cut(stitched(first.values()), end))


def stitched(rows: Iterable[Prediction]) -> tuple[Level, ...]:
    """Return the curve of windows that may overlap: at each moment the mean of those that cover it.

    The mean is exact, so it does not depend on the order of the rows. A label that is a number counts as one. Rows without a
    number or a span cover no time.

    Example:
        >>> rows = [Prediction(key="talk", layer="intensity", span=Span(k, k + 2), value=3.0 + k) for k in range(2)]
        >>> [(each.span, float(each.value)) for each in stitched(rows)]
        [(Span(0, 1), 3.0), (Span(1, 2), 3.5), (Span(2, 3), 4.0)]
    """
    changes: dict[Fraction, tuple[int, Fraction]] = {}
    for row in rows:
        number = LayerAnswers(row.layer, None).number(row)
        if number is not None and row.span is not None:
            value = Fraction(number)
            for moment, sign in ((row.span.start, 1), (row.span.end, -1)):
                count, total = changes.get(moment, (0, Fraction(0)))
                changes[moment] = count + sign, total + sign * value
    moments = sorted(changes)
    levels, count, total = [], 0, Fraction(0)
    for moment, following in pairwise(moments):
        count, total = count + changes[moment][0], total + changes[moment][1]
        if count:
            levels.append(Level(Span(moment, following), total / count))
    return tuple(levels)


def samples(each: Curve, *, step: Seconds = STEP) -> tuple[Float64Array, Float64Array]:
    """Return truth and prediction at the centres of steps, ``(k + 1/2) * step`` before the end.

    Returns:
        Two float64 ``[T]``; NaN where there is no number.

    Raises:
        InvalidArgument: `step` is not above 0.

    Example:
        >>> level = Level(Span(0, 1), Fraction(3))
        >>> samples(Curve("talk", Fraction(2), (level,), ()))
        (array([ 3.,  3., nan, nan]), array([nan, nan, nan, nan]))
    """
    spacing = positive(step, "step", "give seconds, such as 0.5")
    truth, predicted = (np.full(_first_sample(each.end, spacing), np.nan) for _ in range(2))
    for array, levels in ((truth, each.truth), (predicted, each.predicted)):
        for level in levels:
            array[_first_sample(level.span.start, spacing) : _first_sample(level.span.end, spacing)] = float(
                level.value
            )
    return truth, predicted


def concordance(truth: ArrayLike, predicted: ArrayLike, *, ddof: int = 0) -> float | None:
    """Return the concordance correlation coefficient, ``2 cov / (var + var + (mean - mean)^2)``.

    Args:
        truth, predicted: float64 ``[T]``, finite.
        ddof: Variances and covariance are sums divided by ``T - ddof``: 0 as audmetric, 1 as torchmetrics and MuSe have it.

    Returns:
        -1 to 1; exactly 0 where one of the two is constant; None for fewer than 2 samples, and where both are one constant.

    Raises:
        InvalidArgument: The arrays have not one length, a number is not finite, or `ddof` is not 0 or 1.

    Example:
        >>> [round(concordance([0, 1, 2], [0, 1, 1], ddof=ddof), 6) for ddof in (0, 1)]
        [0.666667, 0.692308]
    """
    if isinstance(ddof, bool) or ddof not in DDOFS:
        raise InvalidArgument(f"ddof must be 0 or 1, got {short_repr(ddof)}; give 0 for audmetric's definition")
    true, answer = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    if true.ndim != 1 or true.shape != answer.shape or not np.isfinite([true, answer]).all():
        got = f"shapes {true.shape} and {answer.shape}" if true.shape != answer.shape else "others"
        raise InvalidArgument(f"truth and predicted must be finite numbers [T], got {got}; give as many of both")
    centre, offset = _middle(true), _middle(answer)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(_ccc(ddof, centre - offset)(_sums(true - centre, answer - offset)[np.newaxis])[0])
    return None if np.isnan(value) else value


def curve_scores(curves: Sequence[Curve], *, step: Seconds = STEP) -> MeasuredRows:
    """Return how near predicted curves are to the true ones, at samples every `step`, and how much of the time they cover.

    Samples without a number in the truth or in the prediction are left out of all but `coverage` and the seconds left out.

    Args:
        curves: The curves, one a row; those without a number in the truth do not count.
        step: Seconds from one sample to the next.

    Returns:
        - ``ccc``, over the samples of all curves together, and ``ccc_mean``, the mean of the coefficients of single curves,
          leaving out those that have none; each for ddof 0 and 1; see `concordance`;
        - ``rmse``, ``mae``, over the samples of all curves together;
        - ``coverage``, the share of the time of the truth at which there is a prediction, and
          ``uncovered_seconds``, the time that is left out; both exact, not from samples.

        `of` has the ddof, where there is one, and the step: ``{"ddof": "0", "step": "0.5"}``. `num` is the number of samples,
        of ``ccc_mean`` that of curves.

    Raises:
        InvalidArgument: `step` is not above 0.
    """
    spacing = positive(step, "step", "give seconds, such as 0.5")
    sampled = [_both(*samples(each, step=spacing)) for each in curves]
    # Sums of numbers around 0 lose no digits; the measures put the difference of the two middles back.
    centre, offset = (_middle(np.concatenate([np.zeros(0), *arrays])) for arrays in _columns_of(sampled))
    columns = np.zeros((len(curves), _COLUMNS))
    for row, each, (truth, predicted) in zip(columns, curves, sampled, strict=True):
        difference = truth - predicted
        single = [concordance(truth, predicted, ddof=ddof) for ddof in DDOFS]
        row[:6] = _sums(truth - centre, predicted - offset)
        row[6:8] = np.abs(difference).sum(), (difference * difference).sum()
        row[8:10] = _covered(each), float(sum(level.span.duration for level in each.truth))
        row[_SINGLE:] = [cell for value in single for cell in ((0, 0) if value is None else (value, 1))]
    counted = np.array([bool(each.truth) for each in curves], np.bool_)
    return MeasuredRows(columns, counted, _measures(centre - offset, {"step": f"{float(spacing):g}"}))


def _measures(shift: float, of: dict[str, str]) -> tuple[Measure, ...]:
    measures = []
    for ddof in DDOFS:
        named = {"ddof": str(ddof), **of}
        first = _SINGLE + 2 * ddof
        measures.append(Measure("ccc", _ccc(ddof, shift), named, _column(0)))
        measures.append(Measure("ccc_mean", _ratio(first, first + 1), named, _column(first + 1)))
    return (
        *measures,
        Measure("rmse", lambda sums: np.sqrt(sums[:, 7] / sums[:, 0]), of, _column(0)),
        Measure("mae", _ratio(6, 0), of, _column(0)),
        Measure("coverage", _ratio(8, 9)),
        Measure("uncovered_seconds", lambda sums: np.where(sums[:, 9] > 0, sums[:, 9] - sums[:, 8], np.nan)),
    )


def _ccc(ddof: int, shift: float) -> OfSums:
    """The coefficient of n, the sums of both, of their squares and of their product; `shift` is added to the true mean."""

    def of_sums(sums: Float64Array) -> Float64Array:
        n, true, predicted, true_squares, predicted_squares, products = sums[:, :6].T
        free = np.where(n >= 2, n - ddof, np.nan)
        cov = (products - true * predicted / n) / free
        # Two equal variances add up to exactly twice the covariance, so that a perfect prediction has exactly 1.
        spread = ((true_squares - true * true / n) + (predicted_squares - predicted * predicted / n)) / free
        value: Float64Array = 2 * cov / (spread + (true / n - predicted / n + shift) ** 2)
        return np.clip(value, -1, 1)

    return of_sums


def _ratio(above: int, below: int) -> OfSums:
    return lambda sums: sums[:, above] / sums[:, below]


def _column(index: int) -> OfSums:
    return lambda sums: sums[:, index]


def _sums(true: Float64Array, predicted: Float64Array) -> Float64Array:
    """The sums that `_ccc` takes, float64 ``[6]``."""
    squares = (true * true).sum(), (predicted * predicted).sum(), (true * predicted).sum()
    return np.array([len(true), true.sum(), predicted.sum(), *squares], np.float64)


def _middle(values: Float64Array) -> float:
    """A number in the middle of others, one of them: numbers that are all alike are exactly 0 beside it."""
    return float(np.sort(values)[len(values) // 2]) if len(values) else 0.0


def _both(truth: Float64Array, predicted: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The samples that have a number in both."""
    valid = ~(np.isnan(truth) | np.isnan(predicted))
    return truth[valid], predicted[valid]


def _columns_of(pairs: Sequence[tuple[Float64Array, Float64Array]]) -> tuple[list[Float64Array], list[Float64Array]]:
    return [truth for truth, _ in pairs], [predicted for _, predicted in pairs]


def _covered(each: Curve) -> float:
    """Seconds that have a number in both; both are in order, so each pair that meets is found in one pass."""
    total, index = Fraction(0), 0
    for level in each.truth:
        while index < len(each.predicted) and each.predicted[index].span.end <= level.span.start:
            index += 1
        for other in each.predicted[index:]:
            part = level.span.intersect(other.span)
            if part is None:
                break
            total += part.duration
    return float(total)


def _cut(levels: Iterable[Level], end: Fraction) -> tuple[Level, ...]:
    """Levels within ``[0, end)``."""
    limit = Span(0, end) if end > 0 else None
    parts = [(level.span.intersect(limit), level.value) for level in levels] if limit is not None else []
    return tuple(Level(span, value) for span, value in parts if span is not None)


def _first_sample(moment: Fraction, spacing: Fraction) -> int:
    """The index of the first sample that is not before a moment."""
    return max(0, grid_index(moment - spacing / 2, 1 / spacing))


def _number(label: str, layer: str) -> Fraction:
    try:
        return exact_fraction(label)
    except ValueError as error:
        raise InvalidArgument(
            f'layer must be one whose labels are numbers, got {layer!r} with {short_repr(label)}; give such as "intensity"'
        ) from error
