"""What belongs to each token of a row: whether the model looks at it, of which kind it is, and its label; each checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import OutOfSync
from ..pipes import WindowSample
from .guarded_inputs import Array, GuardedFamily, GuardedInputs, sample_name, shape_text

IGNORED = -100
"""The label of a token that is not labelled."""
_TYPES = "mm_token_type_ids"
_OF_VIDEO = 2
"""The type of a token of a video; text and padding have 0."""


class Rows(NamedTuple):
    """The rows of a batch.

    Attributes:
        samples: A sample each.
        ids: ``[B, T]``.
        is_window: bool ``[B, T]``: a token of video or audio.
    """

    samples: Sequence[WindowSample]
    ids: Array
    is_window: npt.NDArray[np.bool_]


def check_attention(inputs: GuardedInputs, rows: Rows, pad_id: int | None) -> None:
    """The model looks at all tokens of a row, and at no padding before or after them."""
    mask = inputs.array("attention_mask")
    if mask is None or mask.shape != rows.ids.shape:
        raise OutOfSync(
            f"attention_mask must be {list(rows.ids.shape)}, as input_ids, got {shape_text(mask)}; pass on what the processor "
            "gives: the model takes padding for text, and its positions are others"
        )
    for sample, ids, is_window, row in zip(*rows, mask, strict=True):
        (seen,) = (row == 1).nonzero()
        first, end = (int(seen[0]), int(seen[-1]) + 1) if seen.size else (0, 0)
        hidden = np.ones(len(row), np.bool_)
        hidden[first:end] = False
        if end - first != len(seen) or (row[hidden] != 0).any() or (hidden & is_window).any() or not seen.size:
            raise OutOfSync(
                f"attention_mask must be 1 from the first token of a row to its last, and 0 for padding, got another with "
                f"{len(seen)} of {len(row)}; pass on what the processor gives: {sample_name(sample)}",
                key=sample.key,
            )
        if pad_id is None:
            continue
        if (ids[hidden] != pad_id).any() or ids[first] == pad_id or (ids[max(first, end - 2) : end] == pad_id).all():
            raise OutOfSync(
                f"attention_mask must be 0 for padding, token {pad_id}, and 1 for all else, got {len(seen)} of {len(row)} with "
                f"1; pass on what the processor gives, and pad both alike: {sample_name(sample)}",
                key=sample.key,
            )


def check_token_types(inputs: GuardedInputs, rows: Rows, family: GuardedFamily) -> None:
    """Where the model needs to be told which tokens are of a video, it is told of these and of no others."""
    types = inputs.array(_TYPES)
    if types is None and _TYPES not in family.processor.model_input_names:
        return
    if types is None or types.shape != rows.ids.shape:
        raise OutOfSync(
            f"{_TYPES} must be {list(rows.ids.shape)}, as input_ids, got {shape_text(types)}; pass on what the processor "
            "gives: without it the tokens of a video have the positions of text"
        )
    is_video = rows.ids == family.processor.video_token_id
    for sample, wrong in zip(rows.samples, (types == _OF_VIDEO) != is_video, strict=True):
        if wrong.any():
            raise OutOfSync(
                f"{_TYPES} must be {_OF_VIDEO} for tokens of video and for no others, got another at token "
                f"{int(wrong.argmax())}; pass on what the processor gives, padded as input_ids: {sample_name(sample)}",
                key=sample.key,
            )


def check_labels(inputs: GuardedInputs, rows: Rows, is_first: bool) -> None:
    """Labels are ids of their own token, none of padding, video or audio; a first batch has some."""
    labels = inputs.array("labels")
    if labels is None or labels.shape != rows.ids.shape:
        raise OutOfSync(
            f"labels must be {list(rows.ids.shape)}, as input_ids, got {shape_text(labels)}; "
            "copy input_ids, and set what is not an answer to -100"
        )
    labelled = labels != IGNORED
    no_answer = rows.is_window | (inputs.array("attention_mask") == 0)
    for sample, wrong in zip(rows.samples, labelled & ((labels != rows.ids) | no_answer), strict=True):
        if wrong.any():
            raise OutOfSync(
                f"labels must be input_ids or {IGNORED}, and {IGNORED} for video, audio and padding, got another at token "
                f"{int(wrong.argmax())}; the model shifts them itself: {sample_name(sample)}",
                key=sample.key,
            )
    if is_first and not labelled.any():
        first = rows.samples[0]
        raise OutOfSync(
            f"labels of the first batch must have an answer, got {IGNORED} alone; check the chat template, and that the "
            f"conversation ends with the assistant: {sample_name(first)}",
            key=first.key,
        )
