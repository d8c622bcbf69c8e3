"""Your own data: a folder of media, and labels and sentences in the formats that annotation tools write."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import InvalidArgument, SourceNotFound, quoted
from ...formats.table_columns import checked_fields, has_times
from ..annotation_paths import annotation_files, existing, is_table
from ..data import CorpusData
from ..media_names import MediaNames
from .clips import read_clips
from .labels import read_labels, report_unreadable
from .layers import folder_layers
from .monologues import make_monologue
from .options import FolderOptions
from .raters import check_rater
from .sentences import read_transcripts

__all__ = ["FolderOptions", "folder_layers", "read_folder_files"]


def read_folder_files(folder: Path, annotations: Sequence[Path], options: FolderOptions) -> CorpusData:
    """Read a folder of media with its annotations; the errors are those of `emos_io.corpus.read_folder`."""
    options = replace(options, rater=_trimmed(options.rater), elan_tier=_trimmed(options.elan_tier))
    columns, findings = options.columns, options.findings
    if columns is not None:
        checked_fields(columns)
    if not folder.is_dir():
        raise SourceNotFound(f"there is no folder of media; give one that exists: {quoted(folder)}", path=str(folder))
    given = [existing(each, folder) for each in annotations]
    media = MediaNames(folder, findings)
    files = annotation_files(given)
    stated = given[0] if len(given) == 1 else folder
    chosen = {each for each in given if each.is_file()}
    if columns is None and not all(map(is_table, files)):
        files = _without_stray_tables(files, chosen, options)
    if not has_times(columns) and any(map(is_table, files)):
        clips, layers = read_clips(_checked_tables(files, options), chosen, media, stated, options)
        return CorpusData(clips, (), findings.collected, str(folder), layers.own.values())
    labels = read_labels(files, chosen, media, stated, options)
    contents = labels.contents
    transcripts = set[Path]()
    if options.sentences is not None:
        within = folder / options.sentences
        spoken = within if within.exists() and not options.sentences.exists() else options.sentences
        transcripts = read_transcripts(spoken, media, labels, options)
    report_unreadable(labels.unreadable, transcripts, options)
    raters = {rater for each in contents.values() if each.segments for rater in each.raters}
    aliases = {alias for each in contents.values() for own in each.aliases.values() for alias in own}
    check_rater(options.rater, raters, aliases, stated)
    if options.rater in raters:
        # The name of somebody is nobody's other name.
        for each in contents.values():
            each.aliases.clear()
    layers = replace(options.layers, are_tiers=labels.are_layers)
    segments = (segment for each in contents.values() for segment, _ in each.segments)
    cells = (segment.text for segment in segments if layers.of_tier(segment.tier) == layers.name)
    options = replace(options, layers=layers.completed(cells, findings))
    monologues = [make_monologue(key, contents[key], media, options) for key in sorted(contents)]
    for key in media.all():
        if key not in contents:
            findings.add(
                "no_annotation",
                key,
                "no annotation is about this media file",
                "it is left out; add a row or a file of its name",
            )
    return CorpusData((), monologues, findings.collected, str(folder), options.layers.own.values())


def _without_stray_tables(files: Sequence[Path], chosen: Collection[Path], options: FolderOptions) -> list[Path]:
    """Return the files without tables that were found beside other annotations, where no column is named."""
    stray = [each for each in files if is_table(each) and each not in chosen]
    for each in stray:
        fix = "it is left out; name its columns if it has labels, or move it elsewhere"
        options.findings.add("unreadable_file", each.name, "it is a table, and no columns were named", fix)
    return [each for each in files if each not in stray]


def _trimmed(name: str | None) -> str | None:
    """Return a name as names of files are compared: without blanks around it, save a name of blanks alone."""
    return name if name is None else name.strip() or name


def _checked_tables(files: Sequence[Path], options: FolderOptions) -> list[Path]:
    """Return tables without times; no other annotations stand beside them."""
    others = [each for each in files if not is_table(each)]
    if others and options.columns:
        raise InvalidArgument(
            "columns must name start and end of a table beside annotations with times, got neither; name them, or read the "
            f"table by itself: {quoted(others[0])}",
            path=str(others[0]),
        )
    return [each for each in files if is_table(each)]
