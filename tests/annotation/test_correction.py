"""The rules of EmoS that correct MELD's classes: small cases by hand, and the published labels."""

from __future__ import annotations

import numpy as np
import pytest
import release
from release import BASIC7

from emos_io.annotation import EMOS_TOLERANCE, dawid_skene, map_probabilities, mapped_votes, meld_correction
from emos_io.errors import InvalidArgument

PUBLISHED = 1e-12
"""The published numbers are doubles; 48 EM steps in another order of additions move them by about 1e-14."""

FIRST_MAP = {
    "Anger": ["anger", "annoyance", "disapproval"],
    "Disgust": ["disgust"],
    "Fear": ["fear", "nervousness"],
    "Joy": [
        *["admiration", "amusement", "approval", "desire", "excitement", "gratitude"],
        *["joy", "love", "optimism", "pride", "relief"],
    ],
    "Neutral": ["caring", "confusion", "curiosity", "neutral", "realization", "unsure"],
    "Sadness": ["disappointment", "embarrassment", "grief", "remorse", "sadness"],
    "Surprise": ["surprise"],
}
"""GoEmotions to Basic-7 as in the first 3,000 MELD clips; found from the published probabilities."""
FIRST: dict[str, str | None] = {label: basic for basic, labels in FIRST_MAP.items() for label in labels}
LAST: dict[str, str | None] = FIRST | {"caring": "Joy", "embarrassment": "Disgust"}
"""As in the last 2,000; found from the published votes."""


class TestPublishedLabels:
    def test_meld_first_is_corrected_as_published(self) -> None:
        rows = release.meld_first()
        names = [str(key).removeprefix("goemotion_prob_") for key in rows[0] if str(key).startswith("goemotion_prob_")]
        soft_labels = np.array([[row[f"goemotion_prob_{name}"] for name in names] for row in rows], dtype=float)
        mapped = map_probabilities(soft_labels, names, FIRST, BASIC7)
        fixed = meld_correction(release.classes([row["basic_orig"] for row in rows]), mapped, classes=BASIC7)

        def same(found: np.ndarray, column: str) -> int:
            return int((np.abs(found - np.array([row[column] for row in rows], dtype=float)) < PUBLISHED).sum())

        assert same(fixed.best_probability, "basic_goemotion_best_prob") == 3000
        assert same(fixed.second_probability, "basic_goemotion_second_prob") == 3000
        assert same(fixed.confidence, "basic_corrected_conf") == 3000
        assert fixed.reasons.tolist() == [row["basic_correction_reason"] for row in rows]
        for indices, column in ((fixed.best, "best"), (fixed.second, "second")):
            assert [BASIC7[i] for i in indices] == [row[f"basic_goemotion_{column}"] for row in rows]
        assert [BASIC7[i] for i in fixed.labels] == [row["basic_corrected"] for row in rows]

    def test_meld_last_votes_and_labels_are_as_published(self) -> None:
        rows = release.meld_last()
        # Cells hold a few slips ("nuetral", "None"); what is no label was left out.
        sets = [
            [{part for part in cell.split(";") if part in LAST} for cell in item] for item in release.meld_last_cells()
        ]
        votes = mapped_votes(sets, release.classes([row["basic_orig"] for row in rows]), mapping=LAST, classes=BASIC7)
        published = [[row[f"basic_vote_{rater}"] for rater in release.MELD_RATERS] for row in rows]
        assert [[BASIC7[vote] for vote in item] for item in votes] == published and len(published) == 2000
        result = dawid_skene(votes, 7, tolerance=EMOS_TOLERANCE)
        assert (result.iterations, result.converged) == (48, True)
        assert [BASIC7[label] for label in result.labels] == [row["basic_corrected"] for row in rows]
        confidence = np.array([row["basic_corrected_conf"] for row in rows], dtype=float)
        assert np.abs(result.confidence - confidence).max() < PUBLISHED


class TestCorrection:
    CLASSES = ("Anger", "Fear", "Joy")

    def test_each_reason(self) -> None:
        original = [2, 0, 1, 2, 2]
        mapped = [[0.5, 0.5, 0.0], [0.4, 0.3, 0.3], [0.35, 0.35, 0.3], [0.34, 0.34, 0.32], [0.45, 0.35, 0.2]]
        fixed = meld_correction(original, mapped, classes=self.CLASSES)
        reasons = ["high_goemotion", "agree_orig", "prefer_orig_second", "prefer_orig_close", "override_low_conf"]
        assert fixed.reasons.tolist() == reasons
        assert fixed.labels.tolist() == [0, 0, 1, 2, 0]
        assert fixed.confidence.tolist() == [0.5, 0.4, 0.35, 0.32, 0.45]
        assert fixed.recipe == {
            "method": "meld_correction",
            "classes": ["Anger", "Fear", "Joy"],
            "high": 0.5,
            "margin": 0.1,
        }

    def test_ties_follow_the_alphabet_not_the_columns(self) -> None:
        fixed = meld_correction([0], [[1 / 3, 1 / 3, 1 / 3]], classes=["Joy", "Fear", "Anger"])
        assert (fixed.best.tolist(), fixed.second.tolist()) == ([2], [1])

    def test_a_margin_that_is_reached_overrides(self) -> None:
        assert meld_correction([1], [[0.45, 0.35, 0.2]], classes=self.CLASSES).reasons[0] == "override_low_conf"
        assert (
            meld_correction([1], [[0.45, 0.35, 0.2]], classes=self.CLASSES, margin=0.2).reasons[0]
            == "prefer_orig_second"
        )
        assert meld_correction([1], [[0.45, 0.35, 0.2]], classes=self.CLASSES, high=0.45).reasons[0] == "high_goemotion"

    def test_a_margin_is_reached_in_spite_of_rounding(self) -> None:
        assert 0.35 - 0.25 < 0.1
        mapped, names = [[0.35, 0.25, 0.2, 0.2]], ["Anger", "Disgust", "Fear", "Joy"]
        assert meld_correction([1], mapped, classes=names).reasons[0] == "override_low_conf"
        assert meld_correction([3], mapped, classes=names, margin=0.15).reasons[0] == "override_low_conf"
        assert meld_correction([3], mapped, classes=names, margin=0.16).reasons[0] == "prefer_orig_close"

    def test_items_without_votes_keep_their_class(self) -> None:
        fixed = meld_correction([0, 1, 2], np.zeros((3, 3)), classes=self.CLASSES)
        assert fixed.labels.tolist() == [0, 1, 2] and not fixed.confidence.any()

    def test_labels_without_a_class_leave_the_sum(self) -> None:
        names, mapping = ["joy", "unsure", "fear"], {"joy": "Joy", "unsure": None, "fear": "Fear"}
        mapped = map_probabilities([[1.0, 1.0, 1.0], [0.0, 1.0, 0.0]], names, mapping, self.CLASSES)
        assert mapped.tolist() == [[0.0, 0.5, 0.5], [0.0, 0.0, 0.0]]

    def test_a_rater_votes_for_its_most_frequent_class(self) -> None:
        mapping: dict[str, str | None] = {"joy": "Joy", "love": "Joy", "fear": "Fear", "anger": "Anger", "unsure": None}
        sets: list[list[set[str] | None]] = [
            [{"joy", "love", "fear"}, {"joy", "fear"}, {"joy", "anger"}],
            [set(), {"unsure"}, None],
        ]
        votes = mapped_votes(sets, [1, 2], mapping=mapping, classes=self.CLASSES)
        assert votes.tolist() == [[2, 1, 0], [2, 2, -1]]

    def test_labels_that_are_not_mapped_are_refused(self) -> None:
        with pytest.raises(InvalidArgument, match="labels must be keys of mapping, got 'jou'; map it to a class"):
            map_probabilities([[1.0]], ["jou"], {"joy": "Joy"}, self.CLASSES)
        with pytest.raises(InvalidArgument, match="mapping must give Anger, Fear, Joy or None, got 'Glee' for 'joy'"):
            map_probabilities([[1.0]], ["joy"], {"joy": "Glee"}, self.CLASSES)
        with pytest.raises(
            InvalidArgument, match="labels must be keys of mapping, got 'jou' in item 0; correct the label"
        ):
            mapped_votes([[{"jou"}]], [0], mapping={"joy": "Joy"}, classes=self.CLASSES)
        with pytest.raises(InvalidArgument, match="label_sets must have sets of labels, got the text 'joy'; give"):
            mapped_votes([["joy"]], [0], mapping={"joy": "Joy"}, classes=self.CLASSES)
        with pytest.raises(
            InvalidArgument,
            match=r"label_sets must have the same number of raters, at least 1, for each item, got \[1, 2\]",
        ):
            mapped_votes([[set()], [set(), set()]], [0, 0], mapping={}, classes=self.CLASSES)

    def test_wrong_tables_are_refused(self) -> None:
        for original, mapped, message in (
            ([0], [[0.5, 0.5]], r"must be numbers \[items, 3 classes\], got shape \(1, 2\)"),
            ([0], [[0.5, np.nan, 0.5]], "probabilities must be finite and 0 or more, got nan"),
            ([0, 1], [[1.0, 0.0, 0.0]], r"original must have one class for each of 1 items, got shape \(2,\)"),
            ([3], [[1.0, 0.0, 0.0]], r"original must be from 0 to 2, or -1 for no vote, got 3 at \[0\]"),
            ([-1], [[1.0, 0.0, 0.0]], r"original must have a class for each item, got -1 at \[0\]"),
        ):
            with pytest.raises(InvalidArgument, match=message):
                meld_correction(original, mapped, classes=self.CLASSES)
        with pytest.raises(InvalidArgument, match="classes must be at least two different names, got"):
            meld_correction([0], [[1.0]], classes=["Joy"])
        with pytest.raises(InvalidArgument, match="margin must be a finite number from 0 to 1, got 2"):
            meld_correction([0], [[1.0, 0.0, 0.0]], classes=self.CLASSES, margin=2)


def test_a_repr_prints_shapes() -> None:
    fixed = meld_correction([0], [[0.5, 0.5]], classes=["Fear", "Joy"])
    assert repr(fixed) == "Corrected(method='meld_correction', labels=int64[1], confidence=float64[1], reasons=<U18[1])"
