"""The votes of an item and those of a log as one: each rater once, and labels that the taxonomy has."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ...corpus import Clip, CorpusData, FindingCollector, Monologue, Taxonomy, Vote
from ...errors import InvalidArgument
from ...spans import Span

Item = TypeVar("Item", Clip, Monologue)


@dataclass(frozen=True, slots=True)
class GivenVote:
    """A vote of a log.

    Attributes:
        vote: The vote, its item a key of the corpus.
        event: The id of its event.
        where: Where the event is, for findings.
        note: The remark of its reviewer.
    """

    vote: Vote
    event: str
    where: str
    note: str = ""


class VoteJoiner:
    """Adds votes of a log to those of items.

    Args:
        corpus: The corpus of the items, for its taxonomies.
        findings: Takes ``second_vote``, ``unknown_label``, ``too_many_labels``, ``abstaining_answer`` and ``bad_span``.
    """

    def __init__(self, corpus: CorpusData, findings: FindingCollector) -> None:
        self._corpus, self._findings = corpus, findings
        self._taxonomies: dict[str, Taxonomy | None] = {}

    def joined(
        self, item: Item, given: Sequence[GivenVote], outdated: Sequence[Vote]
    ) -> tuple[Item, Sequence[GivenVote]]:
        """Return the item with the votes of a log after its own, and the answers that make decisions, oldest first.

        Args:
            item: The item.
            given: The votes of the log that count.
            outdated: Votes that others supersede: where the item has them from an earlier state of the log, they no longer
                count.
        """
        if not given and not outdated:
            return item, ()
        counting = [self._known(each) for each in given]
        # Votes that the item has from this log stay where they are, unless the log gives them in another order now.
        listed = [each.vote for each in counting]
        kept = [vote for vote in item.votes if vote in listed]
        if kept != listed[: len(kept)]:
            kept, stale = [], kept
        else:
            stale = []
        votes = [
            vote for vote in item.votes
            if vote in kept or not (vote in stale or any(is_same(vote, each) for each in outdated))
        ]  # fmt: skip
        own: dict[tuple[Hashable, ...], Vote] = {}
        for vote in votes:
            own.setdefault(_slot(vote), vote)
        answers: list[GivenVote] = []
        for each, known in zip(given, counting, strict=True):
            first = own.setdefault(_slot(known.vote), known.vote)
            if first is known.vote:
                votes.append(known.vote)
            elif not is_same(first, known.vote):
                self._report_second(first, known)
                continue
            if known is each and each.vote.role == "adjudicate" and self._decides(each):
                answers += self._within(item, each)
        return replace(item, votes=tuple(votes)), answers

    def _known(self, given: GivenVote) -> GivenVote:
        """Return a vote whose labels the taxonomy has; other words are open labels."""
        vote, names = given.vote, self._taxonomy(given.vote.layer)
        strange = () if names is None else tuple(label for label in vote.labels if label not in names.labels)
        if not strange or names is None:
            return given
        what = f"{', '.join(map(repr, strange))} of {vote.rater} on {vote.item} is no label of {names.name}"
        self._findings.add("unknown_label", given.where, what, "correct the label; it is kept as an open one")
        labels = tuple(label for label in vote.labels if label not in strange)
        return replace(given, vote=replace(vote, labels=labels, open_labels=(*vote.open_labels, *strange)))

    def _decides(self, given: GivenVote) -> bool:
        """Return whether an answer makes a decision; one that does not is a finding."""
        vote, names = given.vote, self._taxonomy(given.vote.layer)
        if not vote.labels:
            what = f"the answer of {vote.rater} on {vote.item} has no label of {vote.layer}"
            self._findings.add(
                "abstaining_answer", given.where, what, "the decision stays as it was; ask somebody else"
            )
            return False
        if names is not None and not names.multiple and len(vote.labels) > 1:
            what = f"{vote.rater} gives {vote.item} the labels {', '.join(vote.labels)}, and {vote.layer} takes one"
            self._findings.add("too_many_labels", given.where, what, "the decision stays as it was; choose one label")
            return False
        return True

    def _within(self, item: Clip | Monologue, given: GivenVote) -> list[GivenVote]:
        """Return an answer on the time that its item has, or none; an answer on any other time is a finding."""
        vote = given.vote
        why = why_outside(item, vote.span)
        if why is None or vote.span is None:
            return [given]
        end = None if isinstance(item, Clip) else item.duration
        kept = None if end is None or end <= vote.span.start else Span(vote.span.start, end)
        fix = "the decision stays as it was" if kept is None else f"it counts up to {kept.end}"
        what = f"the answer of {vote.rater} on {vote.item} {why}"
        self._findings.add("bad_span", given.where, what, f"{fix}; correct start and end")
        return [] if kept is None else [replace(given, vote=replace(vote, span=kept))]

    def _report_second(self, first: Vote, second: GivenVote) -> None:
        where = first.item if first.span is None else f"{first.item}, {first.span},"
        what = f"{first.rater} voted twice on {where} in {first.layer}, {first.raw!r} and {second.vote.raw!r}"
        at = "" if first.provenance is None else f" of {first.provenance}"
        fix = f"the first{at} counts; correct it there, or name the raters apart"
        self._findings.add("second_vote", second.where, what, fix)

    def _taxonomy(self, layer: str) -> Taxonomy | None:
        """Return the taxonomy of a layer, or None where it has none."""
        if layer not in self._taxonomies:
            try:
                self._taxonomies[layer] = self._corpus.taxonomy(layer)
            except InvalidArgument:
                self._taxonomies[layer] = None
        return self._taxonomies[layer]


def why_outside(item: Clip | Monologue, span: Span | None) -> str | None:
    """Return why an answer on a span is not about time of an item alone, or None where it is.

    A decision of a clip is about all of it, so no span fits. A monologue without seconds has no end that is known.
    """
    if span is None:
        return None
    at = f"is on {span.start} to {span.end}"
    if isinstance(item, Clip):
        return f"{at}, and a clip has one decision on all of it"
    return f"{at}, and it ends at {item.duration}" if 0 < item.duration < span.end else None


def is_same(first: Vote, second: Vote) -> bool:
    """Return whether two votes say the same, wherever they were read and however they were written."""
    return _slot(first) == _slot(second) and _content(first) == _content(second)


def _slot(vote: Vote) -> tuple[Hashable, ...]:
    """Return what a rater votes once on; reviews are remarks, and all count."""
    remark = (vote.labels, vote.raw) if vote.role == "review" else None
    return (vote.layer, vote.rater, vote.role, vote.span, remark)


def _content(vote: Vote) -> tuple[Hashable, ...]:
    return (frozenset(vote.labels), vote.abstain, frozenset(vote.open_labels))
