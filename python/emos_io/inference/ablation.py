"""What a channel is worth: samples with black video, with silence, or with the audio of another speaker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from .._checks import choice
from ..errors import InvalidArgument
from ..pipes import AudioSpec, WindowSample
from ..plan import read_key
from .donor_audio import DonorAudio
from .donors import STEP, STEP_RATE

AblationKind = Literal["video", "audio", "text", "swap-audio"]
ABLATION_KINDS: tuple[AblationKind, ...] = get_args(AblationKind)


def check_ablation_kind(ablate: AblationKind | None, *, hears: bool) -> None:
    """Check that what is taken away is there.

    Raises:
        InvalidArgument: There is no such ablation, or audio is taken from a model that hears nothing.
    """
    if ablate is None:
        return
    choice(ablate, ABLATION_KINDS, "ablate")
    if ablate in ("audio", "swap-audio") and not hears:
        raise InvalidArgument(
            f"ablate must be video or text for a model that hears nothing, got {ablate!r}; leave it out, or take a model that "
            "hears"
        )


def black(sample: WindowSample, _: np.random.Generator) -> WindowSample:
    """Return a sample whose frames are black and count as frames that are there."""
    if sample.frames is None:
        return sample
    return replace(sample, frames=np.zeros_like(sample.frames), frame_valid=np.ones_like(sample.frame_valid))


def silent(sample: WindowSample, _: np.random.Generator) -> WindowSample:
    """Return a sample whose audio is silence that counts as audio that is there; one without audio stays without."""
    if sample.waveform is None:
        return sample
    return replace(sample, waveform=np.zeros_like(sample.waveform), waveform_valid=np.ones_like(sample.waveform_valid))


@dataclass(frozen=True, slots=True)
class SwapAudio:
    """Gives each step of a sample the audio of another speaker with another label, at the same offset; see `Donors`.

    Attributes:
        donors: It reads their audio.
        audio: How audio is read.

    Raises:
        InvalidArgument: Samples a second are no multiple of 4.
    """

    donors: DonorAudio
    audio: AudioSpec

    def __post_init__(self) -> None:
        if self.audio.sample_rate % STEP_RATE:
            raise InvalidArgument(
                f"sample_rate must be a multiple of {STEP_RATE} for swap-audio, got {self.audio.sample_rate}; take another one"
            )

    def __call__(self, sample: WindowSample, _: np.random.Generator) -> WindowSample:
        """Return the sample with other audio; one without audio stays without."""
        if sample.waveform is None or sample.span is None or not sample.valid:
            return sample
        rate, size = self.audio.sample_rate, sample.waveform.shape[1]
        first = sample.span.start // STEP
        offset = round((sample.span.start - first * STEP) * rate)
        count = -(-(offset + size) // (rate // STEP_RATE))
        waveform, valid = self.donors.samples(read_key(sample.key or "").item, int(first), int(count), sample_rate=rate)
        kept = slice(offset, offset + size)
        return replace(
            sample,
            waveform=np.repeat(waveform[kept][None], sample.waveform.shape[0], axis=0),
            waveform_valid=valid[kept],
        )
