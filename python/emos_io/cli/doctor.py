"""``emos doctor``: what is in a release, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from ..corpus import MEDIA_SOURCES, Examination, attach
from ..pipes import media_duration
from .corpora import read_corpus
from .options import FOLDER
from .output import output, print_json

NUM_EXAMPLES = 3
"""Findings of each code that the table shows."""


@click.command()
@click.argument("release", type=FOLDER)
@click.option(
    "--media", type=FOLDER, help="A folder of media; they are matched with items, opened and compared with the labels."
)
@click.option("--strict", is_flag=True, help="Stop at the first finding that is no mere repair.")
@click.option("--json", is_flag=True, help="Counts as one JSON object, then one finding a line.")
def doctor(release: str, media: str | None, strict: bool, json: bool) -> int:
    """Print what a release or a saved corpus holds, what was repaired, and what is wrong."""
    corpus = read_corpus(release, strict=strict)
    if media is not None:
        corpus = attach(corpus, dict.fromkeys(MEDIA_SOURCES, Path(media)))
    found = corpus.doctor(media_duration if media is not None else None)
    if json:
        print_json(found.counts)
        for finding in found.findings:
            print_json(finding.as_dict())
    else:
        _print(found)
    return 1 if found.findings else 0


def _print(found: Examination) -> None:
    console = output()
    holds = Table("what", "how many", title="holds")
    for name, count in found.counts.items():
        if name != "findings":
            text = (
                ", ".join(f"{key} {value}" for key, value in count.items()) if isinstance(count, dict) else str(count)
            )
            holds.add_row(name, text)
    console.print(holds)
    table = Table("code", "times", "for instance", title=f"{len(found.findings)} findings")
    for code in sorted({finding.code for finding in found.findings}):
        same = [finding for finding in found.findings if finding.code == code]
        lines = [f"{each.where}: {each.what}; {each.fix}" for each in same[:NUM_EXAMPLES]]
        table.add_row(code, str(len(same)), "\n".join(lines))
    console.print(table, markup=False)
    console.print("--json prints every finding", highlight=False)
