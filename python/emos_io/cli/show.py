"""``emos show``: one window as an HTML page."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Unpack

import click

from ..corpus import MEDIA_SOURCES, Corpus, attach, is_taxonomy_file
from ..errors import NoSuchItem, SourceNotFound, quoted
from ..plan import PlannedWindow, Windowing, read_key
from ..report import RenderOptions, WindowPage, open_media, read_page, resolve_item, spans_around
from ..spans import Span, exact_seconds
from .corpora import check_sources, read_corpus, report_faults
from .neighbour_pages import MAX_AROUND, Pages
from .options import (
    FILE,
    FOLDER,
    OLD_FLAGS,
    LabelOptions,
    WindowOptions,
    height_width,
    is_default,
    label_options,
    label_rule,
    window_options,
)
from .output import print_json
from .own_data import OwnData, OwnDataOptions, own_data, own_data_options


class _Options(WindowOptions, LabelOptions, OwnDataOptions):
    hop: str | None
    around: int
    causal: bool | None
    fps: str
    size: tuple[int, int] | None
    sample_rate: int | None
    channels: int | None


@click.command(context_settings=OLD_FLAGS)
@click.argument("key")
@click.argument("sources", type=FILE, nargs=-1, required=True, metavar="CORPUS_OR_MEDIA...")
@click.option("--media", type=FOLDER, help="A folder of media files for the items of the corpora.")
@click.option("--out", type=FILE, help="Path of the page; if left out, a name made of the key, in the current folder.")
@click.option(
    "--around",
    type=click.IntRange(0, MAX_AROUND),
    default=1,
    show_default=True,
    help="How many pages of windows before and after are written too, beside the page, with links between them.",
)
@click.option("--hop", help="Seconds from one window to the next; the length of the window if left out.")
@own_data_options
@window_options
@label_options
@click.option(
    "--causal/--not-causal",
    default=None,
    help="Release sentences only after they have ended; if left out, causal for a hop and not causal for --by.",
)
@click.option("--fps", default="4", show_default=True, help="Frames a second.")
@click.option("--size", callback=height_width, help="Height,width of frames; small ones if left out.")
@click.option("--sample-rate", type=int, help="Samples a second; the track's if left out.")
@click.option("--channels", type=int, help="At most the track's, 1 for mono; the track's if left out.")
@click.option("--json", is_flag=True, help="One JSON object on stdout.")
def show(
    key: str, sources: tuple[str, ...], media: str | None, out: str | None, json: bool, **options: Unpack[_Options]
) -> None:
    """Write one window as an HTML page: frames, audio, text and label on one time axis, with links to its neighbours.

    KEY is a window key, item@start-end: the label span in seconds, such as 25/2 or 12.5. It need not lie on a hop. Sources
    are releases, saved corpora and media files; with a single media file and no corpus, every item means that file.
    """
    window_key = read_key(key)
    own = own_data(options, layer_alone=is_taxonomy_file(options["layer"] or ""))
    check_sources(sources, own, media)
    if own.layer is not None and is_default("labels"):
        options["labels"] = own.layer
    corpora, files = _open(sources, media, own)
    try:
        resolved = resolve_item(window_key.item, corpora, files)
    except NoSuchItem as error:
        raise click.UsageError(str(error)) from error
    for finding in (each for corpus in corpora for each in corpus.findings):
        if finding.where == resolved.key and finding.code == "ambiguous_media":
            click.echo(f"{finding.what}; {finding.fix}", err=True)
    windowing = Windowing(
        window_key.label_span.duration,
        None if options["hop"] is None else exact_seconds(options["hop"], name="--hop"),
        by=options["by"],
        context=options["context"],
        lookahead=options["lookahead"],
        causal=options["causal"],
    )
    render_options = RenderOptions(
        fps=exact_seconds(options["fps"], name="--fps"),
        size=options["size"],
        sample_rate=options["sample_rate"],
        num_channels=options["channels"],
    )
    opened, rule = open_media(resolved), label_rule(options)

    def read(label_span: Span) -> WindowPage:
        return read_page(resolved, label_span, windowing, rule, render_options, corpora=corpora, media=opened)

    page = read(window_key.label_span)
    number = options["around"]
    # One more on each side, which may have a page of an earlier call.
    before, after = spans_around(page, resolved, windowing, rule, number + 1)
    pages = Pages(
        read=read,
        command=lambda key, path: command(key, sources, {"media": media, "out": path, **options}),
        item=page.planned.item,
        spans=[*reversed(before), window_key.label_span, *after],
        asked=len(before),
        out=None if out is None else Path(out),
    )
    path = pages.write(page, number)
    if json:
        print_json({**page.as_dict(), "out": str(path)})
    else:
        click.echo(path)
        if pages.others:
            click.echo(f"with links to {', '.join(map(str, pages.others))}", err=True)


def command(key: str, sources: tuple[str, ...], options: Mapping[str, object]) -> str:
    """Return the command that writes a page again; options with their default value are left out."""
    parameters = {each.name: each for each in show.params if isinstance(each, click.Option)}
    words: list[str] = []
    for name, value in options.items():
        parameter = parameters[name]
        if value in (None, ()) or value == parameter.default:
            continue
        if isinstance(value, bool):
            words.append((parameter.opts if value else parameter.secondary_opts)[0])
        else:
            values = value if parameter.multiple and isinstance(value, tuple) else (value,)
            for each in values:
                words += [parameter.opts[0], ",".join(map(str, each)) if isinstance(each, tuple) else str(each)]
    if any(word.startswith("-") for word in (key, *sources)):
        return shlex.join(["emos", "show", *words, "--", key, *sources])
    return shlex.join(["emos", "show", key, *sources, *words])


def window_command(planned: PlannedWindow) -> str:
    """Return the command that shows a planned window, with its context and lookahead."""
    context = planned.label_span.start - planned.span.start
    lookahead = planned.span.end - planned.label_span.end
    source = "CORPUS" if planned.path is None else planned.path
    return command(planned.key, (source,), {"context": str(context), "lookahead": str(lookahead)})


def _open(sources: tuple[str, ...], media: str | None, own: OwnData) -> tuple[list[Corpus], list[str]]:
    """Return the corpora of folders, linked to their media, and the paths of files."""
    corpora, files = [], []
    for source in sources:
        if Path(source).is_dir():
            corpus = read_corpus(source, own)
            report_faults(corpus, own)
            corpora.append(corpus if media is None else attach(corpus, dict.fromkeys(MEDIA_SOURCES, Path(media))))
        elif Path(source).exists():
            files.append(source)
        else:
            raise SourceNotFound(
                f"there is no such file or folder; give a corpus or a media file: {quoted(source)}", path=source
            )
    if media is not None and not corpora:
        raise click.UsageError("--media must come with a corpus, got media files alone; leave it out")
    return corpora, files
