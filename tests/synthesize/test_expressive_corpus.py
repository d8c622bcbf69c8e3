"""A made-up corpus: what is labelled when, by whom, and that its texts say nothing of the labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from emos_io.annotation import confidence_tier
from emos_io.corpus import SYNTHETIC_REMARK, Corpus, is_synthetic, leaks, taxonomy
from emos_io.errors import InvalidArgument
from emos_io.evaluation import Scores, predict_baseline, score
from emos_io.synthesize import expressive_corpus

BASIC7 = set(taxonomy("basic7").labels)
ALIKE = {
    "face": [{"Anger", "Disgust"}, {"Fear", "Surprise"}, {"Joy"}, {"Sadness"}, {"Neutral"}],
    "voice": [{"Anger", "Fear"}, {"Joy", "Surprise"}, {"Sadness", "Disgust"}, {"Neutral"}],
}
"""The labels that each channel does not tell apart, as docs/expressive.md lists them."""


@pytest.fixture(scope="module")
def made() -> Corpus:
    return expressive_corpus(16, seed=5)


def seconds_by_label(corpus: Corpus) -> dict[str, Fraction]:
    """The seconds of each label, of monologues and clips."""
    total: defaultdict[str, Fraction] = defaultdict(Fraction)
    for monologue in corpus.monologues:
        for each in monologue.utterances:
            assert each.basic7 is not None
            total[each.basic7] += each.span.duration
    for clip in corpus.clips:
        assert clip.decision is not None and clip.decision.label is not None and clip.duration is not None
        total[clip.decision.label] += clip.duration
    return dict(total)


def best(seconds: dict[str, Fraction], channel: str) -> Fraction:
    """How many of the seconds are right if each set of labels that look alike has one answer."""
    right = sum(max(seconds.get(label, Fraction(0)) for label in alike) for alike in ALIKE[channel])
    return Fraction(right) / sum(seconds.values())


@pytest.mark.parametrize("seed", range(8))
def test_each_channel_alone_is_right_four_times_in_five_at_most(seed: int) -> None:
    corpus = expressive_corpus(seed=seed)
    seconds = seconds_by_label(corpus)
    assert set(seconds) == BASIC7
    assert best(seconds, "face") <= Fraction(4, 5) and best(seconds, "voice") <= Fraction(4, 5)
    shares = sorted(float(each / sum(seconds.values())) for each in seconds.values())
    # Uneven, but none is rare and none is everywhere.
    assert shares[0] > 0.08 and 0.2 < shares[-1] < 0.25


def test_utterances_of_full_seconds_cover_the_monologue(made: Corpus) -> None:
    for who in made.monologues:
        spans = [each.span for each in who.utterances]
        assert spans[0].start == 0 and spans[-1].end == who.duration == 40
        assert all(before.end == after.start for before, after in pairwise(spans))
        assert all(span.start.denominator == 1 and 3 <= span.duration <= 8 for span in spans)
        assert all(each.intensity in range(1, 6) for each in who.utterances)
    assert {each.intensity for who in made.monologues for each in who.utterances} == set(range(1, 6))


def test_sentences_have_pauses_and_do_not_end_with_labels(made: Corpus) -> None:
    boundaries, at_boundaries, ends = set[Fraction](), 0, 0
    for who in made.monologues:
        spans = [each.span for each in who.sentences]
        assert [each.index for each in who.sentences] == list(range(1, len(spans) + 1))
        assert spans[0].start > 0 and spans[-1].end <= who.duration
        assert all(Fraction("0.2") <= after.start - before.end <= Fraction("0.6") for before, after in pairwise(spans))
        assert all(2 <= span.duration <= 4 for span in spans[:-1])
        boundaries = {each.span.end for each in who.utterances[:-1]}
        at_boundaries += sum(span.end in boundaries for span in spans)
        ends += len(spans)
    # Sentences end on a clock of 10 ms: drawn by themselves, one in a hundred would end on a given full second.
    assert at_boundaries / ends < 0.1


def test_half_of_the_speakers_speak_each_language(made: Corpus) -> None:
    speakers = {item.group["speaker"]: item.language for item in made}
    assert len(speakers) == 16 and Counter(speakers.values()) == {"en": 8, "zh": 8}
    for item in made.clips:
        assert item.text and item.text.isascii() == (item.language == "en")
        assert item.speaker == item.group["speaker"]
    for who in made.monologues:
        assert all(each.text.isascii() == (who.language == "en") for each in who.sentences)
        assert {language for each in who.utterances for language in each.text} == {who.language}


def test_every_item_says_that_it_is_synthetic(made: Corpus) -> None:
    assert all(is_synthetic(item) for item in made)
    assert SYNTHETIC_REMARK == "synthetic: says nothing about real emotion"


def test_clips_have_votes_and_every_tier(made: Corpus) -> None:
    tiers: Counter[str] = Counter()
    for clip in made.clips:
        decision = clip.decision
        assert decision is not None and decision.confidence is not None and clip.duration is not None
        assert 2 <= clip.duration <= 5
        assert [vote.rater for vote in clip.votes_in("basic7")] == ["r1", "r2", "r3"]
        assert decision.label == max(decision.scores, key=lambda each: decision.scores[each])
        assert sum(decision.scores.values()) == pytest.approx(1, abs=1e-5)  # each of 7 is rounded to six decimals
        assert decision.scores[decision.label] == decision.confidence
        distinct = len({vote.labels for vote in clip.votes})
        assert decision.confidence_tier == confidence_tier(decision.confidence, distinct)
        tiers[str(decision.confidence_tier)] += 1
    assert set(tiers) == {"high", "medium", "low"}


def test_weak_clips_have_weaker_votes() -> None:
    clips = expressive_corpus(64, seed=2, seconds=3, clips_per_speaker=8).clips
    unanimous = {
        strength: [
            len({vote.labels for vote in each.votes}) == 1 for each in clips if each.attributes["intensity"] in strength
        ]
        for strength in ((1, 2), (4, 5))
    }
    weak, strong = (sum(each) / len(each) for each in unanimous.values())
    assert weak < strong


def test_more_speakers_and_other_seeds() -> None:
    small, large, other = expressive_corpus(3, seed=9), expressive_corpus(5, seed=9), expressive_corpus(3, seed=10)
    assert [large.monologues[key] for key in small.monologues.keys()] == list(small.monologues)  # noqa: SIM118
    assert [large.clips[key] for key in small.clips.keys()] == list(small.clips)  # noqa: SIM118
    both = small + other
    assert len(both) == len(small) + len(other)
    assert len({item.group["speaker"] for item in both}) == 6
    fewer = expressive_corpus(3, seed=9, clips_per_speaker=0)
    assert list(fewer.monologues) == list(small.monologues) and not fewer.clips


def test_a_saved_corpus_is_the_same(made: Corpus, tmp_path: Path) -> None:
    made.save(tmp_path)
    again = Corpus.load(tmp_path)
    assert list(again) == list(made)
    assert not again.doctor().findings


def test_a_split_by_speaker_leaks_nothing(made: Corpus) -> None:
    split = made.split(seed=1, test=0.25, validation=0.125, by=["speaker"])
    assert not leaks(made, split).leaks


def test_texts_do_not_tell_the_labels() -> None:
    corpus = expressive_corpus(32, seed=3, seconds=20, clips_per_speaker=8)
    split = corpus.split(seed=0, test=0.5, by=["speaker"], stratify=["language"])

    def accuracy(scores: Scores) -> tuple[float, float, float]:
        (found,) = [each for each in scores.scores if each.name == "accuracy" and each.of["kind"] == "clips" and each.n]
        assert found.value is not None and found.low is not None and found.high is not None
        return found.low, found.value, found.high

    majority = accuracy(score(predict_baseline("majority", corpus, split), corpus, split=split, by=[], draws=200))
    text = accuracy(score(predict_baseline("text", corpus, split), corpus, split=split, by=[], draws=200))
    assert text[0] <= majority[1] and text[1] <= majority[2]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"num_speakers": 0}, "num_speakers must be an integer from 1 to 10000, got 0; 32 are a small corpus"),
        ({"seed": -1}, "seed must be an integer from 0 to 2147483647, got -1; take 0"),
        ({"seconds": 2}, "seconds must be an integer from 3 to 36000, got 2; 40 are usual"),
        ({"seconds": 40.5}, "seconds must be an integer from 3 to 36000, got 40.5; 40 are usual"),
        ({"clips_per_speaker": -1}, "clips_per_speaker must be an integer from 0 to 1000, got -1; 4 are usual"),
    ],
)
def test_numbers_out_of_range_are_refused(options: dict[str, int], text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        expressive_corpus(**options)
    assert str(caught.value) == text
