"""Small corpora for baselines: clips and monologues whose labels, texts and languages are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Sentence, Utterance

LABELS = ("Anger", "Disgust", "Fear", "Joy", "Neutral", "Sadness", "Surprise")
_WORDS = {
    "Joy": "what a happy day",
    "Fear": "I am so afraid",
    "Anger": "leave me alone now",
    "Neutral": "it is on the table",
}


def clip(
    number: int, label: str | None, *, text: str | None = None, language: str = "en", layer: str = "basic7"
) -> Clip:
    key = f"own/{number:03}"
    decisions = {} if label is None else {layer: Decision(item=key, layer=layer, labels=(label,), scores={label: 1.0})}
    words = f"{_WORDS.get(label or '', 'so it goes')} {number % 7}" if text is None else text
    return Clip(key=key, source="own", language=language, text=words, group={"video": key}, decisions=decisions)


def clips(number: int = 40) -> list[Clip]:
    """Clips in two languages; Joy is the most frequent label in one, Fear in the other."""
    names = {"en": ("Joy", "Joy", "Anger", "Neutral"), "zh": ("Fear", "Fear", "Fear", "Neutral")}
    languages = ["en" if each % 8 < 4 else "zh" for each in range(number)]
    return [clip(each, names[language][each % 4], language=language) for each, language in enumerate(languages)]


def monologue(
    name: str,
    labels: Sequence[tuple[int, int, str]],
    sentences: Sequence[tuple[str, str, str]],
    *,
    duration: str = "20",
    language: str = "en",
) -> Monologue:
    return Monologue(
        key=f"own/{name}",
        name=name,
        title=name,
        language=language,
        duration=Fraction(duration),
        utterances=tuple(
            Utterance(index=index, span=Span(start, end), labels={"basic7": (label,)}, text={"en": f"it is {label}"})
            for index, (start, end, label) in enumerate(labels)
        ),
        sentences=tuple(
            Sentence(index=index, span=Span(start, end), text=text)
            for index, (start, end, text) in enumerate(sentences, 1)
        ),
    )


def monologues() -> list[Monologue]:
    """Three monologues of different films; Joy has the most seconds, Fear the most utterances."""
    spoken = [("0.5", "3", "what a happy day"), ("3", "7.25", "I am so afraid"), ("9", "15", "leave me alone now")]
    return [
        monologue("a", [(0, 9, "Joy"), (9, 10, "Fear"), (10, 11, "Fear")], spoken),
        monologue("b", [(0, 8, "Joy"), (8, 10, "Fear"), (12, 13, "Fear")], spoken[:2], duration="15"),
        monologue("c", [(1, 6, "Anger"), (6, 10, "Joy"), (10, 12, "Fear")], spoken[1:]),
    ]


def corpus() -> Corpus:
    return Corpus(clips(), monologues())


def relabelled(found: Corpus, keys: Sequence[str]) -> Corpus:
    """The corpus with another label for some items, and other words in what was labelled."""
    changed = set(keys)
    return found.with_items(
        [_other_clip(each) if each.key in changed else each for each in found.clips],
        [_other_monologue(each) if each.key in changed else each for each in found.monologues],
    )


def _other_clip(given: Clip) -> Clip:
    labels = ("Disgust",)
    return replace(
        given,
        decisions={
            layer: replace(each, labels=labels, scores={labels[0]: 1.0}) for layer, each in given.decisions.items()
        },
    )


def _other_monologue(given: Monologue) -> Monologue:
    return replace(
        given,
        utterances=(
            Utterance(
                index=0, span=Span(2, 5), labels={"basic7": ("Disgust",)}, text={"en": "nothing of it"}, evidence="no"
            ),
        ),
    )
