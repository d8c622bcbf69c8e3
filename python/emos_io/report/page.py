"""The HTML of a page: one file that loads nothing else."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from fractions import Fraction
from importlib import resources

from ..spans import Span
from .colours import colours_of
from .encode import data_uri, png, wav
from .formatting import count_text, decimal_text, escape, fraction_text, seconds_text, span_text
from .timeline_svg import timeline_svg
from .waveform import gaps, peak
from .window_page import WindowPage

KEY_MARKER = "emos-window"
"""The name of the meta element whose content is the key of the page's window."""


def render_page(page: WindowPage, command: str) -> str:
    """Return the page of a window as HTML.

    Args:
        page: The content of the page.
        command: The command that writes the page again.
    """
    style, script = _asset("page.css"), _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    policy = (
        "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    key = escape(page.key)
    body = [
        f"<h1>{key}</h1>",
        *(f'<p class="note">{escape(note)}</p>' for note in _notes(page)),
        _section("On one time axis", _axis(page)),
        _section("Audio", _audio(page)),
        _section("Label", _label(page)),
        _section("Text", _text(page)),
        _section("Exact times", _times(page)),
        _section("Frames", _frames(page)),
        _section("Again", f"<p>The command that writes this page:</p><pre><code>{escape(command)}</code></pre>"),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="{KEY_MARKER}" content="{key}">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{key}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + f"\n<script>{script}</script>\n</body>\n</html>\n"
    )


@functools.cache
def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _section(title: str, inner: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{inner}\n</section>"


def _notes(page: WindowPage) -> list[str]:
    notes = []
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


def _axis(page: WindowPage) -> str:
    legend = ""
    labels = page.planned.labels
    if labels.layer:
        visible = [name for name in labels.classes if name in _visible_labels(page)]
        colours = colours_of(labels.classes)
        items = "".join(f"<li>{_swatch(colours[name])}{escape(name)}</li>" for name in visible)
        legend = f'<ul class="legend">{items or "<li>no label in this span</li>"}</ul>'
    caption = (
        "Dashed lines are the ends of the label span. Hatched is what is not there. "
        "A sentence in a solid box is released to the window, one in a dashed box is not."
    )
    if labels.layer and page.decided_at is not None:
        caption += (
            f" The small triangle is the moment just before which the label is taken, {seconds_text(page.decided_at)}."
        )
    return f'<div class="scroll">{timeline_svg(page)}</div>\n{legend}\n<p class="faint">{escape(caption)}</p>'


def _visible_labels(page: WindowPage) -> set[str]:
    """Return the labels that lie on the time axis."""
    item = page.item
    inside = page.span.intersect(Span(0, item.duration))
    if inside is None or item.timeline is None:
        return set(item.decided or ())
    return {name for _, weights in item.timeline.within(inside) for name in weights}


def _swatch(colour: str) -> str:
    return f'<span class="swatch" style="background:{colour}"></span>'


def _audio(page: WindowPage) -> str:
    if page.window is None:
        return '<p class="faint">No media, no audio.</p>'
    audio = page.window.audio
    if audio is None:
        return '<p class="note">The media have no audio track.</p>'
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
        ranges = ", ".join(f"[{start}, {end})" for start, end in lost[:20])
        facts.append(f"not there: samples {ranges}{' and more' if len(lost) > 20 else ''}")
    player = (
        f'<audio controls preload="auto" src="{data_uri("audio/wav", wav(audio.data, audio.sample_rate))}"></audio>'
    )
    return f'{player}\n<p class="faint">{escape("; ".join(facts))}.</p>'


def _label(page: WindowPage) -> str:
    planned, rule = page.planned, page.label_rule
    labels = planned.labels
    if not labels.layer:
        return "<p>Labels were not asked for.</p>"
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
    rows = [
        ("layer", f"{labels.layer}, {len(labels.classes)} classes"),
        ("label", ", ".join(f"{name} {labels.soft[index]:.4g}" for index, name in _weighed(page)) or "none"),
        ("valid", f"{str(labels.valid).lower()}, it {state}" if labels.valid else f"false, {state}"),
        ("confidence", f"{labels.confidence:.4g}"),
        ("weight", f"{planned.weight:.4g}"),
        ("rule", "of the clip's decision" if page.item.kind == "clip" else f"{rule.label_at}: {at}"),
    ]
    segments = "".join(
        f"<li>{escape(_named(weights))}: <span class='exact'>{escape(span_text(span))}</span></li>"
        for span, weights in labels.timeline
    )
    inside = f"<p>In the label span:</p><ul>{segments}</ul>" if segments else "<p>In the label span: no label.</p>"
    return f"{_table(rows)}\n{_bars(page)}\n{inside}"


def _weighed(page: WindowPage) -> list[tuple[int, str]]:
    labels = page.planned.labels
    return [(index, name) for index, name in enumerate(labels.classes) if labels.soft[index] > 0]


def _named(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {weight:.4g}" for name, weight in weights.items())


def _bars(page: WindowPage) -> str:
    labels = page.planned.labels
    colours = colours_of(labels.classes)
    rows = []
    for index, name in enumerate(labels.classes):
        weight = float(labels.soft[index])
        bar = f'<span class="bar" style="width:{100 * weight:.2f}%;background:{colours[name]}"></span>'
        zero = "" if weight else ' class="zero"'
        rows.append(
            f"<li{zero}><span>{_swatch(colours[name])}{escape(name)}</span>"
            f'<span class="track">{bar}</span><span>{weight:.4g}</span></li>'
        )
    return f'<ul class="bars">{"".join(rows)}</ul>'


def _text(page: WindowPage) -> str:
    released, pending = page.planned.text, page.pending
    rule = "once it has ended" if page.causal else "if it is spoken in the span"
    parts = [f'<p class="faint">A sentence is released {rule}.</p>']
    if not released:
        parts.append("<p>No text is released for this window.</p>")
    for title, name, sentences in (("Released", "released", released), ("Not released", "pending", pending)):
        if not sentences:
            continue
        rows = "".join(
            f'<li value="{each.index}"><span lang="{escape(page.language or "")}">{escape(each.text)}</span><br>'
            f'<span class="exact faint">{escape(span_text(each.span))}</span></li>'
            for each in sentences
        )
        parts.append(f'<p>{title}:</p>\n<ol class="text {name}">{rows}</ol>')
    return "\n".join(parts)


def _frames(page: WindowPage) -> str:
    if page.window is None:
        return '<p class="faint">No media, no frames.</p>'
    video = page.window.video
    if video is None:
        return '<p class="note">The media have no video track.</p>'
    height, width = video.data.shape[1:3]
    display_width = _display_width(page, width)
    figures = []
    for index, requested in enumerate(page.grid):
        pts = video.times[index]
        damaged, valid = bool(video.damaged[index]), bool(video.valid[index])
        state = "" if valid else ' <span class="lost">missing</span>'
        state += ' <span class="bad">damaged</span>' if damaged else ""
        if valid:
            uri = data_uri("image/png", png(video.data[index]))
            frame = f'<img alt="frame {index}" width="{display_width}" height="{height}" src="{uri}">'
        else:
            frame = f'<div class="empty" style="width:{display_width}px;height:{height}px">no frame</div>'
        on_screen = f"pts {_equal(pts)}" if pts is not None else "nothing on screen"
        state_class = " ".join(word for word, holds in (("missing", not valid), ("damaged", damaged)) if holds)
        figures.append(
            f'<figure class="{state_class or "fine"}">{frame}<figcaption><b>{index}</b>{state}<br>'
            f'<span class="exact">at {_equal(requested)}<br>{on_screen}</span></figcaption></figure>'
        )
    facts = (
        f"{count_text(len(video), 'frame')} of {height} x {width} pixels (height x width), {page.options.fps} a second of the "
        "span; each is the one on screen at its moment."
    )
    wide = f'<div class="frames" style="--wide:{max(display_width, 170)}px">{"".join(figures)}</div>'
    return f'<p class="faint">{escape(facts)}</p>\n{wide}'


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


def _times(page: WindowPage) -> str:
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
    return _table(rows, "exact")


def _with_length(span: Span) -> str:
    return f"{span_text(span)}, lasting {seconds_text(span.duration)}"


def _from_to(start: Fraction | None, end: Fraction | None) -> str:
    if start is None or end is None:
        return "no times"
    return f"[{fraction_text(start)}, {fraction_text(end)}) s = [{decimal_text(start)}, {decimal_text(end)}) s"


def _table(rows: list[tuple[str, str]], css_class: str = "") -> str:
    lines = "".join(
        f'<tr><th>{escape(name)}</th><td class="{css_class}">{escape(value)}</td></tr>' for name, value in rows
    )
    return f"<table>{lines}</table>"
