"""Sums by cell: those of math.fsum, and the same bits in any order."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from vote_matrices import PROPERTY

from emos_io.annotation.methods.cell_sums import TWO_PARTS, CellSums, sum_of_each

LAST_BITS = 2**-51
"""A few units of the last bit, relative to the largest value."""

LEFT = 2**-59
"""What two parts leave of a value within 2**10, for sums of up to 2**16 of them: far below the rounding of a logarithm."""

VALUES = st.lists(st.tuples(st.integers(0, 3), st.floats(-1e200, 1e200)), min_size=1, max_size=30)


@PROPERTY
@given(VALUES)
@example([(0, 1e200), (0, 1.0), (0, -1e200), (2, 5e-324), (2, 5e-324)])
@example([(1, 2.0**k) for k in range(-40, 40)])
def test_a_sum_is_the_true_one_in_any_order(values: list[tuple[int, float]]) -> None:
    cells, numbers = (np.array(column) for column in zip(*values, strict=True))
    sums = CellSums(cells, 5).add(numbers[:, None])[:, 0]
    for cell in range(5):
        own = numbers[cells == cell]
        assert abs(sums[cell] - math.fsum(own)) <= LAST_BITS * np.abs(own).max(initial=0.0)
    order = np.random.default_rng(len(values)).permutation(len(values))
    assert np.array_equal(CellSums(cells[order], 5).add(numbers[order][:, None])[:, 0], sums)
    assert np.array_equal(CellSums(cells[order], 5, rows=order).add(numbers[:, None])[:, 0], sums)


@PROPERTY
@given(st.lists(st.lists(st.floats(0, 1e3), min_size=1, max_size=9), min_size=1, max_size=9))
def test_a_sum_with_a_bound_depends_on_its_own_cell_alone(rows: list[list[float]]) -> None:
    cells = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    numbers = np.concatenate(rows)[:, None]
    sums = CellSums(cells, len(rows), most=2**16).add(numbers, 10)
    for cell, row in enumerate(rows):
        alone = CellSums(np.zeros(len(row), np.int64), 1, most=2**16).add(np.array(row)[:, None], 10)
        assert sums[cell, 0] == alone[0, 0]
        assert abs(alone[0, 0] - math.fsum(row)) <= LAST_BITS * math.fsum(row) + len(row) * LEFT


def test_many_values_have_no_order() -> None:
    g = np.random.default_rng(2)
    numbers = np.exp(g.normal(0, 20, (TWO_PARTS + 5, 2)))
    once = CellSums(np.zeros(len(numbers), np.int64), 1)
    sums = once.add(numbers)
    assert np.array_equal(once.add(np.ascontiguousarray(numbers[::-1])), sums)
    for column in range(2):
        exact = math.fsum(numbers[:, column])
        assert abs(sums[0, column] - exact) <= LAST_BITS * exact


def test_no_values_are_the_sum_0() -> None:
    empty = CellSums(np.zeros(0, np.int64), 2)
    assert empty.add(np.zeros((0, 3))).tolist() == [[0.0] * 3] * 2
    assert empty.any(np.zeros((0, 3), bool)).tolist() == [[False] * 3] * 2


def test_a_short_sum_leaves_its_values_as_they_were() -> None:
    values = np.array([[0.3, 0.1, 0.2], [3.0, 2.0, 1.0]])
    assert np.array_equal(sum_of_each(values), sum_of_each(values[:, ::-1]))
    assert values.tolist() == [[0.3, 0.1, 0.2], [3.0, 2.0, 1.0]]
