"""The size of each frame of AV1, from the start of its header.

Source: AV1 Bitstream & Decoding Process Specification, sections 5.9.2 and 5.9.5 to 5.9.8.
"""

from __future__ import annotations

from .av1 import FRAME, FRAME_HEADER, SELECT, SEQUENCE_HEADER, Sequence, Unit, parse_sequence, units_of
from .bits import Bits
from .errors import BitstreamError

_KEY, _INTER, _INTRA_ONLY, _SWITCH = range(4)
_SLOTS = 8
_REFERENCES = 7
_GOLDEN = 3
"""Index of GOLDEN_FRAME among the references; LAST_FRAME is at 0."""
_ALL_SLOTS = 0xFF
_Size = tuple[int, int]


class FrameSizes:
    """Sizes of frames, packet by packet from a keyframe on: a frame may have the size of one that it refers to.

    Attributes:
        sequence: The last sequence header; None before the first.
    """

    def __init__(self) -> None:
        self.sequence: Sequence | None = None
        self._slots: list[tuple[_Size, int] | None] = [None] * _SLOTS

    def of_packet(self, data: bytes) -> list[_Size]:
        """Return the (width, height) of each frame of a temporal unit, after upscaling."""
        sizes = []
        for unit in units_of(data):
            if unit.kind == SEQUENCE_HEADER:
                self.sequence = parse_sequence(unit.content)
            elif unit.kind in (FRAME_HEADER, FRAME):
                sizes.append(self._of_frame(unit))
        return sizes

    def _of_frame(self, unit: Unit) -> _Size:
        """Return the size of a frame, and keep it for those that refer to it."""
        if (sequence := self.sequence) is None:
            raise BitstreamError("a frame comes before the first sequence header")
        bits = Bits(unit.content)
        kind, is_presented, is_resilient = _KEY, True, True
        if not sequence.is_reduced:
            if bits.flag():
                return self._presented_again(bits.read(3))
            kind, is_presented = bits.read(2), bits.flag()
            bits.skip(sequence.time_bits if is_presented else 1)
            is_resilient = kind == _SWITCH or (kind == _KEY and is_presented) or bits.flag()
        is_intra = kind in (_KEY, _INTRA_ONLY)
        has_own_size = _skip_to_references(bits, unit, sequence, kind, is_resilient or is_intra)
        is_complete = kind == _SWITCH or (kind == _KEY and is_presented)
        refreshed = _ALL_SLOTS if is_complete else bits.read(8)
        if is_resilient and not (is_intra and refreshed == _ALL_SLOTS):
            bits.skip(_SLOTS * sequence.order_bits)
        references = [] if is_intra else _references(bits, sequence)
        if references and has_own_size and not is_resilient:
            size = self._of_references(bits, references) or _own_size(bits, sequence)
        else:
            size = _own_size(bits, sequence) if has_own_size else sequence.size
        self._keep(refreshed, size, kind)
        return size

    def _presented_again(self, slot: int) -> _Size:
        if (kept := self._slots[slot]) is None:
            raise BitstreamError("a frame is presented again that was not decoded")
        size, kind = kept
        if kind == _KEY:
            self._keep(_ALL_SLOTS, size, kind)
        return size

    def _of_references(self, bits: Bits, references: list[int | None]) -> _Size | None:
        """Return the size of the reference that a frame names; None where it names none."""
        chosen = next((index for index in range(_REFERENCES) if bits.flag()), None)
        if chosen is None:
            return None
        slot = references[chosen]
        kept = self._slots if slot is None else [self._slots[slot]]
        sizes = {each[0] for each in kept if each is not None}
        if len(sizes) != 1:
            raise BitstreamError("a frame has the size of a reference that is not known")
        return sizes.pop()

    def _keep(self, refreshed: int, size: _Size, kind: int) -> None:
        for slot in range(_SLOTS):
            if refreshed >> slot & 1:
                self._slots[slot] = (size, kind)


def _skip_to_references(bits: Bits, unit: Unit, sequence: Sequence, kind: int, has_no_primary: bool) -> bool:
    """Pass over what lies between error_resilient_mode and refresh_frame_flags; return frame_size_override_flag."""
    bits.skip(1)
    if bits.flag() if sequence.screen_tools == SELECT else sequence.screen_tools:
        bits.skip(sequence.integer_motion == SELECT)
    if sequence.frame_id_bits:
        bits.skip(sequence.frame_id_bits[0])
    has_own_size = kind == _SWITCH or (not sequence.is_reduced and bits.flag())
    bits.skip(sequence.order_bits)
    bits.skip(0 if has_no_primary else 3)
    if sequence.removal_bits and bits.flag():
        for point, has_model in sequence.operating_points:
            in_layers = point >> unit.temporal_layer & 1 and point >> (unit.spatial_layer + 8) & 1
            bits.skip(sequence.removal_bits if has_model and (point == 0 or in_layers) else 0)
    return has_own_size


def _references(bits: Bits, sequence: Sequence) -> list[int | None]:
    """Return the slot of each reference; None where it follows from the order of frames."""
    is_short = sequence.order_bits > 0 and bits.flag()
    slots: list[int | None] = [None] * _REFERENCES
    if is_short:
        slots[0], slots[_GOLDEN] = bits.read(3), bits.read(3)
    for index in range(_REFERENCES):
        if not is_short:
            slots[index] = bits.read(3)
        bits.skip(sequence.frame_id_bits[1] if sequence.frame_id_bits else 0)
    return slots


def _own_size(bits: Bits, sequence: Sequence) -> _Size:
    width_bits, height_bits = sequence.size_bits
    return bits.read(width_bits) + 1, bits.read(height_bits) + 1
