"""``emos synthesize``: media for people without the originals."""

from __future__ import annotations

import time
from typing import get_args

import click
from rich.table import Table

from ..errors import NoSuchItem
from ..synthesize import Speech
from ..synthesize import synthesize as make
from .corpora import read_corpus
from .options import FOLDER, height_width
from .output import counted_progress, output, print_json, seconds


@click.command()
@click.argument("release", type=FOLDER)
@click.argument("out", type=FOLDER)
@click.option("--only", multiple=True, metavar="NAME", help="Key or name of a monologue; may be repeated.")
@click.option("--max-seconds", help="Seconds to which longer monologues are cut, such as 30 or 61/2.")
@click.option("--size", default="180,320", show_default=True, callback=height_width, help="Height,width; both even.")
@click.option(
    "--speech",
    type=click.Choice(get_args(Speech)),
    default="auto",
    show_default=True,
    help="Voices of espeak-ng or espeak, or tones that spell the number of a sentence; auto prefers voices.",
)
@click.option("--json", is_flag=True, help="One JSON object a monologue on stdout.")
def synthesize(
    release: str,
    out: str,
    only: tuple[str, ...],
    max_seconds: str | None,
    size: tuple[int, int],
    speech: Speech,
    json: bool,
) -> None:
    """Make a media file of the published length for each monologue of a release or a saved corpus.

    Needs the ffmpeg program, 5.1 or later, with libx264 (apt install ffmpeg, brew install ffmpeg, or conda install -c
    conda-forge ffmpeg). Files that an earlier run finished are not made again.
    """
    corpus = read_corpus(release)
    start = time.monotonic()
    with counted_progress("seconds made") as show:
        try:
            files = make(
                corpus,
                out,
                only=only or None,
                max_seconds=max_seconds,
                size=size,
                speech=speech,
                progress=show,
            )
        except NoSuchItem as error:
            raise click.UsageError(str(error)) from error
    took = time.monotonic() - start
    if json:
        for each in files:
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
    for each in files:
        table.add_row(each.key, seconds(each.seconds), each.fps, each.speech, "kept" if each.kept else "made")
    output().print(table, markup=False)
    length = float(sum(each.seconds for each in files if not each.kept))
    click.echo(f"{length:.1f} s of media made in {took:.1f} s", err=True)
