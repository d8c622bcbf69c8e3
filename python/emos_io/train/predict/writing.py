"""Items of one kind through the model, window by window, into a file of predictions that may have some of them already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from ...corpus import Clip, Taxonomy
from ...evaluation import PredictionWriter
from ...inference import Item, num_steps
from ...media import OnError
from ...pipes import MissingAudio, WindowBatch, WindowLoader
from ...plan import WindowLocation, WindowPlan
from ...spans import Span
from ..av_small.inputs import AVInputs, av_inputs, specs
from ..av_small.model import AVSmall
from ..av_small.options import Channel
from ..av_small.state import AVState
from .ablation import SwappedAudio
from .answering import prediction, probabilities
from .asked import AskedOfRun
from .reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked, of what, and how.

    Attributes:
        asked: The items, of both kinds, and the layer.
        model: In evaluation mode.
        without: The channel that is taken away, or None.
        swapped: Other speakers' audio, which replaces that of items, or None.
        on_error, missing_audio: As the run read its windows.
    """

    asked: AskedOfRun
    model: AVSmall
    without: Channel | None
    swapped: SwappedAudio | None
    on_error: OnError
    missing_audio: MissingAudio


class KindRows:
    """Writes the rows of the items of one kind that a file lacks.

    An item that has some rows is read from its start again, since the state at a row is that of all before it.

    Args:
        asking: What is asked.
        items: Items of one kind.
        reading: How they are read.
        writer: The file.
    """

    def __init__(self, asking: Asking, items: Sequence[Item], reading: Reading, writer: PredictionWriter) -> None:
        self._asking, self._reading, self._writer = asking, reading, writer
        self._items = {item.key: item for item in items}
        self._taxonomy: Taxonomy = asking.asked.taxonomy
        left = [item.key for item in items if not self._is_done(item)]
        self._plans = reading.plans(asking.asked.items.corpus, left)
        self.masked = 0

    def __len__(self) -> int:
        """Return the number of windows to read."""
        return sum(map(len, self._plans))

    def write(self) -> Iterator[None]:
        """Write what is lacking; yields after each window."""
        for plan in self._plans:
            yield from self._write_plan(plan)

    def _write_plan(self, plan: WindowPlan) -> Iterator[None]:
        asking, model = self._asking, self._asking.model
        video, audio = specs(model.options)
        with WindowLoader(
            plan,
            video=None if asking.without == "video" else video,
            audio=None if asking.without == "audio" else audio,
            on_error=asking.on_error,
            missing_audio=asking.missing_audio,
        ) as loader:
            state = model.initial_state(1)
            for batch in loader:
                if batch.is_start[0] or not self._reading.carries_state:
                    state = model.initial_state(1)
                state = self._write_window(plan.locate(int(batch.numbers[0])), self._inputs(batch, plan), state)
                yield
            self.masked += loader.issues.num_masked

    def _inputs(self, batch: WindowBatch[torch.Tensor], plan: WindowPlan) -> AVInputs:
        inputs = av_inputs(batch, next(self._asking.model.parameters()).device)
        if self._asking.swapped is None:
            return inputs
        window = plan.locate(int(batch.numbers[0]))
        return self._asking.swapped.swap(inputs, window.item, window.span.start)

    def _write_window(self, window: WindowLocation, inputs: AVInputs, state: AVState) -> AVState:
        model, layer, writer = self._asking.model, self._taxonomy.name, self._writer
        scores, state = probabilities(model, inputs, state, one_step=self._reading.how == "streaming")
        rows: list[tuple[int, Span | None]] = []
        item = self._items[window.item]
        if isinstance(item, Clip):
            rows.append((num_steps(window.span.duration) - 1, None))
        else:
            rows += self._reading.rows_of_window(window.span, item.duration)
        for step, span in rows:
            if not writer.has(item.key, layer, span):
                takes_sets = self._taxonomy.multiple
                writer.write(
                    prediction(item.key, layer, span, model.options.classes, scores[step], takes_sets=takes_sets)
                )
        return state

    def _is_done(self, item: Item) -> bool:
        layer = self._taxonomy.name
        if isinstance(item, Clip):
            return self._writer.has(item.key, layer)
        return all(self._writer.has(item.key, layer, span) for span in self._reading.rows(item.duration))
