"""At which times frames are read: times that are given, every one of a span, an fps grid, the centres of equal parts."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from .. import _core
from .._checks import integer
from ..errors import InvalidArgument, short_repr
from ..spans import Seconds, exact_seconds, is_rounded, positive
from .arguments import count, pair, times
from .metadata import VideoTrack
from .open_media import OpenMedia

FLOAT_TOLERANCE = Fraction(1, 1_000_000)
"""A float within a microsecond below a frame's pts means that frame: where media zero comes from another track's
clock, the nearest fraction of a rounded pts lies before it for a quarter to a half of all frames."""


def times_on_screen(values: Iterable[Seconds], media: OpenMedia) -> list[tuple[int, int]]:
    """Return times that find the frames that are meant: exact, and a microsecond later where a float was given.

    Raises:
        InvalidArgument: They are no times.
    """
    given = times(values)
    # Without floats nothing needs to be known of the media, which may have to be scanned for it.
    track = media.metadata.video if any(map(is_rounded, given)) else None
    return [pair(_time_on_screen(time, track)) for time in given]


def _time_on_screen(time: Seconds, track: VideoTrack | None) -> Fraction:
    exact = exact_seconds(time, name="times")
    if not is_rounded(time) or track is None or track.start is None or track.end is None:
        return exact
    later = exact + FLOAT_TOLERANCE
    # Outside of the track the error states the time that was given.
    return later if track.start <= later < track.end else exact


def on_grid(fps: Seconds | None, max_frames: int | None, hold_last: bool) -> _core.Sampling:
    """Return the sampling of an fps grid of at most `max_frames` times, or of every frame without `fps`.

    Raises:
        InvalidArgument: An argument is not allowed, or there is `max_frames` without `fps`.
    """
    rate = None if fps is None else pair(positive(fps, "fps", "leave it out for every frame"))
    most = count(max_frames, "max_frames", "leave it out for no limit")
    if most is not None and rate is None:
        # Which of all frames to leave out would be a choice of ours; a grid and centres say it.
        raise InvalidArgument(
            f"max_frames must be given with fps, got {most} alone; add fps, or take frames_uniform({most})"
        )
    return _core.Sampling(fps=rate, max_frames=most, hold_last=checked_hold_last(hold_last))


def at_centres(n: int, hold_last: bool) -> _core.Sampling:
    """Return the sampling of the centres of `n` equal parts.

    Raises:
        InvalidArgument: An argument is not allowed.
    """
    centres = integer(n, "n", "give how many frames you want")
    return _core.Sampling(centres=centres, hold_last=checked_hold_last(hold_last))


def checked_hold_last(value: object) -> bool:
    """Return whether the last frame stays on screen.

    Raises:
        InvalidArgument: It is neither True nor False.
    """
    if not isinstance(value, bool):
        raise InvalidArgument(
            f"hold_last must be True or False, got {short_repr(value)}; True keeps the last frame on screen"
        )
    return value
