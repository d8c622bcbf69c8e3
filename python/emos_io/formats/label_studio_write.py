"""Write Label Studio's JSON for import: regions of audio, in seconds."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from .._checks import checked_path
from ..errors import InvalidArgument, quoted, short_repr
from .noise import NOISE
from .segments import Segment
from .source import write_bytes
from .times import decimal_text


@dataclass(frozen=True, slots=True)
class ItemLabel:
    """Labels or texts of an item as a whole, without a span.

    Attributes:
        labels: The labels or texts, as written, in the order of the file.
        tier: The control (from_name) that they were given in.
        rater: Who labelled, or None where the format does not say.
        item: The media file or identifier of the item.
        confidence: From 0 to 1, or None where the format does not say.
        is_text: True for free text, False for labels chosen from a list.
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
    """Write segments as tasks that Label Studio imports: one task for each item, one annotation for each rater.

    Segments become ``labels`` of audio, in seconds. The tier becomes the control (from_name), so the labelling
    configuration needs a Labels tag of that name for each tier, and a Choices or TextArea tag for each tier of
    `choices`. A rater of "model:" and a version becomes a prediction of that version. Times are JSON numbers: exact up
    to 15 digits, else rounded to a double; of a segment whose two times are one double, the end is the next double.

    Args:
        path: The file to write; an existing file is replaced.
        segments: The segments. Each needs an item, which becomes ``data[to_name]``, and a tier.
        choices: Labels and texts of items as a whole.
        to_name: Name of the Audio tag of the labelling configuration.

    Raises:
        InvalidArgument: a segment or choice has no item or no tier; or a segment has start and end equal as doubles, and the
            next double is 1 ms later or more.
        SourceNotFound: there is no such folder.
    """
    path = checked_path(path)
    tasks: dict[str, dict[str | None, list[dict[str, object]]]] = {}
    parts: list[Segment | ItemLabel] = [*segments, *choices]
    for part in parts:
        if not part.item or not part.tier:
            got = short_repr(part)
            raise InvalidArgument(
                f"segments and choices must have an item and a tier, got {got}; set both: {quoted(path)}",
                path=str(path),
            )
        results = tasks.setdefault(part.item, {}).setdefault(part.rater, [])
        result = _region(part, path) if isinstance(part, Segment) else _choice(part)
        if part.confidence is not None:
            result["score"] = part.confidence
        results.append({"id": f"r{len(results) + 1}", "from_name": part.tier, "to_name": to_name, **result})
    content = []
    for number, (item, raters) in enumerate(tasks.items(), 1):
        annotations: list[dict[str, object]] = []
        predictions: list[dict[str, object]] = []
        for rater, results in raters.items():
            if rater is not None and rater.startswith("model:"):
                predictions.append({"model_version": rater.removeprefix("model:"), "result": results})
            else:
                annotations.append({**_completed_by(rater), "was_cancelled": False, "result": results})
        task = {"id": number, "data": {to_name: item}, "annotations": annotations, "predictions": predictions}
        content.append(task)
    write_bytes(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def _region(segment: Segment, path: Path) -> dict[str, object]:
    start, end = _number(segment.span.start), _number(segment.span.end)
    if start >= end:
        end = math.nextafter(start, math.inf)
        if end - start >= NOISE:
            got = f"{short_repr(segment.text)} at {segment.span!r}"
            fix = f"leave it out: {quoted(path)}"
            raise InvalidArgument(
                f"segments must start before they end when rounded to doubles, got {got}; {fix}",
                path=str(path),
                span=segment.span,
            )
    return {"type": "labels", "value": {"start": start, "end": end, "channel": 0, "labels": [segment.text]}}


def _choice(choice: ItemLabel) -> dict[str, object]:
    if choice.is_text:
        return {"type": "textarea", "value": {"text": list(choice.labels)}}
    return {"type": "choices", "value": {"choices": list(choice.labels)}}


def _number(time: Fraction) -> int | float:
    return int(time) if time.denominator == 1 else float(decimal_text(time))


def _completed_by(rater: str | None) -> dict[str, object]:
    if rater is None:
        return {}
    is_number = rater.isascii() and rater.isdecimal() and str(int(rater)) == rater
    return {"completed_by": int(rater) if is_number else {"email": rater}}
