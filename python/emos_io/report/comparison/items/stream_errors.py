"""Monologues: which seconds of each are wrong.

```text
 truth        |---Joy---|  gap  |--Fear--|       unlabelled time is neither right nor wrong
 predicted       |--Joy--|-Fear----|
 wrong        |..|              .. |.....|       the longest wrong part is where a page of the item looks
```
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ....corpus import Monologue
from ....evaluation import Matched
from ....evaluation.streams import Stream, content_stream, decision_stream, decisions_within
from ....spans import Span
from .errors import MISSING, NOT_SCORED, PARTLY, RIGHT, WRONG, RunErrors, WrongPart


def labelled_time(matched: Matched, item: Monologue) -> tuple[Fraction, tuple[int, ...]]:
    """Return the labelled seconds of a monologue, and the class indices of its truth, in class order."""
    stream = content_stream(item, (), matched.layer, matched.labels)
    seconds = sum((piece.span.duration for piece in stream.truth), Fraction(0))
    return seconds, tuple(sorted({matched.labels.index(piece.label or "") for piece in stream.truth}))


def stream_errors(matched: Matched, run: str) -> RunErrors:
    """Return what a run says of the monologues that are scored, in a layer that takes one label at once.

    Args:
        matched: The predictions of the run beside the corpus.
        run: Name of the run.

    Cost: one pass over the rows of each monologue.
    """
    labels, streams = matched.labels, matched.streams
    errors, answers, wrong, late, longest = [], [], [], [], []
    has_clock = False
    for item, rows in zip(streams.items, streams.rows, strict=True):
        content = content_stream(item, rows, matched.layer, labels)
        decided = decision_stream(item, rows, matched.layer, labels)
        has_clock = has_clock or decided is not None
        parts = [part for part in _parts(content, labels) if part.true != part.given]
        seconds = sum((piece.span.duration for piece in content.truth), Fraction(0))
        total = _seconds(parts)
        late.append(
            seconds
            if decided is None
            else _seconds(part for part in _parts(decided, labels) if part.true != part.given)
        )
        wrong.append(total)
        longest.append(max(parts, key=lambda part: part.span.duration, default=None))
        answers.append(tuple(sorted({part.given for part in _parts(content, labels)})))
        if not content.truth:
            errors.append(NOT_SCORED)
        elif not rows:
            errors.append(MISSING)
        else:
            errors.append(RIGHT if not total else WRONG if total == seconds else PARTLY)
    return RunErrors(
        run=run,
        errors=errors,
        wrongness=[float(each) for each in wrong],
        answers=answers,
        wrong=wrong,
        wrong_late=late if has_clock else None,
        longest=longest,
    )


def window_of(item: Monologue, part: WrongPart | None) -> Span:
    """Return the window of a page that shows a wrong part: from its start, 10 s to 30 s of it, within the monologue.

    Example:
        >>> film = Monologue(key="m", name="m", title="M", language="en", duration=Fraction(60))
        >>> window_of(film, WrongPart(Span(12, 14), 0, 1)), window_of(film, WrongPart(Span(55, 57), 0, 1))
        (Span(12, 22), Span(50, 60))
    """
    end = Fraction(item.duration)
    start = Fraction(0) if part is None else part.span.start
    length = Fraction(0) if part is None else part.span.duration
    length = min(max(length, SHORTEST_WINDOW), LONGEST_WINDOW, end)
    start = max(min(start, end - length), Fraction(0))
    return Span(start, start + length)


SHORTEST_WINDOW, LONGEST_WINDOW = Fraction(10), Fraction(30)
"""Seconds of the window of a page; a shorter monologue is one window."""


def _parts(stream: Stream, labels: tuple[str, ...]) -> Iterator[WrongPart]:
    """Yield the parts of labelled time in which neither truth nor answer changes, right ones too."""
    index = {label: number for number, label in enumerate(labels)}
    for piece in stream.truth:
        for part in decisions_within(stream.predicted, piece.span):
            given = len(labels) if part.label is None else index.get(part.label, len(labels))
            yield WrongPart(part.span, index[piece.label or ""], given)


def _seconds(parts: Iterator[WrongPart] | list[WrongPart]) -> Fraction:
    return sum((part.span.duration for part in parts), Fraction(0))
