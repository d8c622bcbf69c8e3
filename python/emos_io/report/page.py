"""The HTML of a page: one file that loads nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..corpus import SYNTHETIC_REMARK, Sentence
from ..spans import Span
from .colours import colours_of
from .encode import data_uri, png, wav
from .formatting import count_text, decimal_text, fraction_text, seconds_text, span_text
from .model_section import model_section
from .neighbours import Neighbours
from .render import asset, render
from .time_axis import narrow_axes, time_axis
from .waveform import gaps, peak
from .window_page import WindowPage

KEY_MARKER = "emos-window"
"""The name of the meta element whose content is the key of the page's window."""

_MOST_GAPS = 20


def render_page(page: WindowPage, command: str, neighbours: Neighbours | None = None) -> str:
    """Return the page of a window as HTML.

    Args:
        page: The content of the page.
        command: The command that writes the page again.
        neighbours: The windows before and after, for links to their pages; None for a page without links.
    """
    script = asset("page.js")
    has_labels = bool(page.planned.labels.layer)
    return render(
        "page.html",
        key_marker=KEY_MARKER,
        key=page.key,
        style=asset("page.css"),
        script=script,
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        notes=_notes(page),
        axis=time_axis(page),
        narrow_axes=narrow_axes(page),
        neighbours=neighbours,
        legend=_legend(page) if has_labels else None,
        decided_at=None if page.decided_at is None or not has_labels else seconds_text(page.decided_at),
        has_media=page.window is not None,
        audio=_audio(page),
        label=_label(page) if has_labels else None,
        text=_text(page),
        times=_times(page),
        video=_video(page),
        model=None if page.model is None else model_section(page.model),
        command=command,
    )


def _notes(page: WindowPage) -> list[str]:
    notes = [f"{SYNTHETIC_REMARK}."] if page.synthetic else []
    if page.absent:
        notes.append(f"{page.absent}: this page shows its labels and text alone.")
    if not page.length_known:
        notes.append("The item has no known length: it is taken to end with the window.")
    if page.window is not None:
        video, audio = page.window.video, page.window.audio
        missing = 0 if video is None else int((~video.valid).sum())
        damaged = 0 if video is None else int(video.damaged.sum())
        if missing:
            notes.append(f"{count_text(missing, 'frame')} of {len(page.grid)} missing: nothing is on screen there.")
        if damaged:
            notes.append(
                f"{count_text(damaged, 'frame')} of {len(page.grid)} damaged: they are displayed as the decoder returned them."
            )
        if audio is not None and audio.damaged:
            notes.append("Damage took samples that the audio should have; they are silent and shaded.")
    if page.metadata is not None:
        notes += [f"The media are odd: {warning}." for warning in page.metadata.warnings]
    return notes


def _legend(page: WindowPage) -> list[tuple[str, str]]:
    """Return name and colour of the labels that lie on the time axis."""
    item, classes = page.item, page.planned.labels.classes
    inside = page.span.intersect(Span(0, item.duration))
    if inside is None or item.timeline is None:
        visible = set(item.decided or ())
    else:
        visible = {name for _, weights in item.timeline.within(inside) for name in weights}
    return [(name, colour) for name, colour in colours_of(classes).items() if name in visible]


@dataclass(frozen=True, slots=True)
class _Audio:
    uri: str
    facts: tuple[str, ...]


def _audio(page: WindowPage) -> _Audio | None:
    audio = None if page.window is None else page.window.audio
    if audio is None:
        return None
    facts = [
        count_text(len(audio), "sample"),
        f"{audio.sample_rate} Hz",
        count_text(audio.num_channels, "channel"),
        f"first sample {audio.first_sample} at {seconds_text(audio.start)}",
        f"peak {peak(audio.data):.4f} of full scale, which fills the row",
        "16 bits in this page",
    ]
    lost = gaps(audio)
    if lost:
        ranges = ", ".join(f"[{start}, {end})" for start, end in lost[:_MOST_GAPS])
        facts.append(f"not there: samples {ranges}{' and more' if len(lost) > _MOST_GAPS else ''}")
    return _Audio(data_uri("audio/wav", wav(audio.data, audio.sample_rate)), tuple(facts))


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    colour: str
    weight: float


@dataclass(frozen=True, slots=True)
class _Label:
    rows: list[tuple[str, str]]
    bars: list[_Bar]
    segments: list[tuple[str, str]]


def _label(page: WindowPage) -> _Label:
    planned, rule = page.planned, page.label_rule
    labels = planned.labels
    if labels.valid:
        state = "counts"
    elif page.in_doubt:
        state = f"masked: a boundary lies within the collar of {rule.collar} s"
    else:
        state = "masked: no label holds there"
    at = {
        "end": "just before the label span ends",
        "majority": "the most seconds of the label span",
        "overlap": "by seconds of the label span",
    }[rule.label_at]
    colours = colours_of(labels.classes)
    bars = [
        _Bar(name, colours[name], weight) for name, weight in zip(labels.classes, map(float, labels.soft), strict=True)
    ]
    rows = [
        ("layer", f"{labels.layer}, {len(labels.classes)} classes"),
        ("label", _weighed({bar.name: bar.weight for bar in bars if bar.weight > 0}) or "none"),
        ("valid", f"{str(labels.valid).lower()}, it {state}" if labels.valid else f"false, {state}"),
        ("confidence", f"{labels.confidence:.4g}"),
        ("weight", f"{planned.weight:.4g}"),
        ("rule", "of the clip's decision" if page.item.kind == "clip" else f"{rule.label_at}: {at}"),
    ]
    return _Label(rows, bars, [(_weighed(weights), span_text(span)) for span, weights in labels.timeline])


def _weighed(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {weight:.4g}" for name, weight in weights.items())


@dataclass(frozen=True, slots=True)
class _Spoken:
    index: int
    text: str
    span: str


@dataclass(frozen=True, slots=True)
class _Text:
    language: str
    is_causal: bool
    released: list[_Spoken]
    pending: list[_Spoken]


def _text(page: WindowPage) -> _Text:
    return _Text(page.language or "", page.causal, _spoken(page.planned.text), _spoken(page.pending))


def _spoken(sentences: Sequence[Sentence]) -> list[_Spoken]:
    return [_Spoken(each.index, each.text, span_text(each.span)) for each in sentences]


@dataclass(frozen=True, slots=True)
class _Frame:
    index: int
    states: tuple[str, ...]
    uri: str | None
    requested: str
    on_screen: str


@dataclass(frozen=True, slots=True)
class _Video:
    width: int
    height: int
    facts: str
    frames: list[_Frame]


def _video(page: WindowPage) -> _Video | None:
    video = None if page.window is None else page.window.video
    if video is None:
        return None
    height, width = video.data.shape[1:3]
    frames = []
    for index, requested in enumerate(page.grid):
        pts = video.times[index]
        damaged, valid = bool(video.damaged[index]), bool(video.valid[index])
        frames.append(
            _Frame(
                index,
                tuple(state for state, holds in (("missing", not valid), ("damaged", damaged)) if holds),
                data_uri("image/png", png(video.data[index])) if valid else None,
                _equal(requested),
                "nothing on screen" if pts is None else f"pts {_equal(pts)}",
            )
        )
    facts = (
        f"{count_text(len(video), 'frame')} of {height} x {width} pixels (height x width), {page.options.fps} a second of the "
        "span; each is the one on screen at its moment."
    )
    return _Video(_display_width(page, width), height, facts, frames)


def _equal(time: Fraction) -> str:
    return f"{fraction_text(time)} = {decimal_text(time)} s"


def _display_width(page: WindowPage, width: int) -> int:
    """Return the display width of a frame of default size: its pixels need not be square."""
    track = None if page.metadata is None else page.metadata.video
    ratio = None if track is None else track.sample_aspect_ratio
    if page.options.size is not None or track is None or not ratio:
        return width
    # The ratio is that of a pixel as stored, before rotation.
    return round(width * (ratio if track.rotation % 180 == 0 else 1 / ratio))


def _times(page: WindowPage) -> list[tuple[str, str]]:
    planned, item = page.planned, page.item
    rows = [
        ("key", planned.key),
        ("item", planned.item),
        ("path", planned.path or "none available"),
        ("span", _with_length(page.span)),
        ("label_span", _with_length(planned.label_span)),
    ]
    if planned.label_span.start > page.span.start:
        rows.append(("context", _with_length(Span(page.span.start, planned.label_span.start))))
    if planned.label_span.end < page.span.end:
        rows.append(("lookahead", _with_length(Span(planned.label_span.end, page.span.end))))
    if page.length_known and item.kind != "media":
        rows.append(("length of the item", seconds_text(item.duration)))
    if page.metadata is not None:
        rows.append(("length of the media", seconds_text(page.metadata.duration)))
        rows += [
            (f"{track.kind} track {track.index}", f"{track.codec}, {_from_to(track.start, track.end)}")
            for track in (page.metadata.video, page.metadata.audio)
            if track is not None
        ]
    return rows


def _with_length(span: Span) -> str:
    return f"{span_text(span)}, lasting {seconds_text(span.duration)}"


def _from_to(start: Fraction | None, end: Fraction | None) -> str:
    if start is None or end is None:
        return "no times"
    return f"[{fraction_text(start)}, {fraction_text(end)}) s = [{decimal_text(start)}, {decimal_text(end)}) s"
