"""``emos score``: tables for people, JSON for programs, findings and exit codes."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from run_emos import emos_here

from emos_io import Span
from emos_io.cli import score as cli_score
from emos_io.cli.output import with_flags
from emos_io.cli.score import LISTED_FINDINGS
from emos_io.corpus import Clip, Corpus, Decision, Finding, Findings, Monologue, Utterance, split
from emos_io.evaluation import Comparison, Scores, compare, paper_tables, read_predictions, score

ROUNDING = 1e-12
"""Of sums of a few floats near 1."""

NUM = 24


def a_corpus() -> Corpus:
    clips = []
    for k in range(NUM):
        label = ("Joy", "Fear")[k % 2]
        decision = Decision(
            item=f"own/{k:02}",
            layer="basic7",
            labels=(label,),
            scores={label: 1.0},
            confidence_tier=("high", "low")[k % 3 > 0],
        )
        clips.append(
            Clip(key=f"own/{k:02}", source="own", language=("en", "zh")[k < 12], decisions={"basic7": decision})
        )
    spoken = tuple(
        Utterance(index=k, span=Span(10 * k, 10 * k + 10), labels={"basic7": (word,)})
        for k, word in enumerate(("Joy", "Fear", "Fear"))
    )
    talk = Monologue(key="own/talk", name="talk", title="Talk", language="en", duration=Fraction(30), utterances=spoken)
    return Corpus(clips, [talk])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    a_corpus().save(tmp_path / "saved")
    return tmp_path / "saved"


def write(path: Path, rows: list[dict[str, object]], **header: object) -> Path:
    lines = [{"header": header}] if header else []
    path.write_text("".join(json.dumps(each) + "\n" for each in [*lines, *rows]))
    return path


def all_joy(path: Path, *, num: int = NUM) -> Path:
    return write(
        path, [{"key": f"own/{k:02}", "layer": "basic7", "label": "Joy", "confidence": 0.75} for k in range(num)]
    )


def perfect(path: Path) -> Path:
    rows: list[dict[str, object]] = [
        {"key": f"own/{k:02}", "layer": "basic7", "label": ("Joy", "Fear")[k % 2], "confidence": 1} for k in range(NUM)
    ]
    return write(path, rows, model="by hand")


def segments(path: Path) -> Path:
    rows: list[dict[str, object]] = [
        {"key": "own/talk", "layer": "basic7", "start": 0, "end": 10, "label": "Joy"},
        {"key": "own/talk", "layer": "basic7", "start": 10, "end": 30, "label": "Fear"},
    ]
    return write(path, rows)


def test_json_is_what_the_library_gives(saved: Path, tmp_path: Path) -> None:
    files = [perfect(tmp_path / "a.jsonl"), all_joy(tmp_path / "b.jsonl")]
    ran = emos_here("score", *files, "--corpus", saved, "--json", "--draws", "40", "--seed", "5")
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert len(lines) == 3
    corpus = Corpus.load(saved)
    runs = [read_predictions(file) for file in files]
    for line, one, file in zip(lines[:2], runs, files, strict=True):
        found = Scores.from_json(line)
        assert found.name == file.name
        expected = score(one, corpus, draws=40, seed=5)
        assert (found.scores, found.tables, found.counts) == (expected.scores, expected.tables, expected.counts)
        assert found.provenance == expected.provenance
    compared = Comparison.from_json(lines[2])
    assert compared.names == ("a.jsonl", "b.jsonl")
    assert [each.difference for each in compared.differences] == [
        each.difference for each in compare(*runs, corpus=corpus, draws=40, seed=5).differences
    ]
    assert compared.get("accuracy", "a.jsonl", "b.jsonl").difference == 0.5


def test_one_file_has_no_comparison(saved: Path, tmp_path: Path) -> None:
    ran = emos_here("score", perfect(tmp_path / "a.jsonl"), "--corpus", saved, "--json", "--draws", "20")
    assert len(ran.stdout.splitlines()) == 1
    assert (
        "paired differences" not in emos_here("score", tmp_path / "a.jsonl", "--corpus", saved, "--draws", "20").stdout
    )


def test_files_stand_side_by_side(saved: Path, tmp_path: Path) -> None:
    files = [perfect(tmp_path / "a.jsonl"), all_joy(tmp_path / "b.jsonl")]
    ran = emos_here("score", *files, "--corpus", saved, "--draws", "40")
    assert ran.returncode == 0
    rows = [
        [cell.strip() for cell in line.strip("│┃").split("│")] for line in ran.stdout.splitlines() if line[:1] == "│"
    ]
    accuracy = next(row for row in rows if row[0] == "accuracy")
    assert accuracy[2].startswith("1.000 [1.000, 1.000]*")
    assert accuracy[3].startswith("0.500 [")
    assert accuracy[4:] == ["24", "24"]
    assert ["accuracy", "en"] in [row[:2] for row in rows]
    assert next(row for row in rows if row[0] == "precision" and row[1] == "Fear")[3].startswith("- (")
    assert "* from fewer than 30 clusters" in ran.stdout
    assert "corpus_sha256" in ran.stdout and "header.model" in ran.stdout
    assert "paired differences" in ran.stdout


def test_confidence_by_tier_bins_and_soft_labels_are_printed_for_each_file(saved: Path, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"key": f"own/{k:02}", "layer": "basic7", "label": "Joy", "scores": {"Joy": 0.75, "Fear": 0.25}}
        for k in range(NUM)
    ]
    files = [all_joy(tmp_path / "a.jsonl"), write(tmp_path / "b.jsonl", rows)]
    text = emos_here("score", *files, "--corpus", saved, "--draws", "40").stdout
    for name in ("a.jsonl", "b.jsonl"):
        for binning in ("width", "mass"):
            assert f"basic7, clips: {name}: reliability equal {binning}\n" in text
    tiers = text.split("basic7, clips: confidence by tier\n")[1].split("└")[0]
    listed = [[cell.strip() for cell in line.split("│")[1:4]] for line in tiers.splitlines() if line[:1] == "│"]
    assert [row[:2] for row in listed] == [
        ["mean_confidence", "own, high"],
        ["accuracy_with_confidence", "own, high"],
        ["mean_confidence", "own, low"],
        ["accuracy_with_confidence", "own, low"],
        ["confidence_gap", "own"],
    ]
    assert listed[0][2].startswith("0.750*") and listed[2][2].startswith("0.750 [0.750, 0.750]*")
    soft = text.split("basic7, clips: soft labels\n")[1].split("└")[0]
    assert [line.split("│")[1].strip() for line in soft.splitlines() if line[:1] == "│"] == [
        "log_loss", "jensen_shannon", "truth_entropy", "zero_probability", "with_scores",
    ]  # fmt: skip


@pytest.mark.parametrize("num", [1, 3, 4])
def test_in_80_columns_nothing_is_cut(num: int, saved: Path, tmp_path: Path) -> None:
    files = [perfect(tmp_path / "by-hand_of-all.jsonl"), *(all_joy(tmp_path / f"joy{k}.jsonl") for k in range(num - 1))]
    text = emos_here("score", *files, "--corpus", saved, "--draws", "40", COLUMNS="80").stdout
    assert "…" not in text
    tables = [line for line in text.splitlines() if line[:1] in "│┃┏┡└"]
    assert tables and max(map(len, tables)) <= 80
    assert "[1.000, 1.000]*" in text
    assert (num > 1) == ("paired differences" in text)
    assert not any("layer basic7" in line or "kind clips" in line for line in tables)
    assert "\ntruth: " in text


def test_a_star_is_explained_only_where_one_stands(saved: Path, tmp_path: Path) -> None:
    few = emos_here("score", perfect(tmp_path / "a.jsonl"), "--corpus", saved, "--draws", "40").stdout
    assert "]*" in few and "* from fewer than" in few
    clips = [
        Clip(
            key=f"own/{k:02}",
            source="own",
            language="en",
            decisions={"basic7": Decision(item=f"own/{k:02}", layer="basic7", labels=("Joy",), scores={"Joy": 1.0})},
        )
        for k in range(40)
    ]
    Corpus(clips).save(tmp_path / "more")
    file = all_joy(tmp_path / "b.jsonl", num=40)
    many = emos_here("score", file, "--corpus", tmp_path / "more", "--draws", "40", "--by", "none").stdout
    assert "*" not in many


def test_monologues_have_two_clocks_and_a_note_where_one_is_null(saved: Path, tmp_path: Path) -> None:
    ran = emos_here("score", segments(tmp_path / "a.jsonl"), "--corpus", saved, "--draws", "5")
    assert ran.returncode == 0
    assert "basic7, streams, content clock" in ran.stdout
    assert "basic7, streams, decision clock" in ran.stdout
    assert "available_at" in ran.stdout
    assert "periodic_switcher_f1" in ran.stdout


def test_marks_of_measures_are_notes(saved: Path, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "key": "own/talk",
            "layer": "basic7",
            "start": k,
            "end": k + 1,
            "label": ("Joy", "Fear")[k >= 10],
            "available_at": k + 1,
        }
        for k in range(30)
    ]
    ran = emos_here("score", write(tmp_path / "a.jsonl", rows), "--corpus", saved, "--draws", "5")
    assert "a label stream cannot score boundary" in ran.stdout
    assert "decisions" in next(line for line in ran.stdout.splitlines() if "basic7.form" in line)


def test_draws_without_a_class_are_counted(saved: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    corpus = a_corpus()
    clips = list(corpus.clips)
    decision = Decision(item="own/00", layer="basic7", labels=("Anger",), scores={"Anger": 1.0})
    clips[0] = Clip(key="own/00", source="own", language="zh", decisions={"basic7": decision})
    Corpus(clips).save(tmp_path / "rare")
    ran = emos_here("score", all_joy(file), "--corpus", tmp_path / "rare", "--draws", "200", "--by", "none")
    assert "of draws lack a class, and leave it out" in ran.stdout


def test_findings_are_counted_and_listed_and_set_the_exit_code(saved: Path, tmp_path: Path) -> None:
    file = tmp_path / "odd.jsonl"
    rows: list[dict[str, object]] = [
        {"key": f"own/x{k}", "layer": "basic7", "label": "Joy"} for k in range(LISTED_FINDINGS + 2)
    ]
    write(file, [{"key": "own/00", "layer": "basic7", "label": "joy"}, *rows])
    with file.open("a") as stream:
        stream.write('{"key": "own/01", "la')
    ran = emos_here("score", file, "--corpus", saved, "--draws", "5")
    assert ran.returncode == 1
    assert "unfinished_line" in ran.stderr and "missing_prediction" in ran.stderr
    assert "unknown_prediction_item" in ran.stderr and "'Joy'" in ran.stderr
    assert ran.stderr.startswith("odd.jsonl: ")
    assert "\n  2 more of unknown_prediction_item; --json lists all\n" in ran.stderr
    printed = emos_here("score", file, "--corpus", saved, "--draws", "5", "--json")
    assert printed.returncode == 1
    found = Scores.from_json(printed.stdout)
    assert set(found.findings.counts()) >= {"unfinished_line", "missing_prediction", "prediction_label"}
    strict = emos_here("score", file, "--corpus", saved, "--strict")
    assert strict.returncode == 1 and len(strict.stderr.splitlines()) == 1 and strict.stdout == ""
    missing = write(tmp_path / "missing.jsonl", [{"key": "own/00", "layer": "basic7", "label": "Joy"}])
    strict = emos_here("score", missing, "--corpus", saved, "--strict")
    assert strict.returncode == 1 and strict.stderr.startswith("emos: missing_prediction: ") and strict.stdout == ""
    assert emos_here("score", missing, "--corpus", tmp_path, "--strict").returncode == 3


def test_a_split_and_its_side_are_scored(saved: Path, tmp_path: Path) -> None:
    division = split(Corpus.load(saved), seed=2, test=0.5)
    division.save(tmp_path / "split.json")
    file = perfect(tmp_path / "a.jsonl")
    ran = emos_here("score", file, "--corpus", saved, "--split", tmp_path / "split.json", "--json", "--draws", "5")
    found = Scores.from_json(ran.stdout)
    assert found.provenance["split_sha256"] == division.sha256
    assert found.get("accuracy", kind="clips").n == sum(key != "own/talk" for key in division.test)
    absent = emos_here("score", file, "--corpus", saved, "--split", tmp_path / "other.json")
    assert absent.returncode == 3 and len(absent.stderr.splitlines()) == 1


def test_splits_of_the_package_are_named(saved: Path, tmp_path: Path) -> None:
    ran = emos_here(
        "score", perfect(tmp_path / "a.jsonl"), "--corpus", saved, "--split", "streams", "--json", "--draws", "5"
    )
    assert ran.returncode == 1
    assert "other_split" in Scores.from_json(ran.stdout).findings.counts()


def test_what_scores_are_sliced_by_is_chosen(saved: Path, tmp_path: Path) -> None:
    file = perfect(tmp_path / "a.jsonl")
    few = emos_here("score", file, "--corpus", saved, "--by", "source", "--json", "--draws", "5")
    assert {kind for each in Scores.from_json(few.stdout).select(name="accuracy") for kind in each.of} == {
        "layer", "kind", "source",
    }  # fmt: skip
    none = emos_here("score", file, "--corpus", saved, "--by", "none", "--json", "--draws", "5")
    assert {kind for each in Scores.from_json(none.stdout).select(name="accuracy") for kind in each.of} == {
        "layer",
        "kind",
    }
    wrong = emos_here("score", file, "--corpus", saved, "--by", "tier")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("emos: --by must be ") and len(wrong.stderr.splitlines()) == 1


def test_files_of_one_name_differ_by_their_paths(saved: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        perfect(tmp_path / name / "a.jsonl")
    files = [tmp_path / "one" / "a.jsonl", tmp_path / "two" / "a.jsonl", tmp_path / "two" / "a.jsonl"]
    ran = emos_here("score", *files, "--corpus", saved, "--json", "--draws", "5")
    names = [json.loads(line)["name"] for line in ran.stdout.splitlines()[:3]]
    assert names == [str(files[0]), f"{files[1]} (1)", f"{files[1]} (2)"]


def test_files_of_clips_and_of_monologues_are_not_compared(saved: Path, tmp_path: Path) -> None:
    files = [perfect(tmp_path / "a.jsonl"), segments(tmp_path / "b.jsonl")]
    ran = emos_here("score", *files, "--corpus", saved, "--draws", "5")
    assert ran.returncode == 0
    assert "nothing is compared" in ran.stderr and "paired differences" not in ran.stdout


def test_the_papers_tables_are_printed(saved: Path, tmp_path: Path) -> None:
    files = [perfect(tmp_path / "a.jsonl"), all_joy(tmp_path / "b.jsonl")]
    ran = emos_here("score", *files, "--corpus", saved, "--draws", "20", "--paper", "--json")
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert len(lines) == 4
    tables = json.loads(lines[-1])["paper_tables"]
    assert [each["name"] for each in tables] == ["table7", "table8", "table13"]
    expected = paper_tables([Scores.from_json(line) for line in lines[:2]])
    assert [[tuple(row) for row in each["rows"]] for each in tables] == [list(each.rows) for each in expected]
    assert {row[0]: row[1:] for row in expected[0].rows}["Accuracy"] == (1.0, 0.5)
    text = emos_here("score", *files, "--corpus", saved, "--draws", "20", "--paper").stdout
    for number in (7, 8, 13):
        assert f"Table {number} of the paper: basic7, clips" in text
    assert any(line.replace(" ", "") == "│Accuracy│1.000│0.500│" for line in text.splitlines())
    assert "of the paper" not in emos_here("score", *files, "--corpus", saved, "--draws", "20").stdout


@pytest.mark.parametrize(
    ("more", "start"),
    [
        (("--layer", "goemotions"), "emos: --paper must be with --layer basic7, got goemotions"),
        (("--by", "source"), "emos: --paper must be with --by language,confidence_tier,source, got source"),
        (("--by", "none"), "emos: --paper must be with --by language,confidence_tier,source, got none"),
    ],
)
def test_the_papers_tables_need_clips_of_basic7(more: tuple[str, ...], start: str, saved: Path, tmp_path: Path) -> None:
    ran = emos_here("score", perfect(tmp_path / "a.jsonl"), "--corpus", saved, "--draws", "20", "--paper", *more)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(start) and len(ran.stderr.splitlines()) == 1


def test_the_papers_tables_need_clips_and_tiers(saved: Path, tmp_path: Path) -> None:
    ran = emos_here("score", segments(tmp_path / "a.jsonl"), "--corpus", saved, "--draws", "20", "--paper")
    assert ran.returncode == 2
    assert ran.stderr == (
        "emos: --paper must be with predictions of clips in basic7, got none in a.jsonl; leave --paper out\n"
    )
    decision = Decision(item="own/00", layer="basic7", labels=("Joy",), scores={"Joy": 1.0})
    Corpus([Clip(key="own/00", source="own", language="en", decisions={"basic7": decision})]).save(tmp_path / "bare")
    file = all_joy(tmp_path / "b.jsonl", num=1)
    ran = emos_here("score", file, "--corpus", tmp_path / "bare", "--draws", "20", "--paper")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert len(ran.stderr.splitlines()) == 1 and "table7" in ran.stderr


def test_the_gap_to_offline_predictions_is_printed(saved: Path, tmp_path: Path) -> None:
    def steps(path: Path, words: str, **more: object) -> Path:
        rows: list[dict[str, object]] = [
            {"key": "own/talk", "layer": "basic7", "start": 5 * k, "end": 5 * k + 5, "label": word, **more}
            for k, word in enumerate(words.split())
        ]
        return write(path, rows)

    online = steps(tmp_path / "on.jsonl", "Joy Fear Fear Joy Fear Fear", available_at=30)
    offline = steps(tmp_path / "off.jsonl", "Joy Joy Fear Fear Fear")
    ran = emos_here("score", online, "--offline", offline, "--corpus", saved, "--draws", "20", "--json")
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [*lines[0]][:2] == ["name", "scores"]
    found = lines[1]
    values = {
        (each["of"]["measure"], each["of"]["clock"]): each["value"]
        for each in found["online_offline_gap"]
        if "class" not in each["of"]
    }
    # Of 25 s that both have: 10 s are wrong online, none is offline. 5 s are in one file alone, and wrong in both.
    assert values["accuracy", "content"] == pytest.approx(10 / 30, abs=ROUNDING)
    assert values["accuracy", "decision"] is None
    assert {each["code"] for each in found["findings"]} >= {"unpaired_prediction"}
    assert found["name"] == "off.jsonl minus on.jsonl"
    assert "unpaired_prediction" in ran.stderr
    text = emos_here("score", online, "--offline", offline, "--corpus", saved, "--draws", "20").stdout
    assert "online-offline gap, on the same rows and draws: off.jsonl minus on.jsonl; basic7, streams" in text
    same = emos_here("score", online, "--offline", online, "--corpus", saved, "--draws", "20", "--json")
    gaps = json.loads(same.stdout.splitlines()[1])["online_offline_gap"]
    assert {each["value"] for each in gaps} == {0.0, None}
    findings = json.loads(same.stdout.splitlines()[1])["findings"]
    assert [each["code"] for each in findings] == ["form_guessed"]


def test_a_gap_needs_one_file_and_rows_of_the_same_windows(saved: Path, tmp_path: Path) -> None:
    file, clips = segments(tmp_path / "a.jsonl"), perfect(tmp_path / "b.jsonl")
    for files, offline in (([file, clips], file), ([clips], clips), ([file], clips)):
        ran = emos_here("score", *files, "--offline", offline, "--corpus", saved, "--draws", "20")
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.startswith("emos: --offline must ") and len(ran.stderr.splitlines()) == 1
    absent = emos_here("score", file, "--offline", tmp_path / "absent.jsonl", "--corpus", saved)
    assert absent.returncode == 3 and len(absent.stderr.splitlines()) == 1


def test_own_media_and_labels_are_scored(tmp_path: Path) -> None:
    folder = tmp_path / "media"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.wav").write_bytes(b"")
    (folder / "labels.csv").write_text("item,label\none.wav,calm\ntwo.wav,tense\n")
    rows: list[dict[str, object]] = [
        {"key": "folder/one", "layer": "moods", "label": "calm"},
        {"key": "folder/two", "layer": "moods", "label": "calm"},
    ]
    keys = [
        each.key
        for each in Corpus.from_folder(
            folder,
            annotations="labels.csv",
            columns={"item": "item", "label": "label"},
            layer="moods",
            labels=("calm", "tense"),
        ).clips
    ]
    for row, key in zip(rows, keys, strict=True):
        row["key"] = key
    ran = emos_here(
        "score", write(tmp_path / "a.jsonl", rows), "--corpus", folder, "--annotations", "labels.csv", "--layer", "moods",
        "--label-names", "calm,tense", "--json",
    )  # fmt: skip
    assert Scores.from_json(ran.stdout).get("accuracy").value == 0.5
    alone = emos_here("score", tmp_path / "a.jsonl", "--corpus", folder)
    assert alone.returncode == 2 and "--annotations" in alone.stderr


@pytest.mark.parametrize(
    ("words", "code", "start"),
    [
        ([], 2, "emos: "),
        (["absent.jsonl", "--corpus", "absent"], 3, "emos: there is no "),
        (["{file}", "--corpus", "absent"], 3, "emos: there is no "),
        (["{file}", "--corpus", "{saved}", "--draws", "0"], 2, "emos: --draws must be an integer from 1 to "),
        (
            ["{file}", "--corpus", "{saved}", "--layer", "goemotions"],
            2,
            "emos: --layer must be one that the predictions have",
        ),
        (["{file}", "--corpus", "{saved}", "--side", "tests"], 2, "emos: "),
    ],
)
def test_wrong_use_is_one_line(words: list[str], code: int, start: str, saved: Path, tmp_path: Path) -> None:
    file = perfect(tmp_path / "a.jsonl")
    ran = emos_here("score", *(word.format(file=file, saved=saved) for word in words), cwd=tmp_path)
    assert ran.returncode == code, ran.stderr
    assert ran.stderr.startswith(start) and len(ran.stderr.splitlines()) == 1 and ran.stdout == ""


@pytest.mark.parametrize("by", ["", " ", "lang", "none,language", "language,"])
def test_other_names_of_slices_are_refused(saved: Path, tmp_path: Path, by: str) -> None:
    ran = emos_here("score", perfect(tmp_path / "a.jsonl"), "--corpus", saved, "--by", by)
    assert ran.returncode == 2 and ran.stdout == ""
    assert "--by must be none, or some of language,confidence_tier,source,film, got " in ran.stderr


def test_findings_that_are_not_printed_are_not_put_into_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another corpus has thousands of findings; the words of each would take longer than its scores."""
    put: list[Finding] = []

    def counted(finding: Finding) -> Finding:
        put.append(finding)
        return with_flags(finding)

    monkeypatch.setattr(cli_score, "with_flags", counted)
    codes = ("bad_confidence", "unknown_prediction_item")
    found = [Finding(code, "a.jsonl", "it is odd", "correct it") for code in codes for _ in range(1_000)]
    cli_score.print_findings("a.jsonl", Findings(found))
    assert len(put) == LISTED_FINDINGS * len(codes)


@pytest.mark.parametrize("side", ["test", "train", "validation"])
def test_a_side_alone_is_wrong_use(saved: Path, tmp_path: Path, side: str) -> None:
    ran = emos_here("score", perfect(tmp_path / "a.jsonl"), "--corpus", saved, "--side", side)
    assert ran.returncode == 2 and ran.stdout == ""
    assert "--side must come with --split, got --side alone" in ran.stderr


def test_characters_that_a_terminal_acts_on_are_escaped(saved: Path, tmp_path: Path) -> None:
    rows = [{"key": f"own/{k:02}", "layer": "basic7", "label": "Joy", "own": 1} for k in range(NUM)]
    path = write(tmp_path / "a.jsonl", rows, model="\ud800 x\x1b[31m", **{"[bold]k\x07": "[/red]\u202e"})
    ran = emos_here("score", path, "--corpus", saved, "--by", "none", "--draws", "20", "--strict")
    assert ran.returncode == 0, ran.stderr
    assert not any(character in ran.stdout + ran.stderr for character in "\x1b\x07\u202e")
    assert "\\ud800 x\\u001b[31m" in ran.stdout and "header.[bold]k\\u0007" in ran.stdout and "[/red]" in ran.stdout
    assert f"{NUM - 5} more of unknown_prediction_key" in ran.stderr


@pytest.mark.parametrize("layer", ["intensity", "goemotions"])
def test_files_of_numbers_and_of_sets_are_scored_and_compared(tmp_path: Path, layer: str) -> None:
    answer: dict[str, dict[str, object]] = {"intensity": {"value": 3}, "goemotions": {"labels": ["joy"]}}
    words = {"intensity": "3", "goemotions": "joy"}
    clips = [
        Clip(
            key=f"own/{k}",
            source="own",
            language="en",
            decisions={layer: Decision(item=f"own/{k}", layer=layer, labels=(words[layer],), scores={})},
        )
        for k in range(12)
    ]
    Corpus(clips).save(tmp_path / "other")
    rows = [{"key": f"own/{k}", "layer": layer, **answer[layer]} for k in range(12)]
    files = [write(tmp_path / name, rows) for name in ("a.jsonl", "b.jsonl")]
    ran = emos_here("score", *files, "--corpus", tmp_path / "other", "--json", "--draws", "20", "--by", "none")
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.splitlines()) == 3 and Comparison.from_json(ran.stdout.splitlines()[2]).differences
