"""``emos predict``: what a model says of a corpus, as a file that ``emos score`` reads and that a second call goes on with."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Unpack

import click
from click.core import ParameterSource

from ..corpus import Corpus, Split, keys_sha256
from ..errors import InvalidArgument
from ..evaluation import read_split
from .corpora import check_sources, read_corpus, report_faults, with_media_alone
from .options import FILE, FOLDER
from .output import output, print_json
from .own_data import OwnDataOptions, own_data, own_data_options
from .predict_models import ask_lines, ask_model, ask_server, ask_tuned
from .predict_options import ModelKind, PredictCommand, PredictOptions, Side, ask_options, check_taken, kind_of
from .predict_runs import predict_av_small, predict_frozen_run, run_lines
from .server_options import server_options

if TYPE_CHECKING:
    from ..inference import AskCounts
    from ..train import PredictCounts, Run
    from ..train.frozen import FrozenCounts

_OUTPUT = {
    "out",
    "json",
    "device",
    "retry_failed",
    "send_media",
    "api_key_variable",
    "max_requests",
    "requests_per_minute",
    "concurrency",
    "timeout",
}
"""Options that say nothing of what is predicted."""


class _Options(PredictOptions, OwnDataOptions):
    pass


@click.command(cls=PredictCommand)
@click.argument("model", type=FOLDER)
@click.argument("corpus", type=FOLDER, metavar="CORPUS|FOLDER")
@own_data_options
@click.option(
    "--out", type=FILE, required=True, help="A file for the predictions, as JSON Lines; one that is there goes on."
)
@ask_options
@click.option("--media", type=FOLDER, help="A folder of media, which are matched with items by their names.")
@server_options
@click.option("--json", is_flag=True, help="Counts and the checksum as one JSON object.")
def predict(
    model: str, corpus: str, out: str, split: str | None, media: str | None, json: bool, **options: Unpack[_Options]
) -> None:
    """Predict the labels of a corpus by a model.

    MODEL is a run folder of emos train; a folder or a name on the hub of a model of Qwen2.5-Omni, Qwen3-Omni or Qwen2.5-VL; or
    the address of a server that speaks OpenAI's chat completions, such as http://localhost:8000/v1 with --model NAME.

    A run of av-small makes streams of monologues, with a decision every 250 ms, and one decision of each clip. Large models
    are asked one question about each clip, window, utterance or monologue. The same command again writes what the file lacks.
    """
    own = own_data(options)
    check_sources([corpus], own, media)
    asked = named_model(model)
    check_taken(asked.kind)
    found = read_corpus(corpus, own)
    report_faults(found, own)
    if media is not None:
        found = with_media_alone(found, media)
    division = split_of(split, found, asked.run, options["side"])
    counts = predict_with(asked, found, out, division, options, command_line())
    side: Side | None = None if division is None else options["side"] or "test"
    digest = hashlib.sha256(Path(out).read_bytes()).hexdigest()
    if json:
        print_json({"out": out, "side": side, **counts.as_dict(), "predictions_sha256": digest})
    else:
        for line in counts_lines(counts, side, out):
            output().print(line, soft_wrap=True)
        output().print(f"sha256 {digest}", soft_wrap=True)
    if counts.as_dict().get("unanswered"):
        click.get_current_context().exit(1)


class NamedModel(NamedTuple):
    """The MODEL of a command line.

    Attributes:
        name: As it was written.
        kind: What it is.
        run: The run, where it is one.
    """

    name: str
    kind: ModelKind
    run: Run | None


def named_model(name: str) -> NamedModel:
    """Return what the MODEL of a command line is; no weights are read.

    Raises:
        EmosError: It looks like a run folder, and there is none.
    """
    what = kind_of(name)
    if what != "run":
        return NamedModel(name, what, None)
    from ..train import read_run

    run = read_run(name)
    kinds: dict[str, ModelKind] = {"lora": "lora", "frozen": "frozen"}
    return NamedModel(name, kinds.get(run.kind, "av-small"), run)


def predict_with(
    model: NamedModel, corpus: Corpus, out: str, division: Split | None, options: PredictOptions, command: str
) -> AskCounts | PredictCounts | FrozenCounts:
    """Predict a corpus by a model of any kind.

    Args:
        model: The model.
        corpus: The corpus, its media linked.
        out: The file of predictions.
        division: The split, or None for all items.
        options: All options of the command.
        command: The command line, for the header.

    Raises:
        UsageError: A library is not installed, or options do not go together.
        EmosError: As `predict_run`, `predict_frozen` and `predict_model` say.
    """
    try:
        if model.run is None:
            ask = ask_server if model.kind == "server" else ask_model
            return ask(model.name, corpus, out, division, options, command)
        if model.kind == "lora":
            return ask_tuned(model.run, corpus, out, division, options, command)
        run_of = predict_frozen_run if model.kind == "frozen" else predict_av_small
        return run_of(model.run, corpus, out, division, options, command)
    except ImportError as error:
        raise click.UsageError(str(error)) from error


def split_of(split: str | None, corpus: Corpus, run: Run | None, side: Side | None) -> Split | None:
    """Return the split of a command line; that of the run where the corpus is the one that it was trained with.

    Raises:
        InvalidArgument: The file is of folds.
        UsageError: A side is given without a split.
    """
    if split is not None:
        found = read_split(split)
        if not isinstance(found, Split):
            hint = "leave it out for that of the run, split.json in its folder" if run is not None else "give one split"
            raise InvalidArgument(f"split must be one split, got {len(found)} folds; {hint}")
        return found
    if run is not None and keys_sha256(item.key for item in corpus) == run.corpus_sha256:
        return run.split()
    if side not in (None, "all"):
        what = "a model that is no run" if run is None else "a corpus that the run was not trained with"
        raise click.UsageError(f"--side must come with --split for {what}, got {side} alone; give its split")
    return None


def counts_lines(counts: AskCounts | PredictCounts | FrozenCounts, side: Side | None, out: str) -> list[str]:
    """Return what is printed of counts."""
    from ..inference import AskCounts

    return ask_lines(counts, side, out) if isinstance(counts, AskCounts) else run_lines(counts, side, out)


def command_line() -> str:
    """Return the command line, as far as it says what is predicted; of paths the names, so that it is the same everywhere."""
    context = click.get_current_context()
    words = ["emos", context.command.name or "predict"]
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in _OUTPUT or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        given = context.params[name]
        if name in ("size", "pixels"):
            # Two numbers of one option.
            given = ",".join(map(str, given))
        for value in given if isinstance(given, tuple) else (given,):
            if isinstance(parameter, click.Option):
                words.append(parameter.opts[0])
            words.append(Path(value).resolve().name if parameter.type in (FILE, FOLDER) else str(value))
    return shlex.join(words)
