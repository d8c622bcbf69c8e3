"""A corpus small enough to read: four clips with votes and decisions, two monologues, in English and Chinese."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from .._checks import choice
from ..corpus import Clip, ConfidenceTier, Corpus, Decision, Monologue, Scalar, Trend, Vote, taxonomy
from ..spans import Seconds
from .clips import best_codec, counting_clip, path_of
from .items import LabelledTime, SpokenTime, make_clip, make_monologue

TinyCodec = Literal["auto", "qtrle", "png", "raw"]
TINY_CODECS: tuple[TinyCodec, ...] = get_args(TinyCodec)
RATERS = ("ann", "bo", "cy")


@dataclass(frozen=True, slots=True)
class _ClipValues:
    """One clip: votes are what each of RATERS said, in one layer."""

    name: str
    language: str
    seconds: int
    text: str
    dialogue: str
    basic7: tuple[str, str, str]
    goemotions: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _MonologueValues:
    """One monologue: utterances with a text in both languages and an intensity, sentences, what prevails."""

    name: str
    language: str
    seconds: int
    labels: tuple[LabelledTime, ...]
    texts: tuple[tuple[str, str], ...]
    sentences: tuple[SpokenTime, ...]
    dominant: str


_CLIPS = (
    _ClipValues(
        "en-0", "en", 2, "I did not think that you would come.", "door",
        ("Surprise", "Surprise", "Joy"), (("surprise", "joy"), ("surprise",), ("joy",)),
    ),
    _ClipValues("en-1", "en", 3, "Come in, sit down!", "door", ("Joy", "Joy", "Joy"), (("joy", "love"), ("joy",), ("joy",))),
    _ClipValues(
        "zh-0", "zh", 2, "后来终于安静了。", "night",
        ("Sadness", "Sadness", "Unsure"), (("sadness", "relief"), ("sadness",), ("unsure",)),
    ),
    _ClipValues(
        "zh-1", "zh", 4, "你看看他们做了什么。", "window",
        ("Fear", "Anger", "Neutral"), (("fear",), ("anger", "disapproval"), ("neutral",)),
    ),
)  # fmt: skip

_MONOLOGUES = (
    _MonologueValues(
        "monologue-en", "en", 10,
        ((0, 3, "Joy", ("joy", "amusement")), (3, 5, "Sadness", ("sadness",)), (6, 9, "Anger", ("anger", "annoyance"))),
        (("You came!", "你来了！"), ("They have gone.", "他们走了。"), ("Look at it!", "你看看！")),
        ((0, "1.5", "You came!"), ("1.5", "2.75", "Sit down."), ("3.25", 5, "They have gone."), ("6.5", 9, "Look at it!")),
        "Joy",
    ),
    _MonologueValues(
        "monologue-zh", "zh", 8,
        ((1, 4, "Neutral", ("neutral",)), (4, 8, "Surprise", ("surprise", "curiosity", "joy"))),
        (("It was quiet.", "很安静。"), ("Who is there?", "谁在那里？")),
        (("1.25", "3.5", "很安静。"), (4, "5.5", "谁在那里？"), ("5.5", 7, "是你！")),
        "Surprise",
    ),
)  # fmt: skip


def tiny_corpus(
    media: str | os.PathLike[str] | None = None,
    *,
    fps: Seconds = 25,
    sample_rate: int = 8_000,
    codec: TinyCodec = "auto",
) -> Corpus:
    """Return four clips of 2 to 4 s and two monologues of 10 and 8 s, the same every time.

    Clips have votes of three raters in Basic-7 and GoEmotions, one abstention and one tie among them. Their Basic-7 decisions
    are what `emos_io.annotation.majority` makes of the votes; those of GoEmotions hold each label that a rater gave, with its
    share of the raters who did not abstain. Two clips share a dialogue, which splits keep together. Monologues have
    utterances with labels in both layers, an intensity and a text in both languages, time without a label, and sentences
    that begin between full seconds.

    Args:
        media: A folder for a counting clip of each item's length, made if needed; None for items without a path.
        fps: Frames per second of the media, as in `counting_clip`.
        sample_rate: Samples per second of the media.
        codec: As in `counting_clip`; ``"auto"`` takes ``"qtrle"`` where the ffmpeg program can make it, and ``"raw"``
            elsewhere. Frames, samples and times are the same; in raw media every frame is a keyframe.

    Raises:
        InvalidArgument: `fps`, `sample_rate` or `codec` is not allowed.
        SourceNotFound: `codec` needs the ffmpeg program, and there is none on PATH that runs.
        UnsupportedCodec: The ffmpeg program has no such encoder.
        EmosError: The ffmpeg program fails.
        OSError: The media cannot be written.

    Cost: without media, nothing worth a thought; with media, a second. Raw media have 3 MB at 25 frames a second.

    Example:
        >>> corpus = tiny_corpus()
        >>> corpus
        Corpus(4 clips, 2 monologues, 0 findings)
        >>> corpus.clips["zh-1"].decision.label, corpus.clips["zh-1"].confidence_tier
        ('Anger', 'low')
        >>> corpus.monologues["monologue-en"].labels("basic7").at([4, "5.5", 6])
        ['Sadness', None, 'Anger']
    """
    wanted = choice(codec, TINY_CODECS, "codec")
    corpus = Corpus([_clip(values) for values in _CLIPS], [_monologue(values) for values in _MONOLOGUES])
    if media is None:
        return corpus
    folder = path_of(media, "media")
    chosen = best_codec() if wanted == "auto" else wanted
    paths: dict[str, str] = {}
    for values in (*_CLIPS, *_MONOLOGUES):
        out = folder / f"{values.name}.mov"
        made = counting_clip(out, fps=fps, sample_rate=sample_rate, seconds=values.seconds, codec=chosen)
        paths[_key(values.name)] = str(made)
    return corpus.with_paths(paths)


def _key(name: str) -> str:
    return f"tiny/{name}"


def _clip(values: _ClipValues) -> Clip:
    key = _key(values.name)
    clip = make_clip(
        key,
        values.seconds,
        language=values.language,
        text=values.text,
        speaker=RATERS[0] if values.language == "en" else None,
        group={"dialogue": values.dialogue},
    )
    basic7 = [(word,) for word in values.basic7]
    votes = [*_votes(key, "basic7", basic7), *_votes(key, "goemotions", values.goemotions)]
    decisions = {layer: _decision(key, layer, votes) for layer in ("basic7", "goemotions")}
    return replace(clip, votes=tuple(votes), decisions=decisions)


def _votes(key: str, layer: str, words: Sequence[tuple[str, ...]]) -> list[Vote]:
    abstain_word = taxonomy(layer).abstain
    return [
        Vote(
            item=key,
            layer=layer,
            rater=rater,
            labels=() if given == (abstain_word,) else given,
            abstain=given == (abstain_word,),
            raw=", ".join(given),
        )
        for rater, given in zip(RATERS, words, strict=True)
    ]


def _decision(key: str, layer: str, votes: Sequence[Vote]) -> Decision:
    known = taxonomy(layer)
    given = [vote.labels for vote in votes if vote.layer == layer and vote.labels]
    counts = Counter(label for labels in given for label in labels)
    scores = {label: counts[label] / len(given) for label in known.labels if counts[label]}
    if known.multiple:
        return Decision(item=key, layer=layer, labels=tuple(scores), scores=scores, recipe={"method": "share"})
    # Of equals the first in class order.
    label = max(scores, key=lambda each: scores[each])
    share = scores[label]
    tier: ConfidenceTier = "high" if share == 1 else "medium" if share > 1 / 2 else "low"
    recipe: dict[str, Scalar] = {"method": "majority", "num_classes": len(known.labels), "ties": "first"}
    return Decision(
        item=key,
        layer=layer,
        labels=(label,),
        scores=scores,
        confidence=share,
        confidence_tier=tier,
        recipe=recipe,
    )


def _monologue(values: _MonologueValues) -> Monologue:
    made = make_monologue(_key(values.name), values.seconds, values.labels, values.sentences, language=values.language)
    utterances = tuple(
        replace(each, text={"en": english, "zh": chinese}, intensity=1 + each.index % 5)
        for each, (english, chinese) in zip(made.utterances, values.texts, strict=True)
    )
    trend = Trend(
        summary=f"{len(utterances)} utterances.",
        dominant=values.dominant,
        raw_dominant=values.dominant,
        trajectory=" - ".join(str(label[2]) for label in values.labels),
    )
    return replace(made, utterances=utterances, trend=trend)
