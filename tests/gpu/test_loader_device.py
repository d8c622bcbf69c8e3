"""A loader whose frames are decoded on a device gives the windows, the order and the states of the CPU loader, bit for bit."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from child import Child
from loader_reads import (
    AUDIO,
    DEVICE,
    VIDEO,
    Epoch,
    cut_off,
    digest,
    epoch_of,
    film,
    films,
    full_chroma,
    loader_of,
    mixed_plan,
    noise,
)

from emos_io import InvalidArgument, SourceNotFound
from emos_io.gpu.fallback import Reason
from emos_io.pipes import VideoSpec, WindowDataset
from emos_io.plan import WindowPlan


def read(child: Child, plan: WindowPlan, **options: Any) -> tuple[Epoch, Epoch]:
    """An epoch of the CPU and one of the device."""
    return epoch_of(plan, **options), child.run(epoch_of, plan, device=DEVICE, **options)


def test_order_labels_audio_frames_and_states_are_those_of_the_cpu(dali_child: Child) -> None:
    """4:4:4 at its own size is bit-equal, and what falls back is the CPU's own; the digest has every array of a batch."""
    on_cpu, on_device = read(dali_child, mixed_plan())
    assert on_device.keys == on_cpu.keys and len({key for keys in on_cpu.keys for key in keys}) > 20
    assert on_device.shapes == on_cpu.shapes
    assert on_device.digests == on_cpu.digests
    assert on_device.states == on_cpu.states
    assert on_device.types == {"ndarray"}
    assert on_device.issues == []
    assert on_device.stats["device"] == DEVICE
    assert on_device.stats["gops"]["device"] > 0 and on_device.stats["gops"]["cpu"] > 0
    assert on_device.stats["fallback"] == {Reason.CODEC: 1}
    assert on_cpu.stats == {"device": None, "gops": {"device": 0, "cpu": 0}, "fallback": {}}


def test_tensors_are_those_of_numpy(dali_child: Child) -> None:
    """Channels first too, with a batch of one row and with a limit of time, under which a thread of its own reads."""
    pytest.importorskip("torch")
    plan = WindowPlan(films()[:2], 2, 1, num_lanes=1, order="sequential")
    video = VideoSpec(fps=4, size=(16, 64), dimension_order="TCHW")
    on_cpu = epoch_of(plan, video=video)
    on_device = dali_child.run(tensors_of, plan, video=video, timeout=60.0)
    assert on_device.types == {"Tensor"} and on_device.shapes[0] == (1, 8, 3, 16, 64)
    assert on_device.keys == on_cpu.keys and on_device.digests == on_cpu.digests


def tensors_of(plan: WindowPlan, **options: Any) -> Epoch:
    from emos_io.pipes import Collate

    return epoch_of(plan, device=DEVICE, collate=Collate(label_rate=2), **options)


def resumed(plan: WindowPlan, state: bytes, world_size: int, device: str | None) -> list[str]:
    """The digests of the global batches from a state on, read by all ranks."""
    ranks = []
    for rank in range(world_size):
        with loader_of(plan, rank=rank, world_size=world_size, device=device) as loader:
            loader.load_state_dict(pickle.loads(state))
            ranks.append(list(loader))
    return [digest(batches) for batches in zip(*ranks, strict=True)]


def resumed_at_each(plan: WindowPlan, states: list[bytes], world_size: int) -> list[list[str]]:
    return [resumed(plan, state, world_size, DEVICE) for state in states]


@pytest.mark.parametrize("world_size", [1, 2, 4])
def test_a_loop_resumes_at_any_step_on_another_number_of_ranks(world_size: int, dali_child: Child) -> None:
    """From states of the CPU on the device; states are equal bytes, so it goes the other way round too."""
    plan = mixed_plan()
    on_cpu = epoch_of(plan)
    cuts = range(world_size % 2, len(on_cpu.digests), 2)
    found = dali_child.run(resumed_at_each, plan, [on_cpu.states[cut] for cut in cuts], world_size)
    assert found == [on_cpu.digests[cut:] for cut in cuts] and len(found) > 2


def test_files_count_once_for_a_reason_though_they_are_opened_again(dali_child: Child) -> None:
    """With one open file at a time, the lanes close each other's."""
    plan = WindowPlan(films(), 2, 1, num_lanes=2, seed=3, run_length=2)
    on_device = dali_child.run(epoch_of, plan, device=DEVICE, max_open_files=1, num_threads=1)
    assert on_device.stats["fallback"] == {Reason.CODEC: 1}
    assert on_device.digests == epoch_of(plan).digests


def test_each_gop_is_decoded_once_for_the_windows_that_share_it(dali_child: Child) -> None:
    """A lane that reads a file forward, windows of 2 s every second, decodes each of its 7 keyframes once."""
    plan = WindowPlan([film("a", full_chroma(7), 7)], 2, 1, num_lanes=1, order="sequential")
    on_device = dali_child.run(epoch_of, plan, device=DEVICE)
    assert on_device.stats == {"device": DEVICE, "gops": {"device": 7, "cpu": 0}, "fallback": {}}
    assert sum(map(len, on_device.keys)) == 6


def test_what_cannot_be_read_is_masked_and_keeps_its_shape(dali_child: Child, tmp_path: Path) -> None:
    items = [
        film("whole", full_chroma(5), 5),
        film("cut off", cut_off(tmp_path), 7),
        film("noise", noise(tmp_path), 5),
        film("no media", None, 5),
        film("no file", tmp_path / "none.mkv", 5),
    ]
    on_cpu, on_device = read(dali_child, mixed_plan(items), on_error="mask")
    assert on_device.shapes == on_cpu.shapes and on_device.digests == on_cpu.digests
    assert on_device.issues == on_cpu.issues
    assert {error for _, error in on_cpu.issues} >= {"SourceNotFound", "SourceUnreadable"}
    assert {key.split("@")[0] for key, _ in on_cpu.issues} >= {"s/cut off", "s/noise", "s/no media", "s/no file"}


def test_errors_are_those_of_the_cpu(dali_child: Child) -> None:
    plan = WindowPlan([film("no media", None, 5)], 2, 1, order="sequential", num_lanes=1)
    on_both: list[Callable[[], Epoch]] = [
        lambda: epoch_of(plan),
        lambda: dali_child.run(epoch_of, plan, device=DEVICE),
    ]
    for read_epoch in on_both:
        with pytest.raises(SourceNotFound, match="the item has no media at hand") as error:
            read_epoch()
        assert error.value.key is not None and error.value.key.startswith("s/no media")


def with_transform(plan: WindowPlan) -> tuple[list[str], set[str], list[bool]]:
    """Digests of batches of which a transform has seen the frames as tensors, the types that it got, and memory's owners."""
    from torch.utils.dlpack import from_dlpack

    from emos_io.pipes import Collate

    types, shares = set(), []

    def inverted(sample: Any, _: Any) -> Any:
        from dataclasses import replace

        types.add(type(sample.frames).__name__)
        first, again = from_dlpack(sample.frames), from_dlpack(sample.frames)
        shares.append(not sample.valid or first.data_ptr() == again.data_ptr())
        return replace(sample, frames=255 - first)

    with loader_of(plan, device=DEVICE, transform=inverted, collate=Collate(label_rate=2), on_error="mask") as loader:
        return [digest([batch]) for batch in loader], types, shares


def test_a_transform_gets_frames_on_the_device_without_a_copy(dali_child: Child) -> None:
    pytest.importorskip("torch")
    plan = mixed_plan([film("a", full_chroma(7), 7), film("no media", None, 5)])
    found, types, shares = dali_child.run(with_transform, plan)

    def inverted(sample: Any, _: Any) -> Any:
        sample.frames[...] = 255 - sample.frames
        return sample

    assert found == epoch_of(plan, transform=inverted, on_error="mask").digests
    assert "BlankFrames" in types and len(types) == 2 and "ndarray" not in types
    assert all(shares)


def normalised(plan: WindowPlan) -> list[tuple[Any, Any]]:
    from emos_io.pipes import Collate, Normalize

    collate, normalize = Collate(), Normalize()
    with loader_of(plan, device=DEVICE, collate=lambda samples: normalize(collate(samples))) as loader:
        return [(np.asarray(batch.frames), batch.keys) for batch in loader]


def test_frames_are_normalised_where_they_are(dali_child: Child) -> None:
    torch = pytest.importorskip("torch")
    from emos_io.pipes import Normalize

    plan = WindowPlan(films()[:1], 2, 1, num_lanes=2, order="sequential")
    with loader_of(plan, collate=None) as loader:
        wanted = [Normalize()(batch) for batch in loader]
    found = dali_child.run(normalised, plan)
    assert [keys for _, keys in found] == [batch.keys for batch in wanted]
    assert all(
        torch.equal(torch.from_numpy(frames), batch.frames) for (frames, _), batch in zip(found, wanted, strict=True)
    )


def by_dataset(plan: WindowPlan) -> tuple[list[str], str, dict[str, Any]]:
    """Batches of the loader's dataset, collated in this process, as a DataLoader without workers makes them."""
    with loader_of(plan, device=DEVICE) as loader:
        dataset = loader.dataset
        batches = [loader.collate_fn(dataset.__getitems__(indices)) for indices in loader.batch_sampler]  # type: ignore[arg-type]
        return [digest([batch]) for batch in batches], repr(dataset), {**dataset.stats()}


def test_the_dataset_of_a_loader_decodes_on_its_device(dali_child: Child) -> None:
    plan = mixed_plan()
    found, text, stats = dali_child.run(by_dataset, plan)
    assert found == epoch_of(plan).digests
    assert text.endswith(f"on_error='raise', device={DEVICE!r})")
    assert stats["device"] == DEVICE and stats["gops"]["device"] > 0 and stats["fallback"] == {Reason.CODEC: 1}


def test_a_worker_of_a_data_loader_reads_nothing_on_a_device(dali_child: Child) -> None:
    data = pytest.importorskip("torch.utils.data")
    dataset = WindowDataset(mixed_plan(), video=VIDEO, audio=AUDIO, device=DEVICE)
    again = pickle.loads(pickle.dumps(dataset))
    assert repr(again) == repr(dataset)
    # No DALI is imported in this process: workers refuse before they read.
    loader = data.DataLoader(again, batch_size=2, num_workers=1, collate_fn=list, multiprocessing_context="fork")
    with pytest.raises(
        InvalidArgument, match=f"num_workers must be 0 for a dataset with device='{DEVICE}', got a worker"
    ):
        next(iter(loader))
