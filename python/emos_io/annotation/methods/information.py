"""How much the votes of each rater say of the class of an item."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import Float64Array
from .probabilities import checked_chances, checked_confusion


def informativeness(confusion: ArrayLike, prior: ArrayLike) -> Float64Array:
    """Return how much a vote of each rater says of the class: 0 for a rater who answers at random, 1 for one who never errs.

    It is the mutual information of class and vote, over the entropy of the class: ``I(class; vote) / H(class)``. A rater who
    always confuses two classes with each other says as much as one who never errs. Classes of which a rater's row is zeros are
    left out for that rater, and the prior of the others is scaled to the sum 1; where one class or none is left, the answer
    is 0.

    Args:
        confusion: Numbers ``[R, K, K]``, ``[r, true, given]``, of 0 or more; each row sums to 1, or is zeros.
        prior: K numbers of 0 or more with sum 1.

    Returns:
        float64 ``[R]`` in [0, 1]. Never NaN.

    Raises:
        InvalidArgument: numbers that are no such probabilities.

    Cost: O(R * K * K).

    Source: T. M. Cover, J. A. Thomas, Elements of Information Theory, 2nd edition, equations 2.1 and 2.28.

    Example:
        >>> always, coin = [[1, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]]
        >>> informativeness([always, coin], [0.5, 0.5])
        array([1., 0.])
    """
    tables = checked_confusion(confusion)
    chances = checked_chances(prior, tables.shape[1])
    known = tables.any(axis=2) * chances
    total = known.sum(axis=1, keepdims=True)
    classes = np.divide(known, total, out=np.zeros_like(known), where=total > 0)
    joint = classes[:, :, None] * tables
    information = _entropy(classes) + _entropy(joint.sum(axis=1)) - _entropy(joint.reshape(len(tables), -1))
    entropy = _entropy(classes)
    share = np.divide(information, entropy, out=np.zeros_like(entropy), where=entropy > 0)
    bounded: Float64Array = np.clip(share, 0.0, 1.0)
    return bounded


def _entropy(probabilities: Float64Array) -> Float64Array:
    """Return the entropy of each row, in nats."""
    terms = probabilities * np.log(np.where(probabilities > 0, probabilities, 1.0))
    entropy: Float64Array = -terms.sum(axis=1)
    return entropy
