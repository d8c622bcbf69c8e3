"""``emos plan``: what an epoch of windows costs and holds, before anything is decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ..corpus import Clip, Monologue
from ..corpus.link import MEDIA_SOURCES, attach
from ..media import Media
from ..pipes import media_durations
from ..plan import LabelRule, Windowing, WindowPlan
from ..plan.label_rule import COLLAR_MODES, LABEL_ATS
from ..plan.order import ORDERS
from ..plan.windowing import BYS
from .corpora import read_corpus
from .options import OLD_FLAGS
from .output import print_json, progress

_WINDOWING = ("length", "hop", "by", "context", "lookahead", "max_length")
_LABEL_RULE = ("label_at", "collar", "collar_mode")


@click.command(context_settings=OLD_FLAGS)
@click.argument("sources", nargs=-1, required=True, metavar="CORPUS_OR_MEDIA...")
@click.option(
    "--length", help="Seconds of a window, as 4 or 1001/250; with --by clip, utterance or sentence the longest."
)
@click.option("--hop", help="Seconds from one start to the next; the length if left out.")
@click.option("--by", type=click.Choice(BYS), help="What windows are, instead of a hop.")
@click.option("--context", default="0", show_default=True, help="Seconds decoded before the label span.")
@click.option("--lookahead", default="0", show_default=True, help="Seconds decoded after the label span.")
@click.option("--max-length", help="Seconds to which longer clips, utterances and sentences are cut.")
@click.option("--labels", default="basic7", show_default=True, help="Label layer, or none.")
@click.option(
    "--label-at", type=click.Choice(LABEL_ATS), default="end", show_default=True, help="How windows are labelled."
)
@click.option("--collar", default="0", show_default=True, help="Seconds by which boundaries may be wrong.")
@click.option(
    "--collar-mode", type=click.Choice(COLLAR_MODES), default="mask", show_default=True, help="What the collar does."
)
@click.option("--order", type=click.Choice(ORDERS), default="shuffle", show_default=True)
@click.option("--num-lanes", type=int, help="Parallel sequences; 8 if left out, 1 if sequential.")
@click.option("--batch-size", type=int, help="Windows of a batch; alone, so many lanes of one window.")
@click.option("--windows-per-lane", type=int, help="Windows of each lane in a batch; 1 if left out.")
@click.option("--run-length", type=int, help="The least number of neighbours that shuffle keeps together.")
@click.option("--num-buckets", type=int, default=1, show_default=True, help="Ranges of length that batches keep to.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--fps", help="Frames a second of the media, to count frames; seconds are counted if left out.")
@click.option("--media", help="A folder of media, to read the lengths of clips without published ones.")
@click.option("--json", is_flag=True, help="One JSON object on stdout.")
def plan(sources: tuple[str, ...], media: str | None, json: bool, **options: Any) -> None:
    """Print the plan summary of a plan over corpora (a release or a saved corpus) and media files."""
    items = [each for source in sources for each in _open(source, media)]
    lengths: dict[str, Fraction] = {}
    unknown: list[str] = []
    if options["by"] == "clip":
        lengths, unknown = _lengths(items)
    if unknown:
        click.echo(
            f"{len(unknown)} clips without a published length or readable media are left out; give --media",
            err=True,
        )
        absent = set(unknown)
        items = [each for each in items if not (isinstance(each, Clip) and each.key in absent)]
    fps = options.pop("fps")
    windowing = Windowing(**{name: options.pop(name) for name in _WINDOWING})
    layer = options.pop("labels")
    rule = LabelRule(None if layer == "none" else layer, **{name: options.pop(name) for name in _LABEL_RULE})
    # Quiet where stderr is not a terminal.
    with Console(stderr=True).status("planning"):
        summary = WindowPlan(items, windowing, labels=rule, durations=lengths, **options).summary(fps=fps)
    summary = replace(summary, left_out=summary.left_out + len(unknown))
    if json:
        print_json(summary.as_dict())
        return
    table = Table("what", "value")
    for name, value in summary.rows():
        table.add_row(name, value)
    Console().print(table, markup=False)


def _open(source: str, media: str | None) -> Sequence[Clip | Monologue | Media]:
    """Return the items of a corpus folder, or the media of a file."""
    if not Path(source).is_dir():
        return [Media(source)]
    corpus = read_corpus(source)
    if media is not None:
        corpus = attach(corpus, dict.fromkeys(MEDIA_SOURCES, Path(media)))
    return corpus.items


def _lengths(items: Sequence[Clip | Monologue | Media]) -> tuple[dict[str, Fraction], list[str]]:
    """Return lengths of clips with media, and keys of clips with neither media nor a published length."""
    clips = [each for each in items if isinstance(each, Clip)]
    with progress("lengths", sum(clip.path is not None for clip in clips)) as step:
        found, issues = media_durations(clips, on_error="mask", progress=lambda *_: step())
    for line in issues.lines:
        click.echo(f"length unknown: {line}", err=True)
    return found, [clip.key for clip in clips if clip.key not in found and clip.duration is None]
