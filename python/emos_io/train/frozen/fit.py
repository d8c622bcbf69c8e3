"""The fit: features that are brought to one scale, and a logistic regression; its numbers as arrays and JSON, never as code.

```text
 features [N, F] --(x - mean) / scale, NaN becomes 0--> logits [N, K] = x coefficients + intercept --softmax--> probabilities
```
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..._arrays import Float64Array
from ..._files import atomic_file, write_text
from ..._install import install
from ...errors import InvalidArgument, SourceNotFound, SourceUnreadable, quoted

MODEL, ABOUT = "model.npz", "model.json"
FORMAT_VERSION = 1
"""Counts up when files of a model begin to mean something else."""
_LEAST_SHARE = 1e-12
"""So that a loss is a number also where a side has a class that train lacks."""
_ARRAYS = ("mean", "scale", "coefficients", "intercept")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LinearModel:
    """A logistic regression on features. F features, K classes.

    Attributes:
        names: Names of the features.
        classes: Names of the classes.
        mean: float64 ``[F]``: the mean of each feature over the windows that it was fitted to; NaN was left out.
        scale: float64 ``[F]``: its standard deviation, 1 where that is 0.
        coefficients: float64 ``[F, K]``.
        intercept: float64 ``[K]``; -infinity for classes that no window had, which are never answered.
        settings: What it was made with: networks by their sha256, how windows are read.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    mean: Float64Array
    scale: Float64Array
    coefficients: Float64Array
    intercept: Float64Array
    settings: Mapping[str, object]

    def __repr__(self) -> str:
        return f"LinearModel({len(self.names)} features, {len(self.classes)} classes)"

    def probabilities(self, features: Float64Array) -> Float64Array:
        """Return the probability of each class, float64 ``[N, K]``.

        Args:
            features: float64 ``[N, F]``; NaN counts as the mean.
        """
        logits = _scaled(features, self.mean, self.scale) @ self.coefficients + self.intercept
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: Float64Array = shares / shares.sum(axis=1, keepdims=True)
        return found

    def save(self, folder: Path) -> None:
        """Write ``model.json`` and then ``model.npz``, each whole or not at all; equal models give equal bytes.

        Raises:
            OSError: A file cannot be written.
        """
        about = {
            "format": "emos frozen model",
            "format_version": FORMAT_VERSION,
            "features": list(self.names),
            "classes": list(self.classes),
            "settings": dict(self.settings),
        }
        write_text(folder / ABOUT, json.dumps(about, ensure_ascii=False, indent=1) + "\n")
        data = io.BytesIO()
        np.savez(data, **{name: getattr(self, name) for name in _ARRAYS})
        with atomic_file(folder / MODEL) as file:
            file.write(data.getvalue())


def load_model(folder: Path) -> LinearModel:
    """Return the model of a folder.

    Raises:
        SourceNotFound: A file of it is gone.
        SourceUnreadable: A file cannot be read, or is no such model.
    """
    about, file = _about(folder / ABOUT), folder / MODEL
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            mean, scale, coefficients, intercept = (np.array(stored[name], dtype=np.float64) for name in _ARRAYS)
    except FileNotFoundError as error:
        raise _gone(file) from error
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise _unreadable(file) from error
    names, classes, settings = about.get("features"), about.get("classes"), about.get("settings")
    if not (isinstance(names, list) and isinstance(classes, list) and isinstance(settings, dict)):
        raise _unreadable(folder / ABOUT)
    wanted = ((len(names),), (len(names),), (len(names), len(classes)), (len(classes),))
    if (mean.shape, scale.shape, coefficients.shape, intercept.shape) != wanted:
        raise _unreadable(file)
    named, known = tuple(map(str, names)), tuple(map(str, classes))
    return LinearModel(named, known, mean, scale, coefficients, intercept, settings)


def fitted(
    features: Float64Array,
    labels: npt.NDArray[np.float32],
    weights: Float64Array,
    *,
    names: Sequence[str],
    classes: Sequence[str],
    strength: float,
    max_iterations: int,
    settings: Mapping[str, object],
) -> tuple[LinearModel, int, float]:
    """Return the model that fits windows, the iterations that it took, and its mean loss on them.

    It is scikit-learn's `StandardScaler` and `LogisticRegression` with lbfgs, which draws nothing; on one thread the same
    windows give the same bits. A window with several labels counts once for each, by its share.

    Args:
        features: float64 ``[N, F]``; NaN where a window has no such feature.
        labels: float32 ``[N, K]``; rows sum to 1.
        weights: float64 ``[N]``: how much each window counts, above 0.
        names, classes: Names of the F features and of the K classes.
        strength: What `LogisticRegression` calls C: the larger, the less coefficients are held near 0.
        max_iterations: Iterations at most.
        settings: What goes with the model.

    Raises:
        InvalidArgument: Windows have fewer than two classes.
        ImportError: scikit-learn is not installed.
    """
    try:
        from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
        from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
    except ImportError as error:
        raise ImportError(f"sklearn is not installed; {install('frozen')}") from error
    rows, numbers = np.nonzero(labels)
    seen = np.unique(numbers)
    if len(seen) < 2:
        what = f"{classes[int(seen[0])]!r} alone" if len(seen) else "none"
        raise InvalidArgument(
            f"train must have windows of two classes or more, got {what}; give another split or layer"
        )
    known = np.where(np.isnan(features).all(axis=0), 0.0, features)
    with threadpool_limits(limits=1):
        scaler = StandardScaler().fit(known)
        regression = LogisticRegression(C=strength, max_iter=max_iterations)
        scaled = _scaled(known, scaler.mean_, scaler.scale_)[rows]
        regression.fit(scaled, numbers, sample_weight=weights[rows] * labels[rows, numbers])
    coefficients, intercept = np.zeros((features.shape[1], len(classes))), np.full(len(classes), -np.inf)
    # With two classes there is one row, that of the second.
    own = regression.coef_ if len(seen) > 2 else np.concatenate([np.zeros_like(regression.coef_), regression.coef_])
    start = regression.intercept_ if len(seen) > 2 else np.array([0.0, regression.intercept_[0]])
    coefficients[:, seen], intercept[seen] = own.T, start
    model = LinearModel(
        tuple(names), tuple(classes), scaler.mean_, scaler.scale_, coefficients, intercept, dict(settings)
    )
    return model, int(regression.n_iter_.max()), mean_loss(model.probabilities(features), labels, weights)


def mean_loss(probabilities: Float64Array, labels: npt.NDArray[np.float32], weights: Float64Array) -> float:
    """Return the weighted mean cross-entropy, in nats; a class without any probability counts as one of 1e-12.

    Args:
        probabilities: float64 ``[N, K]``.
        labels: float32 ``[N, K]``; rows sum to 1.
        weights: float64 ``[N]``.
    """
    terms = (labels * -np.log(np.maximum(probabilities, _LEAST_SHARE))).sum(axis=1)
    return float(np.average(terms, weights=weights))


def _scaled(features: Float64Array, mean: Float64Array, scale: Float64Array) -> Float64Array:
    scaled = (features - mean) / scale
    return np.where(np.isnan(scaled), 0.0, scaled)


def _about(path: Path) -> Mapping[str, object]:
    try:
        values: object = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise _gone(path) from error
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path) from error
    if not isinstance(values, dict) or values.get("format_version") != FORMAT_VERSION:
        raise _unreadable(path)
    return values


def _gone(path: Path) -> SourceNotFound:
    return SourceNotFound(f"the model of the run is gone; train again in a new folder: {quoted(path)}", path=str(path))


def _unreadable(path: Path) -> SourceUnreadable:
    return SourceUnreadable(
        f"the model of the run cannot be read; train again in a new folder: {quoted(path)}", path=str(path)
    )
