"""What `match` gives: the items of one layer that are scored, beside what the predictions say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .._arrays import BoolArray, Float64Array, Int64Array
from ..corpus import Clip, Findings, Monologue, Taxonomy
from ..corpus._frozen import freeze
from .predictions import Prediction


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class MatchedClips:
    """Clips with truth in one layer, and what was predicted, as arrays of N rows in the order of the corpus.

    K is the number of labels of the layer, in the order of its taxonomy; 0 for a layer of numbers. Arrays that a layer has no
    use for are there and empty of answers: -1, False or NaN.

    Attributes:
        items: The clips; their decisions say where truth comes from.
        rows: The prediction that counts for each; None where there is none.
        answered: bool ``[N]``: the file has a row for it. False is a missing prediction.
        valid: bool ``[N]``: the row has an answer within the layer: a label, a set (an empty one too), a number. False where
            it is missing, has an error, or has words outside of the layer alone. Whatever is not valid is wrong.
        truth: int64 ``[N]``: class index of the decision; -1 for layers of sets and of numbers.
        predicted: int64 ``[N]``: class index of the answer; -1 where it is not valid, and for layers of sets and of numbers.
        confidence: float64 ``[N]``, 0 to 1: as given, else the score of the label where `scores` has it, above 1 as 1; NaN
            where there is none. NaN too where the prediction is missing or has an error; not where its label is outside of
            the layer.
        scores: float64 ``[N, K]``: as given, above 1 as 1, a label that is left out is 0; a row of NaN where there are none.
        truth_scores: float64 ``[N, K]``: the scores of the decision, a label that is left out is 0; in a layer of sets the
            shares of raters that gave each label, see `set_shares`; soft truth.
        truth_sets: bool ``[N, K]``: the labels of the decision, as its method and threshold made them.
        predicted_sets: bool ``[N, K]``: the labels of the answer; a row of False where it is not valid, or empty.
        num_outside: int64 ``[N]``: how many words of the answer are outside of the layer.
        truth_values: float64 ``[N]``: the number of the decision in a layer of numbers, such as intensity; else NaN.
        predicted_values: float64 ``[N]``: the number of the answer; NaN where it is not valid.
    """

    items: tuple[Clip, ...]
    rows: tuple[Prediction | None, ...]
    answered: BoolArray
    valid: BoolArray
    truth: Int64Array
    predicted: Int64Array
    confidence: Float64Array
    scores: Float64Array
    truth_scores: Float64Array
    truth_sets: BoolArray
    predicted_sets: BoolArray
    num_outside: Int64Array
    truth_values: Float64Array
    predicted_values: Float64Array

    def __len__(self) -> int:
        """Return the number of clips."""
        return len(self.items)

    def __repr__(self) -> str:
        return f"MatchedClips({len(self)} clips, {int(self.answered.sum())} with a prediction)"

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the clips."""
        return tuple(each.key for each in self.items)


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class MatchedStreams:
    """Monologues with truth in one layer, and the rows about each.

    Attributes:
        items: The monologues, in the order of the corpus; `Monologue.labels` of the layer is the truth.
        rows: For each its rows with a span, by end, then start, then line: neither cut at 0 or the end nor parted where they
            overlap; edges that miss another one by less than 1 ms were moved there. None of two comes again. Empty where the
            prediction is missing.
    """

    items: tuple[Monologue, ...]
    rows: tuple[tuple[Prediction, ...], ...]

    def __len__(self) -> int:
        """Return the number of monologues."""
        return len(self.items)

    def __repr__(self) -> str:
        return f"MatchedStreams({len(self)} monologues, {sum(map(len, self.rows))} rows)"


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Matched:
    """The predictions of one run in one layer beside a corpus: `match(predictions, corpus, layer=...)`.

    Attributes:
        layer: The layer.
        taxonomy: Its taxonomy; None for a layer of numbers, and for one that the corpus does not know.
        clips, streams: The items that are scored.
        missing: Keys of items that are scored and have no prediction.
        without_truth: Keys of items that were expected and have no truth in the layer: they are not scored.
        unknown: Keys of rows that the corpus does not have.
        off_side: Keys of rows that the corpus has, and that are not on the side of the split that is scored.
        folds: The name of the fold of each key, where folds were given; else empty.
        levels: The lowest and the highest level of a layer of numbers, over the truth of all clips of the corpus;
            None for a layer of labels, and where truth has other numbers than whole ones.
        counts: How many there are.

            - Items: ``items`` expected; ``clips`` and ``streams`` scored; ``missing``, ``without_truth``, ``unknown`` and
              ``off_side``.
            - Rows: ``rows`` of the layer; ``repeated``; ``other_fold``; ``without_times``, about monologues.
            - Of the rows that count for items that are scored: ``invalid``, with an error; ``abstained``, in a layer of sets
              with its abstain word alone, which is an empty set; ``outside_layer``, with an answer that is none of the layer,
              or has words that are none; ``without_confidence``, with an answer and no confidence.
            - Rows of monologues: ``overlapping`` an earlier one; ``cut`` at the end; ``outside_item``, which begin before 0 or
              after the end; ``moved``, with times that missed another edge by less than 1 ms; ``without_clock``, which do not
              say when they were available where others do.
        findings: What is wrong. Findings about the header and the split are equal for every layer of one file.
    """

    layer: str
    taxonomy: Taxonomy | None
    clips: MatchedClips
    streams: MatchedStreams
    missing: tuple[str, ...] = ()
    without_truth: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    off_side: tuple[str, ...] = ()
    folds: Mapping[str, str] = field(default_factory=dict)
    levels: tuple[int, int] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def __post_init__(self) -> None:
        freeze(self, "folds", "counts")

    def __repr__(self) -> str:
        return (
            f"Matched({self.layer!r}, {len(self.clips)} clips, {len(self.streams)} monologues, {len(self.missing)} missing, "
            f"{len(self.findings)} findings)"
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the layer in the order of class indices; none for a layer of numbers."""
        return () if self.taxonomy is None else self.taxonomy.labels

    @property
    def takes_sets(self) -> bool:
        """Whether an item of the layer may have several labels at once."""
        return self.taxonomy is not None and self.taxonomy.multiple


def label_of(row: Prediction, labels: Sequence[str]) -> str | None:
    """Return the one label of a row where it is a label of the layer, else None: an error, a set of several, another word.

    Labels are compared exactly. A set of one label counts as that label.

    Example:
        >>> label_of(Prediction(key="own/1", layer="basic7", label="Joy"), ("Fear", "Joy"))
        'Joy'
        >>> label_of(Prediction(key="own/1", layer="basic7", label="joy"), ("Fear", "Joy")) is None
        True
    """
    given = row.label if row.labels is None else row.labels[0] if len(row.labels) == 1 else None
    return given if given in labels else None
