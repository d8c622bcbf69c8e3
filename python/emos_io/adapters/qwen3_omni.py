"""Qwen3-Omni: tokens of video and audio by their position in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import InvalidArgument
from ..pipes import WindowSample
from ..spans import exact_seconds
from .family import Family
from .token_layout import TokenGroup, qwen3_audio_tokens, qwen3_omni


class Qwen3Omni(Family):
    """Inputs of Qwen3-Omni; see `Family`.

    - Frames a second are passed as ``fps=``; without them this processor takes 1, and it does not read metadata of a video.
    - Its feature extractor cuts no audio. It is told to pad to full feature frames of 10 ms: else the last one of the longest
      window of a batch is lost, and how many tokens a window has depends on the batch.
    """

    name = "qwen3_omni"
    hears = True
    processor_class = "Qwen3OmniMoeProcessor"
    model_class = "Qwen3OmniMoeThinkerForConditionalGeneration"

    def layout(self, num_frames: int, num_samples: int | None) -> list[TokenGroup]:
        """Return the order of the tokens of a window, as `Family.layout`."""
        grids, tokens_per_grid = self.num_grids(num_frames)
        extractor = self.processor.feature_extractor
        return qwen3_omni(
            grids,
            tokens_per_grid,
            fps=exact_seconds(self.video.fps),
            num_audio_tokens=None
            if num_samples is None
            else qwen3_audio_tokens(num_samples, hop=extractor.hop_length, n_window=self.processor.n_window),
            position_id_per_seconds=self.processor.position_id_per_seconds,
            temporal=self._temporal,
        )

    def _time_options(self, num_frames: Sequence[int]) -> Mapping[str, object]:
        return {"fps": float(exact_seconds(self.video.fps))}

    def _audio_options(self) -> Mapping[str, object]:
        return {"pad_to_multiple_of": self.processor.feature_extractor.hop_length}

    def _check_length(self, sample: WindowSample, num_samples: int) -> None:
        extractor = self.processor.feature_extractor
        hop, reach = extractor.hop_length, extractor.n_fft // 2
        # Its Fourier transform mirrors half a frame at each end.
        if -(-num_samples // hop) * hop <= reach:
            raise InvalidArgument(
                f"window must be more than {reach // hop * hop} samples of audio, got {num_samples}; choose longer windows, or "
                "leave such items out of the plan",
                key=sample.key,
            )
