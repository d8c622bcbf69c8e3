"""What a training writes while it goes on: log.csv, and TensorBoard's files where that is installed.

A row of log.csv is one step or one validation. It has no times of day, so that a run that was killed and went on leaves the
same bytes as one that was not: `StepLog.cut` drops the rows after the checkpoint, which are then written again.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import os
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

from .._files import unwritable
from .._install import install
from ..errors import SourceUnreadable, quoted

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LOG = "log.csv"
TENSORBOARD = "tensorboard"
_HINT = "free some space; the last checkpoint is whole, and the same command goes on from it"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One row of log.csv; an empty cell stands for None.

    Attributes:
        phase: ``"train"``: one step. ``"validation"``: the validation side after an epoch.
        epoch: From 0.
        step: Steps before this row, over all epochs.
        loss: Mean loss of the steps of 250 ms that count; None where none of the batch does.
        counted: How many steps of 250 ms count.
        learning_rate, gradient_norm: Of a training step; the norm is that before it was scaled down.
        macro_f1, accuracy: Of a validation.
    """

    phase: str
    epoch: int
    step: int
    loss: float | None
    counted: int
    learning_rate: float | None = None
    gradient_norm: float | None = None
    macro_f1: float | None = None
    accuracy: float | None = None


COLUMNS = tuple(each.name for each in fields(LogRow))


def tensorboard_note() -> str | None:
    """Return one line that says how to get TensorBoard's files too, or None where it is installed."""
    if importlib.util.find_spec("tensorboard") is not None:
        return None
    return f"tensorboard is not installed, so {LOG} alone is written; {install('train')} for its curves"


class StepLog:
    """The log of one seed.

    Args:
        folder: The folder of the seed, which exists.
    """

    def __init__(self, folder: Path) -> None:
        self._path, self._folder = folder / LOG, folder / TENSORBOARD
        self._file: BinaryIO | None = None
        self._writer: SummaryWriter | None = None

    def open(self, size: int, step: int) -> int:
        """Open the log with its first `size` bytes and drop the rest; return its size.

        Args:
            size: What the checkpoint knows of it; 0 for a new one.
            step: The step of the checkpoint, from which TensorBoard draws again.

        Raises:
            SourceUnreadable: It is shorter than the checkpoint says.
            OSError: It cannot be opened or written.
        """
        try:
            there = self._path.stat().st_size if self._path.exists() else 0
            if there < size:
                raise SourceUnreadable(
                    f"the log must have {size} bytes or more, as its checkpoint says, got {there}; put it back, or begin the "
                    f"seed again in another folder: {quoted(self._path)}",
                    path=str(self._path),
                )
            self._file = self._path.open("ab")
            self._file.truncate(size)
        except SourceUnreadable:
            raise
        except OSError as error:
            raise self._error(error) from error
        if not size:
            self._write([COLUMNS])
        self._open_tensorboard(step)
        return self.sync()

    def add(self, row: LogRow) -> None:
        """Add a row.

        Raises:
            OSError: It cannot be written.
        """
        # repr gives every float back exactly.
        values = [getattr(row, name) for name in COLUMNS]
        self._write([["" if value is None else value for value in values]])
        if self._writer is not None:
            for name in ("loss", "learning_rate", "gradient_norm", "macro_f1", "accuracy"):
                value = getattr(row, name)
                if value is not None:
                    self._writer.add_scalar(f"{row.phase}/{name}", value, row.step)

    def sync(self) -> int:
        """Return the size of the file in bytes, once all of them are on the disk.

        Raises:
            OSError: They cannot be written.
        """
        assert self._file is not None, "the log is open"
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            return self._path.stat().st_size
        except OSError as error:
            raise self._error(error) from error

    def _write(self, rows: list[tuple[str, ...]] | list[list[object]]) -> None:
        assert self._file is not None, "the log is open"
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        try:
            self._file.write(text.getvalue().encode())
            self._file.flush()
        except OSError as error:
            raise self._error(error) from error

    def _open_tensorboard(self, step: int) -> None:
        if tensorboard_note() is None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(self._folder), purge_step=step)

    def _error(self, error: OSError) -> OSError:
        return type(error)(unwritable("the log", self._path, _HINT, error))

    def __enter__(self) -> StepLog:
        """Return the log."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the files; what a full disk does not take is an error unless another one is on its way."""
        writer, file = self._writer, self._file
        self._writer = self._file = None
        try:
            if writer is not None:
                writer.close()
            if file is not None:
                file.close()
        except OSError as failure:
            if error is None:
                raise self._error(failure) from failure
