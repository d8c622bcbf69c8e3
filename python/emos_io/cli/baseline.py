"""``emos baseline``: predictions of a baseline for a split, as a file that ``emos score`` reads."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path
from typing import TypedDict, Unpack

import click
from click.core import ParameterSource

from .._progress import ProgressBar
from ..corpus import SYNTHETIC_REMARK, Folds
from ..evaluation import (
    BASELINES,
    TRAIN_ON,
    Baseline,
    Languages,
    TrainOn,
    predict_baseline,
    read_split,
    write_predictions,
)
from .corpora import read_corpus, report_faults
from .new_files import check_file
from .options import FILE, FOLDER, LAYER, SPLIT, SPLIT_HELP
from .output import output, print_json
from .own_data import OwnDataOptions, own_data, own_data_options

_OUTPUT = {"out", "overwrite", "json"}
"""Options that say nothing of what is predicted."""


class _Options(OwnDataOptions):
    seed: int
    languages: Languages | None
    train: TrainOn | None


class _Counts(TypedDict):
    baseline: str
    layer: str
    predictions: int
    clips: int
    monologues: int
    folds: int | None
    without_answer: int
    not_predicted: int
    split_sha256: str
    predictions_sha256: str
    out: str


@click.command()
@click.argument("name", type=click.Choice(BASELINES))
@click.argument("corpus", type=FOLDER, metavar="RELEASE|FOLDER")
@own_data_options
@click.option(
    "--split",
    type=FILE,
    required=True,
    metavar=SPLIT,
    help=SPLIT_HELP,
)
@click.option("--out", type=FILE, required=True, help="A file for the predictions, as JSON Lines.")
@click.option("--overwrite", is_flag=True, help="Write over a file that is there.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draws of prior; it stands in the header.")
@click.option(
    "--languages",
    type=click.Choice(["each", "all"]),
    help="Learn from items of the same language, or from all; each for texts, all for the others if left out.",
)
@click.option(
    "--train", type=click.Choice(TRAIN_ON), help="What text-stream learns from; clips if left out, of the train side."
)
@click.option("--json", is_flag=True, help="Counts and checksums as one JSON object.")
def baseline(
    name: Baseline, corpus: str, split: str, out: str, overwrite: bool, json: bool, **options: Unpack[_Options]
) -> None:
    """Predict the labels of a split by a baseline that needs no media.

    majority is the most frequent label of train, prior a label drawn as often as train has it. text is TF-IDF with logistic
    regression on the transcripts of clips, text-stream the same at the end of each sentence of a monologue. Every item of folds
    is predicted out of its fold, of a split those of the test side.
    """
    own = own_data(options, layer_alone=True)
    check_file("--out", Path(out), overwrite=overwrite)
    division = read_split(split)
    found = read_corpus(corpus, own)
    report_faults(found, own)
    with ProgressBar() as bar:
        try:
            predictions = predict_baseline(
                name,
                found,
                division,
                layer=own.layer or "basic7",
                seed=options["seed"],
                languages=options["languages"],
                train=options["train"],
                command=_command(),
                progress=lambda done, total: bar.show("fitting", done, total),
            )
        except ImportError as error:
            raise click.UsageError(str(error)) from error
    write_predictions(out, predictions)
    layer = own.layer or "basic7"
    keys = {row.key for row in predictions}
    asked = [key for each in (division.folds if isinstance(division, Folds) else [division.test]) for key in each]
    counts: _Counts = {
        "baseline": name,
        "layer": layer,
        "predictions": len(predictions),
        "clips": len(keys & set(found.clips.keys())),
        "monologues": len(keys & set(found.monologues.keys())),
        "folds": len(division) if isinstance(division, Folds) else None,
        "without_answer": sum(row.label is None for row in predictions),
        "not_predicted": len(set(asked) - keys),
        "split_sha256": division.sha256,
        "predictions_sha256": hashlib.sha256(Path(out).read_bytes()).hexdigest(),
        "out": out,
    }
    if json:
        print_json(counts)
    else:
        console = output()
        console.print(_line(counts), soft_wrap=True)
        if predictions.header.get("synthetic"):
            console.print(SYNTHETIC_REMARK, soft_wrap=True)


def _line(counts: _Counts) -> str:
    items = [
        f"{counts[kind]} {kind[:-1] if counts[kind] == 1 else kind}" for kind in ("clips", "monologues") if counts[kind]
    ]
    folds = "" if counts["folds"] is None else f" in {counts['folds']} folds"
    rest = ""
    if counts["not_predicted"]:
        kind, use = ("monologues", "text-stream") if counts["baseline"] == "text" else ("clips", "text")
        rest = f", {counts['not_predicted']} {kind} of test not predicted, which {use} does"
    number = counts["predictions"]
    return (
        f"{number} prediction{'' if number == 1 else 's'} of {' and '.join(items)}{folds}, {counts['without_answer']} without "
        f"an answer{rest}; {counts['baseline']}, {counts['layer']}: {counts['out']}\n"
        f"sha256 {counts['predictions_sha256']}"
    )


def _command() -> str:
    """Return the command line, as far as it says what is predicted; of paths the names, so that it is the same everywhere."""
    context = click.get_current_context()
    words = ["emos", "baseline"]
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in _OUTPUT or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        given = context.params[name]
        for value in given if isinstance(given, tuple) else (given,):
            if isinstance(parameter, click.Option):
                words.append(parameter.opts[0])
            words.append(Path(value).resolve().name if parameter.type in (FILE, FOLDER, LAYER) else str(value))
    return shlex.join(words)
