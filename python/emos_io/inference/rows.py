"""The rows of predictions that an answer gives: all of its request, in all layers; the last one has the answer as it came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ..corpus import Taxonomy
from ..evaluation import NO_ANSWER, Prediction
from ..evaluation.parsing import ParsedSegment, parse_clip, parse_stream
from ..evaluation.prompts import Prompt
from ..spans import Span
from .engine import Answer
from .plans import RequestSpan


@dataclass(frozen=True, slots=True)
class AnswerRows:
    """What one answer gives.

    Attributes:
        rows: One row or more.
        is_failed: No answer came.
        num_unread: Layers of a clip or window, or a stream, of which nothing could be read.
        num_invalid: Segments that lie out of the time that was asked, or overlap the one before, or lack a label; and parts of
            an answer that are no segments.
    """

    rows: tuple[Prediction, ...]
    is_failed: bool = False
    num_unread: int = 0
    num_invalid: int = 0


def answer_rows(answer: Answer, request: RequestSpan, prompt: Prompt, layers: Sequence[Taxonomy]) -> AnswerRows:
    """Return the rows of an answer.

    - A clip, a window or an utterance has one row a layer: its label, or its set of labels, or why there is none.
    - A stream has one row a layer for each segment. A segment that does not lie within the time that was asked, or that begins
      before the one before it ends, is invalid: the part of its time that nothing else covers is a row with the reason. Where
      none of an answer is valid, the row is about all of the time that was asked.
    - A request without an answer has one row a layer whose error begins with `NO_ANSWER`, and an empty `raw`.

    Args:
        answer: The answer.
        request: What was asked.
        prompt: How it was asked.
        layers: The layers that were asked for.
    """
    if answer.text is None:
        error = f"{NO_ANSWER}{answer.error or 'the engine gave none'}"
        return AnswerRows(_closed(_errors(request, layers, request.asked, error), ""), is_failed=True)
    found = (_clip_rows if prompt.task == "clip" else _stream_rows)(answer.text, request, prompt, layers)
    return replace(found, rows=_closed(found.rows, answer.text))


def _closed(rows: Iterable[Prediction], raw: str) -> tuple[Prediction, ...]:
    *before, last = rows
    return (*before, replace(last, raw=raw))


def _errors(request: RequestSpan, layers: Sequence[Taxonomy], span: Span | None, error: str) -> tuple[Prediction, ...]:
    return tuple(
        Prediction(key=request.item, layer=layer.name, span=span, error=error, available_at=request.available_at)
        for layer in layers
    )


def _row(
    request: RequestSpan,
    layer: Taxonomy,
    span: Span | None,
    labels: Sequence[str],
    outside: Sequence[str],
    confidence: float | None,
) -> Prediction:
    return Prediction(
        key=request.item,
        layer=layer.name,
        span=span,
        label=None if layer.multiple else labels[0],
        # Words that are no labels stand in a set as they were written; scores say so.
        labels=(*labels, *outside) if layer.multiple else None,
        confidence=None if layer.multiple else confidence,
        available_at=request.available_at,
    )


def _clip_rows(text: str, request: RequestSpan, prompt: Prompt, layers: Sequence[Taxonomy]) -> AnswerRows:
    parsed = parse_clip(text, prompt, layers)
    rows: list[Prediction] = []
    for layer in layers:
        name = layer.name
        if name in parsed.labels:
            outside = parsed.outside.get(name, ())
            rows.append(_row(request, layer, request.asked, parsed.labels[name], outside, parsed.confidence))
        else:
            rows += _errors(request, [layer], request.asked, parsed.reasons[name])
    return AnswerRows(tuple(rows), num_unread=len(parsed.reasons))


def _stream_rows(text: str, request: RequestSpan, prompt: Prompt, layers: Sequence[Taxonomy]) -> AnswerRows:
    asked = request.asked
    assert asked is not None, "streams are asked of monologues"
    parsed = parse_stream(text, prompt, layers, span=asked)
    if parsed.reason:
        return AnswerRows(_errors(request, layers, asked, parsed.reason), num_unread=1)
    valid: list[ParsedSegment] = []
    invalid: list[tuple[Span, str]] = []
    for each in parsed.segments:
        if each.span.start < asked.start or each.span.end > asked.end:
            invalid.append((each.span, f"the segment {_text(each.span)} does not lie within {_text(asked)}"))
        elif valid and each.span.start < valid[-1].span.end:
            invalid.append((each.span, f"the segment {_text(each.span)} begins before {_text(valid[-1].span)} ends"))
        else:
            valid.append(each)
    timed = [(each.span, _segment_rows(each, request, layers)) for each in valid]
    covered = [span for span, _ in timed]
    for span, reason in invalid:
        for part in _uncovered(span, asked, covered):
            covered.append(part)
            timed.append((part, _errors(request, layers, part, reason)))
    num_invalid = len(invalid) + len(parsed.left_out)
    num_invalid += sum(any(layer.name in each.reasons for layer in layers) for each in valid)
    if not timed:
        reason = invalid[0][1] if invalid else parsed.left_out[0] if parsed.left_out else "it has no segment"
        return AnswerRows(_errors(request, layers, asked, reason), num_unread=1, num_invalid=num_invalid)
    timed.sort(key=lambda each: (each[0].start, each[0].end))
    return AnswerRows(tuple(row for _, rows in timed for row in rows), num_invalid=num_invalid)


def _segment_rows(segment: ParsedSegment, request: RequestSpan, layers: Sequence[Taxonomy]) -> tuple[Prediction, ...]:
    rows: list[Prediction] = []
    for layer in layers:
        name = layer.name
        if name in segment.labels:
            outside = segment.outside.get(name, ())
            rows.append(_row(request, layer, segment.span, segment.labels[name], outside, segment.confidence))
        else:
            rows += _errors(request, [layer], segment.span, segment.reasons.get(name, f"it has no label of {name}"))
    return tuple(rows)


def _uncovered(span: Span, asked: Span, covered: Sequence[Span]) -> Iterator[Span]:
    """Yield the parts of a span within the time that was asked that no other span covers."""
    inside = span.intersect(asked)
    if inside is None:
        return
    start = inside.start
    for each in sorted(covered, key=lambda other: other.start):
        if each.start >= inside.end:
            break
        if each.start > start:
            yield Span(start, each.start)
        start = max(start, each.end)
    if start < inside.end:
        yield Span(start, inside.end)


def _text(span: Span) -> str:
    return f"[{_seconds(span.start)}, {_seconds(span.end)})"


def _seconds(time: Fraction) -> str:
    return f"{float(time):.3f}".rstrip("0").rstrip(".")
