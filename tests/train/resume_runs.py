"""A process of its own that forks trainings and kills them: ``python resume_runs.py CORPUS OUT CHAINS``; prints JSON.

It imports torch once, and each training is a child of it that SIGKILLs itself at a moment; then another child goes on. A child
that is forked needs a tenth of the time of a process that is started.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch
from loop_help import tiny_recipe, two_sides

from emos_io.corpus import Corpus
from emos_io.train.loop import TrainProgress, train_seed

RECIPE = tiny_recipe()
Moment = tuple[str, int, int]
"""Phase, epoch and step of a progress; or ``before`` or ``after`` with a file's name, how often it had got it, and 0."""


def forked(work: Callable[[], None]) -> int:
    """Run a function in a child; return its status: 0, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_myself() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def trained(corpus: Path, folder: Path, at: Moment | None = None) -> int:
    """Train in a child that dies at a moment; None lets it live."""

    def work() -> None:
        def watch(progress: TrainProgress) -> None:
            if (progress.phase, progress.epoch, progress.step) == at:
                kill_myself()

        named: Counter[str] = Counter()
        replace = Path.replace

        def watched(partial: Path, path: Path) -> Path:
            if (f"before {path.name}", named[path.name], 0) == at:
                kill_myself()
            result = replace(partial, path)
            if (f"after {path.name}", named[path.name], 0) == at:
                kill_myself()
            named[path.name] += 1
            return result

        Path.replace = watched  # type: ignore[method-assign, assignment]
        train_seed(RECIPE, two_sides(Corpus.load(corpus)), folder, seed=1, progress=watch)

    return forked(work)


def main(corpus: Path, out: Path, chains: dict[str, list[Moment]]) -> dict[str, list[int]]:
    """Train once for each chain of moments: killed at each of them, and then to the end; return how the children ended."""
    # Both load half of what they can, which children then share.
    torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))])
    importlib.import_module("torch.utils.tensorboard")
    return {
        name: [*(trained(corpus, out / name, each) for each in moments), trained(corpus, out / name)]
        for name, moments in chains.items()
    }


if __name__ == "__main__":
    given = {name: [tuple(each) for each in moments] for name, moments in json.loads(sys.argv[3]).items()}
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), given)))
