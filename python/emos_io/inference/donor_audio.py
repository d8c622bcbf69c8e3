"""The audio of donors, step by step, read from their media."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from ..corpus import Taxonomy
from ..media import Media, OnError
from ..spans import Span
from .asked import Item
from .donors import STEP, STEP_RATE, Donors, DonorStep

_OPEN_FILES = 8


class DonorAudio:
    """The audio of other speakers with other labels, as `Donors` says, in place of that of items.

    Several threads may read; each waits for the other.

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
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def samples(
        self, key: str, first: int, count: int, *, sample_rate: int
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        """Return the audio of steps of an item: float32 and bool ``[count * sample_rate / 4]``; steps that it lacks have none.

        Args:
            key: Key of the item.
            first: The first step; it may lie before 0.
            count: The number of steps.
            sample_rate: Samples a second, a multiple of 4.

        Raises:
            EmosError: Audio of a donor cannot be read.
        """
        size = sample_rate // STEP_RATE
        waveform, valid = np.zeros(count * size, np.float32), np.zeros(count * size, np.bool_)
        before = max(0, -first)
        position = before * size
        donors = self._steps[key][first + before : max(0, first + count)]
        with self._lock:
            # Steps that follow each other in one donor are read at once.
            for _, run in groupby(enumerate(donors), key=lambda each: (each[1].key, each[1].step - each[0])):
                samples, samples_valid = self._read([step for _, step in run], sample_rate)
                end = position + len(samples)
                waveform[position:end], valid[position:end] = samples, samples_valid
                position = end
        return waveform, valid

    def _read(
        self, steps: Sequence[DonorStep], sample_rate: int
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        span = Span(steps[0].step * STEP, (steps[-1].step + 1) * STEP)
        samples = self._media(steps[0].key).samples_in(span, sample_rate=sample_rate, num_channels=1)
        return samples.data[0], samples.valid

    def _media(self, key: str) -> Media:
        if key not in self._open:
            if len(self._open) == _OPEN_FILES:
                self._open.popitem(last=False)[1].close()
            self._open[key] = Media(self._paths[key], on_error=self._on_error)
        self._open.move_to_end(key)
        return self._open[key]
