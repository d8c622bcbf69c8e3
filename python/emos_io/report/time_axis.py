"""The time axis of a window: one row each for frames, audio, labels and text.

```text
 0        left                                  left + width   total
 | name of  |  span.start ........................ span.end |     |
 | the row  |  context | label span        | lookahead      |     |
```

On a narrow screen, such as a phone's, the same axis lies in parts, one below the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..corpus import Sentence
from ..media import VideoFrames
from ..spans import Span
from .axis_values import HATCH, LINE_HEIGHT, AxisRow, Box, Caption, Moment, Scale, Thumbnail, Tick, title_lines
from .colours import colours_of, ink_on
from .encode import data_uri, png, thumbnail
from .formatting import decimal_text, span_text
from .waveform import waveform_row
from .window_page import WindowPage

NUM_PARTS = 3
"""Parts of the axis on a narrow screen."""
_PART = {"left": 90, "width": 250, "total": 352, "num_ticks": 5}
"""A part is as wide as a phone of 390 pixels has for a page: letters keep their size."""
_PART_LETTER = 7.2
_FRAME_HEIGHT = 48
_BAND, _LINE, _GAP = 18, 22, 10
_MOST_LANES = 12


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The rows of a window, and where they lie.

    Attributes:
        scale: Where times lie; its span is that of the axis.
        rows: Each row with its y coordinate.
        edges: The x coordinates of the ends of the label span that lie on the axis.
        top: Where the lines of these ends begin, below the ruler.
        height: The height of all rows.
    """

    scale: Scale
    rows: tuple[tuple[int, AxisRow], ...]
    edges: tuple[float, ...]
    top: int
    height: int


def time_axis(page: WindowPage) -> TimeAxis:
    """Return the rows of a window on one time axis."""
    return _axis(page, Scale(page.span))


def narrow_axes(page: WindowPage) -> list[TimeAxis]:
    """Return the rows of a window on `NUM_PARTS` axes, one after another in time, for a narrow screen."""
    start, step = page.span.start, page.span.duration / NUM_PARTS
    spans = [Span(start + number * step, start + (number + 1) * step) for number in range(NUM_PARTS)]
    return [_axis(page, Scale(span, letter=_PART_LETTER, **_PART)) for span in spans]


def _axis(page: WindowPage, scale: Scale) -> TimeAxis:
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
    edges = tuple(scale.x(time) for time in (label_span.start, label_span.end) if scale.has(time))
    return TimeAxis(scale, tuple(placed), edges, top=_GAP + 24, height=y)


def _ruler(scale: Scale) -> AxisRow:
    step = tick_step(scale.span.duration, scale.num_ticks)
    time = -(-scale.span.start // step) * step
    ticks = []
    while time <= scale.span.end:
        ticks.append(Tick(scale.x(time), decimal_text(time)))
        time += step
    return AxisRow(("time, s",), 20, ticks=tuple(ticks))


def tick_step(duration: Fraction, num_ticks: int = 10) -> Fraction:
    """Return the smallest 1, 2 or 5 times a power of ten seconds that makes at most `num_ticks` steps."""
    power = Fraction(1)
    while power * num_ticks > duration:
        power /= 10
    while True:
        for factor in (1, 2, 5):
            if duration / (power * factor) <= num_ticks:
                return power * factor
        power *= 10


def _regions(scale: Scale, page: WindowPage) -> AxisRow:
    span, label_span = page.span, page.planned.label_span
    boxes = scale.boxes(label_span, 0, _BAND, "label-span", caption=Caption("label span", "on-label-span"))
    around = (("context", span.start, label_span.start), ("lookahead", label_span.end, span.end))
    for name, start, end in around:
        if start < end:
            boxes += scale.boxes(Span(start, end), 0, _BAND, name, caption=Caption(name))
    length = page.item.duration if page.metadata is None else page.metadata.duration
    tooltip = f"nothing there: the item has {span_text(Span(0, length))}"
    for outside in _outside(span, length):
        boxes += scale.boxes(outside, 0, _BAND, "outside", fill=HATCH, tooltip=tooltip)
    decided, moment = page.decided_at, None
    if page.planned.labels.layer and decided is not None and scale.has(decided):
        tooltip = f"the label is the one that holds just before {decimal_text(decided)} s"
        moment = Moment(scale.x(decided), _BAND - 6, tooltip)
    return AxisRow(("window",), _BAND + 2, boxes, moment=moment)


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
    boxes: tuple[Box, ...] = ()
    for index, span in enumerate(cells):
        if span.intersect(scale.span) is None:
            continue
        lost = "damaged" if video.damaged[index] else "" if video.valid[index] else "missing"
        tooltip = f"frame {index} at {decimal_text(span.start)} s{': ' + lost if lost else ''}"
        boxes += scale.boxes(span, _FRAME_HEIGHT + 2, 5, f"marker {lost or 'fine'}", tooltip=tooltip)
        if not video.valid[index]:
            boxes += scale.boxes(span, 0, _FRAME_HEIGHT, "missing", fill=HATCH)
    return AxisRow(("frames",), _FRAME_HEIGHT + 8, boxes, thumbnails=tuple(_thumbnails(scale, cells, video)))


def _thumbnails(scale: Scale, cells: Sequence[Span], video: VideoFrames) -> Iterator[Thumbnail]:
    """Yield small frames side by side, each at a time at which it is on screen; none is cut off by the next one."""
    shape = video.data.shape
    wide = _FRAME_HEIGHT * shape[2] / shape[1]
    count = max(int(scale.width // wide), 1)
    if count >= len(cells):
        times = [cell.start for cell in cells]
    else:
        times = [scale.span.start + scale.span.duration * number / count for number in range(count)]
    for time in times:
        index = next((number for number, cell in enumerate(cells) if cell.start <= time < cell.end), None)
        if index is None or not video.valid[index] or not scale.span.start <= time < scale.span.end:
            continue
        x = scale.x(time)
        uri = data_uri("image/png", png(thumbnail(video.data[index], _FRAME_HEIGHT)))
        yield Thumbnail(x, round(min(wide, scale.left + scale.width - x), 2), _FRAME_HEIGHT, uri)


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
    title = title_lines(labels.layer)
    height = max(_LINE, most * 16, len(title) * LINE_HEIGHT)
    boxes: tuple[Box, ...] = ()
    for span, weights in segments:
        share = round(height / len(weights), 2)
        for row, (name, weight) in enumerate(weights.items()):
            colour, tooltip = colours[name], f"{name} {float(weight):.3f}, {span_text(span)}"
            caption = Caption(name, fill=ink_on(colour))
            y = round(row * share, 2)
            boxes += scale.boxes(span, y, share, "label", fill=colour, tooltip=tooltip, caption=caption)
    return AxisRow(title, height, boxes, has_lane=True)


def _text(scale: Scale, page: WindowPage) -> AxisRow | None:
    released, pending = page.planned.text, page.pending
    if not released and not pending:
        return None
    pairs = sorted([*((each, True) for each in released), *((each, False) for each in pending)], key=_start)
    lanes = lanes_of(sentence.span for sentence, _ in pairs)
    boxes: tuple[Box, ...] = ()
    for (sentence, is_released), lane in zip(pairs, lanes, strict=True):
        span = sentence.span.intersect(page.span)
        if span is None or lane >= _MOST_LANES:
            continue
        text, where = sentence.text, span_text(sentence.span)
        caption = Caption(text if is_released else f"(not released) {text}", "spoken", language=page.language or "")
        boxes += scale.boxes(
            span,
            lane * (_LINE + 2),
            _LINE,
            f"sentence {'released' if is_released else 'pending'}",
            tooltip=f"{'' if is_released else 'not '}released: {text}, {where}",
            caption=caption,
        )
    used = min(max(lanes, default=0) + 1, _MOST_LANES)
    return AxisRow(("text",), used * (_LINE + 2), boxes)


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
