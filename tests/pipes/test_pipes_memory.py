"""A loader decodes into the rows of its batches; nothing else of them is other than without."""

from __future__ import annotations

import gc
import itertools
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pipes_help import AUDIO, NUMPY, VIDEO, NumpyBatch, digest, film, films, frames_of, loader_of, mixed_plan, plan_of

from emos_io import Span
from emos_io.errors import ReadTimeout
from emos_io.media import WindowMemory
from emos_io.pipes import AudioSpec, StepSamples, VideoSpec, WindowSample
from emos_io.pipes.issues import ReadIssues
from emos_io.pipes.lanes import LaneReader
from emos_io.pipes.open_media import OpenMedia
from emos_io.pipes.reading import ReadOptions, Run
from emos_io.pipes.specs import SampleSpec
from emos_io.pipes.step_memory import RowMemory, StepMemories, StepMemory
from emos_io.plan import WindowPlan
from oracle import clips

STEREO = AudioSpec(8_000, num_channels=2)
FIRST = VideoSpec(4, (16, 64), dimension_order="TCHW")


def batches_of(plan: WindowPlan, spec: SampleSpec) -> Iterator[tuple[StepSamples[WindowSample], NumpyBatch]]:
    """Read an epoch as a loader does, and give the samples too."""
    reader: LaneReader[WindowSample] = LaneReader(plan, ReadOptions(spec), None, 8)
    lanes = range(plan.num_lanes)
    memories = StepMemories(spec, lanes, plan.windows_per_lane, lambda step: reader.steps.padded_size(0, step))
    for step in range(plan.num_steps(0)):
        rows = [row for lane in lanes for row in reader.read(0, step, lane, memories.rows(step, lane))]
        size, memory = reader.steps.padded_size(0, step), memories.take(step)
        samples = StepSamples(rows, epoch=0, step=step, padded_size=size, memory=memory)
        yield samples, NUMPY(samples)
    reader.close()


@pytest.mark.parametrize("video", [VIDEO, FIRST], ids=["THWC", "TCHW"])
@pytest.mark.parametrize("audio", [AUDIO, STEREO], ids=["mono", "stereo"])
def test_windows_are_decoded_into_the_rows_of_their_batch(video: VideoSpec, audio: AudioSpec) -> None:
    shorter = 0
    for samples, batch in batches_of(mixed_plan(windows_per_lane=2), SampleSpec(video, audio)):
        assert samples.memory is not None
        assert batch.frames is samples.memory.frames
        assert batch.waveform is samples.memory.waveform
        assert batch.frames is not None and batch.waveform is not None
        for row, sample in enumerate(samples):
            if sample.key is None:
                continue
            assert sample.frames is not None and sample.waveform is not None
            assert sample.frames.ctypes.data == batch.frames[row].ctypes.data
            is_contiguous = audio is AUDIO or sample.waveform.shape[1] == batch.waveform.shape[2]
            assert (sample.waveform.ctypes.data == batch.waveform[row].ctypes.data) == is_contiguous
            shorter += len(sample.frames) < batch.frames.shape[1]
    assert shorter, "some rows are padded"


def copied(samples: StepSamples[WindowSample]) -> NumpyBatch:
    """A function of a caller, whose samples have memory of their own."""
    assert samples.memory is None
    return NUMPY(samples)


@pytest.mark.parametrize("video", [VIDEO, FIRST, None], ids=["THWC", "TCHW", "no video"])
@pytest.mark.parametrize("audio", [AUDIO, STEREO], ids=["mono", "stereo"])
def test_batches_are_equal_with_and_without_memory(video: VideoSpec | None, audio: AudioSpec) -> None:
    plan = mixed_plan(windows_per_lane=2)
    options: dict[str, Any] = {"video": video, "audio": audio, "num_threads": 3}
    with loader_of(plan, **options) as direct, loader_of(plan, collate=copied, **options) as plain:
        for ours, theirs in itertools.zip_longest(direct, plain):
            if video is None:
                ours, theirs = (replace(batch, frames=np.zeros(0)) for batch in (ours, theirs))
            assert digest(ours) == digest(theirs)


@pytest.mark.parametrize("missing_audio", ["silence", "omit", "raise"])
def test_batches_are_equal_where_windows_cannot_be_read(missing_audio: str, tmp_path: Path) -> None:
    torn = tmp_path / "torn.mov"
    data = bytearray(clips.counting_clip(seconds=9, rate=8_000).read_bytes())
    data[len(data) // 2 : len(data) // 2 + 20_000] = bytes(20_000)
    torn.write_bytes(data)
    silent = clips.make(["-f", "lavfi", "-i", "testsrc2=s=64x16:r=25:d=7", "-c:v", "qtrle"], ".mov")
    short = clips.counting_clip(seconds=5, rate=8_000)
    bad = [film("none", None, 6), film("torn", torn, 9), film("short", short, 9), film("silent", silent, 7)]
    plan = plan_of([*films(3), *bad], num_lanes=4)
    options: dict[str, Any] = {"on_error": "mask", "missing_audio": missing_audio, "num_threads": 3}
    with loader_of(plan, **options) as direct, loader_of(plan, collate=copied, **options) as plain:
        ours, theirs = list(direct), list(plain)
        assert [digest(batch) for batch in ours] == [digest(batch) for batch in theirs]
        assert sorted(direct.issues.lines, key=str) == sorted(plain.issues.lines, key=str)
    assert not all(batch.valid.all() for batch in ours)


def test_a_batch_that_was_handed_out_belongs_to_the_caller_alone() -> None:
    plan = plan_of(films(2), order="sequential", num_lanes=1)
    with loader_of(plan, prefetch=1, num_threads=1) as loader:
        batches = iter(loader)
        references = []
        for _ in range(4):
            batch = next(batches)
            references.append(weakref.ref(frames_of(batch)))
            del batch
        gc.collect()
        # The step that is read meanwhile is another one.
        assert [reference() for reference in references] == [None] * 4


class HangingMedia:
    """Media whose read takes the memory of its window, waits, and writes after all."""

    def __init__(self) -> None:
        self.free, self.done = threading.Event(), threading.Event()

    def windows_at(self, spans: list[Span], **options: Any) -> Iterator[Any]:
        memory: WindowMemory = options["out"](0)
        assert isinstance(memory.frames, np.ndarray)
        self.free.wait(60)
        memory.frames[...] = 9
        self.done.set()
        yield from ()


def test_what_a_read_that_was_given_up_writes_reaches_no_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = SampleSpec(VIDEO, AUDIO)
    plan = plan_of(films(1), order="sequential", num_lanes=1)
    planned = plan.window(0)
    hanging = HangingMedia()
    files = OpenMedia(spec, "mask", 1)
    monkeypatch.setattr(files, "acquire", lambda path: hanging)
    size = spec.size_of(planned.span, planned.label_span)
    memory = StepMemory(spec, 1, size)
    run = Run(files, ReadOptions(spec, "mask", timeout=0.05), planned.path, [planned.span])
    issues = ReadIssues()
    sample = run.read(planned, is_start=True, issues=issues, row=RowMemory(memory, 0))
    assert [line.error for line in issues.lines] == [ReadTimeout.__name__]
    samples = StepSamples([sample], epoch=0, step=0, padded_size=size, memory=memory)
    batch = NUMPY(samples)
    hanging.free.set()
    assert hanging.done.wait(60)
    assert memory.frames is not None and (memory.frames == 9).all()
    assert not frames_of(batch).any()


def test_memory_of_rows_does_not_overlap() -> None:
    plan = plan_of(windows_per_lane=2)
    spec = SampleSpec(VIDEO, STEREO)
    reader: LaneReader[WindowSample] = LaneReader(plan, ReadOptions(spec), None, 8)
    size = reader.steps.padded_size(0, 0)
    memories = StepMemories(spec, range(2, 5), 2, lambda step: size)
    rows = [row for lane in (4, 2, 3) for row in memories.rows(0, lane)]
    assert [row.row for row in rows] == [4, 5, 0, 1, 2, 3]
    assert {id(row.step) for row in rows} == {id(memories.take(0))}
    for first, second in itertools.combinations([row.window(size) for row in rows], 2):
        assert not np.shares_memory(first.frames, second.frames)
        assert not np.shares_memory(first.samples, second.samples)
