"""Every number on a report is one that ``emos score --json`` prints of the same files, n and interval included."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from figure_contents import DRAWS, made_corpus, predicted
from report_numbers import PageNumber, ScoreJson, numbers_of
from run_emos import emos_here

from emos_io.evaluation import Scores, measure_tables, score_parts, write_predictions

NUM_ELSEWHERE = {"point", "item", "agreement", "corpus", "run"}
"""Kinds of numbers that other verbs and files have; tests of these parts of a report find them there."""


@dataclass(frozen=True)
class Made:
    """A report, its numbers, and what ``emos score`` prints of the same files."""

    html: str
    numbers: list[PageNumber]
    score: ScoreJson


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("report")
    corpus = made_corpus()
    corpus.save(folder / "saved")
    runs = {
        "all.jsonl": (7, {"model": "m", "run": "all"}, True),
        "without.jsonl": (3, {"model": "m", "run": "without-audio", "ablate": "audio"}, True),
        "clips <b>&.jsonl": (5, {"model": "<script>alert(1)</script>"}, False),
    }
    for name, (wrong_each, header, streams) in runs.items():
        written = predicted(corpus, name, wrong_each, header, streams=streams)
        write_predictions(folder / name, written.rows, header=header)
    # A line that nothing can be scored of is a finding.
    with (folder / "without.jsonl").open("a") as file:
        file.write('{"key": "own/nobody", "layer": "basic7", "label": "Joy"}\n')
    words: list[str | Path] = [
        *(folder / name for name in runs),
        "--corpus",
        folder / "saved",
        "--draws",
        str(DRAWS),
        "--seed",
        "3",
    ]
    scored = emos_here("score", *words, "--json")
    reported = emos_here("report", *words, "--out", folder / "report.html")
    assert scored.returncode == reported.returncode
    html = (folder / "report.html").read_text("utf-8")
    return Made(html, numbers_of(html), ScoreJson.of_lines(map(json.loads, scored.stdout.splitlines())))


def test_every_number_is_one_of_emos_score(made: Made) -> None:
    own = [each for each in made.numbers if each.kind not in NUM_ELSEWHERE]
    wrong = [each for each in own if each.text not in made.score.texts(each)]
    assert wrong == []
    kinds = Counter(each.kind for each in own)
    assert {"score", "table", "count", "finding", "provenance", "difference"} == set(kinds), kinds


def test_no_number_is_left_out_of_the_tables(made: Made) -> None:
    """Each measure that emos score prints stands there with its interval, its n and its clusters, of each run."""
    there = {(each.kind, *sorted(each.of.items())) for each in made.numbers}
    found = [Scores.from_json(json.dumps(each)) for each in made.score.runs.values()]
    fields = Counter[str]()
    for part in score_parts(found):
        for table in measure_tables(found, part):
            for line in table.lines:
                seen: set[tuple[str, int]] = set()
                for scores, one in zip(found, line.scores, strict=True):
                    if one is None:
                        continue
                    for field in ("value", "low", "high", "n", "num_clusters"):
                        value = getattr(one, field)
                        if value is None or (field, value) in seen:
                            continue
                        if field in ("n", "num_clusters"):
                            # One n stands for runs that have the same.
                            seen.add((field, value))
                        of = {**one.of, "run": scores.name, "name": one.name, "field": field}
                        assert ("score", *sorted(of.items())) in there, of
                        fields[field] += 1
    assert min(fields[field] for field in ("value", "low", "high", "n", "num_clusters")) > 50, fields


def test_each_difference_stands_there(made: Made) -> None:
    assert made.score.comparison is not None
    there = {(each.kind, *sorted(each.of.items())) for each in made.numbers}
    differences = made.score.comparison["differences"]
    assert {(each["first"], each["second"]) for each in differences} == {
        ("all.jsonl", "without.jsonl"),
        ("all.jsonl", "clips <b>&.jsonl"),
        ("without.jsonl", "clips <b>&.jsonl"),
    }
    for each in differences:
        one = each["difference"]
        own = {**one["of"], "first": each["first"], "second": each["second"], "name": one["name"]}
        for field in ("difference", "low", "high", "p", "p_adjusted", "num_first", "num_clusters"):
            if one[field] is not None:
                assert ("difference", *sorted({**own, "field": field}.items())) in there


def test_an_ablation_stands_beside_the_run_without(made: Made) -> None:
    """Values of both runs are those on the items that both have."""
    pairs = {
        (each.of["first"], each.of["second"])
        for each in made.numbers
        if each.kind == "difference" and each.of["field"] == "first"
    }
    assert pairs == {("all.jsonl", "without.jsonl")}


def test_names_of_numbers_are_read_back(made: Made) -> None:
    """Names of files with any characters are those of the JSON: an ampersand ends no field."""
    names = {each.of["run"] for each in made.numbers if each.kind == "score"}
    assert names == {"all.jsonl", "without.jsonl", "clips <b>&.jsonl"} == set(made.score.runs)
