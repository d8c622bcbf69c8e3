"""What a rank notes while it trains: the windows of each forward, read back from pixels and sound, and where it dies.

A rank makes one `Recorder`. Its dataset or loader has ``transform=recorder.count``, its collate function is `collate`, its
model is ``recorder.model()`` or calls ``recorder.forward(batch)``; the trainer's hooks keep ``recorder.epoch`` and
``recorder.update`` and call ``recorder.saved(update)`` once a checkpoint is complete on this rank.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from cover_spec import RunSpec

from emos_io.pipes import WindowSample
from emos_io.testing import frame_numbers, sample_numbers

PATIENCE = 300
"""Seconds that a rank waits to be killed; then it fails."""


def collate(samples: Sequence[WindowSample]) -> dict[str, torch.Tensor]:
    """Return a plain dict: ``frames`` uint8 [B, T, H, W, 3], ``waveform`` float32 [B, 2, N], ``numbers`` int64 [B].

    The windows of the plan have one length. A slot without a window is -1, black and silent.
    """
    frames = [torch.from_numpy(np.ascontiguousarray(sample.frames)) for sample in samples]
    waveforms = [torch.from_numpy(np.ascontiguousarray(sample.waveform)) for sample in samples]
    numbers = [-1 if sample.number is None else sample.number for sample in samples]
    return {"frames": torch.stack(frames), "waveform": torch.stack(waveforms), "numbers": torch.tensor(numbers)}


class Recorder:
    """What one rank notes.

    Attributes:
        epoch, update: Where the trainer stands: epochs, and optimizer steps over epochs, that are complete.
    """

    def __init__(self, spec: RunSpec, rank: int | None = None) -> None:
        self.spec = spec
        self.rank = int(os.environ["RANK"]) if rank is None else rank
        self.epoch = self.update = 0
        self._saved: list[int] = []
        self._num_forwards = 0
        self._forwards = os.open(spec.path(self.rank, "jsonl"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._decoded = os.open(spec.path(self.rank, "decoded"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def count(self, sample: WindowSample, _: np.random.Generator) -> WindowSample:
        """Note that a window was decoded, in whichever process or thread; a transform."""
        if sample.number is not None:
            os.write(self._decoded, f"{sample.number}\n".encode())
        return sample

    def __getstate__(self) -> dict[str, object]:
        raise TypeError("a Recorder is inherited by fork, never pickled")

    def forward(self, batch: Mapping[str, Any]) -> None:
        """Note the tensors of a forward; where the first launch is to be killed here, wait for it."""
        line = {
            "epoch": self.epoch,
            "update": self.update,
            "numbers": batch["numbers"].tolist(),
            "frames": [_frames(row) for row in batch["frames"]],
            "samples": [_samples(row) for row in batch["waveform"]],
        }
        os.write(self._forwards, (json.dumps(line) + "\n").encode())
        # The second launch begins where the first one saved: only the first one is killed.
        if self.spec.phase == "first" and self._num_forwards == self.spec.kill_micro:
            assert self.spec.save_update in self._saved, f"no checkpoint was written before this step: {self._saved}"
            self._wait_to_be_killed()
        self._num_forwards += 1

    def saved(self, update: int) -> None:
        """Note that the checkpoint after so many optimizer steps is complete on this rank."""
        self._saved.append(update)
        if self.spec.phase == "first" and self.spec.kill_micro is None and update == self.spec.save_update:
            self._wait_to_be_killed()

    def _wait_to_be_killed(self) -> None:
        self.spec.path(self.rank, "waits").touch()
        time.sleep(PATIENCE)
        raise AssertionError("nobody killed this rank")

    def model(self) -> torch.nn.Module:
        """Return a model of one weight that takes the batches of `collate` as arguments and gives ``{"loss"}``."""
        return _Model(self)


class _Model(torch.nn.Module):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self._recorder = recorder

    def forward(self, frames: torch.Tensor, waveform: torch.Tensor, numbers: torch.Tensor) -> dict[str, torch.Tensor]:
        self._recorder.forward({"frames": frames, "waveform": waveform, "numbers": numbers})
        mean = frames.float().mean().reshape(1, 1) + waveform.mean()
        return {"loss": self.layer(mean / 255).square().sum()}


def _frames(frames: torch.Tensor) -> list[int]:
    return list(map(int, frame_numbers(frames.cpu().numpy())))


def _samples(waveform: torch.Tensor) -> list[int]:
    """Return the first and last number of a waveform in which each is one more than the one before, else all zeros: []."""
    numbers = sample_numbers(waveform.cpu().numpy())
    if not numbers.any():
        return []
    assert (np.diff(numbers) == 1).all(), "the samples do not follow one another"
    return [int(numbers[0]), int(numbers[-1])]
