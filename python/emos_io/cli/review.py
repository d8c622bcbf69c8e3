"""``emos review``: the queue of items to adjudicate, out and back."""

from __future__ import annotations

from pathlib import Path

import click

from ..annotation.events import EventLog, with_events
from ..annotation.review import queue, read_answers, write_label_studio, write_workbook
from ..corpus import Findings
from .corpora import read_corpus
from .output import print_findings, print_json


@click.command()
@click.argument("release", required=False)
@click.option("--layer", default="basic7", show_default=True)
@click.option("--log", help="JSON Lines file of events: its votes count, and answers are added to it.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the queue: .xlsx, or .json for Label Studio.")
@click.option("--read", "answers", type=click.Path(path_type=Path), help="Read a filled-in queue into the log.")
@click.option("--reviewer", help="Who answered, where the file does not say.")
@click.option("--json", is_flag=True, help="One JSON object, then one finding a line.")
def review(
    release: str | None,
    layer: str,
    log: str | None,
    out: Path | None,
    answers: Path | None,
    reviewer: str | None,
    json: bool,
) -> int:
    """Write items of the low tier or without a majority for review, or read decisions back; nothing is overwritten."""
    if (out is None) == (answers is None):
        raise click.UsageError("give one of --out (write the queue) and --read (read answers)")
    findings = Findings()
    if answers is not None:
        if log is None:
            raise click.UsageError("--read needs --log, the file that the answers are added to")
        events = read_answers(answers, findings, reviewer=reviewer)
        told = {"answers": len(events), "added": EventLog(log).add(events), "log": log}
    else:
        assert out is not None
        if release is None:
            raise click.UsageError("--out needs the release or a saved corpus")
        corpus = read_corpus(release)
        if log is not None:
            corpus = with_events(corpus, EventLog(log))
        tasks = queue(corpus, layer)
        (write_label_studio if out.suffix == ".json" else write_workbook)(tasks, out)
        reasons = {reason: sum(task.reason == reason for task in tasks) for reason in ("low tier", "no majority")}
        told = {"tasks": len(tasks), **reasons, "out": str(out)}
    if json:
        print_json(told)
    else:
        click.echo(", ".join(f"{key} {value}" for key, value in told.items()))
    return print_findings(findings, as_json=json)
