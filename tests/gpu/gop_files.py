"""Small files of each codec in each container, and their GOPs as the core gives them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emos_io import Media
from emos_io.gpu.bitstreams import prepare
from emos_io.gpu.matroska import write_matroska
from emos_io.media import CodecData, GopPackets
from emos_io.media.core_gops import CoreGops
from emos_io.media.opening import OpenOptions, OpenSource
from oracle import clips
from oracle.remember import build_folder

NUM_FRAMES, GOP = 50, 20
_SOURCE = f"testsrc2=s=96x80:r=25:d={NUM_FRAMES / 25}"

ENCODERS = {
    "h264": f"-c:v libx264 -preset ultrafast -g {GOP} -bf 0",
    "h264-reordered": f"-c:v libx264 -preset veryfast -g {GOP} -bf 3 -x264-params open-gop=1:b-pyramid=normal:scenecut=0",
    "hevc": f"-c:v libx265 -preset ultrafast -x265-params keyint={GOP}:open-gop=0:log-level=error:pools=1",
    "hevc-reordered": f"-c:v libx265 -preset fast -x265-params keyint={GOP}:bframes=3:open-gop=1:log-level=error:pools=1",
    "av1": f"-c:v libaom-av1 -cpu-used 8 -g {GOP} -lag-in-frames 12 -crf 50",
    "vp8": f"-c:v libvpx -cpu-used 8 -b:v 200k -g {GOP} -lag-in-frames 0",
    "vp8-hidden": f"-c:v libvpx -cpu-used 2 -b:v 60k -g {2 * GOP} -lag-in-frames 16 -auto-alt-ref 1 -arnr-maxframes 7",
    "vp9": f"-c:v libvpx-vp9 -cpu-used 8 -b:v 200k -g {GOP} -lag-in-frames 0",
    "vp9-hidden": f"-c:v libvpx-vp9 -cpu-used 2 -b:v 60k -g {2 * GOP} -lag-in-frames 20 -auto-alt-ref 1",
    "mjpeg": "-c:v mjpeg -q:v 8 -pix_fmt yuvj420p",
    "mpeg4": f"-c:v mpeg4 -q:v 6 -g {GOP}",
    "mpeg4-reordered": f"-c:v mpeg4 -q:v 6 -g {GOP} -bf 2",
}
"""ffmpeg's words for each way of coding."""
ENCODERS |= {f"{codec}-small": f"-vf scale=64:48 {ENCODERS[codec]}" for codec in ("h264", "hevc")}

CONTAINERS = {
    "h264": ("mp4", "mkv", "mov", "flv", "ts", "avi", "h264"),
    "h264-reordered": ("mp4", "mkv", "ts", "h264"),
    "hevc": ("mp4", "mkv", "ts", "hevc"),
    "hevc-reordered": ("mp4", "mkv", "ts", "hevc"),
    "av1": ("mp4", "mkv", "webm", "ivf", "obu", "avi"),
    "vp8": ("mkv", "webm", "avi", "ivf"),
    "vp8-hidden": ("webm", "ivf"),
    "vp9": ("mkv", "webm", "mp4", "avi", "ivf"),
    "vp9-hidden": ("webm", "mp4", "ivf"),
    "mjpeg": ("mkv", "mov", "mp4", "avi"),
    "mpeg4": ("mkv", "mp4", "avi", "ts", "m4v"),
    "mpeg4-reordered": ("mkv", "mp4", "avi", "ts"),
}
"""Those of ffmpeg that take the codec."""

_FILTERS = {
    ("h264", "avi"): ("-bsf:v", "h264_mp4toannexb"),
    ("mpeg4", "ts"): ("-bsf:v", "dump_extra"),
    ("mpeg4-reordered", "ts"): ("-bsf:v", "dump_extra"),
}
"""What brings headers into the packets, where ffmpeg does not do so of itself."""

CASES = [(coding, container) for coding, containers in CONTAINERS.items() for container in containers]


@cache
def encoded(coding: str) -> Path:
    """Return the Matroska file of which the files of a coding are copies."""
    words = ["-f", "lavfi", "-i", _SOURCE, "-pix_fmt", "yuv420p", "-threads", "1", *ENCODERS[coding].split()]
    if coding.endswith("hidden"):
        # Only with what a first pass found does libvpx make hidden frames of so short a clip.
        log = str(build_folder() / "clips" / f"passes-of-{coding}")
        clips.make([*words, "-pass", "1", "-passlogfile", log, "-f", "framecrc"], ".txt")
        words += ["-pass", "2", "-passlogfile", log]
    return clips.make(words, ".mkv")


@cache
def file_of(coding: str, container: str) -> Path:
    """Return the file of a coding in a container."""
    source = encoded(coding)
    if container == "mkv":
        return source
    return clips.make(["-i", str(source), "-c", "copy", *_FILTERS.get((coding, container), ())], f".{container}")


def gops_of(path: Path) -> Iterator[tuple[GopPackets, CodecData]]:
    """Yield the GOPs of a file, and the codec data of its track."""
    opened = OpenSource(path, OpenOptions(), None)
    source = CoreGops(opened.reader, opened.name)
    for gop in range(len(source.amounts.num_frames)):
        yield source.packets(gop), source.codec_data


def mini_file(packets: GopPackets, codec: CodecData) -> bytes:
    """Return a GOP as a Matroska file."""
    return write_matroska(*prepare(packets, codec))


def frames_of(data: bytes, count: int) -> npt.NDArray[np.uint8]:
    """Return the first frames of a file in memory, as our own reader decodes them."""
    with Media(io.BytesIO(data)) as media:
        return media.frames_by_index(range(count)).data


def num_frames_of(data: bytes) -> int:
    """Return how many frames our own reader counts in a file in memory."""
    with Media(io.BytesIO(data)) as media:
        assert media.metadata.video is not None
        return media.metadata.video.num_frames


def made_gop(packets: list[bytes], codec: str, *, extradata: bytes = b"") -> tuple[GopPackets, CodecData]:
    """Return packets as a GOP without reordering, of a track of 64 x 48 pixels."""
    ranks = tuple(range(len(packets)))
    keys = tuple(rank == 0 for rank in ranks)
    gop = GopPackets(tuple(packets), ranks, keys, np.arange(len(packets)))
    return gop, CodecData(codec, extradata, 64, 48, "yuv420p", 8, (1, 1))
