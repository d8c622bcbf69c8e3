"""Labels and weights of steps: against the loader's timeline, and exact times tried one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io.corpus import Clip, Corpus, Decision, LabelTimeline, Monologue
from emos_io.errors import InvalidArgument
from emos_io.pipes import AudioSpec, Collate, SampleSpec, undecoded_sample
from emos_io.plan import CollarMode
from emos_io.spans import Span
from emos_io.testing import make_clip, make_monologue
from emos_io.testing.items import LabelledTime
from emos_io.train.plans import plan_fingerprints, plan_side, side_plans
from emos_io.train.recipe import Recipe
from emos_io.train.recipe_sections import CurriculumSection, DataSection, LabelsSection, TrainingSection
from emos_io.train.step_labels import StepLabels, clip_steps, collar_weights, label_changes, plain

NAMES = ("Joy", "Fear", "Anger", None)
ROUNDING = 1e-6
"""Weights are float32 of about 1."""


@st.composite
def monologues(draw: st.DrawFn) -> Monologue:
    """A monologue of up to 20 s with gaps, equal neighbours, and boundaries on milliseconds."""
    times = sorted(draw(st.sets(st.integers(0, 20_000), min_size=2, max_size=9)) | {draw(st.integers(2000, 20_000))})
    labels: list[LabelledTime] = [
        (Fraction(start, 1000), Fraction(end, 1000), name)
        for start, end in pairwise(times)
        if (name := draw(st.sampled_from(NAMES)))
    ]
    return make_monologue("own/a", Fraction(max(times), 1000), labels)


def both_kinds(**training: object) -> Recipe:
    return Recipe(
        data=DataSection(kinds=("monologues", "clips"), seconds=Fraction(2), lanes=2),
        training=TrainingSection(**training),  # type: ignore[arg-type]
    )


def rows_of(recipe: Recipe, corpus: Corpus, epoch: int | None = 0) -> tuple[StepLabels, dict[str, np.ndarray]]:
    """The labels of a plan of all items, and the weights of each window by its key."""
    plan = plan_side(recipe, corpus, [item.key for item in corpus.items], "train")
    labels = StepLabels(recipe, corpus, plan)
    found = {}
    for window in plan.windows():
        steps = math.ceil(window.span.duration * 4)
        found[window.key] = labels.of_batch(np.array([window.number]), np.array([True]), steps, epoch)[1][0]
    return labels, found


@given(monologue=monologues())
def test_without_a_collar_labels_are_those_of_the_loader(monologue: Monologue) -> None:
    corpus, recipe = Corpus((), [monologue, make_monologue("own/b", 2, [(0, 1, "Joy")])]), both_kinds()
    plan = plan_side(recipe, corpus, ["own/a", "own/b"], "train")
    labels = StepLabels(recipe, corpus, plan)
    spec = SampleSpec(None, AudioSpec())
    for number in range(len(plan)):
        # Labels are looked up, and nothing is decoded.
        batch = Collate("numpy", label_rate=4)([undecoded_sample(plan.window(number), spec)])
        assert batch.timeline is not None
        assert batch.timeline_valid is not None
        own, weights = labels.of_batch(np.array([number]), np.array([True]), batch.timeline.shape[1], 0)
        assert np.array_equal(own, batch.timeline)
        assert np.array_equal(weights > 0, batch.timeline_valid)


@given(
    changes=st.sets(st.integers(1, 8000), max_size=6).map(lambda each: [Fraction(ms, 1000) for ms in sorted(each)]),
    collar=st.integers(1, 2000).map(lambda ms: Fraction(ms, 1000)),
    mode=st.sampled_from(["mask", "soften"]),
)
def test_a_collar_counts_every_change_by_its_exact_distance(
    changes: list[Fraction], collar: Fraction, mode: CollarMode
) -> None:
    found = collar_weights(changes, 32, collar, mode)
    for step, weight in enumerate(found.tolist()):
        start, end = Fraction(step, 4), Fraction(step + 1, 4)
        # The step overlaps the open time around a change.
        is_near = any(start < change + collar and end > change - collar for change in changes)
        if mode == "mask":
            assert weight == (0 if is_near else 1)
            continue
        assert (weight < 1) == is_near
        distances = [max(Fraction(0), start - change, change - end) for change in changes]
        exact = min([Fraction(1), *(distance / collar for distance in distances)])
        assert weight == pytest.approx(float(exact), abs=ROUNDING)


def test_changes_are_where_a_label_changes_begins_or_ends() -> None:
    spans = [Span(0, 2), Span(2, 4), Span(4, 5), Span(6, 8)]
    line = LabelTimeline("basic7", spans, [{"Joy": 1}, {"Joy": 1}, {"Fear": 1}, {"Fear": 1}])
    assert label_changes(line, Fraction(9)) == [4, 5, 6, 8]
    assert label_changes(line, Fraction(8)) == [4, 5, 6]
    assert label_changes(LabelTimeline("basic7", (), ()), Fraction(8)) == []


def test_a_change_at_the_edge_of_windows_counts_in_both() -> None:
    recipe = replace(both_kinds(), labels=LabelsSection(collar=Fraction(1, 2)))
    corpus = Corpus((), [make_monologue("own/a", 4, [(0, 2, "Joy"), (2, 4, "Fear")])])
    _, weights = rows_of(recipe, corpus)
    assert weights["own/a@0-2"].tolist() == [1, 1, 1, 1, 1, 1, 0, 0]
    assert weights["own/a@2-4"].tolist() == [0, 0, 1, 1, 1, 1, 1, 1]
    assert all(each.tolist() == [1] * 8 for each in rows_of(plain(recipe), corpus)[1].values())


def test_steps_after_the_end_of_an_item_do_not_count() -> None:
    corpus = Corpus((), [make_monologue("own/a", Fraction("2.6"), [(0, Fraction("2.6"), "Joy")])])
    _, weights = rows_of(both_kinds(), corpus)
    assert weights["own/a@2-4"].tolist() == [1, 1, 1, 0, 0, 0, 0, 0]


def clip_with(scores: dict[str, float], labels: Sequence[str], confidence: float | None) -> Clip:
    decision = Decision(
        item="own/c", layer="basic7", labels=tuple(labels), scores=scores, confidence=confidence, confidence_tier="low"
    )
    return replace(make_clip("own/c", 1, "Joy"), decisions={"basic7": decision})


def test_a_clip_has_the_scores_of_its_decision_or_its_label() -> None:
    classes = ("Anger", "Fear", "Joy")
    clip = clip_with({"Joy": 0.5, "Fear": 0.25}, ["Joy"], 0.5)
    recipe = Recipe()
    soft = clip_steps(clip, recipe, classes)
    assert soft.labels[0].tolist() == pytest.approx([0, 1 / 3, 2 / 3], abs=ROUNDING)
    assert soft.weights.tolist() == [0.5]
    hard = clip_steps(clip, replace(recipe, labels=LabelsSection(soft=False)), classes)
    assert hard.labels[0].tolist() == [0, 0, 1]
    assert clip_steps(clip, plain(recipe), classes).weights.tolist() == [1]
    # Without scores the decided label is the label; without a decision there is none.
    assert clip_steps(clip_with({}, ["Fear"], None), recipe, classes).labels[0].tolist() == [0, 1, 0]
    undecided = clip_steps(replace(clip, decisions={}), recipe, classes)
    assert not undecided.labels.any()
    assert undecided.weights.tolist() == [0]


def test_a_tier_counts_from_its_epoch_on() -> None:
    clips = [
        make_clip("own/c1", 1, "Joy", confidence_tier="high"),
        make_clip("own/c2", 1, "Fear", confidence_tier="low", confidence=0.5),
        make_clip("own/c3", 1, "Fear", confidence_tier=None),
    ]
    corpus = Corpus(clips, [make_monologue("own/a", 2, [(0, 2, "Joy")])])
    recipe = replace(both_kinds(), curriculum=CurriculumSection(low=2))
    for epoch, low in ((0, 0.0), (1, 0.0), (2, 0.5), (None, 0.5)):
        _, weights = rows_of(recipe, corpus, epoch)
        sums = {key.split("@")[0]: set(each.tolist()) for key, each in weights.items()}
        assert sums == {"own/c1": {1.0}, "own/c2": {low}, "own/c3": {1.0}, "own/a": {1.0}}


def test_empty_slots_and_windows_that_were_not_read_do_not_count() -> None:
    corpus = Corpus((), [make_monologue("own/a", 4, [(0, 4, "Joy")])])
    plan = plan_side(both_kinds(), corpus, ["own/a"], "train")
    labels = StepLabels(both_kinds(), corpus, plan)
    own, weights = labels.of_batch(np.array([0, -1, 1]), np.array([False, False, True]), 8, 0)
    assert weights.sum(axis=1).tolist() == [0, 0, 8]
    assert own.sum(axis=(1, 2)).tolist() == [0, 0, 8]


def test_classes_that_are_balanced_count_the_same_in_all() -> None:
    corpus = Corpus((), [make_monologue("own/a", 12, [(0, 8, "Joy"), (8, 10, "Fear"), (10, 12, "Anger")])])
    labels, _ = rows_of(both_kinds(), corpus)
    plan = plan_side(both_kinds(), corpus, ["own/a"], "train")
    found = dict(zip(plan.classes, labels.class_weights(1).tolist(), strict=True))
    # 48 steps over 3 classes: 32, 8 and 8 of them.
    expected = {"Joy": 48 / (3 * 32), "Fear": 48 / (3 * 8), "Anger": 48 / (3 * 8)}
    assert found == pytest.approx({name: expected.get(name, 1.0) for name in plan.classes}, abs=ROUNDING)
    assert labels.class_weights(0).tolist() == [1] * len(plan.classes)
    seconds = dict(zip(plan.classes, labels.class_seconds.tolist(), strict=True))
    assert {name: each for name, each in seconds.items() if each} == {"Joy": 8, "Fear": 2, "Anger": 2}


@given(power=st.floats(0, 1))
def test_the_mean_weight_of_a_step_is_1_at_any_power(power: float) -> None:
    corpus = Corpus((), [make_monologue("own/a", 12, [(0, 8, "Joy"), (8, 11, "Fear"), (11, 12, "Anger")])])
    labels, _ = rows_of(both_kinds(), corpus)
    mean = labels.class_weights(power) @ labels.class_seconds / labels.class_seconds.sum()
    assert mean == pytest.approx(1, abs=ROUNDING)


def sides_of_two(recipe: Recipe) -> dict[str, str]:
    items = [make_monologue(f"own/{name}", 6, [(0, 6, "Joy")]) for name in "abc"]
    sides = SimpleNamespace(corpus=Corpus((), items), train=("own/a", "own/b"), validation=("own/c",))
    plans = [plan_side(recipe, sides.corpus, keys, "train") for keys in (sides.train, sides.validation)]
    return {side: plan.fingerprint for side, plan in zip(("train", "validation"), plans, strict=True)}


def test_lanes_go_through_their_items_forward_and_are_no_more_than_items() -> None:
    items = [make_monologue(f"own/{name}", 6, [(0, 6, "Joy")]) for name in "abc"]
    corpus = Corpus([make_clip("own/d", 1, "Joy")], items)
    recipe = replace(both_kinds(), data=replace(both_kinds().data, lanes=8))
    plan = plan_side(recipe, corpus, [item.key for item in corpus.items], "train", seed=3)
    assert (plan.num_lanes, plan.windows_per_lane, len(plan)) == (4, 1, 10)
    for epoch in range(2):
        for lane in plan.table(epoch).tolist():
            found = [plan.locate(number) for number in lane if number >= 0]
            by_item = [
                [each.span.start for each in found if each.item == item] for item in {each.item for each in found}
            ]
            assert all(starts == sorted(starts) for starts in by_item)
    only_clips = replace(recipe, data=replace(recipe.data, kinds=("clips",)))
    assert [window.item for window in plan_side(only_clips, corpus, ["own/a", "own/d"], "train").windows()] == ["own/d"]


def test_a_side_without_such_items_is_refused() -> None:
    corpus = Corpus((), [make_monologue("own/a", 6, [(0, 6, "Joy")])])
    recipe = replace(both_kinds(), data=replace(both_kinds().data, kinds=("clips",)))
    with pytest.raises(InvalidArgument, match=r"^the side validation must have clips, got 1 items and none of these"):
        plan_side(recipe, corpus, ["own/a"], "validation")


def test_fingerprints_tell_recipes_apart_by_what_windows_are() -> None:
    recipe = both_kinds()
    same, other = sides_of_two(recipe), sides_of_two(replace(recipe, data=replace(recipe.data, seconds=Fraction(3))))
    assert same == sides_of_two(replace(recipe, training=TrainingSection(epochs=3)))
    assert set(same.values()).isdisjoint(other.values())


def test_files_that_cannot_be_read_stop_it_or_are_left_out(tmp_path: object) -> None:
    items = [make_monologue(f"own/{name}", 6, [(0, 6, "Joy")], path=f"{tmp_path}/{name}.mov") for name in "ab"]
    sides = SimpleNamespace(corpus=Corpus((), items), train=("own/a",), validation=("own/b",))
    with pytest.raises(OSError, match=r"a\.mov"):
        plan_fingerprints(both_kinds(), sides)
    with pytest.raises(OSError, match=r"a\.mov"):
        side_plans(replace(both_kinds(), data=replace(both_kinds().data, on_error="mask")), sides)
