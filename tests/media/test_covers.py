"""A cover is a stream without a trak box: wherever it stands, tables are read, and the tracks are the same."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from emos_io import Media, Span
from oracle import clips, ffprobe
from oracle.remember import build_folder

pytestmark = pytest.mark.reference

FRAMES = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=2"]
TONE = ["-f", "lavfi", "-i", "sine=sample_rate=44100:duration=2"]
COVERS = ["-f", "lavfi", "-i", "color=green:size=320x240:duration=0.04:rate=25"]
CODED = ["-c:v:0", "libx264", "-bf:v:0", "2", "-g:v:0", "12", "-c:a", "aac"]
CHAPTERS = ";FFMETADATA1\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1\nSTART={start}\nEND={start + 1}\ntitle={start}\n" for start in range(2)
)
ONE = ["-map", "0", "-map", "1", "-map", "2", *CODED, "-c:v:1", "mjpeg", "-disposition:v:1", "attached_pic"]
TWO = [*ONE, "-map", "2", "-c:v:2", "png", "-disposition:v:2", "attached_pic"]
FORMS: dict[str, tuple[list[str], str]] = {
    "one cover": (ONE, ".mp4"),
    "two covers": (TWO, ".mp4"),
    "chapters": ([*ONE, "-map_chapters", "3"], ".mp4"),
    "chapters and a timecode": ([*ONE, "-map_chapters", "3", "-timecode", "01:00:00:00"], ".mp4"),
    "negative offsets": ([*ONE, "-movflags", "negative_cts_offsets"], ".mp4"),
    "book": (
        ["-map", "1", "-map", "2", "-c:a", "aac", "-c:v", "mjpeg", "-disposition:v:0", "attached_pic", "-map_chapters", "3"],
        ".m4b",
    ),
}  # fmt: skip


def boxes(data: bytes, start: int = 0) -> list[tuple[bytes, bytes]]:
    """The boxes from an offset on, each with its header."""
    found, at = [], start
    while at + 8 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at : at + size]))
        at += size
    return found


def with_covers_first(path: Path, out: Path) -> Path:
    """The same file, of which the box that holds the covers stands before the trak boxes."""
    written = b""
    for kind, box in boxes(path.read_bytes()):
        if kind == b"moov":
            inner = boxes(box, 8)
            moved = [body for name, body in inner if name == b"udta"]
            before = [body for name, body in inner if name == b"mvhd"]
            rest = [body for name, body in inner if name not in (b"udta", b"mvhd")]
            written += box[:8] + b"".join([*before, *moved, *rest])
        else:
            written += box
    out.write_bytes(written)
    return out


@pytest.mark.parametrize("form", FORMS)
def test_a_cover_before_the_tracks_costs_no_scan(form: str, tmp_path: Path) -> None:
    arguments, suffix = FORMS[form]
    chapters = build_folder() / "chapters.txt"
    chapters.parent.mkdir(parents=True, exist_ok=True)
    chapters.write_text(CHAPTERS)
    inputs = [*FRAMES, *TONE, *COVERS, "-f", "ffmetadata", "-i", str(chapters)]
    last = clips.make([*inputs, *arguments, "-t", "2"], suffix)
    first = with_covers_first(last, tmp_path / f"first{suffix}")
    assert ffprobe.streams(first)[0].attached_pic and not ffprobe.streams(last)[0].attached_pic
    before, after = Media(first), Media(last)
    assert before.metadata.index_source == after.metadata.index_source == "tables"
    assert before.metadata.warnings == after.metadata.warnings == ()
    span = Span(0, after.metadata.duration)
    assert np.array_equal(before.samples_in(span).data, after.samples_in(span).data)
    if after.metadata.video is not None:
        assert before.metadata.video is not None and before.metadata.video.codec == "h264"
        assert np.array_equal(before.frames_in(span).data, after.frames_in(span).data)
        assert np.array_equal(before.timeline.pts, after.timeline.pts)
