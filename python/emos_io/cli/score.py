"""``emos score``: predictions in, scores out, several files side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal, Unpack

import click

from .. import evaluation
from .._progress import LateBar
from ..corpus import SEVERITIES, Findings
from ..errors import CorpusError, printable
from ..evaluation import (
    SLICES_BY,
    Scores,
    ScoreTable,
    SliceBy,
    checked_by,
    read_predictions,
    read_runs,
    read_split,
    score_runs,
)
from .corpora import check_sources, read_corpus, report_faults
from .options import FILE, is_default
from .output import output, print_json, with_flags
from .own_data import OwnDataOptions, own_data
from .score_options import score_options
from .score_tables import print_comparison, print_gap, print_paper_tables, print_remark, print_scores
from .sections import SectionedCommand

PAPER_LAYER = "basic7"
PAPER_SLICES = ("language", "confidence_tier", "source")
"""What the paper's tables need scores by."""
LISTED_FINDINGS = 5
"""How many findings of one code are listed; --json has all."""


class _Score(SectionedCommand):
    """The verb, with its options in sections."""

    sections: ClassVar[Mapping[str, Sequence[str]]] = {
        "What is scored": ("corpus", "split", "side", "layer", "by"),
        "Your own data": tuple(name for name in OwnDataOptions.__annotations__ if name != "layer"),
        "What else is printed": ("paper", "offline"),
        "How": ("draws", "seed", "strict", "json"),
    }


@click.command(cls=_Score)
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@score_options
@click.option("--paper", is_flag=True, help="Print tables shaped as the paper's 7, 8 and 13 too; of basic7 and clips.")
@click.option(
    "--offline",
    type=FILE,
    help="Predictions of the same windows by the same system, which saw the future; print by how much they are better.",
)
@click.option("--strict", is_flag=True, help="Stop at the first finding that is a fault.")
@click.option(
    "--json",
    is_flag=True,
    help="One object of scores a line for each file, then one of the comparison, of --paper and of --offline.",
)
def score(
    files: tuple[str, ...],
    corpus: str,
    split: str | None,
    side: Literal["train", "validation", "test"],
    by: str,
    paper: bool,
    offline: str | None,
    draws: int,
    seed: int,
    strict: bool,
    json: bool,
    **options: Unpack[OwnDataOptions],
) -> int:
    """Score predictions against the decisions of a corpus: clips and monologues, each layer, with 95 percent intervals.

    Several files stand side by side, with their paired differences after them. What is wrong with a file is counted and listed,
    and never dropped; the exit code is 1 if a finding is a fault. docs/metrics.md defines every measure.
    """
    if split is None and not is_default("side"):
        raise click.UsageError("--side must come with --split, got --side alone; name the split that has it")
    own = own_data(options, layer_alone=True)
    check_sources([corpus], own, None)
    sliced = sliced_by(by)
    if paper:
        check_paper(own.layer, sliced)
    if offline is not None and len(files) > 1:
        raise click.UsageError(f"--offline must be beside one FILE, got {len(files)}; name the online one alone")
    division = None if split is None else read_split(split)
    other = None
    with ended_by_findings():
        runs = read_runs(files, strict=strict)
        if offline is not None:
            other = replace(read_predictions(offline, strict=strict), name=Path(offline).name)
    found = read_corpus(corpus, own)
    report_faults(found, own)
    with ended_by_findings(), LateBar("scoring") as bar:
        together = score_runs(
            runs,
            found,
            split=division,
            side=side,
            layer=own.layer,
            by=sliced,
            draws=draws,
            seed=seed,
            strict=strict,
            progress=bar.show,
        )
    scores, comparison = together.scores, together.comparison
    tables = _paper_tables(scores) if paper else ()
    lost = None
    # A file without any row has findings that say so, and nothing to compare.
    if other is not None and len(other) and len(runs[0]):
        lost = evaluation.gap(runs[0], other, found, split=division, side=side, layer=own.layer, draws=draws, seed=seed)
    if json:
        for each in scores:
            print_json(each.as_dict())
        if comparison is not None:
            print_json(comparison.as_dict())
        if paper:
            synthetic = {"synthetic": True} if any(each.synthetic for each in scores) else {}
            print_json({"paper_tables": Scores(name="", scores=(), tables=tables).as_dict()["tables"], **synthetic})
        if lost is not None:
            fields = lost.as_dict()
            print_json({"online_offline_gap": fields.pop("scores"), **fields})
    else:
        console = output()
        print_scores(console, [replace(each, name=printable(each.name)) for each in scores])
        if comparison is not None and comparison.differences:
            print_comparison(console, comparison)
        print_paper_tables(console, tables)
        if tables:
            print_remark(console, scores)
        if lost is not None:
            print_gap(console, lost)
    if len(runs) > 1 and (comparison is None or not comparison.differences):
        click.echo(f"nothing is compared: {together.why_not_compared}", err=True)
    listed = [(each.name, each.findings) for each in scores]
    if other is not None and lost is None:
        listed.append((other.name, other.findings))
    if lost is not None:
        listed_before = set(scores[0].findings)
        listed.append((lost.name, Findings([each for each in lost.findings if each not in listed_before])))
    for name, findings in listed:
        print_findings(name, findings)
    return 1 if any(findings.at_least("fault") for _, findings in listed) else 0


def check_paper(layer: str | None, by: Sequence[str]) -> None:
    """Refuse options with which the paper's tables cannot be made."""
    if layer not in (None, PAPER_LAYER):
        raise click.UsageError(f"--paper must be with --layer {PAPER_LAYER}, got {layer}; leave --layer or --paper out")
    if not set(PAPER_SLICES) <= set(by):
        raise click.UsageError(
            f"--paper must be with --by {','.join(PAPER_SLICES)}, got {','.join(by) or 'none'}; leave --by or --paper out"
        )


def _paper_tables(scores: Sequence[Scores]) -> tuple[ScoreTable, ...]:
    for each in scores:
        if not each.counts.get(f"{PAPER_LAYER}.clips"):
            raise click.UsageError(
                f"--paper must be with predictions of clips in {PAPER_LAYER}, got none in {each.name}; leave --paper out"
            )
    return evaluation.paper_tables(scores, PAPER_LAYER)


def sliced_by(by: str) -> tuple[SliceBy, ...]:
    """Return what ``--by`` names.

    Raises:
        UsageError: A name is none of these.
    """
    names = [] if by.strip() == "none" else [each.strip() for each in by.split(",")]
    if strange := [each for each in names if each not in SLICES_BY]:
        raise click.UsageError(
            f"--by must be none, or some of {','.join(SLICES_BY)}, got {strange[0]!r}; write none to score all items alone"
        )
    return checked_by(names)


@contextmanager
def ended_by_findings() -> Iterator[None]:
    """Print the finding that ends a strict run, and leave with the exit code of findings: the file could be read."""
    try:
        yield
    except CorpusError as error:
        click.echo(f"emos: {error}", err=True)
        raise click.exceptions.Exit(1) from error


def print_findings(name: str, findings: Findings, *, all_by: str = "--json") -> None:
    """Print findings on stderr: how many of each code, then the first of them; ``all_by`` is what lists the others."""
    if not findings:
        return
    counts = ", ".join(f"{count} {code}" for code, count in findings.counts().items())
    click.echo(f"{printable(name)}: {len(findings)} finding{'' if len(findings) == 1 else 's'}: {counts}", err=True)
    printed: Counter[str] = Counter()
    # Faults come first, whatever line they are in.
    for finding in sorted(findings, key=lambda each: -SEVERITIES.index(each.severity)):
        printed[finding.code] += 1
        if printed[finding.code] <= LISTED_FINDINGS:
            click.echo(f"  {finding.severity} {with_flags(finding)}", err=True)
    for code, count in printed.items():
        if count > LISTED_FINDINGS:
            click.echo(f"  {count - LISTED_FINDINGS} more of {code}; {all_by} lists all", err=True)
