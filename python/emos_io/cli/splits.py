"""``emos splits``: a division into train, validation and test, or into folds, that anyone can reproduce."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TypedDict, Unpack

import click
from rich.console import Console
from rich.table import Table

from ..corpus import STRATA, Corpus, Folds, Split, predefined_split
from ..errors import InvalidArgument
from .corpora import read_corpus, report_faults
from .options import FILE, FOLDER, is_default
from .output import output, print_json
from .own_data import OwnDataOptions, own_data, own_data_options


class _Division(TypedDict):
    seed: int | None
    test: float
    validation: float | None
    folds: int | None
    leave_one_out: str | None
    predefined: str | None
    by: str | None
    stratify: str


class _Options(_Division, OwnDataOptions):
    pass


@click.command()
@click.argument("release", type=FOLDER, metavar="RELEASE|FOLDER")
@own_data_options
@click.option("--seed", type=int, help="Any integer; it must be given, save for groups and sides that a column gives.")
@click.option("--test", type=float, default=0.2, show_default=True, help="Share of items for the test side.")
@click.option("--validation", type=float, help="Share of items for the validation side; no such side if left out.")
@click.option("--folds", type=int, help="The number of folds, instead of sides.")
@click.option("--leave-one-out", metavar="KIND", help="One fold for each group of a kind, such as speaker or fold.")
@click.option("--predefined", metavar="KIND", help="The sides that a kind of group names: train, validation, test.")
@click.option(
    "--by", help="Kinds of groups that are never divided, as film,speaker; all that the items have if left out."
)
@click.option("--stratify", default="confidence_tier,language", show_default=True, help=f"Of {', '.join(STRATA)}.")
@click.option("--out", type=FILE, help="A file for the division, as JSON.")
@click.option("--json", is_flag=True, help="One JSON object with all lists.")
def splits(release: str, out: str | None, json: bool, **options: Unpack[_Options]) -> None:
    """Divide the items into train and test, with a validation side, or into folds.

    Groups stay together, strata keep their shares, and a sha256 of the lists is printed.
    """
    _check(options)
    own = own_data(options)
    corpus = read_corpus(release, own)
    report_faults(corpus, own)
    found = _divide(corpus, options)
    if out is not None:
        found.save(out)
    if json:
        print_json(asdict(found))
        return
    console = output()
    if isinstance(found, Split):
        _print_split(console, found)
    else:
        _print_folds(console, found)
    for line in _group_lines(found):
        console.print(line, soft_wrap=True)
    console.print(f"sha256 {found.sha256}", soft_wrap=True)


def _check(options: _Options) -> None:
    """Refuse options that the chosen division does not use.

    Raises:
        UsageError: Two divisions are asked for, an option has no use, or there is no seed.
    """
    unused = {
        "folds": ("test", "validation"),
        "leave_one_out": ("seed", "test", "validation", "by", "stratify"),
        "predefined": ("seed", "test", "validation", "by", "stratify"),
    }
    chosen = [name for name in unused if not is_default(name)]
    flags = [f"--{name.replace('_', '-')}" for name in chosen]
    if len(chosen) > 1:
        raise click.UsageError(f"{flags[0]} must be the only division, got {' and '.join(flags)}; give one of them")
    for name in unused[chosen[0]] if chosen else ():
        if not is_default(name):
            raise click.UsageError(f"--{name} must be left out with {flags[0]}, got both; leave one out")
    if options["seed"] is None and (not chosen or chosen == ["folds"]):
        raise click.UsageError("--seed must be an integer, got none; give any integer, and publish it")


def _divide(corpus: Corpus, options: _Division) -> Split | Folds:
    if options["leave_one_out"] is not None:
        with _kind_in("--leave-one-out"):
            return corpus.leave_one_out(options["leave_one_out"])
    if options["predefined"] is not None:
        with _kind_in("--predefined"):
            return predefined_split(corpus, options["predefined"])
    by = None if options["by"] is None else _words(options["by"])
    seed, stratify = options["seed"] or 0, _words(options["stratify"])
    if options["folds"] is not None:
        return corpus.folds(k=options["folds"], seed=seed, by=by, stratify=stratify)
    return corpus.split(seed=seed, test=options["test"], validation=options["validation"], by=by, stratify=stratify)


@contextmanager
def _kind_in(flag: str) -> Iterator[None]:
    """Let errors about the kind of group name the flag that gives it here, for Python's ``by``."""
    try:
        yield
    except InvalidArgument as error:
        text = re.sub(r"^by(?= must\b)", flag, str(error)).replace("kind with by=", f"kind with {flag}")
        text = re.sub(r"\bk= and by=\['(.*)'\]$", r"--folds and --by \1", text)
        error.args = (text.replace("folds of it with leave_one_out", "folds of it with --leave-one-out"),)
        raise


def _print_split(console: Console, found: Split) -> None:
    sides = list(found.sides())
    table = Table("stratum", *sides, *(f"share of {side}" for side in sides[1:]))
    totals = {"all": tuple(map(len, found.sides().values()))}
    for name, counts in [*found.strata.items(), *totals.items()]:
        if name != "all" or counts is totals["all"]:
            shares = [f"{count / max(sum(counts), 1):.3f}" for count in counts[1:]]
            table.add_row(name, *map(str, counts), *shares)
    console.print(table)


def _print_folds(console: Console, found: Folds) -> None:
    if found.kind == "leave_one_out":
        table = Table(found.by[0], "items")
        for name, keys in zip(found.names, found.folds, strict=True):
            table.add_row(name, str(len(keys)))
    else:
        table = Table("stratum", *(f"fold {name}" for name in found.names))
        for name, counts in found.strata.items():
            if name != "all":
                table.add_row(name, *map(str, counts))
        table.add_row("all", *(str(len(keys)) for keys in found.folds))
    console.print(table)


def _group_lines(found: Split | Folds) -> Sequence[str]:
    """Return what is to be known of groups: those that were divided, and items without any."""
    lines = []
    total = sum(map(len, found.sides().values() if isinstance(found, Split) else found.folds))
    if found.disjoint:
        lines.append(f"on one side each: {', '.join(found.disjoint)}")
    if found.divided:
        lines.append(f"on several sides: {', '.join(found.divided)}")
    if found.ungrouped:
        which = (
            "there is no group but the file"
            if found.ungrouped == total
            else (f"{found.ungrouped} of {total} items have no group but their file")
        )
        lines.append(f"{which}: one speaker may be on several sides; a column of speakers keeps them on one")
    return lines


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
