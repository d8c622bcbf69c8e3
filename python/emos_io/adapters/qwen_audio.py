"""Audio as ``process_audio_info`` of qwen-omni-utils gives it: mono, 16 kHz, float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt

from ..errors import NoSuchTrack, TimeOutOfRange, quoted
from ..spans import Span, num_samples
from .media_fragments import seconds_text
from .qwen_elements import Asked, Element, QwenOptions, ask_of, check_source, local_file

SAMPLE_RATE = 16_000
"""What the feature extractors of the Omni families want."""

Waveform: TypeAlias = npt.NDArray[np.float32]
Conversations: TypeAlias = "Sequence[Element] | Sequence[Sequence[Element]]"
AudioReader: TypeAlias = Callable[[Conversations, bool], "list[Waveform] | None"]


def audio_reader(theirs: AudioReader, options: QwenOptions) -> AudioReader:
    """Return a function in the stead of ``process_audio_info`` that reads files itself.

    Args:
        theirs: What gets each element that is no file of this machine, one at a time.
        options: What is done where a file has no audio.
    """

    def process_audio_info(conversations: Conversations, use_audio_in_video: bool) -> list[Waveform] | None:
        waveforms = [
            waveform
            for element in _elements(conversations)
            for waveform in _of_element(element, use_audio_in_video, theirs, options)
        ]
        return waveforms or None

    return process_audio_info


def _elements(conversations: Conversations) -> Iterator[Element]:
    many = [conversations] if isinstance(conversations[0], dict) else conversations
    for conversation in cast("Sequence[Sequence[Element]]", many):
        for message in conversation:
            content = message["content"]
            if isinstance(content, list):
                yield from content


def _of_element(
    element: Element, use_audio_in_video: bool, theirs: AudioReader, options: QwenOptions
) -> Sequence[Waveform]:
    kind = element["type"]
    if kind == "audio" or (kind == "video" and use_audio_in_video):
        name = next((name for name in (kind, f"{kind}_url") if name in element), None)
        if name is not None:
            check_source(element[name], kind, heard=True)
            path = local_file(element[name])
            if path is not None and kind == "audio":
                return [_of_audio(ask_of(element, path, "audio", options))]
            if path is not None:
                return [_of_video(ask_of(element, path, "video", options))]
    return theirs([{"role": "user", "content": [element]}], use_audio_in_video) or []


def _of_audio(asked: Asked) -> Waveform:
    """Return the samples of a file that is to be heard only.

    Raises:
        EmosError: As of `Media.samples_in`; or there is no audio in the seconds that are asked for.
    """
    track = asked.audio_track()
    if track is None:
        raise NoSuchTrack(f"there is no audio track; give a file with audio: {quoted(asked.path)}", path=asked.path)
    span = asked.span(cast(Fraction, track.start), cast(Fraction, track.end))
    waveform = _samples(asked, span)
    if waveform is None:
        raise NoSuchTrack(
            f"there is no audio from {seconds_text(span.start)} to {seconds_text(span.end)}; choose other times: "
            f"{quoted(asked.path)}",
            path=asked.path,
            span=span,
        )
    return waveform


def _of_video(asked: Asked) -> Waveform:
    """Return the samples of the seconds of a video, which begin with its first frame and go on to the end of both tracks.

    Raises:
        EmosError: As of `Media.samples_in`; or there is no audio, and none is not allowed.
    """
    video, audio = asked.video_track(), asked.audio_track()
    start, end = cast(Fraction, video.start), cast(Fraction, video.end)
    if audio is not None:
        end = max(end, cast(Fraction, audio.end))
        _check_head(asked, start, cast(Fraction, audio.start), video.average_rate)
    span = asked.span(start, end)
    waveform = None if audio is None else _samples(asked, span)
    if waveform is not None:
        return waveform
    if asked.options.missing_audio == "raise":
        raise NoSuchTrack(
            f"there is no audio from {seconds_text(span.start)} to {seconds_text(span.end)}; give "
            f'missing_audio="silence", or use_audio_in_video=False: {quoted(asked.path)}',
            path=asked.path,
            span=span,
        )
    return np.zeros(num_samples(span, SAMPLE_RATE), np.float32)


def _check_head(asked: Asked, start: Fraction, audio_start: Fraction, rate: Fraction | None) -> None:
    """Refuse to drop audio before the first frame where nobody said when to start; containers are out by up to a frame.

    Raises:
        TimeOutOfRange: The audio begins more than a frame earlier.
    """
    if asked.start is None and start - audio_start > (0 if rate is None else 1 / rate):
        raise TimeOutOfRange(
            f"audio must begin with the first frame, at {seconds_text(start)}, got {seconds_text(audio_start)}; give a start, "
            f'or 0 with pad="repeat_last": {quoted(asked.path)}',
            path=asked.path,
        )


def _samples(asked: Asked, span: Span) -> Waveform | None:
    """Return the samples of a span, zero where the track has none; None where it has none at all."""
    samples = asked.media.samples_in(span, sample_rate=SAMPLE_RATE, num_channels=1)
    return samples.data[0] if samples.valid_ranges else None
