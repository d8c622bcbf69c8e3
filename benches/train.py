"""Time a training of av-small, and `emos demo` from nothing to its table.

CPU seconds of all processes, and wall seconds, which other work on the machine makes longer. Answers are checked first: the
demo streams every window once, and its model is above majority on held-out speakers.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import TypedDict

from emos_io.corpus import Corpus
from emos_io.synthesize import expressive_corpus, synthesize_expressive
from emos_io.train import Run, train

HERE = Path(__file__).parent
LIBRARIES = ("emos-io", "numpy", "scikit-learn", "torch")
NUM_TRAIN, NUM_VALIDATION, SECONDS = 32, 8, 40
"""Speakers of the training that is timed by itself, as many to learn from as in `make prove`; seconds of each."""
GOAL_CPU_SECONDS = 180


class Taken(TypedDict):
    """Seconds of something."""

    cpu_seconds: float
    wall_seconds: float


class Demo(Taken):
    """Seconds of the demo, of all its processes, and those of its training alone."""

    training_cpu_seconds: float


def main() -> None:
    """Run both and write benches/results/train.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "results" / "train.json")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        demo = timed_demo(Path(folder))
        training = timed_training(Path(folder))
    report = {
        "machine": {
            "cores": os.cpu_count(),
            "load_before": load,
            "python": platform.python_version(),
            "versions": {name: metadata.version(name) for name in LIBRARIES},
        },
        "recipe": "av-small.toml",
        "training": {"speakers": NUM_TRAIN, "seconds_each": SECONDS, "goal_cpu_seconds": GOAL_CPU_SECONDS},
        "results": {"training": training, "demo": demo},
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report["results"], indent=2))


def timed_demo(folder: Path) -> Demo:
    """Run the demo in an empty folder, and check what it gives."""
    environment = {name: value for name, value in os.environ.items() if name != "EMOS_RELEASE"}
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "emos_io", "demo", "--json"]
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(done.stdout)
    assert found["windows_streamed_once"], "a window was lost, repeated or not equal"
    (model,) = [row for row in found["scores"] if Path(row["file"]).name == "model.jsonl"]
    assert model["macro_f1_minus_first"]["low"] > 0, "the model is not above majority"
    result = json.loads((folder / "demo-out" / "run" / "seed-0" / "result.json").read_text())
    return {
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "wall_seconds": round(wall, 1),
        "training_cpu_seconds": round(result["cpu_seconds"], 1),
    }


def timed_training(folder: Path) -> Taken:
    """Train one seed; making the media is not timed."""
    made = synthesize_expressive(
        expressive_corpus(NUM_TRAIN + NUM_VALIDATION + 1, seed=1, seconds=SECONDS, clips_per_speaker=0),
        folder / "expressive",
        seed=1,
    )
    run, wall = _trained(made.corpus, folder / "run")
    return {"cpu_seconds": round(run.results[0].cpu_seconds, 1), "wall_seconds": round(wall, 1)}


def _trained(corpus: Corpus, folder: Path) -> tuple[Run, float]:
    keys = sorted(corpus.monologues.keys())
    rest = (NUM_VALIDATION / len(keys), 1 / len(keys))
    split = corpus.split(seed=1, validation=rest[0], test=rest[1], by=["speaker"])
    assert len(split.train) == NUM_TRAIN, f"{len(split.train)} speakers to learn from"
    begun = time.perf_counter()
    run = train("av-small.toml", corpus, split, folder, seeds=[0], device="cpu")
    return run, time.perf_counter() - begun


if __name__ == "__main__":
    main()
