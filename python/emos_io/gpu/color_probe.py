"""Frames of a file on the device and on the CPU, to see what the device makes of its colours."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import DecodeError
from ..media import FrameFormat, GopSource
from .colors import TOLERANCE, ColorProbe, KnownColors, Tags
from .decoder import ColorChange, DeviceDecoder
from .fallback import Reason
from .gop_reading import Refused, ready_gop

MAX_LATER = 100
"""Frames of a GOP among which later ones are compared: all before them are decoded too."""
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
    """Compare first frames of GOPs, at their own size, until it is clear how the colours must be changed; then later ones.

    Where none of these GOPs goes to the device, or it fails at each of them, the file is refused: it would do no better later.
    """
    codec = source.codec_data
    tags, probe = Tags.of(codec), ColorProbe(Tags.of(codec))
    refusals: list[Colors] = []
    gops = _spread(np.flatnonzero(source.amounts.num_frames))
    for gop in gops:
        try:
            probe.add(*_frames_of(decoder, source, gop, 0))
        except Refused as refused:
            refusals.append(Colors(refusal=refused.reason, detail=refused.detail))
        if probe.is_clear:
            break
    if len(refusals) == len(gops):
        return refusals[0] if refusals else Colors()
    if not _known.has(decoder.device, codec.codec, tags):
        # Videos begin with black: what is grey decides nothing, and all of the file would have the colours of a guess.
        _add_later(probe, decoder, source, gops)
    change, difference = _known.choose(decoder.device, codec.codec, tags, probe)
    if difference > TOLERANCE:
        return Colors(refusal=Reason.COLORS, detail=f"{difference:.1f} levels on average, at most {TOLERANCE}")
    return Colors(change)


def _spread(gops: npt.NDArray[np.int64]) -> list[int]:
    return sorted({int(gops[len(gops) * step // MAX_PROBES]) for step in range(MAX_PROBES)}) if len(gops) else []


def _add_later(probe: ColorProbe, decoder: DeviceDecoder, source: GopSource, gops: list[int]) -> None:
    """Compare frames from the middle and the end of GOPs, until it is clear. A GOP that is refused decides nothing."""
    for gop in gops:
        last = min(int(source.amounts.num_frames[gop]), MAX_LATER) - 1
        for rank in sorted({last // 2, last} - {0}):
            if probe.is_clear:
                return
            with suppress(Refused):
                probe.add(*_frames_of(decoder, source, gop, rank))


def _frames_of(
    decoder: DeviceDecoder, source: GopSource, gop: int, number: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return a frame of both, by its number among those of the GOP that are presented.

    Raises:
        Refused: The GOP does not go to the device, the device did not decode it, or the frame is damaged.
    """
    native = FrameFormat.checked(None, "stretch", None, "THWC", has_out=False)
    ready, layout = ready_gop(source, gop, decoder.device), source.layout(native)
    assert layout is not None, "without a region of interest nothing changes over time"
    frames = sorted(ready.ranks)
    if number >= len(frames):
        raise Refused(Reason.DAMAGE, "no packet has a frame that is presented")
    frame = frames[number]
    try:
        data, valid, damaged = source.cpu_frames(np.array([frame]), native)
    except DecodeError as error:
        raise Refused(Reason.DAMAGE, str(error)) from error
    if damaged[0] or not valid[0]:
        raise Refused(Reason.DAMAGE)
    try:
        decoded = decoder.frames(ready.packets, ready.codec, ready.packets.count, [ready.ranks[frame]], layout)
    except DecodeError as error:
        raise Refused(Reason.DECODER, str(error)) from error
    return decoder.download(decoded)[0], data[0]
