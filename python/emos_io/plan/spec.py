"""What decides the windows, labels and weights of a part: the text whose sha256 is the fingerprint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal

import numpy as np

from .._arrays import Float64Array
from ..corpus import Taxonomy
from ..errors import InvalidArgument, short_repr
from .arguments import read_weights
from .content import Content
from .lengths import SkippedItem

ClassWeights = Mapping[str, float] | Literal["balanced"]
"""A weight by class, or ``"balanced"``: one over the class's share of the plan's labels."""


def read_class_weights(weights: ClassWeights | None, content: Content) -> Float64Array | None:
    """Return a weight for each class, float64 ``[K]``, or None for 1 each.

    Raises:
        InvalidArgument: A class or a weight is not allowed.
    """
    if weights != "balanced":
        if isinstance(weights, str):
            raise InvalidArgument(
                f'class_weights must be "balanced" or a mapping from classes to weights, got {short_repr(weights)}; '
                f"classes are {', '.join(content.classes)}"
            )
        by_name = read_weights(weights, content.classes, "class_weights")
        return None if by_name is None else np.array([by_name[name] for name in content.classes])
    sums = sum(chunk.labels.soft.sum(axis=0, dtype=np.float64) for chunk in content.chunks())
    mass = np.broadcast_to(np.asarray(sums, dtype=np.float64), (len(content.classes),))
    present = mass > 0
    return np.where(present, mass.sum() / (max(int(present.sum()), 1) * np.where(present, mass, 1.0)), 1.0)


def specification(
    content: Content, class_weights: ClassWeights | None, skipped: Sequence[SkippedItem], own: Taxonomy | None
) -> dict[str, object]:
    """Return what decides the windows and labels of a part, as JSON; `own` is the taxonomy of a layer of one's own."""
    # Ranks that cannot read the same files must not go on as if they had one plan.
    left_out = {"skipped": sorted(each.key for each in skipped)} if skipped else {}
    windowing, rule = content.windowing, content.rule
    timed = any(item.kind == "monologue" for item in content.items) and rule.layer is not None
    return {
        "by": windowing.by,
        "length": _text(windowing.length),
        "hop": _text(windowing.hop),
        "context": _text(windowing.context),
        "lookahead": _text(windowing.lookahead),
        "causal": windowing.causal,
        "layer": rule.layer,
        "classes": list(content.classes),
        # A static clip has its decision's label, whatever the rule.
        "label_at": rule.label_at if timed else None,
        "collar": _text(rule.collar) if timed else None,
        "collar_mode": rule.collar_mode if timed and rule.collar else None,
        "class_weights": class_weights if class_weights == "balanced" else _listed(content.class_weights),
        "confidence_tier_weights": None if content.tier_weights is None else dict(content.tier_weights),
        "content": content.digest(),
        **left_out,
        # What a label means is what its taxonomy says; those of the package are known by their names.
        **({} if own is None else {"taxonomy": own.sha256}),
    }


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _listed(values: Float64Array | None) -> list[float] | None:
    return None if values is None else [float(value) for value in values]
