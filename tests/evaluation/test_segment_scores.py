"""Edit score and F1 by overlap agree with the rule of MS-TCN, and unlabelled time joins nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import groupby

import audmetric  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from labelled_streams import INVALID, NOTHING, released, shares, split_everywhere, stream_of, texts

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument
from emos_io.evaluation.streams.labelled import predicted_segments, true_segments
from emos_io.evaluation.streams.pieces import Piece, Stream
from emos_io.evaluation.streams.segments import SegmentCounts, edit_score, segment_counts, segment_scores

ROUNDING = 1e-9
"""A mean of some edit scores up to 100, summed in another order."""


def frames_of(truth: str, predicted: str) -> tuple[list[tuple[str, int, int]], list[tuple[str, int, int]]]:
    """Segments of both as label, first frame and end, without unlabelled frames, a run of labelled frames at a time."""
    true: list[tuple[str, int, int]] = []
    answers: list[tuple[str, int, int]] = []
    first = 0
    for is_labelled, run in groupby(truth, key=lambda letter: letter != NOTHING):
        length = len(list(run))
        if is_labelled:
            for text, found in ((truth, true), (predicted.replace(NOTHING, INVALID), answers)):
                frame = first
                for label, same in groupby(text[first : first + length]):
                    end = frame + len(list(same))
                    found.append((label, frame, end))
                    frame = end
        first += length
    return true, answers


def rule_of_ms_tcn(truth: str, predicted: str, percent: int) -> tuple[int, int, int]:
    """True positives, false positives and false negatives: the rule of its evaluation, in frames."""
    true, answers = frames_of(truth, predicted)
    hits = [0] * len(true)
    tp = fp = 0
    for label, start, end in answers:
        overlaps = []
        for other, true_start, true_end in true:
            intersection = min(end, true_end) - max(start, true_start)
            union = max(end, true_end) - min(start, true_start)
            overlaps.append(Fraction(intersection, union) if label == other else Fraction(0))
        best = overlaps.index(max(overlaps))
        if overlaps[best] >= Fraction(percent, 100) and not hits[best]:
            tp += 1
            hits[best] = 1
        else:
            fp += 1
    return tp, fp, len(true) - sum(hits)


@pytest.mark.parametrize(
    ("predicted", "edit", "f1"),
    [("AAABAABBBBCC", 60.0, 75.0), ("AAAAAAAACCCC", 66.67, 80.0), ("AAAAABBBBBCC", 100.0, 100.0)],
)
def test_worked_examples(predicted: str, edit: float, f1: float) -> None:
    stream = stream_of("AAAAABBBBBCC", predicted)
    found = segment_scores([stream])
    assert edit_score(stream) == found.value("edit_score")
    assert round(found.value("edit_score"), 2) == edit
    assert [found.value("segment_f1", overlap=k) for k in ("10", "25", "50")] == [f1] * 3


def test_counts_of_the_worked_examples() -> None:
    truth = "AAAAABBBBBCC"
    for k in (10, 25, 50):
        assert segment_counts(stream_of(truth, "AAABAABBBBCC"), k) == SegmentCounts(matched=3, false=2, missed=0)
        assert segment_counts(stream_of(truth, "AAAAAAAACCCC"), k) == SegmentCounts(matched=2, false=0, missed=1)


@given(texts(), st.sampled_from([1, 10, 25, 50, 100]))
@example(("AAAA.BBB", "AABABBBA"), 50)
def test_counts_are_those_of_ms_tcn(pair: tuple[str, str], percent: int) -> None:
    counts = segment_counts(stream_of(*pair), percent)
    assert (counts.matched, counts.false, counts.missed) == rule_of_ms_tcn(*pair, percent)


@given(texts())
def test_edit_score_is_the_levenshtein_distance_of_labels(pair: tuple[str, str]) -> None:
    true, answers = (["".join(label for label, _, _ in found)] for found in frames_of(*pair))
    longest = max(len(true[0]), len(answers[0]))
    score = edit_score(stream_of(*pair))
    if longest == 0:
        assert score is None
    else:
        assert score == float(100 * (1 - Fraction(int(audmetric.edit_distance(true[0], answers[0])), longest)))


@given(st.lists(texts(12), min_size=1, max_size=5))
def test_edit_scores_are_averaged_and_counts_are_pooled(pairs: list[tuple[str, str]]) -> None:
    streams = [stream_of(*pair) for pair in pairs]
    found = segment_scores(streams)
    scores = [score for score in map(edit_score, streams) if score is not None]
    tp, fp, fn = (sum(rule_of_ms_tcn(*pair, 25)[index] for pair in pairs) for index in range(3))
    if not scores:
        assert math.isnan(found.value("edit_score"))
        assert math.isnan(found.value("segment_f1", overlap="25"))
        assert not found.counted.any()
    else:
        assert found.value("edit_score") == pytest.approx(sum(scores) / len(scores), abs=ROUNDING)
        assert found.value("segment_f1", overlap="25") == 200 * tp / (2 * tp + fp + fn)
        nums = [measure.num for measure in found.measures]
        assert [float(num(found.sums())[0]) for num in nums if num] == [len(scores)] + 3 * [tp + fn]


def test_two_segments_on_the_two_sides_of_a_gap_stay_two() -> None:
    stream = stream_of("AA..AA", "AAAAAA")
    spans = [Span(0, 2), Span(4, 6)]
    assert [each.span for each in true_segments(stream)] == [each.span for each in predicted_segments(stream)] == spans
    assert edit_score(stream) == 100.0
    assert segment_counts(stream, 100) == SegmentCounts(2, 0, 0)


def test_a_short_label_in_a_gap_counts_nothing() -> None:
    assert edit_score(stream_of("AA..BB", "AACDBB")) == 100.0
    assert segment_scores([stream_of("AA..BB", "AACDBB")]).value("segment_f1", overlap="50") == 100.0


@pytest.mark.parametrize("missing", [NOTHING, INVALID])
def test_labelled_time_without_an_answer_is_a_segment_that_matches_nothing(missing: str) -> None:
    stream = stream_of("AAAABB", missing * 2 + "AABB")
    assert [each.label for each in predicted_segments(stream)] == [None, "A", "B"]
    assert edit_score(stream) == float(100 * Fraction(2, 3))
    assert segment_counts(stream, 50) == SegmentCounts(matched=2, false=1, missed=0)
    nothing = stream_of("AAAABB", missing * 6)
    assert edit_score(nothing) == 0.0
    assert segment_scores([nothing]).value("segment_f1", overlap="10") == 0.0


def test_missing_and_invalid_decisions_beside_each_other_are_one_segment() -> None:
    assert len(predicted_segments(stream_of("AAAA", ".??A"))) == 2


def test_a_taken_best_match_is_false_even_if_another_would_do() -> None:
    truth = (Piece(Span(0, 10), "A"), Piece(Span(10, 11), "B"), Piece(Span(11, 14), "A"))
    predicted = (
        Piece(Span(0, 4), "A"),
        Piece(Span(4, "4.5"), "C"),
        Piece(Span("4.5", 14), "A"),  # 11/28 of the first, 3/9.5 of the last
    )
    counts = segment_counts(Stream("talk", Fraction(14), truth, predicted), 25)
    assert counts == SegmentCounts(matched=1, false=2, missed=2)


@pytest.mark.parametrize("percent", [10, 25, 50])
@pytest.mark.parametrize("unit", ["1", "0.1", "1/3", "1001/30000"])
def test_an_overlap_that_is_just_enough_matches(percent: int, unit: str) -> None:
    length = 100 * Fraction(unit)
    truth = (Piece(Span(0, length), "A"),)
    enough = Stream("talk", length, truth, (Piece(Span(0, percent * Fraction(unit)), "A"),))
    less = Stream("talk", length, truth, (Piece(Span("1e-9", percent * Fraction(unit)), "A"),))
    assert segment_counts(enough, percent).matched == 1
    assert segment_counts(less, percent).matched == 0


def test_f1_without_segments_is_none_and_without_matches_0() -> None:
    assert SegmentCounts(0, 0, 0).f1 is None
    assert SegmentCounts(0, 1, 1).f1 == 0.0
    assert edit_score(stream_of("...", "AAA")) is None
    assert math.isnan(segment_scores([]).value("edit_score"))


@pytest.mark.parametrize("overlap", [0, 101, True, 0.5, "50"])
def test_other_overlaps_are_refused(overlap: int) -> None:
    stream = stream_of("A", "A")
    with pytest.raises(
        InvalidArgument, match=r"^overlap must be an integer from 1 to 100, got .*; give percent, such as 50$"
    ):
        segment_counts(stream, overlap)
    with pytest.raises(InvalidArgument, match=r"^overlaps must be an integer from 1 to 100, got "):
        segment_scores([stream], overlaps=[50, overlap])


@given(texts(), shares)
def test_splitting_pieces_changes_nothing(pair: tuple[str, str], at: Fraction) -> None:
    stream = stream_of(*pair)
    assert segment_scores([split_everywhere(stream, at)]).columns.tolist() == segment_scores([stream]).columns.tolist()


@given(st.lists(texts(12), max_size=5))
def test_the_order_of_streams_changes_nothing_and_scores_lie_in_their_bounds(pairs: list[tuple[str, str]]) -> None:
    streams = [stream_of(*pair) for pair in pairs]
    found, other = segment_scores(streams), segment_scores(streams[::-1])
    for measure in found.measures:
        value, again = (each.value(measure.name, **measure.of) for each in (found, other))
        assert math.isnan(value) == math.isnan(again) == (not found.counted.any())
        assert math.isnan(value) or (0 <= value <= 100 and value == pytest.approx(again, abs=ROUNDING))


@given(st.text("ABC.", max_size=24))
def test_truth_as_prediction_scores_100(truth: str) -> None:
    found = segment_scores([stream_of(truth, truth)])
    values = [found.value(measure.name, **measure.of) for measure in found.measures]
    assert values == [100.0] * 4 or (not truth.strip(NOTHING) and all(map(math.isnan, values)))


def test_released_segments_score_100_each_and_together(release: Corpus) -> None:
    streams = released(release, lambda truth, end: truth)
    found = segment_scores(streams)
    assert len(streams) == 46
    assert found.counted.all()
    for measure in found.measures:
        assert found.value(measure.name, **measure.of) == 100.0
        single = [segment_scores([each]).value(measure.name, **measure.of) for each in streams]
        assert single == [100.0] * 46


def test_one_label_over_all_of_the_release_is_cut_at_its_gaps(release: Corpus) -> None:
    streams = released(release, lambda truth, end: [Piece(Span(0, end), truth[0].label)])
    for stream in streams:
        ends = [piece.span.end for piece in stream.truth]
        starts = [piece.span.start for piece in stream.truth]
        num_gaps = sum(start > end for end, start in zip(ends, starts[1:], strict=False))
        assert len(predicted_segments(stream)) == num_gaps + 1


def test_a_second_made_wrong_may_raise_both() -> None:
    before, after = (stream_of("AAAABBBB", text) for text in ("AABABBBB", "AABBBBBB"))
    assert (edit_score(before), edit_score(after)) == (50.0, 100.0)
    assert segment_counts(before, 10).f1 == pytest.approx(200 / 3, rel=ROUNDING)
    assert segment_counts(after, 10).f1 == 100.0


def test_other_streams_do_not_change_a_row() -> None:
    one, other = stream_of("AABB", "ABBB"), stream_of("AB", "BA")
    together = segment_scores([one, replace(other, key="other")])
    assert together.columns[0].tolist() == segment_scores([one]).columns[0].tolist()
