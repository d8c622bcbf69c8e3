"""The option records: equal where they mean the same, exact, hashable, pickled, and the same as the short forms."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction

import pytest
from plan_help import clip, monologue

from emos_io.errors import InvalidArgument
from emos_io.plan import LabelRule, Windowing, WindowPlan

FILM = monologue("a", 20, ((0, 9, "Joy"), (9, 15, "Fear")), ((1, 3), (8, 10)))

RECORDS: dict[Windowing | LabelRule, str] = {
    Windowing(4): "Windowing(4)",
    Windowing("4.0", 0.5): "Windowing(4, '1/2')",
    Windowing(4, 1, context=1, lookahead="1/3", causal=False): (
        "Windowing(4, 1, context=1, lookahead='1/3', causal=False)"
    ),
    Windowing(by="utterance", max_length=20): "Windowing(by='utterance', max_length=20)",
    Windowing(2, by="change"): "Windowing(2, by='change')",
    LabelRule(): "LabelRule('basic7')",
    LabelRule(None): "LabelRule(None)",
    LabelRule("goemotions", label_at="overlap", collar=0.5, collar_mode="soften"): (
        "LabelRule('goemotions', label_at='overlap', collar='1/2', collar_mode='soften')"
    ),
}


@pytest.mark.parametrize(("record", "text"), RECORDS.items(), ids=RECORDS.values())
def test_a_record_is_written_short_and_comes_back(record: Windowing | LabelRule, text: str) -> None:
    assert repr(record) == text
    again = eval(text, {"Windowing": Windowing, "LabelRule": LabelRule})
    for same in (again, pickle.loads(pickle.dumps(record)), replace(record)):
        assert same == record
        assert hash(same) == hash(record)


def test_records_that_mean_the_same_are_equal() -> None:
    assert Windowing(4, "1/2") == Windowing(4.0, 0.5, causal=True) != Windowing(4, "1/2", causal=False)
    assert Windowing(20, by="clip") == Windowing(by="clip", max_length=20, causal=False) != Windowing(by="clip")
    assert LabelRule() == LabelRule("basic7", collar="0") != LabelRule(None)


def test_values_are_exact_with_defaults_filled_in() -> None:
    windowing = Windowing(4, 0.1, context="1/3")
    assert [windowing.length, windowing.hop, windowing.context] == [4, Fraction(1, 10), Fraction(1, 3)]
    assert [windowing.by, windowing.lookahead, windowing.max_length, windowing.causal] == [None, 0, None, True]
    assert [Windowing(4).hop, Windowing(by="clip").hop, Windowing(by="clip").causal] == [4, None, False]
    assert LabelRule(collar=0.5).collar == Fraction(1, 2)


def test_records_cannot_be_changed_but_replaced() -> None:
    with pytest.raises(FrozenInstanceError):
        Windowing(4).hop = Fraction(2)  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        LabelRule().collar = Fraction(2)  # type: ignore[misc]
    assert replace(Windowing(4, 2), hop=Fraction(1)) == Windowing(4, 1)
    with pytest.raises(InvalidArgument, match="hop must be above 0, got"):
        replace(Windowing(4, 2), hop=Fraction(0))


def test_a_plan_of_the_short_form_is_that_of_the_records() -> None:
    windowing, rule = Windowing(4, 0.5), LabelRule("basic7")
    plans = [
        WindowPlan([FILM], windowing, labels=rule),
        WindowPlan([FILM], 4, 0.5),
        WindowPlan([FILM], 4, hop="1/2", labels="basic7"),
        WindowPlan([FILM], length=4, hop=0.5),
    ]
    for plan in plans:
        assert (plan.windowing, plan.label_rule) == (windowing, rule)
        assert plan.fingerprint == plans[0].fingerprint
    clips = [clip("a", 3, "Joy")]
    assert WindowPlan(clips, by="clip").fingerprint == WindowPlan(clips, Windowing(by="clip")).fingerprint


def test_a_batch_size_sets_what_is_left_out() -> None:
    def shape(**given: int) -> tuple[int, int, int]:
        plan = WindowPlan([FILM], 4, 0.5, **given)  # type: ignore[arg-type]
        mixed = WindowPlan.mix([plan], **given)  # type: ignore[arg-type]
        found = (plan.num_lanes, plan.windows_per_lane, plan.batch_size)
        assert found == (mixed.num_lanes, mixed.windows_per_lane, mixed.batch_size)
        return found

    assert shape() == (8, 1, 8)
    assert shape(batch_size=6) == (6, 1, 6)
    assert shape(batch_size=6, num_lanes=2) == (2, 3, 6)
    assert shape(batch_size=6, windows_per_lane=2) == (3, 2, 6)
    assert shape(batch_size=6, num_lanes=3, windows_per_lane=2) == (3, 2, 6)
    assert shape(num_lanes=3, windows_per_lane=2) == (3, 2, 6)


def test_results_are_written_in_one_line_without_their_arrays() -> None:
    plan = WindowPlan([FILM], 4, 2, order="sequential", batch_size=2)
    assert repr(plan) == f"WindowPlan(9 windows, sequential, 2 x 1, {plan.fingerprint})"
    assert repr(plan.batch(0, 0)) == "PlanBatch(2 lanes x 1, 2 windows, 2 starts)"
    assert repr(plan.window(0).labels) == "WindowLabels('basic7', 'Joy', confidence 1, 1 segments)"
    assert repr(plan.window(8).labels) == "WindowLabels('basic7', not valid, 0 segments)"
    assert repr(plan.window(0)).startswith("PlannedWindow(0, 's/a@0-4', Span(0, 4), WindowLabels(")
    assert repr(plan.summary()) == f"PlanSummary({plan.fingerprint}, 9 windows, 1 items, 5 steps)"
