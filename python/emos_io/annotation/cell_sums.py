"""Sums of doubles that do not depend on the order of what is added, to the last bit.

Each value is cut into three parts that are whole multiples of a power of two, so large that no sum of them is rounded. Sums
without rounding have no order. The power of two follows from the largest value of a sum and the number of values alone.

Source: J. Demmel, H. D. Nguyen, Fast reproducible floating-point summation, ARITH 21 (2013), "prerounding".
"""

from __future__ import annotations

import numpy as np

from .._arrays import BoolArray, Float64Array, Int64Array

PARTS = 3
"""How many parts of a value are added. Two would do for a million values; three for more than memory has."""
MANTISSA_BITS = 52
"""Bits of a double after its first."""
LEAST_EXPONENT = -1074
"""The smallest double is 2 to this."""


class CellSums:
    """Adds V values by cell. Cells are integers from 0; a cell without values has the sum 0.

    The error of a sum is a few units of the last bit of its largest value.
    """

    def __init__(self, cells: Int64Array, num_cells: int) -> None:
        self._num_cells = num_cells
        self._order = np.argsort(cells, kind="stable")
        self._present, self._first, self._counts = np.unique(cells[self._order], return_index=True, return_counts=True)
        # The bits that a sum of so many values may need above those of one value.
        self._bits = np.frexp(self._counts.astype(np.float64))[1][:, None]

    def add(self, values: Float64Array) -> Float64Array:
        """Return the sums of finite values ``[V, K]`` by cell, float64 ``[num_cells, K]``.

        Cost: about 12 passes over the values.
        """
        sums = np.zeros((self._num_cells, values.shape[1]))
        if not len(self._present):
            return sums
        rest = values[self._order]
        exponent = np.frexp(np.maximum.reduceat(np.abs(rest), self._first, axis=0))[1]
        for _ in range(PARTS):
            exponent = np.maximum(exponent + self._bits - (MANTISSA_BITS - 1), LEAST_EXPONENT)
            rounder = np.repeat(np.ldexp(1.5, exponent + MANTISSA_BITS), self._counts, axis=0)
            part = (rest + rounder) - rounder
            sums[self._present] += np.add.reduceat(part, self._first, axis=0)
            rest = rest - part
        return sums

    def any(self, values: BoolArray) -> BoolArray:
        """Return whether any of the values ``[V, K]`` of a cell is true, bool ``[num_cells, K]``."""
        found = np.zeros((self._num_cells, values.shape[1]), bool)
        if len(self._present):
            found[self._present] = np.logical_or.reduceat(values[self._order], self._first, axis=0)
        return found


def sum_over(values: Float64Array, axis: int) -> Float64Array:
    """Return the sums along a short axis, in the order of size; the axis stays, with length 1."""
    moved = np.ascontiguousarray(np.moveaxis(values, axis, -1))
    sums: Float64Array = np.moveaxis(np.sort(moved, axis=-1).sum(axis=-1, keepdims=True), -1, axis)
    return sums
