"""Frames and audio as text that a page can contain."""

from __future__ import annotations

import base64
import io
import wave

import numpy as np
import numpy.typing as npt

_FULL_SCALE = 32_768


def data_uri(media_type: str, data: bytes) -> str:
    """Return ``data:media_type;base64,...``."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def png(frame: npt.NDArray[np.uint8]) -> bytes:
    """Return a PNG file of a frame, uint8 RGB ``[H, W, 3]``, without loss."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(frame).save(file, "PNG")
    return file.getvalue()


def wav(samples: npt.NDArray[np.float32], sample_rate: int) -> bytes:
    """Return a 16-bit WAV file of samples, float32 ``[C, N]``, full scale [-1, 1]; louder samples are clipped.

    Samples that were decoded from 16 bits keep their values.
    """
    integers = np.clip(np.rint(samples.astype(np.float64) * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(samples.shape[0])
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        out.writeframes(integers.astype("<i2").T.tobytes())
    return file.getvalue()


def thumbnail(frame: npt.NDArray[np.uint8], height: int) -> npt.NDArray[np.uint8]:
    """Return a frame reduced by an integer factor to at least `height` pixels high; a lower frame keeps its size."""
    from PIL import Image

    factor = max(1, frame.shape[0] // height)
    return np.asarray(Image.fromarray(frame).reduce(factor))
