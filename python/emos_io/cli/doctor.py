"""``emos doctor``: what is in a corpus, and what is wrong with it."""

from __future__ import annotations

from typing import Unpack

import click
from rich.table import Table

from ..corpus import SEVERITIES, Corpus, Examination, Findings, Severity
from ..pipes import media_duration
from .corpora import check_sources, read_corpus, with_media
from .options import FOLDER
from .output import output, print_json, with_flags
from .own_data import OwnDataOptions, own_data, own_data_options

NUM_EXAMPLES = 3
"""Findings of each code that the table shows."""


@click.command()
@click.argument("release", type=FOLDER, metavar="RELEASE|FOLDER")
@own_data_options
@click.option(
    "--media", type=FOLDER, help="A folder of media; they are matched with items, opened and compared with the labels."
)
@click.option("--strict", is_flag=True, help="Stop at the first finding that is no mere repair.")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="fault",
    show_default=True,
    help="The least severity of a finding that makes the exit code 1; repair counts all.",
)
@click.option("--json", is_flag=True, help="Counts as one JSON object, then one finding a line.")
def doctor(
    release: str, media: str | None, strict: bool, fail_on: Severity, json: bool, **options: Unpack[OwnDataOptions]
) -> int:
    """Print what a release or a saved corpus holds, what was repaired, and what is wrong.

    With --annotations, a folder of your own media and its labels are read. A repair lost nothing, a note is about published
    data that are kept as they are, and a fault needs a look. The exit code is 1 if there are faults.
    """
    own = own_data(options)
    check_sources([release], own, media)
    corpus = read_corpus(release, own, strict=strict)
    if media is not None:
        corpus = with_media(corpus, media)
    found = corpus.doctor(media_duration if media is not None else None)
    if own.annotations:
        # Media of monologues were opened while they were read.
        clips = Corpus(corpus.clips).doctor(media_duration).findings
        found = corpus.with_findings(each for each in clips if each.code == "unreadable_media").doctor()
    failing = found.findings.at_least(fail_on)
    if json:
        print_json(found.counts)
        for finding in found.findings:
            print_json(finding.as_dict())
    else:
        _print(found, failing, fail_on)
    return 1 if failing else 0


def _print(found: Examination, failing: Findings, fail_on: Severity) -> None:
    console = output()
    holds = Table("what", "how many", title="holds")
    for name, count in found.counts.items():
        if name != "findings":
            holds.add_row(name, _amounts(count))
    console.print(holds)
    table = Table("severity", "code", "times", "for instance", title=f"{len(found.findings)} findings")
    for severity in reversed(SEVERITIES):
        same = [each for each in found.findings if each.severity == severity]
        for code in sorted({each.code for each in same}):
            own = [each for each in same if each.code == code]
            lines = [f"{each.where}: {each.what}; {each.fix}" for each in map(with_flags, own[:NUM_EXAMPLES])]
            table.add_row(severity, code, str(len(own)), "\n".join(lines))
    console.print(table, markup=False)
    console.print("--json prints every finding", highlight=False)
    if failing:
        worse = "" if fail_on == SEVERITIES[-1] else " or worse"
        number = f"{len(failing)} findings are" if len(failing) > 1 else "1 finding is"
        console.print(
            f"exit code 1: {number} of severity {fail_on}{worse}; look at them, --fail-on says which severity counts",
            highlight=False,
            soft_wrap=True,
        )


def _amounts(count: object) -> str:
    """Return a count as text; counts by name, and by name within names, stand on lines of their own."""
    if not isinstance(count, dict):
        return str(count)
    apart = "\n" if any(isinstance(value, dict) for value in count.values()) else ", "
    return apart.join(f"{key} {_amounts(value)}" for key, value in count.items() if value != {})
