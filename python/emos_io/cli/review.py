"""``emos review``: write the queue of items to adjudicate, and read the answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, Unpack

import click

from ..annotation import (
    QUEUE_SUFFIXES,
    REVIEW_REASONS,
    Event,
    EventLog,
    read_answers,
    review_queue,
    with_events,
    write_review_queue,
)
from ..corpus import Corpus, Decision, FindingCollector
from ..errors import quoted
from .corpora import read_corpus
from .options import FILE, LAYER, LAYER_HELP
from .output import print_findings, print_json
from .own_data import ReviewDataOptions, own_data, review_data_options
from .vote_sources import is_log, read_votes_of


@click.command()
@click.argument("release", type=FILE, required=False, metavar="[LOG|FOLDER|RELEASE]")
@click.option(
    "--layer",
    type=LAYER,
    default="basic7",
    show_default=True,
    help=f"The layer to review; of your own data, its taxonomy. {LAYER_HELP}",
)
@review_data_options
@click.option("--log", type=FILE, help="JSON Lines file of events; its votes count, and answers are appended to it.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the queue: .xlsx, .csv, or .json for Label Studio.")
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
    """Write clips and spans in doubt for review, or read answers into the log.

    In doubt are decisions of the low confidence tier, votes without a majority, and decisions that differ from those that they
    replaced. With --read, the corpus may be left out; where it is given, answers on items that it does not have are findings.
    """
    own = own_data({**options, "layer": layer}, layer_alone=True)
    layer = own.layer or layer
    if (out is None) == (answers is None):
        raise click.UsageError("give one of --out (write the queue) and --read (read answers)")
    if answers is not None:
        if log is None:
            raise click.UsageError("--read needs --log; give the file that the answers are appended to")
        if own.annotations:
            raise click.UsageError("--annotations must come with --out, got --read; leave it out")
        if release is not None and is_log(release):
            raise click.UsageError(
                f"--read takes the folder of a corpus, or none, got a file; leave it out, --log is the log: {quoted(release)}"
            )
        noted = FindingCollector()
        corpus = None if release is None else read_corpus(release, own)
        events = read_answers(answers, noted, reviewer=reviewer, corpus=corpus, taxonomies=own.taxonomies)
        summary, changes = _added(events, EventLog(log), corpus, noted)
        findings = failing = noted.collected
        if not events and not findings:
            click.echo(f"no row has an answer yet; fill in label and reviewer: {quoted(answers)}", err=True)
    else:
        assert out is not None
        if out.suffix.lower() not in QUEUE_SUFFIXES:
            raise click.UsageError(
                f"--out must end in .xlsx, .csv or .json, got {out.suffix!r}; name such a file: {quoted(out)}"
            )
        if release is None:
            raise click.UsageError(
                "--out needs a corpus or a log; give the release, a saved corpus, or the log of the votes"
            )
        read = read_votes_of(release, own, log)
        findings = read.new
        failing = findings.at_least("fault")
        summary, changes = _written(read.corpus, layer, out), []
    if json:
        print_json(summary | ({"changed": changes} if release is not None and answers is not None else {}))
    else:
        click.echo(", ".join(f"{key} {value}" for key, value in summary.items()))
        for change in changes:
            click.echo(_as_text(change))
    print_findings(findings, as_json=json)
    return 1 if failing else 0


class _Change(TypedDict):
    """What an answer does: the labels before it are None where the corpus is not known, or where there are none."""

    item: str
    layer: str
    span: list[str] | None
    before: str | None
    labels: list[str]
    by: str
    event: str


def _written(corpus: Corpus, layer: str, out: Path) -> dict[str, object]:
    """Write the queue, and return how many tasks there are, of each reason."""
    tasks = review_queue(corpus, layer)
    write_review_queue(tasks, out, taxonomies=corpus.taxonomies)
    reasons: dict[str, object] = {name: sum(task.reason == name for task in tasks) for name in REVIEW_REASONS}
    return {"tasks": len(tasks), **reasons, "out": str(out)}


def _added(
    events: Sequence[Event], log: EventLog, corpus: Corpus | None, findings: FindingCollector
) -> tuple[dict[str, object], list[_Change]]:
    """Append answers to the log; return how many there are and are new, and what the new ones change."""
    known = {each.id for each in log.events}
    if not log.path.exists():
        # Whoever reads answers has a log afterwards, also of none.
        log.path.parent.mkdir(parents=True, exist_ok=True)
        log.path.touch()
    summary: dict[str, object] = {"answers": len(events), "added": log.add(events), "log": str(log.path)}
    new = {each.id: each for each in events if each.id not in known}
    second = FindingCollector()
    counting = {each.id for each in log.current(second)}
    for finding in second.collected:
        if any(finding.where.endswith(f" {event}") for event in new):
            findings.add(finding.code, finding.where, finding.what, finding.fix, severity=finding.severity)
    made: dict[object, Decision] = {}
    if corpus is not None:
        applied = with_events(corpus, log)
        made = _decisions_by_event(applied)
        for finding in applied.findings:
            if finding.code == "conflicting_answers" and any(finding.where.endswith(f" {event}") for event in new):
                findings.add(finding.code, finding.where, finding.what, finding.fix, severity=finding.severity)
    changes: list[_Change] = []
    for event in new.values():
        vote, decision = event.vote, made.get(event.id)
        if vote.role != "adjudicate" or event.id not in counting or (corpus is not None and decision is None):
            continue
        before = None if decision is None else decision.recipe.get("before")
        changes.append(
            _Change(
                item=vote.item,
                layer=vote.layer,
                span=None if vote.span is None else [str(vote.span.start), str(vote.span.end)],
                before=None if before is None else str(before),
                labels=list(vote.labels),
                by=vote.rater,
                event=event.id,
            )
        )
    return summary, changes


def _decisions_by_event(corpus: Corpus) -> dict[object, Decision]:
    """Return the decisions that answers made, also those that others replaced."""
    of_clips = (each for clip in corpus.clips for each in (*clip.replaced, *clip.decisions.values()))
    of_spans = (each for item in corpus.monologues for each in (*item.replaced, *item.decisions))
    return {each.recipe["event"]: each for each in (*of_clips, *of_spans) if "event" in each.recipe}


def _as_text(change: _Change) -> str:
    span = "" if change["span"] is None else f" [{', '.join(change['span'])})"
    before = "" if change["before"] is None else f"{change['before']} becomes "
    labels = ";".join(change["labels"]) or "no label"
    return f"{change['item']}{span}, {change['layer']}: {before}{labels}, by {change['by']}"
