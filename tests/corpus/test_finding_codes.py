"""The table of findings' codes: every code of the package stands in it, none stands in it for nothing."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import emos_io
from emos_io.corpus import Corpus, Finding, FindingCollector, Findings, Severity
from emos_io.corpus.finding_codes import FINDING_CODES
from emos_io.errors import CorpusError, InvalidArgument

PACKAGE = Path(emos_io.__file__).parent
CODE = re.compile(r"[a-z]+(_[a-z]+)*")
FIELDS = 4
"""A finding is made by a call of a method, or of `Finding`, with code, where, what and fix, whatever the method is named
(`add_row` makes a row of a printed table)."""


def codes_of(call: ast.Call) -> Iterator[str]:
    """Yield the codes in the first argument of a call that makes a finding."""
    method = isinstance(call.func, ast.Attribute) and call.func.attr != "add_row"
    finding = isinstance(call.func, ast.Name) and call.func.id == "Finding"
    if not (method or finding) or len(call.args) != FIELDS:
        return
    first = call.args[0]
    for each in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and CODE.fullmatch(each.value):
            yield each.value


def codes_in_package() -> set[str]:
    trees = [ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))]
    return {code for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) for code in codes_of(node)}


def test_every_code_is_in_the_table_and_every_row_is_used() -> None:
    used = codes_in_package()
    assert used - set(FINDING_CODES) == set(), "add them to corpus/finding_codes.py"
    assert set(FINDING_CODES) - used == set(), "nothing makes these findings any more"


def test_meanings_are_one_plain_sentence() -> None:
    for code, (severity, meaning, why) in FINDING_CODES.items():
        assert CODE.fullmatch(code)
        assert severity in ("repair", "note", "fault", "either")
        assert "\n" not in meaning and len(meaning) > 20 and not meaning.endswith(".")
        assert "\n" not in why and len(why) > 10 and not why.endswith(".") and why != meaning
    meanings = [known.meaning for known in FINDING_CODES.values()]
    assert len(set(meanings)) == len(meanings)


def test_a_typo_in_a_code_of_ours_is_found() -> None:
    tree = ast.parse(
        'findings.add("overlapp" if late else "no_time", where, what, fix, repaired=False)\nFinding("no_tme", a, b, c)'
    )
    used = {code for node in ast.walk(tree) if isinstance(node, ast.Call) for code in codes_of(node)}
    assert used - set(FINDING_CODES) == {"overlapp", "no_tme"}


def test_codes_of_a_callers_own_reader_are_faults() -> None:
    findings = FindingCollector()
    findings.add("bad_weather", "here", "it rains", "wait")
    findings.add("bad_weather", "there", "it rained", "none", repaired=True)
    assert findings.collected.counts() == {"bad_weather": 2}
    strict = FindingCollector(strict=True)
    strict.add("bad_weather", "there", "it rained", "none", repaired=True)
    with pytest.raises(CorpusError, match="bad_weather: it rains; wait: here"):
        strict.add("bad_weather", "here", "it rains", "wait")


def test_a_code_that_is_no_text_is_refused() -> None:
    findings = FindingCollector()
    with pytest.raises(InvalidArgument) as caught:
        findings.add(3, "here", "it rains", "wait")  # type: ignore[arg-type]
    assert str(caught.value) == "code must be a str, got 3; give one of FINDING_CODES or a name of your own"
    assert len(findings.collected) == 0


def test_another_severity_than_that_of_the_table_is_refused() -> None:
    findings = FindingCollector()
    with pytest.raises(InvalidArgument) as caught:
        findings.add("overlap", "here", "it overlaps", "cut it", repaired=True)
    assert str(caught.value) == "repaired must agree with severity 'fault' of code 'overlap', got True; leave it out"
    with pytest.raises(InvalidArgument, match="repaired must agree with severity 'repair' of code 'fenced_json'"):
        findings.add("fenced_json", "here", "it is fenced", "none", repaired=False)
    with pytest.raises(InvalidArgument, match="'label_after_end', got None; say whether nothing was lost"):
        findings.add("label_after_end", "here", "it is late", "cut it")
    assert len(findings.collected) == 0


def test_a_strict_reader_stops_at_faults_alone() -> None:
    findings = FindingCollector(strict=True)
    findings.add("fenced_json", "a.json", "it is fenced", "the fence was removed")
    findings.add("label_after_end", "a.json", "it is late", "none", repaired=True)
    for code, repaired in (("overlap", None), ("label_after_end", False)):
        with pytest.raises(CorpusError) as caught:
            findings.add(code, "a.json, row 2", "it is late", "correct it", repaired=repaired)
        assert str(caught.value) == f"{code}: it is late; correct it: a.json, row 2"
    assert findings.collected.counts() == {"fenced_json": 1, "label_after_end": 1}


def test_a_finding_has_the_severity_of_its_code_or_its_own() -> None:
    findings = FindingCollector()
    findings.add("fenced_json", "a.json", "it is fenced", "none")
    findings.add("text_differs", "a.json", "it is another text", "none")
    findings.add("overlap", "a.json", "it overlaps", "cut it")
    findings.add("label_after_end", "a.json", "it is late", "none", repaired=True)
    findings.add("label_after_end", "a.json", "it is late", "none", severity="fault")
    findings.add("unknown_label", "a.json", "it is unknown", "none", severity="note")
    findings.add("bad_weather", "here", "it rains", "wait")
    findings.add("bad_weather", "here", "it rains", "wait", severity="note")
    severities = [each.severity for each in findings.collected]
    assert severities == ["repair", "note", "fault", "repair", "fault", "note", "fault", "note"]
    assert [Finding(code, "a", "b", "c").severity for code in ("fenced_json", "label_after_end", "mine")] == [
        "repair",
        "fault",
        "fault",
    ]
    assert Finding("mine", "a", "b", "c", "note") != Finding("mine", "a", "b", "c")
    with pytest.raises(InvalidArgument) as caught:
        Finding("mine", "a", "b", "c", "bad")  # type: ignore[arg-type]
    assert str(caught.value) == ("severity must be one of repair, note, fault, got 'bad'; leave it out for the code's")


@pytest.mark.parametrize(
    ("code", "given", "text"),
    [
        (
            "overlap",
            {"severity": "repair"},
            "severity must agree with severity 'fault' of code 'overlap', got 'repair'",
        ),
        ("fenced_json", {"severity": "note"}, "severity must agree with severity 'repair' of code 'fenced_json'"),
        ("text_differs", {"severity": "fault"}, "severity must agree with severity 'note' of code 'text_differs'"),
        (
            "text_differs",
            {"repaired": True},
            "repaired must agree with severity 'note' of code 'text_differs', got True",
        ),
        ("mine", {"severity": "worse"}, "severity must be one of repair, note, fault, got 'worse'"),
        ("mine", {"severity": "note", "repaired": False}, "repaired must be left out beside severity, got False"),
    ],
    ids=["raised", "lowered", "worse", "repaired", "unknown", "both"],
)
def test_a_severity_that_contradicts_is_refused(code: str, given: dict[str, Any], text: str) -> None:
    findings = FindingCollector()
    with pytest.raises(InvalidArgument, match=re.escape(text)):
        findings.add(code, "here", "it is so", "none", **given)
    assert len(findings.collected) == 0


def test_findings_of_a_severity_and_of_worse_ones() -> None:
    findings = Findings([Finding(code, "a", "b", "c") for code in ("fenced_json", "text_differs", "overlap")])
    least: dict[Severity, list[str]] = {
        "repair": ["fenced_json", "text_differs", "overlap"],
        "note": ["text_differs", "overlap"],
        "fault": ["overlap"],
    }
    for severity, codes in least.items():
        assert [each.code for each in findings.at_least(severity)] == codes
    with pytest.raises(InvalidArgument, match="severity must be one of repair, note, fault, got 'all'"):
        findings.at_least("all")  # type: ignore[arg-type]


def test_severities_are_saved_and_those_of_earlier_versions_are_those_of_their_codes(tmp_path: Path) -> None:
    given = [
        Finding("label_after_end", "a", "b", "c", "repair"),
        Finding("unknown_label", "a", "b", "c", "note"),
        Finding("of_tomorrow", "a", "b", "c", "note"),
    ]
    Corpus(findings=given).save(tmp_path)
    assert list(Corpus.load(tmp_path).findings) == given
    file = tmp_path / "findings.jsonl"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [list(line) for line in lines] == [["code", "severity", "where", "what", "fix"]] * 3
    old = [{**line, "code": code} for line, code in zip(lines, ("fenced_json", "overlap", "damaged_text"), strict=True)]
    file.write_text("".join(json.dumps({k: v for k, v in line.items() if k != "severity"}) + "\n" for line in old))
    assert [each.severity for each in Corpus.load(tmp_path).findings] == ["repair", "fault", "note"]
    file.write_text(json.dumps({**lines[0], "severity": "bad"}) + "\n")
    with pytest.raises(CorpusError, match="line 1 is none of a saved corpus"):
        Corpus.load(tmp_path)


def test_a_reporter_adds_findings_in_its_file() -> None:
    findings = FindingCollector()
    report = findings.reporter("a.eaf")
    report("no_time", "annotation a1", "it has no start", "align it")
    report("encoding", "", "it is not UTF-8", "save it as UTF-8")
    assert [each.where for each in findings.collected] == ["a.eaf, annotation a1", "a.eaf"]


def test_findings_show_their_counts() -> None:
    findings = FindingCollector()
    assert repr(findings.collected) == "Findings(0 findings)"
    for code in ("overlap", "fenced_json", "overlap"):
        findings.add(code, "a.json", "it is so", "none")
    assert repr(findings.collected) == "Findings(3 findings: 1 fenced_json, 2 overlap)"
    assert [each.code for each in findings.collected] == ["overlap", "fenced_json", "overlap"]


def test_findings_of_a_saved_corpus_keep_codes_of_another_version(tmp_path: Path) -> None:
    corpus = Corpus(findings=Findings([Finding("of_tomorrow", "a.json", "it is new", "none")]))
    corpus.save(tmp_path)
    assert list(Corpus.load(tmp_path).findings) == list(corpus.findings)
