"""What the manifest says of acted media: how they were drawn, and how much each channel alone can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from fractions import Fraction

from ...corpus import SYNTHETIC_REMARK
from . import face, performance, schedule, speakers, voice
from .casting import Cast
from .emotions import FACE_OF, FACES, VOICE_OF, VOICES, Channel, bayes_accuracy, strength

KIND = "expressive"
VERSION = 1
"""The version of what is drawn: files of another one are made again."""

_CHANNELS: Mapping[str, tuple[Channel, ...]] = {"face": ("video",), "voice": ("audio",), "both": ("video", "audio")}


def recipe() -> dict[str, object]:
    """Return all numbers by which faces, voices and their speakers are drawn."""
    return {
        "version": VERSION,
        "face_of": FACE_OF,
        "voice_of": VOICE_OF,
        "faces": {name: asdict(each) for name, each in FACES.items()},
        "voices": {name: asdict(each) for name, each in VOICES.items()},
        "strength": {str(each): strength(each) for each in range(1, 6)},
        "chance": {"face": performance.FACE_CHANCE, "voice": performance.VOICE_CHANCE},
        "speakers": {
            "face_spread": speakers.FACE_SPREAD,
            "voice_spread": speakers.VOICE_SPREAD,
            "pitch_hz": speakers.PITCH_HZ,
            "syllables_per_second": speakers.SYLLABLES_PER_SECOND,
            "tempo_spread": speakers.TEMPO_SPREAD,
        },
        "face_lag_seconds": performance.LAG_SECONDS,
        "face_rise_seconds": performance.RISE_SECONDS,
        "noise": {"pixels": face.NOISE, "breath": voice.BREATH},
        "label_shares": schedule.LABEL_SHARES,
    }


def label_seconds(casts: Iterable[Cast]) -> dict[str, Fraction]:
    """Return the seconds of each label of Basic-7 that is acted, in the order of the taxonomy."""
    total: Counter[str] = Counter()
    for each in casts:
        for label, seconds in each.label_seconds:
            total[label] += seconds  # type: ignore[assignment]
    return {label: Fraction(total[label]) for label in FACE_OF if total[label]}


def best_accuracy(seconds: Mapping[str, Fraction]) -> dict[str, float]:
    """Return how often the best answer is right for ``"face"``, ``"voice"`` and ``"both"``, before noise.

    Args:
        seconds: The seconds of each label that is acted.
    """
    shares = {label: float(each) for label, each in seconds.items()}
    return {name: bayes_accuracy(shares, channels) for name, channels in _CHANNELS.items()}


def manifest_head(seed: int, seconds: Mapping[str, Fraction], best: Mapping[str, float]) -> dict[str, object]:
    """Return what the manifest says of all files.

    Args:
        seed: The seed.
        seconds: The seconds of each label that is acted.
        best: What `best_accuracy` gives of them.
    """
    return {
        "kind": KIND,
        "synthetic": SYNTHETIC_REMARK,
        "seed": seed,
        "label_seconds": {label: str(each) for label, each in seconds.items()},
        "bayes_accuracy": dict(best),
        "recipe": recipe(),
    }
