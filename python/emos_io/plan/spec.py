"""What decides the windows, labels and weights of a part: the text whose sha256 is the fingerprint."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from .arguments import Cutting, read_weights
from .content import Content


def balanced_or_given(given: Any, content: Content) -> npt.NDArray[np.float64] | None:
    """Return a weight for each class, float64 ``[K]``, or None where none was asked for.

    Raises:
        InvalidArgument: A class or a weight is not allowed.
    """
    if given != "balanced":
        weights = read_weights(given, content.classes, "class_weights")
        return None if weights is None else np.array([weights[name] for name in content.classes])
    mass = sum(chunk.decided.soft.sum(axis=0, dtype=np.float64) for chunk in content.chunks())
    held = np.broadcast_to(np.asarray(mass, dtype=np.float64), (len(content.classes),))
    present = held > 0
    return np.where(present, held.sum() / (max(int(present.sum()), 1) * np.where(present, held, 1.0)), 1.0)


def specification(content: Content, cutting: Cutting, class_weights: Any) -> dict[str, Any]:
    """Return what decides the windows and labels of a part, as JSON."""
    rule = content.rule
    timed = any(item.kind == "monologue" for item in content.items) and content.layer is not None

    def shown(value: Fraction | None) -> str | None:
        return None if value is None else str(value)

    return {
        "by": cutting.by,
        "length": shown(cutting.length),
        "hop": shown(cutting.hop),
        "context": shown(cutting.context),
        "lookahead": shown(cutting.lookahead),
        "causal": content.causal,
        "layer": content.layer,
        "classes": list(content.classes),
        # A static clip has its decision's label, whatever the rule.
        "label_at": rule.at if timed else None,
        "collar": shown(rule.collar) if timed else None,
        "collar_mode": rule.mode if timed and rule.collar else None,
        "class_weights": class_weights if class_weights == "balanced" else _listed(content.class_weights),
        "tier_weights": None if content.tier_weights is None else dict(content.tier_weights),
        "content": content.digest(),
    }


def _listed(values: npt.NDArray[np.float64] | None) -> list[float] | None:
    return None if values is None else [float(value) for value in values]
