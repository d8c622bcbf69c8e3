"""What ffprobe says of packets, frames and streams."""

from __future__ import annotations

import functools
import json
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from .remember import remember


def ask(path: Path, *options: str) -> dict[str, Any]:
    """The JSON that ffprobe prints with `options`."""
    command = ["ffprobe", "-v", "error", *options, "-of", "json", str(path)]

    def run() -> Any:
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    return dict(remember(path, command, run))


@dataclass(frozen=True)
class Stream:
    """One stream as ffprobe shows it."""

    index: int
    kind: str
    codec: str
    time_base: Fraction
    width: int
    height: int
    rotation: int
    sample_rate: int
    channels: int
    attached_pic: bool
    raw: dict[str, Any]

    @property
    def displayed(self) -> tuple[int, int]:
        """(height, width) after rotation."""
        is_sideways = self.rotation in (90, 270)
        return (self.width, self.height) if is_sideways else (self.height, self.width)


@functools.cache
def streams(path: Path) -> tuple[Stream, ...]:
    """Every stream of the file."""
    printed = ask(path, "-show_streams")["streams"]
    return tuple(_stream(each) for each in printed)


def _stream(each: dict[str, Any]) -> Stream:
    rotations = [int(data["rotation"]) for data in each.get("side_data_list", []) if "rotation" in data]
    return Stream(
        index=int(each["index"]),
        kind=each.get("codec_type", "data"),
        codec=each.get("codec_name", "unknown"),
        time_base=Fraction(each["time_base"]),
        width=int(each.get("width", 0)),
        height=int(each.get("height", 0)),
        rotation=-rotations[0] % 360 if rotations else 0,
        sample_rate=int(each.get("sample_rate", 0)),
        channels=int(each.get("channels", 0)),
        attached_pic=bool(each["disposition"]["attached_pic"]),
        raw=each,
    )


def first_stream(path: Path, kind: str) -> Stream | None:
    """The first real stream of a kind."""
    return next((s for s in streams(path) if s.kind == kind and not s.attached_pic), None)


def stream_of(path: Path, kind: str, index: int | None) -> Stream:
    """The stream of an index, or the first real one of a kind."""
    found = first_stream(path, kind) if index is None else next((s for s in streams(path) if s.index == index), None)
    assert found is not None, f"no {kind} in {path.name}"
    return found


@dataclass(frozen=True)
class Packet:
    """One packet, times in ticks of its stream."""

    pts: int | None
    dts: int | None
    duration: int
    key: bool
    discard: bool


def packets(path: Path, index: int) -> list[Packet]:
    """Every packet of one stream, in the order of the file."""
    fields = "packet=pts,dts,duration,flags"
    printed = ask(path, "-select_streams", str(index), "-show_entries", fields)["packets"]
    return [
        Packet(
            pts=_ticks(each, "pts"),
            dts=_ticks(each, "dts"),
            duration=int(each.get("duration", 0)),
            key="K" in each["flags"],
            discard="D" in each["flags"],
        )
        for each in printed
    ]


@dataclass(frozen=True)
class Frame:
    """One decoded frame or block of samples, times in ticks of its stream."""

    pts: int | None
    samples: int
    duration: int


def frames(path: Path, index: int, *, first_packets: int | None = None) -> list[Frame]:
    """What ffprobe decodes from one stream, after trimming of encoder delay; all of it or its first packets."""
    some = [] if first_packets is None else ["-read_intervals", f"%+#{first_packets}"]
    fields = "frame=pts,best_effort_timestamp,nb_samples,pkt_duration"
    options = ["-threads", "1", "-select_streams", str(index), *some, "-show_entries", fields]
    printed = ask(path, *options).get("frames", [])
    return [
        Frame(
            pts=_ticks(each, "pts") if "pts" in each else _ticks(each, "best_effort_timestamp"),
            samples=int(each.get("nb_samples", 0)),
            duration=int(each.get("pkt_duration", 0)),
        )
        for each in printed
    ]


def counted_back(frames: list[Frame]) -> list[int]:
    """Ticks of frames in display order: those before the first that has a time are counted back from it."""
    known = next((index for index, frame in enumerate(frames) if frame.pts is not None), 0)
    times = [frame.pts or 0 for frame in frames]
    for index in range(known - 1, -1, -1):
        times[index] = times[index + 1] - frames[index].duration
    return times


def _ticks(each: dict[str, Any], name: str) -> int | None:
    return int(each[name]) if name in each else None


# Enough packets for most tracks to give their first frame or samples.
_FIRST_PACKETS = 40


@functools.cache
def presented_start(path: Path, index: int) -> Fraction | None:
    """Container time of the first frame or sample that a stream presents."""
    stream = next(s for s in streams(path) if s.index == index)
    # An edit list may discard any number of packets at the head.
    found = frames(path, index, first_packets=_FIRST_PACKETS) or frames(path, index)
    times = counted_back(found)
    return min(times) * stream.time_base if times else None


@functools.cache
def media_zero(path: Path) -> Fraction:
    """Container time of media time zero: the earliest presentation over all audio and video streams."""
    tracks = [s for s in streams(path) if s.kind in ("audio", "video") and not s.attached_pic]
    starts = [presented_start(path, s.index) for s in tracks]
    return min((s for s in starts if s is not None), default=Fraction(0))
