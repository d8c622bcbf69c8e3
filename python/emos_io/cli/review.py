"""``emos review``: write the queue of items to adjudicate, and read the answers."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from ..annotation import (
    EventLog,
    read_answers,
    review_queue,
    with_events,
    write_review_label_studio,
    write_review_workbook,
)
from ..corpus import FindingCollector
from ..errors import quoted
from .corpora import read_corpus, report_faults
from .options import FILE, FOLDER, LAYER, LAYER_HELP
from .output import print_findings, print_json
from .own_data import ReviewDataOptions, own_data, review_data_options


@click.command()
@click.argument("release", type=FOLDER, required=False, metavar="[RELEASE|FOLDER]")
@click.option(
    "--layer",
    type=LAYER,
    default="basic7",
    show_default=True,
    help=f"The layer to review; of your own data, its taxonomy. {LAYER_HELP}",
)
@review_data_options
@click.option("--log", type=FILE, help="JSON Lines file of events; its votes count, and answers are appended to it.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the queue: .xlsx, or .json for Label Studio.")
@click.option(
    "--read", "answers", type=click.Path(path_type=Path), help="Read a queue that reviewers filled in into the log."
)
@click.option("--reviewer", help="The reviewer, where the file does not say.")
@click.option("--json", is_flag=True, help="One JSON object, then one finding a line.")
def review(
    release: str | None,
    layer: str,
    log: str | None,
    out: Path | None,
    answers: Path | None,
    reviewer: str | None,
    json: bool,
    **options: Unpack[ReviewDataOptions],
) -> int:
    """Write clips of the low confidence tier or without a majority for review, or read answers into the log."""
    own = own_data({**options, "layer": layer}, layer_alone=True)
    layer = own.layer or layer
    if (out is None) == (answers is None):
        raise click.UsageError("give one of --out (write the queue) and --read (read answers)")
    findings = FindingCollector()
    if answers is not None:
        if log is None:
            raise click.UsageError("--read needs --log; give the file that the answers are appended to")
        if own.annotations:
            raise click.UsageError("--annotations must come with --out, got --read; leave it out")
        events = read_answers(answers, findings, reviewer=reviewer)
        summary: dict[str, object] = {"answers": len(events), "added": EventLog(log).add(events), "log": log}
    else:
        assert out is not None
        if out.suffix.lower() not in (".xlsx", ".json"):
            raise click.UsageError(
                f"--out must end in .xlsx or .json, got {out.suffix!r}; name such a file: {quoted(out)}"
            )
        if release is None:
            raise click.UsageError("--out needs a corpus; give the folder of the release or of a saved corpus")
        corpus = read_corpus(release, own)
        report_faults(corpus, own)
        if log is not None:
            corpus = with_events(corpus, EventLog(log))
        tasks = review_queue(corpus, layer)
        (write_review_label_studio if out.suffix.lower() == ".json" else write_review_workbook)(tasks, out)
        reasons = {reason: sum(task.reason == reason for task in tasks) for reason in ("low tier", "no majority")}
        summary = {"tasks": len(tasks), **reasons, "out": str(out)}
    if json:
        print_json(summary)
    else:
        click.echo(", ".join(f"{key} {value}" for key, value in summary.items()))
    return print_findings(findings.collected, as_json=json)
