"""The files of one call, whatever is in them: a thread for each core, the longest first, each file complete or not there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Literal

from ..corpus import Clip, Monologue
from ..errors import EmosError, InvalidArgument
from ..spans import Seconds, exact_seconds
from .audio import Waveform
from .encoder import Stopped, encode
from .folder import Job, Manifest, unwritable, work_folder
from .timing import MS, in_milliseconds, start_times
from .uncompressed import RAW_RATE, RAW_SUFFIX, write_uncompressed

Codec = Literal["h264", "raw"]


@dataclass(frozen=True, slots=True)
class Content:
    """What a file is made of.

    Attributes:
        frames: YUV 4:2:0 bytes, any number of frames at a time, one frame for each of the times that were asked for.
        audio: Mono samples from -1 to 1.
    """

    frames: Iterable[bytes]
    audio: Iterable[Waveform]


@dataclass(frozen=True, slots=True)
class SynthesizedFile:
    """A media file that replaces the original of an item.

    Attributes:
        key: The key of the item.
        path: The path of the file.
        seconds: The exact length, an integer number of milliseconds.
        fps: ``"25"``, ``"variable"`` for 25 on average, or ``"8"`` where it is uncompressed or acted.
        speech: ``"espeak-ng"``, ``"espeak"``, ``"tones"`` or ``"acted"``.
        kept: Whether an earlier run made the file.
    """

    key: str
    path: str
    seconds: Fraction
    fps: str
    speech: str
    kept: bool


ContentOf = Callable[[Job, list[Fraction], int], Content]
"""Gives the content of a job: for the starts of its frames, and at so many samples a second."""


def make_files(
    out: Path,
    jobs: Sequence[Job],
    content: ContentOf,
    *,
    ffmpeg: str | None,
    head: Mapping[str, object] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[SynthesizedFile]:
    """Make the files of jobs that an earlier run has not made from the same inputs.

    Args:
        out: The folder, created if needed.
        jobs: The files.
        content: Gives what is in each.
        ffmpeg: The path of the ffmpeg program, or None for uncompressed files.
        head: What the manifest says of all files besides.
        progress: Called with the full seconds made and the full seconds to make: once at the start, then from any thread,
            one call at a time.

    Returns:
        The files that were made or kept, in the order of the jobs.

    Raises:
        InvalidArgument: A file at one of the paths was not made here, two items have one path, or the folder has a manifest
            of something else.
        SourceUnreadable: The folder cannot be written, or another run is writing there.
        EmosError: Encoding or `content` fails.
    """
    with work_folder(out) as (root, work):
        manifest = Manifest(root, head)
        manifest.check(jobs)
        manifest.note_head(work)
        kept = {job.key for job in jobs if manifest.is_current(job)}
        todo = [job for job in jobs if job.key not in kept]
        counter = _SecondsCounter(sum(job.seconds for job in todo), progress)
        _Encoding(root, work, manifest, ffmpeg, content, counter, threading.Event()).run_all(todo)
        return [
            SynthesizedFile(
                job.key, str(root / job.relative), job.seconds, job.fps, str(job.details["speech"]), job.key in kept
            )
            for job in jobs
        ]


def longest_length(max_seconds: Seconds | None, frame_ms: int) -> Fraction | None:
    """Return the longest length that files may have, or None for any.

    Raises:
        InvalidArgument: It is shorter than a frame, or no time.
    """
    longest = None if max_seconds is None else exact_seconds(max_seconds, name="max_seconds")
    if longest is not None and longest * MS < frame_ms:
        raise InvalidArgument(
            f"max_seconds must be at least 1/{MS // frame_ms}, the time of a frame, got {max_seconds!r}; leave it out for full "
            "length"
        )
    return longest


def file_length(item: Clip | Monologue, duration: Fraction, longest: Fraction | None, frame_ms: int) -> Fraction:
    """Return the length of the file of an item: its duration, at most the longest, rounded to milliseconds.

    Raises:
        InvalidArgument: It is shorter than a frame.
    """
    seconds = in_milliseconds(duration if longest is None else min(duration, longest))
    if seconds * MS < frame_ms:
        kind = "monologue" if isinstance(item, Monologue) else "clip"
        raise InvalidArgument(
            f"duration of {item.key} must be at least 1/{MS // frame_ms} s, the time of a frame, got {duration}; leave this "
            f"{kind} out with only",
            key=item.key,
        )
    return seconds


def media_path(item: Clip | Monologue, codec: Codec) -> str:
    """Return the path of the media of an item in the folder: the published one, in the suffix of the codec.

    Raises:
        InvalidArgument: It is not within the folder.
    """
    relative = item.published_path or f"{item.key}.mp4"
    path = PurePosixPath(relative)
    if path.is_absolute() or ".." in path.parts:
        raise InvalidArgument(
            f"media path of {item.key} must stay inside the folder, got {relative!r}; use a relative path without '..'",
            key=item.key,
            path=relative,
        )
    return str(path.with_suffix(RAW_SUFFIX)) if codec == "raw" else relative


@dataclass(frozen=True, slots=True, eq=False)
class _Encoding:
    """The jobs of one call, and what they share."""

    root: Path
    work: Path
    manifest: Manifest
    ffmpeg: str | None
    content: ContentOf
    counter: _SecondsCounter
    stop: threading.Event

    def run_all(self, jobs: Sequence[Job]) -> None:
        # The longest first, so that all cores end at about the same time.
        ordered = sorted(jobs, key=lambda job: -job.seconds)
        with ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="emos-synthesize") as pool:
            try:
                futures = [pool.submit(self.run, job) for job in ordered]
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                # Stops the other jobs after an error or an interrupt; has no effect if all jobs are done.
                self.stop.set()
        errors = [error for future in futures if (error := future.exception())]
        for error in errors:
            if not isinstance(error, Stopped):
                raise error

    def run(self, job: Job) -> None:
        if self.stop.is_set():
            return
        part = self.work / f"{job.fingerprint[:24]}.part"
        try:
            self._encode(job, part)
        except EmosError as error:
            error.key = job.key
            raise
        self.manifest.publish(job, part)

    def _encode(self, job: Job, part: Path) -> None:
        times = start_times(job.seconds, job.gaps_ms)
        seconds_per_byte = job.seconds / (len(times) * (job.size[0] * job.size[1] * 3 // 2))
        rate = RAW_RATE if self.ffmpeg is None else job.rate
        content = self.content(job, times, rate)

        def progress(num_bytes: int) -> None:
            self.counter.add(num_bytes * seconds_per_byte)

        if self.ffmpeg is None:
            try:
                write_uncompressed(
                    part,
                    frames=content.frames,
                    audio=content.audio,
                    size=job.size,
                    times=times,
                    seconds=job.seconds,
                    rate=rate,
                    stop=self.stop,
                    progress=progress,
                )
            except EmosError:
                raise
            except OSError as error:
                raise unwritable(self.root, error) from error
            return
        encode(
            self.ffmpeg,
            part,
            frames=content.frames,
            audio=(waveform.astype("<f4").tobytes() for waveform in content.audio),
            size=job.size,
            times=times,
            seconds=job.seconds,
            gaps_ms=job.gaps_ms,
            rate=rate,
            stop=self.stop,
            progress=progress,
        )


class _SecondsCounter:
    """The seconds made so far; calls `progress` from one thread at a time."""

    def __init__(self, total: Fraction | int, progress: Callable[[int, int], None] | None) -> None:
        self._total, self._progress = total, progress
        self._done = Fraction(0)
        self._lock = threading.Lock()
        if progress:
            progress(0, int(total))

    def add(self, seconds: Fraction) -> None:
        with self._lock:
            before, self._done = int(self._done), self._done + seconds
            if self._progress and int(self._done) != before:
                self._progress(int(self._done), int(self._total))
