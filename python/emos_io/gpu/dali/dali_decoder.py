"""`DeviceDecoder` on DALI: frame numbers are checked here, the rest is DALI's pipelines."""

from __future__ import annotations

import operator
import sys
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...errors import DecodeError, InvalidArgument, short_repr
from ...media import CodecData, DeviceArray, DimensionOrder, FrameLayout, GopPackets
from ..decoder import ColorChange
from ..devices import DeviceName
from ..matroska import write_matroska
from .arrays import DaliArray
from .pipelines import Gather, Recipe, TensorList, Upload
from .pool import PipelinePool
from .processes import check_process
from .reasons import reason
from .steps import decoding

_CODECS_OF_CPU = frozenset({"mjpeg", "vp8", "vp9"})
_CODECS_OF_CUDA = frozenset({"av1", "h264", "hevc", "mjpeg", "mpeg4", "vp8", "vp9"})
_ON_CPU = "leave device out (None) to decode on the CPU"
_FEWEST_CHUNKS = 8
"""Of a gathering pipeline: fewer kinds of pipelines are kept in the pool."""


class DaliDecoder:
    """Decodes with DALI: on a CUDA device by NVDEC, or on the CPU.

    Pipelines are built when they are first needed, and idle ones are kept. They have threads, so a process that has decoded
    must not fork and decode in the child: every call raises an error there.

    Scaling is DALI's linear filter on the cropped area: triangles as wide as two pixels of the area, or of the output where
    that is smaller (antialiasing), with the pixels at the edges repeated; rounded once. Frames of the same size are not
    filtered.

    DALI, and the FFmpeg inside of it, write about damaged packets to stderr by themselves.

    On CUDA the same pipelines have DALI's operators for GPUs. They were not run for the tests of this package.

    Args:
        device: ``"cuda:0"`` and so on, or ``"dali-cpu"``; see `check_device`.
    """

    def __init__(self, device: DeviceName) -> None:
        self._device = device
        self._device_id = None if device == "dali-cpu" else int(device.partition(":")[2])
        self._pool = PipelinePool(self._device_id)

    @property
    def device(self) -> str:
        """``"cuda:0"``, or ``"dali-cpu"``."""
        return self._device

    @property
    def codecs(self) -> frozenset[str]:
        """FFmpeg's names of the codecs that it may decode.

        On CUDA not every GPU decodes all of them, nor all their profiles: what it lacks fails at the first GOP.
        """
        return _CODECS_OF_CPU if self._device_id is None else _CODECS_OF_CUDA

    def frames(
        self,
        packets: GopPackets,
        codec: CodecData,
        count: int,
        wanted: Sequence[int],
        size: FrameLayout,
        color: ColorChange | None = None,
    ) -> DeviceArray:
        """Return frames of a GOP as uint8 ``[len(wanted), H, W, 3]``, upright; see `DeviceDecoder`.

        Raises:
            InvalidArgument: A rank is not in [0, count), or this is a forked child.
            DecodeError: DALI did not decode it; the text has its reason.

        Cost: every frame up to the last wanted rank is decoded.
        """
        check_process(self._device, uses=True)
        ranks = [_index(value, count, "wanted") for value in wanted]
        if not ranks:
            return self.upload(np.zeros((0, *size.output, 3), np.uint8))
        if codec.codec not in self.codecs:
            raise DecodeError(f"{self._device} has no decoder of {codec.codec}; {_ON_CPU}")
        needed = sorted(set(ranks))
        recipe, inputs = decoding(codec, size, color)
        coded = np.frombuffer(write_matroska(packets, codec), np.uint8)
        outputs = self._run(recipe, coded=[coded], ranks=[np.array(needed, np.int32)], **inputs)
        decoded = np.asarray(outputs[1][0]).tolist()
        # DALI takes the size of the file's header; on a GPU it could be the coded one.
        if decoded != [len(needed), codec.height, codec.width, 3]:
            raise DecodeError(
                f"{self._device} decoded frames of another size, {decoded} for {codec.height}x{codec.width}; {_ON_CPU}"
            )
        chunk = DaliArray(outputs[0].as_reshaped_tensor([len(needed), *size.output, 3]), self._device_id)
        if ranks == needed:
            return chunk
        at = {rank: index for index, rank in enumerate(needed)}
        return self.gather([chunk], [[at[rank] for rank in ranks]], "THWC")

    def gather(
        self, chunks: Sequence[DeviceArray], order: Sequence[Sequence[int]], dimension_order: DimensionOrder
    ) -> DeviceArray:
        """Return the frames ``chunks[i][k] for k in order[i]``, one after another, in memory of its own.

        Args:
            chunks: At least one, arrays of this decoder ``[n, H, W, 3]`` of one size.
            order: For each chunk, which of its frames, in any order, repeats allowed; may be empty.
            dimension_order: ``"THWC"``, or ``"TCHW"``: both are contiguous.

        Raises:
            InvalidArgument: The chunks have several sizes, or do not have such frames, or this is a forked child.
        """
        check_process(self._device, uses=True)
        height, width = _one_size(chunks)
        if len(order) != len(chunks):
            raise InvalidArgument(
                f"order must have a sequence for each of {len(chunks)} chunks, got {len(order)}; give an empty one for no frame"
            )
        tensors, orders = [], []
        for chunk, each in zip(chunks, order, strict=True):
            own = self._own(chunk)
            if len(each):
                tensors.append(own.tensor)
                orders.append(np.array([_index(value, chunk.shape[0], "order") for value in each], np.int32))
        count = sum(map(len, orders))
        shape = [count, height, width, 3] if dimension_order == "THWC" else [count, 3, height, width]
        if not count:
            return self._uploaded(np.zeros(shape, np.uint8))
        capacity = max(_FEWEST_CHUNKS, 1 << (len(tensors) - 1).bit_length())
        (gathered,) = self._run(Gather(capacity, dimension_order == "TCHW"), chunks=tensors, order=orders)
        return DaliArray(gathered.as_reshaped_tensor(shape), self._device_id)

    def upload(self, frames: npt.NDArray[np.uint8]) -> DeviceArray:
        """Return a copy of frames of the CPU, uint8 ``[T, H, W, 3]``, on the device."""
        check_process(self._device, uses=True)
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
            raise InvalidArgument(
                f"frames must be uint8 [T, H, W, 3], got {frames.dtype} {list(frames.shape)}; give RGB"
            )
        return self._uploaded(frames)

    def download(self, frames: DeviceArray) -> npt.NDArray[np.uint8]:
        """Return a copy of frames of this decoder, in memory of the CPU.

        Raises:
            InvalidArgument: They are no array of this decoder, or this is a forked child.
        """
        check_process(self._device, uses=True)
        return np.array(self._own(frames).tensor.as_cpu())

    def close(self) -> None:
        """Drop the idle pipelines and memory that DALI keeps. Closing twice is fine; arrays stay valid, the decoder too."""
        check_process(self._device, uses=False)
        self._pool.close()
        if backend := sys.modules.get("nvidia.dali.backend"):
            backend.ReleaseUnusedMemory()

    def _own(self, frames: DeviceArray) -> DaliArray:
        if not isinstance(frames, DaliArray) or frames.device_id != self._device_id:
            raise InvalidArgument(
                f"frames must be arrays of the decoder of {self._device}, got {short_repr(frames)}; upload them to it"
            )
        return frames

    def _uploaded(self, frames: npt.NDArray[np.uint8]) -> DaliArray:
        (uploaded,) = self._run(Upload(), frames=[np.ascontiguousarray(frames)])
        return DaliArray(uploaded.as_reshaped_tensor(frames.shape), self._device_id)

    def _run(self, recipe: Recipe, **inputs: object) -> tuple[TensorList, ...]:
        try:
            with self._pool.acquired(recipe) as pipeline:
                return pipeline.run(**inputs)
        except RuntimeError as error:
            raise DecodeError(f"{self._device} did not decode it ({reason(error)}); {_ON_CPU}") from error


def _index(value: int, count: int, name: str) -> int:
    index = operator.index(value)
    if not 0 <= index < count:
        raise InvalidArgument(f"{name} must be numbers of frames in [0, {count}), got {index}; count them from 0")
    return index


def _one_size(chunks: Sequence[DeviceArray]) -> tuple[int, int]:
    sizes = {chunk.shape[1:] for chunk in chunks}
    if len(sizes) != 1:
        raise InvalidArgument(
            f"chunks must be at least one, of one size, got {short_repr(sorted(sizes))}; scale them alike"
        )
    height, width, _ = sizes.pop()
    return height, width
