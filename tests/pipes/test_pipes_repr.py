"""The repr of what loading gives: shapes, dtypes, counts and spans, never pixels."""

from __future__ import annotations

import numpy as np
import pytest
from pipes_help import AUDIO, NUMPY, VIDEO, film, films, plan_of

from emos_io.pipes import LaneBatches, ReadIssue, ReadIssues, StepSamples, WindowDataset, WindowLoader
from emos_io.plan import WindowPlan

PLAN = plan_of(films(1), order="sequential", num_lanes=1, windows_per_lane=2)


def test_a_sample_and_a_batch_print_shapes_and_counts() -> None:
    with WindowDataset(PLAN, video=VIDEO, audio=AUDIO) as dataset:
        first, last = dataset[0], dataset[8]
    assert repr(first) == (
        "WindowSample('s/0@0-2', span=[0, 2), frames=uint8[8, 16, 64, 3] (8 of 8 valid), "
        "waveform=float32[1, 16000] (16000 of 16000 valid), label='Joy' of 7, 2 sentences, valid=True)"
    )
    assert repr(NUMPY([first, last])) == (
        "WindowBatch(2 of 2 valid, frames=uint8[2, 8, 16, 64, 3] (16 of 16 valid), "
        "waveform=float32[2, 1, 16000] (32000 of 32000 valid), labels=float32[2, 7] (1 of 2 valid), "
        "timeline=float32[2, 4, 7] (6 of 8 valid))"
    )


def test_a_step_prints_what_it_is_padded_to() -> None:
    steps: list[str] = []

    def collate(samples: StepSamples[object]) -> int:
        steps.append(repr(samples))
        return len(samples)

    def keep(sample: object, rng: np.random.Generator) -> object:
        return sample

    with WindowLoader(PLAN, video=VIDEO, audio=AUDIO, collate=collate, transform=keep, num_threads=1) as loader:
        assert next(iter(loader)) == 2
    assert steps[0] == "StepSamples(2 samples, epoch=0, step=0, padded to 8 frames and 16000 audio samples)"


def test_a_loader_prints_where_it_stands() -> None:
    with WindowLoader(PLAN, video=VIDEO, audio=AUDIO, collate=NUMPY) as loader:
        next(iter(loader))
        assert repr(loader) == f"WindowLoader(epoch 0, step 1 of 5, batch_size=2, lanes [0, 1) of 1, {PLAN!r})"


def test_a_dataset_prints_its_options() -> None:
    plan = WindowPlan([film("a", None, 6)], 2, 2, order="sequential")
    with WindowDataset(plan, video=None, audio=AUDIO, on_error="mask") as dataset:
        assert repr(dataset) == (
            "WindowDataset(3 windows, video=None, audio=AudioSpec(sample_rate=8000, num_channels=1), on_error='mask')"
        )
        assert repr(dataset[1]) == (
            "WindowSample('s/a@2-4', span=[2, 4), frames=None, waveform=float32[1, 16000] (0 of 16000 valid), "
            "label=None of 7, 2 sentences, valid=False)"
        )
        assert repr(dataset.issues) == "ReadIssues(1 masked, 0 damaged, 1 kept)"


def test_samplers_and_nodes_print_where_they_stand() -> None:
    assert repr(LaneBatches(PLAN)) == "LaneBatches(epoch 0, 5 steps, lanes [0, 1) of 1)"
    pytest.importorskip("torchdata")
    from emos_io.pipes import nodes

    steps = nodes.PlanSteps(PLAN)
    assert repr(steps) == "PlanSteps(epoch 0, step 0 of 5, lanes [0, 1) of 1)"
    decode = nodes.Decode(steps, video=VIDEO, audio=None)
    assert repr(decode) == f"Decode({steps!r}, video={VIDEO!r}, audio=None, on_error='raise')"
    assert repr(nodes.CollateSteps(decode, NUMPY)) == f"CollateSteps({decode!r}, collate={NUMPY!r})"
    assert repr(nodes.PinMemory(nodes.CollateSteps(decode, len))) == f"PinMemory(CollateSteps({decode!r}, collate=len))"


def test_issues_print_counts() -> None:
    issues = ReadIssues()
    issues.add(ReadIssue("a@0-2", "a", "damaged", "3 of 8 frames are damaged", masked=False))
    assert repr(issues) == "ReadIssues(0 masked, 1 damaged, 1 kept)"
    assert str(issues) == "0 windows masked, 1 damaged\na@0-2: damaged: 3 of 8 frames are damaged"
