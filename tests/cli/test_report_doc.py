"""The commands of docs/report.md run as they stand, and the page says of each option and each kind of number what it is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from run_emos import emos_here

from emos_io.cli.report import report
from oracle import synthetic_release

DOC = (Path(__file__).parents[2] / "docs" / "report.md").read_text("utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", DOC, re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every command of the page has run, in their order."""
    folder = tmp_path_factory.mktemp("report")
    synthetic_release.make(folder / "emos-release")
    for command in COMMANDS:
        first, *words = shlex.split(command)
        done = emos_here(*words, cwd=folder)
        assert (first, done.returncode) == ("emos", 0), f"{command}\n{done.stderr}"
    return folder


def test_every_command_runs_and_writes_what_it_names(folder: Path) -> None:
    assert len(COMMANDS) == 5
    for command in COMMANDS:
        words = shlex.split(command)
        assert (folder / words[words.index("--out") + 1]).stat().st_size > 0


def test_every_kind_of_number_is_explained(folder: Path) -> None:
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"(?m)^\| (`\w+`(?:, `\w+`)*) \|", DOC))))
    kinds: set[str] = set()
    for name in ("report.html", "corpus.html"):
        page = (folder / name).read_text("utf-8")
        kinds |= set(re.findall(r'data-metric="(\w+)\?', page))
    assert {"score", "count", "difference", "corpus"} <= kinds <= named


def test_every_option_is_explained() -> None:
    options = {name for each in report.params if isinstance(each, click.Option) for name in each.opts}
    own = "`--annotations` and those beside it"
    assert own in DOC
    table = DOC[DOC.index("| option |") : DOC.index("The exit code is 1")]
    explained = set(re.findall(r"--[a-z][\w-]*", table)) - {"--no-frames"}
    unexplained = options - explained - {"--help", "--frames"}
    # The others are those of a folder of one's own data, which docs/own-data.md has.
    own_data = (Path(__file__).parents[2] / "docs" / "own-data.md").read_text("utf-8")
    assert {name for name in unexplained if name not in own_data} == set()
    assert explained <= options
