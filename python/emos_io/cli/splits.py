"""``emos splits``: a division into train and test that anyone can reproduce."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.table import Table

from ..corpus import GROUPS, STRATA
from .corpora import read_corpus
from .options import FOLDER
from .output import output, print_json


@click.command()
@click.argument("release", type=FOLDER)
@click.option("--seed", type=int, required=True, help="Any integer.")
@click.option("--test", type=float, default=0.2, show_default=True, help="Share of items for the test side.")
@click.option("--by", default=",".join(GROUPS), show_default=True, help="Kinds of groups that are never divided.")
@click.option("--stratify", default="confidence_tier,language", show_default=True, help=f"Of {', '.join(STRATA)}.")
@click.option("--json", is_flag=True, help="One JSON object with both lists.")
def splits(release: str, seed: int, test: float, by: str, stratify: str, json: bool) -> None:
    """Divide the items into train and test: groups stay together, strata keep their shares, and a sha256 is printed."""
    corpus = read_corpus(release)
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
