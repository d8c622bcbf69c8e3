"""The time axis of a window: one row each for frames, audio, labels and text.

```text
 0        LEFT                                  LEFT + WIDTH   TOTAL
 | name of  |  span.start ........................ span.end |     |
 | the row  |  context | label span        | lookahead      |     |
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..corpus import Sentence
from ..spans import Span
from .axis_values import HATCH, LEFT, TOTAL, WIDTH, AxisRow, Box, Caption, Moment, Scale, Thumbnail, Tick
from .colours import colours_of, ink_on
from .encode import data_uri, png, thumbnail
from .formatting import decimal_text, span_text
from .waveform import waveform_row
from .window_page import WindowPage

_TICKS = 10
_FRAME_HEIGHT = 48
_BAND, _LINE, _GAP = 18, 22, 10
_MOST_LANES = 12


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The rows of a window, and where they lie.

    Attributes:
        span: What it spans, in seconds of media time.
        rows: Each row with its y coordinate.
        edges: The x coordinates of the ends of the label span.
        top: Where the lines of these ends begin, below the ruler.
        height: The height of all rows.
        left, width, total: Left edge, width and full width.
    """

    span: Span
    rows: tuple[tuple[int, AxisRow], ...]
    edges: tuple[float, float]
    top: int
    height: int
    left: int = LEFT
    width: int = WIDTH
    total: int = TOTAL


def time_axis(page: WindowPage) -> TimeAxis:
    """Return the rows of a window on one time axis."""
    scale = Scale(page.span)
    audio = None if page.window is None else page.window.audio
    rows = [
        _ruler(scale),
        _regions(scale, page),
        _frames(scale, page),
        None if audio is None else waveform_row(scale, audio),
        _labels(scale, page),
        _text(scale, page),
    ]
    placed, y = [], _GAP
    for row in rows:
        if row is not None:
            placed.append((y, row))
            y += row.height + _GAP
    label_span = page.planned.label_span
    edges = (scale.x(label_span.start), scale.x(label_span.end))
    return TimeAxis(page.span, tuple(placed), edges, top=_GAP + 24, height=y)


def _ruler(scale: Scale) -> AxisRow:
    step = tick_step(scale.span.duration)
    time = -(-scale.span.start // step) * step
    ticks = []
    while time <= scale.span.end:
        ticks.append(Tick(scale.x(time), decimal_text(time)))
        time += step
    return AxisRow("time, s", 20, ticks=tuple(ticks))


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


def _regions(scale: Scale, page: WindowPage) -> AxisRow:
    span, label_span = page.span, page.planned.label_span
    caption = Caption("label span", "on-label-span")
    boxes = [scale.box(label_span, 0, _BAND, "label-span", caption=caption)]
    around = (("context", span.start, label_span.start), ("lookahead", label_span.end, span.end))
    boxes += [
        scale.box(Span(start, end), 0, _BAND, name, caption=Caption(name)) for name, start, end in around if start < end
    ]
    length = page.item.duration if page.metadata is None else page.metadata.duration
    tooltip = f"nothing there: the item has {span_text(Span(0, length))}"
    boxes += [
        scale.box(outside, 0, _BAND, "outside", fill=HATCH, tooltip=tooltip) for outside in _outside(span, length)
    ]
    decided, moment = page.decided_at, None
    if page.planned.labels.layer and decided is not None:
        tooltip = f"the label is the one that holds just before {decimal_text(decided)} s"
        moment = Moment(scale.x(decided), _BAND - 6, tooltip)
    return AxisRow("window", _BAND + 2, tuple(boxes), moment=moment)


def _outside(span: Span, length: Fraction) -> Iterator[Span]:
    if span.start < 0:
        yield Span(span.start, min(span.end, Fraction(0)))
    if span.end > length:
        yield Span(max(span.start, length), span.end)


def _frames(scale: Scale, page: WindowPage) -> AxisRow | None:
    video = None if page.window is None else page.window.video
    if video is None or not len(video):
        return None
    ends = [*page.grid[1:], page.span.end]
    cells = [Span(start, end) for start, end in zip(page.grid, ends, strict=True)]
    shape = video.data.shape
    wide = _FRAME_HEIGHT * shape[2] / shape[1]
    cell = scale.x(cells[0].end) - LEFT
    stride = max(1, int(-(-wide // max(cell, 0.01))))
    boxes, thumbnails = [], []
    for index, span in enumerate(cells):
        lost = "damaged" if video.damaged[index] else "" if video.valid[index] else "missing"
        tooltip = f"frame {index} at {decimal_text(span.start)} s{': ' + lost if lost else ''}"
        boxes.append(scale.box(span, _FRAME_HEIGHT + 2, 5, f"marker {lost or 'fine'}", tooltip=tooltip))
        if not video.valid[index]:
            boxes.append(scale.box(span, 0, _FRAME_HEIGHT, "missing", fill=HATCH))
        elif index % stride == 0:
            x = scale.x(span.start)
            uri = data_uri("image/png", png(thumbnail(video.data[index], _FRAME_HEIGHT)))
            thumbnails.append(Thumbnail(x, round(min(wide, LEFT + WIDTH - x), 2), _FRAME_HEIGHT, uri))
    return AxisRow("frames", _FRAME_HEIGHT + 8, tuple(boxes), thumbnails=tuple(thumbnails))


def _labels(scale: Scale, page: WindowPage) -> AxisRow | None:
    labels, item = page.planned.labels, page.item
    inside = page.span.intersect(Span(0, item.duration))
    if not labels.layer or inside is None:
        return None
    colours = colours_of(labels.classes)
    segments: list[tuple[Span, Mapping[str, Fraction | float]]] = [(inside, item.decided)] if item.decided else []
    if item.timeline is not None and not item.decided:
        segments += item.timeline.within(inside)
    most = max((len(weights) for _, weights in segments), default=1)
    height = max(_LINE, most * 16)
    boxes: list[Box] = []
    for span, weights in segments:
        share = round(height / len(weights), 2)
        for row, (name, weight) in enumerate(weights.items()):
            colour, tooltip = colours[name], f"{name} {float(weight):.3f}, {span_text(span)}"
            caption = Caption(name, fill=ink_on(colour))
            y = round(row * share, 2)
            boxes.append(scale.box(span, y, share, "label", fill=colour, tooltip=tooltip, caption=caption))
    return AxisRow(labels.layer, height, tuple(boxes), has_lane=True)


def _text(scale: Scale, page: WindowPage) -> AxisRow | None:
    released, pending = page.planned.text, page.pending
    if not released and not pending:
        return None
    pairs = sorted([*((each, True) for each in released), *((each, False) for each in pending)], key=_start)
    lanes = lanes_of(sentence.span for sentence, _ in pairs)
    boxes = []
    for (sentence, is_released), lane in zip(pairs, lanes, strict=True):
        span = sentence.span.intersect(page.span)
        if span is None or lane >= _MOST_LANES:
            continue
        text, where = sentence.text, span_text(sentence.span)
        caption = Caption(text if is_released else f"(not released) {text}", "spoken", language=page.language or "")
        boxes.append(
            scale.box(
                span,
                lane * (_LINE + 2),
                _LINE,
                f"sentence {'released' if is_released else 'pending'}",
                tooltip=f"{'' if is_released else 'not '}released: {text}, {where}",
                caption=caption,
            )
        )
    used = min(max(lanes, default=0) + 1, _MOST_LANES)
    return AxisRow("text", used * (_LINE + 2), tuple(boxes))


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
