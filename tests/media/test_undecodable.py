"""Tracks that have packets and give nothing: raised or marked, named in a warning, and chosen last."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emos_io import DecodeError, Media, Span, UnsupportedCodec
from oracle import clips, encrypted, ffmpeg_audio, ffprobe

pytestmark = pytest.mark.reference

FRAMES = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=2"]
TONE = ["-f", "lavfi", "-i", "sine=sample_rate=44100:duration=2"]
NOISE = ["-f", "lavfi", "-i", "anoisesrc=sample_rate=44100:duration=2:seed=1"]
LANGUAGES = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=eng"]


def h264_aac(suffix: str, *options: str) -> Path:
    return clips.make([*FRAMES, *TONE, "-c:v", "libx264", "-g", "12", "-c:a", "aac", *options], suffix)


def mjpeg_pcm(suffix: str, *options: str) -> Path:
    return clips.make([*FRAMES, *TONE, "-c:v", "mjpeg", "-c:a", "pcm_s16le", *options], suffix)


def patched(source: Path, out: Path, old: bytes, new: bytes, *, count: int = -1) -> Path:
    data = source.read_bytes()
    assert old in data
    out.write_bytes(data.replace(old, new, count))
    return out


def gives_nothing(path: Path, kind: str, error: type[Exception], why: str) -> None:
    """Whatever is asked of a track raises, or all of it is marked, and a warning names the track and the reason."""
    strict, masked = Media(path), Media(path, on_error="mask")
    track = next(track for track in masked.metadata.tracks if track.kind == kind)
    calls: list[Callable[[], object]] = [
        lambda: list(strict.windows(length=1, fps=4, size=(8, 8), sample_rate=8_000, num_channels=1)),
        lambda: strict.window(Span(0, 1), fps=4, size=(8, 8), sample_rate=8_000, num_channels=1),
    ]
    if kind == "audio":
        calls += [
            lambda: strict.samples_in(Span(0, 1)),
            lambda: strict.samples_in(Span(50, 51), sample_rate=8_000, num_channels=1),
        ]
        samples = masked.samples_in(Span(0, 1), sample_rate=8_000, num_channels=1)
        assert samples.data.shape == (1, 8_000) and not samples.data.any()
        assert not samples.valid.any() and samples.damaged
    else:
        calls += [
            lambda: strict.frames_played_at([1], size=(8, 8)),
            lambda: strict.frames_by_index([0], size=(8, 8)),
            lambda: strict.frames_in(Span(0, 1), fps=4, size=(8, 8)),
            lambda: strict.frames_in(Span(50, 51), fps=4, size=(8, 8)),
        ]
        frames = masked.frames_in(Span(0, 1), fps=4, size=(8, 8))
        assert frames.data.shape == (4, 8, 8, 3) and not frames.data.any()
        assert not frames.valid.any() and frames.damaged.all()
    for call in calls:
        with pytest.raises(error, match=rf"track \d .*gives nothing, since {why}; .*: \"{path}\""):
            call()
    start = f"{kind} track {track.index} ("
    (warning,) = [each for each in masked.metadata.warnings if each.startswith(start)]
    assert f"gives nothing: {why}" in warning and "\n" not in warning


@pytest.mark.parametrize(
    ("source", "suffix", "options"),
    [
        (h264_aac, ".mp4", ["-c", "copy"]),
        (h264_aac, ".mp4", ["-c", "copy", "-movflags", "frag_keyframe+empty_moov"]),
        (h264_aac, ".mov", ["-c:v", "copy", "-c:a", "pcm_s16le"]),
        (h264_aac, ".mp4", ["-c:v", "copy", "-c:a", "alac"]),
    ],
    ids=["mp4", "fragmented", "mov of pcm", "mp4 of alac"],
)
def test_common_encryption_is_named(source: Callable[[str], Path], suffix: str, options: list[str]) -> None:
    path = encrypted.encrypted(source(".mp4"), suffix, *options)
    for kind in ("video", "audio"):
        gives_nothing(path, kind, UnsupportedCodec, "it is encrypted")


def test_what_ffmpeg_decrypts_is_the_same_track_in_clear() -> None:
    clear = h264_aac(".mp4")
    path = encrypted.encrypted(clear, ".mp4", "-c", "copy")
    decrypted = clips.make(["-decryption_key", encrypted.KEY, "-i", str(path), "-map", "0", "-c", "copy"], ".mp4")
    assert Media(decrypted).metadata.warnings == ()
    ours = Media(decrypted).samples_in(Span(0, 1)).data
    assert np.array_equal(ours, Media(clear).samples_in(Span(0, 1)).data)


def test_encryption_of_matroska_is_named(tmp_path: Path) -> None:
    path = encrypted.content_encrypted(h264_aac(".mkv"), tmp_path / "both.mkv", kinds={1, 2})
    for kind in ("video", "audio"):
        gives_nothing(path, kind, UnsupportedCodec, "it is encrypted")
    half = encrypted.content_encrypted(h264_aac(".mkv"), tmp_path / "half.mkv", kinds={encrypted.AUDIO})
    gives_nothing(half, "audio", UnsupportedCodec, "it is encrypted")
    assert Media(half).frames_by_index([0]).valid.all()


def test_rights_management_of_asf_is_named(tmp_path: Path) -> None:
    clip = clips.make([*FRAMES, *TONE, "-c:v", "msmpeg4v3", "-c:a", "wmav2"], ".asf")
    path = encrypted.managed(clip, tmp_path / "managed.asf")
    for kind in ("video", "audio"):
        gives_nothing(path, kind, UnsupportedCodec, "it is encrypted")


def test_a_scrambled_stream_of_mpeg_ts_is_named(tmp_path: Path) -> None:
    clip = h264_aac(".ts")
    path = encrypted.scrambled(clip, tmp_path / "both.ts", pids={0x100, 0x101})
    for kind in ("video", "audio"):
        gives_nothing(path, kind, UnsupportedCodec, "it is encrypted")
    half = encrypted.scrambled(clip, tmp_path / "audio.ts", pids={0x101})
    gives_nothing(half, "audio", UnsupportedCodec, "it is encrypted")
    assert Media(half).frames_by_index([0]).valid.all()
    late = clip.stat().st_size // encrypted.TS_PACKET // 2
    partly = Media(encrypted.scrambled(clip, tmp_path / "partly.ts", pids={0x101}, from_packet=late))
    assert any("track 1 are scrambled" in warning for warning in partly.metadata.warnings)
    assert partly.samples_in(Span(0, "1/2")).valid.all()


def test_a_codec_without_decoder_is_named(tmp_path: Path) -> None:
    mov = mjpeg_pcm(".mov")
    audio = patched(mov, tmp_path / "audio.mov", b"sowt", b"apac")
    gives_nothing(audio, "audio", UnsupportedCodec, "this FFmpeg has no decoder for it")
    assert "audio track 1 (apac) gives nothing: this FFmpeg has no decoder for it" in Media(audio).metadata.warnings
    video = patched(mov, tmp_path / "video.mov", b"jpeg", b"zzzz")
    gives_nothing(video, "video", UnsupportedCodec, "this FFmpeg has no decoder for it")
    matroska = patched(mjpeg_pcm(".mkv"), tmp_path / "audio.mkv", b"A_PCM/INT/LIT", b"A_XYZ/INT/LIT")
    gives_nothing(matroska, "audio", UnsupportedCodec, "this FFmpeg has no decoder for it")
    avi = patched(mjpeg_pcm(".avi"), tmp_path / "video.avi", b"MJPG", b"QQQQ")
    gives_nothing(avi, "video", UnsupportedCodec, "this FFmpeg has no decoder for it")


def test_a_track_without_decoder_lasts_as_long_as_its_packets(tmp_path: Path) -> None:
    path = patched(clips.make([*TONE, "-c:a", "alac"], ".m4a"), tmp_path / "alone.m4a", b"alac", b"apac")
    media = Media(path, on_error="mask")
    assert media.metadata.duration == 2
    assert [window.audio is not None and window.audio.damaged for window in media.windows(length=1)] == [True, True]


def test_packets_of_which_nothing_comes_are_an_error(tmp_path: Path) -> None:
    data = bytearray(h264_aac(".mp4", "-movflags", "faststart").read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = random.Random(0).randbytes(len(data) - start)
    path = tmp_path / "noise.mp4"
    path.write_bytes(data)
    for kind in ("video", "audio"):
        gives_nothing(path, kind, DecodeError, "none of its packets can be decoded")


def test_a_damaged_start_and_end_leave_the_middle(tmp_path: Path) -> None:
    clip = clips.make([*TONE, "-c:a", "aac", "-aac_pns", "0"], ".m4a")
    data, packets = bytearray(clip.read_bytes()), ffprobe.ask(clip, "-show_packets")["packets"]
    assert len(packets) > 60
    for packet in [*packets[:20], *packets[-20:]]:
        at, size = int(packet["pos"]), int(packet["size"])
        data[at : at + size] = b"\xff" * size
    path = tmp_path / "middle.m4a"
    path.write_bytes(data)
    media = Media(path)
    assert not any("gives nothing" in warning for warning in media.metadata.warnings)
    ours, theirs = media.samples_in(Span("0.8", "1.2")), ffmpeg_audio.samples(clip)
    assert ours.valid.all() and np.array_equal(ours.data, theirs[:, ours.first_sample : ours.first_sample + 17_640])
    with pytest.raises(DecodeError, match="audio in"):
        media.samples_in(Span(0, "0.2"))


def test_the_best_track_that_can_be_decoded_is_read(tmp_path: Path) -> None:
    two = clips.make(
        [
            *[*FRAMES, *TONE, *NOISE, "-map", "0", "-map", "1", "-map", "2", "-c:v", "mjpeg"],
            *["-c:a:0", "pcm_s24le", "-c:a:1", "pcm_s16le", *LANGUAGES, "-disposition:a:0", "default"],
        ],
        ".mov",
    )
    assert [stream.kind for stream in ffprobe.streams(two)] == ["video", "audio", "audio"]
    clear = Media(two).metadata.audio
    assert clear is not None and clear.index == 1
    path = patched(two, tmp_path / "first.mov", b"in24", b"apac")
    media = Media(path)
    assert media.metadata.audio is not None and media.metadata.audio.index == 2
    assert np.array_equal(media.samples_in(Span(0, 1)).data, Media(two, audio=2).samples_in(Span(0, 1)).data)
    assert len(media.metadata.warnings) == 1
    spoken = Media(path, audio="eng").metadata.audio
    assert spoken is not None and spoken.index == 2
    with pytest.raises(UnsupportedCodec, match="choose audio track 2 \\(pcm_s16le\\)"):
        Media(path, audio=1).samples_in(Span(0, 1))
    none = Media(patched(path, tmp_path / "none.mov", b"sowt", b"apac"))
    assert none.metadata.audio is not None and none.metadata.audio.index == 1 and len(none.metadata.warnings) == 2
    with pytest.raises(UnsupportedCodec, match="no audio track can be decoded"):
        none.samples_in(Span(0, 1))


@pytest.mark.parametrize("old", [b"jpeg", b"png "], ids=["no decoder", "nothing comes"])
def test_the_best_video_track_that_can_be_decoded_is_read(tmp_path: Path, old: bytes) -> None:
    two = clips.make(
        [
            *[*FRAMES, *FRAMES, "-map", "0", "-map", "1", "-c:v:0", "mjpeg" if old == b"jpeg" else "png"],
            *["-c:v:1", "qtrle", "-disposition:v:0", "default"],
        ],
        ".mov",
    )
    first = Media(two).metadata.video
    assert first is not None and first.index == 0
    new = b"zzzz" if old == b"jpeg" else b"jpeg"
    media = Media(patched(two, tmp_path / "second.mov", old, new))
    assert media.metadata.video is not None and media.metadata.video.index == 1
    expected = Media(two, video=1).frames_by_index([0, 30, -1])
    assert np.array_equal(media.frames_by_index([0, 30, -1]).data, expected.data)


def test_a_saved_index_says_the_same(tmp_path: Path) -> None:
    noise = bytearray(h264_aac(".mp4", "-movflags", "faststart").read_bytes())
    noise[noise.index(b"mdat") + 4 :] = bytes(len(noise) - noise.index(b"mdat") - 4)
    (tmp_path / "zeros.mp4").write_bytes(noise)
    paths = [tmp_path / "zeros.mp4", encrypted.encrypted(h264_aac(".mp4"), ".mp4", "-c", "copy")]
    for path in [*paths, patched(mjpeg_pcm(".mkv"), tmp_path / "a.mkv", b"A_PCM/INT/LIT", b"A_XYZ/INT/LIT")]:
        first = Media(path)
        again = Media(path, index=first.save_index())
        assert again.metadata.index_source == "saved"
        assert again.metadata.warnings == first.metadata.warnings != ()
        with pytest.raises((UnsupportedCodec, DecodeError)):
            again.samples_in(Span(0, 1))


def test_probe_prints_the_warning(tmp_path: Path) -> None:
    path = patched(mjpeg_pcm(".mov"), tmp_path / "audio.mov", b"sowt", b"apac")
    command = [sys.executable, "-m", "emos_io", "probe", str(path), "--json"]
    printed = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert printed["warnings"] == ["audio track 1 (apac) gives nothing: this FFmpeg has no decoder for it"]
