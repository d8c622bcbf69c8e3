"""Neighbouring decisions on a monologue that are one where no adjudication lies between them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from ...corpus import CONFIDENCE_TIERS, Decision
from ...spans import Span
from .adjudication import is_adjudicated


def rejoined(decisions: Iterable[Decision]) -> list[Decision]:
    """Return the decisions of a layer in order of time, neighbours of votes with the same labels and the same recipe as one.

    Its scores and its confidence are the means over its seconds, its tier is the one of most of its seconds, of equal ones the
    lower. Adjudications and decisions without a span stay as they are.

    Args:
        decisions: Decisions of one layer, none on seconds of another.
    """
    found: list[Decision] = []
    for each in sorted(decisions, key=lambda one: (one.span is not None, one.span or Span(0, 1))):
        one = _one(found[-1], each) if found else None
        if one is None:
            found.append(each)
        else:
            found[-1] = one
    return found


def _one(first: Decision, second: Decision) -> Decision | None:
    """Return neighbours as one decision, or None where they are none."""
    if first.span is None or second.span is None or first.span.end != second.span.start or is_adjudicated(first):
        return None
    if "method" not in first.recipe or (first.labels, first.recipe) != (second.labels, second.recipe):
        return None
    span = Span(first.span.start, second.span.end)
    seconds = (float(first.span.duration), float(second.span.duration))
    scores = {
        word: _mean(first.scores.get(word, 0.0), second.scores.get(word, 0.0), seconds)
        for word in dict.fromkeys((*first.scores, *second.scores))
    }
    confidence = None if first.confidence is None else scores.get(first.labels[0], 0.0)
    tiers = [(second.span.duration, second.confidence_tier), (first.span.duration, first.confidence_tier)]
    known = [(duration, CONFIDENCE_TIERS.index(tier), tier) for duration, tier in tiers if tier is not None]
    tier = max(known)[2] if known else None
    return replace(first, scores=scores, confidence=confidence, confidence_tier=tier, span=span)


def _mean(first: float, second: float, seconds: tuple[float, float]) -> float:
    if first == second:
        return first
    return min(1.0, math.fsum((first * seconds[0], second * seconds[1])) / math.fsum(seconds))
