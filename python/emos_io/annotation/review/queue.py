"""What is to be adjudicated: clips, and spans of monologues, whose decision is in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ...corpus import Clip, CorpusData, Decision, Layer, Monologue, Taxonomy, Vote, with_layer
from ...spans import Span
from ..log import conflicting_answers, is_adjudicated
from ..vote_table import VoteTable, vote_table

ReviewReason = Literal["low tier", "no majority", "differs"]
REVIEW_REASONS: tuple[ReviewReason, ...] = get_args(ReviewReason)
"""Why something is in the queue; of several reasons the first of these is named."""


@dataclass(frozen=True, slots=True)
class ReviewTask:
    """One item to adjudicate in one layer, or a span of it.

    Attributes:
        item: The key of the item.
        layer: The name of the layer.
        language: ISO 639-1.
        text: The words of the item, as published; of a monologue those of its sentences in the span.
        media: The path of its media, or "".
        votes: (rater, labels joined by ";") of each vote; on a span, one entry for each rater, with the spans of votes that do
            not cover all of it.
        decision: The labels of the decision so far, joined by ";", or "".
        confidence: The confidence of that decision, from 0 to 1, or None.
        reason: Why it is in the queue.
        span: The part of a monologue; None for a clip.
    """

    item: str
    layer: str
    language: str
    text: str
    media: str
    votes: tuple[tuple[str, str], ...]
    decision: str
    confidence: float | None
    reason: ReviewReason
    span: Span | None = None


def review_queue(corpus: CorpusData, layer: Layer = "basic7") -> list[ReviewTask]:
    """Return the clips and the spans of monologues to adjudicate in a layer.

    These are decisions of the confidence tier "low"; those on votes without a majority, and such votes without a decision; and
    decisions that differ from one that they replaced, which may be a published one. A span is that of the decision, or one
    in which votes without a decision do not change. What a reviewer has decided is asked again only where
    several reviewers answered and no more than half of them gave the labels that count ("no majority").

    The least confident come first, those without a decision before them; then they are in the order of their keys and times.

    Args:
        corpus: The corpus, with its votes, such as `with_events` and `decide` give it.
        layer: The name of the layer, or of one of the corpus's own taxonomies; or the file of one, or the taxonomy.

    Raises:
        InvalidArgument: there is no taxonomy of that name.

    Cost: one pass over the votes and decisions.

    Example:
        >>> from emos_io.corpus import Clip, Corpus, Vote
        >>> said = {"a": "Joy", "b": "Fear"}
        >>> votes = [Vote(item="own/1", layer="basic7", rater=who, labels=(label,)) for who, label in said.items()]
        >>> corpus = Corpus([Clip(key="own/1", source="own", language="en", votes=tuple(votes))])
        >>> [(task.item, task.reason, task.votes) for task in review_queue(corpus)]
        [('own/1', 'no majority', (('a', 'Joy'), ('b', 'Fear')))]
    """
    corpus, names = with_layer(corpus, layer)
    table = vote_table(corpus.clips, names)
    split = {row.item for row, is_split in zip(table.rows, _without_majority(table), strict=True) if is_split}
    asked = (_clip_task(clip, names, no_majority=clip.key in split) for clip in corpus.clips)
    tasks = [task for task in asked if task is not None]
    tasks += [task for monologue in corpus.monologues for task in _span_tasks(monologue, names)]
    return sorted(tasks, key=_rank)


def _rank(task: ReviewTask) -> tuple[float, str, Span]:
    confidence = -1.0 if task.confidence is None else task.confidence
    return confidence, task.item, Span(0, 1) if task.span is None else task.span


def _clip_task(clip: Clip, names: Taxonomy, *, no_majority: bool) -> ReviewTask | None:
    layer = names.name
    votes = clip.votes_in(layer)
    decision = clip.decisions.get(layer)
    replaced = [each for each in clip.replaced if each.layer == layer]
    reason = _reason(clip, decision, replaced, no_majority=no_majority, is_single=not names.multiple)
    if reason is None:
        return None
    return ReviewTask(
        item=clip.key,
        layer=layer,
        language=clip.language,
        text=clip.text,
        media=clip.path or clip.published_path or "",
        votes=tuple((vote.rater, _words_of(vote)) for vote in votes),
        decision=";".join(decision.labels) if decision else "",
        confidence=decision.confidence if decision else None,
        reason=reason,
    )


def _span_tasks(monologue: Monologue, names: Taxonomy) -> Iterator[ReviewTask]:
    """Yield the tasks of a monologue: its decisions, and the parts of its votes that no decision covers."""
    everything = Span(0, monologue.duration) if monologue.duration > 0 else None
    votes = [(vote.span or everything, vote) for vote in monologue.votes_in(names.name)]
    decisions = [(each.span or everything, each) for each in monologue.decisions_in(names.name)]
    table = vote_table([monologue], names)
    marked = zip(table.rows, _without_majority(table), strict=True)
    split = [row.span for row, is_split in marked if is_split and row.span is not None]
    replaced = [each for each in monologue.replaced if each.layer == names.name]
    asked: list[tuple[Span, Decision | None, ReviewReason]] = []
    for span, made in decisions:
        if span is None:
            continue
        before = [each for each in replaced if each.span is None or each.span.intersect(span) is not None]
        no_majority = any(each.intersect(span) is not None for each in split)
        reason = _reason(monologue, made, before, no_majority=no_majority, is_single=not names.multiple)
        if reason is not None:
            asked.append((span, made, reason))
    decided = [span for span, _ in decisions if span is not None]
    asked += [(part, None, "no majority") for span in split for part in _uncovered(span, decided)]
    for span, decision, reason in asked:
        yield ReviewTask(
            item=monologue.key,
            layer=names.name,
            language=monologue.language,
            text=" ".join(each.text for each in monologue.sentences if each.span.intersect(span) is not None),
            media=monologue.path or monologue.published_path or "",
            votes=_votes_on(span, votes),
            decision=";".join(decision.labels) if decision else "",
            confidence=decision.confidence if decision else None,
            reason=reason,
            span=span,
        )


def _reason(
    item: Clip | Monologue,
    decision: Decision | None,
    replaced: Iterable[Decision],
    *,
    no_majority: bool,
    is_single: bool,
) -> ReviewReason | None:
    """Return why a decision is in doubt, or None where it is not.

    One that a reviewer made is in doubt only where the answers of several reviewers have no majority for it.
    """
    if decision is not None and is_adjudicated(decision):
        return "no majority" if conflicting_answers(item, decision, is_single=is_single) else None
    if decision is not None and decision is not None and decision.confidence_tier == "low":
        return "low tier"
    if no_majority:
        return "no majority"
    if decision is not None and any(set(each.labels) != set(decision.labels) for each in replaced):
        return "differs"
    return None


def _without_majority(table: VoteTable) -> list[bool]:
    """Return for each row whether its votes have no majority: no label has more than half of them.

    An abstention is no vote, nor is one without labels that can be used. Where all raters abstain nothing has a majority.
    """
    voted = table.voted
    most = (table.members & voted[:, :, None]).sum(axis=1).max(axis=1, initial=0)
    return [2 * int(highest) <= int(number) for highest, number in zip(most, voted.sum(axis=1), strict=True)]


def _votes_on(span: Span, votes: Sequence[tuple[Span | None, Vote]]) -> tuple[tuple[str, str], ...]:
    """Return what each rater gave to a span, in order of time."""
    given: dict[str, list[str]] = {}
    for own, vote in sorted(votes, key=lambda each: (each[1].rater, each[0] or span)):
        part = None if own is None else own.intersect(span)
        if part is not None:
            where = "" if part == span else f" {part.start} to {part.end}"
            given.setdefault(vote.rater, []).append(_words_of(vote) + where)
    return tuple((rater, " then ".join(each)) for rater, each in given.items())


def _words_of(vote: Vote) -> str:
    return ";".join(vote.labels) or vote.raw


def _uncovered(span: Span, covers: Iterable[Span]) -> list[Span]:
    """Return the parts of a span that no other covers, in order of time."""
    parts, start = [], span.start
    for each in sorted(covers):
        if each.start > start and (part := Span(start, each.start).intersect(span)) is not None:
            parts.append(part)
        start = max(start, each.end)
    if start < span.end:
        parts.append(Span(start, span.end))
    return parts
