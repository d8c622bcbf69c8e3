"""What the small model is made of. Loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..._checks import as_number, choice, integer, is_sequence
from ...errors import InvalidArgument, short_repr

Channel: TypeAlias = Literal["video", "audio"]
CHANNELS: tuple[Channel, ...] = ("video", "audio")

STEP_RATE = 4
"""Steps a second: a step is 250 ms, and has one decision."""
SAMPLE_RATE = 16_000
STEP_SAMPLES = SAMPLE_RATE // STEP_RATE
MEL_LENGTH = 400
"""Samples of a log-mel frame, 25 ms."""
MEL_HOP = 160
"""Samples from one log-mel frame to the next, 10 ms."""
KEPT_SAMPLES = MEL_LENGTH - MEL_HOP
"""Samples that the first log-mel frame of a window needs from before it."""
STEP_MELS = STEP_SAMPLES // MEL_HOP
"""Log-mel frames of a step."""


@dataclass(frozen=True, slots=True)
class AVSmallOptions:
    """What the small model is made of; with the defaults it has about a million parameters.

    Args:
        classes: Names of the K classes, in the order of the logits; two or more.
        channels: ``("video", "audio")``, or one of them: the model then has no other branch.
        size: Height and width of frames, multiples of 8 from 16 to 256.
        bands: Bands of the log-mel frames, 8 to 128.
        filters: Filters of the three convolutions over a frame; multiples of 4.
        embedding: Numbers that stand for a channel's step.
        hidden: Numbers of each channel's GRU.
        fusion: Numbers of the layer that joins the channels.
        dropout: The share of numbers that are zeroed in training before each GRU and each head, 0 to below 1.
        video_dropout: How often, in training, a row has no video in a window, 0 to 1.
        audio_dropout: How often it has no audio; both are never dropped together, so the two sum to 1 at most. Models of one
            channel drop none.

    Raises:
        InvalidArgument: A value is not allowed; the line says which are.

    Example:
        >>> AVSmallOptions(classes=("Joy", "Anger")).channels
        ('video', 'audio')
    """

    classes: tuple[str, ...]
    channels: tuple[Channel, ...] = CHANNELS
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
        # Tables of TOML and JSON have lists.
        for name in ("classes", "channels", "size", "filters"):
            value = getattr(self, name)
            if not is_sequence(value):
                raise InvalidArgument(f"{name} must be a list, got {short_repr(value)}; give a list", key=name)
            object.__setattr__(self, name, tuple(value))
        self._check_names()
        if len(self.size) != 2 or not all(_multiple(each, 8, 16, 256) for each in self.size):
            raise InvalidArgument(
                f"size must be a height and a width, multiples of 8 from 16 to 256, got {short_repr(self.size)}; "
                "give for instance [64, 64]",
                key="size",
            )
        if len(self.filters) != 3 or not all(_multiple(each, 4, 4, 512) for each in self.filters):
            raise InvalidArgument(
                f"filters must be three multiples of 4 from 4 to 512, got {short_repr(self.filters)}; "
                "give for instance [16, 32, 64]",
                key="filters",
            )
        for name, least, most in (("bands", 8, 128), ("embedding", 4, 1024), ("hidden", 4, 1024), ("fusion", 4, 1024)):
            integer(getattr(self, name), name, "give such a number", least=least, most=most)
        dropout = as_number(self.dropout)
        if dropout is None or not 0 <= dropout < 1:
            raise InvalidArgument(
                f"dropout must be a number from 0 to below 1, got {short_repr(self.dropout)}; 0 drops nothing",
                key="dropout",
            )
        shares = [as_number(self.video_dropout), as_number(self.audio_dropout)]
        if any(share is None or share < 0 for share in shares) or sum(share or 0.0 for share in shares) > 1:
            raise InvalidArgument(
                "video_dropout and audio_dropout must be numbers of 0 or more with a sum of 1 at most, got "
                f"{short_repr((self.video_dropout, self.audio_dropout))}; 0 drops no channel",
                key="video_dropout",
            )

    def _check_names(self) -> None:
        if not self.channels or len(set(self.channels)) < len(self.channels):
            raise InvalidArgument(
                f"channels must be one or two different ones, got {short_repr(self.channels)}; "
                'give ["video", "audio"] or one of them',
                key="channels",
            )
        for each in self.channels:
            choice(each, CHANNELS, "a channel", 'give ["video", "audio"] or one of them')
        # One order, so that two models of the same channels are the same.
        object.__setattr__(self, "channels", tuple(each for each in CHANNELS if each in self.channels))
        are_names = all(isinstance(each, str) and each for each in self.classes)
        if not are_names or len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise InvalidArgument(
                f"classes must be two or more different names, got {short_repr(self.classes)}; "
                "give the classes of a layer",
                key="classes",
            )


def _multiple(value: object, of: int, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most and value % of == 0
