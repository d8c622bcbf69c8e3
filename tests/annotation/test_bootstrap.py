"""Intervals by the bootstrap over groups: draws one by one, the normal distribution, and cases without an interval."""

from __future__ import annotations

import numpy as np
import pytest
from label_set_help import ROUNDED

from emos_io._arrays import Float64Array
from emos_io.annotation import Interval, bootstrap_interval
from emos_io.annotation.measures import bootstrap as intervals
from emos_io.errors import InvalidArgument


def mean(sums: Float64Array) -> Float64Array:
    return np.asarray(sums[:, 0] / sums[:, 1])


def groups_of_values(groups: int, seed: int) -> list[Float64Array]:
    random = np.random.default_rng(seed)
    return [random.integers(0, 9, random.integers(1, 6)).astype(np.float64) for _ in range(groups)]


def sums_of(values: list[Float64Array]) -> Float64Array:
    return np.array([[each.sum(), len(each)] for each in values])


def test_it_is_the_draws_of_items_one_by_one() -> None:
    values = groups_of_values(25, seed=1)
    drawn = np.random.default_rng(7).integers(25, size=(300, 25))
    means = [np.concatenate([values[group] for group in draw]).mean() for draw in drawn]
    low, high = np.percentile(means, [2.5, 97.5])
    found = bootstrap_interval(sums_of(values), mean, draws=300, seed=7)
    assert found.low is not None and found.high is not None and found.num_groups == 25
    assert abs(found.low - low) < ROUNDED and abs(found.high - high) < ROUNDED


def test_draws_in_chunks_are_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    sums = sums_of(groups_of_values(40, seed=2))
    found = bootstrap_interval(sums, mean)
    monkeypatch.setattr(intervals, "_CHUNK", 1_000)
    assert bootstrap_interval(sums, mean) == found


def test_the_mean_of_many_groups_is_nearly_normal() -> None:
    values = np.random.default_rng(3).normal(size=400)
    found = bootstrap_interval(np.column_stack([values, np.ones(400)]), mean)
    error = values.std() / 20
    assert found.low is not None and found.high is not None
    # 2,000 draws give a percentile of 2.5 to about a tenth of an error.
    assert abs(found.low - (values.mean() - 1.96 * error)) < 0.15 * error
    assert abs(found.high - (values.mean() + 1.96 * error)) < 0.15 * error


def test_equal_groups_that_lie_together_make_it_wider() -> None:
    answers = np.repeat(np.random.default_rng(4).integers(0, 2, 30), 10)
    items = np.column_stack([answers, np.ones(300)])
    alone = bootstrap_interval(items, mean)
    together = bootstrap_interval(items.reshape(30, 10, 2).sum(axis=1), mean)
    assert alone.low is not None and alone.high is not None and together.low is not None and together.high is not None
    assert 2.5 < (together.high - together.low) / (alone.high - alone.low) < 4


def test_fewer_than_ten_groups_have_none() -> None:
    assert bootstrap_interval([[1, 2]] * 9, mean) == Interval(
        None, None, 9, 0, "an interval needs 10 groups, and there are 9"
    )
    assert bootstrap_interval([[1, 2]], mean).why == "an interval needs 10 groups, and there is 1"
    assert bootstrap_interval([[1, 2]] * 10, mean) == Interval(0.5, 0.5, 10)


def test_draws_without_a_value_are_counted() -> None:
    # The measure is defined where the one group with a denominator was drawn: not in (9/10)^10, 35 percent, of the draws.
    sums = [[1, 1]] + [[0, 0]] * 9
    found = bootstrap_interval(sums, mean)
    assert (found.low, found.high) == (1, 1) and 0.3 < found.num_undefined / 2_000 < 0.4
    none = bootstrap_interval([[0, 0]] * 10, mean)
    assert none == Interval(None, None, 10, 2_000, "the measure is undefined in every draw")


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"sums must be finite numbers \[groups, sums\], got shape \(3,\)"):
        bootstrap_interval([1, 2, 3], mean)
    with pytest.raises(InvalidArgument, match="got a value that is not finite"):
        bootstrap_interval([[1, np.nan]], mean)
    with pytest.raises(InvalidArgument, match="draws must be an integer from 1"):
        bootstrap_interval([[1, 2]] * 10, mean, draws=0)
    with pytest.raises(InvalidArgument, match="seed must be an integer from 0"):
        bootstrap_interval([[1, 2]] * 10, mean, seed=-1)
