"""A window and its messages as the body of a request, in the form that a server takes.

`vllm`, read in the source of vLLM 0.33.0: frames that were taken out already are one ``video_url`` of the type ``video/jpeg``,
base64 texts with commas between them. The server keeps 32 of them unless ``media_io_kwargs.video.num_frames`` says how many
there are, and takes 1 frame a second unless ``fps`` says more; ``frames_indices`` and ``total_num_frames`` say that no frame
is missing, ``do_sample_frames`` that none is to be left out. Processors that know no such metadata (the Omni families) read
``mm_processor_kwargs.fps``. Audio is an ``audio_url`` of its own.

`openai`: each frame is an ``image_url`` after a text with its time from the start of the window, audio an ``input_audio``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ...adapters import Message
from ...pipes import AudioSpec, VideoSpec, WindowSample
from ...spans import exact_seconds
from .encoding import base64_text, jpeg, wav
from .options import ServerOptions

Body = dict[str, object]
_Part = dict[str, object]


def request_body(
    options: ServerOptions,
    sample: WindowSample,
    messages: Sequence[Message],
    *,
    video: VideoSpec,
    audio: AudioSpec | None,
) -> Body:
    """Return the body of a request for chat completions, greedy.

    Args:
        options: The form, the model, and how long an answer may become.
        sample: The window: its frames and its waveform are sent, where it has them.
        messages: What is said; an answer at the end is left out, since it is what is asked.
        video, audio: How frames and waveform were read.

    Cost: that of encoding the frames.
    """
    asked = list(messages)
    while asked and asked[-1].role == "assistant":
        asked.pop()
    fps = exact_seconds(video.fps)
    frames = [] if sample.frames is None else [base64_text(jpeg(frame)) for frame in _frames_last(sample.frames, video)]
    waveform = None
    if sample.waveform is not None and audio is not None and sample.waveform.shape[1]:
        waveform = base64_text(wav(sample.waveform, audio.sample_rate))
    parts = _vllm_parts(frames, waveform) if options.form == "vllm" else _openai_parts(frames, waveform, fps)
    body: Body = {
        "model": options.model,
        "messages": [_message(each, parts) for each in asked],
        "temperature": 0,
        "max_tokens": options.max_new_tokens,
        "stream": False,
    }
    if options.form == "vllm" and frames:
        body |= _vllm_times(len(frames), fps)
    return body


def _message(message: Message, parts: Sequence[_Part]) -> Mapping[str, object]:
    if not message.window:
        return {"role": message.role, "content": message.text}
    return {"role": message.role, "content": [*parts, {"type": "text", "text": message.text}]}


def _frames_last(frames: npt.NDArray[np.uint8], video: VideoSpec) -> npt.NDArray[np.uint8]:
    """Return frames as ``[T, H, W, 3]``."""
    return frames.transpose(0, 2, 3, 1) if video.dimension_order == "TCHW" else frames


def _vllm_parts(frames: Sequence[str], waveform: str | None) -> list[_Part]:
    parts: list[_Part] = []
    if frames:
        parts.append({"type": "video_url", "video_url": {"url": "data:video/jpeg;base64," + ",".join(frames)}})
    if waveform is not None:
        parts.append({"type": "audio_url", "audio_url": {"url": "data:audio/wav;base64," + waveform}})
    return parts


def _vllm_times(num_frames: int, fps: Fraction) -> Body:
    return {
        "media_io_kwargs": {
            "video": {
                "num_frames": num_frames,
                "fps": float(fps),
                "frames_indices": list(range(num_frames)),
                "total_num_frames": num_frames,
                "duration": float(num_frames / fps),
                "do_sample_frames": False,
            }
        },
        "mm_processor_kwargs": {"fps": float(fps), "do_sample_frames": False},
    }


def _openai_parts(frames: Sequence[str], waveform: str | None, fps: Fraction) -> list[_Part]:
    parts: list[_Part] = []
    for index, frame in enumerate(frames):
        parts.append({"type": "text", "text": f"[{float(index / fps):.2f} s]"})
        parts.append({"type": "image_url", "image_url": {"url": "data:image/jpeg;base64," + frame}})
    if waveform is not None:
        parts.append({"type": "input_audio", "input_audio": {"data": waveform, "format": "wav"}})
    return parts
