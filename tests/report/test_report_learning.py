"""Learning curves: of logs as each kind of model writes them, of logs that are cut, damaged or very long."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from figure_contents import split_metric

from emos_io.errors import SourceNotFound, SourceUnreadable
from emos_io.report.comparison import TrainingRun
from emos_io.report.comparison.figures.figure import MOST_ROWS, Figure
from emos_io.report.comparison.figures.learning_curves import learning_curves
from emos_io.report.comparison.figures.training_log import read_logs
from emos_io.report.drawing import Box, Line, Text
from emos_io.train import logs
from emos_io.train.logs import LogRow, StepLog
from emos_io.train.lora.records import LOG_COLUMNS
from emos_io.train.results import SeedResult

EPOCHS, STEPS = 3, 4
TOLERANCE = 0.02
"""Pixels: drawings have two digits of them."""


def made_log(folder: Path, seed: int, *, steps: int = STEPS) -> list[LogRow]:
    """The folder of a seed, as training writes it, with its rows."""
    own = folder / f"seed-{seed}"
    own.mkdir(parents=True)
    rows: list[LogRow] = []
    for epoch in range(EPOCHS):
        for index in range(steps):
            step = epoch * steps + index
            loss = 2.0 / (step + seed + 1)
            rows.append(
                LogRow(
                    phase="train", epoch=epoch, step=step, loss=loss, counted=8, learning_rate=0.1, gradient_norm=1.0
                )
            )
        after = {"macro_f1": 0.25 * (epoch + 1), "accuracy": 0.3 * (epoch + 1) - 0.1 * seed}
        rows.append(
            LogRow(phase="validation", epoch=epoch, step=(epoch + 1) * steps, loss=1.0 + epoch / 3, counted=40, **after)
        )
    with StepLog(own) as log:
        log.open(0, 0)
        for row in rows:
            log.add(row)
    return rows


def made_result(folder: Path, seed: int) -> SeedResult:
    result = SeedResult(
        seed=seed,
        best_epoch=2,
        num_epochs=EPOCHS,
        num_steps=EPOCHS * STEPS,
        macro_f1=0.75,
        accuracy=0.9,
        loss=1.5,
        cpu_seconds=2.5,
        stopped="epochs",
    )
    result.save(folder / f"seed-{seed}")
    return result


@pytest.fixture(autouse=True)
def _no_tensorboard(monkeypatch: pytest.MonkeyPatch) -> None:
    # log.csv is the same without TensorBoard's files, for which torch would be loaded.
    monkeypatch.setattr(logs, "tensorboard_note", lambda: "log.csv alone")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder without seeds."""
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text("{}")
    return run


def curves(folder: Path) -> dict[str, Figure]:
    found = learning_curves(TrainingRun(name="run", folder=folder))
    return {each.name.removesuffix("-run"): each for each in found}


def test_curves_are_the_rows_of_the_log_exactly(folder: Path) -> None:
    rows = {str(seed): made_log(folder, seed) for seed in (0, 1)}
    result = made_result(folder, 0)
    found = curves(folder)
    assert list(found) == ["learning-loss", "learning-macro_f1", "learning-accuracy", "training"]
    for name, number in (("loss", 2 * EPOCHS * (STEPS + 1)), ("macro_f1", 2 * EPOCHS), ("accuracy", 2 * EPOCHS)):
        table = found[f"learning-{name}"].table
        assert len(table.rows) == number and table.columns == ("seed", "phase", "epoch", "step", name, "counted")
        for cells in table.rows:
            kind, of = split_metric(cells[4].metric)
            log = (folder / of["file"]).read_text().splitlines()
            line = dict(zip(log[0].split(","), log[1 + int(of["row"])].split(","), strict=True))
            assert (kind, of["run"], of["column"]) == ("run", "run", name)
            assert repr(cells[4].value) == line[name] and cells[4].text == f"{float(line[name]):.3f}"
            assert [cells[0].text, cells[1].text] == [of["file"][len("seed-") : -len("/log.csv")], line["phase"]]
            assert [cells[2].text, cells[3].text, cells[5].text] == [line["epoch"], line["step"], line["counted"]]
            assert float(line[name]) == getattr(rows[cells[0].text][int(of["row"])], name)
    (done,) = found["training"].table.rows
    values = {head: cell.value for head, cell in zip(found["training"].table.columns, done, strict=True)}
    assert values == {**result.as_dict(), "seed": "0"}
    assert found["training"].notes == ("seed 1 is not done",)


def test_lines_and_squares_lie_where_their_numbers_are(folder: Path) -> None:
    rows = made_log(folder, 0)
    drawing = curves(folder)["learning-loss"].drawing
    assert drawing is not None
    lines = [each for each in drawing.shapes if isinstance(each, Line) and each.role == "curve"]
    squares = [each for each in drawing.shapes if isinstance(each, Box)]
    training, validation = ([row for row in rows if row.phase == phase] for phase in ("train", "validation"))
    assert len(lines) == 2 and len(squares) == EPOCHS
    # The axis goes from no step and no loss to the last step and the greatest loss: x and y are linear between points.
    (x0, y0), (x1, y1) = lines[0].points[0], lines[0].points[-1]
    first, last = training[0], training[-1]
    assert first.loss is not None and last.loss is not None
    for points, own in ((lines[0].points, training), (lines[1].points, validation)):
        for (x, y), row in zip(points, own, strict=True):
            assert row.loss is not None
            assert x == pytest.approx(x0 + (x1 - x0) * row.step / last.step, abs=TOLERANCE)
            assert y == pytest.approx(
                y0 + (y1 - y0) * (row.loss - first.loss) / (last.loss - first.loss), abs=TOLERANCE
            )
    centres = [(each.x + each.width / 2, each.y + each.height / 2) for each in squares]
    for centre, point in zip(centres, lines[1].points, strict=True):
        assert centre == pytest.approx(point)


def test_numbers_of_seeds_at_the_ends_of_lines_are_apart(folder: Path) -> None:
    for seed in range(4):
        made_log(folder, seed)
    drawing = curves(folder)["learning-macro_f1"].drawing
    assert drawing is not None
    names = [each for each in drawing.shapes if isinstance(each, Text) and each.role == "ink"]
    assert sorted(each.text for each in names) == ["0", "1", "2", "3"]
    heights = sorted(each.y for each in names)
    assert all(below - above >= names[0].size for above, below in pairwise(heights))


def test_a_long_log_keeps_its_lowest_and_its_highest(folder: Path) -> None:
    made_log(folder, 0, steps=1_000)
    path = folder / "seed-0" / "log.csv"
    lines = path.read_text().splitlines(keepends=True)
    lines[500] = "train,0,499,9.0,8,0.1,1.0,,\n"
    path.write_text("".join(lines))
    found = curves(folder)["learning-loss"]
    assert found.drawing is not None
    (line, _) = (each for each in found.drawing.shapes if isinstance(each, Line) and each.role == "curve")
    assert len(line.points) < 2 * 344
    tops = min(y for _, y in line.points)
    grid = [each.points[0] for each in found.drawing.shapes if isinstance(each, Line) and each.role == "grid"]
    assert tops == pytest.approx(min(y for _, y in grid), abs=TOLERANCE)
    table = found.table
    assert len(table.rows) == EPOCHS * 1_001
    assert len(table.page_rows) == MOST_ROWS and table.num_left_out == EPOCHS * 1_001 - MOST_ROWS
    assert [row[1].text for row in table.page_rows[: EPOCHS + 1]] == ["validation"] * EPOCHS + ["train"]


def test_a_log_of_steps_alone_has_the_curve_of_its_loss(folder: Path) -> None:
    own = folder / "seed-0"
    own.mkdir()
    (own / "log.csv").write_text(",".join(LOG_COLUMNS) + "\n1,0,5.5,0.0,0.7,0.9\n2,0,5.25,0.1,0.7,1.2\n")
    found = curves(folder)
    assert list(found) == ["learning-loss"]
    assert [[cell.text for cell in row] for row in found["learning-loss"].table.rows] == [
        ["0", "train", "0", "1", "5.500", "-"],
        ["0", "train", "0", "2", "5.250", "-"],
    ]


def test_a_kind_of_model_without_steps_has_its_result(folder: Path) -> None:
    (folder / "seed-0").mkdir()
    made_result(folder, 0)
    found = curves(folder)
    assert list(found) == ["training"]
    assert found["training"].notes == ("seed 0 has no log.csv, as of a kind of model without steps",)


def test_the_last_line_of_a_training_that_goes_on_is_left_out_with_a_note(folder: Path) -> None:
    made_log(folder, 0)
    path = folder / "seed-0" / "log.csv"
    path.write_text(path.read_text() + "train,3,12,0.1")
    found = curves(folder)["learning-loss"]
    assert len(found.table.rows) == EPOCHS * (STEPS + 1)
    assert found.notes == ("seed-0/log.csv ends within a line, which is left out",)


def test_what_is_not_finite_has_a_note_and_stays_in_the_table(folder: Path) -> None:
    made_log(folder, 0)
    path = folder / "seed-0" / "log.csv"
    path.write_text(path.read_text().replace("\ntrain,0,1,1.0,", "\ntrain,0,1,nan,"))
    found = curves(folder)["learning-loss"]
    assert found.notes == ("1 values are not finite and cannot be drawn; the table has them",)
    assert [row[4].text for row in found.table.rows if row[3].text == "1"] == ["nan"]
    assert found.drawing is not None
    assert not any("nan" in str(value) for each in found.drawing.elements() for _, value in each.attributes)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,b\n1,2\n", "it has no column epoch"),
        ("epoch,step,loss\n0,1\n", "line 2: "),
        ("epoch,step,loss\n0,x,1.0\n", "line 2: invalid literal"),
        ("epoch,step,loss\n0,1,1.0\n0,2,much\n", "line 3: could not convert"),
        ("\xff\n", "utf-8"),
    ],
)
def test_damaged_logs_are_refused_by_line(folder: Path, text: str, reason: str) -> None:
    (folder / "seed-0").mkdir()
    (folder / "seed-0" / "log.csv").write_text(text, "latin-1")
    with pytest.raises(SourceUnreadable, match=f"the file of a run cannot be read .*{reason}.*log.csv") as caught:
        curves(folder)
    assert caught.value.path == str(folder / "seed-0" / "log.csv")


@pytest.mark.parametrize("text", ["[1]", "{", "\xff"])
def test_damaged_results_are_refused(folder: Path, text: str) -> None:
    (folder / "seed-0").mkdir()
    (folder / "seed-0" / "result.json").write_text(text, "latin-1")
    with pytest.raises(SourceUnreadable, match=r"the file of a run cannot be read .*result.json"):
        read_logs(folder)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="there is no such run; give the folder that emos train --out wrote: "):
        read_logs(tmp_path)


def test_seeds_are_in_the_order_of_their_numbers(folder: Path) -> None:
    for seed in (10, 2):
        made_log(folder, seed)
    (folder / "seed-x").mkdir()
    assert [log.seed for log in read_logs(folder)] == ["2", "10"]
