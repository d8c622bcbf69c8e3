"""Tables shaped as the paper's 7, 8 and 13, of the scores of one or more runs on the same items.

```text
 table7     accuracy, macro F1, weighted F1, and P, R, F1 of each class: a column a run      clips of high confidence
 table8     mean stated confidence on high and on low, and low - high: a row a run and source
 table13    accuracy, macro F1, weighted F1: a row a run and language                        clips of high confidence
```

The paper's own columns cannot all be of the same items (``emos tables`` lists why); here runs of another truth are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from .._checks import is_sequence
from ..corpus import Scalar
from ..errors import InvalidArgument, short_repr
from .scores import Score, Scores, ScoreTable
from .slices import SliceBy

SLICES_OF_TABLES: Mapping[str, tuple[SliceBy, ...]] = MappingProxyType(
    {
        "table7": ("confidence_tier",),
        "table8": ("confidence_tier", "source"),
        "table13": ("confidence_tier", "language"),
    }
)
"""By what scores are sliced, at once, for each table; `score` makes all of them, unless its `by` leaves one out."""
MEASURES = MappingProxyType({"accuracy": "Accuracy", "macro_f1": "Macro-F1", "weighted_f1": "Weighted-F1"})
CLASS_MEASURES = MappingProxyType({"precision": "P", "recall": "R", "f1": "F1"})
"""The measures of the tables, with the names that the paper has for them."""
_TIERS = ("high", "low")


def paper_tables(runs: Sequence[Scores], layer: str = "basic7") -> tuple[ScoreTable, ...]:
    """Return Tables 7, 8 and 13 of runs; see `table7`, `table8` and `table13`.

    Raises:
        InvalidArgument: The runs are not of one truth, two have one name, or what a table needs was not scored.
    """
    return table7(runs, layer), table8(runs, layer), table13(runs, layer)


def table7(runs: Sequence[Scores], layer: str = "basic7") -> ScoreTable:
    """Return results on the clips of high confidence: a row for each measure, a column for each run.

    The rows are those of the paper: ``Accuracy``, ``Macro-F1``, ``Weighted-F1``, and ``Joy_P``, ``Joy_R``, ``Joy_F1`` of each
    class; ``n``, and ``Joy_n``, the clips of a class, stand beside them. A cell is None where there is nothing to score.

    Args:
        runs: What `score` gives, of one split and one truth.
        layer: A layer that takes one label.

    Raises:
        InvalidArgument: The runs are not of one truth, two have one name, or tiers were not scored.

    Example:
        >>> of = {"layer": "basic7", "kind": "clips", "confidence_tier": "high"}
        >>> named = [Score(name=name, value=0.5, n=4, of=of) for name in MEASURES]
        >>> table7([Scores(name="mine", scores=tuple(named))]).rows[:2]
        (('n', 4), ('Accuracy', 0.5))
    """
    checked = _checked_runs(runs, layer)
    found = [_Found(run, layer, "table7", confidence_tier="high") for run in checked]
    rows: list[tuple[Scalar, ...]] = [("n", *(each.score("accuracy").n for each in found))]
    rows += [(name, *(each.score(measure).value for each in found)) for measure, name in MEASURES.items()]
    for label in dict.fromkeys(label for each in found for label in each.classes()):
        rows.append((f"{label}_n", *_cells(found, "recall", label, _n)))
        rows += [(f"{label}_{name}", *_cells(found, each, label, _value)) for each, name in CLASS_MEASURES.items()]
    return ScoreTable(
        name="table7",
        columns=("row", *(run.name for run in checked)),
        rows=tuple(rows),
        of={"layer": layer, "kind": "clips", "confidence_tier": "high"},
    )


def table8(runs: Sequence[Scores], layer: str = "basic7") -> ScoreTable:
    """Return the mean stated confidence by tier, for each run and source, since tiers mean another thing in each source.

    ``delta`` is low minus high, as in the paper: below 0 for a run that is less sure where raters were. Answers without a
    confidence are left out of it; ``n_high`` and ``n_low`` count the others. A source without one of both tiers has None.

    Raises:
        InvalidArgument: The runs are not of one truth, two have one name, or tiers of sources were not scored.
    """
    rows: list[tuple[Scalar, ...]] = []
    for run in _checked_runs(runs, layer):
        for source in _values(run, layer, "table8", "source", "mean_confidence"):
            high, low = (_tier(run, layer, source, tier) for tier in _TIERS)
            values = [None if each is None else each.value for each in (high, low)]
            delta = None if values[0] is None or values[1] is None else values[1] - values[0]
            counts = [0 if each is None else each.n for each in (high, low)]
            rows.append((run.name, source, *values, delta, *counts))
    return ScoreTable(
        name="table8",
        columns=("run", "source", "high", "low", "delta", "n_high", "n_low"),
        rows=tuple(rows),
        of={"layer": layer, "kind": "clips"},
    )


def table13(runs: Sequence[Scores], layer: str = "basic7") -> ScoreTable:
    """Return results on the clips of high confidence by language: a row for each run and language.

    Raises:
        InvalidArgument: The runs are not of one truth, two have one name, or tiers of languages were not scored.
    """
    rows: list[tuple[Scalar, ...]] = []
    for run in _checked_runs(runs, layer):
        for language in _values(run, layer, "table13", "language", "accuracy", confidence_tier="high"):
            found = _Found(run, layer, "table13", confidence_tier="high", language=language)
            rows.append(
                (run.name, language, *(found.score(name).value for name in MEASURES), found.score("accuracy").n)
            )
    return ScoreTable(
        name="table13",
        columns=("run", "language", *MEASURES, "n"),
        rows=tuple(rows),
        of={"layer": layer, "kind": "clips", "confidence_tier": "high"},
    )


class _Found:
    """The scores of one run in one slice."""

    def __init__(self, run: Scores, layer: str, table: str, **of: str) -> None:
        self._run, self._table = run, table
        self._of = {"layer": layer, "kind": "clips", **of}
        self._by_name = {
            (each.name, each.of.get("class", "")): each
            for each in run.scores
            if {kind: value for kind, value in each.of.items() if kind != "class"} == self._of
        }

    def score(self, name: str, label: str = "") -> Score:
        """Return a score of the slice.

        Raises:
            InvalidArgument: There is none.
        """
        found = self._by_name.get((name, label))
        if found is None:
            raise _lacking(self._run, self._table, self._of)
        return found

    def classes(self) -> list[str]:
        """Return the classes, in the order of the scores."""
        return list(dict.fromkeys(label for name, label in self._by_name if label and name in CLASS_MEASURES))

    def of_class(self, name: str, label: str) -> Score | None:
        return self._by_name.get((name, label))


def _cells(found: Sequence[_Found], name: str, label: str, cell: Callable[[Score], Scalar]) -> list[Scalar]:
    scores = [each.of_class(name, label) for each in found]
    return [None if each is None else cell(each) for each in scores]


def _value(score: Score) -> Scalar:
    return score.value


def _n(score: Score) -> Scalar:
    return score.n


def _tier(run: Scores, layer: str, source: str, tier: str) -> Score | None:
    of = {"layer": layer, "kind": "clips", "source": source, "confidence_tier": tier}
    return next((each for each in run.scores if each.name == "mean_confidence" and dict(each.of) == of), None)


def _values(run: Scores, layer: str, table: str, kind: str, name: str, **of: str) -> list[str]:
    """Return what the scores of a table are sliced by, such as all languages, in order."""
    wanted = {"layer": layer, "kind": "clips", **of}
    found = sorted(
        {
            each.of[kind]
            for each in run.scores
            if each.name == name
            and set(each.of) == {"layer", "kind", *SLICES_OF_TABLES[table]}
            and all(each.of[one] == value for one, value in wanted.items())
        }
    )
    if not found:
        raise _lacking(run, table, wanted)
    return found


def _lacking(run: Scores, table: str, of: Mapping[str, str]) -> InvalidArgument:
    kinds = " and ".join(SLICES_OF_TABLES[table])
    where = ", ".join(f"{kind} {value}" for kind, value in of.items())
    return InvalidArgument(
        f"runs must have scores by {kinds} for {table}, got none of {where} in {run.name!r}; score clips of one label that "
        f"have a confidence tier, by {kinds}"
    )


def _checked_runs(runs: object, layer: str) -> list[Scores]:
    """Return the runs of a table, of one truth and with different names."""
    listed: list[Scores] = []
    if not isinstance(runs, Sequence) or not is_sequence(runs):
        raise InvalidArgument(f"runs must be a list of Scores, got {short_repr(runs)}; give several, or one in a list")
    for each in runs:
        if not isinstance(each, Scores):
            raise InvalidArgument(f"runs must be a list of Scores, got {short_repr(each)}; give what score gives")
        listed.append(each)
    if not listed:
        raise InvalidArgument("runs must be one or more Scores, got none; give what score gives")
    names = [each.name for each in listed]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidArgument(f"runs must have different names, got {twice!r} twice; name their Predictions")
    for kind in (f"{layer}.truth_sha256", "split_sha256"):
        first, *others = [(run.name, run.provenance.get(kind)) for run in listed]
        for name, value in others:
            if value != first[1]:
                raise InvalidArgument(
                    f"runs must be of the same items and truth, got {first[0]!r} and {name!r} with another {kind}; score "
                    "them with one corpus and split"
                )
    return listed
