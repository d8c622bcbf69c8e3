"""The parts of a plan: one for a plan of its own, several for a mix; numbers and keys run over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidArgument, NoSuchItem
from .content import Content
from .keys import WindowKey, read_key
from .records import PlannedWindow, WindowLocation


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part.

    Attributes:
        content: Its windows.
        spec: What the fingerprint says of it, as JSON.
        factor: By which the weight of each window is multiplied.
        run_length: Neighbouring windows that ``"shuffle"`` keeps together, at least.
        left_out: Items of the source of another kind.
        about: What the summary says of it.
    """

    content: Content
    spec: dict[str, Any]
    factor: float
    run_length: int
    left_out: int
    about: dict[str, Any]


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

    def __iter__(self) -> Any:
        return iter(self.parts)

    def counts(self) -> npt.NDArray[np.int64]:
        """Return the windows of each item of each part: int64 ``[items]``."""
        return np.concatenate([part.content.counts for part in self.parts])

    def run_lengths(self) -> npt.NDArray[np.int64]:
        """Return the run length of each item of each part: int64 ``[items]``."""
        return np.concatenate(
            [np.full(len(part.content.counts), part.run_length, dtype=np.int64) for part in self.parts]
        )

    def window(self, number: int) -> PlannedWindow:
        """Return one window by number."""
        place = int(np.searchsorted(self.first, number, side="right")) - 1
        part, first = self.parts[place], int(self.first[place])
        window = part.content.window(number - first)
        if place == 0 and part.factor == 1:
            return window
        key = str(WindowKey(window.item, window.label_span, place))
        return replace(window, number=number, key=key, weight=window.weight * part.factor)

    def locate(self, number: int) -> WindowLocation:
        """Return where a window lies."""
        place = int(np.searchsorted(self.first, number, side="right")) - 1
        return self.parts[place].content.locate(number - int(self.first[place]))

    def seconds(self) -> npt.NDArray[np.float64]:
        """Return how long each window's span is: float64 ``[n]``."""
        return np.concatenate([part.content.seconds() for part in self.parts])

    def find(self, key: str) -> int:
        """Return the number of the window of a key.

        Raises:
            NoSuchItem: There is no such window.
        """
        try:
            asked = read_key(key)
        except InvalidArgument as error:
            raise NoSuchItem(
                f"window {key!r} was asked for; a key is item@start-end, such as {self.window(0).key!r}"
            ) from error
        if asked.part >= len(self.parts):
            raise NoSuchItem(f"window {key!r} was asked for; the plan has {len(self.parts)} parts, #0 is not written")
        return int(self.first[asked.part]) + self.parts[asked.part].content.find(asked)
