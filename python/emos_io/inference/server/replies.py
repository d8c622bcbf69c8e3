"""What a reply of a server means: an answer, a request to make once more, one that never succeeds, or the end of the run."""

from __future__ import annotations

import email.utils
import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Kind = Literal["answer", "again", "failed", "end"]

AGAIN = frozenset({408, 409, 425, 429})
"""Statuses below 500 after which the same request may succeed; all from 500 on are of this kind too."""
END = frozenset({401, 402, 403})
"""Statuses that every request would get."""

_MAX_MESSAGE = 300
_OVERRUN = re.compile(
    r"context[ _-]?(length|window|size|limit)|maximum (model|context|input|sequence) length|max_model_len"
    r"|(prompt|input|request)[^.]{0,60} (is )?too (long|many tokens)|too many (input )?tokens|exceeds? [^.]{0,60}\btokens?\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"<(title|h1)[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of one request.

    Attributes:
        kind: ``"answer"``; ``"again"``: the same request may succeed; ``"failed"``: it never will; ``"end"``: nor will any.
        text: The answer, or what went wrong, in one line.
        usage: Counts of tokens, as far as the server gives them.
        wait_seconds: How long the server asks to wait; None where it does not say.
        is_limit: The server refused the rate of requests, not this one.
        is_overrun: The window does not fit into the context of the model.
    """

    kind: Kind
    text: str
    usage: Mapping[str, int] = field(default_factory=dict)
    wait_seconds: float | None = None
    is_limit: bool = False
    is_overrun: bool = False


def read_reply(
    status: int, headers: Mapping[str, str], content: bytes, hide: Callable[[str], str], *, now: datetime | None = None
) -> Reply:
    """Return what a reply means.

    Args:
        status: The status of HTTP.
        headers: Its headers, whose names are lower case.
        content: Its body.
        hide: Takes the key out of a text.
        now: The time, for a Retry-After that is a date; None for that of the clock.
    """
    if 200 <= status < 300:
        return _answer(headers, content, hide)
    message, code = _message(headers, content, hide)
    what = f"({status}): {message}" if message else f"({status})"
    if status in END:
        reason = "refuses the key" if status != 402 else "wants to be paid"
        return Reply(kind="end", text=f"the server {reason} {what}")
    if 300 <= status < 400:
        where = one_line(hide(headers.get("location", "nowhere")))
        return Reply(kind="end", text=f"the server sends requests elsewhere ({status}), to {where}; give that address")
    if code == "insufficient_quota":
        return Reply(kind="end", text=f"the server has nothing left for this key {what}")
    if status in AGAIN or status >= 500:
        wait = _retry_after(headers.get("retry-after"), now)
        return Reply(kind="again", text=f"the server answers {what}", wait_seconds=wait, is_limit=status == 429)
    if code == "context_length_exceeded" or (status in (400, 413, 422) and _OVERRUN.search(message)):
        return Reply(kind="failed", text=f"context overrun {what}", is_overrun=True)
    if status == 413:
        return Reply(kind="failed", text=f"the request is too large for the server {what}", is_overrun=True)
    return Reply(kind="failed", text=f"the server refuses the request {what}")


def one_line(text: str, *, most: int = _MAX_MESSAGE) -> str:
    """Return a text on one line of printable characters, cut where it is long."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= most else line[: most - 3] + "..."


def _json(content: bytes) -> Any:
    """Return what a body says.

    Raises:
        ValueError: It is no JSON, or lies deeper than can be read.
    """
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("the JSON lies too deep") from None


def _answer(headers: Mapping[str, str], content: bytes, hide: Callable[[str], str]) -> Reply:
    try:
        found = _json(content)
    except ValueError:
        if page := _page(headers, content, hide):
            return Reply(kind="again", text=f"the server answers with {page} instead of JSON")
        return Reply(kind="again", text=f"the server answers with JSON that is not complete, {len(content)} bytes")
    match found:
        case {"choices": [{"message": {**message}, **choice}, *_]}:
            text = _content(message.get("content"))
        case {"error": _}:
            # Some servers answer 200 first and fail later.
            return Reply(kind="again", text=f"the server answers {_message(headers, content, hide)[0]}")
        case _:
            return Reply(kind="again", text="the server answers with JSON that has no choices[0].message")
    usage = _usage(found.get("usage"))
    if text:
        return Reply(kind="answer", text=hide(text).encode("utf-8", "replace").decode("utf-8"), usage=usage)
    reason = choice.get("finish_reason")
    if reason == "length":
        return Reply(kind="failed", text="the answer ended at max_new_tokens, before it had any text", usage=usage)
    refusal = message.get("refusal")
    why = f": {one_line(hide(refusal))}" if isinstance(refusal, str) else ""
    return Reply(
        kind="failed", text=f"the answer has no text, finish_reason {one_line(hide(str(reason)))}{why}", usage=usage
    )


def _content(content: object) -> str:
    """Return the text of an answer, which some servers give in parts."""
    if isinstance(content, list):
        return "".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    return content if isinstance(content, str) else ""


def _usage(usage: object) -> dict[str, int]:
    if not isinstance(usage, dict):
        return {}
    names = ("prompt_tokens", "completion_tokens")
    return {name: usage[name] for name in names if type(usage.get(name)) is int}


def _message(headers: Mapping[str, str], content: bytes, hide: Callable[[str], str]) -> tuple[str, str]:
    """Return what an error says in one line, and its code."""
    try:
        found = _json(content)
    except ValueError:
        return _page(headers, content, hide) or one_line(hide(content.decode("utf-8", "replace"))), ""
    error = found.get("error", found) if isinstance(found, dict) else found
    if isinstance(error, dict):
        texts = [error.get(name) for name in ("message", "detail", "error")]
        text = next((each for each in texts if isinstance(each, str) and each), json.dumps(error))
        return one_line(hide(text)), str(error.get("code", ""))
    return one_line(hide(error if isinstance(error, str) else json.dumps(error))), ""


def _page(headers: Mapping[str, str], content: bytes, hide: Callable[[str], str]) -> str | None:
    """Return what a page of HTML says, or None where it is none."""
    text = content.decode("utf-8", "replace")
    if "html" not in headers.get("content-type", "").lower() and not text.lstrip().startswith("<"):
        return None
    title = _TITLE.search(text)
    words = one_line(hide(html.unescape(_TAG.sub(" ", title[2] if title else text))), most=100)
    return f'an HTML page, "{words}"' if words else "an HTML page"


def _retry_after(value: str | None, now: datetime | None) -> float | None:
    """Return the seconds that a Retry-After asks to wait: a number, or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = email.utils.parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if seconds == seconds and seconds != float("inf") else None
