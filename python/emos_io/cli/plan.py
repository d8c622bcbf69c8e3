"""``emos plan``: what an epoch of windows costs and holds, before anything is decoded."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import click
from rich.table import Table

from ..corpus import Corpus, is_taxonomy_file
from ..media import Media
from ..plan import ORDERS, OrderName, PlanOnError, SkippedItem, Windowing, WindowPlan
from .corpora import check_sources, read_corpus, report_faults, with_media
from .options import (
    FILE,
    FOLDER,
    OLD_FLAGS,
    LabelOptions,
    WindowOptions,
    is_default,
    label_options,
    label_rule,
    window_options,
)
from .output import counted_progress, output, print_json
from .own_data import OwnData, OwnDataOptions, own_data, own_data_options


class _Options(WindowOptions, LabelOptions, OwnDataOptions):
    length: str | None
    hop: str | None
    max_length: str | None
    order: OrderName
    num_lanes: int | None
    batch_size: int | None
    windows_per_lane: int | None
    run_length: int | None
    num_buckets: int
    seed: int
    fps: str | None
    on_error: PlanOnError | None


MAX_LINES = 5
"""Items that are left out of which stderr tells; ``--json`` has all of them."""


@click.command(context_settings=OLD_FLAGS)
@click.argument("sources", type=FILE, nargs=-1, required=True, metavar="CORPUS_OR_MEDIA...")
@own_data_options
@click.option(
    "--length", help="Seconds of a window, as 4 or 1001/250; with --by clip, utterance or sentence the longest."
)
@click.option("--hop", help="Seconds from one start to the next; the length if left out.")
@window_options
@click.option("--max-length", help="Seconds to which longer clips, utterances and sentences are cut.")
@label_options
@click.option("--order", type=click.Choice(ORDERS), default="shuffle", show_default=True)
@click.option("--num-lanes", type=int, help="Parallel sequences; 8 if left out, 1 if sequential.")
@click.option("--batch-size", type=int, help="Windows of a batch; alone, so many lanes of one window.")
@click.option("--windows-per-lane", type=int, help="Windows of each lane in a batch; 1 if left out.")
@click.option("--run-length", type=int, help="The least number of neighbours that shuffle keeps together.")
@click.option("--num-buckets", type=int, default=1, show_default=True, help="Ranges of length that batches keep to.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--fps", help="Frames a second of the media, to count frames; seconds are counted if left out.")
@click.option("--media", type=FOLDER, help="A folder of media, to read the lengths of clips without published ones.")
@click.option(
    "--on-error",
    type=click.Choice(["raise", "skip"]),
    help="Open every file first; raise ends with 3 where one cannot be read, skip leaves it out. If left out, files are opened "
    "whose length nobody gives, and those that cannot be read are left out.",
)
@click.option("--json", is_flag=True, help="One JSON object on stdout.")
def plan(sources: tuple[str, ...], media: str | None, json: bool, **options: Unpack[_Options]) -> int:
    """Print the plan summary of a plan over corpora (a release or a saved corpus) and media files.

    With --annotations, a folder is one of your own media, and its labels are read; there is one such folder. The exit code is
    1 if a file cannot be read and is left out.
    """
    own = own_data(options, layer_alone=is_taxonomy_file(options["layer"] or ""))
    check_sources(sources, own, media)
    items = [_open(source, media, own) for source in sources]
    windowing = Windowing(
        options["length"],
        options["hop"],
        by=options["by"],
        context=options["context"],
        lookahead=options["lookahead"],
        max_length=options["max_length"],
    )
    if own.layer is not None and is_default("labels"):
        options["labels"] = own.layer
    rule = label_rule(options)
    # Quiet where stderr is not a terminal.
    with counted_progress("planning") as show, warnings.catch_warnings():
        # What is left out is printed below.
        warnings.simplefilter("ignore", UserWarning)
        made = WindowPlan(
            items,
            windowing,
            labels=rule,
            order=options["order"],
            num_lanes=options["num_lanes"],
            batch_size=options["batch_size"],
            windows_per_lane=options["windows_per_lane"],
            run_length=options["run_length"],
            num_buckets=options["num_buckets"],
            seed=options["seed"],
            on_error=options["on_error"],
            progress=show,
        )
        summary = made.summary(fps=options["fps"])
    code = _report_skipped(made.skipped)
    if json:
        print_json(summary.as_dict())
        return code
    table = Table("what", "value")
    for name, value in summary.rows():
        table.add_row(name, value)
    output().print(table, markup=False)
    return code


def _open(source: str, media: str | None, own: OwnData) -> Corpus | Media:
    """Return the corpus of a folder, or the media of a file."""
    if not Path(source).is_dir():
        return Media(source)
    corpus = read_corpus(source, own)
    report_faults(corpus, own)
    if media is not None:
        corpus = with_media(corpus, media)
    return corpus


def _report_skipped(skipped: Sequence[SkippedItem]) -> int:
    """Print what is left out, and return the exit code: 1 for a file that is there and cannot be read."""
    absent = sum(each.path is None for each in skipped)
    if absent:
        what = "clip is" if absent == 1 else "clips are"
        click.echo(f"{absent} {what} left out without a published length or media; give --media", err=True)
    unreadable = [each for each in skipped if each.path is not None]
    if not unreadable:
        return 0
    what = "file cannot be read and is" if len(unreadable) == 1 else "files cannot be read and are"
    more = "" if len(unreadable) <= MAX_LINES else f", first {MAX_LINES}; --json lists all"
    click.echo(f"{len(unreadable)} {what} left out{more}:", err=True)
    for each in unreadable[:MAX_LINES]:
        click.echo(f"{each.key}: {each.reason}", err=True)
    return 1
