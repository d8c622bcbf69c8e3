"""An empty label in a file of votes is a finding, where its rater was to write one."""

from __future__ import annotations

from pathlib import Path

import pytest

from emos_io import Span
from emos_io.annotation import Event, read_span_votes, read_votes
from emos_io.corpus import FindingCollector
from emos_io.formats import Segment, write_eaf, write_textgrid
from oracle import synthetic_release as made

EMPTY = ["", "  ", ";", "； ,"]
ROWS = [("a", "Joy", "ann"), ("b", None, "bob"), ("c", "无", "cy"), ("d", "meh", "ann")]


def table(path: Path, empty: str) -> Path:
    rows = [[item, empty if label is None else label, who] for item, label, who in ROWS]
    if path.suffix == ".xlsx":
        made.workbook(path, [["item", "label", "who"], *rows])
    else:
        path.write_text("".join("\t".join(row) + "\n" for row in [["item", "label", "who"], *rows]), "utf-8")
    return path


def given(events: list[Event]) -> dict[str, tuple[str, ...]]:
    return {event.vote.item: event.vote.labels or event.vote.open_labels for event in events}


@pytest.mark.parametrize("empty", EMPTY, ids=["nothing", "blanks", "separator", "separators"])
@pytest.mark.parametrize("name", ["votes.xlsx", "votes.tsv"])
def test_a_row_without_a_label_is_a_finding(name: str, empty: str, tmp_path: Path) -> None:
    path = table(tmp_path / name, empty)
    for rater, rater_column in (("ann", None), (None, "who")):
        findings = FindingCollector()
        events = read_votes(
            path, findings, layer="goemotions", item="item", label="label", rater=rater, rater_column=rater_column
        )
        assert set(given(events)) == {"a", "c", "d"}
        (found,) = [each for each in findings.collected if each.code == "no_label"]
        assert (found.severity, found.what) == ("fault", "its label is empty, so it was left out")
        assert "row 3" in found.where and found.where.endswith(", column label")


def test_a_rater_of_an_empty_cell_did_not_vote_where_each_has_a_column(tmp_path: Path) -> None:
    path = tmp_path / "wide.xlsx"
    made.workbook(path, [["item", "x", "y"], ["a", "joy", None], ["b", "frozenset()", "  "], ["c", ";", "joy"]])
    findings = FindingCollector()
    events = read_votes(path, findings, layer="goemotions", item="item", label={"ann": "x", "bob": "y"})
    # A set without labels, as the release writes it, is a vote; a separator alone is a slip.
    assert [(each.vote.item, each.vote.rater, each.vote.labels) for each in events] == [
        ("a", "ann", ("joy",)), ("b", "ann", ()), ("c", "bob", ("joy",)),
    ]  # fmt: skip
    assert [each.where.endswith("row 4, column x") for each in findings.collected] == [True]


def test_raters_of_the_release_labelled_some_of_the_rows(tmp_path: Path) -> None:
    folder = tmp_path / "data-final" / "First-2500"
    folder.mkdir(parents=True)
    for path, expected in ((folder / "a1.xlsx", 0), (tmp_path / "a1.xlsx", 1)):
        findings = FindingCollector()
        events = read_votes(table(path, ""), findings, layer="goemotions", item="item", label="label", rater="a1")
        assert (len(events), findings.collected.counts().get("no_label", 0)) == (3, expected)


@pytest.mark.parametrize("empty", EMPTY, ids=["nothing", "blanks", "separator", "separators"])
def test_a_span_without_a_label_is_a_finding_save_blanks_of_praat(empty: str, tmp_path: Path) -> None:
    segments = [
        Segment(Span(0, 2), "Joy", "basic7"),
        Segment(Span(2, 3), empty or "none", "basic7"),
        Segment(Span(3, 4), "Fear", "basic7"),
    ]
    write_eaf(tmp_path / "talk.eaf", segments)
    write_textgrid(tmp_path / "talk.TextGrid", segments)
    for name in () if empty else ("talk.eaf", "talk.TextGrid"):
        text = (tmp_path / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace('"none"', '""').replace(">none<", "><"), "utf-8")
    for name, expected in (("talk.eaf", 1), ("talk.TextGrid", int(bool(empty.strip())))):
        findings = FindingCollector()
        events = read_span_votes(tmp_path / name, findings, layer="basic7", rater="ann")
        assert [(each.vote.labels, each.vote.span) for each in events] == [
            (("Joy",), Span(0, 2)), (("Fear",), Span(3, 4)),
        ]  # fmt: skip
        assert [(each.code, str(Span(2, 3)) in each.where) for each in findings.collected] == [
            ("no_label", True)
        ] * expected
