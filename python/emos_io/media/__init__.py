"""Opening media and reading frames, samples and windows; the only place that imports the compiled core."""

from .._core import cpu_flags, decoders, libraries
from .frames import VideoFrames
from .metadata import AudioTrack, Metadata, Timeline, Track, VideoTrack
from .reader import Media
from .samples import AudioSamples
from .windows import Window

__all__ = [
    "AudioSamples",
    "AudioTrack",
    "Media",
    "Metadata",
    "Timeline",
    "Track",
    "VideoFrames",
    "VideoTrack",
    "Window",
    "cpu_flags",
    "decoders",
    "libraries",
]
