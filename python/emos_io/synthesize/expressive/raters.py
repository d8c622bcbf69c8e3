"""Three raters who are simulated, and what their votes on a clip decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import prod

from ...corpus import Decision, Vote
from ...corpus.confidence_tiers import tier_of
from .draws import Draws
from .schedule import INTENSITY_SHARES, LABEL_SHARES

LAYER = "basic7"
RATERS: Mapping[str, float] = {"r1": 0.9, "r2": 0.8, "r3": 0.7}
"""How often each rater gives the label of a clip of the strongest intensity."""
_LOST_BY_INTENSITY = 0.1
"""How much less often for each step below intensity 5."""
_TIMES_AS_NEUTRAL = 3.0
"""A rater who errs says Neutral so many times as often as another label."""
METHOD = "bayes_of_known_raters"


def votes_and_decision(draws: Draws, key: str, label: str, intensity: int) -> tuple[tuple[Vote, ...], Decision]:
    """Return three votes on a clip and the decision, which is its label: votes that decide another one are drawn again.

    The scores of the decision are the probability of each label given the votes, by Bayes' rule, from the shares of labels
    and from how often each rater errs, over all intensities; both are known here and not estimated. Weak clips have weak
    votes, so tiers are lower there.
    """
    while True:
        given = {rater: draws.weighted(_vote_shares(rater, label, intensity)) for rater in RATERS}
        scores = _posterior(given)
        if max(scores, key=lambda each: scores[each]) == label:
            break
    votes = tuple(Vote(item=key, layer=LAYER, rater=rater, labels=(each,), raw=each) for rater, each in given.items())
    confidence = scores[label]
    decision = Decision(
        item=key,
        layer=LAYER,
        labels=(label,),
        scores=scores,
        confidence=confidence,
        confidence_tier=tier_of(confidence, len(Counter(given.values()))),
        recipe={"method": METHOD, "raters": len(RATERS)},
    )
    return votes, decision


def _vote_shares(rater: str, label: str, intensity: int) -> dict[str, float]:
    """Return how likely each vote of a rater is, of a clip of a label and an intensity."""
    right = RATERS[rater] - _LOST_BY_INTENSITY * (5 - intensity)
    weights = {each: _TIMES_AS_NEUTRAL if each == "Neutral" else 1.0 for each in LABEL_SHARES if each != label}
    shares = {each: (1 - right) * weight / sum(weights.values()) for each, weight in weights.items()}
    return {each: right if each == label else shares[each] for each in LABEL_SHARES}


def _posterior(given: Mapping[str, str]) -> dict[str, float]:
    def likelihood(rater: str, vote: str, label: str) -> float:
        return sum(share * _vote_shares(rater, label, step)[vote] for step, share in INTENSITY_SHARES.items())

    joint = {
        label: share * prod(likelihood(rater, vote, label) for rater, vote in given.items())
        for label, share in LABEL_SHARES.items()
    }
    total = sum(joint.values())
    return {label: round(each / total, 6) for label, each in joint.items()}
