"""``emos predict``: what a run says of a corpus, as a file that ``emos score`` reads and that a second call goes on with."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack

import click
from click.core import ParameterSource

from .._progress import ProgressBar
from ..corpus import SYNTHETIC_REMARK, Corpus, Split, keys_sha256
from ..errors import InvalidArgument
from ..evaluation import read_split
from .corpora import check_sources, read_corpus, report_faults, with_media_alone
from .options import FILE, FOLDER, SPLIT
from .output import output, print_json
from .own_data import OwnDataOptions, own_data, own_data_options

if TYPE_CHECKING:
    from ..train import PredictCounts, Run

_OUTPUT = {"out", "json", "device"}
"""Options that say nothing of what is predicted."""

Side = Literal["train", "validation", "test", "all"]


class _Options(OwnDataOptions):
    side: Side | None
    form: Literal["offline", "streaming"] | None
    hop: str | None
    by: Literal["clip"] | None
    ablate: Literal["video", "audio", "swap-audio"] | None
    model_seed: int | None
    seed: int
    device: str


@click.command()
@click.argument("run", type=FOLDER)
@click.argument("corpus", type=FOLDER, metavar="CORPUS|FOLDER")
@own_data_options
@click.option(
    "--out", type=FILE, required=True, help="A file for the predictions, as JSON Lines; one that is there goes on."
)
@click.option(
    "--split",
    type=FILE,
    metavar=SPLIT,
    help="A file of a split. Left out: that of the run for the corpus that it was trained with, none for another.",
)
@click.option(
    "--side",
    type=click.Choice(["train", "validation", "test", "all"]),
    help="The side of the split that is predicted; test if left out.",
)
@click.option(
    "--form",
    type=click.Choice(["offline", "streaming"]),
    help="Of monologues: window by window, or a step of 250 ms at a time; offline if left out.",
)
@click.option(
    "--hop", metavar="S", help="Monologues by windows that begin anew, one every so many seconds; clips are left out."
)
@click.option("--by", type=click.Choice(["clip"]), help="Clips alone.")
@click.option(
    "--ablate",
    type=click.Choice(["video", "audio", "swap-audio"]),
    help="Take a channel away, or give each step the audio of another speaker with another label.",
)
@click.option("--model-seed", type=int, help="Which model of the run; that of its first seed if left out.")
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of the draw of swap-audio; it stands in the header."
)
@click.option("--media", type=FOLDER, help="A folder of media, which are matched with items by their names.")
@click.option("--device", default="cpu", show_default=True, help="A device of torch, such as cuda.")
@click.option("--json", is_flag=True, help="Counts and the checksum as one JSON object.")
def predict(
    run: str, corpus: str, out: str, split: str | None, media: str | None, json: bool, **options: Unpack[_Options]
) -> None:
    """Predict the labels of a corpus by a model that emos train made.

    Without --hop and --by, monologues are streams with a decision every 250 ms, and clips have one decision each. The same
    command again writes what the file lacks.
    """
    from .. import train as room

    own = own_data(options)
    check_sources([corpus], own, media)
    trained = room.read_run(run)
    found = read_corpus(corpus, own)
    report_faults(found, own)
    if media is not None:
        found = with_media_alone(found, media)
    division = _division(split, found, trained, options["side"])
    try:
        with ProgressBar() as bar:
            counts = room.predict_run(
                trained,
                found,
                out,
                split=division,
                side=options["side"] if division is not None else None,
                form=options["form"],
                hop=options["hop"],
                by=options["by"],
                ablate=options["ablate"],
                model_seed=options["model_seed"],
                seed=options["seed"],
                device=options["device"],
                command=_command(),
                progress=lambda done, total: bar.show("windows", done, total),
            )
    except ImportError as error:
        raise click.UsageError(str(error)) from error
    side = None if division is None else options["side"] or "test"
    digest = hashlib.sha256(Path(out).read_bytes()).hexdigest()
    if json:
        print_json({"out": out, "side": side, **counts.as_dict(), "predictions_sha256": digest})
        return
    for line in _lines(counts, side, out):
        output().print(line, soft_wrap=True)
    output().print(f"sha256 {digest}", soft_wrap=True)


def _division(split: str | None, corpus: Corpus, run: Run, side: Side | None) -> Split | None:
    """Return the split of a command line; that of the run where the corpus is the one that it was trained with."""
    if split is not None:
        found = read_split(split)
        if not isinstance(found, Split):
            raise InvalidArgument(
                f"split must be one split, got {len(found)} folds; leave it out for that of the run, split.json in its folder"
            )
        return found
    if keys_sha256(item.key for item in corpus) == run.corpus_sha256:
        return run.split()
    if side not in (None, "all"):
        raise click.UsageError(
            f"--side must come with --split for a corpus that the run was not trained with, got {side} alone; give its split"
        )
    return None


def _lines(counts: PredictCounts, side: str | None, out: str) -> list[str]:
    kinds = [(counts.monologues, "monologue"), (counts.clips, "clip")]
    items = " and ".join(f"{count} {kind}{'' if count == 1 else 's'}" for count, kind in kinds if count)
    where = "" if side is None else f" of {side}" if side != "all" else " of all sides"
    there = counts.predictions - counts.written
    before = f", {there} of which were there" if there else ""
    lines = [f"{counts.predictions} predictions{before}, for {items}{where}: {out}"]
    if counts.without_media:
        lines.append(f"{counts.without_media} items have no media at hand and are not predicted")
    if counts.masked:
        lines.append(f"{counts.masked} windows could not be read and are missing for the model")
    if counts.trained_on:
        lines.append(f"{counts.trained_on} items lie in train or validation of the run: their scores say little")
    if counts.synthetic:
        lines.append(SYNTHETIC_REMARK)
    return lines


def _command() -> str:
    """Return the command line, as far as it says what is predicted; of paths the names, so that it is the same everywhere."""
    context = click.get_current_context()
    words = ["emos", "predict"]
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in _OUTPUT or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        given = context.params[name]
        for value in given if isinstance(given, tuple) else (given,):
            if isinstance(parameter, click.Option):
                words.append(parameter.opts[0])
            words.append(Path(value).resolve().name if parameter.type in (FILE, FOLDER) else str(value))
    return shlex.join(words)
