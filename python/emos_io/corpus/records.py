"""What a corpus holds: items, their spans, the votes on them, and the decisions that were made of votes.

```text
 Clip ──┬── Vote       one rater, one layer: labels as the taxonomy writes them, and as they were written
        └── Decision   what aggregation made of votes, with its recipe
 Monologue ──┬── Sentence    speech, on a clock of 10 ms
             ├── Utterance   labels, on a clock of whole seconds
             └── LabelTimeline (timeline.py)
```
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Literal, Protocol, runtime_checkable

from ..errors import InvalidArgument, short_repr
from ..spans import Span
from ._frozen import FrozenMapping, freeze
from .confidence_tiers import ConfidenceTier
from .overlaps import covers
from .taxonomies import takes_sets
from .timeline import LabelTimeline

Role = Literal["annotate", "review", "adjudicate"]
Scalar = str | int | float | bool | None
PUBLISHED_LAYERS = ("basic7", "goemotions", "intensity")
"""Layers that every monologue may be asked for, also where it has no label in them."""


@runtime_checkable
class HasDuration(Protocol):
    """An item that may know how long it is: a `Clip`, a `Monologue`, media with a key."""

    @property
    def key(self) -> str:
        """Its key."""

    @property
    def path(self) -> str | None:
        """The path of its media on this machine, or None."""

    @property
    def duration(self) -> Fraction | None:
        """Seconds, exact, or None where it does not know."""


def _check_names(names: object, what: str) -> None:
    """Check that labels are several: one text is a sequence of letters."""
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        one = names if isinstance(names, str) else "Joy"
        raise InvalidArgument(f"{what} must be a tuple of names, got {short_repr(names)}; give ({one!r},)")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a record was read: a file within the folder that was read, its sheet, its row (the header is row 1)."""

    file: str
    sheet: str | None = None
    row: int | None = None

    def __str__(self) -> str:
        sheet = f", sheet {self.sheet}" if self.sheet else ""
        return f"{self.file}{sheet}" + (f", row {self.row}" if self.row else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What one rater said of one item in one layer.

    Attributes:
        item: Key of the item.
        layer: Name of the taxonomy.
        rater: Who voted; one person has one name throughout a corpus. "" where nobody is named.
        labels: Labels of the taxonomy; none where the rater abstained or wrote only unknown words.
        abstain: The rater gave the abstain word.
        open_labels: Words outside of the taxonomy, kept as written.
        raw: The cell as it was written.
        role: Whether it is a first vote, a review or an adjudication.
        provenance: Where it was read.
        span: The part of the item that the vote is about; None means all of it.
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

    def __post_init__(self) -> None:
        _check_names(self.labels, "labels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What aggregation made of the votes of an item in one layer.

    Attributes:
        item, layer: Key of the item, and name of the taxonomy.
        labels: One label for a single-label layer; the set with a score above 0 for a multiple one.
        scores: Score of labels, 0 to 1; labels with score 0 may be left out.
        confidence: Score of the label, or None for a multiple layer.
        confidence_tier: ``"high"``, ``"medium"`` or ``"low"``, or None where there is none.
        recipe: Name and parameters of the method that made it.
        provenance: Where it was read, or None if it was computed here.
        span: The part of the item that it is about; None means all of it.
    """

    item: str
    layer: str
    labels: tuple[str, ...]
    scores: Mapping[str, float]
    confidence: float | None = None
    confidence_tier: ConfidenceTier | None = None
    recipe: Mapping[str, Scalar] = field(default_factory=dict)
    provenance: Provenance | None = None
    span: Span | None = None

    def __post_init__(self) -> None:
        _check_names(self.labels, "labels")
        freeze(self, "scores", "recipe")

    @property
    def label(self) -> str | None:
        """The label of a single-label layer, or None where there is none."""
        return self.labels[0] if len(self.labels) == 1 else None


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Clip:
    """A static item: one short clip of one speaker.

    Attributes:
        key: Unique in the corpus (``meld/dia0_utt0``).
        source: Name of the dataset.
        language: ISO 639-1.
        text: Its transcript, as published.
        group: Names of the groups that a split must not divide (a video, a dialogue), by kind.
        published_path: Path of the media within the release, as the manifest lists it, or None.
        path: Path of the media on this machine, or None.
        speaker: Name of the speaker, or None.
        votes: Votes of all raters in all layers, and the answers of reviewers, by their role.
        decisions: The decisions that count, by layer.
        replaced: Decisions that others have replaced, of all layers, the oldest first.
        published_span: Span in what it was cut from, by the published clock, or None.
        attributes: Other published columns (`sentiment` of CH-SIMS, `emotion` of MELD).
        provenance: Where it was read.
    """

    key: str
    source: str
    language: str
    text: str = ""
    group: Mapping[str, str] = field(default_factory=dict)
    published_path: str | None = None
    path: str | None = None
    speaker: str | None = None
    votes: tuple[Vote, ...] = ()
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    replaced: tuple[Decision, ...] = ()
    published_span: Span | None = None
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        freeze(self, "group", "decisions", "attributes")

    def __repr__(self) -> str:
        return (
            f"Clip({self.key!r}, language={self.language!r}, {len(self.votes)} votes, "
            f"decisions={sorted(self.decisions)}, path={self.path!r})"
        )

    @property
    def duration(self) -> Fraction | None:
        """Seconds of the published span, exact, or None; the media may be some milliseconds longer or shorter."""
        return None if self.published_span is None else self.published_span.duration

    @property
    def decision(self) -> Decision | None:
        """The decision of the Basic-7 layer."""
        return self.decisions.get("basic7")

    @property
    def confidence(self) -> float | None:
        """Confidence of the Basic-7 decision, 0 to 1."""
        return self.decision.confidence if self.decision else None

    @property
    def confidence_tier(self) -> ConfidenceTier | None:
        """Confidence tier of the Basic-7 decision."""
        return self.decision.confidence_tier if self.decision else None

    def votes_in(self, layer: str, role: Role = "annotate") -> tuple[Vote, ...]:
        """Return the votes of one layer: first votes, or those of another role."""
        return votes_in(self.votes, layer, role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of a monologue as speech recognition gave it.

    Attributes:
        index: From 1, as published.
        span: Span on the clock of the clip, in steps of 10 ms.
        global_span: Span on the clock of the compilation that the clip was cut from.
        text: Text, as published.
        filename: Name of the media file of this sentence alone, as published.
    """

    index: int
    span: Span
    global_span: Span | None = None
    text: str
    filename: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A labelled part of a monologue.

    Attributes:
        index: From 0, in order.
        span: Span on the clock of the clip, in whole seconds: boundaries are exact to half a second at best.
        labels: Labels by layer (``basic7``, ``goemotions``, a layer of your own), in the order published.
        open_labels: Secondary labels outside of GoEmotions, kept as written.
        intensity: An integer from 1 to 5, or None; `labels_in` gives it as the layer ``intensity``.
        raw_primary, raw_secondary: Labels as published.
        text: Transcript by language.
        confidence: Confidence of the labels, 0 to 1, the lowest of several; or None where nobody gave one.
        speaker, audio_cues, visual_cues, evidence, note: Further columns, as published.

    Raises:
        InvalidArgument: The labels of a layer are no tuple of names, such as one text.

    Example:
        >>> one = Utterance(index=0, span=Span(0, 5), labels={"goemotions": ("joy", "pride", "love")}, intensity=4)
        >>> one.layers, one.labels_in("intensity"), one.weights("goemotions")["pride"]
        (('goemotions', 'intensity'), ('4',), Fraction(1, 3))
    """

    index: int
    span: Span
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    open_labels: tuple[str, ...] = ()
    intensity: int | None = None
    confidence: float | None = None
    raw_primary: str = ""
    raw_secondary: tuple[str, ...] = ()
    text: Mapping[str, str] = field(default_factory=dict)
    speaker: str | None = None
    audio_cues: str | None = None
    visual_cues: str | None = None
    evidence: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        freeze(self, "labels", "text")
        for layer, names in self.labels.items():
            _check_names(names, f"labels of layer {layer!r}")
        object.__setattr__(self, "labels", FrozenMapping({layer: tuple(each) for layer, each in self.labels.items()}))

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers in which it is labelled; a layer of `labels` without any label is among them."""
        extra = () if self.intensity is None or "intensity" in self.labels else ("intensity",)
        return (*self.labels, *extra)

    def labels_in(self, layer: str) -> tuple[str, ...]:
        """Return the labels of a layer; none where it has no such layer."""
        if layer == "intensity" and self.intensity is not None:
            return (str(self.intensity),)
        return self.labels.get(layer, ())

    def weights(self, layer: str) -> Mapping[str, Fraction]:
        """Return the labels of a layer, each with its exact weight: 1 / n for n labels, twice that for one given twice."""
        return _union([self.labels_in(layer)])

    @property
    def basic7(self) -> str | None:
        """The label of Basic-7, or None where there is none."""
        return next(iter(self.labels_in("basic7")), None)

    @property
    def goemotions(self) -> tuple[str, ...]:
        """The labels of GoEmotions."""
        return self.labels_in("goemotions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A summary of a monologue, its dominant Basic-7 label, and how the emotion develops, in words."""

    summary: str
    dominant: str | None
    raw_dominant: str
    trajectory: str


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Monologue:
    """A streaming item: one speaker over minutes.

    Attributes:
        key: ``streaming/`` and the name of its folder.
        name: Name of its folder.
        title: Title of the film, in its language.
        language: ISO 639-1.
        duration: Seconds, as published, exact.
        global_span: Span in the compilation that it was cut from.
        sentences, utterances: Sentences and labelled utterances, each in order of time; utterances may overlap (`labels`).
        trend: Summary of the monologue, or None.
        group: Names of the groups that a split must not divide (a speaker, a fold), by kind.
        votes: Votes of all raters in all layers, each on its span, as they were read, and the answers of reviewers, by their
            role; utterances are those of one rater or of decisions, and there are none where several raters voted, none was
            chosen and nothing was decided.
        decisions: The decisions on its spans that count, of all layers, in order of layer and time.
        replaced: Decisions that others have replaced, the oldest first.
        single_layers: Layers of its own taxonomies that take one label at once.
        published_path: Path of the media within the release, as the manifest lists it, or None.
        path: Path of the media on this machine, or None.
        attributes: Other published values.
        provenance: Where it was read.
    """

    key: str
    name: str
    title: str
    language: str
    duration: Fraction
    global_span: Span | None = None
    sentences: tuple[Sentence, ...] = ()
    utterances: tuple[Utterance, ...] = ()
    trend: Trend | None = None
    group: Mapping[str, str] = field(default_factory=dict)
    votes: tuple[Vote, ...] = ()
    decisions: tuple[Decision, ...] = ()
    replaced: tuple[Decision, ...] = ()
    single_layers: tuple[str, ...] = ()
    published_path: str | None = None
    path: str | None = None
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        freeze(self, "group", "attributes")

    def __repr__(self) -> str:
        return (
            f"Monologue({self.key!r}, language={self.language!r}, {float(self.duration):g} s, "
            f"{len(self.sentences)} sentences, {len(self.utterances)} utterances, path={self.path!r})"
        )

    def votes_in(self, layer: str, role: Role = "annotate") -> tuple[Vote, ...]:
        """Return the votes of one layer: first votes, or those of another role."""
        return votes_in(self.votes, layer, role)

    def decisions_in(self, layer: str) -> tuple[Decision, ...]:
        """Return the decisions of one layer, in order of time."""
        return tuple(each for each in self.decisions if each.layer == layer)

    def labels(self, layer: str) -> LabelTimeline:
        """Return the labels of a layer over media time: ``"basic7"``, ``"goemotions"``, ``"intensity"`` or a layer of your own.

        Time between utterances has no label. If an utterance has n labels, each has the weight 1 / n. Where utterances overlap,
        a layer that takes several labels (``"goemotions"``, a layer of your own) has those of all of them, and any other layer
        has a label only where all of them have the same.

        Raises:
            InvalidArgument: There is no such layer.
        """
        voted = {vote.layer for vote in self.votes}
        known = {*PUBLISHED_LAYERS, *voted, *(name for each in self.utterances for name in each.layers)}
        if not isinstance(layer, str) or layer not in known:
            allowed = ", ".join(sorted(known))
            raise InvalidArgument(
                f"layer must be one of {allowed}, got {layer!r}; {self.key} has no other", key=self.key
            )
        labelled = [each for each in self.utterances if each.labels_in(layer)]
        spans, weights = [each.span for each in labelled], [each.weights(layer) for each in labelled]
        in_order = all(before.start <= after.start for before, after in pairwise(spans))
        if in_order and any(after.start < before.end for before, after in pairwise(spans)):
            named = [each.labels_in(layer) for each in labelled]
            sets = layer != "intensity" and layer not in self.single_layers and takes_sets(layer)
            parts = [part for part in covers(spans, named) if sets or len(part.owners) == 1]
            spans = [part.span for part in parts]
            weights = [_union([named[owner] for owner in part.owners]) for part in parts]
        return LabelTimeline(layer, spans, weights, step=1)


def votes_in(votes: Iterable[Vote], layer: str, role: Role = "annotate") -> tuple[Vote, ...]:
    """Return the votes of a layer and a role."""
    return tuple(vote for vote in votes if vote.layer == layer and vote.role == role)


def _union(named: Sequence[Sequence[str]]) -> Mapping[str, Fraction]:
    """Return the labels of several sets with equal weights; one set alone keeps the weights of what it repeats."""
    names = named[0] if len(named) == 1 else list(dict.fromkeys(name for each in named for name in each))
    return {name: Fraction(names.count(name), len(names)) for name in names}
