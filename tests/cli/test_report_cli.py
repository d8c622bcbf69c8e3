"""``emos report``: what is written, exit codes, and what is refused before anything is written."""

from __future__ import annotations

import html
import json
import re
import shlex
from pathlib import Path

import pytest
from run_emos import emos_here

from emos_io.cli.score import LISTED_FINDINGS
from emos_io.corpus import Clip, Corpus, Decision
from emos_io.report.comparison import page

NUM = 12
LABELS = ("Joy", "Fear", "Anger")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a saved corpus and two files of predictions."""
    clips = []
    for index in range(NUM):
        label = LABELS[index % 3]
        decision = Decision(item="", layer="basic7", labels=(label,), scores={label: 1.0})
        clips.append(Clip(key=f"own/{index:02}", source="own", language="en", decisions={"basic7": decision}))
    Corpus(clips).save(tmp_path / "saved")
    for name, wrong_each in (("a.jsonl", 3), ("b.jsonl", 2)):
        rows = [
            {"key": f"own/{index:02}", "layer": "basic7", "label": LABELS[(index + (index % wrong_each == 0)) % 3]}
            for index in range(NUM)
        ]
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.chdir(tmp_path)
    return tmp_path


WORDS = ("report", "a.jsonl", "b.jsonl", "--corpus", "saved", "--draws", "20")


def test_files_that_share_no_item_are_compared_with_a_reason_alone(folder: Path) -> None:
    rows = (folder / "b.jsonl").read_text().splitlines(keepends=True)
    (folder / "b.jsonl").write_text("".join(row.replace("basic7", "goemotions") for row in rows))
    for verb, out in (("score", ()), ("report", ("--out", "r.html"))):
        ran = emos_here(verb, *WORDS[1:], *out)
        assert "nothing is compared: no layer and no item is in all files" in ran.stderr, verb


def test_the_page_is_written_and_json_says_what(folder: Path) -> None:
    ran = emos_here(*WORDS, "--out", "r.html", "--json", "--tables", "tables")
    assert ran.returncode == 0
    # What tables leave out is a line each.
    assert all(line.startswith("all-scores: ") for line in ran.stderr.splitlines())
    written = json.loads(ran.stdout)
    assert written["path"] == "r.html"
    assert written["bytes"] == (folder / "r.html").stat().st_size
    assert (written["streams"], written["items"], written["pages"], written["findings"]) == (0, 2 * NUM, 0, 0)
    assert sorted(map(Path, written["tables"])) == sorted(
        path.relative_to(folder) for path in (folder / "tables").iterdir()
    )
    assert {Path(each).suffix for each in written["tables"]} == {".csv", ".png", ".svg", ".tex"}
    ran = emos_here(*WORDS, "--out", "s.html")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "wrote s.html\n", "")


def test_the_command_on_the_page_writes_the_page_again(folder: Path) -> None:
    words = [*WORDS, "--title", "two runs & more", "--by", "language", "--no-frames", "--seed", "4"]
    assert emos_here(*words, "--out", "r.html").returncode == 0
    written = (folder / "r.html").read_bytes()
    command = html.unescape(re.findall(r"<pre><code>(.*?)</code></pre>", written.decode(), re.DOTALL)[-1])
    emos, *again = shlex.split(command)
    assert emos == "emos"
    (folder / "r.html").unlink()
    assert emos_here(*again).returncode == 0
    assert (folder / "r.html").read_bytes() == written
    assert b"<title>two runs &amp; more</title>" in written


def test_a_fault_is_exit_code_1_and_the_page_is_there(folder: Path) -> None:
    with (folder / "a.jsonl").open("a") as file:
        file.write("no JSON\n")
    ran = emos_here(*WORDS, "--out", "r.html", "--json")
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["findings"] == 1
    assert "a.jsonl: 1 finding: " in ran.stderr
    assert "line 13" in (folder / "r.html").read_text()


def test_it_names_what_lists_the_other_findings(folder: Path) -> None:
    """``--json`` of a report has how many there are; that of ``emos score`` lists them."""
    with (folder / "a.jsonl").open("a") as file:
        file.writelines(
            f'{{"key": "own/x{k}", "layer": "basic7", "label": "Joy"}}\n' for k in range(LISTED_FINDINGS + 2)
        )
    ran = emos_here(*WORDS, "--out", "r.html", "--json")
    assert json.loads(ran.stdout)["findings"] == LISTED_FINDINGS + 2
    assert ran.stderr.endswith("\n  2 more of unknown_prediction_item; emos score --json lists all\n")


def test_a_corpus_alone_has_a_page(folder: Path) -> None:
    ran = emos_here("report", "--corpus", "saved", "--out", "r.html", "--json")
    assert (ran.returncode, json.loads(ran.stdout)["items"]) == (0, 0)
    assert "<title>The corpus saved</title>" in (folder / "r.html").read_text()


@pytest.mark.parametrize("flag", ["--by=language", "--draws=20", "--seed=1", "--pages=1", "--split=static"])
def test_options_of_predictions_need_some(flag: str, folder: Path) -> None:
    ran = emos_here("report", "--corpus", "saved", "--out", "r.html", flag)
    name = flag.partition("=")[0]
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"emos: {name} must come with PREDICTIONS, got none; ")
    assert not (folder / "r.html").exists()


def test_a_side_needs_its_split(folder: Path) -> None:
    ran = emos_here(*WORDS, "--side", "train")
    assert ran.returncode == 2
    assert ran.stderr.startswith("emos: --side must come with --split, ")


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(folder: Path) -> None:
    (folder / "r.html").write_text("mine")
    ran = emos_here(*WORDS, "--out", "r.html")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert (
        ran.stderr
        == 'emos: --out must be a new file, got one that is there; name another, or add --overwrite: "r.html"\n'
    )
    assert (folder / "r.html").read_text() == "mine"
    assert emos_here(*WORDS, "--out", "r.html", "--overwrite").returncode == 0
    assert (folder / "r.html").read_text().startswith("<!doctype html>")


def test_tables_that_are_there_stay_and_no_page_is_written(folder: Path) -> None:
    assert emos_here(*WORDS, "--out", "r.html", "--tables", "tables").returncode == 0
    before = {path: path.read_bytes() for path in (folder / "tables").iterdir()}
    ran = emos_here(*WORDS, "--out", "s.html", "--tables", "tables")
    assert ran.returncode == 2
    assert "--tables" in ran.stderr and "--overwrite" in ran.stderr
    assert {path: path.read_bytes() for path in (folder / "tables").iterdir()} == before
    assert not (folder / "s.html").exists()


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("--out", "saved"), 2, "--out must be a file, got a folder; "),
        (("--out", "no/r.html"), 3, "there is no such folder for the page; "),
        (("--run", "no-run"), 3, "there is no such folder of a run; "),
        (("--run", "saved"), 3, "there is no such run; "),
        (("--tables", "a.jsonl"), 2, "--tables must be a folder, got a file; "),
        (("--title", " "), 2, "--title must be a text, got ' '; "),
        (("--media", "no-media"), 3, ""),
        (("--layer", "no-layer"), 2, "--layer must be "),
        (("--by", "colour"), 2, "--by must be none, or some of "),
        (("--split", "no-split.json"), 3, ""),
        (("c.jsonl",), 3, ""),
        (("--pages", "-1"), 2, ""),
    ],
)
def test_what_cannot_be_used_is_one_line(words: tuple[str, ...], code: int, line: str, folder: Path) -> None:
    before = sorted(folder.iterdir())
    ran = emos_here(*WORDS, *words)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert ran.stderr.count("\n") == 1 and ran.stderr.startswith(f"emos: {line}")
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--run", "saved"), "there is no such run; "),
        (("--tables", "a.jsonl"), "--tables must be a folder, got a file; "),
    ],
)
def test_folders_are_looked_at_before_predictions_are_read(words: tuple[str, ...], line: str, folder: Path) -> None:
    """Minutes of draws are not lost to a wrong folder: a file of predictions that cannot be read is said after it."""
    ran = emos_here("report", "no.jsonl", "--corpus", "saved", *words)
    assert ran.returncode != 0 and ran.stderr.startswith(f"emos: {line}")


def test_tables_of_nothing_are_refused(folder: Path) -> None:
    ran = emos_here("report", "--corpus", "saved", "--tables", "tables")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("emos: --tables must come with PREDICTIONS or --run, got neither; ")
    assert not (folder / "tables").exists() and not (folder / "report.html").exists()


def test_it_prints_how_many_pages_were_written(folder: Path) -> None:
    """Those that were asked for are more than the items that are wrong, or have no media."""
    ran = emos_here(*WORDS, "--out", "r.html", "--pages", "99")
    num = len(list((folder / "r_pages").rglob("*.html")))
    assert (ran.returncode, ran.stdout) == (0, f"wrote r.html\nwrote {num} pages in r_pages\n")
    assert 0 < num < 99


def test_a_page_over_the_limit_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_BYTES", 10_000)
    ran = emos_here(*WORDS, "--out", "r.html")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert re.fullmatch(
        r'emos: the report must be at most 10,000 bytes, got [\d,]+; name fewer files: "r.html"\n', ran.stderr
    )
    assert not (folder / "r.html").exists()


def test_files_of_one_name_have_names_that_differ(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "a.jsonl").write_bytes((folder / "b.jsonl").read_bytes())
    ran = emos_here("report", "a.jsonl", "other/a.jsonl", "--corpus", "saved", "--draws", "20", "--out", "r.html")
    assert ran.returncode == 0
    assert "run=other%2Fa.jsonl" in (folder / "r.html").read_text()
