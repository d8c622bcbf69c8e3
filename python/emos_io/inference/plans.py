"""Which windows of items are asked about, and which time the rows of each are about.

```text
 clips        [--- clip ---]                  one question a clip
 windows      |---- 8 s ----|                 one a window; its row: from the end of the window before to its own
                |---- 8 s ----|
 utterances   |-----||--||------|             one a labelled utterance of a monologue
 streams      [------- monologue -------]     one a monologue, answered with segments and their times
              [--- chunk ---[-- chunk --]     where that is too long: equal chunks, each asked by itself
```
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, get_args

from ..corpus import Monologue, Utterance
from ..errors import InvalidArgument, short_repr
from ..plan import Windowing, WindowPlan
from ..spans import Seconds, Span, exact_seconds
from .asked import Asked, Item, ItemKind

PlanKind = Literal["clips", "windows", "utterances", "streams"]
PLAN_KINDS: tuple[PlanKind, ...] = get_args(PlanKind)
LENGTH = Fraction(8)
"""Seconds of a window where nobody gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChoice:
    """How items are asked.

    Attributes:
        kind: ``"clips"``, ``"windows"``, ``"utterances"`` or ``"streams"``.
        length: Of windows, their seconds; None for 8.
        hop: Of windows, seconds from one start to the next; None for the length.
        context: Of windows and utterances, seconds before that are read too.

    Raises:
        InvalidArgument: There is no such kind, or a number is not allowed or not of this kind.
    """

    kind: PlanKind
    length: Seconds | None = None
    hop: Seconds | None = None
    context: Seconds | None = None

    def __post_init__(self) -> None:
        if self.kind not in PLAN_KINDS:
            raise InvalidArgument(
                f"plan must be one of {', '.join(PLAN_KINDS)}, got {short_repr(self.kind)}; give one of them"
            )
        allowed = {"windows": ("length", "hop", "context"), "utterances": ("context",)}.get(self.kind, ())
        for name in ("length", "hop", "context"):
            value = getattr(self, name)
            if value is not None and name not in allowed:
                raise InvalidArgument(f"{name} must be left out for {self.kind}, got {short_repr(value)}; leave it out")
        if self.kind == "windows":
            windowing = self.windowing()
            if windowing.length is not None and windowing.hop is not None and windowing.hop > windowing.length:
                raise InvalidArgument(
                    f"hop must be at most {float(windowing.length):g}, the length of a window, got {short_repr(self.hop)}; "
                    "give less, else time between windows has no answer"
                )

    @property
    def items(self) -> ItemKind:
        """The kind of items that are asked."""
        return "clips" if self.kind == "clips" else "monologues"

    def windowing(self, hop: Fraction | None = None) -> Windowing:
        """Return how items are cut; of windows perhaps with a shorter hop."""
        context = self.context or 0
        if self.kind == "clips":
            return Windowing(by="clip")
        if self.kind == "windows":
            length = LENGTH if self.length is None else self.length
            return Windowing(length, hop if hop is not None else self.hop, context=context)
        return Windowing(by="utterance", context=context)

    def header(self) -> dict[str, str]:
        """Return what a file of predictions says of it."""
        windowing = self.windowing()
        values: dict[str, str] = {"plan": self.kind}
        if self.kind == "windows":
            values |= {"length": str(windowing.length), "hop": str(windowing.hop)}
        return values | ({"context": str(windowing.context)} if windowing.context else {})


def asked_plan(asked: Asked, choice: PlanChoice) -> WindowPlan:
    """Return the windows that are asked about, without labels, in the order of keys and time.

    Items that are shorter than the hop have one window of their own plan, since a plan refuses a hop that is longer.

    Raises:
        InvalidArgument: No item is of this kind, or no monologue has utterances.
    """
    with warnings.catch_warnings():
        # What the plan leaves out has rows that say why.
        warnings.filterwarnings("ignore", message="the plan leaves out")
        return _asked_plan(asked, choice)


def _asked_plan(asked: Asked, choice: PlanChoice) -> WindowPlan:
    items: Sequence[Item] = asked.clips if choice.kind == "clips" else asked.monologues
    if choice.kind == "streams":
        return stream_plan(asked.monologues)
    windowing = choice.windowing()
    if windowing.hop is None:
        return WindowPlan(list(items), windowing, labels=None, order="sequential")
    seconds = {item.key: _seconds(item) for item in items}
    long = [item for item in items if seconds[item.key] >= windowing.hop]
    short = [item for item in items if seconds[item.key] < windowing.hop]
    plans = [WindowPlan(long, windowing, labels=None, order="sequential")] if long else []
    if short:
        hop = min(seconds[item.key] for item in short)
        plans.append(WindowPlan(short, choice.windowing(hop), labels=None, order="sequential"))
    return plans[0] if len(plans) == 1 else WindowPlan.mix(plans, order="sequential")


def stream_plan(
    monologues: Sequence[Monologue], chunk: Fraction | None = None, unit: Fraction = Fraction(1)
) -> WindowPlan:
    """Return one window for each monologue, or for each of its chunks.

    Labels of the truth decide nothing: the plan is made of the monologues without them. A monologue of more seconds than
    `chunk` is cut into the fewest parts of at most so many, of equal seconds rounded up to a multiple of `unit`, the last
    one up to its end.

    Args:
        monologues: The monologues.
        chunk: Seconds of a chunk at most, a multiple of `unit`; None: monologues are not cut.
        unit: Chunks are multiples of it.
    """
    return WindowPlan(
        [
            replace(
                item,
                utterances=tuple(
                    Utterance(index=index, span=span)
                    for index, span in enumerate(chunk_spans(item.duration, chunk, unit))
                ),
                votes=(),
                decisions=(),
            )
            for item in monologues
        ],
        Windowing(by="utterance"),
        labels=None,
        order="sequential",
    )


def chunk_spans(duration: Fraction, chunk: Fraction | None, unit: Fraction = Fraction(1)) -> list[Span]:
    """Return the chunks of a monologue: as few as have at most `chunk` seconds, equal but for the last.

    Args:
        duration: Seconds of the monologue.
        chunk: Seconds of a chunk at most, a multiple of `unit`; None for one chunk.
        unit: Chunks are multiples of it.

    Example:
        >>> [str(span) for span in chunk_spans(Fraction("100.5"), Fraction(60))]
        ['Span(0, 51)', "Span(51, '201/2')"]
    """
    if chunk is None or duration <= chunk:
        return [Span(0, duration)]
    parts = -(-duration // chunk)
    seconds = -(-(duration / parts) // unit) * unit
    starts = [seconds * index for index in range(int(-(-duration // seconds)))]
    return [Span(start, min(start + seconds, duration)) for start in starts]


@dataclass(frozen=True, slots=True)
class RequestSpan:
    """What a request is about.

    Attributes:
        item: Key of the item.
        asked: The time that its rows are about; None for a clip.
        available_at: When an online system could say it; None for what knows more than the media up to then.
    """

    item: str
    asked: Span | None
    available_at: Fraction | None = None


def request_spans(plan: WindowPlan, items: Mapping[str, Item], choice: PlanChoice) -> dict[str, RequestSpan]:
    """Return what the request of each window is about, by the key of the window, in the order of the plan.

    Args:
        plan: The plan.
        items: The items by key.
        choice: What the plan was made of.
    """
    found: dict[str, RequestSpan] = {}
    last: RequestSpan | None = None
    for window in plan.windows():
        item = items[window.item]
        if not isinstance(item, Monologue):
            found[window.key] = RequestSpan(item.key, None)
            continue
        start, end = window.label_span.start, min(window.label_span.end, item.duration)
        available: Fraction | None = None
        if choice.kind == "windows":
            if last is not None and last.item == item.key and last.asked is not None:
                start = max(start, last.asked.end)
            available = end
        last = found[window.key] = RequestSpan(item.key, Span(start, end), available)
    return found


def answered_keys(
    spans: Mapping[str, RequestSpan], ended: frozenset[tuple[str, Span | None]], *, is_stream: bool
) -> frozenset[str]:
    """Return the keys of windows that a file of predictions has the answer of.

    Args:
        spans: What each request is about.
        ended: Item and span of the last row of each request of the file.
        is_stream: The last row of a request is about a part of what was asked, not about all of it.
    """
    if not is_stream:
        return frozenset(key for key, each in spans.items() if (each.item, each.asked) in ended)
    by_item: dict[str, list[Span]] = {}
    for item, span in ended:
        if span is not None:
            by_item.setdefault(item, []).append(span)
    return frozenset(
        key
        for key, each in spans.items()
        if each.asked is not None
        and any(each.asked.start <= span.start and span.end <= each.asked.end for span in by_item.get(each.item, ()))
    )


def languages_of(items: Mapping[str, Item]) -> dict[str, str]:
    """Return the language of each item, by key."""
    return {key: item.language for key, item in items.items()}


def _seconds(item: Item) -> Fraction:
    assert isinstance(item, Monologue), "windows are cut of monologues"
    return exact_seconds(item.duration)
