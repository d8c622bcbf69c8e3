"""What a plan gives: windows with their labels, and batches of window numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .._arrays import BoolArray, Float32Array, Int64Array
from ..corpus import Sentence
from ..spans import Span


@dataclass(frozen=True, slots=True, eq=False)
class WindowLabels:
    """The label of a window in one layer.

    Attributes:
        layer: Name of the layer; empty for a plan without labels.
        classes: Names of the K classes.
        soft: float32 ``[K]``; sums to 1, or all zeros where the label is not valid.
        valid: The window has a label, and it counts.
        confidence: 0 to 1. A static clip has its decision's confidence. A monologue has 1, or less near a boundary where the
            plan softens.
        timeline: Labelled parts of the label span, cut to it: (span, weight of each label). Nothing lies after the label span
            or after the item's end.
    """

    layer: str
    classes: tuple[str, ...]
    soft: Float32Array
    valid: bool
    confidence: float
    timeline: tuple[tuple[Span, Mapping[str, float]], ...]

    def __repr__(self) -> str:
        top = (
            f"{self.classes[int(self.soft.argmax())]!r}, confidence {self.confidence:.3g}"
            if self.valid
            else "not valid"
        )
        return f"WindowLabels({self.layer!r}, {top}, {len(self.timeline)} segments)"


class WindowLocation(NamedTuple):
    """Where a window lies: a `PlannedWindow` without label and text.

    Attributes:
        item, path, span, label_span: The attributes of `PlannedWindow` with these names.
    """

    item: str
    path: str | None
    span: Span
    label_span: Span


@dataclass(frozen=True, slots=True, eq=False)
class PlannedWindow:
    """One window of a plan.

    Attributes:
        number: Its number in the plan, from 0.
        key: ``item@start-end`` of the label span in exact seconds; ``plan.window_by_key(key)`` gives the window again.
        item: Key of the item.
        path: The media file, or None.
        span: What is decoded, in seconds of media time: the label span with context before and lookahead after. It may begin
            before 0 or end after the media. The reader marks as not valid what is missing there.
        label_span: What the label is about, in seconds of media time.
        labels: The label of the window.
        text: Sentences that may be known at this window, in order of time.
        weight: The product of the weights of plan, class and confidence tier; 1 without weights.
    """

    number: int
    key: str
    item: str
    path: str | None
    span: Span
    label_span: Span
    labels: WindowLabels
    text: tuple[Sentence, ...]
    weight: float

    def __repr__(self) -> str:
        return f"PlannedWindow({self.number}, {self.key!r}, {self.span!r}, {self.labels!r}, {len(self.text)} sentences)"


@dataclass(frozen=True, slots=True, eq=False)
class PlanBatch:
    """One global batch.

    Attributes:
        numbers: int64 ``[num_lanes, windows_per_lane]``: numbers of windows, in order of time within a lane; -1 where the lane
            has no window.
        is_start: bool ``[num_lanes, windows_per_lane]``: the window does not follow the one before it in its lane, so a model
            must clear the state it carries. False where the lane has no window.
    """

    numbers: Int64Array
    is_start: BoolArray

    def __repr__(self) -> str:
        num_lanes, per_lane = self.numbers.shape
        windows, starts = int((self.numbers >= 0).sum()), int(self.is_start.sum())
        return f"PlanBatch({num_lanes} lanes x {per_lane}, {windows} windows, {starts} starts)"
