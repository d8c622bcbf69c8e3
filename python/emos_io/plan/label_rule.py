"""How labels over time become the label of a window: one record that plans, single windows and pages share."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

from .._checks import choice
from ..corpus import Layer, Taxonomy, checked_taxonomies, taxonomies_of
from ..errors import InvalidArgument, short_repr
from ..spans import Seconds, from_zero
from .arguments import number_text

LabelAt = Literal["end", "majority", "overlap"]
CollarMode = Literal["mask", "soften"]
LABEL_ATS: tuple[LabelAt, ...] = get_args(LabelAt)
COLLAR_MODES: tuple[CollarMode, ...] = get_args(CollarMode)


@dataclass(frozen=True, slots=True, init=False)
class LabelRule:
    """How labels over time become the label of a window.

    Time without a label counts for no class, and a window without any labelled time is not valid. Static clips have the
    label of their decision, with its confidence, whatever the rule.

    A window is in doubt when shifting one boundary by up to `collar` seconds could change its label:

    - ``"end"``: it ends at most `collar` after a boundary, or less than `collar` before one.
    - ``"majority"``: the first class leads the second by less than twice `collar`.
    - ``"overlap"``: less than `collar` seconds have a label.

    With ``"end"``, causal plans and plans of utterances count only the boundaries before the deciding moment.

    Args:
        layer: The label layer: its name, or the JSON or YAML file of its taxonomy, or the taxonomy. Corpora that have none of
            that name are then planned with it; one that has another is an error. None for a plan without labels: the other
            arguments then mean nothing, they are checked, and the rule has their defaults, so that
            ``LabelRule(None, collar=1) == LabelRule(None)``.
        label_at: ``"end"``: the label just before the label span ends, or just before the item ends if that is earlier.
            ``"majority"``: the label with most seconds in the label span; of equals the first in class order.
            ``"overlap"``: soft labels, by seconds.
        collar: Seconds by which boundaries may be wrong. 0 trusts them; 0.5 fits labels on full seconds.
        taxonomy: The taxonomy of `layer`, which `layer` itself may be as well; None for that of the corpora or of the package.
        collar_mode: ``"mask"``: windows in doubt are not valid. ``"soften"``: their confidence falls in a straight line, to
            0 at the boundary, at equal seconds, or without labelled time.

    Attributes:
        layer: The name of the layer.
        label_at, collar_mode: The arguments of these names.
        taxonomy: The taxonomy that was given, or None; those of the package are known by their names.
        collar: An exact fraction.

    Raises:
        InvalidArgument: An argument is not allowed.
        SourceNotFound, SourceUnreadable: A file of a taxonomy is not there, or is none.

    Example:
        >>> LabelRule("goemotions", label_at="overlap", collar=0.5)
        LabelRule('goemotions', label_at='overlap', collar='1/2')
        >>> LabelRule() == LabelRule("basic7", label_at="end", collar=0, collar_mode="mask")
        True
    """

    layer: str | None
    label_at: LabelAt = field(kw_only=True)
    collar: Fraction = field(kw_only=True)
    collar_mode: CollarMode = field(kw_only=True)
    taxonomy: Taxonomy | None = field(kw_only=True)

    def __init__(
        self,
        layer: Layer | None = "basic7",
        *,
        label_at: LabelAt = "end",
        collar: Seconds = 0,
        collar_mode: CollarMode = "mask",
        taxonomy: Taxonomy | None = None,
    ) -> None:
        """Make a label rule."""
        given = taxonomies_of(layer)[:1]
        if given:
            layer = given[0].name
        if taxonomy is not None:
            if not isinstance(taxonomy, Taxonomy) or taxonomy.name != layer or given not in ((), (taxonomy,)):
                raise InvalidArgument(
                    f"taxonomy must be that of the layer {layer!r}, got {short_repr(taxonomy)}; leave one of the two out"
                )
            given = (taxonomy,)
        own = next(iter(checked_taxonomies(given)), None)
        if layer is not None and not isinstance(layer, str):
            raise InvalidArgument(
                f"layer must be the name of a label layer or None, got {short_repr(layer)}; leave it out for 'basic7'"
            )
        values: dict[str, object] = {
            "layer": layer,
            "label_at": choice(label_at, LABEL_ATS, "label_at"),
            "collar": from_zero(collar, "collar", "give the seconds by which boundaries may be wrong"),
            "collar_mode": choice(collar_mode, COLLAR_MODES, "collar_mode"),
            "taxonomy": own,
        }
        if layer is None:
            values = {"layer": None, "label_at": "end", "collar": Fraction(0), "collar_mode": "mask", "taxonomy": None}
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        words = [repr(self.layer)]
        if self.label_at != "end":
            words.append(f"label_at={self.label_at!r}")
        if self.collar:
            words.append(f"collar={number_text(self.collar)}")
        if self.collar_mode != "mask":
            words.append(f"collar_mode={self.collar_mode!r}")
        if self.taxonomy is not None:
            words.append(f"taxonomy={self.taxonomy!r}")
        return f"LabelRule({', '.join(words)})"


def read_labels(labels: Layer | LabelRule | None) -> LabelRule:
    """Return the rule of a plan, from the record or from a layer alone.

    Raises:
        InvalidArgument: It is neither.
    """
    if isinstance(labels, LabelRule):
        return labels
    if labels is not None and not isinstance(labels, str | os.PathLike | Taxonomy):
        raise InvalidArgument(
            f"labels must be the name of a layer, a LabelRule or None, got {short_repr(labels)}; "
            "give None for a plan without labels"
        )
    return LabelRule(labels)
