"""What is decided of each row of votes: label, scores, confidence tier, recipe."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..._arrays import BoolArray, Int64Array
from ...corpus import CONFIDENCE_TIERS, ConfidenceTier, Scalar, Taxonomy, is_known, keys_sha256
from ...corpus.confidence_tiers import tier_indices
from ..vote_table import VoteRow, VoteTable
from .batches import Batch
from .fit import DecidedRows
from .mapping import LayerSource
from .options import EM_METHODS, DecideOptions

RowKind = Literal["clips", "spans"]


@dataclass(frozen=True, slots=True)
class RowDecision:
    """A decision on one row.

    Attributes:
        row: What it is about.
        labels, scores, confidence, confidence_tier, recipe: The attributes of `Decision` with these names.
        votes: How many raters voted.
        unanimous: Whether all of them gave the same.
        agrees: Whether somebody gave what was decided; of several labels, whether all that everybody gave are decided, and none
            that nobody gave.
    """

    row: VoteRow
    labels: tuple[str, ...]
    scores: Mapping[str, float]
    confidence: float | None
    confidence_tier: ConfidenceTier | None
    recipe: Mapping[str, Scalar]
    votes: int
    unanimous: bool
    agrees: bool


def row_decisions(
    table: VoteTable, found: DecidedRows, names: Taxonomy, options: DecideOptions, recipe: Mapping[str, Scalar]
) -> list[RowDecision]:
    """Return the decisions of a batch; rows without one are left out.

    The tier is that of EmoS: high where all raters agree on the label or the confidence is `high`, medium from `medium` on,
    else low. It is low where one rater alone voted, since nobody agreed. A label that nobody gave is judged by its confidence
    alone. A layer that takes several labels has no tiers.

    Args:
        table: The rows.
        found: What the method made of them.
        names: The taxonomy of the layer; an abstain word that counts as a label is a score, and is not decided.
        options: Checked options.
        recipe: The recipe of the batch.
    """
    given = found.votes.any(axis=2)
    count, num_labels = given.sum(axis=1), len(names.labels)
    by_label = found.votes.sum(axis=1)
    everybody, nobody = by_label == count[:, None], by_label == 0
    unanimous = (everybody | nobody).all(axis=1)
    # A label that all gave and that is not decided, or one that nobody gave and that is.
    against = ((everybody & ~found.labels) | (nobody & found.labels)).any(axis=1)
    if found.confidence is not None:
        against = (nobody & found.labels).any(axis=1)
    tiers = _tiers(found, count, unanimous & ~against, options)
    words = table.taxonomy.labels
    decisions: list[RowDecision] = []
    for number, row in enumerate(found.rows):
        if not found.decided[number]:
            continue
        scores = found.scores[number]
        decisions.append(
            RowDecision(
                table.rows[row],
                tuple(words[index] for index in np.flatnonzero(found.labels[number, :num_labels])),
                {words[index]: float(scores[index]) for index in np.flatnonzero(scores > 0)},
                None if found.confidence is None else float(found.confidence[number]),
                tiers[number],
                recipe,
                int(count[number]),
                bool(unanimous[number]),
                not against[number],
            )
        )
    return decisions


def _tiers(
    found: DecidedRows, count: Int64Array, agreed: BoolArray, options: DecideOptions
) -> list[ConfidenceTier | None]:
    if found.confidence is None:
        return [None] * len(found.rows)
    unique = np.where(agreed, 1, 2)
    indices = tier_indices(found.confidence, unique, high=options.high, medium=options.medium)
    low = CONFIDENCE_TIERS.index("low")
    return [CONFIDENCE_TIERS[index] for index in np.where(count == 1, low, indices)]


def recipe_of(
    found: DecidedRows, batch: Batch, names: Taxonomy, options: DecideOptions, source: LayerSource | None, kind: RowKind
) -> dict[str, Scalar]:
    """Return the recipe of a batch: the method with its options, the taxonomy, the batch with its raters, and the fit.

    Args:
        found: What the method made of the batch.
        batch: The batch.
        names: The taxonomy of the layer.
        options: Checked options; those that the method does not use are left out.
        source: The other layer, or None.
        kind: ``"clips"``, or ``"spans"``, which weigh by their seconds.
    """
    recipe: dict[str, Scalar] = {
        "method": options.method,
        "taxonomy": names.name,
        "taxonomy_version": names.version,
        "batch": batch.name,
        "raters": raters_text(found.raters),
        "rows": len(batch.fitted),
        "rows_of": kind,
    }
    if not is_known(names.name):
        recipe["taxonomy_sha256"] = names.sha256
    if options.method in EM_METHODS:
        recipe |= {
            "init": options.init,
            "max_iterations": options.max_iter,
            "tolerance": options.tol,
            "smoothing": options.smoothing,
            "prior": options.prior if isinstance(options.prior, str) else _canonical(options.prior),
        }
    if options.fit_on is not None:
        recipe["fit_on_sha256"] = keys_sha256(options.fit_on)
    if options.method == "majority" and not names.multiple:
        recipe["ties"] = options.ties
    if options.rater_weights is not None:
        recipe["rater_weights"] = _canonical(options.rater_weights)
    if names.multiple:
        recipe |= {"threshold": options.threshold, "abstain": options.abstain}
    else:
        recipe |= {"high": options.high, "medium": options.medium}
    recipe["min_votes"] = options.min_votes
    if kind == "spans" and options.min_length is not None:
        recipe["min_length"] = str(options.min_length)
    return recipe | dict({} if source is None else source.about) | dict(found.about)


def raters_text(raters: Sequence[str]) -> str:
    """Return names of raters as recipes have them: the JSON text of a list, which `json.loads` reads back.

    Example:
        >>> raters_text(["Li, Ann", "bob"]), json.loads(raters_text(["Li, Ann", "bob"]))
        ('["Li, Ann","bob"]', ['Li, Ann', 'bob'])
    """
    return _canonical(list(raters))


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
