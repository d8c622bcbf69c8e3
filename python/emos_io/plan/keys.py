"""Keys of windows: ``item@start-end``, and ``#1`` and so on behind those of the second plan of a mix and later ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InvalidArgument
from ..spans import Span, exact_seconds

_NUMBER = r"-?[0-9]+(?:/[0-9]+|\.[0-9]+)?"
_KEY = re.compile(rf"(?s)(?P<item>.*)@(?P<start>{_NUMBER})-(?P<end>{_NUMBER})(?:#(?P<part>[1-9][0-9]*))?")


@dataclass(frozen=True, slots=True)
class WindowKey:
    """What a key asks for; as text, the key with its times as fractions.

    Attributes:
        item: Key of the item.
        label_span: What is asked about, in seconds of media time.
        part: Which of the plans that were mixed it is from, from 0.

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
    """Return what a key asks for; its times are fractions or decimals.

    Raises:
        InvalidArgument: It is no key, or a time is none.
        InvalidSpan: The end does not come after the start.
    """
    match = _KEY.fullmatch(text)
    if match is None:
        raise InvalidArgument(
            f"key {text!r} was given; a key is item@start-end in seconds, such as 'streaming/Any Given Sunday@25/2-33/2'"
        )
    start, end = (exact_seconds(match[name], name=f"the {name} of the key") for name in ("start", "end"))
    return WindowKey(match["item"], Span(start, end), int(match["part"] or 0))
