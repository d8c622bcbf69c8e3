"""Which monologues are made, and which are kept from an earlier run."""

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

from ..corpus import Corpus
from ..corpus.records import Monologue
from ..errors import InvalidArgument, SourceNotFound
from ..spans import Seconds, exact_seconds
from .audio import Speaker, find_speaker, samples
from .encoder import Stopped, encode, find_ffmpeg
from .folder import FORMAT, Job, Manifest, work_folder
from .frames import FRAME_MS, check_size, frame_times, frames

VARIABLE_EVERY = 5
"""The fifth, tenth and so on monologue of the corpus has a variable frame rate."""

Speech = Literal["auto", "voice", "tones"]
_SIZE = (180, 320)
_MS = 1000


@dataclass(frozen=True, slots=True)
class Made:
    """A medium that stands in for a monologue.

    Attributes:
        key: Of the monologue.
        path: Of the file.
        seconds: Its length, exact, in whole milliseconds.
        fps: ``"25"``, or ``"variable"``: 25 on the average.
        speech: ``"espeak-ng"``, ``"espeak"`` or ``"tones"``.
        kept: An earlier run had made it.
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
    progress: Callable[[int, int], None] | None = None,
) -> list[Made]:
    """Make media for monologues whose originals are not at hand, where `Corpus.from_release` finds them.

    Each file is H.264 and AAC (48 kHz, mono) in MP4, as long as the monologue says. Frames spell their number, the
    utterance and its label (`read_frame`): 25 a second, with B-frames and a keyframe every 2 s; the fifth, tenth and
    so on monologue of the corpus has a variable rate (`frame_times`). Each sentence is heard at its published times:
    spoken by espeak-ng or espeak where one is on PATH and has a voice for the language (English, Chinese), else as tones
    (`read_tone`); the rest is silent.

    A file is written under another name and renamed once it is whole. Files of an earlier run stay if all that they are made
    from is the same and their size in bytes is as noted in ``manifest.json``; others that lie in the way are never replaced.

    Args:
        corpus: Its monologues are made; clips are not.
        out: Folder, made if need be; files go where `Monologue.media` says.
        only: Keys or names of monologues; None makes all.
        max_seconds: Longer monologues are cut to it.
        size: (height, width) of the frames in pixels, even.
        speech: ``"auto"`` as above; ``"voice"`` wants a synthesiser; ``"tones"`` uses none.
        progress: Called with the whole seconds made and to make, from any thread, one call at a time; first with none made.

    Returns:
        What was made or kept, in the order of the corpus. Lengths are the published ones, rounded to milliseconds.

    Raises:
        NoSuchItem: `only` names no monologue of the corpus.
        InvalidArgument: An option is not allowed, `out` holds a file of that name that was not made here, or two monologues
            have one path.
        SourceNotFound: There is no ffmpeg, or `speech` is ``"voice"`` and there is no synthesiser.
        UnsupportedCodec: The ffmpeg has no libx264 or no aac encoder.
        SourceUnreadable: `out` cannot be written, or another run is writing there.
        EmosError: Encoding or speech fails.

    Cost: one encoder a core, each on one thread; memory does not grow with length.
    """
    check_size(size)
    if speech not in get_args(Speech):
        raise InvalidArgument(f"speech {speech!r} was given; allowed are {', '.join(get_args(Speech))}")
    longest = None if max_seconds is None else exact_seconds(max_seconds, name="max_seconds")
    if longest is not None and longest * _MS < FRAME_MS:
        raise InvalidArgument(f"max_seconds {max_seconds!r} was given; it is a frame ({FRAME_MS} ms) or more")
    wanted = (
        {each.key for each in corpus.monologues} if only is None else {corpus.monologues[name].key for name in only}
    )
    ffmpeg = find_ffmpeg()
    speaker = _speaker(speech)
    jobs = [
        _job(monologue, place, longest, size, speaker)
        for place, monologue in enumerate(corpus.monologues)
        if monologue.key in wanted
    ]
    with work_folder(Path(out)) as (root, work):
        manifest = Manifest(root)
        manifest.check(jobs)
        kept = {job.monologue.key for job in jobs if manifest.holds(job)}
        todo = [job for job in jobs if job.monologue.key not in kept]
        count = _Count(sum(job.seconds for job in todo), progress)
        _Run(work, manifest, ffmpeg, speaker, size, count, threading.Event()).make_all(todo)
        return [
            Made(
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
class _Run:
    """What all jobs of a run share."""

    work: Path
    manifest: Manifest
    ffmpeg: str
    speaker: Speaker | None
    size: tuple[int, int]
    count: _Count
    stop: threading.Event

    def make_all(self, jobs: Sequence[Job]) -> None:
        # The longest first, so that no core waits for one at the end.
        ordered = sorted(jobs, key=lambda job: -job.seconds)
        with ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="emos-synthesize") as pool:
            futures = [pool.submit(self.make, job) for job in ordered]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                # After the first error, and where the user interrupts the wait; where all is done, it stops nothing.
                self.stop.set()
        errors = [error for future in futures if (error := future.exception())]
        for error in errors:
            if not isinstance(error, Stopped):
                raise error

    def make(self, job: Job) -> None:
        if self.stop.is_set():
            return
        times = frame_times(job.seconds, variable=job.variable)
        frame_bytes = self.size[0] * self.size[1] * 3 // 2
        seconds_per_byte = job.seconds / (len(times) * frame_bytes)
        part = self.work / f"{job.fingerprint[:24]}.part"
        encode(
            self.ffmpeg,
            part,
            frames=frames(job.monologue, times, self.size),
            audio=samples(job.monologue, job.seconds, self.speaker),
            size=self.size,
            times=times,
            seconds=job.seconds,
            variable=job.variable,
            stop=self.stop,
            progress=lambda handed: self.count.add(handed * seconds_per_byte),
        )
        self.manifest.place(job, part, self.size)


class _Count:
    """Seconds made so far, told from one thread at a time."""

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


def _speaker(speech: Speech) -> Speaker | None:
    speaker = None if speech == "tones" else find_speaker()
    if speaker is None and speech == "voice":
        raise SourceNotFound(
            "a voice was asked for, but neither espeak-ng nor espeak is on PATH; install one, or ask for tones"
        )
    return speaker


def _job(
    monologue: Monologue, place: int, longest: Fraction | None, size: tuple[int, int], speaker: Speaker | None
) -> Job:
    seconds = monologue.duration if longest is None else min(monologue.duration, longest)
    seconds = Fraction(int(seconds * _MS + Fraction(1, 2)), _MS)
    if seconds * _MS < FRAME_MS:
        raise InvalidArgument(
            f"{monologue.key} lasts {monologue.duration} s; a medium lasts a frame ({FRAME_MS} ms) or more"
        )
    relative = monologue.media or f"{monologue.key}.mp4"
    path = PurePosixPath(relative)
    if path.is_absolute() or ".." in path.parts:
        raise InvalidArgument(f"the media of {monologue.key} would lie outside of the folder: {relative!r}")
    variable = place % VARIABLE_EVERY == VARIABLE_EVERY - 1
    voice = speaker.voice(monologue.language) if speaker else None
    speech = speaker.name if speaker and voice else "tones"
    made_from = {
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
    fingerprint = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()
    return Job(monologue, relative, seconds, variable, speech, fingerprint)
