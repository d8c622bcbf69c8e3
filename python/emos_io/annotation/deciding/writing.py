"""Decisions on clips: the new one counts, the one before stays in `replaced`, and an adjudicated one stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ...corpus import Clip, Decision, FindingCollector
from ..log import is_adjudicated
from .reports import amount, where
from .row_decisions import RowDecision


@dataclass(slots=True)
class Kept:
    """Items on which an adjudication stays, by key."""

    keys: list[str] = field(default_factory=list)

    def report(self, layer: str, findings: FindingCollector) -> None:
        """Make one finding of all of them."""
        if self.keys:
            what = f"{amount(set(self.keys), 'item')} with adjudicated decisions in {layer}"
            fix = "these stay, and what the votes give stands in replaced; adjudicate again to change them"
            findings.add("adjudication_kept", where(self.keys), what, fix)


def decision_of(found: RowDecision, layer: str) -> Decision:
    """Return the decision on a row."""
    return Decision(
        item=found.row.item,
        layer=layer,
        labels=found.labels,
        scores=found.scores,
        confidence=found.confidence,
        confidence_tier=found.confidence_tier,
        recipe=found.recipe,
        span=found.row.span,
    )


def decided_clip(clip: Clip, layer: str, new: Decision | None, kept: Kept) -> Clip:
    """Return a clip with a new decision, or with none.

    The decision before goes to the end of `replaced`, also where nothing is decided now; one that is equal to the new one
    stays. An adjudication stays: the new decision goes to the end of `replaced`, since the adjudication counts instead of it,
    unless the last one there is equal.

    Args:
        clip: The clip, which has votes in the layer.
        layer: Name of the layer.
        new: The decision, or None where the votes do not suffice.
        kept: Takes the key where an adjudication stays.
    """
    before = clip.decisions.get(layer)
    if before is not None and is_adjudicated(before):
        kept.keys.append(clip.key)
        last = next((each for each in reversed(clip.replaced) if each.layer == layer), None)
        return clip if new is None or new == last else replace(clip, replaced=(*clip.replaced, new))
    if before == new:
        return clip
    decisions: Mapping[str, Decision] = {name: each for name, each in clip.decisions.items() if name != layer}
    if new is not None:
        # A layer keeps its position, so that saved corpora differ where decisions do.
        order = dict.fromkeys([*clip.decisions, layer])
        decisions = {name: new if name == layer else clip.decisions[name] for name in order}
    replaced = clip.replaced if before is None else (*clip.replaced, before)
    return replace(clip, decisions=decisions, replaced=replaced)
