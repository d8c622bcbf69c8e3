"""Tables and figures of a report as files: PNG, SVG, CSV and LaTeX of each."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...._files import unwritable, write_bytes
from ....errors import InvalidArgument, quoted
from ...drawing import Drawing, drawing_svg, framed
from ...drawing_png import drawing_png
from ..content import ReportContent
from .export_tables import export_tables
from .figure import Figure, FigureTable
from .latex import latex_table
from .section import figures_section
from .table_drawing import MOST_COLUMNS, table_drawing

_MOST_NAME = 80


@dataclass(frozen=True, slots=True)
class TableFiles:
    """What `write_tables` wrote.

    Attributes:
        paths: The files, in their order.
        remarks: What was not written, and why, one line each.
    """

    paths: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


def write_tables(content: ReportContent, folder: Path, *, overwrite: bool = False) -> TableFiles:
    r"""Write each table of scores and each figure of a report as PNG, SVG, CSV and LaTeX.

    CSV has every number exactly, as ``repr`` writes floats, each in a column of its own: value, low, high, n, clusters; its
    text is UTF-8. LaTeX needs no package; where letters are beyond ASCII its first line says how to compile it. PNGs write
    letters that no font of this machine has as escapes such as ``\u4e2d``, and say so below. SVG files name fonts and leave
    letters to the viewer. Of tables with more than 200 rows, images and LaTeX have the first ones, and say how many follow;
    CSV has all.

    Args:
        content: What the report is made of.
        folder: The folder, made if it is not there.
        overwrite: Whether files of the same names are replaced; others are left alone.

    Raises:
        InvalidArgument: The folder is a file, or has a file of such a name.
        SourceNotFound, SourceUnreadable: As of `figures_section`.
        OSError: A file cannot be written.

    Cost: that of the figures, and an image of each; all files are made before the first is written.
    """
    if folder.exists() and not folder.is_dir():
        raise InvalidArgument(f"tables must be a folder, got a file; name a new folder: {quoted(folder)}")
    remarks: list[str] = []
    files = dict(_files(content, remarks))
    there = [name for name in files if (folder / name).exists()]
    if there and not overwrite:
        raise InvalidArgument(
            f"tables must be a folder without files of the same names, got one with {there[0]}; name another, or add "
            f"--overwrite: {quoted(folder)}"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            write_bytes(folder / name, data)
    except OSError as error:
        raise OSError(unwritable("the folder of tables", folder, "free some space or name another", error)) from error
    return TableFiles(tuple(folder / name for name in files), tuple(remarks))


def csv_text(table: FigureTable) -> str:
    r"""Return a table as CSV: exact values, floats as ``repr`` writes them, nothing for None.

    Example:
        >>> from .figure import Cell
        >>> csv_text(FigureTable(("class", "value"), ((Cell("Joy", "Joy"), Cell("0.333", 1 / 3, "score?")),)))
        'class,value\nJoy,0.3333333333333333\n'
    """
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(table.columns)
    rows.writerows(["" if cell.value is None else cell.value for cell in row] for row in table.rows)
    return text.getvalue()


def file_name(name: str) -> str:
    """Return a name of a file without its suffix: lower letters and digits of ASCII, and hyphens.

    Example:
        >>> file_name("confusion-basic7-../A b"), file_name("中文")
        ('confusion-basic7-a-b', 'table')
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:_MOST_NAME].strip("-") or "table"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table or a figure, as files have it."""

    name: str
    title: str
    table: FigureTable
    exact: FigureTable
    drawing: Drawing | None
    notes: tuple[str, ...]
    is_printed: bool = True


def _files(content: ReportContent, remarks: list[str]) -> Iterator[tuple[str, bytes]]:
    taken: set[str] = set()
    for sheet in _sheets(content):
        first = stem = file_name(sheet.name)
        number = 1
        while stem in taken:
            number += 1
            stem = f"{first}-{number}"
        taken.add(stem)
        yield f"{stem}.csv", _encoded(csv_text(sheet.exact))
        if not sheet.is_printed:
            remarks.append(f"{stem}: a list of {len(sheet.exact.rows):,} rows is written as CSV alone")
            continue
        is_broad = len(sheet.table.columns) > MOST_COLUMNS
        if is_broad and sheet.drawing is None:
            remarks.append(f"{stem}: a table of {len(sheet.table.columns):,} columns is written as CSV alone")
            continue
        if is_broad:
            remarks.append(f"{stem}: a table of {len(sheet.table.columns):,} columns is not written as LaTeX")
        else:
            yield f"{stem}.tex", _encoded(latex_table(sheet.table, sheet.title, stem, sheet.notes))
        drawing = sheet.drawing or table_drawing(sheet.table, sheet.title, sheet.notes)
        yield f"{stem}.svg", _encoded(drawing_svg(drawing))
        yield f"{stem}.png", drawing_png(drawing)


def _sheets(content: ReportContent) -> Iterator[_Sheet]:
    for each in export_tables(content):
        yield _Sheet(each.name, each.title, each.table, each.exact, None, each.notes, each.is_printed)
    section = figures_section(content)
    if section is None:
        return
    legend = [
        f"{each.mark} = {each.name}{f' without {each.without}' if each.without else ''}" for each in section.marks
    ]
    for figure in section.figures:
        yield _figure_sheet(figure, legend)


def _figure_sheet(figure: Figure, legend: Sequence[str]) -> _Sheet:
    # What a page says once stands in each file.
    lines = (*(legend if figure.has_marks else ()), *figure.notes)
    drawing = None if figure.drawing is None else framed(figure.drawing, figure.title, lines)
    return _Sheet(figure.name, figure.title, figure.table, figure.table, drawing, figure.notes)


def _encoded(text: str) -> bytes:
    # Half of a surrogate pair, as in a name of a file that is no text, is no UTF-8.
    return text.encode("utf-8", "backslashreplace")
