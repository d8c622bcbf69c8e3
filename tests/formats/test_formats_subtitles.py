"""Subtitles: against srt and webvtt-py on published files, and one small file for each trap."""

from __future__ import annotations

import datetime
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from formats_help import PROPERTY, Reported, check_hostile, check_paths, one_line, plain, sample
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.errors import InvalidArgument, SourceUnreadable
from emos_io.formats import read_annotation, read_srt, read_vtt, read_whisperx
from emos_io.formats.times import clock_text, clock_time


def exact(delta: datetime.timedelta) -> Fraction:
    return Fraction(round(delta / datetime.timedelta(microseconds=1)), 10**6)


@pytest.mark.parametrize("name", ["subrip.srt", "subrip_bom_crlf.srt"])
def test_subrip_is_read_as_by_srt(shared_media: Path, name: str) -> None:
    srt = pytest.importorskip("srt", reason="srt is not installed")
    path = sample(shared_media, f"format_samples/{name}")
    oracle = [(exact(cue.start), exact(cue.end), "", cue.content) for cue in srt.parse(path.read_text("utf-8-sig"))]
    assert len(oracle) == 10
    assert [plain(part) for part in read_annotation(path).segments] == oracle


@pytest.mark.parametrize("name", ["real/webvtt_devstories-en.vtt", "format_samples/webvtt.vtt"])
def test_webvtt_is_read_as_by_webvtt_py(shared_media: Path, name: str) -> None:
    webvtt = pytest.importorskip("webvtt", reason="webvtt-py is not installed")
    path = sample(shared_media, name)
    oracle = [(cue.start, cue.end, cue.voice or "", cue.text) for cue in webvtt.read(path)]
    assert len(oracle) >= 10
    ours = [(clock_text(p.span.start), clock_text(p.span.end), p.tier, p.text) for p in read_annotation(path).segments]
    assert ours == oracle


def srt_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "a.srt"
    path.write_bytes(text.encode(encoding))
    return path


def test_srt_traps(tmp_path: Path) -> None:
    text = (
        "\r\n1\r\n00:00:01,500 --> 00:00:02.000 X1:40 X2:600\r\n<i>one</i>\r\n{\\an8}two\r\n\r\nafter a blank line\r\n\r\n"
        "2\r\n0:01:00 --> 100:00:00,000\r\n42\r\n\r\n"
        '00:02:00,000 --> 00:02:01,000\r\n<font color="#fff">no number</font> a < b\r\n'
    )
    segments = read_srt(srt_file(tmp_path, text)).segments
    assert [plain(part) for part in segments] == [
        (Fraction(3, 2), 2, "", "one\ntwo\n\nafter a blank line"),
        (60, 360_000, "", "42"),
        (120, 121, "", "no number a < b"),
    ]


def test_findings_of_srt_are_named(tmp_path: Path) -> None:
    text = (
        "made by X\n\n1\n00:00:01,5 --> 00:00:02,000\nambiguous\n\n2\n00:00:03,000 --> 00:00:02,000\nback\n\n"
        "3\n00:00:03,000 --> 00:00:04,000\n\n\n4\n00:61:00,000 --> 00:62:00,000\nminutes\n\n"
        "5\n00:00:05,000 --> 00:00:06,000\nok\n"
    )
    path = srt_file(tmp_path, text)
    reported = Reported()
    assert [part.text for part in read_srt(path, reporter=reported).segments] == ["ok"]
    assert [(code, where) for code, where, *_ in reported] == [
        ("stray_text", "line 1"),
        ("bad_time", "line 4"),
        ("empty_span", "line 8"),
        ("no_text", "line 12"),
        ("bad_time", "line 16"),
    ]
    with pytest.raises(InvalidArgument) as caught:
        read_srt(path)
    one_line(caught.value, path)


def test_other_encodings_are_named_or_reported(tmp_path: Path) -> None:
    cue = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"
    path = srt_file(tmp_path, cue.format("“é”"), "cp1252")
    with pytest.raises(InvalidArgument, match="read as cp1252, which is a guess"):
        read_srt(path)
    reported = Reported()
    assert read_srt(path, reporter=reported).segments[0].text == "“é”"
    assert reported.codes == ["encoding"]
    chinese = srt_file(tmp_path, cue.format("你好"), "gb18030")
    assert read_srt(chinese, encoding="gb18030").segments[0].text == "你好"
    assert read_srt(srt_file(tmp_path, cue.format("你"), "utf-16")).segments[0].text == "你"
    path.write_bytes(cue.format("\x81").encode("latin-1"))
    with pytest.raises(SourceUnreadable, match="the bytes are not cp1252"):
        read_srt(path, reporter=Reported())


def test_files_without_cues(tmp_path: Path) -> None:
    assert read_srt(srt_file(tmp_path, "\n\n")).segments == ()
    with pytest.raises(SourceUnreadable, match="no line with -->"):
        read_srt(srt_file(tmp_path, "hello"))


def vtt_file(folder: Path, body: str) -> Path:
    path = folder / "a.vtt"
    path.write_bytes(f"\ufeffWEBVTT - a title\n{body}".encode())
    return path


def test_vtt_traps(tmp_path: Path) -> None:
    body = (
        "Kind: captions\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:fred\n\nNOTE a remark\n\nNOTE\nlines\n\n"
        "intro\n00:01.000 --> 00:02.000 align:start position:10%\n<v.loud Mary Ann>Hi &amp; <c.red>bye</c>&lt;3</v> all\n"
        "<v Bob>yes<00:00:01.500> no\n\n"
        "100:00:00.000\t-->\t100:00:01.000\n<b>long</b>\n100:00:01.000 --> 100:00:02.000\nno blank line before\n"
    )
    read = read_vtt(vtt_file(tmp_path, body.replace("\n", "\r\n")))
    assert [plain(part) for part in read.segments] == [
        (1, 2, "Mary Ann", "Hi & bye<3"),
        (1, 2, "", "all"),
        (1, 2, "Bob", "yes no"),
        (360_000, 360_001, "", "long"),
        (360_001, 360_002, "", "no blank line before"),
    ]
    assert read.tiers == ("Mary Ann", "", "Bob")


def test_findings_of_vtt_are_named(tmp_path: Path) -> None:
    body = (
        "X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n00:01,000 --> 00:02.000\ncomma\n\n00:03.000 --> 00:03.000\nx\n\n"
        "words without times\n\n00:04.000 --> 00:05.000\n<v Al></v>\n\n00:05.000 -->\nx\n\n00:06.000 --> 00:07.000\nok\n"
    )
    path = vtt_file(tmp_path, body)
    reported = Reported()
    assert [part.text for part in read_vtt(path, reporter=reported).segments] == ["ok"]
    assert [(code, where) for code, where, *_ in reported] == [
        ("timestamp_map", "line 2"),
        ("bad_time", "line 4"),
        ("empty_span", "line 7"),
        ("stray_text", "line 10"),
        ("no_text", "line 12"),
        ("bad_time", "line 15"),
    ]
    with pytest.raises(InvalidArgument) as caught:
        read_vtt(path)
    one_line(caught.value, path)


def test_a_cue_may_follow_the_header_at_once(tmp_path: Path) -> None:
    assert [p.text for p in read_vtt(vtt_file(tmp_path, "00:01.000 --> 00:02.000\nx\n")).segments] == ["x"]


@pytest.mark.parametrize("data", [b"", b"WEBVTTX\n", b"1\n00:01.000 --> 00:02.000\nx", b"WEBVTT\n\n\xff"])
def test_other_files_are_no_webvtt(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.vtt").write_bytes(data)
    with pytest.raises(SourceUnreadable):
        read_vtt(tmp_path / "a.vtt", reporter=Reported())


def test_hostile_files(tmp_path: Path) -> None:
    for read in (read_srt, read_vtt, read_whisperx):
        check_paths(read, tmp_path)
    cues = b"1\n00:00:01,000 --> 00:00:02,000\none\n\n2\n00:00:03,000 --> 00:00:04,000\ntwo\n"
    assert check_hostile(read_srt, tmp_path / "a.srt", cues) >= 8
    assert check_hostile(read_vtt, tmp_path / "a.vtt", b"WEBVTT\n\n" + cues.replace(b",", b".")) >= 8
    spoken = json.dumps({"segments": [{"start": 0, "end": 1.5, "text": "hi", "words": [{"word": "hi"}]}]}).encode()
    assert check_hostile(read_whisperx, tmp_path / "a.json", spoken) >= 15


cue_texts = st.lists(
    st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=6), min_size=1, max_size=3
)


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 10**5), cue_texts), min_size=1, max_size=5))
def test_cues_are_read_as_they_were_written(tmp_path: Path, cues: list[tuple[int, int, list[str]]]) -> None:
    expected, srt, vtt = [], "", "WEBVTT\n\n"
    for number, (start, length, words) in enumerate(cues):
        span = Span(Fraction(start, 1000), Fraction(start + length, 1000))
        expected.append((span.start, span.end, "", " ".join(words)))
        times = f"{clock_text(span.start)} --> {clock_text(span.end)}"
        srt += f"{number}\n{times.replace('.', ',')}\n{' '.join(words)}\n\n"
        vtt += f"{times}\n{' '.join(words)}\n\n"
    for read, text, name in ((read_srt, srt, "a.srt"), (read_vtt, vtt, "a.vtt")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert [plain(part) for part in read(tmp_path / name).segments] == expected


@PROPERTY
@given(st.fractions(min_value=0, max_value=10**6, max_denominator=10**6))
def test_clock_texts_are_exact_or_none(time: Fraction) -> None:
    text = clock_text(time)
    rest = time.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    assert (text is None) == (rest != 1)
    if text is not None:
        assert clock_time(text) == time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("00:16:16,059", Fraction(976_059, 1000)),
        ("16:16", Fraction(976)),
        ("75:30.5", Fraction(4530) + Fraction(1, 2)),
        (" 1:00:00 ", Fraction(3600)),
        ("00:00:01,5", None),
        ("00:60:00", None),
        ("00:00:60", None),
        ("1", None),
        ("-0:01", None),
        ("0:0١", None),
        ("9" * 30 + ":00", None),
    ],
)
def test_clock_times(text: str, time: Fraction | None) -> None:
    assert clock_time(text) == time


def whisperx(folder: Path, content: Any) -> Path:
    path = folder / "a.json"
    path.write_text(json.dumps(content))
    return path


def test_whisperx(tmp_path: Path) -> None:
    words = [
        {"word": "In", "start": 0.1, "end": 0.3, "score": 0.75, "speaker": "SPEAKER_01"},
        {"word": "fact", "start": 0.3, "end": 1, "score": 1},
    ]
    content = {
        "segments": [
            {"start": 0.1, "end": 1.25, "text": " In fact", "words": words, "speaker": "SPEAKER_00"},
            {"start": 2, "end": 3, "text": "yes"},
        ],
        "word_segments": words,
        "language": "en",
    }
    read = read_whisperx(whisperx(tmp_path, content))
    assert [(*plain(part), part.confidence) for part in read.segments] == [
        (Fraction(1, 10), Fraction(5, 4), "segments/SPEAKER_00", "In fact", None),
        (Fraction(1, 10), Fraction(3, 10), "words/SPEAKER_01", "In", 0.75),
        (Fraction(3, 10), 1, "words/SPEAKER_00", "fact", 1.0),
        (2, 3, "segments", "yes", None),
    ]
    assert read.language == "en"


def test_findings_of_whisperx_are_named(tmp_path: Path) -> None:
    words: list[Any] = [
        {"word": "2014"},
        {"word": "x", "start": 1, "end": 1},
        {"word": "y", "start": "1", "end": 2},
        {"word": 7, "start": 1, "end": 2},
        "z",
        {"word": " ", "start": 1, "end": 2},
        {"word": "w", "start": 1, "end": 2, "score": 7},
    ]
    path = whisperx(tmp_path, {"segments": [{"start": 0, "end": 3, "text": "in 2014", "words": words}, 5]})
    reported = Reported()
    assert [part.text for part in read_whisperx(path, reporter=reported).segments] == ["in 2014", "w"]
    assert reported.codes == [
        "no_time", "empty_span", "bad_time", "malformed", "malformed", "no_text", "bad_confidence", "malformed"
    ]  # fmt: skip
    with pytest.raises(InvalidArgument, match="segment 0, word 0: '2014' has no times"):
        read_whisperx(path)


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"segments": 5}', '{"segments": [NaN]}', "{", "1" * 5000, '{"a": 1e99999999999}']
)
def test_other_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(SourceUnreadable) as caught:
        read_whisperx(path, reporter=Reported())
    one_line(caught.value, path)


def test_numbers_that_are_too_large_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        '{"segments": [{"start": 0, "end": 1e999999, "text": "x"}, {"start": 0, "end": 1e18, "text": "y"}]}'
    )
    reported = Reported()
    assert [part.text for part in read_whisperx(path, reporter=reported).segments] == ["y"]
    assert reported.codes == ["bad_time"]
