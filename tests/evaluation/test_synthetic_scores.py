"""What is measured with synthetic items, or by what was trained on them, says so wherever people or machines read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import pytest

from emos_io import Span
from emos_io.cli.baseline import baseline
from emos_io.cli.score import score as score_verb
from emos_io.corpus import SYNTHETIC_REMARK, Clip, ConfidenceTier, Corpus, Decision, Monologue, Split, Utterance
from emos_io.errors import InvalidArgument
from emos_io.evaluation import (
    Comparison,
    Prediction,
    Predictions,
    Scores,
    compare,
    gap,
    predict_baseline,
    score,
    write_predictions,
)

LABELS = ("Joy", "Fear")


def clip(number: int, *, synthetic: bool) -> Clip:
    key, label = f"own/{number}", LABELS[number % 2]
    tier: ConfidenceTier = ("high", "high", "medium", "medium", "low", "low")[number % 6]
    decision = Decision(
        item=key, layer="basic7", labels=(label,), scores={label: 1.0}, confidence=0.9, confidence_tier=tier
    )
    attributes = {"synthetic": "expressive"} if synthetic else {}
    return Clip(
        key=key,
        source=("meld", "chsims")[number // 6],
        language="en",
        decisions={"basic7": decision},
        attributes=attributes,
    )


def corpus(*, synthetic: bool) -> Corpus:
    """Clips of which the last one alone may be synthetic."""
    return Corpus([clip(number, synthetic=synthetic and number == 11) for number in range(12)])


def run(name: str = "run", header: Mapping[str, bool] = MappingProxyType({})) -> Predictions:
    rows = [Prediction(key=f"own/{number}", layer="basic7", label="Joy") for number in range(12)]
    return Predictions(tuple(rows), dict(header), name=name)


@pytest.mark.parametrize(
    ("items", "header", "synthetic"),
    [
        (False, {}, False),
        (True, {}, True),
        (False, {"synthetic": True}, True),
        (False, {"trained_on_synthetic": True}, True),
        (False, {"synthetic": False}, False),
    ],
)
def test_scores_and_comparisons_say_so_in_json_too(items: bool, header: dict[str, bool], synthetic: bool) -> None:
    found = score(run(header=header), corpus(synthetic=items), draws=10)
    compared = compare(run("a"), run("b", header), corpus=corpus(synthetic=items), draws=10)
    assert found.synthetic is synthetic and compared.synthetic is synthetic
    for each in (found, compared):
        values = json.loads(each.to_json())
        assert ("synthetic" in values) is synthetic and values.get("synthetic", False) is synthetic
        assert type(each).from_json(each.to_json()) == each


@pytest.mark.parametrize("kind", [Scores, Comparison])
def test_a_remark_that_is_no_truth_value_is_refused(kind: type[Scores] | type[Comparison]) -> None:
    one = score(run(), corpus(synthetic=True), draws=10)
    two = compare(run("a"), run("b"), corpus=corpus(synthetic=True), draws=10)
    values = json.loads((one if kind is Scores else two).to_json())
    with pytest.raises(InvalidArgument, match="synthetic"):
        kind.from_json(json.dumps({**values, "synthetic": "yes"}))


def test_items_of_the_other_sides_do_not_count() -> None:
    keys = [f"own/{number}" for number in range(12)]
    split = Split(tuple(keys[6:]), tuple(keys[:6]), None, 0.5, (), (), "", {})
    found = score(run(), corpus(synthetic=True), split=split, draws=10)
    assert not found.synthetic


def test_the_gap_of_two_runs_says_so() -> None:
    utterance = Utterance(index=0, span=Span(0, 10), labels={"basic7": ("Joy",)})
    talk = Monologue(key="t", name="t", title="T", language="en", duration=Fraction(10), utterances=(utterance,))
    acted = replace(talk, attributes={"synthetic": "expressive"})
    rows = tuple(Prediction(key="t", layer="basic7", span=Span(at, at + 5), label="Joy") for at in (0, 5))
    assert not gap(Predictions(rows), Predictions(rows), Corpus([], [talk])).synthetic
    assert gap(Predictions(rows), Predictions(rows), Corpus([], [acted])).synthetic
    assert gap(Predictions(rows), Predictions(rows, {"synthetic": True}), Corpus([], [talk])).synthetic


def test_baselines_of_synthetic_items_have_it_in_their_header(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for synthetic in (False, True):
        items = corpus(synthetic=synthetic)
        split = items.split(seed=7, test=0.5)
        header = predict_baseline("majority", items, split).header
        assert header.get("synthetic", False) is synthetic
        folder, file = tmp_path / f"corpus-{synthetic}", tmp_path / f"split-{synthetic}.json"
        items.save(folder)
        split.save(file)
        words = ["majority", str(folder), "--split", str(file), "--out", str(tmp_path / f"{synthetic}.jsonl")]
        baseline.main(words, standalone_mode=False)
        assert (SYNTHETIC_REMARK in capsys.readouterr().out) is synthetic


@pytest.mark.parametrize("synthetic", [False, True])
def test_each_part_of_the_text_has_the_remark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], synthetic: bool
) -> None:
    corpus(synthetic=synthetic).save(tmp_path / "corpus")
    files = [str(tmp_path / f"{name}.jsonl") for name in ("a", "b")]
    for file in files:
        write_predictions(file, run())
    words = [*files, "--corpus", str(tmp_path / "corpus"), "--paper", "--draws", "10"]
    score_verb.main(words, standalone_mode=False)
    lines = capsys.readouterr().out.splitlines()
    # At the head of the scores, below the comparison, and below the tables shaped as the paper's.
    assert lines.count(SYNTHETIC_REMARK) == (3 if synthetic else 0)
    assert (lines[0] == SYNTHETIC_REMARK) is synthetic
    score_verb.main([*words, "--json"], standalone_mode=False)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 4
    assert [row.get("synthetic", False) for row in rows] == [synthetic] * 4
