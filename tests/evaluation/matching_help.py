"""A small corpus and predictions about it, for tests of matching."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from emos_io import Span
from emos_io.corpus import (
    Clip,
    Corpus,
    Decision,
    Folds,
    Monologue,
    Split,
    Taxonomy,
    Utterance,
    taxonomy,
)
from emos_io.evaluation import Matched, Prediction, Predictions, match

ROUNDING = 1e-12
"""Of sums of a few floats near 1."""

LABELS = taxonomy("basic7").labels
MOODS = Taxonomy("moods", "1", "Calm or tense", ("calm", "tense"), abstain="unsure", aliases={"relaxed": "calm"})


def clip(key: str, source: str = "own", **labels: Sequence[str]) -> Clip:
    decisions = {
        layer: Decision(item=key, layer=layer, labels=tuple(words), scores=dict.fromkeys(words, 1.0))
        for layer, words in labels.items()
    }
    return Clip(key=key, source=source, language="en", decisions=decisions)


def film(key: str = "streaming/film", duration: int = 20) -> Monologue:
    parts = (
        Utterance(index=0, span=Span(0, 8), labels={"basic7": ("Joy",), "goemotions": ("joy", "love")}, intensity=3),
        Utterance(index=1, span=Span(10, 22), labels={"basic7": ("Fear",), "goemotions": ("fear",)}, intensity=4),
    )
    return Monologue(key=key, name="film", title="Film", language="en", duration=duration, utterances=parts)  # type: ignore[arg-type]


def corpus() -> Corpus:
    clips = [
        clip("own/1", basic7=["Joy"], goemotions=["joy", "love"], intensity=["2"]),
        clip("own/2", basic7=["Fear"], goemotions=[], intensity=["5"]),
        clip("own/3", source="other", basic7=["Anger"], goemotions=["anger"]),
        clip("own/4"),
    ]
    return Corpus(clips, [film(), film("streaming/second")])


def row(key: str = "own/1", layer: str = "basic7", /, **values: object) -> Prediction:
    answer: dict[str, object] = {} if {"labels", "value", "error", "label"} & set(values) else {"label": "Joy"}
    return Prediction(key=key, layer=layer, **answer, **values)  # type: ignore[arg-type]


def matched(rows: Iterable[Prediction], layer: str = "basic7", **options: object) -> Matched:
    numbered = tuple(dataclasses.replace(each, line=line) for line, each in enumerate(rows, 1))
    predictions = Predictions(numbered, {"form": "segments"}, name="p.jsonl")
    return match(predictions, corpus(), layer=layer, **options)  # type: ignore[arg-type]


def found(result: Matched) -> list[tuple[str, str]]:
    return [(each.code, each.where.removeprefix("p.jsonl").removeprefix(", ")) for each in result.findings]


def split_of(train: Sequence[str], test: Sequence[str]) -> Split:
    return Split(tuple(train), tuple(test), 1, 0.5, (), (), "5" * 64, {})


def folds_of(*keys: Sequence[str]) -> Folds:
    names = tuple(map(str, range(len(keys))))
    return Folds(tuple(map(tuple, keys)), names, "folds", 1, (), (), "6" * 64)
