"""The card of a fine-tuning: what was trained on what, and what a score of it does and does not say, as a page of Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from ...corpus import SYNTHETIC_REMARK, Clip, Monologue
from ...errors import printable
from ..run_folder import Run, rounded
from ..run_summary import bullets, classes_table, contamination, licences, made_by, sides_table, table
from ..sides import Sides


def summary_text(run: Run, sides: Sides) -> str:
    """Return the card of a run.

    Args:
        run: The run, with the seeds that are done.
        sides: What it was trained with.
    """
    items: dict[str, Clip | Monologue] = {item.key: item for item in sides.corpus}
    by_side = {side: [items[key] for key in keys] for side, keys in sides.keys().items()}
    model = run.recipe["model"]
    assert isinstance(model, Mapping)
    trained = "All weights" if model["weights"] == "all" else f"An adapter (LoRA, rank {model['rank']})"
    parts = [
        f"# Run card: {printable(run.folder.resolve().name)}",
        *([f"**{SYNTHETIC_REMARK}**"] if run.synthetic else []),
        f"{trained} of the model `{printable(str(model['base']))}`, of the family {run.facts['family']}: "
        f"{run.facts['trainable_parameters']:,} of {run.facts['parameters']:,} parameters learned. It answers in words which "
        f"of the {len(run.classes)} classes of the layer `{printable(run.layer)}` it is.",
        "## Data",
        sides_table(by_side),
        "Labels: clips, and seconds of monologues:",
        classes_table(by_side, run.layer, run.classes),
        bullets(run.remarks),
        "## Licence",
        bullets(
            [
                *licences(by_side),
                "The weights: emos-io gives no licence for them. Those of the base model stay under its own; terms of the data "
                "above may bind who passes them on.",
            ]
        ),
        "## Contamination",
        bullets(
            contamination(
                run,
                sides,
                by_side,
                origin=f"begins from {printable(str(model['base']))}, whose training data emos-io does not know",
                chosen="validation chose nothing of it",
            )
        ),
        "## Results",
        _results(run),
        "Accuracy on items that were learned stands beside that of validation: a model that does not know its own training "
        "items was not asked as it was trained. Score test with `emos predict` and `emos score`. Mean and sd are over seeds "
        "(n - 1).",
        "## How it was made",
        f"```text\n{printable(run.command)}\n```",
        made_by(run),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _results(run: Run) -> str:
    rows = []
    for each in run.results:
        facts = run.facts.get("seeds")
        own = facts.get(str(each.seed), {}) if isinstance(facts, Mapping) else {}
        scored = own.get("scored", {})
        rows.append(
            [
                str(each.seed),
                rounded(each.training_accuracy),
                _asked(scored, "train"),
                rounded(each.accuracy),
                rounded(each.macro_f1),
                _asked(scored, "validation"),
                rounded(each.loss),
                str(each.num_steps),
                rounded(own.get("memory_peak_gib")),
            ]
        )
    rows += [[str(seed), "not done", *["-"] * 7] for seed in run.unfinished]
    rows += [
        ["mean", "", "", "", rounded(run.mean), *[""] * 4],
        ["sd", "", "", "", rounded(run.sd), *[""] * 4],
    ]
    head = [
        "seed",
        "accuracy, train",
        "items",
        "accuracy, validation",
        "macro F1, validation",
        "items",
        "last loss",
        "steps",
        "peak GiB",
    ]
    return table(head, rows)


def _asked(scored: Mapping[str, Mapping[str, int]], side: str) -> str:
    own = scored.get(side)
    return "-" if own is None else f"{own['items']} of {own['of_items']}"
