"""What H.264 and HEVC have in common: parameter sets that frames refer to by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

CHROMA_FORMATS = ("4:0:0", "4:2:0", "4:2:2", "4:4:4")
"""By chroma_format_idc."""
CROP_UNITS = ((1, 1), (2, 2), (2, 1), (1, 1))
"""Pixels (x, y) of a unit of cropping, by chroma_format_idc."""


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """What a sequence parameter set says of the frames that refer to it.

    Attributes:
        number: By which other sets refer to it.
        size: (width, height) after cropping.
        chroma_format: chroma_format_idc.
        depths: Bits of luma and chroma.
        is_interlaced: Frames may be coded as fields.
        has_field_info: Messages beside frames say which are fields.
    """

    number: int
    size: tuple[int, int]
    chroma_format: int
    depths: tuple[int, int]
    is_interlaced: bool
    has_field_info: bool = False


class NalCodec(Protocol):
    """The modules `h264` and `hevc`."""

    def is_sps(self, unit: bytes) -> bool:
        """Return whether a unit is a sequence parameter set."""

    def is_pps(self, unit: bytes) -> bool:
        """Return whether a unit is a PPS."""

    def is_slice(self, unit: bytes) -> bool:
        """Return whether a unit is the start of coded pixels that refers to a PPS."""

    def is_parameter_set(self, unit: bytes) -> bool:
        """Return whether a unit belongs into the record of parameter sets."""

    def set_key(self, unit: bytes) -> tuple[int, int]:
        """Return the kind and the number of a parameter set: a later one with the same replaces it."""

    def parse_sps(self, unit: bytes) -> ParameterSet:
        """Read a sequence parameter set."""

    def parse_pps(self, unit: bytes) -> tuple[int, int]:
        """Return the number of a PPS, and the number of the SPS that it names."""

    def pps_of_slice(self, unit: bytes) -> int:
        """Return the number of the PPS that a slice names."""

    def begins_right(self, units: Sequence[bytes]) -> bool:
        """Return whether frames are right from the first on if decoding begins at a packet."""

    def is_field(self, units: Sequence[bytes]) -> bool:
        """Return whether messages of a packet say that it is a field."""

    def make_record(self, sets: Sequence[bytes]) -> bytes:
        """Return the decoder configuration record of parameter sets."""

    def is_record(self, extradata: bytes) -> bool:
        """Return whether codec private data are such a record, after which packets have lengths."""

    def parse_record(self, record: bytes) -> tuple[int, list[bytes]]:
        """Return how many bytes a length in packets has, and the parameter sets."""
