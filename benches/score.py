"""Time scoring the EmoS release: 9,403 clips with confidences, and 46 monologues with a decision every half second.

Answers are checked first: predictions made of the released labels score 1. Seconds are CPU seconds of this process alone; the
corpus is read before.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib import metadata
from pathlib import Path

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.evaluation import Prediction, Predictions, Scores, compare, score

HERE = Path(__file__).parent
ROUNDS = 5
HOP = Fraction(1, 2)


def main() -> None:
    """Run all and write benches/results/score.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    release = Path(os.environ.get("EMOS_RELEASE", HERE.parent.parent / "shared" / "emos-release"))
    parser.add_argument("release", type=Path, nargs="?", default=release)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--draws", type=int, default=2_000)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "score.json")
    arguments = parser.parse_args()
    corpus = Corpus.from_release(arguments.release)
    clips, windows = (
        Predictions(tuple(of_clips(corpus)), name="clips"),
        Predictions(tuple(of_windows(corpus)), name="windows"),
    )
    check(score(clips, corpus, draws=1, by=()), score(windows, corpus, draws=1, by=()))
    draws = arguments.draws
    work: dict[str, Callable[[], object]] = {
        "clips": lambda: score(clips, corpus, draws=draws),
        "clips, no slices": lambda: score(clips, corpus, draws=draws, by=()),
        "monologues": lambda: score(windows, corpus, draws=draws),
        "monologues, no slices": lambda: score(windows, corpus, draws=draws, by=()),
        "two runs of clips compared": lambda: compare(clips, clips, corpus=corpus, draws=draws),
    }
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for number in range(arguments.rounds):
        for name, task in work.items():
            begun = time.process_time()
            task()
            seconds[name].append(time.process_time() - begun)
        print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
    report = {
        "machine": {
            "cores": os.cpu_count(),
            "load_before": os.getloadavg()[0],
            "python": platform.python_version(),
            "versions": {name: metadata.version(name) for name in ("emos-io", "numpy")},
        },
        "rounds": arguments.rounds,
        "draws": draws,
        "rows": {"clips": len(clips), "windows": len(windows)},
        "results": {
            name: {"cpu_seconds_median": statistics.median(taken), "cpu_seconds_range": [min(taken), max(taken)]}
            for name, taken in seconds.items()
        },
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report["results"], indent=2))


def of_clips(corpus: Corpus) -> Iterator[Prediction]:
    """Yield the decision of each clip as a prediction."""
    for clip in corpus.clips:
        decision = clip.decisions["basic7"]
        yield Prediction(key=clip.key, layer="basic7", label=decision.label, confidence=decision.confidence)


def of_windows(corpus: Corpus) -> Iterator[Prediction]:
    """Yield a decision every half second, of the label at its start; in unlabelled time that of before."""
    for monologue in corpus.monologues:
        starts = [HOP * k for k in range(int(monologue.duration / HOP) + 1) if HOP * k < monologue.duration]
        label = "Neutral"
        for start, found in zip(starts, monologue.labels("basic7").at(starts), strict=True):
            label = found or label
            span = Span(start, start + HOP)
            yield Prediction(key=monologue.key, layer="basic7", span=span, label=label, available_at=span.end)


def check(clips: Scores, windows: Scores) -> None:
    """Fail unless the released labels are right, and a stream of labels has the F1 of boundaries that it can have."""
    assert clips.get("accuracy").value == 1, "released labels of clips are not right"
    of = {"clock": "content", "tolerance": "2"}
    assert windows.get("turning_point_f1", definition="label_change", **of).value == 1, (
        "changes of labels are not found"
    )
    boundary = windows.get("turning_point_f1", definition="boundary", **of).value
    assert boundary is not None and round(boundary, 3) == 0.735, f"boundaries have {boundary}"


if __name__ == "__main__":
    main()
