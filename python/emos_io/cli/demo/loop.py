"""The loop of the demo: build, stream, train, predict, score; and what it says at the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ...plan import Windowing
from .build import FPS, Made, build_corpus
from .epoch import WINDOW_SECONDS, stream_corpus, stream_monologues
from .folder import writing
from .predicting import predict_all
from .release import score_release
from .reporting import write_report
from .scoring import Row, score_systems
from .table import print_paths, print_rows
from .training import train_model

HOP = 1
"""Seconds between windows that are streamed."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is made and learnt.

    Attributes:
        num_speakers: Speakers of the corpus; half are held out.
        seconds: The length of a monologue.
        seed: Of the corpus and its split.
        num_epochs: The most epochs of training; those of the recipe if None.
    """

    num_speakers: int
    seconds: int
    seed: int
    num_epochs: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it.

    Attributes:
        code: 0 if every window was streamed once and equal; else 1.
        rows: Scores on held-out speakers.
        release_rows: Scores of baselines on the labels of the release; none where none was named.
        paths: What lies where.
    """

    code: int
    rows: tuple[Row, ...]
    release_rows: tuple[Row, ...]
    paths: dict[str, Path]

    def as_dict(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {
            "windows_streamed_once": self.code == 0,
            "scores": [row.as_dict() for row in self.rows],
            "release": [row.as_dict() for row in self.release_rows],
            "paths": {name: str(path) for name, path in self.paths.items()},
            "synthetic": True,
        }


def run_loop(release: Path | None, out: Path, scale: Scale, max_seconds: int, console: Console) -> Result:
    """Build a corpus, stream it or monologues of the release, train, predict and score; print each step."""
    made = build_corpus(out, scale.num_speakers, scale.seconds, scale.seed, console)
    if release is None:
        code = stream_corpus(made.corpus, FPS, Windowing(WINDOW_SECONDS, HOP), out, console)
    else:
        code = stream_monologues(release, out, max_seconds, console)
    run = train_model(made, out, scale.num_epochs, console)
    with writing(out):
        systems = predict_all(made, run, out, console)
    rows = tuple(score_systems(systems, made.corpus, made.split, "streams"))
    title = f"{len(made.split.test)} held-out speakers, labelled seconds, a decision counts from when it could be made"
    print_rows(console, title, rows)
    console.print(
        "one seed; without a channel, a model that learnt both is given nothing in its place, which flatters both together",
        soft_wrap=True,
    )
    release_rows: tuple[Row, ...] = ()
    if release is not None:
        with writing(out):
            release_rows = tuple(score_release(release, out))
        print_rows(console, f"clips of {release}, baselines without media, out of fold", release_rows)
    with writing(out):
        report = write_report(made, [each.file for each in systems], run.folder, out, console)
    paths = {**_paths(made, out, release), "report: open it in a browser": report}
    console.print("where everything lies:")
    print_paths(console, paths)
    return Result(code, rows, release_rows, paths)


def _paths(made: Made, out: Path, release: Path | None) -> dict[str, Path]:
    paths = {
        "corpus, saved, with its media": made.folder,
        "split by speaker": made.split_file,
        "one window as a page": out / "window.html",
        "run: weights, logs, card": out / "run",
        "predictions": out / "predictions",
    }
    return paths if release is None else {**paths, "predictions of the release": out / "release"}
