"""Scores in MLflow: metrics, tags, and all of it as an artifact."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..._install import install
from ...errors import SourceUnreadable
from ..scores import Scores
from .scalars import (
    LoggedScores,
    checked_prefix,
    checked_step,
    name_part,
    named_scores,
    scalars_of,
    without_value,
)

_MOST_METRICS = 1_000
"""MLflow takes no more in one request."""
_MOST_NAME = 250
"""A run whose name is longer has one that MLflow makes up; the artifact has the whole name of the scores."""
_TAGS = ("predictions_sha256", "corpus_sha256", "split_sha256", "side", "draws", "seed")
"""What a run is looked up by; the artifact has all of the provenance."""


def log_to_mlflow(scores: Scores, *, step: int = 0, prefix: str = "") -> LoggedScores:
    """Log scores to the active run of MLflow; where there is none, to one that is made for them and ended.

    Each score is a metric named after its layer, kind, what else it is of and its measure, such as
    ``basic7.clips/language-en/accuracy``; ``.low``, ``.high``, ``.n`` and ``.num_clusters`` after the name are its interval and
    what it was computed of. Tags that begin with ``emos.`` have the checksums of predictions, corpus and split, side, seed and
    draws, how many scores have no value, and ``emos.synthetic``. The artifact ``emos/step-<step>.json`` is `Scores.to_json`: it
    has every reason, count, finding and table, and `Scores.from_json` reads equal scores back.

    Where it is logged to is MLflow's own setting, such as ``MLFLOW_TRACKING_URI``.

    Args:
        scores: What `score` returned.
        step: At which step the metrics are drawn, from 0.
        prefix: What stands before each name, such as ``"validation"``; nothing if "".

    Returns:
        How many metrics were written, and which scores have no value, with the reason.

    Raises:
        InvalidArgument: The scores, the step or the prefix are none, or two scores are of the same.
        SourceUnreadable: MLflow did not take them; the text has its reason.
        ImportError: MLflow is not installed.

    Cost:
        Five metrics for each score, a request for each thousand. ``score(..., by=())`` has no slices.

    Example:
        >>> from emos_io.evaluation import Scores, log_to_mlflow
        >>> log_to_mlflow(Scores(name="a", scores=()), step=-1)
        Traceback (most recent call last):
        ...
        emos_io.errors.InvalidArgument: step must be an integer of 0 or more, got -1; give the step of the training
    """
    number, before = checked_step(step), checked_prefix(prefix)
    named = named_scores(scores, before)
    folder = f"{name_part(before)}/" if before else ""
    lacking = without_value(named)
    tags = {name: scores.provenance[name] for name in _TAGS if scores.provenance.get(name) is not None}
    tags |= {"without_value": f"{len(lacking)} of {len(named)} scores", "findings": len(scores.findings)}
    if scores.synthetic:
        tags["synthetic"] = "true"
    try:
        from mlflow import MlflowClient, active_run, start_run
        from mlflow.entities import Metric, RunTag
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise ImportError(f"mlflow is not installed; {install('mlflow')}") from error

    @contextmanager
    def run_id() -> Iterator[str]:
        run = active_run()
        if run is not None:
            yield run.info.run_id
            return
        with start_run(run_name=scores.name if len(scores.name) <= _MOST_NAME else None) as made:
            yield made.info.run_id

    milliseconds = int(time.time() * 1000)
    metrics = [
        Metric(key, value, milliseconds, number)
        for name, score in named.items()
        for key, value in scalars_of(name, score)
    ]
    try:
        with run_id() as run:
            client = MlflowClient()
            for begin in range(0, len(metrics), _MOST_METRICS):
                client.log_batch(run, metrics=metrics[begin : begin + _MOST_METRICS], synchronous=True)
            marks = [RunTag(f"emos.{folder}{name}", str(value)) for name, value in tags.items()]
            client.log_batch(run, tags=marks, synchronous=True)
            client.log_text(run, scores.to_json(), f"emos/{folder}step-{number}.json")
    except (MlflowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise SourceUnreadable(
            f"MLflow must take the scores, got an error ({reason}); look at its tracking URI"
        ) from error
    return LoggedScores(num_scalars=len(metrics), without_value=lacking)
