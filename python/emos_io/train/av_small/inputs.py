"""Batches of windows as the model's inputs: whole steps, mono, on one device."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor
from torch.nn import functional

from ...errors import InvalidArgument
from ...pipes import AudioSpec, VideoSpec, WindowBatch
from ...spans import grid_index
from .options import SAMPLE_RATE, STEP_RATE, STEP_SAMPLES, AVSmallOptions


@dataclass(frozen=True, slots=True, eq=False)
class AVInputs:
    """What `AVSmall.forward` takes before the state, T steps a row.

    Attributes:
        frames: uint8 ``[B, T, H, W, 3]``; None where the batch has none.
        frame_valid: bool ``[B, T]``.
        waveform: float32 ``[B, 4000 T]``; None where the batch has none.
        waveform_valid: bool ``[B, 4000 T]``.
    """

    frames: Tensor | None
    frame_valid: Tensor
    waveform: Tensor | None
    waveform_valid: Tensor


def specs(options: AVSmallOptions) -> tuple[VideoSpec | None, AudioSpec | None]:
    """Return how a loader reads the windows of a model: a frame and 4,000 samples a step, of the channels that it has."""
    video = VideoSpec(fps=STEP_RATE, size=options.size) if "video" in options.channels else None
    audio = AudioSpec(SAMPLE_RATE) if "audio" in options.channels else None
    return video, audio


def av_inputs(batch: WindowBatch[Tensor], device: torch.device | str = "cpu") -> AVInputs:
    """Return a batch as inputs. Samples that end within a step are filled up to it, as not valid.

    Raises:
        InvalidArgument: The audio is not mono, or has more samples than the steps of the frames.
    """
    steps = batch.frame_valid.shape[1]
    has_video = batch.frames is not None
    waveform, waveform_valid = batch.waveform, batch.waveform_valid
    if not has_video:
        # The last step may have no sample of its own, where a span ends within one.
        spans = [grid_index(span.duration, Fraction(STEP_RATE)) for span in batch.spans if span is not None]
        steps = max(-(-waveform_valid.shape[1] // STEP_SAMPLES), *spans, 1)
    if waveform is not None and waveform.shape[1] != 1:
        raise InvalidArgument(
            f"waveform must have one channel, got {waveform.shape[1]}; read windows with AudioSpec({SAMPLE_RATE})"
        )
    missing = steps * STEP_SAMPLES - waveform_valid.shape[1]
    if waveform is not None and missing < 0:
        raise InvalidArgument(
            f"waveform must have {steps * STEP_SAMPLES} samples or fewer for {steps} frames, got "
            f"{waveform_valid.shape[1]}; read windows with VideoSpec(fps={STEP_RATE}) and AudioSpec({SAMPLE_RATE})"
        )
    frame_valid = batch.frame_valid if has_video else torch.zeros(len(batch), steps, dtype=torch.bool)
    return AVInputs(
        frames=None if batch.frames is None else batch.frames.to(device),
        frame_valid=frame_valid.to(device),
        waveform=None if waveform is None else functional.pad(waveform[:, 0], (0, missing)).to(device),
        waveform_valid=functional.pad(waveform_valid, (0, max(0, missing))).to(device),
    )
