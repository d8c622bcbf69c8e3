"""The recipe of the kind `frozen`: four sections of a TOML file, checked; docs/frozen.md lists them. Loads no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, Literal, TypeAlias, get_args

from ...errors import InvalidArgument, printable, short_repr
from ...plan import COLLAR_MODES, LABEL_ATS, CollarMode, LabelAt
from .. import recipe_checks as check
from ..any_recipe import AnyRecipe, ItemKind
from ..av_small.options import CHANNELS, Channel
from .faces import DETECTORS, Detector

FROZEN = "frozen"
"""The kind of model."""
NoAudio: TypeAlias = Literal["raise", "omit"]
OnFault: TypeAlias = Literal["raise", "mask"]
FRAME_SIZES = (256, 512, 768, 1024)
_MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenModelSection:
    """The section ``[model]``: which networks, and what they are given.

    Attributes:
        kind: ``"frozen"``.
        channels: ``"video"``, ``"audio"`` or both; of a channel that is left out there are no features.
        detector: ``"back"``: BlazeFace for faces from a tenth of the frame on. ``"short"``: that for near ones, at a seventh of
            the cost.
        least_score: Faces with less are none, 0.05 to 0.95.
        frame_size: Pixels of the sides of the square into which frames are fitted, with black bars: 256, 512, 768 or 1024. The
            detector gets their means; faces are cut out of it.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    kind: Literal["frozen"] = "frozen"
    channels: tuple[Channel, ...] = ("video", "audio")
    detector: Detector = "back"
    least_score: float = 0.5
    frame_size: int = 512

    def __post_init__(self) -> None:
        name = "model.{}".format
        size = check.count(self.frame_size, name("frame_size"), 256, 1024, "512 is usual")
        if size not in FRAME_SIZES:
            raise InvalidArgument(
                f"model.frame_size must be {', '.join(map(str, FRAME_SIZES[:-1]))} or {FRAME_SIZES[-1]}, got {size}; "
                "512 is usual"
            )
        _set(
            self,
            kind=check.word(self.kind, name("kind"), (FROZEN,)),
            channels=check.some_words(
                self.channels, name("channels"), CHANNELS, 'give ["video", "audio"] or one of them'
            ),
            detector=check.word(self.detector, name("detector"), DETECTORS),
            least_score=check.number(self.least_score, name("least_score"), 0.05, 0.95, "0.5 is usual"),
            frame_size=size,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenDataSection:
    """The section ``[data]``.

    Attributes:
        kinds: ``"monologues"``, ``"clips"`` or both; the other kind of item is not used.
        length: Seconds of a window of a monologue, 0.5 to 120. A clip is one window.
        hop: Seconds from window to window, above 0 and at most `length`.
        fps: Frames a second that are looked at, 0.1 to 30.
        missing_audio: What a file without audio does, where the model has audio: ``"raise"`` stops, ``"omit"``: its
            features are marked as missing.
        on_error: What a window does that cannot be read: ``"raise"`` stops, ``"mask"`` is left out.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    kinds: tuple[ItemKind, ...] = ("clips",)
    length: Fraction = Fraction(8)
    hop: Fraction = Fraction(2)
    fps: Fraction = Fraction(2)
    missing_audio: NoAudio = "raise"
    on_error: OnFault = "raise"

    def __post_init__(self) -> None:
        name = "data.{}".format
        length = check.seconds(self.length, name("length"), Fraction(1, 2), Fraction(120), "8 is usual")
        _set(
            self,
            kinds=check.some_words(self.kinds, name("kinds"), get_args(ItemKind), 'give ["clips"] or both'),
            length=length,
            hop=check.seconds(self.hop, name("hop"), _MILLISECOND, length, "it is at most data.length"),
            # A float stands for the decimal number that Python writes for it.
            fps=Fraction(str(check.number(self.fps, name("fps"), 0.1, 30, "2 is usual"))),
            missing_audio=check.word(self.missing_audio, name("missing_audio"), get_args(NoAudio)),
            on_error=check.word(self.on_error, name("on_error"), get_args(OnFault)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenLabelsSection:
    """The section ``[labels]``: as `LabelRule` has it.

    Attributes:
        layer: Name of the label layer.
        label_at: Of windows of monologues: ``"end"``, ``"majority"`` or ``"overlap"``.
        collar: Seconds by which boundaries may be wrong, 0 to 60.
        collar_mode: ``"mask"``: windows in doubt do not count. ``"soften"``: they count less.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    layer: str = "basic7"
    label_at: LabelAt = "end"
    collar: Fraction = Fraction(0)
    collar_mode: CollarMode = "mask"

    def __post_init__(self) -> None:
        layer: object = self.layer
        if not isinstance(layer, str) or not layer or layer != printable(layer):
            raise InvalidArgument(
                f'labels.layer must be the name of a layer, got {short_repr(layer)}; give for instance "basic7"'
            )
        _set(
            self,
            label_at=check.word(self.label_at, "labels.label_at", LABEL_ATS),
            collar=check.seconds(
                self.collar, "labels.collar", Fraction(0), Fraction(60), "0 trusts every time", unit=_MILLISECOND
            ),
            collar_mode=check.word(self.collar_mode, "labels.collar_mode", COLLAR_MODES),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenTrainingSection:
    """The section ``[training]``: the logistic regression.

    Attributes:
        seeds: ``[0]``: the fit draws nothing, so another seed would give the same model.
        strength: What scikit-learn calls C, above 0 and at most 1000000: the larger, the less coefficients are held near 0.
        class_balance: Power of the weights of classes, 0 to 1: 0 weighs all windows alike, 1 all classes.
        confidence_weights: True: a window counts by the confidence of its label.
        max_iterations: Iterations of lbfgs at most, 1 to 100000; a fit that needs more says so in a remark.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    seeds: tuple[int, ...] = (0,)
    strength: float = 0.1
    class_balance: float = 0.5
    confidence_weights: bool = True
    max_iterations: int = 1000

    def __post_init__(self) -> None:
        name = "training.{}".format
        seeds = check.integers(self.seeds, name("seeds"), 0, 0, "the fit draws nothing: give [0]", length=1)
        _set(
            self,
            seeds=seeds,
            strength=check.number(self.strength, name("strength"), 0, 1e6, "0.1 is usual", above=True),
            class_balance=check.number(self.class_balance, name("class_balance"), 0, 1, "0 weighs all windows alike"),
            confidence_weights=check.flag(
                self.confidence_weights, name("confidence_weights"), "true weighs windows by confidence"
            ),
            max_iterations=check.count(self.max_iterations, name("max_iterations"), 1, 100_000, "1000 is usual"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenRecipe(AnyRecipe):
    """What a training of frozen does, apart from its corpus and split.

    Attributes:
        model, data, labels, training: The sections.

    Raises:
        InvalidArgument: A section is of another class.

    Example:
        >>> recipe = FrozenRecipe()
        >>> recipe.kind, recipe.layer, recipe.data.fps, recipe.seeds
        ('frozen', 'basic7', Fraction(2, 1), (0,))
    """

    SECTIONS: ClassVar[Mapping[str, type]] = {
        "model": FrozenModelSection,
        "data": FrozenDataSection,
        "labels": FrozenLabelsSection,
        "training": FrozenTrainingSection,
    }

    model: FrozenModelSection = field(default_factory=FrozenModelSection)
    data: FrozenDataSection = field(default_factory=FrozenDataSection)
    labels: FrozenLabelsSection = field(default_factory=FrozenLabelsSection)
    training: FrozenTrainingSection = field(default_factory=FrozenTrainingSection)

    @property
    def layers(self) -> tuple[str, ...]:
        """The name of the label layer."""
        return (self.labels.layer,)


def _set(section: object, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(section, name, value)
