"""Encodings of text files: by byte order mark, by name, and GB18030 where a text is not UTF-8 and looks Chinese."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from formats_help import PROPERTY, Reported, one_line
from hypothesis import given
from hypothesis import strategies as st

from emos_io.errors import InvalidArgument, SourceUnreadable
from emos_io.formats import AnnotationFile, column_names, read_annotation, read_srt, read_table, read_textgrid, read_vtt
from emos_io.formats.encodings import chinese_text

COLUMNS = {"item": "文件", "start": "s", "end": "e", "label": "emo"}
TABLE = "文件,s,e,emo\n片段.mp4,0,1,高兴\n片段.mp4,1,2,驚訝\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\n宇宙大爆炸,你好\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n宇宙大爆炸,你好\n"
GRID = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n1\n<exists>\n1\n'
    '"IntervalTier"\n"情感"\n0\n1\n1\n0\n1\n"高兴"\n'
)


def table(path: Path, **options: str) -> AnnotationFile:
    return read_table(path, columns=COLUMNS, unit="s", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_utf_is_read_without_a_word(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.encode(encoding))
    assert [part.text for part in table(path).segments] == ["高兴", "驚訝"]
    assert column_names(path) == ("文件", "s", "e", "emo")
    # A byte order mark counts more than what the caller says.
    if encoding != "utf-8":
        assert [part.text for part in table(path, encoding="gb18030").segments] == ["高兴", "驚訝"]


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xfe\xff", "utf-16-be"), (b"\0\0\xfe\xff", "utf-32-be")])
def test_byte_order_marks_of_big_endian_files(tmp_path: Path, mark: bytes, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(mark + TABLE.encode(encoding))
    assert [part.item for part in table(path).segments] == ["片段.mp4"] * 2


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_chinese_that_is_not_utf8_is_a_finding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.encode(encoding))
    reported = Reported()
    read = read_table(path, columns=COLUMNS, unit="s", reporter=reported)
    assert [part.text for part in read.segments] == ["高兴", "驚訝"]
    ((code, where, what, fix),) = reported
    assert (code, where) == ("encoding", "byte 0 (line 1)")
    assert "read as gb18030" in what and fix.startswith("give the encoding gb18030")
    with pytest.raises(InvalidArgument, match="which is a guess; give the encoding gb18030"):
        table(path)
    for name in ("gb18030", "GBK", "cp936"):
        assert [part.text for part in table(path, encoding=name).segments] == ["高兴", "驚訝"]
    assert column_names(path) == column_names(path, encoding="gbk") == ("文件", "s", "e", "emo")


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [("a.srt", SRT, read_srt), ("a.TextGrid", GRID, read_textgrid)],
    ids=["srt", "TextGrid"],
)
def test_chinese_subtitles_and_textgrids(
    tmp_path: Path, name: str, text: str, read: Callable[..., AnnotationFile]
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode("gb2312"))
    reported = Reported()
    (segment,) = read(path, reporter=reported).segments
    assert segment.text in ("宇宙大爆炸,你好", "高兴")
    assert reported.codes == ["encoding"]
    assert read(path, encoding="gb18030").segments == (segment,)


def test_webvtt_is_utf8_unless_it_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_bytes(VTT.encode("gbk"))
    with pytest.raises(SourceUnreadable, match=r"byte 32 \(line 4\) is not UTF-8; save the file as UTF-8") as caught:
        read_vtt(path)
    one_line(caught.value, path)
    assert read_annotation(path, encoding="gbk").segments[0].text == "宇宙大爆炸,你好"
    # The standard counts more than an encoding that is meant for other files of a folder.
    path.write_text(VTT, encoding="utf-8")
    assert read_vtt(path, encoding="gbk").segments[0].text == "宇宙大爆炸,你好"


WESTERN = [
    "file,emotion\nété.mp4,colère\nnoël.mp4,gaîté\nà.mp4,dégoût\n",
    "datei;gefühl\nüber.mp4;Ärger\nfür.mp4;überrascht\nß;fröhlich\n",
    "emoção,ficheiro\nsurpresa,coração\n",
    "archivo,emoción\na,enojo\nb,señal de pánico\n",
    "glädje,ilska\növerraskad,rädsla\n",
    "Il a été très gênant, déjà.\nÇa va, mon élève préféré ?\n",
    "temperature\n20°C,x\n",
]


@pytest.mark.parametrize(
    "text", WESTERN, ids=["french", "german", "portuguese", "spanish", "swedish", "prose", "degree"]
)
def test_latin_letters_are_not_taken_for_chinese(tmp_path: Path, text: str) -> None:
    for encoding in ("cp1252", "latin-1"):
        assert chinese_text(text.encode(encoding)) is None
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode("cp1252"))
    with pytest.raises(
        SourceUnreadable, match=r"is not UTF-8, and the text is no Chinese in GB18030; give the encoding"
    ):
        column_names(path)
    assert column_names(path, encoding="cp1252", delimiter="|") == (text.splitlines()[0],)


@pytest.mark.parametrize("text", ["高兴", "file,emo\na,高兴\nb,生气\n", "宇宙"])
def test_damaged_utf8_is_not_taken_for_chinese(text: str) -> None:
    data = text.encode()
    for damaged in (
        data[:-1] if data[-1] >= 0x80 else data + b"\xe9\xab",
        data + b"\xff",
        data.replace(b"\x98", b"", 1),
    ):
        assert chinese_text(damaged) is None


def test_utf8_that_is_read_as_another_encoding_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text(SRT, encoding="utf-8")
    reported = Reported()
    read_srt(path, encoding="latin-1", reporter=reported)
    assert reported.codes == ["encoding"] and "its bytes are UTF-8" in reported[0][2]


@pytest.mark.parametrize("encoding", ["x", "", "hex", "rot13", "a\0b", "\udc80", 8, ["utf-8"]], ids=repr)
def test_wrong_names_are_one_line(tmp_path: Path, encoding: object) -> None:
    path = tmp_path / "a.csv"
    path.write_text(TABLE, encoding="utf-8")
    with pytest.raises(
        InvalidArgument, match=r"encoding must be a name that Python knows, .*; leave it out to detect it"
    ):
        read_table(path, columns=COLUMNS, unit="s", encoding=encoding)  # type: ignore[arg-type]


def test_bytes_that_are_not_in_the_encoding_name_their_position(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"s,e,emo\n0,1,joy\n0,1,caf\xe9\n")
    with pytest.raises(SourceUnreadable, match=r"the bytes are not utf-8 from byte 23 \(line 3\) on; give the right"):
        read_table(path, columns={"start": "s", "end": "e", "label": "emo"}, unit="s", encoding="utf-8")
    path.write_bytes(TABLE.encode("utf-16-le"))
    with pytest.raises(SourceUnreadable):
        table(path)
    assert [part.text for part in table(path, encoding="utf-16-le").segments] == ["高兴", "驚訝"]


@pytest.mark.skipif(shutil.which("iconv") is None, reason="no iconv")
@pytest.mark.parametrize("encoding", ["GBK", "GB18030", "UTF-16", "UTF-32", "BIG5"])
def test_what_iconv_writes_is_read(tmp_path: Path, encoding: str) -> None:
    text = TABLE.replace("高兴", "高興")
    data = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", encoding], input=text.encode(), capture_output=True, check=False
    )
    if data.returncode:  # 片段 is in Big5, but not all signs are in all encodings
        pytest.skip(data.stderr.decode())
    path = tmp_path / "a.csv"
    path.write_bytes(data.stdout)
    auto = encoding.startswith("UTF")
    read = table(path) if auto else table(path, encoding=encoding)
    assert [part.text for part in read.segments] == ["高興", "驚訝"]


CHINESE = [
    *("高兴", "快乐", "难过", "中立", "恶心", "惊喜", "生气", "害怕", "喜", "怒", "哀", "惧", "一般", "联通", "镕"),
    *("驚訝", "厭惡", "恐懼", "憤怒", "歡樂", "悲傷"),
]


@PROPERTY
@given(st.lists(st.sampled_from(CHINESE), min_size=1, max_size=8), st.sampled_from(["\n", ",", ";", "\t", " "]))
def test_chinese_words_are_known_wherever_they_are_not_utf8(words: list[str], between: str) -> None:
    text = f"file{between}emo{between}" + between.join(words) + "\n"
    data = text.encode("gbk")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        assert chinese_text(data) == text


def test_every_character_of_gb2312_is_known_unless_it_is_utf8() -> None:
    num_known = 0
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            data = bytes([row, cell])
            try:
                expected = data.decode("gb2312")
            except UnicodeDecodeError:
                continue
            try:
                data.decode("utf-8")
            except UnicodeDecodeError:
                num_known += 1
                assert chinese_text(b"emo\n" + data + b"\n") == f"emo\n{expected}\n"
    # 6,763 characters, less those of the rows C2 to DF whose second byte is below C0.
    assert num_known == 6763 - 30 * 31
