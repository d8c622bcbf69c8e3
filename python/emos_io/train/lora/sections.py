"""The sections of a recipe of the kind ``"lora"``: one frozen record each, checked; docs/recipes.md lists them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from ..._checks import choice, is_sequence
from ...errors import InvalidArgument, printable, short_repr
from ...evaluation.prompts import PROMPTS
from ...inference.conversation import LANGUAGE_CHOICES, LanguageChoice
from ...inference.saved_model import DTYPES, Dtype
from .. import recipe_checks as check
from ..any_recipe import ItemKind

LORA = "lora"
"""The kind of model of `LoraModelSection`."""
Weights = Literal["lora", "all"]
LearnedTurns = Literal["all", "last"]
Schedule = Literal["cosine", "linear", "constant"]
SilentFiles = Literal["raise", "silence", "omit"]
OnFault = Literal["raise", "mask"]

_MILLISECOND = Fraction(1, 1000)
_LONGEST = Fraction(3600)
_MAX_EPOCHS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraModelSection:
    """The section ``[model]`` of the kind ``"lora"``.

    Attributes:
        kind: ``"lora"``.
        base: Folder of a model and its processor, or their name on the hub; "" must be filled in before training.
        weights: ``"lora"``: an adapter on attention and MLP of the language tower. ``"all"``: every weight of the model.
        rank: Rank of the adapter, 1 to 1024.
        alpha: Its scale is alpha / rank; above 0 and at most 4096.
        dropout: Share of its inputs that is zeroed while it learns, 0 to below 1.
        experts: Adapt the experts of a mixture too, which are parameters and no layers.
        dtype: ``"bf16"``: the base in bfloat16 and products too; what learns is float32. ``"float32"``: all of it.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    kind: Literal["lora"] = "lora"
    base: str = ""
    weights: Weights = "lora"
    rank: int = 16
    alpha: float = 32.0
    dropout: float = 0.0
    experts: bool = False
    dtype: Dtype = "bf16"

    def __post_init__(self) -> None:
        base: object = self.base
        if not isinstance(base, str) or base != printable(base):
            raise InvalidArgument(
                f"model.base must be a folder or a name on the hub, got {short_repr(base)}; give one, or --base"
            )
        name = "model.{}".format
        dropout = check.number(self.dropout, name("dropout"), 0, 1, "0 is usual")
        if dropout == 1:
            raise InvalidArgument("model.dropout must be below 1, got 1; 0 is usual")
        _set(
            self,
            kind=check.word(self.kind, name("kind"), (LORA,)),
            weights=check.word(self.weights, name("weights"), get_args(Weights)),
            rank=check.count(self.rank, name("rank"), 1, 1024, "16 is usual"),
            alpha=check.number(self.alpha, name("alpha"), 0, 4096, "twice the rank is usual", above=True),
            dropout=dropout,
            experts=check.flag(self.experts, name("experts"), "true adapts the experts of a mixture too"),
            dtype=check.word(self.dtype, name("dtype"), DTYPES),
        )
        if self.weights == "all" and self.experts:
            raise InvalidArgument(
                'model.experts must be false with weights = "all", got true; all weights learn, experts too'
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraDataSection:
    """The section ``[data]`` of the kind ``"lora"``.

    Attributes:
        kinds: ``"clips"``, ``"monologues"`` or both; the other kind of item is not used.
        seconds: Seconds of a window of a monologue, 0.1 to 3600.
        hop: Seconds from the start of a window to that of the next, 0.1 to 3600 and at most `seconds`.
        fps: Frames a second, above 0 and at most 60.
        size: (height, width) of frames in pixels, 28 to 4096; the processor rounds it by its own rule.
        pixels: Least and most pixels of a frame in place of the processor's, or empty.
        transcript: Whether the question has what is spoken.
        missing_audio: What a file without audio does: ``"raise"``, ``"silence"`` or ``"omit"``.
        on_error: What a window does that cannot be read: ``"raise"`` stops, ``"mask"`` has no answer to learn.
        batch: Windows of a batch on each GPU, 1 to 512.
        accumulation: Batches of a step of the optimiser, 1 to 4096.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    kinds: tuple[ItemKind, ...] = ("clips",)
    seconds: Fraction = Fraction(8)
    hop: Fraction = Fraction(8)
    fps: Fraction = Fraction(2)
    size: tuple[int, int] = (224, 224)
    pixels: tuple[int, ...] = ()
    transcript: bool = True
    missing_audio: SilentFiles = "silence"
    on_error: OnFault = "raise"
    batch: int = 1
    accumulation: int = 8

    def __post_init__(self) -> None:
        name = "data.{}".format
        size = check.integers(self.size, name("size"), 28, 4096, "give height and width", length=2)
        pixels: object = self.pixels
        if is_sequence(pixels) and not list(pixels):  # type: ignore[call-overload]
            bounds: tuple[int, ...] = ()
        else:
            bounds = check.integers(
                pixels, name("pixels"), 1, 1 << 30, "give the least and the most, or [] for the processor's", length=2
            )
        _set(
            self,
            kinds=check.some_words(self.kinds, name("kinds"), get_args(ItemKind), 'give ["clips"] or both'),
            seconds=check.seconds(
                self.seconds, name("seconds"), Fraction(1, 10), _LONGEST, "8 is usual", unit=_MILLISECOND
            ),
            hop=check.seconds(
                self.hop, name("hop"), Fraction(1, 10), _LONGEST, "as seconds is usual", unit=_MILLISECOND
            ),
            fps=check.seconds(self.fps, name("fps"), _MILLISECOND, Fraction(60), "2 is usual", unit=_MILLISECOND),
            size=(size[0], size[1]),
            pixels=bounds,
            transcript=check.flag(self.transcript, name("transcript"), "true puts what is spoken into the question"),
            missing_audio=check.word(self.missing_audio, name("missing_audio"), get_args(SilentFiles)),
            on_error=check.word(self.on_error, name("on_error"), get_args(OnFault)),
            batch=check.count(self.batch, name("batch"), 1, 512, "1 is usual"),
            accumulation=check.count(self.accumulation, name("accumulation"), 1, 4096, "8 is usual"),
        )
        if self.hop > self.seconds:
            raise InvalidArgument(
                f"data.hop must be at most data.seconds, got {float(self.hop):g} and {float(self.seconds):g}; time between "
                "windows would not be learned"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSection:
    """The section ``[prompt]``: what is asked, and what is the answer.

    Attributes:
        name: A prompt of the task ``clip``, as `emos_io.evaluation.prompts` names it.
        language: ``"auto"``: the language of the item. ``"en"`` or ``"zh"`` for all.
        layers: The label layers that are asked for, the first one is that of scores.
        turns: Which answers are labels, ``"all"`` or the ``"last"``; see `emos_io.adapters.Family`.
        max_new_tokens: Tokens of an answer that is generated, 1 to 4096.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    name: str = "clip-json-1"
    language: LanguageChoice = "auto"
    layers: tuple[str, ...] = ("basic7", "goemotions")
    turns: LearnedTurns = "all"
    max_new_tokens: int = 256

    def __post_init__(self) -> None:
        own = "prompt.{}".format
        layers: object = self.layers
        given = list(layers) if is_sequence(layers) else []  # type: ignore[call-overload]
        if (
            not given
            or not all(isinstance(each, str) and each and each == printable(each) for each in given)
            or len(set(given)) < len(given)
        ):
            raise InvalidArgument(
                f'prompt.layers must be different names of layers, got {short_repr(layers)}; give for instance ["basic7"]'
            )
        _set(
            self,
            name=choice(self.name, tuple(each for each in PROMPTS if PROMPTS[each].task == "clip"), own("name")),
            language=check.word(self.language, own("language"), LANGUAGE_CHOICES),
            layers=tuple(given),
            turns=check.word(self.turns, own("turns"), get_args(LearnedTurns)),
            max_new_tokens=check.count(self.max_new_tokens, own("max_new_tokens"), 1, 4096, "256 is usual"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraTrainingSection:
    """The section ``[training]`` of the kind ``"lora"``.

    Attributes:
        epochs: Times through the training side, 1 to 10000.
        learning_rate: The highest one of AdamW, above 0 and at most 1.
        schedule: How it falls after the warm-up: ``"cosine"`` or ``"linear"`` to 0, or not (``"constant"``).
        warmup: Share of all steps in which it rises from 0, 0 to 0.9.
        weight_decay: Of AdamW, 0 to 1.
        gradient_norm: Gradients are scaled down to this norm, above 0 and at most 1000.
        seeds: One model for each, different integers from 0 to 2147483647.
        gradient_checkpointing: Compute activations a second time in place of keeping them.
        checkpoint_steps: Steps of the optimiser from one checkpoint to the next, 1 to 1000000.
        max_tokens: Tokens that a window may have, with its conversation; 0 for what the model says of itself.
        scored_items: Items of a side that answers are generated for after training, 1 to 1000000; of more, the first in
            the order of their keys' sha256.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    epochs: int = 3
    learning_rate: float = 5e-5
    schedule: Schedule = "cosine"
    warmup: float = 0.1
    weight_decay: float = 0.0
    gradient_norm: float = 1.0
    seeds: tuple[int, ...] = (0,)
    gradient_checkpointing: bool = False
    checkpoint_steps: int = 100
    max_tokens: int = 0
    scored_items: int = 64

    def __post_init__(self) -> None:
        name = "training.{}".format
        seeds = check.integers(self.seeds, name("seeds"), 0, 2**31 - 1, "give for instance [0]")
        if len(set(seeds)) < len(seeds):
            raise InvalidArgument(
                f"training.seeds must be different integers, got {short_repr(list(seeds))}; leave out the second of two"
            )
        _set(
            self,
            epochs=check.count(self.epochs, name("epochs"), 1, _MAX_EPOCHS, "3 is usual"),
            learning_rate=check.number(self.learning_rate, name("learning_rate"), 0, 1, "5e-5 is usual", above=True),
            schedule=check.word(self.schedule, name("schedule"), get_args(Schedule)),
            warmup=check.number(self.warmup, name("warmup"), 0, 0.9, "0.1 is usual"),
            weight_decay=check.number(self.weight_decay, name("weight_decay"), 0, 1, "0 is usual"),
            gradient_norm=check.number(self.gradient_norm, name("gradient_norm"), 0, 1000, "1 is usual", above=True),
            seeds=seeds,
            gradient_checkpointing=check.flag(
                self.gradient_checkpointing, name("gradient_checkpointing"), "true needs less memory and more time"
            ),
            checkpoint_steps=check.count(self.checkpoint_steps, name("checkpoint_steps"), 1, 1_000_000, "100 is usual"),
            max_tokens=check.count(self.max_tokens, name("max_tokens"), 0, 1 << 24, "0 asks the model"),
            scored_items=check.count(self.scored_items, name("scored_items"), 1, 1_000_000, "64 is usual"),
        )


def _set(section: object, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(section, name, value)
