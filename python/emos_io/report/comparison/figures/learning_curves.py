"""Learning curves: loss by step of training and of validation, and how well a model did on validation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ....corpus import Scalar
from ...drawing import Box, Drawing, Line, Shape, Text, text_width
from ...metric import metric
from ..content import TrainingRun
from .figure import MOST_ROWS, Cell, Figure, FigureTable, decimal, word
from .plot import WIDTH, Plot, left_of
from .training_log import LogRow, SeedLog, finite, read_logs

_HEIGHT = 250
_RIGHT = 14.0
_POINT = 4.0
_COLOURS = ("#1f7fd0", "#d0651f", "#2f8f4e", "#b0509f", "#8a7a1f", "#6b6bd6")
"""Seeds; each is visible on dark and on white pages, and has its number at the end of its line."""
_RESULTS = ("best_epoch", "num_epochs", "num_steps", "macro_f1", "accuracy", "loss", "cpu_seconds", "training_accuracy")
_LOSS_CAPTION = (
    "A line is a seed, by its number at the end. The thin line is the loss of each step of training; squares are that of the "
    "validation side after each epoch. Where squares rise while the line falls, the model learns its items by heart. Of "
    "several steps in one pixel the lowest and the highest are drawn."
)
_VALIDATION_CAPTION = (
    "A line is a seed, by its number at the end; a square is an epoch. Training stops by this side, so its best value is too "
    "good: score test."
)
_VALIDATED = (("macro_f1", "macro F1 on validation"), ("accuracy", "accuracy on validation"))
_Points = Sequence[tuple[float, float]]


def learning_curves(training: TrainingRun) -> list[Figure]:
    """Return the figures of a run: loss, macro F1 and accuracy by step, and a table of what each seed came to.

    Raises:
        SourceNotFound, SourceUnreadable: As of `read_logs`.
    """
    logs = read_logs(training.folder)
    figures = [_curves(training, logs, "loss", "loss")]
    has_validation = any(row.is_validation for log in logs for row in log.rows)
    figures += [_curves(training, logs, name, words) for name, words in _VALIDATED if has_validation]
    return [each for each in figures if each is not None] + _results(training, logs)


def _curves(training: TrainingRun, logs: Sequence[SeedLog], name: str, words: str) -> Figure | None:
    chosen = [(log, [row for row in log.rows if name in row.values]) for log in logs]
    if not any(rows for _, rows in chosen):
        return None
    title = f"Learning curves, {words}: {training.name}"
    notes = [f"{log.log_file} ends within a line, which is left out" for log in logs if log.is_cut]
    endless = sum(not finite(row.values[name]) for _, rows in chosen for row in rows)
    if endless:
        notes.append(f"{endless} values are not finite and cannot be drawn; the table has them")
    columns = ("seed", "phase", "epoch", "step", name, "counted")
    return Figure(
        name=f"learning-{name}-{training.name}",
        title=title,
        caption=_LOSS_CAPTION if name == "loss" else _VALIDATION_CAPTION,
        table=FigureTable(columns, tuple(_rows(training.name, name, chosen))),
        drawing=_drawing(chosen, name, words, f"{title}; the table beside it has the numbers."),
        notes=tuple(notes),
    )


def _rows(run: str, name: str, chosen: Iterable[tuple[SeedLog, Sequence[LogRow]]]) -> list[tuple[Cell, ...]]:
    """Return a row for each row of the logs: validations first, since they are few."""
    found: list[tuple[Cell, ...]] = []
    for log, rows in chosen:
        for row in sorted(rows, key=lambda each: not each.is_validation):
            # Rows that no page has need no names; a log may have a million.
            file = log.log_file if len(found) < MOST_ROWS else ""

            def cell(column: str, value: float | None, text: str, row: LogRow = row, file: str = file) -> Cell:
                named = metric("run", run=run, file=file, row=row.index, column=column) if file else ""
                return Cell(text, value, named)

            counted = row.values.get("counted")
            found.append(
                (
                    word(log.seed),
                    word("validation" if row.is_validation else "train"),
                    cell("epoch", row.epoch, str(row.epoch)),
                    cell("step", row.step, f"{row.step:,}"),
                    cell(name, row.values[name], decimal(row.values[name])),
                    word("-") if counted is None else cell("counted", int(counted), f"{int(counted):,}"),
                )
            )
    return found


def _drawing(
    chosen: Sequence[tuple[SeedLog, Sequence[LogRow]]], name: str, words: str, description: str
) -> Drawing | None:
    values = [(row.step, row.values[name]) for _, rows in chosen for row in rows if finite(row.values[name])]
    if not values:
        return None
    last = max(1, max(step for step, _ in values))
    low, high = (min(0.0, min(y for _, y in values)), max(y for _, y in values)) if name == "loss" else (0.0, 1.0)
    high = high if high > low else low + 1
    number_width = max(text_width(log.seed) for log, _ in chosen)
    plot = Plot(left_of(low, high), 10, WIDTH - _RIGHT - number_width, _HEIGHT - 34, 0, last, low, high)
    shapes = plot.axes("step", words)
    names: list[tuple[float, Text]] = []
    for index, (log, rows) in enumerate(chosen):
        fill = _COLOURS[index % len(_COLOURS)]
        finite_rows = [row for row in rows if finite(row.values[name])]
        training, validation = (
            [(float(row.step), row.values[name]) for row in finite_rows if row.is_validation is kind]
            for kind in (False, True)
        )
        shapes += _line(_thinned(plot, training), fill, 1.0)
        shapes += _line([(plot.x(x), plot.y(y)) for x, y in validation], fill, 1.8)
        for x, y in validation:
            left, top = plot.x(x) - _POINT / 2, plot.y(y) - _POINT / 2
            shapes.append(Box(left, top, _POINT, _POINT, "point", fill, f"step {x:g}: {decimal(y)}"))
        ends = validation or training
        if ends:
            x, y = ends[-1]
            names.append((plot.y(y), Text(plot.x(x) + 5, plot.y(y), (log.seed,))))
    shapes += _apart(names, plot.top)
    return Drawing(WIDTH, _HEIGHT, description, tuple(shapes))


def _apart(names: Sequence[tuple[float, Text]], top: float) -> list[Text]:
    """Return the numbers of seeds at the ends of lines, moved down where they would lie on each other."""
    found: list[Text] = []
    free = top
    for y, text in sorted(names, key=lambda each: each[0]):
        free = max(free, y)
        found.append(replace(text, y=free))
        free += text.size + 1
    return found


def _line(points: _Points, fill: str, width: float) -> list[Shape]:
    return [Line(tuple(points), "curve", fill, width)] if len(points) > 1 else []


def _thinned(plot: Plot, points: _Points) -> list[tuple[float, float]]:
    """Return points in pixels; of those in one column of pixels the lowest and the highest in their order."""
    columns: dict[int, list[tuple[float, float]]] = {}
    for x, y in points:
        pixel = (plot.x(x), plot.y(y))
        columns.setdefault(int(pixel[0]), []).append(pixel)
    found: list[tuple[float, float]] = []
    for own in columns.values():
        ends = {min(own, key=lambda point: point[1]), max(own, key=lambda point: point[1])}
        found += [point for point in own if point in ends] if len(own) > 2 else own
    return found


def _results(training: TrainingRun, logs: Sequence[SeedLog]) -> list[Figure]:
    """Return what each seed came to, as a table without a drawing."""
    done = [log for log in logs if log.result]
    if not done:
        return []
    names = [name for name in _RESULTS if any(name in log.result for log in done)]
    rows = tuple(
        (
            word(log.seed),
            *(_result(training.name, log, name) for name in names),
            word(str(log.result.get("stopped", ""))),
        )
        for log in done
    )
    notes = [f"seed {log.seed} is not done" for log in logs if not log.result]
    notes += [f"seed {log.seed} has no log.csv, as of a kind of model without steps" for log in done if not log.rows]
    return [
        Figure(
            name=f"training-{training.name}",
            title=f"Results on validation: {training.name}",
            caption="The best epoch of each seed on the validation side, by which it was chosen: too good by construction.",
            table=FigureTable(("seed", *names, "stopped"), rows),
            drawing=None,
            notes=tuple(notes),
        )
    ]


def _result(run: str, log: SeedLog, name: str) -> Cell:
    value = log.result.get(name)
    scalar: Scalar = value if isinstance(value, int | float) else None
    text = "-" if scalar is None else decimal(scalar) if isinstance(scalar, float) else f"{scalar:,}"
    return Cell(text, scalar, metric("run", run=run, file=log.result_file, name=name))
