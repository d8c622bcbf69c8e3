"""Files that Media opens are seen in a folder, with frames or audio as their suffix says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from emos_io import Media
from emos_io.corpus.media_names.suffixes import AUDIO_SUFFIXES, MEDIA_SUFFIXES, VIDEO_SUFFIXES, split_suffix

H264 = ("-c:v", "mpeg4", "-c:a", "aac")
MPEG = ("-c:v", "mpeg2video", "-c:a", "mp2")
# Suffixes of video, and how the ffmpeg command line writes such a file.
VIDEO = {
    ".mp4": H264, ".m4v": ("-c:v", "mpeg4", "-f", "mp4"), ".mov": H264, ".qt": (*H264, "-f", "mov"), ".mkv": H264,
    ".mk3d": (*H264, "-f", "matroska"), ".webm": ("-c:v", "libvpx", "-c:a", "libvorbis"), ".avi": H264,
    ".divx": (*H264, "-f", "avi"), ".mpg": MPEG, ".mpeg": MPEG, ".mpe": (*MPEG, "-f", "mpeg"), ".vob": MPEG,
    ".m1v": ("-c:v", "mpeg1video", "-an"), ".m2v": ("-c:v", "mpeg2video", "-an"), ".ts": MPEG, ".m2t": MPEG, ".m2ts": MPEG,
    ".mts": MPEG, ".flv": ("-c:v", "flv1", "-c:a", "adpcm_swf", "-ar", "44100"), ".f4v": ("-c:v", "libx264"),
    ".wmv": (), ".asf": (),
    ".3gp": H264, ".3g2": H264, ".ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"), ".ismv": H264,
    ".mxf": ("-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-ar", "48000"),
    ".nut": H264, ".y4m": ("-an", "-pix_fmt", "yuv420p"), ".gif": ("-an",),
    ".mjpg": ("-c:v", "mjpeg", "-an", "-f", "mjpeg"), ".rm": ("-c:v", "rv20", "-c:a", "ac3"), ".ivf": ("-c:v", "libvpx", "-an"),
    ".dv": ("-target", "pal-dv"),
}  # fmt: skip
AUDIO = {
    ".wav": (), ".wave": ("-f", "wav"), ".w64": (), ".rf64": ("-f", "wav", "-rf64", "always"), ".mp3": (), ".mp2": (),
    ".m4a": (), ".m4b": ("-f", "ipod"), ".m4r": ("-f", "ipod"), ".aac": (), ".adts": (), ".flac": (),
    ".ogg": ("-c:a", "libvorbis"), ".oga": ("-c:a", "libvorbis"), ".opus": (), ".wma": (), ".aiff": (), ".aif": (),
    ".aifc": (), ".au": (), ".snd": ("-f", "au"), ".caf": (), ".mka": (), ".weba": ("-c:a", "libopus", "-f", "webm"),
    ".ac3": (), ".eac3": (), ".wv": (), ".tta": (), ".voc": (), ".spx": ("-c:a", "libspeex", "-ar", "16000"),
}  # fmt: skip


@pytest.mark.parametrize("suffix", [*VIDEO, *AUDIO])
def test_media_opens_what_the_folder_sees(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    # 720 x 576 at 25 frames a second is the only size that DV has.
    size = "720x576" if suffix == ".dv" else "176x144"
    frames = ["-f", "lavfi", "-i", f"testsrc=size={size}:rate=25:duration=1"] if suffix in VIDEO else []
    words = [*frames, "-f", "lavfi", "-i", "sine=duration=1:sample_rate=48000", *(VIDEO | AUDIO)[suffix], str(path)]
    made = subprocess.run(["ffmpeg", "-v", "error", "-y", *words], capture_output=True, text=True, check=False)
    if made.returncode and "Unknown encoder" in made.stderr:
        pytest.skip(f"this ffmpeg has no encoder for {suffix}")
    assert made.returncode == 0, made.stderr
    media = Media(path)
    assert (media.metadata.video is not None, suffix in VIDEO_SUFFIXES) == (suffix in VIDEO, suffix in VIDEO)
    assert suffix in MEDIA_SUFFIXES and (media.metadata.audio is not None or "-an" in words)


# Demuxers of everyday formats; ffmpeg says which suffixes each has.
DEMUXERS = ("mov", "matroska", "avi", "flac", "mp3", "aac", "ogg", "ac3", "eac3", "h264", "hevc", "obu", "nut", "mpc", "shn",
            "tak", "tta", "oma", "nistsphere", "yuv4mpegpipe", "mjpeg", "dv", "ape", "truehd", "mlp", "dts")  # fmt: skip
OTHER = {
    "psp", "isma", "avif", "mks", "ism", "mpo", "h26l", "avc", "dif", "apl", "mac", "omg", "ts", "m2a",
}  # fmt: skip
"""Suffixes of images, of subtitles, and of formats of game consoles and tapes, which nobody annotates."""


def test_suffixes_that_ffmpeg_gives_to_everyday_formats() -> None:
    missing: set[str] = set()
    for demuxer in DEMUXERS:
        text = subprocess.run(
            ["ffmpeg", "-v", "error", "-h", f"demuxer={demuxer}"], capture_output=True, text=True, check=True
        ).stdout
        common = re.search(r"Common extensions: (.*)\.", text)
        missing |= set(common[1].split(",")) - OTHER if common else set()
    assert not {each for each in missing if f".{each}" not in MEDIA_SUFFIXES}


def test_suffixes_are_written_alike_and_once() -> None:
    assert not VIDEO_SUFFIXES & AUDIO_SUFFIXES
    assert all(re.fullmatch(r"\.[a-z0-9]+", each) for each in MEDIA_SUFFIXES)


@pytest.mark.parametrize("name", ["notes.txt", "a.eaf", "a.srt", "a.tsx", "README", "a.mp4.part", "a.mp", ".mp4", "a."])
def test_other_suffixes_are_not_cut(name: str) -> None:
    assert split_suffix(name) == (name, "")
