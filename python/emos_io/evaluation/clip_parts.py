"""Clips of one layer and their measures: of one label, of sets, or of numbers, as the layer takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from .._arrays import Float64Array
from ..corpus import Corpus
from .ceiling import annotator_ceiling
from .clips.calibration import calibration
from .clips.intensity import intensity_measures
from .clips.labels import confusion_matrix, confusion_table, label_measures
from .clips.sets import set_measures
from .clips.soft import soft_label_measures, soft_set_measures
from .matched import Matched, MatchedClips
from .parts import Part, restricted, selected_clips, with_slices, without_slices
from .rater_shares import rater_shares
from .scores import ScoreTable
from .slices import SliceBy
from .sums import Measured, PlainValue

KIND = "clips"
NO_LEVELS = "kappa is of levels, whole numbers near each other, and truth of the layer has others"


def clip_parts(matched: Matched, corpus: Corpus | None, by: Sequence[SliceBy]) -> Iterator[Part]:
    """Yield the clips that are scored with their measures, all of them and then each slice.

    Args:
        matched: Predictions beside the truth of a layer.
        corpus: The corpus, whose votes say how far raters agree; None for no annotator's ceiling.
        by: What clips are sliced by.
    """
    clips = matched.clips
    shares = np.full(clips.scores.shape, np.nan)
    if matched.taxonomy is not None and not matched.takes_sets:
        shares = rater_shares(clips.items, matched.layer, matched.labels)
    ceiling = () if corpus is None else _ceiling(matched, corpus)
    for each in with_slices(clips.items, matched.layer, by):
        of = {"layer": matched.layer, "kind": KIND, **each.of}
        measured, tables, counts = _measured(matched, selected_clips(clips, each.rows), shares[each.rows], of)
        measured += restricted(ceiling, each.rows)
        if each.of:
            # Measures by source and tier are of all items; slices of slices are of no use.
            measured, counts = without_slices(measured), {}
        yield Part(of=of, rows=each.rows, measured=tuple(measured), tables=tuple(tables), counts=counts)


_Found = tuple[list[Measured], list[ScoreTable], Mapping[str, int]]
"""Measures, tables and counts."""


def _measured(matched: Matched, clips: MatchedClips, shares: Float64Array, of: Mapping[str, str]) -> _Found:
    if matched.taxonomy is None:
        return _of_numbers(clips, matched.levels), [], {}
    if matched.takes_sets:
        return _of_sets(clips, matched.labels)
    return _of_labels(clips, shares, matched.layer, matched.labels, of)


def _of_labels(
    clips: MatchedClips, shares: Float64Array, layer: str, labels: tuple[str, ...], of: Mapping[str, str]
) -> _Found:
    matrix = confusion_matrix(clips.truth, clips.predicted, len(labels))
    has_scores = bool((~np.isnan(clips.scores)).any())
    calibrated = calibration(
        clips.confidence,
        clips.predicted == clips.truth,
        tier=[item.decisions[layer].confidence_tier for item in clips.items],
        source=[item.source for item in clips.items],
        scores=clips.scores if has_scores else None,
        truth=clips.truth if has_scores else None,
        of=of,
    )
    measured: list[Measured] = [label_measures(clips.truth, clips.predicted, labels)]
    measured += [soft_label_measures(shares, clips.scores), *calibrated.measured]
    tables = [confusion_table(matrix, labels, of=of), *calibrated.tables]
    return measured, tables, calibrated.counts


def _of_sets(clips: MatchedClips, labels: tuple[str, ...]) -> _Found:
    sets = set_measures(
        clips.truth_scores,
        clips.predicted_sets,
        labels,
        # An answer of words outside of the layer alone is an answer, and wrong; one that is an error is none.
        answered=clips.valid | (clips.num_outside > 0),
        num_outside=clips.num_outside,
    )
    return [sets, soft_set_measures(clips.truth_scores, clips.scores)], [], {}


def _of_numbers(clips: MatchedClips, levels: tuple[int, int] | None) -> list[Measured]:
    """Return errors of numbers; kappa is of the levels of the layer, in slices too."""
    found: list[Measured] = [intensity_measures(clips.truth_values, clips.predicted_values, levels=levels)]
    if levels is None:
        found.append(PlainValue("quadratic_kappa", None, int(clips.valid.sum()), NO_LEVELS))
    return found


def _ceiling(matched: Matched, corpus: Corpus) -> tuple[Measured, ...]:
    """Return how far raters agree, and the predictions beside them, a row for each clip that is scored."""
    if matched.taxonomy is None or matched.takes_sets:
        return ()
    clips = matched.clips
    return annotator_ceiling(corpus, matched.layer, keys=clips.keys, predicted=clips.predicted).measured
