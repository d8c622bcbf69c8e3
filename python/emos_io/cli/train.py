"""``emos train``: a recipe, a corpus and a split become a run folder."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click
from rich.table import Table

from .._progress import ProgressBar
from ..corpus import SYNTHETIC_REMARK, Folds, Split
from ..errors import InvalidArgument, quoted
from ..evaluation import read_split
from .corpora import check_sources, read_corpus, report_faults, with_media_alone
from .options import FILE, FOLDER, SPLIT
from .output import output, print_json
from .own_data import OwnDataOptions, own_data, own_data_options

if TYPE_CHECKING:
    from ..train import AnyRecipe, Run

SPLIT_FILE = "split.json"
"""The split of a corpus that `emos synthesize --kind expressive` made lies beside its items."""


class _Folds(TypedDict):
    test_fold: str | None
    validation_fold: str | None


class _Options(_Folds, OwnDataOptions):
    pass


@click.command()
@click.argument("recipe", type=FILE)
@click.argument("corpus", type=FOLDER, metavar="CORPUS|FOLDER")
@own_data_options
@click.option(
    "--split",
    type=FILE,
    metavar=SPLIT,
    help="A file of a split with a validation side, as emos splits --validation writes it, or folds; split.json of the corpus "
    "if left out.",
)
@click.option("--test-fold", metavar="FOLD", help="Of folds: the one that is the test side, by index or name.")
@click.option("--validation-fold", metavar="FOLD", help="Of folds: the one that is the validation side.")
@click.option("--media", type=FOLDER, help="A folder of media, which are matched with items by their names.")
@click.option("--out", type=FOLDER, required=True, metavar="RUN", help="The run folder; one of the same run goes on.")
@click.option("--seeds", metavar="N,N,...", help="Seeds, a model for each; those of the recipe if left out, 0,1,2.")
@click.option(
    "--device",
    type=click.Choice(("auto", "cpu", "cuda")),
    default="auto",
    show_default=True,
    help="What it is trained on; auto is a GPU where there is one.",
)
@click.option(
    "--base", metavar="NAME", help="Of lora: the base model, a folder or a name on the hub; replaces that of RECIPE."
)
@click.option(
    "--card-memory",
    "memory_gib",
    type=float,
    metavar="GIB",
    help="Of lora: GiB of memory of the GPU, in place of what it says of itself; a step that needs more is refused.",
)
@click.option("--json", is_flag=True, help="The run as one JSON object.")
def train(
    recipe: str,
    corpus: str,
    split: str | None,
    media: str | None,
    out: str,
    seeds: str | None,
    device: str,
    base: str | None,
    memory_gib: float | None,
    json: bool,
    **options: Unpack[_Options],
) -> None:
    """Train a model that looks and listens, once for each seed, and print how each does on validation.

    RECIPE is a file, or the name of one that ships: av-small.toml, frozen.toml, or lora.toml, which fine-tunes the large model
    of --base. The run is a folder with weights, logs and a card. The same command again goes on where it stopped. What test has
    may be in no other side, and there must be a validation side.
    """
    from .. import train as room

    own = own_data(options)
    check_sources([corpus], own, media)
    chosen, asked = _with_base(room.read_recipe(recipe), base), _seeds(seeds)
    if memory_gib is not None:
        _check_memory(memory_gib, chosen.kind)
    found = read_corpus(corpus, own)
    division = _division(split, Path(corpus), options)
    report_faults(found, own)
    if media is not None:
        found = with_media_alone(found, media)
    try:
        with _bar() as show:
            run = room.train(
                chosen,
                found,
                division,
                out,
                seeds=asked,
                device=device,  # type: ignore[arg-type]
                memory_gib=memory_gib,
                progress=show,
                announce=lambda line: click.echo(line, err=True),
                command=_command(),
            )
    except ImportError as error:
        raise click.UsageError(str(error)) from error
    if room.process_number():
        # The first process speaks for all.
        return
    note = room.tensorboard_note()
    for line in (*run.remarks, *([note] if note else [])):
        click.echo(line, err=True)
    if json:
        print_json({"run": out, **run.as_dict()})
    else:
        _print(run, out)


def _with_base(recipe: AnyRecipe, base: str | None) -> AnyRecipe:
    """Return the recipe with another base model.

    Raises:
        UsageError: It is of a kind without one.
    """
    if base is None:
        return recipe
    if recipe.kind != "lora":
        raise click.UsageError(
            f"--base must come with a recipe of the kind lora, got one of {recipe.kind}; leave it out"
        )
    from ..train.lora import LoraRecipe

    assert isinstance(recipe, LoraRecipe)
    return replace(recipe, model=replace(recipe.model, base=base))


def _check_memory(memory_gib: float, kind: str) -> None:
    if kind != "lora":
        raise click.UsageError(
            f"--card-memory must come with a recipe of the kind lora, got one of {kind}; leave it out"
        )
    if not 0 < memory_gib < math.inf:
        raise click.UsageError(f"--card-memory must be a number above 0, got {memory_gib:g}; give the GiB of the GPU")


def _seeds(text: str | None) -> list[int] | None:
    if text is None:
        return None
    words = [word.strip() for word in text.split(",")]
    if not all(re.fullmatch(r"[0-9]{1,10}", word, re.ASCII) for word in words):
        raise click.UsageError(f"--seeds must be integers from 0 with commas, got {text}; write them as 0,1,2")
    return [int(word) for word in words]


def _division(split: str | None, corpus: Path, options: _Folds) -> Split:
    """Return the split of a command line.

    Raises:
        UsageError: There is none, or it is folds and nobody says which.
    """
    if split is None and not (corpus / SPLIT_FILE).is_file():
        words = ["emos", "splits", str(corpus), "--seed", "7", "--validation", "0.2", "--out", SPLIT_FILE]
        raise click.UsageError(
            f"--split must be given where the corpus has no {SPLIT_FILE}, got none; make one with {shlex.join(words)}: "
            f"{quoted(corpus)}"
        )
    found = read_split(corpus / SPLIT_FILE if split is None else split)
    test, validation = options["test_fold"], options["validation_fold"]
    if isinstance(found, Split):
        for flag, given in (("--test-fold", test), ("--validation-fold", validation)):
            if given is not None:
                raise click.UsageError(f"{flag} must come with folds, got a split; leave it out")
        return found
    assert isinstance(found, Folds)
    if test is None or validation is None:
        raise click.UsageError(
            f"--split must say which of its {len(found)} folds are test and validation, got folds alone; add --test-fold "
            f"{found.names[0]} --validation-fold {found.names[1 % len(found)]}"
        )
    try:
        return found.split(_fold(found, test), _fold(found, validation))
    except InvalidArgument as error:
        error.args = (re.sub(r"^(test|validation)(?= must\b)", r"--\1-fold", str(error)),)
        raise


def _fold(folds: Folds, text: str) -> int | str:
    return int(text) if text not in folds.names and text.isdecimal() and text.isascii() else text


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    with ProgressBar() as bar:
        yield bar.show


def _print(run: Run, out: str) -> None:
    console = output()
    has_training = any(each.training_accuracy is not None for each in run.results)
    beside = ("accuracy, train",) if has_training else ()
    table = Table(
        "seed", "macro F1", *beside, "accuracy", "loss", "best epoch", "epochs", "steps", "CPU s", title="validation"
    )
    for each in run.results:
        training = "-" if each.training_accuracy is None else f"{each.training_accuracy:.3f}"
        table.add_row(
            str(each.seed),
            f"{each.macro_f1:.3f}",
            *((training,) if has_training else ()),
            f"{each.accuracy:.3f}",
            f"{each.loss:.3f}",
            str(each.best_epoch),
            str(each.num_epochs),
            str(each.num_steps),
            f"{each.cpu_seconds:.0f}",
        )
    table.add_row("mean", "-" if run.mean is None else f"{run.mean:.3f}")
    table.add_row("sd", "-" if run.sd is None else f"{run.sd:.3f}")
    console.print(table)
    if run.synthetic:
        console.print(SYNTHETIC_REMARK)
    console.print(
        f"{out}: card.md says what was trained on what; emos predict {shlex.quote(out)} CORPUS", soft_wrap=True
    )


def _command() -> str:
    """Return the command line as it was given, of paths the names, so that it is the same everywhere."""
    context = click.get_current_context()
    words = ["emos", "train"]
    for parameter in context.command.params:
        given = context.params[parameter.name or ""]
        if given in (None, (), False) or given == parameter.get_default(context):
            continue
        for value in given if isinstance(given, tuple) else (given,):
            if isinstance(parameter, click.Option):
                words.append(parameter.opts[0])
            if value is not True:
                words.append(Path(value).resolve().name if parameter.type in (FILE, FOLDER) else str(value))
    return shlex.join(words)
