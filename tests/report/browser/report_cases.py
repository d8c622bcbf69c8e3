"""A small release with made media, runs of it, and their report, made once for all files of tests."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from emos_io import Span
from emos_io.cli.app import guarded
from emos_io.cli.report import report
from emos_io.corpus import Corpus
from emos_io.evaluation import Prediction, write_predictions
from emos_io.synthesize import synthesize
from oracle import synthetic_release

HOP = Fraction(1, 2)
DRAWS = 20
"""Draws of clusters: intervals are not tested here."""
LATE = 2
"""Seconds by which the labels of one run are late."""


class ReportCase(NamedTuple):
    """A report, and what it is made of."""

    page: Path
    corpus: Path
    media: Path
    runs: tuple[Path, ...]


def run_report(*words: object) -> int:
    """The exit code of ``emos report WORDS``, run here."""
    return guarded(lambda: report.main([str(word) for word in words], standalone_mode=False))


def of_clips(corpus: Corpus, labels: Sequence[str]) -> Iterator[Prediction]:
    """Labels in turn, each with a confidence, and one answer that is none."""
    for index, clip in enumerate(corpus.clips):
        if index == len(labels):
            yield Prediction(key=clip.key, layer="basic7", error="the answer is no JSON", raw="<b>Joy</b>")
        else:
            label = labels[index % len(labels)]
            yield Prediction(key=clip.key, layer="basic7", label=label, confidence=0.5 + index / 20)


def of_monologues(corpus: Corpus, late: int) -> Iterator[Prediction]:
    """The labels of monologues so many seconds late, each available half a second after its window."""
    for monologue in corpus.monologues:
        starts = [HOP * index for index in range(int(monologue.duration / HOP))]
        labels = monologue.labels("basic7").at([max(start - late, Fraction(0)) for start in starts])
        label = "Neutral"
        for start, found in zip(starts, labels, strict=True):
            label = found or label
            span = Span(start, start + HOP)
            yield Prediction(
                key=monologue.key, layer="basic7", span=span, label=label, confidence=0.75, available_at=span.end + HOP
            )


@functools.cache
def made_report() -> ReportCase:
    """A report of two runs of a small release, with media of its two monologues of 12.5 s."""
    folder = Path(tempfile.mkdtemp(prefix="emos-report-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    release, media, out = folder / "release", folder / "media", folder / "out"
    synthetic_release.make(release)
    corpus = Corpus.from_release(release)
    synthesize(corpus, media, speech="tones", size=(120, 160))
    out.mkdir()
    runs = (folder / "first.jsonl", folder / "second.jsonl")
    labels = (("Joy", "Anger", "Fear"), ("Joy", "Joy", "Disgust", "Sadness"))
    for path, own, late in zip(runs, labels, (LATE, 0), strict=True):
        header = {"model": path.stem, "corpus": "a small release", "form": "decisions"}
        write_predictions(path, [*of_clips(corpus, own), *of_monologues(corpus, late)], header=header)
    page = out / "report.html"
    words = ["--corpus", release, "--media", media, "--out", page, "--draws", DRAWS, "--pages", 3, "--overwrite"]
    code = run_report(*runs, *words)
    # A run that has an answer that is none has findings, and no fault.
    assert code in (0, 1), code
    return ReportCase(page, release, media, runs)
