"""Votes and adjudications of a log on clips and on spans of monologues: nothing is lost, nothing is overwritten."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.annotation import Event, EventLog, with_events
from emos_io.corpus import (
    Clip,
    Corpus,
    CorpusData,
    Decision,
    FindingCollector,
    Monologue,
    Taxonomy,
    Utterance,
    Vote,
)
from emos_io.corpus.records import Role
from emos_io.errors import CorpusError, InvalidArgument, quoted

MOODS = Taxonomy("moods", "1", "Moods", ("calm", "tense"), abstain="none")


def vote(
    label: str = "Joy",
    rater: str = "ann",
    *,
    item: str = "own/talk",
    span: Span | None = None,
    role: Role = "annotate",
    layer: str = "basic7",
) -> Vote:
    return Vote(item=item, layer=layer, rater=rater, labels=(label,) if label else (), raw=label, role=role, span=span)


def decided(label: str, span: Span | None = None, item: str = "own/talk") -> Decision:
    recipe = {"method": "majority"}
    return Decision(item=item, layer="basic7", labels=(label,), scores={label: 1.0}, recipe=recipe, span=span)


def clip(key: str = "own/1", *votes: Vote, decision: Decision | None = None, path: str | None = None) -> Clip:
    decisions = {} if decision is None else {"basic7": decision}
    return Clip(key=key, source="own", language="en", votes=votes, decisions=decisions, path=path)


def talk(*utterances: Utterance, decisions: tuple[Decision, ...] = (), votes: tuple[Vote, ...] = ()) -> Monologue:
    return Monologue(
        key="own/talk",
        name="talk",
        title="Talk",
        language="en",
        duration=Fraction(10),
        utterances=utterances,
        decisions=decisions,
        votes=votes,
    )


def uttered(label: str, start: int, end: int, **layers: tuple[str, ...]) -> Utterance:
    labels = {"basic7": (label,), **layers}
    return Utterance(index=0, span=Span(start, end), labels=labels, text={"en": label.lower()}, raw_primary=label)


def log_of(path: Path, *events: Event | Vote) -> EventLog:
    log = EventLog(path / "log.jsonl")
    log.add(each if isinstance(each, Event) else Event(each) for each in events)
    return log


def labels_by_span(monologue: Monologue, layer: str = "basic7") -> list[tuple[int, int, str]]:
    line = monologue.labels(layer)
    return [
        (int(span.start), int(span.end), ";".join(each)) for span, each in zip(line.spans, line.weights, strict=True)
    ]


def test_votes_with_spans_become_votes_of_monologues(tmp_path: Path) -> None:
    given = [vote(span=Span(0, 2)), vote("Fear", span=Span(2, "5/2")), vote("Joy", "bob", span=Span(0, 2))]
    corpus = with_events(Corpus((), [talk()]), log_of(tmp_path, *given))
    assert corpus.monologues["own/talk"].votes == tuple(given)
    assert corpus.findings == Corpus().findings


def test_a_log_that_is_applied_again_changes_nothing(tmp_path: Path) -> None:
    log = log_of(
        tmp_path,
        vote(span=Span(0, 2)),
        vote("Fear", span=Span(0, 2)),
        vote(item="own/1"),
        vote("Sadness", "carol", span=Span(1, 3), role="adjudicate"),
        vote("Fear", "carol", item="own/1", role="adjudicate"),
        vote("Anger", "dan", item="own/1", role="adjudicate"),
        vote("", "dan", item="own/1", role="review"),
        vote(item="none/1"),
    )
    first = clip("own/1", vote("Anger", item="own/1"), decision=decided("Joy", item="own/1"))
    corpus = Corpus([first], [talk(uttered("Joy", 0, 2), uttered("Fear", 2, 5))])
    once = with_events(corpus, log)
    twice = with_events(once, log)
    assert (list(twice), twice.findings) == (list(once), once.findings)
    assert once.findings.counts() == {"second_vote": 2, "unknown_item": 1, "conflicting_answers": 1}
    once.save(tmp_path / "saved")
    assert list(with_events(Corpus.load(tmp_path / "saved"), log)) == list(once)


def test_adjudications_of_clips_keep_the_chain(tmp_path: Path) -> None:
    before = decided("Joy", item="own/1")
    answers = [
        vote(label, rater, item="own/1", role="adjudicate") for label, rater in (("Fear", "carol"), ("Anger", "dan"))
    ]
    log = log_of(tmp_path, vote(item="own/1"), *answers, vote("", "eve", item="own/1", role="review"))
    found = with_events(Corpus([clip(decision=before)]), log).clips["own/1"]
    assert found.votes_in("basic7") == (vote(item="own/1"),)
    assert found.votes_in("basic7", "adjudicate") == tuple(answers)
    assert [each.rater for each in found.votes_in("basic7", "review")] == ["eve"]
    assert [each.label for each in found.replaced] == ["Joy", "Fear"] and found.replaced[0] is before
    assert found.decision is not None
    assert dict(found.decision.recipe) == {
        "method": "adjudication", "by": "dan", "event": log.events[2].id, "before": "Fear", "replaced": "1:2",
    }  # fmt: skip
    assert (found.decision.label, found.decision.confidence, found.decision.confidence_tier) == ("Anger", 1.0, "high")


def test_an_adjudication_replaces_the_decision_of_its_span(tmp_path: Path) -> None:
    spans = Span(0, 2), Span(2, 5)
    made = decided("Joy", spans[0]), decided("Fear", spans[1])
    monologue = talk(uttered("Joy", 0, 2, goemotions=("love",)), uttered("Fear", 2, 5), decisions=made)
    answer = vote("Sadness", "carol", span=spans[1], role="adjudicate")
    found = with_events(Corpus((), [monologue]), log_of(tmp_path, answer)).monologues["own/talk"]
    assert [(each.span, each.label) for each in found.decisions] == [(spans[0], "Joy"), (spans[1], "Sadness")]
    assert found.replaced == (made[1],)
    assert found.decisions[1].recipe["before"] == "Fear"
    assert labels_by_span(found) == [(0, 2, "Joy"), (2, 5, "Sadness")]
    assert found.utterances[0] == monologue.utterances[0]
    assert (found.utterances[1].text, found.utterances[1].raw_primary) == ({"en": "fear"}, "Fear")


def test_an_adjudication_of_part_of_a_decision_cuts_it(tmp_path: Path) -> None:
    monologue = talk(uttered("Joy", 0, 4, goemotions=("love",)), decisions=(decided("Joy", Span(0, 4)),))
    answer = vote("Fear", "carol", span=Span(1, 2), role="adjudicate")
    found = with_events(Corpus((), [monologue]), log_of(tmp_path, answer)).monologues["own/talk"]
    assert [(each.span, each.label) for each in found.decisions] == [
        (Span(0, 1), "Joy"), (Span(1, 2), "Fear"), (Span(2, 4), "Joy"),
    ]  # fmt: skip
    assert labels_by_span(found) == [(0, 1, "Joy"), (1, 2, "Fear"), (2, 4, "Joy")]
    # Words and other layers stay where they were.
    assert labels_by_span(found, "goemotions") == [(0, 4, "love")]
    assert [each.text for each in found.utterances if each.text] == [{"en": "joy"}]
    assert found.replaced == (decided("Joy", Span(0, 4)),)


def test_a_label_of_an_utterance_is_not_lost(tmp_path: Path) -> None:
    published = talk(uttered("Joy", 0, 2), uttered("Fear", 2, 5))
    answer = vote("Sadness", "carol", span=Span(0, 2), role="adjudicate")
    found = with_events(Corpus((), [published]), log_of(tmp_path, answer)).monologues["own/talk"]
    (before,) = found.replaced
    assert (before.label, before.span, before.recipe["method"]) == ("Joy", Span(0, 2), "utterance")
    assert labels_by_span(found) == [(0, 2, "Sadness"), (2, 5, "Fear")]


def test_an_adjudication_without_a_span_is_about_all_of_a_monologue(tmp_path: Path) -> None:
    answer = vote("Sadness", "carol", role="adjudicate")
    found = with_events(Corpus((), [talk(uttered("Joy", 0, 2))]), log_of(tmp_path, answer)).monologues["own/talk"]
    assert labels_by_span(found) == [(0, 10, "Sadness")]


def test_answers_that_decide_nothing_are_findings(tmp_path: Path) -> None:
    first = clip(decision=decided("Joy", item="own/1"))
    given = vote(item="own/1", role="adjudicate", rater="carol")
    log = log_of(
        tmp_path,
        replace(given, labels=(), abstain=True),
        replace(given, rater="dan", labels=("Joy", "Fear")),
        replace(given, rater="eve", labels=("Hapy",)),
    )
    corpus = with_events(Corpus([first]), log)
    found = corpus.clips["own/1"]
    assert (found.decision, found.replaced) == (first.decision, ())
    assert [(each.rater, each.open_labels) for each in found.votes] == [("carol", ()), ("dan", ()), ("eve", ("Hapy",))]
    assert corpus.findings.counts() == {"abstaining_answer": 1, "too_many_labels": 1, "unknown_label": 1}


def test_layers_of_own_taxonomies_take_one_label(tmp_path: Path) -> None:
    corpus = CorpusData([clip()], taxonomies=[MOODS])
    given = vote("calm", item="own/1", role="adjudicate", rater="carol", layer="moods")
    log = log_of(tmp_path, given, replace(given, rater="dan", labels=("calm", "tense")))
    found = with_events(corpus, log)
    assert found.clips["own/1"].decisions["moods"].label == "calm"
    assert (type(found), found.findings.counts(), found.taxonomies) == (CorpusData, {"too_many_labels": 1}, (MOODS,))


def test_items_are_found_by_their_media(tmp_path: Path) -> None:
    items = [clip("a/1", path="x/one.mov"), clip("a/2", path="x/two.mov"), clip("b/2", path="y/two.mov")]
    log = log_of(tmp_path, vote(item="file:///home/ann/one.mov"), vote(item="two.mov"), vote(item="no.mov"))
    corpus = with_events(Corpus(items), log)
    assert [[each.item for each in found.votes] for found in corpus.clips] == [["a/1"], [], []]
    assert [each.what for each in corpus.findings] == [
        "ann voted on two.mov, which is the name of 2 items, 'a/2' and 'b/2' first",
        "ann voted on no.mov, which is not in the corpus",
    ]


def test_many_votes_on_an_unknown_item_are_one_finding(tmp_path: Path) -> None:
    given = [vote(rater=rater, item="no", span=Span(at, at + 1)) for at in range(5) for rater in ("ann", "bob")]
    corpus = with_events(Corpus([clip()]), log_of(tmp_path, *given, vote(item="own/1")))
    assert [each.what for each in corpus.findings] == ["10 votes of ann, bob are on no, which is not in the corpus"]
    assert len(corpus.clips["own/1"].votes) == 1


def test_raters_of_one_name_are_a_finding_where_they_differ(tmp_path: Path) -> None:
    first = clip("own/1", vote("Fear", item="own/1"))
    corpus = with_events(Corpus([first]), log_of(tmp_path, vote(item="own/1")))
    assert corpus.clips["own/1"].votes == first.votes
    assert corpus.findings.counts() == {"second_vote": 1}
    same = with_events(Corpus([first]), log_of(tmp_path / "same", vote("Fear", item="own/1")))
    assert (same.clips["own/1"], len(same.findings)) == (first, 0)


def test_a_superseded_vote_leaves_an_item_that_has_it(tmp_path: Path) -> None:
    answer = Event(vote(item="own/1", rater="carol", role="adjudicate"))
    old = Event(vote(item="own/1"))
    log = log_of(tmp_path, old, answer)
    before = with_events(Corpus([clip()]), log)
    log.add([
        Event(vote("Fear", item="own/1"), supersedes=old.id),
        Event(vote("Anger", item="own/1", rater="carol", role="adjudicate"), supersedes=answer.id),
    ])  # fmt: skip
    late, fresh = with_events(before, log), with_events(Corpus([clip()]), log)
    assert late.clips["own/1"] == fresh.clips["own/1"]
    assert late.findings == fresh.findings == Corpus().findings
    assert late.clips["own/1"].decision is not None and late.clips["own/1"].decision.label == "Anger"


def test_a_cut_off_line_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    log = log_of(tmp_path, vote("高兴", "安"), vote(rater="bob"))
    content = log.path.read_bytes()
    first, second = content.splitlines(keepends=True)
    for length in (1, 20, len(second) - 3):
        log.path.write_bytes(first + second[:length])
        with pytest.raises(CorpusError) as caught:
            EventLog(log.path)
        assert str(caught.value) == (
            "line 2, the last one, is cut off; delete it by hand and add its event again, the file was not changed: "
            f"{quoted(log.path)}"
        )
        assert caught.value.index == 1 and log.path.read_bytes() == first + second[:length]
    # A character of several bytes may be cut, too.
    log.path.write_bytes(first[: first.index("高".encode()) + 1])
    with pytest.raises(CorpusError, match="line 1, the last one, is cut off"):
        EventLog(log.path)


def test_a_last_line_without_its_end_is_an_event(tmp_path: Path) -> None:
    log = log_of(tmp_path, vote(), vote(rater="bob"))
    log.path.write_bytes(log.path.read_bytes().rstrip(b"\n"))
    again = EventLog(log.path)
    assert again.add([Event(vote(rater="carol"))]) == 1
    assert [each.vote.rater for each in EventLog(log.path).events] == ["ann", "bob", "carol"]


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b" \t\n", b"\n\n"], ids=ascii)
def test_blank_lines_are_no_events(blank: bytes, tmp_path: Path) -> None:
    log = log_of(tmp_path, vote(), vote(rater="bob"))
    first, second = log.path.read_bytes().splitlines(keepends=True)
    for content in (blank + first + blank + second + blank, first + blank + second.rstrip(b"\n") + blank.rstrip(b"\n")):
        log.path.write_bytes(content)
        again = EventLog(log.path)
        assert again.events == log.events
        assert again.add([Event(vote(rater="carol"))]) == 1 and len(EventLog(log.path)) == 3
        assert log.path.read_bytes().startswith(content)
    log.path.write_bytes(blank)
    assert len(EventLog(log.path)) == 0
    log.path.write_bytes(blank + b"{\n")
    with pytest.raises(CorpusError, match=f"line {blank.count(10) + 1} is no event"):
        EventLog(log.path)


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b\x1c", "\udce4.csv", "a\nb", "\u00e9"], ids=ascii)
def test_any_text_stays_in_its_line(text: str, tmp_path: Path) -> None:
    event = Event(replace(vote(rater=text), raw=text), note=text)
    log = log_of(tmp_path, event)
    assert EventLog(log.path).events == (event,)
    assert EventLog(log.path).add([event]) == 0


def test_a_log_that_was_joined_of_two_has_each_event_once(tmp_path: Path) -> None:
    log = log_of(tmp_path, vote(), vote(rater="bob"))
    text = log.path.read_text()
    log.path.write_text("\ufeff" + text + text, "utf-8")
    assert len(EventLog(log.path)) == 2
    log.path.write_text(text.replace("bob", "eve") + text)
    with pytest.raises(CorpusError, match=r"line 4 has the id of another event, [0-9a-f]{16}; delete its id: "):
        EventLog(log.path)


def test_reviews_are_remarks_and_all_count(tmp_path: Path) -> None:
    remark = vote("", "carol", role="review")
    log = log_of(tmp_path, *(Event(replace(remark, raw=note), note=note) for note in ("not sure", "sure")))
    findings = FindingCollector()
    assert len(log.current(findings)) == 2 and not findings.collected


def test_what_is_no_log_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"log must be an EventLog, got 'a.jsonl'; give EventLog\(path\)"):
        with_events(Corpus(), "a.jsonl")  # type: ignore[arg-type]
