"""Each trap of a collate function written by hand passes unnoticed, and raises through the guard, which names the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from guard_help import FPS, by_hand, guarded_family
from processors_help import FAMILIES, HEARING, made_sample, pair

from emos_io import Span
from emos_io.adapters import Family, SyncGuard, check_inputs
from emos_io.errors import EmosError, OutOfSync
from emos_io.pipes import WindowSample
from emos_io.testing.tiny_models import TinyFamily

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
# The processors' own: they count tokens of tensors with numpy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

NAMES = sorted(FAMILIES)
SECONDS = 4
Samples = tuple[WindowSample, ...]


@cache
def family_of_name(name: TinyFamily) -> Family:
    return guarded_family(name, size=(32, 64) if name == "qwen3_omni" else (28, 56))


@cache
def samples_of(name: TinyFamily, seconds: Any = SECONDS, count: int = 2) -> Samples:
    family = family_of_name(name)
    return tuple(made_sample(family, seconds, seed=seed, key=f"own/{seed}@0-{seconds}") for seed in range(count))


def raises(name: TinyFamily, samples: Samples, inputs: Any, text: str, key: str | None) -> str:
    """The guard raises one line with this text, and the key of the window; what it says."""
    with pytest.raises(OutOfSync, match=text) as caught:
        SyncGuard(family_of_name(name))(inputs, samples)
    message = str(caught.value)
    assert caught.value.key == key
    assert "\n" not in message
    assert key is None or message.endswith(f': "{key}"')
    return message


def is_unnoticed(name: TinyFamily, inputs: Any) -> bool:
    """The model takes it, and its loss is a number."""
    with torch.no_grad():
        return bool(torch.isfinite(pair(name).model(**inputs).loss))


@pytest.mark.parametrize("seconds", [SECONDS, "3.7", "0.3"])
@pytest.mark.parametrize("name", NAMES)
def test_a_batch_that_is_right_passes_as_it_is(name: TinyFamily, seconds: Any) -> None:
    samples = samples_of(name, seconds)
    inputs = by_hand(name, samples)
    assert SyncGuard(family_of_name(name))(inputs, samples) is inputs
    assert is_unnoticed(name, inputs)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_of_several_lengths_passes(name: TinyFamily) -> None:
    samples = (*samples_of(name, "1.0003")[:1], *samples_of(name, "3.7001")[:1])
    check_inputs(family_of_name(name), samples, by_hand(name, samples))


@pytest.mark.parametrize("name", HEARING)
def test_frames_a_second_forgotten(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = by_hand(name, samples, time={})
    assert is_unnoticed(name, inputs)
    got = {"qwen2_5_omni": "1", "qwen3_omni": "2"}[name]
    raises(
        name, samples, inputs, f"^video_second_per_grid must be 0.5, frames at 4 fps, got {got}; .*fps=", samples[0].key
    )


@pytest.mark.parametrize("name", HEARING)
def test_frames_a_second_in_metadata_that_are_not_read(name: TinyFamily) -> None:
    samples = samples_of(name)
    metadata = [{"fps": FPS, "total_num_frames": 16, "frames_indices": range(16)} for _ in samples]
    inputs = by_hand(name, samples, time={"video_metadata": metadata})
    assert is_unnoticed(name, inputs)
    raises(name, samples, inputs, "^video_second_per_grid must be 0.5", samples[0].key)


def test_frames_a_second_without_metadata_of_the_family_that_reads_nothing_else() -> None:
    samples = samples_of("qwen2_5_vl")
    inputs = by_hand("qwen2_5_vl", samples, time={"fps": float(FPS)})
    assert is_unnoticed("qwen2_5_vl", inputs)
    text = "^second_per_grid_ts must be 0.5, frames at 4 fps, got 0.0833333; .*video_metadata="
    raises("qwen2_5_vl", samples, inputs, text, samples[0].key)


def test_an_order_that_does_not_fit_the_seconds() -> None:
    samples = samples_of("qwen2_5_omni")
    inputs = by_hand("qwen2_5_omni", samples, time={})
    # Mended where it is easily seen; the tokens stand as they stood.
    inputs["video_second_per_grid"] = torch.full((2,), 0.5)
    text = "^tokens must be V8 A50 V8 A50, got V4 A50 V4 A50 V8; video and audio are out of step, .*fps"
    raises("qwen2_5_omni", samples, inputs, text, samples[0].key)


def test_forty_seconds_that_the_feature_extractor_cuts() -> None:
    samples = samples_of("qwen2_5_omni", 40)
    inputs = by_hand("qwen2_5_omni", samples)
    assert is_unnoticed("qwen2_5_omni", inputs)
    text = "^audio must be at most 30 s for this feature extractor, got 40 s, .*chunk_length"
    raises("qwen2_5_omni", samples, inputs, text, samples[0].key)


def test_forty_seconds_pass_where_nothing_is_cut() -> None:
    samples = samples_of("qwen3_omni", 40)
    check_inputs(family_of_name("qwen3_omni"), samples, by_hand("qwen3_omni", samples))


@pytest.mark.parametrize("name", HEARING)
def test_use_audio_in_video_forgotten(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = by_hand(name, samples, flag=False)
    assert is_unnoticed(name, inputs)
    raises(
        name, samples, inputs, "^use_audio_in_video must be True in the inputs of the model, got False", samples[0].key
    )


@pytest.mark.parametrize("name", HEARING)
def test_audio_at_48_khz(name: TinyFamily) -> None:
    samples = samples_of(name)

    def fast(each: Any) -> Any:
        return [np.repeat(sample.waveform[0], 3) for sample in each]

    inputs = by_hand(name, samples, waveforms=fast)
    assert is_unnoticed(name, inputs)
    raises(
        name, samples, inputs, "^audio features must cover 4 s, as the video does, got 12 s; .*16000 Hz", samples[0].key
    )


def test_ten_milliseconds_of_audio_have_no_token() -> None:
    samples = samples_of("qwen2_5_omni", "0.01")
    inputs = by_hand("qwen2_5_omni", samples)
    assert not (inputs["input_ids"] == pair("qwen2_5_omni").processor.audio_token_id).any()
    # The processor is silent; the model names neither the window nor what is wrong.
    with pytest.raises(RuntimeError, match=r"^max\(\): Expected reduction dim"):
        is_unnoticed("qwen2_5_omni", inputs)
    raises("qwen2_5_omni", samples, inputs, "^audio must be long enough for one token, got 160 samples", samples[0].key)


@pytest.mark.parametrize("name", NAMES)
def test_frames_from_zero_to_one(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = by_hand(name, samples, frames=lambda sample: np.float32(sample.frames) / 255)
    assert is_unnoticed(name, inputs)
    text = r"^frames must be uint8 in \[0, 255\], got values that were multiplied by 0.003922 twice"
    raises(name, samples, inputs, text, samples[0].key)


@pytest.mark.parametrize("name", HEARING)
def test_audio_given_to_the_wrong_videos(name: TinyFamily) -> None:
    samples = (samples_of(name)[0], made_sample(family_of_name(name), 2, seed=1, key="own/1@0-2"))
    # Audio tokens change places, and features do not: the model deals them out over both rows.
    inputs = by_hand(name, samples, indices=[1, 0])
    raises(name, samples, inputs, "^tokens must be .*, got .* its own audio to each video", samples[0].key)


@pytest.mark.parametrize("name", HEARING)
def test_audio_in_another_order_than_videos(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = by_hand(name, samples, waveforms=_backwards)
    assert is_unnoticed(name, inputs)
    text = "^input_features must be those of the sample's waveform, got others by .*audio_from_video_indices="
    raises(name, samples, inputs, text, samples[0].key)


def _backwards(samples: Any) -> Any:
    return [sample.waveform[0] for sample in samples[::-1]]


@pytest.mark.parametrize("name", HEARING)
def test_audio_of_two_windows_swapped(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = by_hand(name, samples)
    SyncGuard(family_of_name(name))(inputs, samples)
    swapped = {**inputs, "input_features": inputs["input_features"].flip(0)}
    assert is_unnoticed(name, swapped)
    raises(name, samples, swapped, "^input_features must be those of the sample's waveform", samples[0].key)


@pytest.mark.parametrize("name", NAMES)
def test_frames_of_two_windows_swapped(name: TinyFamily) -> None:
    samples = samples_of(name)
    frames = {id(samples[0]): samples[1].frames, id(samples[1]): samples[0].frames}
    inputs = by_hand(name, samples, frames=lambda sample: frames[id(sample)])
    assert is_unnoticed(name, inputs)
    raises(
        name,
        samples,
        inputs,
        "^pixel_values_videos must be those of the sample's frames, .* from frame 0 on",
        samples[0].key,
    )


@pytest.mark.parametrize("name", NAMES)
def test_one_frame_of_another_time(name: TinyFamily) -> None:
    samples = samples_of(name)

    def late(sample: WindowSample) -> Any:
        assert sample.frames is not None
        return np.concatenate([sample.frames[:9], sample.frames[8:-1]]) if sample is samples[1] else sample.frames

    inputs = by_hand(name, samples, frames=late)
    raises(name, samples, inputs, "^pixel_values_videos must be .* from frame 9 on", samples[1].key)


@pytest.mark.parametrize("name", NAMES)
def test_labels_forgotten(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = by_hand(name, samples, labels=False)
    with torch.no_grad():
        assert pair(name).model(**inputs).loss is None
    raises(name, samples, inputs, r"^labels must be \[2, \d+\], as input_ids, got None", None)
    SyncGuard(family_of_name(name), needs_labels=False)(inputs, samples)


@pytest.mark.parametrize("name", NAMES)
def test_a_first_batch_without_any_label(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = by_hand(name, samples)
    without = {**inputs, "labels": torch.full_like(inputs["labels"], -100)}
    raises(name, samples, without, "^labels of the first batch must have an answer, got -100 alone", samples[0].key)
    guard = SyncGuard(family_of_name(name))
    guard(inputs, samples)
    assert guard(without, samples) is without


@pytest.mark.parametrize("name", NAMES)
def test_labels_that_are_shifted_or_of_the_video(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = by_hand(name, samples)
    shifted = {**inputs, "labels": inputs["labels"].roll(-1, dims=1)}
    assert is_unnoticed(name, shifted)
    raises(name, samples, shifted, "^labels must be input_ids or -100, .*the model shifts them itself", samples[0].key)
    copied = {**inputs, "labels": inputs["input_ids"].clone()}
    assert is_unnoticed(name, copied)
    raises(
        name,
        samples,
        copied,
        "^labels must be input_ids or -100, and -100 for video, audio and padding",
        samples[0].key,
    )


@pytest.mark.parametrize("name", HEARING)
def test_audio_forgotten(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = by_hand(name, samples, hears=False)
    assert is_unnoticed(name, inputs)
    text = "^feature_attention_mask must have 2 rows, one for each sample with audio, got 0"
    raises(name, samples, inputs, text, samples[0].key)


@pytest.mark.parametrize("name", HEARING)
def test_audio_and_no_audio_in_one_batch_give_a_video_the_positions_of_text(name: TinyFamily) -> None:
    heard = samples_of(name)[0]
    silent = made_sample(family_of_name(name), SECONDS, seed=1, hears=False, key="own/silent@0-4")
    both = (heard, silent)
    inputs = by_hand(name, both, indices=[0])
    assert is_unnoticed(name, inputs)
    # Alone, with the flag off, the same row gets the positions of a video.
    alone = by_hand(name, (silent,), hears=False)
    of_text, of_video = positions(name, inputs)[:, 1], positions(name, alone)[:, 0]
    assert torch.equal(of_text[0], of_text[1]), "a text has one position a token"
    assert not torch.equal(of_video[0], of_video[1])
    text = "^samples of a batch must all have audio, or none of them, got both"
    raises(name, both, inputs, text, silent.key)
    check_inputs(family_of_name(name), (silent,), alone)
    raises(name, (silent,), {**alone, "use_audio_in_video": True}, "^use_audio_in_video must be False", silent.key)


def positions(name: TinyFamily, inputs: Any) -> Any:
    """What the model makes of a batch: positions ``[3, B, tokens]``, of rows that are not padded differently."""
    mask = inputs.get("feature_attention_mask")
    found, _ = pair(name).model.get_rope_index(
        inputs["input_ids"],
        video_grid_thw=inputs["video_grid_thw"],
        attention_mask=inputs["attention_mask"],
        use_audio_in_video=inputs.get("use_audio_in_video", False),
        audio_seqlens=None if mask is None else mask.sum(-1),
        second_per_grids=inputs["video_second_per_grid"],
    )
    return found


@pytest.mark.parametrize("name", NAMES)
def test_rows_grids_and_samples_must_belong_together(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = by_hand(name, samples)
    raises(name, samples[:1], inputs, r"^input_ids must be \[1, tokens\], a row for each sample, got \[2, \d+\]", None)
    few = by_hand(name, samples, frames=lambda sample: sample.frames[:14])  # type: ignore[index]
    raises(name, samples, few, r"^video_grid_thw must be \[8, .*\], got \[7, ", samples[0].key)
    other = replace(samples[1], span=Span(0, 5))
    raises(
        name, (samples[0], other), inputs, r"^frames of a sample must be 20, one every 1/4 s, got 16", samples[1].key
    )


OWN: dict[str, tuple[Callable[[WindowSample], WindowSample], str]] = {
    "floats": (lambda sample: replace(sample, frames=np.float32(sample.frames) / 255), "frames must be uint8"),  # type: ignore[arg-type]
    "fewer frames": (lambda sample: replace(sample, frames=sample.frames[:8]), "frames must be 16"),  # type: ignore[index]
    "48 kHz": (
        lambda sample: replace(sample, waveform=np.repeat(sample.waveform, 3, axis=1)),  # type: ignore[arg-type]
        "waveform must be 64000 samples",
    ),
    "no audio": (lambda sample: replace(sample, waveform=None), "waveform must be there"),
}


@pytest.mark.parametrize(
    ("name", "trap"),
    [(name, trap) for name in NAMES for trap in OWN if name in HEARING or trap not in ("48 kHz", "no audio")],
)
def test_our_own_door_refuses_what_theirs_takes(name: TinyFamily, trap: str) -> None:
    change, text = OWN[trap]
    samples = samples_of(name)
    with pytest.raises(EmosError, match=f"^{text}") as caught:
        family_of_name(name)([samples[0], change(samples[1])])
    assert caught.value.key == samples[1].key


@pytest.mark.parametrize("name", NAMES)
def test_our_own_door_forgets_nothing(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = family_of_name(name)(samples)
    check_inputs(family_of_name(name), samples, inputs)
    by_themselves = by_hand(name, samples)
    for key in (
        "pixel_values_videos",
        "video_grid_thw",
        "video_second_per_grid",
        "second_per_grid_ts",
        "input_features",
    ):
        if key in by_themselves:
            assert torch.equal(torch.as_tensor(inputs[key]), torch.as_tensor(by_themselves[key])), key
    assert inputs.get("use_audio_in_video", False) is (name in HEARING)
    labels = inputs["labels"]
    assert isinstance(labels, torch.Tensor)
    assert (labels != -100).any(dim=1).all()


def test_our_own_door_refuses_what_would_be_cut_or_has_no_token() -> None:
    family = family_of_name("qwen2_5_omni")
    for seconds, text in ((40, "window must be at most 30 s"), ("0.01", "window must be long enough")):
        (sample,) = samples_of("qwen2_5_omni", seconds, 1)
        with pytest.raises(EmosError, match=f"^{text}") as caught:
            family([sample])
        assert caught.value.key == sample.key


@pytest.mark.parametrize("name", HEARING)
def test_bfloat16_inputs_are_no_other_inputs(name: TinyFamily) -> None:
    samples = samples_of(name)
    inputs = by_hand(name, samples)
    half = {key: inputs[key].bfloat16() for key in ("pixel_values_videos", "input_features")}
    check_inputs(family_of_name(name), samples, {**inputs, **half})
