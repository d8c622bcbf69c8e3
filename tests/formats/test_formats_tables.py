"""Tables: against the csv module on published files, and one small table for each trap."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from formats_help import PROPERTY, Reported, check_hostile, check_paths, one_line, plain, sample, texts
from hypothesis import example, given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.errors import InvalidArgument, SourceUnreadable
from emos_io.formats import TABLE_COLUMNS, Segment, read_annotation, read_table, write_table
from emos_io.formats.times import decimal_or_ratio, decimal_text, decimal_time

SIMPLE = {"start": "start", "end": "end", "label": "label"}


def table(folder: Path, text: str, name: str = "a.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def seconds(clock: str) -> Fraction:
    hours, minutes, rest = clock.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(rest)


def test_meld_is_what_csv_reads(shared_media: Path) -> None:
    path = sample(shared_media, "format_samples/meld_style.csv")
    columns = {"item": "Dialogue_ID", "start": "StartTime", "end": "EndTime", "label": "Emotion", "text": "Utterance"}
    read = read_annotation(path, columns=columns, unit="timestamp")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [part for part in read.segments if part.tier == ""] == [
        Segment(Span(seconds(row["StartTime"]), seconds(row["EndTime"])), row["Emotion"], item=row["Dialogue_ID"])
        for row in rows
    ]
    assert [part.text for part in read.segments if part.tier == "text"] == [row["Utterance"] for row in rows]
    assert len(rows) == 10
    assert read.tiers == ("", "text")


def test_milliseconds_and_tabs(shared_media: Path) -> None:
    muse = sample(shared_media, "format_samples/muse/transcription_segments/1.csv")
    columns = {"start": "start", "end": "end", "text": "sentence", "item": "segment_id"}
    read = read_table(muse, columns=columns, unit="ms")
    assert [(part.span, part.item, part.tier) for part in read.segments] == [
        (Span(3 * k, 3 * k + 3), str(k + 1), "text") for k in range(10)
    ]
    bids = sample(shared_media, "format_samples/bids_events.tsv")
    columns = {"start": "onset", "duration": "duration", "label": "trial_type"}
    assert [part.span for part in read_annotation(bids, columns=columns, unit="s").segments] == [
        Span(3 * k, 3 * k + 3) for k in range(10)
    ]


def test_a_column_that_is_not_there_is_named(shared_media: Path) -> None:
    path = sample(shared_media, "format_samples/ch_sims_label.csv")
    with pytest.raises(InvalidArgument) as caught:
        read_table(path, columns={"start": "begin", "end": "end", "label": "annotation"}, unit="s")
    assert one_line(caught.value, path).startswith(
        "the column of start must be the name of one column, got 'begin', which is the name of none of the columns 'video_id', "
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_cells_are_kept_as_written(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [
        ["\ufeff clip ", "start", "end ", "label", "who", "layer", "sure"],
        ["0001", " 0.1 ", "1001/30000e", "", "", "", ""],
        ["0001", "0.1", "2", ' a "quoted"\n, ; label ', "007", "basic", "0.5"],
        ["", "1e-3", "1", "不", "", "", ""],
    ]
    del rows[1]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    path = table(tmp_path, out.getvalue() + end + delimiter * 6 + end)
    columns = {"item": "clip", "start": "start", "end": "end", "label": "label", "rater": "who", "layer": "layer"}
    read = read_table(
        path, columns={**columns, "confidence": "sure"}, unit="s", delimiter="|" if delimiter == "|" else None
    )
    assert read.segments == (
        Segment(Span("0.1", 2), ' a "quoted"\n, ; label ', "basic", "007", "0001", 0.5),
        Segment(Span("0.001", 1), "不"),
    )


@pytest.mark.parametrize(
    ("unit", "start", "end", "span"),
    [
        ("s", "0.1", "0.30000000000000004", Span("0.1", "0.30000000000000004")),
        ("s", "1001/30000", "1", Span("1001/30000", 1)),
        ("s", "-1", "+1.", Span(-1, 1)),
        ("ms", "1.5", "1001", Span("0.0015", "1.001")),
        ("timestamp", "00:16:16,059", "01:00:00", Span("976.059", 3600)),
        ("timestamp", "16:16.25", "1:00:00.000001", Span("976.25", "3600.000001")),
    ],
)
def test_times_are_exact(tmp_path: Path, unit: Any, start: str, end: str, span: Span) -> None:
    path = table(tmp_path, f'start,end,label\n"{start}","{end}",x\n')
    assert read_table(path, columns=SIMPLE, unit=unit).segments[0].span == span


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "1,234",
        "1.234,5",
        "1,234.5",
        "1,2,3",
        "1,",
        ",",
        "x",
        "nan",
        "inf",
        "1e999999999",
        "1/0",
        "1_000",
        "٣",
        "9" * 50,
        "0x1",
        "1 2",
    ],
)
@pytest.mark.parametrize("unit", ["s", "ms", "timestamp"])
def test_bad_times_name_their_row(tmp_path: Path, cell: str, unit: Any) -> None:
    good = "00:05" if unit == "timestamp" else "5"
    path = table(
        tmp_path,
        f'start,end,label\n00:01,{good},ok\n"{cell}",{good},bad\n'.replace("00:01", "0" if good == "5" else "00:01"),
    )
    reported = Reported()
    assert [part.text for part in read_table(path, columns=SIMPLE, unit=unit, reporter=reported).segments] == ["ok"]
    assert [(code, where) for code, where, *_ in reported] == [("bad_time", "row 3")]
    with pytest.raises(InvalidArgument, match=r"^row 3: start ") as caught:
        read_table(path, columns=SIMPLE, unit=unit)
    one_line(caught.value, path)


def test_findings_are_named(tmp_path: Path) -> None:
    text = "start,end,label,sure\n2,1,back,\n1,1,none,\n1,2,,\n1,2,short\n1,2,long,,x\n\n,,,\n"
    text += "1,2,kept,7\n0,1e18,kept,1\n0,9e18,kept,1\n9e18,1e19,far,\n"
    reported = Reported()
    read = read_table(table(tmp_path, text), columns={**SIMPLE, "confidence": "sure"}, unit="s", reporter=reported)
    assert [part.confidence for part in read.segments] == [None, 1.0, 1.0]
    assert [(code, where) for code, where, *_ in reported] == [
        ("empty_span", "row 2"), ("empty_span", "row 3"), ("no_label", "row 4"), ("row_length", "row 5"),
        ("row_length", "row 6"), ("bad_confidence", "row 9"), ("bad_time", "row 12"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"unit": "min"}, "unit must be 's', 'ms' or 'timestamp', got 'min'"),
        (
            {"columns": {"start": "start", "end": "end"}},
            "columns must have start, one of end and duration, and label or text, got",
        ),
        ({"columns": {**SIMPLE, "duration": "end"}}, "columns must have start, one of end and duration"),
        ({"columns": {**SIMPLE, "Label": "x"}}, r"columns must map fields \(item, start, .*\) to names, got 'Label'"),
        ({"delimiter": ",,"}, "delimiter must be one character, no quote, line end or NUL, got ',,'"),
        ({"encoding": "x"}, "encoding must be a name that Python knows, .* got 'x'"),
        (
            {"columns": {**SIMPLE, "rater": "twice"}},
            "the column of rater must be .*, got 'twice', which is the name of 2 of",
        ),
    ],
)
def test_wrong_arguments(tmp_path: Path, options: dict[str, Any], says: str) -> None:
    path = table(tmp_path, "start,end,label,twice,twice\n0,1,x,y,z\n")
    with pytest.raises(InvalidArgument, match=says):
        read_table(path, **{"columns": SIMPLE, "unit": "s", **options})


@pytest.mark.parametrize("row", ['0,1,"open', '0,1,"a"b', "0,1," + "a" * 200_000])
def test_rows_that_cannot_be_split_into_cells_are_refused(tmp_path: Path, row: str) -> None:
    path = table(tmp_path, f"start,end,label\n0,1,x\n{row}\n0,1,y\n")
    with pytest.raises(SourceUnreadable, match="row 3 cannot be read") as caught:
        read_table(path, columns=SIMPLE, unit="s", reporter=Reported())
    one_line(caught.value, path)


def read_simple(path: Path, **options: Any) -> object:
    return read_table(path, columns=SIMPLE, unit="s", **options)


def test_hostile_files(tmp_path: Path) -> None:
    check_paths(read_simple, tmp_path)
    assert check_hostile(read_simple, tmp_path / "bad.csv", b'start,end,label\n0,1,"x"\n1,2,y\n2,3,"z"\n') >= 15


cells = texts()
times = st.fractions(min_value=-10_000, max_value=10_000, max_denominator=90_000)
lengths = st.fractions(min_value=Fraction(1, 10**6), max_value=100, max_denominator=10**6)


@PROPERTY
@example([(Fraction(0), Fraction(1), "a\rb", "", None, None, 5e-324)], ("s", None, "a.csv"))
@given(
    st.lists(
        st.tuples(
            times, lengths, cells, texts(min_size=0), st.none() | cells, st.none() | cells, st.none() | st.floats(0, 1)
        )
    ),
    st.sampled_from([("s", None, "a.csv"), ("ms", ";", "a.csv"), ("s", None, "a.TSV"), ("s", "|", "a.csv")]),
)
def test_what_is_written_is_read_back(tmp_path: Path, rows: list[Any], form: Any) -> None:
    unit, delimiter, name = form
    segments = [Segment(Span(start, start + length), *rest) for start, length, *rest in rows]
    write_table(tmp_path / name, segments, unit=unit, delimiter=delimiter)
    assert list(read_table(tmp_path / name, columns=TABLE_COLUMNS, unit=unit, delimiter=delimiter).segments) == segments


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 10**6)), max_size=4))
def test_timestamps_are_read_back(tmp_path: Path, rows: list[tuple[int, int]]) -> None:
    segments = [Segment(Span(Fraction(a, 1000), Fraction(a + n, 1000)), "x") for a, n in rows]
    write_table(tmp_path / "a.csv", segments, unit="timestamp")
    assert list(read_table(tmp_path / "a.csv", columns=TABLE_COLUMNS, unit="timestamp").segments) == segments


@pytest.mark.parametrize(
    ("segment", "options", "says"),
    [
        (
            Segment(Span(0, 1), ""),
            {},
            "must have a text, no empty item or rater, one group of a kind, and no NUL, got Segment",
        ),
        (Segment(Span(0, 1), "x", rater=""), {}, "no empty item or rater"),
        (Segment(Span(0, 1), "x\0"), {}, "no NUL"),
        (
            Segment(Span(-1, 1), "x"),
            {"unit": "timestamp"},
            "times must be exact decimals of 0 s or more for unit 'timestamp', got -1 s",
        ),
        (Segment(Span(0, "1/3"), "x"), {"unit": "timestamp"}, "for unit 'timestamp', got 1/3 s"),
        (Segment(Span(0, 1), "x"), {"unit": "h"}, "unit must be 's', 'ms' or 'timestamp', got 'h'"),
        (Segment(Span(0, 1), "x"), {"delimiter": '"'}, "delimiter must be one character, no quote, line end or NUL"),
    ],
)
def test_what_a_table_cannot_store_is_refused(tmp_path: Path, segment: Segment, options: Any, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        write_table(tmp_path / "a.csv", [segment], **options)
    assert not (tmp_path / "a.csv").exists()


@PROPERTY
@given(st.fractions(max_denominator=2**40, min_value=-(2**20), max_value=2**20))
@example(Fraction(1, 2**60))
def test_decimals_are_exact_or_within_half_a_picosecond(time: Fraction) -> None:
    back = decimal_time(decimal_text(time))
    assert back is not None
    assert abs(back - time) <= Fraction(1, 2 * 10**12)
    assert decimal_or_ratio(str(time)) == time


@PROPERTY
@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**5), max_value=10**5))
def test_decimal_texts_are_exact(value: Any) -> None:
    assert decimal_time(str(value)) == Fraction(value)


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidArgument, match=r"suffix must be one of \.eaf, .*, got '\.doc'; call the reader of the format"
    ):
        read_annotation(tmp_path / "a.doc")


def test_segments_of_a_table_are_plain(tmp_path: Path) -> None:
    path = table(tmp_path, "start,end,label\n0,1,x\n")
    assert [plain(part) for part in read_annotation(str(path), columns=SIMPLE, unit="s").segments] == [(0, 1, "", "x")]
