"""What runs say of the items of one layer, and how wrong it is: plain values, an item beside an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from ....corpus import Clip, Monologue
from ....spans import Span

Kind = Literal["clips", "streams"]
Takes = Literal["label", "set", "number"]
"""What an answer of a layer is: one label, a set of labels, or a number."""

ERRORS = ("right", "partly", "wrong", "invalid", "missing")
"""What an answer may be. ``partly``: a set that shares a label with the truth, or a monologue that is wrong some of the time.
``invalid``: a row that has no answer of the layer. ``missing``: no row. All but ``right`` are errors."""
RIGHT, PARTLY, WRONG, INVALID, MISSING = range(len(ERRORS))
NOT_SCORED = -1
"""In the place of an index of `ERRORS`: the run is not scored on the item."""


@dataclass(frozen=True, slots=True)
class WrongPart:
    """A part of a monologue in which neither the truth nor the answer changes, and the answer is wrong.

    Attributes:
        span: The media time, on the content clock.
        true: Class index of the truth.
        given: Class index of the answer; the number of classes where there is none, or one outside of the layer.
    """

    span: Span
    true: int
    given: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunErrors:
    """One run on the N items of a table.

    Attributes:
        run: Name of the run.
        errors: For each item an index of `ERRORS`, or `NOT_SCORED`.
        wrongness: For each item how far up it stands in a list of the worst. Of clips how wrong the answer is, 0 to 1, times
            1 + confidence, so that confident mistakes come first; minus 1 + confidence of right ones, surest last. Of
            monologues the wrong seconds on the content clock.
        answers: For each item the class indices of the answer; of a monologue those that are given somewhere, the number of
            classes standing for none.
        values: For each item the number that was given in a layer of numbers, or None.
        confidence: For each clip 0 to 1, or None.
        reasons: Why an answer is invalid, by the index of the item.
        wrong: For each monologue the wrong seconds on the content clock, exact.
        wrong_late: The same on the decision clock; None where no row says when it was available.
        longest: For each monologue the longest wrong part, the first of equals; None where nothing is wrong.
    """

    run: str
    errors: Sequence[int]
    wrongness: Sequence[float]
    answers: Sequence[tuple[int, ...]] = ()
    values: Sequence[float | None] = ()
    confidence: Sequence[float | None] = ()
    reasons: Mapping[int, str] = field(default_factory=dict)
    wrong: Sequence[Fraction] = ()
    wrong_late: Sequence[Fraction] | None = None
    longest: Sequence[WrongPart | None] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTable:
    """The items of one layer and kind, beside the answers of all runs.

    Attributes:
        layer: The layer.
        kind: ``"clips"`` or ``"streams"``.
        takes: What an answer is.
        labels: The labels of the layer in the order of class indices; none for a layer of numbers.
        items: The N items, in the order of the corpus.
        truth: For each item the class indices of the truth; of a monologue those that it has, in class order.
        truth_values: For each item the number of the truth in a layer of numbers.
        seconds: For each monologue the labelled seconds, exact.
        runs: The runs, in the order of the report.
    """

    layer: str
    kind: Kind
    takes: Takes
    labels: tuple[str, ...]
    items: tuple[Clip | Monologue, ...]
    truth: Sequence[tuple[int, ...]] = ()
    truth_values: Sequence[float] = ()
    seconds: Sequence[Fraction] = ()
    runs: tuple[RunErrors, ...] = ()

    def worst_first(self) -> list[tuple[int, int]]:
        """Return the scored answers as pairs of run and item, the worst first; equals in the order of the corpus."""
        scored = [
            (run, item)
            for run, each in enumerate(self.runs)
            for item, error in enumerate(each.errors)
            if error != NOT_SCORED
        ]
        return sorted(scored, key=lambda pair: (-self.runs[pair[0]].wrongness[pair[1]], pair[1], pair[0]))
