"""Samples to the inputs of a model: what all families of processors share."""

from __future__ import annotations

import copy
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, Self, TypeAlias, TypedDict, get_args

import numpy as np

from .._checks import choice, is_sequence
from ..errors import InvalidArgument, quoted, short_repr
from ..pipes import AudioSpec, MissingAudio, VideoSpec, WindowSample
from ..spans import Seconds, exact_seconds
from .arrays import Frames, MissingFrames, Waveform, checked_frames, checked_waveform, frames_for_model
from .conversation import Conversation, Message
from .frame_sizes import check_pixels_kept, checked_pixels, patches_of, processor_size, video_pixels
from .sync_guard import check_inputs
from .token_layout import TokenGroup, video_grids
from .turns import NO_LABEL, Prompt, TurnFinder, Turns
from .versions import tested

if TYPE_CHECKING:
    import torch
    from transformers import ProcessorMixin

ModelInputs: TypeAlias = "dict[str, torch.Tensor | bool | int]"
"""What ``model(**inputs)`` takes: tensors, and the options of the forward."""
OddFrames = Literal["raise", "repeat_last"]
Unlabelled = Literal["raise", "allow"]
ProcessorOptions: TypeAlias = "dict[str, dict[str, object] | bool | list[int] | list[Waveform]]"
"""Arguments of a processor, beside text and videos."""
_LOG = logging.getLogger(__name__)
_NO_CONVERSATION = (Message("user", "", window=True),)
"""Of an empty slot."""


class Reads(TypedDict):
    """Options of `WindowLoader` and `WindowDataset` that a family decides."""

    video: VideoSpec
    audio: AudioSpec | None
    missing_audio: MissingAudio


class _Row(NamedTuple):
    """What the processor gets of one sample."""

    prompt: Prompt
    frames: Frames
    waveform: Waveform | None
    has_labels: bool


class Family(ABC):
    """Makes the inputs of a model of samples: a collate function, made for one processor.

    ``WindowLoader(plan, **family.reads, collate=family)`` and ``WindowDataset(plan, **family.reads)`` read what it wants:
    uint8 frames at the processor's own target size on one grid of frames a second, mono audio at the rate of the processor.
    Rows stay where they are: an empty slot and a window that could not be read have black frames, silence and no label.

    Args:
        processor: A processor of transformers of this family.
        conversation: What is asked of a window, and what the answer is.
        fps: Frames a second, one for all windows.
        size: (height, width) of the frames that you have, or want; `video` has the size that the processor makes of it.
        pixels: Least and most pixels of a frame; None for those of the processor.
        fit: How frames are brought to that size, as in `VideoSpec`.
        turns: Whose answers are labels: ``"all"`` turns of the assistant, or the ``"last"``, where the conversation ends
            with it.
        missing_audio: For a file without audio: ``"silence"`` gives the model as much silence, ``"omit"`` gives it no audio for
            this window, ``"raise"`` refuses it, and a window in which the audio has ended or not begun. Audio that a window has
            in part is silence where it lacks. With ``"omit"`` a batch has audio in all of its windows or in none: the models
            take the video of a window without audio for text where another window of the batch has audio.
        missing_frames: For a window of which some frames are not there, since the video begins later or ends earlier, or the
            window does: ``"black"`` gives black frames, and logs a warning once for each object, ``"hold"`` gives the nearest
            frame of the window instead, ``"raise"`` refuses it. A window that was read and has no frame at all is refused.
        odd_frames: Models take frames in pairs. ``"raise"`` refuses a window with an odd number of them, ``"repeat_last"``
            gives its last frame twice.
        unlabelled: ``"raise"`` refuses a first batch in which no token is a label, once for each object: a worker of a
            DataLoader has its own. ``"allow"`` takes it. A later batch without labels has the loss 0.
        guard: Compare what the processor made with what the samples hold, in each batch; see `sync_guard`.

    Attributes:
        video, audio: How windows are read.
        odd_frames, turns, missing_audio, missing_frames, guard: As above.

    Raises:
        ImportError: transformers is not installed, or its version was not tested.
        InvalidArgument: An argument is not allowed, the processor is of another family or has no size of a video, or rounds the
            size of frames out of `pixels`.
    """

    name: ClassVar[str]
    hears: ClassVar[bool]
    processor_class: ClassVar[str]
    """The class of transformers that `processor` must be of."""
    model_class: ClassVar[str]
    """The class of transformers that trains on these inputs."""

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
        missing_frames: MissingFrames = "black",
        odd_frames: OddFrames = "raise",
        unlabelled: Unlabelled = "raise",
        guard: bool = True,
    ) -> None:
        transformers = tested("transformers")
        if not isinstance(processor, getattr(transformers, self.processor_class)):
            raise InvalidArgument(
                f"processor must be a {self.processor_class} for {type(self).__name__}, got {type(processor).__name__}; "
                "choose the family of your model"
            )
        if not callable(conversation):
            raise InvalidArgument(
                f"conversation must be a function of a sample, got {short_repr(conversation)}; use ask(question)"
            )
        self.processor, self.conversation = _padding_audio_behind(processor), conversation
        self.turns = turns
        self.missing_audio = choice(missing_audio, get_args(MissingAudio), "missing_audio")
        self.odd_frames = choice(odd_frames, get_args(OddFrames), "odd_frames")
        self.unlabelled = choice(unlabelled, get_args(Unlabelled), "unlabelled")
        self.missing_frames = choice(missing_frames, get_args(MissingFrames), "missing_frames")
        if not isinstance(guard, bool):
            raise InvalidArgument(
                f"guard must be True or False, got {short_repr(guard)}; leave it True but to measure time"
            )
        self.guard = guard
        self._finder = TurnFinder(self.processor, turns)
        self._patch, self._merge, self._temporal = patches_of(processor)
        self.pixels = video_pixels(processor) if pixels is None else checked_pixels(pixels)
        # Refuses a wrong size or fps before it is computed with.
        wanted = VideoSpec(fps, size)
        if pixels is not None:
            check_pixels_kept(wanted.size, self._patch * self._merge, self.pixels)
        self.video = VideoSpec(fps, self.frame_size(*wanted.size), fit=fit)
        self.audio = AudioSpec(processor.feature_extractor.sampling_rate) if self.hears else None
        self._check_fps()
        self._for_generation = False
        self._had_labels = False
        self._warned_of_black = False

    @property
    def reads(self) -> Reads:
        """Options for `WindowLoader` and `WindowDataset`."""
        return {"video": self.video, "audio": self.audio, "missing_audio": self.missing_audio}

    @property
    def second_per_grid(self) -> Fraction:
        """Seconds from one pair of frames to the next."""
        return self._temporal / exact_seconds(self.video.fps)

    def frame_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the (height, width) that the processor makes of frames of this size: its own rule, and `pixels`.

        Raises:
            InvalidArgument: One side is more than 200 times the other.
        """
        return processor_size(height, width, self._patch * self._merge, self.pixels)

    def num_grids(self, num_frames: int) -> tuple[int, int]:
        """Return how many pairs of frames the model takes of `num_frames`, and the tokens of each."""
        height, width = self.video.size
        return video_grids(num_frames, height, width, patch=self._patch, merge=self._merge, temporal=self._temporal)

    @abstractmethod
    def layout(self, num_frames: int, num_samples: int | None) -> list[TokenGroup]:
        """Return the order of the tokens of a window, by formula.

        Args:
            num_frames: Frames of `video`.
            num_samples: Samples of `audio`; None for a window without audio.
        """

    def num_tokens(self, sample: WindowSample) -> int:
        """Return the tokens of a sample, its conversation with it, without its frames and waveform.

        It is the length of ``input_ids`` of a batch of this sample alone. A sample of `undecoded_sample` counts with audio,
        since nobody has opened its file.

        Raises:
            InvalidArgument: Its conversation is not allowed.
        """
        num_samples = len(sample.waveform_valid) if self.hears and len(sample.waveform_valid) else None
        # Around the window's audio stand the tokens of its beginning and of its end.
        marks = 0 if num_samples is None else 2
        window = sum(group.size for group in self.layout(len(sample.frame_valid), num_samples))
        return self._finder.num_tokens(self._prompt(sample)) + marks + window

    def __call__(self, samples: Sequence[WindowSample]) -> ModelInputs:
        """Return the inputs of the model, labels with them.

        Args:
            samples: Windows that were read with `reads`.

        Returns:
            What the processor made, as tensors, padded on the left; ``labels`` int64 ``[B, T]``, -100 where a token is no
            label; ``num_items_in_batch``, the labels of the batch, at least 1, by which models divide the loss; and for
            families that hear ``use_audio_in_video``, True where a window has audio. Without the last three in
            `for_generation`.

        Raises:
            InvalidArgument: A sample is not what this family reads, or its conversation is not allowed.
            OutOfSync: The processor made of it what the window does not hold.
        """
        samples = self._samples_for_model(samples)
        rows = self._rows(samples)
        options = self._options(rows)
        encoded = self.processor(
            text=[row.prompt.text for row in rows],
            videos=[row.frames for row in rows],
            # Tensors are made at the end: numpy counts the tokens between, and warns of tensors.
            text_kwargs={"padding": True, "padding_side": "left", "truncation": False, "return_tensors": "pt"},
            **options,
        )
        inputs: ModelInputs = dict(encoded)
        if "load_audio_from_video" in options:
            inputs["use_audio_in_video"] = True
        if not self._for_generation:
            self._add_labels(inputs, rows)
        if self.guard:
            check_inputs(self, samples, inputs, needs_labels=not self._for_generation)
        return inputs

    def for_generation(self) -> Self:
        """Return the same for ``model.generate``: up to the last message of the user and where the answer begins; no labels."""
        other = copy.copy(self)
        other._for_generation = True
        return other

    def _check_fps(self) -> None:  # noqa: B027 - most processors take any
        """Refuse frames a second at which the processor goes wrong."""

    @abstractmethod
    def _time_options(self, num_frames: Sequence[int]) -> Mapping[str, object]:
        """Return how this family is told when frames are, as options of the video processor."""

    @abstractmethod
    def _audio_options(self) -> Mapping[str, object]:
        """Return options of the feature extractor."""

    @abstractmethod
    def _check_length(self, sample: WindowSample, num_samples: int) -> None:
        """Refuse a window whose audio the feature extractor cuts, or makes no token of."""

    def _samples_for_model(self, samples: Sequence[WindowSample]) -> list[WindowSample]:
        """Return the samples, checked, with the frames that the model is shown."""
        given = list(samples) if isinstance(samples, Sequence) and is_sequence(samples) else []
        if not given or not all(isinstance(each, WindowSample) for each in given):
            raise InvalidArgument(
                f"samples must be one or more WindowSamples, got {short_repr(samples)}; pass collate=family to WindowLoader, "
                "or collate_fn=family to a DataLoader over WindowDataset"
            )
        for_model = []
        for sample in given:
            frames = checked_frames(sample, self.video, type(self).__name__)
            frames, num_black = frames_for_model(sample, frames, self.missing_frames)
            if num_black and not self._warned_of_black:
                self._warned_of_black = True
                _LOG.warning(
                    "%d of %d frames of a window are not there and black for the model, said once; pass "
                    "missing_frames='hold' or 'raise' to the family, or leave such windows out: %s",
                    num_black,
                    len(frames),
                    quoted(sample.key or ""),
                )
            for_model.append(sample if frames is sample.frames else replace(sample, frames=frames))
        return for_model

    def _rows(self, samples: Sequence[WindowSample]) -> list[_Row]:
        waveforms = [self._waveform(sample) for sample in samples]
        if self.missing_audio == "omit":
            real = [index for index, sample in enumerate(samples) if sample.valid]
            silent = [samples[index].key for index in real if waveforms[index] is None]
            if silent and len(silent) < len(real):
                raise InvalidArgument(
                    f"windows of a batch must all have audio, or none, with missing_audio='omit', got {len(silent)} of "
                    f"{len(real)} without; use missing_audio='silence', or batches of one: the model would take the video for "
                    "text",
                    key=silent[0],
                )
            if silent:
                # Windows that were not read have no audio either then.
                waveforms = [None] * len(waveforms)
        return [
            _Row(self._prompt(sample), self._frames(sample), waveform, sample.valid)
            for sample, waveform in zip(samples, waveforms, strict=True)
        ]

    def _prompt(self, sample: WindowSample) -> Prompt:
        messages = _NO_CONVERSATION if sample.number is None else self.conversation(sample)
        return self._finder.prompt(messages, sample.key, for_generation=self._for_generation)

    def _frames(self, sample: WindowSample) -> Frames:
        frames = sample.frames
        assert frames is not None, "it was checked"
        if odd := len(frames) % self._temporal:
            if self.odd_frames == "raise":
                raise InvalidArgument(
                    f"frames must be a multiple of {self._temporal}, got {len(frames)}; choose windows whose length is a "
                    f"multiple of {self.second_per_grid} s, or odd_frames='repeat_last'",
                    key=sample.key,
                )
            frames = np.concatenate([frames, *[frames[-1:]] * (self._temporal - odd)])
        return frames

    def _waveform(self, sample: WindowSample) -> Waveform | None:
        if self.audio is None:
            if sample.waveform is not None:
                raise InvalidArgument(
                    f"waveform must be None for {type(self).__name__}, whose model hears nothing, got "
                    f"{list(sample.waveform.shape)}; read windows with **family.reads, or with audio=None",
                    key=sample.key,
                )
            return None
        waveform = checked_waveform(sample, self.audio, type(self).__name__)
        if waveform is None:
            if self.missing_audio != "omit":
                raise InvalidArgument(
                    f"waveform must be there with missing_audio={self.missing_audio!r}, got None; read windows with "
                    "**family.reads, or let the family omit it too",
                    key=sample.key,
                )
            return None
        if self.missing_audio == "raise" and sample.valid and not sample.waveform_valid.any():
            raise InvalidArgument(
                "waveform must be there with missing_audio='raise', got none of its samples: the audio ends before the window, "
                "or begins after it; leave the window out of the plan, or use missing_audio='silence'",
                key=sample.key,
            )
        self._check_length(sample, len(waveform))
        return waveform

    def _options(self, rows: Sequence[_Row]) -> ProcessorOptions:
        known = self.processor.video_processor.valid_kwargs.__annotations__
        options: ProcessorOptions = {
            "videos_kwargs": {
                "do_resize": False,
                "do_sample_frames": False,
                "input_data_format": "channels_last",
                "return_tensors": "np",
                # It bears on resizing alone; left out, it is asked for in the log.
                **({"cap_pixels_per_frame": False} if "cap_pixels_per_frame" in known else {}),
                **self._time_options([len(row.frames) for row in rows]),
            }
        }
        heard = [index for index, row in enumerate(rows) if row.waveform is not None]
        if heard and self.audio is not None:
            options["audio"] = [row.waveform for row in rows if row.waveform is not None]
            options["audio_from_video_indices"] = heard
            options["load_audio_from_video"] = True
            options["audio_kwargs"] = {"sampling_rate": self.audio.sample_rate, **self._audio_options()}
        return options

    def _add_labels(self, inputs: ModelInputs, rows: Sequence[_Row]) -> None:
        import torch

        ids = inputs["input_ids"]
        assert isinstance(ids, torch.Tensor)
        labels = torch.full_like(ids, NO_LABEL)
        for index, row in enumerate(rows):
            if row.has_labels:
                labels[index] = torch.tensor(self._finder.labels(ids[index].tolist(), row.prompt))
        num_labels = int((labels != NO_LABEL).sum())
        if not num_labels and not self._had_labels and self.unlabelled == "raise":
            raise InvalidArgument(
                f"first batch must have a label, got none in {len(rows)} windows; let the conversation end with an answer, or "
                "pass unlabelled='allow' where windows have none",
            )
        self._had_labels = self._had_labels or num_labels > 0
        # A batch without labels has the loss 0, where a mean over none would be no number.
        inputs["labels"], inputs["num_items_in_batch"] = labels, max(1, num_labels)


def _padding_audio_behind(processor: ProcessorMixin) -> ProcessorMixin:
    """Return the processor, or a copy where its feature extractor pads audio in front.

    ``AutoProcessor.from_pretrained(..., padding_side="left")`` tells the extractor too, which takes no such option in a call.
    """
    extractor = getattr(processor, "feature_extractor", None)
    if extractor is None or extractor.padding_side == "right":
        return processor
    processor, extractor = copy.copy(processor), copy.copy(extractor)
    extractor.padding_side = "right"
    processor.feature_extractor = extractor
    return processor
