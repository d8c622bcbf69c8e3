"""The part of a model's output that is its answer: without thinking, tags around the answer, and special tokens."""

from __future__ import annotations

import re

MAX_CHARS = 4_000_000
"""Longer outputs are not read."""

_TAG = re.compile(
    r"(?:<\s{0,4}(/?)\s{0,4}|[◁⟨](/?))"
    r"(?:think|thinking|thoughts?|reasoning|reflection|scratchpad|analysis)\s{0,4}[>▷⟩]",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"<\s{0,4}(/?)\s{0,4}(?:final_?)?answer\s{0,4}>", re.IGNORECASE)
_SPECIAL = re.compile(r"<\|[\w/ .-]{1,40}\|>|</?s>")


def answer_text(text: str) -> tuple[str, str]:
    """Return what a model says after and between its thinking, and why there is none.

    Text before a closing tag without an opening one is thinking too: templates of chat may have opened it. Where there are tags
    around the answer, what is between these counts alone.

    Returns:
        The text, and ""; or "" and the reason.

    Example:
        >>> answer_text("<think>Joy?</think> Sadness"), answer_text("<think>Joy")
        (('Sadness', ''), ('', 'it ends within its thinking'))
    """
    if len(text) > MAX_CHARS:
        return "", f"it is longer than {MAX_CHARS:,} characters"
    if not text.strip():
        return "", "it is blank"
    outside, depth = _outside(_SPECIAL.sub("", text))
    answer = _within_tags(outside).strip().strip("\ufeff\u200b\0").strip()
    if answer:
        return answer, ""
    return "", "it ends within its thinking" if depth else "it has no answer beside its thinking"


def _outside(text: str) -> tuple[str, int]:
    """Return the text outside of thinking, and how many tags are open at its end."""
    parts: list[str] = []
    depth, position = 0, 0
    for tag in _TAG.finditer(text):
        is_end = bool(tag[1] or tag[2])
        if depth == 0:
            if is_end:
                parts.clear()
            else:
                parts.append(text[position : tag.start()])
        depth = max(0, depth - 1) if is_end else depth + 1
        position = tag.end()
    if depth == 0:
        parts.append(text[position:])
    return "\n".join(parts), depth


def _within_tags(text: str) -> str:
    """Return the text between tags of an answer, to the end where the last is not closed; all of it without such tags."""
    parts: list[str] = []
    start: int | None = None
    for tag in _ANSWER.finditer(text):
        if tag[1] and start is not None:
            parts.append(text[start : tag.start()])
            start = None
        elif not tag[1]:
            start = tag.end() if start is None else start
    if start is not None:
        parts.append(text[start:])
    return "\n".join(parts) if parts else text
