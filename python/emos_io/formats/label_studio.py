"""Read Label Studio's JSON export: regions of time, choices and texts, of raters and of models."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from .._checks import checked_path
from ..errors import InvalidArgument, SourceUnreadable, short_repr
from ..spans import Seconds, Span, positive
from .label_studio_write import ItemLabel, write_label_studio
from .segments import AnnotationFile, Segment
from .source import FileFindings, Reporter, read_json
from .times import exact_number

__all__ = ["ItemLabel", "LabelStudioTask", "read_label_studio", "write_label_studio"]

# The key of the labels or texts of a result, by its type.
_TEXTS = {
    "labels": "labels",
    "timelinelabels": "timelinelabels",
    "timeserieslabels": "timeserieslabels",
    "choices": "choices",
    "textarea": "text",
}

_FILE = re.compile(r"[^.\s]\.[A-Za-z0-9]{2,5}(?:[?#]\S*)?$")
"""The end of a path or a URL of a file."""


@dataclass(frozen=True, slots=True, repr=False)
class LabelStudioTask(AnnotationFile):
    """One task: the labels of raters and models for one item.

    Attributes:
        item: The media that the results refer to, as the data of the task name it; else "task" and its id.
        choices: Choices and texts of raters for the item as a whole, without spans.
        predictions: Regions of models; their rater is "model:" and the version. They are not in `segments`.
        predicted_choices: Choices and texts of models for the item as a whole.
    """

    item: str = ""
    choices: tuple[ItemLabel, ...] = ()
    predictions: tuple[Segment, ...] = ()
    predicted_choices: tuple[ItemLabel, ...] = ()


@dataclass(frozen=True)
class _Clock:
    """How the numbers of results become seconds."""

    frame_rate: Fraction | None
    first_frame: int | None
    time_unit: Literal["s", "ms"] | None


def read_label_studio(
    path: str | os.PathLike[str],
    *,
    frame_rate: Seconds | None = None,
    first_frame: int | None = None,
    time_unit: Literal["s", "ms"] | None = None,
    reporter: Reporter | None = None,
) -> tuple[LabelStudioTask, ...]:
    """Return the tasks of a Label Studio JSON export.

    Regions of audio (``labels``, and choices and texts of a region) are in seconds. Each label, choice or text becomes
    a segment. Its tier is the control (from_name), its rater the e-mail address of ``completed_by``, else its id, and
    its confidence the ``score``. Several annotations of one task without ``completed_by`` are of several raters, named
    "annotation" and the id.

    Video timelines (``timelinelabels``) count frames: frame k is on screen during ``[(k - first_frame) / frame_rate,
    (k - first_frame + 1) / frame_rate)``, and a range includes its last frame. The export stores neither number, and
    programs disagree whether frames begin at 0 or 1: the editor of Label Studio counts from 1, its converter for
    models from 0. So both must be given.

    Args:
        path: An export in the format "JSON", not "JSON-MIN"; or one task.
        frame_rate: Frames per second, as in the labelling configuration; exact if str or Fraction.
        first_frame: Number of the first frame, 0 or 1.
        time_unit: The unit of ``timeserieslabels``, which is that of the time column of the series.
        reporter: Takes each finding as (code, where, what, fix). These leave a result out: ``cancelled`` (an annotation
            that its rater cancelled), ``draft`` (never submitted), ``frame_clock`` (a timeline without `frame_rate` or
            `first_frame`), ``time_unit``, ``bad_time``, ``empty_span``, ``unsupported_result`` (boxes, brushes and so
            on), ``malformed``. ``bad_confidence`` leaves a score out. None raises the first finding.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no JSON, or no export with annotations (JSON-MIN has neither raters nor units).
        TooLarge: the file has more than 256 MiB.
        InvalidArgument: there is a finding, and `reporter` is None; or an argument is wrong.

    Cost: one pass; the memory of the JSON as Python objects.
    """
    hint = "leave it out for files without timelines"
    rate = None if frame_rate is None else positive(frame_rate, "frame_rate", hint)
    if first_frame not in {None, 0, 1}:
        fix = "give the number that the first frame has in the labelling tool"
        raise InvalidArgument(f"first_frame must be 0 or 1, got {first_frame!r}; {fix}")
    if time_unit not in {None, "s", "ms"}:
        fix = "look at the time column of the series"
        raise InvalidArgument(f"time_unit must be 's' or 'ms', got {time_unit!r}; {fix}")
    path = checked_path(path)
    findings = FileFindings(path, reporter)
    clock = _Clock(rate, first_frame, time_unit)
    tasks = _tasks(read_json(findings), findings)
    return tuple(_Task(task, f"task {task.get('id', number)}", clock, findings).read() for number, task in tasks)


def _tasks(content: object, findings: FileFindings) -> list[tuple[int, Mapping[str, object]]]:
    listed = [content] if isinstance(content, dict) else content
    if not isinstance(listed, list) or not all(isinstance(task, dict) for task in listed):
        raise findings.unreadable("this JSON is no list of tasks", "export from Label Studio as JSON")
    for task in listed:
        if "completions" in task:
            what = "this is an export of Label Studio before 1.0"
            raise findings.unreadable(what, "import it into a newer Label Studio and export it as JSON")
        if not isinstance(task.get("data"), dict):
            raise _no_task(task, content, findings)
    return list(enumerate(listed, 1))


def _no_task(task: Mapping[str, object], content: object, findings: FileFindings) -> SourceUnreadable:
    """Return the error for an object that is no task; it says what it may be."""
    fix = "export as JSON, which keeps raters, predictions and units"
    if "annotations" in task:
        return findings.unreadable("a task has no data", fix)
    if isinstance(content, list):
        # JSON-MIN is a list of objects whose keys are names of controls.
        return findings.unreadable("this is JSON-MIN, or no Label Studio export", fix)
    if isinstance(task.get("segments"), list):
        return findings.unreadable(
            "this JSON has segments as WhisperX writes them, and no labels", "give it as sentences"
        )
    keys = ", ".join(short_repr(key) for key in list(task)[:3]) or "none"
    return findings.unreadable(f"this JSON is no Label Studio export, its first keys are {keys}", "give labels")


@dataclass(frozen=True)
class _Entry:
    """One annotation or prediction, and its results."""

    fields: Mapping[str, object]
    results: list[object]


class _Task:
    """One task while it is read."""

    def __init__(self, task: Mapping[str, object], where: str, clock: _Clock, findings: FileFindings) -> None:
        self._task, self._where, self._clock, self._findings = task, where, clock, findings
        self._annotations = list(self._entries("annotations"))
        self._predictions = list(self._entries("predictions"))
        self._media = self._names()
        self._item = self._media[0] if self._media else where

    def _entries(self, key: str) -> Iterator[_Entry]:
        """Yield the annotations or predictions that have results."""
        entries = self._task.get(key) or []
        if not isinstance(entries, list):
            self._findings.add("malformed", self._where, f"its {key} are no list, so they were left out", "correct it")
            return
        for entry in entries:
            # An export can name predictions by their numbers only.
            if isinstance(entry, dict) and isinstance(entry.get("result"), list):
                yield _Entry(entry, entry["result"])
            else:
                what = f"{short_repr(entry)} among its {key} has no result, so it was left out"
                self._findings.add("malformed", self._where, what, f"export with full {key}")

    def _names(self) -> tuple[str, ...]:
        """Return the values of the data that results refer to, else the only text of the data, or the only one like a file.

        Results refer to controls; their names need not be those of the data.
        """
        data = self._task["data"]
        assert isinstance(data, dict)
        results = [result for entry in self._annotations + self._predictions for result in entry.results]
        keys = [str(result.get("to_name", "")).lstrip("$") for result in results if isinstance(result, dict)]
        named = [data[key] for key in keys if isinstance(data.get(key), str)]
        texts = [value for value in data.values() if isinstance(value, str)]
        files = [text for text in texts if _FILE.search(text)]
        return tuple(dict.fromkeys(named or (texts if len(texts) == 1 else files if len(files) == 1 else [])))

    def read(self) -> LabelStudioTask:
        segments: list[Segment] = []
        choices: list[ItemLabel] = []
        if drafts := self._task.get("drafts"):
            what = f"it has {len(drafts) if isinstance(drafts, list) else 1} drafts, which were left out"
            self._findings.add("draft", self._where, what, "submit them in Label Studio")
        counted = [each for each in self._annotations if not each.fields.get("was_cancelled")]
        num_nameless = sum(_rater(each.fields) is None for each in counted)
        for number, annotation in enumerate(self._annotations):
            where = f"{self._where}, annotation {annotation.fields.get('id', number)}"
            if annotation.fields.get("was_cancelled"):
                fix = "submit it in Label Studio if it counts"
                self._findings.add("cancelled", where, "its rater cancelled it, so it was left out", fix)
                continue
            own = f"annotation {annotation.fields.get('id', number)}" if num_nameless > 1 else None
            self._results(annotation.results, _rater(annotation.fields) or own, where, segments, choices)
        predictions: list[Segment] = []
        predicted: list[ItemLabel] = []
        for number, prediction in enumerate(self._predictions):
            where = f"{self._where}, prediction {prediction.fields.get('id', number)}"
            rater = f"model:{prediction.fields.get('model_version') or ''}"
            self._results(prediction.results, rater, where, predictions, predicted)
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
        self, results: list[object], rater: str | None, where: str, segments: list[Segment], choices: list[ItemLabel]
    ) -> None:
        """Append the segments and choices of one annotation or prediction."""
        for number, result in enumerate(results):
            at = f"{where}, result {number}"
            kind = result.get("type") if isinstance(result, dict) else None
            value = result.get("value") if isinstance(result, dict) else None
            if not isinstance(result, dict) or kind not in _TEXTS or not isinstance(value, dict):
                what = f"it is of type {short_repr(kind)}, so it was left out"
                self._findings.add("unsupported_result", at, what, f"use one of the types {', '.join(_TEXTS)}")
                continue
            texts = value.get(_TEXTS[kind])
            texts = [texts] if isinstance(texts, str) else texts
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                what = f"its {_TEXTS[kind]} are {short_repr(texts)}, so it was left out"
                self._findings.add("malformed", at, what, "make them a list of texts")
                continue
            tier, confidence = str(result.get("from_name", "")), self._confidence(result, at)
            if kind in {"choices", "textarea"} and "start" not in value:
                choices.append(ItemLabel(tuple(texts), tier, rater, self._item, confidence, kind == "textarea"))
                continue
            for span in self._spans(kind, value, at):
                segments += [Segment(span, text, tier, rater, self._item, confidence) for text in texts]

    def _confidence(self, result: Mapping[str, object], where: str) -> float | None:
        score = result.get("score")
        if score is None:
            return None
        if isinstance(score, int | Decimal) and not isinstance(score, bool) and 0 <= score <= 1:
            return float(score)
        what = f"its score is {short_repr(score)}, so it was left out"
        self._findings.add("bad_confidence", where, what, "give a number from 0 to 1")
        return None

    def _spans(self, kind: str, value: Mapping[str, object], where: str) -> Iterator[Span]:
        """Yield the spans of a region; one for each range of a timeline."""
        clock, findings = self._clock, self._findings
        scale, shift, last = Fraction(1), 0, 0
        ranges: object = [value]
        if kind == "timelinelabels":
            if clock.frame_rate is None or clock.first_frame is None:
                what = "it counts frames, and the export has neither their rate nor the number of the first"
                findings.add("frame_clock", where, what, "give frame_rate and first_frame")
                return
            scale, shift, last, ranges = 1 / clock.frame_rate, -clock.first_frame, 1, value.get("ranges")
        elif kind == "timeserieslabels":
            if clock.time_unit is None:
                what = "its times have the unit of the time column of its series, and the export does not have that"
                findings.add("time_unit", where, what, "give time_unit")
                return
            scale = Fraction(1, 1000 if clock.time_unit == "ms" else 1)
        if not isinstance(ranges, list):
            findings.add("malformed", where, f"its ranges are {short_repr(ranges)}", "make them a list")
            return
        for each in ranges:
            found = each if isinstance(each, dict) else {}
            start, end = exact_number(found.get("start")), exact_number(found.get("end"))
            if (
                start is None
                or end is None
                or (kind == "timelinelabels" and {start.denominator, end.denominator} != {1})
            ):
                what = f"it lasts from {short_repr(found.get('start'))} to {short_repr(found.get('end'))}, so it was left out"
                findings.add("bad_time", where, what, "give numbers, and integers for frames")
                continue
            first, final = (start + shift) * scale, (end + shift + last) * scale
            if final <= first:
                what = f"it lasts from {first} to {final} s, so it was left out"
                findings.add("empty_span", where, what, "make it end after its start")
                continue
            try:
                yield Span(first, final)
            except InvalidArgument:
                findings.add("bad_time", where, "its time does not fit in 64 bits, so it was left out", "correct it")


def _rater(annotation: Mapping[str, object]) -> str | None:
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("username") or by.get("id")
    return None if by is None or by == "" else str(by)
