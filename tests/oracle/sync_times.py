"""When a clip flashes and clicks on its container's clock: the times of packets in ffprobe, the content in ffmpeg."""

from __future__ import annotations

import itertools
import subprocess
import tempfile
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import ffprobe

WHITE = 127
"""A frame that is brighter on average is part of a flash."""
LOUD = 0.25
"""A sample that is farther from zero is part of a click, whose peak is 0.8."""
_WIDTH = _HEIGHT = 8


@dataclass(frozen=True)
class SyncTimes:
    """Seconds on the clock of the container."""

    flashes: tuple[Fraction, ...]
    clicks: tuple[Fraction, ...]
    flash_frames: tuple[int, ...]
    """Which frames begin a flash, counted in display order."""
    video_start: Fraction
    audio_start: Fraction


def onsets(marked: npt.NDArray[np.bool_], quiet: int) -> list[int]:
    """Indices that are marked after at least `quiet` that are not."""
    found = np.flatnonzero(marked)
    if not len(found):
        return []
    return [int(index) for index in found[np.diff(found, prepend=found[0] - quiet - 1) > quiet]]


def sync_times(path: Path) -> SyncTimes:
    """What ffprobe and ffmpeg say of a clip of `oracle.sync_clips`."""
    entries = "stream=index,codec_type,time_base,sample_rate,has_b_frames"
    entries += ":packet=stream_index,pts,dts,flags:frame=stream_index,pts,nb_samples"
    printed = ffprobe.ask(path, "-threads", "1", "-show_entries", entries)
    video, audio = (_only(printed["streams"], "codec_type", kind) for kind in ("video", "audio"))
    both = printed["packets_and_frames"]
    packets = [[each for each in both if each["type"] == "packet" and each["stream_index"] == stream["index"]
                and "D" not in each["flags"]] for stream in (video, audio)]  # fmt: skip
    blocks = [each for each in both if each["type"] == "frame" and each["stream_index"] == audio["index"]]
    brightness, samples = _decode(path)
    times = _display_times(packets[0], video)
    assert len(times) == len(brightness), "ffprobe and ffmpeg count other frames"
    flash_frames = onsets(brightness > WHITE, len(brightness) // 20)
    clicks = onsets(np.abs(samples) > LOUD, int(audio["sample_rate"]) // 2)
    heard = [_heard_at(click, blocks, packets[1], audio, len(samples)) for click in [0, *clicks]]
    return SyncTimes(
        flashes=tuple(times[index] for index in flash_frames),
        clicks=tuple(heard[1:]),
        flash_frames=tuple(flash_frames),
        video_start=times[0],
        audio_start=heard[0],
    )


def _only(rows: Sequence[dict[str, Any]], key: str, value: object) -> dict[str, Any]:
    (found,) = [each for each in rows if each[key] == value]
    return found


def _display_times(packets: Sequence[dict[str, Any]], video: dict[str, Any]) -> list[Fraction]:
    """The times of frames in display order.

    AVI and ASF hold one time a packet, in the order of decoding: a frame is displayed at the time of the packet that
    is decoded as many packets later as the decoder holds frames back.
    """
    unit = Fraction(video["time_base"])
    if all("pts" in each for each in packets):
        return sorted(int(each["pts"]) * unit for each in packets)
    decoded = [int(each["dts"]) * unit for each in packets]
    later = int(video["has_b_frames"])
    step = (decoded[-1] - decoded[1]) / (len(decoded) - 2)
    return decoded[later:] + [decoded[-1] + step * (number + 1) for number in range(later)]


def _heard_at(
    sample: int, blocks: Sequence[dict[str, Any]], packets: Sequence[dict[str, Any]], audio: dict[str, Any], total: int
) -> Fraction:
    """The time of a sample, counted in what ffmpeg decodes: that of its packet, and where it lies in it."""
    ends = list(itertools.accumulate(int(each["nb_samples"]) for each in blocks))
    assert ends[-1] == total, "ffprobe and ffmpeg count other samples"
    number = bisect_right(ends, sample)
    block = blocks[number]
    begin = ends[number] - int(block["nb_samples"])
    # At the head of a track ffprobe moves the time of a packet by the samples that are dropped from it.
    assert begin == 0 or block["pts"] in {each["pts"] for each in packets}
    return int(block["pts"]) * Fraction(audio["time_base"]) + Fraction(sample - begin, int(audio["sample_rate"]))


def _decode(path: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """The brightness of every frame, and every sample, each end to end."""
    words = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i", str(path), "-map", "0:v"]
    words += ["-fps_mode", "passthrough", "-vf", f"scale={_WIDTH}:{_HEIGHT}", "-pix_fmt", "gray", "-f", "rawvideo", "-"]
    with tempfile.NamedTemporaryFile(suffix=".f32") as file:
        words += ["-map", "0:a", "-f", "f32le", "-y", file.name]
        pixels = subprocess.run(words, capture_output=True, check=True).stdout
        samples = np.frombuffer(Path(file.name).read_bytes(), "<f4")
    return np.frombuffer(pixels, np.uint8).reshape(-1, _WIDTH * _HEIGHT).mean(axis=1), samples
