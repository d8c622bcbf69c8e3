"""Labels by seconds: scikit-learn scores the same on a grid that has every edge."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_streams import HOP, LAYER, perfect_windows, released_segments, split_pieces, stream, streams

from emos_io.corpus import Corpus, taxonomy
from emos_io.errors import InvalidArgument
from emos_io.evaluation.streams.pieces import Piece, Stream
from emos_io.evaluation.streams.seconds import seconds_confusion, seconds_measures
from emos_io.evaluation.streams.timelines import content_stream, decision_stream
from emos_io.spans import Span

CLASSES = ("A", "B", "C")
ROUNDING = 1e-12
"""Means of a few shares, summed in another order."""


def on_grid(each: Stream) -> tuple[list[str], list[str]]:
    """True and predicted labels of each half second that has a true one."""

    def at(pieces: tuple[Piece, ...], time: Fraction) -> str:
        return next((str(piece.label) for piece in pieces if time in piece.span), "none")

    moments = [number * HOP for number in range(math.ceil(each.end / HOP))]
    pairs = [(at(each.truth, time), at(each.predicted, time)) for time in moments]
    return [true for true, _ in pairs if true != "none"], [answers for true, answers in pairs if true != "none"]


def test_the_confusion_of_a_stream_in_words() -> None:
    each = stream(((1, 5, "A"), (7, 10, "B"), (10, 12, "A")), ((0, 2, "A"), (2, 3, None), (4, 8, "B"), (8, 11, "C")))
    assert seconds_confusion([each], CLASSES).tolist() == [[[1, 1, 1, 3], [0, 1, 2, 0], [0, 0, 0, 0]]]


@given(st.lists(streams(), min_size=1, max_size=3))
def test_measures_are_those_of_a_grid(given_streams: list[Stream]) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    grids = [on_grid(each) for each in given_streams]
    true = [label for grid, _ in grids for label in grid]
    answers = [label for _, grid in grids for label in grid]
    found = seconds_measures(given_streams, CLASSES)
    assert found.value("accuracy") == pytest.approx(float(metrics.accuracy_score(true, answers)), rel=ROUNDING)
    present = [label for label in CLASSES if label in true]
    expected = float(metrics.f1_score(true, answers, labels=present, average="macro", zero_division=0))
    assert found.value("macro_f1") == pytest.approx(expected, rel=ROUNDING)
    total = seconds_confusion(given_streams, CLASSES).sum(axis=(1, 2))
    seconds = [sum((piece.span.duration for piece in each.truth), Fraction(0)) for each in given_streams]
    assert total.tolist() == [float(each) for each in seconds]


@given(streams(), st.data())
def test_a_split_segment_changes_nothing(each: Stream, data: st.DataObject) -> None:
    shares = st.integers(1, 9).map(lambda tenth: Fraction(tenth, 10))
    at = [data.draw(shares) for _ in (*each.truth, *each.predicted)]
    truth = split_pieces(each.truth, at[: len(each.truth)])
    predicted = split_pieces(each.predicted, at[len(each.truth) :])
    changed = Stream("m", each.end, truth, predicted)
    assert np.array_equal(seconds_confusion([changed], CLASSES), seconds_confusion([each], CLASSES))


@given(streams(), st.integers(0, 60), st.sampled_from([None, "A", "B", "C"]))
def test_more_wrong_seconds_never_raise_a_measure(each: Stream, tick: int, wrong: str | None) -> None:
    """Half a second of right labels becomes wrong. Precision may rise: a label that is left out cannot be false."""
    damaged = Span(tick * HOP, (tick + 1) * HOP)
    was_right = any(
        both.label == piece.label and damaged.intersect(piece.span) == damaged == damaged.intersect(both.span)
        for piece in each.truth
        for both in each.predicted
        if piece.label != wrong
    )
    if not was_right:
        return
    parts = [Piece(damaged, wrong)]
    for piece in each.predicted:
        for start, end in ((piece.span.start, damaged.start), (damaged.end, piece.span.end)):
            start, end = max(start, piece.span.start), min(end, piece.span.end)
            parts += [Piece(Span(start, end), piece.label)] if start < end else []
    worse = Stream("m", each.end, each.truth, tuple(sorted(parts, key=lambda piece: piece.span)))
    before, after = seconds_measures([each], CLASSES), seconds_measures([worse], CLASSES)
    assert after.value("accuracy") < before.value("accuracy")
    for name in ("macro_f1", "macro_f1_all", "weighted_f1", "uar"):
        assert after.value(name) <= before.value(name) + ROUNDING


@given(st.lists(streams(), min_size=1, max_size=3))
def test_order_of_items_is_no_matter(given_streams: list[Stream]) -> None:
    one, other = seconds_confusion(given_streams, CLASSES), seconds_confusion(given_streams[::-1], CLASSES)
    assert np.array_equal(one, other[::-1])


def test_durations_are_summed_exactly() -> None:
    edges = [Fraction(number, 10) for number in range(11)]
    parts = tuple(Piece(Span(a, b), "A") for a, b in pairwise(edges))
    each = Stream("m", Fraction(1), parts, parts)
    assert seconds_confusion([each], CLASSES)[0, 0, 0] == 1.0
    assert sum([0.1] * 10) != 1.0


def test_without_truth_there_is_no_value() -> None:
    found = seconds_measures([Stream("m", Fraction(0), (), ())], CLASSES)
    assert found.counted.tolist() == [False]
    assert math.isnan(found.value("accuracy"))
    assert math.isnan(seconds_measures([], CLASSES).value("macro_f1"))


def test_labelled_time_without_any_decision_is_wrong() -> None:
    assert seconds_measures([stream(((0, 10, "A"),), ())], CLASSES).value("accuracy") == 0.0


def test_another_true_label_is_refused() -> None:
    text = r"^label of truth must be one of A, B, C, got 'D'; give the labels of the layer: 'm'$"
    with pytest.raises(InvalidArgument, match=text):
        seconds_confusion([stream(((0, 10, "D"),), ())], CLASSES)


def test_labels_of_the_release_are_all_right_but_for_one_hop_after_each_change(release: Corpus) -> None:
    labels = taxonomy(LAYER).labels
    own = [content_stream(each, released_segments(each), LAYER, labels) for each in release.monologues]
    found = seconds_measures(own, labels)
    assert [found.value(name) for name in ("accuracy", "macro_f1", "uar", "weighted_f1")] == [1.0] * 4
    labelled = sum((piece.span.duration for each in own for piece in each.truth), Fraction(0))
    assert float(labelled) == 4830.72
    decided = [
        each
        for item in release.monologues
        if (each := decision_stream(item, perfect_windows(item), LAYER, labels)) is not None
    ]
    late = seconds_confusion(decided, labels).sum(axis=0)
    # The first decision comes a hop after the first label; each change is seen a hop late.
    assert late[:, -1].sum() == 46 * float(HOP)
    assert late[:, :-1].sum() - np.trace(late) == 233 * float(HOP)
