"""Keys of windows: read, and made into the names of files."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from ..errors import InvalidArgument
from ..spans import Span, exact_seconds

_NUMBER = r"-?[0-9]+(?:/[0-9]+|\.[0-9]+)?"
# The number at the end says which of the plans that were mixed the window came from.
_KEY = re.compile(rf"(?s)(?P<item>.*)@(?P<start>{_NUMBER})-(?P<end>{_NUMBER})(?:#[0-9]+)?")
_LONGEST_NAME_BYTES = 180


@dataclass(frozen=True, slots=True)
class WindowKey:
    """What a key asks for.

    Attributes:
        item: Key of the item.
        target: What is asked about, in seconds of media time.

    Example:
        >>> read_key("streaming/Any Given Sunday@25/2-33/2#1")
        WindowKey(item='streaming/Any Given Sunday', target=Span('25/2', '33/2'))
    """

    item: str
    target: Span


def read_key(text: str) -> WindowKey:
    """Return what a key asks for; the ``#1`` of a mixed plan does not count.

    Raises:
        InvalidArgument: It is not ``item@start-end``, or a time is none.
        InvalidSpan: The end does not come after the start.
    """
    match = _KEY.fullmatch(text)
    if match is None:
        raise InvalidArgument(
            f"key {text!r} was given; a key is item@start-end in seconds, such as 'streaming/Any Given Sunday@25/2-33/2'"
        )
    start, end = (exact_seconds(match[name], name=f"the {name} of the key") for name in ("start", "end"))
    return WindowKey(match["item"], Span(start, end))


def page_name(key: str) -> str:
    """Return a file name for the page of a key: no folder, nothing hidden, at most 185 bytes."""
    # Everything that a shell or a file system could take for something else becomes a line.
    name = re.sub(r"[^\w.+@ -]+", "_", key)
    if name[0] in ".-~ ":
        name = f"_{name}"
    raw = name.encode("utf-8", "replace")
    if len(raw) > _LONGEST_NAME_BYTES:
        digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]
        name = f"{raw[: _LONGEST_NAME_BYTES - 13].decode('utf-8', 'ignore')}-{digest}"
    return f"{name}.html"
