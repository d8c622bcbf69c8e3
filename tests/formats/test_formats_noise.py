"""Times that miss each other by noise of floats: no label is lost, no time moves by 1 ms or more, and all formats hold them."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from formats_help import PROPERTY, Reported
from hypothesis import example, given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.errors import InvalidArgument
from emos_io.formats import (
    TABLE_COLUMNS,
    Segment,
    read_eaf,
    read_label_studio,
    read_table,
    read_textgrid,
    write_eaf,
    write_label_studio,
    write_table,
    write_textgrid,
)
from emos_io.formats.noise import NOISE, equal_spans, placed, settled

PLUS, THIRD = "0.30000000000000004", Fraction(1, 3)
"""What 0.1 + 0.2 prints, and a time that is no decimal."""
MS = Fraction(1, 1000)


def alone(spans: list[Span], *, gaps: bool = True) -> list[Span]:
    return list(settled([[span] for span in spans], gaps=gaps).spans)


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ([(0, PLUS), ("0.3", 1)], [(0, "0.3"), ("0.3", 1)]),
        ([(0, "0.3"), (PLUS, 1)], [(0, PLUS), (PLUS, 1)]),
        ([(0, 1), ("0.9995", 2), ("1.9991", 3)], [(0, "0.9995"), ("0.9995", "1.9991"), ("1.9991", 3)]),
        # 1 ms is no noise.
        ([(0, 1), ("0.999", 2)], [(0, 1), ("0.999", 2)]),
        ([(0, "0.999"), (1, 2)], [(0, "0.999"), (1, 2)]),
        # What would vanish stays; the later one gives way.
        ([(0, "0.0004"), (0, 1)], [(0, "0.0004"), ("0.0004", 1)]),
        ([("0.3", "0.3004"), (PLUS, 1)], [("0.3", "0.3004"), ("0.3004", 1)]),
        ([(PLUS, "0.3004"), ("0.3", 1)], [(PLUS, "0.3004"), ("0.3004", 1)]),
        ([(0, "0.0002"), (0, "0.0004"), (0, 1)], [(0, "0.0002"), ("0.0002", "0.0004"), ("0.0004", 1)]),
        # A long one may hold a short one.
        ([(0, 10), (5, "5.0004")], [(0, 10), (5, "5.0004")]),
        ([(0, 10), (3, 4), ("9.9997", 11)], [(0, "9.9997"), (3, 4), ("9.9997", 11)]),
        # Neighbours of half a ms each are as long as they were.
        ([(0, "0.0005"), ("0.0005", "0.001")], [(0, "0.0005"), ("0.0005", "0.001")]),
        ([], []),
    ],
)
def test_the_earlier_end_becomes_the_later_start(written: list[tuple[str, str]], right: list[tuple[str, str]]) -> None:
    assert alone([Span(*each) for each in written]) == [Span(*each) for each in right]


def test_a_format_that_has_gaps_keeps_them() -> None:
    spans = [Span(0, "0.3"), Span(PLUS, 1)]
    assert alone(spans, gaps=False) == spans
    assert alone([Span(0, PLUS), Span("0.3", 1)], gaps=False) == [Span(0, "0.3"), Span("0.3", 1)]


def test_spans_are_equal_where_they_differ_by_noise() -> None:
    spans = [Span("0.3", 1), Span(2, 3), Span(PLUS, "1.0000000000000002"), Span("0.3", "1.001"), Span(2, 3)]
    assert equal_spans(spans) == [[0, 2], [3], [1, 4]]
    # Two short neighbours differ by as little, and are two.
    assert equal_spans([Span(0, "0.0004"), Span("0.0004", "0.0008")]) == [[0], [1]]
    # The middle one is near both others, which are 1.2 ms apart, in any order of the three.
    chain = [Span(0, "1.0000"), Span(0, "1.0006"), Span(0, "1.0012")]
    assert equal_spans(chain) == [[0, 1], [2]]
    assert equal_spans(chain[::-1]) == [[1, 2], [0]]
    assert equal_spans([chain[1], chain[0], chain[2]]) == [[0, 1], [2]]


times = st.fractions(0, 20, max_denominator=20_000) | st.integers(0, 20_000).map(lambda ms: Fraction(ms, 1000))
spans_of = st.tuples(times, times).filter(lambda each: each[0] != each[1]).map(lambda each: Span(min(each), max(each)))
near_spans = st.tuples(st.integers(0, 5), st.integers(-30, 30), st.integers(1, 5), st.integers(-30, 30)).map(
    lambda each: Span(each[0] + each[1] * MS / 20, each[0] + each[2] + each[3] * MS / 20)
)
short_spans = st.tuples(st.integers(0, 60), st.integers(1, 60)).map(
    lambda each: Span(each[0] * MS / 20, (each[0] + each[1]) * MS / 20)
)


@given(st.lists(st.one_of(spans_of, near_spans, short_spans), max_size=12), st.booleans())
# One span is near two others that are not near each other, and comes neither first nor last.
@example(
    [Span(0, "0.001"), Span(0, "0.0026"), Span("0.0004", "0.0016"), Span(0, 1), Span(0, 1), Span(0, "0.002")], False
)
def test_no_span_is_lost_and_no_time_moves_by_a_millisecond(spans: list[Span], gaps: bool) -> None:
    groups = equal_spans(spans)
    assert sorted(index for group in groups for index in group) == list(range(len(spans)))
    for group in groups:
        starts, ends = [spans[index].start for index in group], [spans[index].end for index in group]
        assert max(starts) - min(starts) < NOISE and max(ends) - min(ends) < NOISE
        # They share time, so neighbours stay apart; and what is written twice is one.
        assert max(starts) < min(ends)
    assert len({spans[group[0]] for group in groups}) == len(groups)
    found = settled([[spans[index] for index in group] for group in groups], gaps=gaps)
    assert len(found.spans) == len(groups)
    for group, span in zip(groups, found.spans, strict=True):
        for index in group:
            assert abs(span.start - spans[index].start) < NOISE
            assert abs(span.end - spans[index].end) < NOISE
    every = alone(spans, gaps=gaps)
    assert all(
        max(abs(new.start - old.start), abs(new.end - old.end)) < NOISE for new, old in zip(every, spans, strict=True)
    )


@given(st.data())
def test_labels_that_touched_before_the_noise_touch_again(data: st.DataObject) -> None:
    edges = sorted(data.draw(st.sets(st.integers(0, 5_000), min_size=2, max_size=12)))
    noise = st.integers(-24, 24).map(lambda parts: parts * MS / 100)
    written = [Span(10 * a * MS + data.draw(noise), 10 * b * MS + data.draw(noise)) for a, b in pairwise(edges)]
    found = alone(written)
    assert all(before.end == after.start for before, after in pairwise(found))
    assert [span.start for span in found] == [span.start for span in written]
    assert found[-1].end == written[-1].end


@given(st.data())
def test_spans_apart_stay_as_they_are(data: st.DataObject) -> None:
    edges = sorted(data.draw(st.sets(st.integers(0, 5_000), min_size=2, max_size=20)))
    spans = [Span(a * MS, b * MS) for a, b in pairwise(edges) if data.draw(st.booleans())]
    assert alone(spans) == spans


def around(time: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    return Fraction(math.floor(time)), Fraction(math.ceil(time)), Fraction(math.floor(time + Fraction(1, 2)))


def ways(spans: list[Span]) -> bool:
    """Whether some choice of the two integers around every edge keeps all spans, tried one by one."""

    def follow(at: int, before: Fraction) -> bool:
        if at == 2 * len(spans):
            return True
        edge = spans[at // 2].end if at % 2 else spans[at // 2].start
        options = {Fraction(math.floor(edge)), Fraction(math.ceil(edge))}
        return any(follow(at + 1, each) for each in options if (each > before if at % 2 else each >= before))

    return follow(0, Fraction(-1))


@given(st.sets(st.fractions(0, 6, max_denominator=12), min_size=2, max_size=8))
@example({Fraction(0), Fraction(1, 3), Fraction(2, 3), Fraction(2)})
def test_edges_find_room_wherever_there_is_any(edges: set[Fraction]) -> None:
    spans = [Span(a, b) for a, b in pairwise(sorted(edges))]
    found, refused = placed(spans, around)
    assert (refused is None) == ways(spans)
    if refused is None:
        assert all(start < end for start, end in found)
        assert all(first[1] <= second[0] for first, second in pairwise(found))
        for (start, end), span in zip(found, spans, strict=True):
            assert abs(start - span.start) < 1 and abs(end - span.end) < 1
        nearest = [(around(span.start)[2], around(span.end)[2]) for span in spans]
        if all(start < end for start, end in nearest):
            assert found == nearest


Read = Callable[[Path], list[Segment]]
FORMATS: dict[str, tuple[Callable[..., object], Read]] = {
    "a.eaf": (write_eaf, lambda path: list(read_eaf(path).segments)),
    "a.TextGrid": (write_textgrid, lambda path: list(read_textgrid(path).segments)),
    "a.csv": (
        lambda path, segments, reporter: write_table(path, segments),
        lambda path: list(read_table(path, columns=TABLE_COLUMNS, unit="s").segments),
    ),
    "a.json": (
        lambda path, segments, reporter: write_label_studio(path, segments),
        lambda path: list(read_label_studio(path)[0].segments),
    ),
}


@pytest.mark.parametrize("name", FORMATS)
@PROPERTY
@given(st.data())
def test_what_is_read_can_be_written_and_read_again_equal(tmp_path: Path, name: str, data: st.DataObject) -> None:
    write, read = FORMATS[name]
    edges = sorted(data.draw(st.sets(st.integers(0, 9_000), min_size=2, max_size=8)))
    noise = st.sampled_from([Fraction(0), Fraction(4, 10**17), -Fraction(4, 10**17), MS / 3, -MS / 7, MS * 4 / 5])
    texts = "abcdefgh"
    spans = [
        Span(max(Fraction(0), a * MS * 3 + data.draw(noise)), b * MS * 3 + data.draw(noise)) for a, b in pairwise(edges)
    ]
    item = "m.wav" if name in ("a.csv", "a.json") else None
    segments = [Segment(span, text, "t", item=item) for span, text in zip(spans, texts, strict=False)]
    path = tmp_path / name
    write(path, segments, reporter=Reported())
    first = read(path)
    assert [each.text for each in first] == [each.text for each in segments]
    for new, old in zip(first, segments, strict=True):
        assert abs(new.span.start - old.span.start) < NOISE and abs(new.span.end - old.span.end) < NOISE
    write(path, first, reporter=Reported())
    assert read(path) == first


def grid(*intervals: str) -> str:
    return f'"ooTextFile"\n"TextGrid"\n0 9 <exists> 1\n"IntervalTier" "t" 0 9 {len(intervals)}\n' + "\n".join(intervals)


def test_a_textgrid_with_noise_is_read_written_and_read_again_equal(tmp_path: Path) -> None:
    path, again = tmp_path / "a.TextGrid", tmp_path / "b.TextGrid"
    path.write_text(grid(f'0 {PLUS} "x"', '0.3 1 "y"', f'{1 + 2**-52!r} 2 "z"'))
    reported = Reported()
    read = read_textgrid(path, reporter=reported)
    assert [(each.span, each.text) for each in read.segments] == [
        (Span(0, "0.3"), "x"), (Span("0.3", 1), "y"), (Span(repr(1 + 2**-52), 2), "z"),
    ]  # fmt: skip
    assert reported == [
        (
            "time_noise",
            "tier 't', segment 'x'",
            "it overlaps another one by less than 1 ms; Span(0, '7500000000000001/25000000000000000') became Span(0, '3/10')",
            "the earlier one ends where the later one begins",
        )
    ]
    assert read_textgrid(path).segments == read.segments
    write_textgrid(again, read.segments)
    assert read_textgrid(again).segments == read.segments
    # praatio refuses tiers whose intervals overlap.
    praatio = pytest.importorskip("praatio.textgrid", reason="praatio is not installed")
    tier = praatio.openTextgrid(str(again), includeEmptyIntervals=False).getTier("t")
    assert [each.label for each in tier.entries] == ["x", "y", "z"]


def test_noise_between_a_decimal_and_a_rounded_time(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    start = Fraction("0.66666666666666669")
    write_textgrid(path, [Segment(Span(0, 2 * THIRD), "x", "t"), Segment(Span(start, 1), "y", "t")])
    first, second = read_textgrid(path).segments
    assert second.span.start == start and Fraction("0.666666666666") <= first.span.end <= start


def test_overlaps_of_a_millisecond_are_no_noise(tmp_path: Path) -> None:
    segments = [Segment(Span(0, 1), "x", "t"), Segment(Span("0.999", 2), "y", "t")]
    for name in ("a.eaf", "a.TextGrid"):
        with pytest.raises(InvalidArgument, match="must not overlap"):
            FORMATS[name][0](tmp_path / name, segments, reporter=Reported())


def test_labels_shorter_than_a_millisecond_stay_in_an_eaf(tmp_path: Path) -> None:
    path, reported = tmp_path / "a.eaf", Reported()
    segments = [
        Segment(Span(0, "0.3004"), "x", "t"),
        Segment(Span("0.3004", "0.3006"), "y", "t"),
        Segment(Span("0.3006", 1), "z", "t"),
        Segment(Span("-0.0006", "0.2"), "early", "u"),
    ]
    write_eaf(path, segments, reporter=reported)
    assert [(each.text, each.span) for each in read_eaf(path).segments] == [
        ("x", Span(0, "0.3")), ("y", Span("0.3", "0.301")), ("z", Span("0.301", 1)), ("early", Span(0, "0.2")),
    ]  # fmt: skip
    assert set(reported.codes) == {"rounded"}
    with pytest.raises(
        InvalidArgument, match="no integer number of ms, so it was written as 300 ms; round it; reporter"
    ):
        write_eaf(path, segments)


def test_noise_is_no_reason_to_refuse_an_eaf(tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    reported = Reported()
    write_eaf(path, [Segment(Span(0, PLUS), "x", "t"), Segment(Span("0.3", 1), "y", "t")], reporter=reported)
    assert [each.span for each in read_eaf(path).segments] == [Span(0, "0.3"), Span("0.3", 1)]
    assert reported.codes == ["time_noise"]
    write_eaf(path, [Segment(Span(0, PLUS), "x", "t"), Segment(Span("0.3", 1), "y", "t")])


def test_a_region_shorter_than_a_double_lasts_to_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_label_studio(path, [Segment(Span(1000, 1000 + Fraction(1, 10**15)), "x", "t", item="a.wav")])
    (segment,) = read_label_studio(path)[0].segments
    assert segment.span == Span(1000, str(math.nextafter(1000, 2000)))
