"""The windows before and after a window of the same item, and the links to their pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from ..corpus import Clip
from ..errors import InvalidArgument
from ..plan import LabelRule, Windowing, WindowPlan
from ..spans import Span
from .formatting import decimal_text
from .resolve import ResolvedItem
from .window_page import WindowPage


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The window before or after another one.

    Attributes:
        label_span: Its label span.
        href: The address of its page, relative to the other page; None where there is no such page.
        command: The command that writes its page.
    """

    label_span: Span
    href: str | None
    command: str

    @property
    def times(self) -> str:
        """The label span for people."""
        return f"{decimal_text(self.label_span.start)} to {decimal_text(self.label_span.end)} s"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The windows before and after a window; None at an end of the item."""

    before: Neighbour | None
    after: Neighbour | None


def spans_around(
    page: WindowPage, resolved: ResolvedItem, windowing: Windowing, label_rule: LabelRule, number: int
) -> tuple[list[Span], list[Span]]:
    """Return the label spans of the windows before and after a window, at most so many on a side, the nearest first.

    By hop they are whole hops away, from 0 to the first that reaches the end of the item. Else they are the nearest of the
    utterances, sentences or changes of the item. A static clip is one window and has none.

    Args:
        page: The page of the window.
        resolved: Its item.
        windowing: How the plan of the window cuts items; its hop is the step.
        label_rule: How the window is labelled: changes are those of its layer.
        number: How many windows on a side.
    """
    own = page.planned.label_span
    if isinstance(resolved.item, Clip):
        return [], []
    if windowing.by is None:
        step = own.duration if windowing.hop is None else windowing.hop
        return [*islice(_earlier(own, step), number)], [*islice(_later(own, step, _end(page)), number)]
    if resolved.item is None:
        return [], []
    length = own.duration if windowing.by == "change" else None
    try:
        plan = WindowPlan(
            [resolved.item], Windowing(length, by=windowing.by), labels=label_rule.layer, order="sequential"
        )
    except InvalidArgument:
        # The item alone has no window of that kind.
        return [], []
    end = _end(page)
    found = {plan.locate(index).label_span for index in range(len(plan))}
    spans = sorted(span for span in found if end is None or span.start < end)
    before = [span for span in reversed(spans) if span.start < own.start]
    return before[:number], [span for span in spans if span.start > own.start][:number]


def _end(page: WindowPage) -> Fraction | None:
    """Return where the windows of an item end: with the item, and with its media; None where nobody knows."""
    if not page.length_known:
        return None
    return page.item.duration if page.metadata is None else min(page.item.duration, page.metadata.duration)


def _earlier(span: Span, step: Fraction) -> Iterator[Span]:
    while span.start >= step:
        span = Span(span.start - step, span.end - step)
        yield span


def _later(span: Span, step: Fraction, end: Fraction | None) -> Iterator[Span]:
    while end is not None and span.end < end:
        span = Span(span.start + step, span.end + step)
        yield span
