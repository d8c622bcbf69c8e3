"""What a prompt asks of a window on a page, and the answer that a model would learn: as predict asks and as train learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..corpus import Clip, Corpus, Monologue, Taxonomy
from ..evaluation import LabelledSegment, Prompt
from ..inference import chosen_layers
from ..inference.conversation import LanguageChoice, PromptConversation
from ..plan import PlannedWindow
from ..spans import Span
from ..train.lora.answers import window_labels


@dataclass(frozen=True, slots=True)
class PromptQuestion:
    """A prompt about windows of one item.

    Attributes:
        prompt: The prompt.
        layers: The layers that it asks for.
        language: That of the question; ``"auto"`` for that of the item.
        item: The item; None for a media file without a corpus, which has no language and no labels.
        key: The key of the item.
    """

    prompt: Prompt
    layers: tuple[Taxonomy, ...]
    language: LanguageChoice
    item: Clip | Monologue | None
    key: str

    def about(self, planned: PlannedWindow) -> PromptConversation:
        """Return the conversation about a window: with its answer, where it has a label in each layer."""
        return PromptConversation(
            prompt=self.prompt,
            layers=self.layers,
            languages={} if self.item is None else {self.key: self.item.language},
            language=self.language,
            answers={planned.key: self._answer(planned.label_span)},
        )

    def _answer(self, span: Span) -> str | None:
        if self.item is None:
            return None
        if self.prompt.task == "clip":
            labels = window_labels(self.item, span, self.layers)
            return self.prompt.answer(labels, self.layers) if len(labels) == len(self.layers) else None
        segments = [] if isinstance(self.item, Clip) else list(_segments(self.item, span, self.layers))
        return self.prompt.stream_answer(segments, self.layers, span=span) if segments else None


def prompt_layers(names: Sequence[str] | None, corpus: Corpus | None) -> tuple[Taxonomy, ...]:
    """Return the layers that predict asks for: as named, or Basic-7 and GoEmotions, or those in which the items have labels.

    Raises:
        InvalidArgument: There is no such layer.
    """
    known = Corpus() if corpus is None else corpus
    return chosen_layers(known, {item.key: item for item in known}, names)


def _segments(monologue: Monologue, span: Span, layers: Sequence[Taxonomy]) -> list[LabelledSegment]:
    """Return the utterances that lie in a part of a monologue, cut to it; none where one lacks a label of a layer of one."""
    found = []
    for each in monologue.utterances:
        start, end = max(each.span.start, span.start), min(each.span.end, span.end)
        if start >= end:
            continue
        labels = {layer.name: each.labels.get(layer.name, ()) for layer in layers}
        if any(len(labels[layer.name]) != 1 for layer in layers if not layer.multiple):
            return []
        found.append(LabelledSegment(span=Span(start, end), labels=labels))
    return found
