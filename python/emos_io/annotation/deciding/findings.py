"""What is to be known of decisions: votes that are alone, overruled, impossible or tied, and raters that nothing links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..._arrays import BoolArray
from ...corpus import FindingCollector, Taxonomy
from ..vote_table import VoteRow, VoteTable
from .batches import Batch, panel_raters
from .fit import DecidedRows
from .options import EM_METHODS, DecideOptions
from .reports import amount, where
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
        findings: Takes ``disjoint_panels``, ``unfitted_raters``, ``impossible_votes`` and ``tied_votes``.
    """
    if options.method in EM_METHODS and options.batch != "panel":
        panels = panel_raters(table, batch.fitted)
        if len(panels) > 1:
            shown = " and ".join(", ".join(raters) for raters in panels[:2])
            what = f"{len(panels)} panels are fitted together that share no {'clip' if kind == 'clips' else 'time'}: {shown}"
            fix = "nothing links their confusion matrices but the prior; leave batch out to fit each by itself"
            findings.add("disjoint_panels", f"batch {batch.name}", what, fix)
    used: BoolArray = np.asarray(found.votes.any(axis=(1, 2)))
    missed = int(table.voted[list(batch.rows)].sum()) - int(found.votes.any(axis=2).sum())
    if missed:
        fewer = table.voted[list(batch.rows)].sum(axis=1) > found.votes.any(axis=2).sum(axis=1)
        what = f"{amount(range(missed), 'vote')} are of raters that were not fitted in batch {batch.name}"
        keys = (table.rows[row].item for row, each in zip(batch.rows, fewer, strict=True) if each)
        findings.add("unfitted_raters", where(keys), what, "they are not counted; give fit_on items of these raters")
    left = [table.rows[row] for row, use, done in zip(batch.rows, used, found.decided, strict=True) if use and not done]
    if left and options.method in EM_METHODS:
        what = f"the votes of {size_of(left, kind)} are impossible by the confusion matrices of batch {batch.name}"
        findings.add(
            "impossible_votes", where(row.item for row in left), what, "nothing is decided there; give smoothing"
        )
    elif left and options.method == "majority":
        what = f"the votes of {size_of(left, kind)} are tied"
        findings.add("tied_votes", where(row.item for row in left), what, "nothing is decided there; add votes")


def report_unfitted(table: VoteTable, batches: Iterable[Batch], kind: RowKind, findings: FindingCollector) -> None:
    """Report rows that are in no batch, since nobody who voted there was fitted.

    Args:
        table: The rows.
        batches: All batches.
        kind: What rows are.
        findings: Takes ``unfitted_raters``.
    """
    decided = {row for batch in batches for row in batch.rows}
    left = [row for row in range(len(table)) if row not in decided]
    if left:
        raters = [table.raters[column] for column in np.flatnonzero(table.voted[left].any(axis=0))]
        rows = [table.rows[row] for row in left]
        what = f"{size_of(rows, kind)} have votes of raters alone that were not fitted: {', '.join(raters[:5])}"
        fix = "nothing is decided there; give fit_on items of these raters"
        findings.add("unfitted_raters", where(row.item for row in rows), what, fix)


def report_decisions(found: Sequence[RowDecision], names: Taxonomy, kind: RowKind, findings: FindingCollector) -> None:
    """Report decisions on one vote, and those against all votes.

    Args:
        found: The decisions.
        names: The taxonomy of the layer.
        kind: What rows are.
        findings: Takes ``single_votes`` and ``unanimous_overruled``.
    """
    single = [each.row for each in found if each.votes == 1]
    if single:
        what = f"{size_of(single, kind)} are decided in {names.name} by one vote"
        fix = "such a decision is of tier low, since nobody agreed; add votes, or give min_votes=2"
        findings.add("single_votes", where(row.item for row in single), what, fix)
    overruled = [each for each in found if each.unanimous and not each.agrees]
    if overruled:
        first = overruled[0]
        label = ", ".join(first.labels) or "nothing"
        rows = [each.row for each in overruled]
        what = f"{size_of(rows, kind)} are decided in {names.name} against all of their raters, {first.row.item} as {label}"
        fix = "the fit takes these raters for wrong there; look at them, or take method majority"
        findings.add("unanimous_overruled", where(row.item for row in rows), what, fix)


def size_of(rows: Sequence[VoteRow], kind: RowKind) -> str:
    """Return how many clips, or how many seconds, rows are."""
    if kind == "clips":
        return amount(rows, "clip")
    return f"{float(sum(row.weight for row in rows)):g} s"
