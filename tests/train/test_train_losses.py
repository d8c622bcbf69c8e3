"""The loss and what is counted of answers, against torch and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from emos_io.train.losses import batch_loss, count_answers, macro_f1, step_loss

ROUNDING = 1e-6
"""float32 sums of some ten terms of size 1."""


def batch(seed: int, classes: int = 5) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(3, 8, classes, generator=generator)
    labels = torch.rand(3, 8, classes, generator=generator)
    weights = torch.rand(3, 8, generator=generator) * (torch.rand(3, 8, generator=generator) > 0.3)
    return logits, labels / labels.sum(dim=-1, keepdim=True), weights


def test_it_is_the_cross_entropy_of_torch_over_the_steps_that_count() -> None:
    logits, labels, weights = batch(0)
    each = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(0, 1), reduction="none")
    expected = (each * weights.flatten()).sum() / int((weights > 0).sum())
    assert float(step_loss(logits, labels, weights)) == pytest.approx(float(expected), abs=ROUNDING)


def test_what_does_not_count_moves_nothing() -> None:
    logits, labels, weights = batch(1)
    logits.requires_grad_()
    step_loss(logits, labels, weights).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    moved = logits.grad.abs().sum(dim=-1) > 0
    assert torch.equal(moved, weights > 0)
    assert float(step_loss(logits.detach(), labels, torch.zeros_like(weights))) == 0


def test_half_the_weight_is_half_the_loss() -> None:
    logits, labels, weights = batch(2)
    assert float(step_loss(logits, labels, weights / 2)) == float(step_loss(logits, labels, weights)) / 2


def test_channels_alone_are_added_by_their_weight() -> None:
    logits, labels, weights = batch(3)
    other = batch(4)[0]
    main, alone = float(step_loss(logits, labels, weights)), float(step_loss(other, labels, weights))
    assert float(batch_loss(logits, [other, other], labels, weights, 0.25)) == pytest.approx(
        main + 0.5 * alone, abs=ROUNDING
    )
    assert float(batch_loss(logits, [other, other], labels, weights, 0)) == main


@given(seed=st.integers(0, 999), classes=st.integers(2, 7))
def test_counts_and_macro_f1_are_those_of_scikit_learn(seed: int, classes: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    logits, labels, weights = batch(seed, classes)
    counted = (weights > 0).numpy()
    truth, answers = labels.argmax(-1).numpy()[counted], logits.argmax(-1).numpy()[counted]
    found = count_answers(logits, labels, weights).numpy()
    names = list(range(classes))
    assert np.array_equal(found, metrics.confusion_matrix(truth, answers, labels=names))
    expected = metrics.f1_score(truth, answers, labels=sorted(set(truth)), average="macro", zero_division=0)
    assert macro_f1(found) == pytest.approx(expected, abs=1e-12)


def test_without_truth_it_is_0() -> None:
    assert macro_f1(np.zeros((3, 3), np.int64)) == 0
