"""Which monologues are made, which are kept from an earlier run, and what is written beside them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any, Literal, get_args

from ..corpus import Corpus
from ..corpus.records import Monologue
from ..errors import InvalidArgument, SourceNotFound, SourceUnreadable
from ..spans import Seconds, exact_seconds
from .encoder import Stopped, encode, find_ffmpeg
from .pictures import PICTURE_MS, check_size, picture_times, pictures
from .sound import Speaker, find_speaker, samples

MANIFEST = "manifest.json"
"""In the folder: what was made, and with which options."""
WORK = ".emos-synthesize"
"""Folder of files that are not whole; its names have no suffix of media."""
FORMAT = 1
"""Of what is made: files of another one are made anew."""
VARIABLE_EVERY = 5
"""The fifth, tenth and so on monologue of the corpus has a variable picture rate."""

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


@dataclass(frozen=True, slots=True)
class _Job:
    monologue: Monologue
    relative: str
    seconds: Fraction
    variable: bool
    speech: str
    fingerprint: str


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

    Each file is H.264 and AAC (48 kHz, mono) in MP4, as long as the monologue says. Pictures spell their number, the
    utterance and its label (`read_picture`): 25 a second, with B-pictures and a key picture every 2 s; the fifth, tenth and
    so on monologue of the corpus has a variable rate (`picture_times`). Each sentence is heard at its published times:
    spoken by espeak-ng or espeak where one is on PATH and has a voice for the language (English, Chinese), else as tones
    (`read_tone`); the rest is silent.

    A file is written under another name and renamed once it is whole. Files of an earlier run stay if all that they are made
    from is the same and their size in bytes is as noted in ``manifest.json``; others that lie in the way are never replaced.

    Args:
        corpus: Its monologues are made; clips are not.
        out: Folder, made if need be; files go where `Monologue.media` says.
        only: Keys or names of monologues; None makes all.
        max_seconds: Longer monologues are cut to it.
        size: (height, width) of the pictures in pixels, even.
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
    if longest is not None and longest * _MS < PICTURE_MS:
        raise InvalidArgument(f"max_seconds {max_seconds!r} was given; it is a picture ({PICTURE_MS} ms) or more")
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
    with _folder(Path(out)) as (root, work):
        manifest = _Manifest(root)
        manifest.check(jobs)
        kept = {job.monologue.key for job in jobs if manifest.holds(job)}
        todo = [job for job in jobs if job.monologue.key not in kept]
        _make(todo, root, work, manifest, ffmpeg, speaker, size, progress)
        return [
            Made(
                job.monologue.key,
                str(root / job.relative),
                job.seconds,
                _fps(job),
                job.speech,
                job.monologue.key in kept,
            )
            for job in jobs
        ]


def _make(
    jobs: list[_Job],
    root: Path,
    work: Path,
    manifest: _Manifest,
    ffmpeg: str,
    speaker: Speaker | None,
    size: tuple[int, int],
    progress: Callable[[int, int], None] | None,
) -> None:
    stop = threading.Event()
    count = _Count(sum(job.seconds for job in jobs), progress)

    def make(job: _Job) -> None:
        if not stop.is_set():
            _make_one(job, root, work, manifest, ffmpeg, speaker, size, stop, count)

    # The longest first, so that no core waits for one at the end.
    ordered = sorted(jobs, key=lambda job: -job.seconds)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="emos-synthesize") as pool:
        futures = [pool.submit(make, job) for job in ordered]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            # After the first error, and where the user interrupts the wait; where all is done, it stops nothing.
            stop.set()
    errors = [error for future in futures if (error := future.exception())]
    for error in errors:
        if not isinstance(error, Stopped):
            raise error


def _make_one(
    job: _Job,
    root: Path,
    work: Path,
    manifest: _Manifest,
    ffmpeg: str,
    speaker: Speaker | None,
    size: tuple[int, int],
    stop: threading.Event,
    count: _Count,
) -> None:
    times = picture_times(job.seconds, variable=job.variable)
    picture_bytes = size[0] * size[1] * 3 // 2
    seconds_per_byte = job.seconds / (len(times) * picture_bytes)
    part = work / f"{job.fingerprint[:24]}.part"
    encode(
        ffmpeg,
        part,
        pictures=pictures(job.monologue, times, size),
        sound=samples(job.monologue, job.seconds, speaker),
        size=size,
        times=times,
        seconds=job.seconds,
        variable=job.variable,
        stop=stop,
        progress=lambda handed: count.add(handed * seconds_per_byte),
    )
    target = root / job.relative
    try:
        with part.open("rb") as file:
            os.fsync(file.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        manifest.replace(job, part, target, size)
    except OSError as error:
        raise _unwritable(target.parent, error) from error


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


class _Manifest:
    """``manifest.json``: for each key the file, its bytes, and the fingerprint of all that it was made from.

    It is written before the file gets its name, and the old file is gone before that: a file of the noted size is whole,
    whenever a run was killed.
    """

    def __init__(self, root: Path) -> None:
        self._root, self._path = root, root / MANIFEST
        self._lock = threading.Lock()
        self._items: dict[str, dict[str, Any]] = {}
        if not self._path.exists():
            return
        try:
            told = json.loads(self._path.read_text("utf-8"))
            ours = told.get("made_by") == "emos synthesize" and all(
                isinstance(each, dict) for each in told["items"].values()
            )
        except (OSError, ValueError, AttributeError, KeyError):
            ours = False
        if not ours:
            raise InvalidArgument(
                f"the folder has a manifest that emos synthesize did not write; choose another folder: {str(self._path)!r}"
            )
        self._items = told["items"]

    def check(self, jobs: Sequence[_Job]) -> None:
        """Refuse where a file that was not made here lies in the way, or two would lie in one place."""
        owners: dict[str, str] = {}
        for job in jobs:
            path = self._root / job.relative
            other = owners.setdefault(job.relative, job.monologue.key)
            if other != job.monologue.key:
                raise InvalidArgument(f"{other} and {job.monologue.key} have one path; make them apart: {str(path)!r}")
            if path.exists() and not self._is_ours(job):
                raise InvalidArgument(
                    "a file lies there that emos synthesize did not make, or that was changed since; it is not replaced: "
                    f"move it, or choose another folder: {str(path)!r}"
                )

    def holds(self, job: _Job) -> bool:
        """Whether the file is there as an earlier run made it from the same."""
        return self._is_ours(job) and self._items[job.monologue.key].get("fingerprint") == job.fingerprint

    def replace(self, job: _Job, part: Path, target: Path, size: tuple[int, int]) -> None:
        """Give a whole file its name."""
        entry = {
            "path": job.relative,
            "seconds": str(job.seconds),
            "fps": _fps(job),
            "speech": job.speech,
            "size": list(size),
            "bytes": part.stat().st_size,
            "fingerprint": job.fingerprint,
        }
        with self._lock:
            target.unlink(missing_ok=True)
            self._items[job.monologue.key] = entry
            self._write(part.parent)
            part.replace(target)

    def _is_ours(self, job: _Job) -> bool:
        entry = self._items.get(job.monologue.key)
        path = self._root / job.relative
        return bool(
            entry and entry.get("path") == job.relative and path.is_file() and path.stat().st_size == entry.get("bytes")
        )

    def _write(self, work: Path) -> None:
        told = {"made_by": "emos synthesize", "format": FORMAT, "items": dict(sorted(self._items.items()))}
        with (work / "manifest.part").open("w", encoding="utf-8") as file:
            json.dump(told, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self._path)


@contextmanager
def _folder(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield a folder that no other run is writing to, and one within it for files that are not whole."""
    handle = None
    try:
        try:
            root.mkdir(parents=True, exist_ok=True)
            handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
            _lock(handle, root)
            # What killed runs have left.
            shutil.rmtree(root / WORK, ignore_errors=True)
            (root / WORK).mkdir(exist_ok=True)
            work = Path(tempfile.mkdtemp(dir=root / WORK))
        except SourceUnreadable:
            raise
        except OSError as error:
            raise _unwritable(root, error) from error
        try:
            yield root, work
        finally:
            shutil.rmtree(root / WORK, ignore_errors=True)
    finally:
        if handle is not None:
            os.close(handle)


def _unwritable(folder: Path, error: OSError) -> SourceUnreadable:
    return SourceUnreadable(
        f"the folder cannot be written ({error.strerror or error}); choose another: {str(folder)!r}"
    )


def _lock(handle: int, root: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SourceUnreadable(f"another run is writing to the folder; wait for it: {str(root)!r}") from error
    except OSError:
        # Some network file systems lock no folders; then nothing but care keeps two runs apart.
        return


def _speaker(speech: Speech) -> Speaker | None:
    speaker = None if speech == "tones" else find_speaker()
    if speaker is None and speech == "voice":
        raise SourceNotFound(
            "a voice was asked for, but neither espeak-ng nor espeak is on PATH; install one, or ask for tones"
        )
    return speaker


def _job(
    monologue: Monologue, place: int, longest: Fraction | None, size: tuple[int, int], speaker: Speaker | None
) -> _Job:
    seconds = monologue.duration if longest is None else min(monologue.duration, longest)
    seconds = Fraction(int(seconds * _MS + Fraction(1, 2)), _MS)
    if seconds * _MS < PICTURE_MS:
        raise InvalidArgument(
            f"{monologue.key} lasts {monologue.duration} s; a medium lasts a picture ({PICTURE_MS} ms) or more"
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
    return _Job(monologue, relative, seconds, variable, speech, fingerprint)


def _fps(job: _Job) -> str:
    return "variable" if job.variable else str(_MS // PICTURE_MS)
