"""Which monologues are streamed where no model is trained: some of the release where it is named, else a few made-up ones."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

from ...corpus import Corpus, Monologue, Sentence, Utterance
from ...spans import Span
from ..corpora import read_corpus

RELEASE_VARIABLE = "EMOS_RELEASE"
EACH_LANGUAGE = 2

_SENTENCES = {
    "en": ("I did not think that you would come.", "Look at what they have done.", "And then, at last, it was quiet."),
    "zh": ("我没想到你会来。", "你看看他们做了什么。", "后来终于安静了。"),
}
_LABELS = ("Surprise", "Anger", "Neutral", "Sadness", "Joy")
_SENTENCE_SECONDS, _UTTERANCE_SECONDS, _PAUSE_SECONDS = 3, 7, 2


def find_release(option: Path | None) -> Path | None:
    """Return the folder of the release, from the option or else from the environment; None where neither names it."""
    if option is not None:
        return option
    variable = os.environ.get(RELEASE_VARIABLE)
    return Path(variable) if variable else None


def demo_corpus(release: Path | None) -> Corpus:
    """Return a corpus of a few monologues in both languages."""
    if release is None:
        return Corpus(
            [],
            [
                _made_up_monologue(f"{language} {number}", language, number)
                for language in _SENTENCES
                for number in (1, 2)
            ],
        )
    corpus = read_corpus(str(release))
    chosen: list[Monologue] = []
    for language in sorted({each.language for each in corpus.monologues}):
        chosen += [each for each in corpus.monologues if each.language == language][:EACH_LANGUAGE]
    return Corpus([], chosen)


def _made_up_monologue(name: str, language: str, number: int) -> Monologue:
    seconds = 40 + 9 * number
    step = _UTTERANCE_SECONDS + _PAUSE_SECONDS
    utterances = [
        Utterance(
            index=index, span=Span(start, start + _UTTERANCE_SECONDS), labels={"basic7": (label,)}, raw_primary=label
        )
        for index, start in enumerate(range(number, seconds - _UTTERANCE_SECONDS, step))
        for label in [_LABELS[(index + number) % len(_LABELS)]]
    ]
    texts = _SENTENCES[language]
    sentences = [
        Sentence(index=index + 1, span=Span(start, start + _SENTENCE_SECONDS), text=texts[index % len(texts)])
        for index, start in enumerate(range(number, seconds - _SENTENCE_SECONDS, _SENTENCE_SECONDS + 1))
    ]
    key = f"streaming/{name}"
    return Monologue(
        key=key,
        name=name,
        title=name,
        language=language,
        duration=Fraction(seconds),
        sentences=tuple(sentences),
        utterances=tuple(utterances),
    )
