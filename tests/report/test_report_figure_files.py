"""Tables and figures as files: CSV is exact, LaTeX and SVG are well formed whatever names they have, PNGs open."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from figure_contents import CLASSES, content_of, made_corpus, predicted
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument
from emos_io.evaluation import Score, Scores
from emos_io.report.comparison import ReportContent, TrainingRun
from emos_io.report.comparison.figures import TableFiles, write_tables
from emos_io.report.comparison.figures.figure import Cell, FigureTable
from emos_io.report.comparison.figures.latex import latex_table, latex_text
from emos_io.report.comparison.figures.table_drawing import MOST_COLUMNS, table_drawing
from emos_io.report.drawing import Text
from emos_io.report.drawing_png import SCALE

NAMES = ("a_b & 50%.jsonl", "中文 {b} \\input{x} <script>.jsonl")


@pytest.fixture(scope="module")
def content() -> ReportContent:
    corpus = made_corpus(40)
    return content_of(corpus, predicted(corpus, NAMES[0], 3), predicted(corpus, NAMES[1], 2, {"ablate": "video"}))


@pytest.fixture(scope="module")
def written(content: ReportContent, tmp_path_factory: pytest.TempPathFactory) -> TableFiles:
    return write_tables(content, tmp_path_factory.mktemp("tables") / "new")


def rows_of(written: TableFiles, name: str) -> list[dict[str, str]]:
    (path,) = (each for each in written.paths if each.name == f"{name}.csv")
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


def test_each_table_and_figure_is_written_in_all_four_ways(written: TableFiles) -> None:
    stems: dict[str, list[str]] = {}
    for path in written.paths:
        stems.setdefault(path.stem, []).append(path.suffix)
    assert set(written.paths) == set(written.paths[0].parent.iterdir())
    assert {
        "scores-basic7-clips-measures",
        "scores-basic7-clips-classes",
        "scores-basic7-clips-calibration",
        "scores-basic7-streams-content-turning-points",
        "differences",
        "counts",
        "provenance",
        "ablations-basic7-clips",
        "class-f1-basic7-streams-decision",
        "ceiling-basic7-clips",
        "confusion-basic7-clips-a",
        "confusion-basic7-clips-b",
        "reliability-equal-mass-basic7-clips-b",
    } < set(stems)
    assert stems.pop("all-scores") == [".csv"]
    assert all(sorted(each) == [".csv", ".png", ".svg", ".tex"] for each in stems.values())
    (number,) = (len(rows_of(written, "all-scores")),)
    assert written.remarks == (f"all-scores: a list of {number:,} rows is written as CSV alone",)


def test_all_scores_are_in_csv_exactly(content: ReportContent, written: TableFiles) -> None:
    rows = rows_of(written, "all-scores")
    scores = [(run.name, score) for run in content.runs for score in run.scores]
    assert len(rows) == len(scores) > 200
    for row, (run, score) in zip(rows, scores, strict=True):
        assert (row["run"], row["measure"], row["note"]) == (run, score.name, score.why)
        assert_exact(row, score)
        of = {kind: row[kind] for kind in row if kind in score.of} | dict(
            each.split("=", 1) for each in filter(None, row["of"].split(", "))
        )
        assert of == dict(score.of)


def assert_exact(row: Mapping[str, str], score: Score) -> None:
    """A row of CSV has the numbers of a score, bit for bit, and an empty cell for None."""
    for column in ("value", "low", "high", "share_partial", "share_undefined"):
        if column in row:
            value = getattr(score, column)
            assert (float(row[column]) if row[column] else None) == value, (column, score)
    assert int(row["n"]) == score.n
    assert (int(row["clusters"]) if row["clusters"] else None) == score.num_clusters


def test_a_table_of_measures_has_the_value_interval_n_and_clusters_of_each_run(
    content: ReportContent, written: TableFiles
) -> None:
    rows = rows_of(written, "scores-basic7-clips-classes")
    assert len(rows) == 2 * 3 * len(CLASSES)
    scores = {run.name: run.scores for run in content.runs}
    for row in rows:
        assert (row["layer"], row["kind"], row["clock"], row["language"]) == ("basic7", "clips", "", "")
        assert_exact(row, scores[row["run"]].get(row["measure"], kind="clips", **{"class": row["class"]}))


def test_csv_of_figures_has_n_and_intervals_too(content: ReportContent, written: TableFiles) -> None:
    scores = {run.name: run.scores for run in content.runs}
    for row in rows_of(written, "class-f1-basic7-clips"):
        assert_exact(row, scores[row["run"]].get(row["measure"], kind="clips", **{"class": row["class"]}))
    for row in rows_of(written, "ablations-basic7-clips"):
        assert_exact(row, scores[row["run"]].get(row["measure"], kind="clips"))
        assert row["without"] == ("video" if row["run"] == NAMES[1] else "")
    table = scores[NAMES[0]].table("confusion", kind="clips")
    cells = [list(row.values()) for row in rows_of(written, "confusion-basic7-clips-a")]
    assert cells == [[str(cell) for cell in row] for row in table.rows]
    bins = scores[NAMES[1]].table("reliability_equal_width", kind="clips")
    found = rows_of(written, "reliability-equal-width-basic7-clips-b")
    assert [[float(each) if each else None for each in row.values()] for row in found] == [
        list(row) for row in bins.rows
    ]


def test_csv_of_differences_is_the_comparison(content: ReportContent, written: TableFiles) -> None:
    assert content.comparison is not None
    rows = rows_of(written, "differences")
    assert len(rows) == len(content.comparison.differences) > 5
    for row, each in zip(rows, content.comparison.differences, strict=True):
        one = each.difference
        assert (row["first"], row["second"], row["measure"]) == (each.first, each.second, one.name)
        for column, value in (("difference", one.difference), ("low", one.low), ("high", one.high), ("p", one.p)):
            assert (float(row[column]) if row[column] else None) == value
        assert (int(row["n_first"]), int(row["n_second"])) == (one.num_first, one.num_second)


def test_svgs_are_xml_and_pngs_have_twice_their_pixels(written: TableFiles) -> None:
    for path in (each for each in written.paths if each.suffix == ".svg"):
        root = ElementTree.fromstring(path.read_bytes())
        assert {each.tag.rpartition("}")[2] for each in root.iter()} <= {
            *("svg", "rect", "polyline", "text", "tspan", "title"),
        }
        with Image.open(path.with_suffix(".png")) as image:
            assert image.width == int(root.attrib["width"]) * SCALE
            # A line more where this machine has no font for Chinese.
            assert image.height - int(root.attrib["height"]) * SCALE in (0, 18 * SCALE)
            light = np.asarray(image.convert("L"))
            assert light.min() < 64 and light.max() == 255


def test_a_figure_alone_says_what_it_is_of_and_what_its_letters_are(written: TableFiles) -> None:
    (path,) = (each for each in written.paths if each.name == "class-f1-basic7-clips.svg")
    root = ElementTree.fromstring(path.read_bytes())
    texts = ["".join(each.itertext()) for each in root.iter() if each.tag.endswith("}text")]
    assert texts[0] == "F1 of each class: basic7, clips"
    assert texts[-2:] == [f"A = {NAMES[0]}", f"B = {NAMES[1]} without video"]
    (path,) = (each for each in written.paths if each.name == "confusion-basic7-clips-a.svg")
    assert "A = " not in path.read_text("utf-8").rpartition("none or outside")[2]


SPECIAL = re.compile(r"(?<!\\)[&%$#_{}^~<>|\"]")


def bare(text: str) -> str:
    """LaTeX of escaped text without its escapes: what is left must have no special character."""
    for escape in (
        "textbackslash",
        "textasciicircum",
        "textasciitilde",
        "textless",
        "textgreater",
        "textbar",
        "textasciigrave",
    ):
        text = text.replace(f"\\{escape}{{}}", "")
    text = text.replace(r"{\ttfamily\char34}", "")
    return re.sub(r"\\[&%$#_{}]", "", text)


@given(st.text(st.sampled_from("\\{}$&#%_^~<>|\"'`-, ab中"), max_size=40))
def test_no_text_is_a_command_of_latex(text: str) -> None:
    left = bare(latex_text(text)).replace("-{}", "-").replace("'{}", "'").replace(",{}", ",")
    assert left == "".join(letter for letter in text if letter in "'-, ab中")
    # Nothing joins to a dash, a quotation mark or another letter.
    assert not re.search(r"--|''|,,|``|<<|>>", latex_text(text))


def test_each_file_of_latex_is_one_float_whose_rows_have_all_cells(written: TableFiles) -> None:
    for path in (each for each in written.paths if each.suffix == ".tex"):
        text = path.read_text("utf-8")
        if not text.isascii():
            first, _, text = text.partition("\n")
            assert first.startswith("% Letters beyond ASCII: compile with xelatex") and "xeCJK" in first
        lines = text.splitlines()
        assert (lines[0], lines[-1]) == (r"\begin{table}", r"\end{table}")
        assert lines[2] == rf"\label{{tab:{path.stem}}}"
        columns = re.fullmatch(r"\\begin{tabular}{([lr]+)}", lines[3])
        assert columns is not None
        rows = [line for line in lines if line.endswith(r" \\")]
        assert len(rows) > 1 and lines.count(r"\hline") == 3
        for row in rows:
            cells = re.split(r"(?<!\\) & ", row.removesuffix(r" \\"))
            assert len(cells) == len(columns[1]), row
            for cell in cells:
                assert cell.startswith("{") and cell.endswith("}")
                assert not SPECIAL.search(bare(cell[1:-1]).replace("$-$", "").replace("{}", "")), cell


def test_negative_numbers_have_a_minus_sign() -> None:
    table = FigureTable(("a-b",), ((Cell("-0.125 [-0.250, 0.000]", -0.125, "score?"),), (Cell("a-b", "a-b"),)))
    lines = latex_table(table, "x", "x").splitlines()
    assert r"{$-$0.125 [$-$0.250, 0.000]} \\" in lines and lines.count(r"{a-b} \\") == 2


@pytest.mark.command
def test_latex_compiles(written: TableFiles, tmp_path: Path) -> None:
    program = next(filter(None, map(shutil.which, ("xelatex", "lualatex", "pdflatex", "tectonic"))), None)
    if program is None:
        pytest.skip("no LaTeX on this machine; escapes are checked one by one")
    parts = [path.read_text("utf-8") for path in written.paths if path.suffix == ".tex"]
    body = "\n\\clearpage\n".join(parts)
    (tmp_path / "all.tex").write_text(
        "\\documentclass{article}\n\\begin{document}\n" + body + "\n\\end{document}\n", "utf-8"
    )
    words = (
        [program, "all.tex"]
        if "tectonic" in program
        else [program, "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    )
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2_000:]


def test_files_are_replaced_only_when_asked_for(tmp_path: Path) -> None:
    content = content_of(made_corpus(10))
    assert write_tables(content, tmp_path / "none") == TableFiles(())
    corpus = made_corpus(10)
    content = content_of(corpus, predicted(corpus, "a", 3, streams=False))
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    first = write_tables(content, folder)
    counts = folder / "counts.csv"
    before = counts.read_bytes()
    counts.write_text("other")
    with pytest.raises(
        InvalidArgument, match=r"tables must be a folder without files of the same names, got one with .*; name"
    ):
        write_tables(content, folder)
    assert counts.read_text() == "other"
    assert write_tables(content, folder, overwrite=True) == first
    assert counts.read_bytes() == before and (folder / "mine.txt").read_text() == "mine"
    with pytest.raises(InvalidArgument, match="tables must be a folder, got a file; name a new folder: "):
        write_tables(content, counts)
    assert {each.suffix for each in folder.iterdir()} == {".txt", ".csv", ".svg", ".png", ".tex"}


def test_names_that_are_no_names_of_files_are_made_into_some(tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "seed-0").mkdir(parents=True)
    (run / "run.json").write_text("{}")
    (run / "seed-0" / "log.csv").write_text("step,epoch,loss\n1,0,2.5\n2,0,2.0\n")
    names = ("../../中\udcff文", "../../中文", "x" * 300)
    content = content_of(Corpus([]), training=[TrainingRun(name=name, folder=run) for name in names])
    found = write_tables(content, tmp_path / "tables")
    assert [each.name for each in found.paths if each.suffix == ".csv"] == [
        "learning-loss.csv",
        "learning-loss-2.csv",
        f"learning-loss-{'x' * 66}.csv",
    ]
    for path in found.paths:
        assert path.parent == tmp_path / "tables"
        if path.suffix != ".png":
            path.read_bytes().decode()


def test_a_broad_table_is_written_as_csv_alone_with_a_remark(tmp_path: Path) -> None:
    corpus = made_corpus(5)
    few = content_of(corpus, predicted(corpus, "run", 3, streams=False))
    names = [f"run {index}" for index in range(MOST_COLUMNS)]
    (run,) = few.runs
    runs = [replace(run, name=name, scores=Scores(name=name, scores=(), counts=run.scores.counts)) for name in names]
    found = write_tables(replace(few, runs=tuple(runs)), tmp_path / "many")
    (counts,) = (each for each in found.remarks if each.startswith("counts"))
    assert counts == f"counts: a table of {MOST_COLUMNS + 1} columns is written as CSV alone"
    assert [each.name for each in found.paths if each.stem == "counts"] == ["counts.csv"]


def test_a_table_that_is_drawn_has_all_cells_and_says_which_rows_it_lacks() -> None:
    rows = tuple((Cell(f"row {index}", index), Cell(f"{index}", index, "count?")) for index in range(203))
    drawing = table_drawing(FigureTable(("name_of", "n"), rows), "A title", ("a note",))
    texts = [each.text for each in drawing.shapes if isinstance(each, Text)]
    assert texts[:5] == ["A title", "name of", "n", "row 0", "0"]
    assert texts[-4:] == ["row 199", "199", "a note", "3 more rows are in the CSV file"]
    assert all(
        0 <= each.x <= drawing.width and 0 <= each.y <= drawing.height
        for each in drawing.shapes
        if isinstance(each, Text)
    )
