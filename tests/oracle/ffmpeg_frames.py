"""Frames as the ffmpeg command line decodes, scales and converts them."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from . import ffprobe
from .remember import remember

NATIVE = "scale=flags=bicubic,format=rgb24"
"""What a plain `-pix_fmt rgb24` does: a size equal to the native one is native."""


def scaled(height: int, width: int) -> str:
    """The filter for another size: one pass, from planes to RGB."""
    return f"scale={width}:{height}:flags=bilinear,format=rgb24"


def cut_and_scaled(left: int, top: int, right: int, bottom: int, height: int, width: int) -> str:
    """The filter for a box that is cut from the planes and then scaled."""
    return f"crop={right - left}:{bottom - top}:{left}:{top}:exact=1,{scaled(height, width)}"


def sha256(frame: npt.NDArray[np.uint8]) -> str:
    """Hash of one frame, uint8 RGB in C order."""
    return hashlib.sha256(np.ascontiguousarray(frame).data).hexdigest()


def command(path: Path, index: int, filters: str) -> list[str]:
    """The command that writes every frame of a stream as raw RGB."""
    return [
        *["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i", str(path), "-map", f"0:{index}"],
        # After a change of size ffmpeg itself scales to the size of the first frame.
        *["-fps_mode", "passthrough", "-vf", filters, "-f", "rawvideo", "-"],
    ]


def frames(path: Path, index: int, filters: str, size: tuple[int, int]) -> Iterator[npt.NDArray[np.uint8]]:
    """Every frame of a stream, one at a time; `size` is the (height, width) that `filters` give."""
    height, width = size
    length = height * width * 3
    run = subprocess.Popen(command(path, index, filters), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert run.stdout is not None
    try:
        while data := run.stdout.read(length):
            assert len(data) == length, f"ffmpeg ended in mid-frame: {len(data)} of {length} bytes"
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
    finally:
        run.stdout.close()
        run.wait()


def hashes(path: Path, size: tuple[int, int] | None = None, *, index: int | None = None) -> list[str]:
    """sha256 of every frame, at the displayed size or at another (height, width)."""
    stream = ffprobe.stream_of(path, "video", index)
    native = stream.displayed
    filters = NATIVE if size is None or size == native else scaled(*size)
    return filtered_hashes(path, filters, native if size is None else size, index=stream.index)


def filtered_hashes(path: Path, filters: str, size: tuple[int, int], *, index: int | None = None) -> list[str]:
    """sha256 of every frame that a chain of filters gives."""
    stream = ffprobe.stream_of(path, "video", index).index

    def compute() -> list[str]:
        return [sha256(frame) for frame in frames(path, stream, filters, size)]

    return list(remember(path, [*command(path, stream, filters), f"{size}"], compute))
