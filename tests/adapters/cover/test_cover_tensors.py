"""Where sound or frames of two windows change places, the cover's check fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from cover_check import check_tensors, lane_order, lines  # noqa: E402
from cover_record import Recorder, collate  # noqa: E402
from cover_spec import AUDIO, VIDEO, RunSpec, cover_plan  # noqa: E402

from emos_io.pipes import WindowDataset, WindowSample  # noqa: E402


def forwards(folder: Path, change: Any) -> list[dict[str, Any]]:
    """Return what a recorder notes of the first steps, with each batch changed."""
    spec = RunSpec("none", 1, 0, "end", folder)
    recorder = Recorder(spec, rank=0)
    data: WindowDataset[WindowSample] = WindowDataset(cover_plan(), video=VIDEO, audio=AUDIO)
    for numbers in lane_order(0, 0, 1)[:3]:
        recorder.forward(change(collate(data.__getitems__(numbers))))
    return lines(spec, 0)


def test_right_tensors_pass_and_swapped_audio_or_frames_fail(tmp_path: Path) -> None:
    def swapped(name: str, first: int = 0, second: int = 1) -> Any:
        def change(batch: dict[str, Any]) -> dict[str, Any]:
            order: Sequence[int] = [second, first, *range(2, len(batch[name]))]
            return {**batch, name: batch[name][list(order)]}

        return change

    for line in forwards(tmp_path, lambda batch: batch):
        check_tensors(line)
    for name in ("waveform", "frames", "numbers"):
        (tmp_path / "first.rank0.jsonl").unlink()
        for line in forwards(tmp_path, swapped(name)):
            with pytest.raises(AssertionError, match="window"):
                check_tensors(line)
