"""How labels came about: the steps of clips and of spans in order."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

import pytest

from emos_io import Span
from emos_io.annotation import Event, EventLog, chains, decide, with_events
from emos_io.cli.app import guarded
from emos_io.cli.verbs import app
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Utterance, Vote
from emos_io.corpus.records import Role


def vote(rater: str, label: str, *, item: str = "own/1", role: Role = "annotate", span: Span | None = None) -> Vote:
    labels = (label,) if label else ()
    return Vote(item=item, layer="basic7", rater=rater, labels=labels, raw=label, role=role, span=span)


def decided(label: str, span: Span | None = None) -> Decision:
    return Decision(
        item="own/1", layer="basic7", labels=(label,), scores={label: 1.0}, confidence=0.5, confidence_tier="low",
        recipe={"method": "majority"}, span=span,
    )  # fmt: skip


def steps(item: Clip | Monologue, log: EventLog | None = None) -> list[list[tuple[str, bool, str]]]:
    found = chains(item, "basic7", () if log is None else log.events)
    return [
        [
            (
                step.kind,
                step.counts,
                ";".join(step.record.labels_in("basic7") if isinstance(step.record, Utterance) else step.record.labels),
            )
            for step in chain.steps
        ]
        for chain in found
    ]


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    log = EventLog(tmp_path / "log.jsonl")
    old = Event(vote("ann", "Fear"))
    answers = [vote("carol", "Anger", role="adjudicate"), vote("dan", "Sadness", role="adjudicate")]
    log.add([
        old, Event(vote("ann", "Joy"), supersedes=old.id), Event(vote("bob", "Joy")), Event(vote("bob", "Fear")),
        Event(answers[0], note="she frowns"), Event(vote("eve", "", role="review"), note="look again"), Event(answers[1]),
    ])  # fmt: skip
    return log


CLIP = Clip(
    key="own/1", source="own", language="en", decisions={"basic7": decided("Joy")}, replaced=(decided("Disgust"),)
)
CHAIN = [
    ("vote", False, "Fear"),
    ("vote", False, "Fear"),
    ("vote", True, "Joy"),
    ("vote", True, "Joy"),
    ("decision", False, "Disgust"),
    ("decision", False, "Joy"),
    ("review", True, ""),
    ("adjudication", False, "Anger"),
    ("decision", False, "Anger"),
    ("adjudication", True, "Sadness"),
    ("decision", True, "Sadness"),
]


def test_the_chain_of_a_clip_is_in_order(log: EventLog) -> None:
    item = with_events(Corpus([CLIP]), log).clips[0]
    assert steps(item, log) == [CHAIN]
    # Without the log, votes that do not count are not known.
    assert steps(item) == [[step for step in CHAIN if step[0] != "vote" or step[1]]]


def test_a_monologue_has_a_chain_for_each_decision(tmp_path: Path) -> None:
    made = decided("Joy", Span(0, 2)), decided("Fear", Span(2, 4))
    votes = (
        vote("ann", "Joy", span=Span(0, 3)),
        vote("bob", "Fear", span=Span(2, 4)),
        vote("bob", "Joy", span=Span(6, 7)),
    )
    talk = Monologue(
        key="own/1", name="1", title="1", language="en", duration=Fraction(9), votes=votes, decisions=made,
    )  # fmt: skip
    log = EventLog(tmp_path / "log.jsonl")
    log.add([Event(vote("carol", "Anger", role="adjudicate", span=Span(2, 4)))])
    item = with_events(Corpus((), [talk]), log).monologues[0]
    assert [each.span for each in chains(item, "basic7")] == [Span(0, 2), Span(2, 4), None]
    assert steps(item) == [
        [("vote", True, "Joy"), ("decision", True, "Joy")],
        [
            ("vote", True, "Joy"), ("vote", True, "Fear"), ("decision", False, "Fear"), ("adjudication", True, "Anger"),
            ("decision", True, "Anger"),
        ],
        [("vote", True, "Joy")],
    ]  # fmt: skip
    spoken = (Utterance(index=0, span=Span(0, 2), labels={"basic7": ("Joy",)}),)
    assert steps(replace(talk, votes=(), decisions=(), utterances=spoken)) == [[("utterance", True, "Joy")]]


@pytest.mark.parametrize("num_before", [1, 2])
def test_decisions_made_after_an_adjudication_come_after_it(num_before: int, log: EventLog) -> None:
    votes = vote("ann", "Joy"), vote("bob", "Joy")
    methods: tuple[Literal["majority", "soft", "dawid_skene"], ...] = ("majority", "soft", "dawid_skene")
    corpus = Corpus([Clip(key="own/1", source="own", language="en", votes=votes)])
    answered = EventLog(log.path.with_name("answers.jsonl"))
    answered.add([Event(vote("carol", "Anger", role="adjudicate"), note="she frowns")])
    for method in methods[:num_before]:
        corpus = decide(corpus, method=method)
    corpus = with_events(corpus, answered)
    for method in methods[num_before:]:
        corpus = with_events(decide(corpus, method=method), answered)
    (chain,) = chains(corpus.clips[0], "basic7")
    made = [each.record.recipe["method"] for each in chain.steps if isinstance(each.record, Decision)]
    assert made == [*methods[:num_before], "adjudication", *methods[num_before:]]
    assert [each.kind for each in chain.steps if each.counts] == ["vote", "vote", "adjudication", "decision"]
    notes = [each.record.recipe.get("note") for each in chain.steps if isinstance(each.record, Decision)]
    assert [each for each in notes if each] == ["she frowns"]


def emos(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = guarded(lambda: app(list(map(str, words)), standalone_mode=False))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_show_prints_the_chain_of_an_item(log: EventLog, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "saved"
    other = replace(CLIP, key="own/2", decisions={}, replaced=())
    Corpus([CLIP, other]).save(saved)
    code, out, err = emos(capsys, "show", "1", saved, "--log", log.path, "--json")
    (line,) = out.splitlines()
    found = json.loads(line)
    assert (code, err, found["item"], found["kind"]) == (0, "", "own/1", "clip")
    ((chain,),) = ([each["steps"] for each in layer["chains"]] for layer in found["layers"])
    assert [(step["step"], step["counts"], ";".join(step["labels"])) for step in chain] == CHAIN
    assert chain[-1]["recipe"] == {
        "method": "adjudication", "by": "dan", "event": log.events[-1].id, "before": "Anger", "replaced": "2:3",
    }  # fmt: skip
    assert [step["note"] for step in chain if step["step"] in ("review", "adjudication")] == [
        "look again", "she frowns", "",
    ]  # fmt: skip
    code, out, err = emos(capsys, "show", "own/1", saved, "--log", log.path, "--layer", "basic7")
    rows = [[cell.strip() for cell in line.split("│")[1:4]] for line in out.splitlines() if line.startswith("│")]
    assert (code, err, len(rows)) == (0, "", len(CHAIN))
    assert rows[-2:] == [["adjudication", "dan", "Sadness"], ["decision", "", "Sadness"]]
    assert emos(capsys, "show", "own/2", saved) == (0, "own/2 has no votes and no decisions\n", "")


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["none"], 2, "there is no item 'none' among 1; give one of them, such as 'own/1'"),
        (["1", "--out", "a.html"], 2, "--out must come with a window, got the item '1'; leave it out, or write "),
        (["1", "--layer", "mood"], 2, "--layer must be one of the layers of own/1, basic7, got 'mood'; leave it out"),
        (["1", "--log", "none.jsonl"], 3, "there is no such log; give one that emos votes or emos review wrote: "),
        (["1", "a.mov"], 2, "sources must be corpora for the item '1', got a file; leave it out: "),
    ],
)
def test_wrong_use_is_one_line(
    words: list[str], code: int, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Corpus([CLIP]).save("saved")
    Path("a.mov").write_bytes(b"")
    got, out, err = emos(capsys, "show", words[0], "saved", *words[1:])
    assert (got, out, err.count("\n"), text in err) == (code, "", 1, True), err
