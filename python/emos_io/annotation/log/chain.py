"""How the labels of an item came about: votes, decisions, reviews, and the decisions that replaced others, in this order."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...corpus import Clip, CorpusData, Decision, Monologue, Role, Utterance, Vote
from ...errors import NoSuchItem
from ...spans import Span
from .added_votes import is_same
from .adjudication import is_adjudicated, replaced_by
from .events import Event, EventLog, with_events
from .items import EventItems

StepKind = Literal["vote", "decision", "review", "adjudication", "utterance"]


_KINDS: dict[Role, StepKind] = {"annotate": "vote", "review": "review", "adjudicate": "adjudication"}


@dataclass(frozen=True, slots=True)
class ChainStep:
    """One step of a chain.

    Attributes:
        kind: What it is; ``"utterance"`` is a label of a monologue that no decision made.
        counts: Whether it counts: a vote that none supersedes, the decision that none replaced, an answer that made a decision
            or a remark.
        record: The vote, the decision or the utterance.
        event: The event of the log that a vote or an answer comes from, where a log was given that has it.
    """

    kind: StepKind
    counts: bool
    record: Vote | Decision | Utterance
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """The steps to the labels of one layer.

    Attributes:
        layer: The layer.
        span: The part of a monologue; None for a clip, and for steps of a monologue that lie in no part of it.
        steps: The steps, the oldest first as far as is known.
    """

    layer: str
    span: Span | None
    steps: tuple[ChainStep, ...]


def layers_of(item: Clip | Monologue) -> list[str]:
    """Return the layers in which an item has votes, decisions or labels, sorted."""
    found = {each.layer for each in item.votes} | {each.layer for each in item.replaced}
    if isinstance(item, Clip):
        return sorted(found | set(item.decisions))
    named = {name for each in item.utterances for name in each.layers if each.labels_in(name)}
    return sorted(found | named | {each.layer for each in item.decisions})


def item_chains(corpus: CorpusData, key: str, log: EventLog | None = None) -> dict[str, list[Chain]]:
    """Return how the labels of an item came about, by layer: `chains` of each layer in which it has votes, decisions or labels.

    Args:
        corpus: The corpus.
        key: The key of the item.
        log: A log, which is applied to the corpus first; its votes that do not count are steps too.

    Raises:
        NoSuchItem: the corpus has no such item.

    Cost: that of `with_events`, and of `chains` of each layer.
    """
    events: list[Event] = []
    if log is not None:
        items = EventItems(corpus)
        corpus = with_events(corpus, log)
        events = [each for each in log.events if items.key(each.vote.item) == key]
    item = next((each for each in corpus if each.key == key), None)
    if item is None:
        raise NoSuchItem(f"there is no item {key!r}; keys() of clips and monologues lists all {len(corpus)}", key=key)
    layers = sorted({*layers_of(item), *(each.vote.layer for each in events)})
    return {layer: chains(item, layer, events) for layer in layers}


def chains(item: Clip | Monologue, layer: str, events: Iterable[Event] = ()) -> list[Chain]:
    """Return how the labels of an item in a layer came about.

    First come the votes, then the decisions in the order in which they were made, also those that were made while an
    adjudication counted, each answer of a reviewer before the decision that it made.
    Answers that made none, and remarks, come after the first decisions, which no reviewer made.

    Args:
        item: A clip or a monologue, such as `with_events` and `decide` give it.
        layer: The name of the layer.
        events: All events of the log that are about the item: steps have their events, and votes that do not count, since
            others supersede them or came first, are steps too.

    Returns:
        One chain for a clip; for a monologue one for each span that a decision is about, else for each labelled utterance, and
        one without a span for what lies in none of them. A vote on two spans is in two chains.

    Cost: (spans of the layer) * (votes and decisions of the layer).

    Example:
        >>> votes = tuple(Vote(item="own/1", layer="basic7", rater=who, labels=("Joy",)) for who in ("ann", "bob"))
        >>> made = Decision(item="own/1", layer="basic7", labels=("Joy",), scores={"Joy": 1.0})
        >>> clip = Clip(key="own/1", source="own", language="en", votes=votes, decisions={"basic7": made})
        >>> [(step.kind, step.counts) for step in chains(clip, "basic7")[0].steps]
        [('vote', True), ('vote', True), ('decision', True)]
    """
    votes = _vote_steps(item.votes, layer, list(events))
    replaced = list(enumerate(each for each in item.replaced if each.layer == layer))
    if isinstance(item, Clip):
        return [Chain(layer, None, _ordered(votes, replaced, item.decisions.get(layer)))]
    current: Sequence[Decision | Utterance] = item.decisions_in(layer)
    if not current:
        current = [each for each in item.utterances if each.labels_in(layer)]
    found = [_chain_on(each, layer, votes, replaced) for each in current]
    spans = [each.span for each in found]
    rest = [each for each in votes if not any(_meets(each.record.span, span) for span in spans)]
    others = [each for each in replaced if not any(_meets(each[1].span, span) for span in spans)]
    return [*found, Chain(layer, None, _ordered(rest, others, None))] if rest or others else found


def _vote_steps(votes: Iterable[Vote], layer: str, events: Sequence[Event]) -> list[ChainStep]:
    """Return the votes and answers of a layer in order of time, behind those of the log that do not count."""
    superseded = {each.supersedes for each in events}
    waiting = [each for each in events if each.vote.layer == layer]
    steps: list[ChainStep] = []
    for vote in (each for each in votes if each.layer == layer):
        same = [each for each in waiting if is_same(each.vote, vote) and each.id not in superseded]
        waiting = [each for each in waiting if each not in same]
        steps.append(ChainStep(_KINDS[vote.role], True, vote, same[0] if same else None))
    old = [ChainStep(_KINDS[each.vote.role], False, each.vote, each) for each in waiting]
    return sorted([*old, *steps], key=lambda each: -1 if each.record.span is None else each.record.span.start)


def _chain_on(
    current: Decision | Utterance, layer: str, votes: Iterable[ChainStep], replaced: Iterable[tuple[int, Decision]]
) -> Chain:
    """Return the chain of a decision or an utterance: what its span meets."""
    span = current.span
    own = [each for each in votes if _meets(each.record.span, span)]
    return Chain(layer, span, _ordered(own, [each for each in replaced if _meets(each[1].span, span)], current))


def _ordered(
    votes: Sequence[ChainStep], replaced: Sequence[tuple[int, Decision]], current: Decision | Utterance | None
) -> tuple[ChainStep, ...]:
    """Return the steps of a chain in order; replaced decisions come with their number among those of the layer."""
    answers = [each for each in votes if each.kind != "vote"]
    first: list[ChainStep] = []
    later: list[ChainStep] = []
    timed: list[tuple[int, Decision | Utterance]] = [*replaced, *([] if current is None else [(sys.maxsize, current)])]
    for _, each in sorted(timed, key=_when):
        counts = each is current
        if isinstance(each, Utterance):
            first.append(ChainStep("utterance", counts, each))
            continue
        made_by = [step for step in answers if is_adjudicated(each) and _made(step, each)][:1]
        answers = [step for step in answers if step not in made_by]
        steps = [*(replace(step, counts=counts) for step in made_by), ChainStep("decision", counts, each)]
        if is_adjudicated(each) or later:
            later += steps
        else:
            first += steps
    remarks = [replace(each, counts=each.counts and each.kind == "review") for each in answers]
    return (*(each for each in votes if each.kind == "vote"), *first, *remarks, *later)


def _when(numbered: tuple[int, Decision | Utterance]) -> tuple[int, bool]:
    """Return where a decision stands in the order in which they were made.

    An adjudication was made after what it replaced, and before decisions that were replaced, or never counted, later.
    """
    number, each = numbered
    is_answer = isinstance(each, Decision) and is_adjudicated(each)
    return (min(number, replaced_by(each)[1]) if isinstance(each, Decision) and is_answer else number, not is_answer)


def _made(step: ChainStep, decision: Decision) -> bool:
    """Return whether an answer made a decision."""
    vote = step.record
    if step.event is not None:
        return step.event.id == decision.recipe.get("event")
    return (
        isinstance(vote, Vote)
        and step.kind == "adjudication"
        and vote.rater == decision.recipe.get("by")
        and vote.labels == decision.labels
        and _meets(vote.span, decision.span)
    )


def _meets(first: Span | None, second: Span | None) -> bool:
    """Return whether two parts of an item have time in common; None is all of it."""
    return first is None or second is None or first.intersect(second) is not None
