"""Prove that the baseline needs eyes and ears: three seeds with both channels and with each alone, on speakers it never met.

python scripts/prove.py                          # the newest attempt; writes docs/results/prove-attempt-N.json
python scripts/prove.py --attempt 1 --out DIR    # an attempt again, into another folder

```text
 expressive corpus of the attempt's seed ── 40 speakers train, 8 validation, 64 test
      │
      ├── both    three seeds ──┬── predictions of test
      │                         └── ... with a channel taken away: no proof, since it never learned to do without
      ├── video   three seeds, as many steps
      └── audio   three seeds, as many steps
```

What is drawn and how the model learns was decided on other speakers (`DEVELOPMENT`). An attempt draws new ones, once; its
number, its seed and its result stand, also where it failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path

import emos_io
import proof_scores
from emos_io.corpus import SYNTHETIC_REMARK, Corpus, Split, keys_sha256, load_split
from emos_io.evaluation import predict_baseline, read_predictions
from emos_io.synthesize import MANIFEST, expressive_corpus, synthesize_expressive
from emos_io.train import predict_run, read_run, train
from emos_io.train.av_small.options import Channel
from emos_io.train.predict.ablation import Ablation
from emos_io.train.recipe import Recipe, read_recipe

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "results"
WORK = ROOT / "build" / "prove"
RECIPE = "av-small.toml"
DEVELOPMENT = (1000, 1001, 1002, 1003, 2000)
"""Seeds of the speakers on which face, voice and recipe were decided."""
ATTEMPTS = {1: 17_001, 2: 17_002}
"""The seed of each attempt, by its number."""
ARMS: dict[str, tuple[Channel, ...]] = {"both": ("video", "audio"), "video": ("video",), "audio": ("audio",)}
"""The channels of each arm that is trained."""
ABLATIONS: dict[str, Ablation] = {"no video": "video", "no audio": "audio", "audio of others": "swap-audio"}
"""What is taken away from the models of both channels, for the second table."""
SOURCES = ("synthesize/expressive", "train")
"""Rooms of the package that say what is drawn and how it is learned."""


@dataclass(frozen=True, slots=True)
class Design:
    """How large an attempt is.

    Attributes:
        train, validation, test: Speakers of each side; each has one monologue.
        seconds: Of a monologue.
        seeds: Of the models.
        epochs: At most, or None for those of the recipe.
        stops_early: Whether an arm stops as the recipe says; else every arm has all epochs, so that none has fewer steps.
    """

    train: int = 40
    validation: int = 8
    test: int = 64
    seconds: int = 40
    seeds: tuple[int, ...] = (0, 1, 2)
    epochs: int | None = None
    stops_early: bool = False


DESIGNS = {1: Design(stops_early=True)}
"""Designs of attempts that are not the default one."""


def prove(folder: Path, seed: int, design: Design = Design(), *, processes: int = 2) -> dict[str, object]:
    """Make the corpus, train all arms, predict and score; what is done already is kept.

    Args:
        folder: Where corpus, runs and predictions go.
        seed: Of the speakers.
        design: How large.
        processes: How many arms are trained side by side, on a core each.

    Returns:
        Values of JSON.

    Cost: about 15 minutes on two idle cores with the design that is the default.
    """
    # Before anything is trained: who edits these files meanwhile changes nothing of this attempt.
    sources = {name: _sources_sha256(name) for name in SOURCES}
    corpus, split = made_corpus(folder, seed, design)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        # The longest first.
        done = [pool.submit(trained, folder, arm, design) for arm in ARMS]
        for arm, each in zip(ARMS, done, strict=True):
            each.result()
            print(f"trained and predicted: {arm}", file=sys.stderr)
    majority = predict_baseline("majority", corpus, split)
    arms = {"majority": [majority]}
    arms |= {
        arm: [read_predictions(predictions_path(folder, arm, model_seed)) for model_seed in design.seeds]
        for arm in (*ARMS, *(f"both, {what}" for what in ABLATIONS))
    }
    found = proof_scores.compared(arms, corpus, split)
    return {
        "synthetic": SYNTHETIC_REMARK,
        "design": asdict(design),
        **proof_scores.as_values(found),
        "trainings": {arm: _trainings(folder, arm) for arm in ARMS},
        "bayes_accuracy": json.loads((folder / "corpus" / MANIFEST).read_text("utf-8"))["bayes_accuracy"],
        "sha256": {
            "keys": keys_sha256([item.key for item in corpus]),
            "split": split.sha256,
            "manifest": _sha256(folder / "corpus" / MANIFEST),
            "sources": sources,
            "recipes": {arm: recipe_of(arm, design).sha256 for arm in ARMS},
            "predictions": {path.name: _sha256(path) for path in sorted((folder / "predictions").glob("*.jsonl"))},
        },
        "versions": {name: metadata.version(name) for name in ("emos-io", "numpy", "torch")},
        "machine": {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()},
    }


def made_corpus(folder: Path, seed: int, design: Design) -> tuple[Corpus, Split]:
    """Return the corpus with its media, made where they are not there yet, and its sides by speaker."""
    total = design.train + design.validation + design.test
    drawn = expressive_corpus(total, seed=seed, seconds=design.seconds, clips_per_speaker=0)
    corpus = synthesize_expressive(drawn, folder / "corpus", seed=seed).corpus
    split = corpus.split(
        seed=seed, test=design.test / total, validation=design.validation / total, by=["speaker"], stratify=["language"]
    )
    sizes = {"train": design.train, "validation": design.validation, "test": design.test}
    assert {side: len(keys) for side, keys in split.sides().items()} == sizes, "one monologue a speaker"
    split.save(folder / "split.json")
    return corpus, split


def recipe_of(arm: str, design: Design) -> Recipe:
    """Return the recipe that ships, with the channels of an arm: all else is the same."""
    recipe = read_recipe(RECIPE)
    assert isinstance(recipe, Recipe), "the recipe that ships is of the small model"
    training = replace(recipe.training, seeds=design.seeds)
    if design.epochs is not None:
        training = replace(training, epochs=design.epochs)
    if not design.stops_early:
        training = replace(training, patience=training.epochs)
    return replace(recipe, model=replace(recipe.model, channels=ARMS[arm]), training=training)


def trained(folder: Path, arm: str, design: Design) -> None:
    """Train the models of an arm, and predict the test side with each."""
    corpus, split = Corpus.load(folder / "corpus"), load_split(folder / "split.json")
    (folder / "predictions").mkdir(exist_ok=True)
    run = train(recipe_of(arm, design), corpus, split, folder / "runs" / arm, device="cpu")
    for model_seed in design.seeds:
        asked: dict[str, Ablation | None] = {arm: None}
        if arm == "both":
            asked |= {f"{arm}, {name}": what for name, what in ABLATIONS.items()}
        for name, ablate in asked.items():
            predict_run(
                run,
                corpus,
                predictions_path(folder, name, model_seed),
                split=split,
                side="test",
                ablate=ablate,
                model_seed=model_seed,
            )


def predictions_path(folder: Path, arm: str, model_seed: int) -> Path:
    """Return where the predictions of a model are."""
    return folder / "predictions" / f"{arm.replace(',', '').replace(' ', '-')}-seed-{model_seed}.jsonl"


def _trainings(folder: Path, arm: str) -> list[dict[str, object]]:
    """Return how the training of each seed went."""
    run = read_run(folder / "runs" / arm)
    names = ("seed", "cpu_seconds", "num_epochs", "num_steps", "best_epoch", "stopped", "macro_f1")
    return [{name: asdict(each)[name] for name in names} for each in run.results]


def _sources_sha256(room: str) -> str:
    """Return the checksum of the names and texts of a room of the package."""
    digest = hashlib.sha256()
    folder = Path(emos_io.__file__).parent / room
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".toml")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    """Return the checksum of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: Sequence[str]) -> int:
    """Run an attempt, and write what it found."""
    parser = argparse.ArgumentParser(description="Prove that the baseline needs eyes and ears.")
    parser.add_argument("--attempt", type=int, choices=sorted(ATTEMPTS), default=max(ATTEMPTS), help="its number")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the result")
    options = parser.parse_args(arguments)
    file = options.out / f"prove-attempt-{options.attempt}.json"
    if file.exists():
        print(
            f"the result of attempt {options.attempt} stands; give --out another folder to run it again: {file}",
            file=sys.stderr,
        )
        return 3
    # Of the processes that train: one thread each, so that CPU seconds are those of one core.
    os.environ["OMP_NUM_THREADS"] = "1"
    seed, start = ATTEMPTS[options.attempt], time.monotonic()
    folder = WORK / f"attempt-{options.attempt}"
    folder.mkdir(parents=True, exist_ok=True)
    found = {"attempt": options.attempt, "seed": seed, **prove(folder, seed, DESIGNS.get(options.attempt, Design()))}
    found["wall_seconds"] = round(time.monotonic() - start)
    options.out.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps({name: found[name] for name in ("differences", "checks", "passed")}, indent=1))
    print(file)
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
