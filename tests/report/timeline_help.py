"""Reports of small corpora, for tests of timelines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from emos_io import Span
from emos_io.corpus import Corpus, Folds, Monologue, Split
from emos_io.evaluation import Prediction, Predictions, Scores, score
from emos_io.report.comparison.content import ReportContent, ReportOptions, ReportRun
from emos_io.report.comparison.timelines.values import TimelineView, timeline_views

DRAWS = 10
"""Draws of clusters, where intervals are not what is looked at."""


def content_of(
    corpus: Corpus,
    runs: Sequence[Predictions] = (),
    *,
    media: Mapping[str, Path] | None = None,
    out: Path = Path("report.html"),
    frames: bool = True,
    division: Split | Folds | None = None,
    scored: bool = True,
) -> ReportContent:
    """The content of a report of runs in all of their layers; of runs that are not scored, scores are empty."""
    layers = tuple(dict.fromkeys(layer for run in runs for layer in run.layers))
    nothing = {each.name: Scores(name=each.name, scores=()) for each in runs}
    scores = {each.name: scores_of(each, corpus, division) for each in runs} if scored else nothing
    return ReportContent(
        title="A report",
        corpus=corpus,
        runs=tuple(ReportRun(name=each.name, predictions=each, scores=scores[each.name]) for each in runs),
        layers=layers or ("basic7", "goemotions"),
        division=division,
        media=media or {},
        options=ReportOptions(out=out, frames=frames, draws=DRAWS),
    )


def scores_of(run: Predictions, corpus: Corpus, division: Split | Folds | None = None) -> Scores:
    """The scores of a run, with intervals of few draws."""
    return score(run, corpus, split=division, draws=DRAWS)


def views_of(content: ReportContent) -> dict[str, TimelineView]:
    """The timelines of a report by the keys of their items."""
    return {each.item.key: each for each in timeline_views(content)}


def labels_in(item: Monologue, layer: str = "basic7") -> list[tuple[Span, str]]:
    """Span and label of each utterance, as the corpus has them."""
    return [(each.span, each.labels_in(layer)[0]) for each in item.utterances if each.labels_in(layer)]


def copy_of(item: Monologue, shift: Fraction, *, name: str = "copy.jsonl") -> Predictions:
    """The labels of people as predictions, all of them later by so many seconds."""
    return Predictions(
        tuple(
            Prediction(key=item.key, layer="basic7", span=Span(span.start + shift, span.end + shift), label=label)
            for span, label in labels_in(item)
        ),
        header={"form": "segments"},
        name=name,
    )


def written(path: Path, lines: Iterable[Mapping[str, object]]) -> Path:
    """A file of predictions."""
    path.write_text("".join(f"{json.dumps(each)}\n" for each in lines), "utf-8")
    return path


def found_in(scores: Mapping[str, Any], metric: str) -> Any:
    """The number that a metric names in the JSON of `emos score`."""
    kind, _, query = metric.partition("?")
    assert kind == "score"
    of = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True))
    assert of.pop("run") == scores["name"]
    name, field = of.pop("name"), of.pop("field")
    (found,) = [each for each in scores["scores"] if each["name"] == name and each.get("of", {}) == of]
    return found[field]
