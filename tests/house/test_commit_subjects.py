"""Which messages of commits are right."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import commit_subjects
from commit_subjects import LONGEST, main, mistakes

BODY = "\n\nA reader asked for it.\n"

GOOD = [
    "checks: run lints and types in make test",
    "media, plan: rename cards to summaries",
    "rust/fuzz: mutate files in process",
    "write the glossary",
    "split, then name, what a window holds",
    "tests: pass the folder on",
    "tests: seed the generator once",
    "loader: feed both lanes",
    "plan: address windows by their key",
    "plan: process buckets in order",
    "docs: need no network",
    "docs: bring the examples up to date",
    "windows: embed the label span",
    "cli: string the steps together",
    "media: re-read what changed",
    "x" * LONGEST,
]

BAD = {
    "plan: adds a key": "adds",
    "plan: added a key": "added",
    "plan: adding a key": "adding",
    "plan: freed the cache": "freed",
    "Added a key": "Added",
    "plan: Add a key": "Add",
    "plan: keys of windows have one grammar": "keys",
    "tests: no law has a deadline": "no",
    "plan: add a key.": "full stop",
    "plan:": "imperative",
    "x" * (LONGEST + 1): "73 characters",
}


@pytest.mark.parametrize("subject", GOOD)
def test_imperatives_are_right(subject: str) -> None:
    assert mistakes(subject + BODY) == []


@pytest.mark.parametrize("subject", BAD)
def test_other_subjects_are_refused(subject: str) -> None:
    (mistake,) = mistakes(subject + BODY)
    assert BAD[subject] in mistake


@pytest.mark.parametrize("message", ["plan: add a key", "plan: add a key\n", "plan: add a key\n\n \n"])
def test_a_body_says_why(message: str) -> None:
    assert mistakes(message) == ["the body is empty; say why"]


def test_the_second_line_is_empty() -> None:
    assert mistakes("plan: add a key\nA reader asked for it.\n") == ["the second line must be empty"]


def test_comments_of_git_are_no_body(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = tmp_path / "COMMIT_EDITMSG"
    message.write_text(f"plan: add a key\n\n# On branch main\n{commit_subjects.SCISSORS}\ndiff --git a b\n")
    assert main(["--message", str(message)]) == 1
    assert capsys.readouterr().err == "message: the body is empty; say why: 'plan: add a key'\n"
    message.write_text(f"plan: add a key{BODY}# On branch main\n")
    assert main(["--message", str(message)]) == 0


def test_commits_without_the_first_one_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "plan: adds a key"]):
        subprocess.run([*git, *words], check=True)
    monkeypatch.chdir(tmp_path)
    assert main([]) == 1
    printed = capsys.readouterr()
    assert printed.out == "commit subjects: cdccfb2 is not in this clone; checking the commits that are\n"
    assert [line.partition(": ")[2].partition(":")[0] for line in printed.err.splitlines()] == [
        "the subject must begin with an imperative (add, not adds, added or adding), got 'adds'",
        "the body is empty; say why",
    ]
