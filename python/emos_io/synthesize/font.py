"""Letters of 5 x 7 dots: text in frames without a font file or a text filter of ffmpeg."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

COLUMNS, ROWS = 5, 7
_STEP = COLUMNS + 1

# Seven rows from the top; the highest of five bits is the left dot.
_DOTS = {
    "A": "0e11111f111111", "B": "1e11111e11111e", "C": "0e11101010110e", "D": "1e11111111111e", "E": "1f10101e10101f",
    "F": "1f10101e101010", "G": "0e11101711110f", "H": "1111111f111111", "I": "0e04040404040e", "J": "0702020202120c",
    "K": "11121418141211", "L": "1010101010101f", "M": "111b1515111111", "N": "11191513111111", "O": "0e11111111110e",
    "P": "1e11111e101010", "Q": "0e11111115120d", "R": "1e11111e141211", "S": "0f10100e01011e", "T": "1f040404040404",
    "U": "1111111111110e", "V": "11111111110a04", "W": "1111111515150a", "X": "11110a040a1111", "Y": "11110a04040404",
    "Z": "1f01020408101f", "0": "0e11131519110e", "1": "040c040404040e", "2": "0e11010204081f", "3": "1f02040201110e",
    "4": "02060a121f0202", "5": "1f101e0101110e", "6": "0608101e11110e", "7": "1f010204080808", "8": "0e11110e11110e",
    "9": "0e11110f01020c", ":": "00040400040400", "-": "0000001f000000", " ": "00000000000000",
}  # fmt: skip


def draw(text: str, *, scale: int) -> npt.NDArray[np.bool_]:
    """Return the dots of a line of text.

    Args:
        text: Letters of either case, digits, colon, minus and space; other characters are blank.
        scale: Pixels of a dot, at least 1.

    Returns:
        bool ``[7 * scale, 6 * scale * len(text)]``.
    """
    dots = np.zeros((ROWS, _STEP * len(text)), dtype=np.bool_)
    for index, letter in enumerate(text.upper()):
        rows = bytes.fromhex(_DOTS.get(letter, _DOTS[" "]))
        for row, bits in enumerate(rows):
            for column in range(COLUMNS):
                dots[row, index * _STEP + column] = bool(bits >> (COLUMNS - 1 - column) & 1)
    return dots.repeat(scale, axis=0).repeat(scale, axis=1)
