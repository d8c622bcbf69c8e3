"""What media leave this machine, counted from the plan before any file is opened."""

from __future__ import annotations

from dataclasses import dataclass

from ..engine import Questions
from .encoding import SAMPLE_BYTES
from .options import ServerOptions

JPEG_BYTES_PER_PIXEL = 0.5
"""What a pixel of a talking face takes at quality 95, as a rule of thumb: the bytes are an estimate."""
_BASE64 = 4 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What would be sent, if every window can be read and each is asked once.

    Attributes:
        items: Clips and monologues.
        windows: Windows of them, one request each.
        frames: Frames of all windows.
        size: Height and width of a frame, in pixels.
        audio_seconds: Seconds of audio of all windows.
        num_bytes: An estimate of all bodies together.
        host: Host and port.
        is_encrypted: By TLS.
    """

    items: int
    windows: int
    frames: int
    size: tuple[int, int]
    audio_seconds: float
    num_bytes: int
    host: str
    is_encrypted: bool

    @property
    def text(self) -> str:
        """All of it as one line."""
        audio = f", {self.audio_seconds:,.1f} s of audio as WAV" if self.audio_seconds else ""
        way = "encrypted" if self.is_encrypted else "not encrypted"
        return (
            f"{self.windows:,} windows of {self.items:,} items go to {self.host} ({way}): {self.frames:,} frames of "
            f"{self.size[0]} x {self.size[1]} as JPEG{audio}, and what the prompt says of them; about "
            f"{_bytes_text(self.num_bytes)}"
        )


def leaving(questions: Questions, options: ServerOptions) -> Leaving:
    """Return what is sent where these questions are asked.

    Cost: one step for each window of the plan; no file is opened.
    """
    items, windows, frames, num_samples = set(), 0, 0, 0
    for window in questions.plan.windows():
        if window.key in questions.answered:
            continue
        items.add(window.item)
        windows += 1
        frames += questions.video.num_frames(window.span)
        num_samples += 0 if questions.audio is None else questions.audio.num_samples(window.span)
    height, width = questions.video.size
    channels, rate = (1, 1) if questions.audio is None else (questions.audio.num_channels, questions.audio.sample_rate)
    num_bytes = frames * height * width * JPEG_BYTES_PER_PIXEL + num_samples * channels * SAMPLE_BYTES
    return Leaving(
        items=len(items),
        windows=windows,
        frames=frames,
        size=(height, width),
        audio_seconds=num_samples / rate,
        num_bytes=round(num_bytes * _BASE64),
        host=options.host,
        is_encrypted=options.is_encrypted,
    )


def _bytes_text(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count} bytes"
