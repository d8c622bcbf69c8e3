"""The steps of a decision: which votes count, batches, the fit of each, findings, and what is written on items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields

from ...corpus import FindingCollector, Taxonomy
from ...corpus.data import AnyCorpus, CorpusData
from ...errors import InvalidArgument, short_repr
from ...spans import exact_seconds
from .batches import batches_of
from .counted import AnyItem, CountedVotes, counted_votes
from .findings import report_batch, report_decisions, report_unfitted
from .fit import decide_batch
from .mapping import LayerSource, layer_source
from .options import EM_METHODS, DecideOptions, is_default
from .published import emos_decisions
from .renewed import with_renewed_findings
from .reports import amount, where
from .row_decisions import RowDecision, RowKind, recipe_of, row_decisions
from .spans import ShortSpans, decided_monologue
from .writing import Kept, decided_clip, decision_of


def by_method(
    corpus: AnyCorpus,
    names: Taxonomy,
    options: DecideOptions,
    progress: Callable[[str], None] | None,
    taker: FindingCollector | None = None,
) -> AnyCorpus:
    """Return the corpus with the decisions that a method makes.

    Args:
        corpus: Any corpus.
        names: The taxonomy of the layer.
        options: Checked options.
        progress: Called with the name of each batch before it is decided.
        taker: Takes what is found, each once.

    Raises:
        InvalidArgument, CorpusError: See `decide`.
    """
    findings = FindingCollector()
    source = layer_source(corpus, names, options)
    _check_keys(corpus, options)
    _check_weights(corpus, names if source is None else source.names, options)
    clips = _without_own_votes(corpus.clips, names, source)
    monologues = _without_own_votes(corpus.monologues, names, source)
    if source is not None:
        _report_own_votes(corpus, names, source, findings)
    counted: dict[RowKind, CountedVotes] = {
        "clips": counted_votes(clips, names, options, source, findings),
        "spans": counted_votes(monologues, names, options, source, findings),
    }
    _check_votes(corpus, counted, names if source is None else source.names, options)
    found: dict[RowKind, list[RowDecision]] = {}
    number = 1
    for kind, votes in counted.items():
        batches = batches_of(
            votes.table, options.batch, options.fit_on, is_fit=options.method in EM_METHODS, first=number
        )
        number += len(batches)
        found[kind] = []
        for batch in batches:
            if not batch.rows:
                continue
            if progress is not None:
                progress(batch.name)
            decided = decide_batch(votes, batch, options, source)
            recipe = recipe_of(decided, batch, names, options, source, kind)
            found[kind] += row_decisions(votes.table, decided, names, options, recipe)
            report_batch(votes.table, batch, decided, options, kind, findings)
        report_unfitted(votes.table, batches, findings)
        report_decisions(found[kind], names, findings)
    kept = Kept()
    by_key = {each.row.item: decision_of(each, names.name) for each in found["clips"]}
    keys = counted["clips"].keys
    new_clips = [
        decided_clip(clip, names.name, by_key.get(clip.key), kept) if clip.key in keys else clip
        for clip in corpus.clips
    ]
    parts: dict[str, list[RowDecision]] = defaultdict(list)
    for each in found["spans"]:
        parts[each.row.item].append(each)
    short, words = ShortSpans(), counted["spans"].table.taxonomy.labels
    min_length = None if options.min_length is None else exact_seconds(options.min_length)
    is_single = not names.multiple and any(own.name == names.name for own in corpus.taxonomies)
    new_monologues = [
        decided_monologue(item, names.name, parts[item.key], words, min_length, kept, short, is_single=is_single)
        if item.key in counted["spans"].keys
        else item
        for item in corpus.monologues
    ]
    kept.report(names.name, findings)
    short.report(names.name, min_length, findings)
    decided_keys = frozenset().union(*(each.keys for each in counted.values()))
    new_corpus = corpus.with_items(new_clips, new_monologues)
    _give(findings, taker)
    return with_renewed_findings(
        new_corpus, names.name, decided_keys, findings.collected, from_layer=source is not None
    )


def by_published_recipe(
    corpus: AnyCorpus, names: Taxonomy, options: DecideOptions, taker: FindingCollector | None = None
) -> AnyCorpus:
    """Return the corpus with the decisions that the published recipes of EmoS make; `taker` is that of `by_method`.

    Raises:
        InvalidArgument: An option is given beside the recipe, or the corpus is not of EmoS.
        CorpusError: See `decide`.
    """
    for each in fields(options):
        if not is_default(options, each.name):
            value = short_repr(getattr(options, each.name))
            raise InvalidArgument(
                f"{each.name} must be left out beside a recipe, got {value}; the recipe says how votes are counted"
            )
    findings = FindingCollector()
    decisions = {each.item: each for each in emos_decisions(corpus, names.name, findings)}
    kept = Kept()
    clips = [
        decided_clip(clip, names.name, decisions[clip.key], kept) if clip.key in decisions else clip
        for clip in corpus.clips
    ]
    kept.report(names.name, findings)
    _give(findings, taker)
    return with_renewed_findings(corpus.with_items(clips), names.name, decisions.keys(), findings.collected)


def _give(findings: FindingCollector, taker: FindingCollector | None) -> None:
    if taker is not None:
        for each in dict.fromkeys(findings.collected):
            taker.add(each.code, each.where, each.what, each.fix, severity=each.severity)


def _without_own_votes(items: Iterable[AnyItem], names: Taxonomy, source: LayerSource | None) -> list[AnyItem]:
    """Return the items that are decided; from another layer only those without votes in the layer itself."""
    return [item for item in items if source is None or not item.votes_in(names.name)]


def _report_own_votes(corpus: CorpusData, names: Taxonomy, source: LayerSource, findings: FindingCollector) -> None:
    both = [item.key for item in corpus if item.votes_in(names.name) and item.votes_in(source.names.name)]
    if both and not any(item.votes_in(source.names.name) for item in corpus if not item.votes_in(names.name)):
        raise InvalidArgument(
            f"from_layer must be left out where all items have votes in {names.name} of their own, got {source.names.name!r} "
            f"and {amount(both, 'such item')}; leave it out to decide by these votes",
            key=both[0],
        )
    if both:
        what = f"{amount(both, 'item')} with votes in {names.name} of their own beside those in {source.names.name}"
        findings.add("own_votes", where(both), what, "they stay as they are; decide them without from_layer")


def _check_keys(corpus: CorpusData, options: DecideOptions) -> None:
    """Check that every key of `fit_on` and of `batch` is one of an item."""
    keys = {item.key for item in corpus}
    given = {"fit_on": options.fit_on or (), "batch": options.batch if isinstance(options.batch, Mapping) else ()}
    for name, own in given.items():
        unknown = sorted(set(own) - keys)
        if unknown:
            raise InvalidArgument(
                f"{name} must have keys of items of the corpus, got {amount(unknown, 'other key')} such as {unknown[0]!r}; "
                "give the keys of this corpus",
                key=unknown[0],
            )


def _check_weights(corpus: CorpusData, layer: Taxonomy, options: DecideOptions) -> None:
    raters = {vote.rater for item in corpus for vote in item.votes_in(layer.name)}
    unknown = sorted(set(options.rater_weights or ()) - raters)
    if unknown:
        known = ", ".join(sorted(raters)) or "nobody"
        raise InvalidArgument(
            f"rater_weights must name raters of {layer.name}, which are {known}, got {unknown[0]!r}; correct the name"
        )


def _check_votes(
    corpus: CorpusData, counted: Mapping[RowKind, CountedVotes], layer: Taxonomy, options: DecideOptions
) -> None:
    """Check that there are votes to decide by, of two raters or more."""
    if not any(each.keys for each in counted.values()):
        layers = sorted(
            {vote.layer for item in corpus for vote in item.votes if vote.role == "annotate"} - {layer.name}
        )
        fix = f"there are votes in {', '.join(layers)}" if layers else "add the votes of raters first"
        raise InvalidArgument(f"layer must have votes, got none in {layer.name!r}; {fix}")
    raters = sorted(set().union(*(each.raters for each in counted.values())))
    if len(raters) < 2:
        got = f"those of {raters[0]!r} alone" if raters else "none that counts"
        raise InvalidArgument(
            f"votes in {layer.name} must be of two raters or more, got {got}; add the votes of others, or read the labels of "
            "one rater as decisions with rater="
        )
    if options.fit_on is not None:
        keys = set(options.fit_on)
        if not any(row.item in keys for each in counted.values() for row in each.table.rows):
            raise InvalidArgument(
                f"fit_on must have an item with votes in {layer.name}, got {amount(keys, 'key')} without; give the keys of a "
                "side with votes"
            )
    if options.min_length is not None and not counted["spans"].keys:
        raise InvalidArgument(
            f"min_length must be left out for clips, got {options.min_length}; no monologue has votes in {layer.name}"
        )
