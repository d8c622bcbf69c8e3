"""One line of a file of predictions: strict JSON, its keys and values, and what is wrong with them."""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from ..corpus import Scalar, is_known, taxonomy
from ..errors import InvalidArgument, short_repr
from ..spans import Span, exact_seconds
from .prediction_rules import ANSWERS, why_no_confidence, why_no_scores, why_no_sum, why_not_one_answer
from .predictions import Prediction

TIME_PATTERN = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?[0-9]+/[0-9]*[1-9][0-9]*"
"""A time that is written as text: a decimal or ``a/b``."""
FORMS = ("segments", "decisions")
KEYS = (
    "key",
    "layer",
    "start",
    "end",
    "label",
    "confidence",
    "scores",
    "available_at",
    "labels",
    "value",
    "error",
    "raw",
    "run",
    "fold",
)
"""The keys of a line, in the order in which they are written."""

_TIME = re.compile(TIME_PATTERN)
_HEADER_TEXTS = ("corpus", "split_sha256", "prompt", "model", "command")


class LineError(ValueError):
    """Why a line is no JSON object.

    Attributes:
        can_be_cut: It begins as an object, and may lack its end.
    """

    def __init__(self, reason: str, *, can_be_cut: bool = False) -> None:
        super().__init__(reason)
        self.can_be_cut = can_be_cut


class Number(Decimal):
    """A number as it was written; NaN and the infinities too."""

    def __repr__(self) -> str:
        return str(self)


class _Answer(NamedTuple):
    """What a line answers; one of these is there."""

    label: str | None = None
    labels: tuple[str, ...] | None = None
    value: float | None = None
    error: str = ""


class PredictionLines:
    """Makes predictions of lines that are given one after another, and findings of what is wrong.

    Args:
        file: The name of the file in findings.
        take: Takes each finding as (code, where, what, fix); where it raises, the line is none that was read.
    """

    def __init__(self, file: str, take: Callable[[str, str, str, str], None]) -> None:
        self._file, self.take = file, take
        self._lines: dict[tuple[str, str, Span | None], int] = {}
        self._runs: dict[str, int] = {}
        self._header_line = 0
        self.header: dict[str, Scalar] = {}
        self.rows: list[Prediction] = []

    def add(self, text: str, line: int, *, is_first: bool) -> None:
        """Read one line; a header goes to `header`, a prediction to `rows`.

        Args:
            text: The line without its end.
            line: Its number, from 1.
            is_first: No line lies before it but empty ones.

        Raises:
            LineError: It is no JSON object.
        """
        values = json_object(text)
        if "header" in values:
            self._add_header(values, line, is_first=is_first)
            return
        row = self._row(values, line)
        if row is None:
            return
        same = (row.key, row.layer, row.span)
        if same in self._lines:
            what = f"it is about the same as line {self._lines[same]}, {_about(row)}"
            self.report("repeated_prediction", line, what, "the first counts; remove one of them")
            return
        self._check_run(row.run, line)
        self._lines[same] = line
        self.rows.append(row)

    def report(self, code: str, line: int, what: str, fix: str) -> None:
        """Add a finding of a line."""
        self.take(code, f"{self._file}, line {line}", what, fix)

    def _check_run(self, run: str | None, line: int) -> None:
        if run is None or run in self._runs:
            return
        if self._runs:
            first, at = next(iter(self._runs.items()))
            what = f"it is of the run {short_repr(run)}, and line {at} is of {short_repr(first)}"
            self.report("several_runs", line, what, "put each run into a file of its own")
        self._runs[run] = line

    # The header.

    def _add_header(self, values: Mapping[str, object], line: int, *, is_first: bool) -> None:
        if self._header_line:
            what = f"it is a second header, after that of line {self._header_line}"
            self.report("prediction_header", line, what, "the first counts; put each run into a file of its own")
            return
        if not is_first:
            self.report("prediction_header", line, "it is a header below other lines", "make it the first line")
            return
        header = values["header"]
        if not isinstance(header, dict):
            what = f"header must be an object, got {short_repr(header)}"
            self.report("prediction_header", line, what, "it is left out; give names with their values")
            return
        self._header_line = line
        self._report_unknown(values, ("header",), line)
        for name, value in header.items():
            known = _header_value(name, value)
            if known is None and value is not None:
                self.report(
                    "prediction_header",
                    line,
                    f"{short_repr(name)} of the header must be {_header_type(name)}, got {short_repr(value)}",
                    "the value is left out; correct it",
                )
            else:
                self.header[name] = known
        run = self.header.get("run")
        self._check_run(run if isinstance(run, str) else None, line)

    # A row.

    def _row(self, values: Mapping[str, object], line: int) -> Prediction | None:
        self._report_unknown(values, KEYS, line)
        given = {name: value for name, value in values.items() if value is not None and name in KEYS}
        if given.get("error") == "":
            del given["error"]
        answers = [name for name in ANSWERS if name in given]
        missing = [name for name in ("key", "layer") if name not in given]
        if missing or not answers:
            missing += [] if answers else ["label, labels, value or error"]
            what = "it has no " + " and no ".join(missing)
            if "label" in values and not answers:
                what += "; a label that is null needs an error, which says why"
            self.report("missing_prediction_key", line, what, "the line is left out; give them")
        if len(answers) > 1:
            what = why_not_one_answer(given)
            self.report("several_answers", line, what, "the line is left out; give one of label, labels, value, error")
        key, layer = (self._name(given.get(name), name, line) for name in ("key", "layer"))
        answer = self._answer(given[answers[0]], answers[0], line) if len(answers) == 1 else None
        span, has_span = self._span(given, line)
        if key is None or layer is None or answer is None or not has_span:
            # Values beside the answer are of no use any more.
            return None
        confidence = self._confidence(given.get("confidence"), line)
        scores = self._scores(given.get("scores"), line, has_one=_has_one_label(layer))
        available_at = self._time(given["available_at"], "available_at", line) if "available_at" in given else None
        raw, run, fold = (self._text(given.get(name), name, line) for name in ("raw", "run", "fold"))
        return Prediction(
            key=key,
            layer=layer,
            span=span,
            label=answer.label,
            labels=answer.labels,
            value=answer.value,
            error=answer.error,
            confidence=confidence,
            scores=scores,
            available_at=available_at,
            raw=raw,
            run=run,
            fold=fold,
            line=line,
        )

    def _report_unknown(self, values: Mapping[str, object], known: Sequence[str], line: int) -> None:
        for name in values:
            if name not in known:
                what = f"{short_repr(name)} is no key of a {'header line' if known != KEYS else 'prediction'}"
                fix = f"its value is not read; {'keys are' if len(known) > 1 else 'its key is'} {', '.join(known)}"
                self.report("unknown_prediction_key", line, what, fix)

    def _name(self, value: object, name: str, line: int) -> str | None:
        if value is None or (isinstance(value, str) and value):
            return value
        self._wrong(line, name, "text with a letter or more", value, "the line is left out")
        return None

    def _wrong(self, line: int, name: str, allowed: str, value: object, done: str) -> None:
        what = f"{name} must be {allowed}, got {short_repr(value)}"
        self.report("wrong_prediction_value", line, what, f"{done}; correct the value")

    def _answer(self, value: object, name: str, line: int) -> _Answer | None:
        allowed = "text"
        if name == "labels":
            if isinstance(value, list) and all(isinstance(each, str) for each in value):
                return _Answer(labels=tuple(value))
            allowed = "a list of texts"
        elif name == "value":
            number = _finite(value)
            if number is not None:
                return _Answer(value=number)
            allowed = "a finite number"
        elif isinstance(value, str):
            return _Answer(label=value) if name == "label" else _Answer(error=value)
        self._wrong(line, name, allowed, value, "the line is left out")
        return None

    def _span(self, given: Mapping[str, object], line: int) -> tuple[Span | None, bool]:
        """Return the span, and whether the line can be used: it has no times, or two that are a span."""
        names = [name for name in ("start", "end") if name in given]
        if not names:
            return None, True
        if len(names) == 1:
            other = "end" if names == ["start"] else "start"
            what = f"it has {names[0]} and no {other}"
            self.report("no_time", line, what, "the line is left out; give both, or none for a clip")
            return None, False
        start, end = (self._time(given[name], name, line) for name in names)
        if start is None or end is None:
            return None, False
        if end <= start:
            what = f"it must end after its start, got [{start}, {end})"
            self.report("empty_span", line, what, "the line is left out; correct its times")
            return None, False
        return Span(start, end), True

    def _time(self, value: object, name: str, line: int) -> Fraction | None:
        done = "it is left out" if name == "available_at" else "the line is left out"
        text = str(value) if isinstance(value, Number) else value
        if isinstance(text, str) and _TIME.fullmatch(text):
            try:
                return _exact(text)
            except InvalidArgument:
                what = f"{name} must fit in 64 bits, got {short_repr(value)}"
                self.report("bad_time", line, what, f"{done}; round it")
                return None
        what = f"{name} must be a decimal or 'a/b', got {short_repr(value)}"
        self.report("bad_time", line, what, f"{done}; give seconds of media time")
        return None

    def _confidence(self, value: object, line: int) -> float | None:
        if value is None:
            return None
        reason = why_no_confidence(value)
        if not reason and isinstance(value, Number):
            return float(value)
        self.report("bad_confidence", line, reason, "it is left out, and the answer counts; correct it")
        return None

    def _scores(self, value: object, line: int, *, has_one: bool) -> dict[str, float]:
        if value is None or value == {}:
            return {}
        reason = why_no_scores(value)
        if not reason and isinstance(value, dict):
            reason = why_no_sum(value) if has_one else ""
        if not reason and isinstance(value, dict):
            return {label: float(score) for label, score in value.items()}
        self.report("bad_scores", line, reason, "they are left out, and the answer counts; correct them")
        return {}

    def _text(self, value: object, name: str, line: int) -> str | None:
        """Return the text of a value; the name of a run or a fold may be an integer."""
        if value is None or isinstance(value, str):
            return value
        number = None if name == "raw" else _integer_text(value)
        if number is not None:
            return number
        self._wrong(line, name, "text", value, "it is left out")
        return None


def json_object(text: str) -> dict[str, object]:
    """Return the object of a line. Numbers are `Number`, with NaN and the infinities, which are no JSON.

    Raises:
        LineError: The line is no JSON, nests too deep, has a key twice or is no object.
    """
    try:
        value: object = _DECODER.decode(text)
    except RecursionError as error:
        raise LineError("it nests too deep") from error
    except ArithmeticError as error:
        raise LineError("it has a number with too large an exponent") from error
    except json.JSONDecodeError as error:
        reason = f"it is no JSON: {error.msg.lower()} at character {error.pos + 1}"
        raise LineError(reason, can_be_cut=text.lstrip().startswith("{") and error.msg != "Extra data") from error
    if not isinstance(value, dict):
        raise LineError(f"it is no JSON object, got {'null' if value is None else short_repr(value)}")
    return value


def _mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise LineError(f"it has the key {short_repr(twice)} twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_mapping, parse_int=Number, parse_float=Number, parse_constant=Number)
# Times come again: one decision ends where the next one begins.
_exact = functools.lru_cache(maxsize=4096)(exact_seconds)


def _has_one_label(layer: str | None) -> bool:
    """Return whether the package has the layer, and it takes one label alone; of others `match` knows."""
    return layer is not None and is_known(layer) and not taxonomy(layer).multiple


def _finite(value: object) -> float | None:
    number = float(value) if isinstance(value, Number) else math.nan
    return number if math.isfinite(number) else None


def _integer_text(value: object) -> str | None:
    """Return the digits of an integer, which may be written as 3.0; None where it is none that a float reaches."""
    if not isinstance(value, Number) or _finite(value) is None or value != int(value):
        return None
    return str(int(value))


def _is_integer(number: Number) -> bool:
    return number.is_finite() and "." not in str(number) and "E" not in str(number)


def _header_type(name: str) -> str:
    if name == "form":
        return " or ".join(map(repr, FORMS))
    return "text" if name in (*_HEADER_TEXTS, "run") else "text, a finite number, true or false"


def _header_value(name: str, value: object) -> Scalar:
    """Return a value of a header; None where it is none."""
    if name == "form":
        return value if isinstance(value, str) and value in FORMS else None
    if name in (*_HEADER_TEXTS, "run") and not isinstance(value, str):
        return _integer_text(value) if name == "run" else None
    if isinstance(value, Number):
        number = _finite(value)
        return int(value) if number is not None and _is_integer(value) else number
    return value if isinstance(value, str | bool) else None


def _about(row: Prediction) -> str:
    at = "" if row.span is None else f" at [{row.span.start}, {row.span.end})"
    return f"{short_repr(row.key)}{at} in {short_repr(row.layer)}"
