"""Items of one kind through the model, window by window, into a file of predictions that may have some of them already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction

import torch

from ...corpus import Clip, Taxonomy
from ...evaluation import PredictionWriter
from ...media import OnError
from ...pipes import MissingAudio, WindowBatch, WindowLoader
from ...plan import WindowLocation, WindowPlan
from ...spans import Span
from ..av_small.inputs import AVInputs, av_inputs, specs
from ..av_small.model import AVSmall
from ..av_small.state import AVState
from .ablation import Ablation, SwappedAudio
from .answering import prediction, probabilities
from .asked import Asked, Item
from .reading import Reading, num_steps, seconds_of_clips


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked, of what, and how.

    Attributes:
        asked: The items, of both kinds.
        model: In evaluation mode.
        ablation: What is taken away or swapped.
        seed: Of the draw of other speakers.
        on_error, missing_audio: As the run read its windows.
    """

    asked: Asked
    model: AVSmall
    ablation: Ablation | None
    seed: int
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
        self._plan: WindowPlan | None = reading.plan(asking.asked.corpus, left) if left else None
        self.masked = 0

    def __len__(self) -> int:
        """Return the number of windows to read."""
        return 0 if self._plan is None else len(self._plan)

    def write(self) -> Iterator[None]:
        """Write what is lacking; yields after each window."""
        if self._plan is None:
            return
        with ExitStack() as stack:
            swapped = stack.enter_context(self._swapped()) if self._asking.ablation == "swap-audio" else None
            yield from self._read(self._plan, swapped)

    def _read(self, plan: WindowPlan, swapped: SwappedAudio | None) -> Iterator[None]:
        asking, model = self._asking, self._asking.model
        video, audio = specs(model.options)
        with WindowLoader(
            plan,
            video=None if asking.ablation == "video" else video,
            audio=None if asking.ablation == "audio" else audio,
            on_error=asking.on_error,
            missing_audio=asking.missing_audio,
        ) as loader:
            state = model.initial_state(1)
            for batch in loader:
                if batch.is_start[0] or not self._reading.carries_state:
                    state = model.initial_state(1)
                state = self._write_window(
                    plan.locate(int(batch.numbers[0])), self._inputs(batch, swapped, plan), state
                )
                yield
            self.masked = loader.issues.num_masked

    def _inputs(self, batch: WindowBatch[torch.Tensor], swapped: SwappedAudio | None, plan: WindowPlan) -> AVInputs:
        inputs = av_inputs(batch, next(self._asking.model.parameters()).device)
        if swapped is None:
            return inputs
        window = plan.locate(int(batch.numbers[0]))
        return swapped.swap(inputs, window.item, window.span.start)

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

    def _swapped(self) -> SwappedAudio:
        """Return other speakers' audio; all items that are asked may give theirs, also those whose rows are done."""
        items = list(self._items.values())
        seconds: dict[str, Fraction] = {item.key: item.duration for item in items if not isinstance(item, Clip)}
        clips = [item.key for item in items if isinstance(item, Clip)]
        if clips:
            seconds |= seconds_of_clips(self._reading.plan(self._asking.asked.corpus, clips))
        return SwappedAudio(items, seconds, self._taxonomy, seed=self._asking.seed, on_error=self._asking.on_error)
