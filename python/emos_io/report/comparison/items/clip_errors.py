"""Clips: what each answer is, and how wrong.

```text
 label    Joy    as Fear  0.9    wrong   1       x (1 + 0.9) = 1.9      first in the list
 set      joy, love as joy       partly  1 - 1/2 x (1 + 0)   = 0.5
 number   4      as 3.4          right where the error is at most half a level
 right    Joy    as Joy   0.9            -(1 + 0.9)                     last
```
"""

from __future__ import annotations

import math

import numpy as np

from ....evaluation import Matched, MatchedClips
from .errors import INVALID, MISSING, PARTLY, RIGHT, WRONG, RunErrors, Takes

MOST_REASON = 200
"""The most characters of a reason; what is cut ends with an ellipsis."""
_HALF_LEVEL = 0.5


def takes_of(matched: Matched) -> Takes:
    """Return what an answer of a layer is."""
    if matched.taxonomy is None:
        return "number"
    return "set" if matched.takes_sets else "label"


def clip_truth(matched: Matched) -> list[tuple[int, ...]]:
    """Return the class indices of the truth of each clip; none in a layer of numbers."""
    takes, clips = takes_of(matched), matched.clips
    if takes == "label":
        return [(int(index),) for index in clips.truth]
    return [tuple(map(int, np.flatnonzero(row))) for row in clips.truth_sets]


def clip_errors(matched: Matched, run: str) -> RunErrors:
    """Return what a run says of the clips that are scored.

    Args:
        matched: The predictions of the run beside the corpus.
        run: Name of the run.

    Cost: one pass over the clips.
    """
    takes, clips = takes_of(matched), matched.clips
    shares = {"label": _of_labels, "set": _of_sets, "number": _of_numbers}[takes](matched)
    errors, wrongness = [], []
    confidence = [None if math.isnan(each) else float(each) for each in clips.confidence]
    for n, share in enumerate(shares):
        if not clips.answered[n]:
            errors.append(MISSING)
        elif not clips.valid[n]:
            errors.append(INVALID)
        elif share == 0:
            errors.append(RIGHT)
        else:
            errors.append(PARTLY if share < 1 and takes == "set" else WRONG)
        sure = 1 + (confidence[n] or 0.0)
        wrongness.append(-sure if errors[-1] == RIGHT else share * sure)
    return RunErrors(
        run=run,
        errors=errors,
        wrongness=wrongness,
        answers=_answers(clips, takes),
        values=[None if math.isnan(each) else float(each) for each in clips.predicted_values]
        if takes == "number"
        else (),
        confidence=confidence,
        reasons={n: _reason(clips, n) for n, error in enumerate(errors) if error == INVALID},
    )


def _of_labels(matched: Matched) -> list[float]:
    """Return how wrong each answer is, 0 or 1."""
    return [float(wrong) for wrong in matched.clips.predicted != matched.clips.truth]


def _of_sets(matched: Matched) -> list[float]:
    """Return 1 minus the Jaccard index of each answer; two empty sets are equal, and no answer is no set."""
    clips = matched.clips
    shared = (clips.truth_sets & clips.predicted_sets).sum(axis=1)
    either = (clips.truth_sets | clips.predicted_sets).sum(axis=1)
    return [
        1.0 if not valid else 0.0 if both == 0 else 1 - float(same) / float(both)
        for same, both, valid in zip(shared, either, clips.valid, strict=True)
    ]


def _of_numbers(matched: Matched) -> list[float]:
    """Return the error of each number as a share of the range of the truth; errors of at most half a level are 0."""
    clips = matched.clips
    if not len(clips):
        return []
    low, high = matched.levels or (float(clips.truth_values.min()), float(clips.truth_values.max()))
    allowed = 0.0 if matched.levels is None else _HALF_LEVEL
    apart = np.abs(clips.truth_values - clips.predicted_values)
    return [
        1.0 if math.isnan(each) else 0.0 if each <= allowed else min(1.0, float(each) / max(high - low, float(each)))
        for each in apart
    ]


def _answers(clips: MatchedClips, takes: Takes) -> list[tuple[int, ...]]:
    if takes == "label":
        return [(int(index),) if index >= 0 else () for index in clips.predicted]
    return [tuple(map(int, np.flatnonzero(row))) for row in clips.predicted_sets]


def _reason(clips: MatchedClips, n: int) -> str:
    """Return why a row has no answer of the layer."""
    row = clips.rows[n]
    if row is None:
        return ""
    words = row.labels if row.labels is not None else () if row.label is None else (row.label,)
    text = row.error or f"none of the layer: {', '.join(words) if words else row.value}"
    return text if len(text) <= MOST_REASON else f"{text[: MOST_REASON - 1]}…"
