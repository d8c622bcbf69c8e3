"""Decisions on spans as utterances, so that windows, plans and timelines have their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from ...corpus import Decision, Monologue, Utterance
from ...spans import Span


def everywhere(item: Monologue) -> Span | None:
    """Return the span of all of a monologue; None where it has no seconds."""
    return Span(0, item.duration) if item.duration > 0 else None


def with_decided_utterances(item: Monologue, layer: str, decisions: Sequence[Decision]) -> tuple[Utterance, ...]:
    """Return the utterances of a monologue whose labels in a layer are those of decisions.

    - An utterance with the span of a decision takes its labels; its text, its speaker and its other layers stay.
    - Every other decision with a label is a new utterance. It has the speaker of the utterances that it overlaps, if these name
      one.
    - Every other utterance loses its labels in the layer. It stays if it says anything else: labels in another layer, an
      intensity, open labels, a text, cues, evidence or a note, or a speaker of seconds that no utterance of a decision has.

    Args:
        item: The monologue, with the utterances before.
        layer: Name of the layer.
        decisions: The decisions that count in the layer.
    """
    decided = {span: each for each in decisions if each.labels and (span := each.span or everywhere(item)) is not None}
    own: dict[Span, int] = {}
    for index, utterance in enumerate(item.utterances):
        if utterance.span in decided and (utterance.span not in own or utterance.labels_in(layer)):
            first = own.get(utterance.span)
            own[utterance.span] = index if first is None or not item.utterances[first].labels_in(layer) else first
    made = [
        _labelled(item.utterances[own[span]] if span in own else _new(span, item.utterances), layer, decision)
        for span, decision in decided.items()
    ]
    taken = set(own.values())
    others = [_without(each, layer) for index, each in enumerate(item.utterances) if index not in taken]
    kept = [each for each in others if _says_something(each, made)]
    ordered = sorted([*made, *kept], key=lambda each: each.span)
    return tuple(replace(each, index=index) for index, each in enumerate(ordered))


def _labelled(utterance: Utterance, layer: str, decision: Decision) -> Utterance:
    rest = _without(utterance, layer)
    given = [rest.confidence] if rest.layers else []
    confidences = [each for each in (*given, decision.confidence) if each is not None]
    labels = {**rest.labels, layer: decision.labels}
    return replace(rest, labels=labels, confidence=min(confidences, default=None))


def _new(span: Span, utterances: Sequence[Utterance]) -> Utterance:
    speakers = {each.speaker for each in utterances if each.speaker and each.span.intersect(span) is not None}
    return Utterance(index=0, span=span, speaker=speakers.pop() if len(speakers) == 1 else None)


def _without(utterance: Utterance, layer: str) -> Utterance:
    """Return an utterance without the labels of a layer, and without a confidence that was of these alone."""
    if layer not in utterance.layers:
        return utterance
    labels = {name: own for name, own in utterance.labels.items() if name != layer}
    rest = replace(utterance, labels=labels, intensity=None if layer == "intensity" else utterance.intensity)
    return rest if rest.layers else replace(rest, confidence=None)


def _says_something(utterance: Utterance, made: Sequence[Utterance]) -> bool:
    words = (utterance.audio_cues, utterance.visual_cues, utterance.evidence, utterance.note)
    if utterance.layers or utterance.open_labels or any(utterance.text.values()) or any(words):
        return True
    if not utterance.speaker:
        return False
    parts = [utterance.span.intersect(each.span) for each in made if each.speaker == utterance.speaker]
    return sum((part.duration for part in parts if part is not None), Fraction(0)) < utterance.span.duration
