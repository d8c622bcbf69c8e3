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
from typing import Any

import numpy as np
import numpy.typing as npt

from ..corpus import Sentence
from ..errors import InvalidArgument, NoSuchItem
from ..spans import Span
from .keys import WindowKey
from .labels import Decided, LabelRule, Stretches
from .records import PlannedWindow, WindowLabels, WindowLocation
from .sources import PlanItem
from .windows import HopWindows, Windows

Numbers = npt.NDArray[np.int64]

_CHUNK = 65_536
_LIMIT = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Neighbouring windows of one item; times in ticks, `unit` a second."""

    item: int
    unit: int
    duration: int
    target_starts: Numbers
    target_ends: Numbers
    span_starts: Numbers
    span_ends: Numbers
    decided: Decided


class Content:
    """Windows of items under one rule.

    Attributes:
        items: Items in order.
        windows: Where their windows lie.
        classes, layer: Of the labels.
        causal: No window tells of anything after its end.
        counts: int64 ``[items]``: windows of each item.
    """

    def __init__(
        self,
        items: Sequence[PlanItem],
        windows: Windows,
        *,
        layer: str | None,
        classes: tuple[str, ...],
        rule: LabelRule,
        context: Fraction,
        lookahead: Fraction,
        causal: bool,
    ) -> None:
        self.items, self.windows, self.classes, self.layer = tuple(items), windows, classes, layer
        self.causal, self.context, self.lookahead, self.rule = causal, context, lookahead, rule
        self.counts = windows.counts
        self.first = np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)
        self.class_weights: npt.NDArray[np.float64] | None = None
        self.tier_weights: Mapping[str, float] | None = None
        self._places = {item.key: place for place, item in enumerate(self.items)}
        self._texts: dict[int, _Text] = {}
        self._stretches: dict[int, Stretches] = {}
        # Ticks a second in which everything of an item is whole.
        self._units = [self._unit(place) for place in range(len(self.items))]

    def __len__(self) -> int:
        return int(self.first[-1])

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_texts": {}, "_stretches": {}}

    def window(self, number: int) -> PlannedWindow:
        """Return one window by number."""
        place, (_, path, span, label_span) = self._stretch(number)
        item = self.items[place]
        labels = self._labels(place, label_span)
        return PlannedWindow(
            number=number,
            key=str(WindowKey(item.key, label_span)),
            item=item.key,
            path=path,
            span=span,
            label_span=label_span,
            labels=labels,
            text=self._text(place).within(span, self.causal),
            weight=self._weight(item, labels),
        )

    def locate(self, number: int) -> WindowLocation:
        """Return where a window lies."""
        return self._stretch(number)[1]

    def _stretch(self, number: int) -> tuple[int, WindowLocation]:
        place = int(np.searchsorted(self.first, number, side="right")) - 1
        item, label_span = self.items[place], self.windows.label_span(place, number - int(self.first[place]))
        span = label_span
        if self.context or self.lookahead:
            span = Span(label_span.start - self.context, label_span.end + self.lookahead)
        return place, WindowLocation(item.key, item.path, span, label_span)

    def seconds(self) -> npt.NDArray[np.float64]:
        """Return how long each window's span is: float64 ``[n]``."""
        around = float(self.context + self.lookahead)
        if isinstance(self.windows, HopWindows):
            return np.full(len(self), float(self.windows.length) + around)
        found = np.empty(len(self))
        for place, count in enumerate(self.counts.tolist()):
            starts, ends = self.windows.ticks(place, self._units[place], 0, count)
            first = int(self.first[place])
            found[first : first + count] = (ends - starts) / self._units[place] + around
        return found

    def find(self, key: WindowKey) -> int:
        """Return the number of the window of a key.

        Raises:
            NoSuchItem: The plan has no such window.
        """
        place = self._places.get(key.item)
        if place is None:
            raise NoSuchItem(f"window {str(key)!r} was asked for; the plan has no item {key.item!r}")
        found = self.windows.place(place, key.label_span)
        if found is None:
            first = int(self.first[place])
            some = self.window(first).key if self.counts[place] else "none"
            raise NoSuchItem(f"window {str(key)!r} was asked for; windows of that item begin with {some!r}")
        return int(self.first[place]) + found

    def chunks(self) -> Iterator[Chunk]:
        """Yield all windows with their labels, item by item, in arrays of at most 65,536."""
        context, lookahead = self.context, self.lookahead
        for place, item in enumerate(self.items):
            if not self.counts[place]:
                continue
            unit = self._units[place]
            for first in range(0, int(self.counts[place]), _CHUNK):
                last = min(first + _CHUNK, int(self.counts[place]))
                starts, ends = self.windows.ticks(place, unit, first, last)
                decided = self._decide(place, starts, ends, unit)
                before, after = int(context * unit), int(lookahead * unit)
                duration = int(item.duration * unit)
                yield Chunk(place, unit, duration, starts, ends, starts - before, ends + after, decided)

    def inside_sentence(self, chunk: Chunk) -> npt.NDArray[np.bool_]:
        """Return which windows end inside a sentence: bool ``[n]``."""
        sentences = sorted(self.items[chunk.item].sentences, key=lambda each: each.span.start)
        if not sentences:
            return np.zeros(len(chunk.span_ends), dtype=np.bool_)
        starts = np.array([int(each.span.start * chunk.unit) for each in sentences], dtype=np.int64)
        ends = np.maximum.accumulate([int(each.span.end * chunk.unit) for each in sentences])
        last = np.searchsorted(starts, chunk.span_ends, side="left") - 1
        inside: npt.NDArray[np.bool_] = (last >= 0) & (ends[np.maximum(last, 0)] > chunk.span_ends)
        return inside

    def digest(self) -> str:
        """Return the sha256 of items, windows and labels."""
        total = hashlib.sha256()
        for place, item in enumerate(self.items):
            own: list[Any] = [item.key, str(item.duration)]
            if not isinstance(self.windows, HopWindows):
                spans = [self.windows.label_span(place, each) for each in range(int(self.counts[place]))]
                own.append([[str(span.start), str(span.end)] for span in spans])
            if item.timeline is not None:
                pairs = zip(item.timeline.spans, item.timeline.weights, strict=True)
                own.append([[str(span.start), str(span.end), sorted(weights.items())] for span, weights in pairs])
            if item.kind == "clip":
                own.append([sorted((item.decided or {}).items()), item.confidence])
                own.append(item.tier if self.tier_weights else None)
            total.update(json.dumps(own, ensure_ascii=False).encode() + b"\n")
        return total.hexdigest()

    def _labels(self, place: int, label_span: Span) -> WindowLabels:
        item, unit = self.items[place], self._units[place]
        # The grid of the item holds every window's start and end.
        starts = np.array([int(label_span.start * unit)], dtype=np.int64)
        ends = np.array([int(label_span.end * unit)], dtype=np.int64)
        decided = self._decide(place, starts, ends, unit)
        parts: tuple[tuple[Span, Mapping[str, float]], ...] = ()
        inside = label_span.intersect(Span(0, item.duration))
        if item.timeline is not None and inside is not None:
            parts = tuple(item.timeline.within(inside))
        elif item.decided and inside is not None:
            parts = ((inside, item.decided),)
        mask, confidence = bool(decided.mask[0]), float(decided.confidence[0])
        return WindowLabels(self.layer or "", self.classes, decided.soft[0], mask, confidence, parts)

    def _decide(self, place: int, starts: Numbers, ends: Numbers, unit: int) -> Decided:
        item = self.items[place]
        if item.kind == "clip":
            return self._decided_clip(item, len(starts))
        stretches = self._stretches.get(place)
        if stretches is None:
            stretches = Stretches(item.timeline, self.classes, item.duration, unit)
            self._stretches[place] = stretches
        return stretches.decide(self.rule, starts, ends)

    def _decided_clip(self, item: PlanItem, number: int) -> Decided:
        weights = [(item.decided or {}).get(name, 0.0) for name in self.classes]
        has = bool(item.decided)
        soft = np.repeat(np.array([weights], dtype=np.float32), number, axis=0)
        mask = np.full(number, has)
        confidence = np.full(number, item.confidence if has else 0.0)
        mixed, doubted = (np.zeros(number, dtype=np.bool_) for _ in range(2))
        return Decided(soft, mask, confidence, mask.copy(), mixed, doubted)

    def _unit(self, place: int) -> int:
        if not self.counts[place]:
            return 1
        item = self.items[place]
        times = [item.duration, self.context, self.lookahead, self.rule.collar]
        if item.timeline is not None:
            times += [time for span in item.timeline.spans for time in (span.start, span.end)]
        times += [time for each in item.sentences for time in (each.span.start, each.span.end)]
        unit = math.lcm(*self.windows.denominators(place), *(time.denominator for time in times))
        latest = max(item.duration, self.windows.label_span(place, int(self.counts[place]) - 1).end) + self.lookahead
        if latest * unit >= _LIMIT:
            raise InvalidArgument(
                f"the times of windows, labels and {item.key!r} have no common clock in 64 bits; round length, hop or collar"
            )
        return unit

    def _text(self, place: int) -> _Text:
        text = self._texts.get(place)
        if text is None:
            text = _Text(self.items[place].sentences)
            # Of a million clips, each with its one sentence, nothing is kept.
            if len(self.items[place].sentences) > 1:
                self._texts[place] = text
        return text

    def _weight(self, item: PlanItem, labels: WindowLabels) -> float:
        weight = 1.0
        if self.tier_weights is not None and item.tier is not None:
            weight *= self.tier_weights.get(item.tier, 1.0)
        if self.class_weights is not None and labels.mask:
            weight *= float(labels.soft.astype(np.float64) @ self.class_weights)
        return weight


class _Text:
    """Sentences of an item by their ends."""

    def __init__(self, sentences: tuple[Sentence, ...]) -> None:
        self._sentences = sorted(sentences, key=lambda each: (each.span.end, each.span.start))
        self._ends = [each.span.end for each in self._sentences]
        earliest = accumulate((each.span.start for each in reversed(self._sentences)), min)
        self._earliest_from = list(earliest)[::-1]

    def within(self, span: Span, causal: bool) -> tuple[Sentence, ...]:
        """Return sentences that are spoken in a span; if causal, only those that have ended by its end."""
        first = bisect_right(self._ends, span.start)
        if causal:
            found = self._sentences[first : bisect_right(self._ends, span.end)]
        else:
            found = []
            for place in range(first, len(self._sentences)):
                if self._earliest_from[place] >= span.end:
                    break
                if self._sentences[place].span.start < span.end:
                    found.append(self._sentences[place])
        return tuple(sorted(found, key=lambda each: (each.span.start, each.index)))
