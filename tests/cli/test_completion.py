"""Completion in shells, as click's scripts ask for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from run_emos import emos, emos_here, environment

from emos_io.cli.verbs import VERBS

pytestmark = pytest.mark.command

SHELLS = ("bash", "zsh", "fish")


def completed(*words: str) -> list[tuple[str, str]]:
    """Return (kind, text) of what may stand where the last word begins, as the script for bash reads it."""
    line = " ".join(["emos", *words])
    done = emos_here(_EMOS_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(words)))
    assert (done.returncode, done.stderr) == (0, "")
    pairs = [line.partition(",") for line in done.stdout.splitlines()]
    return [(kind, text) for kind, _, text in pairs]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the command ``emos``, as an installer writes it."""
    program = tmp_path / "emos"
    program.write_text(f"#!{sys.executable}\nimport sys\nfrom emos_io.cli import main\nsys.exit(main())\n")
    program.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_each_shell_is_printed(shell: str) -> None:
    done = emos(_EMOS_COMPLETE=f"{shell}_source")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_EMOS_COMPLETE={shell}_complete" in done.stdout
    if shutil.which(shell):
        check = subprocess.run([shell, "-n"], input=done.stdout, text=True, capture_output=True, check=False)
        assert (check.returncode, check.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [("pro", "probe"), ("windows --max", "--max-frames"), ("windows x --on-error m", "mask"), ("doctor --j", "--json")],
)
def test_bash_completes(folder: Path, words: str, expected: str) -> None:
    script = f"""
    eval "$(_EMOS_COMPLETE=bash_source emos)"
    complete -p emos > /dev/null || exit 9
    COMP_WORDS=(emos {words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
    _emos_completion emos
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env=environment(PATH=path), capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{expected}\n", "")


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
def test_fish_completes(folder: Path) -> None:
    script = "_EMOS_COMPLETE=fish_source emos | source; complete -C 'emos pro'"
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["fish", "-c", script], env=environment(PATH=path), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.split("\t")[0].strip() == "probe"


def test_verbs_and_options_complete() -> None:
    assert [text for _, text in completed("")] == list(VERBS)
    assert completed("p") == [("plain", "probe"), ("plain", "plan"), ("plain", "predict")]
    assert {text for _, text in completed("probe", "--")} == {"--json", "--help"}
    assert completed("synthesize", "x", "y", "--speech", "") == [("plain", each) for each in ("auto", "voice", "tones")]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["probe", "a"], "file"), (["windows", "a"], "file"), (["windows", "a", "--out", "b"], "file"),
        (["plan", "a"], "file"), (["show", "key", "a"], "file"), (["show", "key", "a", "--out", "b"], "file"),
        (["votes", "a"], "file"), (["votes", "a", "--log", "b"], "file"), (["review", "--read", "a"], "file"),
        (["demo", "a"], "file"), (["doctor", "a"], "dir"), (["doctor", "a", "--media", "b"], "dir"),
        (["tables", "a"], "dir"), (["splits", "a"], "dir"), (["link", "a"], "dir"), (["review", "a"], "file"),
        (["plan", "a", "--media", "b"], "dir"), (["synthesize", "a"], "dir"), (["synthesize", "a", "b"], "dir"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_paths_are_completed_by_the_shell(words: list[str], kind: str) -> None:
    assert completed(*words) == [(kind, words[-1])]


def test_wrong_words_before_the_last_are_no_error() -> None:
    completed("nothing", "")
    completed("windows", "--size", "x", "--")
    completed("probe", "nowhere.mp4", "--json", "")


@pytest.mark.parametrize("instruction", ["bash_nothing", "nothing_source", "nothing"])
def test_an_unknown_instruction_ends_with_1(instruction: str) -> None:
    done = emos(_EMOS_COMPLETE=instruction)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
