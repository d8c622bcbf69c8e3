"""How long media are: a plan needs it for items without a published duration."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

from ..corpus import HasDuration
from ..errors import EmosError, InvalidArgument, short_repr
from ..media import Media, OnError
from ..media.arguments import check_on_error
from .arguments import optional_callable
from .issues import ReadIssue, ReadIssues


def media_duration(path: str) -> Fraction:
    """Return how long a media file is, in seconds, exact: a `Probe` for readers of corpora and for plans.

    Raises:
        EmosError: The file cannot be read.

    Cost: mp4 and mov have the duration in their tables; other containers are read through once.
    """
    with Media(path, num_threads=1) as media:
        return media.metadata.duration


def media_durations(
    items: Iterable[HasDuration], *, on_error: OnError = "raise", progress: Callable[[int, int], None] | None = None
) -> tuple[dict[str, Fraction], ReadIssues]:
    """Return the seconds of every item that has media at hand, by key, for ``WindowPlan(..., durations=)``.

    Args:
        items: Items of a corpus, with `key` and `path`.
        on_error: ``"raise"``, or ``"mask"``: files that cannot be read are left out and listed.
        progress: Called after each file with how many files were read and how many there are.

    Returns:
        Exact durations by key, and what could not be read. Items without media are in neither.

    Raises:
        EmosError: A file cannot be read and `on_error` is ``"raise"``.
        InvalidArgument: An argument is not allowed.

    Cost: that of `media_duration`; files are read in parallel.
    """
    check_on_error(on_error, '"mask" leaves out what cannot be read')
    optional_callable(progress, "progress", "(number of files read, number of files)", "leave it out for none")
    at_hand = [(item.key, item.path) for item in _checked(items) if item.path is not None]
    durations: dict[str, Fraction] = {}
    issues = ReadIssues()

    def read(path: str) -> Fraction | EmosError:
        try:
            return media_duration(path)
        except EmosError as error:
            return error

    with ThreadPoolExecutor(len(os.sched_getaffinity(0)), "emos-durations") as pool:
        results = pool.map(read, [path for _, path in at_hand])
        for done, ((key, _), result) in enumerate(zip(at_hand, results, strict=True), 1):
            if isinstance(result, Fraction):
                durations[key] = result
            elif on_error == "raise":
                pool.shutdown(cancel_futures=True)
                result.key = key
                raise result
            else:
                issues.add(ReadIssue(key, key, type(result).__name__, str(result), masked=True))
            if progress is not None:
                progress(done, len(at_hand))
    return durations, issues


def _checked(items: Iterable[HasDuration]) -> list[HasDuration]:
    allowed = "items must be a sequence of clips or monologues of a corpus"
    advice = "for one item pass [item], for a file take Media(path).metadata.duration"
    given: object = items
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise InvalidArgument(f"{allowed}, got {short_repr(items)}; {advice}")
    several = list(items)
    for item in several:
        if not isinstance(item, HasDuration):
            raise InvalidArgument(f"{allowed}, got {short_repr(item)}; {advice}")
    return several
