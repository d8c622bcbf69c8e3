"""Which files are made, and which are kept from an earlier run."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Literal, get_args

from .._checks import choice
from ..corpus import Corpus, Monologue
from ..errors import EmosError, InvalidArgument, SourceNotFound
from ..spans import Seconds, exact_seconds
from .audio import SpeechEngine, find_speech_engine, waveforms
from .encoder import Stopped, encode
from .folder import FORMAT, Job, Manifest, unwritable, work_folder
from .frames import FRAME_MS, check_size, frame_times, yuv_frames
from .program import find_ffmpeg
from .uncompressed import RAW_FRAME_MS, RAW_RATE, RAW_SUFFIX, write_uncompressed

VARIABLE_EVERY = 5
"""Every fifth monologue of the corpus has a variable frame rate."""

Speech = Literal["auto", "voice", "tones"]
Codec = Literal["h264", "raw"]
_SIZE = (180, 320)
_MS = 1000


@dataclass(frozen=True, slots=True)
class SynthesizedFile:
    """A media file that replaces the original of a monologue.

    Attributes:
        key: The key of the monologue.
        path: The path of the file.
        seconds: The exact length, an integer number of milliseconds.
        fps: ``"25"``, ``"variable"`` for 25 on average, or ``"8"`` where it is uncompressed.
        speech: ``"espeak-ng"``, ``"espeak"`` or ``"tones"``.
        kept: Whether an earlier run made the file.
    """

    key: str
    path: str
    seconds: Fraction
    fps: str
    speech: str
    kept: bool


def synthesize(
    corpus: Corpus,
    out: str | os.PathLike[str],
    *,
    only: Sequence[str] | None = None,
    max_seconds: Seconds | None = None,
    size: tuple[int, int] = _SIZE,
    speech: Speech = "auto",
    codec: Codec = "h264",
    progress: Callable[[int, int], None] | None = None,
) -> list[SynthesizedFile]:
    """Make media for monologues without their originals, at the paths where `Corpus.from_release` finds them.

    Each file is H.264 and AAC (48 kHz, mono) in MP4 and has the published length. Frames spell their number, the utterance
    and its label (`read_frame`). There are 25 frames a second, with B-frames and a keyframe every 2 s; every fifth monologue
    of the corpus has a variable rate (`frame_times`). Each sentence is heard in its published span. It is spoken if
    espeak-ng or espeak is on PATH and has a voice for the language (English, Chinese); otherwise it is two tones
    (`read_tone`). The rest is silent.

    With ``codec="raw"`` no other program is needed: frames (8 a second, never at a variable rate) and samples (16-bit, 16
    kHz) are uncompressed in QuickTime files. At 60 x 96 a minute has 6 MB, at 180 x 320 43 MB. Their names end in ``.mov``,
    so that `Corpus.from_release` does not find them: give their paths to `Corpus.with_paths`.

    A file is written under a temporary name and renamed when it is complete. A file of an earlier run is kept if all its
    inputs are the same and it has the size that is noted in ``manifest.json``. Files of other programs are never replaced.

    Args:
        corpus: The corpus of the monologues; its clips are ignored.
        out: The output folder, created if needed; `Monologue.published_path` is the path in it.
        only: Keys or names of monologues; None for all.
        max_seconds: The longest length in seconds, at least 0.04; longer monologues are cut.
        size: (height, width) of the frames in pixels, both even, from 60 x 96 to 2160 x 3840.
        speech: ``"auto"`` as above; ``"voice"`` requires a speech synthesiser; ``"tones"`` uses none.
        codec: ``"h264"`` as above, or ``"raw"``.
        progress: Called with the full seconds made and the full seconds to make: once at the start, then from any thread,
            one call at a time.

    Returns:
        The files that were made or kept, in the order of the corpus. Lengths are the published ones, rounded to milliseconds.

    Raises:
        NoSuchItem: `only` names no monologue of the corpus.
        InvalidArgument: An option is not allowed, a file at one of the paths was not made here, or two monologues have one
            path.
        SourceNotFound: `codec` is ``"h264"`` and no ffmpeg program of 5.1 or later is on PATH, or `speech` is ``"voice"``
            and there is no speech synthesiser.
        UnsupportedCodec: The ffmpeg program has no libx264 or no aac encoder.
        SourceUnreadable: `out` cannot be written, or another run is writing there.
        EmosError: Encoding or speech fails.

    Cost: one encoder for each core, each on one thread; memory does not grow with length.
    """
    check_size(size)
    if speech not in get_args(Speech):
        raise InvalidArgument(
            f"speech must be one of {', '.join(get_args(Speech))}, got {speech!r}; auto takes tones where there is no voice"
        )
    choice(codec, get_args(Codec), "codec", "raw needs no ffmpeg program")
    longest = None if max_seconds is None else exact_seconds(max_seconds, name="max_seconds")
    if longest is not None and longest * _MS < FRAME_MS:
        raise InvalidArgument(
            f"max_seconds must be at least 1/25, the time of a frame, got {max_seconds!r}; leave it out for full length"
        )
    wanted = (
        {each.key for each in corpus.monologues} if only is None else {corpus.monologues[name].key for name in only}
    )
    ffmpeg = find_ffmpeg() if codec == "h264" else None
    engine = _speech_engine(speech)
    jobs = [
        _job(monologue, index, longest, size, engine, codec)
        for index, monologue in enumerate(corpus.monologues)
        if monologue.key in wanted
    ]
    with work_folder(Path(out)) as (root, work):
        manifest = Manifest(root)
        manifest.check(jobs)
        kept = {job.monologue.key for job in jobs if manifest.is_current(job)}
        todo = [job for job in jobs if job.monologue.key not in kept]
        counter = _SecondsCounter(sum(job.seconds for job in todo), progress)
        _Encoding(root, work, manifest, ffmpeg, engine, size, counter, threading.Event()).run_all(todo)
        return [
            SynthesizedFile(
                job.monologue.key,
                str(root / job.relative),
                job.seconds,
                job.fps,
                job.speech,
                job.monologue.key in kept,
            )
            for job in jobs
        ]


@dataclass(frozen=True, slots=True, eq=False)
class _Encoding:
    """The jobs of one call, and what they share."""

    root: Path
    work: Path
    manifest: Manifest
    ffmpeg: str | None
    engine: SpeechEngine | None
    size: tuple[int, int]
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
        times = frame_times(job.seconds, variable=job.variable, frame_ms=job.frame_ms)
        frame_bytes = self.size[0] * self.size[1] * 3 // 2
        seconds_per_byte = job.seconds / (len(times) * frame_bytes)
        part = self.work / f"{job.fingerprint[:24]}.part"
        try:
            self._encode(job, part, times, seconds_per_byte)
        except EmosError as error:
            error.key = job.monologue.key
            raise
        self.manifest.publish(job, part, self.size)

    def _encode(self, job: Job, part: Path, times: list[Fraction], seconds_per_byte: Fraction) -> None:
        def progress(num_bytes: int) -> None:
            self.counter.add(num_bytes * seconds_per_byte)

        frames = yuv_frames(job.monologue, times, self.size)
        if self.ffmpeg is None:
            try:
                write_uncompressed(
                    part,
                    frames=frames,
                    audio=waveforms(job.monologue, job.seconds, self.engine, RAW_RATE),
                    size=self.size,
                    times=times,
                    seconds=job.seconds,
                    stop=self.stop,
                    progress=progress,
                )
            except EmosError:
                raise
            except OSError as error:
                raise unwritable(self.root, error) from error
            return
        audio = waveforms(job.monologue, job.seconds, self.engine)
        encode(
            self.ffmpeg,
            part,
            frames=frames,
            audio=(waveform.astype("<f4").tobytes() for waveform in audio),
            size=self.size,
            times=times,
            seconds=job.seconds,
            variable=job.variable,
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


def _speech_engine(speech: Speech) -> SpeechEngine | None:
    engine = None if speech == "tones" else find_speech_engine()
    if engine is None and speech == "voice":
        raise SourceNotFound("no speech synthesiser is on PATH; install espeak-ng or espeak, or choose tones as speech")
    return engine


def _job(
    monologue: Monologue,
    index: int,
    longest: Fraction | None,
    size: tuple[int, int],
    engine: SpeechEngine | None,
    codec: Codec,
) -> Job:
    seconds = monologue.duration if longest is None else min(monologue.duration, longest)
    seconds = Fraction(int(seconds * _MS + Fraction(1, 2)), _MS)
    if seconds * _MS < FRAME_MS:
        raise InvalidArgument(
            f"duration of {monologue.key} must be at least 1/25 s, the time of a frame, got {monologue.duration}; "
            "leave this monologue out with only",
            key=monologue.key,
        )
    relative = monologue.published_path or f"{monologue.key}.mp4"
    path = PurePosixPath(relative)
    if path.is_absolute() or ".." in path.parts:
        raise InvalidArgument(
            f"media path of {monologue.key} must stay inside the folder, got {relative!r}; use a relative path without "
            "'..'",
            key=monologue.key,
            path=relative,
        )
    is_raw = codec == "raw"
    if is_raw:
        relative = str(path.with_suffix(RAW_SUFFIX))
    variable = index % VARIABLE_EVERY == VARIABLE_EVERY - 1 and not is_raw
    voice = engine.voice(monologue.language) if engine else None
    speech = engine.name if engine and voice else "tones"
    inputs = {
        "format": FORMAT,
        "key": monologue.key,
        "seconds": str(seconds),
        "size": list(size),
        "variable": variable,
        "speech": speech,
        "voice": voice,
        "sentences": [
            [each.index, str(each.span.start), str(each.span.end), each.text if voice else ""]
            for each in monologue.sentences
        ],
        "utterances": [
            [each.index, str(each.span.start), str(each.span.end), each.basic7] for each in monologue.utterances
        ],
    }
    if is_raw:
        inputs["codec"] = codec
    fingerprint = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
    frame_ms = RAW_FRAME_MS if is_raw else FRAME_MS
    return Job(monologue, relative, seconds, frame_ms, variable, speech, fingerprint)
