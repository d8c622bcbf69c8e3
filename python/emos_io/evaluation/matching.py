"""Predictions beside a corpus: which items are scored, what was predicted of each, and what is wrong with it."""

from __future__ import annotations

from ..corpus import Folds, Split
from ..corpus.data import CorpusData
from ..corpus.division.values import Side
from .matched import Matched
from .predictions import Predictions


def match(
    predictions: Predictions,
    corpus: CorpusData,
    *,
    layer: str,
    split: Split | Folds | None = None,
    side: Side = "test",
) -> Matched:
    """Return the items of a layer that are scored, beside what predictions say of them.

    Items are expected that are on a side of a split, or in folds; without a split all clips where the file has a row for one,
    and all monologues where it has a row for one. An expected item without a row is a missing prediction; an expected item
    without truth in the layer is not scored. Of rows about one thing the first counts. Nothing is left out without a
    finding.

    Args:
        predictions: The predictions of one run.
        corpus: Items with truth.
        layer: The layer.
        split: A split, or folds, of which each row is checked to be from the fold of its item.
        side: The side of a split that is scored; that of folds is ``"test"``.

    Raises:
        InvalidArgument: An argument is none of these, or the split has no such side.
    """
    raise NotImplementedError
