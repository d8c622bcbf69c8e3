"""Raters measured by decisions: by hand, by loops over votes, on spans, with several labels, and what is refused."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from agreement_help import Labels, clip, decision, monologue
from label_set_help import ROUNDED

from emos_io.annotation import decide, informativeness, rater_report
from emos_io.corpus import Corpus, taxonomy
from emos_io.errors import InvalidArgument
from emos_io.spans import Span

BASIC7 = taxonomy("basic7").labels
JOY, FEAR = BASIC7.index("Joy"), BASIC7.index("Fear")


def test_by_hand() -> None:
    decided = [("Joy", "Joy", "Joy"), ("Joy", "Joy", "Fear"), ("Fear", "Fear", "Fear"), ("Fear", "Joy", "Fear")]
    clips = [clip(str(n), {"a": a, "b": b}, decided=decision(str(n), truth)) for n, (truth, a, b) in enumerate(decided)]
    clips.append(clip("5", {"a": "Joy", "b": "Joy"}))
    (panel,) = rater_report(Corpus(clips)).panels
    assert panel.raters == ("a", "b") and panel.labels == BASIC7 and not panel.multiple
    assert [*panel.votes, *panel.decided] == [5, 5, 4, 4]
    joy_fear = np.ix_([JOY, FEAR], [JOY, FEAR])
    assert panel.confusion[0][joy_fear].tolist() == [[1, 0], [0.5, 0.5]]
    assert panel.confusion[1][joy_fear].tolist() == [[0.5, 0.5], [0, 1]]
    assert panel.biases[:, JOY].tolist() == [0.25, -0.25] and panel.biases[:, FEAR].tolist() == [-0.25, 0.25]
    assert panel.prior[[JOY, FEAR]].tolist() == [0.5, 0.5]
    # H(vote) - H(vote | class) of a channel that errs on half of one class, over one bit.
    expected = -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25)) - 0.5
    assert np.abs(panel.informativeness - expected).max() < ROUNDED
    assert np.allclose(panel.agreed()[:, [JOY, FEAR]], [[1, 0.5], [0.5, 1]]) and np.isnan(panel.agreed()[:, 0]).all()


def test_scores_count_by_loops_over_votes() -> None:
    random = Random(4)
    clips, rows = [], []
    for number in range(60):
        votes: dict[str, Labels] = {r: random.choice((*BASIC7[:4], None, ())) for r in "abc"}
        weights = [random.random() for _ in range(4)]
        scores = {label: weight / sum(weights) for label, weight in zip(BASIC7, weights, strict=False)}
        label = max(scores, key=lambda name: scores[name])
        clips.append(clip(str(number), votes, decided=decision(str(number), label, scores=scores)))
        rows.append((votes, [scores.get(name, 0.0) for name in BASIC7]))
    (panel,) = rater_report(Corpus(clips)).panels
    for r, rater in enumerate("abc"):
        counts, shares = np.zeros((7, 7)), []
        for votes, row in rows:
            given = votes[rater]
            if isinstance(given, str):
                counts[:, BASIC7.index(given)] += row
                shares.append(np.array(row) - np.eye(7)[BASIC7.index(given)])
        expected = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)
        assert np.abs(panel.confusion[r] - expected).max() < ROUNDED
        assert np.abs(panel.biases[r] + np.mean(shares, axis=0)).max() < ROUNDED
    with_votes = [row for votes, row in rows if any(each is not None for each in votes.values())]
    assert np.abs(panel.prior - np.mean(with_votes, axis=0)).max() < ROUNDED
    assert np.abs(panel.informativeness - informativeness(panel.confusion, panel.prior)).max() < ROUNDED


def test_the_score_of_the_label_alone_is_certain() -> None:
    clips = [clip("1", {"a": "Joy", "b": "Fear"}, decided=decision("1", "Joy", scores={"Joy": 0.6}))]
    (panel,) = rater_report(Corpus(clips)).panels
    assert panel.prior[JOY] == 1 and panel.biases[:, FEAR].tolist() == [0, 1]
    assert panel.informativeness.tolist() == [0, 0]


def test_decisions_on_spans_count_by_seconds() -> None:
    # a: Joy for 10 s; b: Joy for 6 s, then Fear. Decided: Joy for 4 s, Fear for 4 s, nothing for 2 s.
    decided = [decision("m", "Joy", span=Span(0, 4)), decision("m", "Fear", span=Span(4, 8))]
    one = monologue("m", ("a", "Joy", 0, 10), ("b", "Joy", 0, 6), ("b", "Fear", 6, 10), decided=decided)
    (panel,) = rater_report(Corpus([], [one])).panels
    assert panel.kind == "monologues" and [*panel.votes, *panel.decided] == [10, 10, 8, 8]
    assert panel.confusion[0][[JOY, FEAR]][:, [JOY, FEAR]].tolist() == [[1, 0], [1, 0]]
    assert panel.confusion[1][[JOY, FEAR]][:, [JOY, FEAR]].tolist() == [[1, 0], [0.5, 0.5]]
    assert panel.biases[:, JOY].tolist() == [0.5, 0.25]
    everywhere = monologue("n", ("a", "Joy", 0, 10), ("b", "Fear", 0, 10), decided=[decision("n", "Joy")])
    assert rater_report(Corpus([], [everywhere])).panels[0].biases[:, FEAR].tolist() == [0, 1]


def test_several_labels_by_hand() -> None:
    names = taxonomy("goemotions").labels
    sets: list[tuple[Labels, Labels, Labels]] = [
        (("joy", "pride"), ("joy", "pride"), "joy"), ("joy", "joy", ("joy", "fear")), ("fear", "fear", "joy"),
    ]  # fmt: skip
    clips = [
        clip(str(n), {"a": a, "b": b}, "goemotions", decision(str(n), truth, "goemotions"))
        for n, (truth, a, b) in enumerate(sets)
    ]
    (panel,) = rater_report(Corpus(clips), "goemotions").panels
    joy, fear, pride = (names.index(name) for name in ("joy", "fear", "pride"))
    assert panel.confusion.shape == (2, 28, 2, 2) and panel.multiple
    assert panel.confusion[0, joy].tolist() == [[1, 0], [0, 1]]
    assert panel.confusion[1, joy].tolist() == [[0, 1], [0, 1]]
    assert panel.confusion[1, fear].tolist() == [[0.5, 0.5], [1, 0]]
    assert panel.biases[1, [joy, fear, pride]].tolist() == pytest.approx([1 / 3, 0, -1 / 3], abs=ROUNDED)
    assert panel.informativeness[0] == pytest.approx(1, abs=ROUNDED) and panel.informativeness[1] < 0.5


def test_a_rater_at_random_is_least_informative() -> None:
    random = Random(1)
    clips = []
    for number in range(300):
        truth = random.choice(BASIC7[:4])
        votes: dict[str, Labels] = {r: truth if random.random() < 0.8 else random.choice(BASIC7[:4]) for r in "abc"}
        clips.append(clip(f"{number:03}", {**votes, "d": random.choice(BASIC7[:4])}))
    (panel,) = rater_report(decide(Corpus(clips), "basic7", method="dawid_skene")).panels
    assert panel.informativeness[:3].min() > 0.3 > 0.1 > panel.informativeness[3]


def test_the_release(release: Corpus) -> None:
    first, last = rater_report(release).panels
    assert (first.raters, last.raters) == (("a1", "a2", "a3"), ("cp", "ljx", "wqf"))
    # ljx agrees with the published decisions most, as the published kappas say.
    assert last.informativeness.argmax() == 1 and np.abs(first.biases.sum(axis=1)).max() < ROUNDED
    assert len(rater_report(release, "goemotions").panels) == 3


def test_arrays_are_read_only_and_reports_are_json() -> None:
    found = rater_report(Corpus([clip("1", {"a": "Joy", "b": "Fear"}, decided=decision("1", "Joy"))]))
    for name in ("confusion", "prior", "informativeness", "biases"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(found.panels[0], name)[0] = 1
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["panels"][0]["votes"] == [1, 1]
    assert repr(found.panels[0]) == "PanelRaters(clips, a, b, 7 labels)"


def test_the_order_of_items_changes_nothing() -> None:
    clips = [
        clip(str(n), {"a": x, "b": y}, decided=decision(str(n), "Joy", scores={"Joy": 0.7, "Fear": 0.3}))
        for n, (x, y) in enumerate(itertools.product(BASIC7[:3], repeat=2))
    ]
    one, other = rater_report(Corpus(clips)), rater_report(Corpus(clips[::-1]))
    assert one.as_dict() == other.as_dict()


def test_wrong_use_is_refused_in_one_line() -> None:
    voted = Corpus([clip("1", {"a": "Joy"})])
    elsewhere = Corpus([clip("1", {"a": "Joy"}), clip("2", {}, decided=decision("2", "Joy"))])
    unvoted = Corpus([clip("2", {}, decided=decision("2", "Joy"))])
    wrong: Any = 3
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: rater_report(voted), "layer must have decisions, got none in 'basic7'; decide them first"),
        (lambda: rater_report(elsewhere), "layer must have decisions on items with votes, got none in 'basic7'"),
        (
            lambda: rater_report(unvoted),
            "layer must be one that raters voted in, got 'basic7'; the corpus has no votes",
        ),
        (lambda: rater_report(voted, "nothing"), "taxonomy must be one of"),
        (lambda: rater_report(wrong), "corpus must be a Corpus"),
    ]
    for call, text in calls:
        with pytest.raises(InvalidArgument, match=text) as error:
            call()
        assert "\n" not in str(error.value)
