"""Votes become decisions: the verb."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ..._checks import choice
from ...corpus import CONFIDENCE_TIER_HIGH, CONFIDENCE_TIER_MEDIUM, FindingCollector, Layer, with_layer
from ...corpus.data import AnyCorpus, checked_corpus
from ...spans import Seconds
from ..checks import choices
from ..methods import EMOS_MAX_ITERATIONS, EmInit, MajorityTies
from ..vote_table import Abstain
from .engine import by_method, by_published_recipe
from .options import Batches, DecideOptions, Mapped, Method, Prior, Recipe, checked_options


def decide(
    corpus: AnyCorpus,
    layer: Layer = "basic7",
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
    from_layer: Layer | None = None,
    map: Mapped | None = None,
    original: str | None = None,
    fit_on: Collection[str] | None = None,
    high: float = CONFIDENCE_TIER_HIGH,
    medium: float = CONFIDENCE_TIER_MEDIUM,
    min_length: Seconds | None = None,
    recipe: Recipe | None = None,
    progress: Callable[[str], None] | None = None,
    findings: FindingCollector | None = None,
) -> AnyCorpus:
    """Return a corpus in which the votes of a layer are decisions; the corpus that was given stays as it is.

    Every clip with votes in the layer has a new decision. On a monologue the spans of all raters are cut at all of their
    boundaries; each part is decided, weighs by its seconds, and neighbours with the same labels are one decision. Utterances
    of the layer are made of these, so that timelines, windows and plans have the labels; see `with_decided_utterances` for
    what stays of those before. Clips and monologues are never fitted together, since a clip and a second cannot be compared.

    The decision before goes to `replaced`, also where the votes do not suffice for a new one. One that is equal stays, so
    that deciding twice changes nothing. An adjudicated decision always stays; then the new one goes to `replaced`.

    - ``"majority"``: the label that most raters gave. ``"soft"``: the same label; the scores are the point.
    - ``"dawid_skene"``: a confusion matrix for each rater, fitted by EM; ``"one_coin"``: one number for each rater.
    - ``"meld_correction"``: the label before, corrected by the shares of mapped labels, by the rule of EmoS for MELD.

    A layer that takes several labels is decided label by label: the share of raters who gave a label, or its posterior
    against the rest, must be above the threshold.

    Findings of deciding the layer before are replaced where they are about items that are decided now, and none is there twice;
    see `with_renewed_findings`.

    What counts: an abstention is no vote, and a rater without a vote changes nothing. Ties go by the order of the taxonomy.
    Where votes are alone, too few, tied, impossible, or of raters that were not fitted, a finding says so and what was done.

    Args:
        corpus: A corpus with votes, such as one of `read_folder` or of `with_events`.
        layer: Name of the layer, a taxonomy of the package or of the corpus; or the file of one of your own (JSON or YAML), or
            the taxonomy, which the new corpus then has. Another one of the same name than the corpus has is an error.
        method: How votes are decided.
        max_iter, tol, init, smoothing, prior: Of EM: see `max_iterations`, `tolerance` and so on of `dawid_skene`. For a
            layer of several labels `prior` may have a number for each label; see `label_decisions`.
        threshold: For a layer of several labels, from 0 to below 1; None for .5, with ``"soft"`` 0.
        ties: What ``"majority"`` does with a tie: the first label of the taxonomy, no decision (a finding), or an error.
        rater_weights: For ``"majority"`` and ``"soft"``, how much a vote of a rater counts, 0 or more; 1 for those who are
            not named. Votes of the weight 0 are none.
        abstain: ``"label"`` counts the abstain word of a layer of several labels like a label, as EmoS does: it makes a vote,
            and has a score.
        min_votes: How many votes a decision needs, of those that the method uses; fewer are a finding. Votes of raters that
            were not fitted and stray votes are not used.
        batch: What is fitted together: ``"panel"``, the raters that rows link; ``"all"``; or the name of a batch for the key
            of every item with votes. A slip of a rater who votes with others does not link two panels: see `stray_votes`.
        from_layer: Decide by the votes of another layer, named as `layer` is. Items with votes in `layer` itself stay as they
            are, which is a finding.
        map: The map from that layer: its name (one of the package, or of a taxonomy of the corpus), the name of the taxonomy
            that it leads to, as the file of a taxonomy has it, a `LabelMap`, or a label or None for every label. It may be
            left out where the taxonomy of that layer has a map to this one. Each rater votes for the label that most of its
            labels map to; of tied ones for the original one, else by the order of the taxonomy. The abstain word is mapped
            where the map has it, and else no vote.
        original: The attribute of clips that has the label before. A vote without a label that maps is then one for it.
        fit_on: Keys of items, such as ``split.train``: EM is fitted on these alone and applied to the others. Panels are
            those of the fitted items; another item belongs to the panel of most of its raters. Nothing that others voted
            changes a decision of the fitted ones.
        high, medium: The lowest confidence of these tiers. The tier is high where all raters agree; it is low where one rater
            alone voted. A decision on a span has the tier of most of its seconds, and the mean of their confidence. A layer of
            several labels has no tiers.
        min_length: Leave decided spans of fewer seconds out; a finding has their number.
        recipe: ``"emos"`` for the published recipes of EmoS, which state all options.
        progress: Called with the name of each batch before it is decided.
        findings: Takes the findings of this deciding alone, those too that the corpus has of a time before.

    Returns:
        A corpus of the same class. `Decision.recipe` has the method with its options, the taxonomy and its version (of one of
        your own also `taxonomy_sha256`), the batch, its raters (the JSON text of a list of names, which `json.loads` reads
        back) and number of rows, the iterations and whether EM converged; with `fit_on` `fit_on_sha256`, which is
        `keys_sha256` of these keys.

    Raises:
        InvalidArgument: There is no such layer, method or map; the layer has no votes, or those of one rater; an option is
            not allowed, or is given though the method or the layer does not use it; with ``ties="error"`` a tie.
        CorpusError: `findings` is strict, and one of them is no mere repair.

    Cost: N * R * K bytes for N rows, R raters and K labels, and that of the method.

    Example:
        >>> from emos_io.corpus import Clip, Corpus, Vote
        >>> given = [("Joy", "Joy", "Joy"), ("Joy", "Fear", "Joy"), ("Fear", "Fear", "Fear")]
        >>> corpus = Corpus([
        ...     Clip(key=f"own/{number}", source="own", language="en", votes=tuple(
        ...         Vote(item=f"own/{number}", layer="basic7", rater=rater, labels=(label,))
        ...         for rater, label in zip(("ann", "bob", "eve"), labels)))
        ...     for number, labels in enumerate(given)
        ... ])
        >>> decided = decide(corpus, "basic7", method="dawid_skene", max_iter=50, tol=0, batch="panel")
        >>> [(clip.decision.label, clip.confidence_tier) for clip in decided.clips]
        [('Joy', 'high'), ('Joy', 'high'), ('Fear', 'high')]
        >>> decided.clips[0].decision.recipe["raters"], corpus.clips[0].decision
        ('["ann","bob","eve"]', None)
    """
    taking, source = checked_corpus(corpus), None
    if from_layer is not None:
        # Its file may bring the taxonomy of the layer that is decided.
        taking, source = with_layer(taking, from_layer)
    taking, names = with_layer(taking, layer)
    options = DecideOptions(
        layer=names.name,
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
        from_layer=None if source is None else source.name,
        map=map,
        original=original,
        fit_on=fit_on,
        high=high,
        medium=medium,
        min_length=min_length,
    )
    if recipe is not None:
        choice(recipe, choices(Recipe), "recipe", "leave it out to decide by a method")
        return by_published_recipe(taking, names, options, findings)
    return by_method(taking, names, checked_options(options, names), progress, findings)
