"""Rater workbooks and annotation files as votes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..corpus import Findings, Normaliser, Provenance, Vote, taxonomy
from ..corpus.formats import AnnotationFile, LabelStudioTask, read_annotation, read_label_studio
from ..corpus.release.votes import unwrapped
from ..corpus.workbooks import read_sheet
from ..errors import InvalidArgument
from ..spans import Seconds
from .events import Event


def read_votes(
    path: Path,
    findings: Findings,
    *,
    layer: str,
    item: str,
    label: str | Mapping[str, str],
    rater: str | None = None,
    rater_column: str | None = None,
    time: str | None = None,
) -> list[Event]:
    """Read a workbook or csv of votes, one row an item.

    Args:
        path: xlsx or csv.
        findings: Takes repairs, unknown words and rows without an item.
        layer: Name of the taxonomy.
        item: Column of the item's key, or a pattern with columns in braces (``"meld/dia{Dialogue_ID}_utt{Utterance_ID}"``).
        label: Column of the labels, or a column for each rater (``{"a1": "basic_a1"}``).
        rater: Whose votes they are, if it is one rater's file.
        rater_column: Column that says whose vote a row is.
        time: Kept with every event, ISO 8601.

    Raises:
        InvalidArgument: It is not said whose votes they are, or the file lacks a column (which is told with those it has).
    """
    normalise = Normaliser(taxonomy(layer))
    columns = dict(label) if not isinstance(label, str) else {rater or "": label}
    if isinstance(label, str) and (rater is None) == (rater_column is None):
        raise InvalidArgument(
            "votes need one of rater and rater_column, or a column of labels for each rater; give one"
        )
    before = len(findings)
    sheet = read_sheet(path.parent, path.name, findings, needs=tuple(columns.values()))
    if sheet is None:
        told = list(findings)[before]
        raise InvalidArgument(f"{told.what}; {told.fix}: {str(path)!r}")
    events: list[Event] = []
    for row in sheet:
        try:
            key = item.format_map({name: row.text(name) for name in sheet.columns}) if "{" in item else row.text(item)
        except (KeyError, ValueError, IndexError) as error:
            raise InvalidArgument(
                f"the pattern {item!r} names column {error} that is not there: {str(path)!r}"
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
            vote = Vote(key, layer, name, read.labels, read.abstain, read.unknown, raw, "annotate", row.provenance)
            events.append(Event(vote, time))
    return events


def read_span_votes(
    path: Path,
    findings: Findings,
    *,
    layer: str,
    item: str | None = None,
    rater: str | None = None,
    tier: str | None = None,
    frame_rate: Seconds | None = None,
    first_frame: int | None = None,
    time: str | None = None,
) -> list[Event]:
    """Read an annotation file (ELAN, Praat, Label Studio) as votes on spans.

    Args:
        path: .eaf, .TextGrid or .json.
        findings: Takes repairs and unknown words.
        layer: Name of the taxonomy.
        item: Key of the item; the name of the medium that the file names, or of the file, if left out.
        rater: Whose votes they are, where the file does not say.
        tier: Which tier holds the labels, where the file has several.
        frame_rate, first_frame: Of Label Studio's frames; it does not say them itself.
        time: Kept with every event, ISO 8601.

    Raises:
        InvalidArgument: It is not said whose votes they are, or which tier is meant.
        SourceNotFound, SourceUnreadable: The file cannot be read.
    """

    def report(code: str, where: str, what: str, fix: str) -> None:
        findings.add(code, f"{path.name}, {where}" if where else path.name, what, fix)

    if path.suffix.lower() == ".json":
        read: tuple[AnnotationFile, ...] = read_label_studio(
            path, frame_rate=frame_rate, first_frame=first_frame, reporter=report
        )
    else:
        read = (read_annotation(path, reporter=report),)
    normalise = Normaliser(taxonomy(layer))
    events: list[Event] = []
    for file in read:
        tiers = sorted({segment.tier for segment in file.segments})
        if tier is None and len(tiers) > 1:
            raise InvalidArgument(
                f"the file has tiers {', '.join(map(repr, tiers))}; say which holds the labels: {str(path)!r}"
            )
        named = file.item if isinstance(file, LabelStudioTask) else (file.media[0] if file.media else path.stem)
        for segment in file.segments:
            if tier is not None and segment.tier != tier:
                continue
            who = segment.rater or rater
            if not who:
                raise InvalidArgument(f"the file does not say whose labels they are; give a rater: {str(path)!r}")
            where = Provenance(path.name, segment.tier or None)
            said = normalise.read(segment.text, f"{where}, {segment.span}", findings)
            key = item or segment.item or named
            vote = Vote(
                key, layer, who, said.labels, said.abstain, said.unknown, segment.text, "annotate", where, segment.span
            )
            events.append(Event(vote, time))
    return events
