"""Numbers drawn by a seed and names: the same on every machine, in any order, with any version of a library."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")

MAX_SEED = 2**31 - 1
"""The largest seed of a corpus."""


class Draws:
    """A series of random numbers that a seed and names choose, such as those of one item.

    Args:
        seed: Any integer.
        names: What the numbers are for; other names give an independent series.

    Example:
        >>> Draws(0, "s1", "clip").integer(1, 5) == Draws(0, "s1", "clip").integer(1, 5)
        True
    """

    def __init__(self, seed: int, *names: str) -> None:
        digest = hashlib.sha256(json.dumps([seed, *names]).encode()).digest()
        # Of this class, `random` alone gives the same numbers in every version of Python.
        self._next = random.Random(int.from_bytes(digest)).random

    def number(self, low: float = 0, high: float = 1) -> float:
        """Return a number of ``[low, high)``."""
        return low + (high - low) * self._next()

    def integer(self, least: int, most: int) -> int:
        """Return an integer from `least` to `most`, both included."""
        return least + int(self._next() * (most - least + 1))

    def one_of(self, members: Sequence[T]) -> T:
        """Return one of the members, each as likely."""
        return members[self.integer(0, len(members) - 1)]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """Return a key, as likely as its weight says; weights are 0 or more, and one is above 0."""
        left = self._next() * sum(weights.values())
        chosen = next(iter(weights))
        for key, weight in weights.items():
            if weight <= 0:
                continue
            chosen = key
            left -= weight
            if left < 0:
                break
        return chosen
