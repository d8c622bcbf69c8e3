"""The compiled core: opaque handles and plain data; the public classes are in ``emos_io.media``.

Times cross this wall as exact pairs ``(numerator, denominator)`` in seconds of media time, denominator positive; those
that go in must fit in 64 bits signed. Every call that reads runs without the GIL and answers Ctrl-C. Errors are those
of ``emos_io.errors``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, final

__all__ = [
    "Array",
    "DimensionOrder",
    "Fit",
    "FrameSlots",
    "Frames",
    "Geometry",
    "GopPackets",
    "OnError",
    "Reader",
    "Samples",
    "Sampling",
    "WindowStream",
    "cpu_flags",
    "decoders",
    "libraries",
]

_Time = tuple[int, int]
_Box = tuple[int, int, int, int]
_Pair = tuple[int, int]

@final
class OnError:
    """What damage does."""

    RAISE: ClassVar[OnError]
    MASK: ClassVar[OnError]

@final
class Fit:
    """What happens where a frame and its size have other proportions."""

    STRETCH: ClassVar[Fit]
    PAD: ClassVar[Fit]
    CROP: ClassVar[Fit]

@final
class DimensionOrder:
    """The order of the axes of frames."""

    THWC: ClassVar[DimensionOrder]
    TCHW: ClassVar[DimensionOrder]

@final
class Geometry:
    """How frames are cropped and scaled.

    ``size`` is None (native), an int (the short side, aspect kept) or (height, width); ``roi`` is a list of
    ``(time, (left, top, right, bottom))`` in displayed pixels, sorted by time; each box applies until the next.
    """

    def __new__(
        cls,
        size: int | tuple[int, int] | None = None,
        fit: Fit = ...,
        roi: Sequence[tuple[_Time, _Box]] | None = None,
        dimension_order: DimensionOrder = ...,
    ) -> Geometry: ...

@final
class Sampling:
    """Which frames of a span are read.

    Every frame on screen; or those of the grid of ``fps``, whose rate is lowered where it has more than ``max_frames``
    times; or those at the ``centres`` of so many equal parts. ``hold_last`` keeps the last frame of the track on screen.
    """

    def __new__(
        cls,
        fps: _Time | None = None,
        max_frames: int | None = None,
        centres: int | None = None,
        hold_last: bool = False,
    ) -> Sampling: ...

@final
class Array:
    """Memory that came from the core; numpy reads and writes it through the buffer protocol (flat, C order)."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> Literal["uint8", "float32", "int64"]: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class Frames:
    """Frames. ``data`` is None where the caller's ``out`` was filled."""

    @property
    def data(self) -> Array | None: ...
    @property
    def shape(self) -> tuple[int, int, int, int]: ...
    @property
    def ticks(self) -> tuple[Array, Array, _Time] | None:
        """int64 pts and duration of each frame and the unit of ``Reader.timeline``; the least int64 where not valid.

        None where a tick does not fit in 64 bits.
        """
    def exact(self) -> tuple[list[_Time | None], list[_Time | None]]:
        """The pts and duration of each frame as pairs of any size; None where not valid."""
    @property
    def valid(self) -> Array:
        """uint8, 0 or 1 for each frame."""
    @property
    def damaged(self) -> Array:
        """uint8, 0 or 1 for each frame."""

@final
class FrameSlots:
    """Which frames a call reads, without their pixels."""

    @property
    def indices(self) -> Array:
        """int64: for each slot the index of its frame in display order; -1 where no frame is on screen."""
    @property
    def ticks(self) -> tuple[Array, Array, _Time] | None:
        """As those of `Frames`; the least int64 where no frame is on screen."""
    def exact(self) -> tuple[list[_Time | None], list[_Time | None]]:
        """As that of `Frames`; None where no frame is on screen."""

@final
class GopPackets:
    """The packets of a GOP in decoding order; see ``emos_io.media.gops``."""

    @property
    def packets(self) -> tuple[bytes, ...]: ...
    @property
    def ranks(self) -> Array:
        """int64: for each packet the rank of its frame among those that come out; -1 for a packet without a frame."""
    @property
    def keys(self) -> Array:
        """uint8, 0 or 1 for each packet."""
    @property
    def frames(self) -> Array:
        """int64: for each rank the index of the frame in display order of the track.

        It is -1 where the frame is of another GOP, or is not presented.
        """
    @property
    def starts_clean(self) -> bool: ...
    @property
    def is_damaged(self) -> bool: ...
    @property
    def has_fields(self) -> bool: ...

@final
class Samples:
    """Audio, float32 ``[C, N]``. ``data`` is None where the caller's ``out`` was filled."""

    @property
    def data(self) -> Array | None: ...
    @property
    def shape(self) -> tuple[int, int]: ...
    @property
    def first_sample(self) -> int: ...
    @property
    def sample_rate(self) -> int: ...
    @property
    def valid(self) -> list[tuple[int, int]]:
        """Ranges ``[first, end)`` of valid samples, relative to the array, sorted and disjoint."""
    @property
    def damaged(self) -> list[tuple[int, int]]:
        """Ranges of samples that are lost to damage or come from data marked as damaged, as those of `valid`."""

@final
class WindowStream:
    """Windows in order; each frame and sample is decoded once; memory is bounded."""

    def __iter__(self) -> WindowStream: ...
    def __next__(self) -> tuple[Frames | None, Samples | None]: ...
    def read(self, frames: object = None, samples: object = None) -> tuple[Frames | None, Samples | None] | None:
        """The next window, written to the caller's memory where it is given; None after the last one."""
    def next_shapes(self) -> tuple[tuple[int, int, int, int] | None, tuple[int, int] | None] | None:
        """The shapes of frames and of samples of the next window, without decoding; None for an absent track."""
    @property
    def index(self) -> int:
        """How many windows were returned."""

@final
class Reader:
    """One opened media source."""

    def __new__(
        cls,
        source: object,
        *,
        name: str,
        video: int | str | Literal[False] | None = None,
        audio: int | str | Literal[False] | None = None,
        on_error: OnError = ...,
        num_threads: int | None = None,
        index: bytes | None = None,
    ) -> Reader:
        """Open ``source``.

        ``source`` is ``os.fsencode``-d path bytes wrapped as ``("path", bytes)``, ``("bytes", buffer)`` or
        ``("file", object with read and seek)``. ``name`` stands for it in errors and logs, as ``errors.escaped`` writes it.
        """
    def metadata(self) -> dict[str, Any]:
        """Plain data, the keys of ``emos probe`` (times as pairs), see ``emos_io.media.metadata``."""
    def timeline(self) -> tuple[Array, Array, Array, _Time]:
        """int64 pts, int64 duration, uint8 key flag of every frame in display order, and the unit of the ticks."""
    def frames_played_at(
        self, times: Sequence[_Time], geometry: Geometry, out: object = None, hold_last: bool = False
    ) -> Frames: ...
    def frames_by_index(self, indices: Sequence[int], geometry: Geometry, out: object = None) -> Frames: ...
    def frames_in(
        self, span: tuple[_Time, _Time] | None, sampling: Sampling, geometry: Geometry, out: object = None
    ) -> Frames:
        """Frames of a span, or without one of that of the video track."""
    def samples_in(
        self,
        start: _Time,
        end: _Time,
        sample_rate: int | None,
        num_channels: int | None,
        out: object = None,
    ) -> Samples: ...
    def windows(
        self,
        spans: Sequence[tuple[_Time, _Time]],
        sampling: Sampling,
        geometry: Geometry,
        sample_rate: int | None,
        num_channels: int | None,
        skip: int = 0,
    ) -> WindowStream:
        """Windows over ``spans`` (starts not decreasing), without the first ``skip``."""
    def frames_shape(
        self, span: tuple[_Time, _Time] | None, sampling: Sampling, geometry: Geometry
    ) -> tuple[int, int, int, int] | None:
        """The shape that ``frames_in`` would return, without decoding; None where there is no video."""
    def slots_played_at(self, times: Sequence[_Time], hold_last: bool = False) -> FrameSlots:
        """Which frames ``frames_played_at`` reads. The errors are those of that call, but for decoding; so for the others."""
    def slots_by_index(self, indices: Sequence[int]) -> FrameSlots: ...
    def slots_in(self, span: tuple[_Time, _Time] | None, sampling: Sampling) -> FrameSlots: ...
    def codec_data(self) -> dict[str, Any]:
        """The fields of ``emos_io.media.gops.CodecData``.

        But: ``pixel_format`` may be None, ``is_interlaced`` is a bool or None in place of ``field_order``, and
        ``orientation`` is (transpose, flip_horizontal, flip_vertical).
        """
    def gop_numbers(self, indices: Sequence[int]) -> Array:
        """int64: the number of the GOP of each frame; indices do not count from the end."""
    def gop_amounts(self) -> tuple[Array, Array, Array]:
        """int64: frames, packets and bytes of each GOP."""
    def gop_packets(self, gop: int) -> GopPackets:
        """The packets of a GOP, read from the source."""
    def frame_layout(self, geometry: Geometry) -> tuple[_Box, _Pair, _Pair, _Pair] | None:
        """The fields of ``emos_io.media.gops.FrameLayout``; None where boxes change over time."""
    def save_index(self) -> bytes: ...
    def packet_bytes(self) -> bytes:
        """Streams, time bases, and pts, size and flags of every packet: what a digest of the file is made of."""
    def counters(self) -> dict[str, int]:
        """``frames_decoded``, ``frames_delivered``, ``packets_skipped``, ``audio_packets_decoded`` since opening."""

def libraries() -> dict[str, str]:
    """Name and version of each FFmpeg library in use, and the licence it was built under."""

def decoders() -> dict[str, list[str]]:
    """Names of the decoders at hand: ``{"video": [...], "audio": [...]}``."""

def cpu_flags() -> list[str]: ...
