"""Opening media and reading frames, samples and windows; the only part that imports the compiled core."""

from .._core import cpu_flags, decoders, libraries
from .arguments import Box, DimensionOrder, Fit, OnError, Roi, Size
from .frames import VideoFrames
from .metadata import AudioTrack, Metadata, Timeline, Track, VideoTrack
from .reader import Media
from .samples import AudioSamples
from .sources import BinaryFile, ByteArray, ByteBuffer, Source
from .timing import NOPTS, FrameTicks, FrameTimes
from .windows import Window, WindowMemory, WindowStream

__all__ = [
    "NOPTS",
    "AudioSamples",
    "AudioTrack",
    "BinaryFile",
    "Box",
    "ByteArray",
    "ByteBuffer",
    "DimensionOrder",
    "Fit",
    "FrameTicks",
    "FrameTimes",
    "Media",
    "Metadata",
    "OnError",
    "Roi",
    "Size",
    "Source",
    "Timeline",
    "Track",
    "VideoFrames",
    "VideoTrack",
    "Window",
    "WindowMemory",
    "WindowStream",
    "cpu_flags",
    "decoders",
    "libraries",
]
