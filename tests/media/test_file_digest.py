"""The digest of a file: of what it holds, as ffprobe lists it, and never of where or when."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io.media import FileDigest, file_digest
from emos_io.media.opening import OpenOptions, OpenSource
from oracle import clips

EDGE = 65_536
KEY, DISCARD, CORRUPT = 1, 2, 8
LETTERS = {"K": KEY, "D": DISCARD, "C": CORRUPT}


def long_clip() -> Path:
    """Over three times the edges that are hashed."""
    words = "-f lavfi -i testsrc2=s=160x120:r=25:d=8 -f lavfi -i sine=d=8 -c:v libx264 -preset ultrafast -g 50 -bf 2 -c:a aac"
    return clips.make(words.split(), ".mkv")


def probed(path: Path) -> list[tuple[int, Fraction, list[tuple[int, int, int]]]]:
    """Streams with their time base, and pts, size and flags of each packet, as ffprobe says."""
    words = ["ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries"]
    streams = subprocess.run([*words, "stream=index,time_base", str(path)], capture_output=True, text=True, check=True)
    rows = subprocess.run(
        [*words, "packet=stream_index,pts,size,flags", str(path)], capture_output=True, text=True, check=True
    )
    found = {}
    for line in streams.stdout.split():
        index, base = line.strip(",").split(",")
        found[int(index)] = (Fraction(base), list[tuple[int, int, int]]())
    for line in rows.stdout.split():
        index, pts, size, flags = line.strip(",").split(",")[:4]
        found[int(index)][1].append((int(pts), int(size), sum(LETTERS.get(letter, 0) for letter in flags)))
    return [(index, *found[index]) for index in sorted(found)]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_packets_are_those_that_ffprobe_lists(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    words = [
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-i",
        str(long_clip()),
        "-c",
        "copy",
        "-movflags",
        "+faststart",
        str(path),
    ]
    subprocess.run(words, check=True)
    opened = OpenSource(path, OpenOptions(), None)
    data = opened.reader().packet_bytes()
    opened.close()
    expected = b""
    for stream, base, packets in probed(path):
        expected += struct.pack("<QiiQ", stream, base.numerator, base.denominator, len(packets))
        expected += b"".join(struct.pack("<qIB", *packet) for packet in packets)
    # What no other packet needs, ffprobe 5.1 does not say.
    assert data == expected or without_disposable(data, expected)


def without_disposable(data: bytes, expected: bytes) -> bool:
    disposable = 4
    differing = [n for n in range(len(expected)) if data[n] != expected[n]]
    return len(data) == len(expected) and all(data[n] ^ expected[n] == disposable for n in differing)


def test_a_copy_elsewhere_and_at_another_time_is_the_same(tmp_path: Path) -> None:
    original = long_clip()
    copy = tmp_path / "another name"
    shutil.copy(original, copy)
    os.utime(copy, (1, 1))
    found = file_digest(str(copy))
    assert found == file_digest(str(original))
    assert found is not None
    assert found.size == original.stat().st_size
    assert len(found.digest) == 32


@pytest.mark.parametrize("at", [100, EDGE - 1, -EDGE, -1])
def test_a_bit_of_the_first_or_last_64_kib_changes_it(at: int, tmp_path: Path) -> None:
    data = bytearray(long_clip().read_bytes())
    assert len(data) > 3 * EDGE
    data[at] ^= 1
    path = tmp_path / "a.mkv"
    path.write_bytes(data)
    assert file_digest(str(path)) != file_digest(str(long_clip()))


def test_other_packets_change_it(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-i", long_clip(), "-c", "copy", "-ss", "0.5", path], check=True
    )
    assert file_digest(str(path)) != file_digest(str(long_clip()))


def test_files_that_are_no_media_have_one_without_packets(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"text")
    parts = [b"4", b"", b"text", b"text"]
    text = b"emos media 1\n" + b"".join(b"%d\n%b" % (len(part), part) for part in parts)
    assert file_digest(str(path)) == FileDigest(4, hashlib.sha256(text).hexdigest()[:32])
    path.write_bytes(b"")
    assert file_digest(str(path)) is not None


def test_what_is_no_file_has_none(tmp_path: Path) -> None:
    assert file_digest(str(tmp_path / "nosuch")) is None
    assert file_digest(str(tmp_path)) is None
    # Opening a pipe would wait for its writer.
    os.mkfifo(tmp_path / "pipe")
    assert file_digest(str(tmp_path / "pipe")) is None
    assert file_digest("a\0b") is None
