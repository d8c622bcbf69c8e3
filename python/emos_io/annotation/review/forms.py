"""A review queue as reviewers get it: a workbook, a table, or tasks of Label Studio."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from ..._checks import checked_path
from ..._files import unwritable, write_bytes
from ...corpus import Taxonomy, taxonomy
from ...errors import InvalidArgument, quoted
from ...formats.times import exact_decimal
from .queue import ReviewTask

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.datavalidation import DataValidation

REVIEW_COLUMNS = (
    "item",
    "layer",
    "language",
    "text",
    "media",
    "votes",
    "decision",
    "confidence",
    "reason",
    "label",
    "reviewer",
    "note",
    "start",
    "end",
)
"""The columns of the workbook and of the table. Reviewers fill in label, reviewer and note. Start and end are seconds, exact,
of a part of a monologue; a reviewer who changes them answers on another span."""

QUEUE_SUFFIXES = (".xlsx", ".csv", ".json")
"""What files of a queue end in: a workbook, a table, tasks of Label Studio."""

WIDTHS = (26, 8, 8, 60, 40, 40, 12, 11, 12, 14, 14, 30, 10, 10)
"""The widths of the columns of the workbook, in characters."""

MAX_INLINE = 255
"""Excel takes lists of labels of so many characters in a cell's rule; longer ones stand on a sheet."""


def write_review_queue(
    tasks: Sequence[ReviewTask], path: str | os.PathLike[str], *, taxonomies: Iterable[Taxonomy] = ()
) -> None:
    """Write tasks in the form that the suffix of a file names, one of QUEUE_SUFFIXES in any letter case.

    Args:
        tasks: The tasks, in the order of the file.
        path: The file to write; an existing file is replaced.
        taxonomies: As `write_review_workbook` takes them.

    Raises:
        InvalidArgument: the suffix is another one, or a layer has no taxonomy.
        OSError: the file cannot be written.
    """
    queue = checked_path(path)
    suffix = queue.suffix.lower()
    if suffix not in QUEUE_SUFFIXES:
        raise InvalidArgument(
            f"path must end in {', '.join(QUEUE_SUFFIXES[:-1])} or {QUEUE_SUFFIXES[-1]}, got {queue.suffix!r}; "
            f"name such a file: {quoted(queue)}",
            path=str(queue),
        )
    if suffix == ".xlsx":
        write_review_workbook(tasks, queue, taxonomies=taxonomies)
    elif suffix == ".csv":
        write_review_csv(tasks, queue)
    else:
        write_review_label_studio(tasks, queue)


def write_review_workbook(
    tasks: Sequence[ReviewTask], path: str | os.PathLike[str], *, taxonomies: Iterable[Taxonomy] = ()
) -> None:
    """Write tasks as an xlsx workbook, one row a task; the label column offers the labels of single-label layers.

    Args:
        tasks: The tasks, in the order of the rows.
        path: The file to write; an existing file is replaced.
        taxonomies: Taxonomies of your own that layers of tasks have, such as ``corpus.taxonomies``.

    Raises:
        InvalidArgument: a layer has no taxonomy.
        OSError: the file cannot be written.
    """
    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "review"
    sheet.append(list(REVIEW_COLUMNS))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for number, task in enumerate(tasks, 2):
        for column, value in enumerate(_cells(task), 1):
            if value is None:
                continue
            cell = sheet.cell(number, column)
            cell.value = _text(ILLEGAL_CHARACTERS_RE.sub("", value)) if isinstance(value, str) else value
            if isinstance(value, str):
                # A text that begins with an equals sign is no formula.
                cell.data_type = "s"
    own = {each.name: each for each in taxonomies}
    label = chr(ord("A") + REVIEW_COLUMNS.index("label"))
    for layer in sorted({task.layer for task in tasks}):
        names = own.get(layer) or taxonomy(layer)
        if names.multiple:
            continue
        offered = _offered(book, names)
        sheet.add_data_validation(offered)
        for first, last in _runs([number for number, task in enumerate(tasks, 2) if task.layer == layer]):
            offered.add(f"{label}{first}:{label}{last}")
    for number, width in enumerate(WIDTHS):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    content = io.BytesIO()
    book.save(content)
    _write(path, content.getvalue())


def write_review_csv(tasks: Sequence[ReviewTask], path: str | os.PathLike[str]) -> None:
    """Write tasks as a table with the columns of the workbook, in UTF-8 with a byte order mark, as spreadsheets want it.

    Args:
        tasks: The tasks, in the order of the rows.
        path: The file to write; an existing file is replaced.

    Raises:
        OSError: the file cannot be written.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(REVIEW_COLUMNS)
    writer.writerows(["" if value is None else value for value in _cells(task)] for task in tasks)
    _write(path, _text(out.getvalue()).encode("utf-8-sig"))


def write_review_label_studio(tasks: Sequence[ReviewTask], path: str | os.PathLike[str]) -> None:
    """Write tasks as Label Studio JSON, with the decision so far as a prediction.

    Reviewers answer in the control ``label``, and write remarks in a TextArea ``note``. Tasks on spans have ``start`` and
    ``end`` among their data: seconds, exact.

    Args:
        tasks: The tasks, in the order of the file.
        path: The file to write; an existing file is replaced.

    Raises:
        OSError: the file cannot be written.
    """
    listed: list[dict[str, object]] = []
    for number, task in enumerate(tasks, 1):
        data = {"item": task.item, "layer": task.layer, "text": task.text, "media": task.media, "reason": task.reason}
        if task.span is not None:
            data |= {"start": _time(task.span.start), "end": _time(task.span.end)}
        data |= {f"vote_{rater}": labels for rater, labels in task.votes}
        entry: dict[str, object] = {"id": number, "data": data, "annotations": [], "predictions": []}
        if task.decision:
            choice = {
                "from_name": "label",
                "to_name": "text",
                "type": "choices",
                "value": {"choices": task.decision.split(";")},
            }
            entry["predictions"] = [{"model_version": "decision", "score": task.confidence, "result": [choice]}]
        listed.append(entry)
    try:
        content = json.dumps(listed, ensure_ascii=False, indent=1).encode()
    except UnicodeEncodeError:
        # Names of files may hold bytes that are no text, which ASCII can spell.
        content = json.dumps(listed, indent=1).encode()
    _write(path, content + b"\n")


def _cells(task: ReviewTask) -> list[str | float | None]:
    """Return the cells of a task, in the order of REVIEW_COLUMNS."""
    return [
        task.item,
        task.layer,
        task.language,
        task.text,
        task.media,
        ", ".join(f"{rater}: {labels}" for rater, labels in task.votes),
        task.decision,
        task.confidence,
        task.reason,
        None,
        None,
        None,
        *((None, None) if task.span is None else (_time(task.span.start), _time(task.span.end))),
    ]


def _text(text: str) -> str:
    """Return a text with question marks for bytes that are no text."""
    return text.encode("utf-8", "replace").decode()


def _time(time: Fraction) -> str:
    """Return seconds as an exact decimal, or as a ratio where there is none."""
    return exact_decimal(time) or str(time)


def _offered(book: Workbook, names: Taxonomy) -> DataValidation:
    """Return the rule of cells that offers the labels of a layer; labels that fit no rule stand on a sheet of their own."""
    from openpyxl.worksheet.datavalidation import DataValidation

    words = [*names.labels, *([names.abstain] if names.abstain else [])]
    listed = f'"{",".join(words)}"'
    if len(listed) > MAX_INLINE or any(set(word) & set(',"') for word in words):
        title = f"labels {len(book.sheetnames)}"
        book.create_sheet(title)
        for number, word in enumerate(words, 1):
            book[title].cell(number, 1, word).data_type = "s"
        listed = f"'{title}'!$A$1:$A${len(words)}"
    return DataValidation(type="list", formula1=listed, allow_blank=True)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of neighbouring numbers."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last


def _write(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a queue whole or not at all; a device is written as it is."""
    queue = checked_path(path)
    try:
        if queue.exists() and not queue.is_file():
            queue.write_bytes(content)
        else:
            write_bytes(queue, content)
    except OSError as error:
        raise OSError(unwritable("the queue", queue, "name a file in a folder that can be written", error)) from error
