"""The verb `compare`: several runs on the same items and the same draws, each with each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import get_args

import numpy as np

from .._checks import choice
from ..annotation.measures import DRAWS
from ..corpus import Corpus, Folds, Split
from ..corpus._frozen import freeze
from ..corpus.codec import decode, encode
from ..corpus.data import checked_corpus
from ..errors import InvalidArgument, short_repr
from .clip_parts import clip_parts
from .clips.calibration import all_have_confidence
from .clusters import Clusters, clusters_of
from .differences import Difference, adjusted, differences
from .intervals import Drawn, ScoreKey, drawn
from .matched import Matched, MatchedStreams
from .matching import Side, match
from .parts import Part, selected, selected_clips
from .predictions import Predictions
from .score import checked_layer, checked_predictions, checked_split
from .scores import refuse_constant
from .stream_parts import stream_form, stream_parts
from .sums import Measured, MeasuredRows
from .synthetic import from_synthetic

COMPARED = (
    "accuracy",
    "macro_f1",
    "weighted_f1",
    "uar",
    "ece",
    "confidence_brier",
    "confidence_auroc",
    "jaccard",
    "samples_f1",
    "micro_f1",
    "mae",
    "rmse",
    "quadratic_kappa",
    "ccc",
    "turning_point_f1",
)
"""The measures that are compared where nobody names some, of layers of labels, of sets and of numbers, and of monologues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDifference:
    """How far two runs are from each other in one measure.

    Attributes:
        first, second: Names of the runs; the difference is that of the first minus the second.
        difference: Values, difference, interval and p.
    """

    first: str
    second: str
    difference: Difference


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Comparison:
    """Several runs on the same items, each with each.

    Attributes:
        names: Names of the runs.
        differences: The differences, by measure, then by pair of runs in their order. Their `p_adjusted` is by Holm over all
            pairs of one measure, the family from which one says which run is the best.
        items: On how many items they were compared, by layer and kind: ``{"basic7.clips": 9403}``.
        draws, seed: The number of draws of clusters, and their seed.
        synthetic: Whether an item, or what made a run, is synthetic: see `Scores`. JSON has it where it is true alone.
    """

    names: tuple[str, ...]
    differences: tuple[RunDifference, ...]
    items: Mapping[str, int] = field(default_factory=dict)
    draws: int = DRAWS
    seed: int = 0
    synthetic: bool = False

    def __post_init__(self) -> None:
        freeze(self, "items")

    def __repr__(self) -> str:
        return f"Comparison({', '.join(map(repr, self.names))}, {len(self.differences)} differences)"

    def get(self, name: str, first: str, second: str, **of: str) -> Difference:
        """Return how far one run is from another in one measure.

        Raises:
            InvalidArgument: There is none, or there are several.
        """
        found = [
            each.difference
            for each in self.differences
            if (each.difference.name, each.first, each.second) == (name, first, second)
            and all(each.difference.of.get(kind, "") == value for kind, value in of.items())
        ]
        if len(found) != 1:
            have = ", ".join(dict.fromkeys(each.difference.name for each in self.differences)) or "none"
            raise InvalidArgument(
                f"name must be one measure of two runs that were compared, got {len(found)} of {short_repr(name)}; there are "
                f"{have} of {', '.join(self.names)}"
            )
        return found[0]

    def as_dict(self) -> dict[str, object]:
        """Return the comparison as a JSON object, as `to_json` writes it."""
        values: dict[str, object] = {**encode(self)}
        if not self.synthetic:
            del values["synthetic"]
        return values

    def to_json(self) -> str:
        """Return the comparison as one line of JSON, which `from_json` reads; floats are written exactly."""
        return json.dumps(self.as_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Comparison:
        """Return the comparison that `to_json` wrote: an equal one.

        Raises:
            InvalidArgument: It is none of theirs.
        """
        try:
            return decode(cls, json.loads(text, parse_constant=refuse_constant))
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidArgument(
                f"text must be a comparison in JSON, got {short_repr(text)}, where {error}; give what Comparison.to_json wrote"
            ) from error


def compare(
    first: Predictions,
    second: Predictions,
    *more: Predictions,
    corpus: Corpus,
    split: Split | Folds | None = None,
    side: Side = "test",
    layer: str | None = None,
    names: Sequence[str] = COMPARED,
    draws: int = DRAWS,
    seed: int = 0,
) -> Comparison:
    """Return how far runs are from each other, each from each, on the same items and in the same draws of clusters.

    Items are those of `score`; without a split, those that are scored in every run. Two runs are compared in what needs
    confidences (ECE, Brier, AUROC) on the clips where both have one: an expected calibration error of fewer items is larger by
    chance alone.

    Args:
        first, second, *more: The runs. Of runs of one name the later ones are numbered.
        corpus, split, side: As of `score`.
        layer: The layer; None for all that every run has.
        names: The measures that are compared; those that a layer does not have are left out. Each class of a layer has its own
            F1, precision and recall, which are not compared.
        draws, seed: As of `score`.

    Raises:
        InvalidArgument: An argument is none of these, no layer is in all runs, or no two runs have one of `names`, other than
            those of `COMPARED`. Runs without an item in common have no differences.

    Example:
        >>> from emos_io.corpus import Clip, Decision
        >>> from emos_io.evaluation import Prediction
        >>> decision = Decision(item="", layer="basic7", labels=("Joy",), scores={"Joy": 1.0})
        >>> clips = [Clip(key=f"own/{k}", source="own", language="en", decisions={"basic7": decision}) for k in range(20)]
        >>> def run(name, right):
        ...     words = ["Joy" if k < right else "Fear" for k in range(20)]
        ...     rows = [Prediction(key=clip.key, layer="basic7", label=word) for clip, word in zip(clips, words)]
        ...     return Predictions(tuple(rows), name=name)
        >>> found = compare(run("a", 15), run("b", 10), corpus=Corpus(clips), names=["accuracy"])
        >>> one = found.get("accuracy", "a", "b")
        >>> one.difference, one.num_clusters, one.low > 0, one.p == one.p_adjusted
        (0.25, 20, True, True)
    """
    runs = _numbered([checked_predictions(each, "predictions") for each in (first, second, *more)])
    data, division, chosen = checked_corpus(corpus), checked_split(split), choice(side, get_args(Side), "side")
    wanted = _checked_names(names)
    layers = _layers(layer, runs, data)
    found: list[RunDifference] = []
    items: dict[str, int] = {}
    have: set[str] = set()
    synthetic = any(from_synthetic(run, ()) for run in runs)
    for each in layers:
        matched = [match(run, data, layer=each, split=division, side=chosen) for run in runs]
        together = _shared(matched)
        synthetic = synthetic or from_synthetic(runs[0], together[:1])
        sides = (("clips", together[0].clips.items), ("streams", together[0].streams.items))
        items |= {f"{each}.{kind}": len(shared) for kind, shared in sides if shared}
        clusters = {
            kind: clusters_of(data, [item.key for item in shared], division) for kind, shared in sides if shared
        }

        def values(parts: Iterable[Part], clusters: Mapping[str, Clusters] = clusters) -> list[Drawn]:
            return [
                value
                for part in parts
                for value in drawn(
                    _named(part.measured, wanted), clusters[part.of["kind"]], of=part.of, draws=draws, seed=seed
                )
            ]

        clips, streams = [_clip_parts(one) for one in together], list(map(_stream_parts, together, runs))
        have |= {name for parts in (*clips, *streams) for part in parts for name in _names_of(part.measured)}
        own = list(zip(map(values, clips), map(values, streams), strict=True))
        for a, b in combinations(range(len(runs)), 2):
            pair = [
                [*(own[index][0] if same else values(_clip_parts(one))), *own[index][1]]
                for index, (one, same) in zip((a, b), _equal_confidence(together[a], together[b]), strict=True)
            ]
            found += [RunDifference(first=runs[a].name, second=runs[b].name, difference=d) for d in differences(*pair)]
    compared = {each.difference.name for each in found}
    absent = [] if wanted == COMPARED else [name for name in wanted if name not in compared]
    if items and absent:
        raise InvalidArgument(
            f"names must be measures that these runs have, got {', '.join(absent)}; they have "
            f"{', '.join(sorted(have)) or 'none'}"
        )
    return Comparison(
        names=tuple(run.name for run in runs),
        differences=tuple(_by_holm(found)),
        items=items,
        draws=draws,
        seed=seed,
        synthetic=synthetic,
    )


def _numbered(runs: Sequence[Predictions]) -> list[Predictions]:
    """Return runs with a name each that no other one has."""
    names = [run.name or "run" for run in runs]
    seen: Counter[str] = Counter()
    found: list[Predictions] = []
    for run, name in zip(runs, names, strict=True):
        seen[name] += 1
        found.append(replace(run, name=name if seen[name] == 1 else f"{name} ({seen[name]})"))
    return found


def _checked_names(names: object) -> tuple[str, ...]:
    if not isinstance(names, Iterable) or isinstance(names, str | bytes):
        raise InvalidArgument(
            f"names must be a sequence of measures, got {short_repr(names)}; give such as ['accuracy']"
        )
    found = tuple(names)
    for each in found:
        if not isinstance(each, str):
            raise InvalidArgument(f"names must be names of measures, got {short_repr(each)}; give such as ['accuracy']")
    if not found:
        raise InvalidArgument("names must be one measure or more, got none; give such as ['accuracy']")
    return found


def _layers(layer: str | None, runs: Sequence[Predictions], corpus: Corpus) -> tuple[str, ...]:
    if layer is not None:
        return (checked_layer(layer, runs, corpus),)
    shared = tuple(each for each in runs[0].layers if all(each in run.layers for run in runs))
    if not shared:
        have = "; ".join(f"{run.name}: {', '.join(run.layers) or 'none'}" for run in runs)
        raise InvalidArgument(f"predictions must have a layer in common, got {have}; compare runs of one layer")
    return shared


def _shared(matched: Sequence[Matched]) -> list[Matched]:
    """Return runs with the items that are scored in all of them."""
    clips = set.intersection(*({item.key for item in each.clips.items} for each in matched))
    streams = set.intersection(*({item.key for item in each.streams.items} for each in matched))
    found: list[Matched] = []
    for each in matched:
        kept = np.array([item.key in clips for item in each.clips.items], np.bool_)
        there = np.array([item.key in streams for item in each.streams.items], np.bool_)
        found.append(
            replace(
                each,
                clips=selected_clips(each.clips, kept),
                streams=MatchedStreams(
                    items=selected(each.streams.items, there), rows=selected(each.streams.rows, there)
                ),
            )
        )
    return found


def _equal_confidence(first: Matched, second: Matched) -> list[tuple[Matched, bool]]:
    """Return two runs with confidences on the clips where both have one, and whether each is as it was."""
    has_both = all_have_confidence([first.clips.confidence, second.clips.confidence])
    found: list[tuple[Matched, bool]] = []
    for each in (first, second):
        confidence = np.where(has_both, each.clips.confidence, np.nan)
        same = bool((np.isnan(confidence) == np.isnan(each.clips.confidence)).all())
        found.append((replace(each, clips=replace(each.clips, confidence=confidence)), same))
    return found


def _clip_parts(matched: Matched) -> list[Part]:
    """Return all clips; how far raters agree does not depend on a run, and is left out."""
    return list(clip_parts(matched, None, ())) if len(matched.clips) else []


def _stream_parts(matched: Matched, run: Predictions) -> list[Part]:
    """Return all monologues on both clocks, without switchers."""
    form = stream_form(matched, run.header)
    return list(stream_parts(matched, form, (), beside=False)) if len(matched.streams) else []


def _names_of(measured: Iterable[Measured]) -> Iterator[str]:
    for each in measured:
        measures = each.measures if isinstance(each, MeasuredRows) else (each,)
        yield from (one.name for one in measures if "class" not in one.of)


def _named(measured: Iterable[Measured], names: Collection[str]) -> list[Measured]:
    """Return the measures of some names."""
    found: list[Measured] = []
    for each in measured:
        if isinstance(each, MeasuredRows):
            chosen = tuple(one for one in each.measures if one.name in names and "class" not in one.of)
            if chosen:
                found.append(MeasuredRows(each.columns, each.counted, chosen))
        elif each.name in names:
            found.append(each)
    return found


def _by_holm(found: Sequence[RunDifference]) -> Iterator[RunDifference]:
    """Yield differences by measure, adjusted over all pairs of runs of each measure."""
    families: dict[ScoreKey, list[RunDifference]] = {}
    for each in found:
        families.setdefault(each.difference.key, []).append(each)
    for family in families.values():
        better = adjusted([each.difference for each in family])
        yield from (replace(each, difference=one) for each, one in zip(family, better, strict=True))
