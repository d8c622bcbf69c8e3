"""Runs of the kind `av-small`: causal networks of frames and waveform, trained from random weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from .any_recipe import AnyRecipe
from .channel_check import check_channels, count_channels
from .recipe import Recipe
from .results import SeedResult
from .run_folder import BEST, CHECKPOINT, Run
from .run_kind import Prepared, Progress, RunKind, Settings
from .run_summary import summary_text
from .sides import TRAINING_SIDES, Sides

if TYPE_CHECKING:
    from .loop import TrainProgress


class AVSmallRun(RunKind):
    """The kind `av-small`."""

    libraries: ClassVar[tuple[str, ...]] = ("numpy", "torch", "torchdata")
    kept: ClassVar[tuple[str, ...]] = ("emos_io", "torch")

    def prepare(self, recipe: AnyRecipe, sides: Sides, settings: Settings, progress: Progress | None) -> Prepared:
        """Look up the channels of all media, and plan the windows."""
        assert isinstance(recipe, Recipe)
        channels = _channel_remarks(recipe, sides, progress)
        from .plans import side_plans

        plans = side_plans(recipe, sides)
        unread = []
        for side, plan in (("train", plans.train), ("validation", plans.validation)):
            if plan.skipped:
                first = plan.skipped[0]
                what = "item is" if len(plan.skipped) == 1 else "items are"
                unread.append(f"{len(plan.skipped)} {what} left out of {side}, {first.key} first: {first.reason}")
        return Prepared(plans=plans.fingerprints(), classes=plans.classes, remarks=(*channels, *unread))

    def weights(self, folder: Path) -> Path:
        """Return the path of the weights of the best epoch."""
        return folder / BEST

    def has_begun(self, folder: Path) -> bool:
        """Return whether there is a checkpoint."""
        return (folder / CHECKPOINT).exists()

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
        """Train a seed, or go on with it."""
        assert isinstance(recipe, Recipe)
        # torch is loaded once everything else is known to fit.
        from .loop import train_seed

        show = None if progress is None else _of_seed(progress, seed)
        return train_seed(recipe, sides, folder, seed=seed, device=settings.device, progress=show)

    def summary(self, run: Run, sides: Sides) -> str:
        """Return the card."""
        return summary_text(run, sides)


def _channel_remarks(recipe: Recipe, sides: Sides, progress: Progress | None) -> tuple[str, ...]:
    silence = recipe.data.missing_audio == "silence"
    lines: list[str] = []
    for side in TRAINING_SIDES:

        def show(done: int, total: int, side: str = side) -> None:
            if progress is not None:
                progress(f"media of {side}", done, total)

        counts = count_channels(sides.corpus, sides.keys()[side], show)
        lines += check_channels(counts, side, recipe.model.channels, silence_allowed=silence)
    return tuple(lines)


def _of_seed(progress: Progress, seed: int) -> Callable[[TrainProgress], None]:
    def show(now: TrainProgress) -> None:
        progress(f"seed {seed}, epoch {now.epoch + 1} of {now.num_epochs}, {now.phase}", now.step, now.num_steps)

    return show
