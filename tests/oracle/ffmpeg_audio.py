"""Audio as the ffmpeg command line decodes and resamples it."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt

from . import ffprobe
from .remember import remember

FLOAT_DECODERS = {"mp1": "mp1float", "mp2": "mp2float", "mp3": "mp3float"}
"""The decoders of the defined audio track where FFmpeg's default could be another."""

JUMP_SECONDS = 0.020
"""Decoded packets lie end to end; only where a time differs from the running count by more does a new segment start."""


def command(path: Path, index: int, filters: str | None) -> list[str]:
    """The command that writes one audio stream as raw float32."""
    stream = next(s for s in ffprobe.streams(path) if s.index == index)
    force = ["-c:a", FLOAT_DECODERS[stream.codec]] if stream.codec in FLOAT_DECODERS else []
    chain = [] if filters is None else ["-af", filters]
    head = ["ffmpeg", "-v", "error", "-nostdin", *force, "-i", str(path), "-map", f"0:{index}"]
    return [*head, *chain, "-c:a", "pcm_f32le", "-f", "f32le", "-"]


@functools.lru_cache(maxsize=16)
def samples(
    path: Path, *, rate: int | None = None, mono: bool = False, index: int | None = None
) -> npt.NDArray[np.float32]:
    """The full stream, float32 ``[C, N]``: native, or resampled once and mixed as the contract says."""
    stream = ffprobe.stream_of(path, "audio", index)
    filters = None
    if rate is not None or mono:
        layout = ":ochl=mono" if mono else ""
        filters = f"aresample={rate or stream.sample_rate}{layout}:rematrix_maxval=1.0"
    run = subprocess.run(command(path, stream.index, filters), capture_output=True, check=False)
    found = np.frombuffer(run.stdout, "<f4").reshape(-1, 1 if mono else stream.channels).T
    found = np.ascontiguousarray(found)
    found.setflags(write=False)
    return found


def resample(signal: npt.NDArray[np.float32], rate: int, to: int, *, mono: bool = False) -> npt.NDArray[np.float32]:
    """Resample a given signal ``[C, N]`` once, as the contract says."""
    channels = signal.shape[0]
    layout = ":ochl=mono" if mono else ""
    words = [
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-f",
        "f32le",
        "-ar",
        str(rate),
        "-ac",
        str(channels),
        "-i",
        "-",
    ]
    words += ["-af", f"aresample={to}{layout}:rematrix_maxval=1.0", "-c:a", "pcm_f32le", "-f", "f32le", "-"]
    run = subprocess.run(words, input=np.ascontiguousarray(signal.T).tobytes(), capture_output=True, check=True)
    return np.ascontiguousarray(np.frombuffer(run.stdout, "<f4").reshape(-1, 1 if mono else channels).T)


@functools.lru_cache(maxsize=16)
def placed(path: Path, index: int | None = None) -> tuple[int, npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """The command line's samples at their own times: first sample's number, samples, validity.

    The command line writes decoded blocks end to end and so drops gaps; ffprobe gives the time of each block.
    """
    stream = ffprobe.stream_of(path, "audio", index)
    zero, rate = ffprobe.media_zero(path), stream.sample_rate
    found = samples(path, index=stream.index)
    runs: list[tuple[int, int, int]] = []
    taken = running = 0
    for number, frame in enumerate(ffprobe.frames(path, stream.index)):
        at = running
        if frame.pts is not None:
            exact = (frame.pts * stream.time_base - zero) * rate
            if number == 0 or abs(exact - running) > JUMP_SECONDS * rate:
                at = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
        runs.append((at, taken, frame.samples))
        taken += frame.samples
        running = at + frame.samples
    assert taken == found.shape[1], "ffprobe and ffmpeg count other samples"
    first = runs[0][0]
    end = max(at + length for at, _, length in runs)
    signal, valid = np.zeros((found.shape[0], end - first), np.float32), np.zeros(end - first, np.bool_)
    for at, source, length in runs:
        # The later part of an overlap is dropped: what is there stays.
        free = ~valid[at - first : at - first + length]
        both = slice(at - first, at - first + length)
        signal[:, both] = np.where(free, found[:, source : source + length], signal[:, both])
        valid[both] = True
    return first, signal, valid


@functools.cache
def depends_on_history(path: Path, index: int | None = None) -> bool:
    """Whether AAC begun some frames later decodes to other samples for good: noise substitution, or prediction.

    The decoder draws noise from a generator that runs on from frame to frame, so no frame has samples of its own.
    """
    stream = ffprobe.stream_of(path, "audio", index)
    words = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(path), "-map", f"0:{stream.index}", "-c", "copy"]
    words += ["-f", "adts", "-"]
    return bool(remember(path, [*words, "history"], lambda: _depends_on_history(words, stream.channels)))


def _depends_on_history(copy: list[str], channels: int) -> bool:
    coded = subprocess.run(copy, capture_output=True, check=False).stdout
    starts = _adts_frames(coded)
    full = _decode_adts(coded)
    for begun in (len(starts) // 5, len(starts) // 2, 4 * len(starts) // 5):
        later = _decode_adts(coded[starts[begun] :])
        # Each frame overlaps with the next one: two frames after the start nothing else is remembered.
        both = len(later) - _FRAMES_OF_OVERLAP * 1024 * channels * 4
        if both > 0 and full[-both:] != later[-both:]:
            return True
    return False


_FRAMES_OF_OVERLAP = 2


def _adts_frames(coded: bytes) -> list[int]:
    starts, at = [], 0
    while at + 6 < len(coded):
        starts.append(at)
        at += ((coded[at + 3] & 3) << 11) | (coded[at + 4] << 3) | (coded[at + 5] >> 5)
    return starts


def _decode_adts(coded: bytes) -> bytes:
    words = ["ffmpeg", "-v", "error", "-nostdin", "-f", "aac", "-i", "-", "-f", "f32le", "-"]
    return subprocess.run(words, input=coded, capture_output=True, check=False).stdout
