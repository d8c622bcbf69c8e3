"""A second decoder behind the seam: PyAV decodes what the writer made, in memory of numpy, with or without DALI."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import numpy.typing as npt

from emos_io.errors import DecodeError
from emos_io.gpu.decoder import ColorChange
from emos_io.gpu.matroska import write_matroska
from emos_io.media import CodecData, DeviceArray, DimensionOrder, FrameLayout, GopPackets

if TYPE_CHECKING:
    from typing_extensions import CapsuleType

_Planes = npt.NDArray[np.float64]
_Pixels = npt.NDArray[np.uint8]


class AvArray:
    """Memory of numpy that is no numpy array."""

    def __init__(self, pixels: _Pixels) -> None:
        self.pixels = np.ascontiguousarray(pixels)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.pixels.shape

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        return self.pixels.dtype

    @property
    def device(self) -> str:
        return "cpu"

    def __dlpack__(self, **options: object) -> CapsuleType:
        return self.pixels.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.pixels.__dlpack_device__()


class AvDecoder:
    """A `DeviceDecoder` of frames at their own size.

    Args:
        to_rgb: What it makes of Y, Cb and Cr ``[H, W, 3]`` of 4:4:4, levels of 255; None for what FFmpeg makes of them.
        device: What it says that it is.

    Attributes:
        calls: The ranks that were asked for, call by call.
        failing: Calls, by their number, that say that the device did not decode.
        before: It is called before each call.
    """

    def __init__(self, to_rgb: Callable[[_Planes], _Planes] | None = None, device: str = "dali-cpu") -> None:
        self._to_rgb, self.device = to_rgb, device
        self.codecs = frozenset({"vp8", "vp9", "mjpeg", "h264", "hevc", "av1"})
        self.calls: list[list[int]] = []
        self.failing: set[int] = set()
        self.before: Callable[[], object] = lambda: None

    def frames(
        self,
        packets: GopPackets,
        codec: CodecData,
        count: int,
        wanted: Sequence[int],
        size: FrameLayout,
        color: ColorChange | None = None,
    ) -> AvArray:
        self.before()
        self.calls.append(list(wanted))
        if len(self.calls) - 1 in self.failing:
            raise DecodeError("the device is tired")
        try:
            with av.open(io.BytesIO(write_matroska(packets, codec)), "r") as container:
                frames = [self._pixels(frame) for frame in container.decode(video=0)]
        except av.error.FFmpegError as error:
            raise DecodeError(str(error)) from error
        if len(frames) != count:
            raise DecodeError(f"{len(frames)} frames came out, not {count}")
        chosen = np.stack([frames[rank] for rank in wanted])
        if color is not None:
            changed = chosen @ np.array(color.matrix).T + np.array(color.offset)
            chosen = np.clip(np.rint(changed), 0, 255).astype(np.uint8)
        if codec.orientation.transpose:
            chosen = chosen.transpose(0, 2, 1, 3)
        chosen = chosen[:, :, ::-1] if codec.orientation.flip_horizontal else chosen
        chosen = chosen[:, ::-1] if codec.orientation.flip_vertical else chosen
        left, top, right, bottom = size.area
        assert size.scaled == size.output == (bottom - top, right - left), "frames are not scaled here"
        return AvArray(chosen[:, top:bottom, left:right])

    def gather(
        self, chunks: Sequence[DeviceArray], order: Sequence[Sequence[int]], dimension_order: DimensionOrder
    ) -> AvArray:
        several = [np.from_dlpack(chunk)[list(rows)] for chunk, rows in zip(chunks, order, strict=True)]
        frames = np.concatenate(several)
        return AvArray(frames if dimension_order == "THWC" else frames.transpose(0, 3, 1, 2))

    def upload(self, frames: _Pixels) -> AvArray:
        return AvArray(frames.copy())

    def download(self, frames: DeviceArray) -> _Pixels:
        copied: _Pixels = np.from_dlpack(frames).astype(np.uint8)
        return copied

    def close(self) -> None:
        pass

    def _pixels(self, frame: av.VideoFrame) -> _Pixels:
        if self._to_rgb is None:
            return frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
        assert frame.format.name in ("yuv444p", "yuvj444p"), "the formula is that of full chroma"
        planes = np.stack([_plane(plane, frame) for plane in frame.planes], axis=-1)
        return np.clip(np.rint(self._to_rgb(planes)), 0, 255).astype(np.uint8)


def _plane(plane: Any, frame: av.VideoFrame) -> _Planes:
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width].astype(np.float64)
