"""Tables shaped as the paper's: of scores of clips of the release, recounted from these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import pytest

from emos_io.annotation.paper.compare import figures
from emos_io.corpus import Clip, Corpus, Decision, taxonomy
from emos_io.errors import InvalidArgument
from emos_io.evaluation import Prediction, Predictions, Score, Scores, score
from emos_io.evaluation.paper_tables import SLICES_OF_TABLES, paper_tables, table7, table8, table13

LABELS = taxonomy("basic7").labels
ROUNDED = 1e-12
"""Means of thousands of confidences, in doubles."""


def clip(key: str, label: str, *, tier: str, source: str = "own", language: str = "en") -> Clip:
    decision = Decision(
        item=key,
        layer="basic7",
        labels=(label,),
        scores={label: 1.0},
        confidence=1.0,
        confidence_tier="high" if tier == "high" else "low",
    )
    return Clip(key=key, source=source, language=language, decisions={"basic7": decision})


def predicted(clips: Sequence[Clip], name: str, step: int) -> Predictions:
    """Predictions that are right but for each k-th, and then of the next label; of each fifth there is no confidence."""
    rows = []
    for number, each in enumerate(clips):
        assert each.decision is not None and each.decision.label is not None
        index = LABELS.index(each.decision.label) + (number % step == 0)
        confidence = None if number % 5 == 0 else (number % 7 + 1) / 10
        rows.append(Prediction(key=each.key, layer="basic7", label=LABELS[index % 7], confidence=confidence))
    return Predictions(tuple(rows), name=name)


@pytest.fixture(scope="module")
def part(release: Corpus) -> Corpus:
    """Each eighth clip of the release, for time."""
    return release.with_items(release.clips[::8], ())


@pytest.fixture(scope="module")
def runs(part: Corpus) -> tuple[Scores, Scores]:
    first, second = (predicted(part.clips, name, step) for name, step in (("three", 3), ("four", 4)))
    return score(first, part, draws=20), score(second, part, draws=20)


def right(clips: Sequence[Clip], step: int, chosen: Sequence[Clip]) -> float:
    wrong = {each.key for number, each in enumerate(clips) if number % step == 0}
    return sum(each.key not in wrong for each in chosen) / len(chosen)


def test_table_7_has_the_rows_of_the_paper(runs: tuple[Scores, Scores], part: Corpus) -> None:
    table = table7(runs)
    assert table.columns == ("row", "three", "four")
    rows = {str(row[0]): row[1:] for row in table.rows}
    counts = {"n", *(f"{label}_n" for label in LABELS)}
    assert set(rows) - counts == set(figures()["table7"]["rows"])
    high = [each for each in part.clips if each.confidence_tier == "high"]
    assert rows["n"] == (len(high), len(high))
    assert rows["Accuracy"] == (right(part.clips, 3, high), right(part.clips, 4, high))
    fear = [each for each in high if each.decision and each.decision.label == "Fear"]
    assert rows["Fear_n"] == (len(fear), len(fear))
    assert rows["Fear_R"] == (right(part.clips, 3, fear), right(part.clips, 4, fear))
    f1 = [rows[f"{label}_F1"][0] for label in LABELS]
    assert rows["Macro-F1"][0] == pytest.approx(fmean(each for each in f1 if isinstance(each, float)), abs=ROUNDED)


def test_table_8_is_by_source(runs: tuple[Scores, Scores], part: Corpus) -> None:
    table = table8(runs)
    assert [row[:2] for row in table.rows] == [
        ("three", "chsims"), ("three", "meld"), ("four", "chsims"), ("four", "meld"),
    ]  # fmt: skip
    certain = {
        each.key: (number % 7 + 1) / 10 for number, each in enumerate(part.clips) if number % 5
    }  # fmt: skip
    for row in table.rows[:2]:
        cells = dict(zip(table.columns, row, strict=True))
        means = []
        for tier in ("high", "low"):
            own = [
                certain[each.key]
                for each in part.clips
                if each.source == row[1] and each.confidence_tier == tier and each.key in certain
            ]
            means.append(fmean(own))
            assert cells[f"n_{tier}"] == len(own)
            assert cells[tier] == pytest.approx(fmean(own), abs=ROUNDED)
        assert cells["delta"] == pytest.approx(means[1] - means[0], abs=ROUNDED)


def test_table_13_is_by_language(runs: tuple[Scores, Scores], part: Corpus) -> None:
    table = table13(runs)
    assert table.columns == ("run", "language", "accuracy", "macro_f1", "weighted_f1", "n")
    assert [row[:2] for row in table.rows] == [("three", "en"), ("three", "zh"), ("four", "en"), ("four", "zh")]
    for row, step in zip(table.rows, (3, 3, 4, 4), strict=True):
        own = [each for each in part.clips if each.confidence_tier == "high" and each.language == row[1]]
        assert (row[2], row[5]) == (right(part.clips, step, own), len(own))
    assert [each.name for each in paper_tables(runs)] == ["table7", "table8", "table13"]


def test_a_source_without_low_has_no_difference() -> None:
    corpus = Corpus([clip("own/1", "Joy", tier="high"), clip("own/2", "Fear", tier="high")])
    run = score(predicted(corpus.clips, "one", 9), corpus, draws=20)
    assert table8([run]).rows == (("one", "own", 0.2, None, None, 1, 0),)
    cells = {str(row[0]): row[1] for row in table7([run]).rows}
    assert cells["Anger_n"] == 0 and cells["Anger_R"] is None


def test_runs_of_another_truth_are_refused() -> None:
    clips = [clip("own/1", "Joy", tier="high"), clip("own/2", "Fear", tier="low")]
    changed = [clips[0], clip("own/2", "Anger", tier="low")]
    first = score(predicted(clips, "one", 9), Corpus(clips), draws=20)
    other = score(predicted(clips, "two", 9), Corpus(changed), draws=20)
    for make in (table7, table8, table13):
        with pytest.raises(InvalidArgument, match="runs must be of the same items and truth, got 'one' and 'two'"):
            make([first, other])


def test_wrong_runs_are_refused() -> None:
    corpus = Corpus([clip("own/1", "Joy", tier="high")])
    run = score(predicted(corpus.clips, "one", 9), corpus, draws=20)
    unsliced = score(predicted(corpus.clips, "one", 9), corpus, by=(), draws=20)
    for runs, text in (
        ([], "got none"),
        ([run, run], "got 'one' twice"),
        ([run, "two"], "runs must be a list of Scores, got 'two'"),
        ([unsliced], "by confidence_tier for table7, got none"),
    ):
        with pytest.raises(InvalidArgument, match=text):
            table7(runs)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="runs must be a list of Scores"):
        table7(run)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="by confidence_tier and language for table13"):
        table13([unsliced])
    with pytest.raises(InvalidArgument, match="layer moods"):
        table7([run], layer="moods")
    assert set(SLICES_OF_TABLES) == {"table7", "table8", "table13"}


def test_a_run_without_confidence_has_rows_without_values() -> None:
    corpus = Corpus([clip("own/1", "Joy", tier="high"), clip("own/2", "Joy", tier="low")])
    rows = tuple(replace(each, confidence=None) for each in predicted(corpus.clips, "one", 9))
    table = table8([score(Predictions(rows, name="one"), corpus, draws=20)])
    assert table.rows == (("one", "own", None, None, None, 0, 0),)


def test_other_slices_are_not_mixed_in() -> None:
    of = {"layer": "basic7", "kind": "clips", "confidence_tier": "high"}
    scores = [
        Score(name=name, value=value, n=4, of=of | more)
        for name in ("accuracy", "macro_f1", "weighted_f1")
        for value, more in ((0.25, {"language": "en"}), (0.5, {}), (0.75, {"source": "meld"}))
    ]
    assert dict(row for row in table7([Scores(name="a", scores=tuple(scores))]).rows if len(row) == 2) == {
        "n": 4, "Accuracy": 0.5, "Macro-F1": 0.5, "Weighted-F1": 0.5,
    }  # fmt: skip
