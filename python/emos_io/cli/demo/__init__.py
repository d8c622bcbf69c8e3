"""``emos demo``: a corpus of monologues through the loader, killed and resumed; or one clip through windows."""

from __future__ import annotations

from pathlib import Path

import click

from ..options import is_default
from ..output import output
from .clip import stream_clip
from .corpus import RELEASE_VARIABLE
from .epoch import stream_corpus
from .folder import writing


@click.command()
@click.argument("media", required=False, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo-out"), help="Where everything goes.")
@click.option(
    "--release",
    type=click.Path(path_type=Path),
    help=f"The folder of the EmoS release; also read from {RELEASE_VARIABLE}. Without either, a small corpus is made up.",
)
@click.option(
    "--max-seconds",
    type=click.IntRange(min=10),
    default=60,
    show_default=True,
    help="Seconds of each monologue that are streamed.",
)
def demo(media: Path | None, out: Path, release: Path | None, max_seconds: int) -> int:
    """Stream monologues with labels and text through the loader, kill it half-way, resume it on two ranks, and count.

    Where the originals are not at hand, media are synthesized at the published times: as H.264 by the ffmpeg program, or
    uncompressed without it. With MEDIA, stream that clip through overlapping windows instead, and write a contact sheet;
    that needs no other program.
    """
    if media is not None:
        for option in ("release", "max_seconds"):
            if not is_default(option):
                raise click.UsageError(f"--{option.replace('_', '-')} must come without MEDIA, got both; leave one out")
    console = output()
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    if media is not None:
        stream_clip(media, out, console)
        return 0
    return stream_corpus(release, out, max_seconds, console)
