"""The options by which scores are computed, for each verb that computes them."""

from __future__ import annotations

import click

from ..evaluation import SLICES_BY
from .options import FILE, FOLDER, LAYER, LAYER_HELP, SPLIT
from .own_data import Command, review_data_options


def score_options(command: Command) -> Command:
    """Add what is scored (corpus, split, side, layer, slices, own data), and the draws of intervals with their seed."""
    options = (
        click.option(
            "--corpus",
            type=FOLDER,
            required=True,
            help="The release, a saved corpus, or a folder of media with --annotations.",
        ),
        click.option(
            "--split",
            type=FILE,
            metavar=SPLIT,
            help="Whose test side is scored: a file of a split or of folds, or one that comes with the package. Without it, "
            "all items of the kinds that a file has predictions of.",
        ),
        click.option(
            "--side",
            type=click.Choice(("train", "validation", "test")),
            default="test",
            show_default=True,
            help="The side of the split that is scored.",
        ),
        click.option(
            "--layer", type=LAYER, help=f"The layer; all that files and corpus have if left out. {LAYER_HELP}"
        ),
        click.option(
            "--by", default=",".join(SLICES_BY), show_default=True, help="What scores are sliced by, or none."
        ),
        review_data_options,
        click.option("--draws", type=int, default=2000, show_default=True, help="Draws of clusters for intervals."),
        click.option("--seed", type=int, default=0, show_default=True, help="Seed of the draws."),
    )
    for option in reversed(options):
        command = option(command)
    return command
