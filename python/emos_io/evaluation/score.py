"""The verb `score`: predictions beside a corpus, measured on all items and on slices of them, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import get_args

from .._checks import choice
from ..annotation.measures import DRAWS
from ..corpus import Corpus, Finding, Findings, Folds, Scalar, Split
from ..corpus.data import checked_corpus
from ..corpus.records import PUBLISHED_LAYERS
from ..errors import CorpusError, InvalidArgument, short_repr
from .clip_parts import clip_parts
from .clusters import Clusters, clusters_of
from .intervals import score_key, scored
from .matched import Matched
from .matching import Side, match
from .parts import Part
from .predictions import Predictions
from .provenance import truth_provenance
from .scores import Score, Scores, ScoreTable
from .slices import SLICES_BY, SliceBy, checked_by
from .stream_parts import stream_form, stream_parts
from .synthetic import from_synthetic

_OF_ALL_LAYERS = ("corpus_sha256", "split_sha256")
"""What truth's provenance says of the corpus and the split, whatever the layer."""


def score(
    predictions: Predictions,
    corpus: Corpus,
    *,
    split: Split | Folds | None = None,
    side: Side = "test",
    layer: str | None = None,
    by: Sequence[SliceBy] = SLICES_BY,
    draws: int = DRAWS,
    seed: int = 0,
    strict: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Scores:
    """Return the scores of predictions: each layer, clips and monologues, with 95 percent intervals over clusters of items.

    What is scored is said by the split: the items of its test side, or all items of folds, each of which is in a test side
    once. Without a split these are all clips, and all monologues, of the corpus, where the predictions are about a clip, and
    about a monologue. An expected item without a prediction is wrong where labels are scored, left out where confidences are,
    and counted. Words outside of the layer and invalid answers are wrong.

    Args:
        predictions: What `read_predictions` gives, or rows of your own.
        corpus: The corpus with the truth: the release, or any other.
        split: Whose test side is scored; None for all items of the kinds that the predictions are about.
        side: The side of a split that is scored.
        layer: The layer; None for all layers of the predictions.
        by: What scores are sliced by, of ``"language"``, ``"confidence_tier"``, ``"source"`` and ``"film"``; tiers also within
            languages and sources. An empty list scores all items alone.
        draws, seed: The number of draws of clusters, and their seed.
        strict: Raise the first finding that is a fault.
        progress: Called with how many steps are done, and with their number; both are of this call alone.

    Returns:
        The scores. `Score.of` says what each is of: ``layer`` and ``kind``, and ``class``, ``clock``, ``definition``,
        ``tolerance`` and the slices where it is of one. ``docs/metrics.md`` defines all of them. A measure with nothing to
        score is None, never 1 and never 0.

    Raises:
        InvalidArgument: An argument is none of these, the predictions have no row in `layer`, or nobody knows it. Rows in a
            layer that nobody knows are a finding where `layer` is None.
        CorpusError: `strict` is set, and a finding is a fault.

    Cost: each layer is matched with the corpus once; seconds for the release, most of them for draws.

    Example:
        >>> from emos_io.corpus import Clip, Decision
        >>> def clip(key, label):
        ...     decision = Decision(item=key, layer="basic7", labels=(label,), scores={label: 1.0})
        ...     return Clip(key=key, source="own", language="en", decisions={"basic7": decision})
        >>> corpus = Corpus([clip("own/1", "Joy"), clip("own/2", "Fear"), clip("own/3", "Joy")])
        >>> from emos_io.evaluation import Prediction
        >>> rows = [Prediction(key=f"own/{k}", layer="basic7", label="Joy") for k in (1, 2)]
        >>> scores = score(Predictions(tuple(rows), name="always Joy"), corpus)
        >>> one = scores.get("accuracy")
        >>> round(one.value, 3), one.n, one.why
        (0.333, 3, 'an interval needs 10 clusters, and there are 3')
        >>> scores.counts["basic7.missing"], scores.findings.counts()
        (1, {'missing_prediction': 1})
    """
    given = checked_predictions(predictions, "predictions")
    data, division = checked_corpus(corpus), checked_split(split)
    chosen_side, sliced = choice(side, get_args(Side), "side"), checked_by(by)
    layers = given.layers if layer is None else (checked_layer(layer, [given], data),)
    findings = list(given.findings)
    _raise_first(findings, strict=strict)
    parts: list[tuple[Part, Clusters]] = []
    counts: dict[str, int] = {}
    provenance = _provenance(given)
    synthetic = from_synthetic(given, ())
    for each in layers:
        matched = match(given, data, layer=each, split=division, side=chosen_side)
        _raise_first(matched.findings, strict=strict)
        findings += matched.findings
        synthetic = synthetic or from_synthetic(given, [matched])
        counts |= {f"{each}.{name}": count for name, count in matched.counts.items()}
        if each in PUBLISHED_LAYERS or matched.taxonomy is not None or len(matched.clips) or len(matched.streams):
            provenance |= _provenance_of(matched, data, division)
        parts += _parts(matched, data, division, given, sliced, provenance)
    scores: list[Score] = []
    tables: list[ScoreTable] = []
    for number, (part, clusters) in enumerate(parts):
        if progress is not None:
            progress(number, len(parts))
        scores += scored(part.measured, clusters.selected(part.rows), of=part.of, draws=draws, seed=seed)
        tables += part.tables
        counts |= {f"{part.of['layer']}.{name}": count for name, count in part.counts.items()}
    if progress is not None:
        progress(len(parts), len(parts))
    return Scores(
        name=given.name,
        # Confidence by tier and source is a measure of all items, and of the slices of these.
        scores=tuple({score_key(each.name, each.of): each for each in reversed(scores)}.values())[::-1],
        tables=tuple(tables),
        counts=counts,
        provenance=provenance | {"side": None if division is None else chosen_side, "draws": draws, "seed": seed},
        # What is wrong with a file as a whole is found in each layer.
        findings=Findings(dict.fromkeys(findings)),
        synthetic=synthetic,
    )


def checked_predictions(predictions: object, name: str) -> Predictions:
    """Return the predictions of a run.

    Raises:
        InvalidArgument: They are none.
    """
    if not isinstance(predictions, Predictions):
        raise InvalidArgument(
            f"{name} must be Predictions, got {short_repr(predictions)}; read a file of them with "
            "emos_io.evaluation.read_predictions"
        )
    return predictions


def checked_split(split: object) -> Split | Folds | None:
    """Return the split that is scored.

    Raises:
        InvalidArgument: It is none.
    """
    if split is not None and not isinstance(split, Split | Folds):
        raise InvalidArgument(
            f"split must be a Split or Folds, got {short_repr(split)}; read its file with load_division"
        )
    return split


def is_layer(corpus: Corpus, layer: str) -> bool:
    """Return whether the package or the corpus has a layer of that name: a taxonomy, or numbers."""
    if layer in PUBLISHED_LAYERS:
        return True
    with suppress(InvalidArgument):
        corpus.taxonomy(layer)
        return True
    return any(layer in clip.decisions for clip in corpus.clips) or any(
        layer in part.layers for each in corpus.monologues for part in each.utterances
    )


def checked_layer(layer: object, runs: Sequence[Predictions], corpus: Corpus) -> str:
    """Return the layer that is scored.

    Raises:
        InvalidArgument: Some of the runs have no row in it, or nobody knows it.
    """
    # A file without any row has findings that say so.
    for run in runs:
        if not isinstance(layer, str) or (len(run) and layer not in run.layers):
            have = ", ".join(run.layers) or "none"
            raise InvalidArgument(
                f"layer must be one that the predictions have, got {short_repr(layer)}; {run.name or 'they'} has {have}"
            )
    assert isinstance(layer, str), "each run has layers of text"
    if not is_layer(corpus, layer):
        # Its error names the layers that there are.
        corpus.taxonomy(layer)
    return layer


def _raise_first(findings: Iterable[Finding], *, strict: bool) -> None:
    """Raise the first fault.

    Raises:
        CorpusError: `strict` is set, and there is one.
    """
    for finding in findings:
        if strict and finding.severity == "fault":
            raise CorpusError(str(finding))


def _parts(
    matched: Matched,
    corpus: Corpus,
    split: Split | Folds | None,
    predictions: Predictions,
    by: Sequence[SliceBy],
    provenance: dict[str, Scalar],
) -> Iterator[tuple[Part, Clusters]]:
    """Yield what is scored of a layer, and the clusters of all items of its kind; say what rows of monologues are."""
    if len(matched.clips):
        clusters = clusters_of(corpus, matched.clips.keys, split)
        yield from ((part, clusters) for part in clip_parts(matched, corpus, by))
    if len(matched.streams):
        form = stream_form(matched, predictions.header)
        provenance[f"{matched.layer}.form"] = form
        clusters = clusters_of(corpus, [item.key for item in matched.streams.items], split)
        yield from ((part, clusters) for part in stream_parts(matched, form, by))


def _provenance(predictions: Predictions) -> dict[str, Scalar]:
    """Return where predictions come from, by their file and by what it says of itself."""
    header = {f"header.{name}": value for name, value in predictions.header.items()}
    return {"predictions_sha256": predictions.sha256 or None, **header}


def _provenance_of(matched: Matched, corpus: Corpus, split: Split | Folds | None) -> dict[str, Scalar]:
    """Return where the truth of a layer comes from; what is of all layers has no layer in its name."""
    keys = (*matched.clips.keys, *(item.key for item in matched.streams.items))
    found = truth_provenance(corpus, matched.layer, keys, split)
    return {name if name in _OF_ALL_LAYERS else f"{matched.layer}.{name}": value for name, value in found.items()}
