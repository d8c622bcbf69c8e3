"""Normalising frames as pretrained image models want them, on the device where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._checks import as_number
from ..errors import InvalidArgument, short_repr
from .batch import WindowBatch
from .collate import torch_or_extra

if TYPE_CHECKING:
    import torch

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class Normalize:
    """Makes the frames of a batch floating-point numbers, ``(x / 255 - mean) / std`` for each channel.

    It runs on the device where the frames are. Give it after `Collate`, as a part of `collate`, or call it on a batch. Frames
    that are not valid are black, and are normalised like all others.

    Attributes:
        mean: The mean of red, green and blue, of values from 0 to 1.
        std: Their standard deviation, above 0. The default numbers are those of the images of ImageNet, with which the
            pretrained models of torchvision were trained (``torchvision.models``, the transforms of its weights).
        dtype: The floating type of the result; None for ``torch.float32``. Half types are computed as float32 and rounded
            once.

    Raises:
        InvalidArgument: An attribute is not allowed.

    Example:
        >>> from fractions import Fraction
        >>> from emos_io import Collate, VideoSpec, WindowLoader, WindowPlan
        >>> from emos_io.corpus import Monologue
        >>> from emos_io.pipes import Normalize
        >>> item = Monologue(key="streaming/a", name="a", title="A", language="en", duration=Fraction(4))
        >>> plan = WindowPlan([item], 4, 4, num_lanes=1)
        >>> collate, normalize, video = Collate(), Normalize(), VideoSpec(fps=2, size=(8, 8))
        >>> def collated(samples):
        ...     return normalize(collate(samples))
        >>> with WindowLoader(plan, video=video, collate=collated, on_error="mask") as loader:
        ...     for batch in loader:  # the item has no media: frames are black, -mean / std
        ...         print(batch.frames.shape, batch.frames.dtype, round(batch.frames[0, 0, 0, 0, 0].item(), 3))
        torch.Size([1, 8, 8, 8, 3]) torch.float32 -2.118
    """

    mean: Sequence[float] = IMAGENET_MEAN
    std: Sequence[float] = IMAGENET_STD
    dtype: torch.dtype | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", _three(self.mean, "mean"))
        object.__setattr__(self, "std", _three(self.std, "std"))
        if not all(each > 0 for each in self.std):
            raise InvalidArgument(
                f"std must be three numbers above 0, got {short_repr(self.std)}; give the deviation of values from 0 to 1"
            )
        floating = getattr(self.dtype, "is_floating_point", False)
        if self.dtype is not None and floating is not True:
            raise InvalidArgument(
                f"dtype must be a floating type of torch or None, got {short_repr(self.dtype)}; pass such as torch.bfloat16"
            )

    def __call__(self, batch: WindowBatch[torch.Tensor]) -> WindowBatch[torch.Tensor]:
        """Return the batch with its frames normalised; all else is as it was.

        Frames are ``[B, T, H, W, 3]`` where the last axis is of length 3, and else ``[B, T, 3, H, W]``.

        Raises:
            InvalidArgument: The batch has no frames; they are not uint8, or not tensors; or no axis, or both, can be that of
                the channels.

        Cost: one tensor of the type in which it is computed, and one of `dtype` where that is another.
        """
        frames = checked_frames(batch)
        return batch.map(lambda tensor: self._normalised(tensor) if tensor is frames else tensor)

    def _normalised(self, frames: torch.Tensor) -> torch.Tensor:
        import torch

        wanted = torch.float32 if self.dtype is None else self.dtype
        computed = torch.float64 if wanted == torch.float64 else torch.float32
        shape = (3,) if channel_axis(tuple(frames.shape)) == 4 else (3, 1, 1)
        mean, std = (
            torch.tensor(each, dtype=computed, device=frames.device).reshape(shape) for each in (self.mean, self.std)
        )
        return frames.to(computed).div_(255).sub_(mean).div_(std).to(wanted)


def checked_frames(batch: WindowBatch[torch.Tensor]) -> torch.Tensor:
    """Return the frames of a batch.

    Raises:
        InvalidArgument: There are none, or they are not uint8 tensors.
    """
    torch_or_extra()
    import torch

    frames: object = batch.frames if isinstance(batch, WindowBatch) else batch
    if not isinstance(batch, WindowBatch) or frames is None:
        got = "a batch without frames" if isinstance(batch, WindowBatch) else short_repr(batch)
        raise InvalidArgument(
            f"batch must be a WindowBatch with frames, got {got}; call it on what Collate() gives, with video=VideoSpec(...)"
        )
    if not isinstance(frames, torch.Tensor) or frames.dtype != torch.uint8:
        raise InvalidArgument(
            f"frames must be a tensor of uint8, got {type(frames).__name__} of {getattr(frames, 'dtype', None)}; normalise "
            "what Collate() gives, once"
        )
    return frames


def channel_axis(shape: tuple[int, ...]) -> int:
    """Return the axis of the channels of frames, 4 for ``[B, T, H, W, 3]`` or 2 for ``[B, T, 3, H, W]``.

    Raises:
        InvalidArgument: Neither axis, or each of them, is of length 3.
    """
    axes = [axis for axis in (4, 2) if len(shape) == 5 and shape[axis] == 3]
    if len(axes) != 1:
        raise InvalidArgument(
            f"frames must have one axis of 3 channels, the last or the third of five, got {list(shape)}; read them with a "
            "width and a height other than 3"
        )
    return axes[0]


def _three(values: object, name: str) -> tuple[float, float, float]:
    several = list(values) if isinstance(values, Sequence) and not isinstance(values, str | bytes) else []
    numbers = [as_number(each) for each in several]
    if len(numbers) != 3 or any(each is None for each in numbers):
        raise InvalidArgument(
            f"{name} must be three numbers, of red, green and blue, got {short_repr(values)}; leave it out for ImageNet's"
        )
    red, green, blue = (float(each) for each in numbers if each is not None)
    return red, green, blue
