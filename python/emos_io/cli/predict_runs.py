"""``emos predict`` of a run of emos train that is no large model: av-small, and frozen networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from .._progress import ProgressBar
from ..corpus import SYNTHETIC_REMARK, Corpus, Split
from .predict_options import PredictOptions, Side

if TYPE_CHECKING:
    from ..train import PredictCounts, Run
    from ..train.frozen import FrozenCounts


def predict_av_small(
    run: Run, corpus: Corpus, out: str, division: Split | None, options: PredictOptions, command: str
) -> PredictCounts:
    """Predict by a run of av-small; errors are those of `predict_run`."""
    from .. import train as room

    ablate = options["ablate"]
    assert ablate != "text", "it was checked"
    with ProgressBar() as bar:
        return room.predict_run(
            run,
            corpus,
            out,
            split=division,
            side=options["side"] if division is not None else None,
            form=options["form"],
            hop=options["hop"],
            by=options["by"],
            ablate=ablate,
            model_seed=options["model_seed"],
            seed=options["seed"],
            device=options["device"],
            command=command,
            progress=lambda done, total: bar.show("windows", done, total),
        )


def predict_frozen_run(
    run: Run, corpus: Corpus, out: str, division: Split | None, options: PredictOptions, command: str
) -> FrozenCounts:
    """Predict by a run of frozen networks; errors are those of `predict_frozen`."""
    from ..train.frozen import predict_frozen

    plan, ablate = options["plan"], options["ablate"]
    assert ablate != "text" and ablate != "swap-audio", "it was checked"
    if plan == "streams":
        raise click.UsageError(
            "--plan must be clips, windows or utterances for a run of frozen networks, got streams; take windows"
        )
    if options["by"] is not None:
        if plan not in (None, "clips"):
            raise click.UsageError(f"--by must be left out beside --plan {plan}, got clip; leave one of them out")
        plan = "clips"
    kinds: Literal["clips", "windows", "utterances"] | None = plan
    with ProgressBar() as bar:
        return predict_frozen(
            run,
            corpus,
            out,
            split=division,
            side=options["side"] if division is not None else None,
            plan=kinds,
            hop=options["hop"],
            ablate=ablate,
            command=command,
            progress=lambda done, total: bar.show("windows", done, total),
        )


def run_lines(counts: PredictCounts | FrozenCounts, side: Side | None, out: str) -> list[str]:
    """Return what is printed of counts."""
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
