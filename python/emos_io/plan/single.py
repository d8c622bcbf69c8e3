"""One window at any label span, by the rules of plans: it need not lie on the hop of any."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..spans import Seconds, Span
from .arguments import read_cutting, read_rule
from .content import Content
from .labels import CollarMode, LabelAt
from .records import PlannedWindow
from .sources import Durations, PlanItem, read_source
from .windows import By, ListedWindows


@dataclass(frozen=True, slots=True, eq=False)
class SingleWindow:
    """One window, and what it was cut from.

    Attributes:
        planned: The window, number 0.
        item: All labels and sentences of its item.
        causal: A sentence is released once it has ended.
        doubted: Its label is masked only since it lies too close to a boundary.
    """

    planned: PlannedWindow
    item: PlanItem
    causal: bool
    doubted: bool


def single_window(
    source: Any,
    key: str,
    label_span: Span,
    *,
    by: By | None = None,
    context: Seconds = 0,
    lookahead: Seconds = 0,
    labels: str | None = "basic7",
    label_at: LabelAt = "end",
    collar: Seconds = 0,
    collar_mode: CollarMode = "mask",
    causal: bool | None = None,
    durations: Durations | None = None,
) -> SingleWindow:
    """Return the window of an item at a label span.

    Args:
        source: As of `WindowPlan`; a layer of its own has the classes that all of it uses.
        key: Of the item; where the source is one `Media`, the name it shall have.
        label_span: In seconds of media time.
        by: What the windows of the plan are; None for a hop.

    Other arguments are those of `WindowPlan`.

    Raises:
        InvalidArgument: An argument is not allowed, or there is no such item or layer.
    """
    cutting = read_cutting(label_span.duration, None, by, context, lookahead, causal, None)
    found = read_source(source, by, labels, None if hasattr(source, "metadata") else [key], durations)
    item = replace(found.items[0], key=key)

    def window(collar: Seconds) -> PlannedWindow:
        content = Content(
            [item],
            ListedWindows([[label_span]], None),
            layer=labels,
            classes=found.classes,
            rule=read_rule(label_at, collar, collar_mode, cutting),
            context=cutting.context,
            lookahead=cutting.lookahead,
            causal=cutting.causal,
        )
        return content.window(0)

    planned, trusting = window(collar), window(0)
    doubted = trusting.labels.mask and not planned.labels.mask
    return SingleWindow(planned, item, cutting.causal, doubted)
