"""Read votes from workbooks and annotation files."""

from __future__ import annotations

import os
from collections.abc import Mapping

from .._checks import checked_path
from ..corpus import FindingCollector, Normaliser, Provenance, Vote, taxonomy
from ..corpus.release import unwrapped
from ..corpus.workbooks import needed_sheet
from ..errors import InvalidArgument, quoted
from ..formats import AnnotationFile, LabelStudioTask, read_annotation, read_label_studio
from ..spans import Seconds
from .events import Event


def read_votes(
    path: str | os.PathLike[str],
    findings: FindingCollector,
    *,
    layer: str,
    item: str,
    label: str | Mapping[str, str],
    rater: str | None = None,
    rater_column: str | None = None,
    time: str | None = None,
) -> list[Event]:
    r"""Read votes from a workbook or csv with one row for each item.

    Args:
        path: An xlsx or csv file.
        findings: Takes repairs, unknown labels and rows without an item.
        layer: The name of the taxonomy.
        item: The column of the item's key, or a pattern with columns in braces
            (``"meld/dia{Dialogue_ID}_utt{Utterance_ID}"``).
        label: The column of the labels, or the column of each rater (``{"a1": "basic_a1"}``).
        rater: The rater of a file of one rater.
        rater_column: The column with the rater of each row.
        time: The time of every event, ISO 8601, or None.

    Returns:
        One event for each cell with labels, in the order of the rows.

    Raises:
        InvalidArgument: the rater is not given, or is given twice, or the file has no such column.
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
    normalise = Normaliser(taxonomy(layer))
    columns = dict(label) if not isinstance(label, str) else {rater or "": label}
    if isinstance(label, str) and (rater is None) == (rater_column is None):
        got = "neither" if rater is None else "both"
        raise InvalidArgument(
            f"votes of one column must have one of rater and rater_column, got {got}; give one, or a column for each rater"
        )
    sheet = needed_sheet(path, name="path", needs=tuple(columns.values()))
    events: list[Event] = []
    for row in sheet:
        try:
            key = item.format_map({name: row.text(name) for name in sheet.columns}) if "{" in item else row.text(item)
        except (KeyError, ValueError, IndexError) as error:
            allowed = f"a column, or a pattern with columns in braces, of {', '.join(filter(None, sheet.columns))}"
            raise InvalidArgument(
                f"item must be {allowed}, got {item!r} ({error}); correct the name: {quoted(path)}", path=str(path)
            ) from error
        if not key:
            findings.add("missing_id", str(row.provenance), "the item is empty", "fill it in; the row is left out")
            continue
        for who, column in columns.items():
            raw = row.text(column)
            if not raw:
                continue
            read = normalise.read(unwrapped(raw), f"{row.provenance}, column {column}", findings)
            name = row.text(rater_column) if rater_column else who
            vote = Vote(
                item=key,
                layer=layer,
                rater=name,
                labels=read.labels,
                abstain=read.abstain,
                open_labels=read.unknown,
                raw=raw,
                role="annotate",
                provenance=row.provenance,
            )
            events.append(Event(vote, time))
    return events


def read_span_votes(
    path: str | os.PathLike[str],
    findings: FindingCollector,
    *,
    layer: str,
    item: str | None = None,
    rater: str | None = None,
    tier: str | None = None,
    frame_rate: Seconds | None = None,
    first_frame: int | None = None,
    time: str | None = None,
) -> list[Event]:
    """Read votes on spans from an annotation file (ELAN, Praat, Label Studio).

    Args:
        path: An .eaf, .TextGrid or .json file.
        findings: Takes repairs and unknown labels.
        layer: The name of the taxonomy.
        item: The key of the item. None takes the media that the file names, else the name of the file.
        rater: The rater, where the file does not say.
        tier: The tier of the labels, where the file has several (ELAN's word for a row).
        frame_rate: Frames per second of Label Studio's frames, which the file does not say.
        first_frame: The number of Label Studio's first frame, 0 or 1, which the file does not say.
        time: The time of every event, ISO 8601, or None.

    Returns:
        One event for each segment, in the order of the file.

    Raises:
        InvalidArgument: the rater is not known, or the file has several tiers and none is given.
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
        read = (read_annotation(path, reporter=reporter),)
    normalise = Normaliser(taxonomy(layer))
    events: list[Event] = []
    for file in read:
        tiers = sorted({segment.tier for segment in file.segments})
        if tier is None and len(tiers) > 1:
            raise InvalidArgument(
                f"tier must be given for a file with the tiers {', '.join(map(repr, tiers))}, got None; "
                f"give the one with the labels: {quoted(path)}",
                path=str(path),
            )
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
            vote = Vote(
                item=item or segment.item or named,
                layer=layer,
                rater=who,
                labels=normalised.labels,
                abstain=normalised.abstain,
                open_labels=normalised.unknown,
                raw=segment.text,
                role="annotate",
                provenance=where,
                span=segment.span,
            )
            events.append(Event(vote, time))
    return events
