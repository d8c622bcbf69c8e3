"""The time axis of a window as SVG: one row each for frames, audio, labels and text.

```text
 0        LEFT                                  LEFT + WIDTH   TOTAL
 | name of  |  span.start ........................ span.end |     |
 | the row  |  context | label span        | lookahead      |     |
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from ..corpus import Sentence
from ..spans import Span
from .colours import colours_of, ink_on
from .encode import data_uri, png, thumbnail
from .formatting import decimal_text, escape, span_text
from .waveform import waveform_row
from .window_page import WindowPage

LEFT, WIDTH, TOTAL = 96, 880, 1_000
"""Left edge, width and full width of the time axis, in units of the SVG."""

_TICKS = 10
_FRAME_HEIGHT = 48
_BAND, _LINE, _GAP = 18, 22, 10
_MOST_LANES = 12

Row = tuple[str, int]
"""The SVG of a row, from y = 0 down, and its height."""


class RowBuilder:
    """Places SVG elements of a row on the time axis of a span."""

    def __init__(self, span: Span) -> None:
        self.span = span

    def x(self, time: Fraction) -> float:
        """Return the x coordinate of a time."""
        return round(LEFT + float((time - self.span.start) / self.span.duration) * WIDTH, 2)

    def box(self, span: Span, y: float, height: float, attributes: str, tooltip: str = "") -> str:
        """Return a rectangle over a span; the tooltip appears under a pointer."""
        start, end = self.x(span.start), self.x(span.end)
        title = f"<title>{escape(tooltip)}</title>" if tooltip else ""
        width = round(max(end - start, 0.5), 2)
        return f'<rect x="{start}" y="{y}" width="{width}" height="{height}" {attributes}>{title}</rect>'

    def text(self, span: Span, y: float, height: float, text: str, attributes: str) -> str:
        """Return text over a span, clipped at the end of the span."""
        start, width = self.x(span.start), round(self.x(span.end) - self.x(span.start), 2)
        inner = f'<text x="4" y="{height / 2}" dominant-baseline="central" {attributes}>{escape(text)}</text>'
        return f'<svg x="{start}" y="{y}" width="{width}" height="{height}" overflow="hidden">{inner}</svg>'


def timeline_svg(page: WindowPage) -> str:
    """Return the rows of a window on one time axis, as inline SVG."""
    builder = RowBuilder(page.span)
    audio = None if page.window is None else page.window.audio
    rows = [
        ("time, s", _ruler(builder)),
        ("window", _regions(builder, page)),
        ("frames", _frames(builder, page)),
        ("audio", None if audio is None else waveform_row(builder.x, audio)),
        (page.planned.labels.layer or "labels", _labels(builder, page)),
        ("text", _text(builder, page)),
    ]
    parts, y = [], _GAP
    for name, row in rows:
        if row is None:
            continue
        svg, height = row
        title = f'<text class="row" x="{LEFT - 16}" y="13" text-anchor="end">{escape(name)}</text>'
        parts.append(f'<g transform="translate(0,{y})">{title}{svg}</g>')
        y += height + _GAP
    return (
        f'<svg id="axis" viewBox="0 0 {TOTAL} {y}" role="img" aria-label="time axis of the window" '
        f'data-left="{LEFT}" data-width="{WIDTH}" data-start="{float(page.span.start)}" '
        f'data-seconds="{float(page.span.duration)}">'
        f"{_PATTERNS}{''.join(parts)}{_edges(builder, page, y)}</svg>"
    )


_PATTERNS = (
    '<defs><pattern id="nothing" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="hatch" width="2" height="6"/></pattern></defs>'
)


def _edges(builder: RowBuilder, page: WindowPage, height: int) -> str:
    label_span = page.planned.label_span
    lines = [
        f'<line class="edge" x1="{builder.x(time)}" x2="{builder.x(time)}" y1="{_GAP + 24}" y2="{height}"/>'
        for time in (label_span.start, label_span.end)
    ]
    playhead = f'<line id="playhead" x1="{LEFT}" x2="{LEFT}" y1="0" y2="{height}" visibility="hidden"/>'
    return "".join([*lines, playhead])


def _ruler(builder: RowBuilder) -> Row:
    step = tick_step(builder.span.duration)
    first = -(-builder.span.start // step)
    parts = [f'<line class="rule" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="20" y2="20"/>']
    time = first * step
    while time <= builder.span.end:
        x = builder.x(time)
        parts.append(f'<line class="rule" x1="{x}" x2="{x}" y1="15" y2="20"/>')
        parts.append(f'<text class="tick" x="{x}" y="11" text-anchor="middle">{decimal_text(time)}</text>')
        time += step
    return "".join(parts), 20


def tick_step(duration: Fraction) -> Fraction:
    """Return the smallest 1, 2 or 5 times a power of ten seconds that makes at most ten steps."""
    power = Fraction(1)
    while power * _TICKS > duration:
        power /= 10
    while True:
        for factor in (1, 2, 5):
            if duration / (power * factor) <= _TICKS:
                return power * factor
        power *= 10


def _regions(builder: RowBuilder, page: WindowPage) -> Row:
    span, label_span = page.span, page.planned.label_span
    parts = [builder.box(label_span, 0, _BAND, 'class="label-span"')]
    parts.append(builder.text(label_span, 0, _BAND, "label span", 'class="on-label-span"'))
    around = (("context", span.start, label_span.start), ("lookahead", label_span.end, span.end))
    for name, start, end in around:
        if start < end:
            parts.append(builder.box(Span(start, end), 0, _BAND, f'class="{name}"'))
            parts.append(builder.text(Span(start, end), 0, _BAND, name, ""))
    length = page.item.duration if page.metadata is None else page.metadata.duration
    for outside in _outside(span, length):
        tooltip = f"nothing there: the item has {span_text(Span(0, length))}"
        parts.append(builder.box(outside, 0, _BAND, 'fill="url(#nothing)" class="outside"', tooltip))
    decided = page.decided_at
    if page.planned.labels.layer and decided is not None:
        x = builder.x(decided)
        title = f"<title>the label is the one that holds just before {escape(decimal_text(decided))} s</title>"
        parts.append(f'<path class="decided" d="M{x},{_BAND - 6} l-5,8 h10 z">{title}</path>')
    return "".join(parts), _BAND + 2


def _outside(span: Span, length: Fraction) -> Iterator[Span]:
    if span.start < 0:
        yield Span(span.start, min(span.end, Fraction(0)))
    if span.end > length:
        yield Span(max(span.start, length), span.end)


def _frames(builder: RowBuilder, page: WindowPage) -> Row | None:
    video = None if page.window is None else page.window.video
    if video is None or not len(video):
        return None
    ends = [*page.grid[1:], page.span.end]
    cells = [Span(start, end) for start, end in zip(page.grid, ends, strict=True)]
    shape = video.data.shape
    wide = _FRAME_HEIGHT * shape[2] / shape[1]
    cell = builder.x(cells[0].end) - LEFT
    stride = max(1, int(-(-wide // max(cell, 0.01))))
    parts = []
    for index, span in enumerate(cells):
        lost = "damaged" if video.damaged[index] else "" if video.valid[index] else "missing"
        tooltip = f"frame {index} at {decimal_text(span.start)} s{': ' + lost if lost else ''}"
        parts.append(builder.box(span, _FRAME_HEIGHT + 2, 5, f'class="marker {lost or "fine"}"', tooltip))
        if not video.valid[index]:
            parts.append(builder.box(span, 0, _FRAME_HEIGHT, 'fill="url(#nothing)" class="missing"'))
        elif index % stride == 0:
            room = LEFT + WIDTH - builder.x(span.start)
            uri = data_uri("image/png", png(thumbnail(video.data[index], _FRAME_HEIGHT)))
            parts.append(
                f'<image x="{builder.x(span.start)}" y="0" width="{round(min(wide, room), 2)}" height="{_FRAME_HEIGHT}" '
                f'preserveAspectRatio="xMinYMid slice" href="{uri}"/>'
            )
    return "".join(parts), _FRAME_HEIGHT + 8


def _labels(builder: RowBuilder, page: WindowPage) -> Row | None:
    labels, item = page.planned.labels, page.item
    inside = page.span.intersect(Span(0, item.duration))
    if not labels.layer or inside is None:
        return None
    colours = colours_of(labels.classes)
    segments = [] if item.timeline is None else item.timeline.within(inside)
    if item.decided:
        segments = [(inside, item.decided)]
    most = max((len(weights) for _, weights in segments), default=1)
    height = max(_LINE, most * 16)
    parts = [f'<rect class="lane" x="{LEFT}" y="0" width="{WIDTH}" height="{height}"/>']
    for span, weights in segments:
        share = round(height / len(weights), 2)
        for row, (name, weight) in enumerate(weights.items()):
            y = round(row * share, 2)
            tooltip = f"{name} {weight:.3f}, {span_text(span)}"
            parts.append(builder.box(span, y, share, f'class="label" fill="{colours[name]}"', tooltip))
            parts.append(builder.text(span, y, share, name, f'fill="{ink_on(colours[name])}"'))
    return "".join(parts), height


def _text(builder: RowBuilder, page: WindowPage) -> Row | None:
    released, pending = page.planned.text, page.pending
    if not released and not pending:
        return None
    pairs = sorted([*((each, True) for each in released), *((each, False) for each in pending)], key=_start)
    parts, lanes = [], lanes_of(sentence.span for sentence, _ in pairs)
    for (sentence, is_released), lane in zip(pairs, lanes, strict=True):
        span = sentence.span.intersect(page.span)
        if span is None or lane >= _MOST_LANES:
            continue
        y = lane * (_LINE + 2)
        state = "released" if is_released else "pending"
        prefix = "" if is_released else "not "
        tooltip = f"{prefix}released: {sentence.text}, {span_text(sentence.span)}"
        parts.append(builder.box(span, y, _LINE, f'class="sentence {state}"', tooltip))
        caption = sentence.text if is_released else f"(not released) {sentence.text}"
        parts.append(builder.text(span, y, _LINE, caption, f'class="spoken" lang="{escape(page.language or "")}"'))
    used = min(max(lanes, default=0) + 1, _MOST_LANES)
    return "".join(parts), used * (_LINE + 2)


def _start(pair: tuple[Sentence, bool]) -> Fraction:
    return pair[0].span.start


def lanes_of(spans: Iterable[Span]) -> list[int]:
    """Return a lane for each span, so that spans of one lane never overlap; spans come in order of their starts."""
    free: list[Fraction] = []
    lanes = []
    for span in spans:
        lane = next((index for index, end in enumerate(free) if end <= span.start), len(free))
        free[lane : lane + 1] = [span.end]
        lanes.append(lane)
    return lanes
