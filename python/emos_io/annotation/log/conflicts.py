"""Answers of reviewers who do not agree: the last one counts, and a person should look again."""

from __future__ import annotations

from collections.abc import Sequence

from ...corpus import Clip, Decision, FindingCollector, Monologue, Vote
from ...corpus.data import AnyCorpus
from ...errors import InvalidArgument
from .added_votes import GivenVote
from .adjudication import is_adjudicated


def conflicting_answers(item: Clip | Monologue, decision: Decision, *, is_single: bool) -> tuple[Vote, ...]:
    """Return the answers on what an adjudicated decision is about, if no more than half of them give its labels, else none.

    Of several answers of one reviewer the last one counts. One without labels, or with several where the layer takes one, is
    none, nor is one on a part of a clip.

    Args:
        item: The item, with the answers of its reviewers.
        decision: One of its decisions.
        is_single: Whether the layer takes one label.
    """
    if not is_adjudicated(decision):
        return ()
    last: dict[str, Vote] = {}
    for each in item.votes_in(decision.layer, "adjudicate"):
        if isinstance(item, Clip):
            is_about = each.span is None
        else:
            is_about = each.span is None or decision.span is None or each.span.intersect(decision.span) is not None
        if is_about and (len(each.labels) == 1 if is_single else each.labels):
            last.pop(each.rater, None)
            last[each.rater] = each
    agreeing = sum(set(each.labels) == set(decision.labels) for each in last.values())
    return tuple(last.values()) if 2 * agreeing <= len(last) else ()


def report_conflicts(
    corpus: AnyCorpus, item: Clip | Monologue, answers: Sequence[GivenVote], findings: FindingCollector
) -> None:
    """Make a finding, ``conflicting_answers``, of each decision that reviewers do not agree on.

    Args:
        corpus: The corpus of the item, for its taxonomies.
        item: The item with the decisions of the answers.
        answers: The answers of a log that make decisions.
        findings: Takes the findings.
    """
    where = {each.event: each.where for each in answers}
    for decision in item.decisions.values() if isinstance(item, Clip) else item.decisions:
        event = str(decision.recipe.get("event"))
        if event not in where:
            continue
        conflict = conflicting_answers(item, decision, is_single=_is_single(corpus, decision.layer))
        if conflict:
            at = item.key if decision.span is None else f"{item.key} [{decision.span.start}, {decision.span.end})"
            given = ", ".join(f"{each.rater} {';'.join(each.labels)}" for each in conflict)
            what = f"the answers of reviewers on {at} in {decision.layer} differ: {given}"
            fix = f"that of {decision.recipe.get('by')}, the last one, counts; supersede one, or ask one reviewer more"
            findings.add("conflicting_answers", where[event], what, fix)


def _is_single(corpus: AnyCorpus, layer: str) -> bool:
    """Return whether a layer takes one label; of one without a taxonomy nothing is known."""
    try:
        return not corpus.taxonomy(layer).multiple
    except InvalidArgument:
        return False
