"""Rows of one request in a file of predictions: which are complete, and which have no answer.

```text
 {"key": "a", "layer": "basic7", ...}                    one request wrote these two lines at once,
 {"key": "a", "layer": "goemotions", ..., "raw": "Joy"}  the last of them, and only that, with the answer as it came
 {"key": "b", "layer": "basic7", ...}                    its last line has no raw: it was cut
```
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from .predictions import Prediction

NO_ANSWER = "no answer: "
"""How the error of a request begins that no answer came to; its `raw` is empty."""


@dataclass(frozen=True, slots=True)
class RequestRows:
    """The rows that one request wrote.

    Attributes:
        rows: The rows, in the order of the file.
        is_complete: Its last row was written: it has `raw`.
    """

    rows: tuple[Prediction, ...]
    is_complete: bool

    @property
    def is_failed(self) -> bool:
        """Whether no answer came; an answer that could not be read is one."""
        last = self.rows[-1]
        return self.is_complete and last.raw == "" and last.error.startswith(NO_ANSWER)

    def has_one_of_each(self, layers: Set[str]) -> bool:
        """Whether it has one row of each layer and no others, all about one thing."""
        names = [row.layer for row in self.rows]
        about = {(row.key, row.span) for row in self.rows}
        return len(about) == 1 and len(names) == len(layers) and set(names) == layers


def requests_of(rows: Sequence[Prediction]) -> list[RequestRows]:
    """Return the requests of a file whose every request ends in a row with `raw`.

    Example:
        >>> rows = [
        ...     Prediction(key="a", layer="basic7", label="Joy"),
        ...     Prediction(key="a", layer="goemotions", labels=("joy",), raw="Joy, joy"),
        ...     Prediction(key="b", layer="basic7", error="no answer: HTTP 400", raw=""),
        ...     Prediction(key="c", layer="basic7", label="Fear"),
        ... ]
        >>> [(len(each.rows), each.is_complete, each.is_failed) for each in requests_of(rows)]
        [(2, True, False), (1, True, True), (1, False, False)]
    """
    found: list[RequestRows] = []
    own: list[Prediction] = []
    for row in rows:
        own.append(row)
        if row.raw is not None:
            found.append(RequestRows(tuple(own), is_complete=True))
            own = []
    if own:
        found.append(RequestRows(tuple(own), is_complete=False))
    return found
