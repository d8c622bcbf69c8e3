"""Several files of predictions, read, scored and compared with each other, under names that differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..annotation.measures import DRAWS
from ..corpus import Corpus, Folds, Split
from ..errors import InvalidArgument
from .compare import Comparison, compare
from .matching import Side
from .prediction_files import read_predictions
from .predictions import Predictions
from .score import score
from .scores import Scores
from .slices import SLICES_BY, SliceBy

NOTHING_SHARED = "no layer and no item is in all files"
"""Why files are not compared that share nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """The scores of several runs, and how far the runs are from each other.

    Attributes:
        scores: The scores, a run each.
        comparison: The paired differences; None for one run, or where nothing is compared.
        why_not_compared: Why nothing is compared; of use only where there is no difference.
    """

    scores: tuple[Scores, ...]
    comparison: Comparison | None
    why_not_compared: str = NOTHING_SHARED


def names_of(files: Sequence[str]) -> list[str]:
    """Return a name for each file that no other one has: the name of the file, or its path, or a number too.

    Example:
        >>> names_of(["a/run.jsonl", "b/run.jsonl", "c.jsonl", "c.jsonl"])
        ['a/run.jsonl', 'b/run.jsonl', 'c.jsonl (1)', 'c.jsonl (2)']
    """
    short = [Path(file).name for file in files]
    names = [name if short.count(name) == 1 else file for name, file in zip(short, files, strict=True)]
    return [
        name if names.count(name) == 1 else f"{name} ({names[: number + 1].count(name)})"
        for number, name in enumerate(names)
    ]


def read_runs(files: Sequence[str], *, strict: bool = False) -> list[Predictions]:
    """Return the predictions of files, each under the name that `names_of` gives it.

    Raises:
        SourceNotFound: A file is not there.
        SourceUnreadable: A file is none of predictions.
        CorpusError: `strict` is set, and a line is at fault.
    """
    return [
        replace(read_predictions(file, strict=strict), name=name)
        for file, name in zip(files, names_of(files), strict=True)
    ]


def score_runs(
    runs: Sequence[Predictions],
    corpus: Corpus,
    *,
    split: Split | Folds | None = None,
    side: Side = "test",
    layer: str | None = None,
    by: Iterable[SliceBy] = SLICES_BY,
    draws: int = DRAWS,
    seed: int = 0,
    strict: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> SideBySide:
    """Return the scores of runs, and their paired differences where there are several.

    Args:
        runs: The runs; their names differ.
        corpus, split, side, layer, by, draws, seed, strict: As of `score`.
        progress: Called with how many steps are done, and with their number over all runs.

    Raises:
        InvalidArgument, CorpusError: As of `score`. That nothing can be compared is no error, but `why_not_compared`.

    Cost: that of `score` for each run, then that of `compare`.
    """
    sliced = tuple(by)
    scores = [
        score(
            run,
            corpus,
            split=split,
            side=side,
            layer=layer,
            by=sliced,
            draws=draws,
            seed=seed,
            strict=strict,
            progress=None if progress is None else _steps(progress, index, len(runs)),
        )
        for index, run in enumerate(runs)
    ]
    comparison, why_not = None, NOTHING_SHARED
    if len(runs) > 1 and _have_layer(runs, layer):
        # Scores stand whatever comes of their differences.
        try:
            comparison = compare(*runs, corpus=corpus, split=split, side=side, layer=layer, draws=draws, seed=seed)
        except InvalidArgument as error:
            why_not = str(error)
    return SideBySide(scores=tuple(scores), comparison=comparison, why_not_compared=why_not)


def _have_layer(runs: Sequence[Predictions], layer: str | None) -> bool:
    """Return whether a layer is in all files."""
    shared = set.intersection(*(set(run.layers) for run in runs))
    return bool(shared) if layer is None else layer in shared


def _steps(progress: Callable[[int, int], None], done_runs: int, num_runs: int) -> Callable[[int, int], None]:
    """Return what counts the steps of one run among those of all."""
    return lambda done, total: progress(done_runs * total + done, num_runs * total)
