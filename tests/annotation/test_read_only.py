"""What aggregation returns is frozen: its arrays cannot be written, and are nobody's input."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from emos_io.annotation import (
    Aggregated,
    Corrected,
    StyleReport,
    dawid_skene,
    majority,
    meld_correction,
    one_coin,
    soft,
    style_report,
)

VOTES = [[0, 0, 1], [2, 1, -1], [-1, -1, -1]]
SETS: list[list[set[str] | None]] = [[{"joy"}, {"joy", "neutral"}], [{"fear"}, None]]
MAPPED = np.array([[0.6, 0.3, 0.1], [0.3, 0.4, 0.3]])
RESULTS: dict[str, Aggregated | Corrected | StyleReport] = {
    "majority": majority(VOTES, 3),
    "majority without ties": majority(VOTES, 3, ties="none"),
    "soft": soft(VOTES, 3),
    "dawid_skene": dawid_skene(VOTES, 3),
    "one_coin": one_coin(VOTES, 3),
    "meld_correction": meld_correction([1, 0], MAPPED, classes=["Anger", "Fear", "Joy"]),
    "style_report": style_report(SETS, neutral="neutral"),
}


@pytest.mark.parametrize("name", RESULTS)
def test_arrays_of_results_are_read_only(name: str) -> None:
    result = RESULTS[name]
    arrays = [
        array for each in dataclasses.fields(result) if isinstance(array := getattr(result, each.name), np.ndarray)
    ]
    assert len(arrays) >= 3
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[0]


def test_what_was_given_can_still_be_written() -> None:
    mapped, original = MAPPED.copy(), np.array([1, 0])
    meld_correction(original, mapped, classes=["Anger", "Fear", "Joy"])
    mapped[0], original[0] = 1.0, 2
    assert (mapped[0].tolist(), original.tolist()) == ([1.0, 1.0, 1.0], [2, 0])


def test_ties_are_left_out_of_the_labels_alone() -> None:
    first, none = majority(VOTES, 3), majority(VOTES, 3, ties="none")
    assert (first.labels.tolist(), none.labels.tolist()) == ([0, 1, -1], [0, -1, -1])
    assert np.array_equal(first.probabilities, none.probabilities)
    assert np.array_equal(first.confidence, none.confidence)
