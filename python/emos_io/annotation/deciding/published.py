"""The published recipes of EmoS: which votes each round counts, how, and the decisions that they give.

EmoS was labelled in four rounds. The raters of MELD are the same three persons in both of its rounds, so panels cannot part
them: the recipe names its rounds itself.

| round | clips | Basic-7 |
|---|---|---|
| chsims_first_2499 | CH-SIMS of a1, a2, a3 | Dawid-Skene, 50 steps |
| chsims_latter_1904 | CH-SIMS of cp, ljx, wqf | Dawid-Skene, 50 steps |
| meld_first_3000 | MELD up to dialogue 637, utterance 11 | MELD's own label, corrected by soft GoEmotions |
| meld_latter_2000 | the rest of MELD | Dawid-Skene of mapped GoEmotions, 50 steps or a change below 1e-6 |

GoEmotions are the shares of three raters in all rounds, the abstain word counted like a label.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..._arrays import Float64Array, Int64Array, StrArray
from ...corpus import (
    Clip,
    ConfidenceTier,
    CorpusData,
    Decision,
    FindingCollector,
    Scalar,
    Taxonomy,
    Vote,
    label_map,
    taxonomy,
)
from ...corpus.vote_shares import vote_shares
from ...errors import InvalidArgument, short_repr
from ..checks import NO_VOTE
from ..methods import (
    EMOS_MAX_ITERATIONS,
    EMOS_TOLERANCE,
    MELD_HIGH,
    MELD_MARGIN,
    Aggregated,
    dawid_skene,
    map_probabilities,
    mapped_votes,
    meld_correction,
)
from ..tiers import confidence_tier, num_unique_labels
from .row_decisions import raters_text

RoundName = Literal["chsims_first_2499", "chsims_latter_1904", "meld_first_3000", "meld_latter_2000"]
LAYERS = ("basic7", "goemotions")
"""The layers that EmoS published decisions of."""


@dataclass(frozen=True, slots=True)
class EmosRound:
    """One round of annotation.

    Attributes:
        name: Its name; the number is that of its clips.
        source: The dataset of its clips.
        raters: The three raters whose votes count; a vote of another is kept, and counted nowhere.
        num_clips: The number of its clips in the release.
    """

    name: RoundName
    source: str
    raters: tuple[str, str, str]
    num_clips: int


ROUNDS: Mapping[RoundName, EmosRound] = {
    each.name: each
    for each in (
        EmosRound("chsims_first_2499", "chsims", ("a1", "a2", "a3"), 2_499),
        EmosRound("chsims_latter_1904", "chsims", ("cp", "ljx", "wqf"), 1_904),
        EmosRound("meld_first_3000", "meld", ("rff", "csq", "lyx"), 3_000),
        EmosRound("meld_latter_2000", "meld", ("rff", "csq", "lyx"), 2_000),
    )
}
LAST_OF_FIRST = (637, 11)
"""Dialogue and utterance of the last clip of MELD's first round; its rounds lie in this order."""
LATTER_WORKBOOKS = "Annotations-last-2000/"
"""The folder of the second round's workbooks. They repeat the first round's votes and add one, which was published later."""
READ_SLIPS = {"anoyance": "annoyance"}
"""Words that were corrected before EmoS counted; it left every other word out that is not written as a label is."""
_MELD_KEY = re.compile(r"meld/dia(\d+)_utt(\d+)")


def emos_rounds(corpus: CorpusData) -> dict[RoundName, tuple[Clip, ...]]:
    """Return the clips of each round, in the order of the corpus; a clip without a vote of its raters is in none.

    Cost: one pass over the votes.
    """
    found: dict[RoundName, list[Clip]] = {name: [] for name in ROUNDS}
    for clip in corpus.clips:
        name = _round_of(clip)
        if name is not None:
            found[name].append(clip)
    return {name: tuple(clips) for name, clips in found.items()}


def _round_of(clip: Clip) -> RoundName | None:
    raters = {vote.rater for vote in clip.votes if vote.role == "annotate"}
    own = [each for each in ROUNDS.values() if each.source == clip.source and not raters.isdisjoint(each.raters)]
    if clip.source != "meld" or not own:
        return own[0].name if own else None
    key = _MELD_KEY.fullmatch(clip.key)
    if key is None:
        return None
    return "meld_first_3000" if (int(key[1]), int(key[2])) <= LAST_OF_FIRST else "meld_latter_2000"


def emos_decisions(corpus: CorpusData, layer: str, findings: FindingCollector) -> list[Decision]:
    """Return the decisions of a layer as EmoS published them, computed from the votes, in the order of the rounds.

    Clips that are in no round, and monologues, which EmoS labelled in meetings, have none.

    Args:
        corpus: The release, or a part of it.
        layer: ``"basic7"`` or ``"goemotions"``.
        findings: Takes ``emos_round_incomplete``, where EM is fitted on fewer clips than EmoS did, and
            ``no_original_label`` for clips of MELD without their own label, which have no decision.

    Raises:
        InvalidArgument: Another layer, or no clip has a vote of a rater of EmoS.

    Cost: a second for the release.
    """
    if layer not in LAYERS:
        raise InvalidArgument(
            f"layer must be {' or '.join(LAYERS)} with recipe 'emos', got {short_repr(layer)}; give a method for other layers"
        )
    rounds = {ROUNDS[name]: clips for name, clips in emos_rounds(corpus).items() if clips}
    if not rounds:
        raise InvalidArgument(
            "recipe must be left out of a corpus in which no rater of EmoS voted on clips of CH-SIMS or MELD, got 'emos'; "
            "give a method"
        )
    decided: list[Decision] = []
    for each, every in rounds.items():
        voted_in = "basic7" if (layer, each.source) == ("basic7", "chsims") else "goemotions"
        clips = [clip for clip in every if any(counted_votes(clip, voted_in, each))]
        if layer == "goemotions":
            decided += _soft_decisions(each, clips)
        elif each.source == "chsims":
            _check_complete(each, clips, findings)
            decided += _chsims_decisions(each, clips)
        else:
            kept = [clip for clip in clips if _has_original(clip, findings)]
            if each.name == "meld_first_3000":
                decided += _corrected_decisions(each, kept)
            else:
                _check_complete(each, clips, findings)
                decided += _mapped_decisions(each, kept)
    return decided


def _check_complete(each: EmosRound, clips: Sequence[Clip], findings: FindingCollector) -> None:
    if len(clips) != each.num_clips:
        what = f"{len(clips):,} of the {each.num_clips:,} clips of the round are here"
        fix = "Dawid-Skene of other clips gives other decisions than the published ones; give the complete release"
        findings.add("emos_round_incomplete", each.name, what, fix)


def counted_votes(clip: Clip, layer: str, each: EmosRound) -> list[Vote | None]:
    """Return the vote of each rater of a round that the recipe counts; None where there is none."""
    own: dict[str, Vote] = {}
    for vote in clip.votes_in(layer):
        late = vote.provenance is not None and LATTER_WORKBOOKS in vote.provenance.file
        if not (late and each.name == "meld_first_3000"):
            own.setdefault(vote.rater, vote)
    return [own.get(rater) for rater in each.raters]


def _counted_words(vote: Vote, names: Taxonomy) -> frozenset[str]:
    """Return the labels of a vote that EmoS counted, and the abstain word: those that are written as the taxonomy does."""
    read = {*vote.labels, *((names.abstain,) if vote.abstain and names.abstain else ())}
    if not vote.raw:
        return frozenset(read)
    written = {READ_SLIPS.get(word.strip(), word.strip()) for word in vote.raw.split(";")}
    return frozenset(read & written)


def _label_sets(each: EmosRound, clips: Sequence[Clip]) -> list[list[frozenset[str]]]:
    """Return the GoEmotions of each rater of a round; a rater without a vote has none, and counts among the three."""
    names = taxonomy("goemotions")
    return [
        [_counted_words(vote, names) if vote else frozenset() for vote in counted_votes(clip, "goemotions", each)]
        for clip in clips
    ]


def _shares(each: EmosRound, clips: Sequence[Clip]) -> tuple[Float64Array, tuple[str, ...]]:
    """Return the share of the raters that gave each word, float64 ``[N, L]``, and the L words."""
    names = taxonomy("goemotions")
    words = (*names.labels, *((names.abstain,) if names.abstain else ()))
    given = np.zeros((len(clips), len(words)))
    for row, sets in enumerate(_label_sets(each, clips)):
        for labels in sets:
            given[row, [words.index(label) for label in labels]] += 1
    return vote_shares(given, len(each.raters)), words


def _soft_decisions(each: EmosRound, clips: Sequence[Clip]) -> list[Decision]:
    shares, words = _shares(each, clips)
    labels = taxonomy("goemotions").labels
    recipe = _recipe(each, {"method": "soft", "abstain": "label", "num_raters": len(each.raters)})
    return [
        Decision(
            item=clip.key,
            layer="goemotions",
            labels=tuple(word for word, share in zip(words, row, strict=True) if share > 0 and word in labels),
            scores={word: float(share) for word, share in zip(words, row, strict=True) if share > 0},
            recipe=recipe,
        )
        for clip, row in zip(clips, shares, strict=True)
    ]


def _chsims_decisions(each: EmosRound, clips: Sequence[Clip]) -> list[Decision]:
    classes = taxonomy("basic7")
    votes = np.full((len(clips), len(each.raters)), NO_VOTE, np.int64)
    for row, clip in enumerate(clips):
        for column, vote in enumerate(counted_votes(clip, "basic7", each)):
            if vote is not None and len(vote.labels) == 1:
                votes[row, column] = classes.index(vote.labels[0])
    return _fitted_decisions(each, clips, votes, tolerance=0.0)


def _mapped_decisions(each: EmosRound, clips: Sequence[Clip]) -> list[Decision]:
    if not clips:
        return []
    votes = mapped_votes(
        _label_sets(each, clips),
        _original(clips),
        mapping=label_map("emos-meld-last").mapping,
        classes=taxonomy("basic7").labels,
    )
    how: dict[str, Scalar] = {"from_layer": "goemotions", "map": "emos-meld-last", "original": "emotion"}
    return _fitted_decisions(each, clips, votes, tolerance=EMOS_TOLERANCE, how=how)


def _fitted_decisions(
    each: EmosRound,
    clips: Sequence[Clip],
    votes: Int64Array,
    *,
    tolerance: float,
    how: Mapping[str, Scalar] | None = None,
) -> list[Decision]:
    """Return the decisions of Dawid-Skene on the clips that have a vote."""
    voted = np.flatnonzero((votes != NO_VOTE).any(axis=1)).tolist()
    if not voted:
        return []
    kinds = len(taxonomy("basic7").labels)
    fitted = dawid_skene(
        votes[voted],
        kinds,
        init="vote_fraction",
        max_iterations=EMOS_MAX_ITERATIONS,
        tolerance=tolerance,
        smoothing=0.0,
        prior="estimated",
    )
    if each.source == "meld":
        tiers = _meld_tiers(fitted.confidence)
    else:
        tiers = confidence_tier(fitted.confidence, num_unique_labels(votes[voted], kinds))
    options: dict[str, Scalar] = {
        "method": "dawid_skene",
        **(how or {}),
        "init": "vote_fraction",
        "max_iterations": EMOS_MAX_ITERATIONS,
        "iterations": fitted.iterations,
        "tolerance": tolerance,
        "smoothing": 0.0,
        "prior": "estimated",
    }
    return _single_label(each, [clips[index] for index in voted], fitted, tiers, options)


def _single_label(
    each: EmosRound, clips: Sequence[Clip], fitted: Aggregated, tiers: StrArray, options: Mapping[str, Scalar]
) -> list[Decision]:
    labels, recipe = taxonomy("basic7").labels, _recipe(each, options)
    return [
        Decision(
            item=clip.key,
            layer="basic7",
            labels=(labels[fitted.labels[row]],),
            scores=_scores(fitted.probabilities[row]),
            confidence=float(fitted.confidence[row]),
            confidence_tier=_tier(tiers[row]),
            recipe=recipe,
        )
        for row, clip in enumerate(clips)
    ]


def _corrected_decisions(each: EmosRound, clips: Sequence[Clip]) -> list[Decision]:
    if not clips:
        return []
    labels = taxonomy("basic7").labels
    shares, words = _shares(each, clips)
    mapped = map_probabilities(shares, words, label_map("emos-meld-first").mapping, labels)
    original = _original(clips)
    corrected = meld_correction(original, mapped, classes=labels)
    tiers = _meld_tiers(corrected.confidence)
    options: dict[str, Scalar] = {
        "method": "meld_correction",
        "from_layer": "goemotions",
        "map": "emos-meld-first",
        "original": "emotion",
        "high": MELD_HIGH,
        "margin": MELD_MARGIN,
    }
    return [
        Decision(
            item=clip.key,
            layer="basic7",
            labels=(labels[corrected.labels[row]],),
            scores=_scores(mapped[row]),
            confidence=float(corrected.confidence[row]),
            confidence_tier=_tier(tiers[row]),
            recipe=_recipe(each, options)
            | {"changed": bool(corrected.labels[row] != original[row]), "reason": str(corrected.reasons[row])},
        )
        for row, clip in enumerate(clips)
    ]


def _recipe(each: EmosRound, options: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return {**options, "recipe": "emos", "batch": each.name, "raters": raters_text(each.raters)}


def _scores(row: Float64Array) -> dict[str, float]:
    labels = taxonomy("basic7").labels
    return {label: float(score) for label, score in zip(labels, row, strict=True) if score > 0}


def _meld_tiers(confidence: Float64Array) -> StrArray:
    """Return the two tiers of MELD's published workbooks; whether raters agree does not count there."""
    disagreeing = np.full(confidence.shape, 2, np.int64)
    return confidence_tier(confidence, disagreeing, high=MELD_HIGH, medium=MELD_HIGH)


def _tier(name: str) -> ConfidenceTier:
    return "high" if name == "high" else "medium" if name == "medium" else "low"


def _class_of(emotion: Scalar) -> int | None:
    """Return the class of MELD's own label, which is written in lower case."""
    lower = [label.lower() for label in taxonomy("basic7").labels]
    text = str(emotion).strip().lower()
    return lower.index(text) if text in lower else None


def _has_original(clip: Clip, findings: FindingCollector) -> bool:
    emotion = clip.attributes.get("emotion")
    if _class_of(emotion) is not None:
        return True
    what = f"its attribute emotion is {emotion!r}, no label of basic7"
    findings.add("no_original_label", clip.key, what, "it has no decision; give it MELD's own label")
    return False


def _original(clips: Sequence[Clip]) -> Int64Array:
    classes = [_class_of(clip.attributes.get("emotion")) for clip in clips]
    return np.array([index for index in classes if index is not None], np.int64)
