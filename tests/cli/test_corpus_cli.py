"""The contract of the verbs on corpora: keys, numbers, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from run_emos import emos, emos_here

from emos_io.annotation.paper import Comparison, recompute
from emos_io.cli.app import guarded
from emos_io.cli.verbs import app
from emos_io.corpus import SEVERITIES, Corpus
from oracle import synthetic_release as made

pytestmark = pytest.mark.command

ROWS = {
    "table1": ["n", "high", "medium", "low", "unique_1", "unique_2", "unique_3"],
    "table6": ["segments", "turning_points", "avg_turning_points", "max_turning_points", "max_in"],
}


def lines(*arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
    done = emos_here(*arguments)
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return made.make(tmp_path / "release")


def test_doctor_prints_counts_then_findings(saved_release: Path) -> None:
    counts, *findings = lines("doctor", saved_release, "--json")
    assert (counts["clips"], counts["monologues"], counts["utterances"], counts["sentences"]) == (9403, 46, 447, 1694)
    assert all(list(finding) == ["code", "severity", "where", "what", "fix"] for finding in findings)
    assert {finding["severity"] for finding in findings} == {"repair", "note"}
    codes = [finding["code"] for finding in findings]
    assert codes.count("fenced_json") == 46
    assert codes.count("sentence_without_utterance") == 126
    assert codes.count("utterance_without_sentence") == 16
    assert codes.count("label_after_end") == 8


def here(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    """The exit code and stdout of a command that is run in this process; it prints no message."""
    capsys.readouterr()
    code = guarded(lambda: app([str(each) for each in words], standalone_mode=False))
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out


def test_doctor_fails_for_the_severities_that_are_asked_for(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The small release has repairs and notes; a file that is no JSON is a fault."""
    assert here(capsys, "doctor", small)[0] == 0
    broken = next(small.rglob("*.emotion.json"))
    broken.write_text("no json", "utf-8")
    saved, corpus = tmp_path / "saved", Corpus.from_release(small)
    for worst, codes in enumerate([(0, 0, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1)]):
        findings = [each for each in corpus.findings if SEVERITIES.index(each.severity) < worst]
        assert {each.severity for each in findings} == set(SEVERITIES[:worst])
        Corpus(corpus.clips, corpus.monologues, findings).save(saved)
        for severity, expected in zip(("fault", "note", "repair"), codes, strict=True):
            code, printed = here(capsys, "doctor", saved, "--fail-on", severity)
            assert code == expected
            assert printed.splitlines()[-1].startswith("exit code 1: ") == bool(code)
        assert here(capsys, "doctor", saved)[0] == codes[0]
    positions = [printed.index(f"│ {severity} ") for severity in reversed(SEVERITIES)]
    assert positions == sorted(positions)


def test_a_strict_doctor_stops_at_the_first_note_of_a_saved_corpus(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = Corpus.from_release(small)
    corpus.save(tmp_path / "saved")
    assert guarded(lambda: app(["doctor", str(tmp_path / "saved"), "--strict"], standalone_mode=False)) == 3
    assert capsys.readouterr() == ("", f"emos: {corpus.findings.at_least('note')[0]}\n")
    Corpus(corpus.clips, findings=[each for each in corpus.findings if each.severity == "repair"]).save(
        tmp_path / "fine"
    )
    assert here(capsys, "doctor", tmp_path / "fine", "--strict")[0] == 0


@pytest.fixture
def computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next command print the tables that the first one has computed, which takes 6 s."""
    kept: list[dict[str, Comparison]] = []

    def once(corpus: Corpus, progress: Callable[[str], None]) -> dict[str, Comparison]:
        if not kept:
            kept.append(recompute(corpus, progress))
        return kept[0]

    monkeypatch.setattr("emos_io.cli.tables.recompute", once)


@pytest.mark.usefixtures("computed_once")
def test_tables_prints_every_table(saved_release: Path) -> None:
    (tables,) = lines("tables", saved_release, "--json")
    assert list(tables) == [f"table{number}" for number in (*range(1, 12), 13)]
    for table in tables.values():
        assert set(table) == {"title", "paper", "ours", "equal", "why", "also"}
        assert list(table["paper"]) == list(table["equal"])
    for name, rows in ROWS.items():
        assert list(tables[name]["paper"]) == rows
    assert tables["table1"]["ours"]["high"] == [1702, 1670, 3372]
    # No release has predictions of the paper's models: what it cannot give is null, and printed cells are looked at.
    assert tables["table7"]["ours"]["Accuracy"] is None
    for name in ("table7", "table8", "table13"):
        assert set(tables[name]["equal"].values()) == {None}
    impossible = {(each["model"], each["cell"]): each for each in tables["table7"]["also"]["cannot_be_true"]}
    assert impossible["EmotionLLaMA", "Weighted-F1"]["printed"] == 0.368
    assert 0.392 < impossible["EmotionLLaMA", "Weighted-F1"]["possible"][0] < 0.393
    recall = impossible["Gemini-3", "Fear_R"]
    assert (recall["possible"], recall["nearest"]) == (None, [24 / 41, 25 / 41])
    piped = emos_here("tables", saved_release)
    assert piped.returncode == 0 and "\x1b" not in piped.stdout
    rows = [line for line in piped.stdout.splitlines() if line.startswith(("│", "┃"))]
    assert rows and all(line.endswith(("│", "┃")) and "…" not in line for line in rows)
    check_tables_of_models(piped.stdout, tables)


def check_tables_of_models(text: str, tables: dict[str, Any]) -> None:
    """Tables 7, 8 and 13 as text say what the JSON has: nothing is equal or unequal, and what the release gives."""
    assert {name: f"{name}: {tables[name]['title']} (not comparable)" in text for name in ("table7", "table8", "table13")} == {
        "table7": True, "table8": True, "table13": True,
    }  # fmt: skip
    for start, end in (("table7:", "table9:"), ("table13:", None)):
        part = text[text.index(start) : len(text) if end is None else text.index(end)]
        rows = [line.split("│")[1:-1] for line in part.splitlines() if "│" in line]
        assert rows and {cells[-1].strip() for cells in rows} == {"-"}
    for source, counts in tables["table8"]["also"]["items_by_tier"].items():
        assert f"  items by tier, {source}: {', '.join(f'{tier} {count}' for tier, count in counts.items())}" in text
    assert (
        "cannot be true: Gemini-3 Fear_R 0.59, nearest possible 0.5854 and 0.6098: no share of 41 items is that" in text
    )
    assert "cannot be true: N 800, possible 801: " in text


def test_splits_are_the_same_every_time(saved_release: Path) -> None:
    """In this process, and in another whose sets have another order."""
    words = ("splits", saved_release, "--seed", "7", "--test", "0.2", "--json")
    (first,), other = lines(*words), emos(*words, PYTHONHASHSEED="7")
    assert first == json.loads(other.stdout)
    assert len(first["train"]) + len(first["test"]) == 9449


def test_tables_for_people(small: Path) -> None:
    for verb in (
        ("doctor", small),
        ("splits", small, "--seed", "1", "--test", "0.5"),
        ("link", small, "--media", small.parent),
    ):
        done = emos_here(*verb)
        assert done.returncode in (0, 1), done.stderr
        assert done.stdout and not done.stderr


def test_link_says_what_is_missing_and_where_it_is_obtained(small: Path, tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "Black Ice.mp4").write_bytes(b"no film")
    printed = lines("link", small, "--media", media, "--json", code=1)
    parts = {line["part"]: line for line in printed if "part" in line}
    assert parts["streaming"]["manifest"] == {"total": 4, "main": 2, "original": 0, "segments": 2}
    assert (parts["streaming"]["matched"], parts["meld"]["missing"]) == (1, 3)
    assert all(part["obtained_from"] for part in parts.values())
    assert [line["code"] for line in printed if "code" in line] == ["unreadable_media"]
    assert {line["how"] for line in printed if "how" in line} == {"missing", "name"}


def test_votes_and_review_there_and_back(small: Path, tmp_path: Path) -> None:
    log, table, queue = tmp_path / "log.jsonl", tmp_path / "ann.csv", tmp_path / "queue.xlsx"
    table.write_text("clip,label\nchsims/aqgy4_0009/00008_0,joy\nchsims/aqgy4_0009/00010,sadnes\n")
    printed = lines(
        "votes", table, "--log", log, "--layer", "basic7", "--item", "clip", "--label", "label", "--json", code=1
    )
    assert printed[0] == {"file": str(table), "votes": 2, "added": 2, "log": str(log)}
    assert {line["code"] for line in printed[1:]} == {"label_repaired"}
    (review,) = lines("review", small, "--log", log, "--out", queue, "--json")
    assert review["tasks"] == 2
    book = openpyxl.load_workbook(queue)
    book.worksheets[0].cell(2, 10, "Joy")
    book.worksheets[0].cell(2, 11, "carol")
    book.save(queue)
    before = log.read_bytes()
    assert lines("review", "--read", queue, "--log", log, "--json") == [{"answers": 1, "added": 1, "log": str(log)}]
    assert log.read_bytes().startswith(before)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("doctor", "nowhere"), 3, "there is no such folder; give one of the EmoS release or of a saved corpus"),
        (("doctor", "."), 3, "holds neither data-final nor streaming-finalsplit"),
        (("splits", "RELEASE", "--seed", "1", "--test", "2"), 2, "test must be above 0 and below 1"),
        (("splits", "RELEASE", "--seed", "1", "--by", "mood"), 2, "by must be of film, dialogue, video"),
        (("review", "RELEASE"), 2, "give one of --out"),
        (("link", "RELEASE", "--media", "nowhere"), 3, "there is no folder of media"),
        (("doctor", "RELEASE", "--strict"), 3, "damaged_text"),
    ],
)
def test_wrong_use_is_one_line(small: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, text: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = emos_here(*[{"RELEASE": str(small), ".": str(empty)}.get(each, each) for each in arguments])
    assert done.returncode == code, done.stderr
    assert text in done.stderr and done.stderr.count("\n") == 1


def test_votes_that_differ_in_letter_case_alone_are_no_finding(tmp_path: Path) -> None:
    table = tmp_path / "ann.csv"
    table.write_text("clip,label\na,joy\nb,ANGER\nc,unsure\nd,Joy\n")
    printed = lines(
        "votes",
        table,
        "--log",
        tmp_path / "l.jsonl",
        "--layer",
        "basic7",
        "--item",
        "clip",
        "--label",
        "label",
        "--json",
    )
    assert printed == [{"file": str(table), "votes": 4, "added": 4, "log": str(tmp_path / "l.jsonl")}]
