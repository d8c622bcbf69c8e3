"""Tables in a narrow terminal: nothing is cut, and values are not parted."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from emos_io.cli.fitted_tables import print_fitted, wrapped
from emos_io.cli.output import UNLIMITED

HEADS = ("measure", "of", "majority.jsonl", "ts-clips_of-all-films.jsonl", "text.jsonl", "n", "clusters")
ROWS = (
    (
        "time_to_correct_median",
        "m 1 decision",
        "- (2)",
        "28.210 [-11.402, 31.000]* (3)",
        "15.340 (3)",
        "233 / 1,035",
        "46",
    ),
    ("accuracy", "", "0.140 [0.102, 0.184]", "0.213 [0.163, 0.266]", "0.223 [0.185, 0.266]", "4,831", "46"),
    (
        "ece",
        "binning equal_width, bins 15",
        "-0.146 (1)",
        "0.146 [0.100, 0.200]",
        "0.1 [-0.100, 0.200]",
        "9,403",
        "1,117",
    ),
)


def printed(width: int, *, keys: int = 2, last: int = 2) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, markup=False, emoji=False, highlight=False)
    print_fitted(console, "a title", HEADS, ROWS, keys=keys, last=last)
    return file.getvalue()


def columns_of(text: str) -> dict[str, list[str]]:
    """Return the text of each cell of each column, its lines put together without spaces; parts of a table are one."""
    found: dict[str, list[str]] = {}
    for part in text.split("a title\n")[1:]:
        blocks = re.split(r"\n[┡][^\n]*\n", part)
        heads = joined(blocks[0].splitlines()[1:], "┃")[0]
        body = [[cell.strip() for cell in line.strip("│").split("│")] for line in blocks[1].splitlines()[:-1]]
        cells: list[list[str]] = [["" for _ in heads] for _ in ROWS]
        row = -1
        starts = iter(["time_to_correct_median", "accuracy", "ece", None])
        expected = next(starts)
        for line in body:
            if expected is not None and line[0] and expected.startswith(line[0]):
                row, expected = row + 1, next(starts)
            cells[row] = [(one + other).replace(" ", "") for one, other in zip(cells[row], line, strict=True)]
        for index, head in enumerate(heads):
            found[head] = [each[index] for each in cells]
    return found


def joined(lines: list[str], edge: str) -> list[list[str]]:
    parts = [[cell.strip() for cell in line.strip(edge).split(edge)] for line in lines]
    return [["".join(cells).replace(" ", "") for cells in zip(*parts, strict=True)]]


@pytest.mark.parametrize("width", [66, 72, 80, 100, 120, 160, UNLIMITED])
def test_nothing_is_cut_and_values_are_not_parted(width: int) -> None:
    text = printed(width)
    assert "…" not in text
    assert max(map(cell_len, text.splitlines())) <= width
    found = columns_of(text)
    assert found == {
        head.replace(" ", ""): [row[index].replace(" ", "") for row in ROWS] for index, head in enumerate(HEADS)
    }
    for row in ROWS:
        for cell in row[2:5]:
            for value in re.findall(r"\[[^\]]*\]\*?|^\S+", cell):
                assert value in text


def test_what_fits_is_one_table_and_what_does_not_is_one_a_file() -> None:
    assert printed(UNLIMITED).count("a title") == 1
    assert printed(120).count("a title") == 1
    assert printed(66).count("a title") == 3
    assert printed(66).count("clusters") == 3


def test_in_a_very_narrow_terminal_words_are_parted_but_not_cut() -> None:
    text = printed(34)
    assert "…" not in text
    assert max(map(cell_len, text.splitlines())) <= 34


@given(st.text(st.sampled_from("aé世 _-./[]0,.1*(%"), max_size=60), st.integers(2, 40))
@settings(max_examples=60)
@pytest.mark.property
def test_wrapping_leaves_nothing_out(text: str, width: int) -> None:
    lines = wrapped(text, width).split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= width for line in lines)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("turning_point_delay_median", 12, ["turning_", "point_delay_", "median"]),
        ("label_change, 1 s, periods every", 10, ["label_", "change,", "1 s,", "periods", "every"]),
        ("0.500 [0.400, 0.600]* (12)", 17, ["0.500", "[0.400, 0.600]*", "(12)"]),
        ("emos baseline text --split static", 14, ["emos baseline", "text --split", "static"]),
        ("0123456789abcdef" * 2, 20, ["0123456789abcdef", "0123456789abcdef"]),
        ("a.b", 10, ["a.b"]),
        ("", 3, [""]),
    ],
)
def test_texts_wrap_where_words_end(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width).split("\n") == lines
