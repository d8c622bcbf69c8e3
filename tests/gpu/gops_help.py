"""Clips of one GOP as packets, made by ffmpeg and read by PyAV, and what their frames are by PyAV."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import numpy.typing as npt

from emos_io.gpu.decoder import ColorChange
from emos_io.gpu.decoders import open_decoder
from emos_io.media import CodecData, FrameLayout, GopPackets, Orientation
from oracle import clips

Array = npt.NDArray[np.uint8]
COUNT, WIDTH, HEIGHT = 20, 96, 64
SAME = FrameLayout((0, 0, WIDTH, HEIGHT), (HEIGHT, WIDTH), (0, 0), (HEIGHT, WIDTH))
"""All of a frame, as it is."""
UPRIGHT = Orientation()


class Gop(NamedTuple):
    packets: GopPackets
    codec: CodecData


@cache
def clip_444() -> Path:
    """VP9 in 4:4:4, one GOP: no chroma is interpolated, so that decoders must agree on every pixel."""
    source = f"testsrc2=s={WIDTH}x{HEIGHT}:r=25:d={COUNT / 25}"
    coded = ["-c:v", "libvpx-vp9", "-pix_fmt", "yuv444p", "-g", "999", "-b:v", "300k", "-threads", "1"]
    return clips.make(["-f", "lavfi", "-i", source, *coded], ".mkv")


@cache
def clip_h264() -> Path:
    source = f"testsrc2=s={WIDTH}x{HEIGHT}:r=25:d={COUNT / 25}"
    return clips.make(["-f", "lavfi", "-i", source, "-c:v", "libx264", "-pix_fmt", "yuv420p"], ".mkv")


def read_gop(path: Path, orientation: Orientation = UPRIGHT) -> Gop:
    """All packets of a file as one GOP."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        packets = [packet for packet in container.demux(stream) if packet.size]
        order = sorted(range(len(packets)), key=lambda index: packets[index].pts or 0)
        ranks = [order.index(index) for index in range(len(packets))]
        codec = CodecData(
            context.name.removeprefix("lib"),
            context.extradata or b"",
            context.width,
            context.height,
            str(context.pix_fmt),
            8,
            (0, 0),
            orientation=orientation,
        )
        gop = GopPackets(
            tuple(bytes(packet) for packet in packets),
            tuple(ranks),
            tuple(packet.is_keyframe for packet in packets),
            np.arange(len(packets), dtype=np.int64),
        )
    return Gop(gop, codec)


@cache
def pyav_frames(path: Path) -> Array:
    """Every frame as RGB, ``[T, H, W, 3]``."""
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def decoded(
    gop: Gop, wanted: Sequence[int], layout: FrameLayout = SAME, color: ColorChange | None = None, count: int = COUNT
) -> Array:
    """What DALI's CPU backend gives; for a child process."""
    frames = open_decoder("dali-cpu").frames(gop.packets, gop.codec, count, wanted, layout, color)
    return np.array(frames)
