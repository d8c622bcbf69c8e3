"""Measures of one label an item, against scikit-learn and audmetric; what a worse answer does to them."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emos_io._arrays import Float64Array
from emos_io.errors import InvalidArgument
from emos_io.evaluation.clips import labels
from emos_io.evaluation.sums import MeasuredRows

SAME = 1e-12
"""Both sides divide and add the same few hundred floats, in another order."""
POOLED = ("accuracy", "macro_f1", "macro_f1_all", "weighted_f1", "uar")
Pairs = list[tuple[int, int]]


def names(count: int) -> list[str]:
    return [f"class {index}" for index in range(count)]


def measured(pairs: Pairs, count: int, weights: list[float] | None = None) -> MeasuredRows:
    truth, predicted = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    empty = np.zeros(0, dtype=np.int64)
    return labels.label_measures(truth or empty, predicted or empty, names(count), weights=weights)


def of_class(found: MeasuredRows, name: str, count: int) -> list[float]:
    return [found.value(name, **{"class": each}) for each in names(count)]


@st.composite
def answers(draw: st.DrawFn, least: int = 1) -> tuple[Pairs, int]:
    """Truth and answers of up to 6 classes; some have no truth, and answers may be none."""
    count = draw(st.integers(1, 6))
    with_truth = draw(st.lists(st.integers(0, count - 1), min_size=1, unique=True))
    pair = st.tuples(st.sampled_from(with_truth), st.integers(-1, count - 1))
    return draw(st.lists(pair, min_size=least, max_size=40)), count


def assert_as_scikit_learn(pairs: Pairs, count: int, weights: list[float] | None = None) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    found = measured(pairs, count, weights)
    true, answer = zip(*pairs, strict=True)
    every = range(count)
    with_truth = sorted(set(true))
    f1 = {"zero_division": 0, "sample_weight": weights}
    expected = {
        "accuracy": metrics.accuracy_score(true, answer, sample_weight=weights),
        "macro_f1": metrics.f1_score(true, answer, labels=with_truth, average="macro", **f1),
        "macro_f1_all": metrics.f1_score(true, answer, labels=every, average="macro", **f1),
        "weighted_f1": metrics.f1_score(true, answer, labels=every, average="weighted", **f1),
        "uar": metrics.precision_recall_fscore_support(true, answer, labels=with_truth, average="macro", **f1)[1],
    }
    assert {name: found.value(name) for name in POOLED} == pytest.approx(expected, rel=0, abs=SAME)
    # Where there is nothing to divide by, scikit-learn gives what it is asked to give.
    each = metrics.precision_recall_fscore_support(
        true, answer, labels=every, zero_division=np.nan, sample_weight=weights
    )
    for name, values in zip(("precision", "recall", "f1"), each, strict=False):
        assert of_class(found, name, count) == pytest.approx(values.tolist(), rel=0, abs=SAME, nan_ok=True)


@given(answers())
def test_measures_are_those_of_scikit_learn(drawn: tuple[Pairs, int]) -> None:
    assert_as_scikit_learn(*drawn)


@given(answers(), st.integers(0, 2**32 - 1))
def test_weighted_measures_are_those_of_scikit_learn(drawn: tuple[Pairs, int], seed: int) -> None:
    pairs, count = drawn
    generator = np.random.default_rng(seed)
    assert_as_scikit_learn(pairs, count, (0.25 + generator.random(len(pairs))).tolist())


def test_random_answers_of_seven_classes_are_scored_as_scikit_learn_and_audmetric_score_them() -> None:
    audmetric = pytest.importorskip("audmetric", reason="audmetric is an oracle")
    generator = np.random.default_rng(5)
    for size in (1, 7, 100, 3_000):
        pairs = list(
            zip(generator.integers(7, size=size).tolist(), generator.integers(-1, 7, size=size).tolist(), strict=True)
        )
        assert_as_scikit_learn(pairs, 7)
        true, answer = zip(*pairs, strict=True)
        # audmetric leaves items out whose answer is no label: here no answer is one.
        each = audmetric.recall_per_class(true, answer, labels=[*range(7), -1])
        recall = sum(each[index] for index in set(true)) / len(set(true))
        assert measured(pairs, 7).value("uar") == pytest.approx(recall, rel=0, abs=SAME)


@pytest.mark.parametrize(
    ("pairs", "count"),
    [
        ([(0, -1), (1, -1), (1, -1)], 3),  # only misses
        ([(0, 0), (0, 0)], 1),  # one class
        ([(0, -1)], 1),
        ([(0, 1), (1, 0)], 2),  # all wrong
        ([(2, 2), (2, 0), (0, 2)], 4),  # two classes without truth, of which one is never predicted
        ([(0, 3), (1, 3)], 4),  # predictions of a class without truth alone
    ],
)
def test_edges_are_scored_as_scikit_learn_scores_them(pairs: Pairs, count: int) -> None:
    assert_as_scikit_learn(pairs, count)


def test_nothing_to_score_is_nan_in_every_measure() -> None:
    for found in (
        measured([], 3),
        measured([(-1, 0), (-1, -1)], 3),
        labels.confusion_measures(np.zeros((2, 12)), names(3)),
    ):
        values = [each.of_sums(found.sums())[0] for each in found.measures]
        assert len(values) == 5 + 9
        assert all(math.isnan(value) for value in values)


def test_rows_without_truth_change_nothing() -> None:
    pairs = [(0, 0), (1, 0), (1, 1)]
    found, other = measured(pairs, 2), measured([(-1, 1), *pairs, (-1, -1), (-1, 0)], 2)
    np.testing.assert_array_equal(found.sums(), other.sums())
    assert other.counted.tolist() == [False, True, True, True, False, False]


def test_a_word_outside_of_the_classes_is_a_miss_and_no_class_of_its_own() -> None:
    found = measured([(0, 0), (0, -1), (1, 1)], 2)
    assert found.value("macro_f1") == (2 / 3 + 1) / 2
    assert of_class(found, "precision", 2) == [1, 1]


def test_support_is_the_number_of_each_score() -> None:
    found = measured([(0, 0), (0, 1), (1, -1), (-1, 1)], 3)
    number = {(each.name, each.of.get("class")): each.num(found.sums())[0] for each in found.measures if each.num}
    assert len(number) == len(found.measures)
    assert number["accuracy", None] == number["macro_f1", None] == 3
    assert [number["f1", name] for name in names(3)] == [2, 1, 0]


def test_a_draw_that_lacks_a_class_leaves_it_out_and_says_so() -> None:
    # Class 2 has truth in the last row alone; class 3 has none at all.
    found = measured([(0, 0), (1, 0), (0, 2), (2, 2)], 4)
    draws = np.array([[2, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]], dtype=np.float64) @ found.columns
    macro, uar = (next(each for each in found.measures if each.name == name) for name in ("macro_f1", "uar"))
    f1 = [2 * 2 / 5, 2 * 1 / 4, 2 * 1 / 4]  # of class 0: right, and truth with predictions
    # Neither truth nor predictions of class 2: the mean of two. Predictions alone: its F1 is 0.
    expected = [(f1[0] + 0) / 2, (f1[1] + 0 + 0) / 3, (f1[2] + 0 + 2 * 1 / 3) / 3]
    np.testing.assert_allclose(macro.of_sums(draws), expected, rtol=0, atol=SAME)
    np.testing.assert_allclose(
        uar.of_sums(draws), [(1 + 0) / 2, (1 / 2 + 0) / 2, (1 / 2 + 0 + 1) / 3], rtol=0, atol=SAME
    )
    assert macro.leaves_out is not None and macro.leaves_out(draws).tolist() == [1, 0, 0]
    assert uar.leaves_out is not None and uar.leaves_out(draws).tolist() == [1, 1, 0]
    of_its_own = next(each for each in found.measures if each.of.get("class") == "class 2" and each.name == "f1")
    assert np.isnan(of_its_own.of_sums(draws)).tolist() == [True, False, False]


@given(answers(), st.integers(0, 2**32 - 1))
def test_order_of_items_changes_nothing(drawn: tuple[Pairs, int], seed: int) -> None:
    pairs, count = drawn
    order = np.random.default_rng(seed).permutation(len(pairs))
    np.testing.assert_array_equal(
        measured([pairs[index] for index in order], count).sums(), measured(pairs, count).sums()
    )


@given(answers())
def test_values_lie_between_0_and_1(drawn: tuple[Pairs, int]) -> None:
    found = measured(*drawn)
    values = np.array([each.of_sums(found.sums())[0] for each in found.measures])
    assert ((values >= 0) & (values <= 1) | np.isnan(values)).all()


@given(answers())
def test_truth_as_its_own_answer_scores_1_exactly(drawn: tuple[Pairs, int]) -> None:
    pairs, count = drawn
    found = measured([(true, true) for true, _ in pairs], count)
    assert [found.value(name) for name in POOLED if name != "macro_f1_all"] == [1] * 4
    assert all(value == 1 or math.isnan(value) for value in of_class(found, "f1", count))


@given(answers(), st.data())
def test_a_right_answer_made_wrong_never_raises_a_measure(drawn: tuple[Pairs, int], data: st.DataObject) -> None:
    pairs, count = drawn
    right = [index for index, (true, answer) in enumerate(pairs) if true == answer]
    assume(right)
    index = data.draw(st.sampled_from(right))
    true = pairs[index][0]
    wrong = data.draw(st.sampled_from([-1, *(each for each in range(count) if each != true)]))
    before, after = measured(pairs, count), measured([*pairs[:index], (true, wrong), *pairs[index + 1 :]], count)
    # These fall, all of them: no worse answer goes unseen.
    assert all(after.value(name) < before.value(name) for name in POOLED)
    for name in ("precision", "recall", "f1"):
        for was, came in zip(of_class(before, name, count), of_class(after, name, count), strict=True):
            assert came <= was or math.isnan(came) or (math.isnan(was) and came == 0)


@given(answers(), st.data())
def test_a_wrong_answer_made_another_wrong_one_keeps_accuracy_and_recall(
    drawn: tuple[Pairs, int], data: st.DataObject
) -> None:
    pairs, count = drawn
    index = data.draw(st.sampled_from(range(len(pairs))))
    true, answer = pairs[index]
    other = data.draw(st.integers(-1, count - 1))
    assume(true not in (answer, other))
    before, after = measured(pairs, count), measured([*pairs[:index], (true, other), *pairs[index + 1 :]], count)
    for name in ("accuracy", "uar"):
        assert after.value(name) == before.value(name)
    assert of_class(after, "recall", count) == pytest.approx(
        of_class(before, "recall", count), rel=0, abs=0, nan_ok=True
    )


@given(answers(), st.data())
def test_no_answer_instead_of_a_wrong_one_never_lowers_an_f1(drawn: tuple[Pairs, int], data: st.DataObject) -> None:
    pairs, count = drawn
    wrong = [index for index, (true, answer) in enumerate(pairs) if answer not in (true, -1)]
    assume(wrong)
    index = data.draw(st.sampled_from(wrong))
    before = measured(pairs, count)
    after = measured([*pairs[:index], (pairs[index][0], -1), *pairs[index + 1 :]], count)
    assert all(after.value(name) >= before.value(name) for name in ("macro_f1", "macro_f1_all", "weighted_f1"))
    for was, came in zip(of_class(before, "f1", count), of_class(after, "f1", count), strict=True):
        assert came >= was or (math.isnan(came) and (was == 0 or math.isnan(was)))


def test_no_answer_instead_of_a_wrong_one_raises_precision_and_f1() -> None:
    wrong, none = measured([(0, 0), (1, 0)], 2), measured([(0, 0), (1, -1)], 2)
    for name in ("macro_f1", "macro_f1_all", "weighted_f1"):
        assert none.value(name) > wrong.value(name)
    assert none.value("accuracy") == wrong.value("accuracy") == 1 / 2
    assert (of_class(wrong, "precision", 2)[0], of_class(none, "precision", 2)[0]) == (1 / 2, 1)
    assert (of_class(wrong, "f1", 2)[0], of_class(none, "f1", 2)[0]) == (2 / 3, 1)


def test_precision_does_not_see_a_right_answer_that_is_lost() -> None:
    before, after = measured([(0, 0), (0, 0), (1, 1)], 2), measured([(0, 0), (0, -1), (1, 1)], 2)
    assert of_class(before, "precision", 2) == of_class(after, "precision", 2) == [1, 1]


@given(answers(), st.integers(1, 4))
def test_a_confusion_matrix_a_row_gives_the_same(drawn: tuple[Pairs, int], parts: int) -> None:
    pairs, count = drawn
    matrices = [
        labels.confusion_matrix([p[0] for p in part], [p[1] for p in part], count).ravel()
        for part in (pairs[start::parts] for start in range(min(parts, len(pairs))))
    ]
    found = labels.confusion_measures(matrices, names(count))
    np.testing.assert_array_equal(found.sums(), measured(pairs, count).sums())
    assert [(each.name, each.of) for each in found.measures] == [
        (e.name, e.of) for e in measured(pairs, count).measures
    ]


def test_seconds_of_two_monologues_are_scored_by_the_second() -> None:
    # 10.5 s of class 0 of which 7 are right, 1.5 without an answer; 4 s of class 1, all right.
    rows: list[list[float]] = [[7, 2, 1.5, 0, 0, 0], [0, 0, 0, 0, 4, 0]]
    found = labels.confusion_measures(rows, names(2))
    assert found.value("accuracy") == 11 / 14.5
    assert found.value("macro_f1") == (14 / 17.5 + 8 / 10) / 2
    assert [each.num(found.sums())[0] for each in found.measures[:1] if each.num] == [14.5]
    only = labels.confusion_measures(rows, names(2), counted=np.array([False, True]))
    assert (only.value("accuracy"), only.value("macro_f1"), only.value("macro_f1_all")) == (1, 1, 0.5)


@given(answers())
def test_the_confusion_table_is_that_of_scikit_learn(drawn: tuple[Pairs, int]) -> None:
    pairs, count = drawn
    true, answer = zip(*pairs, strict=True)
    matrix: Float64Array = labels.confusion_matrix(true, answer, count)
    table = labels.confusion_table(matrix, names(count), of={"layer": "basic7"})
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    expected = metrics.confusion_matrix(
        true, [count if each == -1 else each for each in answer], labels=range(count + 1)
    )
    assert [list(row[1:]) for row in table.rows] == expected[:count].tolist()
    assert [row[0] for row in table.rows] == names(count)
    assert table.columns == ("truth", *names(count), "none_or_outside")
    assert table.of == {"layer": "basic7"}


def test_seconds_of_a_confusion_table_stay_fractions() -> None:
    table = labels.confusion_table([[1.5, 2.0]], ["Joy"])
    assert table.rows == (("Joy", 1.5, 2),)


def test_measures_pickle() -> None:
    found = measured([(0, 0), (1, 0)], 2)
    assert pickle.loads(pickle.dumps(found)).value("macro_f1") == found.value("macro_f1")


@pytest.mark.parametrize(
    ("truth", "predicted", "classes", "text"),
    [
        ([0, 3], [0, 0], ["a", "b"], "truth must be from -1 to 1, got 3 at [1]; give a class index for each row"),
        ([0, 0], [0, -2], ["a", "b"], "predicted must be from -1 to 1, got -2 at [1]; give a class index"),
        ([0.0], [0], ["a", "b"], "truth must be integers [N], got float64 of shape (1,); give a class index"),
        ([True], [0], ["a", "b"], "truth must be integers [N], got bool of shape (1,); give a class index"),
        ([[0]], [0], ["a", "b"], "truth must be integers [N], got int64 of shape (1, 1); give a class index"),
        (
            [0, 0],
            [0],
            ["a", "b"],
            "predicted must be as many as truth, got 1 for 2 of truth; give -1 for a row without an",
        ),
        ([0], [0], ["a", "a"], "classes must be different names, one or more, got ['a', 'a']; give the labels"),
        ([0], [0], [], "classes must be different names, one or more, got []; give the labels of the taxonomy"),
        ([0], [0], "ab", "classes must be different names, one or more, got 'ab'; give the labels of the taxonomy"),
    ],
)
def test_wrong_arrays_are_refused(truth: list[int], predicted: list[int], classes: list[str], text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        labels.label_measures(truth, predicted, classes)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("wrong", [[-1.0], [math.nan], [math.inf], [1.0, 1.0]])
def test_wrong_weights_are_refused(wrong: list[float]) -> None:
    with pytest.raises(InvalidArgument, match=r"^weights must be finite numbers \[1\] of 0 or more, got "):
        labels.label_measures([0], [0], ["a"], weights=wrong)


@pytest.mark.parametrize("wrong", [[[1.0, 2.0, 3.0]], [1.0, 2.0], [[-1.0, 0.0]], 3.0])
def test_wrong_confusion_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidArgument, match=r"^confusion must be finite numbers \[\d, 2\] of 0 or more, got "):
        labels.confusion_measures(np.array(wrong), ["a"])
