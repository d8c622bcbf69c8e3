"""What a system says of items: predictions, and where they come from. Files of them are read in `prediction_files`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NoReturn

from .._checks import as_integer, as_number, is_sequence
from ..corpus import Findings, Scalar
from ..corpus._frozen import freeze
from ..errors import InvalidArgument, short_repr
from ..spans import Span, exact_seconds
from .prediction_rules import why_no_confidence, why_no_scores, why_not_one_answer

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
        confidence: 0 to 1, or None; up to 1.001, as float32 rounds, is as given, and counts as 1.
        scores: Probabilities of labels, each as `confidence`; empty where none were given. `match` checks their sum, which
            depends on the layer.
        available_at: The media time at which an online system could say it, or None for one that has seen everything.
        raw: The answer as it was written, or None.
        run, fold: The run and the fold that made it, or None.
        line: The line of its file, from 1; 0 where there is no file.

    Raises:
        InvalidArgument: A value is none that a file could have, or there is not one of label, labels, value and error.

    Example:
        >>> Prediction(key="own/1", layer="basic7", label="Joy", confidence=90)
        Traceback (most recent call last):
        emos_io.errors.InvalidArgument: confidence must be a number from 0 to 1, got 90; correct the prediction of 'own/1'
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
        for name in ("key", "layer"):
            self._check_text(name, getattr(self, name), allowed="text with a letter or more")
        given = {"label": self.label, "labels": self.labels, "value": self.value, "error": self.error or None}
        there = {name: value for name, value in given.items() if value is not None}
        if reason := why_not_one_answer(there):
            self._refuse(f"answer must be one of label, labels, value and error, got a prediction of which {reason}")
        for name, text in (
            ("label", self.label),
            ("error", self.error),
            ("raw", self.raw),
            ("run", self.run),
            ("fold", self.fold),
        ):
            if text is not None:
                self._check_text(name, text)
        if self.span is not None and not isinstance(self.span, Span):
            self._refuse(f"span must be a Span or None, got {short_repr(self.span)}")
        line = as_integer(self.line)
        if line is None or line < 0:
            self._refuse(f"line must be an integer of 0 or more, got {short_repr(self.line)}")
        self._take_labels()
        self._take_numbers()

    def _take_labels(self) -> None:
        labels: object = self.labels
        if labels is None:
            return
        words = tuple(labels) if isinstance(labels, Sequence) and not isinstance(labels, str | bytes) else (None,)
        if not all(isinstance(each, str) for each in words):
            self._refuse(f"labels must be a sequence of texts, got {short_repr(labels)}")
        object.__setattr__(self, "labels", words)

    def _take_numbers(self) -> None:
        """Check numbers, and hold them as floats and fractions."""
        if self.value is not None:
            number = as_number(self.value)
            if number is None:
                self._refuse(f"value must be a finite number, got {short_repr(self.value)}")
            object.__setattr__(self, "value", number)
        if self.confidence is not None:
            if reason := why_no_confidence(self.confidence):
                self._refuse(reason)
            object.__setattr__(self, "confidence", float(self.confidence))
        if reason := why_no_scores(self.scores):
            self._refuse(reason)
        if not all(type(score) is float for score in self.scores.values()):
            object.__setattr__(self, "scores", {label: float(score) for label, score in self.scores.items()})
        freeze(self, "scores")
        if self.available_at is not None and type(self.available_at) is not Fraction:
            try:
                object.__setattr__(self, "available_at", exact_seconds(self.available_at, name="available_at"))
            except InvalidArgument as error:
                self._refuse(str(error).partition("; ")[0])

    def _check_text(self, name: str, value: object, *, allowed: str = "text") -> None:
        if not isinstance(value, str) or (name in ("key", "layer") and not value):
            self._refuse(f"{name} must be {allowed}, got {short_repr(value)}")

    def _refuse(self, reason: str) -> NoReturn:
        raise InvalidArgument(f"{reason}; correct the prediction of {short_repr(self.key)}")


@dataclass(frozen=True, slots=True, repr=False)
class Predictions:
    """The predictions of one run, in the order of their file.

    Attributes:
        rows: The predictions.
        header: What the file says of itself: corpus, split_sha256, prompt, model, command, run, and further keys.
        findings: What is wrong with the file: lines that are no predictions, predictions that come again.
        name: A name for tables: the name of the file, or of the run.
        sha256: Checksum of the file, or "" where there is none.

    Raises:
        InvalidArgument: A row is no `Prediction`, or the name no text.
    """

    rows: tuple[Prediction, ...]
    header: Mapping[str, Scalar] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    name: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        freeze(self, "header")
        rows: object = self.rows
        if not is_sequence(rows) or not isinstance(rows, Iterable):
            raise InvalidArgument(
                f"rows must be a sequence of Prediction, got {short_repr(rows)}; give a tuple of them"
            )
        checked = tuple(rows)
        for index, row in enumerate(checked):
            if not isinstance(row, Prediction):
                raise InvalidArgument(
                    f"rows must be of type Prediction, got {short_repr(row)}; give Prediction(key=...)", index=index
                )
        if not isinstance(self.name, str):
            raise InvalidArgument(f"name must be text, got {short_repr(self.name)}; give the name of the run")
        object.__setattr__(self, "rows", checked)

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
