"""The list of items: what is an error, how wrong it is, which stand first, and how small the values are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import pytest
from timeline_help import content_of

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Utterance
from emos_io.evaluation import Prediction, Predictions, score
from emos_io.report.comparison.content import ReportContent
from emos_io.report.comparison.items import ERRORS, ItemTable, WrongPart, item_tables, items_section, worst_windows
from emos_io.report.comparison.items.stream_errors import window_of

LAYER = "basic7"
NUM_RELEASE = 9_403
MOST_BYTES = 160
"""Bytes of an item with a key of 25 letters, a text of 20 and one answer, so that 9,403 items of many runs fit on a page."""
HOSTILE = "</script><script>alert(1)</script>\u2028\u202e\"'&<!--"


def clip(key: str, labels: Iterable[str], *, layer: str = LAYER, seconds: int | None = 3, text: str = "") -> Clip:
    names = tuple(labels)
    decision = Decision(item=key, layer=layer, labels=names, scores=dict.fromkeys(names, 1.0), confidence_tier="low")
    span = None if seconds is None else Span(0, seconds)
    return Clip(key=key, source="own", language="en", text=text, decisions={layer: decision}, published_span=span)


def content(clips: Iterable[Clip], rows: Iterable[Prediction], *more: Predictions) -> ReportContent:
    return content_of(Corpus([*clips]), [Predictions(tuple(rows), name="a"), *more], scored=False)


def only_table(found: ReportContent) -> ItemTable:
    (table,) = item_tables(found).tables
    return table


def errors_of(table: ItemTable, run: int = 0) -> dict[str, str]:
    return {item.key: ERRORS[error] for item, error in zip(table.items, table.runs[run].errors, strict=True)}


def order_of(table: ItemTable) -> list[tuple[str, str]]:
    return [(table.runs[run].run, table.items[item].key) for run, item in table.worst_first()]


def test_confident_mistakes_stand_first_and_sure_right_answers_last() -> None:
    clips = [clip(key, ["Joy"]) for key in "abcdefg"]
    rows = [
        Prediction(key="a", layer=LAYER, label="Joy", confidence=0.9),
        Prediction(key="b", layer=LAYER, label="Joy", confidence=0.2),
        Prediction(key="c", layer=LAYER, label="Fear", confidence=0.4),
        Prediction(key="d", layer=LAYER, label="Fear", confidence=0.8),
        Prediction(key="e", layer=LAYER, error="no JSON"),
        Prediction(key="f", layer=LAYER, label="happy"),
    ]
    table = only_table(content(clips, rows))
    assert errors_of(table) == {
        "a": "right",
        "b": "right",
        "c": "wrong",
        "d": "wrong",
        "e": "invalid",
        "f": "invalid",
        "g": "missing",
    }
    assert [key for _, key in order_of(table)] == ["d", "c", "e", "f", "g", "b", "a"]
    assert dict(table.runs[0].reasons) == {4: "no JSON", 5: "none of the layer: happy"}
    assert table.runs[0].answers == [(3,), (3,), (2,), (2,), (), (), ()]


def test_sets_are_wrong_by_what_they_do_not_share() -> None:
    layer = "goemotions"
    clips = [
        clip("equal", ["joy", "love"], layer=layer),
        clip("half", ["joy", "love"], layer=layer),
        clip("third", ["joy", "love"], layer=layer),
        clip("apart", ["joy"], layer=layer),
        clip("empty", [], layer=layer),
    ]
    given = {
        "equal": ("love", "joy"),
        "half": ("joy",),
        "third": ("joy", "grief"),
        "apart": ("grief",),
        "empty": (),
    }
    rows = [Prediction(key=key, layer=layer, labels=labels) for key, labels in given.items()]
    table = only_table(content(clips, rows))
    assert errors_of(table) == {
        "equal": "right",
        "half": "partly",
        "third": "partly",
        "apart": "wrong",
        "empty": "right",
    }
    assert [Fraction(each).limit_denominator(100) for each in table.runs[0].wrongness] == [
        -1,
        Fraction(1, 2),
        Fraction(2, 3),
        1,
        -1,
    ]


def test_numbers_are_right_within_half_a_level() -> None:
    layer = "intensity"
    clips = [clip(str(level), [str(level)], layer=layer) for level in (1, 2, 3, 5)]
    given = {"1": 1.5, "2": 2.625, "3": 3.0, "5": 1.0}
    rows = [Prediction(key=key, layer=layer, value=value) for key, value in given.items()]
    table = only_table(content(clips, rows))
    assert errors_of(table) == {"1": "right", "2": "wrong", "3": "right", "5": "wrong"}
    # The levels of intensity are 1 to 5: an error of 4 is the greatest.
    assert table.runs[0].wrongness[1] == 0.625 / 4
    assert table.runs[0].wrongness[3] == 1
    assert (table.truth_values, table.runs[0].values) == ([1, 2, 3, 5], [1.5, 2.625, 3.0, 1.0])


def test_runs_stand_beside_each_other_in_one_order() -> None:
    clips = [clip(key, ["Joy"]) for key in "ab"]
    rows = [Prediction(key="a", layer=LAYER, label="Fear", confidence=0.5)]
    other = Predictions((Prediction(key="b", layer=LAYER, label="Fear", confidence=0.75),), name="b")
    table = only_table(content(clips, rows, other))
    assert order_of(table) == [("b", "b"), ("a", "a"), ("b", "a"), ("a", "b")]


def monologue(key: str, labels: Iterable[tuple[int, int, str]], seconds: int = 40) -> Monologue:
    utterances = [
        Utterance(index=index, span=Span(start, end), labels={LAYER: (label,)})
        for index, (start, end, label) in enumerate(labels)
    ]
    return Monologue(
        key=key, name=key, title=key, language="zh", duration=Fraction(seconds), utterances=tuple(utterances)
    )


def predicted(key: str, labels: Iterable[tuple[int, int, str]], late: int | None = None) -> list[Prediction]:
    return [
        Prediction(
            key=key,
            layer=LAYER,
            span=Span(start, end),
            label=label,
            available_at=None if late is None else Fraction(end + late),
        )
        for start, end, label in labels
    ]


TRUTH = ((0, 10, "Joy"), (12, 20, "Fear"), (20, 35, "Joy"))
ANSWERS = ((0, 4, "Joy"), (4, 13, "Anger"), (13, 18, "Fear"), (22, 40, "Joy"))


def label_at(labels: Iterable[tuple[int, int, str]], moment: int) -> str | None:
    return next((label for start, end, label in labels if start <= moment < end), None)


def test_seconds_that_are_wrong_are_those_of_a_count_second_by_second() -> None:
    corpus = Corpus([], [monologue("m", TRUTH), monologue("n", TRUTH), monologue("o", TRUTH)])
    rows = [*predicted("m", ANSWERS), *predicted("n", TRUTH)]
    found = content_of(corpus, [Predictions(tuple(rows), name="a")], scored=False)
    table = only_table(found)
    labelled = [moment for moment in range(40) if label_at(TRUTH, moment)]
    wrong = [moment for moment in labelled if label_at(TRUTH, moment) != label_at(ANSWERS, moment)]
    assert [*map(int, table.seconds)] == [len(labelled)] * 3
    assert [*map(float, table.runs[0].wrong)] == [len(wrong), 0, len(labelled)]
    assert errors_of(table) == {"m": "partly", "n": "right", "o": "missing"}
    assert [key for _, key in order_of(table)] == ["o", "m", "n"]
    assert table.runs[0].longest == [WrongPart(Span(4, 10), 3, 0), None, WrongPart(Span(20, 35), 3, 7)]
    assert table.runs[0].wrong_late is None


def test_wrong_seconds_are_those_of_the_scores_on_both_clocks() -> None:
    corpus = Corpus([], [monologue("m", TRUTH), monologue("n", TRUTH)])
    rows = [*predicted("m", ANSWERS, late=2), *predicted("n", TRUTH, late=1)]
    run = Predictions(tuple(rows), name="a")
    scores = score(run, corpus, draws=10)
    table = only_table(content_of(corpus, [run], scored=False))
    late = table.runs[0].wrong_late
    assert late is not None
    for index, key in enumerate(("m", "n")):
        for clock, wrong in (("content", table.runs[0].wrong[index]), ("decision", late[index])):
            right = scores.get("accuracy", kind="streams", clock=clock, film=key).value
            assert right == pytest.approx(1 - float(wrong / table.seconds[index]), abs=1e-12)
    assert late[1] > 0 == table.runs[0].wrong[1]


def test_windows_of_pages_lie_within_their_monologues() -> None:
    film = monologue("m", TRUTH, seconds=40)
    assert window_of(film, None) == Span(0, 10)
    assert window_of(film, WrongPart(Span(4, 10), 0, 1)) == Span(4, 14)
    assert window_of(film, WrongPart(Span(4, 39), 0, 1)) == Span(4, 34)
    assert window_of(film, WrongPart(Span(36, 38), 0, 1)) == Span(30, 40)
    assert window_of(replace(film, duration=Fraction(5, 2)), WrongPart(Span(1, 2), 0, 1)) == Span(0, "5/2")


def test_tables_take_turns_among_the_worst_windows() -> None:
    corpus = Corpus(
        [clip("a", ["Joy"]), clip("b", ["Joy"], seconds=None), clip("c", ["Joy"])], [monologue("m", TRUTH, seconds=40)]
    )
    rows = [
        Prediction(key="a", layer=LAYER, label="Fear", confidence=0.5),
        Prediction(key="b", layer=LAYER, label="Fear", confidence=0.9),
        Prediction(key="c", layer=LAYER, label="Joy"),
        *predicted("m", ANSWERS),
    ]
    found = content_of(corpus, [Predictions(tuple(rows), name="a")], scored=False)
    windows = worst_windows(found, 10)
    # Items without an error have no page, and a clip of unknown length has the first 10 s.
    assert [each.key for each in windows] == ["b@0-10", "m@4-14", "a@0-3"]
    assert [each.length_known for each in windows] == [False, True, True]
    assert [each.key for each in worst_windows(found, 2)] == ["b@0-10", "m@4-14"]
    assert worst_windows(found, 0) == []


def test_a_report_without_runs_lists_no_items() -> None:
    assert items_section(content_of(Corpus([clip("a", ["Joy"])]))) is None


def test_monologues_of_a_layer_of_numbers_are_named_as_not_listed() -> None:
    parts = tuple(Utterance(index=n, span=Span(n, n + 1), labels={}, intensity=n + 1) for n in range(3))
    film = Monologue(key="m", name="m", title="M", language="en", duration=Fraction(3), utterances=parts)
    rows = [Prediction(key="m", layer="intensity", span=Span(0, 3), value=2.0)]
    section = items_section(content_of(Corpus([], [film]), [Predictions(tuple(rows), name="a")], scored=False))
    assert section is not None
    assert (section.unlisted, section.num_rows) == (("intensity",), 0)


def test_hostile_texts_end_no_element_and_long_ones_are_cut_with_a_mark() -> None:
    rows = [Prediction(key=f"own/{HOSTILE}", layer=LAYER, error=HOSTILE + "x" * 10_000)]
    found = content([clip(f"own/{HOSTILE}", ["Joy"], text=HOSTILE + "y" * 10_000)], rows)
    section = items_section(found)
    assert section is not None
    assert not set("<>&\u2028") & set(section.data)
    data = json.loads(section.data)
    assert data["items"]["keys"] == [f"own/{HOSTILE}"]
    (text,), (reason,) = data["items"]["texts"], data["tables"][0]["runs"][0]["reasons"].values()
    assert (len(text), text[-2:], len(reason), reason[-2:]) == (160, "y…", 200, "x…")


def test_the_items_of_a_release_are_small() -> None:
    labels = ("Joy", "Fear", "Anger", "Neutral")
    clips = [clip(f"source/dialogue_{n:05}/{n % 97:02}", [labels[n % 4]], text="x" * 20) for n in range(NUM_RELEASE)]
    rows = [
        Prediction(key=each.key, layer=LAYER, label="Joy", confidence=n % 1000 / 999) for n, each in enumerate(clips)
    ]
    section = items_section(content(clips, rows))
    assert section is not None
    assert section.num_rows == NUM_RELEASE
    assert len(section.data.encode()) < MOST_BYTES * NUM_RELEASE
