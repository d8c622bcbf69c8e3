"""Measures of intensities, against scikit-learn; what is rounded and what has no number is counted."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io.corpus import Clip, Corpus, Decision, Split
from emos_io.errors import InvalidArgument
from emos_io.evaluation import Prediction, Predictions, match, score
from emos_io.evaluation.clips.intensity import intensity_measures

SAME = 1e-12
"""Both sides divide and add the same few hundred floats, in another order."""
NAMES = ("mae", "rmse", "quadratic_kappa", "rounded", "answered")
NAN = math.nan

level = st.integers(1, 5)
number = st.one_of(level.map(float), st.integers(-8, 48).map(lambda eighths: eighths / 8))
pairs = st.lists(st.tuples(level, number), min_size=1, max_size=40)


def assert_as_scikit_learn(truth: list[int], predicted: list[float], weights: list[float] | None = None) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    found = intensity_measures(truth, predicted, weights=weights)
    levels = [min(max(math.floor(each + 0.5), 1), 5) for each in predicted]
    expected = {
        "mae": metrics.mean_absolute_error(truth, predicted, sample_weight=weights),
        "rmse": metrics.root_mean_squared_error(truth, predicted, sample_weight=weights),
    }
    if len({*truth, *levels}) > 1:
        expected["quadratic_kappa"] = metrics.cohen_kappa_score(
            truth, levels, labels=range(1, 6), weights="quadratic", sample_weight=weights
        )
    else:
        assert math.isnan(found.value("quadratic_kappa"))
    assert {name: found.value(name) for name in expected} == pytest.approx(expected, rel=0, abs=SAME)
    changed = np.array([given != own for given, own in zip(predicted, levels, strict=True)])
    assert found.value("rounded") == pytest.approx(float(np.average(changed, weights=weights)), rel=0, abs=SAME)
    assert found.value("answered") == 1


@given(pairs)
def test_measures_are_those_of_scikit_learn(drawn: list[tuple[int, float]]) -> None:
    truth, predicted = map(list, zip(*drawn, strict=True))
    assert_as_scikit_learn(truth, predicted)


@given(pairs, st.integers(0, 2**32 - 1))
def test_weighted_measures_are_those_of_scikit_learn(drawn: list[tuple[int, float]], seed: int) -> None:
    truth, predicted = map(list, zip(*drawn, strict=True))
    assert_as_scikit_learn(truth, predicted, (0.1 + np.random.default_rng(seed).random(len(truth))).tolist())


def test_many_random_numbers_are_scored_as_scikit_learn_scores_them() -> None:
    generator = np.random.default_rng(3)
    assert_as_scikit_learn(generator.integers(1, 6, size=3_000).tolist(), generator.uniform(0, 6, size=3_000).tolist())


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2.5, 3), (1.5, 2), (2.4999999999999996, 2), (4.5, 5), (5.5, 5), (0.49, 1), (-3, 1), (7, 5), (1e300, 5)],
)
def test_numbers_are_rounded_half_up_to_a_level(value: float, expected: int) -> None:
    for truth in range(1, 6):
        found = intensity_measures([truth, 1, 5], [value, 1, 5])
        rounded = intensity_measures([truth, 1, 5], [expected, 1, 5])
        assert found.value("quadratic_kappa") == rounded.value("quadratic_kappa")
        assert found.value("mae") == abs(truth - value) / 3
        assert (found.value("rounded"), rounded.value("rounded")) == (1 / 3, 0)


def test_items_without_a_number_are_left_out_and_counted() -> None:
    found = intensity_measures([1, 2, 5, 5, NAN], [1, 3, 3, NAN, 4])
    few = intensity_measures([1, 2, 5], [1, 3, 3])
    assert [found.value(name) for name in NAMES[:4]] == [few.value(name) for name in NAMES[:4]]
    assert (found.value("mae"), found.value("answered")) == (1, 3 / 4)
    number = {each.name: each.num(found.sums())[0] for each in found.measures if each.num}
    assert number == {"mae": 3, "rmse": 3, "quadratic_kappa": 3, "rounded": 3, "answered": 4}
    assert found.counted.tolist() == [True, True, True, True, False]


def test_nothing_to_score_is_nan() -> None:
    for truth, predicted in (([], []), ([NAN], [3.0])):
        found = intensity_measures(truth, predicted)
        assert all(math.isnan(found.value(name)) for name in NAMES)
    found = intensity_measures([3, 4], [NAN, NAN])
    assert all(math.isnan(found.value(name)) for name in NAMES[:4])
    assert found.value("answered") == 0


@pytest.mark.parametrize("weights", [None, [0.1, 0.2, 0.7]])
def test_kappa_of_one_level_alone_is_nan(weights: list[float] | None) -> None:
    found = intensity_measures([4, 4, 4], [4, 4, 4], weights=weights)
    assert math.isnan(found.value("quadratic_kappa"))
    assert found.value("mae") == 0
    # Truth alone is one level: kappa is 0, whatever is predicted.
    assert intensity_measures([4, 4, 4], [4, 3, 1], weights=weights).value("quadratic_kappa") == pytest.approx(
        0, abs=SAME
    )


@given(pairs)
def test_truth_as_its_own_answer_has_no_error(drawn: list[tuple[int, float]]) -> None:
    truth = [pair[0] for pair in drawn]
    found = intensity_measures(truth, truth)
    assert (found.value("mae"), found.value("rmse"), found.value("rounded")) == (0, 0, 0)
    kappa = found.value("quadratic_kappa")
    assert kappa == 1 if len(set(truth)) > 1 else math.isnan(kappa)


@given(pairs)
def test_values_lie_within_their_bounds(drawn: list[tuple[int, float]]) -> None:
    truth, predicted = map(list, zip(*drawn, strict=True))
    found = intensity_measures(truth, predicted)
    assert 0 <= found.value("mae") <= found.value("rmse") + SAME
    assert not abs(found.value("quadratic_kappa")) > 1 + SAME


@given(pairs, st.data())
def test_an_answer_moved_away_from_truth_never_lowers_the_errors(
    drawn: list[tuple[int, float]], data: st.DataObject
) -> None:
    truth, predicted = map(list, zip(*drawn, strict=True))
    index = data.draw(st.integers(0, len(truth) - 1))
    distance = abs(predicted[index] - truth[index]) + data.draw(st.integers(1, 16)) / 8
    worse = [*predicted]
    worse[index] = truth[index] + data.draw(st.sampled_from([-1, 1])) * distance
    before, after = intensity_measures(truth, predicted), intensity_measures(truth, worse)
    assert after.value("mae") > before.value("mae")
    assert after.value("rmse") > before.value("rmse")


def test_an_answer_moved_away_from_truth_may_raise_kappa() -> None:
    before, after = intensity_measures([1, 2], [1, 1]), intensity_measures([1, 2], [1, 4])
    assert (before.value("quadratic_kappa"), after.value("quadratic_kappa")) == (0, 3 / 7)


def test_draws_of_rows_need_no_table() -> None:
    truth, predicted = [1, 2, 3, 5], [1.0, 3.0, 3.0, 4.0]
    found = intensity_measures(truth, predicted)
    draw = np.array([2.0, 0.0, 1.0, 3.0])
    kappa = next(each for each in found.measures if each.name == "quadratic_kappa")
    repeated = intensity_measures(np.repeat(truth, draw.astype(int)), np.repeat(predicted, draw.astype(int)))
    assert kappa.of_sums(draw[None] @ found.columns)[0] == repeated.value("quadratic_kappa")
    assert pickle.loads(pickle.dumps(found)).value("rmse") == found.value("rmse")


def test_intensities_of_the_release_are_levels(release: Corpus) -> None:
    truth = [each.intensity for item in release.monologues for each in item.utterances if each.intensity is not None]
    found = intensity_measures(truth, [3] * len(truth))
    assert len(truth) == 447
    assert found.value("mae") == sum(abs(each - 3) for each in truth) / 447
    assert found.value("quadratic_kappa") == 0


def test_other_levels() -> None:
    found = intensity_measures([0, 10], [0.4, 12], levels=(0, 10))
    assert (found.value("quadratic_kappa"), found.value("rounded")) == (1, 1)


def numbered(layer: str, truth: list[str]) -> Corpus:
    """Clips with numbers as truth: the lower half is English, the upper half Chinese."""
    middle = sorted(map(float, truth))[len(truth) // 2]
    return Corpus(
        [
            Clip(
                key=f"own/{index:02}",
                source="own",
                language="en" if float(number) < middle else "zh",
                decisions={layer: Decision(item=f"own/{index:02}", layer=layer, labels=(number,), scores={})},
            )
            for index, number in enumerate(truth)
        ]
    )


def numbers_of(corpus: Corpus, layer: str, predicted: list[float]) -> Predictions:
    rows = zip(corpus.clips, predicted, strict=True)
    return Predictions(tuple(Prediction(key=clip.key, layer=layer, value=value) for clip, value in rows))


@pytest.mark.parametrize(
    ("layer", "truth", "low", "high"),
    [
        ("arousal", [1, 2, 3, 9, 8, 7, 2, 8], 1, 9),
        ("valence", [-3, 3, 0, -3, 2, 1, -1, 2], -3, 3),
        ("intensity", [1, 2, 2, 3, 3, 4, 1, 4], 1, 5),
        ("arousal", [2, 3, 2, 3, 3, 4, 2, 4], 2, 4),
        ("intensity", [0, 2, 2, 3, 7, 4, 1, 4], 0, 7),
    ],
)
def test_slices_have_the_levels_of_the_layer(layer: str, truth: list[int], low: int, high: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    predicted = [9, 9, 1, 9, -7, 1, 3, 2]
    corpus = numbered(layer, list(map(str, truth)))
    scores = score(numbers_of(corpus, layer, list(map(float, predicted))), corpus, by=["language"], draws=1)
    for of in ({}, {"language": "en"}, {"language": "zh"}):
        some = [n for n, clip in enumerate(corpus.clips) if of.get("language", clip.language) == clip.language]
        own, answers = [truth[n] for n in some], [min(max(predicted[n], low), high) for n in some]
        expected = metrics.cohen_kappa_score(own, answers, weights="quadratic", labels=range(low, high + 1))
        assert scores.get("quadratic_kappa", **of).value == pytest.approx(expected, rel=0, abs=SAME)


def test_levels_are_those_of_clips_that_are_not_scored_too() -> None:
    corpus = numbered("arousal", ["1", "2", "3", "9"])
    test = Split(("own/03",), ("own/00", "own/01", "own/02"), 1, 0.5, (), (), "5" * 64, {})
    found = match(numbers_of(corpus, "arousal", [9.0] * 4), corpus, layer="arousal", split=test)
    assert len(found.clips) == 3 and found.levels == (1, 9)


@pytest.mark.parametrize("odd", ["1.5", "-0.25", "1e9"])
def test_of_numbers_that_are_no_levels_only_kappa_is_null(odd: str) -> None:
    corpus = numbered("arousal", [odd, "2", "3", "4"])
    scores = score(numbers_of(corpus, "arousal", [2.0, 2.0, 4.5, 3.0]), corpus, by=["language"], draws=1)
    error = np.abs(np.array([float(odd), 2, 3, 4]) - [2, 2, 4.5, 3])
    assert scores.get("mae").value == pytest.approx(error.mean(), rel=SAME)
    assert scores.get("rmse").value == pytest.approx(math.sqrt((error**2).mean()), rel=SAME)
    assert scores.get("answered").value == 1
    kappa = scores.get("quadratic_kappa")
    assert (kappa.value, kappa.n) == (None, 4) and kappa.why.startswith("kappa is of levels")
    # A slice of whole numbers has no levels either: its kappa would be of another scale than that of all.
    assert scores.get("quadratic_kappa", language="zh").value is None


def test_numbers_without_levels_may_be_any() -> None:
    found = intensity_measures([0.25, -7, NAN], [0.5, NAN, 1], levels=None)
    assert (found.value("mae"), found.value("rmse"), found.value("answered")) == (0.25, 0.25, 0.5)
    assert [each.name for each in found.measures] == ["mae", "rmse", "answered"]


@pytest.mark.parametrize(
    ("truth", "predicted", "text"),
    [
        ([2.5], [2.0], "truth must be whole levels from 1 to 5, got 2.5 at [0]; give its levels, NaN for none"),
        ([6], [2.0], "truth must be whole levels from 1 to 5, got 6.0 at [0]; give its levels, NaN for none"),
        (
            [3],
            [math.inf],
            "predicted must be finite numbers [1], got inf at [0]; give a number for each, NaN where there is",
        ),
        ([3, 3], [3.0], "predicted must be finite numbers [2], got float64 of shape (1,); give a number for each"),
    ],
)
def test_wrong_arrays_are_refused(truth: list[float], predicted: list[float], text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        intensity_measures(truth, predicted)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("levels", [(5, 1), (1, 1), (1.5, 5), (1,), "15", (True, 5)])
def test_wrong_levels_are_refused(levels: tuple[int, int]) -> None:
    with pytest.raises(InvalidArgument, match=r"^levels must be two integers, the lower one first, got "):
        intensity_measures([1], [1], levels=levels)
