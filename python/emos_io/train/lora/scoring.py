"""How a fine-tuned model answers: on items that it learned beside those of validation, with the inputs of its training."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, cast

from ...adapters import family_of
from ...corpus import Corpus, Taxonomy
from ...evaluation.parsing import parse_clip
from ...inference import Answer, FrameOptions, Questions, TransformersEngine
from ...inference.conversation import PromptConversation
from ...pipes import AudioSpec, VideoSpec
from ..plans import HasSides
from .answers import window_labels
from .recipe import LoraRecipe
from .windows import LearnedSide, family_options, learned_side, recipe_prompt, taxonomies

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel, ProcessorMixin

Answered = Callable[[str, int, int], None]
"""Called with the name of a side, the windows that are answered and those that there are."""


@dataclass(frozen=True, slots=True)
class SideScore:
    """How answers of a side agree with its labels, in the first layer.

    Attributes:
        items: Items that were asked about.
        of_items: Items of the side; where it is more, those were asked whose keys have the first sha256.
        windows: Windows that were asked about, each with a label.
        accuracy: Share of windows whose labels are answered exactly; an answer that does not parse is wrong.
        macro_f1: Mean F1 over the labels that are true or answered of some window.
        unparsed: Answers that do not parse.
    """

    items: int
    of_items: int
    windows: int
    accuracy: float
    macro_f1: float
    unparsed: int

    def as_dict(self) -> dict[str, float | int]:
        """Return the values by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Items of one side alone, as sides."""

    corpus: Corpus
    train: Sequence[str]
    validation: Sequence[str]


def conversation_of(
    recipe: LoraRecipe, corpus: Corpus, answers: Mapping[str, str | None] | None = None
) -> PromptConversation:
    """Return what a recipe asks of a window.

    Args:
        recipe: The prompt, its language and layers.
        corpus: Its items say their language.
        answers: In training the answer to learn by the key of the window; None to ask alone.
    """
    return PromptConversation(
        prompt=recipe_prompt(recipe),
        layers=taxonomies(recipe, corpus),
        languages={item.key: item.language or "" for item in corpus},
        language=recipe.prompt.language,
        transcript=recipe.data.transcript,
        answers=answers,
    )


def score_side(
    model: nn.Module,
    processor: ProcessorMixin,
    recipe: LoraRecipe,
    sides: HasSides,
    side: LearnedSide,
    progress: Answered | None = None,
) -> SideScore:
    """Generate answers about the windows of items of a side, greedily, and compare them with the labels.

    Args:
        model: The fine-tuned model.
        processor: It makes its inputs, as in training.
        recipe: How windows are read, what is asked, how many items at most.
        sides: The corpus, and the keys of each side.
        side: The side.
        progress: Called after each answer.

    Cost: an answer for each window, one after the other.
    """
    layers = taxonomies(recipe, sides.corpus)
    items = sorted({window.item for window in side.plan.windows()}, key=_digest)
    keys = items[: recipe.training.scored_items]
    some = learned_side(recipe, _Chosen(sides.corpus, keys, keys), "validation")
    by_key = {item.key: item for item in sides.corpus}
    windows = {window.key: window for window in some.plan.windows() if some.answers.texts[window.key] is not None}
    truth, found, unparsed = [], [], 0
    for answer in _answers(model, processor, recipe, sides.corpus, some, set(windows)):
        window = windows[answer.key]
        truth.append(window_labels(by_key[window.item], window.label_span, layers[:1])[layers[0].name])
        parsed = None if answer.text is None else parse_clip(answer.text, recipe_prompt(recipe), layers)
        labels = None if parsed is None else parsed.labels.get(layers[0].name)
        unparsed += labels is None
        found.append(labels)
        if progress is not None:
            progress(side.name, len(found), len(windows))
    return SideScore(
        items=len({window.item for window in windows.values()}),
        of_items=len(items),
        windows=len(found),
        accuracy=_accuracy(truth, found),
        macro_f1=macro_f1_of_sets(truth, found, layers[0]),
        unparsed=unparsed,
    )


def macro_f1_of_sets(truth: Sequence[Sequence[str]], found: Sequence[Sequence[str] | None], layer: Taxonomy) -> float:
    """Return the mean F1 over the labels that are true or found somewhere; 0 where there is none.

    Args:
        truth: Labels that are true, of each window.
        found: Those that were answered; None for an answer that does not parse.
        layer: The labels.

    Example:
        >>> from emos_io.corpus import taxonomy
        >>> macro_f1_of_sets([["Joy"], ["Joy"], ["Anger"]], [["Joy"], ["Anger"], None], taxonomy("basic7"))
        0.3333333333333333
    """
    scores = []
    for label in layer.labels:
        pairs = [(label in true, label in (other or ())) for true, other in zip(truth, found, strict=True)]
        hits = sum(true and other for true, other in pairs)
        ones = sum(true for true, _ in pairs) + sum(other for _, other in pairs)
        if ones:
            scores.append(2 * hits / ones)
    return sum(scores) / len(scores) if scores else 0.0


def _answers(
    model: nn.Module,
    processor: ProcessorMixin,
    recipe: LoraRecipe,
    corpus: Corpus,
    side: LearnedSide,
    asked: set[str],
) -> Iterator[Answer]:
    """Ask as `emos predict` does: the same engine, the same collate function."""
    data, family = recipe.data, family_of(processor)
    engine = TransformersEngine(
        cast("PreTrainedModel", model.eval()),
        processor,
        max_new_tokens=recipe.prompt.max_new_tokens,
        frames=FrameOptions(pixels=family_options(recipe)["pixels"]),
    )
    questions = Questions(
        plan=side.plan,
        conversation=conversation_of(recipe, corpus),
        answered=frozenset(window.key for window in side.plan.windows() if window.key not in asked),
        video=VideoSpec(data.fps, data.size),
        audio=AudioSpec() if family.hears else None,
        on_error=data.on_error,
        missing_audio=data.missing_audio,
    )
    return engine.answers(questions)


def _accuracy(truth: Sequence[Sequence[str]], found: Sequence[Sequence[str] | None]) -> float:
    hits = [other is not None and set(true) == set(other) for true, other in zip(truth, found, strict=True)]
    return sum(hits) / len(hits) if hits else 0.0


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
