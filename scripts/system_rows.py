"""The table of docs/results.md with a row for each kind of system: large models, baselines, and the ceiling of raters.

A row of a large model comes from ``scores-zero-shot-KIND.jsonl`` or ``scores-fine-tuned-KIND.jsonl`` in docs/results, what
``emos score --json`` or ``emos eval --json`` printed of clips or streams; it is empty where there is no such file, since no
GPU has run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from emos_io.evaluation import Scores

LARGE = {"zero-shot": "zero-shot", "fine-tuned": "fine-tuned (LoRA, docs/fine-tune.md)"}
"""Rows of large models, by the name in their files."""
BASELINES = (
    ("text.jsonl", "text-stream-clips.jsonl", "text baseline"),
    ("prior.jsonl", "prior-streams.jsonl", "prior baseline"),
    ("majority.jsonl", "majority-streams.jsonl", "majority baseline"),
)
"""Files of clips and of streams, and the name of the row."""
MEASURES = ("accuracy", "macro_f1")
STREAMS = {"layer": "basic7", "kind": "streams", "clock": "decision"}


def lines(folder: Path) -> list[str]:
    """Return the lines of the section.

    Args:
        folder: docs/results.
    """
    clips, streams = (read(folder / f"scores-{kind}.jsonl") for kind in ("clips", "streams"))
    rows = []
    for name, title in LARGE.items():
        own = [next(iter(read(folder / f"scores-{name}-{kind}.jsonl").values()), None) for kind in ("clips", "streams")]
        rows.append([title, *cells(own[0], own[1])])
    rows += [[title, *cells(clips[clip], streams[stream])] for clip, stream, title in BASELINES]
    one = next(iter(clips.values()))
    rows.append(["ceiling: a rater beside the others", "", one.get("annotator_ceiling", ties="left_out").text(), ""])
    heads = ("system", "English clips", "Chinese clips", "monologues, decision clock")
    return [
        "## Systems side by side",
        "",
        "Accuracy / macro F1 in Basic-7, on the splits below. A row without numbers has not been run: it takes a GPU, and",
        "[fine-tune and score on EmoS](fine-tune.md) has its commands. The ceiling is of the raters of CH-SIMS, on the items",
        "where the two others agree ([ceiling](metrics-ceiling.md)).",
        "",
        *(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)),
        "",
    ]


def cells(clips: Scores | None, streams: Scores | None) -> list[str]:
    """Return the cells of a system: English clips, Chinese clips, monologues; empty where there are no scores."""
    by_language = [pair(clips, {"layer": "basic7", "kind": "clips", "language": each}) for each in ("en", "zh")]
    return [*by_language, pair(streams, STREAMS)]


def pair(scores: Scores | None, of: Mapping[str, str]) -> str:
    """Return accuracy with its interval and macro F1."""
    if scores is None or not all(scores.select(name=name, **of) for name in MEASURES):
        return ""
    accuracy, macro = (scores.get(name, **of) for name in MEASURES)
    return f"{accuracy.text()} / {macro.value:.3f}"


def read(path: Path) -> dict[str, Scores]:
    """Return the scores in a file by the name of what was scored; none where there is no file."""
    if not path.is_file():
        return {}
    records = path.read_text("utf-8").splitlines()
    found = [Scores.from_json(line) for line in records if "scores" in json.loads(line) and "name" in json.loads(line)]
    return {each.name: each for each in found}
