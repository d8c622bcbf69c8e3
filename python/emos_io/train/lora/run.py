"""Runs of the kind ``"lora"``: what is checked before the first step, and each seed from the base model to its result."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..._files import write_text
from ...adapters import Family, fit_tokens, lengths
from ...errors import InvalidArgument
from ...inference.saved_model import SavedModel, quiet_transformers
from ...pipes import WindowLoader
from ..any_recipe import AnyRecipe
from ..channel_check import count_channels
from ..plans import HasSides
from ..processes import process_number
from ..results import SeedResult, read_result
from ..run_folder import Run
from ..run_kind import Prepared, Progress, RunKind, Settings
from ..seed_folder import seed_folder
from ..sides import TRAINING_SIDES, Sides
from .adapter import count_weights, prepared_model
from .base_model import base_identity, needed, read_base, weights_dtype
from .checkpoints import CHECKPOINTS, remove_incomplete
from .memory import check_memory, estimate_memory, fit_advice, gpu_memory_gib, peak_memory
from .recipe import LoraRecipe
from .records import LOG, LOG_COLUMNS, Table
from .scoring import SideScore, conversation_of, score_side
from .summary import summary_text
from .together import together
from .tuned import ADAPTER, MODEL, PROCESSOR, tuned_model
from .windows import LearnedSide, learned_side, learning_family, recipe_prompt, taxonomies

if TYPE_CHECKING:
    from torch import nn

FACTS = "facts.json"
"""What is known of a seed beside its result."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What a training needs before weights are loaded."""

    base: SavedModel
    train: LearnedSide
    validation: LearnedSide


class LoraRun(RunKind):
    """The kind ``"lora"``."""

    libraries: ClassVar[tuple[str, ...]] = ("numpy", "torch", "transformers", "peft", "accelerate")
    kept: ClassVar[tuple[str, ...]] = ("emos_io", "torch", "transformers", "peft", "accelerate")
    kept_facts: ClassVar[Mapping[str, str]] = dict.fromkeys(("base_sha256", "base_revision"), "another base model")
    estimates_memory: ClassVar[bool] = True
    trains_together: ClassVar[bool] = True

    def __init__(self) -> None:
        self._known: _Prepared | None = None

    def prepare(self, recipe: AnyRecipe, sides: Sides, settings: Settings, progress: Progress | None) -> Prepared:
        """Read the base model's configuration, plan the windows, count what learns, and compare lengths and memory."""
        assert isinstance(recipe, LoraRecipe)
        base = read_base(recipe.model.base)
        remarks = _channel_remarks(recipe, base, sides, progress)
        known = _Prepared(
            base,
            learned_side(recipe, sides, "train", opens_files=True),
            learned_side(recipe, sides, "validation", opens_files=True),
        )
        self._known = known
        for side in (known.train, known.validation):
            remarks += side.remarks()
        family = _family(recipe, base, sides, known.train)
        _check_lengths(recipe, base, known, family)
        counts = count_weights(base, recipe.model)
        estimate = estimate_memory(base, recipe, counts, int(lengths(known.train.plan, family).max()))
        memory = gpu_memory_gib(settings.device) if settings.memory_gib is None else settings.memory_gib
        settings.tell(str(counts))
        settings.tell(f"memory: {estimate}" + ("" if memory is None else f", of {memory:g} GiB"))
        if memory is not None:
            check_memory(estimate, memory, base, recipe, counts, known.train.plan, family)
        return Prepared(
            plans={side.name: side.plan.fingerprint for side in (known.train, known.validation)},
            classes=taxonomies(recipe, sides.corpus)[0].labels,
            remarks=tuple(remarks),
            facts={
                "family": base.family.name,
                **base_identity(base),
                "prompt_sha256": recipe_prompt(recipe).sha256,
                "trainable_parameters": counts.trainable,
                "parameters": counts.all,
                "memory_estimate": estimate.as_dict(),
            },
        )

    def weights(self, folder: Path) -> Path:
        """Return the path of the weights that were trained."""
        adapter = folder / ADAPTER / "adapter_model.safetensors"
        return adapter if adapter.exists() or not (folder / MODEL).is_dir() else folder / MODEL / "config.json"

    def has_begun(self, folder: Path) -> bool:
        """Return whether there is a checkpoint, or what was trained."""
        names = (ADAPTER, MODEL)
        return any(folder.glob("checkpoints/checkpoint-*")) or any((folder / name).is_dir() for name in names)

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
        assert isinstance(recipe, LoraRecipe) and self._known is not None
        with seed_folder(folder):
            done = read_result(folder)
            return done or _Seed(recipe, sides, self._known, folder, seed, settings, progress).run()

    def train_together(
        self, recipe: AnyRecipe, sides: Sides, run: Run, settings: Settings, progress: Progress | None
    ) -> None:
        """Train each seed that has no weights yet, on the GPUs of all processes."""
        assert isinstance(recipe, LoraRecipe) and self._known is not None
        is_first = process_number() == 0
        with together(settings.device) as group:
            waiting = [seed for seed in run.unfinished if not self.weights(run.seed_folder(seed)).exists()]
            for seed in group.agreed(waiting if is_first else []):
                folder = run.seed_folder(seed)
                with seed_folder(folder) if is_first else nullcontext():
                    if is_first:
                        remove_incomplete(folder / CHECKPOINTS)
                    # Others look for checkpoints once the folder is there.
                    group.wait()
                    _Seed(recipe, sides, self._known, folder, seed, settings, progress).train()
                    group.wait()

    def seed_facts(self, folder: Path) -> Mapping[str, object]:
        """Return how it answers on both sides, and the memory that it took."""
        facts: Mapping[str, object] = json.loads((folder / FACTS).read_text("utf-8"))
        return facts

    def summary(self, run: Run, sides: Sides) -> str:
        """Return the card."""
        return summary_text(run, sides)


class _Seed:
    """One seed on its way."""

    def __init__(
        self,
        recipe: LoraRecipe,
        sides: HasSides,
        known: _Prepared,
        folder: Path,
        seed: int,
        settings: Settings,
        progress: Progress | None,
    ) -> None:
        self.recipe, self.sides, self.known, self.folder = recipe, sides, known, folder
        self.seed, self.settings, self.progress = seed, settings, progress
        self.family = _family(recipe, known.base, sides, known.train)
        self.started = time.process_time()

    def run(self) -> SeedResult:
        """Train it, score it, and write what came of it."""
        from ..exactness import checked_device, exact_torch

        if not (self.folder / self._trained).is_dir():
            self.train()
        with exact_torch(self.seed, 1, checked_device(self.settings.device)):
            return self._scored()

    def train(self) -> None:
        """Train it, or go on with it; the first process writes what was trained."""
        from ..exactness import checked_device, exact_torch

        device = checked_device(self.settings.device)
        with exact_torch(self.seed, 1, device), peak_memory(device.type) as peak:
            model = self._fine_tuned()
            if process_number() == 0:
                self._write_facts(memory_peak_gib=peak())
                self._save(model)
                shutil.rmtree(self.folder / CHECKPOINTS, ignore_errors=True)

    @property
    def _trained(self) -> str:
        return ADAPTER if self.recipe.model.weights == "lora" else MODEL

    def _fine_tuned(self) -> nn.Module:
        # transformers' Trainer is imported once all is known to fit.
        from .trainer import KeyedInputs, fine_tune

        recipe, base = self.recipe, self.known.base
        model = prepared_model(base.load(weights_dtype(recipe.model)), recipe.model)
        plan = learned_side(recipe, self.sides, "train", seed=self.seed).plan

        def make_loader() -> WindowLoader[dict[str, object]]:
            return WindowLoader(
                plan, **self.family.reads, collate=KeyedInputs(self.family), on_error=recipe.data.on_error
            )

        fine_tune(
            model,
            make_loader,
            recipe,
            self.folder,
            seed=self.seed,
            device=self.settings.device,
            number=process_number(),
            steps=self._steps(),
        )
        return model

    def _save(self, model: nn.Module) -> None:
        """Write processor and weights, each as a whole: the weights last, since they say that it is trained."""
        saved: Any = model
        for name, each in ((PROCESSOR, self.known.base.processor), (self._trained, saved)):
            part = self.folder / f"{name}.part"
            shutil.rmtree(part, ignore_errors=True)
            with quiet_transformers(needed("transformers")):
                each.save_pretrained(str(part))
            if name == PROCESSOR:
                self.known.base.config.save_pretrained(str(part))
            shutil.rmtree(self.folder / name, ignore_errors=True)
            part.rename(self.folder / name)

    def _scored(self) -> SeedResult:
        recipe, base = self.recipe, self.known.base
        model, _ = tuned_model(recipe, self.folder, device=self.settings.device, base=base)
        scores: dict[str, SideScore] = {}
        for side in (self.known.train, self.known.validation):
            scores[side.name] = score_side(model, base.processor, recipe, self.sides, side, self._answered())
        rows = Table(self.folder / LOG, LOG_COLUMNS).rows()
        self._write_facts(scored={name: score.as_dict() for name, score in scores.items()})
        result = SeedResult(
            seed=self.seed,
            best_epoch=recipe.training.epochs - 1,
            num_epochs=recipe.training.epochs,
            num_steps=int(rows[-1][0]),
            macro_f1=scores["validation"].macro_f1,
            accuracy=scores["validation"].accuracy,
            loss=float(rows[-1][2]),
            cpu_seconds=round(float(rows[-1][-1]) + time.process_time() - self.started, 2),
            stopped="epochs",
            training_accuracy=scores["train"].accuracy,
        )
        result.save(self.folder)
        return result

    def _write_facts(self, **facts: object) -> None:
        """Write facts of the seed beside those that are written."""
        path = self.folder / FACTS
        before = json.loads(path.read_text("utf-8")) if path.exists() else {}
        write_text(path, json.dumps({**before, **facts}, indent=1) + "\n")

    def _steps(self) -> Callable[[int, int, int], None] | None:
        progress, seed, epochs = self.progress, self.seed, self.recipe.training.epochs
        if progress is None:
            return None
        return lambda epoch, done, total: progress(f"seed {seed}, epoch {epoch + 1} of {epochs}", done, total)

    def _answered(self) -> Callable[[str, int, int], None] | None:
        progress, seed = self.progress, self.seed
        if progress is None:
            return None
        return lambda side, done, total: progress(f"seed {seed}, answers about {side}", done, total)


def _family(recipe: LoraRecipe, base: SavedModel, sides: HasSides, side: LearnedSide) -> Family:
    conversation = conversation_of(recipe, sides.corpus, side.answers.texts)
    return learning_family(recipe, base.family, base.processor, conversation)


def _channel_remarks(recipe: LoraRecipe, base: SavedModel, sides: Sides, progress: Progress | None) -> list[str]:
    """Refuse media without what the model takes; return what else is to be known of them."""
    lines = []
    for side in TRAINING_SIDES:

        def show(done: int, total: int, side: str = side) -> None:
            if progress is not None:
                progress(f"media of {side}", done, total)

        counts = count_channels(sides.corpus, sides.keys()[side], show)
        without = counts.lacking["video"]
        if without:
            raise InvalidArgument(
                f"corpus must have video in {side}, got {len(without)} of {counts.read} files without, such as {without[0]!r}; "
                "leave them out of the corpus, or give media with video",
                key=without[0],
            )
        silent = counts.lacking["audio"]
        if silent and base.family.hears and recipe.data.missing_audio == "raise":
            raise InvalidArgument(
                f"corpus must have audio in {side}, got {len(silent)} of {counts.read} files without, such as {silent[0]!r}; "
                'set missing_audio = "silence" or "omit" under [data] of the recipe, or give media with audio',
                key=silent[0],
            )
        if silent:
            lines.append(f"{len(silent)} of {counts.read} files of {side} have no audio")
    if not base.family.hears:
        lines.append(f"models of the family {base.family.name} hear nothing: audio is not used")
    return lines


def _check_lengths(recipe: LoraRecipe, base: SavedModel, known: _Prepared, family: Family) -> None:
    """Refuse windows of more tokens than the model takes, and those whose length the family refuses."""
    limit = recipe.training.max_tokens or base.max_tokens
    for side in (known.train, known.validation):
        fit = fit_tokens(side.plan, family, limit)
        if fit.num_too_long or fit.num_refused:
            first = str(fit).partition(";")[0]
            advice = ", or ".join([*fit_advice(fit), "leave them out of the split"])
            raise InvalidArgument(
                f"windows of {side.name} must have at most {limit:,} tokens, got {first}; what would fit: {advice}"
            )
