"""When something is labelled, and when something is spoken: drawn independently of each other."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ...spans import Span
from .draws import Draws

LABEL_SHARES: Mapping[str, float] = {
    "Neutral": 0.22,
    "Joy": 0.15,
    "Anger": 0.14,
    "Sadness": 0.14,
    "Disgust": 0.12,
    "Fear": 0.12,
    "Surprise": 0.11,
}
"""The share of the seconds that each label should have: uneven, and none rare."""
INTENSITY_SHARES: Mapping[int, float] = {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.25, 5: 0.15}
"""How often each intensity is drawn."""
UTTERANCE_SECONDS = (3, 8)
CLIP_HUNDREDTHS = (200, 500)
"""The shortest and the longest clip in hundredths of a second."""
SENTENCE_HUNDREDTHS, PAUSE_HUNDREDTHS = (200, 400), (20, 60)
"""The shortest and the longest sentence and pause, on the clock of sentences, which is one of hundredths of a second."""
_LEAST_SENTENCE = 60
_HALVED_BY = 15
"""Seconds that a label has too much or too little of, by which it becomes half or twice as likely."""

_HUNDREDTHS = 100


class LabelDealer:
    """Deals labels to parts so that the shares of their seconds come near to `LABEL_SHARES`, also in a small corpus.

    A label that has had too much becomes a little less likely. What is dealt to one part says little about the next one: a
    model that remembers which labels it has seen gains nothing worth naming.
    """

    def __init__(self) -> None:
        self._dealt = dict.fromkeys(LABEL_SHARES, Fraction(0))

    def deal(self, draws: Draws, seconds: Fraction) -> str:
        """Return the label of the next part."""
        total = sum(self._dealt.values())
        missing = {label: share * float(total) - float(self._dealt[label]) for label, share in LABEL_SHARES.items()}
        label = draws.weighted({each: LABEL_SHARES[each] * 2 ** (missing[each] / _HALVED_BY) for each in LABEL_SHARES})
        self._dealt[label] += seconds
        return label


def intensity(draws: Draws) -> int:
    """Return an intensity from 1 to 5."""
    return draws.weighted(INTENSITY_SHARES)


def clip_seconds(draws: Draws) -> Fraction:
    """Return the length of a clip: 2 to 5 s, in hundredths."""
    return Fraction(draws.integer(*CLIP_HUNDREDTHS), _HUNDREDTHS)


def utterance_spans(draws: Draws, seconds: int) -> list[Span]:
    """Return spans of 3 to 8 full seconds that cover `seconds`, 3 or more."""
    least, most = UTTERANCE_SECONDS
    spans: list[Span] = []
    start = 0
    while start < seconds:
        left = seconds - start
        length = draws.integer(least, most)
        if left - length < least:
            # What is left must be one utterance, or enough for two.
            length = left if left <= most else left - least
        spans.append(Span(start, start + length))
        start += length
    return spans


def sentence_spans(draws: Draws, seconds: Fraction) -> list[Span]:
    """Return sentences of 2 to 4 s with pauses between them, within `seconds`; the last one may be shorter.

    Something shorter than .6 s has one sentence, as long as it is.
    """
    end = int(seconds * _HUNDREDTHS)
    if end < _LEAST_SENTENCE:
        return [Span(0, seconds)]
    spans: list[Span] = []
    start = min(draws.integer(*PAUSE_HUNDREDTHS), end - _LEAST_SENTENCE)
    while end - start >= _LEAST_SENTENCE:
        stop = min(start + draws.integer(*SENTENCE_HUNDREDTHS), end)
        spans.append(Span(Fraction(start, _HUNDREDTHS), Fraction(stop, _HUNDREDTHS)))
        start = stop + draws.integer(*PAUSE_HUNDREDTHS)
    return spans
