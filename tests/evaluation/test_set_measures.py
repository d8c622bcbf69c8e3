"""Measures of sets of labels, against scikit-learn; the two hard truths of the release; empty sets."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emos_io._arrays import BoolArray, Float64Array, Int64Array
from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument
from emos_io.evaluation.clips import sets
from emos_io.evaluation.sums import MeasuredRows

SAME = 1e-12
"""Both sides divide and add the same few hundred floats, in another order."""
MEANS = ("jaccard", "samples_f1", "exact_match")
POOLED = ("micro_f1", "micro_precision", "micro_recall", "macro_f1", "macro_f1_all", "weighted_f1")


def names(count: int) -> list[str]:
    return [f"label {index}" for index in range(count)]


def random_sets(seed: int) -> tuple[Float64Array, BoolArray]:
    """Shares of three raters and answers, up to 20 items of 2 to 5 labels; sets may be empty."""
    generator = np.random.default_rng(seed)
    # Of one label, scikit-learn takes columns for labels of single items.
    rows, count = int(generator.integers(1, 21)), int(generator.integers(2, 6))
    density = (0.1, 0.4, 0.8)[seed % 3]
    return generator.binomial(3, density, size=(rows, count)) / 3, generator.random((rows, count)) < density


shares_and_answers = st.integers(0, 2**32 - 1).map(random_sets)


def with_both_empty(true: BoolArray, answer: BoolArray) -> list[Int64Array]:
    """Truth and answers with a label more, which both have where both are empty: such items score 1."""
    empty: BoolArray = ~np.any(true | answer, axis=1)
    return [np.column_stack([each, empty]).astype(np.int64) for each in (true, answer)]


def value(found: MeasuredRows, name: str, truth: str) -> float:
    return found.value(name, truth=truth)


@pytest.mark.parametrize("seed", range(12))  # each asks scikit-learn 22 times
def test_measures_are_those_of_scikit_learn(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    shares, answer = random_sets(seed)
    rows, count = shares.shape
    weights = np.linspace(0.5, 2, rows) if seed % 2 else None
    found = sets.set_measures(shares, answer, names(count), weights=weights)
    hard = {"any": shares > 0, "two_of_three": np.rint(shares * 3) >= 2}
    for truth, true in hard.items():
        with_truth = np.flatnonzero(true.any(axis=0))
        options = {"sample_weight": weights}
        # Both empty: scikit-learn gives what it is asked to give; here that is 1.
        padded = with_both_empty(true, answer)
        expected = {
            "jaccard": metrics.jaccard_score(*padded, average="samples", zero_division=0, **options),
            "samples_f1": metrics.f1_score(*padded, average="samples", zero_division=0, **options),
            "exact_match": metrics.accuracy_score(*padded, **options),
            "macro_f1_all": metrics.f1_score(true, answer, average="macro", zero_division=0, **options),
            "weighted_f1": metrics.f1_score(true, answer, average="weighted", zero_division=np.nan, **options),
        }
        for kind, score in (
            ("f1", metrics.f1_score),
            ("precision", metrics.precision_score),
            ("recall", metrics.recall_score),
        ):
            expected[f"micro_{kind}"] = score(true, answer, average="micro", zero_division=np.nan, **options)
        if len(with_truth):
            expected["macro_f1"] = metrics.f1_score(true, answer, average="macro", labels=with_truth, **options)
        if not with_truth.size:
            del expected["weighted_f1"]
            assert math.isnan(value(found, "weighted_f1", truth)) and math.isnan(value(found, "macro_f1", truth))
        if not (true | answer).any():
            del expected["macro_f1_all"]
            assert math.isnan(value(found, "macro_f1_all", truth))
        came = {name: value(found, name, truth) for name in expected}
        assert came == pytest.approx(expected, rel=0, abs=SAME, nan_ok=True)
        each_class = metrics.precision_recall_fscore_support(
            true, answer, zero_division=np.nan, average=None, **options
        )
        for name, values in zip(("precision", "recall", "f1"), each_class, strict=False):
            own = [found.value(name, **{"truth": truth, "class": label}) for label in names(count)]
            assert own == pytest.approx(np.atleast_1d(values).tolist(), rel=0, abs=SAME, nan_ok=True)


@pytest.mark.parametrize("seed", range(6))
def test_words_outside_are_false_labels_of_no_class(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    shares, answer = random_sets(seed)
    rows, count = shares.shape
    outside = np.random.default_rng(seed).integers(0, 3, size=rows)
    found = sets.set_measures(shares, answer, names(count), num_outside=outside)
    without = sets.set_measures(shares, answer, names(count))
    true: BoolArray = np.column_stack([shares > 0, np.zeros((rows, 2), dtype=np.bool_)])
    given_words: BoolArray = np.column_stack([answer, np.less.outer([0, 1], outside).T])
    padded = with_both_empty(true, given_words)
    assert value(found, "jaccard", "any") == pytest.approx(
        metrics.jaccard_score(*padded, average="samples", zero_division=0), rel=0, abs=SAME
    )
    assert value(found, "samples_f1", "any") == pytest.approx(
        metrics.f1_score(*padded, average="samples", zero_division=0), rel=0, abs=SAME
    )
    assert value(found, "exact_match", "any") == pytest.approx(metrics.accuracy_score(*padded), rel=0, abs=SAME)
    assert value(found, "micro_f1", "any") == pytest.approx(
        metrics.f1_score(true, given_words, average="micro", zero_division=np.nan), rel=0, abs=SAME, nan_ok=True
    )
    for name in ("macro_f1", "macro_f1_all", "weighted_f1", "micro_recall"):
        assert value(found, name, "any") == pytest.approx(value(without, name, "any"), rel=0, abs=0, nan_ok=True)


@given(shares_and_answers)
def test_jaccard_of_soft_truth_is_written_out(drawn: tuple[Float64Array, BoolArray]) -> None:
    shares, answer = drawn
    each = []
    for row, own in zip(np.rint(shares * 3).astype(int).tolist(), answer.tolist(), strict=True):
        lower = sum(Fraction(min(n, 3 * a), 3) for n, a in zip(row, own, strict=True))
        higher = sum(Fraction(max(n, 3 * a), 3) for n, a in zip(row, own, strict=True))
        each.append(lower / higher if higher else Fraction(1))
    found = sets.set_measures(shares, answer, names(shares.shape[1]))
    assert value(found, "jaccard", "soft") == pytest.approx(float(sum(each) / len(each)), rel=0, abs=SAME)


def test_empty_sets() -> None:
    """An empty answer to an empty truth scores 1, another answer 0, and no answer 0: it is no empty set."""
    nothing, joy = [0.0, 0.0], [1.0, 0.0]
    cases: list[tuple[list[float], list[bool], bool, int]]
    cases = [(nothing, [False, False], True, 1), (nothing, [True, False], True, 0), (joy, [False, False], True, 0)]
    cases += [(nothing, [False, False], False, 0), (joy, [False, False], False, 0)]
    for share, answer, answered, expected in cases:
        found = sets.set_measures([share], [answer], ["joy", "fear"], answered=[answered])
        assert [value(found, name, truth) for name in MEANS for truth in sets.HARD_TRUTHS] == [expected] * 6
        assert value(found, "jaccard", "soft") == expected
        assert value(found, "empty_truth", "any") == (share == nothing)
        assert value(found, "empty_answer_to_empty_truth", "any") == expected
    # A word outside of the labels is no empty answer.
    found = sets.set_measures([nothing], [[False, False]], ["joy", "fear"], num_outside=[1])
    assert [value(found, name, "any") for name in MEANS] == [0] * 3
    assert value(found, "empty_answer_to_empty_truth", "any") == 0


def test_labels_of_an_item_without_an_answer_are_not_looked_at() -> None:
    found = sets.set_measures([[1, 0]], [[True, True]], ["joy", "fear"], answered=[False], num_outside=[4])
    assert value(found, "micro_recall", "any") == 0
    assert math.isnan(value(found, "micro_precision", "any"))


def test_nothing_to_score_is_nan_in_every_measure() -> None:
    for shares in (np.zeros((0, 2)), np.full((3, 2), np.nan)):
        found = sets.set_measures(shares, np.ones(shares.shape, dtype=bool), ["joy", "fear"])
        values = [each.of_sums(found.sums())[0] for each in found.measures]
        assert len(values) == 2 * (5 + 3 + 3 + 2 * 3) + 1
        assert all(math.isnan(each) for each in values)


def test_rows_without_truth_change_nothing() -> None:
    few = sets.set_measures([[1.0, 0.0], [0.5, 0.0]], [[True, False], [False, True]], ["joy", "fear"])
    shares = [[1.0, 0.0], [math.nan, math.nan], [0.5, 0.0]]
    more = sets.set_measures(shares, [[True, False], [True, True], [False, True]], ["joy", "fear"])
    np.testing.assert_array_equal(few.sums(), more.sums())
    assert more.counted.tolist() == [True, False, True]


def test_a_share_near_two_of_three_is_two_of_three() -> None:
    shares = [0.6666666666666666, 0.666666666666667, 0.667, 0.666, 0.66, 0.6, 0.5, 1 / 3, 1, 0]
    expected = [True, True, True, True, False, False, False, False, True, False]
    assert sets.hard_sets(shares, "two_of_three").tolist() == expected
    assert sets.hard_sets([*shares, math.nan], "any").tolist() == [True] * 9 + [False, False]
    near = {
        Fraction(given, raters)
        for raters in range(1, 333)
        for given in range(raters + 1)
        if Fraction(2, 3) - Fraction(1, 1000) <= Fraction(given, raters) < Fraction(2, 3)
    }
    assert not near


def test_the_release_has_1610_items_without_a_word_at_two_of_three(release: Corpus) -> None:
    layer = release.taxonomy("goemotions")
    words = layer.words
    shares = np.array(
        [[clip.decisions["goemotions"].scores.get(word, 0.0) for word in words] for clip in release.clips]
    )
    assert shares.shape == (9_403, 29)
    two = sets.hard_sets(shares, "two_of_three")
    # 1,610 are those without any of 29 words. "unsure" is no label: of 28 labels, 47 items more have none.
    assert (~two.any(axis=1)).sum() == 1_610
    assert words[-1] == layer.abstain == "unsure"
    without = ~two[:, :28].any(axis=1)
    assert without.sum() == 1_657
    assert (without & two[:, 28]).sum() == 47
    assert (~sets.hard_sets(shares[:, :28], "any").any(axis=1)).sum() == 1
    found = sets.set_measures(shares[:, :28], np.zeros((9_403, 28), dtype=bool), layer.labels)
    assert value(found, "empty_truth", "two_of_three") == value(found, "exact_match", "two_of_three") == 1_657 / 9_403
    assert value(found, "empty_answer_to_empty_truth", "any") == value(found, "exact_match", "any") == 1 / 9_403


def test_the_set_that_any_rater_gave_is_that_of_the_decision(release: Corpus) -> None:
    layer = release.taxonomy("goemotions")
    decisions = [clip.decisions["goemotions"] for clip in release.clips]
    shares = np.array([[each.scores.get(label, 0.0) for label in layer.labels] for each in decisions])
    expected = [[label in each.labels for label in layer.labels] for each in decisions]
    assert sets.hard_sets(shares, "any").tolist() == expected


@given(shares_and_answers, st.data())
def test_a_right_label_lost_or_a_wrong_one_added_never_raises_a_mean(
    drawn: tuple[Float64Array, BoolArray], data: st.DataObject
) -> None:
    shares, answer = drawn
    truth = data.draw(st.sampled_from(sets.HARD_TRUTHS))
    agreeing = np.argwhere(sets.hard_sets(shares, truth) == answer)
    assume(len(agreeing))
    row, label = agreeing[data.draw(st.integers(0, len(agreeing) - 1))]
    worse = answer.copy()
    worse[row, label] = ~worse[row, label]
    before, after = (sets.set_measures(shares, each, names(shares.shape[1])) for each in (answer, worse))
    for name in (*MEANS, "micro_f1", "macro_f1", "weighted_f1"):
        came, was = value(after, name, truth), value(before, name, truth)
        assert came <= was or (math.isnan(was) and (math.isnan(came) or came == 0))


def test_micro_precision_rises_where_a_right_label_is_lost_with_the_answer() -> None:
    shares = [[1.0, 0.0], [1.0, 0.0]]
    before = sets.set_measures(shares, [[True, True], [True, False]], ["joy", "fear"])
    after = sets.set_measures(shares, [[True, True], [True, False]], ["joy", "fear"], answered=[False, True])
    assert (value(before, "micro_precision", "any"), value(after, "micro_precision", "any")) == (2 / 3, 1)


@given(shares_and_answers)
def test_values_lie_between_0_and_1(drawn: tuple[Float64Array, BoolArray]) -> None:
    found = sets.set_measures(*drawn, names(drawn[0].shape[1]))
    values = np.array([each.of_sums(found.sums())[0] for each in found.measures])
    assert ((values >= 0) & (values <= 1) | np.isnan(values)).all()


@given(shares_and_answers)
def test_truth_as_its_own_answer_scores_1_exactly(drawn: tuple[Float64Array, BoolArray]) -> None:
    shares = drawn[0]
    for truth in sets.HARD_TRUTHS:
        found = sets.set_measures(shares, sets.hard_sets(shares, truth), names(shares.shape[1]))
        assert [value(found, name, truth) for name in MEANS] == [1] * 3
        pooled = [value(found, name, truth) for name in POOLED if name != "macro_f1_all"]
        assert pooled == [1] * 5 or all(math.isnan(each) for each in pooled)


def test_macro_f1_leaves_out_a_label_that_a_draw_has_none_of() -> None:
    found = sets.set_measures([[1, 0], [0, 1]], [[True, False], [False, True]], ["joy", "fear"])
    macro = next(each for each in found.measures if each.name == "macro_f1" and each.of["truth"] == "two_of_three")
    draws = np.array([[1.0, 1.0], [2.0, 0.0]]) @ found.columns
    assert macro.of_sums(draws).tolist() == [1, 1]
    assert macro.leaves_out is not None and macro.leaves_out(draws).tolist() == [0, 1]
    assert macro.num is not None and macro.num(draws).tolist() == [2, 2]


def test_numbers_are_items_and_support() -> None:
    shares = [[1.0, 0.0], [1 / 3, 1.0]]
    found = sets.set_measures(shares, [[True, False], [False, True]], ["joy", "fear"])
    number = {
        (each.name, each.of["truth"], each.of.get("class")): each.num(found.sums())[0]
        for each in found.measures
        if each.num is not None
    }
    assert len(number) == len(found.measures)
    assert {count for (_, _, label), count in number.items() if label is None} == {2}
    assert number["f1", "any", "joy"] == 2
    assert number["f1", "two_of_three", "joy"] == 1
    assert pickle.loads(pickle.dumps(found)).value("jaccard", truth="any") == found.value("jaccard", truth="any")


@pytest.mark.parametrize(
    ("shares", "predicted", "text"),
    [
        (
            [[1.5, 0]],
            [[True, False]],
            "shares must be finite numbers [1, 2] from 0 to 1, got 1.5 at [0, 0]; give a number",
        ),
        (
            [[0.5]],
            [[True, False]],
            "shares must be finite numbers [1, 2] from 0 to 1, got float64 of shape (1, 1); give",
        ),
        (
            [[math.nan, 0]],
            [[True, False]],
            "shares must be numbers or NaN in all of a row, got both in row 0; give 0 for",
        ),
        (
            [[1.0, 0]],
            [[1, 0]],
            "predicted must be booleans [1, 2], got int64 of shape (1, 2); give True or False for each",
        ),
    ],
)
def test_wrong_arrays_are_refused(shares: list[list[float]], predicted: list[list[bool]], text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        sets.set_measures(shares, predicted, ["joy", "fear"])
    assert str(caught.value).startswith(text)
