"""Read votes from workbooks and annotation files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..._checks import checked_path
from ...corpus import FindingCollector, Normalised, Normaliser, Provenance, Taxonomy, Vote, taxonomy
from ...corpus.label_rows import LabelRow
from ...corpus.release import is_release, unwrapped
from ...corpus.span_votes import votes_on_spans
from ...corpus.workbooks import needed_sheet
from ...errors import InvalidArgument, quoted, short_repr
from ...formats import AnnotationFile, LabelStudioTask, TextGrid, read_annotation, read_label_studio
from ...formats.rows import read_rows
from ...formats.table_columns import column_indices
from ...spans import Seconds
from .events import Event

_EMPTY = "its label is empty, so it was left out"


def read_votes(
    path: str | os.PathLike[str],
    findings: FindingCollector,
    *,
    layer: str | Taxonomy,
    item: str,
    label: str | Mapping[str, str],
    rater: str | None = None,
    rater_column: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    time: str | None = None,
) -> list[Event]:
    r"""Read votes from a workbook or a table (CSV, TSV) with one row for each item.

    Args:
        path: An xlsx, csv or tsv file, in any letter case of its suffix.
        findings: Takes repairs, unknown labels, rows without an item, and ``no_label`` for those without a label; and of a
            table ``encoding``, ``row_length`` and ``no_rows``, as `emos_io.formats.read_table` does.
        layer: The name of the taxonomy, or one of your own.
        item: The column of the item's key, or a pattern with columns in braces
            (``"meld/dia{Dialogue_ID}_utt{Utterance_ID}"``).
        label: The column of the labels, where an empty cell is a finding, save in workbooks of the EmoS release, whose raters
            labelled some of the rows; or the column of each rater (``{"a1": "basic_a1"}``), where the rater of an empty cell
            did not vote.
        rater: The rater of a file of one rater.
        rater_column: The column with the rater of each row.
        encoding, delimiter: How a table is written, as `emos_io.formats.read_table` takes them; a workbook has neither.
        time: The time of every event, ISO 8601, or None.

    Returns:
        One event for each cell with labels, in the order of the rows.

    Raises:
        InvalidArgument: the rater is not given, or is given twice, or the file has no such column; or an argument is wrong.
        SourceNotFound: there is no such file.
        SourceUnreadable: the file is no table.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from emos_io.corpus import FindingCollector
        >>> path = Path(tempfile.mkdtemp()) / "ann.csv"
        >>> _ = path.write_text("clip,emotion\none,Joy\ntwo,Hapy\n")
        >>> findings = FindingCollector()
        >>> events = read_votes(path, findings, layer="basic7", item="clip", label="emotion", rater="ann")
        >>> [(event.vote.item, event.vote.labels) for event in events], findings.collected.counts()
        ([('one', ('Joy',)), ('two', ())], {'unknown_label': 1})
    """
    path = checked_path(path)
    names = layer_taxonomy(layer)
    normalise = Normaliser(names)
    is_long = isinstance(label, str)
    columns = {rater or "": label} if isinstance(label, str) else dict(label)
    if is_long and (rater is None) == (rater_column is None):
        got = "neither" if rater is None else "both"
        raise InvalidArgument(
            f"votes of one column must have one of rater and rater_column, got {got}; give one, or a column for each rater"
        )
    needs = {f"label of {who}" if who else "label": column for who, column in columns.items()}
    if rater_column is not None:
        needs["rater"] = rater_column
    if "{" not in item:
        needs["item"] = item
    header, rows = _cells(path, needs, findings, encoding, delimiter)
    is_asked = is_long and not _is_published(path)
    events: list[Event] = []
    for provenance, cells in rows:
        try:
            key = item.format_map(cells) if "{" in item else cells[item.strip()]
        except (KeyError, ValueError, IndexError, AttributeError, TypeError) as error:
            allowed = f"a column, or a pattern with columns in braces, of {', '.join(filter(None, header))}"
            raise InvalidArgument(
                f"item must be {allowed}, got {item!r} ({error}); correct the name: {quoted(path)}", path=str(path)
            ) from error
        if not key:
            findings.add("missing_id", str(provenance), "the item is empty", "fill it in; the row is left out")
            continue
        for who, column in columns.items():
            raw = cells[column.strip()]
            if not raw and not is_asked:
                continue
            read = normalise.read(unwrapped(raw), f"{provenance}, column {column}", findings)
            # The release writes a set without labels in so many letters, which is a vote for none.
            if _is_nothing(read) and unwrapped(raw) == raw:
                findings.add("no_label", f"{provenance}, column {column}", _EMPTY, "fill in the label")
                continue
            name = cells[rater_column.strip()] if rater_column else who
            vote = Vote(
                item=key,
                layer=names.name,
                rater=name,
                labels=read.labels,
                abstain=read.abstain,
                open_labels=read.unknown,
                raw=raw,
                role="annotate",
                provenance=provenance,
            )
            events.append(Event(vote, time))
    return events


def _cells(
    path: Path, needs: Mapping[str, str], findings: FindingCollector, encoding: str | None, delimiter: str | None
) -> tuple[Sequence[str], Iterator[tuple[Provenance, dict[str, str]]]]:
    """Return the names of columns, and the cells of each row by them, without blanks around them."""
    if path.suffix.lower() in (".csv", ".tsv"):
        report = findings.reporter(path.name)
        table = read_rows(
            path, columns=None, needs=needs.values(), encoding=encoding, delimiter=delimiter, reporter=report
        )
        column_indices(table.header, needs, path)
        return table.header, (
            (Provenance(path.name, None, row.number), {name: cell.strip() for name, cell in row.cells.items()})
            for row in table
        )
    for name, value in (("encoding", encoding), ("delimiter", delimiter)):
        if value is not None:
            raise InvalidArgument(
                f"{name} must be left out for a workbook, got {short_repr(value)}; give it for tables alone: {quoted(path)}",
                path=str(path),
            )
    sheet = needed_sheet(path, name="path", needs=tuple(needs.values()))
    return sheet.columns, ((row.provenance, {name: row.text(name) for name in sheet.columns if name}) for row in sheet)


def _is_published(path: Path) -> bool:
    """Return whether a file lies in the EmoS release."""
    return any(each.name == "data-final" and is_release(each.parent) for each in path.resolve().parents)


def _is_nothing(read: Normalised) -> bool:
    return not (read.labels or read.unknown or read.abstain)


def layer_taxonomy(layer: str | Taxonomy) -> Taxonomy:
    """Return the taxonomy of a layer that is named or given.

    Raises:
        InvalidArgument: there is none of that name.
    """
    return layer if isinstance(layer, Taxonomy) else taxonomy(layer)


def read_span_votes(
    path: str | os.PathLike[str],
    findings: FindingCollector,
    *,
    layer: str | Taxonomy,
    item: str | None = None,
    rater: str | None = None,
    tier: str | None = None,
    frame_rate: Seconds | None = None,
    first_frame: int | None = None,
    encoding: str | None = None,
    time: str | None = None,
) -> list[Event]:
    """Read votes on spans from an annotation file (ELAN, Praat, Label Studio).

    Args:
        path: An .eaf, .TextGrid or .json file.
        findings: Takes repairs, unknown labels, ``no_label``, and ``point_labels``: labels of a point tier have no span and are
            left out. Praat fills time that nobody labelled with intervals of blanks, which are no finding.
        layer: The name of the taxonomy, or one of your own.
        item: The key of the item of a file about one. None takes the media that the file names, else the name of the file.
        rater: The rater, where the file does not say.
        tier: The tier of the labels, where the file has several (ELAN's word for a row).
        frame_rate: Frames per second of Label Studio's frames, which the file does not say.
        first_frame: The number of Label Studio's first frame, 0 or 1, which the file does not say.
        encoding: Name of the encoding of a TextGrid; None detects it. The other formats say their own.
        time: The time of every event, ISO 8601, or None.

    Returns:
        One event for each span that a rater labelled, in the order of items, raters and times; labels of one span are one vote,
        which has all of them. Segments without a label are no votes.

    Raises:
        InvalidArgument: the rater is not known; the file has several tiers and none is given, or several items and one is.
        SourceNotFound: there is no such file.
        SourceUnreadable: the file is not of its format.
    """
    path = checked_path(path)
    reporter = findings.reporter(path.name)
    if path.suffix.lower() == ".json":
        read: tuple[AnnotationFile, ...] = read_label_studio(
            path, frame_rate=frame_rate, first_frame=first_frame, reporter=reporter
        )
    else:
        grid = path.suffix.lower() == ".textgrid"
        read = (
            read_annotation(path, encoding=encoding, reporter=reporter)
            if grid
            else read_annotation(path, reporter=reporter),
        )
    names = layer_taxonomy(layer)
    normalise = Normaliser(names)
    rows: dict[tuple[str, str], list[LabelRow]] = {}
    media = {each.item: None for each in read if isinstance(each, LabelStudioTask) and each.segments}
    if item is not None and len(media) > 1:
        raise InvalidArgument(
            f"item must be left out for a file about {len(media)} items, got {short_repr(item)}; leave it out, the file names "
            f"its media: {quoted(path)}",
            path=str(path),
        )
    for file in read:
        tiers = sorted({segment.tier for segment in file.segments})
        if tier is None and len(tiers) > 1:
            raise InvalidArgument(
                f"tier must be given for a file with the tiers {', '.join(map(repr, tiers))}, got None; "
                f"give the one with the labels: {quoted(path)}",
                path=str(path),
            )
        points = [each for each in file.points if tier in (None, each.tier)] if isinstance(file, TextGrid) else []
        if points:
            what = f"{len(points)} labels of point tiers have no duration, {points[0].tier!r} first"
            findings.add("point_labels", path.name, what, "they are left out; make it an interval tier in Praat")
        named = file.item if isinstance(file, LabelStudioTask) else (file.media[0] if file.media else path.stem)
        for segment in file.segments:
            if tier is not None and segment.tier != tier:
                continue
            who = segment.rater or rater
            if not who:
                raise InvalidArgument(
                    "rater must be given for a file that does not name the rater, got None; "
                    f"give the name of the rater: {quoted(path)}",
                    path=str(path),
                )
            where = Provenance(path.name, segment.tier or None)
            normalised = normalise.read(segment.text, f"{where}, {segment.span}", findings)
            if _is_nothing(normalised):
                if segment.text.strip() or not isinstance(file, TextGrid):
                    findings.add("no_label", f"{where}, {segment.span}", _EMPTY, "fill in the label")
                continue
            own = rows.setdefault((item or segment.item or named, who), [])
            own.append(LabelRow(segment, where, normalised))
    votes = [vote for (key, who), own in rows.items() for vote in votes_on_spans(own, names, item=key, rater=who)]
    return [Event(vote, time) for vote in votes]
