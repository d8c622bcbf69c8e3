"""``emos show``: one window as an HTML page, or how the labels of an item came about."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from ..corpus import Corpus, FindingCollector, is_taxonomy_file
from ..errors import InvalidArgument, NoSuchItem, SourceNotFound, quoted
from ..plan import PlannedWindow, Windowing, read_key
from ..report import RenderOptions, ResolvedItem, WindowPage, open_media, read_page, resolve_item, spans_around
from ..spans import Span, exact_seconds
from .chain import show_chain
from .corpora import check_sources, read_corpus, report_faults, with_media
from .interrupts import loading
from .logs import with_log
from .model_options import ModelOptions, check_model_options, model_options
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

if TYPE_CHECKING:
    from .show_prompt import PromptQuestion


class _Options(WindowOptions, LabelOptions, OwnDataOptions, ModelOptions):
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
@model_options
@click.option("--log", type=FILE, help="JSON Lines file of events; its votes and adjudications count.")
@click.option("--json", is_flag=True, help="One JSON object on stdout.")
def show(
    key: str,
    sources: tuple[str, ...],
    media: str | None,
    out: str | None,
    log: str | None,
    json: bool,
    **options: Unpack[_Options],
) -> None:
    """Write one window as an HTML page, or print how the labels of an item came about.

    A window's KEY is item@start-end: the label span in seconds, such as 25/2 or 12.5, which need not lie on a hop. The page has
    frames, audio, text and label on one time axis, and links to its neighbours.

    The KEY of an item alone prints its votes, decisions and reviews, and the decision that counts, in all layers or in that of
    --layer, and needs no media.

    With --processor the page also has what a model gets of the window, read back from its inputs: frames, audio, prompt, labels
    and the times of tokens.

    Sources are releases, saved corpora and media files; with a single media file and no corpus, every item means that file.
    """
    if _is_item(key, sources):
        _show_item(key, sources, log, json, options)
        return
    window_key = read_key(key)
    check_model_options(options)
    own = own_data(options, layer_alone=is_taxonomy_file(options["layer"] or ""))
    check_sources(sources, own, media)
    if own.layer is not None and is_default("labels"):
        options["labels"] = own.layer
    corpora, files = _open(sources, media, own)
    if log is not None:
        if not corpora:
            raise click.UsageError("--log must come with a corpus, got media files alone; leave it out")
        findings = FindingCollector()
        corpora = [with_log(corpus, log, findings) for corpus in corpora]
        for finding in findings.collected:
            click.echo(finding, err=True)
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
    with_model = _with_model(options, resolved, corpora)

    def read(label_span: Span) -> WindowPage:
        page = read_page(resolved, label_span, windowing, rule, render_options, corpora=corpora, media=opened)
        return with_model(page)

    page = read(window_key.label_span)
    number = options["around"]
    # One more on each side, which may have a page of an earlier call.
    before, after = spans_around(page, resolved, windowing, rule, number + 1)
    pages = Pages(
        read=read,
        command=lambda key, path: command(key, sources, {"media": media, "out": path, "log": log, **options}),
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


def _with_model(
    options: _Options, resolved: ResolvedItem, corpora: Sequence[Corpus]
) -> Callable[[WindowPage], WindowPage]:
    """Return what adds to a page what a model is given; without a processor, pages stay as they are.

    Raises:
        UsageError: The item has no media, or what a processor needs is not installed.
        EmosError: There is no such processor.
    """
    name = options["processor"]
    if name is None:
        return lambda page: page
    if resolved.path is None:
        raise click.UsageError(
            f"--processor must come with an item that has media, got {resolved.key!r} without; name its file, or give --media"
        )
    with loading():
        from .show_model import ModelQuestion, load, model_view

        prompt = _prompt(options, resolved, corpora)
        processor = load(name)
    asked = ModelQuestion(
        processor=name,
        question=options["question"],
        answer=options["answer"],
        fps=None if is_default("fps") else exact_seconds(options["fps"], name="--fps"),
        size=options["size"],
        pixels=options["pixels"],
        missing_audio=options["missing_audio"],
        missing_frames=options["missing_frames"],
        odd_frames=options["odd_frames"],
        prompt=prompt,
    )
    return lambda page: replace(page, model=model_view(page, asked, processor))


def _prompt(options: _Options, resolved: ResolvedItem, corpora: Sequence[Corpus]) -> PromptQuestion | None:
    """Return the prompt that the model is asked with, or None.

    Raises:
        EmosError: There is no such prompt, or no such layer.
    """
    if options["prompt"] is None:
        return None
    from ..evaluation import prompt
    from .show_prompt import PromptQuestion, prompt_layers

    corpus = next((each for each in corpora if any(item.key == resolved.key for item in each)), None)
    names = None if is_default("labels") and options["labels"] == "basic7" else [options["labels"]]
    layers = prompt_layers(names, corpus)
    return PromptQuestion(prompt(options["prompt"]), layers, options["prompt_language"], resolved.item, resolved.key)


ITEM_OPTIONS = {"key", "sources", "log", "json", "layer", *OwnData.__dataclass_fields__}
"""Options that the labels of an item have a use for; the others are those of windows."""


def _is_item(key: str, sources: Sequence[str]) -> bool:
    """Return whether a key may be that of an item: it is no window's, and there is a corpus to look in.

    Raises:
        SourceNotFound: It is no window's, and there is no such source.
    """
    try:
        read_key(key)
    except InvalidArgument:
        absent = next((source for source in sources if not Path(source).exists()), None)
        if "@" not in key and absent is not None:
            raise _absent(absent) from None
        log = next((source for source in sources if Path(source).suffix.lower() == ".jsonl"), None)
        if log is not None:
            raise click.UsageError(
                f"sources must be corpora for the item {key!r}, got a log; make a corpus of it with emos decide --out, and "
                f"give that folder: {quoted(log)}"
            ) from None
        return any(map(os.path.isdir, sources))
    return False


def _absent(source: str) -> SourceNotFound:
    return SourceNotFound(
        f"there is no such file or folder; give a corpus or a media file: {quoted(source)}", path=source
    )


def _show_item(key: str, sources: tuple[str, ...], log: str | None, as_json: bool, options: _Options) -> None:
    """Print how the labels of an item came about.

    Raises:
        UsageError: An option is one of windows, or no corpus has the item.
    """
    layer = options["layer"]
    if not options["annotations"]:
        # Here it names a layer of the items; beside annotations, their taxonomy.
        options["layer"] = None
    own = own_data(options)
    check_sources(sources, own, None)
    corpora, files = _open(sources, None, own)
    try:
        resolved = resolve_item(key, corpora, [])
    except NoSuchItem as error:
        if "@" in key:
            read_key(key)
        raise click.UsageError(str(error)) from error
    for each in click.get_current_context().command.params:
        if isinstance(each, click.Option) and each.name not in ITEM_OPTIONS and not is_default(each.name or ""):
            raise click.UsageError(
                f"{each.opts[0]} must come with a window, got the item {key!r}; leave it out, or write item@start-end"
            )
    if files:
        raise click.UsageError(
            f"sources must be corpora for the item {key!r}, got a file; leave it out: {quoted(files[0])}"
        )
    corpus = next(each for each in corpora if any(item.key == resolved.key for item in each))
    show_chain(resolved.key, corpus, layer=layer, log=log, as_json=as_json)


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
            corpora.append(corpus if media is None else with_media(corpus, media))
        elif Path(source).exists():
            files.append(source)
        else:
            raise _absent(source)
    if media is not None and not corpora:
        raise click.UsageError("--media must come with a corpus, got media files alone; leave it out")
    return corpora, files
