"""What cannot be true in printed tables, recounted by trying all counts; and that true tables are never refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io.annotation.paper.compare import figures
from emos_io.annotation.paper.contradictions import (
    Bounds,
    Contradiction,
    class_counts,
    impossible_by_language,
    impossible_cells,
    impossible_counts,
)
from emos_io.corpus import taxonomy

LABELS = taxonomy("basic7").labels
PERCENT = figures()["table7"].get("class_distribution_pct", {})
MODELS = figures()["table7"].get("columns", [])
HALF = Fraction(1, 2000)


def column(model: str) -> dict[str, float]:
    found = {}
    for name, cells in figures()["table7"]["rows"].items():
        assert isinstance(cells, list)
        figure = cells[MODELS.index(model)]
        assert isinstance(figure, float)
        found[name] = figure
    return found


def range_of(found: Contradiction) -> tuple[float, float]:
    assert found.possible is not None
    return found.possible


def is_found(found: Contradiction) -> bool:
    """What a reader of the JSON tests: no value that rounds to the printed one is possible."""
    low, high = (Fraction(str(found.printed)) + half for half in (-HALF, HALF))
    if found.nearest is not None:
        assert found.possible is None
        return len(found.nearest) in (1, 2) and not any(low <= Fraction(each) <= high for each in found.nearest)
    return found.possible is None or not (found.possible[0] <= high and low <= found.possible[1])


def of_check(model: str, check: str) -> list[Contradiction]:
    return [each for each in impossible_cells(column(model), PERCENT, 800, model) if each.check == check]


def test_accuracies_and_weighted_f1_that_class_shares_rule_out() -> None:
    found = {(each.model, each.cell): each for model in MODELS for check in ("accuracy", "weighted_f1", "macro_f1", "f1")
             for each in of_check(model, check)}  # fmt: skip
    assert set(found) == {("EmotionLLaMA", "Accuracy"), ("EmotionLLaMA", "Weighted-F1"), ("Qwen-2.5", "Accuracy")}
    for (model, cell), middle in zip(sorted(found), (0.383, 0.393, 0.565), strict=True):
        low, high = range_of(found[model, cell])
        # The middle is what the printed figures give; the shares sum to 100.1 %.
        name = "R" if cell == "Accuracy" else "F1"
        as_printed = sum(PERCENT[label] * column(model)[f"{label}_{name}"] for label in LABELS) / sum(PERCENT.values())
        assert round(as_printed, 3) == middle
        assert low < as_printed < high
        assert not low - 0.0005 <= column(model)[cell] <= high + 0.0005


@pytest.mark.parametrize("model", MODELS)
def test_recalls_that_no_count_gives(model: str) -> None:
    """All counts of all class sizes that the share allows are tried."""
    wanted = set()
    for label in LABELS:
        share, recall = Fraction(str(PERCENT[label])) / 100, Fraction(str(column(model)[f"{label}_R"]))
        sizes = [size for size in range(801) if abs(Fraction(size, 800) - share) <= HALF]
        tried = (Fraction(right, size) for size in sizes for right in range(size + 1))
        if all(abs(each - recall) > HALF for each in tried):
            wanted.add(f"{label}_R")
    found = of_check(model, "recall")
    assert {each.cell for each in found} == wanted
    for each in found:
        assert each.nearest is not None
        assert each.nearest[0] < each.printed < each.nearest[1]


def test_no_rule_lists_a_range_in_which_the_printed_figure_lies() -> None:
    accuracies = {model: column(model)["Accuracy"] for model in MODELS}
    languages = dict.fromkeys(MODELS, (0.3, 0.9))
    found = [each for model in MODELS for each in impossible_cells(column(model), PERCENT, 800, model)]
    found += impossible_counts(PERCENT, 800) + impossible_by_language(accuracies, languages)
    found += impossible_cells(column("Gemini-3") | {"Joy_F1": 0.75, "Macro-F1": 0.4}, PERCENT, 800, "one")
    checks = {"class_counts", "recall", "f1", "macro_f1", "accuracy", "weighted_f1", "predicted", "language_share"}
    assert {each.check for each in found} == checks
    assert all(is_found(each) for each in found)
    assert {each.check for each in found if each.nearest is not None} == {"recall"}


@pytest.mark.parametrize(
    ("size", "recall", "nearest"),
    [(41, 0.59, (24 / 41, 25 / 41)), (3, 0.9, (2 / 3, 1.0)), (3, 1.2, (1.0,)), (7, 0.1, (0.0, 1 / 7))],
)
def test_the_nearest_recalls_are_shares_of_the_items(size: int, recall: float, nearest: tuple[float, ...]) -> None:
    rows = {"Joy_P": 0.5, "Joy_R": recall, "Joy_F1": 0.5, "Accuracy": 0.5, "Macro-F1": 0.5, "Weighted-F1": 0.5}
    (found,) = [each for each in impossible_cells(rows, {"Joy": 100.0}, size, "one") if each.check == "recall"]
    assert found.nearest == nearest
    assert is_found(found)


def test_counts_that_no_class_can_have_allow_no_total() -> None:
    # Joy alone gives the three items; no count of them is half.
    (found,) = impossible_counts({"Joy": 100.0, "Fear": 50.0}, 3)
    assert (found.possible, found.nearest, found.printed) == (None, None, 3)


def test_fear_has_41_items_and_a_recall_of_none_of_them() -> None:
    assert class_counts(PERCENT, 800)["Fear"] == range(41, 42)
    (found,) = [each for each in of_check("Gemini-3", "recall") if each.cell == "Fear_R"]
    assert (found.printed, found.nearest, found.why) == (0.59, (24 / 41, 25 / 41), "no share of 41 items is that")
    assert found.as_dict() == {
        "check": "recall",
        "model": "Gemini-3",
        "cell": "Fear_R",
        "printed": 0.59,
        "possible": None,
        "nearest": [24 / 41, 25 / 41],
        "why": found.why,
    }


def test_the_shares_are_not_those_of_800_items() -> None:
    (found,) = impossible_counts(PERCENT, 800)
    assert (found.cell, found.printed, found.possible) == ("N", 800, (801, 801))
    assert impossible_counts({"Joy": 66.7, "Fear": 33.3}, 3) == []
    (found,) = impossible_counts({"Joy": 50.0, "Fear": 50.0}, 3)
    assert found.why == "shares of 3 give the counts Joy none, Fear none"


def test_one_model_predicts_labels_of_more_items_than_there_are() -> None:
    found = {model: of_check(model, "predicted") for model in MODELS}
    assert [model for model, each in found.items() if each] == ["Qwen-3 (FT)"]
    assert found["Qwen-3 (FT)"][0].printed > 1.08


def test_a_precision_and_f1_that_do_not_fit() -> None:
    rows = column("Gemini-3") | {"Joy_F1": 0.75, "Macro-F1": 0.4}
    found = {each.check: each for each in impossible_cells(rows, PERCENT, 800, "one")}
    assert (found["f1"].cell, found["macro_f1"].cell) == ("Joy_F1", "Macro-F1")
    low, high = range_of(found["f1"])
    assert low < 2 * 0.678 * 0.802 / (0.678 + 0.802) < high < 0.7495


def test_accuracies_of_two_languages() -> None:
    assert impossible_by_language({"a": 0.5, "b": 0.5}, {"a": (0.4, 0.6), "b": (0.6, 0.4)}) == []
    (found,) = impossible_by_language({"a": 0.7}, {"a": (0.4, 0.6)})
    assert (found.possible, found.why) == ((0.3995, 0.6005), "it lies between those of the languages")
    # Languages of equal accuracy say nothing of their shares.
    assert impossible_by_language({"a": 0.5, "b": 0.41}, {"a": (0.5, 0.5), "b": (0.4, 0.6)}) == []


@pytest.mark.property
@given(st.lists(st.tuples(st.sampled_from(range(3)), st.sampled_from((-1, 0, 1, 2))), min_size=1, max_size=60))
def test_tables_of_real_predictions_are_never_refused(pairs: list[tuple[int, int]]) -> None:
    names = ("Joy", "Fear", "Anger")
    rows: dict[str, float] = {}
    percent: dict[str, float] = {}
    f1_scores = []
    weighted = Fraction(0)
    for label, name in enumerate(names):
        size = sum(truth == label for truth, _ in pairs)
        answers = sum(answer == label for _, answer in pairs)
        right = sum(truth == answer == label for truth, answer in pairs)
        precision, recall = Fraction(right, max(1, answers)), Fraction(right, max(1, size))
        f1 = 2 * precision * recall / (precision + recall) if right else Fraction(0)
        f1_scores.append(f1)
        weighted += Fraction(size, len(pairs)) * f1
        percent[name] = round(float(Fraction(100 * size, len(pairs))), 1)
        rows |= {f"{name}_P": round(float(precision), 3), f"{name}_R": round(float(recall), 3)}
        rows[f"{name}_F1"] = round(float(f1), 3)
    accuracy = Fraction(sum(truth == answer for truth, answer in pairs), len(pairs))
    rows |= {"Accuracy": round(float(accuracy), 3), "Weighted-F1": round(float(weighted), 3)}
    rows["Macro-F1"] = round(float(sum(f1_scores, Fraction(0)) / 3), 3)
    assert impossible_cells(rows, percent, len(pairs), "one") == []
    assert impossible_counts(percent, len(pairs)) == []


@pytest.mark.property
@given(st.integers(0, 1000), st.integers(1, 400))
def test_integers_of_bounds_are_those_that_round_to_them(figure: int, total: int) -> None:
    bounds = Bounds.printed(figure / 1000)
    wanted = [count for count in range(total + 1) if abs(Fraction(count, total) - Fraction(figure, 1000)) <= HALF]
    assert list(bounds.integers(total)) == wanted
