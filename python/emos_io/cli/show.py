"""``emos show``: what one window holds, as a page."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from ..corpus import Corpus
from ..corpus.link import SOURCES, attach
from ..errors import NoSuchItem, SourceNotFound
from ..plan import LabelRule, Windowing
from ..plan.keys import read_key
from ..plan.label_rule import COLLAR_MODES, LABEL_ATS
from ..plan.windowing import BYS
from ..report import Look, choose, make_page, read_held, save_page
from ..spans import exact_seconds
from .corpora import read_corpus
from .options import OLD_FLAGS, height_width
from .output import print_json


@click.command(context_settings=OLD_FLAGS)
@click.argument("key")
@click.argument("sources", nargs=-1, required=True, metavar="CORPUS_OR_MEDIA...")
@click.option("--media", help="A folder of media, which the items of corpora are linked to.")
@click.option("--out", help="The page; a name made of the key, in the current folder, if left out.")
@click.option("--context", default="0", show_default=True, help="Seconds decoded before the label span.")
@click.option("--lookahead", default="0", show_default=True, help="Seconds decoded after the label span.")
@click.option("--labels", default="basic7", show_default=True, help="Label layer, or none.")
@click.option("--label-at", type=click.Choice(LABEL_ATS), default="end", show_default=True)
@click.option("--collar", default="0", show_default=True, help="Seconds by which boundaries may be wrong.")
@click.option("--collar-mode", type=click.Choice(COLLAR_MODES), default="mask", show_default=True)
@click.option("--by", type=click.Choice(BYS), help="What the plan of the window was cut by; a hop if left out.")
@click.option("--not-causal", is_flag=True, help="Release sentences that have not ended by the end of the span.")
@click.option("--fps", default="4", show_default=True, help="Frames a second.")
@click.option("--size", callback=height_width, help="Height,width of frames; small ones if left out.")
@click.option("--sample-rate", type=int, help="Samples a second; the track's if left out.")
@click.option("--channels", type=int, help="1 mixes to mono; the track's if left out.")
@click.option("--json", is_flag=True, help="One JSON object on stdout.")
def show(key: str, sources: tuple[str, ...], media: str | None, out: str | None, json: bool, **options: Any) -> None:
    """Write what one window holds as an HTML page: frames, sound, text and label on one time axis.

    KEY is that of a window of a plan, item@start-end in seconds of its label span, as 25/2 or 12.5; it need not lie on any
    hop. Sources are releases, saved corpora and media files; a file alone is what any key means.
    """
    asked = read_key(key)
    corpora, files = _open(sources, media)
    try:
        chosen = choose(asked.item, corpora, files)
    except NoSuchItem as error:
        raise click.UsageError(str(error)) from error
    for finding in (each for corpus in corpora for each in corpus.findings):
        if finding.where == chosen.key and finding.code == "ambiguous_media":
            click.echo(f"{finding.what}; {finding.fix}", err=True)
    windowing = Windowing(
        asked.label_span.duration,
        by=options["by"],
        context=options["context"],
        lookahead=options["lookahead"],
        causal=False if options["not_causal"] else None,
    )
    label_rule = LabelRule(
        None if options["labels"] == "none" else options["labels"],
        label_at=options["label_at"],
        collar=options["collar"],
        collar_mode=options["collar_mode"],
    )
    look = Look(
        fps=exact_seconds(options["fps"], name="--fps"),
        size=options["size"],
        sample_rate=options["sample_rate"],
        channels=options["channels"],
    )
    held = read_held(chosen, asked.label_span, windowing, label_rule, look, corpora=corpora)
    page = make_page(held, command(held.key, sources, {"media": media, "out": out, **options}))
    written = save_page(page, held.key, None if out is None else Path(out))
    if json:
        print_json({**held.as_dict(), "out": str(written)})
    else:
        click.echo(written)


def command(key: str, sources: tuple[str, ...], options: dict[str, Any]) -> str:
    """Return the line that makes a page again; what was left to its default stays out."""
    defaults = {each.name: each.default for each in show.params if isinstance(each, click.Option)}
    words: list[str] = []
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        if value is None or value is False or value == defaults[name]:
            continue
        if value is True:
            words.append(flag)
        else:
            words += [flag, ",".join(map(str, value)) if isinstance(value, tuple) else str(value)]
    if any(word.startswith("-") for word in (key, *sources)):
        return shlex.join(["emos", "show", *words, "--", key, *sources])
    return shlex.join(["emos", "show", key, *sources, *words])


def _open(sources: tuple[str, ...], media: str | None) -> tuple[list[Corpus], list[str]]:
    """Return the corpora of folders, linked to their media, and the paths of files."""
    corpora, files = [], []
    for source in sources:
        if Path(source).is_dir():
            corpus = read_corpus(source)
            corpora.append(corpus if media is None else attach(corpus, dict.fromkeys(SOURCES, Path(media))))
        elif Path(source).exists():
            files.append(source)
        else:
            raise SourceNotFound(f"there is no such file or folder; give a corpus or a media file: {source!r}")
    if media is not None and not corpora:
        raise click.UsageError("--media was given without a corpus whose items it could hold; give the file alone")
    return corpora, files
