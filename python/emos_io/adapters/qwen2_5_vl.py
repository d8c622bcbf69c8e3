"""Qwen2.5-VL: video alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import InvalidArgument
from ..pipes import WindowSample
from ..spans import exact_seconds
from .family import Family
from .token_layout import TokenGroup, qwen2_5_vl


class Qwen2_5VL(Family):  # noqa: N801 - as transformers spells it
    """Inputs of Qwen2.5-VL, which hears nothing; see `Family`.

    Frames a second are passed as ``video_metadata``: this processor does not read ``fps=``, and takes 24 without metadata.
    Samples with a waveform are refused.
    """

    name = "qwen2_5_vl"
    hears = False
    processor_class = "Qwen2_5_VLProcessor"
    model_class = "Qwen2_5_VLForConditionalGeneration"

    def layout(self, num_frames: int, num_samples: int | None) -> list[TokenGroup]:
        """Return the tokens of a window, all of video.

        Raises:
            InvalidArgument: `num_samples` is not None.
        """
        if num_samples is not None:
            raise InvalidArgument(f"num_samples must be None for Qwen2_5VL, got {num_samples}; its model hears nothing")
        return qwen2_5_vl(*self.num_grids(num_frames))

    def _time_options(self, num_frames: Sequence[int]) -> Mapping[str, object]:
        fps = float(exact_seconds(self.video.fps))
        return {
            "video_metadata": [
                {"fps": fps, "total_num_frames": count, "frames_indices": list(range(count))} for count in num_frames
            ]
        }

    def _audio_options(self) -> Mapping[str, object]:
        return {}

    def _check_length(self, sample: WindowSample, num_samples: int) -> None:
        pass
