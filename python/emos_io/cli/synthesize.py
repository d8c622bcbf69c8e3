"""``emos synthesize``: media for people without the originals."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypedDict, Unpack, get_args

import click
from rich.table import Table

from ..corpus import SYNTHETIC_REMARK, Corpus
from ..errors import NoSuchItem
from ..synthesize import (
    ExpressiveCodec,
    ExpressiveMedia,
    Speech,
    SynthesizedFile,
    expressive_corpus,
    synthesize_expressive,
)
from ..synthesize import synthesize as make
from .corpora import read_corpus
from .options import FOLDER, height_width, is_default
from .output import counted_progress, output, print_json, seconds

Kind = Literal["counting", "expressive"]
SIZES: dict[Kind, tuple[int, int]] = {"counting": (180, 320), "expressive": (96, 96)}
"""Height and width of frames where ``--size`` is left out."""
_MADE_UP = ("speakers", "seconds", "clips_per_speaker")
"""Options of a corpus that is made up."""
_EXPRESSIVE = ("seed", "sample", "codec", *_MADE_UP)
_COUNTING = ("speech",)


class _Options(TypedDict):
    kind: Kind
    only: tuple[str, ...]
    max_seconds: str | None
    size: tuple[int, int] | None
    speech: Speech
    seed: int
    sample: int | None
    codec: ExpressiveCodec
    speakers: int
    seconds: int
    clips_per_speaker: int
    json: bool


@click.command()
@click.argument("release", type=FOLDER, required=False, metavar="[RELEASE]")
@click.argument("out", type=FOLDER, required=False, metavar="OUT")
@click.option(
    "--kind",
    type=click.Choice(get_args(Kind)),
    default="counting",
    show_default=True,
    help="Frames that spell their number and label, or a drawn face and a voice that act the label.",
)
@click.option("--only", multiple=True, metavar="NAME", help="Key or name of a monologue; may be repeated.")
@click.option("--max-seconds", help="Seconds to which longer items are cut, such as 30 or 61/2.")
@click.option(
    "--size", callback=height_width, help="Height,width; both even; 180,320 if left out, and 96,96 of a face."
)
@click.option(
    "--speech",
    type=click.Choice(get_args(Speech)),
    default="auto",
    show_default=True,
    help="Voices of espeak-ng or espeak, or tones that spell the number of a sentence; auto prefers voices.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Expressive: of all that is drawn.")
@click.option("--sample", type=int, help="Expressive: how many of the clips, by the seed; all if left out.")
@click.option(
    "--codec",
    type=click.Choice(get_args(ExpressiveCodec)),
    default="auto",
    show_default=True,
    help="Expressive: H.264, or raw for uncompressed; auto is H.264 where the ffmpeg program can make it.",
)
@click.option("--speakers", type=int, default=32, show_default=True, help="Of a corpus that is made up: how many.")
@click.option("--seconds", type=int, default=40, show_default=True, help="Made up: seconds of a monologue.")
@click.option("--clips-per-speaker", type=int, default=4, show_default=True, help="Made up: clips of each speaker.")
@click.option("--json", is_flag=True, help="One JSON object a file on stdout.")
def synthesize(release: str | None, out: str | None, **options: Unpack[_Options]) -> None:
    """Make a media file of the published length for each monologue of a release or a saved corpus.

    Needs the ffmpeg program, 5.1 or later, with libx264 (apt install ffmpeg, brew install ffmpeg, or conda install -c
    conda-forge ffmpeg). Files that an earlier run finished are not made again.

    With --kind expressive a face and a voice act the labels of monologues and clips, and OUT becomes a saved corpus of them.
    Without a release, the corpus is made up. No program is needed.
    """
    _check(out, options)
    if release is None or (out is None and options["kind"] == "counting"):
        raise click.MissingParameter(param_hint="'OUT'", param_type="argument")
    start = time.monotonic()
    if options["kind"] == "counting":
        assert out is not None
        files: Sequence[SynthesizedFile] = _counting(read_corpus(release), out, options)
        made = None
    else:
        made = _expressive(release, out, options)
        files = made.files
    took = time.monotonic() - start
    if options["json"]:
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
    table = Table("monologue" if made is None else "item", "seconds", "frames a second", "speech", "")
    for each in files:
        table.add_row(each.key, seconds(each.seconds), each.fps, each.speech, "kept" if each.kept else "made")
    output().print(table, markup=False)
    if made is not None:
        _print_facts(made, out or release)
    length = float(sum(each.seconds for each in files if not each.kept))
    click.echo(f"{length:.1f} s of media made in {took:.1f} s", err=True)


def _check(out: str | None, options: _Options) -> None:
    """Refuse options that the kind does not use.

    Raises:
        UsageError: There are some.
    """
    kind = options["kind"]
    unused = _EXPRESSIVE if kind == "counting" else _COUNTING
    for name in unused:
        if not is_default(name):
            other = next(each for each in get_args(Kind) if each != kind)
            raise click.UsageError(
                f"--{name.replace('_', '-')} must come with --kind {other}, got {kind}; leave it out"
            )
    for name in _MADE_UP:
        if out is not None and not is_default(name):
            raise click.UsageError(
                f"--{name.replace('_', '-')} must come without a release, got one; leave one of them out"
            )
    for name in ("only", "sample"):
        if out is None and not is_default(name):
            raise click.UsageError(f"--{name} must come with a release, got none; leave it out, or name the release")


def _counting(corpus: Corpus, out: str, options: _Options) -> list[SynthesizedFile]:
    with counted_progress("seconds made") as show:
        try:
            return make(
                corpus,
                out,
                only=options["only"] or None,
                max_seconds=options["max_seconds"],
                size=options["size"] or SIZES["counting"],
                speech=options["speech"],
                progress=show,
            )
        except NoSuchItem as error:
            raise click.UsageError(str(error)) from error


def _expressive(release: str, out: str | None, options: _Options) -> ExpressiveMedia:
    if out is None:
        corpus = expressive_corpus(
            options["speakers"],
            seed=options["seed"],
            seconds=options["seconds"],
            clips_per_speaker=options["clips_per_speaker"],
        )
    else:
        corpus = read_corpus(release)
    with counted_progress("seconds made") as show:
        try:
            return synthesize_expressive(
                corpus,
                out or release,
                seed=options["seed"],
                only=options["only"] or None,
                sample=options["sample"],
                max_seconds=options["max_seconds"],
                size=options["size"] or SIZES["expressive"],
                codec=options["codec"],
                progress=show,
            )
        except NoSuchItem as error:
            raise click.UsageError(str(error)) from error


def _print_facts(made: ExpressiveMedia, out: str) -> None:
    """Print what each channel can tell at most, and where what is."""
    best = ", ".join(f"{name} {each:.3f}" for name, each in made.bayes_accuracy.items())
    lines = [
        f"best accuracy of seconds, before noise: {best}",
        SYNTHETIC_REMARK,
        f"corpus: {out}",
    ]
    if made.split is not None:
        sides = ", ".join(f"{len(keys)} {side}" for side, keys in made.split.sides().items())
        lines.append(f"split by speaker: {Path(out) / 'split.json'} ({sides} items)")
    for line in lines:
        output().print(line, soft_wrap=True, markup=False, highlight=False)
