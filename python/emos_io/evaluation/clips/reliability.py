"""How often answers are right, beside how confident they are, in bins of confidence; and the calibration error of the bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import BoolArray, Float64Array, Int64Array
from ..._checks import choice, integer
from ...errors import InvalidArgument

NUM_BINS = 15
"""The number of bins of the calibration error, as in Guo et al. (2017)."""
Binning = Literal["equal_width", "equal_mass"]
"""How bins are made: of equal width, or with as many answers each."""
BINNINGS: tuple[Binning, ...] = ("equal_width", "equal_mass")


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Bins of confidence, in rising order.

    Attributes:
        binning: How they were made.
        low, high: float64 ``[B]``. Of equal width: edges; a bin is ``(low, high]``, and the first one has 0 too, so that 1
            is in the last one. Of equal mass: the lowest and the highest confidence in the bin, both in it.
        num: int64 ``[B]``: answers in each bin; some bins of equal width have none.
        num_right: int64 ``[B]``: right answers among them.
        total_confidence: float64 ``[B]``: the sum of their confidences.
    """

    binning: Binning
    low: Float64Array
    high: Float64Array
    num: Int64Array
    num_right: Int64Array
    total_confidence: Float64Array

    @property
    def mean_confidence(self) -> Float64Array:
        """The mean confidence of each bin, float64 ``[B]``; NaN where it has no answers."""
        return _means(self.total_confidence, self.num)

    @property
    def accuracy(self) -> Float64Array:
        """The share of right answers of each bin, float64 ``[B]``; NaN where it has no answers."""
        return _means(self.num_right, self.num)

    @property
    def calibration_error(self) -> float:
        """The expected calibration error; NaN without answers."""
        total = int(self.num.sum())
        return float(np.abs(self.num_right - self.total_confidence).sum() / total) if total else float("nan")


def reliability(
    confidence: ArrayLike, right: ArrayLike, *, binning: Binning = "equal_width", bins: int = NUM_BINS
) -> Reliability:
    """Return answers in bins of confidence.

    Bins of equal width are those of scikit-learn's `calibration_curve`. In bins of equal mass, answers in order of confidence
    are dealt to the bins, as many to each as to any other, or one more. Equal confidences are never parted: all of them go to
    the bin of the middle of them, and bins that get none are left out. So there may be fewer bins than asked for.

    Args:
        confidence: float64 ``[N]`` in [0, 1]; NaN for an answer without one, which is in no bin.
        right: bool ``[N]``: the answer is right.
        binning: ``"equal_width"`` or ``"equal_mass"``.
        bins: The number of bins.

    Raises:
        InvalidArgument: Arrays differ in length or have another shape, a confidence is out of [0, 1], or an option is not
            allowed.

    Cost: one sort.

    Example:
        >>> found = reliability([0.2, 0.9, 0.9, 0.9, 1.0], [False, True, True, False, True], bins=5)
        >>> found.num.tolist(), found.accuracy.tolist()
        ([1, 0, 0, 0, 4], [0.0, nan, nan, nan, 0.75])
        >>> mass = reliability([0.2, 0.9, 0.9, 0.9, 1.0], [False, True, True, False, True], binning="equal_mass", bins=5)
        >>> mass.num.tolist(), mass.low.tolist()
        ([1, 3, 1], [0.2, 0.9, 1.0])
    """
    values, are_right = checked_answers(confidence, right)
    binning = choice(binning, BINNINGS, "binning")
    bins = integer(bins, "bins", "give the number of bins")
    has_one = ~np.isnan(values)
    # In order of confidence, sums do not depend on that of the items.
    order = np.argsort(values[has_one], kind="stable")
    values, are_right = values[has_one][order], are_right[has_one][order]
    if binning == "equal_width":
        edges = np.arange(bins + 1) / bins
        index = np.searchsorted(edges[1:-1], values, side="left")
        low, high = edges[:-1], edges[1:]
        number = bins
    else:
        _, first, index_of_value, count = np.unique(values, return_index=True, return_inverse=True, return_counts=True)
        # Of n answers, those from `first` on, `count` of them, have their middle at first + count / 2.
        middle_bin = (2 * first + count) * bins // (2 * max(1, len(values)))
        used, bin_of_value = np.unique(middle_bin, return_inverse=True)
        index = bin_of_value.ravel()[index_of_value.ravel()]
        number = len(used)
        starts = np.searchsorted(index, np.arange(number))
        ends = np.searchsorted(index, np.arange(number), side="right")
        low, high = values[starts], values[ends - 1]
    total = np.zeros(number)
    np.add.at(total, index, values)
    return Reliability(
        binning,
        low,
        high,
        np.bincount(index, minlength=number).astype(np.int64),
        np.bincount(index[are_right], minlength=number).astype(np.int64),
        total,
    )


def expected_calibration_error(
    confidence: ArrayLike, right: ArrayLike, *, binning: Binning = "equal_width", bins: int = NUM_BINS
) -> float:
    """Return the expected calibration error (ECE): how far confidence is from accuracy, in the mean over answers.

    It is the mean over bins of ``|accuracy - mean confidence|``, weighted by their answers. For few answers it is biased
    upward: a bin of one answer adds at least ``min(c, 1 - c)``. So compare it at equal numbers of answers alone.

    Args:
        confidence, right, binning, bins: As of `reliability`.

    Returns:
        A number in [0, 1]; NaN without answers that have a confidence.

    Source: M. P. Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015; 15 bins: C. Guo et
    al., On Calibration of Modern Neural Networks, ICML 2017; equal mass: K. Nguyen, B. O'Connor, EMNLP 2015.

    Example:
        >>> round(expected_calibration_error([0.9, 0.9, 0.6, 0.6], [True, True, True, False]), 12)
        0.1
    """
    return reliability(confidence, right, binning=binning, bins=bins).calibration_error


def checked_answers(confidence: ArrayLike, right: ArrayLike) -> tuple[Float64Array, BoolArray]:
    """Return confidences as float64 ``[N]`` and what is right as bool ``[N]``.

    Raises:
        InvalidArgument: They are not.
    """
    values, are_right = np.asarray(confidence, np.float64), np.asarray(right)
    if values.ndim != 1 or are_right.shape != values.shape:
        raise InvalidArgument(
            f"confidence and right must be arrays [answers] of one length, got shapes {values.shape} and {are_right.shape}; "
            "give one of each for each answer"
        )
    if are_right.size and are_right.dtype != np.bool_:
        raise InvalidArgument(f"right must be booleans, got dtype {are_right.dtype}; give predicted == truth")
    outside = np.flatnonzero((values < 0) | (values > 1))
    if len(outside):
        raise InvalidArgument(
            f"confidence must be from 0 to 1, or NaN for none, got {values[outside[0]]:g}; divide percentages by 100",
            index=int(outside[0]),
        )
    return values, are_right.astype(np.bool_)


def _means(totals: Float64Array | Int64Array, num: Int64Array) -> Float64Array:
    means: Float64Array = np.divide(totals, num, out=np.full(len(num), np.nan), where=num > 0)
    return means
