"""Audio as the ffmpeg command line decodes and resamples it."""

from __future__ import annotations

import functools
import itertools
import statistics
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from . import ffprobe
from .remember import remember

FLOAT_DECODERS = {"mp1": "mp1float", "mp2": "mp2float", "mp3": "mp3float"}
"""The decoders of the defined audio track where FFmpeg's default could be another."""


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
    blocks = ffprobe.frames(path, stream.index)
    counted = [0, *itertools.accumulate(block.samples for block in blocks)]
    assert counted[-1] == found.shape[1], "ffprobe and ffmpeg count other samples"
    times = [None if block.pts is None else (block.pts * stream.time_base - zero) * rate for block in blocks]
    start = times[0] or Fraction(0)
    late = [None if time is None else time - start - count for time, count in zip(times, counted, strict=False)]
    positions = [
        _round(start + count + by) for count, by in zip(counted, smoothed(late, stream.time_base * rate), strict=False)
    ]
    runs = [
        (position, count, block.samples) for position, count, block in zip(positions, counted, blocks, strict=False)
    ]
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


def smoothed(late: Sequence[Fraction | None], tick: Fraction) -> list[Fraction]:
    """By how many samples each block is put later than the count of samples says, where no slow drift is followed.

    `late` says it by the block's own time. Blocks within a tick and a sample of each other are joined; what comes back, or
    goes to the other side, within 16 blocks is jitter; what stays for 17, or to the end, begins at its own time, or with
    most of those after it where it is the one that is off. The end of a track that was jittering is jitter.
    """
    near = tick + 1
    positions: list[Fraction] = []
    now = low = high = Fraction(0)
    for number, by in enumerate(late):
        if by is not None and max(high, by) - min(low, by) <= near:
            low, high = min(low, by), max(high, by)
        elif by is not None:
            side = by > now
            later = [value for value in late[number : number + 17] if value is not None]
            stays = all(max(high, value) - min(low, value) > near and (value > now) == side for value in later)
            recent = [value for value in late[max(number - 16, 0) : number] if value is not None]
            far = [abs(value - now) * 2 >= abs(by - now) and (value > now) == side for value in recent]
            ends = number + 16 >= len(late) and abs(by - now) > 2 * near
            is_usual = ends and (True, False) in itertools.pairwise(far)
            if stays and not is_usual:
                goes_on = all(value >= by - near if side else value <= by + near for value in later)
                now = by if goes_on else statistics.median_low(later)
                low = high = now
        positions.append(now)
    return positions


def _round(exact: Fraction) -> int:
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


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
