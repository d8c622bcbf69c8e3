"""``emos decide``: logs, folders and releases become decisions; what differs is printed, and nothing is written unasked."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest
from own_data_runs import refused, run

from emos_io.annotation import Event, EventLog, decide
from emos_io.cli.verbs import app
from emos_io.corpus import Clip, Corpus, Vote
from emos_io.spans import Span
from oracle import synthetic_release as made

pytestmark = pytest.mark.command

VOTES = {"own/1": ("Joy", "Joy", "Joy"), "own/2": ("Fear", "Fear", "Joy"), "own/3": ("Anger", "Fear", "Joy")}
RATERS = ("ann", "bob", "cy")


def vote(item: str, rater: str, *labels: str, span: Span | None = None, layer: str = "basic7") -> Vote:
    return Vote(item=item, layer=layer, rater=rater, labels=labels, raw=";".join(labels), span=span)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "votes.jsonl"
    events = (
        Event(vote(key, who, label)) for key, given in VOTES.items() for who, label in zip(RATERS, given, strict=True)
    )
    EventLog(path).add(events)
    return path


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A saved corpus with votes and no decision."""
    clips = [
        Clip(
            key=key,
            source="own",
            language="en",
            text=f"words of {key}",
            votes=tuple(vote(key, who, label) for who, label in zip(RATERS, given, strict=True)),
        )
        for key, given in VOTES.items()
    ]
    Corpus(clips).save(tmp_path / "saved")
    return tmp_path / "saved"


def printed(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_log_alone_is_decided(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "decide", log, "--method", "majority", "--json")
    lines = printed(out)
    decisions = [line for line in lines if "recipe" in line]
    assert code == 0
    assert [(line["key"], line["label"], line["confidence"], line["confidence_tier"]) for line in decisions] == [
        ("own/1", "Joy", 1.0, "high"),
        ("own/2", "Fear", 2 / 3, "low"),
        ("own/3", "Anger", 1 / 3, "low"),
    ]
    assert list(decisions[0]) == [
        "key", "layer", "label", "labels", "scores", "confidence", "confidence_tier", "recipe",
    ]  # fmt: skip
    assert decisions[1]["scores"] == {"Fear": 2 / 3, "Joy": 1 / 3}
    assert decisions[0]["recipe"]["method"] == "majority"
    assert err == "no decisions in basic7 were there before\n"


def test_spans_of_a_log_are_exact_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "votes.jsonl"
    edge = Fraction(10, 3)
    EventLog(path).add(
        Event(vote("talk", who, label, span=span))
        for who in ("ann", "bob")
        for label, span in (("Joy", Span(0, edge)), ("Fear", Span(edge, 5)))
    )
    code, out, _ = run(capsys, "decide", path, "--method", "majority", "--json")
    assert code == 0
    decisions = [line for line in printed(out) if "recipe" in line]
    assert [(line["key"], line["start"], line["end"], line["label"]) for line in decisions] == [
        ("talk", "0", "10/3", "Joy"),
        ("talk", "10/3", "5", "Fear"),
    ]
    code, out, _ = run(capsys, "decide", path, "--method", "majority")
    assert code == 0 and "seconds" in out and "3.333" in out and "5.000" in out


def test_the_command_decides_as_the_function_does(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"method": "dawid_skene", "max_iter": 7, "tol": 0.0, "batch": "all", "min_votes": 2}
    flags = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
    code, _, _ = run(capsys, "decide", saved, *flags, "--out", tmp_path / "decided")
    assert code == 0
    ours = decide(Corpus.load(saved), "basic7", method="dawid_skene", max_iter=7, tol=0.0, batch="all", min_votes=2)
    assert list(Corpus.load(tmp_path / "decided").clips) == list(ours.clips)


def test_differences_are_those_to_the_decisions_that_were_there(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    code, out, _ = run(capsys, "decide", saved, "--method", "majority", "--out", first)
    assert code == 0 and "no decisions in basic7 were there before" in out
    code, out, _ = run(capsys, "decide", first, "--method", "majority", "--out", second)
    assert code == 0 and "0 labels and 0 tiers that differ, of 3 decisions" in out
    assert list(Corpus.load(second).clips) == list(Corpus.load(first).clips)
    # Weights of 1 and a minimum of votes that all items have change nothing; another method does.
    code, out, err = run(capsys, "decide", first, "--method", "dawid_skene", "--json", "--out", second, "--overwrite")
    assert code == 0 and "that differ, of 3 decisions" in err and "that differ" not in out
    chain = Corpus.load(second).clips["own/2"]
    assert [each.recipe["method"] for each in chain.replaced] == ["majority"]
    assert chain.decisions["basic7"].recipe["method"] == "dawid_skene"


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["run", "dry"])
def test_nothing_is_overwritten_unasked(
    dry: tuple[str, ...], saved: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own" / "deep").mkdir(parents=True)
    (tmp_path / "own" / "deep" / "notes.txt").write_text("mine")
    (tmp_path / "old").mkdir()
    Corpus.load(saved).save(tmp_path / "old")
    Corpus.load(saved).save(tmp_path / "mixed")
    (tmp_path / "mixed" / "notes.txt").write_text("mine")
    (tmp_path / "queue.csv").write_text("mine")
    before = files(tmp_path)
    for words, text in (
        (("--out", tmp_path / "own"), "must be a new folder or one of a saved corpus alone, got one with 'deep'"),
        (("--out", tmp_path / "own", "--overwrite"), "got one with 'deep'; name a new one"),
        (("--out", tmp_path / "mixed", "--overwrite"), "got one with 'notes.txt'; name a new one"),
        (
            ("--out", tmp_path / "old"),
            "must be a new folder, got that of a saved corpus; name another, or add --overwrite",
        ),
        (("--out", tmp_path / "queue.csv"), "--out must be a folder, got a file"),
        (("--queue", tmp_path / "queue.csv"), "--queue must be a new file, got one that is there"),
    ):
        code, line = refused(capsys, "decide", log, "--method", "majority", *words, *dry)
        assert code == 2 and text in line
    assert files(tmp_path) == before
    (tmp_path / "empty").mkdir()
    both = ("--out", tmp_path / "empty", "--queue", tmp_path / "queue.csv", "--overwrite")
    assert run(capsys, "decide", log, "--method", "majority", *both, *dry)[0] == 0
    assert (files(tmp_path) == before) == bool(dry)


@pytest.mark.parametrize(
    "words",
    [("--min-votes", "3"), ("--min-votes", "4"), ("--min-votes", "1")],
    ids=["some-few", "all-few", "enough"],
)
@pytest.mark.parametrize("before", [(), ("--min-votes", "3"), ("--min-votes", "4"), ("--method", "dawid_skene")])
def test_findings_do_not_depend_on_what_was_decided_before(
    words: tuple[str, ...], before: tuple[str, ...], log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    EventLog(log).add(
        [
            Event(vote("own/8", "ann", "Joy")),
            Event(vote("own/9", "ann", "Joy")),
            Event(vote("own/9", "bob", "Joy")),
        ]
    )
    decide_log = ("--method", "majority", *words, "--json")
    code, out, _ = run(capsys, "decide", log, *decide_log)
    first = [line for line in printed(out) if "code" in line]
    assert first and code == int(any(line["severity"] == "fault" for line in first))
    run(capsys, "decide", log, "--method", "majority", *before, "--out", tmp_path / "decided")
    for _ in range(2):
        code_again, out, _ = run(
            capsys, "decide", tmp_path / "decided", *decide_log, "--out", tmp_path / "again", "--overwrite"
        )
        assert ([line for line in printed(out) if "code" in line], code_again) == (first, code)
        run(capsys, "decide", tmp_path / "again", *decide_log, "--out", tmp_path / "decided", "--overwrite")


def test_findings_of_a_log_count_each_time_it_is_read(
    log: Path, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "more.jsonl"
    EventLog(path).add([Event(vote("own/1", "ann", "Fear")), Event(vote("nowhere", "bob", "Joy"))])
    words = ("--log", path, "--method", "majority", "--json", "--overwrite")
    code, out, _ = run(capsys, "decide", saved, *words, "--out", tmp_path / "first")
    first = [line for line in printed(out) if "code" in line]
    assert code == 1 and {"unknown_item", "second_vote"} <= {line["code"] for line in first}
    code, out, _ = run(capsys, "decide", tmp_path / "first", *words, "--out", tmp_path / "second")
    assert code == 1 and [line for line in printed(out) if "code" in line] == first
    assert list(Corpus.load(tmp_path / "second").findings) == list(Corpus.load(tmp_path / "first").findings)
    # Without the log its findings are those of a saved corpus.
    assert run(capsys, "decide", tmp_path / "first", "--method", "majority")[0] == 0


def test_findings_name_flags(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    EventLog(log).add([Event(vote("own/9", "ann", "Joy"))])
    for more in ((), ("--json",)):
        code, out, err = run(capsys, "decide", log, "--method", "majority", *more)
        assert code == 0 and "give --min-votes 2" in out + err and "min_votes=" not in out + err


def test_help_lists_options_in_sections(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "decide", "--help")
    titles = [line for line in out.splitlines() if line and not line.startswith(" ")]
    assert titles[1:] == ["Method:", "Your own data:", "What is written:", "Options:"]
    listed = out[out.index("Method:") :]
    for each in get_command().params:
        if isinstance(each, click.Option):
            assert listed.count(f"\n  {each.opts[0]} ") + listed.count(f"\n  {each.opts[0]}\n") == 1, each.name


def get_command() -> click.Command:
    command = app.get_command(click.Context(app), "decide")
    assert command is not None
    return command


def test_a_dry_run_writes_nothing(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(tmp_path)
    words = ("--method", "majority", "--out", tmp_path / "decided", "--queue", tmp_path / "queue.xlsx")
    code, out, _ = run(capsys, "decide", saved, *words, "--dry-run")
    assert code == 0 and out.count("not written") == 2
    assert files(tmp_path) == before
    code, out, _ = run(capsys, "decide", saved, *words)
    assert code == 0 and "not written" not in out
    assert set(files(tmp_path)) > set(before)


def test_a_queue_is_written_answered_and_stays(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queue, log, decided = tmp_path / "queue.xlsx", tmp_path / "answers.jsonl", tmp_path / "decided"
    code, out, _ = run(capsys, "decide", saved, "--method", "majority", "--queue", queue, "--out", decided)
    assert code == 0 and "2 items to review, written" in out
    book = openpyxl.load_workbook(queue)
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[1]]
    (row,) = [
        each for each in range(2, sheet.max_row + 1) if sheet.cell(each, names.index("item") + 1).value == "own/3"
    ]
    sheet.cell(row, names.index("label") + 1, "Joy")
    sheet.cell(row, names.index("reviewer") + 1, "dora")
    book.save(queue)
    code, _, _ = run(capsys, "review", "--read", queue, "--log", log)
    assert code == 0
    # A log that is made by answers alone is used with the corpus, and votes never replace an answer.
    code, out, _ = run(capsys, "decide", decided, "--log", log, "--method", "dawid_skene", "--json")
    kept = {line["key"]: line for line in printed(out) if "recipe" in line}
    assert code == 0
    assert (kept["own/3"]["label"], kept["own/3"]["recipe"]["method"]) == ("Joy", "adjudication")
    assert kept["own/1"]["recipe"]["method"] == "dawid_skene"
    codes = {line["code"]: line["severity"] for line in printed(out) if "code" in line}
    assert "adjudication_kept" in codes and "fault" not in codes.values()


def test_a_json_queue_is_for_label_studio(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, _ = run(capsys, "decide", saved, "--method", "majority", "--queue", tmp_path / "queue.json")
    assert code == 0
    tasks = json.loads((tmp_path / "queue.json").read_text("utf-8"))
    assert {task["data"]["item"] for task in tasks} == {"own/2", "own/3"}


def test_a_layer_of_your_own_is_named_by_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mood = tmp_path / "mood.json"
    mood.write_text(json.dumps({"name": "mood", "version": "1", "labels": ["calm", "tense"], "multiple": False}))
    path = tmp_path / "votes.jsonl"
    given = {"a": ("calm", "calm", "tense"), "b": ("tense", "tense", "tense")}
    EventLog(path).add(
        Event(vote(key, who, label, layer="mood"))
        for key, labels in given.items()
        for who, label in zip(RATERS, labels, strict=True)
    )
    words = ("--layer", mood, "--method", "majority", "--queue", tmp_path / "queue.csv", "--out", tmp_path / "decided")
    code, out, err = run(capsys, "decide", path, *words)
    assert (code, err) == (0, "") and "2" in out
    corpus = Corpus.load(tmp_path / "decided")
    assert {clip.key: clip.decisions["mood"].label for clip in corpus.clips} == {"a": "calm", "b": "tense"}
    # The saved corpus has the taxonomy; its name is enough.
    code, out, _ = run(capsys, "decide", tmp_path / "decided", "--layer", "mood", "--method", "majority")
    assert code == 0 and "0 labels and 0 tiers that differ, of 2 decisions" in out


def test_the_train_side_of_a_split_is_fitted(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = Corpus.load(saved)
    split = corpus.split(seed=3, test=0.34)
    split.save(tmp_path / "split.json")
    code, _, _ = run(capsys, "decide", saved, "--fit-on", tmp_path / "split.json", "--out", tmp_path / "decided")
    ours = decide(corpus, "basic7", fit_on=split.train)
    assert list(Corpus.load(tmp_path / "decided").clips) == list(ours.clips)
    assert code == (1 if ours.findings.at_least("fault") else 0)


def test_a_finding_that_is_a_fault_makes_the_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "votes.jsonl"
    twice = [
        Event(vote("own/1", "ann", "Joy")),
        Event(vote("own/1", "ann", "Fear")),
        Event(vote("own/1", "bob", "Joy")),
    ]
    EventLog(path).add(twice)
    code, out, _ = run(capsys, "decide", path, "--method", "majority", "--json")
    codes = {line["code"]: line["severity"] for line in printed(out) if "code" in line}
    assert codes["second_vote"] == "fault" and code == 1


def test_the_published_decisions_come_out(
    release: Corpus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The release is read once for all tests.
    monkeypatch.setattr("emos_io.cli.vote_sources.read_corpus", lambda path, own: release)
    code, out, err = run(capsys, "decide", ".", "--recipe", "emos", "--dry-run")
    assert (code, err) == (0, "")
    assert "0 labels and 0 tiers that differ, of 9403 decisions" in out
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in out.splitlines() if line.startswith("│")]
    apart = {row[0]: row[1:] for row in rows if row[0] in ("chsims", "meld")}
    assert [apart["chsims"][:3], apart["meld"][:3]] == [["4403", "0", "0"], ["5000", "0", "0"]]
    assert all(0 <= float(row[3]) < 1e-9 for row in apart.values())


def test_a_part_of_the_release_is_a_note_and_exits_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.make(tmp_path / "release")
    before = files(tmp_path)
    code, out, err = run(capsys, "decide", tmp_path / "release", "--recipe", "emos", "--dry-run")
    assert code == 0 and "that differ, of" in out and "emos_round_incomplete" in err
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("nowhere.jsonl",), 3, "there is no such log; give one that emos votes or emos review wrote"),
        (("nowhere",), 3, "there is no such folder; give one of the EmoS release or of a saved corpus"),
        (("LOG", "--log", "other.jsonl"), 2, "--log must be left out with a log alone, got both"),
        (("SAVED", "--log", "nowhere.jsonl"), 3, "there is no such log"),
        (
            ("LOG", "--layer", "goemotions"),
            2,
            "--layer must have votes, got none in 'goemotions'; there are votes in basic7",
        ),
        (("LOG", "--layer", "mood"), 2, "--layer must be one of basic7"),
        (("LOG", "--method", "magic"), 2, "magic"),
        (("LOG", "--method", "meld_correction"), 2, "--from-layer must be given for meld_correction"),
        (("LOG", "--method", "majority", "--tol", "0.1"), 2, "--tol must be left out for majority"),
        (("LOG", "--recipe", "emos", "--tol", "0.1"), 2, "--tol must be left out with --recipe, got both"),
        (("LOG", "--recipe", "emos"), 2, "--recipe must be left out of a corpus in which no rater of EmoS voted"),
        (("LOG", "--queue", "queue.txt"), 2, "--queue must end in .xlsx, .csv or .json, got '.txt'"),
        (("SAVED", "--out", "SAVED"), 2, "--out must be another folder than the one that is read"),
        (("SAVED", "--annotations", "a.csv"), 2, "--annotations must come with a folder of media, got a saved corpus"),
        (("SAVED", "--fit-on", "nowhere.json"), 3, "nowhere.json"),
        (("SAVED", "--fit-on", "FOLDS"), 3, "has no train; give the file of a split, as emos splits --out writes it"),
        (("TABLE",), 2, "a file alone must be a log of votes, got .csv; read it into a log with emos votes"),
        (("TEXT",), 3, "line 1 is no event"),
    ],
    ids=lambda each: "-".join(each).replace(".", "") if isinstance(each, tuple) else None,
)
def test_wrong_use_is_one_line(
    words: tuple[str, ...],
    code: int,
    text: str,
    log: Path,
    saved: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    table, prose = tmp_path / "votes.csv", tmp_path / "votes.log"
    table.write_text("item,label\na,Joy\n")
    prose.write_text("Joy\n")
    folds = tmp_path / "folds.json"
    folds.write_text('{"folds": []}')
    before = files(tmp_path)
    names = {"FOLDS": folds, "LOG": log, "SAVED": saved, "TABLE": table, "TEXT": prose}
    got, line = refused(capsys, "decide", *[names.get(word, word) for word in words])
    assert got == code and text in line
    assert files(tmp_path) == before
