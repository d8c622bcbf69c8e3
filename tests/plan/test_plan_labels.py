"""Label rules against an oracle that looks at every quarter of a second by itself; causal windows and what comes later."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from plan_help import BASIC7, STEP, films, monologue, plan_of, quarters, top_class

from emos_io import Span
from emos_io.corpus import Monologue
from emos_io.plan import PlannedWindow


def cells(item: Monologue, layer: str) -> list[dict[str, Fraction]]:
    """The labels of each quarter of a second of an item."""
    found: list[dict[str, Fraction]] = [{} for _ in range(int(item.duration / STEP))]
    for each in item.utterances:
        names = ([each.basic7] if each.basic7 else []) if layer == "basic7" else list(each.goemotions)
        for number in range(int(each.span.start / STEP), min(int(each.span.end / STEP), len(found))):
            found[number] = {name: Fraction(1, len(names)) for name in names}
    return found


def expected(item: Monologue, window: PlannedWindow, layer: str, rule: str, classes: tuple[str, ...]) -> list[Fraction]:
    lane = cells(item, layer)
    inside = lane[int(window.label_span.start / STEP) : int(window.label_span.end / STEP)]
    if rule == "end":
        weights = inside[-1] if inside else {}
        return [weights.get(name, Fraction(0)) for name in classes]
    total: dict[str, Fraction] = {}
    for weights in inside:
        for name, weight in weights.items():
            total[name] = total.get(name, Fraction(0)) + weight
    if not total:
        return [Fraction(0)] * len(classes)
    if rule == "majority":
        best = max(classes, key=lambda name: (total.get(name, 0), -classes.index(name)))
        return [Fraction(name == best) for name in classes]
    return [total.get(name, Fraction(0)) / sum(total.values()) for name in classes]


@given(
    films(),
    quarters,
    quarters,
    st.sampled_from(["basic7", "goemotions"]),
    st.sampled_from(["end", "majority", "overlap"]),
)
def test_labels_are_those_of_the_oracle(
    item: Monologue, length: Fraction, hop: Fraction, layer: str, rule: Any
) -> None:
    assume(hop <= item.duration)
    plan = plan_of([item], length, hop, labels=layer, label_at=rule)
    for window in plan.windows():
        found, wanted = window.labels, expected(item, window, layer, rule, plan.classes)
        assert found.soft.dtype == np.float32
        assert found.soft.tolist() == [np.float32(float(value)) for value in wanted]
        assert found.valid == (sum(wanted) > 0)
        assert found.confidence == float(found.valid)


@given(films(), quarters, quarters, quarters, st.booleans())
def test_the_collar_at_the_end_is_the_distance_to_the_nearest_change(
    item: Monologue, length: Fraction, hop: Fraction, collar: Fraction, causal: bool
) -> None:
    assume(hop <= item.duration)
    lane = cells(item, "basic7")
    changes = [number * STEP for number in range(1, len(lane)) if lane[number] != lane[number - 1]]
    masking, softening = (
        plan_of([item], length, hop, collar=collar, collar_mode=mode, causal=causal) for mode in ("mask", "soften")
    )
    for masked, softened in zip(masking.windows(), softening.windows(), strict=True):
        moment = min(masked.label_span.end, item.duration)
        near = [abs(moment - change) for change in changes if change < moment or not causal]
        far = min(near, default=collar)
        has = bool(lane[int(moment / STEP) - 1]) and moment > masked.label_span.start
        # A boundary exactly `collar` before the end counts, one exactly `collar` after it does not.
        in_doubt = any(
            moment - collar <= change < moment + collar for change in changes if change < moment or not causal
        )
        assert masked.labels.valid == (has and not in_doubt)
        assert softened.labels.valid == has
        assert softened.labels.confidence == pytest.approx(float(has) * float(min(far / collar, Fraction(1))))


@given(films(), quarters, quarters, quarters)
def test_the_collar_of_seconds_is_the_lead_or_the_labelled_time(
    item: Monologue, length: Fraction, hop: Fraction, collar: Fraction
) -> None:
    assume(hop <= item.duration)
    lane = cells(item, "basic7")
    for rule, least in (("majority", 2 * collar), ("overlap", collar)):
        for window in plan_of([item], length, hop, label_at=rule, collar=collar).windows():
            inside = lane[int(window.label_span.start / STEP) : int(window.label_span.end / STEP)]
            counts = sorted(
                (Counter(name for weights in inside for name in weights) + Counter({"": 0})).values(), reverse=True
            )
            counts = [*counts, 0, 0]
            seconds = (counts[0] - counts[1] if rule == "majority" else sum(counts)) * STEP
            assert window.labels.valid == (counts[0] > 0 and seconds >= least)


@given(
    films(longest=60), films(longest=60), quarters, quarters, st.sampled_from(["end", "majority", "overlap"]), st.data()
)
@example(
    monologue("a", 10, ((0, 4, "Joy"),)), monologue("a", 10, ((4, 8, "Fear"),)), Fraction(4), Fraction(4), "end", None
)
def test_a_causal_window_does_not_depend_on_what_comes_after_its_end(
    item: Monologue, other: Monologue, length: Fraction, hop: Fraction, rule: Any, data: Any
) -> None:
    hop = min(hop, item.duration, other.duration)
    options: dict[str, Any] = {
        "label_at": rule,
        "collar": data.draw(quarters) if data else Fraction(1),
        "collar_mode": data.draw(st.sampled_from(["mask", "soften"])) if data else "mask",
        "context": data.draw(quarters) if data else 0,
        "lookahead": data.draw(st.sampled_from([Fraction(0), STEP, Fraction(2)])) if data else 0,
    }
    plan = plan_of([item], length, hop, **options)
    assert plan.causal
    windows = list(plan.windows())
    window = windows[data.draw(st.integers(0, len(windows) - 1))] if data else windows[0]
    end = window.span.end
    assume(end <= item.duration)
    changed = later_of(item, other, end)
    again = plan_of([changed], length, hop, **options).window_by_key(window.key)
    assert again.span == window.span
    assert again.text == window.text
    assert again.labels.timeline == window.labels.timeline
    assert again.labels.soft.tolist() == window.labels.soft.tolist()
    assert (again.labels.valid, again.labels.confidence) == (window.labels.valid, window.labels.confidence)
    assert all(each.span.end <= end for each in window.text)
    assert all(part.end <= window.label_span.end for part, _ in window.labels.timeline)


def later_of(item: Monologue, other: Monologue, end: Fraction) -> Monologue:
    """The item with another future: after `end`, labels, sentences and length are those of `other`."""
    labels = []
    for each in item.utterances:
        if each.span.start < end:
            # What goes on past the end stops there, or goes on for longer.
            stop = each.span.end if each.span.end <= end else end
            labels.append(replace(each, span=Span(each.span.start, stop)))
    labels += [replace(each, span=each.span.shift(end)) for each in other.utterances]
    spoken = [each for each in item.sentences if each.span.end <= end]
    spoken += [replace(each, span=each.span.shift(end - STEP)) for each in other.sentences if each.span.end > STEP]
    return replace(item, duration=end + other.duration, utterances=tuple(labels), sentences=tuple(spoken))


@given(films(), quarters, quarters)
def test_text_is_what_was_spoken_by_the_end(item: Monologue, length: Fraction, hop: Fraction) -> None:
    assume(hop <= item.duration)
    causal, all_of_it = (plan_of([item], length, hop, causal=causal) for causal in (True, False))
    for window in causal.windows():
        wanted = [each for each in item.sentences if window.span.start < each.span.end <= window.span.end]
        assert list(window.text) == wanted
    for window in all_of_it.windows():
        assert list(window.text) == [each for each in item.sentences if each.span.intersect(window.span)]


def test_a_label_that_begins_at_the_end_is_not_the_windows() -> None:
    item = monologue("a", 10, ((0, 4, "Joy"), (4, 10, "Fear")))
    plan = plan_of([item], 4, 1, order="sequential")
    top = [top_class(plan, number) for number in range(len(plan))]
    assert top == ["Joy", "Fear", "Fear", "Fear", "Fear", "Fear", "Fear"]
    assert plan.classes == BASIC7


def test_an_overhanging_window_has_the_label_at_the_items_end() -> None:
    item = monologue("a", 5, ((0, 3, "Joy"), (3, 9, "Fear")))
    plan = plan_of([item], 4, 4)
    last = plan.window(1)
    assert (last.label_span, last.labels.timeline) == (Span(4, 8), ((Span(4, 5), {"Fear": 1.0}),))
    assert last.labels.valid
    assert top_class(plan, 1) == "Fear"


def test_time_without_a_label_is_masked_and_never_neutral() -> None:
    item = monologue("a", 10, ((0, 2, "Joy"),))
    for rule in ("end", "majority", "overlap"):
        window = plan_of([item], 4, 1, label_at=rule).window_by_key("s/a@5-9")
        assert not window.labels.valid
        assert not window.labels.soft.any()
        assert window.labels.confidence == 0


def test_equal_seconds_go_to_the_class_that_comes_first() -> None:
    item = monologue("a", 4, ((0, 2, "Joy"), (2, 4, "Fear")))
    plan = plan_of([item], 4, label_at="majority")
    assert top_class(plan, 0) == "Fear"
