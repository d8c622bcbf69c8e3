"""The card of a run of the kind `frozen`: what every card says, which networks it stands on, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping

from ...corpus import SYNTHETIC_REMARK, Clip, Monologue
from ...errors import printable
from ..run_folder import Run, rounded
from ..run_summary import bullets, classes_table, contamination, licences, made_by, sides_table, table
from ..sides import TRAINING_SIDES, Sides
from .networks import EXPRESSIONS, FACES_BACK, FACES_SHORT, VOICE, NetworkFile

_COUNTS = {
    "windows": "in the plans",
    "without_label": "without a label that counts",
    "unread": "that could not be read",
    "used": "used",
    "without_face": "of those without a face",
    "without_audio": "without audio",
    "without_speech": "without speech",
}


def frozen_summary(run: Run, sides: Sides, report: Mapping[str, object]) -> str:
    """Return the card of a run.

    Args:
        run: The run.
        sides: What it was trained with.
        report: What the fit found, as ``report.json`` has it; empty before it is done.
    """
    items: dict[str, Clip | Monologue] = {item.key: item for item in sides.corpus}
    by_side = {side: [items[key] for key in keys] for side, keys in sides.keys().items()}
    model = run.recipe["model"]
    assert isinstance(model, Mapping)
    channels = " and ".join(map(str, model["channels"]))
    networks = networks_of(model)
    parts = [
        f"# Run card: {printable(run.folder.resolve().name)}",
        *([f"**{SYNTHETIC_REMARK}**"] if run.synthetic else []),
        f"A model of the kind `frozen`: a logistic regression on statistics of {channels}, which networks of others give that "
        f"are not trained here. It says of a window or a clip which of the {len(run.classes)} classes of the layer "
        f"`{printable(run.layer)}` it is. Nobody here has measured whether the networks are right.",
        "## Data",
        sides_table(by_side),
        "Labels: clips, and seconds of monologues:",
        classes_table(by_side, run.layer, run.classes),
        bullets(run.remarks),
        "## Licence",
        bullets(
            [
                *(f"{each.name}: {each.licence}" for each in networks),
                *licences(by_side),
                "The coefficients: emos-io gives no licence for them. Terms of the data above may bind who passes them on.",
            ]
        ),
        "## Contamination",
        bullets(_lines_of_contamination(run, sides, by_side, networks)),
        "## Results",
        _results(report),
        "Validation decides nothing in this fit, yet recipes are chosen by it: score test with `emos predict` and "
        "`emos score`. The fit draws nothing, so that there is no spread over seeds.",
        "## How it was made",
        f"```text\n{printable(run.command)}\n```",
        made_by(run),
        bullets(f"{each.name}: {each.file}, sha256 {each.digest()}" for each in networks),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def networks_of(model: Mapping[str, object]) -> list[NetworkFile]:
    """Return the networks of a section ``[model]``."""
    channels = model["channels"]
    assert isinstance(channels, list | tuple)
    faces = FACES_BACK if model["detector"] == "back" else FACES_SHORT
    return [*([faces, EXPRESSIONS] if "video" in channels else []), *([VOICE] if "audio" in channels else [])]


def _lines_of_contamination(
    run: Run, sides: Sides, by_side: Mapping[str, list[Clip | Monologue]], networks: list[NetworkFile]
) -> list[str]:
    lines = contamination(
        run, sides, by_side, origin="stands on networks of others", chosen="validation decides nothing in its fit"
    )
    names = ", ".join(each.name for each in networks)
    return [*lines, f"What the networks were trained on is not known in full ({names}): it may have items of any side."]


def _results(report: Mapping[str, object]) -> str:
    sides = report.get("sides")
    if not isinstance(sides, Mapping):
        return "Not done."
    scores = [
        [side, rounded(sides[side]["macro_f1"]), rounded(sides[side]["accuracy"]), rounded(sides[side]["loss"])]
        for side in TRAINING_SIDES
    ]
    counts = [[text, *(str(sides[side][name]) for side in TRAINING_SIDES)] for name, text in _COUNTS.items()]
    absent = report.get("classes_without_windows")
    assert isinstance(absent, list)
    lines = [f"{report['iterations']} iterations"]
    if not report["converged"]:
        lines.append("The fit stopped before it converged: raise max_iterations under [training] of the recipe.")
    if absent:
        named = ", ".join(f"`{printable(str(each))}`" for each in absent)
        lines.append(f"No window of train has {named}: never answered.")
    return "\n\n".join(
        [
            table(["side", "macro F1", "accuracy", "loss"], scores),
            table(["windows", *TRAINING_SIDES], counts),
            bullets(lines),
        ]
    )
