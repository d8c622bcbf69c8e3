"""Soft truth: the share of an item's raters that gave each label, in layers of one label and in layers of sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from .._arrays import Float64Array
from ..annotation.log import is_adjudicated
from ..corpus import Clip, Decision
from ..corpus.vote_shares import vote_shares

_POSTERIORS = ("dawid_skene", "one_coin")
"""Methods whose scores are probabilities that a model has for labels, not shares of raters."""


def rater_shares(clips: Iterable[Clip], layer: str, labels: Sequence[str]) -> Float64Array:
    """Return the share of raters that gave each label, of the raters that gave one, a row for each clip.

    First votes alone count, not answers of reviewers. A rater that abstained, or gave several labels or none, is no rater of
    the clip here. The scores of a decision are no substitute: they are what a method made of the votes, and published ones have
    the score of one label alone.

    Args:
        clips: The clips.
        layer: Name of the layer.
        labels: Its K labels, in the order of class indices.

    Returns:
        float64 ``[N, K]`` in [0, 1], of sum 1 in each row; rows of NaN where no rater gave a label, as in MELD's Basic-7.

    Cost: O(number of votes).

    Example:
        >>> from emos_io.corpus import Vote
        >>> given = {"ann": "Joy", "bob": "Fear"}
        >>> votes = tuple(Vote(item="c", layer="basic7", rater=name, labels=(label,)) for name, label in given.items())
        >>> rater_shares([Clip(key="c", source="own", language="en", votes=votes)], "basic7", ["Fear", "Joy"]).tolist()
        [[0.5, 0.5]]
    """
    index = {label: position for position, label in enumerate(labels)}
    rows = [
        [index[vote.labels[0]] for vote in clip.votes_in(layer) if len(vote.labels) == 1 and vote.labels[0] in index]
        for clip in clips
    ]
    counts = np.array([np.bincount(row, minlength=len(labels)) for row in rows], np.int64).reshape(-1, len(labels))
    num_raters = counts.sum(axis=1, keepdims=True)
    shares: Float64Array = np.where(num_raters > 0, vote_shares(counts, num_raters), np.nan)
    return shares


def set_shares(clips: Iterable[Clip], layer: str, labels: Sequence[str]) -> Float64Array:
    """Return the share of raters that gave each label of a layer of sets, a row for each clip with a decision.

    What a share is, by the first of these that applies:

    1. An adjudicated decision is the truth as it is: 1 for each of its labels.
    2. A published decision by shares (`recipe` has the method ``"soft"`` and ``published``) has them in its scores.
    3. First votes are counted: raters that gave the label by raters that gave any. A rater that abstained is counted where the
       decision counts abstentions (``abstain`` of its `recipe` is ``"label"``).
    4. Without votes the scores of the decision are shares, unless they are posteriors of Dawid and Skene; a label without a
       score above 0 has 1.

    So a set is empty where no rater gave a label, or where a decision without votes has none.

    Args:
        clips: Clips with a decision in the layer.
        layer: Name of the layer.
        labels: Its K labels, in the order of class indices.

    Returns:
        float64 ``[N, K]`` in [0, 1].

    Cost: O(number of votes).

    Example:
        >>> from emos_io.corpus import Vote
        >>> votes = [("ann", ("joy", "love")), ("bob", ("joy",)), ("cid", ("joy",)), ("dan", ("love",))]
        >>> given = tuple(Vote(item="c", layer="goemotions", rater=name, labels=own) for name, own in votes)
        >>> decision = Decision(item="c", layer="goemotions", labels=("joy",), scores={"joy": 0.999, "love": 1e-9})
        >>> clip = Clip(key="c", source="own", language="en", votes=given, decisions={"goemotions": decision})
        >>> set_shares([clip], "goemotions", ["joy", "love", "pride"]).tolist()
        [[0.75, 0.5, 0.0]]
    """
    rows = [_set_shares(clip, layer) for clip in clips]
    return np.array([[row.get(label, 0.0) for label in labels] for row in rows], np.float64).reshape(-1, len(labels))


def _set_shares(clip: Clip, layer: str) -> Mapping[str, float]:
    decision = clip.decisions[layer]
    if is_adjudicated(decision):
        return dict.fromkeys(decision.labels, 1.0)
    if decision.recipe.get("method") == "soft" and decision.recipe.get("published"):
        return _shares_of_decision(decision)
    counts_abstained = decision.recipe.get("abstain") == "label"
    given: dict[str, set[str]] = {}
    for number, vote in enumerate(clip.votes_in(layer)):
        if vote.labels or (vote.abstain and counts_abstained):
            # Votes of nobody are of one rater each.
            given.setdefault(vote.rater or f"\0{number}", set()).update(vote.labels)
    if not given:
        return _shares_of_decision(decision)
    counts = Counter(label for own in given.values() for label in own)
    return {label: count / len(given) for label, count in counts.items()}


def _shares_of_decision(decision: Decision) -> dict[str, float]:
    scores = {} if decision.recipe.get("method") in _POSTERIORS else decision.scores
    return {**scores, **{label: scores.get(label) or 1.0 for label in decision.labels}}
