"""The windows of a side, the answers about them, and the family that makes the inputs of the model of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

from ...adapters import Conversation, Family
from ...corpus import Clip, Corpus, Taxonomy
from ...errors import InvalidArgument
from ...evaluation import Prompt, prompt
from ...pipes import MissingAudio
from ...plan import LabelRule, PlanOnError, WindowPlan
from ...spans import Span
from ..plans import HasSides
from ..processes import num_processes
from .answers import LearnedAnswers, learned_answers, window_labels
from .recipe import LoraRecipe

if TYPE_CHECKING:
    from fractions import Fraction

    from transformers import ProcessorMixin


class FamilyOptions(TypedDict):
    """Options of a `Family` that a recipe decides: the same for training and for prediction."""

    fps: Fraction
    size: tuple[int, int]
    pixels: tuple[int, int] | None
    missing_audio: MissingAudio
    missing_frames: Literal["black"]
    odd_frames: Literal["repeat_last"]


@dataclass(frozen=True, slots=True)
class LearnedSide:
    """One side of a training.

    Attributes:
        name: ``"train"`` or ``"validation"``.
        plan: Its windows.
        answers: What is learned about them.
        left_out: Keys of clips that have no answer, which are not in the plan.
    """

    name: str
    plan: WindowPlan
    answers: LearnedAnswers
    left_out: tuple[str, ...]

    def remarks(self) -> list[str]:
        """Return what is to be known of it, one line each."""
        lines = []
        if self.left_out:
            what = "clip lacks" if len(self.left_out) == 1 else "clips lack"
            lines.append(
                f"{len(self.left_out)} {what} a label of a layer that is asked for, and {_is(self.left_out)} left out of "
                f"{self.name}: {self.left_out[0]} first"
            )
        silent = len(self.answers.texts) - self.answers.num_learned
        if silent:
            lines.append(f"{silent} of {len(self.answers.texts)} windows of {self.name} have no answer to learn")
        if self.plan.skipped:
            first = self.plan.skipped[0]
            what = "item is" if len(self.plan.skipped) == 1 else "items are"
            lines.append(f"{len(self.plan.skipped)} {what} left out of {self.name}, {first.key} first: {first.reason}")
        return lines


def taxonomies(recipe: LoraRecipe, corpus: Corpus) -> tuple[Taxonomy, ...]:
    """Return the taxonomies of the recipe's layers.

    Raises:
        InvalidArgument: The corpus and the package know none of that name.
    """
    return tuple(corpus.taxonomy(layer) for layer in recipe.layers)


def learned_side(
    recipe: LoraRecipe, sides: HasSides, name: str, *, seed: int = 0, opens_files: bool = False
) -> LearnedSide:
    """Return a side: clips as one window each, monologues cut by the hop.

    Args:
        recipe: What kinds of items, how windows are cut, what is asked.
        sides: The corpus, and the keys of each side.
        name: ``"train"``: batches in another order in every epoch; or ``"validation"``: in the order of the corpus.
        seed: Decides that order.
        opens_files: Whether every file is opened, so that those that cannot be read are known before the first step.

    Raises:
        InvalidArgument: The side has no item of the recipe's kinds, none with an answer, or a monologue is shorter than a
            window.
        SourceUnreadable: A file cannot be read, and the recipe's `data.on_error` is ``"raise"``.
    """
    corpus, layers, data = sides.corpus, taxonomies(recipe, sides.corpus), recipe.data
    keys = set(sides.train if name == "train" else sides.validation)
    clips = [item for item in corpus.clips if item.key in keys] if "clips" in data.kinds else []
    monologues = [item for item in corpus.monologues if item.key in keys] if "monologues" in data.kinds else []
    learned = [clip for clip in clips if _has_all(clip, layers)]
    if not learned and not monologues:
        without = (
            f"{len(clips)} clips without a label in {_names(layers)}" if clips else f"{len(keys)} items of other kinds"
        )
        raise InvalidArgument(
            f"the side {name} must have items with an answer to learn, got {without}; set kinds under [data] or layers under "
            "[prompt] of the recipe, or give another split",
            key=clips[0].key if clips else None,
        )
    shortest = min(monologues, key=lambda item: item.duration, default=None)
    if shortest is not None and shortest.duration < data.seconds:
        raise InvalidArgument(
            f"data.seconds must be at most {float(shortest.duration):g}, the length of {shortest.key!r}, got "
            f"{float(data.seconds):g}; give shorter windows in the recipe, or a split without it",
            key=shortest.key,
        )
    rule = LabelRule(layers[0], label_at="majority")
    on_error: PlanOnError | None = ("raise" if data.on_error == "raise" else "skip") if opens_files else None
    is_train = name == "train"
    lanes = data.batch * num_processes() if is_train else 1
    plans = []
    if learned:
        plans.append(
            WindowPlan(
                learned,
                by="clip",
                labels=rule,
                order="shuffle" if is_train else "sequential",
                num_lanes=lanes,
                seed=seed,
                on_error=on_error,
            )
        )
    if monologues:
        plans.append(
            WindowPlan(
                monologues,
                data.seconds,
                data.hop,
                labels=rule,
                order="shuffle" if is_train else "sequential",
                num_lanes=lanes,
                seed=seed,
                on_error=on_error,
            )
        )
    plan = plans[0] if len(plans) == 1 else WindowPlan.mix(plans, num_lanes=lanes, seed=seed)
    answers = learned_answers(corpus, plan, recipe_prompt(recipe), layers)
    if is_train and not answers.num_learned:
        raise InvalidArgument(
            f"the side {name} must have windows with an answer to learn, got {len(plan)} without a label in {_names(layers)}; "
            "set layers under [prompt] of the recipe, or give another split"
        )
    chosen = {clip.key for clip in learned}
    return LearnedSide(name, plan, answers, tuple(clip.key for clip in clips if clip.key not in chosen))


def recipe_prompt(recipe: LoraRecipe) -> Prompt:
    """Return the prompt of a recipe."""
    return prompt(recipe.prompt.name)


def family_options(recipe: LoraRecipe) -> FamilyOptions:
    """Return what a recipe decides of how windows are read."""
    data = recipe.data
    return {
        "fps": data.fps,
        "size": data.size,
        "pixels": (data.pixels[0], data.pixels[1]) if data.pixels else None,
        "missing_audio": data.missing_audio,
        "missing_frames": "black",
        "odd_frames": "repeat_last",
    }


def learning_family(
    recipe: LoraRecipe, family: type[Family], processor: ProcessorMixin, conversation: Conversation
) -> Family:
    """Return the collate function of a training.

    Raises:
        InvalidArgument: The processor takes no such frames.
    """
    try:
        return family(processor, conversation, turns=recipe.prompt.turns, unlabelled="allow", **family_options(recipe))
    except InvalidArgument as error:
        name = str(error).partition(" ")[0]
        error.args = (f"data.{error}" if name in {"fps", "size", "pixels"} else str(error),)
        raise


def _has_all(clip: Clip, layers: Sequence[Taxonomy]) -> bool:
    # The labels of a clip do not depend on its length.
    found: Mapping[str, object] = window_labels(clip, Span(0, 1), layers)
    return len(found) == len(layers)


def _names(layers: Sequence[Taxonomy]) -> str:
    return " and ".join(layer.name for layer in layers)


def _is(keys: Sequence[str]) -> str:
    return "is" if len(keys) == 1 else "are"
