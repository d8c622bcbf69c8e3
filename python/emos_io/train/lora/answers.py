"""The answer to learn about a window: its labels, and the text that a prompt makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...corpus import Clip, Corpus, Monologue, Taxonomy
from ...evaluation.prompts import Prompt
from ...plan import WindowPlan
from ...spans import Span

_PRESENT = Fraction(1, 2)
"""A label of a set stands in the answer where it has this share of the labelled seconds of a window."""


@dataclass(frozen=True, slots=True)
class LearnedAnswers:
    """Answers of the windows of a plan.

    Attributes:
        texts: The answer to learn by the window's key; None where the window has none.
        lacking: How many windows lack a label of a layer that is asked for, by layer.
    """

    texts: Mapping[str, str | None]
    lacking: Mapping[str, int]

    @property
    def num_learned(self) -> int:
        """The windows with an answer."""
        return sum(text is not None for text in self.texts.values())


def learned_answers(corpus: Corpus, plan: WindowPlan, prompt: Prompt, layers: Sequence[Taxonomy]) -> LearnedAnswers:
    """Return the answers of all windows of a plan.

    A window has an answer where it has a label in each layer. A clip has those of its decisions. A window of a monologue
    has the label with most seconds of it, of equals the first one of the taxonomy; of a layer of sets, the labels that are
    there for half of its labelled seconds or more.

    Args:
        corpus: The corpus.
        plan: Windows of its items.
        prompt: It makes texts of labels.
        layers: The layers that are asked for.
    """
    items: dict[str, Clip | Monologue] = {item.key: item for item in corpus}
    texts: dict[str, str | None] = {}
    lacking = {layer.name: 0 for layer in layers}
    for window in plan.windows():
        labels = window_labels(items[window.item], window.label_span, layers)
        for layer in layers:
            lacking[layer.name] += layer.name not in labels
        texts[window.key] = prompt.answer(labels, layers) if len(labels) == len(layers) else None
    return LearnedAnswers(texts, {name: count for name, count in lacking.items() if count})


def window_labels(item: Clip | Monologue, span: Span, layers: Sequence[Taxonomy]) -> dict[str, tuple[str, ...]]:
    """Return the labels of a part of an item by layer; a layer in which it has none is left out.

    Example:
        >>> from emos_io.corpus import taxonomy
        >>> from emos_io.testing import make_monologue
        >>> film = make_monologue("own/a", 10, [(0, 3, "Joy", ("joy", "love")), (3, 5, "Anger", ("anger",))])
        >>> window_labels(film, Span(0, 5), [taxonomy("basic7"), taxonomy("goemotions")])
        {'basic7': ('Joy',), 'goemotions': ('joy', 'love')}
    """
    found = {}
    for layer in layers:
        labels = _of_clip(item, layer) if isinstance(item, Clip) else _of_monologue(item, span, layer)
        if labels is not None:
            found[layer.name] = labels
    return found


def _of_clip(clip: Clip, layer: Taxonomy) -> tuple[str, ...] | None:
    decision = clip.decisions.get(layer.name)
    if decision is None or (not layer.multiple and len(decision.labels) != 1):
        return None
    return tuple(label for label in layer.labels if label in decision.labels)


def _of_monologue(monologue: Monologue, span: Span, layer: Taxonomy) -> tuple[str, ...] | None:
    if layer.name not in {name for each in monologue.utterances for name in each.layers}:
        return None
    seconds = dict.fromkeys(layer.labels, Fraction(0))
    total = Fraction(0)
    line = monologue.labels(layer.name)
    for labelled, weights in zip(line.spans, line.weights, strict=True):
        shared = min(labelled.end, span.end) - max(labelled.start, span.start)
        if shared > 0 and weights:
            total += shared
            for label in weights:
                seconds[label] += shared
    if not total:
        return None
    if layer.multiple:
        return tuple(label for label, amount in seconds.items() if amount >= _PRESENT * total)
    return (max(seconds, key=lambda label: seconds[label]),)
