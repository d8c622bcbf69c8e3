"""Help for people: sections, short lines, examples that run, and the nearest name for a mistyped one."""

from __future__ import annotations

import importlib
import pkgutil
import shlex
import subprocess
import sys

import click
import pytest
from run_emos import ESCAPE, emos, emos_here, emos_in_terminal, environment

import emos_io.cli
from emos_io.cli.verbs import SECTIONS, VERBS, app

pytestmark = pytest.mark.command


def test_emos_alone_prints_help_and_is_fine() -> None:
    alone, short, long = emos(), emos("-h"), emos("--help")
    assert (alone.returncode, alone.stderr) == (0, "")
    assert alone.stdout == short.stdout == long.stdout
    assert (short.returncode, long.returncode) == (0, 0)


def test_help_has_sections_examples_and_exit_codes() -> None:
    text = emos_here().stdout
    lines = text.splitlines()
    assert lines[0].startswith("Usage: emos ")
    headings = [line[:-1] for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["First steps", *SECTIONS, "Options", "Exit codes"]
    for name, verb in VERBS.items():
        # Each on one line, not cut.
        assert [line.split(maxsplit=1) for line in lines].count([name, verb.does]) == 1, name
    assert all(f"  {code:<5}" in text for code in ("0", "1", "2", "3", "130"))
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("width", [80, 250])
def test_help_in_a_terminal_is_the_same_text(width: int) -> None:
    code, text = emos_in_terminal(width)
    assert code == 0
    assert ESCAPE.sub("", text) == emos().stdout


@pytest.mark.parametrize("name", VERBS)
def test_each_verb_explains_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # click keeps the help option of a command from its first run, which may have been by itself in another test.
    monkeypatch.setattr(app.get_command(click.Context(app), name), "_help_option", None, raising=False)
    short, long = emos_here(name, "-h"), emos_here(name, "--help")
    assert (short.returncode, short.stderr) == (0, "")
    assert short.stdout == long.stdout
    lines = short.stdout.splitlines()
    assert lines[0].startswith(f"Usage: emos {name} ")
    assert f"    emos {VERBS[name].example}" in lines
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", VERBS)
def test_each_example_is_a_command_line(name: str) -> None:
    first, *words = shlex.split(VERBS[name].example)
    assert first == name
    context = click.Context(app)
    verb = app.get_command(context, name)
    assert verb is not None
    with verb.make_context(name, words, parent=context) as parsed:
        assert not parsed.args


def test_every_verb_is_in_one_section() -> None:
    found = set()
    for module in pkgutil.iter_modules(emos_io.cli.__path__):
        verb = getattr(importlib.import_module(f"emos_io.cli.{module.name}"), module.name, None)
        if isinstance(verb, click.Command) and module.name != "app":
            found.add(module.name)
    assert found == set(VERBS)
    assert sum(map(len, SECTIONS.values())) == len(VERBS)


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["prob"], "probe"), (["window"], "windows"), (["docter", "x"], "doctor"), (["TABLES"], "tables"),
        (["synthesise"], "synthesize"), (["plans", "--json"], "plan"), (["shwo"], "show"),
        (["probe", "--jsn", "x"], "--json"), (["windows", "x", "--lenght", "4"], "--length"),
        (["plan", "x", "--num-lane", "4"], "--num-lanes"), (["--verson"], "--version"), (["doctor", "--stric"], "--strict"),
    ],
)  # fmt: skip
def test_a_mistyped_name_gets_the_nearest_one(words: list[str], near: str) -> None:
    done = emos_here(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    _, _, hint = done.stderr.lower().partition("did you mean")
    assert near in hint.replace("'", "").replace("?", "").replace(",", "").replace(")", "").split()


@pytest.mark.parametrize("word", ["zzz", "a\nb", "help", "\udcff", "", " "])
def test_a_name_near_none_gets_one_line(word: str) -> None:
    done = emos_here(word)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "emos --help" in done.stderr
    assert all(name in done.stderr for name in VERBS)


def test_the_version_is_printed_with_the_name_of_the_program() -> None:
    done = emos("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"emos, version {emos_io.__version__}\n"


def test_help_imports_no_verb_and_nothing_heavy() -> None:
    script = "import sys; from emos_io.cli.app import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stderr.split())
    assert "emos_io.cli.verbs" in loaded
    assert not loaded & {"numpy", "pyarrow", "emos_io._core", "PIL", *(f"emos_io.cli.{name}" for name in VERBS)}
