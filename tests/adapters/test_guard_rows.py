"""What belongs to the tokens of a row is as the processor makes it, and inputs that are no inputs are refused with one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from guard_help import by_hand, guarded_family
from processors_help import FAMILIES, HEARING, made_sample, pair

from emos_io.adapters import Family, SyncGuard, check_inputs
from emos_io.errors import EmosError, InvalidArgument, OutOfSync
from emos_io.pipes import WindowSample
from emos_io.testing.tiny_models import TinyFamily

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
# The processors' own: they count tokens of tensors with numpy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

NAMES = sorted(FAMILIES)
Inputs = dict[str, Any]


@cache
def family_of_name(name: TinyFamily) -> Family:
    return guarded_family(name, size=(32, 64) if name == "qwen3_omni" else (28, 56))


@cache
def samples_of(name: TinyFamily) -> tuple[WindowSample, ...]:
    """Windows of 4 and 2 s: the second row has padding before it."""
    family = family_of_name(name)
    return tuple(made_sample(family, 4 - 2 * seed, seed=seed, key=f"own/{seed}") for seed in range(2))


@cache
def _inputs_of(name: TinyFamily) -> Inputs:
    return by_hand(name, samples_of(name))


def inputs_of(name: TinyFamily) -> Inputs:
    """Inputs that are right, with tensors of their own."""
    return {key: value.clone() if torch.is_tensor(value) else value for key, value in _inputs_of(name).items()}


def refused(
    name: TinyFamily, inputs: Any, text: str, samples: Any = None, kind: type[EmosError] = OutOfSync
) -> EmosError:
    """The guard raises one line with this text."""
    with pytest.raises(kind, match=text) as caught:
        SyncGuard(family_of_name(name))(inputs, samples_of(name) if samples is None else samples)
    assert "\n" not in str(caught.value)
    return caught.value


def _hole(mask: Any) -> Any:
    mask[1, -5] = 0
    return mask


def _hidden_beginning(mask: Any) -> Any:
    mask[0, 0] = 0
    return mask


def _hidden_row(mask: Any) -> Any:
    mask[1] = 0
    return mask


MASKS: Mapping[str, tuple[Callable[[Any], Any], str, str | None]] = {
    "missing": (lambda mask: None, r"must be \[2, \d+\], as input_ids, got None", None),
    "of another shape": (lambda mask: mask[:, 1:], r"must be \[2, \d+\], as input_ids, got \[2, \d+\]", None),
    "a hole": (_hole, "must be 1 from the first token of a row to its last", "own/1"),
    "a row that is hidden": (_hidden_row, "must be 1 from the first token of a row to its last", "own/1"),
    "other numbers": (lambda mask: mask * 2, "must be 1 from the first token of a row to its last", "own/0"),
    "a beginning that is hidden": (_hidden_beginning, "must be 0 for padding, token", "own/0"),
    "all ones": (torch.ones_like, "must be 0 for padding, token", "own/1"),
}


@pytest.mark.parametrize("trap", MASKS)
@pytest.mark.parametrize("name", NAMES)
def test_the_model_looks_at_all_tokens_and_at_no_padding(name: TinyFamily, trap: str) -> None:
    change, text, key = MASKS[trap]
    inputs = inputs_of(name)
    inputs["attention_mask"] = change(inputs["attention_mask"])
    assert refused(name, inputs, f"^attention_mask {text}").key == key


@pytest.mark.parametrize("name", NAMES)
def test_padding_behind_the_tokens_is_no_fault(name: TinyFamily) -> None:
    inputs, pad = inputs_of(name), pair(name).processor.tokenizer.pad_token_id
    num_padded = int((inputs["attention_mask"][1] == 0).sum())
    assert num_padded and (inputs["input_ids"][1, :num_padded] == pad).all()
    for key in ("input_ids", "attention_mask", "labels", "mm_token_type_ids"):
        if key in inputs:
            inputs[key][1] = inputs[key][1].roll(-num_padded)
    check_inputs(family_of_name(name), samples_of(name), inputs, is_first=True)


def test_without_types_of_tokens_a_video_has_the_positions_of_text() -> None:
    name: TinyFamily = "qwen2_5_vl"
    inputs = inputs_of(name)
    types = inputs.pop("mm_token_type_ids")
    with torch.no_grad():
        logits = [pair(name).model(**each).logits for each in (inputs, {**inputs, "mm_token_type_ids": types})]
    assert not torch.allclose(*logits)
    refused(name, inputs, r"^mm_token_type_ids must be \[2, \d+\], as input_ids, got None; .* positions of text")
    refused(name, {**inputs, "mm_token_type_ids": types[:, 1:]}, r"^mm_token_type_ids must be \[2, \d+\]")
    for wrong in (torch.zeros_like(types), types.clamp(max=1), types.flip(1)):
        error = refused(
            name, {**inputs, "mm_token_type_ids": wrong}, "^mm_token_type_ids must be 2 for tokens of video"
        )
        assert error.key == "own/0"


BROKEN: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "pixel_values_videos": {
        "rows cut off": lambda value: value[:-1],
        "a row too many": lambda value: torch.cat([value, value[:1]]),
        "columns cut off": lambda value: value[:, :-1],
        "flat": torch.flatten,
        "no numbers": lambda value: value * float("nan"),
    },
    "video_grid_thw": {"flat": torch.flatten, "a number": lambda value: value[0, 0], "a row": lambda value: value[:1]},
    "input_ids": {"flat": torch.flatten, "a number": lambda value: value[0, 0]},
    "labels": {"flat": torch.flatten, "rows of two lengths": lambda value: [[1], [1, 2]]},
    "input_features": {
        "frames cut off": lambda value: value[:, :, :50],
        "bins cut off": lambda value: value[:, :-1],
        "flat": torch.flatten,
        "no numbers": lambda value: value * float("nan"),
    },
    "feature_attention_mask": {"flat": torch.flatten, "at the end": lambda value: value.flip(1).roll(-7, 1)},
    "video_second_per_grid": {"one": lambda value: value[:1], "no numbers": lambda value: value * float("nan")},
    "second_per_grid_ts": {"one": lambda value: value[:1], "no numbers": lambda value: value * float("nan")},
}
ANY_INPUT: Mapping[str, Callable[[Any], Any]] = {
    "none": lambda value: None,
    "a text": lambda value: "text",
    "an object": lambda value: object(),
}


@pytest.mark.parametrize("name", NAMES)
def test_inputs_that_are_missing_or_broken_are_one_line(name: TinyFamily) -> None:
    for key in set(BROKEN) & set(inputs_of(name)):
        for trap, change in {**BROKEN[key], **ANY_INPUT}.items():
            value = torch.as_tensor(inputs_of(name)[key])
            with pytest.raises(OutOfSync, match=f"^{key} must ") as caught:
                check_inputs(family_of_name(name), samples_of(name), {**inputs_of(name), key: change(value)})
            assert "\n" not in str(caught.value), (key, trap)


@pytest.mark.parametrize("name", HEARING)
def test_a_flag_that_is_no_flag(name: TinyFamily) -> None:
    for flag in ("yes", torch.tensor([True, False]), torch.zeros(0), object()):
        refused(name, {**inputs_of(name), "use_audio_in_video": flag}, "^use_audio_in_video must be ")
    check_inputs(family_of_name(name), samples_of(name), {**inputs_of(name), "use_audio_in_video": torch.tensor(True)})


SAMPLES: Mapping[str, Callable[[Any], Any]] = {
    "a generator": lambda samples: (sample for sample in samples),
    "one sample": lambda samples: samples[0],
    "none of them": lambda samples: [],
    "other things": lambda samples: [*samples[:1], {}],
    "a number": lambda samples: 3,
    "a text": lambda samples: "text",
    "inputs": lambda samples: {"input_ids": 1},
}


@pytest.mark.parametrize("trap", SAMPLES)
def test_samples_that_are_no_samples(trap: str) -> None:
    name: TinyFamily = "qwen2_5_omni"
    samples = SAMPLES[trap](samples_of(name))
    error = refused(
        name, inputs_of(name), "^samples must be a list of one or more WindowSamples, got", samples, InvalidArgument
    )
    assert "call guard(inputs, samples)" in str(error)


def test_inputs_that_are_no_inputs() -> None:
    name: TinyFamily = "qwen2_5_omni"
    for inputs in (samples_of(name), [inputs_of(name)], None, 3):
        refused(name, inputs, r"^inputs must be a dict .* call guard\(inputs, samples\)", kind=InvalidArgument)
    with pytest.raises(InvalidArgument, match=r"^samples must be "):
        check_inputs(family_of_name(name), None, inputs_of(name))  # type: ignore[arg-type]


def test_a_family_that_is_none() -> None:
    for family in (object(), None, type(family_of_name("qwen2_5_vl")), pair("qwen2_5_vl").processor):
        with pytest.raises(InvalidArgument, match=r"^family must be a family such as "):
            SyncGuard(family)  # type: ignore[arg-type]


CHANGED: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "frames of floats": (
        lambda each: replace(each, frames=np.float32(each.frames)),
        "^frames of a sample must be uint8",
    ),
    "frames of another size": (
        lambda each: replace(each, frames=each.frames[:, :-4]),
        "^frames of a sample must be uint8",
    ),
    "one frame": (lambda each: replace(each, frames=each.frames[0]), "^frames of a sample must be uint8"),
    "frames in a list": (lambda each: replace(each, frames=[*each.frames]), "^frames of a sample must be uint8"),
    "flat audio": (lambda each: replace(each, waveform=each.waveform[0]), "^waveform of a sample must be float32"),
    "no numbers": (
        lambda each: replace(each, waveform=each.waveform * np.float32("nan")),
        "^waveform of a sample must be",
    ),
}


@pytest.mark.parametrize("trap", CHANGED)
def test_samples_that_are_not_as_they_were_read(trap: str) -> None:
    name: TinyFamily = "qwen3_omni"
    change, text = CHANGED[trap]
    first, second = samples_of(name)
    assert refused(name, inputs_of(name), text, [first, change(second)]).key == "own/1"
