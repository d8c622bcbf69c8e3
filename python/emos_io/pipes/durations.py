"""How long the media of items are: by key, for plans and for whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from ..corpus import HasDuration
from ..errors import InvalidArgument, short_repr
from ..media import OnError, measure
from ..media.arguments import check_on_error
from .arguments import optional_callable
from .issues import ReadIssue, ReadIssues


def media_durations(
    items: Iterable[HasDuration], *, on_error: OnError = "raise", progress: Callable[[int, int], None] | None = None
) -> tuple[dict[str, Fraction], ReadIssues]:
    """Return the seconds of every item that has media at hand, by key, for ``WindowPlan(..., durations=)``.

    A plan measures by itself what it needs; this is for items whose published length is not that of their media.

    Args:
        items: Items of a corpus, with `key` and `path`.
        on_error: ``"raise"``, or ``"mask"``: files that cannot be read are left out and listed.
        progress: Called after each file with how many were read and how many there are; an item's file counts once.

    Returns:
        Exact durations by key, and what could not be read. Items without media are in neither.

    Raises:
        EmosError: A file cannot be read and `on_error` is ``"raise"``.
        InvalidArgument: An argument is not allowed.

    Cost: that of `media_duration`; files are read in parallel, and what was measured before is known again.
    """
    check_on_error(on_error, '"mask" leaves out what cannot be read')
    optional_callable(progress, "progress", "(number of files read, number of files)", "leave it out for none")
    at_hand = [(item.key, item.path) for item in _checked(items) if item.path is not None]
    found = measure((path for _, path in at_hand), progress)
    durations: dict[str, Fraction] = {}
    issues = ReadIssues()
    for key, path in at_hand:
        result = found[path]
        if isinstance(result, Fraction):
            durations[key] = result
        elif on_error == "raise":
            result.key = key
            raise result
        else:
            issues.add(ReadIssue(key, key, type(result).__name__, str(result), masked=True))
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
