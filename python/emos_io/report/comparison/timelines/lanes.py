"""Lanes of a timeline: what people said of a monologue, and what a run said of it on each clock.

```text
 sentences          |You can't handle the truth!|  |Son, we live in a world ...
 human, basic7      |---Anger---|  gap  |---Disgust---|
 run, content       |Anger|Anger|Joy  |...                 what each row is about
 run, decision            |Anger----|Anger|Joy--...        from when it could be said, until the next one
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from ....corpus import Corpus, Monologue, Taxonomy
from ....errors import InvalidArgument
from ....evaluation import Matched, Prediction
from ....evaluation.streams import Level, content_parts, curve
from ....spans import Span
from .points import Clock, is_on_decision_clock

MOST_RATERS = 12
"""The most lanes of raters in one layer."""
NO_LABEL = "no valid label"


@dataclass(frozen=True, slots=True)
class Segment:
    """Labels from a start to an end.

    Attributes:
        span: The media time.
        labels: The labels; none where there is no valid one.
        why: Why there is none, or what else is to be said; "" for nothing.
        line: The line of the file of predictions; 0 of people's labels.
        confidence: The confidence of the line as it was given, or None.
    """

    span: Span
    labels: tuple[str, ...]
    why: str = ""
    line: int = 0
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One row of a timeline.

    Attributes:
        who: ``"people"``, ``"rater"`` or ``"run"``.
        layer: The layer.
        name: Name of the rater or of the run; "" of people's labels.
        clock: The clock of a run, else None.
        segments: Labels in order of time; those of raters may overlap.
        levels: Numbers in order of time, of a layer of numbers.
        is_joined: Whether neighbours of one label are drawn as one: edges of decisions mean nothing.
    """

    who: Literal["people", "rater", "run"]
    layer: str
    name: str = ""
    clock: Clock | None = None
    segments: tuple[Segment, ...] = ()
    levels: tuple[Level, ...] = ()
    is_joined: bool = False


def layers_of(item: Monologue, first: Sequence[str]) -> tuple[str, ...]:
    """Return the layers in which people labelled a monologue: those of the report first, then the others as they come."""
    own = dict.fromkeys(name for part in item.utterances for name in part.layers if part.labels_in(name))
    voted = dict.fromkeys(vote.layer for vote in item.votes)
    found = own | voted
    return (*(name for name in first if name in found), *(name for name in found if name not in first))


def people_lane(item: Monologue, layer: str, taxonomy: Taxonomy | None) -> Lane | None:
    """Return people's labels of a layer, equal to `Monologue.labels`; None where there are none, such as only votes.

    A layer without a taxonomy whose labels are all numbers is a curve.
    """
    line = item.labels(layer)
    if not len(line):
        return None
    if taxonomy is None:
        with suppress(InvalidArgument):
            return Lane(who="people", layer=layer, levels=curve(item, layer, ()).truth)
    segments = (Segment(span, tuple(weights)) for span, weights in zip(line.spans, line.weights, strict=True))
    return Lane(who="people", layer=layer, segments=tuple(segments))


def rater_lanes(item: Monologue, layer: str) -> tuple[Lane, ...]:
    """Return a lane for each rater who voted on a monologue in a layer, in the order of their votes."""
    everything = Span(0, item.duration)
    by_rater: dict[str, list[Segment]] = {}
    for vote in item.votes_in(layer):
        why = "abstained" if vote.abstain else ("" if vote.labels else "no label of the layer")
        segment = Segment(vote.span or everything, vote.labels, why)
        by_rater.setdefault(vote.rater, []).append(segment)
    return tuple(
        Lane(who="rater", layer=layer, name=rater, segments=tuple(sorted(segments, key=lambda each: each.span.start)))
        for rater, segments in by_rater.items()
    )


def run_lanes(
    item: Monologue, rows: Sequence[Prediction], matched: Matched, run: str, *, joined: bool
) -> Iterator[Lane]:
    """Yield what a run says of a monologue on each clock that its rows are on, from 0 to the end of the item.

    Cut at the end of the labels, segments are those that scores count. A curve is on the content clock alone.

    Args:
        item: The monologue.
        rows: The rows about it, as `match` gives them.
        matched: The run beside the corpus in one layer.
        run: Name of the run.
        joined: Whether edges of rows mean nothing, as those of decisions.
    """
    if matched.taxonomy is None:
        yield Lane(who="run", layer=matched.layer, name=run, clock="content", levels=_levels(item, matched.layer, rows))
        return
    parts = content_parts(item, rows)
    content = sorted(((part, row) for row, found in parts for part in found), key=lambda each: each[0].start)
    lanes: list[tuple[Clock, list[tuple[Span, Prediction]]]] = [("content", content)]
    if is_on_decision_clock(matched):
        lanes.append(("decision", _decisions([row for row, _ in parts], Fraction(item.duration))))
    for clock, pairs in lanes:
        segments = tuple(_segment(span, row, matched.taxonomy) for span, row in pairs)
        yield Lane(who="run", layer=matched.layer, name=run, clock=clock, segments=segments, is_joined=joined)


def taxonomy_of(corpus: Corpus, layer: str) -> Taxonomy | None:
    """Return the taxonomy of a layer, or None where nobody knows it, as of a layer of numbers."""
    with suppress(InvalidArgument):
        return corpus.taxonomy(layer)
    return None


def _levels(item: Monologue, layer: str, rows: Sequence[Prediction]) -> tuple[Level, ...]:
    with suppress(InvalidArgument):
        return curve(item, layer, rows).predicted
    return ()


def _decisions(rows: Sequence[Prediction], end: Fraction) -> list[tuple[Span, Prediction]]:
    """Return each decision from when it was available to the next one; of several at one time the last counts."""
    timed = [(row.available_at, row) for row in rows if row.available_at is not None]
    timed.sort(key=lambda each: each[0])
    moments = [*(moment for moment, _ in timed), end]
    found = []
    for (moment, following), (_, row) in zip(pairwise(moments), timed, strict=True):
        start, stop = max(moment, Fraction(0)), min(following, end)
        if start < stop:
            found.append((Span(start, stop), row))
    return found


def _segment(span: Span, row: Prediction, taxonomy: Taxonomy) -> Segment:
    words = row.labels if row.labels is not None else () if row.label is None else (row.label,)
    known = tuple(word for word in words if word in taxonomy.labels)
    if not taxonomy.multiple and len(words) != 1:
        known = ()
    other = [word for word in words if word not in taxonomy.labels]
    if row.error:
        why = row.error
    elif other:
        why = f"not of the layer: {', '.join(other)}"
    else:
        why = "" if known or taxonomy.multiple else "several labels" if words else NO_LABEL
    return Segment(span, known, why, row.line, row.confidence)
