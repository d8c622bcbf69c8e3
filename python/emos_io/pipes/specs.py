"""What a sample holds: how video and audio are read, and how long a window is, without decoding."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import Literal

from .._checks import as_integer, integer
from ..errors import InvalidArgument, short_repr
from ..media.arguments import MAX_RATE, MAX_SIDE, DimensionOrder, Fit, Roi, exact_roi, geometry, is_pair
from ..plan.arguments import number_text
from ..spans import Seconds, Span, exact_seconds, grid_index, num_samples, positive

MissingAudio = Literal["silence", "omit", "raise"]

MAX_CHANNELS = 64
"""The most audio channels of a plan's windows."""


@dataclass(frozen=True, slots=True, repr=False)
class VideoSpec:
    """How the frames of a window are read.

    Two specs of equal meaning are equal: ``VideoSpec(fps="4") == VideoSpec(fps=4)``.

    Attributes:
        fps: Frames per second, above 0; kept as an exact fraction. A window has the frames on screen at
            ``start + k / fps < end``.
        size: (height, width) in pixels, each from 1 to 16384 (`MAX_SIDE`). Both are needed, since a window that cannot be
            read keeps its shape.
        fit: How a frame is brought to `size`, as in `Media.windows`: ``"stretch"``, ``"pad"`` or ``"crop"``.
        roi: The part of each frame that is read, as in `Media.windows`: (left, top, right, bottom) in displayed pixels,
            or a sequence of (time, box), times kept as exact fractions; None for all of it. It is the same for every file
            of the plan.
        dimension_order: ``"THWC"``, or ``"TCHW"`` for channels first.

    Raises:
        InvalidArgument: An attribute is not allowed.

    Example:
        >>> VideoSpec(fps=2, size=(112, 112), fit="pad").num_frames(Span(0, 4))
        8
    """

    fps: Seconds = 4
    size: tuple[int, int] = (224, 224)
    _: KW_ONLY
    fit: Fit = "stretch"
    roi: Roi | None = None
    dimension_order: DimensionOrder = "THWC"

    def __post_init__(self) -> None:
        fps = positive(self.fps, "fps", "give frames per second, or video=None for no frames")
        sides = [as_integer(side) or 0 for side in self.size] if is_pair(self.size) else []
        if len(sides) != 2 or not all(1 <= side <= MAX_SIDE for side in sides):
            raise InvalidArgument(
                f"size must be (height, width), two integers from 1 to {MAX_SIDE}, got {short_repr(self.size)}; "
                "a window that cannot be read keeps this shape"
            )
        object.__setattr__(self, "fps", fps)
        object.__setattr__(self, "size", tuple(sides))
        object.__setattr__(self, "roi", exact_roi(self.roi))
        # Refuses a wrong fit, roi or order of axes here and not at the first window.
        geometry(self.size, self.fit, self.roi, self.dimension_order)

    def __repr__(self) -> str:
        return (
            f"VideoSpec(fps={number_text(exact_seconds(self.fps))}, size={self.size!r}, fit={self.fit!r}, "
            f"roi={_roi_text(self.roi)}, dimension_order={self.dimension_order!r})"
        )

    def num_frames(self, span: Span) -> int:
        """Return how many frames a window of this span has, T, without decoding."""
        return grid_index(span.duration, exact_seconds(self.fps, name="fps"))

    def frame_shape(self) -> tuple[int, int, int]:
        """Return the shape of one frame, ``(H, W, 3)`` or ``(3, H, W)``."""
        height, width = self.size
        return (3, height, width) if self.dimension_order == "TCHW" else (height, width, 3)


@dataclass(frozen=True, slots=True)
class AudioSpec:
    """How the audio of a window is read: float32 at one rate, with one number of channels.

    Attributes:
        sample_rate: Samples per second, from 1 to 768000 (`MAX_RATE`).
        num_channels: Channels, C, from 1 to 64 (`MAX_CHANNELS`), the same in every window of a plan. Files with more are
            mixed down, as `Media.windows` does it; windows of files with fewer cannot be read. Above 8 only files with that
            count can be read.

    Raises:
        InvalidArgument: An attribute is not allowed.

    Example:
        >>> AudioSpec(16_000).num_samples(Span(0, "0.5"))
        8000
    """

    sample_rate: int = 16_000
    _: KW_ONLY
    num_channels: int = 1

    def __post_init__(self) -> None:
        rate = integer(self.sample_rate, "sample_rate", "give samples per second, such as 16_000", most=MAX_RATE)
        channels = integer(
            self.num_channels, "num_channels", "all windows of a plan have one count, 1 for mono", most=MAX_CHANNELS
        )
        object.__setattr__(self, "sample_rate", rate)
        object.__setattr__(self, "num_channels", channels)

    def num_samples(self, span: Span) -> int:
        """Return how many samples of each channel a window of this span has, N, without decoding."""
        return num_samples(span, self.sample_rate)


@dataclass(frozen=True, slots=True)
class SampleSpec:
    """What a sample holds.

    Attributes:
        video: How frames are read; None for no frames.
        audio: How audio is read; None for no audio.

    Raises:
        InvalidArgument: An attribute is of another class, or both are None.
    """

    video: VideoSpec | None
    audio: AudioSpec | None

    def __post_init__(self) -> None:
        video: object = self.video
        audio: object = self.audio
        if video is not None and not isinstance(video, VideoSpec):
            raise InvalidArgument(
                f"video must be a VideoSpec or None, got {short_repr(video)}; pass VideoSpec(fps=..., size=(height, width))"
            )
        if audio is not None and not isinstance(audio, AudioSpec):
            raise InvalidArgument(
                f"audio must be an AudioSpec or None, got {short_repr(audio)}; pass AudioSpec(sample_rate=...)"
            )
        if video is None and audio is None:
            raise InvalidArgument(
                "video or audio must be given, got None for both; pass video=VideoSpec(...), audio=AudioSpec(...) or both"
            )

    def size_of(self, span: Span, label_span: Span) -> PaddedSize:
        """Return how long a window is, without decoding."""
        return PaddedSize(
            0 if self.video is None else self.video.num_frames(span),
            0 if self.audio is None else self.audio.num_samples(span),
            label_span.duration,
            0 if self.audio is None else self.audio.num_channels,
        )


@dataclass(frozen=True, slots=True)
class PaddedSize:
    """How long a window is, or the most of several windows, to which their rows are padded.

    Attributes:
        num_frames: Frames, T.
        num_samples: Audio samples of each channel, N.
        label_seconds: Seconds of the label span.
        num_channels: Audio channels, C; 0 without audio.
    """

    num_frames: int = 0
    num_samples: int = 0
    label_seconds: Fraction = Fraction(0)
    num_channels: int = 0

    def __or__(self, other: PaddedSize) -> PaddedSize:
        """Return the larger of each."""
        return PaddedSize(
            max(self.num_frames, other.num_frames),
            max(self.num_samples, other.num_samples),
            max(self.label_seconds, other.label_seconds),
            max(self.num_channels, other.num_channels),
        )


def _roi_text(roi: object) -> str:
    if not (isinstance(roi, tuple) and roi and isinstance(roi[0], tuple)):
        return repr(roi)
    # With times it may have thousands of boxes.
    return f"<{len(roi)} boxes from {roi[0][0]} to {roi[-1][0]} s>"
