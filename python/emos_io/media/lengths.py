"""How long media files are: measured once, several at a time, and kept in memory and in the sidecar beside them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from fractions import Fraction

from ..errors import EmosError, SourceUnreadable, UnsupportedCodec, quoted
from ..spans import Span
from .reader import Media
from .record import FileStamp, MediaRecord, file_stamp, settled

_measured: dict[tuple[str, FileStamp], Fraction] = {}
"""Seconds by absolute path and stamp, of this process."""


def media_duration(path: str) -> Fraction:
    """Return how long a media file is, in seconds, exact: a `Probe` for readers of corpora and for plans.

    Raises:
        EmosError: The file cannot be read.

    Cost: mp4 and mov have the duration in their tables; other containers are read through once.
    """
    with Media(path, num_threads=1) as media:
        return media.metadata.duration


def measure(
    paths: Iterable[str], progress: Callable[[int, int], None] | None = None
) -> Mapping[str, Fraction | EmosError]:
    """Return the seconds of media files by path, above 0, or why one cannot be read.

    A file that has neither a frame nor a sample cannot be read either, nor one whose tracks are all encrypted or of codecs that
    this FFmpeg does not have. What was measured is known again as long as size, times
    and inode of the file are the same: in this process, and from the sidecar ``.emos-media`` beside the files.

    Args:
        paths: Paths of files; one that occurs twice is measured once.
        progress: Called in this thread after each file, with how many are known and how many there are.

    Cost: that of `media_duration`; as many files at a time as there are cores.
    """
    several = list(dict.fromkeys(paths))
    record = MediaRecord.of(several)
    stamps = {path: file_stamp(path) for path in several}
    found: dict[str, Fraction | EmosError] = {}
    for path, stamp in stamps.items():
        known = None if stamp is None or record is None else _known(path, stamp, record)
        if known is not None:
            found[path] = known
            if progress is not None:
                progress(len(found), len(several))
    unknown = [path for path in several if path not in found]
    now = time.time_ns()
    for path, length in _measured_now(unknown):
        found[path] = length
        if progress is not None:
            progress(len(found), len(several))
    new: dict[str, tuple[FileStamp, Fraction]] = {}
    for path in unknown:
        stamp, length = settled(stamps[path], now), found[path]
        if stamp is not None and isinstance(length, Fraction):
            _measured[_absolute(path), stamp] = length
            new[path] = (stamp, length)
    if record is not None:
        record.add_lengths(new)
    return {path: found[path] for path in several}


def _known(path: str, stamp: FileStamp, record: MediaRecord) -> Fraction | None:
    own = _measured.get((_absolute(path), stamp))
    return record.length(path, stamp) if own is None else own


def _measured_now(paths: list[str]) -> Iterator[tuple[str, Fraction | EmosError]]:
    """Yield files as they are measured, whichever is quick."""
    if not paths:
        return
    pool = ThreadPoolExecutor(min(len(paths), len(os.sched_getaffinity(0))), "emos-lengths")
    try:
        waiting = {pool.submit(_measure_one, path): path for path in paths}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _measure_one(path: str) -> Fraction | EmosError:
    try:
        with Media(path, num_threads=1) as media:
            seconds, error = media.metadata.duration, _undecodable(media)
    except EmosError as unreadable:
        return unreadable
    if error is not None:
        return error
    if seconds > 0:
        return seconds
    return SourceUnreadable(
        f"the file holds neither frames nor samples, so it lasts 0 s; give a media file: {quoted(path)}", path=path
    )


def _undecodable(media: Media) -> UnsupportedCodec | None:
    """Return why no track of a file can be decoded, such as that all are encrypted; None if one can."""
    found = media.metadata
    if not found.warnings or found.duration <= 0:
        # Tracks that cannot be decoded are warned of.
        return None
    reads: list[Callable[[], object]] = []
    if found.video is not None:
        reads.append(lambda: media.frames_by_index([0], size=(2, 2)))
    if found.audio is not None:
        start = found.audio.start or Fraction(0)
        reads.append(lambda: media.samples_in(Span(start, start + Fraction(1, 100))))
    error: UnsupportedCodec | None = None
    for read in reads:
        try:
            read()
        except UnsupportedCodec as unsupported:
            error = error or unsupported
        except EmosError:
            # It is damaged at its beginning, which is for loaders.
            return None
        else:
            return None
    return error


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - links are kept
