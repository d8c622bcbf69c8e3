"""Samples to the inputs of a model: what all families of processors share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, Self, TypeAlias, TypedDict

from ..pipes import AudioSpec, MissingAudio, VideoSpec, WindowSample
from ..spans import Seconds
from .conversation import Conversation
from .token_layout import TokenGroup
from .versions import tested

if TYPE_CHECKING:
    import torch
    from transformers import ProcessorMixin

ModelInputs: TypeAlias = "dict[str, torch.Tensor | bool | int]"
"""What ``model(**inputs)`` takes: tensors, and the options of the forward."""
Turns = Literal["all", "last"]


class Reads(TypedDict):
    """Options of `WindowLoader` and `WindowDataset` that a family decides."""

    video: VideoSpec
    audio: AudioSpec | None
    missing_audio: MissingAudio


class Family(ABC):
    """Makes the inputs of a model of samples: a collate function, made for one processor.

    ``WindowLoader(plan, **family.reads, collate=family)`` and ``WindowDataset(plan, **family.reads)`` read what it wants:
    uint8 frames at the processor's own target size on one grid of frames a second, mono audio at the rate of the processor.

    Args:
        processor: A processor of transformers of this family.
        conversation: What is asked of a window, and what the answer is.
        fps: Frames a second, one for all windows.
        size: (height, width) of the frames that you have, or want; `video` has the size that the processor makes of it.
        pixels: Least and most pixels of a frame; None for those of the processor.
        fit: How frames are brought to that size, as in `VideoSpec`.
        turns: Whose answers are labels: ``"all"`` turns of the assistant, or the ``"last"``.
        missing_audio: For a file without audio: ``"silence"`` gives the model as much silence, ``"omit"`` gives it no audio for
            this window, ``"raise"`` refuses it.
    """

    name: ClassVar[str]
    hears: ClassVar[bool]

    def __init__(
        self,
        processor: ProcessorMixin,
        conversation: Conversation,
        *,
        fps: Seconds = 2,
        size: tuple[int, int] = (224, 224),
        pixels: tuple[int, int] | None = None,
        fit: Literal["stretch", "pad", "crop"] = "stretch",
        turns: Turns = "all",
        missing_audio: MissingAudio = "silence",
    ) -> None:
        tested("transformers")
        self.processor, self.conversation, self.turns = processor, conversation, turns
        self.pixels = pixels
        self.missing_audio: MissingAudio = missing_audio
        self.video = VideoSpec(fps, self.frame_size(*size), fit=fit)
        self.audio = AudioSpec(16_000) if self.hears else None

    @property
    def reads(self) -> Reads:
        """Options for `WindowLoader` and `WindowDataset`."""
        return {"video": self.video, "audio": self.audio, "missing_audio": self.missing_audio}

    @abstractmethod
    def frame_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the (height, width) that the processor makes of frames of this size."""

    @abstractmethod
    def layout(self, num_frames: int, num_samples: int | None) -> list[TokenGroup]:
        """Return the order of the tokens of a window.

        Args:
            num_frames: Frames of `video`.
            num_samples: Samples of `audio`; None for a window without audio.
        """

    @abstractmethod
    def num_tokens(self, sample: WindowSample) -> int:
        """Return the tokens of a sample, its conversation with it, without its frames and waveform."""

    @abstractmethod
    def __call__(self, samples: Sequence[WindowSample]) -> ModelInputs:
        """Return the inputs of the model, labels with them."""

    @abstractmethod
    def for_generation(self) -> Self:
        """Return the same for ``model.generate``: without answers and labels, up to where the answer begins."""
