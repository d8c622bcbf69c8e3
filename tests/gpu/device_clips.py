"""Small clips for the GPU path: what a device decodes, and one of each kind that it must not decode."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import av

from oracle import clips
from oracle.remember import build_folder

WIDTH, HEIGHT, FPS, GOP = 96, 64, 25, 10
NUM_FRAMES = 60
IVF_HEADER, IVF_FRAME_HEADER = 32, 12
"""Bytes before the first frame, and before each: its size and its time."""
SAMPLE_ENTRY_SIZE = 28
"""Bytes from the type of a sample entry of mp4 to its width and height, of two bytes each."""
LONG_FRAMES = 1_100
"""More than a device decodes of a GOP."""

_BARS = f"testsrc2=s={WIDTH}x{HEIGHT}:r={FPS}:d={NUM_FRAMES / FPS}"
_TONE = f"sine=frequency=300:sample_rate=16000:duration={NUM_FRAMES / FPS}"
_VP9 = ("-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "20", "-cpu-used", "8", "-g", str(GOP), "-threads", "1")
# Smooth with this seed, not saturated, and none of its levels clips in another matrix: what differs is the matrix.
_SMOOTH = (
    "gradients=s=192x128:r=25:d=1:c0=0xa05040:c1=0x4060a0:c2=0x50a060:c3=0xa09050:nb_colors=4:x0=0:y0=0:x1=192:y1=128"
    ":speed=0.05:seed=7"
)


def _clip(source: str, *words: str, suffix: str = ".mkv") -> Path:
    return clips.make(["-f", "lavfi", "-i", source, *words], suffix)


@cache
def full_chroma() -> Path:
    """VP9 in 4:4:4, which all paths convert alike, with audio; a keyframe each `GOP` frames."""
    audio = ["-f", "lavfi", "-i", _TONE]
    return clips.make(["-f", "lavfi", "-i", _BARS, *audio, *_VP9, "-pix_fmt", "yuv444p", "-c:a", "pcm_s16le"], ".mkv")


@cache
def rotated(degrees: int) -> Path:
    """The same without audio in mp4, to be rotated for display."""
    plain = _clip(_BARS, *_VP9, "-pix_fmt", "yuv444p", suffix=".mp4")
    return clips.make(["-i", str(plain), "-c", "copy", "-metadata:s:v", f"rotate={degrees}"], ".mp4")


@cache
def edited() -> Path:
    """A copy of the frames from 0.7 s on, in mp4: an edit list hides those from the keyframe to there."""
    return clips.make(
        ["-ss", "0.7", "-i", str(_clip(_BARS, *_VP9, "-pix_fmt", "yuv444p", suffix=".mp4")), "-c", "copy"], ".mp4"
    )


@cache
def colored(matrix: str, color_range: str, pixels: str = "yuv420p") -> Path:
    """Smooth colours, coded in a matrix and a range, and tagged with them; an empty matrix is BT.601 without a tag."""
    scale = f"scale=out_color_matrix={matrix or 'bt601'}:out_range={color_range}:flags=accurate_rnd,format={pixels}"
    tags = ["-colorspace", matrix] if matrix else []
    return _clip(_SMOOTH, "-vf", scale, *tags, "-color_range", color_range, *_VP9)


@cache
def faded() -> Path:
    """One GOP of colours in BT.709 that begins and ends with black, which is the same in all matrices."""
    fades = "fade=in:0:10,fade=out:14:10,scale=out_color_matrix=bt709:flags=accurate_rnd,format=yuv444p"
    return _clip(_SMOOTH, "-vf", fades, "-colorspace", "bt709", *_VP9, "-g", "999")


@cache
def grey() -> Path:
    """Frames without colour, tagged as BT.709: no matrix changes them."""
    return _clip(f"{_BARS},hue=s=0,format=yuv420p", "-colorspace", "bt709", *_VP9)


@cache
def resized() -> Path:
    """VP9 whose second part is smaller, under the header of the first."""
    first = _clip(f"testsrc2=s={WIDTH}x{HEIGHT}:r={FPS}:d=0.8", *_VP9, "-pix_fmt", "yuv444p")
    second = _clip(f"testsrc2=s={WIDTH // 2}x{HEIGHT // 2}:r={FPS}:d=0.8", *_VP9, "-pix_fmt", "yuv444p")
    names = build_folder() / "clips" / "resized.txt"
    names.write_text(f"file '{first}'\nfile '{second}'\n")
    return clips.make(["-f", "concat", "-safe", "0", "-i", str(names), "-c", "copy"], ".mkv")


@cache
def deep() -> Path:
    """VP9 with 10 bits."""
    return _clip(_BARS, *_VP9, "-pix_fmt", "yuv420p10le")


@cache
def with_alpha() -> Path:
    """VP9 whose frames have alpha."""
    return _clip(f"{_BARS},format=yuva420p", *_VP9, "-auto-alt-ref", "0", suffix=".webm")


@cache
def h264() -> Path:
    """What DALI's CPU backend does not decode."""
    return _clip(_BARS, "-c:v", "libx264", "-preset", "ultrafast", "-g", str(GOP), "-pix_fmt", "yuv420p", suffix=".mp4")


@cache
def interlaced() -> Path:
    """MJPEG whose container says that its frames are interlaced."""
    return _clip(_BARS, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-field_order", "tt", suffix=".mkv")


@cache
def long_gop() -> Path:
    """One keyframe, and more frames after it than a device decodes of a GOP."""
    words = [
        "-c:v",
        "libvpx-vp9",
        "-b:v",
        "20k",
        "-cpu-used",
        "8",
        "-deadline",
        "realtime",
        "-g",
        "9999",
        "-threads",
        "1",
    ]
    return _clip(f"testsrc2=s=32x32:r=50:d={LONG_FRAMES / 50}", *words, "-lag-in-frames", "0", "-pix_fmt", "yuv420p")


@cache
def _tables_first() -> Path:
    """4:4:4 VP9 in mp4 whose tables stand before the frames."""
    plain = _clip(_BARS, *_VP9, "-pix_fmt", "yuv444p", suffix=".mp4")
    return clips.make(["-i", str(plain), "-c", "copy", "-movflags", "+faststart"], ".mp4")


def empty(folder: Path) -> Path:
    """A fragmented mp4 that ends before its first frame, and whose header says no size."""
    words = [*_VP9, "-pix_fmt", "yuv444p", "-movflags", "frag_keyframe+empty_moov"]
    data = bytearray(_clip(_BARS, *words, suffix=".mp4").read_bytes())
    size = data.index(b"vp09", data.index(b"stsd")) + SAMPLE_ENTRY_SIZE
    data[size : size + 4] = bytes(4)
    path = folder / "empty.mp4"
    path.write_bytes(data[: data.index(b"moof") - 4])
    return path


def disordered(folder: Path) -> Path:
    """4:4:4 VP9 in ivf whose times exchange the fourth and the seventh frame of each GOP."""
    source = _clip(_BARS, *_VP9, "-lag-in-frames", "0", "-pix_fmt", "yuv444p", suffix=".ivf").read_bytes()
    packets, position = [], IVF_HEADER
    while position < len(source):
        end = position + IVF_FRAME_HEADER + int.from_bytes(source[position : position + 4], "little")
        packets.append(source[position:end])
        position = end
    moved = {3: 3, 6: -3}
    times = [number + moved.get(number % GOP, 0) for number in range(len(packets))]
    path = folder / "disordered.ivf"
    written = (each[:4] + time.to_bytes(8, "little") + each[12:] for each, time in zip(packets, times, strict=True))
    path.write_bytes(source[:IVF_HEADER] + b"".join(written))
    return path


def cut_off(folder: Path) -> Path:
    """A file that ends within a frame, though its tables have those after it."""
    data = _tables_first().read_bytes()
    path = folder / "cut off.mp4"
    path.write_bytes(data[: len(data) * 3 // 4])
    return path


def noisy(folder: Path, packets: slice = slice(2 * GOP + 2, 2 * GOP + 3)) -> Path:
    """A file with noise in packets, of which the container says nothing; else in the third frame of its third GOP."""
    source = _tables_first()
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        for packet in [each for each in container.demux(video=0) if each.size][packets]:
            assert packet.pos is not None
            data[packet.pos : packet.pos + packet.size] = bytes(255 - index % 256 for index in range(packet.size))
    path = folder / "noisy.mp4"
    path.write_bytes(data)
    return path
