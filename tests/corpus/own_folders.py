"""Folders of a person's own data for tests: media that nobody decodes, and annotations of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emos_io import Span
from emos_io.corpus import Corpus, Monologue
from emos_io.formats import Segment, write_eaf

COLUMNS = {"item": "file", "start": "s", "end": "e", "label": "emo"}


def media_folder(folder: Path, names: Iterable[str]) -> Path:
    """Make files of one byte, and return their folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return folder


def eaf(
    path: Path, *rows: tuple[int, int, str], tier: str = "emotion", rater: str | None = None, item: str = "a.mp4"
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_eaf(path, [Segment(Span(start, end), text, tier, rater) for start, end, text in rows], media=(item,))
    return path


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def votes(monologue: Monologue) -> list[tuple[str, Span | None, tuple[str, ...]]]:
    return [(vote.rater, vote.span, vote.labels) for vote in monologue.votes]


def labels(monologue: Monologue) -> list[tuple[Span, str | None]]:
    return [(each.span, each.basic7) for each in monologue.utterances]


def codes(corpus: Corpus) -> dict[str, int]:
    return corpus.findings.counts()
