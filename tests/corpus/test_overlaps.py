"""Labels of one rater over time: noise of floats, labels of one span, and spans that overlap."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import Corpus, FindingCollector, Monologue, Provenance, Utterance, segments_of, taxonomy
from emos_io.corpus.exchange import export
from emos_io.corpus.label_rows import read_rows
from emos_io.corpus.overlaps import covers
from emos_io.corpus.utterances import utterances_of
from emos_io.errors import CorpusError
from emos_io.formats import TABLE_COLUMNS, AnnotationFile, Segment, read_annotation, read_label_studio
from emos_io.formats.noise import NOISE

COLUMNS = {"item": "file", "start": "s", "end": "e", "label": "emo"}
SOURCE = Provenance("labels.csv")
Rows = list[tuple[Span, str]]


def read(rows: Rows, layer: str) -> tuple[tuple[Utterance, ...], FindingCollector]:
    findings = FindingCollector()
    labelled = [(Segment(span, text), SOURCE) for span, text in rows]
    return utterances_of(read_rows(labelled, taxonomy(layer), findings), taxonomy(layer), findings), findings


def film(utterances: tuple[Utterance, ...], seconds: int = 100) -> Monologue:
    return Monologue(
        key="own/film", name="film", title="film", language="en", duration=Fraction(seconds), utterances=utterances
    )


def spans(*rows: tuple[str | int | float | Fraction, str | int | float | Fraction, str]) -> Rows:
    return [(Span(start, end), text) for start, end, text in rows]


def labelled(utterances: tuple[Utterance, ...], layer: str = "basic7") -> list[tuple[Span, str]]:
    return [(each.span, ";".join(each.labels_in(layer))) for each in utterances]


@pytest.mark.parametrize(
    ("rows", "right", "codes"),
    [
        (spans((0, 5, "joy"), (4, 6, "fear")), spans((0, 4, "Joy"), (5, 6, "Fear")), {"overlap": 1}),
        (spans((0, 10, "joy"), (4, 6, "fear")), spans((0, 4, "Joy"), (6, 10, "Joy")), {"overlap": 1}),
        (spans((0, 1, "joy"), (0, 5, "fear")), spans((1, 5, "Fear")), {"overlap": 2}),
        (spans((0, 5, "joy"), (3, 8, "Joy")), spans((0, 5, "Joy"), (5, 8, "Joy")), {"repeated_label": 1}),
        (spans((0, 9, "joy"), (3, 4, "joy")), spans((0, 9, "Joy")), {"repeated_label": 1}),
        (spans((0, 2, "joy"), (0, 2, "joy")), spans((0, 2, "Joy")), {"repeated_label": 1}),
        # Rows have no order that says which label is meant; the words of a cell have one.
        (spans((0, 2, "joy"), (0, 2, "fear")), spans((0, 2, "")), {"too_many_labels": 1}),
        (
            spans((0, 2, "joy"), (0, 2, "fear"), (1, 3, "fear")),
            spans((0, 1, ""), (2, 3, "Fear")),
            {"too_many_labels": 1, "overlap": 1},
        ),
        (spans((0, 2, "joy;fear")), spans((0, 2, "Joy")), {"too_many_labels": 1}),
        (spans((0, 2, "joy;fear"), (0, 2, "joy")), spans((0, 2, "Joy")), {"too_many_labels": 1, "repeated_label": 1}),
        (spans((0, 2, "joy"), (0, 2, "contempt")), spans((0, 2, "Joy")), {"open_label": 1}),
        (
            spans((0, 3, "joy"), (2, 5, "fear"), (4, 7, "anger")),
            spans((0, 2, "Joy"), (3, 4, "Fear"), (5, 7, "Anger")),
            {"overlap": 2},
        ),
        (
            spans((0, 4, "joy"), (1, 2, "fear"), (3, 6, "joy")),
            spans((0, 1, "Joy"), (2, 4, "Joy"), (4, 6, "Joy")),
            {"overlap": 1, "repeated_label": 1},
        ),
        # An open word claims its seconds as a label does.
        (
            spans((0, 5, "joy"), (4, 6, "contempt")),
            spans((0, 4, "Joy"), (5, 6, "")),
            {"open_label": 1, "overlap": 1},
        ),
        (spans((0, 2, "joy"), (2, 4, "joy")), spans((0, 2, "Joy"), (2, 4, "Joy")), {}),
    ],
)
def test_a_layer_of_single_labels_keeps_what_one_label_covers_alone(
    rows: Rows, right: list[tuple[Span, str]], codes: dict[str, int]
) -> None:
    for order in (rows, rows[::-1]):
        utterances, findings = read(order, "basic7")
        assert labelled(utterances) == right
        assert findings.collected.counts() == codes
        assert [each.index for each in utterances] == list(range(len(utterances)))
        assert film(utterances).labels("basic7").spans == tuple(span for span, text in right if text)


def test_overlapping_spans_of_a_layer_of_sets_all_live() -> None:
    rows = spans((0, 5, "joy"), (4, 8, "love;contempt"), (4, 8, "pride"), (6, 7, "joy"))
    utterances, findings = read(rows, "goemotions")
    assert labelled(utterances, "goemotions") == spans((0, 5, "joy"), (4, 8, "love;pride"), (6, 7, "joy"))
    assert utterances[1].open_labels == ("contempt",)
    assert (utterances[1].raw_primary, utterances[1].raw_secondary) == ("love;contempt", ("pride",))
    assert findings.collected.counts() == {"open_label": 1}
    line = film(utterances).labels("goemotions")
    third, half = Fraction(1, 3), Fraction(1, 2)
    assert list(zip(line.spans, line.weights, strict=True)) == [
        (Span(0, 4), {"joy": 1}), (Span(4, 5), {"joy": third, "love": third, "pride": third}),
        (Span(5, 6), {"love": half, "pride": half}), (Span(6, 7), {"love": third, "pride": third, "joy": third}),
        (Span(7, 8), {"love": half, "pride": half}),
    ]  # fmt: skip


def test_a_label_given_twice_to_one_span_counts_once() -> None:
    utterances, findings = read(spans((0, 5, "joy"), (0, 5, "love"), (0, 5, "Joy")), "goemotions")
    assert labelled(utterances, "goemotions") == spans((0, 5, "joy;love"))
    assert findings.collected.counts() == {"repeated_label": 1}


def test_equal_spans_that_differ_by_noise_are_one_set() -> None:
    utterances, findings = read(
        spans(("0.3", 1, "joy"), ("0.30000000000000004", "1.0000000000000002", "love")), "goemotions"
    )
    assert labelled(utterances, "goemotions") == spans(("0.3", 1, "joy;love"))
    assert findings.collected.counts() == {"time_noise": 1}


def test_labels_that_would_vanish_stay_with_a_finding() -> None:
    for layer, names in (("basic7", ("Joy", "Fear")), ("goemotions", ("joy", "fear"))):
        utterances, findings = read(spans((0, 5, "joy"), (0, "0.0004", "fear")), layer)
        assert labelled(utterances, layer) == spans((0, "0.0004", names[1]), ("0.0004", 5, names[0]))
        assert findings.collected.counts() == {"overlap": 1, "time_noise": 1}
    utterances, findings = read(spans((0, 5, "joy"), (2, "2.0004", "fear")), "basic7")
    assert labelled(utterances) == spans((0, 2, "Joy"), (2, "2.0004", "Fear"), ("2.0004", 5, "Joy"))
    assert findings.collected.counts() == {"overlap": 1}


def test_noise_is_a_repair_and_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    table = tmp_path / "l.csv"
    table.write_text("file,s,e,emo\na,0,0.30000000000000004,joy\na,0.3,0.9999999,sadness\na,1,2,anger\n")
    corpus = Corpus.from_folder(tmp_path, annotations=table, columns=COLUMNS, strict=True)
    (monologue,) = corpus.monologues
    assert labelled(monologue.utterances) == spans((0, "0.3", "Joy"), ("0.3", 1, "Sadness"), (1, 2, "Anger"))
    assert [(each.code, each.what, each.fix) for each in corpus.findings] == [
        (
            "time_noise",
            "it overlaps or nearly touches another label by less than 1 ms; "
            "Span(0, '7500000000000001/25000000000000000') became Span(0, '3/10')",
            "the earlier label ends where the later one begins",
        ),
        (
            "time_noise",
            "it overlaps or nearly touches another label by less than 1 ms; "
            "Span('3/10', '9999999/10000000') became Span('3/10', 1)",
            "the earlier label ends where the later one begins",
        ),
    ]
    table.write_text("file,s,e,emo\na,0,1,joy\na,0.5,2,anger\n")
    with pytest.raises(CorpusError, match="overlap: it begins before"):
        Corpus.from_folder(tmp_path, annotations=table, columns=COLUMNS, strict=True)


def test_a_region_of_two_labels_is_a_set(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    value = {"start": 0.5, "end": 2, "channel": 0, "labels": ["joy", "love"]}
    result = [{"id": "r", "from_name": "emotion", "to_name": "audio", "type": "labels", "value": value}]
    task = {"id": 1, "data": {"audio": "a.mp4"}, "annotations": [{"id": 1, "completed_by": 1, "result": result}]}
    (tmp_path / "x.json").write_text(json.dumps([task]))
    (utterance,) = Corpus.from_folder(tmp_path, annotations="x.json", layer="goemotions").monologues[0].utterances
    assert (utterance.goemotions, utterance.span) == (("joy", "love"), Span("0.5", 2))
    single = Corpus.from_folder(tmp_path, annotations="x.json", layer="basic7")
    assert single.monologues[0].utterances[0].labels_in("basic7") == ("Joy",)
    # Love is no label of Basic-7: it is kept as an open one.
    assert single.monologues[0].utterances[0].open_labels == ("love",)
    assert single.findings.counts() == {"open_label": 1}


def test_utterances_of_several_layers_overlap_layer_by_layer() -> None:
    def one(index: int, start: int, end: int, basic: str, fine: str) -> Utterance:
        labels = {"basic7": (basic,), "goemotions": (fine,), "mood": (fine,)}
        return Utterance(index=index, span=Span(start, end), labels=labels, intensity=index + 1)

    both = film((one(0, 0, 5, "Joy", "joy"), one(1, 4, 8, "Fear", "fear")))
    moments = [Fraction(3), Fraction(9, 2), Fraction(6)]
    assert both.labels("basic7").at(moments) == ["Joy", None, "Fear"]
    assert both.labels("intensity").at(moments) == ["1", None, "2"]
    for layer in ("goemotions", "mood"):
        assert [set(weights) for weights in both.labels(layer).weights_at(moments)] == [
            {"joy"},
            {"joy", "fear"},
            {"fear"},
        ]
    assert [(each.span, each.text) for each in segments_of(both, ["goemotions"])] == [
        (Span(0, 4), "joy"), (Span(4, 5), "joy;fear"), (Span(5, 8), "fear"),
    ]  # fmt: skip


PROPERTY = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = {"basic7": ["Joy", "Fear", "Anger"], "goemotions": ["joy", "fear", "love", "pride"]}


@st.composite
def rows_of(draw: st.DrawFn, layer: str, parts: int = 1) -> Rows:
    """Rows on a grid of a second, or of a part of it."""
    edge = st.integers(0, 12 * parts)
    pairs = st.tuples(edge, edge).filter(lambda each: each[0] < each[1])
    rows = draw(st.lists(st.tuples(pairs, st.sampled_from(WORDS[layer])), max_size=8))
    return [(Span(Fraction(a, parts), Fraction(b, parts)), text) for (a, b), text in rows]


@PROPERTY
@given(rows_of("basic7"))
def test_single_labels_are_those_that_lie_alone(rows: Rows) -> None:
    """At every moment the oracle looks at all rows."""
    utterances, findings = read(rows, "basic7")
    line = film(utterances).labels("basic7")
    for at in range(12):
        moment = Fraction(2 * at + 1, 2)
        here = {text for span, text in rows if span.start <= moment < span.end}
        assert line.at([moment]) == [here.pop() if len(here) == 1 else None]
    # What is not there any more is told.
    given_words, kept = {text for _, text in rows}, {each.basic7 for each in utterances} - {None}
    assert kept <= given_words
    if kept != given_words:
        assert {"overlap", "too_many_labels"} & findings.collected.counts().keys()


@PROPERTY
@given(rows_of("goemotions"))
def test_sets_are_the_labels_of_all_rows(rows: Rows) -> None:
    utterances, findings = read(rows, "goemotions")
    line = film(utterances).labels("goemotions")
    for at in range(12):
        moment = Fraction(2 * at + 1, 2)
        here = {text for span, text in rows if span.start <= moment < span.end}
        (weights,) = line.weights_at([moment])
        assert set(weights) == here and sum(weights.values()) in (0, 1)
    assert {(each.span, label) for each in utterances for label in each.goemotions} == set(rows)
    assert set(findings.collected.counts()) <= {"repeated_label"}


@PROPERTY
@given(st.data(), st.sampled_from(["basic7", "goemotions"]))
def test_noise_loses_no_label_and_moves_no_time_by_a_millisecond(data: st.DataObject, layer: str) -> None:
    noise = st.sampled_from(
        [Fraction(0), Fraction(1, 10**16), -Fraction(1, 10**16), Fraction(1, 2500), -Fraction(1, 4000)]
    )
    edges = sorted(data.draw(st.sets(st.integers(1, 400), min_size=2, max_size=9)))
    texts = [data.draw(st.sampled_from(WORDS[layer])) for _ in edges[1:]]
    rows = [
        (Span(Fraction(a, 10) + data.draw(noise), Fraction(b, 10) + data.draw(noise)), text)
        for a, b, text in zip(edges, edges[1:], texts, strict=False)
    ]
    utterances, findings = read(data.draw(st.permutations(rows)), layer)
    assert [text for _, text in labelled(utterances, layer)] == texts
    for new, (old, _) in zip(utterances, rows, strict=True):
        assert abs(new.span.start - old.start) < NOISE and abs(new.span.end - old.end) < NOISE
    assert all(before.span.end == after.span.start for before, after in pairwise(utterances))
    assert set(findings.collected.counts()) <= {"time_noise"}


@PROPERTY
@given(
    st.data(),
    st.sampled_from(["basic7", "goemotions"]),
    st.sampled_from([".eaf", ".TextGrid", ".csv", ".tsv", ".json"]),
)
def test_labels_of_a_corpus_are_written_and_read_again_equal(
    tmp_path: Path, data: st.DataObject, layer: str, suffix: str
) -> None:
    utterances, _ = read(data.draw(rows_of(layer, parts=10)), layer)
    segments = segments_of(film(utterances), [layer], sentences=False)
    path = tmp_path / f"film{suffix}"
    if not segments:
        return
    export(path, segments, reporter=lambda *_: None)
    if suffix == ".json":
        again: AnnotationFile = read_label_studio(path)[0]
    elif suffix in (".csv", ".tsv"):
        again = read_annotation(path, columns=TABLE_COLUMNS, unit="s")
    else:
        again = read_annotation(path)
    assert [(each.span, each.text) for each in again.segments] == [(each.span, each.text) for each in segments]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5), st.sampled_from("abc") | st.none()), max_size=8))
def test_parts_are_what_every_moment_says(made: list[tuple[int, int, str | None]]) -> None:
    ordered = sorted(made, key=lambda each: (each[0], each[0] + each[1]))
    times = [Span(start, start + length) for start, length, _ in ordered]
    contents = [content for *_, content in ordered]
    parts = covers(times, contents)
    assert all(before.span.end <= after.span.start for before, after in pairwise(parts))
    for at in range(16):
        moment = Fraction(2 * at + 1, 2)
        first: dict[str, int] = {}
        for index, (span, content) in enumerate(zip(times, contents, strict=True)):
            if content is not None and moment in span:
                first.setdefault(content, index)
        here = [part.owners for part in parts if moment in part.span]
        assert here == ([tuple(sorted(first.values()))] if first else [])
