"""Checkpoints of Trainer that have the state of a loader: which is chosen, what is written, what is read."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from ..errors import InvalidArgument, short_repr

LOADER_STATE = "emos_loader.json"
"""The file of a checkpoint that has the state of a loader."""
TRAINER_STATE = "trainer_state.json"
"""The file that Trainer writes last; where it is, the rest is."""


def chosen_checkpoint(choice: str | bool | None, output_dir: str | None) -> Path | None:
    """Return the folder of the checkpoint to go on with.

    Args:
        choice: A folder; or True for the last one of `output_dir` that is complete; None or False for none.
        output_dir: Where Trainer keeps checkpoints.

    Raises:
        InvalidArgument: There is none in `output_dir`, or the choice is none of these.
    """
    if choice is None or choice is False:
        return None
    if not isinstance(choice, (bool, str, PathLike)):
        raise InvalidArgument(
            f"resume_from_checkpoint must be a folder, True, False or None, got {short_repr(choice)}; True is the last one"
        )
    if choice is not True:
        return Path(choice)
    folders = {
        int(number): folder
        for folder in Path(output_dir or ".").glob("checkpoint-*")
        if (number := folder.name.removeprefix("checkpoint-")).isdigit()
    }
    passed: list[str] = []
    for _, folder in sorted(folders.items(), reverse=True):
        if _is_complete(folder):
            if passed:
                warnings.warn(
                    f"checkpoints that were not written to their end are passed over: {', '.join(passed)}; delete them",
                    stacklevel=3,
                )
            return folder
        passed.append(folder.name)
    raise InvalidArgument(
        f'resume_from_checkpoint must be False where no checkpoint is complete, got True; begin without one: "{output_dir}"',
        path=output_dir,
    )


def _is_complete(folder: Path) -> bool:
    """Return whether what Trainer writes last is there, to its end."""
    try:
        _global_step(json.loads((folder / TRAINER_STATE).read_text()))
    except (OSError, ValueError):
        return False
    return True


def _global_step(trainer: object) -> int:
    step = trainer.get("global_step") if isinstance(trainer, Mapping) else None
    if isinstance(step, int):
        return step
    raise ValueError("it has no global_step")


def write_loader_state(folder: Path, state: Mapping[str, object]) -> None:
    """Write the state into the folder of a checkpoint, which is made: as a whole, or not at all.

    A checkpoint that stands there, of a run before, is not complete until Trainer has written it again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TRAINER_STATE).unlink(missing_ok=True)
    part = folder / f"{LOADER_STATE}.part"
    part.write_text(json.dumps(state))
    part.replace(folder / LOADER_STATE)


def read_loader_state(folder: Path) -> tuple[Mapping[str, object], int]:
    """Return the state of the loader, and the optimizer steps that Trainer counted.

    Raises:
        InvalidArgument: The checkpoint has none, or is not complete.
    """
    name = LOADER_STATE
    try:
        state = json.loads((folder / name).read_text())
        name = TRAINER_STATE
        return state, _global_step(json.loads((folder / name).read_text()))
    except (OSError, ValueError) as error:
        raise InvalidArgument(
            f"resume_from_checkpoint must be a complete checkpoint of LaneOrder or NativeLoader, got one whose {name} cannot "
            f'be read ({short_repr(str(error))}); choose another: "{folder}"',
            path=str(folder),
        ) from error
