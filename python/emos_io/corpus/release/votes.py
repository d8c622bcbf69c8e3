"""Votes of raters as the release writes them, read cell by cell into labels of a taxonomy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from ..findings import FindingCollector
from ..normalise import Normaliser
from ..records import Decision, Scalar, Vote
from ..taxonomies import taxonomy
from ..vote_shares import vote_shares
from ..workbooks import SheetRow
from .typos import release_typos

LAYERS = ("basic7", "goemotions")
PROBABILITY = "goemotion_prob_"
SHARE_TOLERANCE = 1e-9
"""Published shares are thirds with 15 digits."""


class VoteReader:
    """Reads votes from cells; changes and unknown words become findings."""

    def __init__(self, findings: FindingCollector) -> None:
        self._findings = findings
        self._normalisers = {layer: Normaliser(taxonomy(layer), typos=release_typos(layer)) for layer in LAYERS}

    def read(self, row: SheetRow, column: str, *, item: str, layer: str, rater: str) -> Vote | None:
        """Return the vote in a cell, or None if it is empty."""
        raw = row.text(column)
        if not raw:
            return None
        where = f"{row.provenance}, column {column}"
        found = self._normalisers[layer].read(unwrapped(raw), where, self._findings, unknown_words="note")
        labels = found.labels
        if not self._normalisers[layer].taxonomy.multiple and len(labels) > 1:
            self._findings.add(
                "too_many_labels",
                where,
                f"{', '.join(labels)} were given where {layer} takes one",
                "the first is taken; correct the cell",
            )
            labels = labels[:1]
        return Vote(
            item=item,
            layer=layer,
            rater=rater,
            labels=labels,
            abstain=found.abstain,
            open_labels=found.unknown,
            raw=raw,
            provenance=row.provenance,
        )


def unwrapped(text: str) -> str:
    """Return the words of a written Python set, with semicolons between them; any other text as it is.

    Example:
        >>> unwrapped("frozenset({'joy', 'pride'})"), unwrapped("frozenset()"), unwrapped("joy;pride")
        ('joy;pride', '', 'joy;pride')
    """
    if not text.startswith("frozenset("):
        return text
    return ";".join(re.findall(r"'([^']*)'", text))


def soft_decision(
    row: SheetRow, *, item: str, votes: tuple[Vote, ...], num_raters: int, findings: FindingCollector
) -> Decision:
    """Return the published soft labels of a row; those that differ from the votes become a finding.

    Args:
        row: The row of the published workbook.
        item: Key of the item.
        votes: The votes that were aggregated, or none where they are not known.
        num_raters: How many raters the published shares are over.
        findings: Takes ``soft_label_differs``.
    """
    goemotions = taxonomy("goemotions")
    names = (*goemotions.labels, goemotions.abstain or "unsure")
    scores = {name: share for name in names if (share := row.number(PROBABILITY + name))}
    counted = shares(votes, num_raters)
    differing = sorted(
        name for name in {*scores, *counted} if abs(scores.get(name, 0.0) - counted.get(name, 0.0)) > SHARE_TOLERANCE
    )
    if votes and differing:
        differences = ", ".join(
            f"{name} {scores.get(name, 0.0):.3g} for {counted.get(name, 0.0):.3g}" for name in differing
        )
        findings.add(
            "soft_label_differs",
            str(row.provenance),
            f"published shares are not those of the votes of {item}: {differences}",
            "the published ones are kept as the decision; recompute them from the votes if the votes are right",
        )
    labels = tuple(name for name in goemotions.labels if scores.get(name))
    recipe: Mapping[str, Scalar] = {"method": "soft", "raters": num_raters, "published": True}
    return Decision(
        item=item, layer="goemotions", labels=labels, scores=scores, recipe=recipe, provenance=row.provenance
    )


def shares(votes: tuple[Vote, ...], num_raters: int) -> dict[str, float]:
    """Return the share of raters that gave each label of GoEmotions, the abstain word counted like a label.

    Args:
        votes: The votes on one item; a rater who gave no label and no abstain word may have none.
        num_raters: How many raters labelled the item.
    """
    counts: Counter[str] = Counter()
    abstain = taxonomy("goemotions").abstain
    for vote in votes:
        counts.update(vote.labels)
        if vote.abstain and abstain:
            counts[abstain] += 1
    return dict(zip(counts, vote_shares(list(counts.values()), num_raters).tolist(), strict=True))
