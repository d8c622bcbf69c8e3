"""The page: one HTML file that needs nothing else."""

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
from .formatting import both, decimal, escape, fraction, several, span_words
from .timeline_svg import draw
from .waveform import gaps, peak
from .window_page import Held

KEY_MARK = "emos-window"
"""Name of the meta element that says whose page a file is."""


def make_page(held: Held, command: str) -> str:
    """Return the page of a window as HTML.

    Args:
        held: What is shown.
        command: What makes the page again.
    """
    style, script = _asset("page.css"), _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    policy = (
        "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    key = escape(held.key)
    body = [
        f"<h1>{key}</h1>",
        *(f'<p class="note">{escape(note)}</p>' for note in _notes(held)),
        _section("On one time axis", _axis(held)),
        _section("Sound", _audio(held)),
        _section("Label", _label(held)),
        _section("Text", _text(held)),
        _section("Exact times", _times(held)),
        _section("Frames", _frames(held)),
        _section("Again", f"<p>The command that writes this page:</p><pre><code>{escape(command)}</code></pre>"),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="{KEY_MARK}" content="{key}">\n'
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


def _notes(held: Held) -> list[str]:
    notes = []
    if held.absent:
        notes.append(f"{held.absent}: this page shows its labels and text alone.")
    if not held.cut.length_known:
        notes.append("The item has no known length: it is taken to end with the window.")
    if held.window is not None:
        video, audio = held.window.video, held.window.audio
        missing = 0 if video is None else int((~video.valid).sum())
        damaged = 0 if video is None else int(video.damaged.sum())
        if missing:
            notes.append(f"{several(missing, 'frame')} of {len(held.grid)} missing: nothing is on screen there.")
        if damaged:
            notes.append(
                f"{several(damaged, 'frame')} of {len(held.grid)} damaged: what the decoder made of them is shown."
            )
        if audio is not None and audio.damaged:
            notes.append("Damage took samples that the sound should have; they are silent and shaded.")
    if held.metadata is not None:
        notes += [f"The media are odd: {warning}." for warning in held.metadata.warnings]
    return notes


def _axis(held: Held) -> str:
    legend = ""
    labels = held.cut.planned.labels
    if labels.layer:
        shown = [name for name in labels.classes if name in _seen(held)]
        colours = colours_of(labels.classes)
        items = "".join(f"<li>{_swatch(colours[name])}{escape(name)}</li>" for name in shown)
        legend = f'<ul class="legend">{items or "<li>no label in this span</li>"}</ul>'
    told = (
        "Dashed lines are the ends of the label span. Hatched is what is not there. "
        "A sentence in a solid box is released to the window, one in a dashed box is not."
    )
    if labels.layer and held.cut.decided_at is not None:
        told += f" The small triangle is the moment just before which the label is taken, {both(held.cut.decided_at)}."
    return f'<div class="scroll">{draw(held)}</div>\n{legend}\n<p class="faint">{escape(told)}</p>'


def _seen(held: Held) -> set[str]:
    """Return the labels that the axis shows."""
    item = held.cut.item
    inside = held.span.intersect(Span(0, item.duration))
    if inside is None or item.timeline is None:
        return set(item.decided or ())
    return {name for _, weights in item.timeline.within(inside) for name in weights}


def _swatch(colour: str) -> str:
    return f'<span class="swatch" style="background:{colour}"></span>'


def _audio(held: Held) -> str:
    if held.window is None:
        return '<p class="faint">No media, no sound.</p>'
    audio = held.window.audio
    if audio is None:
        return '<p class="note">The media have no audio track.</p>'
    facts = [
        several(len(audio), "sample"),
        f"{audio.sample_rate} Hz",
        several(audio.num_channels, "channel"),
        f"first sample {audio.first_sample} at {both(audio.start)}",
        f"drawn up to the peak, {peak(audio.data):.4f} of full scale",
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


def _label(held: Held) -> str:
    planned, rule = held.cut.planned, held.label_rule
    labels = planned.labels
    if not labels.layer:
        return "<p>Labels were not asked for.</p>"
    if labels.valid:
        state = "counts"
    elif held.cut.doubted:
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
        ("label", ", ".join(f"{name} {labels.soft[place]:.4g}" for place, name in _weighed(held)) or "none"),
        ("valid", f"{str(labels.valid).lower()}, it {state}" if labels.valid else f"false, {state}"),
        ("confidence", f"{labels.confidence:.4g}"),
        ("weight", f"{planned.weight:.4g}"),
        ("rule", "of the clip's decision" if held.cut.item.kind == "clip" else f"{rule.label_at}: {at}"),
    ]
    stretches = "".join(
        f"<li>{escape(_named(weights))}: <span class='exact'>{escape(span_words(span))}</span></li>"
        for span, weights in labels.timeline
    )
    inside = f"<p>In the label span:</p><ul>{stretches}</ul>" if stretches else "<p>In the label span: no label.</p>"
    return f"{_table(rows)}\n{_bars(held)}\n{inside}"


def _weighed(held: Held) -> list[tuple[int, str]]:
    labels = held.cut.planned.labels
    return [(place, name) for place, name in enumerate(labels.classes) if labels.soft[place] > 0]


def _named(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {weight:.4g}" for name, weight in weights.items())


def _bars(held: Held) -> str:
    labels = held.cut.planned.labels
    colours = colours_of(labels.classes)
    rows = []
    for place, name in enumerate(labels.classes):
        weight = float(labels.soft[place])
        bar = f'<span class="bar" style="width:{100 * weight:.2f}%;background:{colours[name]}"></span>'
        kind = "" if weight else ' class="zero"'
        rows.append(
            f"<li{kind}><span>{_swatch(colours[name])}{escape(name)}</span>"
            f'<span class="track">{bar}</span><span>{weight:.4g}</span></li>'
        )
    return f'<ul class="bars">{"".join(rows)}</ul>'


def _text(held: Held) -> str:
    released, later = held.cut.planned.text, held.unreleased
    rule = "once it has ended" if held.cut.causal else "if it is spoken in the span"
    parts = [f'<p class="faint">A sentence is released {rule}.</p>']
    if not released:
        parts.append("<p>No text is released for this window.</p>")
    for title, kind, sentences in (("Released", "released", released), ("Not released", "unreleased", later)):
        if not sentences:
            continue
        rows = "".join(
            f'<li value="{each.index}"><span lang="{escape(held.language or "")}">{escape(each.text)}</span><br>'
            f'<span class="exact faint">{escape(span_words(each.span))}</span></li>'
            for each in sentences
        )
        parts.append(f'<p>{title}:</p>\n<ol class="text {kind}">{rows}</ol>')
    return "\n".join(parts)


def _frames(held: Held) -> str:
    if held.window is None:
        return '<p class="faint">No media, no frames.</p>'
    video = held.window.video
    if video is None:
        return '<p class="note">The media have no video track.</p>'
    height, width = video.data.shape[1:3]
    shown = _shown_width(held, width)
    figures = []
    for place, asked in enumerate(held.grid):
        pts = video.pts[place]
        damaged, valid = bool(video.damaged[place]), bool(video.valid[place])
        state = "" if valid else ' <span class="lost">missing</span>'
        state += ' <span class="bad">damaged</span>' if damaged else ""
        if valid:
            uri = data_uri("image/png", png(video.data[place]))
            frame = f'<img alt="frame {place}" width="{shown}" height="{height}" src="{uri}">'
        else:
            frame = f'<div class="empty" style="width:{shown}px;height:{height}px">no frame</div>'
        seen = f"pts {_equal(pts)}" if pts is not None else "nothing on screen"
        kind = " ".join(word for word, true in (("missing", not valid), ("damaged", damaged)) if true)
        figures.append(
            f'<figure class="{kind or "fine"}">{frame}<figcaption><b>{place}</b>{state}<br>'
            f'<span class="exact">at {_equal(asked)}<br>{seen}</span></figcaption></figure>'
        )
    facts = (
        f"{several(len(video), 'frame')} of {height} x {width} pixels (height x width), {held.look.fps} a second of the "
        "span; each is the one on screen at its moment."
    )
    wide = f'<div class="frames" style="--wide:{max(shown, 170)}px">{"".join(figures)}</div>'
    return f'<p class="faint">{escape(facts)}</p>\n{wide}'


def _equal(time: Fraction) -> str:
    return f"{fraction(time)} = {decimal(time)} s"


def _shown_width(held: Held, width: int) -> int:
    """Return how wide a frame of the page's own size is shown, so that its pixels need not be square."""
    track = None if held.metadata is None else held.metadata.video
    ratio = None if track is None else track.sample_aspect_ratio
    if held.look.size is not None or track is None or not ratio:
        return width
    # The ratio is that of a pixel as stored, before it was turned.
    return round(width * (ratio if track.rotation % 180 == 0 else 1 / ratio))


def _times(held: Held) -> str:
    planned, item = held.cut.planned, held.cut.item
    rows = [
        ("key", planned.key),
        ("item", planned.item),
        ("path", planned.path or "none at hand"),
        ("span", _with_length(held.span)),
        ("label_span", _with_length(planned.label_span)),
    ]
    if planned.label_span.start > held.span.start:
        rows.append(("context", _with_length(Span(held.span.start, planned.label_span.start))))
    if planned.label_span.end < held.span.end:
        rows.append(("lookahead", _with_length(Span(planned.label_span.end, held.span.end))))
    if held.cut.length_known and item.kind != "media":
        rows.append(("length of the item", both(item.duration)))
    if held.metadata is not None:
        rows.append(("length of the media", both(held.metadata.duration)))
        rows += [
            (f"{track.kind} track {track.index}", f"{track.codec}, {_from_to(track.start, track.end)}")
            for track in (held.metadata.video, held.metadata.audio)
            if track is not None
        ]
    return _table(rows, "exact")


def _with_length(span: Span) -> str:
    return f"{span_words(span)}, lasting {both(span.duration)}"


def _from_to(start: Fraction | None, end: Fraction | None) -> str:
    if start is None or end is None:
        return "no times"
    return f"[{fraction(start)}, {fraction(end)}) s = [{decimal(start)}, {decimal(end)}) s"


def _table(rows: list[tuple[str, str]], kind: str = "") -> str:
    lines = "".join(f'<tr><th>{escape(name)}</th><td class="{kind}">{escape(value)}</td></tr>' for name, value in rows)
    return f"<table>{lines}</table>"
