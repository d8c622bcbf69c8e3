"""The parts of a plan: one for a plan of its own, several for a mix; numbers and keys run over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .._arrays import Float64Array, Int64Array
from ..errors import InvalidArgument, NoSuchItem, short_repr
from .content import Content
from .keys import WindowKey, read_key
from .lengths import SkippedItem
from .records import PlannedWindow, WindowLocation


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part of a plan.

    Attributes:
        content: The windows.
        spec: The part's share of the fingerprint, as JSON.
        factor: The weight of each window is multiplied by it.
        run_length: The least number of neighbouring windows that ``"shuffle"`` keeps together.
        left_out: How many items of other kinds the source has.
        skipped: Items that are left out because their files cannot be read, or nobody knows how long they are.
        about: The part's share of the summary, as JSON.
    """

    content: Content
    spec: dict[str, object]
    factor: float
    run_length: int
    left_out: int
    skipped: tuple[SkippedItem, ...]
    about: dict[str, object]


class Parts:
    """Windows of several parts as those of one.

    Windows of the second part and later ones have ``#1`` and so on at the end of their keys, so that a key names one
    window even where two parts hold the same span of the same item.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)
        self.first = np.cumsum([0, *(len(part.content) for part in self.parts)])

    def __len__(self) -> int:
        return int(self.first[-1])

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    def counts(self) -> Int64Array:
        """Return the number of windows of each item of each part: int64 ``[items]``."""
        return np.concatenate([part.content.counts for part in self.parts])

    def run_lengths(self) -> Int64Array:
        """Return the run length of each item of each part: int64 ``[items]``."""
        return np.concatenate(
            [np.full(len(part.content.counts), part.run_length, dtype=np.int64) for part in self.parts]
        )

    def media_paths(self) -> tuple[tuple[str, str | None], ...]:
        """Return key and path of each item that has windows, once, in order."""
        items = [
            (item.key, item.path)
            for part in self.parts
            for item, count in zip(part.content.items, part.content.counts.tolist(), strict=True)
            if count
        ]
        return tuple(dict.fromkeys(items))

    def skipped(self) -> tuple[SkippedItem, ...]:
        """Return the items that are left out, once, in order."""
        return tuple(dict.fromkeys(each for part in self.parts for each in part.skipped))

    def window(self, number: int) -> PlannedWindow:
        """Return one window by number."""
        index = int(np.searchsorted(self.first, number, side="right")) - 1
        part, first = self.parts[index], int(self.first[index])
        window = part.content.window(number - first)
        if index == 0 and part.factor == 1:
            return window
        key = str(WindowKey(window.item, window.label_span, index))
        return replace(window, number=number, key=key, weight=window.weight * part.factor)

    def locate(self, number: int) -> WindowLocation:
        """Return where a window lies."""
        index = int(np.searchsorted(self.first, number, side="right")) - 1
        return self.parts[index].content.locate(number - int(self.first[index]))

    def seconds(self) -> Float64Array:
        """Return how long each window's span is: float64 ``[n]``."""
        return np.concatenate([part.content.seconds() for part in self.parts])

    def find(self, key: str) -> int:
        """Return the number of the window of a key.

        Raises:
            NoSuchItem: There is no such window.
            InvalidArgument: The key is no text.
        """
        if not isinstance(key, str):
            raise InvalidArgument(f"key must be text, got {short_repr(key)}; a window's number goes to plan.window")
        try:
            window = read_key(key)
        except InvalidArgument as error:
            raise NoSuchItem(
                f"the plan has no window {key!r}; write keys as item@start-end, such as {self.window(0).key!r}",
                key=key,
            ) from error
        if window.part >= len(self.parts):
            most = f"#1 to #{len(self.parts) - 1}" if len(self.parts) > 1 else "no #"
            raise NoSuchItem(f"the plan has no window {key!r}; keys of this plan end in {most}", key=key)
        return int(self.first[window.part]) + self.parts[window.part].content.find(window)
