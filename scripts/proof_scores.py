"""How much both channels together are worth: macro F1 of several seeds, averaged before speakers are drawn.

```text
 seed 0   confusion of each speaker [G, K, K + 1] ─┐
 seed 1   ...                                      ├── draws of speakers ── macro F1 of each seed ── mean over seeds
 seed 2   ...                                     ─┘   the same for all
```

So an interval is one over speakers, given these seeds: other seeds are no part of it, and their spread stands beside it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emos_io.corpus import Corpus, Split
from emos_io.evaluation import Difference, Predictions, Score, match
from emos_io.evaluation.clips.labels import confusion_measures
from emos_io.evaluation.clusters import clusters_of
from emos_io.evaluation.differences import differences
from emos_io.evaluation.intervals import Drawn, drawn
from emos_io.evaluation.streams.seconds import seconds_confusion
from emos_io.evaluation.streams.timelines import content_stream
from emos_io.evaluation.sums import Measure, MeasuredRows

Floats = npt.NDArray[np.float64]

LAYER = "basic7"
MEASURES = ("macro_f1", "accuracy")
LEAST_GAIN = 0.1
"""What the lower bound of macro F1 over majority must exceed."""
PAIRS = (("both", "majority", LEAST_GAIN), ("both", "video", 0.0), ("both", "audio", 0.0))
"""Which difference of macro F1 must have a lower bound above what."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What one attempt found.

    Attributes:
        scores: For each arm its macro F1 and accuracy, means over its seeds.
        seed_values: For each arm the macro F1 of each seed.
        differences: Macro F1 of the pairs of `PAIRS`.
        checks: For each pair whether the lower bound is above what it must exceed.
    """

    scores: Mapping[str, tuple[Score, ...]]
    seed_values: Mapping[str, tuple[float, ...]]
    differences: Mapping[str, Difference]
    checks: Mapping[str, bool]


def compared(arms: Mapping[str, Sequence[Predictions]], corpus: Corpus, split: Split) -> Compared:
    """Return the scores of arms on the test side, and how far they are apart, paired over speakers.

    Args:
        arms: For each arm the predictions of each of its seeds. "both", "video", "audio" and "majority" are there.
        corpus: Monologues with truth; its speakers are the clusters.
        split: The split whose test side was predicted.

    Raises:
        ValueError: Predictions have findings, such as one that is missing.
    """
    keys: list[str] | None = None
    confusions: dict[str, list[Floats]] = {}
    classes: Sequence[str] = ()
    for arm, runs in arms.items():
        for run in runs:
            matched = match(run, corpus, layer=LAYER, split=split)
            if matched.findings:
                raise ValueError(f"{arm}: {next(iter(matched.findings))}")
            pairs = zip(matched.streams.items, matched.streams.rows, strict=True)
            streams = [content_stream(item, rows, LAYER, matched.labels) for item, rows in pairs]
            found = [stream.key for stream in streams]
            assert keys in (None, found), "all arms are of the same test side"
            keys, classes = found, matched.labels
            confusions.setdefault(arm, []).append(seconds_confusion(streams, classes))
    assert keys is not None, "there are arms"
    clusters = clusters_of(corpus.items, keys, split)
    measured = {arm: averaged(each, classes) for arm, each in confusions.items()}
    draws = {arm: drawn([each], clusters, of={"layer": LAYER}) for arm, each in measured.items()}
    return Compared(
        scores={arm: tuple(_named(each, name).score() for name in MEASURES) for arm, each in draws.items()},
        seed_values={
            arm: tuple(averaged([each], classes).value("macro_f1") for each in seeds)
            for arm, seeds in confusions.items()
        },
        differences={f"{one} - {other}": _difference(draws[one], draws[other]) for one, other, _ in PAIRS},
        checks={
            f"{one} - {other} > {least:g}": _is_above(_difference(draws[one], draws[other]), least)
            for one, other, least in PAIRS
        },
    )


def averaged(confusions: Sequence[Floats], classes: Sequence[str]) -> MeasuredRows:
    """Return macro F1 and accuracy of several runs about the same items, each the mean over the runs.

    Args:
        confusions: For each run float64 ``[N, K, K + 1]``, seconds of truth by prediction; the truth is that of all.
        classes: Names of the K classes.
    """
    parts = [confusion_measures(each.reshape(len(each), -1), classes) for each in confusions]
    width = parts[0].columns.shape[1]

    def mean(name: str) -> Callable[[Floats], Floats]:
        of_sums = [next(each.of_sums for each in part.measures if each.name == name) for part in parts]

        def of(sums: Floats) -> Floats:
            values = [each(sums[:, index * width : (index + 1) * width]) for index, each in enumerate(of_sums)]
            return np.asarray(np.mean(values, axis=0))

        return of

    measures = tuple(Measure(name, mean(name)) for name in MEASURES)
    return MeasuredRows(np.hstack([each.columns for each in parts]), parts[0].counted, measures)


def as_values(found: Compared) -> dict[str, object]:
    """Return what was found as values of JSON, arm by arm."""
    scores = {
        arm: {
            **{each.name: {"value": each.value, "low": each.low, "high": each.high} for each in of_arm},
            "macro_f1_of_seeds": list(found.seed_values[arm]),
            "macro_f1_sd_of_seeds": _spread(found.seed_values[arm]),
        }
        for arm, of_arm in found.scores.items()
    }
    apart = {
        pair: {"value": each.difference, "low": each.low, "high": each.high, "p": each.p}
        for pair, each in found.differences.items()
    }
    return {"scores": scores, "differences": apart, "checks": dict(found.checks), "passed": all(found.checks.values())}


def _named(found: Sequence[Drawn], name: str) -> Drawn:
    """Return one measure."""
    return next(each for each in found if each.name == name)


def _difference(one: Sequence[Drawn], other: Sequence[Drawn]) -> Difference:
    """Return how far two arms are apart in macro F1."""
    (found,) = differences([_named(one, "macro_f1")], [_named(other, "macro_f1")])
    return found


def _is_above(found: Difference, least: float) -> bool:
    """Return whether the lower bound of a difference is above a number."""
    return found.low is not None and found.low > least


def _spread(values: Sequence[float]) -> float | None:
    """Return the standard deviation of some seeds, or None of one."""
    return statistics.stdev(values) if len(values) > 1 else None
