"""A batch: B windows side by side, with what is padding or missing marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from ..corpus import Sentence
from ..errors import InvalidArgument
from ..spans import Span
from .describe import array_text
from .device_batch import event_after, keep_for_stream, wait_for

if TYPE_CHECKING:
    import torch

NumpyArray: TypeAlias = npt.NDArray[np.generic]
Array = TypeVar("Array", bound="torch.Tensor | npt.NDArray[np.generic]")
"""What the arrays of a batch are: torch tensors, or numpy arrays with ``tensors="numpy"``."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WindowBatch(Generic[Array]):
    """B windows. Rows are slots, lane by lane; what is past a row's length is zeros and not valid.

    Where frames are decoded on a CUDA device, `frames` and `waveform` are there, and all else is in memory of the CPU: `to`
    moves it. The stream that was current for the thread that took the batch from its loader may use them at once. Any other
    stream calls `wait` first.

    Attributes:
        frames: uint8 ``[B, T, H, W, 3]`` or ``[B, T, 3, H, W]``, contiguous in either order; None with ``video=None``. Of a
            floating type after `Normalize`.
        frame_valid: bool ``[B, T]``: there is a frame.
        damaged: bool ``[B, T]``: the frame is damaged.
        num_frames: int64 ``[B]``: frames of each row; what comes after is padding.
        waveform: float32 ``[B, C, N]``; None with ``audio=None``. With ``missing_audio="omit"`` it is also None where the
            batch is of a `WindowDataset` and every sample of it lacks audio; `waveform_valid` is then ``[B, 0]``.
        waveform_valid: bool ``[B, N]``: the track has the sample.
        num_samples: int64 ``[B]``: audio samples of each row; 0 where the file has no audio and ``missing_audio="omit"``.
        labels: float32 ``[B, K]``, with sum 1, or zeros without a valid label.
        label_valid: bool ``[B]``: there is a label, and it counts.
        confidence: float32 ``[B]``: the label's confidence, 0 to 1.
        weights: float32 ``[B]``: the window's weight.
        timeline: float32 ``[B, G, K]``: labels at ``label_span.start + g / label_rate``, zeros where there is none; None
            without a `label_rate`.
        timeline_valid: bool ``[B, G]``: there is a label at this time; None without a `label_rate`.
        is_start: bool ``[B]``: clear the state that the row carried.
        valid: bool ``[B]``: the slot has a window, and it was read.
        numbers: int64 ``[B]``: the window's number in the plan; -1 in empty slots.
        keys: Keys of the windows; None in empty slots.
        spans: The times that were read; None in empty slots.
        label_spans: The times that labels are about; None in empty slots.
        texts: Sentences that may be known at each window.
        classes: Names of the K classes.
        ready: On CUDA, what the stream that copied `waveform` there reaches after the copy; else None, and nothing is to be
            waited for.
    """

    frames: Array | None
    frame_valid: Array
    damaged: Array
    num_frames: Array
    waveform: Array | None
    waveform_valid: Array
    num_samples: Array
    labels: Array
    label_valid: Array
    confidence: Array
    weights: Array
    timeline: Array | None
    timeline_valid: Array | None
    is_start: Array
    valid: Array
    numbers: Array
    keys: tuple[str | None, ...]
    spans: tuple[Span | None, ...]
    label_spans: tuple[Span | None, ...]
    texts: tuple[tuple[Sentence, ...], ...]
    classes: tuple[str, ...]
    ready: torch.cuda.Event | None = None

    def __len__(self) -> int:
        """The number of rows, B."""
        return len(self.keys)

    def __repr__(self) -> str:
        parts = (
            f"{int(self.valid.sum())} of {len(self)} valid",
            f"frames={array_text(self.frames, self.frame_valid)}",
            f"waveform={array_text(self.waveform, self.waveform_valid)}",
            f"labels={array_text(self.labels, self.label_valid)}",
            *([] if self.timeline is None else [f"timeline={_timeline_text(self)}"]),
        )
        return f"WindowBatch({', '.join(parts)})"

    def map(self, change: Callable[[Array], Array]) -> WindowBatch[Array]:
        """Return the batch with each array as `change` gives it, such as ``lambda tensor: tensor.to("cuda")``.

        On CUDA the stream that is current waits for the batch first, and `ready` is then an event of that stream.
        """
        self.wait()
        arrays = {name: array for name in ARRAYS if (array := getattr(self, name)) is not None}
        changed = {name: change(array) for name, array in arrays.items()}
        return replace(self, **changed, ready=None if self.ready is None else event_after(self.ready))  # type: ignore[arg-type]

    def wait(self) -> None:
        """Let the CUDA stream that is current for this thread wait until frames and waveform are on the device.

        The tensors keep their memory until what the stream does with them has ended. Nothing waits on the CPU; without CUDA
        nothing is done. A loader has called it for the stream that is current where a batch is taken.
        """
        if self.ready is not None:
            arrays = [array for name in ARRAYS if (array := getattr(self, name)) is not None]
            wait_for(self.ready, arrays)

    def pin_memory(self) -> WindowBatch[Array]:
        """Return a batch of tensors in pinned memory, but those that are on a device; torch calls this where it pins.

        Raises:
            InvalidArgument: It holds numpy arrays.
        """
        self._check_tensors()
        return self.map(lambda tensor: tensor if tensor.is_cuda else tensor.pin_memory())  # type: ignore[arg-type, return-value, union-attr]

    def to(self, device: torch.device | str | int, *, non_blocking: bool = False) -> WindowBatch[Array]:
        """Return a batch of tensors on a device; trainers such as Lightning call this.

        Raises:
            InvalidArgument: It holds numpy arrays.
        """
        self._check_tensors()
        return self.map(lambda tensor: tensor.to(device, non_blocking=non_blocking))  # type: ignore[arg-type, return-value, union-attr]

    def _check_tensors(self) -> None:
        if isinstance(self.valid, np.ndarray):
            raise InvalidArgument(
                'batch must hold tensors to be moved, got numpy arrays; take Collate(tensors="torch")'
            )


def wait_for_batch(batch: object) -> None:
    """Let the CUDA stream that is current for this thread wait for a batch: a `WindowBatch`, or a dict of its arrays.

    What another `collate` makes is left to it.
    """
    if isinstance(batch, WindowBatch):
        batch.wait()
    elif isinstance(batch, dict):
        # Its tensors are there since `Collate` waited for them; their memory belongs to other streams.
        keep_for_stream([value for value in batch.values() if getattr(value, "is_cuda", False)])


ARRAYS = tuple(
    field.name
    for field in fields(WindowBatch)
    if field.name not in ("keys", "spans", "label_spans", "texts", "classes", "ready")
)
"""Names of the attributes that are arrays, or None."""


def _timeline_text(batch: WindowBatch[Array]) -> str:
    assert batch.timeline_valid is not None, "a timeline has its validity"
    return array_text(batch.timeline, batch.timeline_valid)
