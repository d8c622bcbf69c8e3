"""A corpus that is made up: speakers with a monologue and clips each, and no media yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ..._checks import integer
from ...corpus import SYNTHETIC, Clip, Corpus, Monologue, Sentence, Utterance
from ...spans import Span
from .draws import MAX_SEED, Draws
from .raters import votes_and_decision
from .schedule import UTTERANCE_SECONDS, LabelDealer, clip_seconds, intensity, sentence_spans, utterance_spans
from .texts import LANGUAGES, joined_text, sentence_text

SOURCE = "expressive"
MADE_UP = "expressive"
"""The value of the attribute `SYNTHETIC` of items that are made up."""
MAX_SPEAKERS, MAX_SECONDS, MAX_CLIPS = 10_000, 36_000, 1_000


def expressive_corpus(
    num_speakers: int = 32, *, seed: int = 0, seconds: int = 40, clips_per_speaker: int = 4
) -> Corpus:
    """Make up a corpus: for each speaker a monologue and clips, with Basic-7 labels, intensities and texts.

    Speakers with even numbers speak English, the others Chinese. A monologue is one utterance after another, each of 3 to 8
    full seconds with a label and an intensity from 1 to 5. Labels have uneven shares, and each has some (`LABEL_SHARES`).
    Sentences of 2 to 4 s and their texts are drawn independently of the labels. A clip has 2 to 5 s, one label, an intensity
    (among its attributes), the votes of three simulated raters, and a decision with a confidence tier.

    Keys and names of speakers contain the seed, so corpora of two seeds have no speaker in common and can be added. A corpus
    of more speakers begins with those of a smaller one. Every item has the attribute ``synthetic`` (`is_synthetic`).

    Args:
        num_speakers: How many speakers, 1 to 10,000.
        seed: 0 to 2,147,483,647.
        seconds: The length of a monologue, 3 to 36,000.
        clips_per_speaker: How many clips each speaker has, 0 to 1,000.

    Raises:
        InvalidArgument: A number is out of its range.

    Cost: some milliseconds a speaker; no media are made (`synthesize_expressive`).

    Example:
        >>> corpus = expressive_corpus(2, seed=7, clips_per_speaker=1)
        >>> corpus, corpus.monologues.keys()
        (Corpus(2 clips, 2 monologues, 0 findings), ['expressive/7-000-talk', 'expressive/7-001-talk'])
        >>> corpus.monologues[0].group, corpus.monologues[1].language
        ({'speaker': '7-000'}, 'zh')
    """
    num_speakers = integer(num_speakers, "num_speakers", "32 are a small corpus", most=MAX_SPEAKERS)
    seed = integer(seed, "seed", "take 0", least=0, most=MAX_SEED)
    least = UTTERANCE_SECONDS[0]
    seconds = integer(seconds, "seconds", "40 are usual", least=least, most=MAX_SECONDS)
    clips_per_speaker = integer(clips_per_speaker, "clips_per_speaker", "4 are usual", least=0, most=MAX_CLIPS)
    monologues, clips = LabelDealer(), LabelDealer()
    speakers = [f"{seed}-{number:03}" for number in range(num_speakers)]
    talks = [
        _monologue(speaker, LANGUAGES[number % len(LANGUAGES)], seed, seconds, monologues)
        for number, speaker in enumerate(speakers)
    ]
    short = [
        _clip(f"{speaker}-clip{index}", speaker, LANGUAGES[number % len(LANGUAGES)], seed, clips)
        for number, speaker in enumerate(speakers)
        for index in range(clips_per_speaker)
    ]
    return Corpus(short, talks, origin=f"expressive corpus of seed {seed}")


def _monologue(speaker: str, language: str, seed: int, seconds: int, dealer: LabelDealer) -> Monologue:
    name = f"{speaker}-talk"
    draws = Draws(seed, "labels", name)
    sentences = _sentences(Draws(seed, "sentences", name), Fraction(seconds), language)
    utterances = []
    for index, span in enumerate(utterance_spans(draws, seconds)):
        label = dealer.deal(draws, span.duration)
        text = joined_text(list(_texts_in(sentences, span)), language)
        utterances.append(
            Utterance(
                index=index,
                span=span,
                labels={"basic7": (label,)},
                intensity=intensity(draws),
                raw_primary=label,
                text={language: text} if text else {},
            )
        )
    return Monologue(
        key=f"{SOURCE}/{name}",
        name=name,
        title=name,
        language=language,
        duration=Fraction(seconds),
        sentences=tuple(sentences),
        utterances=tuple(utterances),
        group={"speaker": speaker},
        published_path=f"media/{name}.mp4",
        attributes={SYNTHETIC: MADE_UP},
    )


def _clip(name: str, speaker: str, language: str, seed: int, dealer: LabelDealer) -> Clip:
    key, draws = f"{SOURCE}/{name}", Draws(seed, "labels", name)
    seconds = clip_seconds(draws)
    label, strength = dealer.deal(draws, seconds), intensity(draws)
    votes, decision = votes_and_decision(draws, key, label, strength)
    sentences = _sentences(Draws(seed, "sentences", name), seconds, language)
    return Clip(
        key=key,
        source=SOURCE,
        language=language,
        text=joined_text([each.text for each in sentences], language),
        group={"speaker": speaker},
        speaker=speaker,
        votes=votes,
        decisions={decision.layer: decision},
        published_span=Span(0, seconds),
        published_path=f"media/{name}.mp4",
        attributes={SYNTHETIC: MADE_UP, "intensity": strength},
    )


def _sentences(draws: Draws, seconds: Fraction, language: str) -> list[Sentence]:
    spans = sentence_spans(draws, seconds)
    return [
        Sentence(index=number, span=span, text=sentence_text(draws, language)) for number, span in enumerate(spans, 1)
    ]


def _texts_in(sentences: Sequence[Sentence], span: Span) -> Iterator[str]:
    """Yield the texts of the sentences whose middle is in a span."""
    return (each.text for each in sentences if (each.span.start + each.span.end) / 2 in span)
