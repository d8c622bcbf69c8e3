"""The windows of one specification, with labels, text and weights; in no order yet."""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

import numpy as np

from .._arrays import BoolArray, Float64Array, Int64Array
from ..corpus import Sentence
from ..errors import InvalidArgument, NoSuchItem
from ..spans import Span
from .keys import WindowKey
from .label_rule import LabelRule
from .labels import LabelArrays, LabelSegments
from .records import PlannedWindow, WindowLabels, WindowLocation
from .sources import PlanItem
from .windowing import Windowing
from .windows import HopWindows, WindowIndex

_CHUNK = 65_536
_LIMIT = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Neighbouring windows of one item.

    Attributes:
        item: Index of the item.
        unit: Ticks in a second.
        duration: Length of the item, in ticks.
        label_starts, label_ends, span_starts, span_ends: int64 ``[n]``, in ticks.
        labels: Labels of the n windows.
    """

    item: int
    unit: int
    duration: int
    label_starts: Int64Array
    label_ends: Int64Array
    span_starts: Int64Array
    span_ends: Int64Array
    labels: LabelArrays


class Content:
    """Windows of items under one windowing and one label rule.

    Attributes:
        items: Items in order.
        windows: Label spans of their windows.
        classes: Class names of the label layer.
        windowing, rule: How items are cut, and how windows are labelled.
        counts: int64 ``[items]``: the number of windows of each item.
        first: int64 ``[items + 1]``: the number of the first window of each item.
        class_weights: float64 ``[K]``, or None for 1 each.
        tier_weights: Weights by confidence tier, or None for 1 each.
    """

    def __init__(
        self,
        items: Sequence[PlanItem],
        windows: WindowIndex,
        *,
        classes: tuple[str, ...],
        windowing: Windowing,
        rule: LabelRule,
    ) -> None:
        self.items, self.windows, self.classes = tuple(items), windows, classes
        self.windowing, self.rule = windowing, rule
        self.counts = windows.counts
        self.first = np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)
        self.class_weights: Float64Array | None = None
        self.tier_weights: Mapping[str, float] | None = None
        self._index_by_key = {item.key: index for index, item in enumerate(self.items)}
        self._texts: dict[int, _Text] = {}
        self._segments: dict[int, LabelSegments] = {}
        # Ticks a second in which every time of an item is an integer.
        self._units = [self._unit(index) for index in range(len(self.items))]

    def __len__(self) -> int:
        return int(self.first[-1])

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_texts": {}, "_segments": {}}

    def window(self, number: int) -> PlannedWindow:
        """Return one window by number."""
        index, (_, path, span, label_span) = self._locate(number)
        item = self.items[index]
        labels = self._labels(index, label_span)
        return PlannedWindow(
            number=number,
            key=str(WindowKey(item.key, label_span)),
            item=item.key,
            path=path,
            span=span,
            label_span=label_span,
            labels=labels,
            text=self._text(index).sentences_in(span, self.windowing.causal),
            weight=self._weight(item, labels),
        )

    def locate(self, number: int) -> WindowLocation:
        """Return where a window lies."""
        return self._locate(number)[1]

    def _locate(self, number: int) -> tuple[int, WindowLocation]:
        index = int(np.searchsorted(self.first, number, side="right")) - 1
        item, label_span = self.items[index], self.windows.label_span(index, number - int(self.first[index]))
        span = label_span
        context, lookahead = self.windowing.context, self.windowing.lookahead
        if context or lookahead:
            span = Span(label_span.start - context, label_span.end + lookahead)
        return index, WindowLocation(item.key, item.path, span, label_span)

    def seconds(self) -> Float64Array:
        """Return how long each window's span is: float64 ``[n]``."""
        around = float(self.windowing.context + self.windowing.lookahead)
        if isinstance(self.windows, HopWindows):
            return np.full(len(self), float(self.windows.length) + around)
        found = np.empty(len(self))
        for index, count in enumerate(self.counts.tolist()):
            starts, ends = self.windows.ticks(index, self._units[index], 0, count)
            first = int(self.first[index])
            found[first : first + count] = (ends - starts) / self._units[index] + around
        return found

    def find(self, key: WindowKey) -> int:
        """Return the number of the window of a key.

        Raises:
            NoSuchItem: The plan has no such window.
        """
        index = self._index_by_key.get(key.item)
        if index is None:
            raise NoSuchItem(
                f"the plan has no window {str(key)!r}, nor the item {key.item!r}; its items begin with {self.items[0].key!r}",
                key=str(key),
            )
        found = self.windows.index(index, key.label_span)
        if found is None:
            first = int(self.first[index])
            some = self.window(first).key if self.counts[index] else "none"
            raise NoSuchItem(
                f"the plan has no window {str(key)!r}; windows of that item begin with {some!r}", key=str(key)
            )
        return int(self.first[index]) + found

    def chunks(self) -> Iterator[Chunk]:
        """Yield all windows with their labels, item by item, in arrays of at most 65,536."""
        context, lookahead = self.windowing.context, self.windowing.lookahead
        for index, item in enumerate(self.items):
            if not self.counts[index]:
                continue
            unit = self._units[index]
            for first in range(0, int(self.counts[index]), _CHUNK):
                last = min(first + _CHUNK, int(self.counts[index]))
                starts, ends = self.windows.ticks(index, unit, first, last)
                labels = self._decide(index, starts, ends, unit)
                before, after = int(context * unit), int(lookahead * unit)
                duration = int(item.duration * unit)
                yield Chunk(index, unit, duration, starts, ends, starts - before, ends + after, labels)

    def inside_sentence(self, chunk: Chunk) -> BoolArray:
        """Return which windows end inside a sentence: bool ``[n]``."""
        sentences = sorted(self.items[chunk.item].sentences, key=lambda each: each.span.start)
        if not sentences:
            return np.zeros(len(chunk.span_ends), dtype=np.bool_)
        starts = np.array([int(each.span.start * chunk.unit) for each in sentences], dtype=np.int64)
        ends = np.maximum.accumulate([int(each.span.end * chunk.unit) for each in sentences])
        last = np.searchsorted(starts, chunk.span_ends, side="left") - 1
        inside: BoolArray = (last >= 0) & (ends[np.maximum(last, 0)] > chunk.span_ends)
        return inside

    def digest(self) -> str:
        """Return the sha256 of items, windows and labels."""
        total = hashlib.sha256()
        for index, item in enumerate(self.items):
            own: list[object] = [item.key, str(item.duration)]
            if not isinstance(self.windows, HopWindows):
                spans = [self.windows.label_span(index, each) for each in range(int(self.counts[index]))]
                own.append([[str(span.start), str(span.end)] for span in spans])
            if item.timeline is not None:
                pairs = zip(item.timeline.spans, item.timeline.weights, strict=True)
                own.append([[str(span.start), str(span.end), sorted(_floats(each).items())] for span, each in pairs])
            if item.kind == "clip":
                own.append([sorted((item.decided or {}).items()), item.confidence])
                own.append(item.confidence_tier if self.tier_weights else None)
            total.update(json.dumps(own, ensure_ascii=False).encode(errors="surrogatepass") + b"\n")
        return total.hexdigest()

    def _labels(self, index: int, label_span: Span) -> WindowLabels:
        item, unit = self.items[index], self._units[index]
        # The grid of the item holds every window's start and end.
        starts = np.array([int(label_span.start * unit)], dtype=np.int64)
        ends = np.array([int(label_span.end * unit)], dtype=np.int64)
        labels = self._decide(index, starts, ends, unit)
        parts: tuple[tuple[Span, Mapping[str, float]], ...] = ()
        inside = label_span.intersect(Span(0, item.duration))
        if item.timeline is not None and inside is not None:
            parts = tuple((span, _floats(weights)) for span, weights in item.timeline.within(inside))
        elif item.decided and inside is not None:
            parts = ((inside, item.decided),)
        valid, confidence = bool(labels.valid[0]), float(labels.confidence[0])
        return WindowLabels(self.rule.layer or "", self.classes, labels.soft[0], valid, confidence, parts)

    def _decide(self, index: int, starts: Int64Array, ends: Int64Array, unit: int) -> LabelArrays:
        item = self.items[index]
        if item.kind == "clip":
            return self._labels_of_clip(item, len(starts))
        segments = self._segments.get(index)
        if segments is None:
            segments = LabelSegments(item.timeline, self.classes, item.duration, unit)
            self._segments[index] = segments
        backward = self.windowing.causal or self.windowing.by == "utterance"
        return segments.decide(self.rule, starts, ends, backward=backward)

    def _labels_of_clip(self, item: PlanItem, number: int) -> LabelArrays:
        weights = [(item.decided or {}).get(name, 0.0) for name in self.classes]
        labelled = bool(item.decided)
        soft = np.repeat(np.array([weights], dtype=np.float32), number, axis=0)
        valid = np.full(number, labelled)
        confidence = np.full(number, item.confidence if labelled else 0.0)
        mixed, in_doubt = (np.zeros(number, dtype=np.bool_) for _ in range(2))
        return LabelArrays(soft, valid, confidence, valid.copy(), mixed, in_doubt)

    def _unit(self, index: int) -> int:
        if not self.counts[index]:
            return 1
        item = self.items[index]
        times = [item.duration, self.windowing.context, self.windowing.lookahead, self.rule.collar]
        if item.timeline is not None:
            times += [time for span in item.timeline.spans for time in (span.start, span.end)]
        times += [time for each in item.sentences for time in (each.span.start, each.span.end)]
        unit = math.lcm(*self.windows.denominators(index), *(time.denominator for time in times))
        last = self.windows.label_span(index, int(self.counts[index]) - 1)
        latest = max(item.duration, last.end) + self.windowing.lookahead
        if latest * unit >= _LIMIT:
            raise InvalidArgument(
                f"times must have a common clock in 64 bits, got those of {item.key!r}, its labels and its windows; round "
                "length, hop or collar"
            )
        return unit

    def _text(self, index: int) -> _Text:
        text = self._texts.get(index)
        if text is None:
            text = _Text(self.items[index].sentences)
            # Nothing is kept for clips with one sentence: there may be a million of them.
            if len(self.items[index].sentences) > 1:
                self._texts[index] = text
        return text

    def _weight(self, item: PlanItem, labels: WindowLabels) -> float:
        weight = 1.0
        if self.tier_weights is not None and item.confidence_tier is not None:
            weight *= self.tier_weights.get(item.confidence_tier, 1.0)
        if self.class_weights is not None and labels.valid:
            weight *= float(labels.soft.astype(np.float64) @ self.class_weights)
        return weight


def _floats(weights: Mapping[str, Fraction]) -> dict[str, float]:
    return {name: float(weight) for name, weight in weights.items()}


class _Text:
    """Sentences of an item by their ends."""

    def __init__(self, sentences: tuple[Sentence, ...]) -> None:
        self._sentences = sorted(sentences, key=lambda each: (each.span.end, each.span.start))
        self._ends = [each.span.end for each in self._sentences]
        earliest = accumulate((each.span.start for each in reversed(self._sentences)), min)
        self._earliest_from = list(earliest)[::-1]

    def sentences_in(self, span: Span, causal: bool) -> tuple[Sentence, ...]:
        """Return the sentences spoken in a span; if causal, only those that end by the span's end."""
        first = bisect_right(self._ends, span.start)
        if causal:
            found = self._sentences[first : bisect_right(self._ends, span.end)]
        else:
            found = []
            for index in range(first, len(self._sentences)):
                if self._earliest_from[index] >= span.end:
                    break
                if self._sentences[index].span.start < span.end:
                    found.append(self._sentences[index])
        return tuple(sorted(found, key=lambda each: (each.span.start, each.index)))
