"""A corpus of clips and monologues, files of predictions and folders of training, as reports are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Scalar, Utterance, Vote
from emos_io.evaluation import Prediction, Predictions, score_runs
from emos_io.report.comparison import ReportContent, ReportOptions, ReportRun, TrainingRun

CLASSES = ("Anger", "Disgust", "Fear", "Joy", "Neutral", "Sadness", "Surprise")
DRAWS = 50
"""Draws of intervals: few, since tests compare them with scores alone."""
LAYER = "basic7"


def clip(index: int, label: str) -> Clip:
    """A clip with three votes for a label."""
    votes = [Vote(item="", layer=LAYER, rater=rater, labels=(label,)) for rater in ("ann", "bob", "cem")]
    decision = Decision(item="", layer=LAYER, labels=(label,), scores={label: 1.0}, confidence_tier="high")
    return Clip(key=f"own/{index:03}", source="own", language="en", votes=tuple(votes), decisions={LAYER: decision})


def monologue(key: str, labels: Sequence[str]) -> Monologue:
    """A monologue with a label for each 10 s."""
    spans = [Span(10 * index, 10 * index + 10) for index in range(len(labels))]
    utterances = tuple(
        Utterance(index=index, span=span, labels={LAYER: (label,)})
        for index, (span, label) in enumerate(zip(spans, labels, strict=True))
    )
    return Monologue(
        key=key, name=key, title=key, language="en", duration=Fraction(10 * len(labels)), utterances=utterances
    )


def made_corpus(number: int = 60) -> Corpus:
    """Clips of five classes in turn, and two monologues."""
    clips = [clip(index, CLASSES[index % 5]) for index in range(number)]
    return Corpus(clips, [monologue("own/m0", ("Joy", "Fear", "Joy")), monologue("own/m1", ("Anger", "Joy"))])


def predicted(
    corpus: Corpus, name: str, wrong_each: int, header: Mapping[str, Scalar] | None = None, *, streams: bool = True
) -> Predictions:
    """Predictions that are wrong for every so many clips, and say Joy of all monologues from a third of a second late."""
    rows = [
        Prediction(
            key=each.key,
            layer=LAYER,
            label="Surprise" if index % wrong_each == 0 else each.decisions[LAYER].labels[0],
            confidence=(index % 10 + 1) / 10,
        )
        for index, each in enumerate(corpus.clips)
    ]
    if streams:
        rows += [
            Prediction(key=each.key, layer=LAYER, span=Span(0, each.duration), label="Joy", available_at=Fraction(1, 3))
            for each in corpus.monologues
        ]
    return Predictions(tuple(rows), name=name, header=header or {})


def content_of(
    corpus: Corpus, *runs: Predictions, training: Sequence[TrainingRun] = (), by: tuple[()] = ()
) -> ReportContent:
    """What a report of these runs is made of."""
    together = score_runs(runs, corpus, by=by, draws=DRAWS)
    return ReportContent(
        title="a report",
        corpus=corpus,
        options=ReportOptions(out=Path("report.html"), by=by, draws=DRAWS),
        runs=tuple(
            ReportRun(name=run.name, predictions=run, scores=scores)
            for run, scores in zip(runs, together.scores, strict=True)
        ),
        comparison=together.comparison,
        layers=(LAYER,),
        training=tuple(training),
    )


def split_metric(metric: str) -> tuple[str, dict[str, str]]:
    """The kind of a number, and what it is of."""
    kind, _, query = metric.partition("?")
    return kind, dict(parse_qsl(query, keep_blank_values=True))


class JsonValues:
    """All numbers in the JSON of scores and of a comparison, found by the names that a page gives them."""

    def __init__(self, content: ReportContent) -> None:
        self._scores: dict[frozenset[tuple[str, str]], dict[str, Any]] = {}
        self._tables: dict[frozenset[tuple[str, str]], dict[str, Any]] = {}
        self._differences: dict[frozenset[tuple[str, str]], dict[str, Any]] = {}
        for run in content.runs:
            values = json.loads(run.scores.to_json())
            for each in values["scores"]:
                self._scores[_key(each, run=values["name"])] = each
            for each in values["tables"]:
                self._tables[_key(each, run=values["name"])] = each
        for each in json.loads(content.comparison.to_json())["differences"] if content.comparison else []:
            pair = {name: each[name] for name in ("first", "second")}
            self._differences[_key(each["difference"], **pair)] = each["difference"]

    def get(self, metric: str) -> Scalar:
        """The value that a number has, read from its name alone."""
        kind, of = split_metric(metric)
        if kind == "table":
            row, column = int(of.pop("row")), of.pop("column")
            table = self._tables[frozenset(of.items())]
            return _scalar(table["rows"][row][table["columns"].index(column)])
        field = of.pop("field")
        records = {"score": self._scores, "difference": self._differences}[kind]
        return _scalar(records[frozenset(of.items())][field])


def _key(record: Mapping[str, Any], **beside: str) -> frozenset[tuple[str, str]]:
    return frozenset({**record.get("of", {}), "name": record["name"], **beside}.items())


def _scalar(value: object) -> Scalar:
    assert value is None or isinstance(value, str | int | float)
    return value


def printed(value: Scalar, metric: str) -> set[str]:
    """How a value may be printed: to three places, p to four, counts with or without commas."""
    if value is None:
        return {"-"}
    if isinstance(value, float):
        return {f"{value:.4f}" if "field=p" in metric else f"{value:z.3f}"}
    return {str(value), f"{value:,}"}
