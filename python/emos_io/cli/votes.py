"""``emos votes``: rater workbooks and annotation files into a log of votes."""

from __future__ import annotations

from pathlib import Path

import click

from ..annotation.events import EventLog
from ..annotation.importing import read_span_votes, read_votes
from ..corpus import Findings
from .output import print_findings, print_json

SPANS = {".eaf", ".textgrid", ".json"}
"""Files whose labels have spans."""


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--log", required=True, help="JSON Lines file of events; it is only added to.")
@click.option("--layer", required=True, help="basic7, goemotions or another taxonomy.")
@click.option(
    "--item", help="Column of the key, or a pattern with columns in braces; for files of spans the key itself."
)
@click.option("--label", multiple=True, help="Column of labels, or RATER=COLUMN for each rater.")
@click.option("--tier", help="Which tier of an .eaf, .TextGrid or .json holds the labels.")
@click.option("--frame-rate", help="Of the frames of a Label Studio .json, as 25 or 30000/1001.")
@click.option("--first-frame", type=int, help="Number of the first frame of a Label Studio .json.")
@click.option("--rater", help="Whose votes they are; the name of the file if left out.")
@click.option("--rater-column", help="Column that says whose vote a row is.")
@click.option("--json", is_flag=True, help="One JSON object a file, then one finding a line.")
def votes(
    files: tuple[str, ...],
    log: str,
    layer: str,
    item: str | None,
    label: tuple[str, ...],
    tier: str | None,
    frame_rate: str | None,
    first_frame: int | None,
    rater: str | None,
    rater_column: str | None,
    json: bool,
) -> int:
    """Read xlsx, csv, .eaf, .TextGrid and Label Studio .json files into a log; what is there already is left alone."""
    events = EventLog(log)
    findings = Findings()
    by_rater = dict(each.split("=", 1) for each in label if "=" in each)
    if by_rater and len(by_rater) < len(label):
        raise click.UsageError("--label was given both as COLUMN and as RATER=COLUMN; give one kind")
    if not by_rater and len(label) > 1:
        raise click.UsageError("several --label were given; write them as RATER=COLUMN")
    for file in files:
        path = Path(file)
        if path.suffix.lower() in SPANS:
            read = read_span_votes(
                path,
                findings,
                layer=layer,
                item=item,
                rater=rater,
                tier=tier,
                frame_rate=frame_rate,
                first_frame=first_frame,
            )
        elif item is None or not label:
            raise click.UsageError("tables need --item and --label; give both")
        else:
            who = None if by_rater or rater_column else rater or path.stem
            read = read_votes(
                path, findings, layer=layer, item=item, label=by_rater or label[0], rater=who, rater_column=rater_column
            )
        added = events.add(read)
        if json:
            print_json({"file": file, "votes": len(read), "added": added, "log": log})
        else:
            click.echo(f"{file}: {len(read)} votes, {added} new in {log}")
    events.current(findings)
    return print_findings(findings, as_json=json)
