"""The parser of answers about monologues: segments with times and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from ...corpus import Taxonomy
from ...errors import InvalidArgument, short_repr
from ...spans import Span
from ..prompts import Prompt
from .answer_text import answer_text
from .arguments import TOO_MANY_LINES, checked_arguments, has_object
from .fields import ENDS_EARLY, Fields, Layers, outcome_of
from .keys import LAYER
from .lines import Named, Part, read_lines
from .loose_json import Array, Object, Value, json_blocks
from .parsed import ParsedSegment, ParsedStream
from .times import Times, time_of, times_of

MAX_SEGMENTS = 10_000
"""Of an answer with more segments, none is read."""
_LATEST = Fraction(10**8)


def parse_stream(text: str, prompt: Prompt, layers: Sequence[Taxonomy], *, span: Span | None = None) -> ParsedStream:
    """Return what an answer about a monologue says.

    Read are JSON and lines as for a clip, in which each segment has its times: ``MM:SS-MM:SS``, also with hours and
    fractions, or seconds. Times are exact.

    Args:
        text: The answer.
        prompt: What was asked.
        layers: The layers that were asked for.
        span: The part of the monologue that the model got: times of the answer count from its start, and what lies after its
            end is cut off. None: times count from 0, without an end.

    Raises:
        InvalidArgument: An argument is not allowed. No text raises.

    Cost: linear in the length of the text.

    Example:
        >>> from emos_io.corpus import taxonomy
        >>> from emos_io.evaluation.prompts import prompt
        >>> lines = "00:00-00:15 | basic7: Joy" + chr(10) + "00:15-00:20 | basic7: Fear"
        >>> read = parse_stream(lines, prompt("stream-words-1"), [taxonomy("basic7")], span=Span(60, 78))
        >>> [(str(each.span), each.labels["basic7"]) for each in read.segments]
        [('Span(60, 75)', ('Joy',)), ('Span(75, 78)', ('Fear',))]
    """
    found = checked_arguments(text, prompt, "stream", layers)
    if span is not None and not isinstance(span, Span):
        raise InvalidArgument(f"span must be a Span or None, got {short_repr(span)}; give Span(start, end)")
    body, reason = answer_text(text)
    if reason:
        return ParsedStream(reason=reason, raw=text)
    segments = _Segments(found, span)
    blocks = [block for block in json_blocks(body) if has_object(block.value)]
    for block in blocks:
        segments.add_json(block.value)
    if not segments.is_any:
        parts = read_lines(body, found.keys, found.is_label, timed=True)
        if parts is None:
            return ParsedStream(reason=TOO_MANY_LINES, raw=text)
        segments.add_parts(parts)
    return segments.stream(text)


class _Segments:
    """Collects segments of an answer."""

    def __init__(self, layers: Layers, span: Span | None) -> None:
        self._layers, self._span = layers, span
        self._found: dict[Span, ParsedSegment] = {}
        self._left_out: list[str] = []
        self._num = 0
        self._reason = ""

    @property
    def is_any(self) -> bool:
        """Whether there was anything that is meant as a segment."""
        return self._num > 0

    def stream(self, raw: str) -> ParsedStream:
        """Return what was found."""
        if self._num > MAX_SEGMENTS:
            return ParsedStream(reason=f"it has more than {MAX_SEGMENTS:,} segments", raw=raw)
        if self._reason:
            return ParsedStream(reason=self._reason, left_out=tuple(self._left_out), raw=raw)
        segments = tuple(self._found[span] for span in sorted(self._found))
        reason = "" if segments else next(iter(self._left_out), "it has no segments with times")
        return ParsedStream(segments=segments, left_out=tuple(self._left_out), reason=reason, raw=raw)

    # From JSON.

    def add_json(self, value: Object | Array) -> None:
        """Take the segments of a JSON value."""
        self._walk(value, is_listed=False)
        if not value.is_closed:
            where = f"within or after segment {self._num}" if self._num else "before a segment"
            self._left_out.append(f"{ENDS_EARLY}, {where}")

    def _walk(self, value: Value, *, is_listed: bool) -> None:
        if self._num > MAX_SEGMENTS:
            return
        if isinstance(value, Array):
            is_list = is_listed or any(isinstance(each, Object) and self._is_timed(each) for each in value.values)
            for each in value.values:
                if isinstance(each, Object) and (is_list or not self._inner(each)):
                    self._add_object(each, is_listed=is_list)
                elif isinstance(each, Array | Object):
                    self._walk(each, is_listed=False)
                elif is_list:
                    self._leave_out(f"{short_repr(each)} is no segment")
        elif isinstance(value, Object):
            inner = self._inner(value)
            if inner:
                for each in inner:
                    self._walk(each, is_listed=True)
            elif self._is_timed(value):
                self._add_object(value, is_listed=True)
            else:
                for _, each in value.members:
                    self._walk(each, is_listed=False)

    def _inner(self, value: Object) -> list[Value]:
        """Return the members of an object that are lists of segments by their name."""
        return [
            each
            for name, each in value.members
            if isinstance(each, Array) and self._layers.keys.meaning(name) == "segments"
        ]

    def _is_timed(self, value: Object) -> bool:
        return any(self._layers.keys.meaning(name) in ("time", "start") for name, _ in value.members)

    def _add_object(self, value: Object, *, is_listed: bool) -> None:
        if not is_listed:
            self._walk(value, is_listed=False)
            return
        fields = Fields()
        fields.add_object(value, self._layers.keys)
        self._add(fields, None)

    # From lines.

    def add_parts(self, parts: Sequence[Part]) -> None:
        """Take the segments of lines."""
        first = parts[0]
        if len(parts) > 1 and any(_is_label(each) for each in first.lines) and not _has_time(first):
            # Whether labels stand before or after their times cannot be known then.
            self._reason = "it has a label before the first times"
            return
        for part in parts:
            if part.times is not None or _has_time(part):
                fields = Fields()
                fields.add_lines(part.lines)
                self._add(fields, part.times)
        if not self._num and any(_is_label(each) for each in first.lines):
            self._leave_out("a label has no times")

    # From both.

    def _add(self, fields: Fields, times: Times | None) -> None:
        self._num += 1
        if self._num > MAX_SEGMENTS:
            return
        span = self._span_of(fields, times)
        if span is None:
            return
        outcome = outcome_of(fields, self._layers)
        segment = ParsedSegment(
            span=span,
            labels=outcome.labels,
            reasons=outcome.reasons,
            outside=outcome.outside,
            confidence=outcome.confidence,
            secondary=outcome.secondary,
            intensity=outcome.intensity,
        )
        before = self._found.get(span)
        self._found[span] = segment if before is None else _merged(before, segment)

    def _span_of(self, fields: Fields, times: Times | None) -> Span | None:
        found = _times(fields, times)
        if isinstance(found, str):
            self._leave_out(f"segment {self._num} {found}")
            return None
        start, end = found
        if end <= start:
            self._leave_out(f"segment {self._num} must end after its start, got {float(start):g} to {float(end):g} s")
            return None
        if end > _LATEST:
            self._leave_out(f"segment {self._num} ends after {float(_LATEST):g} s")
            return None
        own = self._span
        if own is None:
            return Span(start, end)
        if start >= own.duration:
            self._leave_out(
                f"segment {self._num} begins at {float(start):g} s, after the end of the part at {float(own.duration):g} s"
            )
            return None
        return Span(own.start + start, min(own.start + end, own.end))

    def _leave_out(self, what: str) -> None:
        if len(self._left_out) < MAX_SEGMENTS:
            self._left_out.append(what)
        self._num = max(self._num, 1)


def _times(fields: Fields, times: Times | None) -> Times | str:
    """Return the times of a segment, or why it has none."""
    values = fields.values
    ranges = [_range(each) for each in values.get("time", ())]
    if times is not None:
        ranges.append(times)
    starts, ends = ([time_of(each) for each in values.get(name, ())] for name in ("start", "end"))
    if starts or ends:
        if len(starts) != 1 or len(ends) != 1 or starts[0] is None or ends[0] is None:
            return "has no start and end that can be read"
        ranges.append(Times(starts[0], ends[0]))
    found = set(ranges)
    if not found:
        return "has no times"
    one = found.pop()
    return "has no times that can be read" if one is None or found else one


def _range(value: Value) -> Times | None:
    if isinstance(value, Array) and len(value.values) == 2:
        start, end = (time_of(each) for each in value.values)
        return None if start is None or end is None else Times(start, end)
    return times_of(value)


def _merged(first: ParsedSegment, second: ParsedSegment) -> ParsedSegment:
    """Return one segment of two about the same time: what both say, and a reason where they differ."""
    labels, reasons = {}, dict(first.reasons)
    for layer in (*first.labels, *(layer for layer in second.labels if layer not in first.labels)):
        one, other = first.labels.get(layer), second.labels.get(layer)
        if one is not None and other is not None and set(one) == set(other):
            labels[layer] = one
        else:
            reasons[layer] = "it gives two answers about the same time"
    return replace(first, labels=labels, reasons=reasons)


def _is_label(line: object) -> bool:
    return isinstance(line, Named) and (line.meaning == "label" or line.meaning.startswith(LAYER))


def _has_time(part: Part) -> bool:
    return any(isinstance(each, Named) and each.meaning in ("time", "start") for each in part.lines)
