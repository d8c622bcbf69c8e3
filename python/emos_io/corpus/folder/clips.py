"""Tables without times: a row is a vote on a whole clip."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import EmosError, InvalidArgument, SourceUnreadable, TooLarge
from ...formats import column_names
from ...formats.row_values import confidence_of, decimal_sign, groups_of, intensity_of
from ...formats.rows import TableRow, TableRows, read_rows
from ...formats.table_columns import is_missing_column, missing_columns
from ..media_names import MediaMatch, MediaNames
from ..normalise import Normaliser
from ..records import Clip, Decision, Provenance, Vote
from .clip_raters import decisions_of_clips
from .clip_rows import INTENSITY, ClipRows, GivenVote
from .groups import agreed_groups
from .labels import report_unreadable
from .layers import FolderLayers
from .options import FolderOptions
from .raters import names_of_files


def read_clips(
    files: Sequence[Path], chosen: Collection[Path], media: MediaNames, annotations: Path, options: FolderOptions
) -> tuple[list[Clip], FolderLayers]:
    """Return one clip for each media file that the tables name, and the layers that they were read with.

    Whoever has no name, and votes on a clip that another table is about too, has the name of the table. A clip has the
    decisions of its only rater, or of `FolderOptions.rater`; all votes stay.

    Args:
        files: The tables.
        chosen: Those that the caller named; others were found in a folder, and are left out where they lack the columns.
        media: The media of the folder.
        annotations: What findings and errors about all tables name.
        options: How the folder is read.

    Raises:
        InvalidArgument: Columns are not those of a table, or nobody is the rater.
        SourceUnreadable: A table cannot be read.
    """
    clips: dict[str, ClipRows] = {}
    names = names_of_files(files, has_suffix=True)
    tables: list[_Table] = []
    stray: dict[Path, EmosError] = {}
    for file in files:
        try:
            tables.append(_read_table(file, names[file], options))
        except (SourceUnreadable, TooLarge) as error:
            if file in chosen:
                raise
            stray[file] = error
        except InvalidArgument as error:
            if file in chosen or not is_missing_column(error):
                raise
            stray[file] = error
    if stray and not tables:
        first, *_ = stray.values()
        raise first
    report_unreadable(stray, (), options)
    matches = media.match_files({table.file: [row.cells["item"].strip() for row in table.rows] for table in tables})
    layers = options.layers
    cells = (row.cells["label"] for table in tables for row in table.rows if _layer(row, layers) == layers.name)
    options = replace(options, layers=layers.completed(cells, options.findings))
    normalisers = _Normalisers(options.layers)
    for table in tables:
        _add_rows(table, media, matches[table.file], clips, normalisers, options)
    paths = {names[file]: file for file in files}
    if any(rows.has_several_nameless for rows in clips.values()):
        named = {given.vote.rater for rows in clips.values() for given in rows.votes} - {""}
        own = names_of_files(files, named)
        raters = {names[file]: own[file] for file in files}
        for rows in clips.values():
            rows.name_raters(raters)
    decisions = decisions_of_clips(clips.values(), paths, annotations, options)
    return [_clip(rows, decisions[rows.key], media, options) for rows in clips.values()], options.layers


@dataclass(frozen=True, slots=True)
class _Table:
    """A table as it was read, and its name in findings."""

    file: Path
    name: str
    cells: TableRows
    rows: Sequence[TableRow]


def _read_table(file: Path, name: str, options: FolderOptions) -> _Table:
    if not options.columns or not {"item", "label"} <= set(options.columns):
        header = column_names(file, encoding=options.encoding, delimiter=options.delimiter)
        raise missing_columns(file, header, options.columns)
    report = options.findings.reporter(name)
    table = read_rows(
        file, columns=options.columns, encoding=options.encoding, delimiter=options.delimiter, reporter=report
    )
    return _Table(file, name, table, list(table))


def _add_rows(
    table: _Table,
    media: MediaNames,
    matches: Mapping[str, MediaMatch],
    clips: dict[str, ClipRows],
    normalisers: _Normalisers,
    options: FolderOptions,
) -> None:
    """Add the rows of a table to those of their clips."""
    numbers, report = decimal_sign(table.cells), options.findings.reporter(table.name)
    for row in table.rows:
        provenance = Provenance(table.name, None, row.number)
        key = _media_key(row, provenance, media, matches, options)
        if key is None:
            continue
        clip = clips.setdefault(key, ClipRows(key, provenance))
        _add_description(clip, row, provenance, options)
        layer = _layer(row, options.layers)
        names = options.layers.find(layer)
        if names is None:
            fix = "the row is left out; write basic7, goemotions or the name of another taxonomy"
            options.findings.add("unknown_layer", str(provenance), f"{layer!r} is no layer with a taxonomy", fix)
            continue
        vote = _vote(clip, row, provenance, normalisers[layer], options)
        where = f"row {row.number}"
        confidence = confidence_of(row.cells, numbers, where, report)
        given = GivenVote(vote, table.name, () if confidence is None else (confidence,), bool(vote.rater))
        if not (vote.labels or vote.open_labels or vote.abstain):
            options.findings.add(
                "no_label", str(provenance), "its label is empty, so it was left out", "fill in the label"
            )
        elif not clip.add(given, names, str(provenance), options.findings):
            continue
        intensity = intensity_of(row.cells, numbers, where, report)
        if intensity is not None:
            clip.add_intensity(_intensity_vote(vote, intensity, row, table.name), str(provenance), options.findings)


def _media_key(
    row: TableRow,
    provenance: Provenance,
    media: MediaNames,
    matches: Mapping[str, MediaMatch],
    options: FolderOptions,
) -> str | None:
    named = row.cells["item"].strip()
    if not named:
        options.findings.add("missing_id", str(provenance), "the item is empty", "fill it in; the row is left out")
        return None
    return media.accept(matches[named], str(provenance), "the row is left out")


def _add_description(clip: ClipRows, row: TableRow, provenance: Provenance, options: FolderOptions) -> None:
    """Add speaker, groups and text of a row; the first text counts, and another one is a finding."""
    text = row.cells.get("text", "").strip()
    if text and clip.text and text != clip.text:
        what = f"{clip.key} has another text in a row before"
        options.findings.add("text_differs", str(provenance), what, "the first is kept; make them the same")
    clip.text = clip.text or text
    groups = groups_of(row.cells)
    if speaker := row.cells.get("speaker", "").strip():
        groups["speaker"] = speaker
    clip.groups += groups.items()
    for kind in _kinds(options):
        if kind not in groups:
            clip.without.setdefault(kind, []).append(provenance)


def _vote(
    clip: ClipRows, row: TableRow, provenance: Provenance, normaliser: Normaliser, options: FolderOptions
) -> Vote:
    """Return the vote of a row; of several labels of one cell, a layer that takes one has the first."""
    raw, names = row.cells["label"].strip(), normaliser.taxonomy
    read = normaliser.read(raw, str(provenance), options.findings, open_words=True)
    labels = read.labels
    if len(labels) > 1 and not names.multiple:
        what = f"{', '.join(labels)} were given where {names.name} takes one"
        options.findings.add("too_many_labels", str(provenance), what, "the first is taken; correct the label")
        labels = labels[:1]
    return Vote(
        item=f"folder/{clip.key}",
        layer=names.name,
        rater=row.cells.get("rater", "").strip(),
        labels=labels,
        abstain=read.abstain,
        open_labels=read.unknown,
        raw=raw,
        provenance=provenance,
    )


def _intensity_vote(vote: Vote, intensity: int, row: TableRow, file: str) -> GivenVote:
    raw = row.cells["intensity"].strip()
    own = replace(vote, layer=INTENSITY, labels=(str(intensity),), abstain=False, open_labels=(), raw=raw)
    return GivenVote(own, file, (), bool(vote.rater))


def _layer(row: TableRow, layers: FolderLayers) -> str:
    return row.cells.get("layer", "").strip() or layers.name


class _Normalisers(dict[str, Normaliser]):
    """The normaliser of each layer that has a taxonomy, made when it is first asked for."""

    def __init__(self, layers: FolderLayers) -> None:
        super().__init__()
        self._layers = layers

    def __missing__(self, layer: str) -> Normaliser:
        names = self._layers.find(layer)
        assert names is not None
        return self.setdefault(layer, Normaliser(names))


def _clip(rows: ClipRows, decisions: Mapping[str, Decision], media: MediaNames, options: FolderOptions) -> Clip:
    groups = agreed_groups(rows.groups, rows.key, options.findings)
    for kind in _kinds(options):
        lacking = rows.without.get(kind, [])
        if lacking and kind in groups:
            more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            what = f"row {lacking[0].row}{more} of {rows.key} have no {kind}, and others have {groups[kind]!r}"
            options.findings.add("conflicting_group", str(lacking[0]), what, "that one is kept; fill in the cells")
    path = media.path(rows.key)
    return Clip(
        key=f"folder/{rows.key}",
        source="folder",
        language=options.language,
        text=rows.text,
        group={"video": rows.key} | groups,
        published_path=path.name,
        path=str(path),
        speaker=groups.get("speaker"),
        votes=tuple(given.vote for given in rows.votes),
        decisions=decisions,
        provenance=rows.provenance,
    )


def _kinds(options: FolderOptions) -> list[str]:
    """Return the kinds of groups that the tables have columns for."""
    columns = options.columns or {}
    return [*(["speaker"] if "speaker" in columns else []), *groups_of({each: each for each in columns})]
