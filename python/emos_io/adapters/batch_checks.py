"""The checks of the sync guard: the inputs of a model, one by one, against what their samples hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..errors import OutOfSync, short_repr
from ..pipes import AudioSpec, WindowSample
from ..spans import exact_seconds
from .fingerprints import FEATURE_TOLERANCE, PixelRule, feature_difference, lattice_pixels, lattice_values
from .guarded_inputs import (
    GuardedFamily,
    GuardedInputs,
    check_frames,
    checked_family,
    checked_samples,
    sample_name,
    shape_text,
)
from .guarded_rows import Rows, check_attention, check_labels, check_token_types

MAX_SECONDS_APART = Fraction(1, 10)
"""Audio and video of a window may differ by less: a feature frame is 0.01 s, a frame of 4 fps 0.25 s."""
_SECONDS_TOLERANCE = 1e-5
"""Relative, between seconds of float32 and exact ones."""
Run = tuple[str, int]
"""Tokens of one kind, and how many: ``"video"``, ``"audio"``, or ``"text"`` between them."""
_KINDS = ("text", "video", "audio")
_MAX_RUNS = 6
_NO_ID = -1
_SECONDS = ("video_second_per_grid", "second_per_grid_ts")


class BatchChecks:
    """The inputs of a model, and what they must be."""

    def __init__(self, family: GuardedFamily, samples: Sequence[WindowSample], inputs: Mapping[str, object]) -> None:
        self._inputs = GuardedInputs(inputs)
        self._family, self._samples = checked_family(family), checked_samples(samples)
        samples, processor = self._samples, family.processor
        video = processor.video_processor
        self._rule = PixelRule(
            patch=video.patch_size,
            merge=video.merge_size,
            temporal=video.temporal_patch_size,
            scale=video.rescale_factor if video.do_rescale else 1.0,
            mean=video.image_mean if video.do_normalize else (0.0,) * 3,
            std=video.image_std if video.do_normalize else (1.0,) * 3,
        )
        self._video_id = processor.video_token_id
        self._audio_id: int = processor.audio_token_id if family.hears else _NO_ID
        self._hears = [family.hears and _has_audio(sample) for sample in samples]
        if not any(hears for hears, sample in zip(self._hears, samples, strict=True) if sample.valid) and any(
            sample.valid for sample in samples
        ):
            # Slots without a window are silent where every window is without audio.
            self._hears = [False] * len(samples)
        self._frames_of_audio: list[int] = []
        self._layouts: dict[tuple[int, int | None], Sequence[Run]] = {}

    def check_rows(self) -> None:
        """One row a sample."""
        ids = self._inputs.array("input_ids")
        if ids is None or ids.ndim != 2 or len(ids) != len(self._samples):
            raise OutOfSync(
                f"input_ids must be [{len(self._samples)}, tokens], a row for each sample, got {shape_text(ids)}; "
                "give the guard the samples of the batch, in the order of its rows"
            )
        self._ids = ids
        self._rows = Rows(self._samples, ids, np.isin(ids, [self._video_id, self._audio_id]))
        for sample in self._samples:
            expected = self._num_frames(sample)
            if len(sample.frame_valid) != expected:
                raise OutOfSync(
                    f"frames of a sample must be {expected}, one every 1/{self._family.video.fps} s, got "
                    f"{len(sample.frame_valid)}; read samples with **family.reads: {sample_name(sample)}",
                    key=sample.key,
                )
            check_frames(sample, expected, self._family.video.size)

    def check_attention(self) -> None:
        """The model looks at all tokens of a row, and at no padding."""
        check_attention(self._inputs, self._rows, self._family.processor.tokenizer.pad_token_id)

    def check_token_types(self) -> None:
        """The model is told which tokens are of a video, where it needs that."""
        check_token_types(self._inputs, self._rows, self._family)

    def check_grids(self) -> None:
        """The grids of each video are those of the frames, at the processor's own size."""
        grids = self._inputs.array("video_grid_thw")
        if grids is None or grids.shape != (len(self._samples), 3):
            raise OutOfSync(
                f"video_grid_thw must be [{len(self._samples)}, 3], a row for the video of each sample, got "
                f"{shape_text(grids)}; give the processor the frames of every sample"
            )
        height, width = self._family.video.size
        for sample, got in zip(self._samples, grids.tolist(), strict=True):
            num_grids = -(-self._num_frames(sample) // self._rule.temporal)
            expected = [num_grids, height // self._rule.patch, width // self._rule.patch]
            if got != expected:
                raise OutOfSync(
                    f"video_grid_thw must be {expected}, got {got}; give the processor all frames at family.video.size, "
                    f"with do_resize=False and do_sample_frames=False: {sample_name(sample)}",
                    key=sample.key,
                )

    def check_seconds(self) -> None:
        """The seconds of a grid are those of the frames."""
        expected = self._rule.temporal / float(self._fps)
        name = next((name for name in _SECONDS if name in self._inputs), _SECONDS[not self._family.hears])
        seconds = self._inputs.array(name)
        if seconds is not None and seconds.size != len(self._samples):
            raise OutOfSync(
                f"{name} must have {len(self._samples)} values, one for the video of each sample, got {shape_text(seconds)}; "
                "pass on what the processor gives"
            )
        got = [None] * len(self._samples) if seconds is None else seconds.ravel().tolist()
        for sample, each in zip(self._samples, got, strict=True):
            if each is None or not abs(each - expected) <= _SECONDS_TOLERANCE * expected:
                by = "fps=" if self._family.hears else "video_metadata="
                raise OutOfSync(
                    f"{name} must be {expected:.6g}, frames at {float(self._fps):g} fps, got "
                    f"{each if each is None else f'{each:.6g}'}; give the processor {by}: {sample_name(sample)}",
                    key=sample.key,
                )

    def check_audio(self) -> None:
        """Feature frames cover the seconds of the window, and give a token at least."""
        if not self._family.hears:
            return
        mask = self._inputs.array("feature_attention_mask")
        if mask is not None and mask.ndim != 2:
            raise OutOfSync(
                f"feature_attention_mask must be [rows, feature frames], got {shape_text(mask)}; pass on what the processor "
                "gives"
            )
        frames = [] if mask is None else (mask == 1).sum(-1).tolist()
        heard = [sample for sample, hears in zip(self._samples, self._hears, strict=True) if hears]
        if len(frames) != len(heard):
            first = (heard or [*self._samples])[0]
            raise OutOfSync(
                f"feature_attention_mask must have {len(heard)} rows, one for each sample with audio, got {len(frames)}; "
                f"give the processor audio= and audio_from_video_indices=: {sample_name(first)}",
                key=first.key,
            )
        for sample, got, row in zip(heard, frames, [] if mask is None else mask, strict=True):
            self._check_feature_frames(sample, got)
            if not (row[:got] == 1).all() or (row[got:] != 0).any():
                raise OutOfSync(
                    f"feature_attention_mask must be 1 for the first {got} feature frames and 0 behind them, got others; pass "
                    f"on what a feature extractor with padding_side='right' gives: {sample_name(sample)}",
                    key=sample.key,
                )
        self._frames_of_audio = frames

    def _check_feature_frames(self, sample: WindowSample, got: int) -> None:
        extractor = self._family.processor.feature_extractor
        hop, rate = extractor.hop_length, extractor.sampling_rate
        num_samples = self._num_samples(sample)
        seconds = Fraction(num_samples, rate)
        if got == extractor.nb_max_frames < num_samples // hop:
            raise OutOfSync(
                f"audio must be at most {extractor.chunk_length} s for this feature extractor, got {float(seconds):g} s, of "
                "which the rest was cut off; load it with a larger chunk_length, or use shorter windows: "
                f"{sample_name(sample)}",
                key=sample.key,
            )
        if abs(Fraction(got * hop, rate) - seconds) > MAX_SECONDS_APART:
            raise OutOfSync(
                f"audio features must cover {float(seconds):g} s, as the video does, got {got * hop / rate:g} s; give mono "
                f"audio of the same span at {rate} Hz: {sample_name(sample)}",
                key=sample.key,
            )
        # An extractor that pads to the longest row may drop its last, unfinished frame.
        if got not in (num_samples // hop, -(-num_samples // hop)):
            raise OutOfSync(
                f"feature frames must be {-(-num_samples // hop)}, one every {hop} samples, got {got}; "
                f"give all samples of the window and no others: {sample_name(sample)}",
                key=sample.key,
            )

    def check_order(self) -> None:
        """Video and audio tokens of each row stand in the order of the formula, audio within the video."""
        frames_of_audio = iter(self._frames_of_audio)
        hop = self._family.processor.feature_extractor.hop_length if self._family.hears else 0
        for ids, sample, hears in zip(self._ids, self._samples, self._hears, strict=True):
            # Feature frames as they are: their number was checked, and may depend on the other rows of the batch.
            num_samples = next(frames_of_audio) * hop if hears else None
            got, expected = self._runs(ids), self._layout(sample, num_samples)
            if hears and _total(expected, "audio") == 0:
                raise OutOfSync(
                    f"audio must be long enough for one token, got {self._num_samples(sample)} samples; "
                    f"use longer windows: {sample_name(sample)}",
                    key=sample.key,
                )
            if hears and _total(got, "audio") == 0:
                raise OutOfSync(
                    f"audio tokens must be {_total(expected, 'audio')}, got 0; give the processor audio=, "
                    f"audio_from_video_indices= and load_audio_from_video=True: {sample_name(sample)}",
                    key=sample.key,
                )
            if got != expected:
                raise OutOfSync(
                    f"tokens must be {_in_words(expected, got)}, got {_in_words(got, expected)}; video and audio are out of "
                    f"step, give the processor the fps of the frames and its own audio to each video: {sample_name(sample)}",
                    key=sample.key,
                )

    def _layout(self, sample: WindowSample, num_samples: int | None) -> Sequence[Run]:
        shape = (self._num_frames(sample), num_samples)
        if shape not in self._layouts:
            try:
                self._layouts[shape] = self._family.layout(*shape)
            except OutOfSync as error:
                error.key = sample.key
                raise
        return self._layouts[shape]

    def check_flag(self) -> None:
        """`use_audio_in_video` says what all rows hold: the model reckons positions by it."""
        if not self._family.hears:
            return
        if len(set(self._hears)) > 1:
            silent = self._samples[self._hears.index(False)]
            raise OutOfSync(
                "samples of a batch must all have audio, or none of them, got both; use_audio_in_video is one for the batch, "
                f'use missing_audio="silence": {sample_name(silent)}',
                key=silent.key,
            )
        flag = self._inputs.array("use_audio_in_video")
        if (flag is not None and flag.size > 0 and bool(flag.all())) != any(self._hears):
            first, got = self._samples[0], False if flag is None else self._inputs.value("use_audio_in_video")
            raise OutOfSync(
                f"use_audio_in_video must be {any(self._hears)} in the inputs of the model, got {short_repr(got)}; its "
                f"positions of video and audio are wrong otherwise: {sample_name(first)}",
                key=first.key,
            )

    def check_pixels(self) -> None:
        """Some pixels of every frame are those of the sample."""
        import torch

        rule, (height, width) = self._rule, self._family.video.size
        per_grid, first = (height // rule.patch) * (width // rule.patch), 0
        num_grids = sum(-(-self._num_frames(sample) // rule.temporal) for sample in self._samples)
        expected = [num_grids * per_grid, 3 * rule.temporal * rule.patch**2]
        patches = self._inputs.tensor("pixel_values_videos")
        if patches is None or list(patches.shape) != expected:
            raise OutOfSync(
                f"pixel_values_videos must be {expected}, the patches of all videos, got "
                f"{None if patches is None else list(patches.shape)}; give the processor the frames of every sample, "
                "and pass on all rows"
            )
        for sample in self._samples:
            num_frames = self._num_frames(sample)
            if sample.frames is not None:
                pixels = lattice_pixels(_channels_last(sample.frames))
                got = lattice_values(patches, first, self._rule, num_frames, height, width)
                # Half a level tells neighbours apart; bfloat16 has no step that small near 2.
                self._check_values(sample, pixels, got, self._rule.half_level * (1 + (patches.dtype == torch.bfloat16)))
            first += -(-num_frames // self._rule.temporal) * per_grid

    def _check_values(
        self, sample: WindowSample, pixels: npt.NDArray[np.uint8], got: npt.NDArray[np.floating], tolerance: float
    ) -> None:
        apart = np.abs(self._rule.values(pixels) - got).max(axis=(1, 2, 3))
        if apart.max() <= tolerance:
            return
        if np.abs(self._rule.values(pixels, times_scale=2) - got).max() <= tolerance:
            raise OutOfSync(
                f"frames must be uint8 in [0, 255], got values that were multiplied by {self._rule.scale:.4g} twice; "
                f"do not divide them by 255 before the processor does: {sample_name(sample)}",
                key=sample.key,
            )
        frame = int((~(apart <= tolerance)).argmax())
        raise OutOfSync(
            f"pixel_values_videos must be those of the sample's frames, got others from frame {frame} on; give the processor "
            f"uint8 frames in the order of the samples: {sample_name(sample)}",
            key=sample.key,
        )

    def check_features(self) -> None:
        """Some moments of every waveform are those of the sample."""
        if not any(self._hears):
            return
        features = self._inputs.array("input_features")
        extractor = self._family.processor.feature_extractor
        heard = [sample for sample, hears in zip(self._samples, self._hears, strict=True) if hears]
        mask = self._inputs.array("feature_attention_mask")
        bins, num_frames = extractor.mel_filters.shape[1], 0 if mask is None else mask.shape[-1]
        if features is None or features.shape != (len(heard), bins, num_frames):
            raise OutOfSync(
                f"input_features must be {[len(heard), bins, num_frames]}, a row for each sample with audio, got "
                f"{shape_text(features)}; give the processor audio=, and pass on what it gives: {sample_name(heard[0])}",
                key=heard[0].key,
            )
        for sample, row in zip(heard, features, strict=True):
            if sample.waveform is None or sample.waveform.shape[1] != self._num_samples(sample):
                # Undecoded, or at another rate: only its length is known.
                continue
            waveform = sample.waveform.mean(axis=0, dtype=np.float32)
            apart = feature_difference(row, waveform, extractor.mel_filters, extractor.hop_length)
            if not apart <= FEATURE_TOLERANCE:
                raise OutOfSync(
                    f"input_features must be those of the sample's waveform, got others by {apart:.3g}; give the processor "
                    "audio in the order of the samples, and each its video in audio_from_video_indices=: "
                    f"{sample_name(sample)}",
                    key=sample.key,
                )

    def check_labels(self, is_first: bool) -> None:
        """Labels are ids of their own token, none of padding, video or audio; a first batch has some."""
        check_labels(self._inputs, self._rows, is_first)

    @property
    def _fps(self) -> Fraction:
        return exact_seconds(self._family.video.fps)

    def _num_frames(self, sample: WindowSample) -> int:
        return len(sample.frame_valid) if sample.span is None else self._family.video.num_frames(sample.span)

    def _num_samples(self, sample: WindowSample) -> int:
        rate = self._family.processor.feature_extractor.sampling_rate
        return len(sample.waveform_valid) if sample.span is None else AudioSpec(rate).num_samples(sample.span)

    def _runs(self, ids: npt.NDArray[np.generic]) -> Sequence[Run]:
        """Return the runs of a row from its first token of video or audio to its last."""
        kinds = (ids == self._video_id) + 2 * (ids == self._audio_id)
        (found,) = kinds.nonzero()
        if not found.size:
            return []
        kinds = kinds[found[0] : found[-1] + 1]
        starts = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist()]
        return [
            (_KINDS[kinds[start]], end - start) for start, end in zip(starts, [*starts[1:], len(kinds)], strict=True)
        ]


def _has_audio(sample: WindowSample) -> bool:
    """Return whether a sample has audio; one that is not decoded has it by its length."""
    return sample.waveform is not None or len(sample.waveform_valid) > 0


def _channels_last(frames: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return frames as ``[T, H, W, 3]``."""
    return frames if frames.shape[3] == 3 else frames.transpose(0, 2, 3, 1)


def _total(runs: Sequence[Run], kind: str) -> int:
    return sum(size for each, size in runs if each == kind)


def _in_words(runs: Sequence[Run], other: Sequence[Run]) -> str:
    """Return runs such as ``V16 A50``, from where they differ from others."""
    same = next((n for n, (a, b) in enumerate(zip(runs, other, strict=False)) if a != b), min(len(runs), len(other)))
    first = max(0, same - 1)
    words = [f"{kind[0].upper()}{size}" for kind, size in runs[first : first + _MAX_RUNS]]
    before, after = ["..."] * (first > 0), ["..."] * (first + _MAX_RUNS < len(runs))
    return " ".join([*before, *words, *after]) or "none"
