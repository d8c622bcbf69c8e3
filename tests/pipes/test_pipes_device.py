"""Frames on a device, without one: arrays that DLPack alone reads are collated as numpy arrays are, or refused in one line."""

from __future__ import annotations

import importlib.util
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from device_help import HostArray, numbered, on_device, on_host, with_frames
from pipes_help import AUDIO, NUMPY, VIDEO, digest, film, frames_of, loader_of, mixed_plan, plan_of

from emos_io import InvalidArgument
from emos_io.adapters.arrays import checked_frames
from emos_io.adapters.guarded_inputs import checked_samples
from emos_io.pipes import Collate, StepSamples, VideoSpec, WindowBatch, WindowDataset, WindowLoader, WindowSample
from emos_io.pipes.collate import takes_device
from emos_io.pipes.device_frames import BlankFrames, refuse_device_frames
from emos_io.pipes.samples import empty_sample, masked_sample
from emos_io.pipes.specs import PaddedSize, SampleSpec
from oracle.refusals import refusal_of

torch = pytest.importorskip("torch")

HAS_DALI = (files := importlib.util.find_spec("nvidia")) is not None and any(
    (Path(folder) / "dali").is_dir() for folder in files.submodule_search_locations or ()
)
PLAN = plan_of([film("a", None, 10)], order="sequential", num_lanes=1)
SPEC = SampleSpec(VIDEO, AUDIO)


def samples(count: int = 3, *, video: VideoSpec = VIDEO) -> list[WindowSample]:
    """Windows without media: their frames are numbers of ours."""
    dataset = WindowDataset(PLAN, video=video, audio=AUDIO, on_error="mask")
    return [numbered(dataset[number]) for number in range(count)]


@pytest.mark.parametrize("plan", [plan_of(), mixed_plan(num_buckets=3)], ids=["plain", "buckets"])
@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_a_loader_of_device_arrays_gives_the_batches_of_numpy_arrays(plan: Any, kind: Any) -> None:
    """Clips of several lengths and empty slots are padded alike; the digest has the dtype and the shape of each array."""
    with loader_of(plan) as loader:
        wanted = [digest(batch) for batch in loader]
    with loader_of(plan, collate=Collate(kind, label_rate=2), transform=on_host) as loader:
        found = list(loader)
    assert [digest(batch) for batch in found] == wanted
    assert {type(batch.frames) for batch in found} == {np.ndarray if kind == "numpy" else torch.Tensor}
    assert all(batch.ready is None for batch in found)


@pytest.mark.parametrize("order", ["THWC", "TCHW"])
def test_rows_are_padded_with_zeros_to_the_longest_row_or_to_that_of_the_step(order: Any) -> None:
    video = VideoSpec(fps=4, size=(6, 10), dimension_order=order)
    several = [with_frames(sample, count) for sample, count in zip(samples(video=video), (8, 0, 3), strict=True)]
    of_step = StepSamples(several, epoch=0, step=0, padded_size=PaddedSize(11, 20_000, num_channels=1))
    for given in (several, of_step):
        on_cpu: WindowBatch[Any] = Collate("numpy")(given)
        here = [on_device(sample, (1, 0)) for sample in given]
        if isinstance(given, StepSamples):
            here = StepSamples(here, epoch=0, step=0, padded_size=given.padded_size)
        for kind in ("numpy", "torch"):
            batch: WindowBatch[Any] = cast("Any", Collate)(kind)(here)
            np.testing.assert_array_equal(np.asarray(batch.frames), frames_of(on_cpu), strict=True)
            assert np.asarray(batch.frames).flags.c_contiguous
            assert batch.frame_valid.shape == frames_of(batch).shape[:2]
            assert batch.num_frames.tolist() == [8, 0, 3]
        assert batch.waveform is not None and on_cpu.waveform is not None
        assert batch.waveform.shape == on_cpu.waveform.shape


def test_the_batch_of_one_row_without_padding_is_the_memory_of_its_sample() -> None:
    sample = on_device(samples()[0], (1, 0))
    array = cast("HostArray", sample.frames).array
    batch = Collate()([sample])
    assert batch.frames is not None
    assert batch.frames.shape == (1, *array.shape)
    assert batch.frames.data_ptr() == array.ctypes.data
    # Padding, and axes that are not in order, need memory of their own.
    padded = Collate()(StepSamples([sample], epoch=0, step=0, padded_size=PaddedSize(9))).frames
    assert padded is not None and padded.shape[1] == 9 and padded.data_ptr() != array.ctypes.data
    strided = replace(sample, frames=HostArray(np.moveaxis(array, 3, 1)))
    moved = Collate()([strided]).frames
    assert moved is not None and moved.is_contiguous() and moved.data_ptr() != array.ctypes.data
    np.testing.assert_array_equal(moved[0], np.moveaxis(array, 3, 1))


def test_several_rows_are_copied_once_into_memory_of_their_own() -> None:
    several = [on_device(sample, (1, 0)) for sample in samples(2)]
    batch = Collate()(several)
    assert batch.frames is not None
    kept = batch.frames.clone()
    for sample in several:
        cast("HostArray", sample.frames).array[...] = 0
    assert torch.equal(batch.frames, kept) and kept.any()


def test_black_frames_on_a_device_are_zeros_that_are_made_when_they_are_read() -> None:
    planned = PLAN.window(0)
    size = PaddedSize(5, 100, num_channels=1)
    masked, empty = masked_sample(planned, SPEC, True, "dali-cpu"), empty_sample(SPEC, size, ("Joy",), "dali-cpu")
    on_cpu = masked_sample(planned, SPEC, True)
    for sample, shape in ((masked, (8, 16, 64, 3)), (empty, (5, 16, 64, 3))):
        frames = sample.frames
        assert isinstance(frames, BlankFrames)
        assert (frames.shape, frames.dtype, frames.device) == (shape, np.dtype(np.uint8), "cpu")
        first, second = np.from_dlpack(cast("Any", frames)), torch.from_dlpack(frames)
        assert first.shape == tuple(second.shape) == shape
        assert not first.any() and not second.any() and second.dtype == torch.uint8
        second[...] = 1
        assert not np.from_dlpack(cast("Any", frames)).any()
    assert repr(masked.frames) == "BlankFrames(uint8[8, 16, 64, 3], 'cpu')"
    assert repr(masked) == repr(on_cpu).replace("(0 of 8 valid), wave", "(0 of 8 valid) on cpu, wave")
    batch, plain = Collate()([masked, masked]), Collate()([on_cpu, on_cpu])
    assert batch.frames is not None and plain.frames is not None
    assert torch.equal(batch.frames, plain.frames)


@pytest.mark.parametrize(("device", "number"), [("cuda:0", 0), ("cuda:3", 3)])
def test_black_frames_know_their_device_before_they_are_made(device: str, number: int) -> None:
    frames = BlankFrames((0, 4, 4, 3), device)
    assert (frames.device, frames.__dlpack_device__()) == (device, (2, number))


def test_numpy_arrays_of_frames_on_cuda_are_refused_before_they_are_read() -> None:
    on_cuda = [on_device(sample, (2, 1)) for sample in samples(2)]
    text = 'tensors must be "torch" for frames on cuda:1, got "numpy"; take Collate(), or read them on the CPU'
    assert refusal_of(lambda: Collate("numpy")(on_cuda)) == text
    assert refusal_of(lambda: takes_device(NUMPY, "cuda:1")) == text
    takes_device(Collate(), "cuda:1")
    takes_device(NUMPY, "dali-cpu")
    takes_device(lambda batch: batch, "cuda:0")


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_frames_of_two_devices_make_no_batch(kind: Any) -> None:
    first, second, third = samples()
    mixed: list[Any] = [on_device(first, (2, 0)), second, on_device(third, (1, 0))]
    assert refusal_of(lambda: Collate(kind)(mixed)) == (
        "frames of a batch must be on one device, got cpu and cuda:0; let the transform leave them all on one"
    )
    # Memory of the CPU is one device, whoever owns it.
    both = [on_device(first, (1, 0)), second]
    found = np.asarray(Collate(kind)(cast("Any", both)).frames)
    np.testing.assert_array_equal(found[0], first.frames)
    np.testing.assert_array_equal(found[1], second.frames)


def test_a_transform_may_give_tensors() -> None:
    def halved(sample: WindowSample, _: np.random.Generator) -> WindowSample[Any]:
        return replace(sample, frames=torch.from_numpy(sample.frames)[:, ::2].float())

    plan = plan_of()
    with loader_of(plan) as loader:
        wanted = [frames_of(batch)[:, :, ::2].astype(np.float32) for batch in loader]
    with loader_of(plan, collate=Collate(), transform=halved) as loader:
        found = [frames_of(batch) for batch in loader]
    assert len(wanted) == len(found) > 2
    for one, other in zip(wanted, found, strict=True):
        np.testing.assert_array_equal(one, np.asarray(other), strict=True)


@pytest.mark.parametrize("kind", ["numpy", "torch"])
@pytest.mark.parametrize("on", [None, (1, 0)], ids=["numpy arrays", "device arrays"])
def test_frames_of_two_types_make_no_batch_but_black_ones_fit_any(kind: Any, on: tuple[int, int] | None) -> None:
    """A batch of bytes would cut numbers from 0 to 1 off to 0."""

    def typed(sample: WindowSample, dtype: Any) -> Any:
        frames = cast("Any", sample.frames).astype(dtype)
        return replace(sample, frames=frames if on is None else HostArray(frames, on), frame_valid=np.ones(8, np.bool_))  # type: ignore[arg-type]

    plain, halves = typed(samples()[0], np.uint8), typed(samples()[1], np.float32)
    collate = cast("Any", Collate)(kind)
    for order in ([plain, halves], [halves, plain]):
        assert refusal_of(lambda: collate(order)) == (  # noqa: B023 - called at once
            "frames of a batch must have one type, got float32 and uint8; let the transform leave all with one"
        )
    masked: Any = masked_sample(PLAN.window(0), SPEC, True, None if on is None else "dali-cpu")
    for order in ([masked, halves], [halves, masked]):
        frames = np.asarray(collate(order).frames)
        wanted = halves.frames if on is None else halves.frames.array
        assert frames.dtype == np.float32
        np.testing.assert_array_equal(frames[order.index(halves)], wanted)
        assert not frames[order.index(masked)].any()


def test_who_reads_numpy_frames_says_that_there_are_others() -> None:
    sample = samples(1)[0]
    for other in (sample.frames, None, torch.zeros(3), [1, 2]):
        refuse_device_frames(other, "the encoder")
    for frames, device in ((on_device(sample, (2, 1)).frames, "cuda:1"), (on_device(sample, (1, 0)).frames, "cpu")):
        with pytest.raises(InvalidArgument) as error:
            refuse_device_frames(frames, "the encoder", "s/a")
        assert str(error.value) == (
            f"frames must be numpy arrays for the encoder, got HostArray on {device}; read them without device="
        )
        assert error.value.key == "s/a"
    text = refusal_of(lambda: refuse_device_frames(BlankFrames((1, 2, 2, 3), "cuda"), "the encoder"))
    assert "got BlankFrames on cuda:0" in text


def test_models_and_guards_say_that_they_read_numpy_frames() -> None:
    sample = on_device(samples(1)[0], (2, 1))
    checks: list[Callable[[], object]] = [
        lambda: checked_frames(cast("Any", sample), VIDEO, "a family"),
        lambda: checked_samples(cast("Any", [sample])),
    ]
    for check in checks:
        with pytest.raises(InvalidArgument, match="got HostArray on cuda:1; read them without device=") as error:
            check()
        assert error.value.key == sample.key


@pytest.mark.parametrize("device", ["cpu", "cuda:", "cuda:-1", "cuda:x", "CUDA", "auto", "", 0, True, b"cuda"])
def test_a_device_that_is_none_is_refused_where_it_is_given(device: Any) -> None:
    for make in (WindowDataset, WindowLoader):
        text = refusal_of(lambda: make(PLAN, device=device))  # noqa: B023 - called at once
        assert text.startswith("device must be") and repr(device) in text


def test_a_device_decodes_frames_alone() -> None:
    for make in (WindowDataset, WindowLoader):
        assert refusal_of(lambda: make(PLAN, video=None, device="dali-cpu")) == (  # noqa: B023
            "device must be None with video=None, got 'dali-cpu'; frames alone are decoded on a device"
        )


@pytest.mark.skipif(HAS_DALI, reason="DALI is installed")
@pytest.mark.parametrize("device", ["dali-cpu", "cuda", "cuda:1"])
def test_without_the_extra_a_loader_says_how_to_install_it(device: str) -> None:
    for make in (WindowDataset, WindowLoader):
        with pytest.raises(ImportError, match=r"pip install 'emos-io\[gpu\]'"):
            make(PLAN, device=device)


def test_stats_without_a_device_are_zero() -> None:
    none = {"device": None, "gops": {"device": 0, "cpu": 0}, "fallback": {}}
    with loader_of(plan_of()) as loader:
        assert loader.stats() == none
        next(iter(loader))
        assert loader.stats() == none
    assert loader.stats() == none
    with WindowDataset(plan_of(), video=VIDEO, audio=AUDIO) as dataset:
        assert dataset[0].valid and dataset.stats() == none


def test_a_batch_without_cuda_has_nothing_to_wait_for() -> None:
    batch = Collate()(samples(2))
    assert batch.ready is None
    batch.wait()
    moved = batch.to("cpu")
    assert moved.ready is None and moved.frames is batch.frames
    numbers: WindowBatch[Any] = NUMPY(samples(2))
    numbers.wait()
    assert numbers.map(lambda array: array).ready is None
    copied = pickle.loads(pickle.dumps(numbers))
    assert digest(copied) == digest(numbers) and copied.ready is None


def test_names_of_devices_load_neither_torch_nor_the_decoder() -> None:
    code = (
        "import sys; from emos_io.pipes import Normalize, WindowLoader, refuse_device_frames; Normalize();"
        "print(sorted(sys.modules.keys() & {'torch', 'nvidia', 'nvidia.dali', 'emos_io.gpu'}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
