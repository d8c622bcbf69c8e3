"""The sections of a recipe: one frozen record each, checked, with every value there; docs/recipes.md lists them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

from ..errors import InvalidArgument, printable, short_repr
from ..plan import COLLAR_MODES, CollarMode
from . import recipe_checks as check
from .any_recipe import ItemKind
from .av_small.options import CHANNELS, STEP_RATE, AVSmallOptions, Channel

OnFault = Literal["raise", "mask"]
SilentFiles = Literal["raise", "silence"]

AV_SMALL = "av-small"
"""The kind of model of `AVSmallSection`."""

_STEP = Fraction(1, STEP_RATE)
_MILLISECOND = Fraction(1, 1000)
_MAX_EPOCHS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AVSmallSection:
    """The section ``[model]`` of the kind ``"av-small"``: a small causal network of frames and waveform.

    Attributes:
        kind: ``"av-small"``.
        channels, size, bands, filters, embedding, hidden, fusion, dropout, video_dropout, audio_dropout: The attributes of
            `AVSmallOptions` of these names.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    kind: Literal["av-small"] = "av-small"
    channels: tuple[Channel, ...] = ("video", "audio")
    size: tuple[int, int] = (64, 64)
    bands: int = 48
    filters: tuple[int, int, int] = (16, 32, 64)
    embedding: int = 128
    hidden: int = 160
    fusion: int = 128
    dropout: float = 0.1
    video_dropout: float = 0.15
    audio_dropout: float = 0.15

    def __post_init__(self) -> None:
        _set(
            self,
            kind=check.word(self.kind, "model.kind", (AV_SMALL,)),
            channels=check.some_words(
                self.channels, "model.channels", CHANNELS, 'give ["video", "audio"] or one of them'
            ),
        )
        # The model knows what it can be made of.
        try:
            options = self.options(("a", "b"))
        except InvalidArgument as error:
            raise InvalidArgument(".".join(("model", str(error)))) from error
        _set(self, channels=options.channels, size=options.size, filters=options.filters)
        _set(self, **{name: float(getattr(self, name)) for name in ("dropout", "video_dropout", "audio_dropout")})

    def options(self, classes: tuple[str, ...]) -> AVSmallOptions:
        """Return what the model of these classes is made of.

        Raises:
            InvalidArgument: There are fewer than two classes.
        """
        return AVSmallOptions(
            classes,
            channels=self.channels,
            size=self.size,
            bands=self.bands,
            filters=self.filters,
            embedding=self.embedding,
            hidden=self.hidden,
            fusion=self.fusion,
            dropout=_share(self.dropout),
            video_dropout=_share(self.video_dropout),
            audio_dropout=_share(self.audio_dropout),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSection:
    """The section ``[data]``.

    Attributes:
        kinds: ``"monologues"``, ``"clips"`` or both; the other kind of item is not used.
        seconds: Seconds of a window of a monologue, 1 to 120 in steps of 0.25. The state is carried from window to window,
            gradients are not.
        lanes: Rows of a batch, 1 to 512; at most one lane an item is used.
        missing_audio: What a file without audio does: ``"raise"`` stops, ``"silence"`` is audio that is not valid.
        on_error: What a window does that cannot be read: ``"raise"`` stops, ``"mask"`` does not count.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    kinds: tuple[ItemKind, ...] = ("monologues",)
    seconds: Fraction = Fraction(8)
    lanes: int = 4
    missing_audio: SilentFiles = "raise"
    on_error: OnFault = "raise"

    def __post_init__(self) -> None:
        name = "data.{}".format
        _set(
            self,
            kinds=check.some_words(self.kinds, name("kinds"), get_args(ItemKind), 'give ["monologues"] or both'),
            seconds=check.seconds(self.seconds, name("seconds"), Fraction(1), Fraction(120), "8 is usual", unit=_STEP),
            lanes=check.count(self.lanes, name("lanes"), 1, 512, "4 is usual"),
            missing_audio=check.word(self.missing_audio, name("missing_audio"), get_args(SilentFiles)),
            on_error=check.word(self.on_error, name("on_error"), get_args(OnFault)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsSection:
    """The section ``[labels]``.

    Attributes:
        layer: Name of the label layer.
        collar: Seconds by which a change of the label may be off, 0 to 60: steps nearer to one do not count, or count less.
        collar_mode: ``"mask"``: they do not count. ``"soften"``: their weight falls in a straight line, to 0 at the change.
        soft: True: a clip has the scores of its decision as its label. False: the decided label alone.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    layer: str = "basic7"
    collar: Fraction = Fraction(0)
    collar_mode: CollarMode = "mask"
    soft: bool = True

    def __post_init__(self) -> None:
        layer: object = self.layer
        if not isinstance(layer, str) or not layer or layer != printable(layer):
            raise InvalidArgument(
                f'labels.layer must be the name of a layer, got {short_repr(layer)}; give for instance "basic7"'
            )
        _set(
            self,
            collar=check.seconds(
                self.collar, "labels.collar", Fraction(0), Fraction(60), "0 trusts every time", unit=_MILLISECOND
            ),
            collar_mode=check.word(self.collar_mode, "labels.collar_mode", COLLAR_MODES),
            soft=check.flag(self.soft, "labels.soft", "true takes the scores of a clip's decision as its label"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSection:
    """The section ``[training]``.

    Attributes:
        epochs: Times through the training side at most, 1 to 10000.
        learning_rate: The highest one of AdamW, above 0 and at most 1.
        weight_decay: Of AdamW, 0 to 1.
        warmup: Share of all steps in which the learning rate rises from 0; then it falls to 0 as a cosine. 0 to 0.9.
        gradient_norm: Gradients are scaled down to this norm, above 0 and at most 1000.
        seeds: One model for each, different integers from 0 to 2147483647.
        patience: Epochs without a better macro F1 on the validation side after which it stops, 1 to 10000.
        confidence_weights: True: a clip counts by the confidence of its decision.
        auxiliary_weight: Weight of the loss of each channel alone, beside 1 for both together, 0 to 10; models of one channel
            have none.
        class_balance: Power of the weights of classes, 0 to 1: 0 weighs all steps alike, 1 all classes.
        checkpoint_every: Steps from one checkpoint to the next within an epoch, 1 to 1000000.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    epochs: int = 9
    learning_rate: float = 0.001
    weight_decay: float = 0.01
    warmup: float = 0.1
    gradient_norm: float = 1.0
    seeds: tuple[int, ...] = (0, 1, 2)
    patience: int = 4
    confidence_weights: bool = True
    auxiliary_weight: float = 0.3
    class_balance: float = 0.5
    checkpoint_every: int = 50

    def __post_init__(self) -> None:
        name = "training.{}".format
        seeds = check.integers(self.seeds, name("seeds"), 0, 2**31 - 1, "give for instance [0, 1, 2]")
        if len(set(seeds)) < len(seeds):
            raise InvalidArgument(
                f"training.seeds must be different integers, got {short_repr(list(seeds))}; leave out the second of two"
            )
        _set(
            self,
            epochs=check.count(self.epochs, name("epochs"), 1, _MAX_EPOCHS, "9 is usual"),
            learning_rate=check.number(self.learning_rate, name("learning_rate"), 0, 1, "0.001 is usual", above=True),
            weight_decay=check.number(self.weight_decay, name("weight_decay"), 0, 1, "0.01 is usual"),
            warmup=check.number(self.warmup, name("warmup"), 0, 0.9, "0.1 is usual"),
            gradient_norm=check.number(self.gradient_norm, name("gradient_norm"), 0, 1000, "1 is usual", above=True),
            seeds=seeds,
            patience=check.count(self.patience, name("patience"), 1, _MAX_EPOCHS, "4 is usual"),
            confidence_weights=check.flag(
                self.confidence_weights, name("confidence_weights"), "true weighs clips by confidence"
            ),
            auxiliary_weight=check.number(
                self.auxiliary_weight, name("auxiliary_weight"), 0, 10, "0 learns from both channels together only"
            ),
            class_balance=check.number(self.class_balance, name("class_balance"), 0, 1, "0 weighs all steps alike"),
            checkpoint_every=check.count(self.checkpoint_every, name("checkpoint_every"), 1, 1_000_000, "50 is usual"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CurriculumSection:
    """The section ``[curriculum]``: the first epoch, from 0, in which clips of a confidence tier count.

    Before it they are read and weigh 0. Monologues, and clips without a tier, always count.

    Attributes:
        high, medium, low: First epochs, 0 to 10000; one of them is 0.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    high: int = 0
    medium: int = 0
    low: int = 0

    def __post_init__(self) -> None:
        hint = "give the first epoch of this tier, from 0"
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        _set(
            self,
            **{tier: check.count(value, f"curriculum.{tier}", 0, _MAX_EPOCHS, hint) for tier, value in given.items()},
        )
        if min(self.high, self.medium, self.low) > 0:
            raise InvalidArgument(
                f"curriculum must have a tier that counts from epoch 0, got {self.high}, {self.medium} and {self.low}; "
                "give high = 0"
            )


def _set(section: object, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(section, name, value)


def _share(value: float | Decimal) -> float:
    # Files have decimals; what is no number is for the model to refuse.
    return float(value) if isinstance(value, Decimal) else value
