"""Media of the demo: H.264 where the ffmpeg program can make it, uncompressed elsewhere."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from ...corpus import Corpus
from ...errors import SourceNotFound, UnsupportedCodec
from ...synthesize import Codec, find_ffmpeg, synthesize
from ..output import counted_progress

FOLDERS: dict[Codec, str] = {"h264": "media", "raw": "media-uncompressed"}
"""A folder for each, so that a later run finds its own files again."""
SIZES: dict[Codec, tuple[int, int]] = {"h264": (180, 320), "raw": (60, 96)}
"""Height and width of frames; 60 x 96 is the smallest that shows label, utterance and time."""


FPS: dict[Codec, int] = {"h264": 25, "raw": 8}
"""Frames a second, on average."""


def with_media(corpus: Corpus, out: Path, max_seconds: int, console: Console) -> tuple[Corpus, int]:
    """Return the corpus with the paths of media that are made below `out`, or were by an earlier run; and their rate."""
    codec = usable_codec()
    folder = out / FOLDERS[codec]
    with counted_progress("synthesizing, seconds") as show:
        made = synthesize(corpus, folder, max_seconds=max_seconds, size=SIZES[codec], codec=codec, progress=show)
    new = sum(not each.kept for each in made)
    total = float(sum(each.seconds for each in made))
    speech = ", ".join(sorted({each.speech for each in made}))
    console.print(
        f"media: {len(made)} files, {total:.0f} s, {new} made now, {len(made) - new} kept; audio: {speech}",
        highlight=False,
        soft_wrap=True,
    )
    return corpus.with_paths({each.key: each.path for each in made}), FPS[codec]


def usable_codec() -> Codec:
    """Return ``"raw"``, and say so on stderr, where the ffmpeg program cannot make H.264."""
    try:
        find_ffmpeg(needed_by="H.264")
    except (SourceNotFound, UnsupportedCodec) as error:
        click.echo(f"the demo uses uncompressed clips: {error}", err=True)
        return "raw"
    return "h264"
