"""One batch through the model, so that the state of a lane is that at the end of its own window."""

from __future__ import annotations

import torch
from torch import Tensor

from .av_small.inputs import AVInputs
from .av_small.model import AVOutputs, AVSmall
from .av_small.options import STEP_SAMPLES
from .av_small.state import AVState


def forward_batch(model: AVSmall, inputs: AVInputs, state: AVState, num_steps: int) -> tuple[AVOutputs, AVState]:
    """Return the logits of a batch, and the state after its first `num_steps` steps.

    Windows of a monologue all have `num_steps` steps; a longer clip beside them pads their rows. What is carried on must not
    have gone through that padding, so steps are taken in parts of `num_steps`. States that matter are those after the first.

    Args:
        model: The model. In training, it draws anew for each part which rows lose a channel.
        inputs: The batch, T steps.
        state: What the rows carry, cleared where an item begins.
        num_steps: Steps of a window of a monologue.
    """
    total = inputs.frame_valid.shape[1]
    found: list[AVOutputs] = []
    carried: AVState | None = None
    for first in range(0, total, num_steps):
        steps = slice(first, first + num_steps)
        samples = slice(first * STEP_SAMPLES, (first + num_steps) * STEP_SAMPLES)
        outputs, state = model(
            None if inputs.frames is None else inputs.frames[:, steps],
            inputs.frame_valid[:, steps],
            None if inputs.waveform is None else inputs.waveform[:, samples],
            inputs.waveform_valid[:, samples],
            state,
        )
        found.append(outputs)
        carried = state if carried is None else carried
    assert carried is not None, "a batch has a step or more"
    if len(found) == 1:
        return found[0], carried
    joined = AVOutputs(
        logits=torch.cat([each.logits for each in found], dim=1),
        video_logits=_joined([each.video_logits for each in found]),
        audio_logits=_joined([each.audio_logits for each in found]),
    )
    return joined, carried


def _joined(parts: list[Tensor | None]) -> Tensor | None:
    there = [each for each in parts if each is not None]
    return torch.cat(there, dim=1) if there else None
