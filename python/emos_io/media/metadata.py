"""What a medium is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["video", "audio", "subtitle", "data"]


@dataclass(frozen=True)
class Track:
    """One stream of the file.

    Attributes:
        index: The stream's index in the file.
        kind: What it holds.
        codec: FFmpeg's name of the codec.
        language: As the container says it, or None.
        time_base: Seconds of one tick of its clock.
        start: Media time at which it begins; None for tracks that are not presented in time.
        end: Media time at which its last frame or sample ends.
        duration_from_header: What the container claims, in seconds; nothing is read from it.
        num_frames_from_header: What the container claims.
    """

    index: int
    kind: Kind
    codec: str
    language: str | None
    time_base: Fraction
    start: Fraction | None
    end: Fraction | None
    duration_from_header: Fraction | None
    num_frames_from_header: int | None


@dataclass(frozen=True)
class VideoTrack(Track):
    """A video track.

    Attributes:
        width: Pixels as displayed, after rotation; the sample aspect ratio is not applied.
        height: Pixels as displayed.
        rotation: Clockwise degrees by which stored frames are turned: 0, 90, 180 or 270.
        sample_aspect_ratio: Width over height of a pixel as stored, or None where the file does not say.
        num_frames: Exact number of frames in display order.
        num_frames_source: How it is known: ``"tables"``, ``"scan"`` or ``"decode"``.
        average_rate: Frames a second between the first and the last.
        pixel_format: FFmpeg's name.
        color: ``range``, ``matrix``, ``primaries`` and ``transfer`` in FFmpeg's names, None where untagged.
    """

    width: int
    height: int
    rotation: int
    sample_aspect_ratio: Fraction | None
    num_frames: int
    num_frames_source: Literal["tables", "scan", "decode"]
    average_rate: Fraction | None
    pixel_format: str | None
    color: Mapping[str, str | None]


@dataclass(frozen=True)
class AudioTrack(Track):
    """An audio track.

    Attributes:
        sample_rate: Samples a second.
        num_channels: How many channels.
        channel_layout: FFmpeg's name.
        sample_format: FFmpeg's name of what the decoder gives.
    """

    sample_rate: int
    num_channels: int
    channel_layout: str
    sample_format: str | None


@dataclass(frozen=True)
class Metadata:
    """What a medium is, counted rather than believed.

    Attributes:
        path: The name of the source.
        container: FFmpeg's name of the format.
        duration: Media time at which the last track ends, in seconds.
        start_offset: Container time of media time zero, in seconds.
        tracks: Every stream, in the order of the file.
        index_source: Where packet times come from: ``"tables"``, ``"scan"`` or ``"saved"``.
        warnings: What is odd about the file.
        video: The chosen video track, or None.
        audio: The chosen audio track, or None.
    """

    path: str
    container: str
    duration: Fraction
    start_offset: Fraction
    tracks: tuple[Track, ...]
    index_source: Literal["tables", "scan", "saved"]
    warnings: tuple[str, ...]
    video: VideoTrack | None
    audio: AudioTrack | None

    def as_dict(self) -> dict[str, Any]:
        """Return the object that ``emos probe --json`` prints, less libraries and CPU flags; times as ``"a/b"``."""
        return {
            "path": self.path,
            "container": self.container,
            "duration": time_text(self.duration),
            "start_offset": time_text(self.start_offset),
            "tracks": [_track_json(track) for track in self.tracks],
            "index": {"source": self.index_source},
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, eq=False)
class Timeline:
    """Every frame of the video track, in display order.

    Attributes:
        pts: int64 ``[T]``: when each frame appears, in ticks of media time.
        duration: int64 ``[T]``: how long it stays on screen, in ticks.
        key: bool ``[T]``: the container marks it as a random access point.
        time_base: Exact seconds of one tick.
    """

    pts: npt.NDArray[np.int64]
    duration: npt.NDArray[np.int64]
    key: npt.NDArray[np.bool_]
    time_base: Fraction

    def __len__(self) -> int:
        """The number of frames, T."""
        return len(self.pts)

    @property
    def pts_seconds(self) -> npt.NDArray[np.float64]:
        """float64 ``[T]``: `pts` in seconds, rounded."""
        return np.asarray(self.pts * float(self.time_base), dtype=np.float64)


def time_text(time: Fraction | None) -> str | None:
    """Return an exact time as ``"a/b"``, or None."""
    return None if time is None else f"{time.numerator}/{time.denominator}"


def metadata_of(core: Mapping[str, Any]) -> Metadata:
    """Give the core's plain data its public form."""
    tracks = tuple(_track(track) for track in core["tracks"])
    chosen = {track.index: track for track in tracks}
    video, audio = chosen.get(core["video"]), chosen.get(core["audio"])
    return Metadata(
        path=core["name"],
        container=core["container"],
        duration=Fraction(*core["duration"]),
        start_offset=Fraction(*core["start_offset"]),
        tracks=tracks,
        index_source=core["index"]["source"],
        warnings=tuple(core["warnings"]),
        video=video if isinstance(video, VideoTrack) else None,
        audio=audio if isinstance(audio, AudioTrack) else None,
    )


def _track(core: Mapping[str, Any]) -> Track:
    kind: type[Track] = VideoTrack if "width" in core else AudioTrack if "sample_rate" in core else Track
    values: dict[str, Any] = {field.name: core[field.name] for field in fields(kind)}
    exact: dict[str, Any] = {name: Fraction(*v) if isinstance(v, tuple) else v for name, v in values.items()}
    return kind(**exact)


def _track_json(track: Track) -> dict[str, Any]:
    values = {field.name: getattr(track, field.name) for field in fields(track)}
    return {
        name: time_text(value) if isinstance(value, Fraction) else dict(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
    }
