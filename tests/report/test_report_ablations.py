"""Ablations stand beside the run of the same model that lacks nothing; which run that is, is never guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from figure_contents import content_of, made_corpus, predicted

from emos_io.corpus import Finding, Findings, Scalar
from emos_io.report.comparison.ablations import ablations
from emos_io.report.comparison.score_section import score_section
from emos_io.report.page_table import Cell

MODEL: dict[str, Scalar] = {"model": "m", "weights_sha256": "aa"}


def text(cell: Cell) -> str:
    return "".join(piece if isinstance(piece, str) else piece.text for piece in cell)


@pytest.mark.parametrize("order", [("base", "video", "audio"), ("video", "base", "audio")])
def test_each_ablation_has_the_differences_from_its_run(order: tuple[str, ...]) -> None:
    corpus = made_corpus(20)
    headers = {"base": MODEL, "video": {**MODEL, "ablate": "video"}, "audio": {**MODEL, "ablate": "audio", "seed": 3}}
    content = content_of(corpus, *(predicted(corpus, name, 3 + len(name), headers[name]) for name in order))
    assert content.comparison is not None
    pairs, remarks = ablations(content)
    assert remarks == []
    assert [(each.base, each.ablated, each.without) for each in pairs] == [
        ("base", name, name) for name in order if name != "base"
    ]
    for each in pairs:
        own = [one for one in content.comparison.differences if {one.first, one.second} == {each.base, each.ablated}]
        assert list(each.differences) == own
        # The names stand in the order in which one is subtracted from the other.
        assert (each.first, each.second) == tuple(name for name in order if name in ("base", each.ablated))
    section = score_section(content)
    assert section is not None
    for table, each in zip(section.ablations, pairs, strict=True):
        assert [text(head) for head in table.heads[2:5]] == [each.first, each.second, "first minus second"]
        accuracy = next(row for row in table.rows if text(row[0]) == "accuracy")
        first, second = (content.runs[order.index(name)].scores for name in (each.first, each.second))
        assert text(accuracy[2]) == f"{first.get('accuracy').value:.3f}"
        assert text(accuracy[3]) == f"{second.get('accuracy').value:.3f}"


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({}, "no file of the same model"),
        ({"b": {"model": "n"}}, "no file of the same model"),
        ({"b": {**MODEL, "weights_sha256": "bb"}}, "no file of the same model"),
        ({"b": {}}, "no file of the same model"),
        ({"b": {**MODEL, "ablate": "text"}}, "no file of the same model"),
        ({"b": MODEL, "c": {"model": "m"}}, "2 files of the same model"),
    ],
)
def test_one_without_its_run_stands_alone_in_a_note(others: dict[str, dict[str, Scalar]], reason: str) -> None:
    corpus = made_corpus(12)
    headers = {"a": {**MODEL, "ablate": "audio"}, **others}
    content = content_of(
        corpus, *(predicted(corpus, name, 4, header, streams=False) for name, header in headers.items())
    )
    pairs, remarks = ablations(content)
    assert pairs == []
    assert reason in text(remarks[0]) and text(remarks[0]).startswith("a stands alone")


def test_findings_are_counted_and_those_left_out_are_counted_too() -> None:
    corpus = made_corpus(12)
    faults = [Finding("odd_line", f"line {number}", "it is odd", "correct it") for number in range(50)]
    notes = [Finding("odd_note", "line 1", "it is odd", "leave it", "note")]
    run = replace(predicted(corpus, "a", 5, streams=False), findings=Findings([*notes, *faults]))
    section = score_section(content_of(corpus, run))
    assert section is not None
    (findings,) = section.findings
    assert [text(each) for each in findings.counts] == ["50 odd_line", "1 odd_note"]
    assert [text(each) for each in findings.left_out] == ["30 more of odd_line"]
    assert [severity for severity, _ in findings.listed] == ["fault"] * 20 + ["note"]
    assert text(findings.listed[0][1]) == str(faults[0])
