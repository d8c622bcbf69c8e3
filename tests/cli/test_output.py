"""What people see: full tables in pipes, tables that fit a terminal, no colours where none are wanted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from rich.cells import cell_len
from run_emos import ESCAPE, command, emos, emos_here, emos_in_terminal, environment

from oracle import synthetic_release as made
from oracle.clips import counting_clip

pytestmark = pytest.mark.command


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small release in a folder whose name makes findings long."""
    return made.make(tmp_path_factory.mktemp("release") / ("a folder of a long name " * 6) / "release")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip whose name looks like markup and an emoji."""
    path = tmp_path_factory.mktemp("clip") / "[red]take :smile: [2].mov"
    shutil.copy(counting_clip(seconds=1), path)
    return path


def verbs(small: Path, clip: Path) -> dict[str, tuple[str | Path, ...]]:
    """A command line of each verb that prints tables; those of the paper, which take long, have a test of their own."""
    return {
        "probe": ("probe", clip),
        "windows": ("windows", clip, "--length", "1/2"),
        "doctor": ("doctor", small),
        "splits": ("splits", small, "--seed", "1", "--test", "0.5"),
        "link": ("link", small, "--media", small.parent),
        "plan": ("plan", clip, "--length", "1/2"),
        "env": ("env",),
    }


NAMES = ("probe", "windows", "doctor", "splits", "link", "plan", "env")


def check_width(narrow: str) -> None:
    """No table is wider than 70 columns; a digest that people copy is no table, and is not wrapped."""
    long = [line for line in narrow.splitlines() if cell_len(line) > 70]
    assert all("│" not in line and "┃" not in line for line in long), long


@pytest.mark.parametrize("name", NAMES)
def test_columns_and_terminals_limit_the_width_and_pipes_do_not(small: Path, clip: Path, name: str) -> None:
    words = verbs(small, clip)[name]
    piped = emos_here(*words)
    assert piped.returncode in (0, 1), piped.stderr
    assert piped.stdout and "\x1b" not in piped.stdout
    code, terminal = emos_in_terminal(70, *words)
    limited = emos_here(*words, COLUMNS="70")
    assert code == limited.returncode == piped.returncode
    for narrow in (ESCAPE.sub("", terminal), limited.stdout):
        check_width(narrow)
    rows = [line for line in piped.stdout.splitlines() if line.startswith(("│", "┃"))]
    assert all(line.endswith(("│", "┃")) and "…" not in line for line in rows)


def test_tables_of_the_paper_fit_a_terminal(saved_release: Path) -> None:
    """`test_corpus_cli` reads what pipes get of them."""
    code, terminal = emos_in_terminal(70, "tables", saved_release)
    text = ESCAPE.sub("", terminal)
    assert code == 0 and "table1: " in text and "│" in text
    check_width(text)


def test_every_finding_that_doctor_shows_is_on_one_line_of_a_pipe(small: Path) -> None:
    lines = emos_here("doctor", small, "--json").stdout.splitlines()
    by_code: defaultdict[str, list[str]] = defaultdict(list)
    for finding in map(json.loads, lines[1:]):
        by_code[finding["code"]].append(f"{finding['where']}: {finding['what']}; {finding['fix']}")
    texts = [text for listed in by_code.values() for text in listed[:3]]
    assert max(map(len, texts)) > 80
    printed = emos("doctor", small).stdout.splitlines()
    for text in texts:
        assert any(text in line for line in printed), text


def test_a_wide_cell_is_never_wrapped_in_a_pipe() -> None:
    script = (
        "from rich.table import Table\nfrom emos_io.cli.output import output\n"
        "table = Table('name', 'cell')\ntable.add_row('a', 'word ' * 40_000 + 'end')\noutput().print(table)\n"
        "output().print('text ' * 40_000 + 'end')\n"
    )
    done = subprocess.run(
        [*command()[:1], "-c", script], env=environment(), capture_output=True, text=True, check=True, timeout=120
    )
    assert sum("word " * 40_000 + "end" in line for line in done.stdout.splitlines()) == 1
    assert done.stdout.splitlines()[-1] == "text " * 40_000 + "end"


@pytest.mark.parametrize("columns", ["0", "-3", "wide", ""])
def test_columns_that_are_no_width_limit_nothing(columns: str) -> None:
    done = emos_here("env", COLUMNS=columns)
    assert done.stdout == emos_here("env").stdout
    assert max(map(len, done.stdout.splitlines())) > 500


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE", "CLICOLOR_FORCE"])
def test_a_pipe_gets_no_colours_and_no_bars(small: Path, variable: str) -> None:
    plain = emos_here("doctor", small)
    forced = subprocess.run(
        command("doctor", small), env=environment() | {variable: "1"}, capture_output=True, text=True, check=False
    )
    assert (forced.stdout, forced.stderr) == (plain.stdout, "")


def test_a_terminal_gets_styles_unless_no_color_is_set(clip: Path) -> None:
    _, styled = emos_in_terminal(100, "probe", clip)
    _, plain = emos_in_terminal(100, "probe", clip, NO_COLOR="1")
    _, empty = emos_in_terminal(100, "probe", clip, NO_COLOR="")
    assert "\x1b[" in styled
    assert plain == ESCAPE.sub("", styled)
    # An empty value sets nothing, as no-color.org says.
    assert empty == styled


@pytest.mark.parametrize("words", [("probe",), ("windows", "--length", "1"), ("demo", "--out", "out")])
def test_names_are_printed_as_they_are(clip: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = emos(words[0], clip, *words[1:], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    if words[0] != "windows":
        assert str(clip) in done.stdout


@pytest.mark.parametrize(
    "words", [("env", "--json"), ("env",), ("probe", "CLIP"), ("probe", "CLIP", "--json"), ("--help",)]
)
def test_a_reader_that_leaves_is_no_error(clip: Path, words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command(*[clip if word == "CLIP" else word for word in words]),
        env=environment(), stdout=writer, stderr=subprocess.PIPE, check=False, timeout=120,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("words", [("env", "--json"), ("env",)])
def test_a_closed_stdout_is_one_line(words: tuple[str, ...]) -> None:
    line = ["sh", "-c", 'exec "$@" >&-', "sh", *command(*words)]
    done = subprocess.run(line, env=environment(), stderr=subprocess.PIPE, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (
        3,
        "emos: stdout must be open, got a closed one; name a file for it, or /dev/null\n",
    )


def test_a_closed_stderr_takes_no_part_of_stdout(tmp_path: Path) -> None:
    line = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command("probe", tmp_path / "nowhere.mp4")]
    done = subprocess.run(line, env=environment(), stdout=subprocess.PIPE, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (3, "")
