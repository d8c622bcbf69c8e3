"""The clips on which pre-rolls are measured: every codec that ffmpeg writes here, and HE-AAC from `tests/golden`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"


@dataclass(frozen=True)
class Clip:
    """What ffmpeg makes a file from: a glide with noise and pauses, or copies of a coded file one after the other."""

    name: str
    options: str
    suffix: str
    rate: int = 44_100
    channels: int = 2
    copies_of: str | None = None
    seconds: int = 40

    def arguments(self) -> list[str]:
        """Words for ffmpeg, without the output."""
        if self.copies_of is not None:
            copies = "|".join([str(GOLDEN / self.copies_of)] * 24)
            return ["-f", "aac", "-i", f"concat:{copies}", *self.options.split()]
        tones = "|".join(
            f"(0.3*sin(2*PI*(150+{40 + 9 * c}*t)*t)+0.15*(random({c})-0.5))*(0.15+lt(mod(t+{c}*0.21,1.3),0.9))"
            for c in range(self.channels)
        )
        source = f"aevalsrc='{tones}':s={self.rate}:d={self.seconds}"
        return ["-f", "lavfi", "-i", source, *self.options.split()]


@dataclass(frozen=True)
class Row:
    """One line of the table: codecs that have one pre-roll and forget alike."""

    name: str
    clips: tuple[Clip, ...]


_COPY = "-c copy -bsf:a aac_adtstoasc"
_PCM = ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_mulaw", "pcm_alaw")
_MONO = "-ar 16000 -ac 1 -c:a"

ROWS: tuple[Row, ...] = (
    Row("PCM", tuple(Clip(codec, f"-c:a {codec}", ".wav") for codec in _PCM)),
    Row("FLAC, ALAC", (Clip("flac", "-c:a flac", ".flac"), Clip("alac", "-c:a alac", ".m4a"))),
    Row(
        "ADPCM (IMA, MS)",
        (Clip("adpcm_ima_wav", "-c:a adpcm_ima_wav", ".wav"), Clip("adpcm_ms", "-c:a adpcm_ms", ".wav")),
    ),
    Row("ADPCM (QuickTime IMA)", (Clip("adpcm_ima_qt", "-c:a adpcm_ima_qt", ".mov"),)),
    Row(
        "AAC-LC without noise substitution",
        (
            Clip("96 kb/s", "-c:a aac -aac_pns 0 -b:a 96k", ".m4a"),
            Clip("32 kb/s, mono", "-c:a aac -aac_pns 0 -b:a 32k", ".mkv", channels=1),
            Clip("5.1", "-ac 6 -c:a aac -aac_pns 0 -b:a 256k", ".m4a", rate=48_000),
        ),
    ),
    Row("AAC-LC with noise substitution (PNS)", (Clip("64 kb/s", "-c:a aac -b:a 64k", ".m4a"),)),
    Row("AAC Main", (Clip("64 kb/s", "-c:a aac -aac_pns 0 -profile:a aac_main -b:a 64k", ".m4a"),)),
    Row(
        "HE-AAC v1",
        (
            Clip("mp4", _COPY, ".m4a", copies_of="he_aac_v1.aac"),
            Clip("MPEG-TS", "-c copy", ".ts", copies_of="he_aac_v1.aac"),
        ),
    ),
    Row(
        "HE-AAC v2",
        (
            Clip("mp4", _COPY, ".m4a", copies_of="he_aac_v2.aac"),
            Clip("Matroska", _COPY, ".mkv", copies_of="he_aac_v2.aac"),
        ),
    ),
    Row(
        "AAC in LATM",
        (Clip("MPEG-TS", "-c:a aac -aac_pns 0 -mpegts_flags latm", ".ts"),),
    ),
    Row(
        "Vorbis",
        (
            Clip("quality 3", "-c:a libvorbis -q:a 3", ".ogg"),
            Clip("quality -1, mono", "-c:a libvorbis -q:a -1", ".webm", channels=1),
        ),
    ),
    Row(
        "MP2",
        (
            Clip("128 kb/s", "-c:a mp2 -b:a 128k", ".mp2"),
            Clip("48 kb/s, mono", "-c:a mp2 -b:a 48k", ".mkv", channels=1),
        ),
    ),
    Row(
        "MP3",
        (
            Clip("16 kb/s, mono", "-c:a libmp3lame -b:a 16k", ".mp3", rate=16_000, channels=1),
            Clip("32 kb/s, mono", "-c:a libmp3lame -b:a 32k", ".mp3", channels=1),
            Clip("64 kb/s", "-c:a libmp3lame -b:a 64k", ".mp3"),
            Clip("variable", "-c:a libmp3lame -q:a 5", ".mp3"),
            Clip("320 kb/s", "-c:a libmp3lame -b:a 320k", ".mp3"),
        ),
    ),
    Row("AC-3", (Clip("128 kb/s", "-c:a ac3 -b:a 128k", ".ac3", rate=48_000),)),
    Row("E-AC-3", (Clip("128 kb/s", "-c:a eac3 -b:a 128k", ".mp4", rate=48_000),)),
    Row("Speex", (Clip("16 kHz", "-c:a libspeex", ".ogg", rate=16_000, channels=1),)),
    Row(
        "Opus",
        tuple(
            Clip(f"{options}", f"-c:a libopus {options}", ".ogg", rate=48_000, channels=channels)
            for options, channels in (
                ("-b:a 32k -frame_duration 10", 1),
                ("-b:a 32k -frame_duration 20", 1),
                ("-b:a 24k -application voip -frame_duration 60", 1),
                ("-b:a 128k", 2),
            )
        ),
    ),
    Row("WMA", (Clip("wmav1", "-c:a wmav1 -b:a 64k", ".wma"), Clip("wmav2", "-c:a wmav2 -b:a 64k", ".wma"))),
    Row("WavPack, TTA", (Clip("wavpack", "-c:a wavpack", ".wv"), Clip("tta", "-c:a tta", ".tta"))),
    Row("TrueHD", (Clip("truehd", "-c:a truehd -strict -2", ".thd"),)),
    Row("DTS", (Clip("dca", "-ac 2 -c:a dca -strict -2 -b:a 768k", ".dts", rate=48_000),)),
    Row("GSM", (Clip("gsm", "-ar 8000 -ac 1 -c:a libgsm", ".gsm"),)),
    Row("G.722", (Clip("g722", f"{_MONO} g722", ".wav"),)),
    Row("G.726", (Clip("g726", "-ar 8000 -ac 1 -c:a g726", ".wav"),)),
    Row(
        "other ADPCM",
        (
            Clip("adpcm_yamaha", "-c:a adpcm_yamaha", ".wav"),
            Clip("adpcm_swf", "-c:a adpcm_swf", ".flv"),
        ),
    ),
)
