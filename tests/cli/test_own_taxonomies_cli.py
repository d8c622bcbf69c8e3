"""Taxonomies of one's own on the command line: a file wherever a layer is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from own_data_runs import doctor, refused, run, two_files

from emos_io.corpus import Corpus

TABLE = "item,start,end,label\ntalk.mov,0,2,calm\ntalk.mov,2,5,quiet\nwalk,0,4,tense\n"
CLIPS = "item,label,layer\ntalk,calm,\nwalk,high,arousal\n"
MOODS = "labels: [calm, tense]\naliases: {en: {calm: [quiet]}}\n"
READ = ("--annotations", "labels.csv")


@pytest.fixture
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = two_files(tmp_path, monkeypatch)
    Path("labels.csv").write_text(TABLE)
    Path("clips.csv").write_text(CLIPS)
    Path("moods.yaml").write_text(MOODS)
    Path("arousal.json").write_text('{"labels": ["low", "high"]}')
    return folder


def test_verbs_take_the_file_of_a_layer(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = (*READ, "--layer", "moods.yaml")
    counts, codes = doctor(capsys, media, *own)
    assert (counts["utterances"], codes) == (3, ["label_repaired"])
    code, out, err = run(capsys, "plan", media, *own, "--length", 2, "--json")
    (part,) = json.loads(out)["plans"]
    assert (code, err, part["layer"], part["classes"]) == (0, "", "moods", ["calm", "tense"])
    code, out, err = run(capsys, "splits", media, *own, "--seed", 1, "--json")
    assert (code, err, len(json.loads(out)["train"])) == (0, "", 1)
    code, out, err = run(capsys, "show", "talk@0-2", media, *own, "--out", "page.html", "--around", 0, "--json")
    assert (code, err, json.loads(out)["labels"]["soft"]) == (0, "", [1, 0])
    assert "--layer moods.yaml" in Path("page.html").read_text("utf-8")


def test_rows_name_further_taxonomies(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = ("--annotations", "clips.csv", "--layer", "moods.yaml", "--taxonomies", "arousal.json")
    counts, codes = doctor(capsys, media, *own)
    assert (counts["clips"], counts["votes"], codes) == (2, 2, [])


def test_labels_without_a_file_are_named(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for names, classes in (("infer", ["calm", "quiet", "tense"]), ("tense, calm,quiet", ["tense", "calm", "quiet"])):
        own = (*READ, "--layer", "moods", "--label-names", names)
        assert doctor(capsys, media, *own)[1] == ["labels_without_file"]
        _, out, _ = run(capsys, "plan", media, *own, "--length", 2, "--json")
        assert json.loads(out)["plans"][0]["classes"] == classes


def test_a_corpus_that_has_the_taxonomy_needs_its_name_alone(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = {each: each for each in ("item", "start", "end", "label")}
    own = Corpus.from_folder(media, annotations="labels.csv", columns=columns, layer="moods.yaml")
    own.save("saved")
    plans = [
        run(capsys, "plan", "saved", "--length", 2, "--json", *words)
        for words in (("--labels", "moods"), ("--layer", "moods.yaml"), ("--labels", "moods.yaml"))
    ]
    assert plans[0][0] == 0 and plans[0] == plans[1] == plans[2]
    Path("moods.yaml").write_text(MOODS + "version: 2\n")
    line = "emos: a corpus must have one taxonomy of a name, got two of 'moods' whose content differs; rename one\n"
    assert refused(capsys, "plan", "saved", "--length", 2, "--layer", "moods.yaml") == (2, line)


def test_votes_are_read_in_the_taxonomy_of_a_file(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("votes.csv").write_text("clip,mood\ntalk,Calm\nwalk,tense\n")
    words = ("votes", "votes.csv", "--log", "log.jsonl", "--item", "clip", "--label", "mood", "--rater", "ann")
    assert run(capsys, *words, "--layer", "moods.yaml")[0] == 0
    found = [json.loads(line)["vote"] for line in Path("log.jsonl").read_text().splitlines()]
    assert [(each["layer"], each["labels"]) for each in found] == [("moods", ["calm"]), ("moods", ["tense"])]


REFUSED = {
    "a list": (
        (*READ, "--layer", "list.yaml"),
        3,
        "the taxonomy holds a list and no mapping; write its keys with their values",
    ),
    "one label": (
        (*READ, "--layer", "one.yaml"),
        2,
        "labels of a taxonomy must be two or more, got ['a']; add the others",
    ),
    "no file": ((*READ, "--layer", "no.yaml"), 3, "there is no such file; check the path"),
    "no name": ((*READ, "--layer", "moods"), 2, "--layer must be one of basic7, goemotions, "),
    "one given": (
        (*READ, "--layer", "x", "--label-names", "a"),
        2,
        "--label-names must be two or more, got ['a']; add the others",
    ),
    "a blank": (
        (*READ, "--layer", "x", "--label-names", "a,"),
        2,
        "--label-names, number 2, must be text that is not blank, got ''",
    ),
    "no layer": (
        (*READ, "--label-names", "a,b"),
        2,
        "--layer must be a name of your own where its labels are given, got 'basic7'",
    ),
    "alone": (("--label-names", "a,b"), 2, "--label-names must come with --annotations, got --label-names alone"),
    "no taxonomy file": (
        (*READ, "--taxonomies", "labels.csv"),
        2,
        "--taxonomies must be .json, .yaml or .yml files, got 'labels.csv'",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_a_layer_is_one_line(media: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    Path("list.yaml").write_text("- a\n- b\n")
    Path("one.yaml").write_text("labels: [a]\n")
    words, code, expected = REFUSED[what]
    got, line = refused(capsys, "doctor", media, *words)
    assert (got, line[: len(expected) + 6]) == (code, f"emos: {expected}")
