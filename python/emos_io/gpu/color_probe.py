"""Frames of a file on the device and on the CPU, to see what the device makes of its colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import DecodeError
from ..media import FrameFormat, GopSource
from .colors import TOLERANCE, ColorProbe, KnownColors, Tags
from .decoder import ColorChange, DeviceDecoder
from .fallback import Reason
from .gop_reading import Refused, ready_gop

MAX_PROBES = 4
"""Of how many GOPs a frame is decoded, spread over the file: the first may be grey, or one that does not go to the device."""

_known = KnownColors()


@dataclass(frozen=True, slots=True)
class Colors:
    """What the probe of a file found.

    Attributes:
        change: How the colours of the device are changed; None for not at all.
        refusal: Why the device must not decode the file; None where it may.
        detail: What was measured, or what the device's decoder said, for the log.
    """

    change: ColorChange | None = None
    refusal: Reason | None = None
    detail: str = ""


def probed_colors(decoder: DeviceDecoder, source: GopSource) -> Colors:
    """Compare first frames of GOPs, at their own size, until it is clear how the colours must be changed.

    A GOP that does not go to the device decides nothing. Where the device's decoder fails at each of them, it decodes the file
    no better later.
    """
    codec = source.codec_data
    probe, native = ColorProbe(Tags.of(codec)), FrameFormat.checked(None, "stretch", None, "THWC", has_out=False)
    seen, failed = 0, ""
    for gop in _spread(len(source.amounts.num_frames)):
        try:
            pair = _frames_of(decoder, source, gop, native)
        except Refused:
            continue
        except DecodeError as error:
            failed = str(error)
            continue
        if pair is None:
            continue
        seen += 1
        probe.add(*pair)
        if probe.is_clear:
            break
    if not seen:
        return Colors(refusal=Reason.DECODER, detail=failed) if failed else Colors()
    change, difference = _known.choose(decoder.device, codec.codec, Tags.of(codec), probe)
    if difference > TOLERANCE:
        return Colors(refusal=Reason.COLORS, detail=f"{difference:.1f} levels on average, at most {TOLERANCE}")
    return Colors(change)


def _spread(count: int) -> list[int]:
    return sorted({count * step // MAX_PROBES for step in range(MAX_PROBES)}) if count else []


def _frames_of(
    decoder: DeviceDecoder, source: GopSource, gop: int, native: FrameFormat
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]] | None:
    """Return the first presented frame of a GOP of both; None where the CPU has none that is fine.

    Raises:
        Refused: The GOP does not go to the device.
        DecodeError: The device did not decode it.
    """
    ready, layout = ready_gop(source, gop, decoder.device), source.layout(native)
    assert layout is not None, "without a region of interest nothing changes over time"
    frame = min(ready.ranks, default=None)
    if frame is None:
        return None
    try:
        data, valid, damaged = source.cpu_frames(np.array([frame]), native)
    except DecodeError:
        return None
    if damaged[0] or not valid[0]:
        return None
    decoded = decoder.frames(ready.packets, ready.codec, ready.packets.count, [ready.ranks[frame]], layout)
    return decoder.download(decoded)[0], data[0]
