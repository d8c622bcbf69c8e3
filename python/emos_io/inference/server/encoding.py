"""Frames as JPEG and waveforms as WAV: what a server is sent of a window."""

from __future__ import annotations

import io
import wave
from base64 import b64encode

import numpy as np
import numpy.typing as npt

from .options import JPEG_QUALITY

SAMPLE_BYTES = 2
FULL_SCALE = 32768
"""Full scale of 16 bits: samples that came from 16 bits go back to the same integers."""
WAV_HEADER_BYTES = 44


def jpeg(frame: npt.NDArray[np.uint8], *, quality: int = JPEG_QUALITY) -> bytes:
    """Return a frame as JPEG, with colours at full size (4:4:4).

    Args:
        frame: uint8 ``[H, W, 3]``, RGB in [0, 255].
        quality: As Pillow counts it, 1 to 95.
    """
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame)).save(file, format="JPEG", quality=quality, subsampling=0)
    return file.getvalue()


def wav(waveform: npt.NDArray[np.float32], sample_rate: int) -> bytes:
    """Return a waveform as WAV of 16 bits: each sample is ``round(32768 x)``, cut to [-32768, 32767].

    Args:
        waveform: float32 ``[C, N]``, full scale [-1, 1].
        sample_rate: Samples a second.
    """
    samples = np.clip(np.rint(waveform.astype(np.float64) * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(len(waveform))
        writer.setsampwidth(SAMPLE_BYTES)
        writer.setframerate(sample_rate)
        writer.writeframes(np.ascontiguousarray(samples.T.astype("<i2")).tobytes())
    return file.getvalue()


def base64_text(data: bytes) -> str:
    """Return bytes as text of 64 letters."""
    return b64encode(data).decode("ascii")
