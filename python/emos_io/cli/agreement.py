"""``emos agreement``: how far raters agree, and how each of them labels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Unpack, get_args

import click
from rich.table import Table

from .. import annotation
from ..annotation import (
    Abstain,
    AgreementReport,
    Estimate,
    PanelAgreement,
    PanelRaters,
    RaterReport,
    is_decided,
    rater_report,
)
from ..errors import quoted
from .options import FILE, LAYER, LAYER_HELP
from .output import output, print_findings, print_json
from .own_data import ReviewDataOptions, own_data, review_data_options
from .vote_sources import read_votes_of


@click.command()
@click.argument("source", type=FILE, metavar="LOG|FOLDER|RELEASE")
@click.option("--layer", type=LAYER, default="basic7", show_default=True, help=f"The layer. {LAYER_HELP}")
@review_data_options
@click.option("--log", type=FILE, help="JSON Lines file of events; its votes and adjudications count.")
@click.option(
    "--abstain",
    type=click.Choice(get_args(Abstain)),
    default="leave_out",
    show_default=True,
    help="What an abstention is: no vote, or, where several labels may be given, a label as others.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the draws of intervals.")
@click.option("--png", type=click.Path(path_type=Path), help="Draw the raters' confusion matrices and biases.")
@click.option("--json", is_flag=True, help="One JSON object.")
def agreement(
    source: str,
    layer: str,
    log: str | None,
    abstain: Abstain,
    seed: int,
    png: Path | None,
    json: bool,
    **options: Unpack[ReviewDataOptions],
) -> int:
    """Print how far raters agree: each panel, each pair and each rater, with 95 percent intervals over groups of items.

    Votes are those of a log alone, of a folder of your own media with --annotations or --log, of a saved corpus or of the EmoS
    release. Where the layer has decisions, it also prints how each rater labels, measured by them.
    """
    own = own_data({**options, "layer": layer}, layer_alone=True)
    layer = own.layer or layer
    if png is not None and (png.suffix.lower() != ".png" or png.is_dir()):
        got = "a folder" if png.is_dir() else repr(png.suffix)
        raise click.UsageError(f"--png must be a file that ends in .png, got {got}; name such a file: {quoted(png)}")
    read = read_votes_of(source, own, log)
    corpus = read.corpus
    found = annotation.agreement(corpus, layer, abstain=abstain, seed=seed)
    raters = rater_report(corpus, layer) if png is not None or is_decided(corpus, layer) else None
    if png is not None and raters is not None:
        from ..report import save_raters_png

        save_raters_png(raters, png)
    if json:
        print_json(found.as_dict() | {"rater_report": None if raters is None else raters.as_dict()})
    else:
        _print(found, raters)
        if png is not None:
            click.echo(f"wrote {png}")
    findings = read.new
    print_findings(findings, as_json=json)
    return 1 if findings.at_least("fault") else 0


def _print(found: AgreementReport, raters: RaterReport | None) -> None:
    console = output()
    for panel in found.panels:
        for table in _tables(panel):
            console.print(table)
        for rater, item in panel.stray:
            console.print(f"left out: the vote of {rater} on {item}, which alone would link this panel with another")
    for each in () if raters is None else raters.panels:
        for table in _rater_tables(each):
            console.print(table)
    console.print(f"[low, high]: 95 percent of {found.draws:,} draws of groups, seed {found.seed}")


def _tables(panel: PanelAgreement) -> Iterator[Table]:
    """Yield the measures of a panel, its pairs and its raters."""
    names = ", ".join(each.rater for each in panel.raters)
    size = f"{panel.num_items:,} {panel.kind}" if panel.kind == "clips" else f"{panel.num_items:,} monologues"
    amount = "" if panel.kind == "clips" else f", {float(panel.total):,.3f} s"
    by = ", ".join(panel.group_kinds) or ("recording" if panel.kind == "monologues" else "item")
    measures = Table(
        "measure", "value", "low", "high", "groups", "why not", title=f"{names} on {size}{amount}, by {by}"
    )
    level = "nominal" if panel.level == "nominal" else "MASI distance"
    for name, each in (
        ("Fleiss' kappa", panel.fleiss),
        (f"Krippendorff's alpha ({level})", panel.krippendorff),
        ("Gwet's AC1", panel.gwet),
        ("all gave the same", panel.unanimous),
    ):
        interval = each.interval
        groups = "-" if interval is None else str(interval.num_groups)
        low, high = (None, None) if interval is None else (interval.low, interval.high)
        why = each.why or ("" if interval is None else interval.why)
        measures.add_row(name, _number(each.value), _number(low), _number(high), groups, why)
    yield measures
    pairs = Table("pair", "both", "Cohen's kappa", "Jaccard", "exact match")
    for pair in panel.pairs:
        cells = (_estimate(each) for each in (pair.cohen, pair.jaccard, pair.exact_match))
        pairs.add_row(", ".join(pair.raters), _amount(panel, pair.shared), *cells)
    if panel.pairs:
        yield pairs
    styles = Table(
        "rater", "votes", "abstained", "unusable", "missing", "labels", "neutral", "as most: same", "as most: Jaccard"
    )
    for one in panel.raters:
        amounts = (_amount(panel, value) for value in (one.votes, one.abstained, one.unusable, one.missing))
        shares = (one.cardinality, one.neutral_rate, one.consensus_exact, one.consensus_jaccard)
        styles.add_row(one.rater, *amounts, *map(_number, shares))
    yield styles


def _rater_tables(panel: PanelRaters) -> Iterator[Table]:
    """Yield what raters of a panel gave where each label was decided, and confusion matrices where a layer takes one label."""
    agreed = panel.agreed()
    table = Table("label", *panel.raters, title="percent given where decided, and percent given too often")
    table.add_row("informativeness", *(f"{each:.3f}" for each in panel.informativeness))
    for k, label in enumerate(panel.labels):
        cells = zip(agreed[:, k].tolist(), panel.biases[:, k].tolist(), strict=True)
        table.add_row(label, *(f"{_percent(share)} {_bias(bias)}" for share, bias in cells))
    yield table
    for r, rater in enumerate(panel.raters if not panel.multiple else ()):
        matrix = Table("decided", *panel.labels, title=f"{rater}: percent given as each label")
        for k, label in enumerate(panel.labels):
            row = panel.confusion[r, k]
            matrix.add_row(label, *(_percent(float(each)) if row.any() else "-" for each in row))
        yield matrix


def _amount(panel: PanelAgreement, value: Fraction) -> str:
    return f"{value}" if panel.kind == "clips" else f"{float(value):.3f} s"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:z.3f}"


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.0f}"


def _bias(share: float) -> str:
    """Return a bias in percent with its sign; 0, as in the image, has none."""
    percent = "-" if math.isnan(share) else f"{100 * share:+.0f}"
    return "0" if percent in ("+0", "-0") else percent


def _estimate(each: Estimate) -> str:
    """Return a measure with its interval, or with the number of groups that are too few for one."""
    if each.value is None:
        return "-"
    interval = each.interval
    if interval is None or interval.low is None:
        few = "" if interval is None else f" ({interval.num_groups} groups)"
        return f"{each.value:z.3f}{few}"
    return f"{each.value:z.3f} [{_number(interval.low)}, {_number(interval.high)}]"
