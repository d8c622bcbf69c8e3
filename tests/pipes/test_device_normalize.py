"""Normalised frames are those of torchvision, in both orders of axes and every floating type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from device_help import numbered
from pipes_help import AUDIO, NUMPY, film, plan_of

from emos_io.pipes import Collate, Normalize, VideoSpec, WindowBatch, WindowDataset
from emos_io.pipes.normalize import IMAGENET_MEAN, IMAGENET_STD
from oracle.refusals import refusal_of

pytest.importorskip("torch")

import torch

v2 = pytest.importorskip("torchvision.transforms.v2")

PLAN = plan_of([film("a", None, 10)], order="sequential", num_lanes=1)
ULPS = 4
"""torchvision and we do three steps in float32 (or float64), each of which may round the other way: a few units in the last
place of the largest values, which are below 4."""


def batch_of(order: Any = "THWC", size: tuple[int, int] = (6, 10)) -> WindowBatch[torch.Tensor]:
    video = VideoSpec(fps=2, size=size, dimension_order=order)
    dataset = WindowDataset(PLAN, video=video, audio=AUDIO, on_error="mask")
    return Collate()([numbered(dataset[number]) for number in range(2)])


def of_torchvision(frames: torch.Tensor, mean: Any, std: Any, dtype: torch.dtype) -> torch.Tensor:
    """Frames with channels first, as torchvision takes them."""
    scaled = v2.functional.to_dtype(frames, dtype, scale=True)
    normalised: torch.Tensor = v2.functional.normalize(scaled, list(mean), list(std))
    return normalised


@pytest.mark.parametrize("order", ["THWC", "TCHW"])
@pytest.mark.parametrize("dtype", [None, torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("mean", "std"), [(IMAGENET_MEAN, IMAGENET_STD), ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)), ((0, 0.25, 1), (1, 0.125, 2))]
)
def test_frames_are_those_of_torchvision(order: str, dtype: torch.dtype | None, mean: Any, std: Any) -> None:
    batch = batch_of(order)
    assert batch.frames is not None
    kept = batch.frames.clone()
    found = Normalize(mean, std, dtype)(batch).frames
    assert found is not None and found.shape == kept.shape and torch.equal(batch.frames, kept)
    computed = torch.float32 if dtype is None else dtype
    assert found.dtype == computed
    axes = (0, 1, 2, 3, 4) if order == "TCHW" else (0, 1, 4, 2, 3)
    wanted = of_torchvision(kept.permute(axes), mean, std, computed)
    tolerance = ULPS * 4 * torch.finfo(computed).eps * max(1, 1 / min(std))
    assert (found.permute(axes) - wanted).abs().max().item() <= tolerance
    assert len(set(wanted.flatten().tolist())) > 100


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_types_are_rounded_once(dtype: torch.dtype) -> None:
    batch = batch_of()
    found, exact = Normalize(dtype=dtype)(batch).frames, Normalize(dtype=torch.float32)(batch).frames
    assert found is not None and exact is not None
    assert found.dtype == dtype and torch.equal(found, exact.to(dtype))


def test_values_are_those_of_the_formula() -> None:
    """Of both ends: black is ``-mean / std``, white is ``(1 - mean) / std``."""
    batch = batch_of()
    assert batch.frames is not None
    frames = torch.zeros_like(batch.frames)
    frames[:, :, :, 5:] = 255
    found = Normalize((0.5, 0.25, 0), (0.5, 0.25, 0.125))(replace(batch, frames=frames)).frames
    assert found is not None
    assert found[0, 0, 0, 0].tolist() == [-1, -1, 0]
    assert found[1, 3, 5, 9].tolist() == [1, 3, 8]


def test_all_but_the_frames_is_as_it_was() -> None:
    batch = batch_of()
    found = Normalize()(batch)
    assert found.frames is not batch.frames
    assert replace(found, frames=batch.frames).waveform is batch.waveform
    assert (found.keys, found.spans, found.ready, len(found)) == (batch.keys, batch.spans, None, 2)
    assert found.waveform is batch.waveform and found.labels is batch.labels and found.frame_valid is batch.frame_valid


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"mean": (1, 2)}, "mean must be three numbers, of red, green and blue, got (1, 2); "),
        ({"mean": 0.5}, "mean must be three numbers, of red, green and blue, got 0.5; "),
        ({"mean": "abc"}, "mean must be three numbers, of red, green and blue, got 'abc'; "),
        ({"std": (1, 0, 1)}, "std must be three numbers above 0, got (1.0, 0.0, 1.0); "),
        ({"std": (1, float("nan"), 1)}, "std must be three numbers, of red, green and blue, got (1, nan, 1); "),
        ({"dtype": torch.int32}, "dtype must be a floating type of torch or None, got torch.int32; "),
        ({"dtype": torch.complex64}, "dtype must be a floating type of torch or None, got torch.complex64; "),
        ({"dtype": "float32"}, "dtype must be a floating type of torch or None, got 'float32'; "),
        ({"dtype": np.float32}, "dtype must be a floating type of torch or None, got <class 'numpy.float32'>; "),
    ],
)
def test_options_that_are_not_allowed_are_refused_at_once(options: dict[str, Any], text: str) -> None:
    assert refusal_of(lambda: Normalize(**options)).startswith(text)


def test_what_cannot_be_normalised_is_refused() -> None:
    batch, normalize = batch_of(), Normalize()
    assert "got Tensor of torch.float32" in refusal_of(lambda: normalize(normalize(batch)))
    assert "got a batch without frames" in refusal_of(lambda: normalize(replace(batch, frames=None)))
    assert "batch must be a WindowBatch with frames" in refusal_of(lambda: normalize(batch.frames))  # type: ignore[arg-type]
    dataset = WindowDataset(PLAN, video=VideoSpec(size=(4, 4)), audio=AUDIO, on_error="mask")
    assert "got ndarray of uint8" in refusal_of(lambda: normalize(cast("Any", NUMPY([dataset[0]]))))
    for order in ("THWC", "TCHW"):
        assert "must have one axis of 3 channels" in refusal_of(lambda: normalize(batch_of(order, (3, 3))))  # noqa: B023


def test_sizes_that_leave_one_axis_for_the_channels_are_read_by_it() -> None:
    # A height of 3 with channels first, and a width of 3 with channels last, leave no doubt.
    for order, size in (("TCHW", (3, 8)), ("THWC", (8, 3))):
        batch = batch_of(order, size)
        assert batch.frames is not None
        found = Normalize((0, 0, 0), (1, 2, 4))(batch).frames
        assert found is not None
        axis = 2 if order == "TCHW" else 4
        for channel, divisor in enumerate((1, 2, 4)):
            raw = batch.frames.select(axis, channel).float() / 255
            assert torch.equal(found.select(axis, channel), raw / divisor)
