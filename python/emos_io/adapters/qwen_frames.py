"""Frames as the readers of qwen utils give them: a tensor, its metadata and its frames a second."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from .._checks import as_integer
from ..errors import InvalidArgument, TimeOutOfRange, quoted, short_repr
from ..spans import Seconds, Span, grid_index, positive
from .media_fragments import seconds_text
from .qwen_elements import Asked, Element, naming

if TYPE_CHECKING:
    import torch

BACKEND = "emos_io"
"""The name of the reader, in the registry and in metadata."""

VideoRead: TypeAlias = "tuple[torch.Tensor, dict[str, object], float]"
"""Frames, uint8 ``[T, 3, H, W]``; their metadata; frames a second."""


class Limits(Protocol):
    """The numbers of ``vision_process``, which may be changed there."""

    FPS: float
    FRAME_FACTOR: int
    FPS_MIN_FRAMES: int
    FPS_MAX_FRAMES: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Which frames of a span are read.

    Attributes:
        fps: Frames a second: frame k is the one on screen at ``start + k / fps``.
        num_frames: How many of them.
        num_repeated: How often the last one is repeated after them.
    """

    fps: Fraction
    num_frames: int
    num_repeated: int = 0


def read_frames(element: Element, asked: Asked, limits: Limits) -> VideoRead:
    """Read the frames of an element, at the size of the file: they are resized afterwards.

    Args:
        element: ``fps``, or ``nframes``; ``min_frames`` and ``max_frames`` beside ``fps``.
        asked: The file and its seconds.
        limits: What holds where the element has no such key.

    Returns:
        The frames on screen at ``start + k / fps``, the last one repeated where `asked` says so. In the metadata ``fps`` is
        that of the file, ``frames_indices[k] / fps`` the time of frame k in the file (to the nearest index), and
        ``video_backend`` also says how many frames were repeated.

    Raises:
        EmosError: As of `Media.frames_played_at`; or no frame is on screen at a time; or their number does not fit.
    """
    import torch

    track = asked.video_track()
    # A track with frames has both.
    first, end = cast(Fraction, track.start), cast(Fraction, track.end)
    span = asked.span(first, end)
    grid = grid_of(element, span, limits, asked)
    times = [span.start + index / grid.fps for index in range(grid.num_frames)]
    outside = [time for time in times if not first <= time < end]
    if outside and (not asked.repeats_last or len(outside) == len(times)):
        raise TimeOutOfRange(
            f"frames must lie on screen, from {seconds_text(first)} to {seconds_text(end)}, got one at "
            f'{seconds_text(outside[0])}; choose other times, or give pad="repeat_last": {quoted(asked.path)}',
            path=asked.path,
        )
    wanted = [max(first, time) for time in times]
    wanted += wanted[-1:] * grid.num_repeated
    frames = asked.media.frames_played_at(wanted, hold_last=asked.repeats_last, dimension_order="TCHW")
    rate = track.average_rate or grid.fps
    total = len(wanted) * rate / grid.fps
    num_repeated = len(outside) + grid.num_repeated
    metadata: dict[str, object] = {
        "fps": float(rate),
        "frames_indices": [floor(cast(Fraction, time) * rate + Fraction(1, 2)) for time in frames.times],
        "total_num_frames": int(total) if total.denominator == 1 else float(total),
        "video_backend": BACKEND if num_repeated == 0 else f"{BACKEND}, {num_repeated} frames repeated",
    }
    return torch.from_numpy(frames.data), metadata, float(grid.fps)


def grid_of(element: Element, span: Span, limits: Limits, asked: Asked) -> Grid:
    """Return which frames of a span an element asks for.

    ``nframes`` are spread evenly. Else the grid has ``fps`` frames a second, lowered to give ``max_frames``, or raised to give
    ``min_frames`` where the element has that key.

    Raises:
        InvalidArgument: A key is not allowed; or the grid has an odd number of frames, or too few, and none is repeated.
    """
    factor = limits.FRAME_FACTOR
    if element.get("nframes") is not None:
        if element.get("fps") is not None:
            raise InvalidArgument(
                f"fps or nframes must be given, got both; leave one out: {quoted(asked.path)}", path=asked.path
            )
        count = _count(element, "nframes", asked.path)
        return _filled(Grid(count / span.duration, count), factor, factor, span, asked)
    most = limits.FPS_MAX_FRAMES if element.get("max_frames") is None else _count(element, "max_frames", asked.path)
    most = max(most // factor, 1) * factor
    has_least = element.get("min_frames") is not None
    least = _count(element, "min_frames", asked.path) if has_least else min(limits.FPS_MIN_FRAMES, most)
    least = -(-least // factor) * factor
    if least > most:
        raise InvalidArgument(
            f"min_frames must be at most max_frames, {most}, got {least}; lower it: {quoted(asked.path)}",
            path=asked.path,
        )
    with naming(asked.path):
        fps = positive(
            cast(Seconds, limits.FPS if element.get("fps") is None else element["fps"]), "fps", "give frames a second"
        )
    count = grid_index(span.duration, fps)
    if count > most or (has_least and count < least):
        count = most if count > most else least
        fps = count / span.duration
    return _filled(Grid(fps, count), least, factor, span, asked)


def _filled(grid: Grid, least: int, factor: int, span: Span, asked: Asked) -> Grid:
    """Return a grid with as many repeated frames as it needs.

    Raises:
        InvalidArgument: It needs some, and none is repeated.
    """
    enough = max(least, -(-grid.num_frames // factor) * factor)
    if enough == grid.num_frames:
        return grid
    if not asked.repeats_last:
        raise InvalidArgument(
            f"frames must be a multiple of {factor} and at least {least}, got {grid.num_frames} in "
            f'{seconds_text(span.duration)}; give pad="repeat_last", nframes={enough}, or another fps or end: '
            f"{quoted(asked.path)}",
            path=asked.path,
        )
    return Grid(grid.fps, grid.num_frames, enough - grid.num_frames)


def _count(element: Element, name: str, path: str) -> int:
    count = as_integer(element[name])
    if count is None or count < 1:
        raise InvalidArgument(
            f"{name} must be an integer above 0, got {short_repr(element[name])}; give a number of frames: {quoted(path)}",
            path=path,
        )
    return count
