"""Who acts: a face and a voice of their own, drawn by a seed and a name.

Each parameter of face and voice has an offset for each speaker, so that the face of one at rest may look as that of another
does who is a little sad; the base pitch differs by more than any emotion moves it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..._checks import integer
from ...errors import InvalidArgument, short_repr
from .emotions import FaceParameters, VoiceParameters

FACE_SPREAD = 0.06
"""Standard deviation of the offsets of a face; an emotion moves a parameter by .2 to 1."""
VOICE_SPREAD = 0.08
"""Standard deviation of the offsets of a voice."""
PITCH_HZ = (94.0, 240.0)
"""The lowest and the highest pitch of a speaker at rest; drawn evenly by its logarithm."""
SYLLABLES_PER_SECOND = 4.4
TEMPO_SPREAD = 0.15
"""A speaker's own tempo is within this share of `SYLLABLES_PER_SECOND`."""

Colour = tuple[int, int, int]
"""RGB, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What of a face says who it is: colours, and sizes relative to those of the average face."""

    skin: Colour
    hair: Colour
    iris: Colour
    background: Colour
    hairline: float
    face_width: float
    eye_distance: float
    brow_thickness: float
    mouth_size: float


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who acts.

    Attributes:
        name: As given.
        looks: Colours and sizes.
        face: Offsets of the face at rest.
        voice: Offsets of the voice at rest.
        pitch_hz: The pitch at rest.
        syllables_per_second: The tempo at rest.
        tract: The length of the vocal tract, relative to the average: formants are divided by it.
        blinks_per_second: How often the eyes blink.
    """

    name: str
    looks: Looks
    face: FaceParameters
    voice: VoiceParameters
    pitch_hz: float
    syllables_per_second: float
    tract: float
    blinks_per_second: float


def speaker(name: str, *, seed: int = 0) -> Speaker:
    """Return the speaker of this name: the same for the same name and seed.

    Args:
        name: Any text.
        seed: 0 or more; speakers of other seeds are others.

    Raises:
        InvalidArgument: `name` is empty or no text, or `seed` is no such integer.

    Example:
        >>> speaker("a", seed=1) == speaker("a", seed=1), speaker("a", seed=1).looks == speaker("a", seed=2).looks
        (True, False)
    """
    if not isinstance(name, str) or not name:
        raise InvalidArgument(f"name must be a text, got {short_repr(name)}; name the speaker")
    random = generator("speaker", integer(seed, "seed", "choose another", least=0), name)
    pitch = np.exp(random.uniform(*np.log(PITCH_HZ)))
    tempo = SYLLABLES_PER_SECOND * random.uniform(1 - TEMPO_SPREAD, 1 + TEMPO_SPREAD)
    # Deep voices come from long tracts, but not always.
    tract = float(1.1 - 0.2 * np.log(pitch / PITCH_HZ[0]) / np.log(PITCH_HZ[1] / PITCH_HZ[0]) + random.normal(0, 0.03))
    return Speaker(
        name=name,
        looks=_looks(random),
        face=FaceParameters(*map(float, random.normal(0, FACE_SPREAD, len(FaceParameters.__slots__)))),
        voice=VoiceParameters(*map(float, random.normal(0, VOICE_SPREAD, len(VoiceParameters.__slots__)))),
        pitch_hz=float(pitch),
        syllables_per_second=float(tempo),
        tract=tract,
        blinks_per_second=float(random.uniform(0.15, 0.4)),
    )


_SKINS = np.array([(244, 208, 178), (228, 184, 148), (200, 150, 112), (164, 112, 78), (120, 78, 54)], np.float64)
_HAIRS = np.array(
    [(36, 28, 24), (70, 46, 30), (120, 78, 40), (190, 150, 90), (150, 148, 146), (140, 60, 36)], np.float64
)
_IRISES = np.array([(60, 40, 26), (70, 100, 130), (70, 100, 64), (40, 30, 26)], np.float64)


def _looks(random: np.random.Generator) -> Looks:
    """Draw colours and sizes."""
    return Looks(
        skin=_near(_SKINS, random),
        hair=_near(_HAIRS, random),
        iris=_near(_IRISES, random),
        background=_colour(random.uniform(40, 215, 3)),
        hairline=float(random.uniform(-0.78, -0.66)),
        face_width=float(random.uniform(0.93, 1.07)),
        eye_distance=float(random.uniform(0.95, 1.05)),
        brow_thickness=float(random.uniform(1.0, 1.2)),
        mouth_size=float(random.uniform(0.94, 1.06)),
    )


def _near(colours: npt.NDArray[np.float64], random: np.random.Generator) -> Colour:
    """Draw one of some colours, and move it a little."""
    return _colour(colours[random.integers(len(colours))] + random.normal(0, 7, 3))


def _colour(values: npt.NDArray[np.float64]) -> Colour:
    """Round three numbers to a colour."""
    red, green, blue = np.clip(np.rint(values), 0, 255).astype(int).tolist()
    return red, green, blue


def generator(*words: object) -> np.random.Generator:
    """Return a random generator that is the same for the same words on every machine.

    Example:
        >>> generator("face", 3).integers(1000) == generator("face", 3).integers(1000)
        np.True_
    """
    digest = hashlib.sha256("\0".join(map(str, words)).encode("utf-8")).digest()
    return np.random.default_rng(np.frombuffer(digest, np.uint32))
