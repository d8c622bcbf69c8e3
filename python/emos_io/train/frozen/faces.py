"""Faces of frames and their expressions: BlazeFace and the seven outputs of `fer`, decoded by published descriptions.

```text
 frame [S, S, 3] --mean of S/256 x S/256 pixels--> BlazeFace: 896 boxes, each about an anchor, each with a score
                 boxes that overlap are averaged --> faces, best first
 largest face    a square around it, grey, 64 x 64 --> fer: 7 shares that sum to 1
```
Anchors: Bazarevsky et al., BlazeFace, arXiv 1907.05047: two at each cell of a grid of 16 x 16, six at each of 8 x 8, without
sizes of their own. Boxes that overlap are averaged by their scores, as section 3.3 there describes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..._arrays import Float32Array, Float64Array
from .networks import EXPRESSIONS, FACES_BACK, FACES_SHORT, Network, NetworkFile

Detector: TypeAlias = Literal["back", "short"]
DETECTORS: tuple[Detector, ...] = ("back", "short")
EXPRESSION_NAMES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Names of the outputs of `fer`, in their order."""
_SIZES = {"back": 256, "short": 128}
"""Side of the detector's input, in pixels."""
_GRIDS = ((16, 2), (8, 6))
"""Cells a side, and anchors a cell."""
_OVERLAP = 0.3
"""Boxes that share more than this of their union are one face; as MediaPipe has it."""
_MOST_LOGIT = 80.0
"""Scores beyond it are 0 and 1 anyway."""
_FACE_SIDE = 64
_MARGIN = 1.2
"""Side of the square that is looked at, over the longer side of the box: hair and chin lie around the box."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a frame.

    Attributes:
        left, top, right, bottom: Its box in shares of the frame's sides; a part may lie outside of [0, 1].
        score: How sure the detector is, 0 to 1.
    """

    left: float
    top: float
    right: float
    bottom: float
    score: float

    @property
    def width(self) -> float:
        """The width of the box."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """The height of the box."""
        return self.bottom - self.top

    @property
    def center(self) -> tuple[float, float]:
        """The center of the box, (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


def anchors() -> Float64Array:
    """Return the centers of the anchors in shares of the frame's sides, (x, y): float64 ``[896, 2]``.

    Example:
        >>> anchors().shape, anchors()[0].tolist(), anchors()[-1].tolist()
        ((896, 2), [0.03125, 0.03125], [0.9375, 0.9375])
    """
    found = []
    for cells, per_cell in _GRIDS:
        axis = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(axis, axis, indexing="ij")
        found.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), per_cell, axis=0))
    return np.concatenate(found)


def decoded(outputs: Float32Array, logits: Float32Array, size: int, least_score: float) -> list[Face]:
    """Return the boxes of a detector that have a score, best first, before those that overlap are averaged.

    Args:
        outputs: float32 ``[896, 16]``: the center, relative to the anchor, and the width and the height of each box, in
            pixels, and six points of the face.
        logits: float32 ``[896]`` or ``[896, 1]``.
        size: The side of the detector's input, in pixels.
        least_score: Boxes with less are left out.
    """
    scores = 1 / (1 + np.exp(-np.clip(logits.reshape(-1).astype(np.float64), -_MOST_LOGIT, _MOST_LOGIT)))
    boxes = outputs[:, :4].astype(np.float64) / size
    boxes[:, :2] += anchors()
    order = np.argsort(-scores, kind="stable")
    return [
        Face(x - width / 2, y - height / 2, x + width / 2, y + height / 2, score)
        for (x, y, width, height), score in zip(boxes[order].tolist(), scores[order].tolist(), strict=True)
        if score >= least_score and width > 0 and height > 0
    ]


def merged(faces: list[Face]) -> tuple[Face, ...]:
    """Return one face for those that overlap: their mean by scores, with the best score.

    Args:
        faces: Best first.

    Example:
        >>> merged([Face(0, 0, 1, 1, 0.75), Face(0, 0, 1, 2, 0.25), Face(3, 3, 4, 4, 0.5)])
        (Face(left=0.0, top=0.0, right=1.0, bottom=1.25, score=0.75), Face(left=3.0, top=3.0, right=4.0, bottom=4.0, score=0.5))
    """
    rest, found = list(faces), []
    while rest:
        best = rest[0]
        same = [each for each in rest if each is best or overlap(best, each) > _OVERLAP]
        rest = [each for each in rest if each not in same]
        total = sum(each.score for each in same)
        left, top, right, bottom = (
            sum(getattr(each, name) * each.score for each in same) / total
            for name in ("left", "top", "right", "bottom")
        )
        found.append(Face(left, top, right, bottom, best.score))
    return tuple(found)


def overlap(one: Face, other: Face) -> float:
    """Return what two boxes share, over their union.

    Example:
        >>> overlap(Face(0, 0, 2, 2, 1), Face(1, 0, 3, 2, 1))
        0.3333333333333333
    """
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(0.0, width) * max(0.0, height)
    return shared / (one.width * one.height + other.width * other.height - shared)


class FaceDetector:
    """Finds faces in square frames.

    Args:
        detector: ``"back"``: for faces from a tenth of the frame on. ``"short"``: for near ones, at a seventh of the cost.
        least_score: Faces with less are left out, 0 to 1.

    Raises:
        ImportError: LiteRT or the network is not installed.
        SourceUnreadable: The file of the network is another one.

    Cost: 45 ms of one core for a frame with ``"back"``, 6 ms with ``"short"``, on the machine on which it was written.
    """

    def __init__(self, detector: Detector = "back", *, least_score: float = 0.5) -> None:
        self.detector, self.least_score = detector, least_score
        self._size = _SIZES[detector]
        self._network = Network(detector_file(detector))

    def faces(self, frame: npt.NDArray[np.uint8]) -> tuple[Face, ...]:
        """Return the faces of a frame, best first.

        Args:
            frame: uint8 ``[S, S, 3]``, RGB, S a multiple of 256.
        """
        factor = frame.shape[0] // self._size
        blocks = frame.reshape(self._size, factor, self._size, factor, 3)
        pixels = (blocks.mean(axis=(1, 3), dtype=np.float64) / 127.5 - 1).astype(np.float32)
        outputs, logits = self._network(pixels)
        return merged(decoded(outputs, logits, self._size, self.least_score))


def detector_file(detector: Detector) -> NetworkFile:
    """Return the file of a detector's network."""
    return FACES_BACK if detector == "back" else FACES_SHORT


class Expressions:
    """Gives the seven outputs of `fer` for a face.

    Raises:
        ImportError: LiteRT or the network is not installed.
        SourceUnreadable: The file of the network is another one.
    """

    def __init__(self) -> None:
        self._network = Network(EXPRESSIONS)

    def shares(self, frame: npt.NDArray[np.uint8], face: Face) -> Float64Array:
        """Return the outputs, in the order of `EXPRESSION_NAMES`, float64 ``[7]``, 0 to 1 with sum 1.

        Args:
            frame: uint8 ``[S, S, 3]``, RGB.
            face: A face of it.
        """
        (shares,) = self._network((face_pixels(frame, face) / 127.5 - 1)[:, :, None].astype(np.float32))
        return shares.astype(np.float64)


def face_pixels(frame: npt.NDArray[np.uint8], face: Face) -> Float64Array:
    """Return a face as grey pixels, float64 ``[64, 64]``, 0 to 255: a square around its box; outside of the frame is black.

    Args:
        frame: uint8 ``[S, S, 3]``, RGB.
        face: A face of it.
    """
    side = frame.shape[0]
    half = max(face.width, face.height) * side * _MARGIN / 2
    x, y = (each * side for each in face.center)
    left, top, right, bottom = x - half, y - half, x + half, y + half
    grey = Image.fromarray(frame).convert("L")
    # Black pixels around the frame, as many as the square needs.
    margin = max(0, int(np.ceil(max(-left, -top, right - side, bottom - side))))
    if margin:
        wider = Image.new("L", (side + 2 * margin, side + 2 * margin))
        wider.paste(grey, (margin, margin))
        grey = wider
    box = (left + margin, top + margin, right + margin, bottom + margin)
    size = (_FACE_SIDE, _FACE_SIDE)
    return np.asarray(grey.resize(size, Image.Resampling.BILINEAR, box=box), dtype=np.float64)
