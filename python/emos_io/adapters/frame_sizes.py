"""Sizes of frames: what a processor makes of them, and the bounds of their pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .._checks import as_integer, is_sequence
from ..errors import InvalidArgument, short_repr

if TYPE_CHECKING:
    from transformers import ProcessorMixin

Pixels = tuple[int, int]
"""Least and most pixels of a frame."""


def patches_of(processor: ProcessorMixin) -> tuple[int, int, int]:
    """Return the pixels of a side of a patch, patches of a side of a token, and frames of a grid."""
    video = getattr(processor, "video_processor", None)
    sizes = [as_integer(getattr(video, name, None)) for name in ("patch_size", "merge_size", "temporal_patch_size")]
    patch, merge, temporal = (size or 0 for size in sizes)
    if not (patch and merge and temporal):
        raise InvalidArgument(
            f"processor must have a video_processor with patches, got {short_repr(type(video).__name__)}; load it with "
            "AutoProcessor.from_pretrained, or pass video_processor=Qwen2VLVideoProcessor()"
        )
    return patch, merge, temporal


def video_pixels(processor: ProcessorMixin) -> Pixels:
    """Return the least and most pixels of a frame: those of the class of the processor win over those of its video part."""
    size = dict(getattr(processor, "videos_kwargs", {})).get("size") or getattr(processor.video_processor, "size", None)
    least, most = _edge(size, "shortest_edge"), _edge(size, "longest_edge")
    if not (least and most):
        raise InvalidArgument(
            f"processor must have a size of a video, with shortest_edge and longest_edge, got {short_repr(size)}; pass pixels="
            "(least, most), such as (100_352, 602_112)"
        )
    return least, most


def _edge(size: object, name: str) -> int:
    """Return an edge of a size, or 0 where it has none."""
    get = getattr(size, "get", None)
    return (as_integer(get(name)) or 0) if callable(get) else 0


def checked_pixels(pixels: object) -> Pixels:
    """Return bounds that a caller gave.

    Raises:
        InvalidArgument: They are not two integers above 0, the least one first.
    """
    pair = [as_integer(count) or 0 for count in pixels] if isinstance(pixels, Sequence) and is_sequence(pixels) else []
    if len(pair) != 2 or not 1 <= pair[0] <= pair[1]:
        raise InvalidArgument(
            f"pixels must be (least, most) of a frame, integers above 0, got {short_repr(pixels)}; pass such as (3_136, 50_176)"
        )
    return pair[0], pair[1]


def processor_size(height: int, width: int, side: int, pixels: Pixels) -> tuple[int, int]:
    """Return the (height, width) that the processor makes of frames, both multiples of `side`: its own rule.

    Raises:
        InvalidArgument: One side is more than 200 times the other.
    """
    from transformers.models.qwen2_vl.video_processing_qwen2_vl import smart_resize

    try:
        rows, columns = smart_resize(height, width, side, min_pixels=pixels[0], max_pixels=pixels[1])
    except ValueError as error:
        raise InvalidArgument(
            f"size must be a height and a width of which none is over 200 times the other, got {(height, width)}; "
            "crop the frames"
        ) from error
    return rows, columns


def check_pixels_kept(size: tuple[int, int], side: int, pixels: Pixels) -> None:
    """Refuse bounds that the processor does not keep for frames of this size: it rounds to multiples of `side`.

    Raises:
        InvalidArgument: The size that it makes is out of them.
    """
    rows, columns = processor_size(*size, side, pixels)
    if pixels[0] <= rows * columns <= pixels[1]:
        return
    wider = pixels
    while True:
        # Another size may come out of wider bounds.
        made = processor_size(*size, side, wider)
        count = made[0] * made[1]
        if wider[0] <= count <= wider[1]:
            break
        wider = min(wider[0], count), max(wider[1], count)
    raise InvalidArgument(
        f"pixels must hold a size of multiples of {side} for frames of {size[0]} x {size[1]}, got {pixels}, for which the "
        f"processor makes {rows} x {columns}, {rows * columns} pixels; pass pixels={wider} for {made[0]} x {made[1]}"
    )
