"""Measures of layers of numbers, such as ``intensity``, levels from 1 to 5: absolute and squared error, quadratic kappa."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import Float64Array
from ..._checks import as_integer
from ...errors import InvalidArgument, short_repr
from ..sums import Measure, MeasuredRows
from .arguments import numbers, row_weights
from .class_sums import ratio

LEVELS = (1, 5)
"""The lowest and the highest intensity."""
_COLUMNS = ("rows", "answered", "error", "squared", "rounded", "truth", "level", "truth2", "level2", "distance2")
_LARGEST_ERROR = 1e100
_ROUNDING = 1e-12
"""Sums of floats that differ by less, relatively, are equal: seconds as weights leave noise where numbers do not differ."""


def intensity_measures(
    truth: ArrayLike, predicted: ArrayLike, *, levels: tuple[int, int] | None = LEVELS, weights: ArrayLike | None = None
) -> MeasuredRows:
    """Return the errors of predicted intensities, as functions of sums.

    ====================  ============================================================================================
    ``mae``               Mean absolute error, in levels, 0 or more.
    ``rmse``              Square root of the mean squared error, in levels, not below ``mae``.
    ``quadratic_kappa``   Cohen's kappa with weights (i - j) ** 2, -1 to 1: of levels, so a number is rounded, half up, and
                          one beyond the levels is the nearest of them. NaN where truth and predictions are one same level.
    ``rounded``           Share of numbers that kappa had to change so, of those that there are.
    ``answered``          Share of items with truth that have a number; the others are left out of all else.
    ====================  ============================================================================================

    Args:
        truth: Levels ``[N]``; rows of NaN have no truth and do not count.
        predicted: Numbers ``[N]``; NaN for none. `mae` and `rmse` take them as they are, also beyond the levels.
        levels: The lowest and the highest level of the layer; None for truth of any numbers, which has neither
            ``quadratic_kappa`` nor ``rounded``. A slice has the levels of the layer: those of its own truth would move the
            answers beyond them.
        weights: How much each row counts, such as seconds: numbers ``[N]`` of 0 or more; None counts each as 1.

    Returns:
        The measures; NaN where there is nothing to score. `num` is how many items, by weight, have a number.

    Raises:
        InvalidArgument: Arrays of another shape or type, infinite numbers, or truth that is none of the levels.

    Cost: O(N).

    Example:
        >>> found = intensity_measures([1, 3, 5, 4], [1, 2.5, 4, float("nan")])
        >>> found.value("mae"), round(found.value("quadratic_kappa"), 3), found.value("answered")
        (0.5, 0.923, 0.75)
    """
    has_levels = levels is not None
    low, high = (0, 0) if levels is None else _checked_levels(levels)
    size = np.shape(truth)[:1] or (0,)
    true = numbers(truth, "truth", size, nan_allowed=True)
    given = numbers(predicted, "predicted", size, nan_allowed=True)
    counted = ~np.isnan(true)
    wrong = np.flatnonzero(counted & has_levels & ((true != np.floor(true)) | (true < low) | (true > high)))
    if len(wrong):
        got = f"{float(true[wrong[0]])!r} at [{wrong[0]}]"
        raise InvalidArgument(
            f"truth must be whole levels from {low} to {high}, got {got}; give its levels, NaN for none"
        )
    weight = np.where(counted, row_weights(weights, len(true)), 0.0)
    answered = counted & ~np.isnan(given)
    own = np.where(answered, weight, 0.0)
    # Levels are counted from the lowest one: small integers, whose sums are exact.
    t, value = (np.where(answered, each, low) for each in (true, given))
    error = np.abs(t - value)
    t, value = (t - low, value - low) if has_levels else (np.zeros(len(t)), np.zeros(len(t)))
    level = np.clip(np.floor(value + 0.5), 0, high - low)
    # Squares stay finite, and so do their sums: this far off, a number has no meaning any more.
    squared = np.minimum(error, _LARGEST_ERROR) ** 2
    parts = [error, squared, level != value, t, level, t**2, level**2, (t - level) ** 2]
    columns = np.column_stack([weight, own, np.column_stack(parts) * own[:, None]])
    at = {name: index for index, name in enumerate(_COLUMNS)}
    num = partial(_column, at=at["answered"])
    of_levels = (
        Measure("quadratic_kappa", _quadratic_kappa, num=num),
        Measure("rounded", partial(_quotient, above=at["rounded"], below=at["answered"]), num=num),
    )
    measures = (
        Measure("mae", partial(_quotient, above=at["error"], below=at["answered"]), num=num),
        Measure("rmse", partial(_root, above=at["squared"], below=at["answered"]), num=num),
        *(of_levels if has_levels else ()),
        Measure(
            "answered", partial(_quotient, above=at["answered"], below=at["rows"]), num=partial(_column, at=at["rows"])
        ),
    )
    return MeasuredRows(columns, counted, measures)


def _quadratic_kappa(sums: Float64Array) -> Float64Array:
    """Return 1 - observed / expected squared distance; both are sums, since sum (i - j)**2 r_i c_j needs no table."""
    num, truth, level, truth2, level2, distance2 = (
        sums[:, _COLUMNS.index(name)] for name in ("answered", "truth", "level", "truth2", "level2", "distance2")
    )
    expected = num * (truth2 + level2) - 2 * truth * level
    expected = np.where(expected > _ROUNDING * num * (truth2 + level2), expected, 0.0)
    return ratio(expected - num * distance2, expected)


def _column(sums: Float64Array, at: int) -> Float64Array:
    return sums[:, at]


def _quotient(sums: Float64Array, above: int, below: int) -> Float64Array:
    return ratio(sums[:, above], sums[:, below])


def _root(sums: Float64Array, above: int, below: int) -> Float64Array:
    root: Float64Array = np.sqrt(_quotient(sums, above, below))
    return root


def _checked_levels(levels: object) -> tuple[int, int]:
    given = [as_integer(each) for each in levels] if isinstance(levels, tuple) and len(levels) == 2 else []
    if len(given) == 2:
        low, high = given
        if low is not None and high is not None and low < high:
            return low, high
    raise InvalidArgument(f"levels must be two integers, the lower one first, got {short_repr(levels)}; give (1, 5)")
