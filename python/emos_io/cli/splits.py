"""``emos splits``: a division into train and test that anyone can reproduce."""

from __future__ import annotations

from dataclasses import asdict
from typing import Unpack

import click
from rich.table import Table

from ..corpus import GROUPS, STRATA
from .corpora import read_corpus, report_faults
from .options import FOLDER
from .output import output, print_json
from .own_data import OwnDataOptions, own_data, own_data_options


@click.command()
@click.argument("release", type=FOLDER, metavar="RELEASE|FOLDER")
@own_data_options
@click.option("--seed", type=int, required=True, help="Any integer.")
@click.option("--test", type=float, default=0.2, show_default=True, help="Share of items for the test side.")
@click.option("--by", default=",".join(GROUPS), show_default=True, help="Kinds of groups that are never divided.")
@click.option("--stratify", default="confidence_tier,language", show_default=True, help=f"Of {', '.join(STRATA)}.")
@click.option("--json", is_flag=True, help="One JSON object with both lists.")
def splits(
    release: str, seed: int, test: float, by: str, stratify: str, json: bool, **options: Unpack[OwnDataOptions]
) -> None:
    """Divide the items into train and test: groups stay together, strata keep their shares, and a sha256 is printed."""
    own = own_data(options)
    corpus = read_corpus(release, own)
    report_faults(corpus, own)
    found = corpus.split(seed=seed, test=test, by=_words(by), stratify=_words(stratify))
    if json:
        print_json(asdict(found))
        return
    console = output()
    table = Table("stratum", "train", "test", "share of test")
    for name, (num_train, num_test) in found.strata.items():
        table.add_row(name, str(num_train), str(num_test), f"{num_test / (num_train + num_test):.3f}")
    table.add_row(
        "all",
        str(len(found.train)),
        str(len(found.test)),
        f"{len(found.test) / (len(found.train) + len(found.test)):.3f}",
    )
    console.print(table)
    console.print(f"sha256 {found.sha256}", soft_wrap=True)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
