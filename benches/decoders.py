"""What is used of torchcodec and decord2, with types, and how they are opened.

Both are installed for `make bench` alone, decord2 has no types, and torchcodec does not export its names explicitly, so
`mypy --strict` sees neither. Everything they return passes through here.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor


class TorchCodecFrames(Protocol):
    """`torchcodec.FrameBatch`."""

    @property
    def data(self) -> Tensor: ...
    @property
    def pts_seconds(self) -> Tensor: ...


class TorchCodecSamples(Protocol):
    """`torchcodec.AudioSamples`."""

    @property
    def data(self) -> Tensor: ...


class TorchCodecMetadata(Protocol):
    """`torchcodec.decoders.VideoStreamMetadata`."""

    @property
    def end_stream_seconds(self) -> float | None: ...


class TorchCodecVideo(Protocol):
    """`torchcodec.decoders.VideoDecoder`."""

    @property
    def metadata(self) -> TorchCodecMetadata: ...
    def __len__(self) -> int: ...
    def get_frames_at(self, indices: list[int]) -> TorchCodecFrames: ...
    def get_frames_played_at(self, seconds: list[float]) -> TorchCodecFrames: ...


class TorchCodecAudio(Protocol):
    """`torchcodec.decoders.AudioDecoder`."""

    def get_all_samples(self) -> TorchCodecSamples: ...
    def get_samples_played_in_range(self, start_seconds: float, stop_seconds: float) -> TorchCodecSamples: ...


class DecordFrames(Protocol):
    """`decord.nd.NDArray` of frames."""

    def asnumpy(self) -> npt.NDArray[np.uint8]: ...


class DecordSamples(Protocol):
    """`decord.nd.NDArray` of samples."""

    def asnumpy(self) -> npt.NDArray[np.float32]: ...


class DecordVideo(Protocol):
    """`decord.VideoReader`."""

    def __len__(self) -> int: ...
    def get_batch(self, indices: list[int]) -> DecordFrames: ...
    def get_frame_timestamp(self, idx: range) -> npt.NDArray[np.float32]: ...


class DecordAudio(Protocol):
    """`decord.AudioReader`."""

    def __getitem__(self, index: slice) -> DecordSamples: ...


def torchcodec_video(
    path: str | Path, size: int | None = None, num_threads: int = 1, device: str | None = None
) -> TorchCodecVideo:
    """Open video with exact seeks and, where a size is given, resizing in the decoder. Its default is one thread."""
    options: dict[str, Any] = {"dimension_order": "NHWC", "num_ffmpeg_threads": num_threads}
    if device is not None:
        options["device"] = device
    if size is not None:
        options["transforms"] = [import_module("torchcodec.transforms").Resize((size, size))]
    decoder: TorchCodecVideo = import_module("torchcodec.decoders").VideoDecoder(path, **options)
    return decoder


def torchcodec_audio(path: str | Path, sample_rate: int) -> TorchCodecAudio:
    """Open audio, resampled and mixed to mono."""
    decoder: TorchCodecAudio = import_module("torchcodec.decoders").AudioDecoder(
        path, sample_rate=sample_rate, num_channels=1
    )
    return decoder


def decord_readers(path: Path, size: int, sample_rate: int) -> tuple[DecordVideo, DecordAudio]:
    """Open video, scaled, and audio, resampled and mixed to mono."""
    decord = import_module("decord")
    video: DecordVideo = decord.VideoReader(str(path), width=size, height=size)
    audio: DecordAudio = decord.AudioReader(str(path), sample_rate=sample_rate, mono=True)
    return video, audio
