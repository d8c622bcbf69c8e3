"""Pictures and sound as text that a page can carry."""

from __future__ import annotations

import base64
import io
import struct
import wave
import zlib

import numpy as np
import numpy.typing as npt

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _PAETH = 2, 4
_FULL_SCALE = 32_768


def data_uri(kind: str, data: bytes) -> str:
    """Return ``data:kind;base64,...``."""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def png(picture: npt.NDArray[np.uint8]) -> bytes:
    """Return a PNG file of a picture, uint8 RGB ``[H, W, 3]``, without loss."""
    height, width = picture.shape[:2]
    filtered = np.empty((height, 1 + width * 3), dtype=np.uint8)
    filtered[:, 0] = _PAETH
    filtered[:, 1:] = _less_prediction(picture).reshape(height, width * 3)
    header = struct.pack(">IIBBBBB", width, height, 8, _RGB, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(filtered.tobytes(), 6)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _less_prediction(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return what is left of each byte after the Paeth prediction of PNG, modulo 256: uint8 ``[H, W, 3]``."""
    here = picture.astype(np.int16)
    framed = np.pad(here, ((1, 0), (1, 0), (0, 0)))
    left, above, corner = framed[1:, :-1], framed[:-1, 1:], framed[:-1, :-1]
    to_left, to_above = np.abs(above - corner), np.abs(left - corner)
    to_corner = np.abs(left + above - 2 * corner)
    # Equal distances go to the left, then to the one above: the order is part of the format.
    second = np.where(to_above <= to_corner, above, corner)
    predicted = np.where((to_left <= to_above) & (to_left <= to_corner), left, second)
    return (here - predicted).astype(np.uint8)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def wav(samples: npt.NDArray[np.float32], sample_rate: int) -> bytes:
    """Return a 16-bit WAV file of samples, float32 ``[C, N]``, full scale [-1, 1]; louder ones are cut off.

    Samples that were read from 16 bits come out as they were.
    """
    whole = np.clip(np.rint(samples.astype(np.float64) * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(samples.shape[0])
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        out.writeframes(whole.astype("<i2").T.tobytes())
    return file.getvalue()


def thumbnail(picture: npt.NDArray[np.uint8], height: int) -> npt.NDArray[np.uint8]:
    """Return a picture made smaller by a whole factor, at least `height` pixels high unless it was lower before."""
    factor = max(1, picture.shape[0] // height)
    rows, columns = picture.shape[0] // factor, max(1, picture.shape[1] // factor)
    kept = picture[: rows * factor, : columns * factor]
    if kept.shape[1] < factor:
        return picture
    means: npt.NDArray[np.float64] = kept.reshape(rows, factor, columns, factor, 3).mean(axis=(1, 3))
    return np.rint(means).astype(np.uint8)
