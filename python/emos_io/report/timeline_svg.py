"""The time axis of a window, drawn: frames, sound, labels and text one below another.

```text
 0        LEFT                                  LEFT + WIDTH   TOTAL
 | name of  |  span.start ........................ span.end |     |
 | the row  |  context | target            | lookahead      |     |
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from ..corpus import Sentence
from ..spans import Span
from .colours import colours_of, ink_on
from .encode import data_uri, png, thumbnail
from .formatting import decimal, escape, span_words
from .waveform import waveform_row
from .window_page import Held

LEFT, WIDTH, TOTAL = 96, 880, 1_000
"""Places along the axis, in units of the drawing."""

_TICKS = 10
_FRAME_HEIGHT = 48
_BAND, _LINE, _GAP = 18, 22, 10
_MOST_LANES = 12

Row = tuple[str, int]
"""What is drawn, from 0 down, and how high it is."""


class Axis:
    """Where a moment of a span lies in the drawing."""

    def __init__(self, span: Span) -> None:
        self.span = span

    def x(self, time: Fraction) -> float:
        """Return the place of a moment."""
        return round(LEFT + float((time - self.span.start) / self.span.duration) * WIDTH, 2)

    def box(self, span: Span, y: float, height: float, rest: str, told: str = "") -> str:
        """Return a rectangle over a span; `told` is what a pointer on it shows."""
        start, end = self.x(span.start), self.x(span.end)
        title = f"<title>{escape(told)}</title>" if told else ""
        return f'<rect x="{start}" y="{y}" width="{round(max(end - start, 0.5), 2)}" height="{height}" {rest}>{title}</rect>'

    def written(self, span: Span, y: float, height: float, text: str, rest: str) -> str:
        """Return text over a span, cut off where the span ends."""
        start, width = self.x(span.start), round(self.x(span.end) - self.x(span.start), 2)
        inner = f'<text x="4" y="{height / 2}" dominant-baseline="central" {rest}>{escape(text)}</text>'
        return f'<svg x="{start}" y="{y}" width="{width}" height="{height}" overflow="hidden">{inner}</svg>'


def draw(held: Held) -> str:
    """Return the drawing as inline SVG."""
    axis = Axis(held.span)
    audio = None if held.window is None else held.window.audio
    rows = [
        ("time, s", _ruler(axis)),
        ("window", _regions(axis, held)),
        ("frames", _frames(axis, held)),
        ("sound", None if audio is None else waveform_row(axis.x, audio)),
        (held.cut.planned.labels.layer or "labels", _labels(axis, held)),
        ("text", _text(axis, held)),
    ]
    parts, y = [], _GAP
    for name, row in rows:
        if row is None:
            continue
        drawn, height = row
        title = f'<text class="row" x="{LEFT - 16}" y="13" text-anchor="end">{escape(name)}</text>'
        parts.append(f'<g transform="translate(0,{y})">{title}{drawn}</g>')
        y += height + _GAP
    return (
        f'<svg id="axis" viewBox="0 0 {TOTAL} {y}" role="img" aria-label="time axis of the window" '
        f'data-left="{LEFT}" data-width="{WIDTH}" data-start="{float(held.span.start)}" '
        f'data-seconds="{float(held.span.duration)}">'
        f"{_PATTERNS}{''.join(parts)}{_edges(axis, held, y)}</svg>"
    )


_PATTERNS = (
    '<defs><pattern id="nothing" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="hatch" width="2" height="6"/></pattern></defs>'
)


def _edges(axis: Axis, held: Held, height: int) -> str:
    label_span = held.cut.planned.label_span
    lines = [
        f'<line class="edge" x1="{axis.x(time)}" x2="{axis.x(time)}" y1="{_GAP + 24}" y2="{height}"/>'
        for time in (label_span.start, label_span.end)
    ]
    playhead = f'<line id="playhead" x1="{LEFT}" x2="{LEFT}" y1="0" y2="{height}" visibility="hidden"/>'
    return "".join([*lines, playhead])


def _ruler(axis: Axis) -> Row:
    step = tick_step(axis.span.duration)
    first = -(-axis.span.start // step)
    parts = [f'<line class="rule" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="20" y2="20"/>']
    time = first * step
    while time <= axis.span.end:
        x = axis.x(time)
        parts.append(f'<line class="rule" x1="{x}" x2="{x}" y1="15" y2="20"/>')
        parts.append(f'<text class="tick" x="{x}" y="11" text-anchor="middle">{decimal(time)}</text>')
        time += step
    return "".join(parts), 20


def tick_step(duration: Fraction) -> Fraction:
    """Return 1, 2 or 5 times a power of ten seconds: the least that makes at most ten steps."""
    power = Fraction(1)
    while power * _TICKS > duration:
        power /= 10
    while True:
        for factor in (1, 2, 5):
            if duration / (power * factor) <= _TICKS:
                return power * factor
        power *= 10


def _regions(axis: Axis, held: Held) -> Row:
    span, label_span = held.span, held.cut.planned.label_span
    parts = [axis.box(label_span, 0, _BAND, 'class="target"')]
    parts.append(axis.written(label_span, 0, _BAND, "label span", 'class="on-target"'))
    around = (("context", span.start, label_span.start), ("lookahead", label_span.end, span.end))
    for name, start, end in around:
        if start < end:
            parts.append(axis.box(Span(start, end), 0, _BAND, f'class="{name}"'))
            parts.append(axis.written(Span(start, end), 0, _BAND, name, ""))
    length = held.cut.item.duration if held.metadata is None else held.metadata.duration
    for outside in _outside(span, length):
        told = f"nothing there: the item has {span_words(Span(0, length))}"
        parts.append(axis.box(outside, 0, _BAND, 'fill="url(#nothing)" class="outside"', told))
    decided = held.cut.decided_at
    if held.cut.planned.labels.layer and decided is not None:
        x = axis.x(decided)
        title = f"<title>the label is the one that holds just before {escape(decimal(decided))} s</title>"
        parts.append(f'<path class="decided" d="M{x},{_BAND - 6} l-5,8 h10 z">{title}</path>')
    return "".join(parts), _BAND + 2


def _outside(span: Span, length: Fraction) -> Iterator[Span]:
    if span.start < 0:
        yield Span(span.start, min(span.end, Fraction(0)))
    if span.end > length:
        yield Span(max(span.start, length), span.end)


def _frames(axis: Axis, held: Held) -> Row | None:
    video = None if held.window is None else held.window.video
    if video is None or not len(video):
        return None
    ends = [*held.grid[1:], held.span.end]
    cells = [Span(start, end) for start, end in zip(held.grid, ends, strict=True)]
    shape = video.data.shape
    wide = _FRAME_HEIGHT * shape[2] / shape[1]
    cell = axis.x(cells[0].end) - LEFT
    stride = max(1, int(-(-wide // max(cell, 0.01))))
    parts = []
    for place, span in enumerate(cells):
        lost = "damaged" if video.damaged[place] else "" if video.valid[place] else "missing"
        told = f"frame {place} at {decimal(span.start)} s{': ' + lost if lost else ''}"
        parts.append(axis.box(span, _FRAME_HEIGHT + 2, 5, f'class="mark {lost or "fine"}"', told))
        if not video.valid[place]:
            parts.append(axis.box(span, 0, _FRAME_HEIGHT, 'fill="url(#nothing)" class="missing"'))
        elif place % stride == 0:
            room = LEFT + WIDTH - axis.x(span.start)
            uri = data_uri("image/png", png(thumbnail(video.data[place], _FRAME_HEIGHT)))
            parts.append(
                f'<image x="{axis.x(span.start)}" y="0" width="{round(min(wide, room), 2)}" height="{_FRAME_HEIGHT}" '
                f'preserveAspectRatio="xMinYMid slice" href="{uri}"/>'
            )
    return "".join(parts), _FRAME_HEIGHT + 8


def _labels(axis: Axis, held: Held) -> Row | None:
    labels, item = held.cut.planned.labels, held.cut.item
    inside = held.span.intersect(Span(0, item.duration))
    if not labels.layer or inside is None:
        return None
    colours = colours_of(labels.classes)
    stretches = [] if item.timeline is None else item.timeline.within(inside)
    if item.decided:
        stretches = [(inside, item.decided)]
    most = max((len(weights) for _, weights in stretches), default=1)
    height = max(_LINE, most * 16)
    parts = [f'<rect class="lane" x="{LEFT}" y="0" width="{WIDTH}" height="{height}"/>']
    for span, weights in stretches:
        share = round(height / len(weights), 2)
        for place, (name, weight) in enumerate(weights.items()):
            y = round(place * share, 2)
            told = f"{name} {weight:.3f}, {span_words(span)}"
            parts.append(axis.box(span, y, share, f'class="label" fill="{colours[name]}"', told))
            parts.append(axis.written(span, y, share, name, f'fill="{ink_on(colours[name])}"'))
    return "".join(parts), height


def _text(axis: Axis, held: Held) -> Row | None:
    released, later = held.cut.planned.text, held.unreleased
    if not released and not later:
        return None
    pairs = sorted([*((each, True) for each in released), *((each, False) for each in later)], key=_start)
    parts, lanes = [], lanes_of(sentence.span for sentence, _ in pairs)
    for (sentence, known), lane in zip(pairs, lanes, strict=True):
        span = sentence.span.intersect(held.span)
        if span is None or lane >= _MOST_LANES:
            continue
        y = lane * (_LINE + 2)
        state = "released" if known else "unreleased"
        told = f"{state.replace('un', 'not ')}: {sentence.text}, {span_words(sentence.span)}"
        parts.append(axis.box(span, y, _LINE, f'class="sentence {state}"', told))
        shown = sentence.text if known else f"(not released) {sentence.text}"
        parts.append(axis.written(span, y, _LINE, shown, f'class="said" lang="{escape(held.language or "")}"'))
    used = min(max(lanes, default=0) + 1, _MOST_LANES)
    return "".join(parts), used * (_LINE + 2)


def _start(pair: tuple[Sentence, bool]) -> Fraction:
    return pair[0].span.start


def lanes_of(spans: Iterable[Span]) -> list[int]:
    """Return a lane for each span, in order of their starts, so that none lies over another."""
    free: list[Fraction] = []
    lanes = []
    for span in spans:
        lane = next((place for place, end in enumerate(free) if end <= span.start), len(free))
        free[lane : lane + 1] = [span.end]
        lanes.append(lane)
    return lanes
