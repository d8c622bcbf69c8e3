"""The forms of a prompt side by side: accuracy, macro F1 and how many answers are invalid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from rich.console import Console

from ..corpus import SYNTHETIC_REMARK
from ..evaluation import LEAST_UNMARKED, Score, Scores
from ..evaluation.prompts import PromptForm
from .fitted_tables import print_fitted

FORMS: tuple[PromptForm, ...] = get_args(PromptForm)
_VERSION = 1
_MEASURES = ("accuracy", "macro_f1")
_PARTS = ("layer", "kind", "clock")


@dataclass(frozen=True, slots=True)
class FormRow:
    """What one form of a prompt gives in one layer.

    Attributes:
        form: ``"words"``, ``"letters"`` or ``"json"``.
        layer, kind: What is scored.
        clock: Of monologues, ``"content"`` or ``"decision"``; "" of clips.
        accuracy, macro_f1: The scores; None where a layer has no such measure.
        invalid: Rows that say why there is no answer.
        rows: All rows of the layer.
        synthetic: Whether the numbers say nothing about real emotion.
    """

    form: str
    layer: str
    kind: str
    clock: str
    accuracy: Score | None
    macro_f1: Score | None
    invalid: int
    rows: int
    synthetic: bool

    @property
    def share_invalid(self) -> float | None:
        """The share of rows without an answer; None without rows."""
        return self.invalid / self.rows if self.rows else None

    def as_dict(self) -> dict[str, object]:
        """Return the values by name, for JSON."""
        clock = {"clock": self.clock} if self.clock else {}
        return {
            "form": self.form,
            "layer": self.layer,
            "kind": self.kind,
            **clock,
            **{name: _values(getattr(self, name)) for name in _MEASURES},
            "invalid": self.invalid,
            "rows": self.rows,
            "share_invalid": self.share_invalid,
            **({"synthetic": True} if self.synthetic else {}),
        }


def _values(score: Score | None) -> dict[str, float | int | None] | None:
    return None if score is None else {"value": score.value, "low": score.low, "high": score.high, "n": score.n}


def form_path(out: str, form: str) -> str:
    """Return the file of a form: its name before the suffix.

    Example:
        >>> form_path("out/model.jsonl", "words")
        'out/model-words.jsonl'
    """
    path = Path(out)
    return str(path.with_name(f"{path.stem}-{form}{path.suffix}"))


def prompt_of_form(form: str, plan: object) -> str:
    """Return the name of the prompt of a form, for clips and windows, or for streams.

    Example:
        >>> prompt_of_form("letters", "streams"), prompt_of_form("words", None)
        ('stream-letters-1', 'clip-words-1')
    """
    return f"{'stream' if plan == 'streams' else 'clip'}-{form}-{_VERSION}"


def form_rows(scores: Sequence[Scores]) -> list[FormRow]:
    """Return a row for each layer, kind and clock that was scored, and each form.

    Args:
        scores: Those of each form, which is their name.
    """
    parts = dict.fromkeys(
        tuple(score.of.get(name, "") for name in _PARTS) for each in scores for score in each if score.name in _MEASURES
    )
    return [
        FormRow(
            form=each.name,
            layer=layer,
            kind=kind,
            clock=clock,
            accuracy=_score(each, "accuracy", (layer, kind, clock)),
            macro_f1=_score(each, "macro_f1", (layer, kind, clock)),
            invalid=each.counts.get(f"{layer}.invalid", 0),
            rows=each.counts.get(f"{layer}.rows", 0),
            synthetic=each.synthetic,
        )
        for layer, kind, clock in parts
        for each in scores
    ]


def _score(scores: Scores, name: str, part: tuple[str, ...]) -> Score | None:
    """Return the score of all items of a part, of no slice."""
    for score in scores.select(name=name):
        if tuple(score.of.get(each, "") for each in _PARTS) == part and set(score.of) <= set(_PARTS):
            return score
    return None


def print_forms(console: Console, rows: Sequence[FormRow]) -> None:
    """Print one table of all forms, and by how much the accuracy hangs on them."""
    heads = ["layer", "form", "accuracy", "macro F1", "invalid", "rows"]
    lines = [
        [
            ", ".join(filter(None, (row.layer, row.kind, f"{row.clock} clock" if row.clock else ""))),
            row.form,
            "-" if row.accuracy is None else row.accuracy.text(),
            "-" if row.macro_f1 is None else row.macro_f1.text(),
            "-" if row.share_invalid is None else f"{row.share_invalid:.1%}",
            f"{row.rows:,}",
        ]
        for row in rows
    ]
    print_fitted(console, "forms of the prompt", heads, lines, keys=2, last=1)
    if any("*" in cell for line in lines for cell in line):
        console.print(f"* from fewer than {LEAST_UNMARKED} clusters", soft_wrap=True)
    for line in spread_lines(rows):
        console.print(line, soft_wrap=True)
    if any(row.synthetic for row in rows):
        console.print(SYNTHETIC_REMARK, soft_wrap=True)


def spread_lines(rows: Sequence[FormRow]) -> list[str]:
    """Return how far macro F1 lies apart between forms, a line for each layer, kind and clock."""
    lines = []
    for part in dict.fromkeys((row.layer, row.kind, row.clock) for row in rows):
        values = {
            row.form: row.macro_f1.value
            for row in rows
            if (row.layer, row.kind, row.clock) == part and row.macro_f1 is not None and row.macro_f1.value is not None
        }
        if len(values) > 1:
            best, worst = max(values, key=lambda form: values[form]), min(values, key=lambda form: values[form])
            named = ", ".join(filter(None, part))
            lines.append(
                f"{named}: macro F1 hangs on the form by {values[best] - values[worst]:.3f}"
                + (f", from {worst} to {best}" if best != worst else "")
            )
    return lines
