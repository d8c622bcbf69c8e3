"""``emos votes``: read workbooks and annotation files into a log of votes."""

from __future__ import annotations

from pathlib import Path

import click

from ..annotation import EventLog, read_span_votes, read_votes
from ..corpus import FindingCollector, Taxonomy
from ..corpus.annotation_paths import ENCODED, TABLES
from .options import FILE, LAYER, name_or_taxonomy
from .output import print_findings, print_json
from .own_data import typed_delimiter

SPAN_SUFFIXES = {".eaf", ".textgrid", ".json"}
"""The suffixes of files whose labels have spans."""


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--log", type=FILE, required=True, help="JSON Lines file of events; votes are appended to it.")
@click.option(
    "--layer",
    type=LAYER,
    callback=name_or_taxonomy,
    required=True,
    help="basic7, goemotions or another taxonomy; of your own, its file (.json, .yaml).",
)
@click.option(
    "--item", help="Column of the key, or a pattern with columns in braces; for files with spans the key itself."
)
@click.option("--label", multiple=True, help="Column of the labels, or RATER=COLUMN for each rater.")
@click.option("--tier", help="The tier of an .eaf, .TextGrid or .json that has the labels.")
@click.option("--frame-rate", help="Frames per second of a Label Studio .json, such as 25 or 30000/1001.")
@click.option("--first-frame", type=int, help="The number of the first frame of a Label Studio .json, 0 or 1.")
@click.option("--rater", help="The rater; without it the name of the file, or what the file says.")
@click.option("--rater-column", help="The column with the rater of each row.")
@click.option("--encoding", help="Encoding of csv, tsv and .TextGrid files, such as gb18030; detected if left out.")
@click.option("--delimiter", help="The character between cells of csv and tsv files, or tab; detected if left out.")
@click.option("--json", is_flag=True, help="One JSON object a file, then one finding a line.")
def votes(
    files: tuple[str, ...],
    log: str,
    layer: str | Taxonomy,
    item: str | None,
    label: tuple[str, ...],
    tier: str | None,
    frame_rate: str | None,
    first_frame: int | None,
    rater: str | None,
    rater_column: str | None,
    encoding: str | None,
    delimiter: str | None,
    json: bool,
) -> int:
    """Read xlsx, csv, tsv, .eaf, .TextGrid and Label Studio .json files into a log. Votes that it has are not added again."""
    events = EventLog(log)
    findings = FindingCollector()
    by_rater = dict(each.split("=", 1) for each in label if "=" in each)
    if by_rater and len(by_rater) < len(label):
        raise click.UsageError("--label must be COLUMN or RATER=COLUMN, got both; use one of the two forms")
    if not by_rater and len(label) > 1:
        raise click.UsageError("--label must be RATER=COLUMN where there are several, got COLUMN; name the raters")
    between = typed_delimiter(delimiter)
    suffixes = {Path(file).suffix.lower() for file in files}
    if delimiter is not None and not suffixes & TABLES:
        raise click.UsageError("--delimiter must come with a csv or tsv file, got none; leave it out")
    if encoding is not None and not suffixes & ENCODED:
        raise click.UsageError("--encoding must come with a csv, tsv or .TextGrid file, got none; leave it out")
    for file in files:
        path = Path(file)
        is_table = path.suffix.lower() in TABLES
        if path.suffix.lower() in SPAN_SUFFIXES:
            read = read_span_votes(
                path,
                findings,
                layer=layer,
                item=item,
                rater=rater,
                tier=tier,
                frame_rate=frame_rate,
                first_frame=first_frame,
                encoding=encoding,
            )
        elif item is None or not label:
            raise click.UsageError("tables need --item and --label; give both")
        else:
            who = None if by_rater or rater_column else rater or path.stem
            read = read_votes(
                path,
                findings,
                layer=layer,
                item=item,
                label=by_rater or label[0],
                rater=who,
                rater_column=rater_column,
                encoding=encoding if is_table else None,
                delimiter=between if is_table else None,
            )
        added = events.add(read)
        if json:
            print_json({"file": file, "votes": len(read), "added": added, "log": log})
        else:
            click.echo(f"{file}: {len(read)} votes, {added} new in {log}")
    events.current(findings)
    return print_findings(findings.collected, as_json=json)
