"""The full walk: three spreadsheets and two folders of ELAN files to votes, decisions, queue, answers, splits and windows."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from own_data_runs import run

from emos_io import WindowLoader, WindowPlan
from emos_io.annotation import EventLog, decide, decision_difference, read_answers, review_queue, with_events
from emos_io.annotation import write_review_workbook as write_queue
from emos_io.corpus import Corpus, FindingCollector, load_split
from emos_io.formats import Segment, write_eaf
from emos_io.pipes import AudioSpec, Collate, VideoSpec
from emos_io.spans import Span
from oracle import clips

pytestmark = pytest.mark.command

SHEETS = {
    "ann": ("Joy", "Joy", "Fear", "Anger", "Fear", "Joy"),
    "bob": ("Joy", "Joy", "Fear", "Fear", "Joy", "Unsure"),
    "cy": ("Joy", "Fear", "Fear", "Joy", "Fear", "Joy"),
}
CHANGES = {"dora": 3, "emil": 4}
"""When Joy turns to Sadness, by the raters of the talk of 6 s."""
DECIDED = {"c1": ("Joy", "high"), "c2": ("Joy", "low"), "c3": ("Fear", "high"), "c4": ("Anger", "low"),
           "c5": ("Fear", "low"), "c6": ("Joy", "high")}  # fmt: skip
"""What most raters said, ties in the order of the taxonomy, with the tier of the share of the votes."""
PAGE = Path(__file__).parents[2] / "docs" / "votes-and-decisions.md"
COLUMNS = {"item": "file", "label": "emotion", "speaker": "speaker"}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Media, a spreadsheet of each of three raters, as .xlsx and as .csv, and a folder of ELAN files of each of two."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "study"
    source = clips.counting_clip(seconds=6, rate=8_000)
    for part, names in (("clips", list(DECIDED)), ("talks", ["talk"])):
        (folder / part).mkdir(parents=True)
        for name in names:
            (folder / part / f"{name}.mov").symlink_to(source)
    for rater, labels in SHEETS.items():
        rows = [["file", "emotion", "speaker"]]
        rows += [
            [name, label, f"s{number // 2}"] for number, (name, label) in enumerate(zip(DECIDED, labels, strict=True))
        ]
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        book.save(folder / f"{rater}.xlsx")
        (folder / f"{rater}.csv").write_text("".join(",".join(row) + "\n" for row in rows), "utf-8")
    for rater, change in CHANGES.items():
        (folder / rater).mkdir()
        spans = ((Span(0, change), "Joy"), (Span(change, 6), "Sadness"))
        segments = [Segment(span, label, "emotion", None) for span, label in spans]
        write_eaf(folder / rater / "talk.eaf", segments, media=("talk.mov",))
    return folder


def answered(queue: Path, item: str, label: str) -> None:
    """Fill in a row of a queue, as a reviewer does."""
    book = openpyxl.load_workbook(queue)
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[1]]
    column = names.index("item") + 1
    keys = {number: str(sheet.cell(number, column).value) for number in range(2, sheet.max_row + 1)}
    (row,) = [number for number, key in keys.items() if key.rpartition("/")[2] == item]
    sheet.cell(row, names.index("label") + 1, label)
    sheet.cell(row, names.index("reviewer") + 1, "rita")
    book.save(queue)


def labels_of(corpus: Corpus) -> dict[str, tuple[str | None, str | None]]:
    found = {clip.key.rpartition("/")[2]: clip.decisions.get("basic7") for clip in corpus.clips}
    return {key: (each.label, each.confidence_tier) for key, each in found.items() if each is not None}


def check_talk(corpus: Corpus) -> None:
    """Two raters agree until 3 s and from 4 s on; between, they tie, and Joy comes before Sadness."""
    (talk,) = corpus.monologues
    assert [(each.label, each.span) for each in talk.decisions] == [("Joy", Span(0, 4)), ("Sadness", Span(4, 6))]
    assert [each.basic7 for each in talk.utterances] == ["Joy", "Sadness"]


def test_from_a_folder_in_python(study: Path) -> None:
    sheets = [study / f"{rater}.csv" for rater in SHEETS]
    corpus = Corpus(
        Corpus.from_folder(study / "clips", annotations=sheets, columns=COLUMNS).clips,
        Corpus.from_folder(study / "talks", annotations=[study / rater for rater in CHANGES]).monologues,
    )
    decided = decide(corpus, "basic7", method="majority")
    assert labels_of(decided) == DECIDED
    check_talk(decided)
    assert not labels_of(corpus) and not corpus.monologues[0].decisions

    queue, log = study / "queue.xlsx", EventLog(study / "log.jsonl")
    write_queue(review_queue(decided, "basic7"), queue)
    answered(queue, "c4", "Fear")
    findings = FindingCollector()
    log.add(read_answers(queue, findings))
    assert not len(findings.collected)
    final = with_events(decided, log)
    changed = final.clips["c4"]
    assert (changed.decisions["basic7"].label, [each.label for each in changed.replaced]) == ("Fear", ["Anger"])
    assert [vote.rater for vote in changed.votes] == ["ann", "bob", "cy", "rita"]
    assert decision_difference(decided, final).labels == 1

    split = final.split(seed=7, test=0.34)
    assert split.disjoint == ("speaker",)
    sides = [
        WindowPlan(final, by="clip", labels="basic7", split=(side, split), order="sequential")
        for side in ("train", "test")
    ]
    assert sorted(len(plan) for plan in sides) == sorted(
        sum("/c" in key for key in keys) for keys in split.sides().values()
    )
    plan = WindowPlan(final, length=2, hop=2, labels="basic7", order="sequential", batch_size=3)
    loader = WindowLoader(plan, video=VideoSpec(fps=1), audio=AudioSpec(8_000), collate=Collate(tensors="numpy"))
    (batch,) = loader
    loader.close()
    classes = corpus.taxonomy("basic7").labels
    assert [classes[int(np.argmax(row))] for row in batch.labels] == ["Joy", "Joy", "Sadness"]


def test_from_a_log_on_the_command_line(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, queue, answers = study / "votes.jsonl", study / "queue.xlsx", study / "answers.jsonl"
    tables = [study / f"{rater}.xlsx" for rater in SHEETS]
    words: tuple[object, ...] = ("--log", log, "--layer", "basic7")
    assert run(capsys, "votes", *tables, *words, "--item", "file", "--label", "emotion")[0] == 0
    for rater in CHANGES:
        assert run(capsys, "votes", study / rater / "talk.eaf", *words, "--rater", rater, "--item", "talk")[0] == 0
    code, out, _ = run(capsys, "decide", log, "--method", "majority", "--queue", queue, "--out", study / "decided")
    assert code == 0 and "no decisions in basic7 were there before" in out
    decided = Corpus.load(study / "decided")
    assert labels_of(decided) == DECIDED
    check_talk(decided)

    answered(queue, "c4", "Fear")
    assert run(capsys, "review", "--read", queue, "--log", answers)[0] == 0
    words = ("--log", answers, "--method", "majority", "--out", study / "final")
    code, out, _ = run(capsys, "decide", study / "decided", *words)
    assert code == 0 and "0 labels and 0 tiers that differ" in out
    final = Corpus.load(study / "final")
    assert labels_of(final) == DECIDED | {"c4": ("Fear", "high")}

    words = ("--seed", 7, "--test", 0.34, "--out", study / "split.json")
    assert run(capsys, "splits", study / "final", *words)[0] == 0
    paths = {key: str(study / "clips" / f"{key}.mov") for key in DECIDED} | {"talk": str(study / "talks" / "talk.mov")}
    split = load_split(study / "split.json")
    plan = WindowPlan(final.with_paths(paths), by="clip", labels="basic7", split=("train", split))
    assert len(plan) == sum(key in DECIDED for key in split.train) > 0


def test_the_commands_of_the_page_run_one_after_another(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of docs/votes-and-decisions.md, with an answer between; nothing that they need is missing."""
    monkeypatch.chdir(study)
    Path("media").mkdir()
    for path in (*study.glob("clips/*"), *study.glob("talks/*")):
        (study / "media" / path.name).symlink_to(path.resolve())
    block = PAGE.read_text("utf-8").rpartition("\n```\nemos ")[2].partition("```")[0]
    commands = [shlex.split(line) for line in f"emos {block}".splitlines()]
    assert len(commands) >= 10
    for _, verb, *words in commands:
        if verb == "review":
            answered(Path("queue.xlsx"), "c4", "Fear")
        code, out, err = run(capsys, verb, *words)
        assert code == 0, (verb, words, out, err)
    final = Corpus.load("final")
    assert final.clips["folder/c4"].decisions["basic7"].recipe["by"] == "rita"
    (talk,) = final.monologues
    assert talk.duration == 6 and {vote.rater for vote in talk.votes} == {"dora", "emil"}


def test_a_folder_and_its_tables_on_the_command_line(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = [word for rater in SHEETS for word in ("--annotations", study / f"{rater}.csv")]
    columns = ("--columns", ",".join(f"{field}={name}" for field, name in COLUMNS.items()))
    code, out, err = run(
        capsys, "decide", study / "clips", *tables, *columns, "--method", "majority", "--out", "decided"
    )
    assert (code, err) == (0, "") and "6" in out
    assert labels_of(Corpus.load("decided")) == DECIDED
    folders = [word for rater in CHANGES for word in ("--annotations", study / rater)]
    code, _, err = run(capsys, "decide", study / "talks", *folders, "--method", "majority", "--out", "talks")
    assert (code, err) == (0, "")
    check_talk(Corpus.load("talks"))
