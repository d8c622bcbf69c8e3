"""The packets of a GOP on their way to a device, or the reason why they do not go there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..media import CodecData, GopPackets, GopSource
from .bitstreams import BitstreamError, StreamFacts, facts_of, prepare
from .fallback import Reason

_SUBSAMPLED = ("4:2:0", "4:0:0")


class Refused(Exception):
    """A GOP does not go to the device. It never leaves this room."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class ReadyGop:
    """A GOP in the form that the device's decoder takes.

    Attributes:
        number: Its number in the track.
        packets: As Matroska holds them.
        codec: That belongs to them.
    """

    number: int
    packets: GopPackets
    codec: CodecData

    @cached_property
    def ranks(self) -> dict[int, int]:
        """The rank of each frame of the track that the GOP has."""
        return {frame: rank for rank, frame in enumerate(self.packets.frames.tolist()) if frame >= 0}


def ready_gop(source: GopSource, number: int, device: str) -> ReadyGop:
    """Read a GOP.

    Raises:
        Refused: The device must not decode it.
        SourceChanged: The file is not the one that was opened.
        SourceUnreadable: The file can no longer be read.
    """
    packets, codec = source.packets(number), source.codec_data
    if packets.is_damaged or not packets.packets:
        raise Refused(Reason.DAMAGE)
    if not packets.starts_clean:
        raise Refused(Reason.REFRESH)
    if packets.has_fields:
        raise Refused(Reason.INTERLACED)
    try:
        reason = refusal_by(facts_of(packets, codec), codec, device)
        if reason is not None:
            raise Refused(reason)
        return ReadyGop(number, *prepare(packets, codec))
    except BitstreamError as error:
        raise Refused(Reason.BITSTREAM, str(error)) from error


def refusal_by(facts: StreamFacts, codec: CodecData, device: str) -> Reason | None:
    """Return why the headers of a GOP keep it from the device; None where they do not."""
    if facts.sizes and facts.sizes != {(codec.width, codec.height)}:
        return Reason.SIZE_CHANGE
    if facts.is_interlaced:
        return Reason.INTERLACED
    if facts.has_intra_refresh:
        return Reason.REFRESH
    if facts.bit_depth is not None and facts.bit_depth > 8:
        return Reason.DEPTH
    if device.startswith("cuda") and facts.chroma is not None and facts.chroma not in _SUBSAMPLED:
        return Reason.CHROMA
    return None
