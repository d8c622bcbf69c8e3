"""The same work in each library, as its own documents advise, and how close answers must be to count as the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

import decoders

LENGTH, HOP, FPS, SIZE, RATE, FRAMES = 4, 1, 4, 224, 16_000, 8

FRAME_TOLERANCE = 12.0
"""Mean difference of 8-bit values: peers scale in RGB or with another kernel, which moves edges, not content."""
AUDIO_TOLERANCE = 0.02
"""Root mean square of the difference at full scale 1: peers' resamplers differ near the upper end of the band."""

Frames = npt.NDArray[np.uint8]
Waveform = npt.NDArray[np.float32]
Answer = tuple[list[Frames], list[Waveform]]
Scalar = TypeVar("Scalar", bound=np.generic)


class Library(Protocol):
    """One library's way to do the work."""

    @property
    def name(self) -> str: ...
    @property
    def package(self) -> str: ...
    def windows(self, path: Path, count: int) -> Answer:
        """Overlapping windows."""

    def clip(self, path: Path) -> Answer:
        """A few frames and all audio."""


class EmosIo:
    """This library."""

    name = package = "emos-io"

    def windows(self, path: Path, count: int) -> Answer:
        """Overlapping windows, decoded once."""
        from emos_io import Media

        stream = Media(path).windows(LENGTH, HOP, fps=FPS, size=(SIZE, SIZE), sample_rate=RATE, num_channels=1)
        frames, waveforms = [], []
        for window in islice(stream, count):
            assert window.video is not None and window.audio is not None, f"{path.name} lacks a track"
            frames.append(window.video.data)
            waveforms.append(window.audio.data[0])
        return frames, waveforms

    def clip(self, path: Path) -> Answer:
        """A few frames and all audio."""
        from emos_io import Media, Span

        media = Media(path)
        video, audio = media.metadata.video, media.metadata.audio
        assert video is not None and audio is not None, f"{path.name} lacks a track"
        assert audio.start is not None and audio.end is not None, f"{path.name} has no audio"
        frames = media.frames_by_index(spread(video.num_frames), size=(SIZE, SIZE)).data
        waveform = media.samples_in(Span(audio.start, audio.end), sample_rate=RATE, num_channels=1).data[0]
        return [frames], [waveform]


class TorchCodec:
    """torchcodec: one decoder a track, exact seek mode, resizing in the decoder."""

    name = package = "torchcodec"

    def _decoders(self, path: Path) -> tuple[decoders.TorchCodecVideo, decoders.TorchCodecAudio]:
        return decoders.torchcodec_video(path, SIZE, num_threads=0), decoders.torchcodec_audio(path, RATE)

    def windows(self, path: Path, count: int) -> Answer:
        """Frames of each window asked for by time; audio read once and cut.

        Its range reads would decode overlaps again, so its whole read is the cheaper way for it. With 0.13.0 it was the
        right one too: resampled range reads came a millisecond late, which 0.17.0 no longer shows on the loading files.
        """
        video, audio = self._decoders(path)
        frames, waveforms = [], []
        end = video.metadata.end_stream_seconds
        assert end is not None, f"{path.name} has no end"
        waveform = audio.get_all_samples().data.numpy()[0]
        for start in starts(count):
            times = [start + k / FPS for k in range(LENGTH * FPS) if start + k / FPS < end]
            batch = video.get_frames_played_at(times).data.numpy() if times else np.zeros((0, SIZE, SIZE, 3), np.uint8)
            frames.append(padded(batch, LENGTH * FPS))
            waveforms.append(padded(waveform[start * RATE : (start + LENGTH) * RATE], LENGTH * RATE))
        return frames, waveforms

    def clip(self, path: Path) -> Answer:
        """A few frames and all audio."""
        video, audio = self._decoders(path)
        frames = video.get_frames_at(spread(len(video))).data.numpy()
        return [frames], [audio.get_all_samples().data.numpy()[0]]


class Decord:
    """decord2: frames by index at the size asked for; audio through its audio reader."""

    name, package = "decord2", "decord2"

    def windows(self, path: Path, count: int) -> Answer:
        """Windows as indices from the frame times."""
        video, audio = decoders.decord_readers(path, SIZE, RATE)
        spans = video.get_frame_timestamp(range(len(video)))
        waveform = audio[:].asnumpy()[0]
        frames, waveforms = [], []
        for start in starts(count):
            times = start + np.arange(LENGTH * FPS) / FPS
            times = times[times < spans[-1][1]]
            indices = np.searchsorted(spans[:, 0], times + 1e-6, side="right") - 1
            batch = (
                video.get_batch(indices.tolist()).asnumpy() if len(indices) else np.zeros((0, SIZE, SIZE, 3), np.uint8)
            )
            frames.append(padded(batch, LENGTH * FPS))
            waveforms.append(padded(waveform[start * RATE : (start + LENGTH) * RATE], LENGTH * RATE))
        return frames, waveforms

    def clip(self, path: Path) -> Answer:
        """A few frames and all audio."""
        video, audio = decoders.decord_readers(path, SIZE, RATE)
        return [video.get_batch(spread(len(video))).asnumpy()], [audio[:].asnumpy()[0]]


TimedFrame = tuple[Fraction, Frames]
"""The pts of a frame, in seconds, and its pixels."""


class PyAv:
    """PyAV: one pass over the packets, frames and audio as they come, kept for the windows that need them."""

    name, package = "PyAV", "av"

    def _decoded(self, path: Path, wanted: Callable[[Fraction, int], bool]) -> tuple[dict[int, TimedFrame], Waveform]:
        import av

        frames: dict[int, TimedFrame] = {}
        waveforms = []
        with av.open(str(path)) as container:
            video, audio = container.streams.video[0], container.streams.audio[0]
            video.thread_type = "AUTO"
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
            index = 0
            for packet in container.demux(video, audio):
                for frame in packet.decode():
                    if isinstance(frame, av.VideoFrame):
                        assert frame.pts is not None and frame.time_base is not None, f"{path.name}: no pts"
                        pts = frame.pts * frame.time_base
                        if wanted(pts, index):
                            on_screen = frame.reformat(SIZE, SIZE, "rgb24", interpolation="BILINEAR")
                            frames[index] = (pts, np.asarray(on_screen.to_ndarray(), np.uint8))
                        index += 1
                    elif isinstance(frame, av.AudioFrame):
                        waveforms += [part.to_ndarray()[0] for part in resampler.resample(frame)]
            waveforms += [part.to_ndarray()[0] for part in resampler.resample(None)]
        return frames, np.concatenate(waveforms)

    def windows(self, path: Path, count: int) -> Answer:
        """Everything in one pass, then cut."""
        import av

        step = Fraction(1, FPS)
        with av.open(str(path)) as container:
            rate = container.streams.video[0].average_rate
        assert rate is not None, f"{path.name} has no frame rate"
        duration = 1 / rate

        def wanted(time: Fraction, _: int) -> bool:
            # On screen at a grid time: the grid lies within this frame's time.
            return -(-time // step) * step < time + duration

        kept, waveform = self._decoded(path, wanted)
        on_screen = sorted(kept.values(), key=lambda pair: pair[0])
        times = np.array([float(time) for time, _ in on_screen])
        end = times[-1] + float(duration)
        frames, waveforms = [], []
        for start in starts(count):
            grid = start + np.arange(LENGTH * FPS) / FPS
            indices = np.searchsorted(times, grid[grid < end] + 1e-6, side="right") - 1
            batch = (
                np.stack([on_screen[index][1] for index in indices])
                if len(indices)
                else np.zeros((0, SIZE, SIZE, 3), np.uint8)
            )
            frames.append(padded(batch, LENGTH * FPS))
            waveforms.append(padded(waveform[start * RATE : (start + LENGTH) * RATE], LENGTH * RATE))
        return frames, waveforms

    def clip(self, path: Path) -> Answer:
        """A few frames and all audio, in one pass."""
        import av

        with av.open(str(path)) as container:
            indices = set(spread(container.streams.video[0].frames))
        kept, waveform = self._decoded(path, lambda _, index: index in indices)
        return [np.stack([kept[index][1] for index in sorted(kept)])], [waveform]


def installed_libraries() -> list[Library]:
    """Return this library and the peers that are installed, saying which are not."""
    found: list[Library] = [EmosIo()]
    others: list[tuple[Library, str]] = [(TorchCodec(), "torchcodec"), (Decord(), "decord"), (PyAv(), "av")]
    for library, module in others:
        try:
            __import__(module)
            found.append(library)
        except Exception as error:
            print(f"{library.name} is left out: {type(error).__name__}: {str(error).splitlines()[0]}")
    return found


def starts(count: int) -> range:
    """Return the seconds at which windows start."""
    return range(0, count * HOP, HOP)


def spread(count: int) -> list[int]:
    """Return frames spread evenly over a clip."""
    return [k * count // FRAMES for k in range(FRAMES)]


def padded(array: npt.NDArray[Scalar], length: int) -> npt.NDArray[Scalar]:
    """Return an array with zeros behind it, up to a length."""
    missing = length - len(array)
    return array if missing <= 0 else np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])


def mono_gain(parts: Sequence[tuple[Answer, Answer]]) -> float:
    """Return the one factor that brings their audio to ours: stereo is mixed with 1/2 or with 1/sqrt(2)."""
    dot = square = 0.0
    for (_, waveforms), (_, their_waveforms) in parts:
        for own, other in zip(waveforms, their_waveforms, strict=True):
            common = min(len(own), len(other))
            dot += float(own[:common] @ other[:common])
            square += float(other[:common] @ other[:common])
    return dot / square if square else 1.0


def distance(own: Waveform, other: Waveform, gain: float) -> float:
    """Return the root mean square of the difference of two waveforms."""
    return float(np.sqrt(np.mean((own - gain * other) ** 2)))


def compare(ours: list[Answer], theirs: list[Answer]) -> str:
    """Fail unless answers are the same to within the tolerances; say how close they are."""
    parts = list(zip(ours, theirs, strict=True))
    worst_frame = worst_waveform = 0.0
    gain = mono_gain(parts)
    for (frames, waveforms), (their_frames, their_waveforms) in parts:
        for own, other in zip(frames, their_frames, strict=True):
            assert own.shape == other.shape, f"frames {own.shape} against {other.shape}"
            worst_frame = max(worst_frame, float(np.abs(own.astype(np.int16) - other.astype(np.int16)).mean()))
        for waveform, their_waveform in zip(waveforms, their_waveforms, strict=True):
            counts = len(waveform), len(their_waveform)
            assert max(counts) - min(counts) <= RATE // 20, f"{counts[0]} samples against {counts[1]}"
            common = min(counts)
            worst_waveform = max(worst_waveform, distance(waveform[:common], their_waveform[:common], gain))
    assert worst_frame <= FRAME_TOLERANCE, f"frames differ by {worst_frame:.2f} on average"
    assert worst_waveform <= AUDIO_TOLERANCE, f"audio differs by {worst_waveform:.4f} RMS"
    return f"frames within {worst_frame:.2f} of 255 on average, audio within {worst_waveform:.1e} RMS at a gain of {gain:.4f}"
