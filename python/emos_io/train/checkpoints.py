"""Checkpoints from which a training goes on exactly: all that decides its next step, in one file, written whole.

Weights, optimiser, random generators, where the loader stands, the states that lanes carry, the best epoch so far, and how long
the log was. The file says which training it is of; one of another recipe, plan or version is refused.
"""

from __future__ import annotations

import io
import pickle
import random
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .._files import unwritable, write_bytes
from ..errors import InvalidArgument, SourceUnreadable, printable, quoted, short_repr
from .recipe import Recipe

CHECKPOINT = "checkpoint.pt"
BEST = "best.pt"
CHECKPOINT_FORMAT = "emos-io checkpoint"
CHECKPOINT_VERSION = 1
"""Counts up when checkpoints begin to hold something else."""

_AGAIN = "give another folder, or remove this one to train again"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which training a checkpoint is of.

    Attributes:
        recipe: The recipe.
        seed: The seed.
        plans: The fingerprint of the plan of each side.
        classes: Names of the K classes.
    """

    recipe: Recipe
    seed: int
    plans: Mapping[str, str]
    classes: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "format": CHECKPOINT_FORMAT,
            "version": CHECKPOINT_VERSION,
            "recipe": self.recipe.as_dict(),
            "seed": self.seed,
            "plans": dict(self.plans),
            "classes": list(self.classes),
        }

    def check(self, found: object, path: Path) -> None:
        """Check that a checkpoint is of this training.

        Raises:
            SourceUnreadable: It is no checkpoint.
            InvalidArgument: It is of another training; the text names what differs.
        """
        own = self.as_dict()
        if not isinstance(found, dict) or found.get("format") != CHECKPOINT_FORMAT:
            raise SourceUnreadable(
                f"the checkpoint must be one of emos-io, got another file; {_AGAIN}: {quoted(path)}", path=str(path)
            )
        for name in ("version", "seed", "recipe", "classes", "plans"):
            if found.get(name) != own[name]:
                what, wanted, got = _difference(name, own[name], found.get(name))
                raise InvalidArgument(
                    f"checkpoint must be of this training, {what} {_as_text(wanted)}, got one of {_as_text(got)}; "
                    f"{_AGAIN}: {quoted(path)}",
                    path=str(path),
                )


def _difference(name: str, own: object, found: object) -> tuple[str, object, object]:
    """Return the first value that differs: its name, ours and theirs."""
    if isinstance(own, dict) and isinstance(found, dict):
        for key in (*own, *found):
            if own.get(key) != found.get(key):
                word = "the plan of" if name == "plans" else f"{name}."
                return _difference(f"{word} {key}" if name == "plans" else f"{word}{key}", own.get(key), found.get(key))
    return name, own, found


def _as_text(value: object) -> str:
    return "none" if value is None else short_repr(value)


def save(path: Path, values: Mapping[str, object]) -> None:
    """Write a file of torch whole or not at all.

    Raises:
        OSError: It cannot be written; what lay there before is as it was.

    Cost: the bytes are made in memory first; one fsync.
    """
    memory = io.BytesIO()
    torch.save(dict(values), memory)
    try:
        write_bytes(path, memory.getvalue())
    except OSError as error:
        hint = "free some space; the last one is whole, and the same command goes on from it"
        raise type(error)(unwritable(f"the file {path.name}", path, hint, error)) from error


def load(path: Path, device: torch.device | str = "cpu") -> dict[str, object]:
    """Return what `save` wrote; nothing but tensors and plain values is read.

    Raises:
        SourceUnreadable: It cannot be read, or is no such file.
    """
    try:
        values: object = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged or another file"
        raise SourceUnreadable(
            f"the file {printable(path.name)} cannot be read ({reason}); {_AGAIN}: {quoted(path)}", path=str(path)
        ) from error
    if not isinstance(values, dict):
        raise SourceUnreadable(
            f"the file {printable(path.name)} must hold a dict, got {type(values).__name__}; {_AGAIN}: {quoted(path)}",
            path=str(path),
        )
    return values


def random_state(device: torch.device) -> dict[str, object]:
    """Return the state of the random generators of Python, numpy and torch, as plain values and tensors."""
    name, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    version, internal, following = random.getstate()
    return {
        "python": [version, list(internal), following],
        "numpy": [name, [int(each) for each in keys], position, has_gauss, gauss],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
    }


def set_random_state(state: Mapping[str, object], device: torch.device) -> None:
    """Set the random generators as `random_state` found them."""
    version, internal, following = state["python"]  # type: ignore[misc]
    random.setstate((version, tuple(internal), following))  # type: ignore[has-type]
    name, keys, *rest = state["numpy"]  # type: ignore[misc]
    np.random.set_state((name, np.array(keys, np.uint32), *rest))  # type: ignore[has-type]
    torch.set_rng_state(state["torch"].cpu())  # type: ignore[attr-defined]
    if device.type == "cuda" and state["cuda"] is not None:
        torch.cuda.set_rng_state(state["cuda"].cpu(), device)  # type: ignore[attr-defined]
