"""Inputs read back: what comes out of the tensors is what went in, and what was changed in them is seen."""

from __future__ import annotations

import copy
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from processors_help import FAMILIES, TINY_PIXELS, made_sample, make_family, pair, talk

from emos_io.adapters import ask, family_of, load_processor, read_back
from emos_io.adapters.reading_back import IGNORED, prompt_text
from emos_io.errors import InvalidArgument, SourceUnreadable
from emos_io.testing.tiny_models import TinyFamily

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

UINT8_OFF = 1e-4
"""Three times what float32 leaves of a uint8 pixel: values up to 2.7 at a spacing of 2.4e-7, times 255 * 0.28."""
SIDES: dict[TinyFamily, int] = {"qwen2_5_omni": 28, "qwen3_omni": 32, "qwen2_5_vl": 28}
"""Pixels of a side of a token."""


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 3), (3, 2)])
def test_frames_come_out_as_they_went_in(name: TinyFamily, rows: int, columns: int) -> None:
    side = SIDES[name]
    family = make_family(name, size=(rows * side, columns * side), pixels=(side * side, 50_176))
    sample = made_sample(family, Fraction(3))
    assert sample.frames is not None
    read = read_back(family([sample]), family)
    assert read.frames.dtype == np.uint8
    assert np.array_equal(read.frames, sample.frames)
    assert read.off < UINT8_OFF


@pytest.mark.parametrize("name", FAMILIES)
def test_a_last_odd_frame_comes_out_twice(name: TinyFamily) -> None:
    side = SIDES[name]
    family = make_family(name, size=(side, 2 * side), pixels=(side * side, 50_176), odd_frames="repeat_last")
    sample = made_sample(family, Fraction(5, 2))
    assert sample.frames is not None
    read = read_back(family([sample]), family)
    assert np.array_equal(read.frames, sample.frames[[0, 1, 2, 3, 4, 4]])
    assert len(read.frame_tokens) == 6
    assert read.frame_tokens[4] == read.frame_tokens[5]


@pytest.mark.parametrize("name", FAMILIES)
def test_what_is_changed_in_the_inputs_is_seen(name: TinyFamily) -> None:
    side = SIDES[name]
    family = make_family(name, size=(side, 2 * side), pixels=(side * side, 50_176))
    sample = made_sample(family, Fraction(2))
    assert sample.frames is not None
    inputs: dict[str, Any] = family([sample])
    changed = {**inputs, "pixel_values_videos": inputs["pixel_values_videos"].flip(0)}
    assert not np.array_equal(read_back(changed, family).frames, sample.frames)
    brighter = {**inputs, "pixel_values_videos": inputs["pixel_values_videos"] + 0.001}
    # A standard deviation is at most 0.27577711 of 255 levels.
    assert read_back(brighter, family).off == pytest.approx(0.001 * 0.27577711 * 255, abs=UINT8_OFF)
    slow = {**inputs}
    key = "second_per_grid_ts" if name == "qwen2_5_vl" else "video_second_per_grid"
    slow[key] = inputs[key] / 4
    assert read_back(slow, family).runs[-1 if name == "qwen2_5_vl" else 0].end < read_back(inputs, family).runs[0].end


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("fps", [Fraction(2), Fraction(4), Fraction(30_000, 1001)])
def test_runs_are_the_layout_and_end_with_the_window(name: TinyFamily, fps: Fraction) -> None:
    side = SIDES[name]
    family = make_family(name, fps=fps, size=(side, side), pixels=(side * side, 50_176))
    # A length with pairs of frames at each of the rates.
    seconds = Fraction(60) / fps if fps.denominator > 1 else Fraction(4)
    sample = made_sample(family, seconds)
    read = read_back(family([sample]), family)
    num_samples = len(sample.waveform_valid) if family.hears else None
    assert [(run.kind, run.size) for run in read.runs] == [
        tuple(group) for group in family.layout(len(sample.frame_valid), num_samples)
    ]
    assert max(run.end for run in read.runs if run.kind == "video") == seconds
    for kind in ("video", "audio"):
        runs = [run for run in read.runs if run.kind == kind]
        assert [run.start for run in runs[1:]] == [run.end for run in runs[:-1]]
    if family.hears:
        # Frames of 10 ms, begun ones included.
        assert read.seconds_heard is not None
        assert 0 <= read.seconds_heard - seconds < Fraction(1, 100)
        assert read.features is not None
        assert read.features.shape == (128, read.seconds_heard * 100)


@pytest.mark.parametrize("name", FAMILIES)
def test_labels_of_all_turns_are_texts_of_their_own(name: TinyFamily) -> None:
    side = SIDES[name]
    family = make_family(name, talk("Joy <b>", "悲しい"), size=(side, side), pixels=(side * side, 50_176))
    sample = made_sample(family, Fraction(1))
    inputs = family([sample])
    read = read_back(inputs, family)
    assert read.unmasked == ("Joy <b><|im_end|>", "悲しい<|im_end|>")
    assert read.num_labels == len("Joy <b>") + len("悲しい".encode()) + 2
    asked = family.for_generation()
    read = read_back(asked([sample]), asked)
    assert (read.unmasked, read.num_labels) == ((), 0)
    assert read.prompt.endswith("<|im_start|>assistant\n")


@pytest.mark.parametrize("name", FAMILIES)
def test_padding_is_no_part_of_it(name: TinyFamily) -> None:
    import torch

    side = SIDES[name]
    family = make_family(name, size=(side, side), pixels=(side * side, 50_176))
    inputs: dict[str, Any] = family([made_sample(family, Fraction(1))])
    before = read_back(inputs, family)
    pads = {"input_ids": family.processor.tokenizer.pad_token_id, "attention_mask": 0, "labels": IGNORED}
    padded = {**inputs, **{key: torch.nn.functional.pad(inputs[key], (7, 0), value=pad) for key, pad in pads.items()}}
    after = read_back(padded, family)
    assert (after.prompt, after.runs, after.num_tokens) == (before.prompt, before.runs, before.num_tokens)
    assert (after.frame_tokens, after.unmasked) == (before.frame_tokens, before.unmasked)


def test_inputs_of_two_windows_are_refused() -> None:
    family = make_family("qwen2_5_vl", size=(28, 28), pixels=(784, 50_176))
    samples = [made_sample(family, Fraction(1), seed=seed) for seed in range(2)]
    with pytest.raises(
        InvalidArgument, match="inputs must be those of one window, got 2; call the family with one sample"
    ):
        read_back(family(samples), family)


def test_a_run_of_one_placeholder_is_counted_too() -> None:
    tokenizer = pair("qwen2_5_vl").processor.tokenizer
    pad = tokenizer.convert_tokens_to_ids("<|video_pad|>")
    ids = np.array([*tokenizer("a ").input_ids, pad, *tokenizer("b").input_ids, pad, pad])
    assert prompt_text(ids, [pad], tokenizer) == "a <|video_pad|> x 1b<|video_pad|> x 2"


@pytest.mark.parametrize("name", FAMILIES)
def test_a_processor_has_its_family(name: TinyFamily) -> None:
    processor = pair(name).processor
    assert family_of(processor) is FAMILIES[name]
    derived = copy.copy(processor)
    derived.__class__ = type("Own", (type(processor),), {})
    assert family_of(derived) is FAMILIES[name]
    assert family_of(derived)(derived, ask("Which?"), pixels=TINY_PIXELS).name == name


def test_another_processor_has_none() -> None:
    with pytest.raises(InvalidArgument, match=r"got (PreTrainedTokenizerFast|TokenizersBackend); take one of these$"):
        family_of(pair("qwen2_5_vl").processor.tokenizer)
    for given, advice in (("Qwen/x", "load it with AutoProcessor.from_pretrained"), (None, "take one of these")):
        with pytest.raises(InvalidArgument) as caught:
            family_of(cast("Any", given))
        assert str(caught.value) == (
            "processor must be a Qwen2_5OmniProcessor, Qwen3OmniMoeProcessor or Qwen2_5_VLProcessor, got "
            f"{type(given).__name__}; {advice}"
        )


def test_a_processor_is_loaded_by_a_path_too(tmp_path: Path) -> None:
    pair("qwen2_5_vl").processor.save_pretrained(tmp_path)
    for name in (tmp_path, str(tmp_path)):
        assert type(load_processor(name)).__name__ == "Qwen2_5_VLProcessor"


@pytest.mark.parametrize("name", ["", " ", None, b"folder", 3])
def test_what_names_no_processor_is_one_line(name: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        load_processor(name)
    assert str(caught.value) == f"processor must be a folder or a name on the hub, got {name!r}; give one of them"


def test_a_folder_or_a_file_without_a_processor_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"^transformers reads no processor from this folder: [^\n]*$") as caught:
        load_processor(tmp_path)
    assert caught.value.path == str(tmp_path)
    file = tmp_path / "processor_config.json"
    file.write_text("{}")
    with pytest.raises(
        SourceUnreadable, match=r"^processor must be a folder .* got a file; give its folder: "
    ) as caught:
        load_processor(file)
    assert caught.value.path == str(file)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_processor_that_pads_on_the_left_reads_back_the_same(name: TinyFamily, tmp_path: Path) -> None:
    from transformers import AutoProcessor

    side = SIDES[name]
    pair(name).processor.save_pretrained(tmp_path)
    options: dict[str, Any] = {"size": (side, side), "pixels": (side * side, 50_176)}
    left = AutoProcessor.from_pretrained(tmp_path, padding_side="left")
    # Not a whole number of hops.
    for seconds in (Fraction(2), Fraction(32_001, 16_000)):
        family = make_family(name, odd_frames="repeat_last", **options)
        sample = made_sample(family, seconds)
        expected = read_back(family([sample]), family)
        other = FAMILIES[name](left, family.conversation, fps=2, odd_frames="repeat_last", **options)
        found = read_back(other([sample]), other)
        assert (found.prompt, found.runs, found.unmasked, found.seconds_heard) == (
            expected.prompt,
            expected.runs,
            expected.unmasked,
            expected.seconds_heard,
        )
        assert np.array_equal(found.frames, expected.frames)
        if expected.features is None:
            assert found.features is None
        else:
            assert found.features is not None
            np.testing.assert_array_equal(found.features, expected.features)
