"""Qwen2.5-Omni: chunks of 2 seconds of video and audio, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import InvalidArgument
from ..pipes import WindowSample
from ..spans import exact_seconds
from .family import Family
from .token_layout import TokenGroup, qwen2_5_audio_tokens, qwen2_5_omni


class Qwen2_5Omni(Family):  # noqa: N801 - as transformers spells it
    """Inputs of Qwen2.5-Omni; see `Family`.

    - Frames a second are passed as ``fps=``; without them this processor takes 2, and it does not read metadata of a video.
      Below one pair of frames in a chunk of 2 s it splits tokens of a pair: such `fps` are refused.
    - Its feature extractor cuts audio behind its ``chunk_length``: longer windows are refused. It is 300 s in the files of the
      released 7B model, and 30 s in an extractor made without it.
    """

    name = "qwen2_5_omni"
    hears = True
    processor_class = "Qwen2_5OmniProcessor"
    model_class = "Qwen2_5OmniThinkerForConditionalGeneration"

    def layout(self, num_frames: int, num_samples: int | None) -> list[TokenGroup]:
        """Return the order of the tokens of a window, as `Family.layout`."""
        grids, tokens_per_grid = self.num_grids(num_frames)
        return qwen2_5_omni(
            grids,
            tokens_per_grid,
            fps=exact_seconds(self.video.fps),
            num_audio_tokens=None if num_samples is None else self._num_audio_tokens(num_samples),
            position_id_per_seconds=self.processor.position_id_per_seconds,
            temporal=self._temporal,
            seconds_per_chunk=self.processor.seconds_per_chunk,
        )

    def _num_audio_tokens(self, num_samples: int) -> int:
        return qwen2_5_audio_tokens(num_samples, hop=self.processor.feature_extractor.hop_length)

    def _check_fps(self) -> None:
        chunk = exact_seconds(self.processor.seconds_per_chunk)
        if self.second_per_grid > chunk:
            raise InvalidArgument(
                f"fps must be at least {self._temporal / chunk} for Qwen2_5Omni, got {exact_seconds(self.video.fps)}; its "
                f"processor splits pairs of frames that are more than a chunk of {float(chunk):g} s apart"
            )

    def _time_options(self, num_frames: Sequence[int]) -> Mapping[str, object]:
        return {"fps": float(exact_seconds(self.video.fps))}

    def _audio_options(self) -> Mapping[str, object]:
        return {}

    def _check_length(self, sample: WindowSample, num_samples: int) -> None:
        extractor = self.processor.feature_extractor
        if num_samples > extractor.n_samples:
            seconds = -(-num_samples // extractor.sampling_rate)
            raise InvalidArgument(
                f"window must be at most {extractor.n_samples / extractor.sampling_rate:g} s, the chunk_length of the feature "
                f"extractor, got {num_samples / extractor.sampling_rate:g} s; it would cut the rest: choose shorter windows, "
                f"or WhisperFeatureExtractor(chunk_length={seconds}, ...)",
                key=sample.key,
            )
        if not self._num_audio_tokens(num_samples):
            raise InvalidArgument(
                f"window must be long enough for a token of audio, got {num_samples} samples; choose longer windows, or leave "
                "such items out of the plan",
                key=sample.key,
            )
