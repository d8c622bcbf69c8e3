"""What training one seed came to, as a record and as the file that says that it is done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from .._files import write_text
from ..errors import SourceUnreadable, quoted

RESULT = "result.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedResult:
    """One trained model.

    Attributes:
        seed: Its seed.
        best_epoch: The epoch, from 0, with the best macro F1 on the validation side; best.pt is of it.
        num_epochs: Epochs that were trained.
        num_steps: Steps that were trained.
        macro_f1: The macro F1 of the validation side after the best epoch, per step of 250 ms.
        accuracy: Its accuracy.
        loss: Its mean loss.
        cpu_seconds: CPU seconds of the process, over all its starts, but for what a kill lost.
        stopped: ``"early"``, or ``"epochs"`` after all of them.
        training_accuracy: The accuracy on items that were learned, by the same rule as `accuracy`, to stand beside it; None
            where the kind of model does not measure it.
    """

    seed: int
    best_epoch: int
    num_epochs: int
    num_steps: int
    macro_f1: float
    accuracy: float
    loss: float
    cpu_seconds: float
    stopped: Literal["early", "epochs"]
    training_accuracy: float | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the values by name, without those that are None."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def save(self, folder: Path) -> None:
        """Write result.json, the last file of a seed.

        Raises:
            OSError: It cannot be written.
        """
        write_text(folder / RESULT, json.dumps(self.as_dict(), indent=2) + "\n")


def read_result(folder: Path) -> SeedResult | None:
    """Return the result of a seed that is done, or None.

    Raises:
        SourceUnreadable: The file is no such result.
    """
    path = folder / RESULT
    try:
        values = json.loads(path.read_text("utf-8"))
        optional = {"training_accuracy": values.get("training_accuracy")}
        named = [each.name for each in fields(SeedResult) if each.name not in optional]
        return SeedResult(**{name: values[name] for name in named}, **optional)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SourceUnreadable(
            f"{RESULT} is no result of a seed; remove the folder to train again: {quoted(path)}", path=str(path)
        ) from error
