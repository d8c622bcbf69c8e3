"""Values that records, corpora and verbs refuse where they are given, each in one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from emos_io import Span
from emos_io.corpus import (
    Clip,
    Corpus,
    Decision,
    Finding,
    Findings,
    LabelTimeline,
    Monologue,
    Utterance,
    Vote,
    attach,
    doctor,
    read_folder,
    save,
    split,
)
from emos_io.errors import SourceUnreadable
from oracle.refusals import refusal_of

CLIP = Clip(key="own/0", source="own", language="en", path="own.mp4")
FILM = Monologue(key="own/a", name="a", title="A", language="en", duration=Fraction(3))
CORPUS = Corpus([CLIP], [FILM])
SPANS = (Span(0, 5), Span(5, 8))
JOY = {"Joy": 1}
COLUMNS = {"item": "file", "label": "emotion"}


def line(weights: Any = (JOY, JOY), spans: Any = SPANS) -> object:
    return LabelTimeline("own", spans, weights)


def vote(labels: Any) -> object:
    return Vote(item="a", layer="basic7", rater="ann", labels=labels)


def utterance(**fields: Any) -> object:
    return Utterance(index=0, span=Span(0, 1), **fields)


def corpus(clips: Any = (), monologues: Any = (), findings: Any = ()) -> object:
    return Corpus(clips, monologues, findings)


WRONG: Any = 5
CASES: dict[str, tuple[Callable[[], object], str]] = {
    "mapping": (lambda: replace(CLIP, attributes=None), "attributes must be a mapping, got None; give a dict"),  # type: ignore[arg-type]
    "text": (lambda: utterance(text="Hi"), "text must be a mapping, got 'Hi'"),
    "labels": (lambda: utterance(labels=[("a", ("b",))]), "labels must be a mapping, got "),
    "labels of a layer": (lambda: utterance(labels={"a": 5}), "labels of layer 'a' must be a tuple of names, got 5"),
    "labels of a vote": (lambda: vote("Joy"), "labels must be a tuple of names, got 'Joy'; give ('Joy',)"),
    "no labels": (lambda: vote(None), "labels must be a tuple of names, got None"),
    "labels of a decision": (
        lambda: Decision(item="a", layer="b", labels="J", scores={}),  # type: ignore[arg-type]
        "labels must be a tuple of names, got 'J'; give ('J',)",
    ),
    "no weights": (lambda: line([{}, JOY]), "weights must map one or more labels to their weight, got {}"),
    "weights of text": (lambda: line("ab"), "weights must be a sequence of mappings, got 'ab'; give a list"),
    "weights in a list": (
        lambda: line([["Joy"], JOY]),
        "weights must map one or more labels to their weight, got ['Joy']",
    ),
    "weight": (lambda: line([{"Joy": -0.5}, JOY]), "weight must be 0 or more, got -0.5; give the share of the label"),
    "fraction": (lambda: line([{"Joy": Fraction(-1)}, JOY]), "weight must be 0 or more, got Fraction(-1, 1)"),
    "spans": (lambda: line(spans=[(0, 5), (5, 8)]), "spans must be a Span, got (0, 5)"),
    "no spans": (lambda: line(spans=5), "spans must be a sequence of spans, got 5; give a list"),
    "items": (lambda: corpus(5), "clips must be a sequence of items, got 5; give a list"),
    "item": (lambda: corpus(["x"]), "items must be clips or monologues with keys of text, got 'x'"),
    "key": (
        lambda: corpus([replace(CLIP, key=WRONG)]),
        "items must be clips or monologues with keys of text, got Clip(5,",
    ),
    "monologue": (lambda: corpus([FILM]), "clips must be of type Clip, got Monologue('own/a'"),
    "clip": (lambda: corpus((), [CLIP]), "monologues must be of type Monologue, got Clip('own/0'"),
    "findings": (lambda: corpus(findings=5), "findings must be a sequence of findings, got 5"),
    "finding": (lambda: Findings(["x"]), "findings must be a sequence of findings, got 'x' in it"),  # type: ignore[list-item]
    "more findings": (
        lambda: CORPUS.with_findings(Finding("a", "b", "c", "d")),  # type: ignore[arg-type]
        "findings must be a sequence of findings, got Finding(",
    ),
    "save": (lambda: save(WRONG, "x"), "corpus must be a Corpus, got 5; give Corpus(clips, monologues)"),
    "split": (lambda: split(WRONG, seed=1, test=0.5), "corpus must be a Corpus, got 5"),
    "doctor": (lambda: doctor(WRONG), "corpus must be a Corpus, got 5"),
    "attach": (lambda: attach(WRONG, {}), "corpus must be a Corpus, got 5"),
    "probe": (lambda: doctor(CORPUS, WRONG), "probe must be a function from a path to seconds, got 5"),
    "length": (lambda: doctor(CORPUS, lambda _: -1), "what probe returns must be 0 or more, got -1"),
}


@pytest.mark.parametrize(("call", "text"), CASES.values(), ids=CASES)
def test_it_is_refused_where_it_is_given(call: Callable[[], object], text: str) -> None:
    assert refusal_of(call).startswith(text)


@pytest.mark.parametrize(
    "finding",
    [Finding("mine", "caf\udce9.csv, row 2", "a", "b"), Finding("mine", Path("a.csv"), "a", "b")],  # type: ignore[arg-type]
    ids=["bytes of a name", "path"],
)
def test_findings_that_are_no_text_are_not_saved(tmp_path: Path, finding: Finding) -> None:
    text = refusal_of(lambda: save(CORPUS.with_findings([finding]), tmp_path / "saved"))
    assert text.startswith("findings must be text of whole characters, got Finding(code='mine'")
    assert not (tmp_path / "saved").exists()


def test_an_origin_may_be_a_path(tmp_path: Path) -> None:
    save(Corpus([CLIP], origin=tmp_path), tmp_path)  # type: ignore[arg-type]
    assert list(Corpus.load(tmp_path)) == [CLIP]


def test_a_split_can_be_hashed() -> None:
    assert len({CORPUS.split(seed=1, test=0.5), CORPUS.split(seed=1, test=0.5)}) == 1


@pytest.fixture
def media(tmp_path: Path) -> Path:
    (tmp_path / "one.mp4").write_bytes(b"")
    return tmp_path


def fail(path: str) -> float:
    raise OSError("no head")


def test_media_that_a_probe_cannot_read_are_a_finding(media: Path) -> None:
    (media / "a.csv").write_text("file,t0,t1,emotion\none.mp4,0,5,Joy\n")
    read = read_folder(media, annotations="a.csv", columns=COLUMNS | {"start": "t0", "end": "t1"}, probe=fail)
    assert read.monologues["one"].duration == 5
    assert [str(each) for each in read.findings] == [
        "unreadable_media: it cannot be read (no head); get the file again: one"
    ]


def test_a_rater_that_nobody_is_is_refused(media: Path) -> None:
    (media / "a.csv").write_text("file,t0,t1,emotion,who\none.mp4,0,5,Joy,ann\n")
    columns = COLUMNS | {"start": "t0", "end": "t1", "rater": "who"}
    text = refusal_of(lambda: read_folder(media, annotations="a.csv", columns=columns, rater="anne"))
    assert text.startswith("rater must be one of 'ann', got 'anne'; correct it: ")


@pytest.mark.parametrize(("name", "comma"), [("a.tsv", "\t"), ("a.CSV", ","), ("a.TSV", "\t")])
def test_a_table_of_clips_is_read_by_its_suffix(media: Path, name: str, comma: str) -> None:
    (media / name).write_text(f"file{comma}emotion\none.mp4{comma}Joy\n")
    read = read_folder(media, annotations=name, columns=COLUMNS)
    assert [each.votes[0].labels for each in read.clips] == [("Joy",)]


def test_a_cell_that_never_ends_is_no_table(media: Path) -> None:
    (media / "a.csv").write_text('file,emotion\none.mp4,"' + "x" * 200_000)
    with pytest.raises(SourceUnreadable, match="row 2 cannot be read: field larger than"):
        read_folder(media, annotations="a.csv", columns=COLUMNS)


def test_a_column_has_a_name(media: Path) -> None:
    (media / "a.csv").write_text("file,emotion\none.mp4,Joy\n")
    text = refusal_of(lambda: read_folder(media, annotations="a.csv", columns={"item": "file", "label": WRONG}))
    assert text == "columns['label'] must be the name of a column, got 5; give a str"
