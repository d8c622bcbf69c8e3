"""Write what crowd-kit answers to matrices of votes; tests compare with it where crowd-kit is not installed.

python scripts/crowd_kit_answers.py    # seconds; needs crowd-kit and openpyxl, and the release in EMOS_RELEASE

It writes `tests/golden/crowd_kit.json`, and prints the versions that made it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import platform
import random
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden" / "crowd_kit.json"
RELEASE = Path(os.environ.get("EMOS_RELEASE", ROOT.parent / "shared" / "emos-release"))
SHAPES = ((40, 3, 2), (40, 4, 3), (50, 6, 4), (60, 5, 5), (60, 6, 2), (50, 3, 5))
"""Items, raters and classes of the invented matrices."""
ENDLESS = -1e9
"""A tolerance with which crowd-kit makes all of its steps: with 0 it stops where its bound falls by rounding."""
STEPS = 50
CHSIMS = "data-final/datasets/ch-simsv2s/First-2500/analysis_outputs/basic7/annotated_with_ds.xlsx"
BASIC7 = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
EVERY = 20
"""Each twentieth clip of CH-SIMS is taken."""

Votes = list[list[int]]


def invented(items: int, raters: int, classes: int, seed: int) -> Votes:
    """Return votes of raters from bad to good, a sixth of them missing, and at least one on each item."""
    draw = random.Random(seed)
    votes: Votes = []
    for number in range(items):
        truth = number % classes
        row = [truth if draw.random() < 0.5 + 0.4 * r / raters else draw.randrange(classes) for r in range(raters)]
        given = [-1 if draw.random() < 1 / 6 else vote for vote in row]
        votes.append(given if max(given) >= 0 else row)
    return votes


def published() -> Votes:
    """Return the votes of three raters on some clips of CH-SIMS, as classes alone."""
    read_excel = importlib.import_module("pandas").read_excel
    table = read_excel(RELEASE / CHSIMS, keep_default_na=False)[["a1", "a2", "a3"]]
    return [[BASIC7.index(label.lower()) for label in row] for row in table.to_numpy()[::EVERY].tolist()]


def answers(votes: Votes, classes: int) -> Iterator[dict[str, object]]:
    """Yield the answers of each method: probabilities of the classes for each item, and the steps that were made."""
    crowdkit, pandas = importlib.import_module("crowdkit.aggregation"), importlib.import_module("pandas")
    cells = [(n, r, vote) for n, row in enumerate(votes) for r, vote in enumerate(row) if vote >= 0]
    table = pandas.DataFrame(cells, columns=["task", "worker", "label"])
    models: list[tuple[str, float | None, Any]] = [("majority", None, crowdkit.MajorityVote())]
    for method, name in (("dawid_skene", "DawidSkene"), ("one_coin", "OneCoinDawidSkene")):
        models += [(method, tol, getattr(crowdkit, name)(n_iter=STEPS, tol=tol)) for tol in (0.0, ENDLESS)]
    for method, tolerance, model in models:
        found = model.fit_predict_proba(table).sort_index().reindex(columns=range(classes), fill_value=0.0)
        steps: dict[str, object] = {} if tolerance is None else {"tol": tolerance, "steps": len(model.loss_history_)}
        yield {
            "method": method,
            **steps,
            "probabilities": [[float(f"{value:.12g}") for value in row] for row in found.to_numpy().tolist()],
        }


def main() -> None:
    """Write the file."""
    warnings.filterwarnings("ignore")
    matrices = [
        (f"invented {shape[2]} classes {shape[1]} raters", invented(*shape, seed), shape[2])
        for seed, shape in enumerate(SHAPES)
    ]
    matrices.append(("CH-SIMS", published(), len(BASIC7)))
    found = [
        {"name": name, "classes": classes, "votes": votes, "answers": list(answers(votes, classes))}
        for name, votes, classes in matrices
    ]
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in found)
    GOLDEN.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("crowd-kit", "numpy", "pandas")]
    sys.stdout.write(
        ", ".join([*versions, f"Python {platform.python_version()}"]) + f": {GOLDEN.stat().st_size} bytes\n"
    )


if __name__ == "__main__":
    main()
