"""One small clip for every codec, rate and container that ffmpeg can write here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from . import clips

Claim = Literal["exact", "opus", "none"]
"""How the track compares with one linear decode by the same libraries.

exact: bit for bit. opus: within `OPUS_TOLERANCE`. none: decoders of this codec remember all of the past (noise
substitution, prediction, dither), so only our own windows agree with each other.
"""

OPUS_TOLERANCE = 2.0**-16
"""Opus forgets its past only in the limit; one second of pre-roll leaves less than this."""


@dataclass(frozen=True)
class CodedAudio:
    """A codec with its options, in a container."""

    name: str
    arguments: str
    suffix: str
    claim: Claim = "exact"
    rate: int = 44_100
    channels: int = 2
    seconds: int = 14

    def make(self) -> Path:
        """Encode a glide with noise and pauses: no two places sound alike."""
        tones = [
            f"(0.3*sin(2*PI*(150+{40 + 9 * c}*t)*t)+0.15*(random({c})-0.5))*(0.15+lt(mod(t+{c}*0.21,1.3),0.9))"
            for c in range(self.channels)
        ]
        source = f"aevalsrc='{'|'.join(tones)}':s={self.rate}:d={self.seconds}"
        return clips.make(["-f", "lavfi", "-i", source, *self.arguments.split()], self.suffix)


def _opus(milliseconds: str, suffix: str = ".ogg") -> CodedAudio:
    arguments = f"-c:a libopus -b:a 32k -frame_duration {milliseconds}"
    return CodedAudio(f"opus_{milliseconds}ms{suffix}", arguments, suffix, "opus", 48_000, 1, 26)


COPIED = "-c:a libmp3lame -b:a"
CODED: tuple[CodedAudio, ...] = (
    *(
        CodedAudio(f"{codec}.wav", f"-c:a {codec}", ".wav")
        for codec in ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le")
    ),
    CodedAudio("pcm_mulaw_8k.wav", "-c:a pcm_mulaw", ".wav", rate=8_000, channels=1),
    CodedAudio("pcm_s16le.mov", "-c:a pcm_s16le", ".mov", rate=48_000),
    CodedAudio("pcm_s16le.mkv", "-c:a pcm_s16le", ".mkv"),
    CodedAudio("pcm_s16le.avi", "-c:a pcm_s16le", ".avi", rate=22_050),
    CodedAudio("flac.flac", "-c:a flac", ".flac"),
    CodedAudio("flac.mkv", "-c:a flac", ".mkv", rate=48_000),
    CodedAudio("flac.mp4", "-c:a flac -strict -2", ".mp4"),
    CodedAudio("flac.ogg", "-c:a flac", ".ogg", channels=1),
    CodedAudio("alac.m4a", "-c:a alac", ".m4a"),
    CodedAudio("alac.mkv", "-c:a alac", ".mkv"),
    CodedAudio("adpcm_ima.wav", "-c:a adpcm_ima_wav", ".wav"),
    CodedAudio("adpcm_ms.wav", "-c:a adpcm_ms", ".wav", channels=1),
    CodedAudio("mp2.mp2", "-c:a mp2 -b:a 128k", ".mp2"),
    CodedAudio("mp2.ts", "-c:a mp2 -b:a 192k", ".ts", rate=48_000),
    CodedAudio("mp2.mkv", "-c:a mp2 -b:a 64k", ".mkv", channels=1),
    CodedAudio("mp2.mpg", "-c:a mp2 -b:a 128k", ".mpg"),
    CodedAudio("mp3_16k_mono_16kHz.mp3", f"{COPIED} 16k", ".mp3", rate=16_000, channels=1),
    CodedAudio("mp3_32k_mono.mp3", f"{COPIED} 32k", ".mp3", channels=1),
    CodedAudio("mp3_64k.mp3", f"{COPIED} 64k", ".mp3"),
    CodedAudio("mp3_320k.mp3", f"{COPIED} 320k", ".mp3"),
    CodedAudio("mp3_vbr.mp3", "-c:a libmp3lame -q:a 5", ".mp3"),
    CodedAudio("mp3_no_header.mp3", f"{COPIED} 64k -write_xing 0 -id3v2_version 0", ".mp3"),
    CodedAudio("mp3_64k.mp4", f"{COPIED} 64k", ".mp4"),
    CodedAudio("mp3_32k_mono.mkv", f"{COPIED} 32k", ".mkv", channels=1),
    CodedAudio("mp3_64k.flv", f"{COPIED} 64k", ".flv"),
    CodedAudio("mp3_64k.avi", f"{COPIED} 64k", ".avi"),
    CodedAudio("mp3_32k_mono.ts", f"{COPIED} 32k", ".ts", rate=48_000, channels=1),
    CodedAudio("vorbis.ogg", "-c:a libvorbis -q:a 3", ".ogg"),
    CodedAudio("vorbis.webm", "-c:a libvorbis -q:a 3", ".webm", rate=48_000, channels=1),
    CodedAudio("vorbis_22k.mkv", "-c:a libvorbis -q:a 1", ".mkv", rate=22_050),
    *(_opus(milliseconds) for milliseconds in ("2.5", "5", "10", "20", "40", "60")),
    *(_opus("20", suffix) for suffix in (".webm", ".mkv", ".mp4", ".ts")),
    CodedAudio("aac.m4a", "-c:a aac -aac_pns 0 -b:a 96k", ".m4a"),
    CodedAudio("aac_fragmented.mp4", "-c:a aac -aac_pns 0 -movflags frag_keyframe+empty_moov", ".mp4"),
    CodedAudio("aac.mkv", "-c:a aac -aac_pns 0 -b:a 48k", ".mkv", channels=1),
    CodedAudio("aac.ts", "-c:a aac -aac_pns 0 -b:a 96k", ".ts"),
    CodedAudio("aac.flv", "-c:a aac -aac_pns 0 -b:a 96k", ".flv"),
    CodedAudio("aac.aac", "-c:a aac -aac_pns 0 -b:a 96k", ".aac", rate=16_000, channels=1),
    CodedAudio("aac_5_1.mp4", "-c:a aac -aac_pns 0 -b:a 256k -ac 6", ".mp4", rate=48_000, channels=6),
    CodedAudio("aac_pns.m4a", "-c:a aac -b:a 64k", ".m4a", "none"),
    CodedAudio("aac_main.m4a", "-c:a aac -aac_pns 0 -profile:a aac_main -b:a 64k", ".m4a", "none"),
    CodedAudio("ac3.ac3", "-c:a ac3 -b:a 128k", ".ac3", "none", 48_000),
    CodedAudio("ac3.mkv", "-c:a ac3 -b:a 128k", ".mkv", "none", 48_000),
    CodedAudio("eac3.mp4", "-c:a eac3 -b:a 128k", ".mp4", "none", 48_000),
    CodedAudio("wmav2.wma", "-c:a wmav2 -b:a 64k -f asf", ".wma", "none"),
    CodedAudio("speex.ogg", "-c:a libspeex", ".ogg", "none", 16_000, 1, 26),
    CodedAudio("g722.wav", "-c:a g722", ".wav", "none", 16_000, 1),
    CodedAudio("wavpack.wv", "-c:a wavpack", ".wv", "exact"),
    CodedAudio("tta.tta", "-c:a tta", ".tta", "exact"),
)
