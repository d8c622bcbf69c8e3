"""Decisions that answers of reviewers make; what they replace is kept."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ...corpus import Clip, Decision, Monologue, Utterance, Vote
from ...spans import Span
from .added_votes import GivenVote

ADJUDICATION = "adjudication"
"""The method of decisions that an answer made."""


def is_adjudicated(decision: Decision) -> bool:
    """Return whether an answer of a reviewer made a decision."""
    return decision.recipe.get("method") == ADJUDICATION


def adjudicated_clip(clip: Clip, answers: Iterable[GivenVote]) -> Clip:
    """Return the clip with the decisions of answers, the oldest first; those that it has from the same events stay.

    Args:
        clip: The clip.
        answers: Answers whose labels are those of their layers.
    """
    for answer in answers:
        layer = answer.vote.layer
        before = clip.decisions.get(layer)
        if _is_known(answer, [*clip.replaced, *clip.decisions.values()]):
            continue
        number = sum(each.layer == layer for each in clip.replaced)
        decision = _decision(answer, () if before is None else (before.labels,), None, number)
        replaced = clip.replaced if before is None else (*clip.replaced, before)
        clip = replace(clip, decisions={**clip.decisions, layer: decision}, replaced=replaced)
    return clip


def adjudicated_monologue(monologue: Monologue, answers: Iterable[GivenVote]) -> Monologue:
    """Return the monologue with the decisions of answers on their spans, the oldest first.

    An answer without a span is about all of it. What lies in its span is cut out of the decisions and of the labels of
    utterances, and the rest of them keeps its labels. Labels of an utterance that no decision made become a decision of the
    method ``"utterance"`` among the replaced ones.

    Args:
        monologue: The monologue.
        answers: Answers whose labels are those of their layers.
    """
    for answer in answers:
        if _is_known(answer, [*monologue.replaced, *monologue.decisions]):
            continue
        monologue = _with_answer(monologue, answer)
    return monologue


def _with_answer(monologue: Monologue, answer: GivenVote) -> Monologue:
    everything = Span(0, monologue.duration) if monologue.duration > 0 else None
    span = answer.vote.span or everything
    if span is None:
        return monologue
    kept: list[Decision] = []
    replaced: list[Decision] = []
    for each in monologue.decisions:
        own = each.span or everything or span
        if each.layer != answer.vote.layer or own.intersect(span) is None:
            kept.append(each)
        else:
            replaced.append(each)
            kept += [replace(each, span=part) for part in outside(own, span)]
    known = [each.span or everything or span for each in replaced]
    undecided = [
        each for each in _touched(monologue, answer.vote.layer, span) if not any(map(each.span.intersect, known))
    ]
    replaced += [decision_of_utterance(each, monologue.key, answer.vote.layer) for each in undecided]
    number = sum(each.layer == answer.vote.layer for each in monologue.replaced)
    decision = _decision(answer, [each.labels for each in replaced], span, number)
    return replace(
        monologue,
        decisions=tuple(sorted([*kept, decision], key=lambda each: (each.layer, each.span or everything or span))),
        replaced=(*monologue.replaced, *replaced),
        utterances=_relabelled(monologue, answer.vote, span),
    )


def _touched(monologue: Monologue, layer: str, span: Span) -> list[Utterance]:
    """Return the utterances with labels of a layer in a span."""
    return [each for each in monologue.utterances if each.labels_in(layer) and each.span.intersect(span) is not None]


def decision_of_utterance(utterance: Utterance, key: str, layer: str) -> Decision:
    """Return the labels of an utterance that no decision made, as a decision that is replaced.

    Args:
        utterance: The utterance; it has labels in the layer.
        key: Key of its monologue.
        layer: Name of the layer.
    """
    weights = utterance.weights(layer)
    return Decision(
        item=key,
        layer=layer,
        labels=tuple(weights),
        scores={label: float(weight) for label, weight in weights.items()},
        confidence=utterance.confidence,
        recipe={"method": "utterance"},
        span=utterance.span,
    )


def _relabelled(monologue: Monologue, answer: Vote, span: Span) -> tuple[Utterance, ...]:
    """Return the utterances with the labels of an answer on a span.

    Words, raw labels and other layers stay on the spans where they are: only the labels of the layer move.
    """
    layer, sure = answer.layer, 1.0 if len(answer.labels) == 1 else None
    touched = _touched(monologue, layer, span)
    exact = next((each for each in monologue.utterances if each.span == span), None)
    made: list[Utterance] = []
    for each in monologue.utterances:
        if each is exact:
            is_alone = set(each.layers) <= {layer}
            changed = with_labels(each, layer, answer.labels)
            made.append(replace(changed, confidence=sure if is_alone else each.confidence))
        elif any(each is other for other in touched):
            labels = {layer: each.labels_in(layer)}
            made += [
                Utterance(index=0, span=part, labels=labels, confidence=each.confidence)
                for part in outside(each.span, span)
            ]
            rest = with_labels(each, layer, ())
            if replace(rest, confidence=None) != Utterance(index=each.index, span=each.span):
                made.append(rest)
        else:
            made.append(each)
    if exact is None:
        made.append(Utterance(index=0, span=span, labels={layer: answer.labels}, confidence=sure))
    made.sort(key=lambda each: each.span)
    return tuple(replace(each, index=index) for index, each in enumerate(made))


def with_labels(utterance: Utterance, layer: str, labels: tuple[str, ...]) -> Utterance:
    """Return an utterance with other labels of a layer, or without any."""
    rest = {name: given for name, given in utterance.labels.items() if name != layer}
    return replace(
        utterance,
        labels={**utterance.labels, layer: labels} if labels else rest,
        intensity=None if layer == "intensity" else utterance.intensity,
    )


def replaced_by(decision: Decision) -> tuple[int, int]:
    """Return which of the layer's decisions in `replaced` an adjudication replaced: first and end, of the item as it was.

    Decisions from the end on were made later. Where nobody wrote it, nothing is known to be later.
    """
    first, _, end = str(decision.recipe.get("replaced", "")).partition(":")
    return (int(first), int(end)) if first.isdecimal() and end.isdecimal() else (0, sys.maxsize)


def _decision(answer: GivenVote, before: Sequence[tuple[str, ...]], span: Span | None, number: int) -> Decision:
    """Return the decision of an answer.

    Args:
        answer: The answer.
        before: The labels of each decision that it replaces.
        span: The part of a monologue.
        number: How many decisions of the layer others had replaced before.
    """
    vote = answer.vote
    labels = list(dict.fromkeys(";".join(each) for each in before))
    return Decision(
        item=vote.item,
        layer=vote.layer,
        labels=vote.labels,
        scores=dict.fromkeys(vote.labels, 1.0),
        confidence=1.0 if len(vote.labels) == 1 else None,
        confidence_tier="high",
        recipe={
            "method": ADJUDICATION,
            "by": vote.rater,
            "event": answer.event,
            "before": ", ".join(labels) if labels else None,
            "replaced": f"{number}:{number + len(before)}",
            **({"note": answer.note} if answer.note else {}),
        },
        span=span,
    )


def _is_known(answer: GivenVote, decisions: Iterable[Decision]) -> bool:
    """Return whether an answer made one of the decisions."""
    return any(is_adjudicated(each) and each.recipe.get("event") == answer.event for each in decisions)


def outside(span: Span, cut: Span) -> Iterator[Span]:
    """Yield the parts of a span outside of another."""
    if span.start < cut.start:
        yield Span(span.start, min(span.end, cut.start))
    if cut.end < span.end:
        yield Span(max(span.start, cut.end), span.end)
