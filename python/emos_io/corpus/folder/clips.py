"""Tables without times: a row is a vote on a whole clip."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...errors import InvalidArgument
from ...formats import column_names
from ...formats.row_values import confidence_of, decimal_sign, groups_of, intensity_of
from ...formats.rows import TableRow, TableRows, read_rows
from ...formats.table_columns import missing_columns
from ..media_names import MediaMatch, MediaNames
from ..normalise import Normaliser
from ..records import Clip, Decision, Provenance, Vote
from ..taxonomies import taxonomy
from .groups import agreed_groups
from .options import FolderOptions
from .raters import names_of_files

_INTENSITY = "intensity"


@dataclass(slots=True)
class _ClipRows:
    """What the rows of one clip say, in all tables."""

    key: str
    provenance: Provenance
    text: str = ""
    groups: list[tuple[str, str]] = field(default_factory=list)
    without: dict[str, list[Provenance]] = field(default_factory=dict)
    votes: list[Vote] = field(default_factory=list)
    confidences: list[float | None] = field(default_factory=list)

    @property
    def has_several_files(self) -> bool:
        """Whether votes of one layer come from several files."""
        files = {(vote.layer, vote.provenance.file if vote.provenance else "") for vote in self.votes}
        return len(files) > len({layer for layer, _ in files})

    def vote_of(self, layer: str, rater: str) -> Vote | None:
        """Return the vote of a rater in a layer, or None."""
        return next((vote for vote in self.votes if vote.layer == layer and vote.rater == rater), None)


def read_clips(files: Sequence[Path], media: MediaNames, options: FolderOptions) -> list[Clip]:
    """Return one clip for each media file that the tables name.

    Tables without a column of raters that vote on one clip are those of several raters, named as the files are.
    """
    clips: dict[str, _ClipRows] = {}
    raters, names = names_of_files(files), names_of_files(files, has_suffix=True)
    tables = [_read_table(file, names[file], raters[file], options) for file in files]
    matches = media.match_files({table.file: [row.cells["item"].strip() for row in table.rows] for table in tables})
    for table in tables:
        _add_rows(table, media, matches[table.file], clips, options)
    if "rater" not in (options.columns or {}) and not any(rows.has_several_files for rows in clips.values()):
        for rows in clips.values():
            rows.votes = [replace(vote, rater="") for vote in rows.votes]
    return [_clip(rows, media, options) for rows in clips.values()]


@dataclass(frozen=True, slots=True)
class _Table:
    """A table as it was read, its name in findings, and the rater whom its file names."""

    file: Path
    name: str
    rater: str
    cells: TableRows
    rows: Sequence[TableRow]


def _read_table(file: Path, name: str, rater: str, options: FolderOptions) -> _Table:
    if not options.columns or not {"item", "label"} <= set(options.columns):
        header = column_names(file, encoding=options.encoding, delimiter=options.delimiter)
        raise missing_columns(file, header, options.columns)
    report = options.findings.reporter(name)
    table = read_rows(
        file, columns=options.columns, encoding=options.encoding, delimiter=options.delimiter, reporter=report
    )
    return _Table(file, name, rater, table, list(table))


def _add_rows(
    table: _Table,
    media: MediaNames,
    matches: Mapping[str, MediaMatch],
    clips: dict[str, _ClipRows],
    options: FolderOptions,
) -> None:
    numbers, report = decimal_sign(table.cells), options.findings.reporter(table.name)
    for row in table.rows:
        provenance = Provenance(table.name, None, row.number)
        key = _media_key(row, provenance, media, matches, options)
        if key is None:
            continue
        clip = clips.setdefault(key, _ClipRows(key, provenance))
        _add_description(clip, row, provenance, options)
        vote = _vote(clip, row, provenance, table.rater, options)
        if vote is None:
            continue
        clip.votes.append(vote)
        clip.confidences.append(confidence_of(row.cells, numbers, f"row {row.number}", report))
        intensity = intensity_of(row.cells, numbers, f"row {row.number}", report)
        if intensity is not None:
            _add_intensity(clip, vote, intensity, row.cells["intensity"].strip(), options)


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


def _add_description(clip: _ClipRows, row: TableRow, provenance: Provenance, options: FolderOptions) -> None:
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
    clip: _ClipRows, row: TableRow, provenance: Provenance, file_rater: str, options: FolderOptions
) -> Vote | None:
    """Return the vote of a row, or None where it has a finding."""
    layer = row.cells.get("layer", "").strip() or options.layer
    normaliser = _normaliser(layer)
    if normaliser is None:
        fix = "the row is left out; write basic7, goemotions or the name of another taxonomy"
        options.findings.add("unknown_layer", str(provenance), f"{layer!r} is no layer with a taxonomy", fix)
        return None
    raw = row.cells["label"].strip()
    rater = row.cells["rater"].strip() if "rater" in row.cells else file_rater
    read = normaliser.read(raw, str(provenance), options.findings, open_words=True)
    if clip.vote_of(layer, rater) is not None:
        options.findings.add(
            "second_vote",
            str(provenance),
            f"{(rater if 'rater' in row.cells else '') or 'the rater'} votes a second time on {clip.key}",
            "the first vote counts; delete one of them",
        )
        return None
    return Vote(
        item=f"folder/{clip.key}",
        layer=layer,
        rater=rater,
        labels=read.labels,
        abstain=read.abstain,
        open_labels=read.unknown,
        raw=raw,
        provenance=provenance,
    )


@functools.cache
def _normaliser(layer: str) -> Normaliser | None:
    try:
        return Normaliser(taxonomy(layer))
    except InvalidArgument:
        return None


def _add_intensity(clip: _ClipRows, vote: Vote, intensity: int, raw: str, options: FolderOptions) -> None:
    """Add a vote in the layer of intensities; rows of one rater in several layers may repeat it."""
    same = clip.vote_of(_INTENSITY, vote.rater)
    labels = (str(intensity),)
    if same is None:
        clip.votes.append(replace(vote, layer=_INTENSITY, labels=labels, abstain=False, open_labels=(), raw=raw))
        clip.confidences.append(None)
    elif same.labels != labels:
        what = f"the intensity of {clip.key} is {intensity}, and {same.labels[0]} in a row before"
        options.findings.add("second_vote", str(vote.provenance), what, "the first is kept; make them the same")


def _clip(rows: _ClipRows, media: MediaNames, options: FolderOptions) -> Clip:
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
        votes=tuple(rows.votes),
        decisions=_single_vote_decisions(rows, options),
        provenance=rows.provenance,
    )


def _kinds(options: FolderOptions) -> list[str]:
    """Return the kinds of groups that the tables have columns for."""
    columns = options.columns or {}
    return [*(["speaker"] if "speaker" in columns else []), *groups_of({each: each for each in columns})]


def _single_vote_decisions(rows: _ClipRows, options: FolderOptions) -> dict[str, Decision]:
    """One vote in a layer is the decision; several votes are left to the caller to aggregate."""
    decisions: dict[str, Decision] = {}
    for layer in dict.fromkeys(vote.layer for vote in rows.votes):
        votes = [(vote, sure) for vote, sure in zip(rows.votes, rows.confidences, strict=True) if vote.layer == layer]
        if len(votes) > 1:
            if any(sure is not None for _, sure in votes):
                what = f"{len(votes)} raters voted on {rows.key} in {layer}, and votes have no confidence"
                fix = "the confidences are left out; those of a decision come from its votes"
                options.findings.add("unused_confidence", str(votes[0][0].provenance), what, fix)
            continue
        vote, sure = votes[0]
        if vote.labels:
            decisions[layer] = Decision(
                item=vote.item,
                layer=layer,
                labels=vote.labels,
                scores=dict.fromkeys(vote.labels, 1.0),
                confidence=sure if sure is not None else 1.0 if len(vote.labels) == 1 else None,
                recipe={"method": "single vote"} | ({} if sure is None else {"confidence": "given"}),
            )
    return decisions
