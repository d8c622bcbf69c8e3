"""A folder of media whose labels are in a log: each media file is an item."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from ..annotation import EventLog
from ..annotation.log.items import EventItems
from ..corpus import Clip, Corpus, FindingCollector, Monologue, Taxonomy
from ..corpus.media_check import DURATION_TOLERANCE, readable_seconds
from ..corpus.media_names import MediaNames
from ..pipes import media_duration

FOLDER_SOURCE = "folder"
"""The source of items of a folder, as `emos_io.corpus.read_folder` gives it."""


def log_media_corpus(folder: Path, log: EventLog, taxonomies: Sequence[Taxonomy]) -> Corpus:
    """Return the media of a folder as items, without the votes of the log, which `emos_io.annotation.with_events` adds.

    A file on whose spans somebody voted is a monologue, as long as the media; any other is a clip. Keys are those that
    `emos_io.corpus.read_folder` gives.

    Args:
        folder: A folder with media, at any depth.
        log: The log; it names an item by its key, by its path within the folder or by the name of its file.
        taxonomies: Those of layers that the package does not know.

    Cost: every file is opened once.
    """
    findings = FindingCollector()
    media = MediaNames(folder, findings)
    clips = {
        f"{FOLDER_SOURCE}/{name}": Clip(
            key=f"{FOLDER_SOURCE}/{name}",
            source=FOLDER_SOURCE,
            language="",
            published_path=media.path(name).name,
            path=str(media.path(name)),
        )
        for name in media.all()
    }
    items = EventItems(Corpus(tuple(clips.values())))
    ends: dict[str, Fraction] = {}
    for event in log.current():
        span, key = event.vote.span, items.key(event.vote.item)
        if span is not None and key is not None:
            ends[key] = max(span.end, ends.get(key, Fraction(0)))
    monologues = [_monologue(clips.pop(key), end, findings) for key, end in ends.items()]
    for clip in clips.values():
        readable_seconds(media_duration, str(clip.path), clip.key, findings)
    return Corpus(tuple(clips.values()), monologues, findings.collected, str(folder), taxonomies)


def _monologue(clip: Clip, end: Fraction, findings: FindingCollector) -> Monologue:
    """Return a file as a monologue, which ends with its last vote where the file cannot be opened."""
    name = clip.key.partition("/")[2]
    length = readable_seconds(media_duration, str(clip.path), clip.key, findings)
    if length is not None and end > length + DURATION_TOLERANCE:
        what = f"labels end at {float(end):g} s, the media at {float(length):g} s"
        findings.add("label_after_end", clip.key, what, "what lies after the end is never used", repaired=False)
    return Monologue(
        key=clip.key,
        name=name,
        title=name,
        language="",
        duration=end if length is None else length,
        published_path=clip.published_path,
        path=clip.path,
    )
