"""Keys of windows: ``item@start-end``; in a mix, windows of the second plan end in ``#1``, of the third in ``#2``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InvalidArgument
from ..spans import Span, exact_seconds

_NUMBER = r"-?[0-9]+(?:/[0-9]+|\.[0-9]+)?"
_KEY = re.compile(rf"(?s)(?P<item>.*)@(?P<start>{_NUMBER})-(?P<end>{_NUMBER})(?:#(?P<part>[1-9][0-9]*))?")


@dataclass(frozen=True, slots=True)
class WindowKey:
    """A key in parts; ``str`` of it is the key, with times as fractions.

    Attributes:
        item: Key of the item.
        label_span: The window's label span, in seconds of media time.
        part: Index of the plan in a mix, from 0.

    Example:
        >>> key = read_key("streaming/Any Given Sunday@12.5-33/2#1")
        >>> key.label_span, key.part, str(key)
        (Span('25/2', '33/2'), 1, 'streaming/Any Given Sunday@25/2-33/2#1')
    """

    item: str
    label_span: Span
    part: int = 0

    def __str__(self) -> str:
        mixed = f"#{self.part}" if self.part else ""
        return f"{self.item}@{self.label_span.start}-{self.label_span.end}{mixed}"


def read_key(text: str) -> WindowKey:
    """Return the parts of a key; its times may be fractions or decimals.

    Raises:
        InvalidArgument: The text is not a key, or a time in it is not one.
        InvalidSpan: The end does not come after the start.
    """
    match = _KEY.fullmatch(text)
    if match is None:
        raise InvalidArgument(
            f"key must be item@start-end in seconds, got {text!r}; write it as 'streaming/Any Given Sunday@25/2-33/2'",
            key=text,
        )
    start, end = (exact_seconds(match[name], name=f"the {name} of the key") for name in ("start", "end"))
    return WindowKey(match["item"], Span(start, end), int(match["part"] or 0))
