"""What a system says of items: predictions, and where they come from. Files of them are read in `prediction_files`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from ..corpus import Findings, Scalar
from ..corpus._frozen import freeze
from ..spans import Span

Form = Literal["segments", "decisions"]
"""What the rows of a stream are: ``"segments"``, whose edges mean something, or ``"decisions"``, such as one a window, of which
only a change of label means something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a system says of an item, or of a part of a monologue, in one layer.

    Attributes:
        key: Key of the item.
        layer: Name of the taxonomy, or of the layer of numbers.
        span: The media time that it is about; None for a clip.
        label: One label as it was given, or None: the answer is invalid (`error`), or the layer has sets or numbers.
        labels: A set of labels of a layer that takes several; None where none was given. An empty set is an answer.
        value: A number, such as an intensity or a point of a curve; None where none was given.
        error: Why there is no answer; "" where there is one.
        confidence: 0 to 1, or None.
        scores: Probabilities of labels; empty where none were given.
        available_at: The media time at which an online system could say it, or None for one that has seen everything.
        raw: The answer as it was written, or None.
        run, fold: The run and the fold that made it, or None.
        line: The line of its file, from 1; 0 where there is no file.
    """

    key: str
    layer: str
    span: Span | None = None
    label: str | None = None
    labels: tuple[str, ...] | None = None
    value: float | None = None
    error: str = ""
    confidence: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    available_at: Fraction | None = None
    raw: str | None = None
    run: str | None = None
    fold: str | None = None
    line: int = 0

    def __post_init__(self) -> None:
        freeze(self, "scores")


@dataclass(frozen=True, slots=True, repr=False)
class Predictions:
    """The predictions of one run, in the order of their file.

    Attributes:
        rows: The predictions.
        header: What the file says of itself: corpus, split_sha256, prompt, model, command, run, and further keys.
        findings: What is wrong with the file: lines that are no predictions, predictions that come again.
        name: A name for tables: the name of the file, or of the run.
        sha256: Checksum of the file, or "" where there is none.
    """

    rows: tuple[Prediction, ...]
    header: Mapping[str, Scalar] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    name: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        freeze(self, "header")
        object.__setattr__(self, "rows", tuple(self.rows))

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.rows)

    def __len__(self) -> int:
        """Return the number of predictions."""
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Predictions({self.name!r}, {len(self.rows)} rows, layers={self.layers}, {len(self.findings)} findings)"

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers in order of their first row."""
        return tuple(dict.fromkeys(row.layer for row in self.rows))


def by_key(rows: Iterable[Prediction], layer: str) -> dict[str, list[Prediction]]:
    """Return the predictions of a layer by the keys of their items, each in the order given."""
    found: dict[str, list[Prediction]] = {}
    for row in rows:
        if row.layer == layer:
            found.setdefault(row.key, []).append(row)
    return found
