"""Adjudications that a log no longer gives: what they replaced counts again.

An adjudication knows which decisions it replaced, so that a log gives the same decisions whether an earlier state of it was
applied before or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TypeVar

from ...corpus import Clip, Decision, Monologue, Utterance
from ...spans import Span
from .added_votes import GivenVote
from .adjudication import is_adjudicated, outside, replaced_by, with_labels
from .decided_utterances import with_decided_utterances
from .rejoining import rejoined

Item = TypeVar("Item", Clip, Monologue)


def without_outdated(item: Item, ids: AbstractSet[str], answers: Sequence[GivenVote]) -> Item:
    """Return an item without the adjudications of a log, in layers where some of them no longer count.

    Where those that it has are the first of those that count, it stays as it is, and the others can be added.

    Args:
        item: The item.
        ids: The ids of all events of the log.
        answers: The answers of the log that count now, the oldest first.
    """
    counting: dict[str, list[str]] = {}
    for each in answers:
        counting.setdefault(each.vote.layer, []).append(each.event)
    current: Iterable[Decision] = item.decisions.values() if isinstance(item, Clip) else item.decisions
    own: dict[str, set[str]] = {}
    for decision in (*item.replaced, *current):
        if _is_own(decision, ids):
            own.setdefault(decision.layer, set()).add(str(decision.recipe["event"]))
    for layer, known in own.items():
        if known != set(counting.get(layer, [])[: len(known)]):
            item = _clip_without(item, layer, ids) if isinstance(item, Clip) else _talk_without(item, layer, ids)
    return item


def _is_own(decision: Decision, ids: AbstractSet[str]) -> bool:
    return is_adjudicated(decision) and decision.recipe.get("event") in ids


def _is_of_utterance(decision: Decision) -> bool:
    return decision.recipe.get("method") == "utterance"


def _is_of_votes(decision: Decision) -> bool:
    """Return whether `decide` made a decision: it names its method. Labels of utterances are then those of decisions."""
    return "method" in decision.recipe and not is_adjudicated(decision) and not _is_of_utterance(decision)


def _clip_without(clip: Clip, layer: str, ids: AbstractSet[str]) -> Clip:
    """Return a clip without the adjudications of a log in a layer."""
    before = [each for each in clip.replaced if each.layer == layer]
    current = clip.decisions.get(layer)
    rest = _renumbered(before, before, ids)
    decisions = {name: each for name, each in clip.decisions.items() if name != layer}
    if current is not None and not _is_own(current, ids):
        (made,) = _renumbered([current], before, ids)
        decisions = {**clip.decisions, layer: made}
    else:
        # The first adjudication may have replaced nothing; what was decided later would count.
        first = next(each for each in (*before, current) if each is not None and _is_own(each, ids))
        start, _ = replaced_by(first)
        if any(not _is_own(each, ids) for each in before[start:]):
            decisions = {name: rest[-1] if name == layer else each for name, each in clip.decisions.items()}
            rest = rest[:-1]
    return replace(clip, decisions=decisions, replaced=_in_order(clip.replaced, layer, rest))


def _talk_without(talk: Monologue, layer: str, ids: AbstractSet[str]) -> Monologue:
    """Return a monologue without the adjudications of a log in a layer, and with the labels of utterances that were there."""
    everything = Span(0, talk.duration)
    before = [each for each in talk.replaced if each.layer == layer]
    current = [each for each in talk.decisions if each.layer == layer]
    others = [each for each in talk.decisions if each.layer != layer]
    own = [each for each in (*before, *current) if _is_own(each, ids)]
    start = min(replaced_by(each)[0] for each in own)
    kept = [each for each in current if not _is_own(each, ids)]
    open_spans = [each.span or everything for each in current if _is_own(each, ids)]
    stripped = [_stripped(each, layer, open_spans) for each in talk.utterances]
    left = [each for each in stripped if each is not None]
    back: list[Decision] = []
    is_decided = any(map(_is_of_votes, (*before, *current)))
    may_count = [one for one in before[start:] if not _is_own(one, ids)]
    if is_decided:
        # Deciding left no labels but those of decisions; what it replaced stays replaced.
        may_count = [one for one in may_count if not _is_of_utterance(one)]
    for each in reversed(may_count):
        span = each.span or everything
        parts = [part for free in open_spans if (part := free.intersect(span)) is not None]
        if not parts:
            continue
        back.append(each)
        open_spans = [part for free in open_spans for part in outside(free, span)]
        if _is_of_utterance(each):
            pieces = [one.span for one in left if _is_piece(one, each, layer)]
        else:
            inner = [one for one in kept if one.span is not None and one.span.intersect(span) == one.span]
            pieces = [one.span for one in inner if one.span is not None and replace(one, span=each.span) == each]
            kept = [one for one in kept if one.span not in pieces]
        for joined in _joined([*parts, *pieces]):
            left = [one for one in left if not (_is_piece(one, each, layer) and joined.intersect(one.span) == one.span)]
            left = _labelled(left, layer, each, joined)
            if not _is_of_utterance(each):
                kept.append(each if joined == each.span else replace(each, span=joined))
    restored = [each for each in before if any(each is one for one in back)]
    rest = [each for each in before if not _is_own(each, ids) and not any(each is one for one in restored)]
    pieces_of = _pieces(before[start:], own) if is_decided else []
    rest = [each for each in rest if not any(each is one for one in pieces_of)]
    gone = [each for each in before if _is_own(each, ids) or any(each is one for one in (*restored, *pieces_of))]
    kept = _renumbered(kept, before, ids, gone)
    rest = _renumbered(rest, before, ids, gone)
    if is_decided:
        kept = rejoined(kept)
        rest = _in_time(rest, start)
        labels_gone = [*own, *(each for each in before[start:] if _is_of_utterance(each))]
        left = _decided(talk, layer, kept, labels_gone)
    ordered = sorted([*others, *kept], key=lambda each: (each.layer, each.span or everything))
    left.sort(key=lambda each: each.span)
    return replace(
        talk,
        decisions=tuple(ordered),
        replaced=_in_order(talk.replaced, layer, rest),
        utterances=tuple(replace(each, index=index) for index, each in enumerate(left)),
    )


def _renumbered(
    decisions: Iterable[Decision],
    before: Sequence[Decision],
    ids: AbstractSet[str],
    gone: Iterable[Decision] | None = None,
) -> list[Decision]:
    """Return the decisions without those of a log; those of other logs say which decisions they replaced, counted anew."""
    away = [each for each in before if _is_own(each, ids)] if gone is None else list(gone)
    numbers = [number for number, each in enumerate(before) if any(each is one for one in away)]
    found: list[Decision] = []
    for each in decisions:
        if _is_own(each, ids):
            continue
        if is_adjudicated(each) and "replaced" in each.recipe:
            first, end = (edge - sum(number < edge for number in numbers) for edge in replaced_by(each))
            each = replace(each, recipe={**each.recipe, "replaced": f"{first}:{end}"})
        found.append(each)
    return found


def _pieces(replaced: Sequence[Decision], own: Sequence[Decision]) -> list[Decision]:
    """Return the labels of utterances among what was replaced that adjudications had cut out of labels replaced before."""
    edges = {edge for each in own if each.span is not None for edge in (each.span.start, each.span.end)}
    found: list[Decision] = []
    for number, each in enumerate(replaced):
        for earlier in replaced[:number]:
            if each.span is None or earlier.span is None or each.span == earlier.span:
                continue
            is_cut = (
                each.span.intersect(earlier.span) == each.span
                and (each.span.start == earlier.span.start or each.span.start in edges)
                and (each.span.end == earlier.span.end or each.span.end in edges)
            )
            if is_cut and _is_of_utterance(earlier) and replace(each, span=earlier.span) == earlier:
                found.append(each)
                break
    return found


def _in_time(replaced: Sequence[Decision], start: int) -> list[Decision]:
    """Return replaced decisions with those of utterances from a position on in order of time, as deciding writes them.

    Where adjudications of another log replaced some of them, all stay where they are.
    """
    if any(map(is_adjudicated, replaced)):
        return list(replaced)
    mine = [number for number, each in enumerate(replaced) if number >= start and _is_of_utterance(each)]
    ordered = iter(sorted((replaced[number] for number in mine), key=lambda each: each.span or Span(0, 1)))
    return [next(ordered) if number in mine else each for number, each in enumerate(replaced)]


def _decided(
    talk: Monologue, layer: str, decisions: Sequence[Decision], labels_gone: Iterable[Decision]
) -> list[Utterance]:
    """Return the utterances of a monologue with the labels of decisions, and no confidences of labels that are gone."""
    of_labels = {(each.span, each.confidence) for each in labels_gone}
    utterances: list[Utterance] = []
    for each in talk.utterances:
        rest = with_labels(each, layer, ())
        if not rest.layers and (each.layers or (each.span, each.confidence) in of_labels):
            rest = replace(rest, confidence=None)
        # What is left of labels alone would count before the utterance that was there.
        if rest != Utterance(index=rest.index, span=rest.span):
            utterances.append(rest)
    return list(with_decided_utterances(replace(talk, utterances=tuple(utterances)), layer, decisions))


def _in_order(replaced: Iterable[Decision], layer: str, rest: Sequence[Decision]) -> tuple[Decision, ...]:
    """Return replaced decisions with others of a layer where those of the layer stood."""
    waiting = list(rest)
    kept = [waiting.pop(0) if each.layer == layer else each for each in replaced if each.layer != layer or waiting]
    return (*kept, *waiting)


def _stripped(utterance: Utterance, layer: str, spans: Iterable[Span]) -> Utterance | None:
    """Return an utterance without labels that an adjudication gave it, or None where it says nothing else."""
    if not utterance.labels_in(layer) or not any(each.intersect(utterance.span) == utterance.span for each in spans):
        return utterance
    rest = with_labels(utterance, layer, ())
    return None if replace(rest, confidence=None) == Utterance(index=rest.index, span=rest.span) else rest


def _is_piece(utterance: Utterance, decision: Decision, layer: str) -> bool:
    """Return whether an utterance is what remained of the labels that a decision replaced gave, and says nothing else."""
    bare = Utterance(index=utterance.index, span=utterance.span, labels={layer: decision.labels})
    return replace(utterance, confidence=None) == bare and (
        decision.span is None or utterance.span.intersect(decision.span) == utterance.span
    )


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order of time, neighbours as one."""
    found: list[Span] = []
    for each in sorted(spans):
        if found and each.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def _labelled(utterances: Sequence[Utterance], layer: str, decision: Decision, span: Span) -> list[Utterance]:
    """Return utterances with the labels of a decision on a span: that of an utterance there, or of a new one."""
    if not decision.labels:
        return list(utterances)
    there = next((each for each in utterances if each.span == span and not each.labels_in(layer)), None)
    if there is None:
        labels = {layer: decision.labels}
        return [*utterances, Utterance(index=0, span=span, labels=labels, confidence=decision.confidence)]
    made = with_labels(there, layer, decision.labels)
    made = replace(made, confidence=there.confidence if there.layers else decision.confidence)
    return [made if each is there else each for each in utterances]
