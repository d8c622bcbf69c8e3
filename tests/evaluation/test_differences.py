"""Differences of two runs on the same draws; p by its formula, and many of them against statsmodels."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io._arrays import BoolArray, Float64Array
from emos_io.corpus import Clip
from emos_io.errors import InvalidArgument
from emos_io.evaluation.differences import Difference, adjusted, differences, holm, paired_p
from emos_io.evaluation.intervals import Clusters, Drawn, clusters_of, drawn
from emos_io.evaluation.sums import Measure, MeasuredRows, PlainValue

ROUNDED = 1e-12
"""Products of at most 20 and a p, in another order."""


def clusters_of_rows(number: int) -> Clusters:
    clips = [
        Clip(key=f"own/{n:03}", source="own", language="en", group={"dialogue": str(n // 3)}) for n in range(number)
    ]
    return clusters_of(clips, [clip.key for clip in clips])


CLUSTERS = clusters_of_rows(120)


def mean(sums: Float64Array) -> Float64Array:
    return np.asarray(sums[:, 0] / sums[:, 1])


def run(values: Float64Array, counted: BoolArray | None = None, *, seed: int = 0, draws: int = 2_000) -> list[Drawn]:
    rows = np.ones(len(values), np.bool_) if counted is None else counted
    measured = MeasuredRows(np.column_stack([values, np.ones(len(values))]), rows, (Measure("mean", mean),))
    clusters = CLUSTERS if len(values) == 120 else clusters_of_rows(len(values))
    return drawn([measured], clusters, of={"layer": "basic7"}, seed=seed, draws=draws)


def values_of(seed: int, number: int = 120) -> Float64Array:
    return np.asarray((np.random.default_rng(seed).random(number) < 0.6).astype(np.float64))


def test_p_and_interval_are_those_of_the_paired_draws() -> None:
    first, second = run(values_of(1)), run(values_of(2))
    (found,) = differences(first, second)
    apart = first[0].draws - second[0].draws
    assert [found.low, found.high] == np.percentile(apart, [2.5, 97.5]).tolist()
    assert found.p == min(1.0, 2 * (1 + min((apart <= 0).sum(), (apart >= 0).sum())) / 2_001)
    assert found.first is not None and found.second is not None
    assert found.difference == found.first - found.second
    assert (found.num_clusters, found.num_first, found.num_second, found.why) == (40, 120, 120, "")
    (reverse,) = differences(second, first)
    assert reverse.p == found.p and reverse.difference == -found.difference


def test_equal_runs_have_p_one() -> None:
    (found,) = differences(run(values_of(1)), run(values_of(1)))
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_rounding_is_no_difference() -> None:
    """Thirds that are added in another order differ in their last bit, always on the same side."""
    values = values_of(3) / 3
    (found,) = differences(run(values), run(values + 1e-15))
    assert (found.difference, found.p) == (0, 1)
    (large,) = differences(run(values * 1e6), run(values * 1e6 * (1 + 1e-15)))
    assert (large.difference, large.p) == (0, 1)
    (small,) = differences(run(values), run(values + 1e-9))
    assert small.p == 2 / 2_001


def test_pairing_is_narrower_than_draws_apart() -> None:
    values = values_of(4)
    worse = np.where(np.arange(120) % 30 == 0, 0.0, values)
    (paired,) = differences(run(values), run(worse))
    apart = run(values)[0].draws - run(worse, seed=1)[0].draws
    low, high = np.percentile(apart, [2.5, 97.5])
    assert paired.low is not None and paired.high is not None
    assert paired.high - paired.low < (high - low) / 2


def test_draws_without_a_value_of_either_run_are_left_out() -> None:
    rows = np.ones(40, np.bool_)
    clips = [Clip(key=f"own/{n:02}", source="own", language="en") for n in range(40)]
    clusters = clusters_of(clips, [clip.key for clip in clips])

    def of_one(index: int) -> list[Drawn]:
        own = np.arange(40) == index
        columns = np.column_stack([own * (index + 1.0), own])
        return drawn([MeasuredRows(columns, rows, (Measure("share", mean),))], clusters, of={})

    first, second = of_one(39), of_one(0)
    (found,) = differences(first, second)
    apart = first[0].draws - second[0].draws
    assert found.share_undefined == np.isnan(apart).mean() and 0.5 < found.share_undefined < 0.7
    assert found.p == 2 / (np.isfinite(apart).sum() + 1)


def test_runs_that_cannot_be_paired_say_so() -> None:
    values = values_of(1)
    (seeds,) = differences(run(values), run(values_of(2), seed=1))
    (number,) = differences(run(values), run(values_of(2), draws=100))
    (others,) = differences(run(values), run(values_of(2), np.arange(120) < 90))
    for found in (seeds, number, others):
        assert (found.low, found.high, found.p, found.num_clusters) == (None, None, None, None)
        assert "the runs have no draws of the same clusters" in found.why and found.difference is not None
    # One item of a cluster is missing: the draws are the same, the items are not.
    (missing,) = differences(run(values), run(values_of(2), np.arange(120) != 4))
    assert missing.why == "the runs count different items" and missing.p is not None and missing.num_second == 119


def test_what_has_no_interval_has_no_p() -> None:
    few, other = run(values_of(1, 27)), run(values_of(2, 27))
    (found,) = differences(few, other)
    assert (found.low, found.p, found.why) == (None, None, "an interval needs 10 clusters, and there are 9")
    assert found.difference is not None

    def ece(value: float | None, num: int = 50) -> list[Drawn]:
        return drawn([PlainValue("ece", value, num, "no interval")], CLUSTERS, of={})

    (plain,) = differences(ece(0.5), ece(0.25))
    assert (plain.difference, plain.low, plain.p, plain.why) == (0.25, None, None, "no interval")
    assert differences(ece(0.5), ece(0.25, 40))[0].why == "no interval; the runs count different items"
    (none,) = differences(ece(0.5), ece(None))
    assert (none.first, none.second, none.difference, none.p) == (0.5, None, None, None)
    assert differences(ece(0.5), run(values_of(1))) == []
    with pytest.raises(
        InvalidArgument, match=r"run must have each measure once, got 'ece' of \{\} twice; leave one out"
    ):
        differences([*ece(0.5), *ece(0.4)], ece(0.2))


@pytest.fixture(scope="module")
def little_garbage() -> None:
    """Leave what is there out of garbage collection, which statsmodels runs at every call: a third of a second each.

    Nothing is put back: what libraries and tests have made would come back as well.
    """
    gc.collect()
    gc.freeze()


@pytest.mark.usefixtures("little_garbage")
@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_is_that_of_statsmodels(ps: list[float]) -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest", reason="statsmodels is an oracle")
    expected = multitest.multipletests(ps, method="holm")[1].tolist() if ps else []
    found = holm(ps)
    assert len(found) == len(ps) and all(abs(a - b) < ROUNDED for a, b in zip(found, expected, strict=True))
    assert all(p <= each <= 1 for p, each in zip(ps, found, strict=True))


@given(st.lists(st.sampled_from([-0.5, -0.25, 0.0, 0.25, 0.5, float("nan")]), max_size=30))
def test_p_is_symmetric_and_in_its_range(draws: list[float]) -> None:
    values = np.array(draws, np.float64)
    p, defined = paired_p(values), [each for each in draws if each == each]
    assert p == paired_p(-values)
    if not defined:
        assert p is None
    else:
        below, above = sum(each <= 0 for each in defined), sum(each >= 0 for each in defined)
        assert p == min(1, 2 * (1 + min(below, above)) / (len(defined) + 1))
        assert p > 0


def test_only_comparisons_with_a_p_are_adjusted() -> None:
    family = [Difference(name="mean", first=1.0, second=0.0, p=p) for p in (0.02, None, 0.01, 0.5)]
    assert [each.p_adjusted for each in adjusted(family)] == [0.04, None, 0.03, 0.5]
    assert [each.p for each in adjusted(family)] == [0.02, None, 0.01, 0.5] and adjusted([]) == []


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan"), "0.5", None, True])
def test_p_values_that_are_none_are_refused(p: object) -> None:
    with pytest.raises(
        InvalidArgument, match=r"ps must be numbers from 0 to 1, got .*; leave out comparisons without a p"
    ):
        holm([0.5, p])  # type: ignore[list-item]
