"""Values of the cells of a row that tables of spans and of whole clips have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import short_repr
from .decimal_commas import DecimalSign
from .rows import TableRows
from .source import Reporter
from .table_columns import group_kind

MAX_INTENSITY = 5


def decimal_sign(table: TableRows, times: Iterable[str] = ()) -> DecimalSign:
    """Return what commas mean in the numbers of a table: its times, frames, confidences and intensities.

    Args:
        table: Rows by field.
        times: The fields of times that are numbers.
    """
    return DecimalSign(table.cells((*times, "start_frame", "end_frame", "confidence", "intensity")), table.delimiter)


def confidence_of(cells: Mapping[str, str], numbers: DecimalSign, where: str, report: Reporter) -> float | None:
    """Return the confidence of a row, or None where it has none; one that is no number from 0 to 1 is ``bad_confidence``."""
    written = cells.get("confidence", "").strip()
    if not written:
        return None
    # A confidence is no time, so the nearest float is exact enough.
    if numbers.number(written) is not None and "/" not in written and 0 <= float(written.replace(",", ".")) <= 1:
        return float(written.replace(",", "."))
    report("bad_confidence", where, f"confidence {short_repr(written)} was left out", "give a number from 0 to 1")
    return None


def intensity_of(cells: Mapping[str, str], numbers: DecimalSign, where: str, report: Reporter) -> int | None:
    """Return the intensity of a row, or None where it has none; one that is no integer from 1 to 5 is ``bad_intensity``."""
    written = cells.get("intensity", "").strip()
    if not written:
        return None
    value = numbers.number(written)
    if value is not None and value.denominator == 1 and 1 <= value <= MAX_INTENSITY:
        return int(value)
    what = f"intensity {short_repr(written)} was left out"
    report("bad_intensity", where, what, f"give an integer from 1 to {MAX_INTENSITY}")
    return None


def groups_of(cells: Mapping[str, str]) -> dict[str, str]:
    """Return the names of the groups of a row by kind, without blanks around them; a group without a name is left out."""
    kinds = {kind: cell.strip() for field, cell in cells.items() if (kind := group_kind(field))}
    return {kind: name for kind, name in kinds.items() if name}
