"""How long the items of a plan are, and which are left out because nobody can say or their files cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from .._checks import choice
from .._progress import LateBar
from ..corpus import HasDuration, Probe
from ..errors import EmosError, InvalidArgument, SourceUnreadable, quoted, short_repr
from ..media import measure
from ..spans import Seconds, exact_seconds

Durations = Mapping[str, Seconds] | Probe
"""Lengths by key of the item, or a function from a path to a length, in seconds."""
PlanOnError = Literal["raise", "skip"]
"""What files do that cannot be read."""
_ON_ERRORS: tuple[PlanOnError, ...] = ("raise", "skip")


@dataclass(frozen=True, slots=True)
class SkippedItem:
    """An item that a plan leaves out.

    Attributes:
        key: Key of the item.
        path: Path of its file, which cannot be read; None where no file is at hand and no length is known.
        reason: Why, in one line.
    """

    key: str
    path: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class FoundLengths:
    """Lengths of items.

    Attributes:
        seconds: For each item its seconds, exact, above zero; None for one that is left out.
        skipped: The items that are left out, in their order.
    """

    seconds: tuple[Fraction | None, ...]
    skipped: tuple[SkippedItem, ...]


def find_lengths(
    items: Sequence[HasDuration],
    durations: Durations | None,
    on_error: PlanOnError | None,
    progress: Callable[[int, int], None] | None,
    *,
    num_open: int = 0,
) -> FoundLengths:
    """Return how long items are: as given in `durations`, else as published, else as measured from their files.

    Args:
        items: The items.
        durations: Lengths by key, or a function from a path; checked by `check_durations`.
        on_error: None opens the files whose length is not known otherwise, and leaves out what cannot be read. ``"skip"`` opens
            all files, and leaves out the same; ``"raise"`` opens all, and raises.
        progress: Called after each file; None draws a bar on a terminal.
        num_open: How many of the items, at the end, are media that are open.

    Raises:
        SourceUnreadable: A file cannot be read and `on_error` is ``"raise"``, or no other item is left.
        InvalidArgument: A length is none, or nobody can say how long the items are.
    """
    if on_error is not None:
        choice(on_error, _ON_ERRORS, "on_error", '"skip" leaves out files that cannot be read; loaders take "mask"')
    if progress is not None and not callable(progress):
        raise InvalidArgument(
            f"progress must be a function of (number of files, number of all) or None, got {short_repr(progress)}; leave it "
            "out for a bar"
        )
    known = [_known(item, durations) for item in items]
    openable = items[: len(items) - num_open]
    paths = [
        item.path
        for item, length in zip(openable, known, strict=False)
        if item.path is not None and (length is None or on_error is not None)
    ]
    with LateBar("lengths") as bar:
        measured = measure(paths, bar.show if progress is None else progress) if paths else {}
    seconds: list[Fraction | None] = []
    skipped: list[SkippedItem] = []
    errors: list[EmosError | OSError | RuntimeError] = []
    for item, length in zip(items, known, strict=True):
        opened = None if item.path is None else measured.get(item.path)
        found = opened if length is None or (isinstance(opened, EmosError) and isinstance(length, Fraction)) else length
        if isinstance(found, Fraction):
            seconds.append(_above_zero(found, item.key))
            continue
        seconds.append(None)
        if found is None:
            skipped.append(SkippedItem(item.key, None, "its length is not known, and no media are at hand"))
        else:
            errors.append(found)
            skipped.append(SkippedItem(item.key, item.path, " ".join(str(found).split()) or type(found).__name__))
    if skipped and (on_error == "raise" or len(skipped) == len(items)):
        raise _refusal(items, skipped, errors)
    return FoundLengths(tuple(seconds), tuple(skipped))


def check_durations(durations: Durations | None, given: Sequence[HasDuration]) -> None:
    """Check lengths that were given.

    Raises:
        InvalidArgument: They are neither a mapping nor a function, or they name an item that is not there.
    """
    if durations is None or callable(durations):
        return
    if not isinstance(durations, Mapping):
        raise InvalidArgument(
            f"durations must be seconds by key, a function or None, got {short_repr(durations)}; give a mapping such as "
            "media_durations returns, or a function from a path to seconds"
        )
    unknown = sorted(map(str, set(durations) - {each.key for each in given}))
    if unknown:
        raise InvalidArgument(
            f"durations must name items of the source, got {len(unknown)} unknown keys such as {unknown[0]!r}; give keys of "
            "the source",
            key=unknown[0],
        )


def skipped_text(skipped: Sequence[SkippedItem]) -> str:
    """Return how many items are left out, and why, in words."""
    unreadable = sum(each.path is not None for each in skipped)
    counts = ((unreadable, "whose file cannot be read"), (len(skipped) - unreadable, "with neither a length nor media"))
    parts = [f"{count:,} item{'' if count == 1 else 's'} {which}" for count, which in counts if count]
    return f"{' and '.join(parts)}, such as {skipped[0].key!r} ({skipped[0].reason})"


def _known(item: HasDuration, durations: Durations | None) -> Fraction | EmosError | OSError | RuntimeError | None:
    """Return the length that is known without opening the file, or what the function of lengths says is wrong with it."""
    if callable(durations):
        if item.path is not None:
            try:
                # A function of one's own may return anything: None where it does not know.
                seconds: Seconds | None = durations(item.path)
                if seconds is not None:
                    return _above_zero(_length(seconds, item.key), item.key)
            except (EmosError, OSError, RuntimeError) as error:
                return error
    elif durations is not None and item.key in durations:
        return _length(durations[item.key], item.key)
    if item.duration is None:
        return None
    published = _length(item.duration, item.key)
    # A monologue without any label or sentence has no end of its own.
    return None if published == 0 and item.path is not None else published


def _length(seconds: Seconds, key: str) -> Fraction:
    try:
        return exact_seconds(seconds, name=f"the duration of {key!r}")
    except InvalidArgument as error:
        error.key = key
        raise


def _above_zero(duration: Fraction, key: str) -> Fraction:
    if duration <= 0:
        raise InvalidArgument(f"the duration of {key!r} must be above 0, got {duration}; give it in durations", key=key)
    return duration


def _refusal(items: Sequence[HasDuration], skipped: Sequence[SkippedItem], errors: Sequence[Exception]) -> EmosError:
    """Return the error of items that may not be left out: files that cannot be read come first."""
    unreadable = [each for each in skipped if each.path is not None]
    if not unreadable:
        first = skipped[0].key
        return InvalidArgument(
            f"durations must hold the lengths of {len(skipped)} of {len(items)} items, such as {first!r}, got none; "
            "link media with attach, or give seconds by key, or a function from a path to seconds",
            key=first,
        )
    first_file, cause = unreadable[0], errors[0]
    if isinstance(cause, InvalidArgument) and cause.key == first_file.key:
        # What a function of lengths returned.
        return cause
    number = "1 file" if len(unreadable) == 1 else f"{len(unreadable)} files"
    fact = first_file.reason.partition("; ")[0]
    others = ', or pass on_error="skip"' if len(skipped) < len(items) else ""
    error = SourceUnreadable(
        f"{number} of {len(items)} items cannot be read, first that of {first_file.key!r} ({fact}); get it again"
        f"{others}: {quoted(first_file.path or '')}",
        path=first_file.path,
        key=first_file.key,
    )
    error.__cause__ = cause
    return error
