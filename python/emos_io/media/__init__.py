"""Opening media and reading frames, samples and windows; the only part that imports the compiled core."""

import logging

from .._core import cpu_flags, decoders, libraries
from .arguments import Box, DimensionOrder, Fit, OnError, Roi, Size
from .backend import DeviceFrames, DeviceStats, FrameBackend, FrameSession, GopCounts, check_device
from .device_arrays import DeviceArray
from .digest import FileDigest, file_digest
from .frames import FrameFormat, VideoFrames
from .gop_source import GopSource
from .gops import CodecData, FieldOrder, FrameLayout, GopAmounts, GopPackets, Orientation
from .lengths import measure, media_duration
from .metadata import AudioTrack, Metadata, Timeline, Track, VideoTrack
from .reader import Media
from .samples import AudioSamples
from .sources import BinaryFile, ByteArray, ByteBuffer, Source
from .timing import NOPTS, FrameTicks, FrameTimes
from .windows import Window, WindowMemory, WindowStream

# FFmpeg's messages are for whoever listens to "emos_io.ffmpeg"; nobody else hears them.
logging.getLogger("emos_io").addHandler(logging.NullHandler())

__all__ = [
    "NOPTS",
    "AudioSamples",
    "AudioTrack",
    "BinaryFile",
    "Box",
    "ByteArray",
    "ByteBuffer",
    "CodecData",
    "DeviceArray",
    "DeviceFrames",
    "DeviceStats",
    "DimensionOrder",
    "FieldOrder",
    "FileDigest",
    "Fit",
    "FrameBackend",
    "FrameFormat",
    "FrameLayout",
    "FrameSession",
    "FrameTicks",
    "FrameTimes",
    "GopAmounts",
    "GopCounts",
    "GopPackets",
    "GopSource",
    "Media",
    "Metadata",
    "OnError",
    "Orientation",
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
    "check_device",
    "cpu_flags",
    "decoders",
    "file_digest",
    "libraries",
    "measure",
    "media_duration",
]
