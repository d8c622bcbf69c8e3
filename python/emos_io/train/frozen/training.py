"""The fit of a seed: features of the windows of both sides, those of train fitted, and how both are answered."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..._arrays import Float32Array, Float64Array
from ...errors import InvalidArgument
from ...plan import LabelRule, PlanOnError, WindowPlan
from ..results import SeedResult
from ..run_kind import Progress
from ..sides import Sides
from .faces import detector_file
from .features import FeatureReader
from .fit import LinearModel, fitted, mean_loss
from .networks import EXPRESSIONS, VOICE
from .recipe import FrozenRecipe
from .table import FeatureFile, read_features
from .windows import Cut


def reader_of(recipe: FrozenRecipe) -> FeatureReader:
    """Return what makes the features of a recipe."""
    model = recipe.model
    return FeatureReader(model.channels, detector=model.detector, least_score=model.least_score)


def settings_of(recipe: FrozenRecipe) -> dict[str, object]:
    """Return what features depend on beside the media: how windows are read, and the networks by their sha256."""
    model = recipe.model
    files = [*([detector_file(model.detector), EXPRESSIONS] if "video" in model.channels else [])]
    files += [VOICE] if "audio" in model.channels else []
    return {
        "channels": list(model.channels),
        "detector": model.detector,
        "least_score": model.least_score,
        "frame_size": model.frame_size,
        "fps": str(recipe.data.fps),
        "networks": {each.name: each.digest() for each in files},
    }


def cuts_of(recipe: FrozenRecipe) -> dict[str, Cut]:
    """Return how the kinds of items of a recipe become windows."""
    data = recipe.data
    how = {"clips": Cut("clips", data.length, data.hop), "monologues": Cut("windows", data.length, data.hop)}
    return {kind: cut for kind, cut in how.items() if kind in data.kinds}


def side_plans(recipe: FrozenRecipe, sides: Sides, side: str) -> list[WindowPlan]:
    """Return the windows of a side, labelled.

    Raises:
        InvalidArgument: The side has no item of the recipe's kinds, or the corpus has not the layer.
        SourceUnreadable: A file cannot be read, and the recipe's ``data.on_error`` is ``"raise"``.
    """
    labels = recipe.labels
    rule = LabelRule(
        next((each for each in sides.corpus.taxonomies if each.name == labels.layer), labels.layer),
        label_at=labels.label_at,
        collar=labels.collar,
        collar_mode=labels.collar_mode,
    )
    on_error: PlanOnError = "raise" if recipe.data.on_error == "raise" else "skip"
    keys = sides.keys()[side]
    found = [
        plan
        for cut in cuts_of(recipe).values()
        for plan in cut.plans(sides.corpus, keys, labels=rule, on_error=on_error)
    ]
    if not found:
        kinds = " or ".join(recipe.data.kinds)
        raise InvalidArgument(
            f"the side {side} must have {kinds}, got {len(keys)} items and none of these; give another split, or set "
            "data.kinds in the recipe"
        )
    return found


def features_name(side: str) -> str:
    """Return the name of the file of the features of a side."""
    return f"features-{side}.jsonl"


@dataclass(frozen=True, slots=True, eq=False)
class SideTable:
    """The windows of a side that have a label and could be read.

    Attributes:
        features: float64 ``[N, F]``.
        labels: float32 ``[N, K]``; rows sum to 1.
        confidence: float64 ``[N]``.
        classes: Names of the K classes.
        num_windows, num_unlabelled, num_unread: Windows of the plans, and of them those without a label and, of the others,
            those that could not be read.
    """

    features: Float64Array
    labels: Float32Array
    confidence: Float64Array
    classes: tuple[str, ...]
    num_windows: int
    num_unlabelled: int
    num_unread: int


def read_side(
    recipe: FrozenRecipe, sides: Sides, side: str, folder: Path, reader: FeatureReader, progress: Progress | None
) -> SideTable:
    """Return the windows of a side, of which the file in the folder has those that an earlier start read.

    Raises:
        EmosError: A window cannot be read, and the recipe's ``data.on_error`` is ``"raise"``.
        OSError: The file of features cannot be written.
    """
    plans = side_plans(recipe, sides, side)
    total = sum(map(len, plans))
    features, labels, confidence, unlabelled = [], [], [], 0
    with FeatureFile(folder / features_name(side), reader.names, settings_of(recipe)) as file:
        done = 0
        for plan in plans:
            windows = {window.key: window.labels for window in plan.windows()}
            counted = {key for key, each in windows.items() if each.valid}
            unlabelled += len(windows) - len(counted)
            there = [key for key in windows if key in file or key not in counted]
            done += len(there)
            for key, values in read_features(
                plan,
                reader,
                fps=recipe.data.fps,
                frame_size=recipe.model.frame_size,
                answered=there,
                on_error=recipe.data.on_error,
                missing_audio=recipe.data.missing_audio,
            ):
                if values is not None:
                    file.write(key, values)
                done += 1
                if progress is not None:
                    progress(f"features of {side}", done, total)
            for key in windows:
                if key in counted and key in file:
                    features.append(file[key])
                    labels.append(windows[key].soft)
                    confidence.append(float(windows[key].confidence))
    classes = plans[0].classes
    return SideTable(
        np.array(features, np.float64).reshape(len(features), len(reader.names)),
        np.array(labels, np.float32).reshape(len(labels), len(classes)),
        np.array(confidence, np.float64),
        classes,
        total,
        unlabelled,
        total - unlabelled - len(features),
    )


def fit_sides(
    recipe: FrozenRecipe, tables: Mapping[str, SideTable], reader: FeatureReader, folder: Path
) -> tuple[dict[str, object], SeedResult]:
    """Fit the windows of train, write the model, and return what is to be known of it and how it does on validation.

    Raises:
        InvalidArgument: A side has no window that counts, or train has fewer than two classes.
        OSError: A file cannot be written.
    """
    for side, table in tables.items():
        if not len(table.features):
            raise InvalidArgument(
                f"the side {side} must have windows with a label that can be read, got none of {table.num_windows}; give "
                "another split or layer"
            )
    from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]

    train, options = tables["train"], recipe.training
    weights = train.confidence if options.confidence_weights else np.ones(len(train.confidence))
    counted = weights > 0
    if not counted.any():
        raise InvalidArgument(
            "train must have labels with a confidence above 0, got none; set confidence_weights = false under [training] of "
            "the recipe"
        )
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always", ConvergenceWarning)
        model, iterations, _ = fitted(
            train.features[counted],
            train.labels[counted],
            (weights * class_weights(train.labels, weights, options.class_balance))[counted],
            names=reader.names,
            classes=train.classes,
            strength=options.strength,
            max_iterations=options.max_iterations,
            settings=settings_of(recipe),
        )
    model.save(folder)
    scores = {side: _scores(model, table) for side, table in tables.items()}
    report: dict[str, object] = {
        "iterations": iterations,
        "converged": not any(issubclass(each.category, ConvergenceWarning) for each in raised),
        "classes_without_windows": [
            name for name, start in zip(model.classes, model.intercept, strict=True) if np.isneginf(start)
        ],
        "sides": {side: _counts(table, reader.names) | scores[side] for side, table in tables.items()},
    }
    validation = scores["validation"]
    result = SeedResult(
        seed=0,
        best_epoch=0,
        num_epochs=1,
        num_steps=iterations,
        macro_f1=validation["macro_f1"],
        accuracy=validation["accuracy"],
        loss=validation["loss"],
        cpu_seconds=0.0,
        stopped="epochs",
        training_accuracy=scores["train"]["accuracy"],
    )
    return report, result


def class_weights(labels: Float32Array, weights: Float64Array, power: float) -> Float64Array:
    """Return a weight for each window: one over its classes' share of all weight, to a power; their mean by weight is 1.

    Args:
        labels: float32 ``[N, K]``; rows sum to 1.
        weights: float64 ``[N]``.
        power: 0 weighs all windows alike, 1 gives all classes the same weight in all.

    Example:
        >>> class_weights(np.array([[1, 0], [1, 0], [1, 0], [0, 1]], np.float32), np.ones(4), 1).round(3).tolist()
        [0.667, 0.667, 0.667, 2.0]
    """
    total = weights @ labels.astype(np.float64)
    shares = np.where(total > 0, total / total.sum(), 1.0)
    own = labels.astype(np.float64) @ shares**-power
    return own / np.average(own, weights=weights)


def _scores(model: LinearModel, table: SideTable) -> dict[str, float]:
    from sklearn.metrics import f1_score  # type: ignore[import-untyped]

    probabilities = model.probabilities(table.features)
    truth, answers = table.labels.argmax(axis=1), probabilities.argmax(axis=1)
    return {
        "accuracy": float((truth == answers).mean()),
        "macro_f1": float(f1_score(truth, answers, labels=np.unique(truth), average="macro", zero_division=0.0)),
        "loss": mean_loss(probabilities, table.labels, np.ones(len(truth))),
    }


def _counts(table: SideTable, names: Sequence[str]) -> dict[str, int]:
    marked = {
        name: int(table.features[:, names.index(mark)].sum()) if mark in names else 0
        for name, mark in (
            ("without_face", "face_missing"),
            ("without_audio", "audio_missing"),
            ("without_speech", "speech_missing"),
        )
    }
    return {
        "windows": table.num_windows,
        "without_label": table.num_unlabelled,
        "unread": table.num_unread,
        "used": len(table.features),
        **marked,
    }
