"""Label Studio's JSON export: regions of time, choices and texts, of annotators and of models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from ...errors import InvalidArgument
from ...spans import Seconds, Span, exact_seconds
from .label_studio_write import ItemLabel, write_label_studio
from .segments import AnnotationFile, Segment
from .source import Problems, Report, read_json, shown
from .times import exact_number

__all__ = ["ItemLabel", "LabelStudioTask", "read_label_studio", "write_label_studio"]

# Where a result keeps what was said, by its type.
_TEXTS = {
    "labels": "labels",
    "timelinelabels": "timelinelabels",
    "timeserieslabels": "timeserieslabels",
    "choices": "choices",
    "textarea": "text",
}


@dataclass(frozen=True, slots=True)
class LabelStudioTask(AnnotationFile):
    """One task: what annotators and models said of one item.

    Attributes:
        item: The media that results refer to, as the task's data name it; else "task" and its id.
        choices: Choices and texts of annotators for the whole item, which have no span.
        predictions: Regions of models; their rater is "model:" and the version. Never among the segments.
        predicted_choices: Choices and texts of models for the whole item.
    """

    item: str = ""
    choices: tuple[ItemLabel, ...] = ()
    predictions: tuple[Segment, ...] = ()
    predicted_choices: tuple[ItemLabel, ...] = ()


@dataclass(frozen=True)
class _Clock:
    """How numbers of results become seconds."""

    frame_rate: Fraction | None
    first_frame: int | None
    time_unit: Literal["s", "ms"] | None


def read_label_studio(
    path: str | os.PathLike[str],
    *,
    frame_rate: Seconds | None = None,
    first_frame: int | None = None,
    time_unit: Literal["s", "ms"] | None = None,
    report: Report | None = None,
) -> tuple[LabelStudioTask, ...]:
    """Return the tasks of a Label Studio JSON export.

    Regions of sound (``labels``, and choices and texts of a region) count seconds. Each label, choice or text is a
    segment of its own; its tier is the control (from_name), its rater the e-mail address of ``completed_by``, else
    its id, its confidence the ``score``.

    Video timelines (``timelinelabels``) count frames: frame k is on screen during ``[(k - first_frame) / frame_rate,
    (k - first_frame + 1) / frame_rate)``, and a range holds its last frame. The export tells neither number, and
    those who read it disagree whether frames begin at 0 or 1 (Label Studio's own editor counts from 1, its own
    converter for models from 0): so both must be given.

    Args:
        path: An export in the format "JSON", not "JSON-MIN"; or one task.
        frame_rate: Frames a second of the video as the labelling configuration says it; exact if str or Fraction.
        first_frame: Number of the first frame, 0 or 1.
        time_unit: Of ``timeserieslabels``, which count what the time column of the series counts.
        report: Takes each problem as (code, where, what, fix). These leave out a result: ``cancelled`` (an annotation
            that its annotator cancelled), ``draft`` (never submitted), ``frame_clock`` (a timeline, but no rate or
            first frame), ``time_unit``, ``bad_time``, ``empty_span``, ``unsupported_result`` (boxes, brushes and so
            on), ``malformed``. ``bad_confidence`` leaves out a score. None raises at the first.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no JSON, or no export with annotations (JSON-MIN has neither raters nor units).
        InvalidArgument: there is a problem, and `report` is None; or an argument is wrong.
    """
    rate = None if frame_rate is None else exact_seconds(frame_rate, name="frame_rate")
    if rate is not None and rate <= 0:
        raise InvalidArgument(f"frame_rate {frame_rate!r} was given; it must be above 0")
    if first_frame not in {None, 0, 1}:
        raise InvalidArgument(f"first_frame {first_frame!r} was given; frames begin at 0 or 1")
    if time_unit not in {None, "s", "ms"}:
        raise InvalidArgument(f"time_unit {time_unit!r} was given; give 's' or 'ms'")
    problems = Problems(Path(path), report)
    clock = _Clock(rate, first_frame, time_unit)
    tasks = _tasks(read_json(problems), problems)
    return tuple(_Task(task, f"task {task.get('id', number)}", clock, problems).read() for number, task in tasks)


def _tasks(content: Any, problems: Problems) -> list[tuple[int, dict[str, Any]]]:
    listed = [content] if isinstance(content, dict) else content
    if not isinstance(listed, list) or not all(isinstance(task, dict) for task in listed):
        raise problems.unreadable("this JSON is no list of tasks", "export from Label Studio as JSON")
    for task in listed:
        if "completions" in task:
            what = "this is an export of Label Studio before 1.0"
            raise problems.unreadable(what, "import it into a newer one and export as JSON")
        if not isinstance(task.get("data"), dict):
            what = "a task has no data" if "annotations" in task else "this is JSON-MIN, or no Label Studio export"
            raise problems.unreadable(what, "export as JSON, which keeps raters, predictions and units")
    return list(enumerate(listed, 1))


class _Task:
    def __init__(self, task: dict[str, Any], where: str, clock: _Clock, problems: Problems) -> None:
        self._task, self._where, self._clock, self._problems = task, where, clock, problems
        self._annotations = list(self._entries("annotations"))
        self._predictions = list(self._entries("predictions"))
        self._media = self._names()
        self._item = self._media[0] if self._media else where

    def _entries(self, key: str) -> Iterator[dict[str, Any]]:
        entries = self._task.get(key) or []
        if not isinstance(entries, list):
            self._problems.found(
                "malformed", self._where, f"its {key} are no list, so they were left out", "correct it"
            )
            return
        for entry in entries:
            # An export can name predictions by their numbers only.
            if isinstance(entry, dict) and isinstance(entry.get("result"), list):
                yield entry
            else:
                what = f"{shown(entry)} among its {key} has no result, so it was left out"
                self._problems.found("malformed", self._where, what, f"export with full {key}")

    def _names(self) -> tuple[str, ...]:
        """Return the data that results refer to, else the only text among the data."""
        data = self._task["data"]
        results = [result for entry in self._annotations + self._predictions for result in entry["result"]]
        keys = [str(result.get("to_name", "")).lstrip("$") for result in results if isinstance(result, dict)]
        named = [data[key] for key in keys if isinstance(data.get(key), str)]
        texts = [value for value in data.values() if isinstance(value, str)]
        return tuple(dict.fromkeys(named or (texts if len(texts) == 1 else [])))

    def read(self) -> LabelStudioTask:
        segments: list[Segment] = []
        choices: list[ItemLabel] = []
        if drafts := self._task.get("drafts"):
            what = f"it has {len(drafts) if isinstance(drafts, list) else 1} drafts, which were left out"
            self._problems.found("draft", self._where, what, "have them submitted")
        for number, annotation in enumerate(self._annotations):
            where = f"{self._where}, annotation {annotation.get('id', number)}"
            if annotation.get("was_cancelled"):
                self._problems.found("cancelled", where, "its annotator cancelled it, so it was left out", "ask them")
                continue
            self._results(annotation, _rater(annotation), where, segments, choices)
        predictions: list[Segment] = []
        predicted: list[ItemLabel] = []
        for number, prediction in enumerate(self._predictions):
            where = f"{self._where}, prediction {prediction.get('id', number)}"
            rater = f"model:{prediction.get('model_version') or ''}"
            self._results(prediction, rater, where, predictions, predicted)
        parts: list[Segment | ItemLabel] = [*segments, *choices, *predictions, *predicted]
        return LabelStudioTask(
            segments=tuple(segments),
            media=self._media,
            tiers=tuple(dict.fromkeys(part.tier for part in parts)),
            item=self._item,
            choices=tuple(choices),
            predictions=tuple(predictions),
            predicted_choices=tuple(predicted),
        )

    def _results(
        self, entry: dict[str, Any], rater: str | None, where: str, segments: list[Segment], choices: list[ItemLabel]
    ) -> None:
        for number, result in enumerate(entry["result"]):
            at = f"{where}, result {number}"
            kind = result.get("type") if isinstance(result, dict) else None
            value = result.get("value") if isinstance(result, dict) else None
            if kind not in _TEXTS or not isinstance(value, dict):
                what = f"it is of type {shown(kind)}, so it was left out"
                self._problems.found("unsupported_result", at, what, f"these are read: {', '.join(_TEXTS)}")
                continue
            texts = value.get(_TEXTS[kind])
            texts = [texts] if isinstance(texts, str) else texts
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                what = f"its {_TEXTS[kind]} are {shown(texts)}, so it was left out"
                self._problems.found("malformed", at, what, "they should be a list of texts")
                continue
            tier, confidence = str(result.get("from_name", "")), self._confidence(result, at)
            if kind in {"choices", "textarea"} and "start" not in value:
                choices.append(ItemLabel(tuple(texts), tier, rater, self._item, confidence, kind == "textarea"))
                continue
            for span in self._spans(kind, value, at):
                segments += [Segment(span, text, tier, rater, self._item, confidence) for text in texts]

    def _confidence(self, result: dict[str, Any], where: str) -> float | None:
        score = result.get("score")
        if score is None:
            return None
        if isinstance(score, int | Decimal) and not isinstance(score, bool) and 0 <= score <= 1:
            return float(score)
        what = f"its score is {shown(score)}, so it was left out"
        self._problems.found("bad_confidence", where, what, "a score is a number from 0 to 1")
        return None

    def _spans(self, kind: str, value: dict[str, Any], where: str) -> Iterator[Span]:
        """Yield the spans of a region; one for each range of a timeline."""
        clock, problems = self._clock, self._problems
        scale, shift, last = Fraction(1), 0, 0
        ranges: Any = [value]
        if kind == "timelinelabels":
            if clock.frame_rate is None or clock.first_frame is None:
                what = "it counts frames, and the export tells neither their rate nor the number of the first"
                problems.found("frame_clock", where, what, "give frame_rate and first_frame")
                return
            scale, shift, last, ranges = 1 / clock.frame_rate, -clock.first_frame, 1, value.get("ranges")
        elif kind == "timeserieslabels":
            if clock.time_unit is None:
                what = "it counts what the time column of its series counts, and the export does not tell that"
                problems.found("time_unit", where, what, "give time_unit")
                return
            scale = Fraction(1, 1000 if clock.time_unit == "ms" else 1)
        if not isinstance(ranges, list):
            problems.found("malformed", where, f"its ranges are {shown(ranges)}", "they should be a list")
            return
        for piece in ranges:
            found = piece if isinstance(piece, dict) else {}
            start, end = exact_number(found.get("start")), exact_number(found.get("end"))
            if (
                start is None
                or end is None
                or (kind == "timelinelabels" and {start.denominator, end.denominator} != {1})
            ):
                what = f"it lasts from {shown(found.get('start'))} to {shown(found.get('end'))}, so it was left out"
                problems.found("bad_time", where, what, "give numbers; whole ones for frames")
                continue
            first, final = (start + shift) * scale, (end + shift + last) * scale
            if final <= first:
                what = f"it lasts from {first} to {final} s, so it was left out"
                problems.found("empty_span", where, what, "a region must end after its start")
                continue
            try:
                yield Span(first, final)
            except InvalidArgument:
                problems.found("bad_time", where, "its time does not fit in 64 bits, so it was left out", "correct it")


def _rater(annotation: dict[str, Any]) -> str | None:
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("username") or by.get("id")
    return None if by is None or by == "" else str(by)
