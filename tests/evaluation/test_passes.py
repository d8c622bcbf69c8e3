"""How often scoring goes over its data: once for each layer and monologue, however many slices and draws there are."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Utterance
from emos_io.evaluation import Prediction, Predictions, score, slices

FILMS = 12
CLIPS = 30


def corpus() -> Corpus:
    clips = []
    for number in range(CLIPS):
        decision = Decision(
            item=f"own/{number}", layer="basic7", labels=("Joy",), scores={"Joy": 1.0}, confidence_tier="high"
        )
        language = ("en", "zh")[number % 2]
        clips.append(Clip(key=f"own/{number}", source="own", language=language, decisions={"basic7": decision}))
    films = []
    for number in range(FILMS):
        labels = [("Joy",), ("Fear",), ("Joy",)]
        utterances = tuple(
            Utterance(index=k, span=Span(5 * k, 5 * k + 5), labels={"basic7": each}, intensity=k + 1)
            for k, each in enumerate(labels)
        )
        language = ("en", "zh")[number % 2]
        films.append(
            Monologue(
                key=f"streaming/{number}", name=str(number), title=f"film {number}", language=language,
                duration=Fraction(15), utterances=utterances,
            )
        )  # fmt: skip
    return Corpus(clips, films)


def predictions() -> Predictions:
    rows = [Prediction(key=f"own/{number}", layer="basic7", label="Joy", confidence=0.5) for number in range(CLIPS)]
    for number in range(FILMS):
        for start in range(15):
            span = Span(start, start + 1)
            key = f"streaming/{number}"
            rows.append(Prediction(key=key, layer="basic7", span=span, label="Joy", available_at=span.end))
            rows.append(Prediction(key=key, layer="intensity", span=span, value=2.0))
    return Predictions(tuple(rows), name="always Joy")


def test_data_are_gone_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()

    def counted(module: str, name: str) -> None:
        where = importlib.import_module(f"emos_io.evaluation.{module}")
        made: Callable[..., object] = getattr(where, name)

        def counting(*args: object, **kwargs: object) -> object:
            calls[name] += 1
            return made(*args, **kwargs)

        monkeypatch.setattr(where, name, counting)

    for module, name in (
        ("score", "match"),
        ("score", "clusters_of"),
        ("clip_parts", "rater_shares"),
        ("stream_parts", "content_stream"),
        ("stream_parts", "decision_stream"),
        ("stream_parts", "curve"),
    ):
        counted(module, name)
    found = score(predictions(), corpus(), by=slices.SLICES_BY, draws=50)
    assert {each.of.get("film") for each in found} > {f"film {number}" for number in range(FILMS)}
    # Clips and monologues in basic7, monologues in intensity.
    assert calls == {
        "match": 2, "clusters_of": 3, "rater_shares": 1, "content_stream": FILMS, "decision_stream": FILMS, "curve": FILMS
    }  # fmt: skip
