"""A model of texts: TF-IDF of words and characters, and logistic regression. scikit-learn is imported when one is fitted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..._arrays import Float64Array
from ..._install import install

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline  # type: ignore[import-untyped]

TOLERANCE = 1e-8
"""The gradient at which the fit ends: scores are then within some 1e-7 of those of the optimum."""


class TextModel:
    """TF-IDF of terms, and multinomial logistic regression.

    All of it is fixed, and nothing is tuned. Terms are one and two words or signs, and one to four characters within a word, in
    lower case, that two texts or more have (all, where no two texts share one); of both kinds ``1 + log`` of counts, scaled to
    length 1. The regression has ``C = 10`` and equal weights, and is fitted to its optimum by Newton's method in one thread, so
    that neither the order of texts nor the machine moves a score by 1e-5.

    Args:
        texts: The texts to learn from, one or more, none blank.
        labels: The label of each.
        order: All labels, in the order of the columns of `probabilities`.

    Raises:
        ImportError: scikit-learn is not installed; the text names the extra.

    Cost: five folds of the 9,403 texts of EmoS take some 40 seconds on one core, one model for each language.
    """

    def __init__(self, texts: Sequence[str], labels: Sequence[str], order: Sequence[str]) -> None:
        self._order = tuple(order)
        self._classes = sorted(set(labels))
        # Of one label alone nothing is to be learned.
        self._pipeline = _fitted(texts, labels) if len(self._classes) > 1 else None

    def probabilities(self, texts: Sequence[str]) -> Float64Array:
        """Return the probability of each label, float64 ``[N, K]``, 0 for labels that it has not seen."""
        found: Float64Array = np.zeros((len(texts), len(self._order)))
        columns = [self._order.index(label) for label in self._classes]
        if len(texts):
            found[:, columns] = 1.0 if self._pipeline is None else self._pipeline.predict_proba(list(texts))
        return found


def _fitted(texts: Sequence[str], labels: Sequence[str]) -> Pipeline:
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
        from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
        from sklearn.pipeline import FeatureUnion, Pipeline
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
    except ImportError as error:
        raise ImportError(f"scikit-learn is not installed; {install('evaluation')}") from error
    words = TfidfVectorizer(token_pattern=r"\w+|[^\w\s]", ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
    for terms in (words, characters):
        analyse = terms.build_analyzer()
        terms.set_params(min_df=2 if _share_any(map(analyse, texts)) else 1)
    pipeline = Pipeline(
        [
            ("terms", FeatureUnion([("words", words), ("characters", characters)])),
            ("labels", LogisticRegression(C=10.0, solver="newton-cg", tol=TOLERANCE, max_iter=1000)),
        ]
    )
    # Sums of several threads end differently on other machines, and threads that wait for each other are slower.
    with threadpool_limits(limits=1):
        return pipeline.fit(list(texts), list(labels))


def _share_any(terms: Iterable[Sequence[str]]) -> bool:
    """Return whether two texts or more have a term in common."""
    seen: set[str] = set()
    for each in map(set, terms):
        if seen & each:
            return True
        seen |= each
    return False


def scikit_learn_version() -> str:
    """Return the version of scikit-learn.

    Raises:
        ImportError: It is not installed; the text names the extra.
    """
    try:
        from sklearn import __version__  # type: ignore[import-untyped]
    except ImportError as error:
        raise ImportError(f"scikit-learn is not installed; {install('evaluation')}") from error
    return str(__version__)
