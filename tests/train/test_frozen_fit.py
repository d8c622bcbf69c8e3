"""The fit of the kind frozen, against scikit-learn, and its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

from emos_io._arrays import Float32Array, Float64Array
from emos_io.errors import InvalidArgument, SourceNotFound, SourceUnreadable
from emos_io.train.frozen.fit import ABOUT, MODEL, LinearModel, fitted, load_model, mean_loss
from emos_io.train.frozen.training import class_weights

CLOSE = 1e-9
"""Between two orders of the same float64 sums."""
CLASSES = ("Joy", "Anger", "Fear", "Sadness")


def windows(count: int, numbers: tuple[int, ...]) -> tuple[Float64Array, Float32Array]:
    """Return features of three columns, and one label each, of the classes of these numbers in turn."""
    rng = np.random.default_rng(0)
    labels = np.zeros((count, len(CLASSES)), np.float32)
    own = np.array([numbers[row % len(numbers)] for row in range(count)])
    labels[np.arange(count), own] = 1
    features = rng.standard_normal((count, 3)) * [1, 10, 100] + own[:, None]
    return features, labels


def fit_of(features: Float64Array, labels: Float32Array, weights: Float64Array | None = None) -> LinearModel:
    ones = np.ones(len(features))
    return fitted(
        features,
        labels,
        ones if weights is None else weights,
        names=("a", "b", "c"),
        classes=CLASSES,
        strength=1.0,
        max_iterations=1000,
        settings={"fps": "2"},
    )[0]


@pytest.mark.parametrize("numbers", [(0, 1, 2, 3), (1, 3), (0, 2, 3)])
def test_probabilities_are_those_of_scikit_learn_and_0_for_classes_without_windows(numbers: tuple[int, ...]) -> None:
    features, labels = windows(60, numbers)
    expected = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000)).fit(
        features, labels.argmax(axis=1)
    )
    found = fit_of(features, labels).probabilities(features)
    np.testing.assert_allclose(found[:, list(numbers)], expected.predict_proba(features), atol=CLOSE)
    others = [number for number in range(len(CLASSES)) if number not in numbers]
    assert not found[:, others].any()


def test_a_window_of_two_labels_counts_as_two_of_half_the_weight() -> None:
    features, labels = windows(40, (0, 1, 2))
    both = labels.copy()
    both[0] = [0.5, 0.5, 0, 0]
    one, other = labels.copy(), labels.copy()
    one[0], other[0] = [1, 0, 0, 0], [0, 1, 0, 0]
    weights = np.ones(40)
    weights[0] = 0.5
    # The scaler sees the windows once, so the two halves must not change it: all are doubled.
    twice = fit_of(np.concatenate([features, features]), np.concatenate([one, other]), np.tile(weights, 2))
    once = fit_of(np.concatenate([features, features]), np.concatenate([both, both]), np.tile(weights, 2) * [*[1] * 80])
    # lbfgs stops at a gradient of 1e-4.
    np.testing.assert_allclose(once.coefficients, twice.coefficients, atol=1e-3)


def test_a_missing_feature_counts_as_its_mean_and_one_that_none_has_as_nothing() -> None:
    features, labels = windows(60, (0, 1))
    features[::7, 1] = np.nan
    features[:, 2] = np.nan
    model = fit_of(features, labels)
    assert model.mean[1] == pytest.approx(np.nanmean(features[:, 1]))
    assert not model.coefficients[2].any()
    row = features[:1].copy()
    row[0, 1], row[0, 2] = model.mean[1], 5.0
    np.testing.assert_array_equal(model.probabilities(row), model.probabilities(features[:1]))
    assert np.isfinite(model.probabilities(features)).all()


def test_one_class_alone_is_refused() -> None:
    features, labels = windows(10, (2,))
    with pytest.raises(
        InvalidArgument, match=r"^train must have windows of two classes or more, got 'Fear' alone; give"
    ):
        fit_of(features, labels)


def test_equal_windows_give_equal_files_and_files_the_model(tmp_path: Path) -> None:
    features, labels = windows(60, (0, 1, 2))
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        fit_of(features, labels).save(tmp_path / name)
    for file in (MODEL, ABOUT):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()
    again = load_model(tmp_path / "one")
    assert (again.names, again.classes, dict(again.settings)) == (("a", "b", "c"), CLASSES, {"fps": "2"})
    assert again.probabilities(features).tobytes() == fit_of(features, labels).probabilities(features).tobytes()


def test_files_that_are_gone_or_something_else_are_named(tmp_path: Path) -> None:
    features, labels = windows(60, (0, 1, 2))
    fit_of(features, labels).save(tmp_path)
    whose = {name: (tmp_path / name).read_bytes() for name in (MODEL, ABOUT)}
    for name, data in whose.items():
        (tmp_path / name).unlink()
        with pytest.raises(SourceNotFound, match="the model of the run is gone; train again in a new folder"):
            load_model(tmp_path)
        for bad in (b"", b"[]", b'{"format_version": 1}', data[:40]):
            (tmp_path / name).write_bytes(bad)
            with pytest.raises(SourceUnreadable) as raised:
                load_model(tmp_path)
            assert raised.value.path == str(tmp_path / name)
        (tmp_path / name).write_bytes(data)
    # Objects are code; arrays are not.
    one = np.zeros(1)
    np.savez(tmp_path / MODEL, intercept=np.array([{}], dtype=object), mean=one, scale=one, coefficients=one)
    with pytest.raises(SourceUnreadable):
        load_model(tmp_path)


def test_class_weights_give_classes_equal_weight_at_power_1_and_change_nothing_at_0() -> None:
    labels = np.eye(3, dtype=np.float32)[[0, 0, 0, 1, 1, 2]]
    weights = np.array([1.0, 1.0, 0.5, 1.0, 0.25, 0.25])
    assert class_weights(labels, weights, 0).tolist() == [1] * 6
    totals = (weights * class_weights(labels, weights, 1)) @ labels
    np.testing.assert_allclose(totals, weights.sum() / 3)


def test_the_loss_of_a_class_without_probability_is_a_number() -> None:
    labels = np.eye(2, dtype=np.float32)
    shares = np.array([[0.5, 0.5], [1.0, 0.0]])
    assert mean_loss(shares[:1], labels[:1], np.ones(1)) == pytest.approx(np.log(2))
    assert mean_loss(shares, labels, np.ones(2)) == pytest.approx((np.log(2) + 12 * np.log(10)) / 2)
