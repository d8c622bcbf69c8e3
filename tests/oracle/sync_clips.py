"""Clips that flash and click at each full second, in every container, rate, order and codec that ffmpeg muxes."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from .clips import make

SECONDS = 6
FLASHES = tuple(range(1, SECONDS))
"""When a clip flashes and clicks, in seconds of its source."""


@dataclass(frozen=True)
class Muxer:
    """How ffmpeg writes one kind of container."""

    suffix: str
    options: tuple[str, ...] = ()
    video: str = "h264"


_FRAGMENTS = "frag_keyframe+empty_moov"

MUXERS = {
    "mp4": Muxer(".mp4"),
    "mp4-no-edits": Muxer(".mp4", ("-use_editlist", "0")),
    "mp4-fragments": Muxer(".mp4", ("-movflags", _FRAGMENTS)),
    "mp4-fragments-base": Muxer(".mp4", ("-movflags", f"{_FRAGMENTS}+default_base_moof")),
    "mp4-fragments-separate": Muxer(".mp4", ("-movflags", f"{_FRAGMENTS}+separate_moof")),
    "mp4-fragments-edits": Muxer(".mp4", ("-movflags", "frag_keyframe+delay_moov")),
    "mp4-fragments-short": Muxer(".mp4", ("-movflags", "empty_moov+default_base_moof", "-frag_duration", "300000")),
    "mp4-fragments-cmaf": Muxer(".mp4", ("-movflags", f"{_FRAGMENTS}+default_base_moof+negative_cts_offsets")),
    "mov": Muxer(".mov"),
    "mov-no-edits": Muxer(".mov", ("-use_editlist", "0")),
    "mov-fragments": Muxer(".mov", ("-movflags", _FRAGMENTS)),
    "mkv": Muxer(".mkv"),
    "webm": Muxer(".webm", video="vp9"),
    "ts": Muxer(".ts"),
    "flv": Muxer(".flv"),
    "avi": Muxer(".avi"),
    "asf": Muxer(".asf"),
}
"""The containers, and in the family of MP4 the ways of writing them."""

FRAME_RATES = (24, 25, 30, 50, 60)
B_FRAMES = (0, 1, 2, 3)
"""B-frames between two others; of 3 the one in the middle is referred to, so that frames wait for two others."""
AUDIO = {"aac": "aac", "opus": "libopus", "mp3": "libmp3lame", "ac3": "ac3", "pcm": "pcm_s16le"}
"""Codecs by name, and ffmpeg's encoders."""
SAMPLE_RATES = (48_000, 44_100)


@dataclass(frozen=True)
class SyncClip:
    """One combination."""

    container: str
    fps: int
    b_frames: int
    audio: str
    rate: int

    def __str__(self) -> str:
        return f"{self.container}-{self.fps}fps-{self.b_frames}b-{self.audio}-{self.rate}"

    def arguments(self) -> list[str]:
        """ffmpeg's words, without the file that it writes."""
        muxer = MUXERS[self.container]
        # Flashes last 0.1 s and begin with the frame of their second, whose time may be a rounded float.
        flash = "drawbox=c=white:t=fill:enable='gte(t,0.99)*lt(mod(t+0.001,1),0.1)'"
        click = "if(gte(t,0.9999)*lt(mod(t+0.000001,1),0.02),0.8*sin(2*PI*1000*t),0)"
        words = ["-f", "lavfi", "-i", f"color=black:s=48x32:r={self.fps}:d={SECONDS},{flash}"]
        words += ["-f", "lavfi", "-i", f"aevalsrc='{click}':s={self.rate}:d={SECONDS}", "-pix_fmt", "yuv420p"]
        # Keyframes 1.2 s apart: flashes stand on frames of every kind, and not at the head of fragments.
        words += _encoder(muxer.video, self.b_frames, self.fps * 6 // 5)
        return [*words, "-c:a", AUDIO[self.audio], *muxer.options]

    def make(self) -> Path:
        """The clip, made once."""
        return make(self.arguments(), MUXERS[self.container].suffix)

    def is_refused(self, folder: Path) -> bool:
        """Whether ffmpeg does not write the clip, or ffprobe does not know the audio in what it wrote."""
        out = folder / f"refused{MUXERS[self.container].suffix}"
        words = ["ffmpeg", "-v", "error", "-nostdin", "-y", *self.arguments(), "-t", "1", str(out)]
        if subprocess.run(words, capture_output=True, check=False).returncode != 0:
            return True
        words = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", str(out)]
        kinds = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
        return "audio" not in kinds


def _encoder(codec: str, b_frames: int, spacing: int) -> list[str]:
    if codec == "vp9":
        return ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", str(spacing)]
    pyramid = "normal" if b_frames == 3 else "none"
    options = f"keyint={spacing}:scenecut=0:b-adapt=0:b-pyramid={pyramid}"
    return ["-c:v", "libx264", "-preset", "ultrafast", "-bf", str(b_frames), "-x264-params", options]


def every_clip() -> list[SyncClip]:
    """The whole product, with combinations that ffmpeg refuses, without those that do not exist.

    WebM holds VP8, VP9 and AV1, which have no B-frames; Opus has one clock, of 48 kHz.
    """
    product = itertools.product(MUXERS, FRAME_RATES, B_FRAMES, AUDIO, SAMPLE_RATES)
    clips = [SyncClip(*values) for values in product]
    return [
        clip
        for clip in clips
        if not (clip.b_frames and MUXERS[clip.container].video == "vp9")
        and not (clip.audio == "opus" and clip.rate != 48_000)
    ]


def covering(clips: Sequence[SyncClip], together: Iterable[tuple[int, ...]]) -> list[SyncClip]:
    """Clips, chosen one by one, that have all values which some clip has in each group of fields."""
    numbers: dict[tuple[object, ...], int] = {}
    rows: list[int] = []
    groups = list(together)
    for clip in clips:
        values = astuple(clip)
        keys = [(group, *(values[field] for field in group)) for group in groups]
        rows.append(sum(1 << numbers.setdefault(key, len(numbers)) for key in keys))
    left = (1 << len(numbers)) - 1
    chosen: list[SyncClip] = []
    while left:
        best = max(range(len(rows)), key=lambda index: (rows[index] & left).bit_count())
        left &= ~rows[best]
        chosen.append(clips[best])
    return chosen
