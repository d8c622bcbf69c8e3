"""Label Studio's JSON, to import: regions of sound in seconds."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...errors import InvalidArgument
from .segments import Segment
from .source import quoted, shown, write_bytes
from .times import decimal_text


@dataclass(frozen=True, slots=True)
class ItemLabel:
    """Labels or texts of a whole item, which have no span.

    Attributes:
        labels: As written, in the order of the file.
        tier: The control that they were given in.
        rater: Who gave them, where the format says so.
        item: The media file or identifier that they belong to.
        confidence: 0 to 1, where the format says so.
        is_text: Whether they are free text, not labels chosen from a list.
    """

    labels: tuple[str, ...]
    tier: str = ""
    rater: str | None = None
    item: str | None = None
    confidence: float | None = None
    is_text: bool = False


def write_label_studio(
    path: str | os.PathLike[str],
    segments: Iterable[Segment],
    *,
    choices: Iterable[ItemLabel] = (),
    to_name: str = "audio",
) -> None:
    """Write tasks that Label Studio imports: one an item, one annotation a rater.

    Segments become ``labels`` of sound, in seconds; the tier is the control (from_name), so the labelling
    configuration needs a Labels tag of that name for each tier, and a Choices or TextArea tag for each tier of
    `choices`. A rater of "model:" and a version becomes a prediction of that version. Times are JSON numbers: exact up
    to 15 digits, else rounded as a double.

    Args:
        path: Replaced if it exists.
        segments: Each with an item, which becomes ``data[to_name]``.
        choices: Labels and texts of whole items.
        to_name: Name of the Audio tag that shows the item.

    Raises:
        InvalidArgument: a segment or choice has no item or no tier; or two times are one as doubles.
        SourceNotFound: there is no such folder.
    """
    tasks: dict[str, dict[str | None, list[dict[str, Any]]]] = {}
    parts: list[Segment | ItemLabel] = [*segments, *choices]
    for part in parts:
        if not part.item or not part.tier:
            what = f"{shown(part)} has no item or no tier"
            raise InvalidArgument(f"{what}; Label Studio needs both, set them: {quoted(path)}")
        results = tasks.setdefault(part.item, {}).setdefault(part.rater, [])
        result = _region(part, path) if isinstance(part, Segment) else _choice(part)
        if part.confidence is not None:
            result["score"] = part.confidence
        results.append({"id": f"r{len(results) + 1}", "from_name": part.tier, "to_name": to_name, **result})
    content = []
    for number, (item, raters) in enumerate(tasks.items(), 1):
        task: dict[str, Any] = {"id": number, "data": {to_name: item}, "annotations": [], "predictions": []}
        for rater, results in raters.items():
            if rater is not None and rater.startswith("model:"):
                task["predictions"].append({"model_version": rater.removeprefix("model:"), "result": results})
            else:
                task["annotations"].append({**_completed_by(rater), "was_cancelled": False, "result": results})
        content.append(task)
    write_bytes(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def _region(segment: Segment, path: str | os.PathLike[str]) -> dict[str, Any]:
    start, end = _number(segment.span.start), _number(segment.span.end)
    if start >= end:
        what = f"{shown(segment.text)} at {segment.span!r} has no length as doubles"
        raise InvalidArgument(f"{what}; leave it out: {quoted(path)}")
    return {"type": "labels", "value": {"start": start, "end": end, "channel": 0, "labels": [segment.text]}}


def _choice(choice: ItemLabel) -> dict[str, Any]:
    if choice.is_text:
        return {"type": "textarea", "value": {"text": list(choice.labels)}}
    return {"type": "choices", "value": {"choices": list(choice.labels)}}


def _number(time: Fraction) -> int | float:
    return int(time) if time.denominator == 1 else float(decimal_text(time))


def _completed_by(rater: str | None) -> dict[str, Any]:
    if rater is None:
        return {}
    is_number = rater.isascii() and rater.isdecimal() and str(int(rater)) == rater
    return {"completed_by": int(rater) if is_number else {"email": rater}}
