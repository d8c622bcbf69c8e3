"""Sentences: subtitles and transcripts beside the labels, a file for each media file."""

from __future__ import annotations

from pathlib import Path

from ...errors import SourceNotFound, quoted
from ...formats import read_annotation, read_whisperx
from ..annotation_paths import SENTENCES
from ..media_names import MediaNames
from .labels import MediaLabels
from .options import FolderOptions


def read_sentences(path: Path, media: MediaNames, contents: dict[str, MediaLabels], options: FolderOptions) -> None:
    """Add the sentences of a file, or of all files in a folder, to what was read of their media."""
    findings = options.findings
    if not path.exists():
        raise SourceNotFound(
            f"there are no sentences; give a file or folder that exists: {quoted(path)}", path=str(path)
        )

    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.suffix.lower() in SENTENCES)
    for file in files:
        key = media.accept(media.match_file(file, files), file.name, "its sentences are left out")
        if key is None:
            continue
        report = findings.reporter(file.name)
        whisper = file.suffix.lower() == ".json"
        read = (
            read_whisperx(file, reporter=report)
            if whisper
            else read_annotation(file, encoding=options.encoding, reporter=report)
        )
        # WhisperX repeats every word as a segment of its own.
        kept = [each for each in read.segments if not (whisper and each.tier.split("/")[0] == "words")]
        contents.setdefault(key, MediaLabels()).sentences.extend(kept)
