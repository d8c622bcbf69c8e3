"""Labels over time: annotation files are read, and each segment is assigned to the media that it is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...errors import EmosError, InvalidArgument, SourceNotFound, SourceUnreadable, TooLarge, quoted
from ...formats import AnnotationFile, Reporter, Segment, TextGrid, read_annotation, read_label_studio, read_table
from ...formats.table_columns import is_missing_column
from ..annotation_paths import ENCODED, is_table
from ..findings import FindingCollector
from ..media_names import MediaNames
from ..records import Provenance
from .blanks import without_blanks
from .media import media_of_files
from .options import FolderOptions
from .raters import file_aliases, files_that_need_names, folders_apart, names_of_files, person_names
from .tiers import ReadFile, as_read, files_of_tier, is_spoken, report_unused

_SEPARATORS = str.maketrans(dict.fromkeys(";；,，、|", " "))


@dataclass(slots=True)
class MediaLabels:
    """Labels and sentences of one media file, from all annotation files, as they were read.

    Attributes:
        segments: Labels, and where each was read; each has its rater, "" where nobody is named.
        aliases: What raters whom only their files name may be called besides.
        transcripts: Sentences by file.
    """

    segments: list[tuple[Segment, Provenance]] = field(default_factory=list)
    aliases: dict[str, set[str]] = field(default_factory=dict)
    transcripts: dict[Path, list[Segment]] = field(default_factory=dict)

    @property
    def raters(self) -> list[str]:
        """Those who gave labels; of blanks alone, those who gave blanks."""
        labelled = {segment.rater or "" for segment, _ in self.segments if segment.text.strip()}
        return sorted(labelled or {segment.rater or "" for segment, _ in self.segments})


@dataclass(frozen=True, slots=True)
class FolderLabels:
    """What the annotation files of a folder hold.

    Attributes:
        contents: Labels and sentences by key of their media.
        files: The files that were read.
        unreadable: The errors of files that are no annotations; nobody has reported them.
        are_layers: Whether tiers are layers: no tier was asked for, and a file has labels in several.
    """

    contents: dict[str, MediaLabels]
    files: Sequence[Path]
    unreadable: Mapping[Path, EmosError]
    are_layers: bool


def read_labels(
    files: Sequence[Path], named: Collection[Path], media: MediaNames, annotations: Path, options: FolderOptions
) -> FolderLabels:
    """Return the labels of annotation files.

    Args:
        files: The annotation files.
        named: Those that the caller named; the others were found in a folder.
        media: The media of the folder.
        annotations: What errors about all files name.
        options: How the folder is read.

    Raises:
        InvalidArgument: `FolderOptions.elan_tier` or `columns` do not say which labels are meant.
        SourceUnreadable: A file that was named is not of its format, or no file is.
    """
    read, unreadable = _read_files(files, named, options)
    chosen = files_of_tier(read, options.elan_tier, annotations, options.findings, options.layers.has)
    for file in chosen:
        report_unused(file, options.elan_tier, options.findings)
    assigned, with_labels = _Assigned(), {file.path for file in chosen}
    for file, found in zip(read, media_of_files(read, files, media), strict=True):
        for part, keys in zip(file.parts, found, strict=True):
            _assign(part, file, keys, assigned, options, is_chosen=file.path in with_labels)
    are_layers = options.elan_tier is None and any(file.has_several for file in chosen)
    return FolderLabels(assigned.by_media(), [file.path for file in read], unreadable, are_layers)


def report_unreadable(
    unreadable: Mapping[Path, EmosError], transcripts: Collection[Path], options: FolderOptions
) -> None:
    """Make findings of files that were found and are no annotations; transcripts are none of them."""
    names = names_of_files(unreadable, has_suffix=True)
    for path, error in unreadable.items():
        if path.resolve() not in transcripts:
            what, _, fix = str(error).removesuffix(f": {quoted(path)}").partition("; ")
            options.findings.add("unreadable_file", names[path], what, f"it is left out; {fix}, or move it elsewhere")


def _read_files(
    files: Sequence[Path], named: Collection[Path], options: FolderOptions
) -> tuple[list[ReadFile], dict[Path, EmosError]]:
    names = names_of_files(files, has_suffix=True)
    read: list[ReadFile] = []
    unreadable: dict[Path, EmosError] = {}
    for file in files:
        found: list[str] = []
        report = options.findings.reporter(names[file])

        def counted(
            code: str, where: str, what: str, fix: str, found: list[str] = found, report: Reporter = report
        ) -> None:
            found.append(code)
            report(code, where, what, fix)

        try:
            parts = [without_blanks(part, is_table=is_table(file)) for part in _read(file, options, counted)]
            if is_table(file):
                parts = [_with_items(part, names[file], options.findings) for part in parts]
        except (SourceUnreadable, SourceNotFound, TooLarge) as error:
            if file in named:
                raise
            unreadable[file] = error
        except InvalidArgument as error:
            if file in named or not is_missing_column(error):
                raise
            unreadable[file] = error
        else:
            read.append(as_read(file, names[file], parts, has_findings=bool(found)))
    if unreadable and not read:
        first, *_ = unreadable.values()
        raise first
    return read, unreadable


def _read(file: Path, options: FolderOptions, report: Reporter) -> Sequence[AnnotationFile]:
    suffix = file.suffix.lower()
    if suffix == ".json":
        return read_label_studio(file, frame_rate=options.frame_rate, first_frame=options.first_frame, reporter=report)
    if is_table(file):
        # A table without columns is read as one of clips, which refuses it.
        columns = options.columns or {}
        table = read_table(
            file,
            columns=columns,
            unit=options.unit,
            encoding=options.encoding,
            delimiter=options.delimiter,
            frame_rate=options.frame_rate,
            first_frame=options.first_frame,
            reporter=report,
        )
        return [table]
    if suffix in ENCODED:
        return [read_annotation(file, encoding=options.encoding, reporter=report)]
    return [read_annotation(file, reporter=report)]


def _with_items(read: AnnotationFile, name: str, findings: FindingCollector) -> AnnotationFile:
    """Return a table without the rows that do not say which item they are about, where other rows do."""
    nameless = [segment for segment in read.segments if segment.item is None]
    if not nameless or len(nameless) == len(read.segments):
        return read
    for segment in nameless:
        where = f"{name}, {segment.span}"
        findings.add("missing_id", where, "the item is empty", "fill it in; the row is left out")
    return replace(read, segments=tuple(segment for segment in read.segments if segment.item is not None))


@dataclass(frozen=True, slots=True)
class _Label:
    segment: Segment
    provenance: Provenance
    file: Path


@dataclass(slots=True)
class _Assigned:
    """Labels and sentences by key of their media, before raters have names."""

    labels: dict[str, list[_Label]] = field(default_factory=dict)
    sentences: dict[str, dict[Path, list[Segment]]] = field(default_factory=dict)

    def by_media(self) -> dict[str, MediaLabels]:
        """Return them with a name for each rater whom only a file tells apart from others."""
        by_file: list[dict[Path, set[str | None]]] = []
        for labels in self.labels.values():
            raters: dict[Path, set[str | None]] = {}
            for each in labels:
                if each.segment.text.strip():
                    raters.setdefault(each.file, set()).add(each.segment.rater)
            by_file.append(raters)
        taken = {rater for raters in by_file for own in raters.values() for rater in own if rater}
        nameless = files_that_need_names(by_file)
        file_names = names_of_files(nameless, taken)
        folders = folders_apart({each.file for labels in self.labels.values() for each in labels})
        of_media = {
            key: {each.file for each in labels if each.file in file_names} for key, labels in self.labels.items()
        }
        names = file_names | person_names(of_media, folders, taken)
        contents: dict[str, MediaLabels] = {}
        for key in [*self.labels, *(key for key in self.sentences if key not in self.labels)]:
            own = contents[key] = MediaLabels(transcripts=self.sentences.get(key, {}))
            for each in self.labels.get(key, ()):
                segment = each.segment
                if not segment.rater:
                    segment = replace(segment, rater=names.get(each.file, ""))
                    aliases = file_aliases(each.file, key, folders[each.file])
                    aliases |= {file_names[each.file]} if each.file in file_names else set()
                    own.aliases.setdefault(segment.rater or "", set()).update(aliases)
                own.segments.append((segment, each.provenance))
        return contents


def _assign(
    part: AnnotationFile,
    file: ReadFile,
    keys: Mapping[str | None, str | None],
    assigned: _Assigned,
    options: FolderOptions,
    *,
    is_chosen: bool,
) -> None:
    tier = options.elan_tier if file.tiers else None
    for segment in part.segments:
        spoken = is_spoken(file.path, segment)
        if not (spoken or (is_chosen and tier in (None, segment.tier))):
            continue
        key = keys[segment.item]
        if key is None:
            continue
        if spoken:
            assigned.sentences.setdefault(key, {}).setdefault(file.path, []).append(segment)
        else:
            own = _Label(segment, Provenance(file.name, segment.tier or None), file.path)
            # Praat fills time that nobody labelled with intervals of blanks.
            if not segment.text.translate(_SEPARATORS).strip() and not isinstance(part, TextGrid):
                what = "its label is empty, so nothing is read of it"
                options.findings.add("no_label", f"{own.provenance}, {segment.span}", what, "fill in the label")
            assigned.labels.setdefault(key, []).append(own)
