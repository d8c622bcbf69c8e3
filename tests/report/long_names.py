"""A corpus of long names, and its pages: what is too wide for a phone, if anything is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from show_help import clip, saved, show_window

from emos_io import Span
from emos_io.corpus import Clip, Decision, Monologue, Sentence, Utterance
from oracle import clips

LONG = "一个很长的名字没有空格" * 4
UNBROKEN = "a_name_without_a_break_" * 5


def long_names(folder: Path) -> Path:
    """A saved corpus of long names, long words, short and long sentences, and a layer with a long name."""
    path = folder / f"{UNBROKEN}{LONG}.mov"
    path.symlink_to(clips.counting_clip(seconds=10, rate=8_000))
    layer = f"my_own_{UNBROKEN}"
    labels = [(f"{UNBROKEN}{LONG}",), ("short", LONG, "another label of several words"), ("short",)]
    utterances = tuple(
        Utterance(
            index=index,
            span=Span(3 * index, 3 * index + 3),
            labels={"basic7": ("Joy",), "goemotions": ("disappointment", "embarrassment", "joy"), layer: own},
            raw_primary="x",
        )
        for index, own in enumerate(labels)
    )
    texts = (LONG * 8, "Supercalifragilisticexpialidocious" * 6, "Yes.", "No. " * 60)
    sentences = tuple(Sentence(index=n + 1, span=Span(2 * n, 2 * n + 2), text=text) for n, text in enumerate(texts))
    key = f"s/{LONG}{UNBROKEN}"
    film = Monologue(
        key=key, name="a", title=LONG, language="zh", duration=Fraction(10), sentences=sentences,
        utterances=utterances, path=str(path), attributes={"layer": layer},
    )  # fmt: skip
    scores = {f"{UNBROKEN}{LONG}": 0.5, "short": 0.5}
    decision = Decision(item="c/x", layer="own", labels=tuple(scores), scores=scores, confidence=0.5)
    return saved(
        folder / "corpus", film, clip("b"), Clip(key="c/x", source="own", language="zh", decisions={"own": decision})
    )


def long_pages(corpus: Path, capsys: pytest.CaptureFixture[str]) -> list[Path]:
    """Pages of many kinds: names, layers, sizes, without media, with damage outside of the media."""
    key = f"s/{LONG}{UNBROKEN}"
    kinds: list[list[object]] = [
        [f"{key}@3-6", corpus, "--context", 1, "--lookahead", 1, "--labels", "goemotions", "--label-at", "overlap"],
        [f"{key}@3-6", corpus, "--labels", f"my_own_{UNBROKEN}", "--label-at", "overlap", "--size", "300,1200"],
        [f"{key}@1/3-10/3", corpus, "--context", "1/7", "--fps", "30"],
        [f"{key}@8-10", corpus, "--lookahead", 3],
        ["c/x@0-3", corpus, "--labels", "own"],
    ]
    found = []
    for number, words in enumerate(kinds):
        result, _ = show_window(capsys, *words, "--out", f"{number}.html", "--around", 1 if number == 0 else 0)
        found.append(Path(result["out"]))
    return found
