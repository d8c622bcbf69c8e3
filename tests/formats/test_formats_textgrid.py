"""TextGrids: against praatio on published files, and one small file for each trap."""

from __future__ import annotations

import codecs
from fractions import Fraction
from pathlib import Path

import pytest
from formats_help import PROPERTY, Reported, check_hostile, check_paths, one_line, plain, sample, texts, touching
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.errors import InvalidArgument, SourceUnreadable
from emos_io.formats import Point, Segment, read_annotation, read_textgrid, write_textgrid

PUBLISHED = [
    "real/praat_mary.TextGrid",
    "real/praat_mary_longfile.TextGrid",
    "real/praat_mary_longfile_with_negative_zero.TextGrid",
    "real/praat_bobby_words_with_newlines_longfile_elan.TextGrid",
    "real/praat_all_tiers_have_the_same_name.TextGrid",
    "real/praat_damon_set_test.TextGrid",
    "format_samples/base_en_grid_30s.TextGrid",
]


def short(*tiers: str, head: str = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n9\n<exists>\n') -> str:
    return f"{head}{len(tiers)}\n" + "\n".join(tiers) + "\n"


def intervals(name: str, *rows: str) -> str:
    return f'"IntervalTier"\n"{name}"\n0\n9\n{len(rows)}\n' + "\n".join(rows)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_files_are_read_as_by_praatio(shared_media: Path, name: str) -> None:
    praatio = pytest.importorskip("praatio.textgrid", reason="praatio is not installed")
    path = sample(shared_media, name)
    oracle = praatio.openTextgrid(str(path), includeEmptyIntervals=False, duplicateNamesMode="rename")
    ours = read_textgrid(path, reporter=Reported())
    assert len(ours.tiers) == len(oracle.tierNames)
    rows, points = [], []
    for tier, row in zip(oracle.tiers, ours.tiers, strict=True):
        for entry in tier.entries:
            if isinstance(tier, praatio.PointTier):
                points.append(Point(Fraction(str(entry.time)), entry.label, row))
            else:
                rows.append((Fraction(str(entry.start)), Fraction(str(entry.end)), row, entry.label))
    # praatio has doubles and strips labels; the decimals of these files are not changed by that.
    assert rows
    assert [plain(part) for part in ours.segments] == [row for row in rows if row[3]]
    assert list(ours.points) == points


def test_long_and_short_form_and_encodings_are_one(shared_media: Path) -> None:
    first, *others = (read_annotation(sample(shared_media, name)) for name in PUBLISHED[:3])
    assert all(other == first for other in others)
    assert [part.text for part in first.segments][-4:] == ["mary", "rolled", "the", "barrel"]
    assert "ə" in {part.text for part in first.segments}


def test_labels_keep_quotes_and_line_breaks(shared_media: Path) -> None:
    read = read_textgrid(sample(shared_media, "real/praat_bobby_words_with_newlines_longfile_elan.TextGrid"))
    assert (read.segments[0].tier, read.segments[0].text) == ('"word"', '"""BOBBY"""\nNoun')


def test_tiers_of_one_name_get_numbers_and_are_reported(shared_media: Path) -> None:
    path = sample(shared_media, "real/praat_all_tiers_have_the_same_name.TextGrid")
    with pytest.raises(InvalidArgument) as caught:
        read_textgrid(path)
    assert one_line(caught.value, path).startswith("tier 2: an earlier tier has the name 'Mary' too")
    reported = Reported()
    read = read_textgrid(path, reporter=reported)
    assert reported.codes == ["duplicate_tier"] * 2
    assert [(part.tier, part.text) for part in read.segments] == [
        ("Mary", "Mary"),
        ("Mary (2)", "Maary"),
        ("Mary (3)", "Bob"),
    ]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, mark: bytes, end: str) -> None:
    path = tmp_path / "a.TextGrid"
    text = short(intervals("ü", '0 1 "不\nü"')).replace("\n", end)
    path.write_bytes(mark + text.encode(encoding))
    assert [plain(part) for part in read_textgrid(path).segments] == [(0, 1, "ü", "不\nü")]


def test_latin_1_is_a_guess_that_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_bytes(short(intervals("t", '0 1 "é"')).encode("latin-1"))
    reported = Reported()
    assert read_textgrid(path, reporter=reported).segments[0].text == "é"
    assert reported.codes == ["encoding"]
    assert read_textgrid(path, encoding="cp1252").segments[0].text == "é"
    with pytest.raises(InvalidArgument, match="was read as latin-1, which is a guess"):
        read_textgrid(path)
    with pytest.raises(
        InvalidArgument, match="encoding must be a name that Python knows, such as 'utf-8' or 'gb18030', got 'x'"
    ):
        read_textgrid(path, encoding="x")
    with pytest.raises(SourceUnreadable, match="the bytes are not utf-8"):
        read_textgrid(path, encoding="utf-8")


def test_only_free_standing_numbers_count(tmp_path: Path) -> None:
    # As Praat reads: words, numbers inside of words and brackets, and what follows a "!" are for people.
    path = tmp_path / "a.TextGrid"
    path.write_text(
        'File type = "ooTextFile"\nObject class = "TextGrid"\nxmin = 0 ! 7 "\nxmax = 9 seconds\ntiers? <exists>\nsize = 1\n'
        'item []:\n item [1]: class = "IntervalTier" name = "t" xmin = 0 xmax = 9 intervals: size = 1\n'
        'intervals [1] xmin = -0 xmax = 1e-3 text2 = "x"'
    )
    read = read_textgrid(path)
    assert [plain(part) for part in read.segments] == [(0, Fraction(1, 1000), "t", "x")]
    assert read.extent == Span(0, 9)


def test_points_are_apart_from_segments(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_text(short('"TextTier" "p" 0 9 2 1.5 "x" 2 ""', intervals("t", '0 1 ""', '1 2 "y"')))
    read = read_textgrid(path)
    assert read.points == (Point(Fraction(3, 2), "x", "p"), Point(Fraction(2), "", "p"))
    assert [plain(part) for part in read.segments] == [(1, 2, "t", "y")]
    assert read.tiers == ("p", "t")


def test_seventeen_digits_are_exact_and_more_are_rounded_to_picoseconds(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_text(short(intervals("t", '0.0051277486054687811 12.345678901234567 "x"')))
    span = read_textgrid(path).segments[0].span
    assert span.start == Fraction("0.005127748605")
    assert span.end == Fraction("12.345678901234567")


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    rows = ['2 1 "back"', '1 1 "none"', '1 1 ""', '1 1e300 "far"', '1 1.2.3 "no"', '1 2 "good"']
    path.write_text(short(intervals("t", *rows), '"TextTier" "p" 0 9 1 1e30 "x"') + '7 "more"')
    reported = Reported()
    read = read_textgrid(path, reporter=reported)
    assert [part.text for part in read.segments] == ["good"]
    assert reported.codes == ["empty_span", "empty_span", "bad_time", "bad_time", "bad_time", "rest"]
    assert reported[0][1] == "tier 't', interval 1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (short(intervals("t", '0 1 "x"'))[:-2], "the quote of line 13 is not closed"),
        (
            short(intervals("t", '0 1 "x"'))[:-4],
            "the label of tier 't', interval 1 must come next, got the end of the file",
        ),
        (short('"OtherTier" "p" 0 9 0'), "tier 1 is of class 'OtherTier'"),
        (short("3"), "the class of tier 1 must come next, got '3'"),
        (short().replace("0\n", "99999999\n"), "the number of tiers must be at most 10000, got 99999999"),
        (short().replace("TextGrid", "Pitch"), "this is no TextGrid in text form"),
        ("ooBinaryFile\x08TextGrid", "in binary form"),
        ("", "this is no TextGrid in text form"),
    ],
)
def test_files_that_are_cut_or_of_another_kind_are_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_text(text)
    with pytest.raises(SourceUnreadable) as caught:
        read_textgrid(path, reporter=Reported())
    assert says in one_line(caught.value, path)


def test_no_tiers_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_text('"ooTextFile short" "TextGrid" 0 9 <absent>')
    assert (read_textgrid(path).tiers, read_textgrid(path).segments) == ((), ())


def test_hostile_files(tmp_path: Path) -> None:
    check_paths(read_textgrid, tmp_path)
    good = short(intervals("t", '0 1 "x"', '1 2 "y"'), '"TextTier" "p" 0 9 1 1 "z"').encode()
    assert check_hostile(read_textgrid, tmp_path / "bad.TextGrid", good) >= 15


labels = texts(refused="\r")


@PROPERTY
@given(
    st.dictionaries(texts("\r", 0), touching(Fraction(1, 10**6)) | touching(Fraction(1, 1024)), min_size=1, max_size=3),
    st.dictionaries(texts("\r", 0), st.sets(st.integers(-9, 10**9), min_size=1, max_size=3), max_size=2),
    st.data(),
)
def test_what_is_written_is_read_back(
    tmp_path: Path, rows: dict[str, list[Span]], marks: dict[str, set[int]], data: st.DataObject
) -> None:
    segments = [Segment(span, data.draw(labels), name) for name in rows for span in rows[name]]
    points = [
        Point(Fraction(k, 1000), data.draw(texts("\r", 0)), name)
        for name in marks
        if name not in rows
        for k in sorted(marks[name])
    ]
    path = tmp_path / "a.TextGrid"
    write_textgrid(path, segments, points=points, end=2_000_000)
    read = read_textgrid(path)
    assert list(read.segments) == segments
    assert list(read.points) == points
    assert read.extent is not None
    assert read.extent.end == 2_000_000


def test_what_is_written_is_read_by_praatio(tmp_path: Path) -> None:
    praatio = pytest.importorskip("praatio.textgrid", reason="praatio is not installed")
    path = tmp_path / "a.TextGrid"
    segments = [Segment(Span(1, "2.5"), 'say "x"\nyes', "t"), Segment(Span("2.5", 3), "y", "t")]
    write_textgrid(path, segments, points=[Point(Fraction(1, 2), "p", "at")], tiers=["empty"], end=4)
    oracle = praatio.openTextgrid(str(path), includeEmptyIntervals=True)
    assert oracle.tierNames == ("empty", "t", "at")
    assert [tuple(entry) for entry in oracle.getTier("t").entries] == [
        (0.0, 1.0, ""), (1.0, 2.5, 'say "x"\nyes'), (2.5, 3.0, "y"), (3.0, 4.0, "")
    ]  # fmt: skip
    assert [tuple(entry) for entry in oracle.getTier("empty").entries] == [(0.0, 4.0, "")]
    assert [tuple(entry) for entry in oracle.getTier("at").entries] == [(0.5, "p")]


def test_times_without_a_decimal_are_rounded_and_still_touch(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    edge = Fraction(1001, 30_000)
    write_textgrid(path, [Segment(Span(0, edge), "x", "t"), Segment(Span(edge, 2 * edge), "y", "t")])
    first, second = read_textgrid(path).segments
    assert first.span.end == second.span.start == Fraction("0.033366666667")


@pytest.mark.parametrize(
    ("segments", "options", "says"),
    [
        ([Segment(Span(0, 2), "x", "t"), Segment(Span(1, 3), "y", "t")], {}, "'x' at Span"),
        ([Segment(Span(0, 2), "", "t")], {}, "must have a label, got none"),
        ([Segment(Span(0, 2), "a\rb", "t")], {}, "no carriage return and no NUL"),
        (
            [Segment(Span(Fraction(n, 3 * 10**13), Fraction(n + 1, 3 * 10**13)), "x", "t") for n in (0, 1)],
            {},
            "must last a picosecond or more",
        ),
        ([Segment(Span(0, 2), "x", "t")], {"end": 1}, "end must be 2 or more, where the last label ends, got 1"),
        (
            [Segment(Span(0, 2), "x", "t")],
            {"points": [Point(Fraction(1), "y", "t")]},
            "a tier must have segments or points, got both in 't'",
        ),
        ([Segment(Span(0, 2), "x", "t", "ann")], {}, "have a rater, such as 'ann', and a TextGrid cannot store it"),
    ],
)
def test_what_a_textgrid_cannot_store_is_refused(
    tmp_path: Path, segments: list[Segment], options: dict[str, object], says: str
) -> None:
    path = tmp_path / "a.TextGrid"
    with pytest.raises(InvalidArgument, match=says):
        write_textgrid(path, segments, **options)  # type: ignore[arg-type]
    assert not path.exists()


def test_what_is_left_out_is_reported(tmp_path: Path) -> None:
    reported = Reported()
    write_textgrid(tmp_path / "a.TextGrid", [Segment(Span(0, 1), "x", "t", "ann", "i", 1.0)], reporter=reported)
    assert reported.codes == ["not_held"] * 3


def test_a_repr_prints_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_text(short('"TextTier" "p" 0 9 1 1.5 "x"', intervals("t", '0 1 "y"', '1 2 "z"')))
    assert repr(read_textgrid(path)) == "TextGrid(2 segments, 0 media, 2 tiers, 1 points)"
