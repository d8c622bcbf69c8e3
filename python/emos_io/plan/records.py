"""What a plan gives: windows with their labels, and batches of window numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..corpus import Sentence
from ..spans import Span


@dataclass(frozen=True, slots=True, eq=False)
class WindowLabels:
    """The label of a window in one layer.

    Attributes:
        layer: Name of the layer; empty for a plan without labels.
        classes: Names of the K classes.
        soft: float32 ``[K]``, of sum 1, or zeros where there is no label.
        mask: There is a label and it counts.
        confidence: Of the label, 0 to 1: of a static clip its decision's, of a monologue 1, less near a boundary where
            the plan softens.
        timeline: Labelled parts of the label span, cut to it: (span, weight of each label). Nothing of it lies after the
            label span or after the item's end.
    """

    layer: str
    classes: tuple[str, ...]
    soft: npt.NDArray[np.float32]
    mask: bool
    confidence: float
    timeline: tuple[tuple[Span, Mapping[str, float]], ...]


class WindowLocation(NamedTuple):
    """Where a window lies: a `PlannedWindow` without label and text.

    Attributes:
        item, path, span, label_span: As of `PlannedWindow`.
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
        path: Media at hand, or None.
        span: What is decoded, in seconds of media time: the label span with context before and lookahead after. It may begin
            before 0 or end after the media: what is missing there is for the reader to mark.
        label_span: What is asked about, in seconds of media time.
        labels: Its label.
        text: Sentences that may be known at this window, in order of time.
        weight: Of the window, by plan, class and tier; 1 where none was asked for.
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


@dataclass(frozen=True, slots=True, eq=False)
class PlanBatch:
    """One global batch.

    Attributes:
        numbers: int64 ``[num_lanes, windows_per_lane]``: windows in order of time within a lane; -1 where the lane has none.
        is_start: bool ``[num_lanes, windows_per_lane]``: the window does not follow the one before it in its lane, so that
            state that was carried is to be cleared. False where the lane has none.
    """

    numbers: npt.NDArray[np.int64]
    is_start: npt.NDArray[np.bool_]
