"""ELAN files: against pympi on published files, and one small file for each trap."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import pytest
from formats_help import PROPERTY, Reported, check_hostile, check_paths, one_line, plain, sample, texts, touching
from hypothesis import example, given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.errors import InvalidArgument, InvalidSpan, SourceNotFound, SourceUnreadable
from emos_io.formats import Segment, read_annotation, read_eaf, write_eaf

SAMPLES = ["elan_sample_2.7.eaf", "elan_sample_2.8.eaf", "elan_sample_3.0.eaf"]


def eaf(
    path: Path, slots: str = "", tiers: str = "", header: str = "", tail: str = "", root: str = 'FORMAT="3.0"'
) -> Path:
    """Write an EAF: slots as "0 1000 - 4000" (ts1 and on; - has no value)."""
    order = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="ts{number}"' + ("/>" if value == "-" else f' TIME_VALUE="{value}"/>')
        for number, value in enumerate(slots.split(), 1)
    )
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT {root}><HEADER TIME_UNITS="milliseconds">{header}'
        f"</HEADER><TIME_ORDER>{order}</TIME_ORDER>{tiers}{tail}</ANNOTATION_DOCUMENT>",
        encoding="utf-8",
    )
    return path


def tier(name: str, *annotations: str, attributes: str = "") -> str:
    """One tier; annotations as "a1 ts1 ts2 text" or "a2 ^a1 text" or "a3 ^a1<a2 text" (after a2)."""
    parts = []
    for written in annotations:
        own, *rest = written.split(" ", 2) if " ^" in written else written.split(" ", 3)
        if rest[0].startswith("^"):
            parent, _, previous = rest[0][1:].partition("<")
            after = f' PREVIOUS_ANNOTATION="{previous}"' if previous else ""
            kind, refs = "REF_ANNOTATION", f'ANNOTATION_REF="{parent}"{after}'
        else:
            kind, refs = "ALIGNABLE_ANNOTATION", f'TIME_SLOT_REF1="{rest[0]}" TIME_SLOT_REF2="{rest[1]}"'
        value = f"<ANNOTATION_VALUE>{rest[-1]}</ANNOTATION_VALUE>"
        parts.append(f'<ANNOTATION><{kind} ANNOTATION_ID="{own}" {refs}>{value}</{kind}></ANNOTATION>')
    return f'<TIER TIER_ID="{name}" LINGUISTIC_TYPE_REF="lt" {attributes}>{"".join(parts)}</TIER>'


def spans(path: Path, name: str) -> list[tuple[str, Span]]:
    return [(part.text, part.span) for part in read_eaf(path).segments if part.tier == name]


@pytest.mark.parametrize("name", SAMPLES)
def test_aligned_annotations_are_those_of_pympi(shared_media: Path, name: str) -> None:
    pympi = pytest.importorskip("pympi", reason="pympi-ling is not installed")
    path = sample(shared_media, f"real/{name}")
    oracle, ours = pympi.Elan.Eaf(str(path), suppress_version_warning=True), read_eaf(path)
    assert list(ours.tiers) == list(oracle.get_tier_names())
    for row in ("text", "gestures", "gest_included"):
        expected = [
            (Fraction(a, 1000), Fraction(b, 1000), row, text) for a, b, text in oracle.get_annotation_data_for_tier(row)
        ]
        assert len(expected) > 300
        assert [plain(part) for part in ours.segments if part.tier == row] == expected


@pytest.mark.parametrize("file", SAMPLES)
def test_every_word_has_a_fifth_of_its_sentence(shared_media: Path, file: str) -> None:
    # 1,572 time slots of these files have no value; words lie in runs of slots that other tiers stand between.
    path = sample(shared_media, f"real/{file}")
    ours = read_eaf(path)
    sentences = [part.span for part in ours.segments if part.tier == "text"]
    slots = {slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in ET.parse(path).iter("TIME_SLOT")}
    assert sum(value is None for value in slots.values()) == 1572
    for name in ("words-symsub", "words-pos"):
        assert [part.span for part in ours.segments if part.tier == name] == [
            Span(span.start + k * span.duration / 5, span.start + (k + 1) * span.duration / 5)
            for span in sentences
            for k in range(5)
        ]
    # In the time subdivision, runs lie between slots with values: check each against the XML itself.
    words = [part for part in ours.segments if part.tier == "words-timesub"]
    row = next(part for part in ET.parse(path).iter("TIER") if part.get("TIER_ID") == "words-timesub")
    run: list[Span] = []
    checked = 0
    for element, word in zip(row.iter("ALIGNABLE_ANNOTATION"), words, strict=True):
        begin, end = slots[element.get("TIME_SLOT_REF1")], slots[element.get("TIME_SLOT_REF2")]
        if begin is not None:
            run, start = [], Fraction(int(begin), 1000)
        run.append(word.span)
        if end is not None:
            step = (Fraction(int(end), 1000) - start) / len(run)
            assert run == [Span(start + k * step, start + (k + 1) * step) for k in range(len(run))]
            checked += len(run)
    assert checked == len(words) == 1995


def test_made_sample_and_blank(shared_media: Path) -> None:
    made = read_annotation(sample(shared_media, "format_samples/base_en_grid_30s.eaf"))
    assert [part.span for part in made.segments if part.tier == "emotion"] == [
        Span(3 * k, 3 * k + 3) for k in range(10)
    ]
    assert made.media == ("file:///base_en_grid_30s.mp4",)
    blank = read_eaf(sample(shared_media, "real/elan_blank.eaf"))
    assert (blank.segments, blank.tiers, blank.media, blank.language) == ((), ("default",), ("audio.wav",), None)


@pytest.mark.parametrize(("name", "language"), list(zip(SAMPLES, ["en", "eng", "eng"], strict=True)))
def test_language_is_what_the_tiers_say(shared_media: Path, name: str, language: str) -> None:
    assert read_eaf(sample(shared_media, f"real/{name}")).language == language


def test_slots_of_a_tier_without_parent_lie_evenly_between_neighbours(tmp_path: Path) -> None:
    path = eaf(tmp_path / "a.eaf", "1000 - - 2000", tier("t", "a1 ts1 ts2 x", "a2 ts2 ts3 y", "a3 ts3 ts4 z"))
    third = Fraction(1, 3)
    assert [span for _, span in spans(path, "t")] == [Span(1 + k * third, 1 + (k + 1) * third) for k in range(3)]


def test_slots_of_a_chain_do_not_take_the_time_of_slots_that_stand_between(tmp_path: Path) -> None:
    # ts5 (8000) of another tier follows the slots without values, as in the published files: neighbours would give 0 s.
    tiers = tier("p", "a1 ts1 ts6 all") + tier("q", "a9 ts5 ts6 other")
    tiers += tier("c", "a2 ts1 ts2 x", "a3 ts2 ts3 y", "a4 ts3 ts6 z", attributes='PARENT_REF="p"')
    path = eaf(tmp_path / "a.eaf", "8000 - - - 8000 11000", tiers)
    assert spans(path, "c") == [("x", Span(8, 9)), ("y", Span(9, 10)), ("z", Span(10, 11))]


def test_the_chain_of_a_child_lies_in_that_of_its_parent(tmp_path: Path) -> None:
    tiers = tier("c", "a4 ts2 ts3 u", "a5 ts3 ts4 v", attributes='PARENT_REF="p"')
    tiers += tier("p", "a2 ts1 ts2 x", "a3 ts2 ts4 y", attributes='PARENT_REF="r"') + tier("r", "a1 ts1 ts4 all")
    path = eaf(tmp_path / "a.eaf", "0 - - 8000", tiers)
    assert spans(path, "p") == [("x", Span(0, 4)), ("y", Span(4, 8))]
    assert spans(path, "c") == [("u", Span(4, 6)), ("v", Span(6, 8))]


def test_slots_after_the_last_value_have_no_time(tmp_path: Path) -> None:
    path = eaf(tmp_path / "a.eaf", "1000 2000 -", tier("t", "a1 ts1 ts2 x", "a2 ts2 ts3 y", "a3 ts1 ts9 z"))
    reported = Reported()
    assert [part.text for part in read_eaf(path, reporter=reported).segments] == ["x"]
    assert reported.codes == ["no_time", "no_time"]
    with pytest.raises(InvalidArgument) as caught:
        read_eaf(path)
    assert one_line(caught.value, path) == (
        "annotation 'a2' of tier 't': 'y' has no start or end that can be computed, so it was left out; align it in ELAN; "
        f'reporter must be given to go on after findings, got None: "{path}"'
    )


def test_references_divide_their_parent_in_the_order_of_the_chain(tmp_path: Path) -> None:
    tiers = tier("p", "a1 ts1 ts2 all") + tier("s", "a3 ^a1<a2 second", "a2 ^a1 first", "a4 ^a1<a3 third")
    path = eaf(tmp_path / "a.eaf", "0 3000", tiers + tier("d", "a5 ^a4 deep"))
    assert spans(path, "s") == [("second", Span(1, 2)), ("first", Span(0, 1)), ("third", Span(2, 3))]
    assert spans(path, "d") == [("deep", Span(2, 3))]


def test_symbolic_associations_share_their_parent(tmp_path: Path) -> None:
    tail = '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="lt" CONSTRAINTS="Symbolic_Association"/>'
    tiers = tier("p", "a1 ts1 ts2 all") + tier("s", "a2 ^a1 x", "a3 ^a1 y")
    path = eaf(tmp_path / "a.eaf", "0 3000", tiers, tail=tail)
    assert spans(path, "s") == [("x", Span(0, 3)), ("y", Span(0, 3))]


def test_references_in_a_circle_or_to_nothing_are_left_out(tmp_path: Path) -> None:
    path = eaf(tmp_path / "a.eaf", "0 1000", tier("t", "a1 ^a2 x", "a2 ^a1 y", "a3 ^a9 z", "a4 ts1 ts2 good"))
    reported = Reported()
    assert [part.text for part in read_eaf(path, reporter=reported).segments] == ["good"]
    assert reported.codes == ["no_parent"] * 3


def test_a_deep_chain_of_references_ends(tmp_path: Path) -> None:
    deep = [f"b{k} ^b{k - 1} x" for k in range(1, 20_000)]
    two = [f"c{k} ^c{k - 1} x" for k in range(1, 200)] + [f"d{k} ^c{k - 1} x" for k in range(1, 200)]
    path = eaf(tmp_path / "a.eaf", "0 1000", tier("t", "b0 ts1 ts2 x", "c0 ts1 ts2 x", *deep, *two))
    reported = Reported()
    segments = read_eaf(path, reporter=reported).segments
    assert sum(part.span == Span(0, 1) for part in segments) == 20_001
    assert set(reported.codes) == {"no_parent"}
    assert len(segments) + len(reported) == 20_000 + 1 + 398


def test_annotations_lie_time_origin_later_in_the_media(tmp_path: Path) -> None:
    header = '<MEDIA_DESCRIPTOR MEDIA_URL="file:///a.mp4" TIME_ORIGIN="1500"/>'
    path = eaf(tmp_path / "a.eaf", "0 1000", tier("t", "a1 ts1 ts2 x"), header)
    read = read_eaf(path)
    assert read.segments[0].span == Span("1.5", "2.5")
    assert read.offset == Fraction(-3, 2)


def test_media_with_different_origins_must_be_chosen_between(tmp_path: Path) -> None:
    header = '<MEDIA_DESCRIPTOR MEDIA_URL="a.mp4" TIME_ORIGIN="1500"/><MEDIA_DESCRIPTOR MEDIA_URL="b.mp4"/>'
    extracted = '<MEDIA_DESCRIPTOR MEDIA_URL="a.wav" EXTRACTED_FROM="a.mp4"/>'
    path = eaf(tmp_path / "a.eaf", "0 1000", tier("t", "a1 ts1 ts2 x"), header)
    with pytest.raises(InvalidArgument, match="TIME_ORIGINs of 1500, 0 ms"):
        read_eaf(path)
    reported = Reported()
    assert read_eaf(path, reporter=reported).segments[0].span.start == Fraction(3, 2)
    assert reported.codes == ["several_offsets"]
    assert [read_eaf(path, media_index=k).segments[0].span.start for k in (0, 1)] == [Fraction(3, 2), 0]
    with pytest.raises(InvalidArgument) as caught:
        read_eaf(path, media_index=2)
    assert one_line(caught.value, path) == (
        "media_index must be from 0 to below 2, the number of media that the file names, got 2; "
        f'leave it out for the first: "{path}"'
    )
    one = eaf(tmp_path / "b.eaf", "0 1000", tier("t", "a1 ts1 ts2 x"), header.split("><")[0] + ">" + extracted)
    assert read_eaf(one).segments[0].span.start == Fraction(3, 2)


def test_media_beside_the_file_come_first(tmp_path: Path) -> None:
    (tmp_path / "my clip.mp4").touch()
    there = '<MEDIA_DESCRIPTOR MEDIA_URL="file:///old/x.mp4" RELATIVE_MEDIA_URL="file:/./my%20clip.mp4"/>'
    gone = '<MEDIA_DESCRIPTOR MEDIA_URL="file:///old/y.mp4" RELATIVE_MEDIA_URL="../%00gone.mp4"/>'
    path = eaf(tmp_path / "a.eaf", header=there + gone)
    assert read_eaf(path).media == (str(tmp_path / "my clip.mp4"), "file:///old/y.mp4")


def test_raters_and_languages(tmp_path: Path) -> None:
    tiers = tier("a", attributes='ANNOTATOR="ann" PARTICIPANT="pat" LANG_REF="eng"')
    tiers = tiers.replace("</TIER>", '<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" '
                          'TIME_SLOT_REF2="ts2"/></ANNOTATION></TIER>')  # fmt: skip
    tiers += tier("b", "a2 ts1 ts2 x", attributes='PARTICIPANT="pat" LANG_REF="nld"') + tier("c", "a3 ts1 ts2 y")
    read = read_eaf(eaf(tmp_path / "a.eaf", "0 1000", tiers))
    people = [(part.rater, part.speaker, part.text) for part in read.segments]
    assert people == [("ann", "pat", ""), (None, "pat", "x"), (None, None, "y")]
    assert read.language == "eng,nld"


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    tiers = tier("t", "a1 ts1 ts2 x", "a1 ts1 ts3 y", "a3 ts2 ts1 back") + tier("t", "a4 ts1 ts1 none")
    header = '<MEDIA_DESCRIPTOR MEDIA_URL="a.mp4" TIME_ORIGIN="1.5"/>'
    path = eaf(tmp_path / "a.eaf", "0 1000 abc 4000", tiers, header, root='FORMAT="9.0"')
    path.write_text(path.read_text().replace("</TIME_ORDER>", '<TIME_SLOT TIME_SLOT_ID="ts1"/></TIME_ORDER>'))
    reported = Reported()
    read = read_eaf(path, reporter=reported)
    assert reported.codes == [
        "unknown_version", "bad_time", "duplicate_id", "duplicate_id", "duplicate_tier", "bad_offset", "empty_span",
        "empty_span",
    ]  # fmt: skip
    assert read.tiers == ("t", "t (2)")
    assert [plain(part) for part in read.segments] == [(0, 1, "t", "x"), (0, Fraction(5, 2), "t", "y")]


def test_what_a_reporter_raises_comes_out(tmp_path: Path) -> None:
    def stop(*finding: str) -> None:
        raise InvalidSpan(finding[0])

    with pytest.raises(InvalidSpan, match="bad_time"):
        read_eaf(eaf(tmp_path / "a.eaf", "x"), reporter=stop)


def test_frames_are_no_milliseconds(tmp_path: Path) -> None:
    path = eaf(tmp_path / "a.eaf")
    path.write_text(path.read_text().replace("milliseconds", "PAL-frames"))
    with pytest.raises(SourceUnreadable) as caught:
        read_eaf(path, reporter=Reported())
    assert one_line(caught.value, path).startswith("TIME_UNITS is 'PAL-frames'")


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/hostname">',
    ],
)
def test_document_types_and_entities_are_refused(tmp_path: Path, declared: str) -> None:
    path = tmp_path / "a.eaf"
    path.write_text(f"<?xml version='1.0'?>{declared}<ANNOTATION_DOCUMENT FORMAT='3.0'>&b;</ANNOTATION_DOCUMENT>")
    with pytest.raises(SourceUnreadable) as caught:
        read_eaf(path, reporter=Reported())
    assert one_line(caught.value, path).startswith("the file declares a document type or entities")


def test_other_files_are_refused(tmp_path: Path) -> None:
    check_paths(read_eaf, tmp_path)
    path = tmp_path / "a.eaf"
    for data, says in [
        (b"<html/>", "its root is 'html'"),
        (b"RIFF", "the file is no XML"),
        (b"<?xml version='1.0' encoding='shift_jis'?><ANNOTATION_DOCUMENT/>", "the file is no XML"),
        (b"<ANNOTATION_DOCUMENT FORMAT='3.0'><REF_ANNOTATION/></ANNOTATION_DOCUMENT>", "outside of all tiers"),
    ]:
        path.write_bytes(data)
        with pytest.raises(SourceUnreadable, match=says) as caught:
            read_eaf(path, reporter=Reported())
        one_line(caught.value, path)


def test_hostile_files(tmp_path: Path) -> None:
    good = eaf(
        tmp_path / "good.eaf", "0 1000 - 3000", tier("t", "a1 ts1 ts2 x", "a2 ^a1 y", "a3 ts3 ts4 z")
    ).read_bytes()
    assert check_hostile(read_eaf, tmp_path / "bad.eaf", good) >= 15


def test_open_chains_cost_no_square(tmp_path: Path) -> None:
    many = 20_000
    chain = [f"a{k} ts{k} ts{k + 1} x" for k in range(2, many)] + [f"b{k} ts1 ts{k} x" for k in range(2, many)]
    path = eaf(tmp_path / "a.eaf", "0 " + "- " * many, tier("t", *chain, attributes='PARENT_REF="p"'))
    assert read_eaf(path, reporter=Reported()).segments == ()


xml_texts = texts(refused="".join(map(chr, range(1, 32))) + "\ufffe\uffff", min_size=0) | st.sampled_from(["a\r\nb\tc"])


@PROPERTY
@given(st.dictionaries(xml_texts.filter(bool), touching(Fraction(1, 1000)), min_size=1, max_size=3), st.data())
def test_what_is_written_is_read_back(tmp_path: Path, rows: dict[str, list[Span]], data: st.DataObject) -> None:
    raters = {name: data.draw(st.none() | xml_texts.filter(bool)) for name in rows}
    segments = [Segment(span, data.draw(xml_texts), name, raters[name]) for name in rows for span in rows[name]]
    path = tmp_path / "a.eaf"
    write_eaf(path, segments, media=["b.mp4", "/c/d.wav"], language="deu")
    read = read_eaf(path)
    assert list(read.segments) == segments
    assert read.tiers == tuple(rows)
    assert (read.media, read.language, read.offset) == (("b.mp4", "file:///c/d.wav"), "deu", Fraction(0))


def test_what_is_written_is_read_by_pympi(tmp_path: Path) -> None:
    pympi = pytest.importorskip("pympi", reason="pympi-ling is not installed")
    segments = [Segment(Span("0.5", "1.25"), 'a <b> & "c"', "t", "ann"), Segment(Span("1.25", 2), "d", "t", "ann")]
    write_eaf(tmp_path / "a.eaf", segments, media=["x.mp4"])
    oracle = pympi.Elan.Eaf(str(tmp_path / "a.eaf"), suppress_version_warning=True)
    assert oracle.get_annotation_data_for_tier("t") == [(500, 1250, 'a <b> & "c"'), (1250, 2000, "d")]
    assert oracle.tiers["t"][2]["ANNOTATOR"] == "ann"
    assert oracle.media_descriptors == [
        {"MEDIA_URL": "x.mp4", "MIME_TYPE": "video/mp4", "RELATIVE_MEDIA_URL": "./x.mp4"}
    ]


def test_writing_says_what_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    segments = [
        Segment(Span("0.0005", "1.0004"), "x", "t", "one", confidence=0.5),
        Segment(Span(0, 1), "y", "t", "two"),
        Segment(Span(0, 1), "z"),
    ]
    with pytest.raises(InvalidArgument) as caught:
        write_eaf(path, segments)
    one_line(caught.value, path)
    assert not path.exists()
    reported = Reported()
    write_eaf(path, segments, reporter=reported)
    assert reported.codes == ["not_held", "shared_tier", "no_tier", "rounded", "rounded"]
    assert [plain(part) for part in read_eaf(path).segments] == [
        (Fraction(1, 1000), 1, "t@one", "x"),
        (0, 1, "t@two", "y"),
        (0, 1, "default", "z"),
    ]


@pytest.mark.parametrize(
    ("segments", "says"),
    [
        (
            [Segment(Span(0, 2), "x", "t"), Segment(Span(1, 3), "y", "t")],
            r"'x' at Span\(0, 2\) and 'y' at Span\(1, 3\)",
        ),
        ([Segment(Span(-1, 2), "x", "t")], "start at 0 or later and last 1 ms or more"),
        (
            [Segment(Span(0, "0.0001"), "x", "t"), Segment(Span("0.0001", "0.0009"), "y", "t")],
            "last 1 ms or more, got 'y' at Span",
        ),
        ([Segment(Span(0, 1), "\x01", "t")], "only characters that XML allows"),
        ([Segment(Span(0, 1), "\ud800", "t")], "texts must be valid utf-8"),
        ([Segment(Span(0, 1), "x", "t@a"), Segment(Span(0, 1), "x", "t", "a"), Segment(Span(0, 1), "y", "t")], "'t@a'"),
    ],
)
def test_what_an_eaf_cannot_store_is_refused(tmp_path: Path, segments: list[Segment], says: str) -> None:
    path = tmp_path / "a.eaf"
    with pytest.raises(InvalidArgument, match=says):
        write_eaf(path, segments, reporter=Reported())
    assert not path.exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="no such folder"):
        write_eaf(tmp_path / "no" / "a.eaf", [])


@PROPERTY
@given(st.lists(st.integers(0, 5) | st.none(), min_size=2, max_size=8))
@example([None, 5, None])
def test_any_order_of_slots_is_read_or_reported(tmp_path: Path, values: list[int | None]) -> None:
    slots = " ".join("-" if value is None else str(value * 1000) for value in values)
    rows = [f"a{k} ts{k} ts{k + 1} x" for k in range(1, len(values))]
    path = eaf(
        tmp_path / "a.eaf",
        slots,
        tier("p", *rows) + tier("c", *[f"c{row}" for row in rows], attributes='PARENT_REF="p"'),
    )
    reported = Reported()
    segments = read_eaf(path, reporter=reported).segments
    assert len(segments) + len(reported) == 2 * len(rows)
