"""What a channel is worth: predictions without it, or with another speaker's audio."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from types import TracebackType
from typing import Literal, Self

import torch
from torch import Tensor

from ...corpus import Taxonomy
from ...errors import InvalidArgument
from ...media import Media, OnError
from ...spans import Span
from ..av_small.inputs import AVInputs
from ..av_small.options import SAMPLE_RATE, STEP_SAMPLES, Channel
from .asked import Item
from .donors import Donors, DonorStep
from .reading import STEP

Ablation = Literal["video", "audio", "swap-audio"]
ABLATIONS: tuple[Ablation, ...] = ("video", "audio", "swap-audio")
_OPEN_FILES = 8


def check_ablation(ablation: Ablation | None, channels: Sequence[Channel]) -> None:
    """Check that a model of these channels has what is taken away or swapped.

    Raises:
        InvalidArgument: It has not, or nothing would be left.
    """
    if ablation is None:
        return
    has = "audio" in channels if ablation == "swap-audio" else ablation in channels
    if not has or (len(channels) == 1 and ablation != "swap-audio"):
        raise InvalidArgument(
            f"ablate must leave a channel and take one that the run has, got {ablation!r} of a run of "
            f"{' and '.join(channels)}; leave it out"
        )


class SwappedAudio:
    """The audio of other speakers with other labels, as `Donors` says, in place of that of items.

    Args:
        items: The items that are asked; they give each other their audio.
        seconds: The seconds of each item, by key.
        taxonomy: The layer whose labels differ.
        seed: Of the draw.
        on_error: Whether audio that is damaged raises or is missing.

    Raises:
        InvalidArgument: An item has no speaker, or no other speaker has another label.
    """

    def __init__(
        self,
        items: Sequence[Item],
        seconds: Mapping[str, Fraction],
        taxonomy: Taxonomy,
        *,
        seed: int,
        on_error: OnError,
    ) -> None:
        donors = Donors(items, seconds, taxonomy, seed)
        self._steps = {item.key: donors.steps(item.key) for item in items}
        self._paths = {item.key: str(item.path) for item in items}
        self._on_error = on_error
        self._open: OrderedDict[str, Media] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def swap(self, inputs: AVInputs, key: str, start: Fraction) -> AVInputs:
        """Return the inputs of a window with the audio of its donors; steps after the item's end have none.

        Args:
            inputs: One window of the item, as one row.
            key: Key of the item.
            start: Where the window begins, a multiple of a step.
        """
        first, count = int(start / STEP), inputs.frame_valid.shape[1]
        donors = self._steps[key][first : first + count]
        waveform = torch.zeros(1, count * STEP_SAMPLES)
        valid = torch.zeros(1, count * STEP_SAMPLES, dtype=torch.bool)
        position = 0
        # Steps that follow each other in one donor are read at once.
        for _, run in groupby(enumerate(donors), key=lambda each: (each[1].key, each[1].step - each[0])):
            steps = [step for _, step in run]
            samples, samples_valid = self._read(steps)
            end = position + len(samples)
            waveform[0, position:end], valid[0, position:end] = samples, samples_valid
            position = end
        device = inputs.frame_valid.device
        return replace(inputs, waveform=waveform.to(device), waveform_valid=valid.to(device))

    def _read(self, steps: Sequence[DonorStep]) -> tuple[Tensor, Tensor]:
        span = Span(steps[0].step * STEP, (steps[-1].step + 1) * STEP)
        samples = self._media(steps[0].key).samples_in(span, sample_rate=SAMPLE_RATE, num_channels=1)
        return torch.from_numpy(samples.data[0]), torch.from_numpy(samples.valid)

    def _media(self, key: str) -> Media:
        if key not in self._open:
            if len(self._open) == _OPEN_FILES:
                self._open.popitem(last=False)[1].close()
            self._open[key] = Media(self._paths[key], on_error=self._on_error)
        self._open.move_to_end(key)
        return self._open[key]
