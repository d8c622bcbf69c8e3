"""Findings are values of a corpus: nothing changes them, and whoever adds some gives another corpus."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from emos_io.annotation.log.events import Event, EventLog, with_events
from emos_io.corpus import Corpus, Finding, FindingCollector, Findings, Vote
from emos_io.corpus.link import attach, match
from emos_io.errors import InvalidArgument, SourceNotFound
from oracle import synthetic_release as made

EARLY = Finding("overlap", "a.csv, row 3", "it begins too early", "correct the times")
LATE = Finding("overlap", "a.csv, row 4", "it begins too early", "correct the times")


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus.from_release(made.make(tmp_path / "release"))


def test_findings_have_an_index() -> None:
    findings = Findings([EARLY, LATE])
    assert (findings[0], findings[-1]) == (EARLY, LATE)
    with pytest.raises(IndexError):
        findings[2]


def test_a_slice_of_findings_is_findings() -> None:
    assert Findings([EARLY, LATE])[1:] == Findings([LATE])
    assert Findings([EARLY, LATE])[1:].counts() == {"overlap": 1}


def test_findings_are_equal_where_each_of_them_is() -> None:
    assert Findings([EARLY, LATE]) == Findings([EARLY, LATE]) != Findings([LATE, EARLY])
    assert hash(Findings([EARLY, LATE])) == hash(Findings([EARLY, LATE]))


@pytest.mark.parametrize("again", [lambda each: pickle.loads(pickle.dumps(each)), copy.deepcopy, copy.copy])
def test_findings_pickle_and_copy(again: Callable[[Findings], Findings]) -> None:
    assert again(Findings([EARLY, LATE])) == Findings([EARLY, LATE])


def test_findings_take_no_others() -> None:
    findings = Findings([EARLY])
    assert not hasattr(findings, "add") and not hasattr(findings, "append")
    with pytest.raises(FrozenInstanceError):
        findings._all = (LATE,)  # type: ignore[misc]


def test_what_was_collected_stays_as_it_was() -> None:
    collector = FindingCollector()
    collector.add(EARLY.code, EARLY.where, EARLY.what, EARLY.fix)
    before = collector.collected
    collector.add(LATE.code, LATE.where, LATE.what, LATE.fix)
    assert (before, collector.collected) == (Findings([EARLY]), Findings([EARLY, LATE]))


def test_a_corpus_with_more_findings_is_another_one() -> None:
    own = Findings([EARLY])
    corpus = Corpus(findings=own)
    more = corpus.with_findings([LATE])
    assert corpus.findings is own
    assert (type(more), more.findings) == (Corpus, Findings([EARLY, LATE]))


def test_media_attached_twice_leave_a_corpus_as_it_was(corpus: Corpus, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    own, items = corpus.findings, list(corpus)
    once, again = attach(corpus, {"meld": empty}), attach(corpus, {"meld": empty})
    assert corpus.findings is own and list(corpus) == items
    assert once.findings == again.findings
    assert [each.code for each in once.findings[len(own) :]] == ["missing_media"]
    assert once.findings[: len(own)] == own


def test_votes_of_a_log_leave_a_corpus_as_it_was(corpus: Corpus, tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log.jsonl")
    log.add([Event(Vote(item="none/1", layer="basic7", rater="ann", labels=("Joy",)))])
    own, items = corpus.findings, list(corpus)
    joined, again = with_events(corpus, log), with_events(corpus, log)
    assert corpus.findings is own and list(corpus) == items
    assert joined.findings == again.findings
    assert [each.code for each in joined.findings[len(own) :]] == ["unknown_item"]


def test_an_examination_leaves_a_corpus_as_it_was(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "Black Ice.mp4"
    path.write_bytes(b"x")
    paths = match(corpus.items, tmp_path).paths
    linked = corpus.with_paths({"streaming/Black Ice": paths["streaming/Black Ice"]})
    own = linked.findings
    found = linked.doctor(lambda path: 3)
    assert linked.findings is own
    assert found.findings[: len(own)] == own
    assert [each.code for each in found.findings[len(own) :]] == ["duration_differs"]


@pytest.mark.parametrize("strict", [False, True])
def test_a_table_that_is_needed_is_refused_and_is_no_finding(tmp_path: Path, strict: bool) -> None:
    (tmp_path / "labels.csv").write_text("file,emotion\none.mp4,Joy\n")
    with pytest.raises(InvalidArgument, match=r"'label', which is the name of none of the columns 'file', 'emotion'"):
        Corpus.from_folder(
            tmp_path, annotations="labels.csv", columns={"item": "file", "label": "label"}, strict=strict
        )
    with pytest.raises(SourceNotFound, match="there are no annotations"):
        Corpus.from_folder(tmp_path, annotations="no.csv", columns={"item": "file", "label": "label"}, strict=strict)
