"""The loss of a batch: soft cross-entropy of each step, by its weight, and what is counted of the answers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .._arrays import Int64Array


def step_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    r"""Return the cross-entropy of soft labels, by weight, over the number of steps that count.

    ``sum(w * -sum(p * log softmax(z))) / n`` where n counts the steps of ``w > 0``: a batch of doubtful steps moves the model
    less than one of certain ones. Without any such step it is 0.

    Args:
        logits: float32 ``[B, T, K]``, z.
        labels: float32 ``[B, T, K]``, p; each row sums to 1, or to 0 where the weight is 0.
        weights: float32 ``[B, T]``, w, 0 or more.

    Returns:
        A float32 scalar.

    Example:
        >>> logits, labels = torch.zeros(1, 2, 2), torch.tensor([[[1.0, 0.0], [0.5, 0.5]]])
        >>> round(float(step_loss(logits, labels, torch.ones(1, 2))), 4)  # log 2
        0.6931
    """
    each = -(labels * functional.log_softmax(logits, dim=-1)).sum(dim=-1)
    return (weights * each).sum() / (weights > 0).sum().clamp(min=1)


def batch_loss(
    logits: Tensor,
    channel_logits: list[Tensor],
    labels: Tensor,
    weights: Tensor,
    auxiliary_weight: float,
) -> Tensor:
    """Return the loss that is learned from: of all channels together, and of each channel alone by a weight.

    Args:
        logits: float32 ``[B, T, K]``, from all channels.
        channel_logits: The same from each channel alone; none in a model of one channel.
        labels, weights: As for `step_loss`.
        auxiliary_weight: What the loss of each channel alone counts, beside 1 for all together.
    """
    loss = step_loss(logits, labels, weights)
    for each in channel_logits if auxiliary_weight else []:
        loss = loss + auxiliary_weight * step_loss(each, labels, weights)
    return loss


def count_answers(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Return how often each true class was answered by each class: int64 ``[K, K]``, of the steps with a weight.

    The true class of a soft label is its largest; of equal ones, as of equal logits, the first counts.
    """
    count = logits.shape[-1]
    counted = weights > 0
    pairs = labels.argmax(dim=-1)[counted] * count + logits.argmax(dim=-1)[counted]
    return torch.bincount(pairs.cpu(), minlength=count * count).view(count, count)


def macro_f1(confusion: Int64Array) -> float:
    """Return the mean F1 of the classes that have truth, from counts ``[true, answered]``; 0 where none has.

    F1 of a class is ``2 * right / (truth + answered)``.

    Example:
        >>> import numpy as np
        >>> round(macro_f1(np.array([[3, 1, 0], [0, 2, 0], [0, 0, 0]])), 4)
        0.8286
    """
    right, truth, answered = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    there = truth > 0
    scores = 2 * right[there] / (truth[there] + answered[there])
    return float(scores.mean()) if there.any() else 0.0
