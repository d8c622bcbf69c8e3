"""How long media are: what a plan needs of items that have no published length."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

from ..errors import EmosError, InvalidArgument
from ..media import Media
from .issues import ReadIssue, ReadIssues
from .samples import OnError


def media_durations(
    items: Iterable[Any], *, on_error: OnError = "raise", progress: Callable[[int, int], None] | None = None
) -> tuple[dict[str, Fraction], ReadIssues]:
    """Return the seconds of every item that has media at hand, by key, for ``WindowPlan(..., durations=)``.

    Args:
        items: Of a corpus: with `key` and `path`.
        on_error: ``"raise"``, or ``"mask"``: files that cannot be read are left out and listed.
        progress: Gets how many files were read and how many there are.

    Returns:
        Lengths, exact, and what could not be read. Items without media are in neither.

    Raises:
        EmosError: A file cannot be read and `on_error` is ``"raise"``.
        InvalidArgument: `on_error` is not allowed.

    Cost: mp4 and mov have it in their tables; other containers are read through once. Several at the same time.
    """
    if on_error not in ("raise", "mask"):
        raise InvalidArgument(f'on_error {on_error!r} was given; it is "raise" or "mask"')
    at_hand = [(item.key, item.path) for item in items if item.path is not None]
    found: dict[str, Fraction] = {}
    issues = ReadIssues()

    def read(path: str) -> Fraction | EmosError:
        try:
            with Media(path, num_threads=1) as media:
                return media.metadata.duration
        except EmosError as error:
            return error

    with ThreadPoolExecutor(len(os.sched_getaffinity(0)), "emos-lengths") as pool:
        answers = pool.map(read, [path for _, path in at_hand])
        for number, ((key, _), answer) in enumerate(zip(at_hand, answers, strict=True), 1):
            if isinstance(answer, Fraction):
                found[key] = answer
            elif on_error == "raise":
                pool.shutdown(cancel_futures=True)
                raise answer
            else:
                issues.add(ReadIssue(key, key, type(answer).__name__, str(answer), masked=True))
            if progress is not None:
                progress(number, len(at_hand))
    return found, issues
