"""Frames that spell what they are: their number, the utterance on screen and its Basic-7 label.

```text
 0   ┌──────────────────────────────────────┐
     │ JOY                                  │   colour of the label; its name, the utterance
     │ UTTERANCE 12                         │   and the time as text for people
     │ 1:07                                 │
 4/6 ├──────────────────────────────────────┤
     │ 24 cells: 12 utterance, 4 label, 8 check │
 5/6 ├──────────────────────────────────────┤
     │ 24 cells: number of the frame      │   white is 1, highest bit left
 6/6 └──────────────────────────────────────┘
```

Cells are fractions of the frame, so that scaled frames can be read too. In the cells, utterances count from 1 (modulo
4096), and 0 is none. Label codes are positions in Basic-7 from 1, and 0 is none. The check is the sum of the bytes of all
other bits, plus 90, modulo 256.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..corpus import Monologue, Utterance, taxonomy
from ..errors import InvalidArgument
from .colour import yuv
from .font import draw
from .timing import start_times

CELLS = 24
UTTERANCE_BITS, LABEL_BITS, CHECK_BITS = 12, 4, 8
SMALLEST, LARGEST = (60, 96), (2160, 3840)
"""The smallest and largest frame, (height, width) in pixels: cells of 4 pixels are readable after H.264."""

_CHECK = 90
"""A constant in the check, so that a black frame spells nothing."""
_WHITE, _BLACK = 235, 16
_MARGIN = 0.25
"""The share of a cell on each side that is not read, since edges blur."""
_BATCH = 25
"""Frames made in one step."""

FRAME_MS = 40
VARIABLE_GAPS_MS = (40, 20, 60, 40)
"""A variable rate repeats these gaps between frames: 25 frames a second on average."""

COLOURS = {
    "Anger": (200, 40, 40),
    "Disgust": (70, 120, 40),
    "Fear": (120, 60, 160),
    "Joy": (220, 170, 30),
    "Neutral": (110, 120, 130),
    "Sadness": (40, 80, 170),
    "Surprise": (220, 110, 40),
}
"""RGB of the block, 0 to 255, by label."""
NO_COLOUR = (40, 40, 40)
"""RGB of the block without a label."""


class UnreadableFrame(InvalidArgument):
    """The pixels do not spell a frame of `synthesize`."""


@dataclass(frozen=True, slots=True)
class FrameContent:
    """What a frame spells.

    Attributes:
        number: The number of the frame, from 0.
        utterance: The index of the utterance on screen, from 0 as in `Utterance.index`, or None.
        label: The Basic-7 label of the utterance, or None.
    """

    number: int
    utterance: int | None
    label: str | None


def frame_times(seconds: Fraction, *, variable: bool, frame_ms: int = FRAME_MS) -> list[Fraction]:
    """Return the times at which frames begin: seconds of media time, from 0, all below `seconds`.

    At a fixed rate they are `frame_ms` apart, at a variable one 40, 20, 60, 40 ms in turn.
    """
    return start_times(seconds, VARIABLE_GAPS_MS if variable else (frame_ms,))


def check_size(size: tuple[int, int]) -> None:
    """Refuse sizes that cannot be encoded or read back.

    Raises:
        InvalidArgument: Height or width (pixels) is odd, below 60 x 96 or above 2160 x 3840.
    """
    is_even = len(size) == 2 and all(isinstance(side, int) and not side % 2 for side in size)
    if not is_even or not all(low <= side <= high for low, side, high in zip(SMALLEST, size, LARGEST, strict=True)):
        raise InvalidArgument(
            f"size must be an even height and width from {SMALLEST[0]} x {SMALLEST[1]} to {LARGEST[0]} x {LARGEST[1]}, "
            f"got {size!r}; use (180, 320), for example"
        )


def yuv_frames(monologue: Monologue, times: Sequence[Fraction], size: tuple[int, int]) -> Iterator[bytes]:
    """Yield planar YUV 4:2:0 frames (BT.709, limited range), at most 25 at a time.

    Args:
        monologue: The monologue; its utterances are written into the frames.
        times: The start of each frame in seconds.
        size: (height, width) in pixels, both even.
    """
    height, width = size
    utterances = monologue.utterances
    starts = [utterance.span.start for utterance in utterances]
    edges = _edges(CELLS, width)
    top, middle = height * 4 // 6, height * 5 // 6
    base_of: tuple[int | None, int] | None = None
    base = np.zeros(0, dtype=np.uint8)
    for first in range(0, len(times), _BATCH):
        batch = times[first : first + _BATCH]
        batch_bytes = np.empty((len(batch), height * width * 3 // 2), dtype=np.uint8)
        for row, time in enumerate(batch):
            current = bisect_right(starts, time) - 1
            utterance = utterances[current] if current >= 0 and time < utterances[current].span.end else None
            wanted = (None if utterance is None else current, int(time))
            if wanted != base_of:
                base, base_of = _base(utterance, int(time), size), wanted
            batch_bytes[row] = base
            luma = batch_bytes[row, : height * width].reshape(height, width)
            number_cells, content_cells = _spell(first + row, utterance)
            _write(luma[top:middle], content_cells, edges)
            _write(luma[middle:], number_cells, edges)
        yield batch_bytes.tobytes()


def read_frame(frame: npt.NDArray[np.uint8]) -> FrameContent:
    """Return the content that a frame spells.

    Args:
        frame: uint8 ``[H, W, 3]`` or ``[H, W]``, 0 to 255. It may be scaled but not cropped.

    Raises:
        UnreadableFrame: The check is wrong: the frame is cropped, black or from elsewhere.
    """
    content_cells, number = _read(frame, 4), _read(frame, 5)
    label_code = content_cells >> CHECK_BITS & (1 << LABEL_BITS) - 1
    labels = taxonomy("basic7").labels
    if _check(number, content_cells >> CHECK_BITS) != content_cells & (1 << CHECK_BITS) - 1 or label_code > len(labels):
        raise UnreadableFrame(
            f"frame must be one that synthesize made, got shape {frame.shape} with {number:#x}, {content_cells:#x} and a wrong "
            "check; give the full frame, not cropped"
        )
    utterance = content_cells >> CHECK_BITS + LABEL_BITS
    return FrameContent(number, utterance - 1 if utterance else None, labels[label_code - 1] if label_code else None)


def _spell(number: int, utterance: Utterance | None) -> tuple[int, int]:
    """Return the cells of the frame number, and those of utterance, label and check."""
    utterance_code, label_code = 0, 0
    if utterance is not None:
        utterance_code = (utterance.index + 1) & (1 << UTTERANCE_BITS) - 1
        label_code = taxonomy("basic7").index(utterance.basic7) + 1 if utterance.basic7 else 0
    number &= (1 << CELLS) - 1
    content = utterance_code << LABEL_BITS | label_code
    return number, content << CHECK_BITS | _check(number, content)


def _check(number: int, content: int) -> int:
    return (sum(number.to_bytes(3, "big")) + sum(content.to_bytes(2, "big")) + _CHECK) & 0xFF


def _edges(cells: int, width: int) -> list[int]:
    return [width * cell // cells for cell in range(cells + 1)]


def _write(strip: npt.NDArray[np.uint8], value: int, edges: Sequence[int]) -> None:
    row = np.empty(strip.shape[1], dtype=np.uint8)
    for cell in range(CELLS):
        row[edges[cell] : edges[cell + 1]] = _WHITE if value >> (CELLS - 1 - cell) & 1 else _BLACK
    strip[:] = row


def _read(frame: npt.NDArray[np.uint8], sixth: int) -> int:
    height, width = frame.shape[:2]
    top = int(height * (sixth + _MARGIN) / 6)
    strip = frame[top : max(int(height * (sixth + 1 - _MARGIN) / 6), top + 1)]
    columns = strip.reshape(len(strip), width, -1).mean(axis=(0, 2))
    sums = np.concatenate([[0], np.cumsum(columns)])
    cells = np.arange(CELLS)
    left = (width * (cells + _MARGIN) / CELLS).astype(np.int64)
    right = np.maximum((width * (cells + 1 - _MARGIN) / CELLS).astype(np.int64), left + 1)
    value = 0
    for white in (sums[right] - sums[left]) / (right - left) > 127:
        value = value << 1 | int(white)
    return value


def _base(utterance: Utterance | None, second: int, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    height, width = size
    label = None if utterance is None else utterance.basic7
    luma, blue, red = map(int, np.rint(yuv(np.array(COLOURS.get(label or "", NO_COLOUR)))))
    base = np.full(height * width * 3 // 2, 128, dtype=np.uint8)
    frame = base[: height * width].reshape(height, width)
    frame[:] = luma
    chroma = base[height * width :].reshape(2, height // 2, width // 2)
    # Cells are grey; the colour ends with the block.
    block = height * 4 // 6 // 2
    chroma[0, :block], chroma[1, :block] = blue, red
    lines = [
        label or "NO LABEL",
        f"UTTERANCE {utterance.index}" if utterance else "-",
        f"{second // 60}:{second % 60:02}",
    ]
    scale = max(1, min(height * 4 // 6 // 30, width // 100))
    for row, line in enumerate(lines):
        dots = draw(line, scale=scale)
        down, right = (2 + 9 * row) * scale, 3 * scale
        area = frame[down : down + dots.shape[0], right : right + dots.shape[1]]
        area[dots[: area.shape[0], : area.shape[1]]] = _WHITE
    return base
