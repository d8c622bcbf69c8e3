"""Which votes count: those that name their rater and give a label, on rows with enough of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

import numpy as np

from ..._arrays import BoolArray, Int64Array
from ...corpus import Clip, FindingCollector, Monologue, Taxonomy, Vote
from ...spans import Span
from ..vote_table import VoteTable, vote_table
from .mapping import LayerSource
from .options import DecideOptions
from .reports import amount, report_few, where

AnyItem = TypeVar("AnyItem", Clip, Monologue)


@dataclass(frozen=True, slots=True, eq=False)
class CountedVotes:
    """The votes of one kind of items, clips or monologues, that a method decides by.

    Attributes:
        table: A row for each clip or part of a monologue with enough votes, in order of keys and time; raters by name, each
            with a vote.
        keys: Keys of the items that have votes in the layer, whether these count or not.
        raters: Everybody with a vote that counts, also on rows with too few.
        source: Where the votes are mapped from another layer, the labels that raters gave in it, bool ``[N, R, L]``.
        originals: The class of each row before, int64 ``[N]``, -1 where there is none; None where nobody asked for it.
    """

    table: VoteTable
    keys: frozenset[str]
    raters: frozenset[str]
    source: BoolArray | None = None
    originals: Int64Array | None = None


def counted_votes(
    items: Sequence[AnyItem],
    names: Taxonomy,
    options: DecideOptions,
    source: LayerSource | None,
    findings: FindingCollector,
) -> CountedVotes:
    """Return the votes that count, on the rows that have enough of them.

    An abstention is no vote, save with ``abstain="label"``, where it is one for the abstain word. Votes without a label that
    counts, votes that name nobody and those of raters with the weight 0 are none.

    Args:
        items: Clips, or monologues.
        names: The taxonomy of the layer.
        options: Checked options.
        source: The other layer that is mapped to this one, or None for the layer's own votes.
        findings: Takes ``vote_after_end``, ``nameless_votes``, ``unusable_votes``, ``too_few_votes`` and those of
            `LayerSource.originals`.
    """
    layer = names if source is None else source.names
    as_label = source is not None or options.abstain == "label"
    voted = [item for item in items if item.votes_in(layer.name)]
    _report_outside(voted, layer, findings)
    given = vote_table(_prepared(voted, layer, findings, as_label=as_label), with_abstain(layer) if as_label else layer)
    _report_unusable(given, findings)
    members = given.members & ~given.unusable[:, :, None]
    # Several labels where one is taken are no vote; a set of no known label is one for the original label.
    has_vote = given.active() & ~(given.unusable & given.members.any(axis=2))
    fix = "nothing is decided there" if options.method == "meld_correction" else "ties go by the order of labels there"
    originals = None if source is None else source.originals(voted, given, findings, f"{fix}; give the items one")
    table = VoteTable(
        names if source is not None else given.taxonomy,
        given.raters,
        given.rows,
        members if source is None else source.mapped(members, has_vote, originals),
        np.zeros_like(given.abstained),
        np.zeros_like(given.unusable),
    )
    if options.rater_weights is not None:
        weightless = np.array([options.rater_weights.get(rater) == 0 for rater in table.raters], bool)
        table = replace(table, members=table.members & ~weightless[None, :, None])
    votes = table.voted.sum(axis=1)
    few = np.flatnonzero(votes < options.min_votes)
    report_few([table.rows[row] for row in few], table.taxonomy.name, options.min_votes, findings)
    _report_no_rows(voted, table, findings)
    enough = np.flatnonzero(votes >= options.min_votes).tolist()
    order = sorted(enough, key=lambda row: _key_and_time(table, row))
    active = table.voted[order].any(axis=0) if order else np.zeros(len(table.raters), bool)
    return CountedVotes(
        table.select(order),
        frozenset(item.key for item in voted),
        frozenset(table.raters[column] for column in np.flatnonzero(table.voted.any(axis=0))),
        None if source is None else members[order][:, active],
        None if originals is None else originals[order],
    )


def with_abstain(names: Taxonomy) -> Taxonomy:
    """Return a taxonomy whose abstain word is its last label; one without such a word stays as it is."""
    if names.abstain is None:
        return names
    # Maps and aliases are of no use to votes, and know nothing of the abstain word as a label.
    return Taxonomy(names.name, names.version, names.title, names.words, multiple=names.multiple)


def _prepared(
    items: Sequence[AnyItem], layer: Taxonomy, findings: FindingCollector, *, as_label: bool
) -> Iterator[AnyItem]:
    """Yield the items with the votes that name somebody; with `as_label` the abstain word is a label."""
    nameless: list[str] = []
    for item in items:
        votes = item.votes_in(layer.name)
        nameless += [item.key for vote in votes if not vote.rater]
        named = [vote for vote in votes if vote.rater]
        yield replace(item, votes=tuple(_with_word(vote, layer) for vote in named) if as_label else tuple(named))
    if nameless:
        what = f"{amount(nameless, 'vote')} in {layer.name} without the name of a rater"
        fix = "they are not counted; give their raters names, such as a column rater"
        findings.add("nameless_votes", where(nameless), what, fix)


def _report_outside(items: Sequence[Clip | Monologue], layer: Taxonomy, findings: FindingCollector) -> None:
    """Report votes on seconds that a monologue does not have."""
    outside: list[tuple[str, Fraction]] = []
    for item in items:
        if isinstance(item, Monologue) and item.duration > 0:
            for span in [vote.span for vote in item.votes_in(layer.name) if vote.span is not None]:
                inside = span.intersect(Span(0, item.duration))
                seconds = span.duration - (Fraction(0) if inside is None else inside.duration)
                outside += [(item.key, seconds)] if seconds else []
    if outside:
        total = float(sum(own for _, own in outside))
        votes = f"{amount(outside, 'vote')} in {layer.name}"
        what = f"{votes} past the end of monologues or before 0, by {total:g} s in all"
        fix = "these seconds are not counted; correct the times or the duration"
        findings.add("vote_after_end", where(key for key, _ in outside), what, fix)


def _with_word(vote: Vote, layer: Taxonomy) -> Vote:
    """Return a vote whose abstain word is a label; beside the label of a layer that takes one it says nothing."""
    if layer.abstain is None or not vote.abstain or (vote.labels and not layer.multiple):
        return vote
    return replace(vote, labels=(*vote.labels, layer.abstain), abstain=False)


def _report_unusable(given: VoteTable, findings: FindingCollector) -> None:
    rows = [row for row, _ in np.argwhere(given.unusable).tolist()]
    if rows:
        reason = "" if given.taxonomy.multiple else ", or with several where one is taken"
        what = f"{amount(rows, 'vote')} in {given.taxonomy.name} without a label{reason}"
        findings.add(
            "unusable_votes", where(given.rows[row].item for row in rows), what, "they are not counted; correct them"
        )


def _report_no_rows(voted: Sequence[Clip | Monologue], table: VoteTable, findings: FindingCollector) -> None:
    """Report items whose votes are all of nobody, or on none of their seconds."""
    there = {row.item for row in table.rows}
    left = [item.key for item in voted if item.key not in there]
    if left:
        what = f"no vote that counts in {table.taxonomy.name} on {amount(left, 'item')}"
        fix = "nothing is decided there; name the raters, and give the item its duration and times within it"
        findings.add("too_few_votes", where(left), what, fix)


def _key_and_time(table: VoteTable, row: int) -> tuple[object, ...]:
    item, span = table.rows[row].item, table.rows[row].span
    return (item,) if span is None else (item, span.start)
