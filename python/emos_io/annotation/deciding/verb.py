"""Votes become decisions: the verb."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ..._checks import choice
from ...corpus import CONFIDENCE_TIER_HIGH, CONFIDENCE_TIER_MEDIUM
from ...corpus.data import AnyCorpus, checked_corpus
from ...spans import Seconds
from ..aggregate import MajorityTies
from ..checks import choices
from ..em import EMOS_MAX_ITERATIONS, EmInit
from .engine import by_method, by_published_recipe
from .options import Abstain, Batches, DecideOptions, Mapped, Method, Prior, Recipe, checked_options


def decide(
    corpus: AnyCorpus,
    layer: str = "basic7",
    *,
    method: Method = "dawid_skene",
    max_iter: int = EMOS_MAX_ITERATIONS,
    tol: float = 0.0,
    init: EmInit = "vote_fraction",
    smoothing: float = 0.0,
    prior: Prior = "estimated",
    threshold: float | None = None,
    ties: MajorityTies = "first",
    rater_weights: Mapping[str, float] | None = None,
    abstain: Abstain = "leave_out",
    min_votes: int = 1,
    batch: Batches = "panel",
    from_layer: str | None = None,
    map: Mapped | None = None,
    original: str | None = None,
    fit_on: Collection[str] | None = None,
    high: float = CONFIDENCE_TIER_HIGH,
    medium: float = CONFIDENCE_TIER_MEDIUM,
    min_length: Seconds | None = None,
    recipe: Recipe | None = None,
    progress: Callable[[str], None] | None = None,
) -> AnyCorpus:
    """Return a corpus in which the votes of a layer are decisions; the corpus that was given stays as it is."""
    checked_corpus(corpus)
    options = DecideOptions(
        layer=layer,
        method=method,
        max_iter=max_iter,
        tol=tol,
        init=init,
        smoothing=smoothing,
        prior=prior,
        threshold=threshold,
        ties=ties,
        rater_weights=rater_weights,
        abstain=abstain,
        min_votes=min_votes,
        batch=batch,
        from_layer=from_layer,
        map=map,
        original=original,
        fit_on=fit_on,
        high=high,
        medium=medium,
        min_length=min_length,
    )
    names = corpus.taxonomy(layer)
    if recipe is not None:
        choice(recipe, choices(Recipe), "recipe", "leave it out to decide by a method")
        return by_published_recipe(corpus, names, options)
    return by_method(corpus, names, checked_options(options, names), progress)
