"""Make the contact sheet and the sound of docs/expressive.md: what a person sees and hears of each label.

```
python scripts/expressive_images.py docs/images
```

The sheet has a column for each label of Basic-7 and a row for each of three speakers at intensities 1, 3 and 5. The wav has the
labels in the same order, at intensity 5, by one speaker, with a pause after each.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emos_io import Span
from emos_io.report.encode import png, wav
from emos_io.synthesize.expressive.emotions import FACE_OF
from emos_io.synthesize.expressive.face import face_frames
from emos_io.synthesize.expressive.performance import Part, Performance
from emos_io.synthesize.expressive.speakers import speaker
from emos_io.synthesize.expressive.voice import voice_waveform
from emos_io.synthesize.font import draw

SPEAKERS = ("a", "b", "c")
INTENSITIES = (1, 3, 5)
SIZE = (96, 96)
HEAD, SIDE, GAP = 16, 16, 4
"""Pixels above the columns, beside the rows, and between speakers."""
SECONDS, SPOKEN = Fraction(3, 2), Fraction(6, 5)
RATE = 16_000


def performance(name: str, label: str, intensity: int) -> Performance:
    """Return one label from start to end, with one sentence."""
    return Performance(speaker(name), SECONDS, (Part(Span(0, SECONDS), label, intensity),), (Span(0, SPOKEN),), seed=1)


def sheet() -> npt.NDArray[np.uint8]:
    """Return the contact sheet, uint8 ``[H, W, 3]``."""
    height, width = SIZE
    rows = len(SPEAKERS) * (len(INTENSITIES) * height + GAP)
    image = np.full((HEAD + rows, SIDE + len(FACE_OF) * width, 3), 255, np.uint8)
    for column, label in enumerate(FACE_OF):
        left = SIDE + column * width
        write(image, label.upper(), 4, left + 4)
        for block, name in enumerate(SPEAKERS):
            for line, intensity in enumerate(INTENSITIES):
                top = HEAD + block * (len(INTENSITIES) * height + GAP) + line * height
                # The face has followed the label by then.
                (frame,) = face_frames(performance(name, label, intensity), [SECONDS * 9 / 10], SIZE)
                image[top : top + height, left : left + width] = frame
                write(image, str(intensity), top + height // 2 - 4, 5)
    return image


def write(image: npt.NDArray[np.uint8], text: str, top: int, left: int) -> None:
    """Write a text in black."""
    dots = draw(text, scale=1)
    image[top : top + dots.shape[0], left : left + dots.shape[1]][dots] = 0


def main() -> None:
    """Write both files."""
    folder = Path(sys.argv[1])
    (folder / "expressive.png").write_bytes(png(sheet()))
    spoken = [chunk for label in FACE_OF for chunk in voice_waveform(performance(SPEAKERS[0], label, 5), RATE)]
    (folder / "expressive.wav").write_bytes(wav(np.concatenate(spoken)[None], RATE))


if __name__ == "__main__":
    main()
