"""Why frames are decoded on the CPU in a device's place: a fixed set of reasons, each logged once for a file."""

from __future__ import annotations

import logging
import threading
from enum import StrEnum

from ..errors import quoted

logger = logging.getLogger("emos_io.gpu")

MAX_LOGGED = 10_000
"""After so many pairs of file and reason the log begins again: memory is bounded."""


class Reason(StrEnum):
    """Why the CPU decodes. The first ones are known of a file, or of a region of interest; the others of a GOP."""

    CODEC = "the device does not decode the codec"
    DEPTH = "the video has more than 8 bits"
    ALPHA = "the video has alpha"
    CHROMA = "the video is not 4:2:0"
    INTERLACED = "the video is interlaced"
    PALETTE = "palettes come beside the packets"
    LONG_GOP = "a GOP is over the stated size"
    COLORS = "no correction explains the device's colours"
    ROI = "the region of interest changes over time"
    SIZE_CHANGE = "the size changes within the video"
    REFRESH = "the video begins to be clean after the keyframe"
    DAMAGE = "packets are damaged"
    BITSTREAM = "headers of the packets are not understood"
    DECODER = "the device's decoder failed"


_logged: set[tuple[str, Reason]] = set()
_lock = threading.Lock()


def log_once(path: str, reason: Reason, detail: str = "") -> None:
    """Log that frames of a file are decoded on the CPU, the first time in this process that there is this reason for it.

    Args:
        path: The name of the source.
        reason: Why.
        detail: What the device's decoder said; may be empty.
    """
    with _lock:
        if (path, reason) in _logged:
            return
        if len(_logged) >= MAX_LOGGED:
            _logged.clear()
        _logged.add((path, reason))
    cause = " ".join(f"{reason} ({detail})".split()) if detail else reason
    logger.warning("frames are decoded on the CPU: %s: %s", cause, quoted(path))
