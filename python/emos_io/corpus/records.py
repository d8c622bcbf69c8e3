"""What a corpus holds: items, their spans, what raters said of them, and what became of it.

```text
 Clip ──┬── Vote       one rater, one layer: labels as the taxonomy writes them, and as they were written
        └── Decision   what aggregation made of votes, with its recipe
 Monologue ──┬── Sentence    speech, on a clock of 10 ms
             ├── Utterance   labels, on a clock of whole seconds
             └── LabelTimeline (timeline.py)
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from ..errors import InvalidArgument
from ..spans import Span
from .timeline import LabelTimeline

Role = Literal["annotate", "review", "adjudicate"]
Tier = Literal["high", "medium", "low"]
Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a record was read: a file within the release, a sheet of it, a row (the header is row 1)."""

    file: str
    sheet: str | None = None
    row: int | None = None

    def __str__(self) -> str:
        sheet = f", sheet {self.sheet}" if self.sheet else ""
        return f"{self.file}{sheet}" + (f", row {self.row}" if self.row else "")


@dataclass(frozen=True, slots=True)
class Vote:
    """What one rater said of one item in one layer.

    Attributes:
        item: Key of the item.
        layer: Name of the taxonomy.
        rater: Whose vote it is; one person has one name throughout a corpus.
        labels: Labels of the taxonomy; none where the rater abstained or wrote only unknown words.
        abstain: The rater gave the abstain word.
        open_labels: Words outside of the taxonomy, kept as written.
        raw: As written.
        role: How the vote came about.
        provenance: Where it was read.
        span: The stretch of the item that it speaks of, None for all of it.
    """

    item: str
    layer: str
    rater: str
    labels: tuple[str, ...]
    abstain: bool = False
    open_labels: tuple[str, ...] = ()
    raw: str = ""
    role: Role = "annotate"
    provenance: Provenance | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What aggregation made of the votes of an item in one layer.

    Attributes:
        item, layer: Of what.
        labels: One label for a single-label layer; the set with a score above 0 for a multiple one.
        scores: Score of labels, 0 to 1; labels with score 0 may be left out.
        confidence: Score of the label, or None for a multiple layer.
        tier: Confidence tier, or None where the release has none.
        recipe: Name and parameters of what made it.
        provenance: Where it was read, or None if it was computed here.
    """

    item: str
    layer: str
    labels: tuple[str, ...]
    scores: Mapping[str, float]
    confidence: float | None = None
    tier: Tier | None = None
    recipe: Mapping[str, Scalar] = field(default_factory=dict)
    provenance: Provenance | None = None

    @property
    def label(self) -> str | None:
        """The label of a single-label layer, or None where there is none."""
        return self.labels[0] if len(self.labels) == 1 else None


@dataclass(frozen=True, slots=True)
class Clip:
    """A static item: one short clip of one speaker.

    Attributes:
        key: Unique in the corpus (``meld/dia0_utt0``).
        source: Dataset that it is from.
        language: ISO 639-1.
        text: What is said, as published.
        group: What must not be divided between train and test (a video, a dialogue), by kind.
        media: Path of the media within the release, as the manifest lists it, or None.
        path: Media at hand, or None.
        speaker: Who speaks, where known.
        votes: Votes of all raters in all layers.
        decisions: Published decisions, by layer.
        attributes: Other published columns (`sentiment` of CH-SIMS, `emotion` of MELD).
        provenance: Where it was read.
    """

    key: str
    source: str
    language: str
    text: str
    group: Mapping[str, str]
    media: str | None = None
    path: str | None = None
    speaker: str | None = None
    votes: tuple[Vote, ...] = ()
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    provenance: Provenance | None = None

    @property
    def decision(self) -> Decision | None:
        """The decision of the Basic-7 layer."""
        return self.decisions.get("basic7")

    @property
    def confidence(self) -> float | None:
        """Confidence of the Basic-7 decision, 0 to 1."""
        return self.decision.confidence if self.decision else None

    @property
    def confidence_tier(self) -> Tier | None:
        """Confidence tier of the Basic-7 decision."""
        return self.decision.tier if self.decision else None

    def votes_in(self, layer: str) -> tuple[Vote, ...]:
        """Return the votes of one layer."""
        return tuple(vote for vote in self.votes if vote.layer == layer)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a monologue as speech recognition gave it.

    Attributes:
        index: From 1, as published.
        span: On the clock of the clip, in steps of 10 ms.
        global_span: On the clock of the compilation that the clip was cut from.
        text: As published.
        filename: Media of the sentence alone, as published.
    """

    index: int
    span: Span
    global_span: Span | None
    text: str
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """A labelled stretch of a monologue.

    Attributes:
        index: From 0, in order.
        span: On the clock of the clip, in whole seconds: boundaries are good to half a second at best.
        basic7: The Basic-7 label.
        layers: Labels of other layers, by layer.
        goemotions: Labels of GoEmotions, in the order published.
        open_labels: Secondary labels outside of GoEmotions, kept as written.
        intensity: 1 to 5.
        raw_primary, raw_secondary: As published.
        text: Transcript by language.
        speaker, audio_cues, visual_cues, evidence, note: As published.
    """

    index: int
    span: Span
    basic7: str | None
    goemotions: tuple[str, ...]
    open_labels: tuple[str, ...]
    intensity: int | None
    raw_primary: str
    raw_secondary: tuple[str, ...]
    text: Mapping[str, str]
    speaker: str | None = None
    audio_cues: str | None = None
    visual_cues: str | None = None
    evidence: str | None = None
    note: str | None = None
    layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trend:
    """What a monologue is as a whole: a summary, the dominant Basic-7 label, the course in words."""

    summary: str
    dominant: str | None
    raw_dominant: str
    trajectory: str


@dataclass(frozen=True, slots=True)
class Monologue:
    """A streaming item: one speaker over minutes.

    Attributes:
        key: ``streaming/`` and the name of its folder.
        name: Of the folder.
        title: Of the film, in its language.
        language: ISO 639-1.
        duration: Seconds, as published, exact.
        global_span: Where it lies in the compilation that it was cut from.
        sentences, utterances: In order of time.
        trend: Of the whole.
        media: Path of the media within the release, as the manifest lists it, or None.
        path: Media at hand, or None.
        attributes: Other published values.
        provenance: Where it was read.
    """

    key: str
    name: str
    title: str
    language: str
    duration: Fraction
    global_span: Span | None
    sentences: tuple[Sentence, ...]
    utterances: tuple[Utterance, ...]
    trend: Trend | None
    media: str | None = None
    path: str | None = None
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    provenance: Provenance | None = None

    def labels(self, layer: str) -> LabelTimeline:
        """Return the labels of a layer over media time: ``"basic7"``, ``"goemotions"``, ``"intensity"`` or another of its own.

        Time between utterances has no label. GoEmotions count alike for each label of an utterance: weights are 1 / n.

        Raises:
            InvalidArgument: There is no such layer.
        """
        known = {"basic7", "goemotions", "intensity", *(name for each in self.utterances for name in each.layers)}
        if layer not in known:
            raise InvalidArgument(f"layer {layer!r} was asked for; {self.key} has {', '.join(sorted(known))}")
        weights: list[dict[str, float]] = []
        for utterance in self.utterances:
            names = utterance.layers.get(layer, ())
            if layer == "basic7" and utterance.basic7:
                names = (utterance.basic7,)
            elif layer == "goemotions":
                names = utterance.goemotions
            elif layer == "intensity" and utterance.intensity is not None:
                names = (str(utterance.intensity),)
            weights.append({name: 1 / len(names) for name in names})
        spans = [utterance.span for utterance in self.utterances]
        keep = [place for place, each in enumerate(weights) if each]
        return LabelTimeline(layer, tuple(spans[n] for n in keep), tuple(weights[n] for n in keep), step=Fraction(1))
