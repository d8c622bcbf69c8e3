"""One window at any label span, by the rules of plans: it need not lie on the hop of any plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from ..corpus import Layer
from ..errors import InvalidArgument, short_repr
from ..spans import Span, check_span
from .content import Content
from .label_rule import LabelRule, read_labels
from .lengths import Durations
from .records import PlannedWindow
from .sources import HasMetadata, PlanItem, PlanSource, read_source
from .windowing import Windowing
from .windows import ListedWindows


@dataclass(frozen=True, slots=True, eq=False)
class SingleWindow:
    """One window, and the item that it was cut from.

    Attributes:
        planned: The window, number 0.
        item: The item, with all of its labels and sentences.
        causal: A sentence is released once it has ended.
        in_doubt: The label is not valid only because it lies too close to a boundary.
    """

    planned: PlannedWindow
    item: PlanItem
    causal: bool
    in_doubt: bool

    def __repr__(self) -> str:
        return f"SingleWindow({self.planned!r}, causal={self.causal}, in_doubt={self.in_doubt})"


def single_window(
    source: PlanSource,
    key: str,
    label_span: Span,
    windowing: Windowing | None = None,
    labels: Layer | LabelRule | None = "basic7",
    *,
    durations: Durations | None = None,
) -> SingleWindow:
    """Return the window of an item at a label span.

    Args:
        source: What `WindowPlan` takes. A layer that is no taxonomy has the classes that the source uses.
        key: Key of the item. Where the source is one `Media`, the name to give it.
        label_span: Seconds of media time; it need not lie on a hop.
        windowing: The plan's windowing: `by`, context, lookahead and causal count, and the label span replaces length and hop.
            None for a hop without context.
        labels: A label layer, a `LabelRule`, or None, as in `WindowPlan`.
        durations: Lengths, as `WindowPlan` takes them.

    Raises:
        InvalidArgument: An argument is not allowed, or there is no such item or layer.

    Example:
        >>> from fractions import Fraction
        >>> from emos_io.corpus import Monologue
        >>> item = Monologue(key="streaming/a", name="a", title="A", language="en", duration=Fraction(10))
        >>> single_window([item], "streaming/a", Span("1.25", 4), Windowing(4, context=1)).planned.span
        Span('1/4', 4)
    """
    if not isinstance(key, str):
        raise InvalidArgument(f"key must be text, got {short_repr(key)}; give the key of the item")
    check_span(label_span, "label_span")
    if windowing is not None and not isinstance(windowing, Windowing):
        raise InvalidArgument(
            f"windowing must be a Windowing or None, got {short_repr(windowing)}; give Windowing(...), or leave it out"
        )
    chosen = Windowing(label_span.duration) if windowing is None else windowing
    rule = read_labels(labels)
    found = read_source(
        source, chosen.by, rule.layer, None if isinstance(source, HasMetadata) else [key], durations, own=rule.taxonomy
    )
    item = replace(found.items[0], key=key)

    def window(rule: LabelRule) -> PlannedWindow:
        windows = ListedWindows([[label_span]], None)
        return Content([item], windows, classes=found.classes, windowing=chosen, rule=rule).window(0)

    planned = window(rule)
    trusting = window(replace(rule, collar=Fraction(0)))
    return SingleWindow(planned, item, chosen.causal, trusting.labels.valid and not planned.labels.valid)
