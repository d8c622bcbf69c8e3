"""The model over windows: all of a window at once, or a step at a time, as an online system has it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import torch
from torch import Tensor

from ..._arrays import Float64Array
from ...evaluation import Prediction
from ...spans import Span
from ..av_small.inputs import AVInputs
from ..av_small.model import AVSmall
from ..av_small.options import STEP_SAMPLES
from ..av_small.state import AVState

DIGITS = 6
"""Decimals of scores: seven of them sum to 1 within 4e-6."""


@torch.no_grad()
def probabilities(
    model: AVSmall, inputs: AVInputs, state: AVState, *, one_step: bool = False
) -> tuple[Float64Array, AVState]:
    """Return the probabilities of classes at each step of a window, float64 ``[T, K]``, and the state after it.

    Args:
        model: A model in evaluation mode.
        inputs: One window, as one row.
        state: The state before it.
        one_step: Give the model one step after another, so that it never holds a later one.
    """
    steps = inputs.frame_valid.shape[1]
    found: list[Tensor] = []
    for first, end in [(step, step + 1) for step in range(steps)] if one_step else [(0, steps)]:
        samples = slice(first * STEP_SAMPLES, end * STEP_SAMPLES)
        outputs, state = model(
            None if inputs.frames is None else inputs.frames[:, first:end],
            inputs.frame_valid[:, first:end],
            None if inputs.waveform is None else inputs.waveform[:, samples],
            inputs.waveform_valid[:, samples],
            state,
        )
        found.append(outputs.logits[0])
    values: Float64Array = torch.cat(found).double().softmax(dim=1).cpu().numpy()
    return values, state


def prediction(
    key: str, layer: str, span: Span | None, classes: Sequence[str], scores: Float64Array, *, takes_sets: bool
) -> Prediction:
    """Return a row: the likeliest class, its probability, and those of all, rounded to six decimals.

    Args:
        key, layer: What it is about.
        span: The time that it is about, at whose end it is available; None for a clip.
        classes: Names of the K classes.
        scores: Their probabilities, ``[K]``.
        takes_sets: The layer takes several labels; the answer is then a set of one.
    """
    best = int(scores.argmax())
    available_at: Fraction | None = None if span is None else span.end
    return Prediction(
        key=key,
        layer=layer,
        span=span,
        label=None if takes_sets else classes[best],
        labels=(classes[best],) if takes_sets else None,
        confidence=round(float(scores[best]), DIGITS),
        scores={name: round(float(score), DIGITS) for name, score in zip(classes, scores, strict=True)},
        available_at=available_at,
    )
