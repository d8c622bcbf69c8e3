"""Sums of doubles that do not depend on the order of what is added, to the last bit.

Each value is cut into parts that are whole multiples of a power of two, so large that no sum of them is rounded. Sums without
rounding have no order. The power of two follows from a bound of the values of a sum and from their number alone.

Source: J. Demmel, H. D. Nguyen, Fast reproducible floating-point summation, ARITH 21 (2013), "prerounding".
"""

from __future__ import annotations

import numpy as np

from ..._arrays import BoolArray, Float64Array, Int64Array

MANTISSA_BITS = 52
"""Bits of a double after its first."""
LEAST_EXPONENT = -1074
"""The smallest double is 2 to this."""
TWO_PARTS = 2**16
"""Up to so many values of a sum, two parts hold all bits that matter; more values need three."""


class CellSums:
    """Adds V values by cell. Cells are integers from 0; a cell without values has the sum 0.

    The values come as V rows of K numbers, or as rows of a shorter array, by index. The error of a sum is a few units of the
    last bit of its largest value, or of the bound.
    """

    def __init__(
        self, cells: Int64Array, num_cells: int, *, rows: Int64Array | None = None, most: int | None = None
    ) -> None:
        """Prepare the sums.

        Args:
            cells: int64 ``[V]``, the cell of each value.
            num_cells: The number of cells.
            rows: int64 ``[V]``: which row of the values each one is; None where value i is row i.
            most: No cell has more values than this; None to count those of each cell. Where it is given with a bound, a sum
                depends on the values of its own cell alone.
        """
        self._num_cells = num_cells
        order = np.argsort(cells, kind="stable")
        ordered = bool((np.diff(cells) >= 0).all())
        self._rows = (None if ordered else order) if rows is None else rows[order]
        self._present, self._first, self._counts = np.unique(cells[order], return_index=True, return_counts=True)
        counts = self._counts[:, None] if most is None else np.array([[most]])
        # The bits that a sum of so many values may need above those of one value.
        self._bits = np.frexp(counts.astype(np.float64))[1]
        self._parts = 2 if counts.max(initial=0) <= TWO_PARTS else 3

    def add(self, values: Float64Array, bound: int | None = None) -> Float64Array:
        """Return the sums of finite values ``[V, K]`` by cell, float64 ``[num_cells, K]``.

        Args:
            values: What is added.
            bound: No value is beyond 2 to this; None to look for the largest of each cell.

        Cost: about ten passes over the values.
        """
        sums = np.zeros((self._num_cells, values.shape[1]))
        if not len(self._present):
            return sums
        rest = values if self._rows is None else values[self._rows]
        exponent = np.array([[bound]])
        if bound is None:
            exponent = np.frexp(np.maximum.reduceat(np.abs(rest), self._first, axis=0))[1]
        total = np.zeros((len(self._present), values.shape[1]))
        for _ in range(self._parts):
            # After this part, what is left of a value is at most half of this power.
            exponent = np.maximum(exponent + self._bits - (MANTISSA_BITS - 1), LEAST_EXPONENT)
            rounder = np.ldexp(1.5, exponent + MANTISSA_BITS)
            if len(rounder) > 1:
                rounder = np.repeat(rounder, self._counts, axis=0)
            part = rest + rounder
            part -= rounder
            total += np.add.reduceat(part, self._first, axis=0)
            rest = rest - part
        sums[self._present] = total
        return sums

    def any(self, values: BoolArray) -> BoolArray:
        """Return whether any of the values ``[V, K]`` of a cell is true, bool ``[num_cells, K]``."""
        found = np.zeros((self._num_cells, values.shape[1]), bool)
        if len(self._present):
            chosen = values if self._rows is None else values[self._rows]
            found[self._present] = np.logical_or.reduceat(chosen, self._first, axis=0)
        return found


def sum_of_each(values: Float64Array) -> Float64Array:
    """Return the sums along the last axis, which is short, in the order of size; the axis stays, with length 1."""
    sums: Float64Array = np.sort(np.ascontiguousarray(values), axis=-1).sum(axis=-1, keepdims=True)
    return sums
