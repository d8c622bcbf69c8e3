"""Decisions on monologues: parts of one decision are joined, short ones are left out, and adjudicated time stays."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from ...corpus import CONFIDENCE_TIERS, ConfidenceTier, Decision, FindingCollector, Monologue
from ...spans import Span
from ..log import decision_of_utterance, everywhere, is_adjudicated, with_decided_utterances
from .reports import where
from .row_decisions import RowDecision
from .writing import Kept


@dataclass(slots=True)
class ShortSpans:
    """Decided spans that are too short, by the key of their monologue."""

    spans: list[tuple[str, Span]] = field(default_factory=list)

    def report(self, layer: str, min_length: Fraction | None, findings: FindingCollector) -> None:
        """Make one finding of all of them."""
        if self.spans and min_length is not None:
            seconds = float(sum(span.duration for _, span in self.spans))
            what = f"{len(self.spans)} decided in {layer} in less than {float(min_length):g} s, {seconds:g} s in all"
            fix = "they are left out, and their time has no label; give a lower min_length to keep them"
            findings.add("short_spans", where(key for key, _ in self.spans), what, fix)


def decided_monologue(
    item: Monologue,
    layer: str,
    found: Iterable[RowDecision],
    words: Sequence[str],
    min_length: Fraction | None,
    kept: Kept,
    short: ShortSpans,
    *,
    is_single: bool,
) -> Monologue:
    """Return a monologue with new decisions in a layer, and utterances of them.

    Neighbours of one batch with the same labels are one decision. Its scores and its confidence are the means over its seconds,
    its tier is the one of most of its seconds, of equal ones the lower. An adjudicated decision stays: its seconds are cut out
    of the others before these are joined, and what they say of its time goes to `replaced`, as all decisions before do that are
    not made again. Labels of an utterance that no decision made go there too, as a decision of the method ``"utterance"``.

    Args:
        item: The monologue, which has votes in the layer.
        layer: Name of the layer.
        found: What was decided of its parts.
        words: Everything that may have a score, in the order of the taxonomy.
        min_length: Decisions on fewer seconds are left out; None for none.
        kept: Takes the key where an adjudication stays.
        short: Takes the decisions that are left out.
        is_single: Whether the layer is a taxonomy of the corpus that takes one label.
    """
    before = item.decisions_in(layer)
    adjudicated = [each for each in before if is_adjudicated(each)]
    spans = [span for each in adjudicated if (span := each.span or everywhere(item)) is not None]
    if adjudicated:
        kept.keys.append(item.key)
    outside: list[Decision] = []
    # Cut before parts are joined, so that nothing is a mean over seconds of which another decision says.
    parts = [part for each in found for part in _cut(each, spans)]
    inside = joined([part for part, is_inside in parts if is_inside], layer, words)
    for decision in joined([part for part, is_inside in parts if not is_inside], layer, words):
        if min_length is not None and decision.span is not None and decision.span.duration < min_length:
            short.spans.append((item.key, decision.span))
        else:
            outside.append(decision)
    timed = [span for each in before if (span := each.span or everywhere(item)) is not None]
    undecided = [
        decision_of_utterance(each, item.key, layer)
        for each in item.utterances
        if each.labels_in(layer) and not any(map(each.span.intersect, timed))
    ]
    counting = sorted([*adjudicated, *outside], key=_time)
    replaced = [
        *(each for each in [*before, *undecided] if each not in counting),
        *(each for each in inside if each not in item.replaced),
    ]
    others = [each for each in item.decisions if each.layer != layer]
    single_layers = item.single_layers if not is_single else tuple(dict.fromkeys((*item.single_layers, layer)))
    return replace(
        item,
        decisions=tuple(sorted([*others, *counting], key=lambda each: (each.layer, _time(each)))),
        replaced=(*item.replaced, *replaced),
        utterances=with_decided_utterances(item, layer, counting),
        single_layers=single_layers,
    )


def joined(found: Iterable[RowDecision], layer: str, words: Sequence[str]) -> list[Decision]:
    """Return the decisions on parts of a monologue, in order of time; neighbours of one batch with the same labels are one.

    Args:
        found: The decisions on parts.
        layer: Name of the layer.
        words: Everything that may have a score, in the order of the taxonomy.
    """
    timed = [(each.row.span, each) for each in found if each.row.span is not None]
    timed.sort(key=lambda each: each[0].start)
    runs: list[list[tuple[Span, RowDecision]]] = []
    for span, each in timed:
        last = runs[-1][-1] if runs else None
        if last and last[0].end == span.start and (last[1].labels, last[1].recipe) == (each.labels, each.recipe):
            runs[-1].append((span, each))
        else:
            runs.append([(span, each)])
    return [_one_decision(run, layer, words) for run in runs]


def _one_decision(run: Sequence[tuple[Span, RowDecision]], layer: str, words: Sequence[str]) -> Decision:
    first = run[0][1]
    seconds = [float(span.duration) for span, _ in run]
    scores = dict(first.scores)
    if len(run) > 1:
        given = [each.scores for _, each in run]
        means = {word: _mean([each.get(word, 0.0) for each in given], seconds) for word in words}
        scores = {word: mean for word, mean in means.items() if mean > 0}
    return Decision(
        item=first.row.item,
        layer=layer,
        labels=first.labels,
        scores=scores,
        confidence=None if first.confidence is None else scores.get(first.labels[0], 0.0),
        confidence_tier=_tier_of_most([(each.confidence_tier, span.duration) for span, each in run]),
        recipe=first.recipe,
        span=Span(run[0][0].start, run[-1][0].end),
    )


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    total = math.fsum(weights)
    return min(1.0, math.fsum(value * weight for value, weight in zip(values, weights, strict=True)) / total)


def _tier_of_most(tiers: Sequence[tuple[ConfidenceTier | None, Fraction]]) -> ConfidenceTier | None:
    seconds: dict[ConfidenceTier, Fraction] = defaultdict(Fraction)
    for tier, duration in tiers:
        if tier is not None:
            seconds[tier] += duration
    # Of equal ones the lower tier, which comes later.
    return max(((own, CONFIDENCE_TIERS.index(tier), tier) for tier, own in seconds.items()), default=(0, 0, None))[2]


def _cut(found: RowDecision, spans: Sequence[Span]) -> list[tuple[RowDecision, bool]]:
    """Return the parts of a decision on a part at the edges of spans, each with whether it lies inside one."""
    own = found.row.span
    assert own is not None
    inner = {edge for span in spans for edge in (span.start, span.end) if own.start < edge < own.end}
    parts: list[tuple[Span, bool]] = []
    for start, end in pairwise(sorted({own.start, own.end, *inner})):
        is_inside = any(span.start <= start and end <= span.end for span in spans)
        if parts and parts[-1][1] == is_inside:
            parts[-1] = (Span(parts[-1][0].start, end), is_inside)
        else:
            parts.append((Span(start, end), is_inside))
    return [
        (replace(found, row=replace(found.row, span=span, weight=span.duration)), is_inside)
        for span, is_inside in parts
    ]


def _time(decision: Decision) -> Fraction:
    return Fraction(0) if decision.span is None else decision.span.start
