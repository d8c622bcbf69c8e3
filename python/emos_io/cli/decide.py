"""``emos decide``: votes become decisions; what differs from those that were there; the queue of items to review."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, TypedDict, Unpack, get_args

import click

from ..annotation import (
    EMOS_MAX_ITERATIONS,
    QUEUE_SUFFIXES,
    Abstain,
    Method,
    Recipe,
    decision_difference,
    review_queue,
    write_review_queue,
)
from ..annotation import decide as decide_votes
from ..corpus import Clip, Corpus, Decision, FindingCollector, Findings, load_split
from ..errors import quoted
from .decision_tables import as_json_line, print_counts, print_difference
from .new_files import check_corpus_folder, check_file
from .options import FILE, FOLDER, LAYER, LAYER_HELP, is_default
from .output import output, print_findings, print_json
from .own_data import OwnData, OwnDataOptions, own_data, review_data_options
from .sections import SectionedCommand
from .vote_sources import check_log_alone, read_votes_of

Batch = Literal["panel", "all"]


class _MethodOptions(TypedDict):
    """How votes become decisions."""

    recipe: Recipe | None
    method: Method
    max_iter: int
    tol: float
    smoothing: float
    batch: Batch
    from_layer: str | None
    map: str | None
    original: str | None
    fit_on: str | None
    threshold: float | None
    min_votes: int
    min_length: str | None
    abstain: Abstain


class _Options(_MethodOptions, OwnDataOptions):
    pass


METHOD_OPTIONS = tuple(name for name in _MethodOptions.__annotations__ if name != "recipe")
"""Options that a published recipe has values of its own for."""


class _Decide(SectionedCommand):
    """The verb, with its options in sections."""

    sections: ClassVar[Mapping[str, Sequence[str]]] = {
        "Method": ("layer", "recipe", *METHOD_OPTIONS),
        "Your own data": ("log", *(name for name in OwnDataOptions.__annotations__ if name != "layer")),
        "What is written": ("queue", "out", "overwrite", "dry_run", "json"),
    }


@click.command(cls=_Decide)
@click.argument("source", type=FILE, metavar="LOG|FOLDER|RELEASE")
@click.option("--layer", type=LAYER, help=f"The layer to decide; basic7 if left out. {LAYER_HELP}")
@click.option(
    "--recipe", type=click.Choice(get_args(Recipe)), help="The published recipes of EmoS, instead of a method."
)
@click.option(
    "--method", type=click.Choice(get_args(Method)), default="dawid_skene", show_default=True, help="The method."
)
@click.option(
    "--max-iter", type=int, default=EMOS_MAX_ITERATIONS, show_default=True, help="The largest number of EM steps."
)
@click.option(
    "--tol", type=float, default=0.0, show_default=True, help="EM stops below this change; 0 makes all steps."
)
@click.option(
    "--smoothing", type=float, default=0.0, show_default=True, help="Added to each count of a confusion matrix by EM."
)
@click.option(
    "--batch",
    type=click.Choice(get_args(Batch)),
    default="panel",
    show_default=True,
    help="What is fitted together: the items of each panel of raters, or all.",
)
@click.option("--from-layer", metavar="LAYER", help="Decide by the votes of this layer; --map says how.")
@click.option("--map", metavar="NAME", help="A map from the labels of --from-layer to those of --layer.")
@click.option("--original", metavar="ATTRIBUTE", help="An attribute of clips with the label before.")
@click.option(
    "--fit-on", type=FILE, metavar="SPLITFILE", help="Fit on the train side of a split, and apply it to all items."
)
@click.option("--threshold", type=float, help="Labels of a layer of several are decided above this score.")
@click.option("--min-votes", type=int, default=1, show_default=True, help="Items with fewer votes have no decision.")
@click.option("--min-length", metavar="SECONDS", help="Shorter spans are no decisions.")
@click.option(
    "--abstain",
    type=click.Choice(get_args(Abstain)),
    default="leave_out",
    show_default=True,
    help="Whether the abstain word is no vote, or counts as a label in a layer of several.",
)
@review_data_options
@click.option("--log", type=FILE, help="JSON Lines file of events; its votes and adjudications count too.")
@click.option(
    "--queue", type=click.Path(path_type=Path), help="Write the review queue: .xlsx, .csv, or .json for Label Studio."
)
@click.option("--out", type=FOLDER, help="A folder for the corpus with its decisions, as emos reads it again.")
@click.option("--overwrite", is_flag=True, help="Replace the saved corpus of --out, and the file of --queue.")
@click.option("--dry-run", is_flag=True, help="Write nothing; print what would differ.")
@click.option("--json", is_flag=True, help="One decision a line, then one finding a line; differences go to stderr.")
def decide(
    source: str,
    log: str | None,
    queue: Path | None,
    out: str | None,
    overwrite: bool,
    dry_run: bool,
    json: bool,
    **options: Unpack[_Options],
) -> int:
    """Make decisions of votes, and print how they differ from those that were there.

    Votes are those of a log alone, of a folder of your own media with --annotations or --log, of a saved corpus or of the
    EmoS release. The decisions that were there stay in the corpus as replaced ones; adjudicated ones stay as they are. All
    findings are printed, and the exit code is 1 if one is a fault, also where the same was found before; those of a release or
    of the readers of a saved corpus are what emos doctor prints, and do not count.
    """
    own = _check(source, log, queue, out, options)
    if out is not None:
        check_corpus_folder(out, overwrite=overwrite)
    if queue is not None:
        check_file("--queue", queue, overwrite=overwrite)
    read = read_votes_of(source, own, log)
    given = read.corpus
    layer = own.layer or "basic7"
    made = FindingCollector()
    decided = _decided(given, layer, options, made)
    tasks = [] if queue is None else review_queue(decided, layer)
    if not dry_run:
        if out is not None:
            decided.save(out)
        if queue is not None:
            write_review_queue(tasks, queue, taxonomies=decided.taxonomies)
    decisions = list(_decisions(decided, layer))
    # JSON lines alone go to stdout.
    console = output(stderr=json)
    if json:
        for decision in decisions:
            print_json(as_json_line(decision))
    else:
        print_counts(console, decisions, decided.taxonomy(layer))
    print_difference(console, decision_difference(given, decided, layer))
    written = "not written" if dry_run else "written"
    if queue is not None:
        console.print(
            f"{len(tasks)} item{'' if len(tasks) == 1 else 's'} to review, {written}: {queue}", soft_wrap=True
        )
    if out is not None:
        console.print(f"corpus with decisions, {written}: {out}", soft_wrap=True)
    # What deciding finds again counts again, though a saved corpus has it of the time before.
    findings = Findings([*read.new, *made.collected])
    print_findings(findings, as_json=json)
    return 1 if findings.at_least("fault") else 0


def _check(source: str, log: str | None, queue: Path | None, out: str | None, options: _Options) -> OwnData:
    """Return how own data are read, and refuse options that have no use.

    Raises:
        UsageError: An option does not go with the source, with another option, or is a file that cannot be meant.
    """
    if options["recipe"] is not None:
        for name in METHOD_OPTIONS:
            if not is_default(name):
                flag = f"--{name.replace('_', '-')}"
                raise click.UsageError(
                    f"{flag} must be left out with --recipe, got both; the recipe has its own, leave one out"
                )
    if queue is not None and queue.suffix.lower() not in QUEUE_SUFFIXES:
        raise click.UsageError(
            f"--queue must end in .xlsx, .csv or .json, got {queue.suffix!r}; name such a file: {quoted(queue)}"
        )
    if out is not None and Path(out).resolve() == Path(source).resolve():
        raise click.UsageError(
            f"--out must be another folder than the one that is read, got the same; name a new one: {quoted(out)}"
        )
    own = own_data(options, layer_alone=True)
    check_log_alone(source, log, own)
    return own


def _decided(corpus: Corpus, layer: str, options: _MethodOptions, findings: FindingCollector) -> Corpus:
    if options["recipe"] is not None:
        return decide_votes(corpus, layer, recipe=options["recipe"], findings=findings)
    fit_on = options["fit_on"]
    return decide_votes(
        corpus,
        layer,
        method=options["method"],
        max_iter=options["max_iter"],
        tol=options["tol"],
        smoothing=options["smoothing"],
        batch=options["batch"],
        from_layer=options["from_layer"],
        map=options["map"],
        original=options["original"],
        fit_on=None if fit_on is None else load_split(fit_on).train,
        threshold=options["threshold"],
        min_votes=options["min_votes"],
        min_length=options["min_length"],
        abstain=options["abstain"],
        findings=findings,
    )


def _decisions(corpus: Corpus, layer: str) -> Iterator[Decision]:
    """Yield the decisions of a layer that count, in the order of the items and of time."""
    for item in corpus:
        if isinstance(item, Clip):
            if layer in item.decisions:
                yield item.decisions[layer]
        else:
            yield from item.decisions_in(layer)
