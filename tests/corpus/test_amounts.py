"""Amounts of labels and lengths, against counts second by second and clip by clip."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import pairwise

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Monologue, Utterance
from emos_io.corpus.amounts import LENGTH_EDGES, label_amounts, length_counts
from emos_io.testing import tiny_corpus


def test_clips_count_once_for_each_label_of_their_decision() -> None:
    corpus = tiny_corpus()
    found = label_amounts(corpus)
    for layer in ("basic7", "goemotions"):
        counted = Counter(label for clip in corpus.clips for label in set(clip.decisions[layer].labels))
        assert found[layer]["clips"] == dict(counted)


def test_seconds_are_those_of_a_count_in_steps_within_the_monologue() -> None:
    # One label reaches past the end, two overlap in a layer that takes one label at once: there it has none.
    parts = [((0, 4), "Joy"), ((3, 6), "Fear"), ((8, 12), "Joy")]
    utterances = tuple(
        Utterance(index=n, span=Span(*span), labels={"basic7": (label,), "goemotions": (label.lower(), "love")})
        for n, (span, label) in enumerate(parts)
    )
    film = Monologue(key="m", name="m", title="M", language="en", duration=Fraction(21, 2), utterances=utterances)
    step = Fraction(1, 2)
    moments = [step * n for n in range(int(film.duration / step))]
    owners = [[label for (start, end), label in parts if start <= moment < end] for moment in moments]
    single = Counter(labels[0] for labels in owners if len(labels) == 1)
    several = Counter(name for labels in owners if labels for name in {*(each.lower() for each in labels), "love"})
    found = label_amounts(Corpus([], [film]))
    for layer, counted in (("basic7", single), ("goemotions", several)):
        assert found[layer]["seconds"] == {label: str(step * number) for label, number in counted.items()}


def test_every_item_has_one_length() -> None:
    lengths = [
        None,
        *(Fraction(edge) for edge in LENGTH_EDGES),
        *(Fraction(edge) - Fraction(1, 1000) for edge in LENGTH_EDGES),
    ]
    clips = [
        Clip(key=str(n), source="own", language="en", published_span=None if each is None else Span(7, 7 + each))
        for n, each in enumerate(lengths)
    ]
    found = length_counts(Corpus(clips))
    assert sum(found["clips"].values()) == len(lengths)
    # Each edge begins a range, and the moment before it ends the one before.
    assert found["clips"]["[0, 1)"] == 1
    assert found["clips"]["unknown"] == found["clips"]["300 or more"] == 1
    assert all(found["clips"][f"[{low}, {high})"] == 2 for low, high in pairwise(LENGTH_EDGES))
    assert found["monologues"] == {}


def test_doctor_counts_media_of_clips_and_of_monologues() -> None:
    corpus = tiny_corpus().with_paths({"tiny/en-0": "a.mov", "tiny/monologue-en": "b.mov"})
    keys = {item.key for item in corpus if item.path is not None}
    counts = corpus.doctor().counts
    assert counts["with_media"] == len(keys) == 2
    assert (counts["clips_with_media"], counts["monologues_with_media"]) == (1, 1)
    assert counts["clip_seconds"] == str(sum(clip.duration or 0 for clip in corpus.clips))
