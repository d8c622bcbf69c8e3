"""Where raters of monologues disagree: what each gave over media time, and when they differ.

```text
 ann       |--- Joy ---|-- Fear --|
 bob       |-- Joy --|   |- Joy --|
 disagree                |--------|      two raters or more labelled it, and not alike
```
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...annotation.vote_table import VoteTable, vote_table
from ...corpus import Corpus, Monologue
from ...spans import Span
from ..colours import colours_of, ink_on
from ..formatting import decimal_text
from ..metric import Number, number

MOST_SEGMENTS = 20_000
"""Segments that are drawn, of all monologues together; monologues beyond them are counted."""
NUM_TICKS = 6
MOST_LABELS = 200
"""The most characters of the labels of a segment; what is cut ends with an ellipsis."""


@dataclass(frozen=True, slots=True)
class VoteSegment:
    """A part of a lane: from where to how far, in percent of the width, with its labels, colours and times as text."""

    left: float
    width: float
    text: str
    fill: str
    ink: str
    times: str


@dataclass(frozen=True, slots=True)
class VoteLane:
    """What one rater gave."""

    rater: str
    segments: tuple[VoteSegment, ...]


@dataclass(frozen=True, slots=True)
class MonologueVotes:
    """The votes on one monologue.

    Attributes:
        key, title, language: Of the monologue.
        differing: Seconds that two raters or more labelled, and not alike.
        shared: Seconds that two raters or more labelled.
        lanes: One a rater.
        differences: Where they disagree; the text has what each gave.
        ticks: Times under the lanes: position in percent, and text.
    """

    key: str
    title: str
    language: str
    differing: Number
    shared: Number
    lanes: tuple[VoteLane, ...]
    differences: tuple[VoteSegment, ...]
    ticks: tuple[tuple[float, str], ...]


def disagreements(corpus: Corpus, layer: str) -> tuple[tuple[MonologueVotes, ...], int]:
    """Return the monologues whose raters disagree, those with the most such seconds first, and how many are not drawn.

    Args:
        corpus: The corpus.
        layer: A layer that has a taxonomy.

    Cost: one pass over the votes of monologues.
    """
    names = corpus.taxonomy(layer)
    found: list[tuple[Fraction, Monologue, VoteTable]] = []
    for item in corpus.monologues:
        table = vote_table([item], names)
        seconds = sum((table.rows[n].weight for n in _differing(table)), Fraction(0))
        if seconds:
            found.append((seconds, item, table))
    found.sort(key=lambda each: (-each[0], each[1].key))
    drawn: list[MonologueVotes] = []
    num_segments = 0
    for seconds, item, table in found:
        num_segments += len(table) * len(table.raters)
        if drawn and num_segments > MOST_SEGMENTS:
            break
        drawn.append(_votes(item, table, seconds))
    return tuple(drawn), len(found) - len(drawn)


def _differing(table: VoteTable) -> list[int]:
    """Return the rows that two raters or more labelled, and not alike, by index."""
    found = []
    for n in range(len(table)):
        given = table.members[n][table.voted[n]]
        if len(given) > 1 and (given != given[0]).any():
            found.append(n)
    return found


def _votes(item: Monologue, table: VoteTable, seconds: Fraction) -> MonologueVotes:
    end = max((row.span.end for row in table.rows if row.span is not None), default=Fraction(1))
    length = max(Fraction(item.duration), end)
    layer = table.taxonomy.name
    shared = sum((table.rows[n].weight for n in np.flatnonzero(table.voted.sum(axis=1) > 1)), Fraction(0))
    return MonologueVotes(
        key=item.key,
        title=item.title,
        language=item.language,
        differing=_seconds(seconds, item.key, layer, "disagreement_seconds"),
        shared=_seconds(shared, item.key, layer, "shared_seconds"),
        lanes=tuple(VoteLane(rater, _lane(table, r, length)) for r, rater in enumerate(table.raters)),
        differences=tuple(_difference(table, n, length) for n in _differing(table)),
        ticks=tuple((100 * k / NUM_TICKS, f"{float(length) * k / NUM_TICKS:.0f} s") for k in range(NUM_TICKS + 1)),
    )


def _lane(table: VoteTable, rater: int, length: Fraction) -> tuple[VoteSegment, ...]:
    """Return what a rater gave; neighbouring rows with the same labels are one segment."""
    merged: list[tuple[Span, tuple[int, ...]]] = []
    for n, row in enumerate(table.rows):
        if row.span is None or not table.voted[n, rater]:
            continue
        labels = tuple(map(int, np.flatnonzero(table.members[n, rater])))
        if merged and merged[-1][0].end == row.span.start and merged[-1][1] == labels:
            merged[-1] = (Span(merged[-1][0].start, row.span.end), labels)
        else:
            merged.append((row.span, labels))
    colours = list(colours_of(table.taxonomy.labels).values())
    return tuple(
        _segment(span, ", ".join(table.taxonomy.labels[k] for k in labels), colours[labels[0]], length)
        for span, labels in merged
    )


def _difference(table: VoteTable, n: int, length: Fraction) -> VoteSegment:
    span = table.rows[n].span
    assert span is not None, "rows of monologues have a span"
    given = [
        f"{rater}: {', '.join(table.taxonomy.labels[k] for k in np.flatnonzero(table.members[n, r]))}"
        for r, rater in enumerate(table.raters)
        if table.voted[n, r]
    ]
    return _segment(span, "; ".join(given), "", length)


def _segment(span: Span, text: str, fill: str, length: Fraction) -> VoteSegment:
    return VoteSegment(
        round(float(100 * span.start / length), 4),
        round(float(100 * span.duration / length), 4),
        text if len(text) <= MOST_LABELS else f"{text[: MOST_LABELS - 1]}…",
        fill,
        ink_on(fill) if fill else "",
        f"{decimal_text(span.start)} to {decimal_text(span.end)} s",
    )


def _seconds(amount: Fraction, key: str, layer: str, field: str) -> Number:
    return number(f"{float(amount):.3f}", "item", key=key, layer=layer, field=field)
