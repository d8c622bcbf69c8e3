"""The frames and waveforms of a batch on a device: copied on streams of their own, with an event that says when they are there.

What is done for CUDA here has not run on a GPU yet.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from .device_frames import KDL_CUDA, BlankFrames, FrameArray, device_of, device_text

if TYPE_CHECKING:
    import torch

_LOCK = threading.Lock()
_STREAMS: dict[tuple[str, str], torch.cuda.Stream] = {}


def frames_tensor(rows: Sequence[FrameArray], length: int, like: FrameArray) -> torch.Tensor:
    """Return the frames of a batch as one tensor, on the device where they are; zeros after the frames of a row.

    Args:
        rows: The frames of each sample, all of one shape but for their number, on one device.
        length: Frames of a row of the batch.
        like: One of the rows, of the type of the batch.

    Returns:
        A contiguous tensor ``[B, length, ...]`` of the type of `like`. In memory of the CPU a single row that needs no
        padding is not copied: it is the sample's own memory. On CUDA it is copied too, since the memory of a decoder may be
        written again while kernels that read it still run; that of torch may not.
    """
    import torch

    device = device_of(rows[0])
    if device[0] == KDL_CUDA:
        name = device_text(device)
        with torch.cuda.stream(_stream(name, "frames")):
            batch, sources = _gathered(rows, length, like, name)
            copied = torch.cuda.current_stream(name).record_event()
        # The decoder may take its memory back only after it was read.
        copied.synchronize()
        sources.clear()
        return batch
    if len(rows) == 1 and rows[0].shape[0] == length:
        single = tensor_of(rows[0])
        if single.is_contiguous():
            return single[None]
    return _gathered(rows, length, like, "cpu")[0]


def _gathered(
    rows: Sequence[FrameArray], length: int, like: FrameArray, device: str
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Return the rows in one tensor, and the tensors that were read, which must outlive the copies."""
    import torch

    # Zeros that nobody has to read are not made.
    sources = [None if isinstance(row, BlankFrames) else tensor_of(row) for row in rows]
    dtype = torch.uint8 if isinstance(like, BlankFrames) else tensor_of(like).dtype
    batch = torch.empty((len(rows), length, *rows[0].shape[1:]), dtype=dtype, device=device)
    for row, source in zip(batch, sources, strict=True):
        count = 0 if source is None else len(source)
        if source is not None:
            row[:count].copy_(source, non_blocking=True)
        row[count:].zero_()
    return batch, [source for source in sources if source is not None]


def tensor_of(frames: FrameArray) -> torch.Tensor:
    """Return the same memory as a tensor."""
    from torch.utils.dlpack import from_dlpack

    return from_dlpack(frames)


def waveform_tensor(waveform: npt.NDArray[np.float32], device: tuple[int, int]) -> torch.Tensor:
    """Return the waveforms of a batch beside its frames: on CUDA through pinned memory, on a stream of its own.

    The copy may not have ended: who reads it waits for an event of `audio_event`.
    """
    import torch

    if device[0] != KDL_CUDA:
        return torch.from_numpy(waveform)
    name = device_text(device)
    with torch.cuda.stream(_stream(name, "audio")):
        # torch keeps the pinned memory until the copy has read it.
        return torch.from_numpy(waveform).pin_memory().to(name, non_blocking=True)


def audio_event(device: tuple[int, int]) -> torch.cuda.Event | None:
    """Return an event after the copies of this device's stream of audio; None without CUDA."""
    return _stream(device_text(device), "audio").record_event() if device[0] == KDL_CUDA else None


def _stream(device: str, kind: Literal["frames", "audio"]) -> torch.cuda.Stream:
    import torch

    with _LOCK:
        if (device, kind) not in _STREAMS:
            _STREAMS[device, kind] = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        return _STREAMS[device, kind]


def wait_for(event: torch.cuda.Event, tensors: Sequence[torch.Tensor]) -> None:
    """Let the current stream of this thread wait for an event, and keep tensors until what it does with them has ended."""
    import torch

    stream = torch.cuda.current_stream(event.device)
    stream.wait_event(event)
    keep_for_stream(tensors)


def event_after(event: torch.cuda.Event) -> torch.cuda.Event:
    """Return an event of the stream that is current for this thread on the device of another event."""
    import torch

    event_of: torch.cuda.Event = torch.cuda.current_stream(event.device).record_event()
    return event_of


def keep_for_stream(tensors: Sequence[torch.Tensor]) -> None:
    """Keep the memory of tensors on CUDA until what the current stream of this thread does with them has ended."""
    import torch

    for tensor in tensors:
        if tensor.is_cuda:
            tensor.record_stream(torch.cuda.current_stream(tensor.device))
