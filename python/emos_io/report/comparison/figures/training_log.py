"""What `emos train` wrote while it trained: a row of log.csv for each step, and for each validation where it has some."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ....errors import SourceNotFound, SourceUnreadable, quoted, short_repr

RUN, LOG, RESULT = "run.json", "log.csv", "result.json"
_NEEDED = ("epoch", "step", "loss")
_HINT = "give the folder that emos train --out wrote"


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of log.csv.

    Attributes:
        index: Which one of the file, from 0, without the head.
        is_validation: Whether it is of the validation side, after an epoch.
        epoch, step: As the file has them.
        values: The other numbers that are there, by column.
    """

    index: int
    is_validation: bool
    epoch: int
    step: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SeedLog:
    """The log of one seed.

    Attributes:
        seed: The name of the seed.
        rows: The rows.
        result: What result.json has; nothing while the seed is not done.
        is_cut: Whether the last line is not complete, as while training goes on; it is left out.
    """

    seed: str
    rows: tuple[LogRow, ...]
    result: Mapping[str, object]
    is_cut: bool = False

    @property
    def log_file(self) -> str:
        """The path of the log in the folder of the run."""
        return f"seed-{self.seed}/{LOG}"

    @property
    def result_file(self) -> str:
        """The path of the result in the folder of the run."""
        return f"seed-{self.seed}/{RESULT}"


def read_logs(folder: Path) -> tuple[SeedLog, ...]:
    """Return the logs of all seeds of a run that have begun, by seed; seeds of a kind without log.csv have no rows.

    Args:
        folder: What ``emos train --out`` named.

    Raises:
        SourceNotFound: There is no such folder, or no run in it.
        SourceUnreadable: A file cannot be read, or has other columns or no numbers.
    """
    if not (folder / RUN).is_file():
        raise SourceNotFound(f"there is no such run; {_HINT}: {quoted(folder)}", path=str(folder))
    seeds = [path.name.removeprefix("seed-") for path in folder.glob("seed-*") if path.is_dir()]
    return tuple(
        _seed_log(folder, seed) for seed in sorted(seeds, key=lambda each: (len(each), each)) if seed.isdecimal()
    )


def _seed_log(folder: Path, seed: str) -> SeedLog:
    own = folder / f"seed-{seed}"
    text, path = _text(own / LOG), own / LOG
    complete = text[: text.rfind("\n") + 1]
    rows = tuple(_rows(complete, path)) if complete else ()
    result = _text(own / RESULT)
    try:
        values: object = json.loads(result) if result else {}
    except ValueError as error:
        raise _unreadable(own / RESULT, str(error)) from error
    if not isinstance(values, dict):
        raise _unreadable(own / RESULT, f"it is {short_repr(values)}, no object")
    return SeedLog(seed, rows, values, is_cut=complete != text)


def _text(path: Path) -> str:
    """Return the text of a file, "" where there is none."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, str(error)) from error


def _rows(text: str, path: Path) -> Iterator[LogRow]:
    lines = csv.reader(io.StringIO(text), strict=True)
    try:
        head = next(lines, [])
        if lacking := [name for name in _NEEDED if name not in head]:
            raise _unreadable(path, f"it has no column {lacking[0]}")
        for index, cells in enumerate(lines):
            row = dict(zip(head, cells, strict=True))
            phase = row.pop("phase", "train")
            epoch, step = int(row.pop("epoch")), int(row.pop("step"))
            yield LogRow(
                index, phase != "train", epoch, step, {name: float(cell) for name, cell in row.items() if cell}
            )
    except (csv.Error, ValueError) as error:
        raise _unreadable(path, f"line {lines.line_num}: {error}") from error


def _unreadable(path: Path, reason: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"the file of a run cannot be read ({reason}); train again in a new folder, or leave --run out: {quoted(path)}",
        path=str(path),
    )


def finite(value: float | None) -> bool:
    """Return whether a number can be drawn."""
    return value is not None and math.isfinite(value)
