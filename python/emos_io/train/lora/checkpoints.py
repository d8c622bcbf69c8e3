"""Checkpoints of Trainer in the folder of a seed: which is the last one, and which a kill left incomplete."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

CHECKPOINTS = "checkpoints"
_TRAINER_STATE = "trainer_state.json"
"""What Trainer writes last."""


def last_step(where: Path) -> int | None:
    """Return the step of the last whole checkpoint, or None where there is none."""
    found = [int(each.name.rpartition("-")[2]) for each in where.glob("checkpoint-*") if _is_complete(each)]
    return max(found, default=None)


def remove_incomplete(where: Path) -> None:
    """Remove checkpoints that a kill left incomplete; the folder must be locked."""
    for each in where.glob("checkpoint-*"):
        if not _is_complete(each):
            shutil.rmtree(each, ignore_errors=True)


def _is_complete(checkpoint: Path) -> bool:
    try:
        return isinstance(json.loads((checkpoint / _TRAINER_STATE).read_text())["global_step"], int)
    except (OSError, ValueError, TypeError, KeyError):
        return False
