"""Baselines of words alone: transcripts of clips, and sentences of monologues as speech recognition gives them, causally."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np

from ...corpus import Clip, Monologue, Taxonomy
from ...spans import Span
from ..predictions import Prediction
from .text_model import TextModel
from .training import Part, clip_label, rounded, stream_labels

TrainOn = Literal["clips", "streams"]
TRAIN_ON: tuple[TrainOn, ...] = ("clips", "streams")
"""What the baseline of monologues may learn from: clips, or sentences of other monologues."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text to learn from, its label and the language of its item."""

    text: str
    label: str
    language: str


class TextModels:
    """The models of some texts, each fitted when it is first asked for.

    Args:
        known: The texts to learn from.
        taxonomy: That of the layer.
        by_language: One model for each language, of its own texts alone; False for one of all.
        fitted: Called when a model is fitted.
    """

    def __init__(
        self, known: Sequence[LabelledText], taxonomy: Taxonomy, *, by_language: bool, fitted: Callable[[], None]
    ) -> None:
        self.taxonomy, self.by_language = taxonomy, by_language
        self._known, self._fitted = known, fitted
        self._models: dict[str | None, TextModel | None] = {}

    def model(self, language: str | None) -> TextModel | None:
        """Return the model of a language, or for None that of all; None where there is nothing to learn from."""
        if language not in self._models:
            own = [each for each in self._known if language in (None, each.language)]
            texts, labels = [each.text for each in own], [each.label for each in own]
            self._models[language] = TextModel(texts, labels, self.taxonomy.labels) if own else None
            self._fitted()
        return self._models[language]


@dataclass(frozen=True, slots=True)
class Question:
    """A text whose label is asked for, and what of the prediction is known before."""

    key: str
    text: str
    language: str
    span: Span | None = None
    available_at: Fraction | None = None


def predict_clips(part: Part, models: TextModels) -> Iterator[Prediction]:
    """Yield one prediction for each clip of the test side of a part, by its transcript.

    A clip without a text, or in a language that no text of train has, is a prediction without an answer.
    """
    asked = [Question(item.key, item.text, item.language) for item in part.test if isinstance(item, Clip)]
    yield from _answers(asked, part.fold, models)


def predict_streams(part: Part, models: TextModels) -> Iterator[Prediction]:
    """Yield a prediction at the end of each sentence of the monologues of the test side, by the text of that sentence alone.

    Only sentences of speech recognition are read, never transcripts, cues or evidence of utterances: these begin and end
    where labels do. A decision is about the time since the one before, from 0 on, and can be given when its sentence ends; the
    last one is carried on to the end of the monologue. Sentences that end at once are one. A monologue without sentences
    has one prediction without an answer.
    """
    asked = [each for item in part.test if isinstance(item, Monologue) for each in questions_of(item)]
    yield from _answers(asked, part.fold, models)


def labelled_clips(clips: Sequence[Clip], taxonomy: Taxonomy) -> list[LabelledText]:
    """Return the texts of clips that have a text and a label, in order of the keys of clips."""
    in_order = sorted(clips, key=lambda clip: clip.key)
    labels = [clip_label(clip, taxonomy) for clip in in_order]
    return [
        LabelledText(clip.text, label, clip.language)
        for clip, label in zip(in_order, labels, strict=True)
        if label is not None and clip.text.strip()
    ]


def labelled_sentences(monologue: Monologue, taxonomy: Taxonomy) -> list[LabelledText]:
    """Return the sentences of a monologue that lie in labelled utterances, each with the label that it overlaps longest.

    A sentence lies in an utterance if its middle does, as for the finding ``sentence_without_utterance``. Of labels that it
    overlaps equally long the earlier counts; where utterances overlap and differ, there is no label.
    """
    line = stream_labels(monologue, taxonomy)
    if line is None:
        return []
    spans = [each.span for each in monologue.utterances if each.labels_in(taxonomy.name)]
    found = []
    for sentence in monologue.sentences:
        middle = (sentence.span.start + sentence.span.end) / 2
        seconds = {name: each for name, each in line.seconds(sentence.span).items() if name in taxonomy.labels}
        if seconds and sentence.text.strip() and any(middle in span for span in spans):
            # max gives the first of equal ones, and labels stand in the order of time.
            label = max(seconds, key=lambda name: seconds[name])
            found.append(LabelledText(sentence.text, label, monologue.language))
    return found


def questions_of(monologue: Monologue) -> Iterator[Question]:
    """Yield what is asked of a monologue: one text for each time at which sentences end, in order of time, without overlap."""
    by_end: dict[Fraction, list[str]] = {}
    for sentence in sorted(monologue.sentences, key=lambda each: (each.span.end, each.span.start)):
        if sentence.text.strip() and sentence.span.start < monologue.duration:
            # Media end where they end: a sentence is known then at the latest.
            by_end.setdefault(min(sentence.span.end, monologue.duration), []).append(sentence.text)
    edges = [Fraction(0), *list(by_end)[:-1], monologue.duration]
    if not by_end:
        yield Question(
            monologue.key, "", monologue.language, Span(0, monologue.duration), available_at=monologue.duration
        )
    for (start, end), (known_at, texts) in zip(pairwise(edges), by_end.items(), strict=bool(by_end)):
        yield Question(monologue.key, " ".join(texts), monologue.language, Span(start, end), known_at)


def _answers(asked: Sequence[Question], fold: str | None, models: TextModels) -> Iterator[Prediction]:
    """Yield the predictions of texts in their order, each by the model of its language or of all."""
    taxonomy, found = models.taxonomy, dict[int, Prediction]()
    languages = dict.fromkeys(each.language for each in asked) if models.by_language else {None: None}
    for language in languages:
        numbers = [number for number, each in enumerate(asked) if language in (None, each.language)]
        readable = [number for number in numbers if asked[number].text.strip()]
        for number in set(numbers) - set(readable):
            found[number] = _prediction(asked[number], taxonomy, fold, error="there is no text")
        model = models.model(language) if readable else None
        if model is None:
            error = f"no text of train{'' if language is None else f' in {language!r}'} has a label"
            found |= {number: _prediction(asked[number], taxonomy, fold, error=error) for number in readable}
            continue
        rows = model.probabilities([asked[number].text for number in readable])
        for number, row in zip(readable, rows, strict=True):
            scores = {label: rounded(float(share)) for label, share in zip(taxonomy.labels, row, strict=True)}
            label = taxonomy.labels[int(np.argmax(row))]
            found[number] = _prediction(asked[number], taxonomy, fold, label=label, scores=scores)
    yield from (found[number] for number in range(len(asked)))


def _prediction(
    asked: Question,
    taxonomy: Taxonomy,
    fold: str | None,
    *,
    label: str | None = None,
    scores: dict[str, float] | None = None,
    error: str = "",
) -> Prediction:
    return Prediction(
        key=asked.key,
        layer=taxonomy.name,
        span=asked.span,
        label=label,
        error=error,
        confidence=None if label is None or scores is None else scores[label],
        scores=scores or {},
        available_at=asked.available_at,
        fold=fold,
    )
