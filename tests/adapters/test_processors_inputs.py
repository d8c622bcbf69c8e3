"""What a family hands its model: the frames, the audio and the times of the windows, row by row."""

from __future__ import annotations

import dataclasses
import logging
import math
import pickle
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io import InvalidArgument, Media, Span, WindowLoader
from emos_io.adapters import Family
from emos_io.pipes import SampleSpec, undecoded_sample
from emos_io.testing import frame_numbers
from emos_io.testing.tiny_models import TinyFamily

pytest.importorskip("transformers")

from processors_help import (
    CLIP_FPS,
    FAMILIES,
    HEARING,
    LENGTH,
    RATE,
    SMALL,
    TINY_PIXELS,
    counting_plan,
    counting_samples,
    groups_of,
    made_sample,
    make_family,
    pair,
    pixels_of,
)

LEVEL = 1e-3
"""Of 255: float32 has 24 bits, and a level is multiplied and shifted twice."""
FEATURE = 1e-5
"""Between features of one waveform alone and in a batch: float32 sums in another order."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counting")


@pytest.fixture(scope="module", params=FAMILIES)
def name(request: pytest.FixtureRequest) -> TinyFamily:
    family: TinyFamily = request.param
    return family


def test_frames_in_a_batch_are_those_of_the_windows(name: TinyFamily, folder: Path) -> None:
    family = make_family(name)
    samples = counting_samples(family, folder)
    batch = family(samples)
    for sample, pixels in zip(samples, pixels_of(batch, family), strict=True):
        assert sample.frames is not None and sample.span is not None
        assert np.abs(pixels - sample.frames).max() < LEVEL
        # The frame on screen at each time of the grid, at 25 frames a second.
        times = [sample.span.start + Fraction(k, 2) for k in range(2 * LENGTH)]
        expected = [math.floor(time * CLIP_FPS) for time in times]
        assert frame_numbers(np.rint(pixels).astype(np.uint8)).tolist() == expected


@pytest.mark.parametrize("name", HEARING)
def test_audio_in_a_batch_is_that_of_the_windows(name: TinyFamily, folder: Path) -> None:
    family = make_family(name)
    samples = counting_samples(family, folder)
    assert _windows_heard(family, family(samples), folder) == [0, 1, 2, 3]
    assert _windows_heard(family, family(samples[::-1]), folder) == [3, 2, 1, 0]
    swapped = [
        dataclasses.replace(samples[0], waveform=samples[1].waveform),
        dataclasses.replace(samples[1], waveform=samples[0].waveform),
    ]
    # The guard sees samples, which say it themselves; only the source of the samples can tell.
    assert _windows_heard(family, family(swapped), folder) == [1, 0]


def _windows_heard(family: Family, batch: Any, folder: Path) -> list[int]:
    """Which window of the clip each row of features is made of: read from the media, one by one."""
    extractor, plan = family.processor.feature_extractor, counting_plan(folder)
    # As each processor pads: what lies behind a window reaches into its last features.
    padding = "longest" if family.name == "qwen3_omni" else "max_length"
    alone = []
    with Media(str(plan.window(0).path)) as media:
        for window in range(len(plan)):
            start = window * LENGTH
            waveform = media.samples_in(Span(start, start + LENGTH), sample_rate=RATE, num_channels=1).data[0]
            made = extractor(waveform, sampling_rate=RATE, padding=padding, return_tensors="np")
            alone.append(made["input_features"][0])
    heard = []
    for row, mask in zip(batch["input_features"].numpy(), batch["feature_attention_mask"].numpy(), strict=True):
        length = int(mask.sum())
        assert length == LENGTH * 100
        apart = [float(np.abs(row[:, :length] - each[:, :length]).max()) for each in alone]
        (found,) = [window for window, distance in enumerate(apart) if distance < FEATURE]
        heard.append(found)
    return heard


@pytest.mark.parametrize("fps", [1, 2, "25/4"])
@pytest.mark.parametrize("size", [SMALL, (56, 84)])
def test_tokens_are_in_the_order_of_the_formula(name: TinyFamily, fps: Any, size: tuple[int, int]) -> None:
    family = make_family(name, fps=fps, size=size, odd_frames="repeat_last")
    samples = [made_sample(family, seconds, seed=seed) for seed, seconds in enumerate(("2", "5.36"))]
    batch = family(samples)
    for sample, ids in zip(samples, batch["input_ids"].tolist(), strict=True):  # type: ignore[union-attr]
        expected = family.layout(len(sample.frame_valid), len(sample.waveform_valid) if family.hears else None)
        assert groups_of(ids, family) == [tuple(group) for group in expected]


@pytest.mark.parametrize("fps", [1, 2, "30000/1001"])
def test_seconds_between_pairs_of_frames_are_those_of_fps(name: TinyFamily, fps: Any) -> None:
    family = make_family(name, fps=fps, size=SMALL, odd_frames="repeat_last")
    batch: Any = family([made_sample(family, 2), made_sample(family, 3, seed=1)])
    seconds = batch["video_second_per_grid" if family.hears else "second_per_grid_ts"]
    assert seconds.tolist() == [np.float32(2 / float(Fraction(fps)))] * 2
    assert family.second_per_grid == 2 / Fraction(fps)


@given(
    seconds=st.fractions(Fraction(1, 10), 4, max_denominator=1000),
    texts=st.tuples(*[st.text(st.characters(codec="utf-8"), max_size=12).filter(lambda text: "<|" not in text)] * 2),
    fps=st.sampled_from([1, 2, 3, "7.5", 12]),
)
@settings(max_examples=12)
def test_tokens_are_counted_without_decoding(
    name: TinyFamily, seconds: Fraction, texts: tuple[str, str], fps: Any
) -> None:
    from processors_help import talk

    family = make_family(name, talk(*texts), fps=fps, size=SMALL, odd_frames="repeat_last")
    sample = made_sample(family, seconds)
    bare = dataclasses.replace(sample, frames=None, waveform=None)
    batch: Any = family([sample])
    assert family.num_tokens(sample) == family.num_tokens(bare) == batch["input_ids"].shape[1]


def test_tokens_of_a_plan_are_counted_without_decoding(name: TinyFamily, folder: Path) -> None:
    family, plan = make_family(name), counting_plan(folder)
    bare = [undecoded_sample(each, SampleSpec(family.video, family.audio)) for each in plan.windows()]
    batches: list[Any] = [family([sample]) for sample in counting_samples(family, folder)]
    assert [family.num_tokens(sample) for sample in bare] == [batch["input_ids"].shape[1] for batch in batches]


@given(height=st.integers(1, 1200), width=st.integers(1, 1200), least=st.integers(1, 40), most=st.integers(1, 300))
@settings(max_examples=40)
def test_frame_size_is_what_the_processor_makes(
    name: TinyFamily, height: int, width: int, least: int, most: int
) -> None:
    from hypothesis import assume

    assume(max(height, width) <= 200 * min(height, width))
    processor: Any = pair(name).processor
    own = make_family(name, size=(height, width), pixels=None).video.size
    size = dict(type(processor).videos_kwargs).get("size", processor.video_processor.size)
    assert own == _resized(processor, height, width, size)
    side = processor.video_processor.patch_size * processor.video_processor.merge_size
    pixels = (least * side**2, max(least, most) * side**2)
    edges = {"shortest_edge": pixels[0], "longest_edge": pixels[1]}
    made = _resized(processor, height, width, edges)
    if pixels[0] <= made[0] * made[1] <= pixels[1]:
        assert make_family(name, size=(height, width), pixels=pixels).video.size == made
        return
    with pytest.raises(InvalidArgument, match=f"the processor makes {made[0]} x {made[1]}, ") as caught:
        make_family(name, size=(height, width), pixels=pixels)
    # What the line advises is kept.
    least, most, rows, columns = map(
        int, re.findall(r"pass pixels=\((\d+), (\d+)\) for (\d+) x (\d+)$", str(caught.value))[0]
    )
    assert make_family(name, size=(height, width), pixels=(least, most)).video.size == (rows, columns)


def _resized(processor: Any, height: int, width: int, size: Any) -> tuple[int, int]:
    """The size of a frame that the video processor itself resizes."""
    made = processor.video_processor(
        videos=[np.zeros((2, height, width, 3), np.uint8)],
        size=dict(size),
        do_sample_frames=False,
        cap_pixels_per_frame=False,
        input_data_format="channels_last",
        return_tensors="pt",
    )
    _, rows, columns = made["video_grid_thw"][0].tolist()
    return rows * processor.video_processor.patch_size, columns * processor.video_processor.patch_size


def test_own_size_is_that_of_the_class_of_the_processor() -> None:
    # 224 x 224 is below the least pixels of each: 128 tokens.
    sizes = {family: make_family(family, size=(224, 224), pixels=None).video.size for family in FAMILIES}
    assert sizes == {"qwen2_5_omni": (336, 336), "qwen3_omni": (384, 384), "qwen2_5_vl": (336, 336)}


def test_rows_of_several_lengths_are_padded_on_the_left(name: TinyFamily) -> None:
    family = make_family(name, size=SMALL, guard=True)
    samples = [made_sample(family, seconds, seed=seed) for seed, seconds in enumerate((1, 4, 2))]
    batch: Any = family(samples)
    lengths = [family.num_tokens(sample) for sample in samples]
    width = max(lengths)
    assert batch["input_ids"].shape == batch["attention_mask"].shape == batch["labels"].shape == (3, width)
    for mask, length in zip(batch["attention_mask"].tolist(), lengths, strict=True):
        assert mask == [0] * (width - length) + [1] * length
    for row, sample in enumerate(samples):
        alone: Any = family([sample])
        assert batch["input_ids"][row, width - lengths[row] :].tolist() == alone["input_ids"][0].tolist()


def test_slots_without_a_window_and_windows_not_read_stay_rows(name: TinyFamily) -> None:
    family = make_family(name, size=SMALL)
    real = made_sample(family, 2, seed=1)
    unread = _blank(made_sample(family, 2, seed=2, valid=False, key="own/unread@0-2"))
    empty = _blank(made_sample(family, 2, seed=3, valid=False, key=None))
    batch: Any = family([unread, real, empty])
    assert [bool((row != -100).any()) for row in batch["labels"]] == [False, True, False]
    black, _, slot = pixels_of(batch, family)
    assert np.abs(black).max() < LEVEL and np.abs(slot).max() < LEVEL
    if family.hears:
        assert batch["use_audio_in_video"] is True
        assert batch["feature_attention_mask"].sum(1).tolist() == [200, 200, 200]
        row = batch["input_features"][0]
        assert float(row.max() - row.min()) == 0  # silence
    assert family.num_tokens(unread) == int(batch["attention_mask"][0].sum())


def _blank(sample: Any) -> Any:
    """A sample as a loader makes it of what could not be read."""
    waveform = None if sample.waveform is None else np.zeros_like(sample.waveform)
    return dataclasses.replace(sample, frames=np.zeros_like(sample.frames), waveform=waveform)


@pytest.mark.parametrize("name", HEARING)
def test_without_audio_it_is_omitted_where_that_was_chosen(name: TinyFamily) -> None:
    family = make_family(name, size=SMALL, missing_audio="omit")
    silent = [made_sample(family, 2, seed=seed, hears=False) for seed in range(2)]
    # A window that was not read has as much audio as the others have.
    unread = _blank(made_sample(family, 2, seed=2, valid=False, key="own/unread@0-2"))
    batch: Any = family([*silent, unread])
    assert not {"use_audio_in_video", "input_features"} & set(batch)
    tokens = family.layout(4, None)
    assert [groups_of(ids, family) for ids in batch["input_ids"].tolist()] == [[tuple(each) for each in tokens]] * 3
    heard: Any = family([made_sample(family, 2), unread])
    assert heard["use_audio_in_video"] is True and len(heard["input_features"]) == 2


def test_odd_frames_are_repeated_where_that_was_chosen(name: TinyFamily) -> None:
    family = make_family(name, size=SMALL, odd_frames="repeat_last")
    sample = made_sample(family, "1.5")
    (pixels,) = pixels_of(family([sample]), family)
    assert sample.frames is not None and len(sample.frames) == 3
    assert np.abs(pixels - np.concatenate([sample.frames, sample.frames[-1:]])).max() < LEVEL


@pytest.mark.parametrize("name", HEARING)
def test_a_window_has_the_same_tokens_in_every_batch(name: TinyFamily) -> None:
    """Alone, with a longer one and with a shorter one, at lengths that are no full feature frames."""
    family = make_family(name, size=SMALL, odd_frames="repeat_last")
    middle = made_sample(family, "1.0005")
    others = [made_sample(family, seconds, seed=1) for seconds in ("0.6003", "2.0061")]
    rows: list[Any] = [family([middle]), *(family([middle, other]) for other in others)]
    counts = {groups_of(batch["input_ids"][0].tolist(), family)[1] for batch in rows}
    assert len(counts) == 1


def test_nothing_is_warned_of(name: TinyFamily, caplog: pytest.LogCaptureFixture, monkeypatch: Any) -> None:
    """No name that leaves with the next version is used: neither a warning, which would be an error here, nor a log line."""
    import transformers.utils.logging as library

    monkeypatch.setattr(logging.getLogger("transformers"), "propagate", True)
    # Each line is logged once for a process.
    for warn in ("warning_once", "info_once"):
        if hasattr(getattr(logging.Logger, warn, None), "cache_clear"):
            getattr(logging.Logger, warn).cache_clear()
    before = library.get_verbosity()
    library.set_verbosity_warning()
    try:
        family = make_family(name, size=SMALL)
        with caplog.at_level(logging.WARNING):
            family([made_sample(family)])
            family.for_generation()([made_sample(family)])
    finally:
        library.set_verbosity(before)
    assert [record.getMessage() for record in caplog.records] == []


def test_generation_ends_where_the_answer_begins(name: TinyFamily) -> None:
    from processors_help import talk

    family = make_family(name, talk("first", "second"), size=SMALL)
    batch: Any = family.for_generation()([made_sample(family)])
    assert "labels" not in batch and "num_items_in_batch" not in batch
    text = family.processor.tokenizer.decode(batch["input_ids"][0])
    assert text.endswith("assistant\nfirst<|im_end|>\n<|im_start|>user\nQuestion 1?<|im_end|>\n<|im_start|>assistant\n")
    new = pair(name).model.generate(**batch, max_new_tokens=2)
    assert new.shape == (1, batch["input_ids"].shape[1] + 2)
    assert "labels" in family([made_sample(family)])


def test_families_pickle(name: TinyFamily) -> None:
    family = make_family(name, size=SMALL)
    sample = made_sample(family)
    copy: Family = pickle.loads(pickle.dumps(family))
    first, second = family([sample]), copy([sample])
    assert {key: _plain(value) for key, value in first.items()} == {key: _plain(value) for key, value in second.items()}


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def test_loaders_take_a_family_as_collate(name: TinyFamily, folder: Path) -> None:
    family = make_family(name)
    with WindowLoader(counting_plan(folder), **family.reads, collate=family) as loader:
        batches: list[Any] = list(loader)
    numbers = [
        frame_numbers(np.rint(each).astype(np.uint8))[0] for batch in batches for each in pixels_of(batch, family)
    ]
    assert sorted(numbers) == [0, 50, 100, 150]


def test_small_sizes_are_not_changed() -> None:
    # What the other tests rest on.
    for family in FAMILIES:
        height, width = make_family(family).video.size
        assert TINY_PIXELS[0] <= height * width <= TINY_PIXELS[1]
