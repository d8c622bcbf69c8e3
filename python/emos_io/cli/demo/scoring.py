"""Scores of several systems on the same items: accuracy, macro F1, and how far each is from the first, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from ... import evaluation
from ..._progress import LateBar
from ...corpus import Corpus, Folds, Split
from ...evaluation import Predictions, Score, read_predictions
from .predicting import System

LAYER = "basic7"
DRAWS = 2_000
Kind = Literal["clips", "streams"]
_OF: Mapping[Kind, Mapping[str, str]] = {
    "clips": {"kind": "clips"},
    # A decision counts from when it could be made.
    "streams": {"kind": "streams", "clock": "decision"},
}


@dataclass(frozen=True, slots=True)
class Row:
    """The scores of one system.

    Attributes:
        name: The system.
        file: Its predictions.
        accuracy, macro_f1: The scores; those of monologues are of labelled seconds, on the decision clock.
        difference: Its macro F1 minus that of the first row; None in the first row.
        synthetic: Whether they come from synthetic items.
    """

    name: str
    file: Path
    accuracy: Score
    macro_f1: Score
    difference: Score | None
    synthetic: bool

    def as_dict(self) -> dict[str, object]:
        """Return the row as a JSON object."""
        scores = {"accuracy": self.accuracy, "macro_f1": self.macro_f1, "macro_f1_minus_first": self.difference}
        return {
            "name": self.name,
            "file": str(self.file),
            **{name: None if each is None else _numbers(each) for name, each in scores.items()},
            **({"synthetic": True} if self.synthetic else {}),
        }


def _numbers(one: Score) -> dict[str, object]:
    values = asdict(replace(one, of={}))
    return {name: values[name] for name in ("value", "low", "high", "n", "num_clusters")}


def score_systems(
    systems: Sequence[System], corpus: Corpus, split: Split | Folds, kind: Kind, draws: int = DRAWS
) -> list[Row]:
    """Return a row for each system, in their order; differences are from the first, on the same items and draws."""
    runs = [replace(read_predictions(each.file), name=each.name) for each in systems]
    with LateBar("scoring") as bar:
        total = 2 * len(runs) - 1
        first = runs[0]
        rows: list[Row] = []
        for number, (system, run) in enumerate(zip(systems, runs, strict=True)):
            bar.show(2 * number, total)
            found = evaluation.score(run, corpus, split=split, layer=LAYER, by=(), draws=draws)
            rows.append(
                Row(
                    system.name,
                    system.file,
                    found.get("accuracy", **_OF[kind]),
                    found.get("macro_f1", **_OF[kind]),
                    None if run is first else _difference(run, first, corpus, split, kind, draws),
                    found.synthetic,
                )
            )
    return rows


def _difference(
    run: Predictions, first: Predictions, corpus: Corpus, split: Split | Folds, kind: Kind, draws: int
) -> Score:
    found = evaluation.compare(run, first, corpus=corpus, split=split, layer=LAYER, names=["macro_f1"], draws=draws)
    one = found.get("macro_f1", run.name, first.name, **_OF[kind])
    return Score(
        name=one.name,
        value=one.difference,
        n=one.num_first,
        low=one.low,
        high=one.high,
        num_clusters=one.num_clusters,
    )
