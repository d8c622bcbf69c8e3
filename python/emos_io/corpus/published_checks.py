"""What is odd about published clips: lengths, repeats and their labels, and words that contradict a number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from fractions import Fraction

from .findings import FindingCollector
from .records import Clip, Scalar

LONGEST_UTTERANCE = Fraction(60)
"""Seconds. Of the 5,000 utterances of MELD in the EmoS release the longest lasts 41 s; one of over a minute is cut wrongly."""

_SIGNS = {"negative": -1, "neutral": 0, "positive": 1}


def check_utterances(clips: Sequence[Clip], findings: FindingCollector) -> None:
    """Make findings of what is odd about utterances of MELD, which are kept as published.

    Utterances longer than a minute are ``odd_length``. Of two that are cut from the same seconds of an episode, or that have
    the same words at the same time where no episode is given, the second is ``duplicate_media``. Where their words are the same
    too, it is one utterance: two emotions of it are ``conflicting_labels``. Two parts that share media are ``shared_media``.

    Args:
        clips: Clips with the attributes ``season``, ``episode``, ``start``, ``end``, ``emotion``, and ``mode`` where the
            release has parts.
        findings: Takes the findings.
    """
    groups: dict[tuple[Hashable, ...], list[Clip]] = defaultdict(list)
    for clip in clips:
        if clip.duration is not None and clip.duration > LONGEST_UTTERANCE:
            what = f"{clip.key} lasts {float(clip.duration):g} s"
            findings.add("odd_length", str(clip.provenance), what, "it is kept; correct its times, or leave it out")
        seconds = _seconds(clip)
        if seconds is None:
            continue
        for other in _earlier(clip, groups[seconds]):
            _compare(clip, other, findings)
        groups[seconds].append(clip)


def check_sentiment(clip: Clip, findings: FindingCollector) -> None:
    """Make a finding of a clip of CH-SIMS whose sentiment and its word disagree, such as -0.4 and ``Positive``.

    Weak forms of the words count as the words: ``Weakly Negative`` is negative. A word that is none of them says nothing.

    Args:
        clip: A clip with the attributes ``sentiment`` and ``annotation``.
        findings: Takes the finding (``sentiment_differs``).
    """
    sentiment, word = clip.attributes.get("sentiment"), str(clip.attributes.get("annotation") or "")
    signs = {sign for name, sign in _SIGNS.items() if name in word.casefold()}
    if isinstance(sentiment, int | float) and len(signs) == 1 and {(sentiment > 0) - (sentiment < 0)} != signs:
        what = f"the sentiment of {clip.key} is {sentiment:g}, its word {word!r}"
        findings.add(
            "sentiment_differs", str(clip.provenance), what, "both are kept; watch the clip to see which is right"
        )


def _seconds(clip: Clip) -> tuple[Hashable, ...] | None:
    """Return what two clips of the same seconds have in common, or None where that is not known."""
    start, end = (clip.attributes.get(name) for name in ("start", "end"))
    if start is None or end is None:
        return None
    at: tuple[Hashable, ...] = (start, end) if clip.published_span is None else (clip.published_span,)
    episode = (clip.attributes.get("season"), clip.attributes.get("episode"))
    return (*at, *episode) if None not in episode else (*at, *episode, _words(clip))


def _words(clip: Clip) -> str:
    """Return a text without what releases damage: signs, spaces and letter case."""
    return "".join(filter(str.isalnum, clip.text.casefold()))


def _earlier(clip: Clip, others: Sequence[Clip]) -> list[Clip]:
    """Return the first clip of the same words, else the first of the same seconds; and the first of each other part."""
    alike = [other for other in others if _words(other) == _words(clip)] or list(others)
    first = {other.attributes.get("mode"): other for other in reversed(alike)}
    return alike[:1] + [other for other in alike[1:] if other is first[other.attributes.get("mode")]]


def _compare(clip: Clip, other: Clip, findings: FindingCollector) -> None:
    where, both = str(clip.provenance), f"{clip.key} and {other.key}"
    fix = "both are kept; keep them on one side of a split"
    emotions = [_emotion(each) for each in (clip, other)]
    one_utterance, conflict = _words(clip) == _words(other), emotions[0] != emotions[1]
    labels = f"labelled {emotions[0]!r} and {emotions[1]!r}"
    words = "the same words" if one_utterance else f"other words{f', {labels}' if conflict else ''}"
    findings.add("duplicate_media", where, f"{both} are cut from the same seconds, with {words}", fix)
    if one_utterance and conflict:
        what = f"{both} are one utterance, {labels}"
        findings.add("conflicting_labels", where, what, "both are kept as published; choose one, or leave both out")
    parts: list[Scalar] = [each.attributes.get("mode") for each in (clip, other)]
    if parts[0] != parts[1]:
        what = f"{both} are in {parts[0]} and in {parts[1]}"
        findings.add("shared_media", where, what, "both are kept; leave one out, or scores on it say nothing")


def _emotion(clip: Clip) -> str:
    return str(clip.attributes.get("emotion") or "").casefold()
