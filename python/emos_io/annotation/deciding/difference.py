"""How the decisions of one corpus differ from those of another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from ...corpus import Clip, CorpusData, Decision, Layer, Monologue, taxonomies_of, with_layer
from ...corpus.data import checked_corpus
from ...spans import Span

MONOLOGUES = "monologues"
"""What stands for the source of monologues, which name none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDifference:
    """How the decisions of one source differ.

    A decision of a clip has one counterpart. On a monologue every two decisions with a second in common are counterparts.

    Attributes:
        source: The dataset of the clips, or ``"monologues"``.
        compared: How many pairs of counterparts there are.
        labels: In how many pairs the labels differ; their order does not count.
        tiers: In how many pairs the confidence tiers differ; one that is in one corpus alone does.
        confidence: The greatest difference of the confidence of a pair, or of a score where neither has a confidence, from 0
            to 1; a score that is left out is 0. None where no pair has what can be compared.
        only_before, only_after: How many decisions have no counterpart in the other corpus.
        seconds: The seconds of monologues in which labels differ, exact.
    """

    source: str
    compared: int = 0
    labels: int = 0
    tiers: int = 0
    confidence: float | None = None
    only_before: int = 0
    only_after: int = 0
    seconds: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class DecisionDifference:
    """How the decisions of two corpora differ in one layer.

    Attributes:
        layer: The name of the layer.
        sources: The difference of each source that has decisions, in the order of the items; monologues come last.
    """

    layer: str
    sources: tuple[SourceDifference, ...]

    @property
    def compared(self) -> int:
        """The number of pairs of decisions that were compared."""
        return sum(each.compared for each in self.sources)

    @property
    def labels(self) -> int:
        """The number of pairs whose labels differ."""
        return sum(each.labels for each in self.sources)

    @property
    def tiers(self) -> int:
        """The number of pairs whose confidence tiers differ."""
        return sum(each.tiers for each in self.sources)

    @property
    def confidence(self) -> float | None:
        """The greatest difference of a confidence or score, or None where none can be compared."""
        return max((each.confidence for each in self.sources if each.confidence is not None), default=None)


def decision_difference(before: CorpusData, after: CorpusData, layer: Layer = "basic7") -> DecisionDifference:
    """Return how the decisions of a layer in one corpus differ from those in another; items are matched by their keys.

    Args:
        before: The corpus with the decisions that were there.
        after: The corpus with the new ones.
        layer: The name of the layer; or the file of a taxonomy, or the taxonomy (see `decide`).

    Raises:
        InvalidArgument: One of the two is no corpus, or has another taxonomy of the name of the one that was given.

    Cost: one pass over the decisions.

    Example:
        >>> from emos_io.corpus import Corpus
        >>> def one(label: str, confidence: float) -> Corpus:
        ...     decision = Decision(item="own/1", layer="basic7", labels=(label,), scores={}, confidence=confidence)
        ...     return Corpus([Clip(key="own/1", source="own", language="en", decisions={"basic7": decision})])
        >>> found = decision_difference(one("Joy", 0.75), one("Fear", 0.5))
        >>> found.labels, found.tiers, found.confidence
        (1, 0, 0.25)
    """
    checked_corpus(before), checked_corpus(after)
    name = _name_of(layer, (before, after))
    earlier: dict[str, Clip | Monologue] = {item.key: item for item in before}
    later: dict[str, Clip | Monologue] = {item.key: item for item in after}
    counts: dict[str, _Counts] = {}
    for key in dict.fromkeys((*earlier, *later)):
        old, new = earlier.get(key), later.get(key)
        was, now = _decisions(old, name), _decisions(new, name)
        if was or now:
            item = new or old
            assert item is not None
            source = item.source if isinstance(item, Clip) else MONOLOGUES
            counts.setdefault(source, _Counts()).add(was, now, item)
    order = sorted(counts, key=lambda source: source == MONOLOGUES)
    return DecisionDifference(name, tuple(counts[source].difference(source) for source in order))


def _name_of(layer: Layer, corpora: Sequence[CorpusData]) -> str:
    """Return the name of a layer; a name that no corpus knows is one too, of which there are no decisions."""
    given = taxonomies_of(layer)
    if not given and isinstance(layer, str):
        return layer
    names = {with_layer(corpus, given[0] if given else layer)[1].name for corpus in corpora}
    return names.pop()


def _decisions(item: Clip | Monologue | None, layer: str) -> tuple[Decision, ...]:
    if item is None:
        return ()
    if isinstance(item, Monologue):
        return item.decisions_in(layer)
    return (item.decisions[layer],) if layer in item.decisions else ()


class _Counts:
    """The counts of one source, while its items are compared."""

    def __init__(self) -> None:
        self.compared = self.labels = self.tiers = self.only_before = self.only_after = 0
        self.seconds = Fraction(0)
        self.confidence: float | None = None

    def add(self, before: Sequence[Decision], after: Sequence[Decision], item: Clip | Monologue) -> None:
        """Count the decisions of one item."""
        met = _counterparts(before, after, item)
        self.only_before += len(before) - len({b for b, _, _ in met})
        self.only_after += len(after) - len({a for _, a, _ in met})
        for b, a, seconds in met:
            differs = set(before[b].labels) != set(after[a].labels)
            self.compared += 1
            self.labels += differs
            self.tiers += before[b].confidence_tier != after[a].confidence_tier
            if differs and isinstance(item, Monologue):
                self.seconds += seconds
            apart = _apart(before[b], after[a])
            if apart is not None:
                self.confidence = apart if self.confidence is None else max(self.confidence, apart)

    def difference(self, source: str) -> SourceDifference:
        """Return what was counted."""
        return SourceDifference(
            source=source,
            compared=self.compared,
            labels=self.labels,
            tiers=self.tiers,
            confidence=self.confidence,
            only_before=self.only_before,
            only_after=self.only_after,
            seconds=self.seconds,
        )


def _counterparts(
    before: Sequence[Decision], after: Sequence[Decision], item: Clip | Monologue
) -> list[tuple[int, int, Fraction]]:
    """Return the pairs of decisions, by index, that have seconds in common, and how many; those of a clip have one second."""
    if isinstance(item, Clip) or item.duration <= 0:
        return [(b, a, Fraction(1)) for b in range(len(before)) for a in range(len(after))]
    everywhere = Span(0, item.duration)
    spans = [each.span or everywhere for each in after]
    order = sorted(range(len(spans)), key=lambda index: spans[index].start)
    latest = list(accumulate((spans[index].end for index in order), max))
    found: list[tuple[int, int, Fraction]] = []
    for b, decision in enumerate(before):
        own = decision.span or everywhere
        for a in order[bisect_right(latest, own.start) :]:
            if spans[a].start >= own.end:
                break
            seconds = min(own.end, spans[a].end) - max(own.start, spans[a].start)
            if seconds > 0:
                found.append((b, a, seconds))
    return found


def _apart(a: Decision, b: Decision) -> float | None:
    """Return how far the confidences of two decisions are apart, or their scores where neither has a confidence."""
    if a.confidence is not None and b.confidence is not None:
        return abs(a.confidence - b.confidence)
    if a.confidence is not None or b.confidence is not None:
        return None
    return max(_score_differences(a, b), default=None)


def _score_differences(a: Decision, b: Decision) -> Iterable[float]:
    return (abs(a.scores.get(label, 0.0) - b.scores.get(label, 0.0)) for label in {**a.scores, **b.scores})
