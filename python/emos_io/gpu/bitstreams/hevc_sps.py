"""The sequence parameter set of HEVC, up to what its usability information says of fields.

Source: ITU-T H.265, sections 7.3.2.2, 7.3.3, 7.3.4, 7.3.7 and E.2.1.
"""

from __future__ import annotations

from .bits import Bits
from .errors import BitstreamError
from .nal_units import payload
from .parameter_sets import CROP_UNITS, ParameterSet

_HEADER_BYTES = 2
_MOST_REFERENCES = 16


def parse_sps(unit: bytes) -> ParameterSet:
    """Read a sequence parameter set."""
    bits = Bits(payload(unit, _HEADER_BYTES))
    bits.skip(4)
    sub_layers = bits.read(3)
    bits.skip(1)
    is_interlaced = _profile_tier_level(bits, sub_layers)
    number = bits.at_most(15, "the number of a sequence parameter set")
    chroma_format = bits.at_most(3, "chroma_format_idc")
    if chroma_format == 3:
        bits.skip(1)
    width, height = bits.unsigned(), bits.unsigned()
    if bits.flag():
        unit_x, unit_y = CROP_UNITS[chroma_format]
        width -= unit_x * (bits.unsigned() + bits.unsigned())
        height -= unit_y * (bits.unsigned() + bits.unsigned())
    if width <= 0 or height <= 0:
        raise BitstreamError("a sequence parameter set crops all pixels away")
    depths = (8 + bits.at_most(8, "bit_depth_luma_minus8"), 8 + bits.at_most(8, "bit_depth_chroma_minus8"))
    has_field_info = False
    if _skip_to_usability(bits, sub_layers):
        is_field_sequence, has_field_info = _fields(bits)
        is_interlaced = is_interlaced or is_field_sequence
    return ParameterSet(number, (width, height), chroma_format, depths, is_interlaced, has_field_info)


def _profile_tier_level(bits: Bits, sub_layers: int) -> bool:
    """Return whether the source says that it is interlaced and not progressive."""
    bits.skip(40)
    is_progressive, is_interlaced = bits.flag(), bits.flag()
    bits.skip(54)
    present = [(bits.flag(), bits.flag()) for _ in range(sub_layers)]
    if sub_layers:
        bits.skip(2 * (8 - sub_layers))
    for has_profile, has_level in present:
        bits.skip(88 * has_profile + 8 * has_level)
    return is_interlaced and not is_progressive


def _skip_to_usability(bits: Bits, sub_layers: int) -> bool:
    """Pass over what lies between bit depths and usability information; return whether there is such information."""
    order_bits = 4 + bits.at_most(12, "log2_max_pic_order_cnt_lsb_minus4")
    for _ in range(sub_layers + 1 if bits.flag() else 1):
        for _ in range(3):
            bits.unsigned()
    for _ in range(6):
        bits.unsigned()
    if bits.flag() and bits.flag():
        _skip_scaling_lists(bits)
    bits.skip(2)
    if bits.flag():
        bits.skip(8)
        bits.unsigned()
        bits.unsigned()
        bits.skip(1)
    num_deltas = 0
    for index in range(bits.at_most(64, "num_short_term_ref_pic_sets")):
        num_deltas = _skip_reference_set(bits, index, num_deltas)
    if bits.flag():
        bits.skip(bits.at_most(32, "num_long_term_ref_pics_sps") * (order_bits + 1))
    bits.skip(2)
    return bits.flag()


def _skip_scaling_lists(bits: Bits) -> None:
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.flag():
                bits.unsigned()
                continue
            for _ in range(min(64, 1 << 4 + 2 * size) + (size > 1)):
                bits.signed()


def _skip_reference_set(bits: Bits, index: int, num_before: int) -> int:
    """Pass over a set of references; return how many it has, given how many the one before it has."""
    if index and bits.flag():
        bits.skip(1)
        bits.unsigned()
        # used_by_curr_pic_flag, and use_delta_flag only where that is not set.
        count = sum(bits.flag() or bits.flag() for _ in range(num_before + 1))
    else:
        count = bits.at_most(_MOST_REFERENCES, "num_negative_pics") + bits.at_most(
            _MOST_REFERENCES, "num_positive_pics"
        )
        for _ in range(count):
            bits.unsigned()
            bits.skip(1)
    if count > _MOST_REFERENCES:
        raise BitstreamError(f"a set of references has {count} frames")
    return count


def _fields(bits: Bits) -> tuple[bool, bool]:
    """Return field_seq_flag and frame_field_info_present_flag."""
    if bits.flag() and bits.read(8) == 255:
        bits.skip(32)
    if bits.flag():
        bits.skip(1)
    if bits.flag():
        bits.skip(4)
        if bits.flag():
            bits.skip(24)
    if bits.flag():
        bits.unsigned()
        bits.unsigned()
    bits.skip(1)
    return bits.flag(), bits.flag()
