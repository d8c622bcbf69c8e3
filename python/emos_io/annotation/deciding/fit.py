"""One batch of votes decided by one method: labels, scores and what the recipe says of the fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ..._arrays import BoolArray, Float64Array, Int64Array
from ..._checks import choice
from ...corpus import Scalar
from ...errors import InvalidArgument
from ..checks import NO_VOTE, TIE, first_of_largest
from ..methods import (
    MELD_HIGH,
    MELD_MARGIN,
    MajorityTies,
    class_posteriors,
    dawid_skene,
    label_decisions,
    label_posteriors,
    majority,
    map_probabilities,
    meld_correction,
    one_coin,
    soft,
)
from ..vote_table import VoteTable
from .batches import Batch
from .counted import CountedVotes
from .mapping import LayerSource
from .options import EM_METHODS, SET_METHODS, DecideOptions
from .reports import amount


@dataclass(frozen=True, slots=True, eq=False)
class DecidedRows:
    """What a method makes of the N rows of a batch, over K labels.

    Attributes:
        rows: The rows of the table, by index.
        labels: bool ``[N, K]``: the labels that are decided.
        scores: float64 ``[N, K]`` in [0, 1].
        confidence: float64 ``[N]``, the score of the label; None for a layer that takes several.
        decided: bool ``[N]``: whether there is a decision.
        votes: bool ``[N, R, K]``: the votes that were used.
        raters: The R raters whose votes were used.
        about: What the recipe says of the fit.
    """

    rows: tuple[int, ...]
    labels: BoolArray
    scores: Float64Array
    confidence: Float64Array | None
    decided: BoolArray
    votes: BoolArray
    raters: tuple[str, ...]
    about: Mapping[str, Scalar]

    @property
    def num_votes(self) -> Int64Array:
        """How many votes were used on each row, int64 ``[N]``."""
        found: Int64Array = self.votes.any(axis=2).sum(axis=1, dtype=np.int64)
        return found


def decide_batch(
    counted: CountedVotes, batch: Batch, options: DecideOptions, source: LayerSource | None
) -> DecidedRows:
    """Return what the method makes of one batch; a row on which it used fewer than `min_votes` votes has no decision.

    Raises:
        InvalidArgument: An option is not allowed for these votes, or a tie with ``ties="error"``.
    """
    found = _by_method(counted, batch, options, source)
    return replace(found, decided=found.decided & (found.num_votes >= options.min_votes))


def _by_method(counted: CountedVotes, batch: Batch, options: DecideOptions, source: LayerSource | None) -> DecidedRows:
    table = counted.table
    if options.method == "meld_correction":
        return _corrected(counted, batch, source)
    if table.taxonomy.multiple:
        return _decided_sets(table, batch, options)
    if options.method in EM_METHODS:
        return _fitted(table, batch, options)
    part = table.select(batch.rows)
    weights = rater_weights(part.raters, options)
    kinds = len(part.taxonomy.labels)
    if options.method == "soft":
        result = soft(part.indices(), kinds, rater_weights=weights)
    else:
        ties: MajorityTies = "first" if options.ties == "first" else "none"
        result = majority(part.indices(), kinds, ties=ties, rater_weights=weights)
        if options.ties == "error":
            _check_no_ties(part, result.labels)
    return _decided(batch.rows, result.labels, result.probabilities, part.members, part.raters, {})


def rater_weights(raters: Sequence[str], options: DecideOptions) -> tuple[float, ...] | None:
    """Return the weight of each rater, 1 for those without one; None where nobody has one."""
    given = options.rater_weights
    return None if given is None else tuple(given.get(rater, 1.0) for rater in raters)


def votes_of(table: VoteTable, rows: Sequence[int], raters: Sequence[str]) -> BoolArray:
    """Return the votes of some raters on some rows, bool ``[N, R, K]``."""
    column = {rater: number for number, rater in enumerate(table.raters)}
    votes: BoolArray = table.members[list(rows)][:, [column[rater] for rater in raters]]
    return votes


def class_indices(votes: BoolArray) -> Int64Array:
    """Return votes for one class each as class indices, int64 ``[N, R]``, -1 for none."""
    return np.where(votes.any(axis=2), votes.argmax(axis=2), NO_VOTE)


def _fitted(table: VoteTable, batch: Batch, options: DecideOptions) -> DecidedRows:
    """Fit the rows that are fitted, and apply the fit to the others."""
    votes = votes_of(table, batch.rows, batch.raters)
    indices = class_indices(votes)
    is_fitted = np.isin(batch.rows, batch.fitted)
    method = dawid_skene if options.method == "dawid_skene" else one_coin
    fit = method(
        indices[is_fitted],
        len(table.taxonomy.labels),
        init=options.init,
        max_iterations=options.max_iter,
        tolerance=options.tol,
        smoothing=options.smoothing,
        prior=options.prior,
        row_weights=row_weights(table, batch),
    )
    probabilities = np.zeros((len(batch.rows), len(table.taxonomy.labels)))
    probabilities[is_fitted] = fit.probabilities
    if not is_fitted.all() and fit.confusion is not None and fit.prior is not None:
        others = class_posteriors(indices[~is_fitted], confusion=fit.confusion, prior=fit.prior)
        probabilities[~is_fitted] = others
    about: dict[str, Scalar] = {"iterations": fit.iterations, "converged": fit.converged}
    labels = np.where(probabilities.max(axis=1) > 0, first_of_largest(probabilities), NO_VOTE)
    return _decided(batch.rows, labels, probabilities, votes, batch.raters, about)


def _decided_sets(table: VoteTable, batch: Batch, options: DecideOptions) -> DecidedRows:
    """Decide each label of a layer that takes several."""
    votes = votes_of(table, batch.rows, batch.raters)
    voted: BoolArray = np.asarray(votes.any(axis=2))
    is_fitted = np.isin(batch.rows, batch.fitted)
    fit = label_decisions(
        votes[is_fitted],
        voted[is_fitted],
        method=choice(options.method, SET_METHODS, "method"),
        threshold=options.threshold,
        rater_weights=rater_weights(batch.raters, options),
        row_weights=row_weights(table, batch),
        init=options.init,
        max_iterations=options.max_iter,
        tolerance=options.tol,
        smoothing=options.smoothing,
        prior=options.prior,
    )
    scores = np.zeros((len(batch.rows), votes.shape[2]))
    scores[is_fitted] = fit.scores
    decided: BoolArray = np.asarray(voted.any(axis=1))
    if not is_fitted.all() and fit.confusion is not None and fit.priors is not None:
        others = label_posteriors(votes[~is_fitted], voted[~is_fitted], confusion=fit.confusion, priors=fit.priors)
        scores[~is_fitted] = others[:, :, 1]
        # Votes that are impossible both with a label and without it leave that label open, and so the set.
        decided[~is_fitted] = (others.max(axis=2) > 0).all(axis=1)
    about: dict[str, Scalar] = {}
    if fit.iterations is not None:
        about = {"iterations": int(fit.iterations.max()), "converged": None}
        if fit.converged is not None:
            about["converged"] = bool(fit.converged.all())
    labels = scores > (options.threshold or 0.0) + TIE
    return DecidedRows(batch.rows, labels, scores, None, decided, votes, batch.raters, about)


def row_weights(table: VoteTable, batch: Batch) -> tuple[Fraction, ...] | None:
    """Return the seconds of the fitted rows; None for clips, which count as one each."""
    rows = [table.rows[row] for row in batch.fitted]
    return None if rows[0].span is None else tuple(row.weight for row in rows)


def _corrected(counted: CountedVotes, batch: Batch, source: LayerSource | None) -> DecidedRows:
    """Correct the classes before by the shares of the labels that map to classes."""
    assert source is not None and counted.source is not None and counted.originals is not None
    part, rows = counted.table.select(batch.rows), list(batch.rows)
    words = source.names.words
    mapping = {word: source.mapping.get(word) for word in words}
    shares = counted.source[rows].sum(axis=1)
    classes = source.to.labels
    probabilities = map_probabilities(shares, words, mapping, classes)
    originals = counted.originals[rows]
    known = np.flatnonzero(originals != NO_VOTE)
    about: dict[str, Scalar] = {"correction_high": MELD_HIGH, "correction_margin": MELD_MARGIN}
    labels = np.full(len(rows), NO_VOTE, np.int64)
    if known.size:
        labels[known] = meld_correction(originals[known], probabilities[known], classes=classes).labels
    return _decided(batch.rows, labels, probabilities, part.members, part.raters, about)


def _decided(
    rows: tuple[int, ...],
    labels: Int64Array,
    probabilities: Float64Array,
    votes: BoolArray,
    raters: tuple[str, ...],
    about: Mapping[str, Scalar],
) -> DecidedRows:
    decided: BoolArray = labels != NO_VOTE
    sets: BoolArray = labels[:, None] == np.arange(probabilities.shape[1])
    confidence = np.where(decided, probabilities[np.arange(len(rows)), np.maximum(labels, 0)], 0.0)
    return DecidedRows(rows, sets, probabilities, confidence, decided, votes, raters, about)


def _check_no_ties(part: VoteTable, labels: Int64Array) -> None:
    tied = [row.item for row, label in zip(part.rows, labels, strict=True) if label == NO_VOTE]
    if tied:
        raise InvalidArgument(
            f"votes must have no tie where ties is 'error', got {amount(tied, 'tied row')} in {part.taxonomy.name}, such as "
            f"{tied[0]!r}; give ties 'first' or 'none'",
            key=tied[0],
        )
