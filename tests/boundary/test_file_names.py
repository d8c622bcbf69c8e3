"""Files of any name that the system allows: opened, named in errors on one printable line, and reopened elsewhere."""

from __future__ import annotations

import io
import json
import logging
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io import EmosError, InvalidArgument, Media, SourceNotFound, SourceUnreadable, Span, TimeOutOfRange
from emos_io.errors import escaped, quoted, unescaped
from emos_io.pipes import VideoSpec, WindowLoader
from emos_io.plan import WindowPlan
from oracle.refusals import refusal_of

NAMES = {
    b"x\xff.mov": r"x\xff.mov",
    b"\x80\xc3\x28\xe4.mov": r"\x80\xc3(\xe4.mov",
    b"two\nlines.mov": r"two\nlines.mov",
    b"\"quotes' and \\x41.mov": r"\"quotes' and \\x41.mov",
    b"\x1b[31mred\x07\x7f.mov": r"\u001b[31mred\u0007\u007f.mov",
    b" two  spaces .mov": " two  spaces .mov",
    "\u4e2d\u6587\u3000e\u0301\U0001f600.mov".encode(): "\u4e2d\u6587\u3000e\u0301\U0001f600.mov",
    "\u2028\u202e\u0085\U000e0041.mov".encode(): r"\u2028\u202e\u0085\udb40\udc41.mov",
    b"-.mov": "-.mov",
    b"%s{0}.mov": "%s{0}.mov",
    b"http:": "http:",
    b"y" * 255: "y" * 255,
}
"""Names, and what stands for them in errors."""


class Named:
    """A path of bytes."""

    def __init__(self, path: Path) -> None:
        self.path = os.fsencode(path)

    def __fspath__(self) -> bytes:
        return self.path


@pytest.fixture(params=NAMES, ids=[repr(name)[2:20] for name in NAMES])
def odd(request: pytest.FixtureRequest, tmp_path: Path, counting_clip: Callable[..., Path]) -> Path:
    path = tmp_path / os.fsdecode(request.param)
    shutil.copyfile(counting_clip(seconds=2), path)
    return path


def is_one_line(text: str) -> bool:
    """Whether a strict terminal of UTF-8 prints a text as one line and nothing else."""
    text.encode()
    return len(text.splitlines()) == 1 and not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text)


def test_every_form_of_a_path_opens_and_is_named(odd: Path) -> None:
    text, printed = str(odd), NAMES[os.fsencode(odd.name)]
    with open(os.fsencode(odd), "rb") as named_by_bytes, odd.open("rb") as named_by_text:  # noqa: PTH123
        for source in (text, odd, Named(odd), named_by_bytes, named_by_text):
            media = Media(source)
            assert media.metadata.path == text and media.frames_by_index([3]).valid.all()
            with pytest.raises(TimeOutOfRange) as raised:
                media.frames_played_at([99])
            assert str(raised.value).endswith(f'/{printed}"') and is_one_line(str(raised.value))
            assert raised.value.path == text
            copied = pickle.loads(pickle.dumps(raised.value))
            assert (str(copied), copied.path) == (str(raised.value), text)
            assert is_one_line(repr(media)) and is_one_line(repr(media.metadata))


def test_a_pickled_media_keeps_its_name(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = odd.name
    monkeypatch.chdir(odd.parent)
    media = Media(name)
    data = pickle.dumps(media)
    monkeypatch.chdir("/")
    again = pickle.loads(data)
    assert again.metadata == media.metadata and again.metadata.path == name
    with pytest.raises(TimeOutOfRange) as raised:
        again.frames_played_at([99])
    assert raised.value.path == name


def test_indexes_serve_files_of_any_name(tmp_path: Path, media_path: Callable[[str], Path]) -> None:
    path = tmp_path / os.fsdecode(b"\xfe\n.mkv")
    shutil.copyfile(media_path("made/remux.mkv"), path)
    index = Media(Named(path)).save_index()
    again = Media(Named(path), index=index)
    assert again.metadata.index_source == "saved" and again.frames_by_index([0], size=(8, 8)).valid.all()
    os.utime(path, (1, 1))
    with pytest.raises(EmosError) as raised:
        Media(Named(path), index=index)
    assert raised.value.path == str(path) and is_one_line(str(raised.value))


def test_missing_and_wrong_files_are_named(odd: Path) -> None:
    printed = NAMES[os.fsencode(odd.name)]
    odd.write_bytes(b"no film" * 9)
    with pytest.raises(SourceUnreadable) as wrong:
        Media(Named(odd))
    odd.unlink()
    with pytest.raises(SourceNotFound) as missing:
        Media(Named(odd))
    for raised in (wrong, missing):
        assert str(raised.value).endswith(f'/{printed}"') and is_one_line(str(raised.value))
        assert raised.value.path == str(odd)


def test_messages_of_ffmpeg_name_their_file(
    tmp_path: Path, media_path: Callable[[str], Path], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / os.fsdecode(b"\xfd\n\x1b.mp4")
    data = bytearray(media_path("made/base_en_grid_30s.mp4").read_bytes())
    for at in range(len(data) // 3, len(data) // 2, 997):
        data[at] ^= 0xFF
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING, "emos_io.ffmpeg"):
        Media(Named(path), on_error="mask").frames_in(Span(0, 30), size=(8, 8))
    messages = [record.getMessage() for record in caplog.records]
    assert messages and all(message.endswith(r'/\xfd\n\u001b.mp4"') for message in messages)
    assert all(map(is_one_line, messages))


@pytest.mark.parametrize("name", ["\ud800.mp4", "x\udfff"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    assert refusal_of(lambda: Media(name)).startswith("source must be a path in the encoding of the file system, got ")


def test_empty_names_zero_bytes_and_long_names_are_refused() -> None:
    assert refusal_of(lambda: Media("a\0b")).startswith("source must be a path without a zero byte")
    assert refusal_of(lambda: Media(Named(Path("a\0b")))).startswith("source must be a path without a zero byte")
    assert refusal_of(lambda: Media("")).startswith("source must be a path, bytes or a binary file object")
    with pytest.raises(SourceUnreadable, match="too long"):
        Media("y" * 256)


def test_bytes_are_a_film_and_no_path(tmp_path: Path, counting_clip: Callable[..., Path]) -> None:
    path = counting_clip(seconds=2)
    assert Media(path.read_bytes()).metadata.path.endswith(" bytes>")
    with pytest.raises(SourceUnreadable):
        Media(os.fsencode(path))


def test_file_objects_of_odd_names_are_named(counting_clip: Callable[..., Path]) -> None:
    class File(io.BytesIO):
        name: object

    for name, path in {b"\xff": "\udcff", "a\n": "a\n", "\ud83d\udcff": None, 3: "<File>", None: "<File>"}.items():
        file = File(counting_clip(seconds=2).read_bytes())
        file.name = name
        media = Media(file)
        with pytest.raises(TimeOutOfRange) as raised:
            media.frames_played_at([99])
        assert is_one_line(str(raised.value))
        if path is not None:
            assert media.metadata.path == path == raised.value.path


@given(st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name))
def test_escaped_names_are_one_line_and_come_back(name: bytes) -> None:
    text = os.fsdecode(name)
    printed = escaped(text)
    assert (
        unescaped(printed) == text
        and quoted(text) == f'"{printed}"'
        and escaped(Named(Path(text))) == escaped(Path(text))
    )
    assert is_one_line(printed) or not printed.strip()


@given(st.text(st.characters(categories=["L", "N", "P", "S", "M"], exclude_characters='"\\'), min_size=1))
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert escaped(name) == name


def emos(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "emos_io", *arguments],
        capture_output=True, check=False, timeout=120, env={**os.environ, **environment},
    )  # fmt: skip


CHINESE = "\u4e2d\u6587\u3000e\u0301\U0001f600.mov".encode()


@pytest.mark.command
@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        (b"x\xff.mov", "utf-8"),
        (b"x\xff.mov", "utf-8:surrogateescape"),
        (b"two\nlines.mov", "utf-8"),
        (b" two  spaces .mov", "utf-8"),
        (CHINESE, "ascii"),
        (CHINESE, "latin-1"),
    ],
    ids=repr,
)
def test_the_command_line_prints_any_name(
    name: bytes, encoding: str, tmp_path: Path, counting_clip: Callable[..., Path]
) -> None:
    path, printed = tmp_path / os.fsdecode(name), NAMES[name]
    shutil.copyfile(counting_clip(seconds=2), path)
    charset = encoding.partition(":")[0]
    done = emos("probe", "--json", str(path), PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.decode(charset).splitlines()
    assert json.loads(line)["path"] == str(path)
    table = emos("probe", str(path), PYTHONIOENCODING=encoding, COLUMNS="1000")
    assert table.returncode == 0, table.stderr
    in_charset = printed.encode(charset, "backslashreplace")
    assert table.stdout.splitlines()[0].startswith(os.fsencode(tmp_path) + b"/" + in_charset + b": mov")
    missing = emos("probe", f"{path}.no", PYTHONIOENCODING=encoding)
    assert missing.returncode == 3
    assert missing.stderr == (
        b'emos: there is no such file; check the path: "' + os.fsencode(tmp_path) + b"/" + in_charset + b'.no"\n'
    )


def test_plans_and_loaders_carry_any_name(tmp_path: Path, counting_clip: Callable[..., Path]) -> None:
    paths = [tmp_path / os.fsdecode(name) for name in (b"x\xff.mov", b"two\nlines.mov")]
    for path in paths:
        shutil.copyfile(counting_clip(seconds=2), path)
    plan = WindowPlan([Media(Named(path)) for path in paths], 1, 1, order="shuffle", num_lanes=2)
    assert pickle.loads(pickle.dumps(plan)).fingerprint == plan.fingerprint
    video = VideoSpec(2, (8, 8))
    with WindowLoader(plan, video=video, audio=None) as loader:
        keys = {key for batch in loader for key in batch.keys if key}
    assert keys == {plan.window(index).key for index in range(len(plan))} and len(keys) == 4
    for path in paths:
        path.unlink()
    with WindowLoader(plan, video=video, audio=None, on_error="mask") as loader:
        assert not any(bool(batch.valid.any()) for batch in loader)
        lines = loader.issues.lines
    assert len(lines) == 4 and {line.key for line in lines} == keys
    assert all(map(is_one_line, map(str, lines)))
    with WindowLoader(plan, video=video, audio=None) as loader, pytest.raises(SourceNotFound) as raised:
        list(loader)
    assert is_one_line(str(raised.value)) and raised.value.path in [str(path) for path in paths]


def test_unescaped_errors_of_text_are_still_errors() -> None:
    """An error whose name holds every escape keeps its text and its path through a pickle."""
    name = "\udcff\n"
    error = InvalidArgument(f"x must be y, got z; do w: {quoted(name)}", path=name, span=Span(0, 1))
    again = pickle.loads(pickle.dumps(error))
    assert (again.args, again.path, again.span) == (error.args, error.path, error.span)
