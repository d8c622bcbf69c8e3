"""``emos synthesize``: media for people who lack the originals."""

from __future__ import annotations

import time
from typing import Any, get_args

import click
from rich.console import Console
from rich.table import Table

from ..errors import NoSuchItem
from ..synthesize import Speech
from ..synthesize import synthesize as make
from .corpora import read_corpus
from .options import height_width
from .output import counted_progress, print_json, seconds


@click.command()
@click.argument("release")
@click.argument("out")
@click.option("--only", multiple=True, metavar="NAME", help="A monologue by key or name; may be repeated.")
@click.option("--max-seconds", help="Cut longer monologues, as 30 or 61/2.")
@click.option("--size", default="180,320", show_default=True, callback=height_width, help="Height,width; both even.")
@click.option(
    "--speech",
    type=click.Choice(get_args(Speech)),
    default="auto",
    show_default=True,
    help="Voices of espeak-ng or espeak where there is one, or tones that spell the number of a sentence.",
)
@click.option("--json", is_flag=True, help="One JSON object a monologue on stdout.")
def synthesize(release: str, out: str, only: tuple[str, ...], json: bool, **options: Any) -> None:
    """Make a medium of the published length for each monologue of a release or a saved corpus.

    Needs the ffmpeg command line with libx264. What an earlier run has finished is not made again.
    """
    corpus = read_corpus(release)
    begun = time.monotonic()
    with counted_progress("seconds made") as show:
        try:
            made = make(corpus, out, only=only or None, progress=show, **options)
        except NoSuchItem as error:
            raise click.UsageError(str(error)) from error
    took = time.monotonic() - begun
    if json:
        for each in made:
            print_json(
                {
                    "key": each.key,
                    "path": each.path,
                    "seconds": str(each.seconds),
                    "fps": each.fps,
                    "speech": each.speech,
                    "kept": each.kept,
                }
            )
        return
    table = Table("monologue", "seconds", "frames a second", "speech", "")
    for each in made:
        table.add_row(each.key, seconds(each.seconds), each.fps, each.speech, "kept" if each.kept else "made")
    Console().print(table, markup=False)
    length = float(sum(each.seconds for each in made if not each.kept))
    click.echo(f"{length:.1f} s of media made in {took:.1f} s", err=True)
