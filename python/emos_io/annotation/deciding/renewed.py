"""Findings of deciding again: those that hold no more go, and none is there twice."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from ...corpus import Finding, Findings
from ...corpus.data import AnyCorpus

CODES = frozenset(
    {
        "adjudication_kept",
        "disjoint_panels",
        "impossible_votes",
        "nameless_votes",
        "no_original_label",
        "own_votes",
        "short_spans",
        "single_votes",
        "stray_votes",
        "tied_votes",
        "too_few_votes",
        "unanimous_overruled",
        "unfitted_raters",
        "unusable_votes",
        "vote_after_end",
    }
)
"""Codes of findings that deciding makes, and nothing else does."""
_WHERE = re.compile(r"(?P<key>.*?)(?: and \d+ others?)?", re.DOTALL)


def with_renewed_findings(
    corpus: AnyCorpus, layer: str, keys: Collection[str], found: Iterable[Finding], *, from_layer: bool = False
) -> AnyCorpus:
    """Return a corpus with the findings of deciding a layer, instead of those of deciding it before.

    One of before goes where its code is one of `CODES`, its text says the name of the layer, and the first item that it names
    is decided now. So what was found on items that this does not decide stays; one about votes of another layer stays until
    that layer is decided itself, and ``own_votes`` until the layer is decided from another one. All others stay, such as those
    of readers. What is found again stays at its position, and is there once.

    Args:
        corpus: The corpus with its new items.
        layer: The name of the layer that was decided.
        keys: Keys of the items with votes that were decided by.
        found: What was found now.
        from_layer: Whether it was decided by votes of another layer.
    """
    named = re.compile(rf"\b(?:in|of|decides) {re.escape(layer)}(?![\w-])|^{re.escape(layer)} is decided ")
    new = dict.fromkeys(found)

    def is_of_before(each: Finding) -> bool:
        if each.code not in CODES or named.search(each.what) is None:
            return False
        if each.code == "own_votes":
            return from_layer
        match = _WHERE.fullmatch(each.where)
        return each.where in keys or (match is not None and match["key"] in keys)

    kept = [each for each in corpus.findings if each in new or not is_of_before(each)]
    there = set(kept)
    findings = Findings([*kept, *(each for each in new if each not in there)])
    return type(corpus)(corpus.clips, corpus.monologues, findings, corpus.origin, corpus.taxonomies)
