"""The views of a corpus without predictions: their numbers are those of ``emos agreement`` and ``emos doctor``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from report_numbers import PageNumber, numbers_of
from run_emos import emos_here
from timeline_help import content_of

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Finding, Monologue, Vote
from emos_io.report.comparison.annotation_view import annotation_section
from emos_io.report.comparison.data_view import data_section
from emos_io.report.comparison.page import render_report
from emos_io.testing import tiny_corpus

LAYERS = ("basic7", "goemotions")


def page_of(corpus: Corpus) -> str:
    """The page of a corpus without runs."""
    return render_report(content_of(corpus), "emos report", version="").html


def value_at(found: Any, path: str) -> Any:
    """The value of a JSON Pointer."""
    for part in path.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        found = found[int(name)] if isinstance(found, list) else found[name]
    return found


def amount(value: Any) -> Fraction:
    """A number of JSON, exact; seconds are ``"a/b"``."""
    return Fraction(value) if isinstance(value, str | int) else Fraction(*float(value).as_integer_ratio())


def texts_of(value: Any) -> set[str]:
    """Every text that a page may print a number of JSON with: counts with commas, else two or three places."""
    exact = amount(value)
    found = {f"{float(exact):z.{digits}f}" for digits in (2, 3)} | {f"{float(exact):,.3f}", f"{float(exact):+.3f}"}
    return found | ({f"{int(exact):,}"} if exact.denominator == 1 else set())


def of_kind(numbers: Iterable[PageNumber], kind: str) -> list[tuple[str, Mapping[str, str]]]:
    found: list[tuple[str, Mapping[str, str]]] = []
    for each in numbers:
        name, _, query = each.metric.partition("?")
        if name == kind:
            found.append((each.text, dict(parse_qsl(query, keep_blank_values=True))))
    return found


def json_lines(*words: str | Path) -> list[Any]:
    done = emos_here(*words)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with decisions and votes in two layers, on disk."""
    folder = tmp_path_factory.mktemp("views") / "corpus"
    tiny_corpus().save(folder)
    return folder


@pytest.fixture(scope="module")
def numbers(saved: Path) -> list[PageNumber]:
    html = page_of(Corpus.load(saved))
    return list(numbers_of(html))


def test_numbers_of_raters_are_those_of_emos_agreement(saved: Path, numbers: list[PageNumber]) -> None:
    found = {layer: json_lines("agreement", saved, "--layer", layer, "--json")[0] for layer in LAYERS}
    of_raters = of_kind(numbers, "agreement")
    for text, of in of_raters:
        assert text in texts_of(value_at(found[of["layer"]], of["path"])), of
    paths = {(of["layer"], of["path"]) for _, of in of_raters}
    for layer, report in found.items():
        for index, panel in enumerate(report["panels"]):
            for number, pair in enumerate(panel["pairs"]):
                for name in ("cohen", "jaccard", "exact_match"):
                    there = (layer, f"/panels/{index}/pairs/{number}/{name}/value") in paths
                    assert there == (pair[name]["value"] is not None)
        for index, panel in enumerate(report["rater_report"]["panels"]):
            confusion = {path for own, path in paths if own == layer and f"/panels/{index}/confusion/" in path}
            assert confusion, (layer, panel["raters"])


def test_numbers_of_the_corpus_are_those_of_emos_doctor(saved: Path, numbers: list[PageNumber]) -> None:
    counts = json_lines("doctor", saved, "--json")[0]
    of_corpus = of_kind(numbers, "corpus")
    for text, of in of_corpus:
        assert text in texts_of(value_at(counts, of["path"])), of
    paths = [of["path"] for _, of in of_corpus]
    assert len(paths) == len(set(paths))
    for layer, amounts in counts["labels"].items():
        for kind, labels in amounts.items():
            assert {f"/labels/{layer}/{kind}/{label}" for label in labels} <= set(paths)
    assert {"/clips", "/monologues", "/seconds", "/votes", "/clips_with_media"} <= set(paths)


def test_every_number_of_the_views_has_a_name(saved: Path) -> None:
    section = data_section(content_of(Corpus.load(saved)))
    assert section is not None
    named = [number.metric for _, number in section.counts]
    assert len(set(named)) == len(named)
    assert all(bar.amount.metric.startswith("corpus?") for group in section.groups for bar in group.bars)
    # The longest bar of a group fills its track.
    assert all(max(bar.share for bar in group.bars) == 1 for group in section.groups)


def vote(key: str, rater: str, label: str, start: int, end: int) -> Vote:
    return Vote(item=key, layer="basic7", rater=rater, labels=(label,), span=Span(start, end))


def voted(key: str, votes: Iterable[tuple[str, str, int, int]], seconds: int = 20) -> Monologue:
    made = tuple(vote(key, *each) for each in votes)
    return Monologue(key=key, name=key, title="<b>", language="en", duration=Fraction(seconds), votes=made)


ANN = (("Joy", 0, 8), ("Fear", 8, 15), ("Anger", 16, 20))
BOB = (("Joy", 0, 5), ("Fear", 7, 13), ("Joy", 13, 18))


def label_at(labels: Iterable[tuple[str, int, int]], moment: int) -> str | None:
    return next((label for label, start, end in labels if start <= moment < end), None)


def test_disagreements_in_time_are_those_of_a_count_second_by_second() -> None:
    votes = [("ann", *each) for each in ANN] + [("bob", *each) for each in BOB]
    alike = [(rater, "Joy", 0, 20) for rater in ("ann", "bob")]
    corpus = Corpus([], [voted("alike", alike), voted("m", votes)])
    section = annotation_section(content_of(corpus))
    assert section is not None
    (layer,) = section.layers
    (only,) = layer.monologues
    both = [moment for moment in range(20) if label_at(ANN, moment) and label_at(BOB, moment)]
    apart = [moment for moment in both if label_at(ANN, moment) != label_at(BOB, moment)]
    assert (only.key, only.differing.text, only.shared.text) == ("m", f"{len(apart)}.000", f"{len(both)}.000")
    assert layer.num_more == 0
    inside = {
        moment for part in only.differences for moment in range(20) if part.left <= 5 * moment < part.left + part.width
    }
    assert inside == set(apart)
    given = [f"ann: {label_at(ANN, moment)}; bob: {label_at(BOB, moment)}" for moment in apart]
    assert [part.text for part in only.differences] == list(dict.fromkeys(given))
    lanes = {lane.rater: [(part.text, part.times) for part in lane.segments] for lane in only.lanes}
    assert lanes["ann"] == [(label, f"{start} to {end} s") for label, start, end in ANN]


def test_without_votes_there_is_no_annotation_view_and_without_items_no_data_view() -> None:
    clip = Clip(key="a", source="own", language="en")
    assert annotation_section(content_of(Corpus([clip]))) is None
    assert data_section(content_of(Corpus([]))) is None


def test_votes_that_nobody_shares_are_a_note() -> None:
    votes = (Vote(item="a", layer="basic7", rater="ann", labels=("Joy",)),)
    section = annotation_section(content_of(Corpus([Clip(key="a", source="own", language="en", votes=votes)])))
    assert section is not None
    (layer,) = section.layers
    assert layer.panels == ()
    assert "two raters" in layer.why_not


def test_findings_are_counted_once_a_code_with_the_worst_first() -> None:
    made = [
        Finding("watermark", "a.mp4", "a mark is on it", "leave it", "note"),
        Finding("unreadable_media", "b.mp4", "it cannot be read", "get another", "fault"),
        Finding("watermark", "c.mp4", "a mark is on it", "leave it", "note"),
    ]
    corpus = Corpus([Clip(key="a", source="own", language="en")]).with_findings(made)
    section = data_section(content_of(corpus))
    assert section is not None
    assert [(row.severity, row.code, row.amount.text, row.where) for row in section.findings] == [
        ("fault", "unreadable_media", "1", "b.mp4"),
        ("note", "watermark", "2", "a.mp4"),
    ]


def test_hostile_names_are_text() -> None:
    name = "<script>alert(1)</script>\"'\u202e"
    decision = Decision(item="a", layer="basic7", labels=("Joy",), scores={"Joy": 1.0})
    clips = [
        Clip(
            key=f"{n}{name}",
            source=name,
            language="en",
            votes=tuple(Vote(item="", layer="basic7", rater=rater, labels=("Joy",)) for rater in (name, "bob")),
            decisions={"basic7": decision},
        )
        for n in range(3)
    ]
    html = page_of(Corpus(clips))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
