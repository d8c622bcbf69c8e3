"""One rank of the demo, in a process of its own: it writes what it was handed, and after each batch its state.

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
from typing import Any

import numpy as np

from ...pipes import AudioSpec, Collate, VideoSpec, WindowBatch, WindowLoader
from ...plan import WindowPlan

VIDEO, AUDIO = VideoSpec(fps=4, size=(112, 112)), AudioSpec(16_000)


def make_loader(plan: WindowPlan, rank: int = 0, world_size: int = 1, *, progress: bool = False) -> WindowLoader:
    """Return the loader of the demo; numpy alone, so that torch need not be installed."""
    collate = Collate(tensors="numpy", label_rate=4)
    return WindowLoader(
        plan, video=VIDEO, audio=AUDIO, rank=rank, world_size=world_size, collate=collate, progress=progress
    )


def digests(batch: WindowBatch) -> list[str]:
    """Return the sha256 of everything in each row."""
    arrays = [array for name in batch.__slots__ if isinstance(array := getattr(batch, name), np.ndarray)]
    found = []
    for row, key in enumerate(batch.keys):
        total = hashlib.sha256(f"{key} {batch.texts[row]}".encode())
        for array in arrays:
            total.update(array[row].tobytes())
        found.append(total.hexdigest())
    return found


def lines_of(loader: WindowLoader) -> Iterator[dict[str, Any]]:
    """Yield what is written of each batch: the step, and key and digest of every row."""
    for batch in loader:
        yield {"step": loader.state_dict()["step"] - 1, "keys": batch.keys, "digests": digests(batch)}


def main() -> None:
    """Stream the rest of the epoch, or be killed in the middle of it."""
    plan_file, log_file, rank, world_size, state_file, *rest = sys.argv[1:]
    plan: WindowPlan = pickle.loads(Path(plan_file).read_bytes())
    kill_after = int(rest[0]) if rest else None
    state = Path(state_file)
    with make_loader(plan, int(rank), int(world_size)) as loader, Path(log_file).open("w", encoding="utf-8") as log:
        if state.exists():
            loader.load_state_dict(json.loads(state.read_text()))
        for number, line in enumerate(lines_of(loader), 1):
            log.write(json.dumps(line, ensure_ascii=False) + "\n")
            log.flush()
            if world_size == "1":
                # Whole or not at all, whenever the process dies.
                part = state.with_suffix(".part")
                part.write_text(json.dumps(loader.state_dict()))
                part.replace(state)
            if number == kill_after:
                os.kill(os.getpid(), signal.SIGKILL)
