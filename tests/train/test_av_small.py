"""The small model: causal to the last bit, the same in pieces as in one, of about a million parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from emos_io.errors import InvalidArgument
from emos_io.train.av_small.inputs import AVInputs
from emos_io.train.av_small.model import AVOutputs, AVSmall
from emos_io.train.av_small.options import CHANNELS, STEP_SAMPLES, AVSmallOptions, Channel
from emos_io.train.av_small.state import AVState

CLASSES = ("Anger", "Disgust", "Fear", "Joy", "Neutral", "Sadness", "Surprise")
STEPS = 12
SPLIT_FORM = 1e-5
"""How far logits may lie apart where the same steps are given in other pieces: sums of products then end in another order, some
ten units in the last place of float32 at the size of these logits."""

ALL_CHANNELS: list[tuple[Channel, ...]] = [("video", "audio"), ("video",), ("audio",)]


def model_of(channels: tuple[Channel, ...] = ("video", "audio"), seed: int = 0) -> AVSmall:
    torch.manual_seed(seed)
    return AVSmall(AVSmallOptions(classes=CLASSES, channels=channels)).eval()


def random_inputs(rows: int = 2, steps: int = STEPS, seed: int = 1) -> AVInputs:
    """Noise, with some frames and a range of samples that are not valid."""
    generator = torch.Generator().manual_seed(seed)
    waveform_valid = torch.ones(rows, steps * STEP_SAMPLES, dtype=torch.bool)
    waveform_valid[0, 9_000:13_300] = False
    return AVInputs(
        frames=torch.randint(0, 256, (rows, steps, 64, 64, 3), dtype=torch.uint8, generator=generator),
        frame_valid=torch.rand(rows, steps, generator=generator) > 0.2,
        waveform=torch.randn(rows, steps * STEP_SAMPLES, generator=generator) * 0.1,
        waveform_valid=waveform_valid,
    )


def steps_of(inputs: AVInputs, first: int, end: int) -> AVInputs:
    samples = slice(first * STEP_SAMPLES, end * STEP_SAMPLES)
    assert inputs.frames is not None and inputs.waveform is not None
    return AVInputs(
        inputs.frames[:, first:end],
        inputs.frame_valid[:, first:end],
        inputs.waveform[:, samples],
        inputs.waveform_valid[:, samples],
    )


@torch.no_grad()
def run(model: AVSmall, inputs: AVInputs, state: AVState | None = None) -> tuple[AVOutputs, AVState]:
    state = model.initial_state(len(inputs.frame_valid)) if state is None else state
    outputs, after = model(inputs.frames, inputs.frame_valid, inputs.waveform, inputs.waveform_valid, state)
    assert isinstance(outputs, AVOutputs) and isinstance(after, AVState)
    return outputs, after


def without(inputs: AVInputs, channel: Channel) -> AVInputs:
    return replace(inputs, frames=None) if channel == "video" else replace(inputs, waveform=None)


def marked_missing(inputs: AVInputs, channel: Channel) -> AVInputs:
    if channel == "video":
        return replace(inputs, frame_valid=torch.zeros_like(inputs.frame_valid))
    return replace(inputs, waveform_valid=torch.zeros_like(inputs.waveform_valid))


def chained(model: AVSmall, inputs: AVInputs, lengths: list[int]) -> Tensor:
    """The logits of windows of so many steps, the state of each given to the next."""
    state, first, found = None, 0, []
    for length in lengths:
        outputs, state = run(model, steps_of(inputs, first, first + length), state)
        found.append(outputs.logits)
        first += length
    return torch.cat(found, dim=1)


def changed_after(inputs: AVInputs, step: int) -> AVInputs:
    """Other frames, samples and validity from a step on."""
    other = random_inputs(len(inputs.frame_valid), inputs.frame_valid.shape[1], seed=99)
    first, rest = steps_of(inputs, 0, step), steps_of(other, step, inputs.frame_valid.shape[1])
    assert first.frames is not None and rest.frames is not None
    assert first.waveform is not None and rest.waveform is not None
    return AVInputs(
        torch.cat([first.frames, rest.frames], dim=1),
        torch.cat([first.frame_valid, ~rest.frame_valid], dim=1),
        torch.cat([first.waveform, rest.waveform], dim=1),
        torch.cat([first.waveform_valid, rest.waveform_valid], dim=1),
    )


@pytest.mark.parametrize("channels", ALL_CHANNELS)
def test_what_comes_after_a_step_changes_nothing_before_it(channels: tuple[Channel, ...]) -> None:
    model, inputs = model_of(channels), random_inputs()
    outputs, _ = run(model, inputs)
    for step in (1, 5, STEPS - 1):
        other, _ = run(model, changed_after(inputs, step))
        assert torch.equal(outputs.logits[:, :step], other.logits[:, :step])
        assert not torch.equal(outputs.logits[:, step:], other.logits[:, step:])
    changed = changed_after(inputs, 5)
    assert torch.equal(chained(model, inputs, [1] * STEPS)[:, :5], chained(model, changed, [1] * STEPS)[:, :5])


@pytest.mark.parametrize("channels", ALL_CHANNELS)
@pytest.mark.parametrize("lengths", [[1] * STEPS, [4, 8], [5, 1, 6]])
def test_windows_chained_by_state_equal_one_window(channels: tuple[Channel, ...], lengths: list[int]) -> None:
    model, inputs = model_of(channels), random_inputs()
    offline = run(model, inputs)[0].logits
    streaming = chained(model, inputs, lengths)
    assert (offline - streaming).abs().max() <= SPLIT_FORM
    assert torch.equal(offline.argmax(dim=2), streaming.argmax(dim=2))


def test_without_the_state_windows_differ() -> None:
    model, inputs = model_of(), random_inputs()
    offline = run(model, inputs)[0].logits
    assert (offline[:, 6:] - run(model, steps_of(inputs, 6, STEPS))[0].logits).abs().max() > 100 * SPLIT_FORM


def test_what_is_not_valid_changes_nothing() -> None:
    model, inputs = model_of(), random_inputs()
    assert inputs.frames is not None and inputs.waveform is not None
    frames, waveform = inputs.frames.clone(), inputs.waveform.clone()
    frames[~inputs.frame_valid] = 77
    waveform[~inputs.waveform_valid] = float("nan")
    other = replace(inputs, frames=frames, waveform=waveform)
    assert torch.equal(run(model, inputs)[0].logits, run(model, other)[0].logits)


@pytest.mark.parametrize("channel", ["video", "audio"])
def test_a_channel_that_is_none_is_one_that_is_not_valid(channel: Channel) -> None:
    model, inputs = model_of(), random_inputs()
    absent, missing = without(inputs, channel), marked_missing(inputs, channel)
    assert torch.equal(run(model, absent)[0].logits, run(model, missing)[0].logits)
    assert not torch.equal(run(model, absent)[0].logits, run(model, inputs)[0].logits)


def test_rows_do_not_mix() -> None:
    model, inputs = model_of(), random_inputs(rows=3)
    other = random_inputs(rows=3, seed=5)
    assert inputs.frames is not None and other.frames is not None
    assert inputs.waveform is not None and other.waveform is not None
    mixed = AVInputs(
        torch.cat([inputs.frames[:1], other.frames[1:]]),
        torch.cat([inputs.frame_valid[:1], other.frame_valid[1:]]),
        torch.cat([inputs.waveform[:1], other.waveform[1:]]),
        torch.cat([inputs.waveform_valid[:1], other.waveform_valid[1:]]),
    )
    assert torch.equal(run(model, inputs)[0].logits[0], run(model, mixed)[0].logits[0])


def test_a_state_is_cleared_row_by_row_and_saved_by_name() -> None:
    model, inputs = model_of(), random_inputs()
    _, state = run(model, inputs)
    cleared = state.cleared(torch.tensor([True, False]))
    initial = model.initial_state(2)
    for name, values in cleared.tensors().items():
        assert torch.equal(values[0], initial.tensors()[name][0])
        assert torch.equal(values[1], state.tensors()[name][1])
    assert state.tensors().keys() == {"video", "audio", "waveform", "waveform_valid"}
    assert AVState.from_tensors(state.tensors()).tensors().keys() == state.tensors().keys()
    assert model_of(("video",)).initial_state(2).tensors().keys() == {"video"}


def test_models_have_about_a_million_parameters() -> None:
    count = sum(each.numel() for each in model_of().parameters())
    assert 0.8e6 <= count <= 1.2e6
    single = sum(each.numel() for channels in ALL_CHANNELS[1:] for each in model_of(channels).parameters())
    assert abs(single - count) < 0.1e6


def test_a_model_of_one_channel_does_not_look_at_the_other() -> None:
    inputs = random_inputs()
    for channels, absent in zip(ALL_CHANNELS[1:], CHANNELS[::-1], strict=True):
        model = model_of(channels)
        outputs, _ = run(model, inputs)
        assert torch.equal(outputs.logits, run(model, without(inputs, absent))[0].logits)
        assert outputs.video_logits is None and outputs.audio_logits is None


def test_channels_are_dropped_by_row_in_training_alone() -> None:
    torch.manual_seed(0)
    options = AVSmallOptions(classes=CLASSES, dropout=0.0, video_dropout=0.5, audio_dropout=0.5)
    model, inputs = AVSmall(options), random_inputs(rows=16, steps=2)
    model.eval()
    without_video = run(model, replace(inputs, frames=None))[0].logits
    without_audio = run(model, replace(inputs, waveform=None))[0].logits
    assert torch.equal(run(model, inputs)[0].logits, run(model, inputs)[0].logits)
    model.train()
    torch.manual_seed(3)
    dropped = run(model, inputs)[0].logits
    is_video = [torch.allclose(row, other, atol=SPLIT_FORM) for row, other in zip(dropped, without_video, strict=True)]
    is_audio = [torch.allclose(row, other, atol=SPLIT_FORM) for row, other in zip(dropped, without_audio, strict=True)]
    # With .5 each every row loses one, and both kinds occur in 16 rows of this seed.
    assert all(a != b for a, b in zip(is_video, is_audio, strict=True))
    assert any(is_video) and any(is_audio)
    torch.manual_seed(3)
    assert torch.equal(dropped, run(model, inputs)[0].logits)


def test_every_parameter_has_a_gradient() -> None:
    model, inputs = model_of(), random_inputs()
    outputs, _ = model(
        inputs.frames, inputs.frame_valid, inputs.waveform, inputs.waveform_valid, model.initial_state(2)
    )
    (
        outputs.logits.square().sum() + outputs.video_logits.square().sum() + outputs.audio_logits.square().sum()
    ).backward()
    assert [name for name, each in model.named_parameters() if each.grad is None or not each.grad.any()] == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"classes": ("Joy",)}, "classes must be two or more different names, got ('Joy',)"),
        ({"channels": ()}, "channels must be one or two different ones, got ()"),
        ({"channels": ("smell",)}, 'a channel must be "video" or "audio", got \'smell\''),
        ({"size": (64, 60)}, "size must be a height and a width, multiples of 8 from 16 to 256, got (64, 60)"),
        ({"filters": (16, 32)}, "filters must be three multiples of 4 from 4 to 512, got (16, 32)"),
        ({"bands": 4}, "bands must be an integer from 8 to 128, got 4"),
        ({"dropout": 1.0}, "dropout must be a number from 0 to below 1, got 1.0"),
        (
            {"video_dropout": 0.9},
            "video_dropout and audio_dropout must be numbers of 0 or more with a sum of 1 at most",
        ),
    ],
)
def test_options_that_are_not_allowed_are_refused(changes: dict[str, object], line: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        AVSmallOptions(**{"classes": CLASSES, **changes})  # type: ignore[arg-type]
    assert str(caught.value).startswith(line)


def test_shapes_that_do_not_fit_are_refused() -> None:
    model, inputs = model_of(), random_inputs()
    assert inputs.waveform is not None
    with pytest.raises(
        InvalidArgument, match=r"waveform must be \[2, 48000\] for 2 rows of 12 steps, got \[2, 47999\]"
    ):
        run(model, replace(inputs, waveform=inputs.waveform[:, 1:]))
