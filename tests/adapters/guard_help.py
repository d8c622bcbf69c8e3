"""A collate function as people write it by hand, with one thing wrong where a test asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from processors_help import HEARING, make_family, pair

from emos_io.adapters import Family
from emos_io.pipes import WindowSample
from emos_io.testing.tiny_models import TinyFamily

FPS = 4
ANSWER = "Joy"
Waveform = npt.NDArray[np.float32]


def guarded_family(name: TinyFamily, **options: Any) -> Family:
    """A family at 4 frames a second, which takes odd numbers of frames as processors do."""
    return make_family(name, fps=FPS, odd_frames="repeat_last", **options)


def by_hand(
    name: TinyFamily,
    samples: Sequence[WindowSample],
    *,
    frames: Callable[[WindowSample], Any] = lambda sample: sample.frames,
    waveforms: Callable[[Sequence[WindowSample]], Sequence[Waveform]] | None = None,
    time: Mapping[str, Any] | None = None,
    indices: Sequence[int] | None = None,
    audio_options: Mapping[str, Any] | None = None,
    hears: bool | None = None,
    flag: bool = True,
    labels: bool = True,
) -> dict[str, Any]:
    """Return what a collate function without this package makes of samples; all right by default.

    Args:
        name: The family.
        samples: Windows.
        frames: Gives the frames of a window.
        waveforms: Gives the audio of the batch, ``[N]`` each; None for that of the windows.
        time: How the processor is told the frames a second.
        indices: `audio_from_video_indices`; None for the videos in order.
        audio_options: Options of the feature extractor.
        hears: Whether audio is given; None where the family hears.
        flag: Whether the model is told `use_audio_in_video`.
        labels: Whether there are labels.
    """
    processor = pair(name).processor
    mark = "<|vision_bos|><|VIDEO|><|vision_eos|>" if name in HEARING else "<|vision_start|><|video_pad|><|vision_end|>"
    texts = [f"<|im_start|>user\n{mark}Which?<|im_end|>\n<|im_start|>assistant\n{ANSWER}<|im_end|>\n" for _ in samples]
    if time is None:
        metadata = [{"fps": FPS, "total_num_frames": len(each.frame_valid), "frames_indices": range(len(each.frame_valid))}
                    for each in samples]  # fmt: skip
        time = {"fps": float(FPS)} if name in HEARING else {"video_metadata": metadata}
    options: dict[str, Any] = {
        "videos_kwargs": {"do_resize": False, "do_sample_frames": False, "return_tensors": "np", **time},
        "text_kwargs": {"padding": True, "padding_side": "left", "return_tensors": "pt"},
    }
    if hears is None:
        hears = name in HEARING
    if hears:
        mono = [sample.waveform[0] for sample in samples if sample.waveform is not None]
        options["audio"] = mono if waveforms is None else list(waveforms(samples))
        options["audio_from_video_indices"] = list(range(len(samples))) if indices is None else list(indices)
        options["load_audio_from_video"] = True
        options["audio_kwargs"] = dict(audio_options or {})
    inputs = dict(processor(text=texts, videos=[frames(sample) for sample in samples], **options))
    if flag and hears:
        inputs["use_audio_in_video"] = True
    if labels:
        inputs["labels"] = _answers(inputs["input_ids"], processor)
    return inputs


def _answers(ids: Any, processor: Any) -> Any:
    """Labels of the last answer and its end, which are the last tokens but the line break."""
    num_last = len(processor.tokenizer(f"{ANSWER}<|im_end|>\n")["input_ids"])
    labels = ids.clone()
    labels[:, :-num_last] = -100
    labels[:, -1] = -100
    return labels
