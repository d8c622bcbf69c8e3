"""How each rater labels, measured by the decisions: confusion matrices, information, and labels that are given too often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..._arrays import Float64Array
from ...corpus import Clip, CorpusData, Decision, Layer, Monologue, Taxonomy, with_layer
from ...corpus.data import checked_corpus
from ...errors import InvalidArgument
from ...spans import Span
from ..checks import read_only
from ..methods import informativeness
from ..vote_table import VoteRow
from .panel_groups import ItemKind, PanelTable, panel_tables


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PanelRaters:
    """How the R raters of one panel label the K labels of a layer. Its arrays are read-only.

    Clips count as 1 each, monologues by seconds. Only what has a decision counts, and only votes that count.

    Attributes:
        kind: ``"clips"`` or ``"monologues"``.
        raters: Their names.
        labels: The labels of the taxonomy.
        multiple: Whether an item may have several labels at once.
        votes: What each rater labelled.
        decided: What of it has a decision.
        confusion: Of a layer with one label float64 ``[R, K, K]``, ``[r, true, given]``: the share of each label given where
            the decision is the true one; rows sum to 1, or are zeros where the rater labelled nothing of that label. Of a layer
            with several float64 ``[R, K, 2, 2]``, ``[r, label, true, given]``, where index 1 is "has the label".
        prior: float64 ``[K]``: the share of each label of the decisions of the panel.
        informativeness: float64 ``[R]`` in [0, 1], see `informativeness`; of a layer with several labels the information of all
            labels over the entropy of all labels.
        biases: float64 ``[R, K]``: the share of each label given, minus its share of the decisions on what the rater labelled;
            above 0 where the label is given too often. NaN for a rater who labelled nothing that is decided.
    """

    kind: ItemKind
    raters: tuple[str, ...]
    labels: tuple[str, ...]
    multiple: bool
    votes: tuple[Fraction, ...]
    decided: tuple[Fraction, ...]
    confusion: Float64Array
    prior: Float64Array
    informativeness: Float64Array
    biases: Float64Array

    def __post_init__(self) -> None:
        read_only(self, "confusion", "prior", "informativeness", "biases")

    def __repr__(self) -> str:
        return f"PanelRaters({self.kind}, {', '.join(self.raters)}, {len(self.labels)} labels)"

    def agreed(self) -> Float64Array:
        """Return how often each rater gave each label where it was decided, float64 ``[R, K]``; NaN where it never was."""
        cells = np.array(self.confusion)
        rows = cells[:, :, 1] if self.multiple else cells
        hits = rows[:, :, 1] if self.multiple else np.diagonal(cells, axis1=1, axis2=2)
        return np.where(rows.any(axis=2), hits, np.nan)

    def as_dict(self) -> dict[str, object]:
        """Return plain values of JSON: numbers of clips, seconds as ``"a/b"``, None for what is undefined."""

        def amounts(values: Sequence[Fraction]) -> list[int | str]:
            return [int(each) if self.kind == "clips" else f"{each.numerator}/{each.denominator}" for each in values]

        return {
            "kind": self.kind,
            "unit": "clips" if self.kind == "clips" else "seconds",
            "raters": list(self.raters),
            "labels": list(self.labels),
            "votes": amounts(self.votes),
            "decided": amounts(self.decided),
            "confusion": self.confusion.tolist(),
            "prior": self.prior.tolist(),
            "informativeness": self.informativeness.tolist(),
            "biases": [[None if np.isnan(each) else float(each) for each in row] for row in self.biases],
        }


@dataclass(frozen=True, slots=True)
class RaterReport:
    """How the raters of a corpus label one layer, measured by its decisions.

    Attributes:
        layer: The layer.
        panels: Panels with decisions: those on clips, then those on monologues, each in the order of its first item.
    """

    layer: str
    panels: tuple[PanelRaters, ...]

    def as_dict(self) -> dict[str, object]:
        """Return plain values of JSON."""
        return {"layer": self.layer, "panels": [panel.as_dict() for panel in self.panels]}


def is_decided(corpus: CorpusData, layer: str) -> bool:
    """Return whether any item has a decision in a layer."""
    return any(layer in clip.decisions for clip in corpus.clips) or any(
        item.decisions_in(layer) for item in corpus.monologues
    )


def rater_report(corpus: CorpusData, layer: Layer = "basic7") -> RaterReport:
    """Return how each rater labels, measured by the decisions of the corpus.

    A decision counts for each label by its score. The scores of a layer with one label are scaled to the sum 1; so where only
    the score of the label itself was published, the label is certain. On monologues a part counts by its seconds, and where a
    decision begins or ends within it, by the seconds of each.

    Args:
        corpus: A corpus with votes and decisions, such as `decide` gives.
        layer: The name of a taxonomy, or of one of the corpus's own; or the file of one, or the taxonomy (see `decide`).

    Raises:
        InvalidArgument: `corpus` is none, or the layer is unknown, or has no votes, or no decision on an item with votes.

    Cost: one pass over the votes.

    Source: confusion matrices are the estimates of A. P. Dawid, A. M. Skene, Applied Statistics 28 (1979), equation 2.3.

    Example:
        >>> from emos_io.corpus import Clip, Corpus, Decision, Vote
        >>> def clip(key, decided, *labels):
        ...     votes = [Vote(item=key, layer="basic7", rater=r, labels=(each,)) for r, each in zip("ab", labels)]
        ...     decision = Decision(item=key, layer="basic7", labels=(decided,), scores={decided: 1.0})
        ...     return Clip(key=key, source="own", language="en", votes=tuple(votes), decisions={"basic7": decision})
        >>> report = rater_report(Corpus([clip("1", "Joy", "Joy", "Joy"), clip("2", "Fear", "Fear", "Joy")]))
        >>> panel = report.panels[0]
        >>> panel.informativeness.tolist(), panel.biases[:, panel.labels.index("Joy")].tolist()
        ([1.0, 0.0], [0.0, 0.5])
    """
    corpus, names = with_layer(checked_corpus(corpus), layer)
    if not is_decided(corpus, names.name):
        raise InvalidArgument(f"layer must have decisions, got none in {names.name!r}; decide them first")
    items = {item.key: item for item in corpus}
    tables = panel_tables(corpus, names)
    found = [panel for table in tables if (panel := _panel(table, items, names)) is not None]
    if not found:
        raise InvalidArgument(
            f"layer must have decisions on items with votes, got none in {names.name!r}; decide them first"
        )
    return RaterReport(names.name, tuple(found))


def _panel(panel: PanelTable, items: dict[str, Clip | Monologue], names: Taxonomy) -> PanelRaters | None:
    """Return the raters of a panel, or None where nothing is decided."""
    table = panel.table
    decided, scores = _decided(table.rows, items, names)
    if not any(decided):
        return None
    amounts = np.array([float(each) for each in decided])
    voted = table.voted
    given = (table.members & voted[:, :, None]).astype(np.float64)
    raters, classes = len(table.raters), len(names.labels)
    labelled = amounts @ voted
    if names.multiple:
        # Expected amounts [R, K, true, given]: what is decided as a label, and what is not; what was given, and what was not.
        both = np.einsum("nk,nrk->rk", scores, given)
        is_true = voted.T.astype(np.float64) @ scores
        is_given = np.einsum("n,nrk->rk", amounts, given)
        neither = labelled[:, None] - is_true - is_given + both
        expected = np.stack([np.stack([neither, is_given - both], -1), np.stack([is_true - both, both], -1)], -2)
    else:
        expected = np.einsum("nt,nrg->rtg", scores, given)
        is_given, is_true = expected.sum(axis=1), expected.sum(axis=2)
    expected = np.maximum(expected, 0.0)
    rows = expected.sum(axis=-1, keepdims=True)
    confusion = np.divide(expected, rows, out=np.zeros_like(expected), where=rows > 0)
    prior = scores.sum(axis=0) / amounts.sum()
    apart = np.divide(
        is_given - is_true, labelled[:, None], out=np.full((raters, classes), np.nan), where=labelled[:, None] > 0
    )
    return PanelRaters(
        kind=panel.kind,
        raters=table.raters,
        labels=names.labels,
        multiple=names.multiple,
        votes=tuple(panel.amount(voted[:, r]) for r in range(raters)),
        decided=tuple(sum((decided[row] for row in np.flatnonzero(voted[:, r])), Fraction(0)) for r in range(raters)),
        confusion=confusion,
        prior=prior,
        informativeness=_of_labels(confusion, prior)
        if names.multiple
        else informativeness(confusion, prior / prior.sum()),
        biases=apart,
    )


def _of_labels(confusion: Float64Array, prior: Float64Array) -> Float64Array:
    """Return the information of the votes on all labels over the entropy of all labels, float64 ``[R]``."""
    chances = np.clip(np.column_stack([1 - prior, prior]), 0.0, 1.0)
    entropies = -(chances * np.log(np.where(chances > 0, chances, 1.0))).sum(axis=1)
    if not entropies.any():
        return np.zeros(len(confusion))
    each = np.stack([informativeness(confusion[:, label], chances[label]) for label in range(len(prior))], axis=1)
    found: Float64Array = each @ entropies / entropies.sum()
    return found


def _decided(
    rows: Sequence[VoteRow], items: dict[str, Clip | Monologue], names: Taxonomy
) -> tuple[list[Fraction], Float64Array]:
    """Return how much of each row is decided, and the scores of the labels times that, float64 ``[N, K]``."""
    amounts, scores = [Fraction(0)] * len(rows), np.zeros((len(rows), len(names.labels)))
    position: dict[str, list[tuple[Span | None, Float64Array]]] = {}
    for number, row in enumerate(rows):
        if row.item not in position:
            position[row.item] = list(_scored(items[row.item], names))
        decisions = position[row.item]
        if row.span is None:
            for _, score in decisions:
                amounts[number], scores[number] = Fraction(1), score
            continue
        # Rows come in order of time, so decisions that ended are of no later row.
        while decisions and decisions[0][0] is not None and decisions[0][0].end <= row.span.start:
            decisions.pop(0)
        for span, score in decisions:
            if span is not None and span.start >= row.span.end:
                break
            shared = row.span if span is None else row.span.intersect(span)
            if shared is not None:
                amounts[number] += shared.duration
                scores[number] += float(shared.duration) * score
    return amounts, scores


def _scored(item: Clip | Monologue, names: Taxonomy) -> Iterator[tuple[Span | None, Float64Array]]:
    """Yield the decisions of an item in order of time, with the scores of the labels, float64 ``[K]``."""
    if isinstance(item, Clip):
        found = [item.decisions[names.name]] if names.name in item.decisions else []
    else:
        found = sorted(
            item.decisions_in(names.name), key=lambda each: Fraction(0) if each.span is None else each.span.start
        )
    for decision in found:
        scores = _scores(decision, names)
        if scores is not None:
            yield decision.span, scores


def _scores(decision: Decision, names: Taxonomy) -> Float64Array | None:
    """Return the scores of the labels, float64 ``[K]``; None where a layer with one label has none."""
    scores = np.zeros(len(names.labels))
    for label, score in (decision.scores or dict.fromkeys(decision.labels, 1.0)).items():
        # The abstain word is no label, though published decisions count it.
        if label != names.abstain:
            scores[names.index(label)] = score
    if names.multiple:
        return scores
    total = float(scores.sum())
    return scores / total if total > 0 else None
