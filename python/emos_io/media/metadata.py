"""The tracks of a file: their kinds, times, rates and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .timing import seconds_of

Kind = Literal["video", "audio", "subtitle", "data"]


@dataclass(frozen=True)
class Track:
    """One stream of the file.

    Attributes:
        index: The stream's index in the file.
        kind: ``"video"``, ``"audio"``, ``"subtitle"`` or ``"data"``.
        codec: FFmpeg's name of the codec.
        language: The container's language tag, or None.
        time_base: Seconds of one tick of its clock.
        start: Media time at which the track begins; None for tracks without times.
        end: Media time at which its last frame or sample ends; None for tracks without times.
        duration_from_header: The duration in the container's header, in seconds, or None. Never used for reading.
        num_frames_from_header: The number of frames in the container's header, or None. Never used for reading.
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
        rotation: Clockwise degrees by which stored frames are rotated: 0, 90, 180 or 270.
        sample_aspect_ratio: Width over height of a pixel as stored, or None where the file does not say.
        num_frames: Exact number of frames in display order.
        num_frames_source: How `num_frames` is known: ``"tables"``, ``"scan"`` or ``"decode"``.
        average_rate: Frames a second between the first frame and the last, or None.
        pixel_format: FFmpeg's name of the pixel format, or None.
        color: FFmpeg's names of the ``range``, ``matrix``, ``primaries`` and ``transfer``; None where untagged.
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
        num_channels: The number of channels.
        channel_layout: FFmpeg's name of the channel layout.
        sample_format: FFmpeg's name of the decoder's sample format, or None.
    """

    sample_rate: int
    num_channels: int
    channel_layout: str
    sample_format: str | None


@dataclass(frozen=True, repr=False)
class Metadata:
    """What a file contains. Times and counts come from its packets, not from its header.

    Attributes:
        path: The source as it was given; a name in angle brackets for bytes and unnamed file objects.
        container: FFmpeg's name of the format.
        duration: Media time at which the last track ends, in seconds.
        start_offset: Container time of media time zero, in seconds.
        tracks: Every stream, in the order of the file.
        index_source: Where packet times come from: ``"tables"``, ``"scan"`` or ``"saved"``.
        warnings: One line for each oddity of the file.
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

    def __repr__(self) -> str:
        parts = [repr(self.path), self.container, f"duration={self.duration} s"]
        if self.video is not None:
            video = self.video
            parts.append(f"video={video.codec} {video.width} x {video.height}, {video.num_frames} frames")
        if self.audio is not None:
            parts.append(f"audio={self.audio.codec} {self.audio.sample_rate} Hz, {self.audio.num_channels} channels")
        return f"Metadata({', '.join(parts)}, tracks={len(self.tracks)}, warnings={len(self.warnings)})"

    def as_dict(self) -> dict[str, object]:
        """Return what ``emos probe --json`` prints, without libraries and CPU flags; times are ``"a/b"``."""
        return {
            "path": self.path,
            "container": self.container,
            "duration": time_text(self.duration),
            "start_offset": time_text(self.start_offset),
            "tracks": [_track_json(track) for track in self.tracks],
            "index": {"source": self.index_source},
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, eq=False, repr=False)
class Timeline:
    """Every frame of the video track, in display order.

    Attributes:
        pts: int64 ``[T]``: when each frame appears, in ticks of media time.
        duration: int64 ``[T]``: how long each frame stays on screen, in ticks.
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
        return seconds_of(self.pts, self.time_base)

    def __repr__(self) -> str:
        times = "no frames"
        if len(self):
            end = (int(self.pts[-1]) + int(self.duration[-1])) * self.time_base
            times = f"[{int(self.pts[0]) * self.time_base}, {end}) s"
        return f"Timeline({len(self)} frames, {int(self.key.sum())} keyframes, {times}, time_base={self.time_base})"


def time_text(time: Fraction | None) -> str | None:
    """Return an exact time as ``"a/b"``, or None."""
    return None if time is None else f"{time.numerator}/{time.denominator}"


def metadata_of(core: Mapping[str, Any], path: str) -> Metadata:
    """Return the core's metadata of a source in its public form."""
    tracks = tuple(_track(track) for track in core["tracks"])
    chosen = {track.index: track for track in tracks}
    video, audio = chosen.get(core["video"]), chosen.get(core["audio"])
    return Metadata(
        path=path,
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


def _track_json(track: Track) -> dict[str, object]:
    values = {field.name: getattr(track, field.name) for field in fields(track)}
    return {
        name: time_text(value) if isinstance(value, Fraction) else dict(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
    }
