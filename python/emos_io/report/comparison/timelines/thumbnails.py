"""Small frames of an item in one image, at equal distances in time."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ....media import Media, VideoTrack
from ....spans import Span
from ...encode import data_uri

MOST_THUMBNAILS = 24
"""How many thumbnails an item has."""
HEIGHT = 54
"""Pixels."""
_WIDTHS = 16, 128
"""The least and the most pixels; a frame of another shape stands on black."""
_QUALITY = 60


@dataclass(frozen=True, slots=True)
class Strip:
    """Thumbnails beside each other in one JPEG; number k is on screen at ``(k + 1/2) d / N`` of an item of d seconds.

    Attributes:
        uri: The image, as a data URI.
        width, height: Pixels of one thumbnail.
        valid: For each of N whether there is a frame; it is black where not.
        damaged: For each whether it is damaged.
    """

    uri: str
    width: int
    height: int
    valid: tuple[bool, ...]
    damaged: tuple[bool, ...]


def read_strip(media: Media, duration: Fraction, *, num: int = MOST_THUMBNAILS) -> Strip:
    """Return thumbnails of ``[0, duration)``.

    Args:
        media: Media with a video track, opened with ``on_error="mask"``.
        duration: Seconds of the item, above 0.
        num: How many thumbnails, N.

    Raises:
        EmosError: The media cannot be read.

    Cost: what lies between two keyframes is decoded for each, at most N times, and memory holds N thumbnails.
    """
    from PIL import Image

    track = media.metadata.video
    assert track is not None, "callers look for the track"
    width = round(HEIGHT * _shape(track))
    kept = min(max(width, _WIDTHS[0]), _WIDTHS[1])
    video = media.frames_uniform(num, Span(0, duration), size=(HEIGHT, kept), fit="stretch" if width == kept else "pad")
    strip = np.concatenate(list(video.data), axis=1)
    file = io.BytesIO()
    Image.fromarray(strip).save(file, "JPEG", quality=_QUALITY, optimize=True)
    valid, damaged = tuple(map(bool, video.valid)), tuple(map(bool, video.damaged))
    return Strip(data_uri("image/jpeg", file.getvalue()), kept, HEIGHT, valid, damaged)


def _shape(track: VideoTrack) -> Fraction:
    """Return width by height as displayed: pixels need not be square, and their ratio is that before rotation."""
    ratio = track.sample_aspect_ratio or Fraction(1)
    return Fraction(track.width, track.height) * (ratio if track.rotation % 180 == 0 else 1 / ratio)
