"""Labels over media time: each segment has the same labels from its start to its end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from .._checks import is_sequence
from ..errors import InvalidArgument, short_repr
from ..spans import Seconds, Span, check_span, exact_seconds, from_zero
from ._frozen import FrozenMapping

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False, init=False)
class LabelTimeline:
    """Labels of one layer over media time.

    Attributes:
        layer: Name of the taxonomy.
        spans: Spans of the labelled segments, in order of time, without overlap.
        weights: For each segment its labels and the weight of each, exact; weights sum to 1. A float is read as a time is
            (see `Seconds`): 1 / 3 is a third.
        step: Resolution of the boundaries, in seconds.

    Raises:
        InvalidArgument: Segments overlap or are not in order, their number differs from that of the weights, a segment has no
            label, or a weight is no finite number of 0 or more.

    Example:
        >>> from emos_io import Span
        >>> line = LabelTimeline("basic7", (Span(0, 5), Span(5, 8)), ({"Joy": 1}, {"Fear": 1}), step=1)
        >>> line.at([2, 5, 8])
        ['Joy', 'Fear', None]
        >>> line
        LabelTimeline('basic7', 2 segments in [0, 8), step=1)
    """

    layer: str
    spans: tuple[Span, ...]
    weights: tuple[Mapping[str, Fraction], ...]
    step: Fraction = Fraction(1, 1000)

    def __init__(
        self,
        layer: str,
        spans: Sequence[Span],
        weights: Sequence[Mapping[str, Seconds]],
        step: Seconds = Fraction(1, 1000),
    ) -> None:
        object.__setattr__(self, "layer", layer)
        object.__setattr__(
            self, "spans", tuple(check_span(each, "spans") for each in _checked(spans, "spans", "spans", "give a list"))
        )
        object.__setattr__(
            self, "weights", tuple(map(_exact_weights, _checked(weights, "weights", "mappings", "give a list")))
        )
        object.__setattr__(self, "step", exact_seconds(step, name="step"))
        self._check()

    def _check(self) -> None:
        if len(self.spans) != len(self.weights):
            raise InvalidArgument(
                f"weights must be one for each of {len(self.spans)} spans, got {len(self.weights)}; give labels for each span"
            )
        for before, after in zip(self.spans, self.spans[1:], strict=False):
            if after.start < before.end:
                raise InvalidArgument(
                    f"spans must be in order and without overlap, got {before} before {after}; shorten or reorder them",
                    span=after,
                )

    def __len__(self) -> int:
        return len(self.spans)

    def __repr__(self) -> str:
        extent = f" in [{float(self.spans[0].start):g}, {float(self.spans[-1].end):g})" if self.spans else ""
        return f"LabelTimeline({self.layer!r}, {len(self)} segments{extent}, step={self.step})"

    def index_at(self, time: Seconds) -> int | None:
        """Return the index of the segment that contains a time, or None where there is no label."""
        moment = exact_seconds(time)
        found = bisect_right(self.spans, moment, key=lambda span: span.start) - 1
        return found if found >= 0 and moment < self.spans[found].end else None

    def at(self, times: Iterable[Seconds]) -> list[str | None]:
        """Return the label with the largest weight at each time (the first of equal ones), or None where there is no label."""
        return [None if (index := self.index_at(time)) is None else self._top_label(index) for time in _checked(times)]

    def weights_at(self, times: Iterable[Seconds]) -> list[Mapping[str, Fraction]]:
        """Return labels and weights at each time; empty where there is no label."""
        return [{} if (index := self.index_at(time)) is None else self.weights[index] for time in _checked(times)]

    def within(self, span: Span) -> list[tuple[Span, Mapping[str, Fraction]]]:
        """Return the segments in a span with their labels; segments that reach out of the span are cut to it."""
        check_span(span, "span")
        first = bisect_right(self.spans, span.start, key=lambda each: each.end)
        found = []
        for segment, weights in zip(self.spans[first:], self.weights[first:], strict=True):
            if segment.start >= span.end:
                break
            part = segment.intersect(span)
            if part is not None:
                found.append((part, weights))
        return found

    def seconds(self, span: Span) -> dict[str, Fraction]:
        """Return the seconds of each label within a span; a segment with several labels counts for each by its weight."""
        total: dict[str, Fraction] = {}
        for part, weights in self.within(span):
            for label, weight in weights.items():
                total[label] = total.get(label, Fraction(0)) + part.duration * weight
        return total

    @property
    def boundaries(self) -> tuple[Fraction, ...]:
        """The start of every segment but the first."""
        return tuple(span.start for span in self.spans[1:])

    @property
    def changes(self) -> tuple[Fraction, ...]:
        """The boundaries at which the labels differ from those of the segment before."""
        pairs = zip(self.spans[1:], self.weights, self.weights[1:], strict=False)
        return tuple(span.start for span, before, after in pairs if before != after)

    def _top_label(self, index: int) -> str:
        weights = self.weights[index]
        return max(weights, key=lambda label: weights[label])


def _exact_weights(weights: Mapping[str, Seconds]) -> FrozenMapping[str, Fraction]:
    if not isinstance(weights, Mapping) or not weights:
        raise InvalidArgument(
            f"weights must map one or more labels to their weight, got {short_repr(weights)}; leave out spans without labels"
        )
    return FrozenMapping({label: _exact(weight) for label, weight in weights.items()})


def _exact(weight: Seconds) -> Fraction:
    if isinstance(weight, Fraction) and weight >= 0:
        return weight
    return from_zero(weight, "weight", "give the share of the label")


def _checked(
    values: Iterable[T], name: str = "times", what: str = "times", hint: str = "give a list such as [1.5]"
) -> Iterable[T]:
    if not is_sequence(values):
        raise InvalidArgument(f"{name} must be a sequence of {what}, got {short_repr(values)}; {hint}")
    return values
