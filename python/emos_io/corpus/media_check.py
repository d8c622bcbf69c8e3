"""Media against labels: can the file be read, and is it as long as its labels say."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ..errors import InvalidArgument, short_repr
from ..spans import Seconds, from_zero
from .findings import FindingCollector
from .records import Clip, Monologue

Probe = Callable[[str], Seconds]
"""Returns how long the media file of a path is, in seconds; `emos_io.pipes.media_duration` is one, and is exact. It raises an
OSError or a RuntimeError where the file cannot be read."""

DURATION_TOLERANCE = Fraction(1)
"""Seconds by which media and labels may differ: labels are in whole seconds."""


def check_media(item: Clip | Monologue, path: str, probe: Probe, findings: FindingCollector) -> None:
    """Make a finding of media that cannot be read, or that do not have the duration of the labels.

    Args:
        item: The item whose media they are.
        path: The media file.
        probe: How long the file is.
        findings: Takes ``unreadable_media`` and ``duration_differs``.

    Raises:
        InvalidArgument: `probe` gives no time.
    """
    seconds = readable_seconds(probe, path, item.key, findings)
    if seconds is None:
        return
    if isinstance(item, Monologue) and abs(seconds - item.duration) > DURATION_TOLERANCE:
        what = f"the media lasts {float(seconds):.2f} s, the labels say {float(item.duration):.2f} s"
        findings.add("duration_differs", item.key, what, "check that it is the cut that was labelled")


def readable_seconds(probe: Probe, path: str, where: str, findings: FindingCollector) -> Fraction | None:
    """Return how long a media file is, or None where it cannot be read, which is a finding (``unreadable_media``).

    A file that lasts 0 s holds neither a frame nor a sample.
    """
    try:
        seconds = probed(probe, path)
    except (OSError, RuntimeError) as error:
        findings.add("unreadable_media", where, f"it cannot be read ({error})", "get the file again")
        return None
    if seconds == 0:
        findings.add("unreadable_media", where, "it lasts 0 s, without a frame or a sample", "get the file again")
        return None
    return seconds


def probed(probe: Probe, path: str) -> Fraction:
    """Return how long a media file is, exact as `probe` gives it.

    Raises:
        InvalidArgument: `probe` is no function, or gives no time of 0 or more.
    """
    if not callable(probe):
        raise InvalidArgument(
            f"probe must be a function from a path to seconds, got {short_repr(probe)}; give emos_io.pipes.media_duration"
        )
    return from_zero(probe(path), "what probe returns", "give the seconds of the file")
