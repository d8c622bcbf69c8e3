"""One opened source on one device."""

from __future__ import annotations

from ..media import FrameBackend, GopSource
from .decoders import open_decoder


def check_device(device: object) -> str:
    """Return the name of a device that can be used in this process, with its number."""
    return open_decoder(device).device  # type: ignore[arg-type]


def open_frames(device: str, source: GopSource) -> FrameBackend:
    """Return the backend of a device for one source."""
    raise NotImplementedError
