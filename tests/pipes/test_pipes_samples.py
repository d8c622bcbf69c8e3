"""A sample is what Media.window gives, in whatever way it is asked for."""

from __future__ import annotations

import pickle
import threading
from fractions import Fraction
from typing import cast

import numpy as np
import pytest
from pipes_help import (
    AUDIO,
    NUMPY,
    VIDEO,
    all_keys,
    clip,
    film,
    films,
    frames_of,
    is_as_read_plainly,
    keys_of,
    loader_of,
    mixed_plan,
    plan_of,
    waveform_of,
)

from emos_io.media.arguments import Fit
from emos_io.pipes import AudioSpec, LaneBatches, SampleIndex, VideoSpec, WindowDataset, WindowSample
from emos_io.pipes.lanes import LaneReader, rng_of
from emos_io.pipes.reading import ReadOptions
from emos_io.pipes.specs import SampleSpec
from emos_io.plan import Windowing, WindowPlan
from oracle import clips


@pytest.mark.parametrize("order", ["shuffle", "contiguous", "sequential", "iid"])
@pytest.mark.parametrize("windows_per_lane", [1, 3])
def test_every_sample_of_a_loader_is_as_read_plainly(order: str, windows_per_lane: int) -> None:
    options = {} if order == "sequential" else {"num_lanes": 4}
    plan = plan_of(films(4), order=order, **{"num_lanes": 1, **options}, windows_per_lane=windows_per_lane)
    seen: list[WindowSample] = []
    lock = threading.Lock()

    def keep(sample: WindowSample, rng: np.random.Generator) -> WindowSample:
        with lock:
            seen.append(sample)
        return sample

    with loader_of(plan, transform=keep, num_threads=3) as loader:
        batches = list(loader)
    assert sorted(keys_of(batches)) == all_keys(plan)
    for sample in seen:
        if sample.key is not None:
            is_as_read_plainly(sample, plan.window_by_key(sample.key))


def test_context_and_lookahead_are_read_and_not_asked_about() -> None:
    item = film("a", clips.counting_clip(seconds=10, rate=8_000), 10)
    plan = WindowPlan([item], Windowing(2, 1, context=1, lookahead="1/2"), order="sequential")
    with WindowDataset(plan, video=VIDEO, audio=AUDIO) as dataset:
        for number, planned in enumerate(plan.windows()):
            sample = dataset[number]
            is_as_read_plainly(sample, planned)
            assert sample.label_span is not None and sample.label_span.duration == 2
            assert sample.span is not None and sample.span.duration == Fraction(7, 2)


def test_a_dataset_gives_windows_by_number_alone_and_in_batches() -> None:
    plan = mixed_plan()
    with WindowDataset(
        plan, video=VideoSpec(fps="25/3", size=(8, 32), dimension_order="TCHW"), audio=AUDIO, max_open_files=2
    ) as dataset:
        assert len(dataset) == len(plan)
        numbers = list(np.random.default_rng(0).permutation(len(plan)))
        for number, sample in zip(numbers, dataset.__getitems__(numbers), strict=True):
            is_as_read_plainly(
                sample, plan.window(int(number)), video=VideoSpec("25/3", (8, 32), dimension_order="TCHW")
            )
        assert dataset.files.num_open <= 2
        assert dataset[-1].key == plan.window(len(plan) - 1).key
        with pytest.raises(
            IndexError,
            match=f"^index must be from -{len(plan)} to {len(plan) - 1}, got {len(plan)}; the plan has {len(plan)} windows",
        ):
            dataset[len(plan)]


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("num_channels", [1, 2])
def test_fit_roi_and_channels_are_those_of_media(fit: Fit, num_channels: int) -> None:
    plan = plan_of(films(1), order="sequential", num_lanes=1)
    video = VideoSpec(2, (24, 24), fit=fit, roi=[(0, (0, 0, 32, 16)), (1, (16, 0, 64, 16))])
    audio = AudioSpec(8_000, num_channels=num_channels)
    with WindowDataset(plan, video=video, audio=audio) as dataset:
        sample = dataset[0]
    assert sample.waveform is not None and sample.waveform.shape == (num_channels, 16_000)
    is_as_read_plainly(sample, plan.window(0), video=video, audio=audio)


def test_windows_of_a_batch_share_decoding_in_a_dataset() -> None:
    plan = plan_of(films(1), order="sequential", num_lanes=1)
    counts = []
    for batched in (False, True):
        with WindowDataset(plan, video=VIDEO, audio=None) as dataset:
            if batched:
                dataset.__getitems__(range(len(plan)))
            else:
                [dataset[number] for number in range(len(plan))]
            counts.append(dataset.files.counters["frames_decoded"])
    # There are 250 frames.
    assert counts[1] <= 250 < counts[0]


def test_a_dataset_pickles_as_plan_and_options() -> None:
    plan = plan_of(films(2))
    with WindowDataset(plan, video=VIDEO, audio=AUDIO) as dataset:
        before = dataset[3]
        copy = pickle.loads(pickle.dumps(dataset))
    with copy:
        np.testing.assert_array_equal(copy[3].frames, before.frames)
        assert copy.plan.fingerprint == plan.fingerprint


def test_only_one_modality_is_read_where_only_one_is_asked_for() -> None:
    plan = plan_of(films(1), order="sequential", num_lanes=1)
    with loader_of(plan, audio=None) as loader:
        batch = next(iter(loader))
        assert batch.waveform is None and frames_of(batch).shape == (1, 8, 16, 64, 3)
    with loader_of(plan, video=None) as loader:
        batch = next(iter(loader))
        assert batch.frames is None and waveform_of(batch).shape == (1, 1, 16_000)
        assert loader.counters["frames_decoded"] == 0


def test_a_loader_and_a_dataset_give_a_batch_sampler_the_same_samples() -> None:
    plan = mixed_plan(windows_per_lane=2)
    with loader_of(plan, rank=1, world_size=4) as loader, loader.dataset as dataset:
        for batch, indices in zip(loader, LaneBatches(plan, rank=1, world_size=4), strict=True):
            again = NUMPY(cast("list[WindowSample]", dataset.__getitems__(indices)))
            assert again.keys == batch.keys
            longest = frames_of(again).shape[1]
            np.testing.assert_array_equal(again.frames, frames_of(batch)[:, :longest])
            np.testing.assert_array_equal(again.is_start, batch.is_start)
            assert not frames_of(batch)[:, longest:].any()


def test_an_empty_slot_is_as_long_as_the_longest_window_of_its_step() -> None:
    plan = mixed_plan()
    step = next(s for s in range(plan.num_steps()) if (plan.batch(0, s).numbers < 0).any())
    numbers = plan.batch(0, step).numbers
    with WindowDataset(plan, video=VIDEO, audio=AUDIO) as dataset:
        empty = dataset[SampleIndex(0, -1, is_start=False, step=step)]
    longest = max(plan.window(int(number)).span.duration for number in numbers.flat if number >= 0)
    assert not empty.valid and empty.key is None and not empty.label_valid
    assert (len(empty.frame_valid), len(empty.waveform_valid)) == (int(longest * 4), int(longest * 8_000))


def test_batches_of_unequal_windows_are_padded_and_say_so() -> None:
    plan = mixed_plan()
    seen = set()
    with loader_of(plan) as loader:
        for batch in loader:
            for row, key in enumerate(batch.keys):
                if key is None:
                    continue
                planned = plan.window_by_key(key)
                frames, samples = int(batch.num_frames[row]), int(batch.num_samples[row])
                seconds = planned.span.duration
                assert (frames, samples) == (int(seconds * 4), int(seconds * 8_000))
                assert not frames_of(batch)[row, frames:].any() and not batch.frame_valid[row, frames:].any()
                assert not waveform_of(batch)[row, :, samples:].any() and not batch.waveform_valid[row, samples:].any()
                assert batch.frame_valid[row, :frames].all()
                seen.add(frames)
    assert seen == {8, 12, 20}


def test_labels_stand_on_the_grid_of_their_rate() -> None:
    plan = plan_of(films(1), order="sequential", num_lanes=1)
    names = plan.classes
    with loader_of(plan) as loader:
        batches = {batch.spans[0].start: batch for batch in loader if batch.spans[0] is not None}
    valid = {start: np.asarray(batch.timeline_valid)[0] for start, batch in batches.items()}
    timelines = {start: np.asarray(batch.timeline)[0] for start, batch in batches.items()}
    # Joy until 3, Sadness until 9, nothing after; two points a second from the label span's start.
    assert [names[k] for k in timelines[Fraction(2)].argmax(axis=1)] == ["Joy", "Joy", "Sadness", "Sadness"]
    assert valid[Fraction(2)].all()
    assert valid[Fraction(8)].tolist() == [True, True, False, False]
    assert timelines[Fraction(8)].sum(axis=1).tolist() == [1, 1, 0, 0]


def test_confidence_of_a_clip_comes_with_its_label() -> None:
    plan = WindowPlan([clip("a", clips.counting_clip(seconds=2, rate=8_000), 2)], by="clip", num_lanes=1)
    with loader_of(plan) as loader:
        (batch,) = list(loader)
    assert batch.confidence.tolist() == [0.75] and batch.label_valid.tolist() == [True]
    assert plan.classes[int(batch.labels[0].argmax())] == "Fear"


def test_batches_of_one_bucket_are_padded_to_its_longest_window() -> None:
    plan = mixed_plan(num_buckets=2)
    ends = plan.summary().bucket_ends
    assert ends == [2, 5]
    shapes = set()
    with loader_of(plan, audio=None) as loader:
        for batch in loader:
            longest = max(label_span.duration for label_span in batch.label_spans if label_span is not None)
            assert frames_of(batch).shape[1] == longest * 4
            shapes.add(frames_of(batch).shape[1])
    assert max(shapes) == 20
    assert shapes <= {8, 12, 20}


def test_a_generator_belongs_to_seed_epoch_and_key() -> None:
    plan, other = plan_of(films(1), num_lanes=1), plan_of(films(1), num_lanes=1, seed=4)
    key = plan.window(3).key

    def random_number(plan: WindowPlan, epoch: int, key: str) -> int:
        return int(rng_of(plan, epoch, key).integers(2**62))

    assert random_number(plan, 1, key) == random_number(plan, 1, key)
    assert (
        len(
            {
                random_number(plan, 1, key),
                random_number(plan, 2, key),
                random_number(other, 1, key),
                random_number(plan, 1, plan.window(2).key),
            }
        )
        == 4
    )


def test_lanes_that_jump_are_read_where_they_land() -> None:
    plan = plan_of(films(4), order="contiguous", num_lanes=2)
    reader: LaneReader[WindowSample] = LaneReader(plan, ReadOptions(SampleSpec(VIDEO, AUDIO)), None, 2)
    for step in (0, 3, 4, 1, 1):
        for lane in range(2):
            (sample,) = reader.read(0, step, lane)
            assert sample.number == plan.batch(0, step).numbers[lane, 0]
            assert sample.key is not None
            is_as_read_plainly(sample, plan.window_by_key(sample.key))
    reader.close()
