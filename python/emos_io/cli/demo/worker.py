"""One rank of the demo, in a process of its own: it writes the keys and digests of each batch, and then its state.

Arguments: PLAN LOG RANK WORLD STATE [KILL_AFTER]
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import numpy as np

from ..._files import write_text
from ...pipes import AudioSpec, Collate, VideoSpec, WindowBatch, WindowLoader
from ...pipes.batch import ARRAYS, NumpyArray
from ...plan import WindowPlan

VIDEO, AUDIO = VideoSpec(fps=4, size=(112, 112)), AudioSpec(16_000)


class BatchLine(TypedDict):
    """What is written of a batch: a line of JSON.

    Attributes:
        step: The step's number in the epoch.
        keys: Keys of the rows' windows; None in empty slots.
        digests: The sha256 of everything in each row, in hex.
    """

    step: int
    keys: list[str | None]
    digests: list[str]


def make_loader(
    plan: WindowPlan, rank: int = 0, world_size: int = 1, *, progress: bool = False
) -> WindowLoader[WindowBatch[NumpyArray]]:
    """Return the loader of the demo; numpy alone, so that torch need not be installed."""
    collate = Collate(tensors="numpy", label_rate=4)
    return WindowLoader(
        plan, video=VIDEO, audio=AUDIO, rank=rank, world_size=world_size, collate=collate, progress=progress
    )


def digests(batch: WindowBatch[NumpyArray]) -> list[str]:
    """Return the sha256 of everything in each row."""
    arrays = [array for name in ARRAYS if isinstance(array := getattr(batch, name), np.ndarray)]
    hexes = []
    for row, key in enumerate(batch.keys):
        total = hashlib.sha256(f"{key} {batch.texts[row]}".encode())
        for array in arrays:
            total.update(array[row].tobytes())
        hexes.append(total.hexdigest())
    return hexes


def batch_lines(loader: WindowLoader[WindowBatch[NumpyArray]]) -> Iterator[BatchLine]:
    """Yield what is written of each batch."""
    # After the last batch the state is the start of the next epoch.
    for step, batch in enumerate(loader, loader.state_dict()["step"]):
        yield {"step": step, "keys": list(batch.keys), "digests": digests(batch)}


def main() -> None:
    """Stream the rest of the epoch; with KILL_AFTER, be killed after that many batches."""
    plan_file, log_file, rank, world_size, state_file, *rest = sys.argv[1:]
    plan: WindowPlan = pickle.loads(Path(plan_file).read_bytes())
    kill_after = int(rest[0]) if rest else None
    state = Path(state_file)
    with make_loader(plan, int(rank), int(world_size)) as loader, Path(log_file).open("w", encoding="utf-8") as log:
        if state.exists():
            loader.load_state_dict(json.loads(state.read_text()))
        for number, line in enumerate(batch_lines(loader), 1):
            log.write(json.dumps(line, ensure_ascii=False) + "\n")
            log.flush()
            if world_size == "1":
                write_text(state, json.dumps(loader.state_dict()))
            if number == kill_after:
                os.kill(os.getpid(), signal.SIGKILL)
