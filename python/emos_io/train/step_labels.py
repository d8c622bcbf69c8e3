"""The label and the weight of every step of a side: what a model that answers four times a second learns from.

```text
 labels      |------- Joy -------|---- Fear ----|     |-- Fear --|
 steps       .  .  .  .  .  x  x  x  x  .  .  x  x  -  -  x  x  .       x: overlaps a change, collar seconds to each side
                                                                        -: no label
```
Both sides of a change lie in one item, so that a change in the window before or after counts as one in this window does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

import numpy as np
import numpy.typing as npt

from .._arrays import BoolArray, Float32Array, Float64Array, Int64Array
from ..corpus import Clip, Corpus, LabelTimeline, Monologue
from ..plan import CollarMode, WindowPlan
from ..spans import Span, grid_index
from .av_small.options import STEP_RATE
from .recipe import Recipe

_RATE = Fraction(STEP_RATE)


@dataclass(frozen=True, slots=True, eq=False)
class ItemSteps:
    """The steps of one item.

    Attributes:
        labels: float32 ``[n, K]``; each row sums to 1, or to 0 without a label. A clip has one row, which is that of all steps.
        weights: float32 ``[n]``, 0 to 1: how much the label of a step counts, before classes are balanced.
        tier: The confidence tier of a clip, or None.
        is_clip: It has one row for all steps.
    """

    labels: Float32Array
    weights: Float32Array
    tier: str | None = None
    is_clip: bool = False

    def rows(self, first: int, count: int) -> tuple[Float32Array, Float32Array]:
        """Return labels and weights of steps from `first` on; steps after the end of the item have none."""
        if self.is_clip:
            return np.repeat(self.labels, count, axis=0), np.repeat(self.weights, count)
        return self.labels[first : first + count], self.weights[first : first + count]


class StepLabels:
    """Labels and weights of all steps of a plan.

    Args:
        recipe: Which layer; the collar; whether clips have soft labels and count by confidence; the curriculum.
        corpus: The corpus of the plan.
        plan: The plan of a side.

    Attributes:
        class_seconds: float64 ``[K]``: seconds of the side by class, each step by its weight.
    """

    def __init__(self, recipe: Recipe, corpus: Corpus, plan: WindowPlan) -> None:
        self._plan, self._classes = plan, plan.classes
        self._first_epochs = {tier: getattr(recipe.curriculum, tier) for tier in ("high", "medium", "low")}
        keys = {plan.locate(number).item for number in range(len(plan))}
        self._items: dict[str, ItemSteps] = {}
        for monologue in corpus.monologues:
            if monologue.key in keys:
                self._items[monologue.key] = monologue_steps(monologue, recipe, plan.classes)
        for clip in corpus.clips:
            if clip.key in keys:
                self._items[clip.key] = clip_steps(clip, recipe, plan.classes)
        self.class_seconds = self._count_classes()

    def _count_classes(self) -> Float64Array:
        total = np.zeros(len(self._classes))
        for number in range(len(self._plan)):
            labels, weights = self._rows(number)
            total += weights.astype(np.float64) @ labels.astype(np.float64) / STEP_RATE
        return total

    def _rows(self, number: int) -> tuple[Float32Array, Float32Array]:
        item, _, _, label_span = self._plan.locate(number)
        return self._items[item].rows(grid_index(label_span.start, _RATE), grid_index(label_span.duration, _RATE))

    def class_weights(self, power: float) -> Float32Array:
        """Return a weight for each class, float32 ``[K]``: one over its share of the side's seconds, to a power.

        They are scaled so that the mean weight of the side's steps is 1. A class without a step has 1.

        Args:
            power: 0 weighs all steps alike, 1 gives all classes the same weight in all.
        """
        return balanced(self.class_seconds, power)

    def of_batch(
        self, numbers: Int64Array, valid: BoolArray, num_steps: int, epoch: int | None
    ) -> tuple[Float32Array, Float32Array]:
        """Return the labels and weights of a batch: float32 ``[B, T, K]`` and ``[B, T]``.

        Args:
            numbers: int64 ``[B]``: numbers of windows in the plan; -1 in empty slots.
            valid: bool ``[B]``: the window was read. The others weigh 0.
            num_steps: Steps of the batch, T.
            epoch: Tiers that do not count yet in this epoch weigh 0; None counts all.
        """
        labels = np.zeros((len(numbers), num_steps, len(self._classes)), np.float32)
        weights = np.zeros((len(numbers), num_steps), np.float32)
        for row in np.flatnonzero(valid & (numbers >= 0)).tolist():
            number = int(numbers[row])
            tier = self._items[self._plan.locate(number).item].tier
            if epoch is not None and tier is not None and epoch < self._first_epochs[tier]:
                continue
            own_labels, own_weights = self._rows(number)
            # Where the last step of a window has no sample, a model of audio alone has no answer there.
            count = min(len(own_weights), num_steps)
            labels[row, :count] = own_labels[:count]
            weights[row, :count] = own_weights[:count]
        return labels, weights


def plain(recipe: Recipe) -> Recipe:
    """Return the recipe with which every labelled step of a side counts alike, as answers are counted."""
    return replace(
        recipe,
        labels=replace(recipe.labels, collar=Fraction(0)),
        training=replace(recipe.training, confidence_weights=False),
    )


def balanced(seconds: Float64Array, power: float) -> Float32Array:
    """Return a weight for each class by its seconds; see `StepLabels.class_weights`.

    Example:
        >>> balanced(np.array([3.0, 1.0, 0.0]), 1).tolist()
        [0.6666666865348816, 2.0, 1.0]
    """
    weights = np.ones(len(seconds))
    there = seconds > 0
    if there.any():
        shares = seconds[there] / seconds.sum()
        raw = shares**-power
        weights[there] = raw / (shares * raw).sum()
    return weights.astype(np.float32)


def clip_steps(clip: Clip, recipe: Recipe, classes: Sequence[str]) -> ItemSteps:
    """Return the one row of a clip: the scores of its decision, or the label alone; none without a decision."""
    decision = clip.decisions.get(recipe.layer)
    if decision is None:
        return ItemSteps(_row({}, classes), np.zeros(1, np.float32), is_clip=True)
    scores = {label: float(score) for label, score in decision.scores.items()}
    decided = {label: scores.get(label, 0.0) for label in decision.labels}
    if decision.label is not None:
        decided = {decision.label: 1.0}
    labels = _row(scores if recipe.labels.soft else decided, classes)
    if not labels.any():
        labels = _row(decided, classes)
    counts_less = recipe.training.confidence_weights and decision.confidence is not None
    weight = float(decision.confidence or 0.0) if counts_less else 1.0
    weights = np.full(1, weight if labels.any() else 0.0, np.float32)
    return ItemSteps(labels, weights, decision.confidence_tier, is_clip=True)


def monologue_steps(monologue: Monologue, recipe: Recipe, classes: Sequence[str]) -> ItemSteps:
    """Return the steps of a monologue: the label at the start of each, and what the collar leaves of its weight."""
    has_layer = any(recipe.layer in each.layers for each in monologue.utterances)
    timeline = monologue.labels(recipe.layer) if has_layer else LabelTimeline(recipe.layer, (), ())
    duration = monologue.duration
    count = grid_index(duration, _RATE)
    labels = np.zeros((count, len(classes)), np.float32)
    for span, own in timeline.within(Span(0, duration)):
        labels[grid_index(span.start, _RATE) : grid_index(span.end, _RATE)] = _row(own, classes)
    weights = collar_weights(label_changes(timeline, duration), count, recipe.labels.collar, recipe.labels.collar_mode)
    return ItemSteps(labels, np.where(labels.any(axis=1), weights, np.float32(0)))


def label_changes(timeline: LabelTimeline, duration: Fraction) -> list[Fraction]:
    """Return the moments within an item at which the label changes, begins or ends.

    The start and the end of the item are none, nor is a boundary between equal labels.
    """
    found: set[Fraction] = set()
    spans, weights = timeline.spans, timeline.weights
    for index, span in enumerate(spans):
        follows = index > 0 and spans[index - 1].end == span.start
        if not (follows and weights[index - 1] == weights[index]):
            found.add(span.start)
        is_followed = index + 1 < len(spans) and spans[index + 1].start == span.end
        if not (is_followed and weights[index + 1] == weights[index]):
            found.add(span.end)
    return sorted(each for each in found if 0 < each < duration)


def collar_weights(changes: Sequence[Fraction], count: int, collar: Fraction, mode: CollarMode) -> Float32Array:
    """Return how much steps count near changes of the label: float32 ``[count]``, 0 to 1.

    The distance of a step ``[k / 4, (k + 1) / 4)`` is the time between it and the nearest change, before or after it, and 0
    where it touches one. Steps at a distance of `collar` or more count in full.

    Args:
        changes: The moments, in order of time.
        count: The number of steps.
        collar: Seconds by which changes may be off.
        mode: ``"mask"``: steps nearer than `collar` have 0. ``"soften"``: they have distance / collar.

    Example:
        >>> collar_weights([Fraction(1)], 8, Fraction(1, 2), "mask").tolist()
        [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
        >>> collar_weights([Fraction(1)], 8, Fraction(1, 2), "soften").tolist()
        [1.0, 1.0, 0.5, 0.0, 0.0, 0.5, 1.0, 1.0]
    """
    if not changes or not collar:
        return np.ones(count, np.float32)
    # Integer ticks, in which comparisons are exact.
    unit = lcm(STEP_RATE, collar.denominator, *(each.denominator for each in changes))
    ticks: npt.NDArray[np.object_] = np.array([int(each * unit) for each in changes], dtype=object)
    starts = np.array([index * unit // STEP_RATE for index in range(count)], dtype=object)
    ends = starts + unit // STEP_RATE
    following = np.searchsorted(ticks, starts, side="right")
    distance = np.full(count, int(collar * unit), dtype=object)
    for index in range(count):
        near = []
        if following[index] > 0:
            near.append(starts[index] - ticks[following[index] - 1])
        if following[index] < len(ticks):
            near.append(max(0, ticks[following[index]] - ends[index]))
        distance[index] = min([distance[index], *near])
    if mode == "mask":
        return (distance >= int(collar * unit)).astype(np.float32)
    return (distance / int(collar * unit)).astype(np.float32)


def _row(weights: Mapping[str, float | Fraction], classes: Sequence[str]) -> Float32Array:
    """Return labels as a row, float32 ``[1, K]``, that sums to 1; zeros where no class has a weight."""
    row = np.array([[float(weights.get(name, 0)) for name in classes]], np.float32)
    total = row.sum()
    return row / total if total > 0 else row
