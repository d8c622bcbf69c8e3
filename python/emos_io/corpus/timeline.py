"""Labels over media time: constant in pieces, nothing between them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..errors import InvalidArgument
from ..spans import Seconds, Span, exact_seconds


@dataclass(frozen=True, slots=True)
class LabelTimeline:
    """Labels of one layer over media time.

    Attributes:
        layer: Name of the taxonomy.
        spans: Labelled stretches, in order of time, none over another.
        weights: For each stretch its labels and how much each counts; they sum to 1.
        step: Resolution of the clock that the boundaries were written in, in seconds.

    Raises:
        InvalidArgument: Stretches overlap or fall.

    Example:
        >>> from emos_io import Span
        >>> line = LabelTimeline("basic7", (Span(0, 5), Span(5, 8)), ({"Joy": 1.0}, {"Fear": 1.0}), step=Fraction(1))
        >>> line.at([2, 5, 8])
        ['Joy', 'Fear', None]
    """

    layer: str
    spans: tuple[Span, ...]
    weights: tuple[Mapping[str, float], ...]
    step: Fraction = Fraction(1, 1000)

    def __post_init__(self) -> None:
        if len(self.spans) != len(self.weights):
            raise InvalidArgument(
                f"{len(self.spans)} spans and {len(self.weights)} weights were given; give one for each"
            )
        for before, after in zip(self.spans, self.spans[1:], strict=False):
            if after.start < before.end:
                raise InvalidArgument(f"labels of {before} and {after} overlap; cut one of them")

    def __len__(self) -> int:
        return len(self.spans)

    def place(self, time: Seconds) -> int | None:
        """Return the number of the stretch that holds a time, or None between stretches."""
        moment = exact_seconds(time)
        found = bisect_right(self.spans, moment, key=lambda span: span.start) - 1
        return found if found >= 0 and moment < self.spans[found].end else None

    def at(self, times: Iterable[Seconds]) -> list[str | None]:
        """Return the label of most weight at each time, the first of equals, or None where there is none."""
        return [None if (place := self.place(time)) is None else self._top(place) for time in times]

    def weights_at(self, times: Iterable[Seconds]) -> list[Mapping[str, float]]:
        """Return labels and weights at each time; empty where there is none."""
        return [{} if (place := self.place(time)) is None else self.weights[place] for time in times]

    def within(self, span: Span) -> list[tuple[Span, Mapping[str, float]]]:
        """Return the labelled parts of a span."""
        first = bisect_right(self.spans, span.start, key=lambda each: each.end)
        found = []
        for stretch, weights in zip(self.spans[first:], self.weights[first:], strict=True):
            if stretch.start >= span.end:
                break
            part = stretch.intersect(span)
            if part is not None:
                found.append((part, weights))
        return found

    def seconds(self, span: Span) -> dict[str, Fraction]:
        """Return for how long each label holds within a span; stretches of several labels count for each by weight."""
        total: dict[str, Fraction] = {}
        for part, weights in self.within(span):
            for label, weight in weights.items():
                total[label] = total.get(label, Fraction(0)) + part.duration * Fraction(weight).limit_denominator(1000)
        return total

    @property
    def boundaries(self) -> tuple[Fraction, ...]:
        """Where one stretch ends and the next begins: the start of every stretch but the first."""
        return tuple(span.start for span in self.spans[1:])

    @property
    def changes(self) -> tuple[Fraction, ...]:
        """Those boundaries at which the labels are not the same as before."""
        pairs = zip(self.spans[1:], self.weights, self.weights[1:], strict=False)
        return tuple(span.start for span, before, after in pairs if dict(before) != dict(after))

    def _top(self, place: int) -> str:
        weights = self.weights[place]
        return max(weights, key=lambda label: weights[label])
