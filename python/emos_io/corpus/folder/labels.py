"""Labels over time: annotation files are read, and each segment is assigned to the media that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...errors import InvalidArgument, quoted
from ...formats import AnnotationFile, Segment, read_annotation, read_label_studio, read_table
from ..annotation_paths import ENCODED, is_table
from ..findings import FindingCollector
from ..media_names import MediaNames
from ..records import Provenance
from .media import media_of_items
from .options import FolderOptions


@dataclass(slots=True)
class MediaLabels:
    """Labels and sentences of one media file, from all annotation files, as they were read."""

    segments: list[tuple[Segment, Provenance]] = field(default_factory=list)
    sentences: list[Segment] = field(default_factory=list)


def read_labels(files: Iterable[Path], media: MediaNames, options: FolderOptions) -> dict[str, MediaLabels]:
    """Return the labels of annotation files, by key of their media."""
    contents: dict[str, MediaLabels] = {}
    files = list(files)
    for file in files:
        reads = list(_read(file, options))
        for read, keys in zip(reads, media_of_items(file, reads, files, media), strict=True):
            _assign_segments(read, file, keys, contents, options)
    return contents


def check_rater(rater: str | None, contents: Mapping[str, MediaLabels], annotations: Path) -> None:
    """Refuse a rater whom no annotation names."""
    raters = sorted({segment.rater or "" for each in contents.values() for segment, _ in each.segments})
    if rater is not None and raters and rater not in raters:
        raise InvalidArgument(
            f"rater must be one of {', '.join(map(repr, raters))}, got {rater!r}; correct it: {quoted(annotations)}",
            path=str(annotations),
        )


def _read(file: Path, options: FolderOptions) -> Iterable[AnnotationFile]:
    report = options.findings.reporter(file.name)
    suffix = file.suffix.lower()
    if suffix == ".json":
        return read_label_studio(file, frame_rate=options.frame_rate, first_frame=options.first_frame, reporter=report)
    if is_table(file):
        # A table without columns is read as one of clips, which refuses it.
        columns = options.columns or {}
        read = read_table(
            file,
            columns=columns,
            unit=options.unit,
            encoding=options.encoding,
            delimiter=options.delimiter,
            frame_rate=options.frame_rate,
            first_frame=options.first_frame,
            reporter=report,
        )
        return [_with_items(read, file, options.findings)]
    if suffix in ENCODED:
        return [read_annotation(file, encoding=options.encoding, reporter=report)]
    return [read_annotation(file, reporter=report)]


def _with_items(read: AnnotationFile, file: Path, findings: FindingCollector) -> AnnotationFile:
    """Return a table without the rows that do not say which item they are about, where other rows do."""
    nameless = [segment for segment in read.segments if segment.item is None]
    if not nameless or len(nameless) == len(read.segments):
        return read
    for segment in nameless:
        where = f"{file.name}, {segment.span}"
        findings.add("missing_id", where, "the item is empty", "fill it in; the row is left out")
    return replace(read, segments=tuple(segment for segment in read.segments if segment.item is not None))


def _assign_segments(
    read: AnnotationFile,
    file: Path,
    keys: Mapping[str | None, str | None],
    contents: dict[str, MediaLabels],
    options: FolderOptions,
) -> None:
    texts = {"text"} if is_table(file) else set()
    labelled = [segment for segment in read.segments if segment.tier not in texts]
    tiers = sorted({segment.tier for segment in labelled if segment.text.strip()})
    if options.elan_tier is not None and read.segments and options.elan_tier not in tiers:
        raise InvalidArgument(
            f"elan_tier must be one of {', '.join(map(repr, tiers))}, got {options.elan_tier!r}; correct it: {quoted(file)}",
            path=str(file),
        )
    if options.elan_tier is None and len(tiers) > 1:
        raise InvalidArgument(
            f"elan_tier must be one of {', '.join(map(repr, tiers))}, got None; several have labels, name one: {quoted(file)}",
            path=str(file),
        )
    for segment in read.segments:
        key = keys[segment.item]
        if key is None:
            continue
        own = contents.setdefault(key, MediaLabels())
        if segment.tier in texts:
            own.sentences.append(segment)
        elif options.elan_tier in (None, segment.tier):
            own.segments.append((segment, Provenance(file.name, segment.tier or None)))
