"""What one speaker acts: labels over time, the sentences that are spoken, and how the face follows.

```text
 label         ┌──────── Joy ────────┬─── Neutral ...
 voice    calm │lively               │calm              from the first syllable that starts in the part
 face     calm    ╱ smile               ╲ calm          halfway after a lag of .2 to .6 s, and smoothly
```
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..._checks import integer
from ...errors import InvalidArgument, short_repr
from ...spans import Span
from .emotions import checked_label, face_of, strength, voice_of
from .speakers import Speaker, generator

LAG_SECONDS = (0.2, 0.6)
"""How long after a label the face is halfway to it: between these, drawn for each change."""
RISE_SECONDS = 0.3
"""How long a change of the face takes."""
FACE_CHANCE, VOICE_CHANCE = 0.05, 0.06
"""Standard deviation of what differs from part to part in each parameter of face and voice, by chance."""


@dataclass(frozen=True, slots=True)
class Part:
    """A span with one label.

    Attributes:
        span: When.
        label: A label of Basic-7; None acts nothing.
        intensity: From 1 to 5: how strongly.

    Raises:
        InvalidArgument: The label is none of Basic-7, or the intensity is no integer from 1 to 5.
    """

    span: Span
    label: str | None
    intensity: int = 5

    def __post_init__(self) -> None:
        """Check the label and the intensity."""
        if self.label is not None:
            checked_label(self.label)
        integer(self.intensity, "intensity", "scale it to 1 to 5", least=1, most=5)


@dataclass(frozen=True)
class Performance:
    """What one speaker acts.

    Attributes:
        speaker: Who.
        seconds: How long, exact; everything lies in ``[0, seconds)``.
        parts: The labels over time, in order, without overlaps; where there is none, nothing is acted.
        sentences: When something is spoken, in order, without overlaps; it is silent elsewhere.
        seed: Of all that happens by chance; give each item of a corpus one of its own.

    Raises:
        InvalidArgument: Parts or sentences are not in order, overlap or end after `seconds`, or the seed is below 0.

    Example:
        >>> from emos_io.synthesize.expressive.speakers import speaker
        >>> Performance(speaker("a"), Fraction(4), (Part(Span(0, 4), "Joy"),), (Span(0, 3),)).parts[0].label
        'Joy'
    """

    speaker: Speaker
    seconds: Fraction
    parts: tuple[Part, ...]
    sentences: tuple[Span, ...]
    seed: int = 0

    def __post_init__(self) -> None:
        """Check that spans are in order and within the seconds."""
        integer(self.seed, "seed", "choose another", least=0, most=2**63 - 1)
        _check_order([part.span for part in self.parts], self.seconds, "parts")
        _check_order(self.sentences, self.seconds, "sentences")

    @cached_property
    def _starts(self) -> list[Fraction]:
        """The start of each part."""
        return [part.span.start for part in self.parts]

    @cached_property
    def _voices(self) -> list[npt.NDArray[np.float64]]:
        """The parameters of the voice in each part."""
        random = generator("voice of parts", self.seed, self.speaker.name)
        return [
            voice_of(part.label).as_array() * strength(part.intensity) + random.normal(0, VOICE_CHANCE, 7)
            for part in self.parts
        ]

    @cached_property
    def _face_steps(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """When each change of the face begins, ``[C]``, and by how much each parameter changes, ``[C, 8]``."""
        random = generator("face of parts", self.seed, self.speaker.name)
        begins: list[float] = []
        faces = [np.zeros(8)]
        for index, part in enumerate(self.parts):
            lag = random.uniform(*LAG_SECONDS) - RISE_SECONDS / 2
            chance = random.normal(0, FACE_CHANCE, 8)
            begins.append(float(part.span.start) + lag)
            faces.append(face_of(part.label).as_array() * strength(part.intensity) + chance)
            is_last = index + 1 == len(self.parts)
            if is_last or self.parts[index + 1].span.start > part.span.end:
                begins.append(float(part.span.end) + lag)
                faces.append(np.zeros(8))
        return np.array(begins), np.diff(np.array(faces), axis=0)

    def face_at(self, times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the parameters of the face, with the offsets of the speaker.

        Args:
            times: Seconds, float64 ``[T]``.

        Returns:
            float64 ``[T, 8]``, in the order of the fields of `FaceParameters`. What is acted at a time depends on parts that
            started before it alone.
        """
        begins, changes = self._face_steps
        if not len(begins):
            return np.tile(self.speaker.face.as_array(), (len(times), 1))
        done = np.clip((np.asarray(times)[:, None] - begins) / RISE_SECONDS, 0, 1)
        smooth = done * done * (3 - 2 * done)
        return np.asarray(self.speaker.face.as_array() + smooth @ changes)

    def voice_at(self, time: Fraction | float) -> npt.NDArray[np.float64]:
        """Return the parameters of the voice at a time, with the offsets of the speaker, float64 ``[7]``."""
        own = self.speaker.voice.as_array()
        index = bisect_right(self._starts, time) - 1
        if index < 0 or time >= self.parts[index].span.end:
            return own
        return own + self._voices[index]


def _check_order(spans: Sequence[Span], seconds: Fraction, name: str) -> None:
    """Check that spans are in order, apart from each other, and within the seconds.

    Raises:
        InvalidArgument: They are not.
    """
    end = Fraction(0)
    for index, span in enumerate(spans):
        if span.start < end or span.end > seconds:
            raise InvalidArgument(
                f"{name} must be in order, without overlaps, from 0 to {short_repr(float(seconds))} s, got {short_repr(span)}; "
                "sort them and cut what is over",
                index=index,
            )
        end = span.end
