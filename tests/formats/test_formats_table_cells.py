"""Cells of tables: decimal commas, frames, speakers and groups, delimiters, and columns that are used or refused."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from formats_help import PROPERTY, Reported, one_line
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.errors import InvalidArgument, SourceUnreadable
from emos_io.formats import Segment, column_names, read_annotation, read_table, write_table

SIMPLE = {"start": "start", "end": "end", "label": "label"}


def table(folder: Path, text: str) -> Path:
    path = folder / "a.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("s;e;emo\n0,5;1,25;x\n1,250;2,500;x\n", [("0.5", "1.25"), ("1.25", "2.5")]),
        ("s;e;emo\n1,250;2,500;x\n", [("1.25", "2.5")]),
        ("s\te\temo\n0,5\t1\tx\n1,250\t2,500\tx\n", [("0.5", "1"), ("1.25", "2.5")]),
        ('s,e,emo\n"0,5","1,5",x\n', [("0.5", "1.5")]),
        ("s;e;emo\n0.5;1.250;x\n", [("0.5", "1.25")]),
        ("s,e,emo\n1.234,2.345,x\n", [("1.234", "2.345")]),
        (' s , e , emo \n" ,5 ","1,5e1",x\n', [("0.5", "15")]),
        ("s;e;emo\n-0,5;+1,25;x\n", [("-0.5", "1.25")]),
    ],
)
def test_a_comma_is_a_decimal_sign(tmp_path: Path, text: str, spans: list[tuple[str, str]]) -> None:
    path = table(tmp_path, text)
    read = read_table(path, columns={"start": "s", "end": "e", "label": "emo"}, unit="s")
    assert [part.span for part in read.segments] == [Span(*span) for span in spans]


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ('s,e,emo\n"1,234","2,345",x\n', [2]),
        ("s\te\temo\n1,234\t2,345\tx\n", [2]),
        ("s;e;emo\n1.234,5;2.345,6;x\n0,5;1,5;x\n", [2]),
        ("s;e;emo\n0,5;1,5;x\n1.000;2.000;x\n", [3]),
        ("s;e;emo\n0.5;1.5;x\n1,234;2,345;x\n", [3]),
        ('s,e,emo\n0.5,"1,234.5",x\n1,"1,234",x\n', [2, 3]),
        ('s,e,emo\n0,"1,5,5",x\n', [2]),
        ('s,e,emo\n0,"1,",x\n', [2]),
    ],
)
def test_what_may_be_a_thousand_is_never_misread(tmp_path: Path, text: str, left_out: list[int]) -> None:
    path = table(tmp_path, text)
    reported = Reported()
    read_table(path, columns={"start": "s", "end": "e", "label": "emo"}, unit="s", reporter=reported)
    assert [(code, where) for code, where, *_ in reported] == [("bad_time", f"row {row}") for row in left_out]
    assert all("without a sign for thousands" in fix for *_, fix in reported)


def test_confidences_and_intensities_have_decimal_commas_too(tmp_path: Path) -> None:
    path = table(tmp_path, "s;e;emo;c;i\n0;1;x;0,3;4\n1;2;x;1,0;5,0\n2;3;x;1,5;0\n3;4;x;a;4,5\n4;5;x;;\n")
    columns = {"start": "s", "end": "e", "label": "emo", "confidence": "c", "intensity": "i"}
    reported = Reported()
    read = read_table(path, columns=columns, unit="s", reporter=reported)
    assert [(part.confidence, part.intensity) for part in read.segments] == [(0.3, 4), (1.0, 5), *[(None, None)] * 3]
    assert [(code, where) for code, where, *_ in reported] == [
        ("bad_confidence", "row 4"), ("bad_intensity", "row 4"), ("bad_confidence", "row 5"), ("bad_intensity", "row 5"),
    ]  # fmt: skip


def test_speakers_and_groups_are_kept(tmp_path: Path) -> None:
    path = table(tmp_path, "s,e,emo,who,k,sess,p,says\n0,1,x, ann ,1,A b,train,hi\n1,2,y,,2,,,\n")
    columns = {"start": "s", "end": "e", "label": "emo", "speaker": "who", "fold": "k", "group:session": "sess"}
    read = read_table(path, columns={**columns, "split": "p", "text": "says"}, unit="s", reporter=Reported())
    groups = (("fold", "1"), ("session", "A b"), ("split", "train"))
    assert [(part.text, part.tier, part.speaker, part.groups) for part in read.segments] == [
        ("x", "", "ann", groups), ("hi", "text", "ann", groups), ("y", "", None, (("fold", "2"),)),
    ]  # fmt: skip
    # One column may have two fields.
    both = read_table(path, columns={**columns, "item": "who"}, unit="s")
    assert (both.segments[0].item, both.segments[0].speaker) == (" ann ", "ann")


@pytest.mark.parametrize(
    ("rate", "first", "spans"),
    [
        (25, None, [(0, "2/25"), ("2/25", "3/25")]),
        ("30000/1001", 0, [(0, "2002/30000"), ("2002/30000", "3003/30000")]),
        (Fraction(25), 1, [(0, "1/25"), ("1/25", "2/25")]),
    ],
)
def test_frames_become_spans(tmp_path: Path, rate: Any, first: int | None, spans: list[Any]) -> None:
    # As the frames of Label Studio: the end frame is part of the span.
    path = table(tmp_path, "a,b,emo\n0,1,x\n2.0,2,y\n" if first != 1 else "a,b,emo\n1,1,x\n2,2,y\n")
    columns = {"start_frame": "a", "end_frame": "b", "label": "emo"}
    read = read_table(path, columns=columns, unit="s", frame_rate=rate, first_frame=first)
    assert [part.span for part in read.segments] == [Span(*span) for span in spans]


def test_frames_that_are_none_are_findings(tmp_path: Path) -> None:
    path = table(tmp_path, 'a,b,emo\n0,1,x\n1.5,2,x\n3,2,x\n3,3,y\n"1,000",2000,x\n-1,2,x\n,2,x\n')
    columns = {"start_frame": "a", "end_frame": "b", "label": "emo"}
    reported = Reported()
    read = read_table(path, columns=columns, unit="s", frame_rate=10, first_frame=1, reporter=reported)
    assert [(part.text, part.span) for part in read.segments] == [("y", Span("0.2", "0.3"))]
    assert [(code, where) for code, where, *_ in reported] == [
        ("bad_time", "row 2"), ("bad_time", "row 3"), ("empty_span", "row 4"), ("bad_time", "row 6"), ("bad_time", "row 7"),
        ("bad_time", "row 8"),
    ]  # fmt: skip
    with pytest.raises(
        InvalidArgument, match="frame_rate must be given for the column of start_frame, got None"
    ) as caught:
        read_table(path, columns=columns, unit="s")
    one_line(caught.value, path)
    for options, says in (
        ({"frame_rate": 0}, "frame_rate must be above 0"),
        ({"first_frame": 2}, "first_frame must be 0 or 1"),
    ):
        with pytest.raises(InvalidArgument, match=says):
            read_table(path, columns=columns, unit="s", **{"frame_rate": 25, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({**SIMPLE, "speeker": "x"}, "got 'speeker'; write 'speaker'"),
        ({"file": "x", "start": "start", "end": "end", "label": "label"}, "got 'file'; write 'item'"),
        ({**SIMPLE, "group:": "x"}, "columns must map fields .*, group:KIND.* got 'group:'"),
        ({**SIMPLE, "fold": 3}, r"columns\['fold'\] must be the name of a column, got 3"),
        ({**SIMPLE, "fold": " "}, r"columns\['fold'\] must be the name of a column, got ' '"),
        ({"start": "start", 3: "x"}, "columns must map fields .* got 3"),
        (
            {**SIMPLE, "fold": "a", "group:fold": "b"},
            "must have one field for a kind of groups, got fold and group:fold",
        ),
        ({**SIMPLE, "start_frame": "a"}, "columns must have start, one of end and duration"),
        ({"start": "start", "end": "end", "text": "x", "confidence": "c"}, "columns must have label beside confidence"),
        ({}, "columns must have start"),
        (
            {**SIMPLE, "label": "Label"},
            "got 'Label', which is the name of none of the columns 'start', .*; write 'label', or",
        ),
    ],
    ids=repr,
)
def test_columns_are_used_or_refused(tmp_path: Path, columns: Any, says: str) -> None:
    path = table(tmp_path, "start,end,label\n0,1,x\n")
    with pytest.raises(InvalidArgument, match=says):
        read_table(path, columns=columns, unit="s")


def test_tables_without_rows_say_so(tmp_path: Path) -> None:
    for text in ("start,end,label\n", "start,end,label", "start,end,label\n,,\n\n ,,\n"):
        reported = Reported()
        assert read_table(table(tmp_path, text), columns=SIMPLE, unit="s", reporter=reported).segments == ()
        assert [(code, where) for code, where, *_ in reported] == [("no_rows", "row 1")]
        assert read_table(table(tmp_path, text), columns=SIMPLE, unit="s").segments == ()
    for text, says in (
        ("", "the table is empty; its first row must name its columns"),
        ("\n\n", "the table is empty"),
        (",,\nstart,end,label\n0,1,x\n", "the first row of the table is empty; remove what stands above"),
    ):
        with pytest.raises(SourceUnreadable, match=says):
            read_table(table(tmp_path, text), columns=SIMPLE, unit="s", reporter=Reported())


@pytest.mark.parametrize("head", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n', "sep=;,,\n"])
def test_the_line_of_excel_gives_the_delimiter(tmp_path: Path, head: str) -> None:
    path = table(tmp_path, f"{head}start;end;label,a\n0;1;x\n5;1;x\n")
    reported = Reported()
    read = read_table(path, columns={**SIMPLE, "label": "label,a"}, unit="s", reporter=reported)
    assert [part.text for part in read.segments] == ["x"]
    # Spreadsheets do not count the line.
    assert [(code, where) for code, where, *_ in reported] == [("empty_span", "row 3")]
    assert column_names(path) == ("start", "end", "label,a")


def test_exports_of_excel_have_empty_columns_and_rows(tmp_path: Path) -> None:
    path = table(tmp_path, "start,end,label,,\n0,1,x,,\n1,2,y\n2,3,z,,,,\n3,4,u,note,\n,,,,\n,,,,\n")
    assert [part.text for part in read_table(path, columns=SIMPLE, unit="s").segments] == ["x", "y", "z", "u"]
    assert column_names(path) == ("start", "end", "label")


def test_workbooks_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(SourceUnreadable, match="this is a workbook, no text; save its sheet as a CSV file in UTF-8"):
        read_table(path, columns=SIMPLE, unit="s")
    with pytest.raises(InvalidArgument, match="save the sheet of the workbook as a CSV file"):
        read_annotation(tmp_path / "a.XLSX")


letters = st.characters(codec="gb18030", exclude_categories=["Cs", "Cc", "Co", "Cn"], exclude_characters="\ufeff")
words = st.text(letters, min_size=1, max_size=6).filter(lambda text: text == text.strip())


@PROPERTY
@given(
    st.lists(st.tuples(words, st.integers(0, 10**7), st.integers(1, 10**6), words, words), min_size=1, max_size=6),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["s", "ms", "timestamp", "comma"]),
    st.sampled_from(["a.csv", "a.TSV", "a.tsv", "a.CSV"]),
)
def test_however_a_table_is_written_its_labels_are_the_same(
    tmp_path: Path,
    rows: list[tuple[str, int, int, str, str]],
    delimiter: str,
    encoding: str,
    end: str,
    quoting: Any,
    form: str,
    name: str,
) -> None:
    def written(milliseconds: int) -> str:
        seconds = Fraction(milliseconds, 1000)
        if form == "ms":
            return str(milliseconds)
        if form == "timestamp":
            full_seconds = milliseconds // 1000
            return f"{full_seconds // 3600:02d}:{full_seconds // 60 % 60:02d}:{full_seconds % 60:02d},{milliseconds % 1000:03d}"
        # Four decimals show that a comma is no sign for thousands.
        text = f"{float(seconds):.4f}"
        return text.replace(".", ",") if form == "comma" else text

    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["file", "from", "to", "emotion", "who"])
    for item, start, length, label, who in rows:
        writer.writerow([item, written(start), written(start + length), label, who])
    path = tmp_path / name
    path.write_bytes(out.getvalue().encode(encoding))
    columns = {"item": "file", "start": "from", "end": "to", "label": "emotion", "speaker": "who"}
    unit: Any = "s" if form == "comma" else form
    named = encoding if encoding == "gb18030" else None
    reported = Reported()
    read = read_table(path, columns=columns, unit=unit, encoding=named, reporter=reported)
    assert [(part.item, part.span, part.text, part.speaker) for part in read.segments] == [
        (item, Span(Fraction(start, 1000), Fraction(start + length, 1000)), label, who)
        for item, start, length, label, who in rows
    ]
    assert reported == []


@PROPERTY
@given(
    st.lists(
        st.lists(st.sampled_from(["", "0", "1", "2,5", "1.5", "x", "-", "joy", " ", "1,234"]), max_size=6), max_size=6
    )
)
def test_no_row_is_lost_without_a_finding(tmp_path: Path, rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([["start", "end", "label"], *rows])
    reported = Reported()
    read = read_table(table(tmp_path, out.getvalue()), columns=SIMPLE, unit="s", reporter=reported)
    full = [row for row in rows if any(cell.strip() for cell in row)]
    lost = sum(code in ("row_length", "bad_time", "empty_span", "no_label") for code in reported.codes)
    assert len(read.segments) + lost == len(full)
    assert reported.codes.count("no_rows") == (not full)


@pytest.mark.parametrize(
    "segment",
    [
        Segment(Span(0, 1), "x", speaker="ann", intensity=4, groups=(("fold", "3"), ("session", "s, 1"))),
        Segment(Span(0, 1), "x", groups=(("group", "g"), ("split", "dev"), ("speaker", "in a group"))),
    ],
    ids=["speaker", "group"],
)
def test_all_fields_of_segments_are_written(tmp_path: Path, segment: Segment) -> None:
    plain_segment = Segment(Span(1, 2), "y")
    columns = write_table(tmp_path / "a.csv", [segment, plain_segment])
    read = read_table(tmp_path / "a.csv", columns=columns, unit="s")
    assert read.segments == (segment, plain_segment)


@pytest.mark.parametrize(
    "segment",
    [Segment(Span(0, 1), "x", groups=(("fold", "1"), ("fold", "2"))), Segment(Span(0, 1), "x", speaker="")],
    ids=["twice", "empty"],
)
def test_groups_that_a_table_cannot_store_are_refused(tmp_path: Path, segment: Segment) -> None:
    with pytest.raises(InvalidArgument, match="no empty item or rater, one group of a kind"):
        write_table(tmp_path / "a.csv", [segment])
