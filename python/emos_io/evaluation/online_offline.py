"""The verb `gap`: what a system loses by not seeing the future, on monologues of a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from .._checks import choice
from ..annotation.measures import DRAWS
from ..corpus import Corpus, Finding, Findings, Folds, Scalar, Split
from ..corpus.data import checked_corpus
from ..errors import InvalidArgument
from .clusters import clusters_of
from .intervals import scored
from .matching import Side, match
from .parts import Part, without_value
from .predictions import Predictions
from .score import checked_layer, checked_predictions, checked_split
from .scores import Score, Scores
from .stream_parts import NO_DECISION_CLOCK, stream_form, stream_parts
from .streams.gap import gaps, shared_rows
from .sums import Measured
from .synthetic import from_synthetic


def gap(
    online: Predictions,
    offline: Predictions,
    corpus: Corpus,
    *,
    split: Split | Folds | None = None,
    side: Side = "test",
    layer: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Scores:
    """Return by how much offline predictions of monologues are better than online ones, by every measure of `score`.

    Both are cut to the rows that both have, by key, layer and span; each other row is a finding, ``unpaired_prediction``. Rows
    are read as `score` reads those of the online file: as segments, or as decisions. A draw has the same monologues in both.

    Args:
        online: Predictions of a system that saw nothing later than each of them.
        offline: Predictions of the same system, of the same windows, that saw everything.
        corpus, split, side: As of `score`.
        layer: The layer; None for all that both have.
        draws, seed: As of `score`.

    Returns:
        Scores named ``online_offline_gap``, offline minus online: ``of`` is that of the measure, and ``measure`` is its name. A
        model that is causal has 0 in each. On the decision clock both must have ``available_at``. Switchers have no gap.

    Raises:
        InvalidArgument: An argument is none of these, or the two have no row of a monologue in common.

    Cost: each monologue is measured twice.

    Example:
        >>> from fractions import Fraction
        >>> from emos_io import Span
        >>> from emos_io.corpus import Monologue, Utterance
        >>> from emos_io.evaluation import Prediction
        >>> said = [Utterance(index=0, span=Span(0, 10), labels={"basic7": ("Joy",)})]
        >>> talk = Monologue(key="t", name="t", title="T", language="en", duration=Fraction(10), utterances=tuple(said))
        >>> def run(words):
        ...     spans = [Span(5 * k, 5 * k + 5) for k in range(2)]
        ...     return Predictions([Prediction(key="t", layer="basic7", span=s, label=w) for s, w in zip(spans, words)])
        >>> found = gap(run(["Fear", "Joy"]), run(["Joy", "Joy"]), Corpus([], [talk]))
        >>> found.get("online_offline_gap", measure="accuracy", clock="content").value
        0.5
    """
    first, second = checked_predictions(online, "online"), checked_predictions(offline, "offline")
    data, division, chosen = checked_corpus(corpus), checked_split(split), choice(side, get_args(Side), "side")
    layers = [each for each in first.layers if each in second.layers]
    if layer is not None:
        layers = [checked_layer(layer, [first, second], data)]
    clips = set(data.clips.keys())
    before = (first, second)
    first, second = (
        replace(run, rows=tuple(row for row in run if row.layer in layers and row.key not in clips)) for run in before
    )
    first, second, unpaired = shared_rows(first, second)
    if not len(first):
        raise InvalidArgument(
            "offline must have a row of the same monologue, layer and span as online, got none; predict the same windows twice"
        )
    findings: list[Finding] = [*first.findings, *second.findings, *unpaired]
    scores: list[Score] = []
    counts: dict[str, int] = {}
    provenance: dict[str, Scalar] = {
        "online_sha256": first.sha256 or None,
        "offline_sha256": second.sha256 or None,
        "split_sha256": None if division is None else division.sha256,
        "side": None if division is None else chosen,
        "draws": draws,
        "seed": seed,
    }
    synthetic = from_synthetic(first, ()) or from_synthetic(second, ())
    for each in first.layers:
        one, other = (match(run, data, layer=each, split=division, side=chosen) for run in (first, second))
        findings += [*one.findings, *other.findings]
        synthetic = synthetic or from_synthetic(first, [one])
        counts |= {f"{each}.{kind}": one.counts.get(kind, 0) for kind in ("rows", "streams")}
        if not len(one.streams):
            continue
        form = stream_form(one, first.header)
        provenance[f"{each}.form"] = form
        clusters = clusters_of(data, [item.key for item in one.streams.items], division)
        parts = [list(stream_parts(run, form, (), beside=False)) for run in (one, other)]
        for a, b in zip(*parts, strict=True):
            measured = gaps(*_on_one_clock(a, b))
            scores += scored(measured, clusters.selected(a.rows), of=a.of, draws=draws, seed=seed)
    return Scores(
        name=f"{second.name or 'offline'} minus {first.name or 'online'}",
        scores=tuple(scores),
        counts=counts,
        provenance=provenance,
        findings=Findings(dict.fromkeys(findings)),
        synthetic=synthetic,
    )


def _on_one_clock(online: Part, offline: Part) -> tuple[Sequence[Measured], Sequence[Measured]]:
    """Return the measures of both; without values where one of them is not on the clock."""
    if list(map(type, online.measured)) == list(map(type, offline.measured)):
        return online.measured, offline.measured
    return without_value(online.measured, NO_DECISION_CLOCK), without_value(offline.measured, NO_DECISION_CLOCK)
