"""What a model is given of a window: read as a loader reads it, made into inputs, and read back from these."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from importlib import metadata
from typing import TYPE_CHECKING

import click
import numpy as np

from ..adapters import Conversation, Family, ReadBack, ask, class_name, family_of, load_processor, read_back
from ..errors import InvalidArgument
from ..pipes import MissingAudio, ReadIssues, SampleSpec, WindowSample
from ..pipes.open_media import OpenMedia
from ..pipes.reading import ReadOptions, Run
from ..plan import PlannedWindow
from ..report import ModelAudio, ModelFrame, ModelView, TokenSpan, WindowPage
from ..spans import Span, exact_seconds, sample_at
from .model_options import MissingFrames, OddFrames
from .options import is_default
from .show_prompt import PromptQuestion

if TYPE_CHECKING:
    from transformers import ProcessorMixin

FPS, SIZE = 2, (224, 224)
"""Frames a second and (height, width), where they are left out: those of `Family`."""
LIBRARIES = ("emos-io", "transformers", "torch")
ROUNDING = 0.01
"""How far a pixel value of a uint8 frame may lie from an integer: the normalisation is undone in float64, and
3e-5 of the float32 values is left."""


@dataclass(frozen=True, slots=True)
class ModelQuestion:
    """What a model is asked of a window, and how the window is read for it.

    Attributes:
        processor: Name of the processor.
        question: What is asked; None for one that names the classes.
        answer: What is learnt; None for the class of the label.
        fps: Frames a second; None for `FPS`.
        size: (height, width) of frames; None for `SIZE`.
        pixels: Least and most pixels of a frame; None for those of the processor.
        missing_audio: What a file without audio gives.
        missing_frames: What stands where the media have no frame.
        odd_frames: What an odd number of frames gives.
        prompt: A prompt, which has the question and the answer of its own; or None.
    """

    processor: str
    question: str | None
    answer: str | None
    fps: Fraction | None
    size: tuple[int, int] | None
    pixels: tuple[int, int] | None
    missing_audio: MissingAudio
    missing_frames: MissingFrames
    odd_frames: OddFrames
    prompt: PromptQuestion | None = None

    def answer_of(self, sample: WindowSample) -> str | None:
        """Return what is learnt of a sample, or None."""
        return class_name(sample) if self.answer is None else self.answer


def load(name: str) -> ProcessorMixin:
    """Return a processor.

    Raises:
        UsageError: transformers is not installed, or not in a tested version.
        EmosError: There is no such processor, or no family for it.
    """
    with _quiet():
        try:
            return load_processor(name)
        except ImportError as error:
            raise click.UsageError(str(error)) from error


def default_question(classes: Sequence[str]) -> str:
    """Return a question that names the classes of a layer."""
    names = f": {', '.join(classes)}" if classes else ""
    return f"Which emotion does the speaker express{names}?"


def model_view(page: WindowPage, asked: ModelQuestion, processor: ProcessorMixin) -> ModelView:
    """Return what a model is given of the window of a page.

    Raises:
        EmosError: The window cannot be read, or the processor cannot take it.
    """
    with _quiet():
        conversation = _conversation(page.planned, asked)
        kind = family_of(processor)
        if not (kind.hears or is_default("missing_audio")):
            raise click.UsageError(
                f"--missing-audio must be left out for {kind.__name__}, whose model hears nothing, got "
                f"{asked.missing_audio}; leave it out, or name the processor of a model that hears"
            )
        family: Family = kind(
            processor,
            conversation,
            fps=FPS if asked.fps is None else asked.fps,
            size=SIZE if asked.size is None else asked.size,
            pixels=asked.pixels,
            missing_audio=asked.missing_audio,
            missing_frames=asked.missing_frames,
            odd_frames=asked.odd_frames,
        )
        sample = _read(page.planned, family)
        if conversation(sample)[-1].role == "user":
            family = family.for_generation()
        with _naming_texts(asked):
            seen = read_back(family([sample]), family)
    start, fps, frames = page.span.start, exact_seconds(family.video.fps), sample.frames
    last = 0 if frames is None else len(frames) - 1
    return ModelView(
        processor=asked.processor,
        class_name=type(processor).__name__,
        family=family.name,
        versions={name: metadata.version(name) for name in LIBRARIES},
        fps=fps,
        size=(seen.frames.shape[1], seen.frames.shape[2]),
        pixels=family.pixels,
        missing_audio=asked.missing_audio,
        missing_frames=asked.missing_frames,
        odd_frames=asked.odd_frames,
        frames=tuple(
            ModelFrame(data, start + min(index, last) / fps, tokens, is_repeated=index > last)
            for index, (data, tokens) in enumerate(zip(seen.frames, seen.frame_tokens, strict=True))
        ),
        audio=_audio(start, sample, family, seen),
        prompt=seen.prompt,
        unmasked=seen.unmasked,
        tokens=tuple(
            TokenSpan(run.kind, run.first, run.size, Span(start + run.start, start + run.end)) for run in seen.runs
        ),
        num_tokens=seen.num_tokens,
        num_labels=seen.num_labels,
        notes=(*_prompt_notes(asked), *_notes(sample, seen, asked.missing_frames)),
    )


def _conversation(planned: PlannedWindow, asked: ModelQuestion) -> Conversation:
    if asked.prompt is not None:
        return asked.prompt.about(planned)
    question = default_question(planned.labels.classes) if asked.question is None else asked.question
    return ask(question, asked.answer_of)


def _prompt_notes(asked: ModelQuestion) -> Iterator[str]:
    if asked.prompt is not None:
        prompt = asked.prompt.prompt
        layers = ", ".join(each.name for each in asked.prompt.layers)
        yield f"Prompt: {prompt.name}, of layers {layers}; sha256 {prompt.sha256}."


def _read(planned: PlannedWindow, family: Family) -> WindowSample:
    """Return the sample of a window, as a loader with `family.reads` decodes it; damaged frames are no error."""
    spec = SampleSpec(family.video, family.audio)
    files = OpenMedia(spec, "mask", 1)
    run = Run(files, ReadOptions(spec, missing_audio=family.missing_audio), planned.path, [planned.span])
    try:
        return run.read(planned, is_start=True, issues=ReadIssues())
    finally:
        run.close()
        files.close()


def _audio(start: Fraction, sample: WindowSample, family: Family, seen: ReadBack) -> ModelAudio | None:
    heard = seen.seconds_heard
    if family.audio is None or sample.waveform is None or seen.features is None or not heard:
        return None
    rate = family.audio.sample_rate
    return ModelAudio(sample.waveform[:, : sample_at(heard, rate)], rate, seen.features, Span(start, start + heard))


def _notes(sample: WindowSample, seen: ReadBack, missing_frames: MissingFrames) -> Iterator[str]:
    missing, silent = int((~sample.frame_valid).sum()), int((~sample.waveform_valid).sum())
    if missing:
        instead = "the nearest frame of the window" if missing_frames == "hold" else "black"
        yield f"Frames that the media do not have: {missing} of {len(sample.frame_valid)}; the model sees {instead}."
    if sample.damaged.any():
        yield f"Damaged frames: {np.count_nonzero(sample.damaged)} of {len(sample.damaged)}."
    if silent:
        yield f"Samples that the media do not have: {silent} of {len(sample.waveform_valid)}; the model hears silence."
    if seen.off > ROUNDING:
        yield f"Pixel values are up to {seen.off:.3g} away from integers from 0 to 255: these frames were not uint8."


@contextmanager
def _naming_texts(asked: ModelQuestion) -> Iterator[None]:
    """Let an error about the text of a message name the option that gave the text."""
    try:
        yield
    except InvalidArgument as error:
        for name, role, given in (("question", "user", asked.question), ("answer", "assistant", asked.answer)):
            if given is not None and str(error).rpartition("; ")[0].endswith(f" of the {role}"):
                error.args = (str(error).replace("text of a message", name, 1),)
        raise


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep remarks from stderr, where a verb says what is wrong in one line: those of transformers, and ours of a family.

    The page notes what a family remarks.
    """
    own = logging.getLogger(Family.__module__)
    own_before = own.level
    own.setLevel(logging.ERROR)
    try:
        with _quiet_transformers():
            yield
    finally:
        own.setLevel(own_before)


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    try:
        from transformers.utils import logging as theirs
    except ImportError:
        # Whoever needs it says so.
        yield
        return
    before = theirs.get_verbosity()
    theirs.set_verbosity_error()
    try:
        yield
    finally:
        theirs.set_verbosity(before)
