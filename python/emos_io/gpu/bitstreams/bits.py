"""Bits from the start of coded data, most significant first."""

from __future__ import annotations

from .errors import BitstreamError

_MOST_ZEROS = 32
"""Leading zeros of an Exp-Golomb code: numbers have 32 bits at most."""


class Bits:
    """Reads numbers one after another.

    Raises:
        BitstreamError: By each method that reads past the end.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self._end = 8 * len(data)

    def read(self, count: int) -> int:
        """Return the next `count` bits as a number, ``u(count)``."""
        start, stop = self._position, self._position + count
        if stop > self._end:
            raise BitstreamError("a header ends within a number")
        self._position = stop
        number = int.from_bytes(self._data[start >> 3 : (stop + 7) >> 3], "big")
        return number >> (-stop & 7) & ((1 << count) - 1)

    def flag(self) -> bool:
        """Return whether the next bit is set."""
        return self.read(1) == 1

    def skip(self, count: int) -> None:
        """Pass over `count` bits."""
        if self._position + count > self._end:
            raise BitstreamError("a header ends within a number")
        self._position += count

    def unsigned(self) -> int:
        """Return an Exp-Golomb number, ``ue(v)``: H.264 section 9.1."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > _MOST_ZEROS:
                raise BitstreamError("a header has a number of more than 32 bits")
        return (1 << zeros) - 1 + self.read(zeros)

    def signed(self) -> int:
        """Return a signed Exp-Golomb number, ``se(v)``: H.264 section 9.1.1."""
        number = self.unsigned()
        return (number + 1) // 2 if number % 2 else -(number // 2)

    def at_most(self, most: int, what: str) -> int:
        """Return an Exp-Golomb number that may not be above `most`."""
        number = self.unsigned()
        if number > most:
            raise BitstreamError(f"{what} is {number}, and {most} at most is allowed")
        return number
