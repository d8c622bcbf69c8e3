"""``emos report``: files of predictions, or a corpus alone, as one page."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar, Literal, Unpack

import click

from .._files import write_text
from .._progress import LateBar
from ..corpus import Corpus
from ..errors import SourceNotFound, TooLarge, quoted
from ..evaluation import Scores, names_of, read_runs, read_split, score_runs
from ..report.comparison import (
    ReportContent,
    ReportOptions,
    ReportRun,
    TrainingRun,
    read_logs,
    render_report,
    write_tables,
)
from .corpora import check_sources, read_corpus, report_faults, with_media_alone
from .new_files import check_file
from .options import FILE, FOLDER, is_default
from .output import print_json
from .own_data import OwnDataOptions, own_data
from .report_pages import page_folder, with_pages
from .score import print_findings, sliced_by
from .score_options import score_options
from .sections import SectionedCommand


class _Report(SectionedCommand):
    """The verb, with its options in sections."""

    sections: ClassVar[Mapping[str, Sequence[str]]] = {
        "What is scored": ("corpus", "split", "side", "layer", "by"),
        "Your own data": tuple(name for name in OwnDataOptions.__annotations__ if name != "layer"),
        "What the page has": ("media", "frames", "runs", "title", "pages"),
        "What is written": ("out", "tables", "overwrite", "json"),
        "How": ("draws", "seed"),
    }


@click.command(cls=_Report)
@click.argument("files", type=FILE, nargs=-1, metavar="[PREDICTIONS]...")
@score_options
@click.option("--media", type=FOLDER, help="A folder of media files for the items of the corpus.")
@click.option(
    "--frames/--no-frames", default=True, show_default=True, help="Thumbnails of media on the page, or none of them."
)
@click.option(
    "--run", "runs", type=FOLDER, multiple=True, help="A folder of emos train, for learning curves; may be repeated."
)
@click.option("--title", help="Title of the page; made of names of files if left out.")
@click.option(
    "--pages",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="How many pages of the worst items are written too, as emos show writes them, in a folder beside the report.",
)
@click.option("--out", type=FILE, default="report.html", show_default=True, help="Path of the page.")
@click.option(
    "--tables", type=FOLDER, help="A folder for each table of scores and each figure, as PNG, SVG, CSV and LaTeX."
)
@click.option("--overwrite", is_flag=True, help="Write over files that are there.")
@click.option("--json", is_flag=True, help="One object of what was written.")
def report(
    files: tuple[str, ...],
    corpus: str,
    split: str | None,
    side: Literal["train", "validation", "test"],
    by: str,
    media: str | None,
    frames: bool,
    runs: tuple[str, ...],
    title: str | None,
    pages: int,
    out: str,
    tables: str | None,
    overwrite: bool,
    draws: int,
    seed: int,
    json: bool,
    **options: Unpack[OwnDataOptions],
) -> int:
    """Write one page of scores, figures, timelines and items, which loads nothing else.

    Without PREDICTIONS the page has how raters agree, and what the corpus holds. The exit code is 1 if a finding is a fault.
    docs/report.md says how each figure is read.
    """
    if split is None and not is_default("side"):
        raise click.UsageError("--side must come with --split, got --side alone; name the split that has it")
    for name in () if files else ("split", "by", "pages", "draws", "seed"):
        if not is_default(name):
            raise click.UsageError(
                f"--{name} must come with PREDICTIONS, got none; name files of predictions, or leave it out"
            )
    if title is not None and not title.strip():
        raise click.UsageError(f"--title must be a text, got {title!r}; leave it out for one of the names of the files")
    own = own_data(options, layer_alone=True)
    check_sources([corpus], own, media)
    path = Path(out)
    _check_out(path, overwrite=overwrite)
    _check_tables(tables, has_some=bool(files or runs))
    sliced = sliced_by(by)
    training = _training(runs)
    division = None if split is None else read_split(split)
    predictions = read_runs(files)
    found = read_corpus(corpus, own)
    report_faults(found, own)
    if media is not None:
        found = with_media_alone(found, media)
    with LateBar("scoring") as bar:
        together = score_runs(
            predictions,
            found,
            split=division,
            side=side,
            layer=own.layer,
            by=sliced,
            draws=draws,
            seed=seed,
            progress=bar.show,
        )
    comparison = together.comparison
    if comparison is not None and not comparison.differences:
        comparison = None
    content = ReportContent(
        title=title or ", ".join(run.name for run in predictions) or f"The corpus {Path(corpus).name}",
        corpus=found,
        options=ReportOptions(
            out=path,
            corpus=corpus,
            media=media,
            frames=frames,
            pages=pages,
            by=sliced,
            draws=draws,
            seed=seed,
        ),
        runs=tuple(
            ReportRun(name=run.name, predictions=run, scores=scores)
            for run, scores in zip(predictions, together.scores, strict=True)
        ),
        comparison=comparison,
        why_no_comparison=together.why_not_compared if len(predictions) > 1 and comparison is None else "",
        division=division,
        split=split,
        side=side,
        layers=_layers(found, own.layer, together.scores),
        media=_media(found),
        training=training,
    )
    content = with_pages(content, pages, options)
    try:
        page = render_report(content, _command(files), version("emos-io"))
    except TooLarge as error:
        raise TooLarge(f"{error}: {quoted(path)}") from error
    written = None if tables is None else write_tables(content, Path(tables), overwrite=overwrite)
    # Names of files may be no text in UTF-8.
    write_text(path, page.html.encode("utf-8", "replace").decode("utf-8"))
    findings = [(each.name, each.findings) for each in together.scores]
    if json:
        print_json(
            {
                "path": str(path),
                "bytes": path.stat().st_size,
                "streams": page.num_streams,
                "items": page.num_items,
                "pages": len(content.pages),
                "tables": [] if written is None else list(map(str, written.paths)),
                "findings": sum(len(each) for _, each in findings),
            }
        )
    else:
        click.echo(f"wrote {path}")
        if pages:
            num = len(content.pages)
            click.echo(f"wrote {num} page{'' if num == 1 else 's'} in {page_folder(path)}")
        if written is not None:
            click.echo(f"wrote {len(written.paths)} files in {tables}")
    if content.why_no_comparison:
        click.echo(f"nothing is compared: {content.why_no_comparison}", err=True)
    for remark in () if written is None else written.remarks:
        click.echo(remark, err=True)
    for name, each in findings:
        print_findings(name, each, all_by="emos score --json")
    return 1 if any(each.at_least("fault") for _, each in findings) else 0


def _check_out(path: Path, *, overwrite: bool) -> None:
    """Refuse a path that no page can have, before anything is scored.

    Raises:
        UsageError: It is a folder, or a file that is there without ``--overwrite``.
        SourceNotFound: Its folder is not there.
    """
    if path.is_dir():
        raise click.UsageError(f"--out must be a file, got a folder; name a file in it: {quoted(path)}")
    if not path.parent.is_dir():
        raise SourceNotFound(
            f"there is no such folder for the page; make it first: {quoted(path.parent)}", path=str(path)
        )
    check_file("--out", path, overwrite=overwrite)


def _check_tables(folder: str | None, *, has_some: bool) -> None:
    """Refuse a folder that no tables can have, before anything is scored.

    Raises:
        UsageError: It is a file, or no table and no figure is written.
    """
    if folder is None:
        return
    if not has_some:
        raise click.UsageError(
            "--tables must come with PREDICTIONS or --run, got neither; name files of predictions, or leave it out"
        )
    if Path(folder).exists() and not Path(folder).is_dir():
        raise click.UsageError(f"--tables must be a folder, got a file; name a new folder: {quoted(folder)}")


def _training(folders: Sequence[str]) -> tuple[TrainingRun, ...]:
    """Return the runs of training, after a look at the logs of each: what cannot be read ends before anything is scored.

    Raises:
        SourceNotFound, SourceUnreadable: As of `read_logs`.
    """
    for folder in folders:
        if not Path(folder).is_dir():
            raise SourceNotFound(
                f"there is no such folder of a run; give one that emos train wrote: {quoted(folder)}", path=folder
            )
        read_logs(Path(folder))
    return tuple(
        TrainingRun(name=name, folder=Path(each)) for name, each in zip(names_of(folders), folders, strict=True)
    )


def _layers(corpus: Corpus, layer: str | None, scores: Iterable[Scores]) -> tuple[str, ...]:
    """Return the layers that are scored; without scores, those of decisions."""
    if layer is not None:
        return (layer,)
    scored = dict.fromkeys(one.of["layer"] for each in scores for one in each)
    clips = (name for clip in corpus.clips for name in clip.decisions)
    monologues = (each.layer for monologue in corpus.monologues for each in monologue.decisions)
    return tuple(scored) or tuple(dict.fromkeys((*clips, *monologues)))


def _media(corpus: Corpus) -> dict[str, Path]:
    """Return the local files of items, those that are there."""
    paths = {item.key: Path(item.path) for item in corpus if item.path is not None}
    return {key: path for key, path in paths.items() if path.is_file()}


def _command(files: Sequence[str]) -> str:
    """Return the command that runs, with the options that were given."""
    context = click.get_current_context()
    words: list[str] = []
    for parameter in context.command.params:
        name, value = parameter.name, context.params.get(parameter.name or "")
        if not isinstance(parameter, click.Option) or name is None or is_default(name) or name in ("overwrite", "json"):
            continue
        if parameter.is_flag:
            words.append(parameter.opts[0] if value else parameter.secondary_opts[0])
            continue
        for each in value if isinstance(value, tuple) else (value,):
            words += [parameter.opts[0], str(each)]
    ordered = [*words, "--", *files] if any(each.startswith("-") for each in files) else [*files, *words]
    return shlex.join(["emos", "report", *ordered])
