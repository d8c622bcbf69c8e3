"""Findings of adjudications that deciding kept: those of answers that are withdrawn go."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ...corpus import Clip, Finding, Findings, Monologue
from ...corpus.data import AnyCorpus
from .adjudication import is_adjudicated

CODE = "adjudication_kept"
_WHAT = re.compile(r"(?P<count>\d+) items? with adjudicated decisions in (?P<layer>.+)", re.DOTALL)
_WHERE = re.compile(r"(?P<key>.*?)(?: and (?P<others>\d+) others?)?", re.DOTALL)


def without_kept(corpus: AnyCorpus, before: AnyCorpus) -> AnyCorpus:
    """Return a corpus whose findings ``adjudication_kept`` are about items that still have an adjudication.

    A finding names its first item and counts the others: those that had an adjudication before, up to its number.

    Args:
        corpus: The corpus with the answers that count now.
        before: The same items, in the same order, with those that counted before.
    """
    if not any(each.code == CODE for each in corpus.findings):
        return corpus
    found: list[Finding] = []
    for each in corpus.findings:
        match = _WHAT.fullmatch(each.what) if each.code == CODE else None
        if match is None:
            found.append(each)
            continue
        there = _keys((*before.clips, *before.monologues), match["layer"])
        now = set(_keys((*corpus.clips, *corpus.monologues), match["layer"]))
        about = _about(each.where, int(match["count"]), there)
        left = [key for key in about if key in now or key not in there]
        if left == about:
            found.append(each)
        elif left:
            others = len(left) - 1
            where = left[0] + (f" and {others} other{'' if others == 1 else 's'}" if others else "")
            what = f"{len(left)} item{'' if len(left) == 1 else 's'} with adjudicated decisions in {match['layer']}"
            found.append(replace(each, where=where, what=what))
    return type(corpus)(corpus.clips, corpus.monologues, Findings(found), corpus.origin, corpus.taxonomies)


def _keys(items: Iterable[Clip | Monologue], layer: str) -> list[str]:
    """Return the keys of the items with an adjudicated decision in a layer."""
    return [
        item.key for item in items
        if any(
            each.layer == layer and is_adjudicated(each)
            for each in (item.decisions.values() if isinstance(item, Clip) else item.decisions)
        )
    ]  # fmt: skip


def _about(where: str, count: int, keys: list[str]) -> list[str]:
    """Return the keys that a finding is about: from its first item on, as many as it counts."""
    match = _WHERE.fullmatch(where)
    first = where if where in keys or match is None else match["key"]
    start = keys.index(first) if first in keys else 0
    return keys[start : start + count] if first in keys else [first, *keys[: count - 1]]
