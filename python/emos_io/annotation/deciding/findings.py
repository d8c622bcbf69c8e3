"""What is to be known of decisions: votes that are alone, overruled, impossible or tied, and raters that nothing links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ...corpus import FindingCollector, Taxonomy
from ..stray_votes import stray_votes
from ..vote_table import VoteTable
from .batches import Batch, panel_raters
from .fit import DecidedRows
from .options import EM_METHODS, DecideOptions
from .reports import report_few, size_of, where
from .row_decisions import RowDecision, RowKind


def report_batch(
    table: VoteTable,
    batch: Batch,
    found: DecidedRows,
    options: DecideOptions,
    kind: RowKind,
    findings: FindingCollector,
) -> None:
    """Report panels that were fitted together, votes of raters that were not fitted, and rows that the method leaves open.

    Args:
        table: The rows.
        batch: The batch.
        found: What the method made of it.
        options: Checked options.
        kind: What rows are.
        findings: Takes ``disjoint_panels``, ``unfitted_raters``, ``stray_votes``, ``too_few_votes``, ``impossible_votes`` and
            ``tied_votes``.
    """
    layer = table.taxonomy.name
    if options.method in EM_METHODS and options.batch != "panel":
        panels = panel_raters(table, batch.fitted)
        if len(panels) > 1:
            first_two = " and ".join(", ".join(raters) for raters in panels[:2])
            shared = "clip" if kind == "clips" else "time"
            how_many = "hardly any" if stray_votes(table.select(batch.fitted)).any() else "no"
            what = f"in {layer} {len(panels)} panels are fitted together that share {how_many} {shared}: {first_two}"
            fix = "nothing links their confusion matrices but the prior; leave batch out to fit each by itself"
            findings.add("disjoint_panels", where(table.rows[row].item for row in batch.fitted), what, fix)
    unused = table.voted[list(batch.rows)].sum(axis=1) > found.num_votes
    fitted = set(batch.fitted)
    missed = [row for row, each in zip(batch.rows, unused.tolist(), strict=True) if each]
    stray = [table.rows[row] for row in missed if row in fitted]
    if stray:
        size = f"{size_of(stray)} of batch {batch.name}"
        what = f"votes in {layer} on {size} are of raters of another panel, who vote there hardly ever"
        fix = "they are not counted; delete them, or give batch='all' to count them"
        findings.add("stray_votes", where(row.item for row in stray), what, fix)
    others = [table.rows[row] for row in missed if row not in fitted]
    if others:
        what = f"votes in {layer} on {size_of(others)} of batch {batch.name} are of raters not fitted with the others"
        fix = "they are not counted; give fit_on items of these raters"
        findings.add("unfitted_raters", where(row.item for row in others), what, fix)
    few = found.num_votes < options.min_votes
    report_few(
        [table.rows[row] for row in np.asarray(batch.rows)[few]], table.taxonomy.name, options.min_votes, findings
    )
    open_rows = np.flatnonzero(~few & ~found.decided)
    left = [table.rows[batch.rows[number]] for number in open_rows]
    if left and options.method in EM_METHODS:
        what = f"no class in {layer} is possible on {size_of(left)} by the confusion matrices of batch {batch.name}"
        findings.add(
            "impossible_votes", where(row.item for row in left), what, "nothing is decided there; give smoothing"
        )
    elif left and options.method == "majority":
        what = f"the votes in {layer} on {size_of(left)} are tied"
        findings.add("tied_votes", where(row.item for row in left), what, "nothing is decided there; add votes")


def report_unfitted(table: VoteTable, batches: Iterable[Batch], findings: FindingCollector) -> None:
    """Report rows that are in no batch, since nobody who voted there was fitted.

    Args:
        table: The rows.
        batches: All batches.
        findings: Takes ``unfitted_raters``.
    """
    decided = {row for batch in batches for row in batch.rows}
    left = [row for row in range(len(table)) if row not in decided]
    if left:
        raters = [table.raters[column] for column in np.flatnonzero(table.voted[left].any(axis=0))]
        rows = [table.rows[row] for row in left]
        what = f"nobody who voted in {table.taxonomy.name} on {size_of(rows)} was fitted in their batch, such as {raters[0]}"
        fix = "nothing is decided there; give fit_on items of these raters"
        findings.add("unfitted_raters", where(row.item for row in rows), what, fix)


def report_decisions(found: Sequence[RowDecision], names: Taxonomy, findings: FindingCollector) -> None:
    """Report decisions on one vote, and those against all votes.

    Args:
        found: The decisions.
        names: The taxonomy of the layer.
        findings: Takes ``single_votes`` and ``unanimous_overruled``.
    """
    single = [each.row for each in found if each.votes == 1]
    if single:
        what = f"one vote decides {names.name} on {size_of(single)}"
        are_spans = all(row.span is not None for row in single)
        tier = "" if names.multiple else " and the tier of this time is low" if are_spans else " and its tier is low"
        fix = f"nobody agreed with it{tier}; add votes, or give min_votes=2"
        findings.add("single_votes", where(row.item for row in single), what, fix)
    # Of several labels each is decided on its own: raters that agree on one are overruled there, whatever they say of others.
    overruled = [each for each in found if not each.agrees and (each.unanimous or names.multiple)]
    if overruled:
        first = overruled[0]
        label = ", ".join(first.labels) or "nothing"
        rows = [each.row for each in overruled]
        what = f"{names.name} is decided against all raters on {size_of(rows)}, {first.row.item} as {label}"
        fix = "the fit takes these raters for wrong there; look at them, or take method majority"
        findings.add("unanimous_overruled", where(row.item for row in rows), what, fix)
