"""Windows as training code usually reads them: a Dataset that decodes the file of each sample, in a DataLoader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from torch.utils.data import DataLoader, Dataset

from emos_io import AudioSpec, VideoSpec, WindowPlan
from emos_io.pipes import WindowSample

Frames = npt.NDArray[np.uint8]
Waveform = npt.NDArray[np.float32]
Inputs = TypeVar("Inputs")
ReadFile = Callable[[str, VideoSpec, AudioSpec], tuple[Frames, Waveform]]
"""Gives the frames of a file on the grid of frames a second from 0 on, ``[T, H, W, 3]``, and its mono waveform ``[N]``."""


def read_by_pyav(path: str, video: VideoSpec, audio: AudioSpec) -> tuple[Frames, Waveform]:
    """Decode a file by PyAV: every frame, of which those on the grid are scaled, and all audio."""
    import av

    height, width = video.size
    step = 1 / Fraction(video.fps)
    frames: list[Frames] = []
    waveforms: list[Waveform] = []
    with av.open(path) as container:
        stream, heard = container.streams.video[0], container.streams.audio[0]
        stream.thread_type = "AUTO"
        rate = stream.average_rate
        assert rate is not None, f"{path} has no frame rate"
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=audio.sample_rate)
        for packet in container.demux(stream, heard):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    assert frame.pts is not None and frame.time_base is not None, f"{path}: a frame has no pts"
                    # The frame is on screen at this time of the grid.
                    while len(frames) * step < frame.pts * frame.time_base + 1 / rate:
                        scaled = frame.reformat(width, height, "rgb24", interpolation="BILINEAR")
                        frames.append(np.asarray(scaled.to_ndarray(), np.uint8))
                elif isinstance(frame, av.AudioFrame):
                    waveforms += [part.to_ndarray()[0] for part in resampler.resample(frame)]
        waveforms += [part.to_ndarray()[0] for part in resampler.resample(None)]
    return np.stack(frames), np.concatenate(waveforms)


def read_by_torchcodec(path: str, video: VideoSpec, audio: AudioSpec) -> tuple[Frames, Waveform]:
    """Decode a file by torchcodec: the frames on the grid, and all audio."""
    from decoders import torchcodec_audio, torchcodec_video

    height, width = video.size
    assert height == width, "torchcodec is asked for squares here"
    decoder = torchcodec_video(path, height, num_threads=0)
    end = decoder.metadata.end_stream_seconds
    assert end is not None, f"{path} has no end"
    times = np.arange(int(np.ceil(end * float(video.fps)))) / float(video.fps)
    frames = decoder.get_frames_played_at([float(time) for time in times if time < end]).data.numpy()
    return frames, torchcodec_audio(path, audio.sample_rate).get_all_samples().data.numpy()[0]


READERS: dict[str, ReadFile] = {"torchcodec": read_by_torchcodec, "av": read_by_pyav}


def installed_reader() -> str | None:
    """Return the first reader that is installed, or None."""
    return next((name for name in READERS if find_spec(name) is not None), None)


@dataclass(frozen=True, slots=True)
class FileWindows(Dataset[WindowSample]):
    """The windows of a plan; each decodes its file from the beginning to the end and cuts its part out of it.

    Attributes:
        plan: The windows.
        video, audio: How they are read.
        reader: A name in `READERS`.
    """

    plan: WindowPlan
    video: VideoSpec
    audio: AudioSpec | None
    reader: str

    def __len__(self) -> int:
        return len(self.plan)

    def __getitem__(self, number: int) -> WindowSample:
        planned = self.plan.window(number)
        assert self.audio is not None, "both channels are read"
        frames, waveform = READERS[self.reader](str(planned.path), self.video, self.audio)
        first, count = int(planned.span.start * Fraction(self.video.fps)), self.video.num_frames(planned.span)
        begin, length = int(planned.span.start * self.audio.sample_rate), self.audio.num_samples(planned.span)
        own, heard = frames[first : first + count], waveform[begin : begin + length]
        return WindowSample(
            key=planned.key,
            number=planned.number,
            frames=np.concatenate([own, np.zeros((count - len(own), *frames.shape[1:]), np.uint8)]),
            frame_valid=np.arange(count) < len(own),
            damaged=np.zeros(count, np.bool_),
            waveform=np.pad(heard, (0, length - len(heard)))[None],
            waveform_valid=np.arange(length) < len(heard),
            labels=np.array(planned.labels.soft, np.float32),
            label_valid=bool(planned.labels.valid),
            confidence=1.0,
            weight=1.0,
            text=(),
            span=planned.span,
            label_span=planned.label_span,
            timeline=(),
            classes=tuple(planned.labels.classes),
            is_start=True,
            valid=True,
        )


def usual_batches(
    dataset: FileWindows,
    collate: Callable[[Sequence[WindowSample]], Inputs],
    *,
    batch_size: int,
    num_workers: int,
) -> Iterator[Inputs]:
    """Yield batches without end, shuffled anew in each epoch; workers are spawned once."""
    loader: DataLoader[WindowSample] = DataLoader(
        dataset,
        batch_size=batch_size,
        shuffle=True,
        num_workers=num_workers,
        collate_fn=collate,
        persistent_workers=num_workers > 0,
        multiprocessing_context="spawn" if num_workers else None,
    )
    while True:
        yield from loader
