"""``emos leaks``: what the sides of a split share."""

from __future__ import annotations

from typing import Unpack

import click
from rich.table import Table

from ..corpus import Folds, LeakReport, Split
from ..corpus import leaks as find_leaks
from ..evaluation import read_split
from ..media import file_digest
from .corpora import check_sources, read_corpus, report_faults, with_media
from .options import FILE, FOLDER, SPLIT, SPLIT_HELP
from .output import counted_progress, output, print_json, with_flags
from .own_data import OwnDataOptions, own_data, own_data_options


@click.command()
@click.argument("corpus", type=FOLDER, metavar="CORPUS|FOLDER")
@own_data_options
@click.option(
    "--split",
    type=FILE,
    required=True,
    metavar=SPLIT,
    help=SPLIT_HELP,
)
@click.option(
    "--media", type=FOLDER, help="A folder of media; they are matched with items, and told from each other by a digest."
)
@click.option(
    "--near",
    type=float,
    default=0.8,
    show_default=True,
    help="The least similarity of texts that count as nearly equal.",
)
@click.option("--json", is_flag=True, help="Counts as one JSON object, then one finding a line, then one leak a line.")
def leaks(
    corpus: str, split: str, media: str | None, near: float, json: bool, **options: Unpack[OwnDataOptions]
) -> int:
    """Print what the sides of a split share: groups, texts, media, and labels that were fitted with test items.

    The exit code is 1 if something leaks that another split would not have; notes are about what cannot be helped.
    """
    own = own_data(options)
    check_sources([corpus], own, media)
    division = read_split(split)
    found = read_corpus(corpus, own)
    report_faults(found, own)
    if media is not None:
        found = with_media(found, media)
    is_read = media is not None or bool(own.annotations)
    with counted_progress("media") as progress:
        report = find_leaks(found, division, digest=_digest if is_read else None, near=near, progress=progress)
    if json:
        print_json(_counts(report, division))
        for finding in map(with_flags, report.findings):
            print_json(finding.as_dict())
        for leak in report.leaks:
            print_json(leak.as_dict())
    else:
        _print(report, division)
    return 1 if report.findings.at_least("fault") else 0


def _digest(path: str) -> str | None:
    found = file_digest(path)
    return None if found is None else found.digest


def _counts(report: LeakReport, division: Split | Folds) -> dict[str, object]:
    sides = division.sides() if isinstance(division, Split) else dict(zip(division.names, division.folds, strict=True))
    return {
        "sides": {side: len(keys) for side, keys in sides.items()},
        **report.counts,
        "fitted": len(report.fitted),
        "unknown_fits": len(report.unknown_fits),
        "unknown": sum(map(len, report.unknown.values())),
        "unassigned": len(report.unassigned),
        "leaks": len(report.leaks),
        "findings": report.findings.counts(),
    }


def _print(report: LeakReport, division: Split | Folds) -> None:
    console = output()
    counts = Table("what", "how many", title="compared")
    for name, count in _counts(report, division).items():
        if name != "findings":
            text = (
                ", ".join(f"{key} {value}" for key, value in count.items()) if isinstance(count, dict) else str(count)
            )
            counts.add_row(name, text)
    console.print(counts)
    table = Table("severity", "code", "where", "what", title=f"{len(report.findings)} findings")
    for finding in map(with_flags, report.findings):
        table.add_row(finding.severity, finding.code, finding.where, f"{finding.what}; {finding.fix}")
    console.print(table, markup=False)
    console.print("--json prints every leak", highlight=False)
