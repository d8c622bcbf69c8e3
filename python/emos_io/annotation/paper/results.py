"""Tables 7, 8 and 13 of the paper: results of models. The release gives items of the same kinds, and no prediction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ...corpus import CONFIDENCE_TIERS, Clip, Corpus, taxonomy
from .compare import Comparison, TableRow, compare, figures
from .contradictions import impossible_by_language, impossible_cells, impossible_counts

NUM_ITEMS = 800
"""The number of items of high confidence that Table 7 is of; which they are is not published."""
ITEMS = "class_distribution_pct"
NO_PREDICTIONS = "the release has no predictions of models, and does not say which items these are of"
NAMES_IN_TABLE_13 = {"Gemini-3": "Gemini", "Qwen-3": "Qwen-3 (Base)"}
"""Names of models that Table 13 writes in another way than Table 7."""


def table7(corpus: Corpus) -> Comparison:
    """Return Table 7: results on 800 items of high confidence. The release gives class shares of all such items."""
    table = figures()["table7"]
    percent, models = table["class_distribution_pct"], table["columns"]
    high = _high(corpus)
    found = impossible_counts(percent, NUM_ITEMS)
    for column, model in enumerate(models):
        found += impossible_cells(_column(table["rows"], column), percent, NUM_ITEMS, model)
    also: dict[str, TableRow] = {
        "columns": models,
        "high_confidence": _by_language(high),
        "cannot_be_true": [each.as_dict() for each in found],
    }
    shares = (
        f"the paper's 800 items are not published; these are the shares of all {len(high):,} items of high confidence, "
        "which are other items: not comparable"
    )
    why = dict.fromkeys(table["rows"], NO_PREDICTIONS) | {ITEMS: shares}
    ours: dict[str, TableRow] = {ITEMS: _shares(high), **dict.fromkeys(table["rows"])}
    paper: dict[str, TableRow] = {ITEMS: percent, **table["rows"]}
    return compare("table7", ours, paper=paper, digits={ITEMS: 1}, of_other_items=(ITEMS,), why=why, also=also)


def table8(corpus: Corpus) -> Comparison:
    """Return Table 8: mean stated confidence by tier. The release gives how many items are of each tier, by source."""
    table = figures()["table8"]
    tiers = Counter((clip.source, clip.confidence_tier) for clip in corpus.clips if clip.confidence_tier)
    sources = sorted({source for source, _ in tiers})
    items: dict[str, TableRow] = {
        source: {tier: tiers[source, tier] for tier in CONFIDENCE_TIERS if (source, tier) in tiers}
        for source in sources
    }
    also: dict[str, TableRow] = {
        "columns": table["columns"],
        "note": "a tier is another thing in each source: high is a confidence of .5 in MELD, and in CH-SIMS .9, or raters who "
        "all agree; so a difference between tiers is also one between languages",
        "items_by_tier": items,
    }
    why = dict.fromkeys(table["rows"], NO_PREDICTIONS)
    return compare("table8", dict.fromkeys(table["rows"]), digits=3, why=why, also=also)


def table13(corpus: Corpus) -> Comparison:
    """Return Table 13: results by language. The release gives how many items of high confidence each language has."""
    rows, seventh = figures()["table13"]["rows"], figures()["table7"]
    accuracies = dict(zip(seventh["columns"], _numbers(seventh["rows"]["Accuracy"]), strict=True))
    by_language: dict[str, tuple[float, float]] = {}
    for model in accuracies:
        row = rows[NAMES_IN_TABLE_13.get(model, model)]
        assert isinstance(row, Mapping)
        by_language[model] = (_numbers(row["en"])[0], _numbers(row["zh"])[0])
    also: dict[str, TableRow] = {
        "columns": ["accuracy", "macro-F1", "weighted-F1"],
        "high_confidence": _by_language(_high(corpus)),
        "cannot_be_true": [each.as_dict() for each in impossible_by_language(accuracies, by_language)],
    }
    why = dict.fromkeys(rows, NO_PREDICTIONS)
    return compare("table13", dict.fromkeys(rows), digits=3, why=why, also=also)


def _high(corpus: Corpus) -> list[Clip]:
    return [clip for clip in corpus.clips if clip.confidence_tier == "high"]


def _shares(clips: Iterable[Clip]) -> dict[str, TableRow]:
    """Return the share of each class in percent, in the order of the taxonomy."""
    counts = Counter(clip.decision.label for clip in clips if clip.decision)
    total = max(1, sum(counts.values()))
    return {label: 100 * counts[label] / total for label in taxonomy("basic7").labels}


def _by_language(clips: list[Clip]) -> dict[str, TableRow]:
    parts = {
        name: [clip for clip in clips if clip.language == name] for name in sorted({each.language for each in clips})
    }
    return {name: {"items": len(own), ITEMS: _shares(own)} for name, own in {"all": clips, **parts}.items()}


def _column(rows: Mapping[str, TableRow], column: int) -> dict[str, float]:
    return {name: _numbers(row)[column] for name, row in rows.items()}


def _numbers(row: TableRow) -> list[float]:
    assert isinstance(row, list)
    numbers: list[float] = row
    return numbers
