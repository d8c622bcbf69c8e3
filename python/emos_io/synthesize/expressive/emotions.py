"""How the seven Basic-7 labels look and what voice they have, and how often each channel alone can be right.

```text
 face   frown: Anger, Disgust   alarm: Fear, Surprise   smile: Joy               gloom: Sadness    calm: Neutral
 voice  urgent: Anger, Fear     lively: Joy, Surprise   dull: Sadness, Disgust                     calm: Neutral
```

Labels of one face have the same parameters of the face, exactly, and labels of one voice those of the voice: who only looks
takes Anger for Disgust, who only listens takes it for Fear. No two labels have both in common.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..._checks import choice
from ...errors import InvalidArgument, short_repr

Channel = Literal["video", "audio"]
"""What a model may be given: frames of the face, waveform of the voice."""
CHANNELS: tuple[Channel, ...] = ("video", "audio")

FACE_OF = {
    "Anger": "frown",
    "Disgust": "frown",
    "Fear": "alarm",
    "Joy": "smile",
    "Neutral": "calm",
    "Sadness": "gloom",
    "Surprise": "alarm",
}
"""The face of each label."""

VOICE_OF = {
    "Anger": "urgent",
    "Disgust": "dull",
    "Fear": "urgent",
    "Joy": "lively",
    "Neutral": "calm",
    "Sadness": "dull",
    "Surprise": "lively",
}
"""The voice of each label."""


@dataclass(frozen=True, slots=True)
class FaceParameters:
    """What a face does, each number from about -1 to 1; 0 is the face at rest."""

    brow_height: float = 0.0
    """Raised above 0, lowered below."""
    brow_slant: float = 0.0
    """Inner ends down above 0, up below."""
    eye_opening: float = 0.0
    """Wide above 0, narrow below."""
    mouth_curve: float = 0.0
    """Corners up above 0, down below."""
    mouth_opening: float = 0.0
    """From closed at 0 to wide open at 1."""
    mouth_width: float = 0.0
    """Wide above 0, narrow below."""
    head_drop: float = 0.0
    """Chin down above 0, up below."""
    head_motion: float = 0.0
    """Livelier above 0, stiller below."""

    def as_array(self) -> npt.NDArray[np.float64]:
        """Return the numbers as float64 ``[8]``, in the order of the fields."""
        return np.array(astuple(self), np.float64)


@dataclass(frozen=True, slots=True)
class VoiceParameters:
    """What a voice does, relative to the voice of the same speaker at rest, each number from about -1 to 1."""

    pitch: float = 0.0
    """Higher above 0."""
    pitch_range: float = 0.0
    """More melody above 0, monotone below."""
    rate: float = 0.0
    """More syllables a second above 0."""
    energy: float = 0.0
    """Louder above 0."""
    tilt: float = 0.0
    """Brighter above 0, duller below."""
    pauses: float = 0.0
    """More of them above 0."""
    jitter: float = 0.0
    """Rougher above 0."""

    def as_array(self) -> npt.NDArray[np.float64]:
        """Return the numbers as float64 ``[7]``, in the order of the fields."""
        return np.array(astuple(self), np.float64)


FACES = {
    "frown": FaceParameters(-0.9, 1.0, -0.6, -0.5, 0.12, -0.5, 0.25, 0.4),
    "alarm": FaceParameters(1.0, -0.2, 1.0, 0.0, 0.9, -0.4, -0.2, 0.2),
    "smile": FaceParameters(0.35, -0.1, -0.2, 1.0, 0.4, 0.7, -0.2, 0.6),
    "gloom": FaceParameters(0.1, -0.9, -0.7, -1.0, 0.0, -0.2, 0.8, -0.7),
    "calm": FaceParameters(),
}
"""The parameters of each face at intensity 5."""

VOICES = {
    "urgent": VoiceParameters(0.7, -0.2, 0.8, 0.9, 1.0, -0.8, 0.9),
    "lively": VoiceParameters(0.6, 1.0, 0.2, 0.4, 0.2, 0.0, 0.0),
    "dull": VoiceParameters(-0.6, -0.8, -0.8, -0.9, -0.8, 0.9, 0.3),
    "calm": VoiceParameters(),
}
"""The parameters of each voice at intensity 5."""

LEAST_STRENGTH = 0.5
"""How much of an expression is left at intensity 1: a person still sees and hears it."""


def strength(intensity: int) -> float:
    """Return how much of an expression an intensity from 1 to 5 gives, from `LEAST_STRENGTH` to 1.

    Example:
        >>> [strength(each) for each in (1, 3, 5)]
        [0.5, 0.75, 1.0]
    """
    return LEAST_STRENGTH + (1 - LEAST_STRENGTH) * (intensity - 1) / 4


def face_of(label: str | None) -> FaceParameters:
    """Return the face of a label at intensity 5; without a label, the face at rest.

    Raises:
        InvalidArgument: The label is none of Basic-7.
    """
    return FaceParameters() if label is None else FACES[FACE_OF[checked_label(label)]]


def voice_of(label: str | None) -> VoiceParameters:
    """Return the voice of a label at intensity 5; without a label, the voice at rest.

    Raises:
        InvalidArgument: The label is none of Basic-7.
    """
    return VoiceParameters() if label is None else VOICES[VOICE_OF[checked_label(label)]]


def checked_label(label: str) -> str:
    """Return a label of Basic-7 as it is.

    Raises:
        InvalidArgument: It is none.
    """
    return choice(label, tuple(FACE_OF), "label", "give a label of Basic-7")


def bayes_accuracy(shares: Mapping[str, float], channels: Collection[Channel] = CHANNELS) -> float:
    """Return how often the best possible answer is right that knows which of the labels are alike, and no more.

    Labels that are alike in all the channels are one answer, the most frequent of them: the sum over the sets of labels that
    are alike of the largest share of each. This is a bound from the confusions alone, before noise, speakers and lags.

    Args:
        shares: How often each label occurs: seconds, clips or shares; only their ratio counts.
        channels: What is seen or heard: "video", "audio", both, or none.

    Returns:
        From 0 to 1.

    Raises:
        InvalidArgument: A label is none of Basic-7, a share is below 0, none is above 0, or a channel is unknown.

    Example:
        >>> even = dict.fromkeys(FACE_OF, 1)
        >>> [round(bayes_accuracy(even, channels) * 7) for channels in (["video"], ["audio"], ["video", "audio"])]
        [5, 4, 7]
    """
    if isinstance(channels, str):
        raise InvalidArgument(f"channels must be a list of names, got {short_repr(channels)}; give ['{channels}']")
    used = {choice(each, CHANNELS, "channel") for each in channels}
    alike: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for label, share in shares.items():
        name = checked_label(label)
        if not 0 <= share < float("inf"):
            raise InvalidArgument(
                f"share of {name} must be 0 or more, got {short_repr(share)}; count how often it occurs"
            )
        alike[FACE_OF[name] if "video" in used else "", VOICE_OF[name] if "audio" in used else ""].append(share)
    total = sum(map(sum, alike.values()))
    if total <= 0:
        raise InvalidArgument(
            f"shares must have one above 0, got {short_repr(dict(shares))}; count how often each occurs"
        )
    return sum(map(max, alike.values())) / total
