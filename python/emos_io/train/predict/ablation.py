"""What a channel is worth: predictions without it, or with another speaker's audio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

import torch

from ...errors import InvalidArgument
from ...inference import STEP, DonorAudio
from ..av_small.inputs import AVInputs
from ..av_small.options import SAMPLE_RATE, Channel

Ablation = Literal["video", "audio", "swap-audio"]
ABLATIONS: tuple[Ablation, ...] = ("video", "audio", "swap-audio")


def check_ablation(ablation: Ablation | None, channels: Sequence[Channel]) -> None:
    """Check that a model of these channels has what is taken away or swapped.

    Raises:
        InvalidArgument: It has not, or nothing would be left.
    """
    if ablation is None:
        return
    has = "audio" in channels if ablation == "swap-audio" else ablation in channels
    if not has or (len(channels) == 1 and ablation != "swap-audio"):
        raise InvalidArgument(
            f"ablate must leave a channel and take one that the run has, got {ablation!r} of a run of "
            f"{' and '.join(channels)}; leave it out"
        )


class SwappedAudio(DonorAudio):
    """The audio of other speakers with other labels, in place of that of items; arguments and errors are its base's."""

    def swap(self, inputs: AVInputs, key: str, start: Fraction) -> AVInputs:
        """Return the inputs of a window with the audio of its donors; steps after the item's end have none.

        Args:
            inputs: One window of the item, as one row.
            key: Key of the item.
            start: Where the window begins, a multiple of a step.
        """
        count = inputs.frame_valid.shape[1]
        waveform, valid = self.samples(key, int(start / STEP), count, sample_rate=SAMPLE_RATE)
        device = inputs.frame_valid.device
        return replace(
            inputs,
            waveform=torch.from_numpy(waveform)[None].to(device),
            waveform_valid=torch.from_numpy(valid)[None].to(device),
        )
