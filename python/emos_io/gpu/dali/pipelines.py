"""The pipelines of DALI: each is described by a value, which is also its key in the pool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .arrays import Tensor

NUM_THREADS = 2
"""Threads of a pipeline on the CPU side; decoding has as many."""
LAYOUT = "FHWC"
"""DALI's name of the axes of frames: frame, row, column, channel."""


class TensorList(Protocol):
    """What is used of DALI's TensorListCPU and TensorListGPU."""

    def __getitem__(self, index: int) -> Tensor:
        """Return the tensor of a sample."""

    def as_reshaped_tensor(self, shape: Sequence[int]) -> Tensor:
        """Return all samples as one tensor, a view."""


class Pipeline(Protocol):
    """What is used of DALI's Pipeline."""

    def build(self) -> None:
        """Start its threads."""

    def run(self, **inputs: object) -> tuple[TensorList, ...]:
        """Run it once. It returns when the outputs are there, on a device too."""


class Recipe(Protocol):
    """How a pipeline is defined; hashable, and equal where the pipelines are alike."""

    def define(self, device_id: int | None) -> Pipeline:
        """Return a new pipeline, on a CUDA device or on the CPU (None); it is not built yet."""


@dataclass(frozen=True, slots=True)
class Decode:
    """Decode frames of one GOP, then the steps that it needs, in this order.

    The outputs are the frames ``[n, H, W, 3]`` and the shape of what was decoded, before any step.

    Attributes:
        crops: Cut an area. Inputs ``area_corner`` (top, left) and ``area_box`` (height, width).
        scales: Scale it. Input ``scaled`` (height, width).
        changes_color: Inputs ``matrix`` and ``offset``.
        transposes: Rows become columns.
        flips: Inputs ``horizontal`` and ``vertical``.
        cuts: Cut a box, with black where it lies outside. Inputs ``corner`` (top, left) and ``box`` (height, width).
    """

    crops: bool
    scales: bool
    changes_color: bool
    transposes: bool
    flips: bool
    cuts: bool

    def define(self, device_id: int | None) -> Pipeline:
        """Return a new pipeline; its inputs are ``coded``, ``ranks`` and those of its steps."""
        from nvidia.dali import fn, types

        def numbers(name: str, ndim: int = 1) -> object:
            return fn.external_source(name=name, dtype=types.FLOAT, ndim=ndim)

        def integers(name: str, ndim: int = 1) -> object:
            return fn.external_source(name=name, dtype=types.INT32, ndim=ndim)

        def cut(frames: object, corner: str, box: str) -> object:
            return fn.slice(
                frames,
                start=integers(corner),
                shape=integers(box),
                axes=[1, 2],
                out_of_bounds_policy="pad",
                fill_values=0,
            )

        def decode() -> object:
            frames = fn.decoders.video(
                fn.external_source(name="coded", dtype=types.UINT8, ndim=1),
                device="cpu" if device_id is None else "mixed",
                frames=integers("ranks"),
                pad_mode="none",
                affine=False,
                build_index=False,
            )
            decoded = frames.shape()
            if self.crops:
                frames = cut(frames, "area_corner", "area_box")
            if self.scales:
                frames = fn.resize(frames, size=numbers("scaled"), interp_type=types.INTERP_LINEAR, antialias=True)
            if self.changes_color:
                frames = fn.coord_transform(frames, M=numbers("matrix", 2), T=numbers("offset"), dtype=types.UINT8)
            if self.transposes:
                frames = fn.transpose(frames, perm=[0, 2, 1, 3], transpose_layout=False, output_layout=LAYOUT)
            if self.flips:
                frames = fn.flip(frames, horizontal=integers("horizontal", 0), vertical=integers("vertical", 0))
            if self.cuts:
                frames = cut(frames, "corner", "box")
            return frames, decoded

        return _defined(decode, device_id)


@dataclass(frozen=True, slots=True)
class Gather:
    """Frames of several chunks into one tensor. Inputs: ``chunks``, not copied, and ``order`` of each.

    Attributes:
        max_chunks: At most so many.
        channels_first: The output is ``[T, 3, H, W]``.
    """

    max_chunks: int
    channels_first: bool

    def define(self, device_id: int | None) -> Pipeline:
        """Return a new pipeline."""
        from nvidia.dali import fn, types

        def gather() -> object:
            device = "cpu" if device_id is None else "gpu"
            chunks = fn.external_source(
                name="chunks", device=device, dtype=types.UINT8, ndim=4, layout=LAYOUT, no_copy=True
            )
            order = fn.external_source(name="order", dtype=types.INT32, ndim=1)
            frames = fn.sequence_rearrange(chunks, new_order=order)
            return fn.transpose(frames, perm=[0, 3, 1, 2]) if self.channels_first else frames

        return _defined(gather, device_id, self.max_chunks)


@dataclass(frozen=True, slots=True)
class Upload:
    """Frames of the CPU to the device. Input: ``frames``, copied."""

    def define(self, device_id: int | None) -> Pipeline:
        """Return a new pipeline."""
        from nvidia.dali import fn, types

        def upload() -> object:
            frames = fn.external_source(name="frames", dtype=types.UINT8, ndim=4, layout=LAYOUT)
            return fn.copy(frames) if device_id is None else frames.gpu()

        return _defined(upload, device_id)


def _defined(define: Callable[[], object], device_id: int | None, batch_size: int = 1) -> Pipeline:
    from nvidia.dali import pipeline_def

    pipeline: Pipeline = pipeline_def(
        define, batch_size=batch_size, num_threads=NUM_THREADS, device_id=device_id, prefetch_queue_depth=1
    )()
    return pipeline
