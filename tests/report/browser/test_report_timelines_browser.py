"""Timelines in a browser: clicks and keys move the media and the head, and everything fits, enlarged too."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from timeline_help import content_of, copy_of

from emos_io import Span
from emos_io.corpus import Corpus, Monologue, Sentence, Utterance, Vote
from emos_io.evaluation import Prediction, Predictions
from emos_io.report.comparison.timelines import timelines_section
from emos_io.report.render import asset, render

pytestmark = pytest.mark.command

CLOSE = 0.1
"""Seconds between where a click points and where the media are."""
SECONDS = 30
HOSTILE = '</script><script>alert("x")</script>\u202e"\'>' + "long " * 50
MEDIA = "document.querySelector('.timeline-media')"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>x</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>
<body><h1>Timelines</h1>{body}<script>{script}</script></body></html>"""


def talk(name: str, *, title: str = "A talk") -> Monologue:
    """Half a minute: labels of 3 s with a gap after each third, sentences, and the votes of two raters."""
    labels = ("Joy", "Sadness", "Sadness", "Anger", "Neutral", "Surprise", "Fear")
    spans = [Span(4 * n, 4 * n + (3 if n % 3 == 2 else 4)) for n in range(len(labels))]
    utterances = [
        Utterance(index=n, span=span, labels={"basic7": (label,), "goemotions": ("joy", "grief")[: 1 + n % 2]})
        for n, (span, label) in enumerate(zip(spans, labels, strict=True))
    ]
    sentences = [
        Sentence(index=n + 1, span=Span(3 * n, 3 * n + 2), text=f"{n} 你承受不起这个真相！ {HOSTILE}") for n in range(9)
    ]
    votes = [
        Vote(item=f"s/{name}", layer="basic7", rater=rater, labels=(label,), span=span)
        for rater in ("one", HOSTILE)
        for span, label in zip(spans, labels, strict=True)
    ]
    return Monologue(
        key=f"s/{name}",
        name=name,
        title=title,
        language="zh",
        duration=Fraction(SECONDS),
        sentences=tuple(sentences),
        utterances=tuple(replace(each, intensity=1 + each.index % 5) for each in utterances),
        votes=tuple(votes),
    )


def windows(item: Monologue) -> Predictions:
    """Decisions of 1 s, each available half a second later, some of them invalid."""
    rows = [
        Prediction(
            key=item.key,
            layer="basic7",
            span=Span(n, n + 1),
            label=None if n % 11 == 5 else ("Joy", "Sadness", "Anger")[n // 5 % 3],
            error="no label in the answer" if n % 11 == 5 else "",
            confidence=n / SECONDS,
            available_at=Fraction(2 * n + 3, 2),
            line=n + 1,
        )
        for n in range(SECONDS)
    ]
    return Predictions(tuple(rows), name=HOSTILE)


def page_of(folder: Path, *items: Monologue, media: Path | None = None) -> Path:
    """A page of timelines alone; all items have one file of media."""
    runs = [copy_of(items[0], Fraction(2)), windows(items[0])]
    files = {} if media is None else {item.key: media for item in items}
    section = timelines_section(content_of(Corpus([], items), runs, media=files, out=folder / "report.html"))
    (folder / "comparison").mkdir(exist_ok=True)
    body = render("comparison/timelines_alone.html", section=section)
    style = asset("comparison/report.css") + asset("comparison/timelines.css")
    path = folder / "report.html"
    path.write_text(PAGE.format(style=style, body=body, script=asset("comparison/timelines.js")), "utf-8")
    return path
