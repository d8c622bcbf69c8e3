"""The card of a run: what was trained on what, and what a score of it does and does not say, as a page of Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from ..corpus import SYNTHETIC_REMARK, Clip, Monologue
from ..errors import printable
from ..evaluation import provenance_text, truth_provenance
from .run_folder import Run, rounded
from .sides import Sides

_LICENCES = {
    "meld": "annotations: their authors (EmoS), for academic, non-commercial use; media: the holders of MELD's rights",
    "chsims": "annotations: their authors (EmoS), for academic, non-commercial use; media: the holders of CH-SIMS v2's rights",
    "streaming": "annotations: their authors (EmoS), for academic, non-commercial use; media: the holders of the films' rights",
    "expressive": "made by emos-io, under its licence (MIT OR Apache-2.0)",
}
"""Who has rights in items, by the first part of their keys; as the release says of itself."""
_NOT_KNOWN = "not known to emos-io; say here whose they are"
_FILMS = ("meld", "chsims", "streaming")
"""Parts of the release whose media are of films and series that anyone can have seen."""


def summary_text(run: Run, sides: Sides) -> str:
    """Return the card of a run.

    Args:
        run: The run, with the seeds that are done.
        sides: What it was trained with.
    """
    items: dict[str, Clip | Monologue] = {item.key: item for item in sides.corpus}
    by_side = {side: [items[key] for key in keys] for side, keys in sides.keys().items()}
    model, layer = run.recipe["model"], run.layer
    assert isinstance(model, Mapping)
    channels = " and ".join(map(str, model["channels"]))
    parts = [
        f"# Run card: {printable(run.folder.resolve().name)}",
        *([f"**{SYNTHETIC_REMARK}**"] if run.synthetic else []),
        f"A model of the kind `{model['kind']}`, trained from random weights on {channels}, says at each step which of the "
        f"{len(run.classes)} classes of the layer `{printable(layer)}` it is.",
        "## Data",
        sides_table(by_side),
        "Labels: clips, and seconds of monologues:",
        classes_table(by_side, layer, run.classes),
        bullets(run.remarks),
        "## Licence",
        bullets(
            [
                *licences(by_side),
                "The weights: emos-io gives no licence for them. Terms of the data above may bind who passes them on.",
            ]
        ),
        "## Contamination",
        bullets(contamination(run, sides, by_side)),
        "## Results on validation",
        results_table(run),
        "The weights of a seed are those of its best epoch on validation, so these numbers are too good: score test with "
        "`emos predict` and `emos score`. Mean and sd are over seeds (n - 1): what another start and another order would "
        "change. They say nothing about other speakers.",
        "## How it was made",
        f"```text\n{printable(run.command)}\n```",
        made_by(run),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def made_by(run: Run) -> str:
    """Return what decides a run, as bullets: versions and checksums."""
    return bullets(
        [
            f"versions: {', '.join(f'{name} {version}' for name, version in run.versions.items())}; device {run.device}",
            f"recipe sha256 {run.recipe_sha256} (recipe.toml)",
            f"split sha256 {run.split_sha256} (split.json)",
            f"corpus: keys sha256 {run.corpus_sha256}; labels of train and validation {run.truth_sha256}",
            f"plans of seed 0: {', '.join(f'{side} {fingerprint}' for side, fingerprint in run.plans.items())}",
        ]
    )


def sides_table(by_side: Mapping[str, Sequence[Clip | Monologue]]) -> str:
    """Return a table of items by side."""
    rows = []
    for side, items in by_side.items():
        languages = Counter(item.language or "unknown" for item in items)
        named = ", ".join(f"{languages[name]} {name}" for name in sorted(languages))
        clips = sum(isinstance(item, Clip) for item in items)
        rows.append([side, str(len(items)), str(clips), str(len(items) - clips), named or "-"])
    return table(["side", "items", "clips", "monologues", "languages"], rows)


def classes_table(by_side: Mapping[str, Sequence[Clip | Monologue]], layer: str, classes: Sequence[str]) -> str:
    """Return a table of labels by side: clips, and seconds of monologues."""
    clips: dict[str, Counter[str]] = {side: Counter() for side in by_side}
    seconds: dict[str, dict[str, Fraction]] = {side: dict.fromkeys(classes, Fraction(0)) for side in by_side}
    for side, items in by_side.items():
        for item in items:
            if isinstance(item, Clip):
                decision = item.decisions.get(layer)
                clips[side].update(() if decision is None else decision.labels)
            else:
                for label, amount in _label_seconds(item, layer).items():
                    seconds[side][label] = seconds[side].get(label, Fraction(0)) + amount
    has_clips, has_seconds = any(clips.values()), any(any(each.values()) for each in seconds.values())

    def cell(side: str, label: str) -> str:
        parts = [f"{clips[side][label]} clips"] if has_clips else []
        return ", ".join([*parts, f"{float(seconds[side][label]):.1f} s"] if has_seconds else parts) or "-"

    return table(["class", *by_side], [[label, *(cell(side, label) for side in by_side)] for label in classes])


def _label_seconds(item: Monologue, layer: str) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    if layer in {name for each in item.utterances for name in each.layers}:
        line = item.labels(layer)
        for span, weights in zip(line.spans, line.weights, strict=True):
            for label, weight in weights.items():
                found[label] = found.get(label, Fraction(0)) + weight * span.duration
    return found


def licences(by_side: Mapping[str, Iterable[Clip | Monologue]]) -> list[str]:
    """Return who has rights in the items, one line for each source."""
    counts = Counter(_source(item) for items in by_side.values() for item in items)
    return [f"{printable(name)} ({counts[name]} items): {_LICENCES.get(name, _NOT_KNOWN)}" for name in sorted(counts)]


def _source(item: Clip | Monologue) -> str:
    return item.key.partition("/")[0]


def contamination(
    run: Run,
    sides: Sides,
    by_side: Mapping[str, Sequence[Clip | Monologue]],
    *,
    origin: str = "begins from random weights",
    chosen: str = "was chosen by validation",
) -> list[str]:
    """Return what the model may have seen of test, one line each.

    Args:
        run, sides, by_side: The run, and the items of its sides.
        origin: What the model was before it was trained, as the end of a sentence.
        chosen: What validation did, as the end of a sentence.
    """
    lines = [
        f"The model has seen train alone, and {chosen}. No item and no media of test is in either, and no group"
        f"{', but for what follows' if sides.allowed else ''}.",
        *sides.allowed,
    ]
    if sides.split.ungrouped:
        lines.append(
            f"{sides.split.ungrouped} items have no group but their file: whether one speaker is on two sides is not known."
        )
    films = Counter(_source(item) for items in by_side.values() for item in items if _source(item) in _FILMS)
    if films:
        named = ", ".join(f"{count} of {name}" for name, count in sorted(films.items()))
        lines.append(
            f"Items from films and series that are public ({named}): models trained by others may have seen them, with labels "
            "of MELD and CH-SIMS too. This one {origin}."
        )
    if sides.test:
        lines += [
            f"test: {line}"
            for line in provenance_text(truth_provenance(sides.corpus, run.layer, sides.test, sides.split))
        ]
    return lines


def results_table(run: Run) -> str:
    """Return a table of the results of seeds, with mean and sd."""
    rows = [
        [
            str(each.seed),
            rounded(each.macro_f1),
            rounded(each.accuracy),
            rounded(each.loss),
            f"{each.best_epoch} of {each.num_epochs}",
            str(each.num_steps),
            f"{each.cpu_seconds:.0f}",
        ]
        for each in run.results
    ]
    rows += [[str(seed), "not done", "-", "-", "-", "-", "-"] for seed in run.unfinished]
    rows += [["mean", rounded(run.mean), "", "", "", "", ""], ["sd", rounded(run.sd), "", "", "", "", ""]]
    return table(["seed", "macro F1", "accuracy", "loss", "best epoch", "steps", "CPU s"], rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(printable(cell).replace('|', '&#124;') for cell in line)} |" for line in lines)


def bullets(lines: Iterable[str]) -> str:
    """Return lines as a list of Markdown."""
    return "\n".join(f"- {line}" for line in lines)
