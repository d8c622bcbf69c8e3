"""GOPs as packets: those of the demuxer, and a decoder gives for them the frames whose ranks they say."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gop_decoding import decoded, file_hashes, file_packets, open_gops, plane_hash

from emos_io import DecodeError, FrameIndexError, InvalidArgument, Media, NoSuchTrack, SourceChanged, _core
from emos_io.media.core_gops import CoreGops
from emos_io.media.frames import FrameFormat
from emos_io.media.gops import GopPackets
from oracle import catalog, clips, coded_fields, coded_frames, ffprobe
from oracle.coded_frames import CodedFrames

pytestmark = pytest.mark.reference

MAX_GOPS = 6
"""Of a long file, so many GOPs are decoded."""

UNCLEAN = ("h264_intra_refresh.mp4",)
"""Its keyframes, as the container calls them, are frames from which a decoder recovers after some others."""
NEEDS_MORE = ("qtrle.mov", "prores_4444.mov", "ffv1_gbrp_97x83.mkv")
"""What they decode to depends on more than `CodecData`, and no device decodes them."""
UNSTEADY = "mpeg4"
"""The FFmpeg in PyAV gives some B-frames of this codec other pixels from run to run: only their order is compared."""

CODED = [coded for coded in coded_frames.FRAMES if coded.name not in (*UNCLEAN, *NEEDS_MORE)]
DIVIDED = [coded for coded in CODED if coded.name not in ("gif.gif", "xvid_packed.avi")]
"""The demuxer of PyAV divides them as the core does."""

REAL = (
    "talking/en_grid_bbaf2n_3s.mpg",
    "talking/xx_pyfeat_noface_face_6s.mov",
    "torture/exo_roadtrip-vp92-10bit.webm",
    "torture/exo_sample_h265.ts",
    "torture/mb_vp9-alpha-padded-width.webm",
    "made/cut_copy_3p7s_editlist.mp4",
    "made/cut_copy_3p7s_negative_ts.mkv",
    "made/frag_cmaf_video_starting_at_2s.mp4",
    "made/mp3.avi",
    "made/open_gop_cut_leading_b.mkv",
    "made/open_gop_cut_leading_b.ts",
    "made/ts_33bit_wrap_at_8p7s.ts",
    "made/vp8_vorbis.webm",
)


def _some(gops: CoreGops) -> list[int]:
    count = len(gops.amounts.num_frames)
    return sorted({round(at) for at in np.linspace(0, count - 1, min(count, MAX_GOPS))})


def _check_packets(path: Path) -> None:
    """Each GOP has the demuxer's packets from its keyframe on, without leading frames."""
    _, gops = open_gops(path)
    all_packets = file_packets(path)
    # Zeros between the units of a byte stream belong to no unit; versions of FFmpeg leave them at either side of a cut.
    zeros = b"\0" if gops.codec_data.codec == "hevc" and gops.codec_data.extradata[:1] != b"\1" else b""
    file_data = [each.data.strip(zeros) if zeros else each.data for each in all_packets]
    starts = [number for number, packet in enumerate(all_packets) if packet.is_key]
    if starts[0] != 0:
        starts.insert(0, 0)
    assert len(starts) == len(gops.amounts.num_frames)
    for gop, start in enumerate(starts):
        packets = gops.packets(gop)
        assert (len(packets.packets), sum(map(len, packets.packets))) == _amount(gops, gop)
        if not packets.packets:
            continue
        assert packets.starts_clean == packets.keys[0] == all_packets[start].is_key
        later = all_packets[start + 1 :]
        end = len(packets.packets) - 1
        data = [each.strip(zeros) if zeros else each for each in packets.packets]
        assert data[0] == file_data[start]
        # Leading frames follow their keyframe at once.
        after = range(start + 1, len(file_data) + 1)
        leading = next(at for at in after if file_data[at : at + end] == data[1:]) - start - 1
        assert packets.keys[1:] == tuple(each.is_key for each in later[leading : leading + end])
        for number, packet in enumerate(later[: leading + end]):
            if gop and packet.pts is not None and (key_pts := all_packets[start].pts) is not None:
                assert (packet.pts < key_pts) == (number < leading)


def _amount(gops: CoreGops, gop: int) -> tuple[int, int]:
    return int(gops.amounts.num_packets[gop]), int(gops.amounts.num_bytes[gop])


def _check_frames(path: Path, gops_of_file: list[int]) -> None:
    """A decoder gives for the packets exactly the frames that the ranks say."""
    _, gops = open_gops(path)
    expected = file_hashes(path)
    assert int(gops.amounts.num_frames.sum()) == len(expected) == len(Media(path, audio=False).timeline)
    for gop in gops_of_file:
        packets = gops.packets(gop)
        if not packets.packets:
            continue
        frames = decoded(packets, gops.codec_data)
        assert len(frames) == packets.count == sum(rank >= 0 for rank in packets.ranks)
        assert [packets.ranks[int(frame.pts or 0)] for frame in frames] == list(range(packets.count))
        own = [
            (plane_hash(frame), expected[index])
            for frame, index in zip(frames, packets.frames, strict=True)
            if index >= 0
        ]
        assert len(own) == gops.amounts.num_frames[gop]
        if gops.codec_data.codec != UNSTEADY:
            assert [found for found, _ in own] == [wanted for _, wanted in own]


@pytest.mark.parametrize("coded", DIVIDED, ids=lambda coded: coded.name)
def test_packets_of_every_codec_and_container_are_the_demuxers(coded: CodedFrames) -> None:
    _check_packets(coded.make())


@pytest.mark.parametrize(
    "name",
    [*(f"talking/{name}" for name in catalog.TALKING), *(name for name in REAL if not name.startswith("talking/"))],
)
def test_packets_of_real_files_are_the_demuxers(name: str, media_path: Callable[[str], Path]) -> None:
    _check_packets(media_path(name))


@pytest.mark.parametrize("coded", CODED, ids=lambda coded: coded.name)
def test_a_decoder_gives_the_frames_of_the_ranks(coded: CodedFrames) -> None:
    path = coded.make()
    _check_frames(path, list(range(len(open_gops(path)[1].amounts.num_frames))))


@pytest.mark.parametrize("name", REAL)
def test_a_decoder_gives_the_frames_of_the_ranks_of_real_files(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    _check_frames(path, _some(open_gops(path)[1]))


@pytest.mark.parametrize("name", REAL)
def test_each_frame_is_in_one_gop(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    _, gops = open_gops(path)
    count = int(gops.amounts.num_frames.sum())
    numbers = gops.gops_of(np.arange(count))
    assert numbers.dtype == np.int64 and len(numbers) == count
    assert (np.bincount(numbers, minlength=len(gops.amounts.num_frames)) == gops.amounts.num_frames).all()
    for gop in _some(gops):
        frames = gops.packets(gop).frames
        assert frames[frames >= 0].tolist() == np.flatnonzero(numbers == gop).tolist()


def _path_of(name: str) -> Path:
    (coded,) = (each for each in coded_frames.FRAMES if each.name == name)
    return coded.make()


def _all_packets(path: Path) -> list[GopPackets]:
    _, gops = open_gops(path)
    return [gops.packets(gop) for gop in range(len(gops.amounts.num_frames))]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".ts", ".flv", ".h264"])
def test_an_open_gop_ends_with_the_next_keyframe_and_its_leading_frames(suffix: str) -> None:
    packets = _all_packets(_path_of(f"h264_open_gop{suffix}"))
    assert [sum(each.keys) for each in packets] == [2] * (len(packets) - 1) + [1]
    for each in packets[:-1]:
        key = each.keys.index(True, 1)
        # bframes=3
        assert 1 <= len(each.packets) - 1 - key <= 3
        assert each.ranks[key] == each.count - 1 and each.frames[-1] == -1
        assert (each.frames[:-1] >= 0).all()


def _hidden_vp8(folder: Path) -> Path:
    """A clip with hidden frames: libvpx writes them in the second of two passes."""
    source = "-v error -nostdin -f lavfi -i testsrc2=s=160x96:r=25:d=3 -pix_fmt yuv420p"
    options = (
        "-c:v libvpx -threads 1 -b:v 60k -g 50 -lag-in-frames 16 -auto-alt-ref 1 -arnr-maxframes 7 -passlogfile log"
    )
    for ending in ("-pass 1 -f null -", "-pass 2 hidden.webm"):
        subprocess.run(["ffmpeg", *f"{source} {options} {ending}".split()], cwd=folder, check=True, timeout=60)
    return folder / "hidden.webm"


@pytest.mark.parametrize("name", ["vp8", "torture/exo_roadtrip-vp92-10bit.webm", "made/vp9_opus.webm"])
def test_hidden_frames_in_packets_of_their_own_have_no_rank(
    name: str, media_path: Callable[[str], Path], tmp_path: Path
) -> None:
    path = _hidden_vp8(tmp_path) if name == "vp8" else media_path(name)
    has_hidden = name != "made/vp9_opus.webm"
    _check_frames(path, _some(open_gops(path)[1]))
    packets = _all_packets(path)
    printed = ffprobe.ask(path, "-select_streams", "v", "-count_packets", "-count_frames", "-show_streams")["streams"][
        0
    ]
    num_packets, num_frames = int(printed["nb_read_packets"]), int(printed["nb_read_frames"])
    assert (num_packets > num_frames) == has_hidden
    assert sum(len(each.packets) for each in packets) == num_packets
    assert sum(each.count for each in packets) == num_frames
    assert sum(each.ranks.count(-1) for each in packets) == num_packets - num_frames


def test_frames_before_the_start_of_an_edit_list_have_a_rank_and_no_index(media_path: Callable[[str], Path]) -> None:
    path = media_path("made/cut_copy_3p7s_editlist.mp4")
    _, gops = open_gops(path)
    first = gops.packets(0)
    printed = ffprobe.ask(path, "-select_streams", "v", "-show_entries", "packet=flags")["packets"]
    discarded = sum("D" in each["flags"] for each in printed)
    assert discarded > 0 and first.frames[:discarded].tolist() == [-1] * discarded
    assert first.frames[discarded] == 0 and first.count == discarded + int(gops.amounts.num_frames[0])


def test_two_fields_are_two_packets_with_one_rank() -> None:
    raw = coded_fields.write(coded_fields.pairs(24))
    path = clips.make(["-i", str(raw), "-c", "copy"], ".mp4", inputs=[raw])
    packets = _all_packets(path)
    assert all(each.has_fields and each.ranks[1::2] == (-1,) * each.count for each in packets)
    assert sum(each.count for each in packets) == 24
    assert not any(each.has_fields for each in _all_packets(_path_of("h264_gop12_b2.mp4")))


def test_the_gops_of_lost_and_cut_packets_are_damaged(media_path: Callable[[str], Path], tmp_path: Path) -> None:
    assert any(each.is_damaged for each in _all_packets(media_path("made/corrupt_lost_packets.ts")))
    path = _path_of("h264_gop12_b2.mp4")
    uncut = clips.make(["-i", str(path), "-c", "copy", "-movflags", "+faststart"], ".mp4", inputs=[path])
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(uncut.read_bytes()[:-10])
    marks = [[each.is_damaged for each in _all_packets(each_path)] for each_path in (uncut, cut)]
    assert marks == [[False] * len(marks[0]), [False] * (len(marks[0]) - 1) + [True]]
    last = _all_packets(cut)[-1]
    assert [
        len(ours) - len(data) for ours, data in zip(_all_packets(uncut)[-1].packets, last.packets, strict=True)
    ].count(10) == 1


def test_frames_before_the_first_keyframe_begin_unclean() -> None:
    clip = _path_of("mpeg4.mp4")
    cut = clips.make(["-i", str(clip), "-c", "copy", "-copyinkf", "-ss", "0.4"], ".mkv", inputs=[clip])
    first, second = _all_packets(cut)[:2]
    assert first.count > 0 and not first.starts_clean and not any(first.keys[:1])
    assert second.count > 0 and second.starts_clean and second.keys[0]


def test_packets_before_the_first_keyframe_that_give_no_frame_are_in_no_gop(tmp_path: Path) -> None:
    path = _path_of("h264_open_gop.ts")
    packets = ffprobe.ask(path, "-show_entries", "packet=pos")["packets"]
    cut = tmp_path / "cut.ts"
    # The tables of the stream come first, in three packets of 188 bytes; the sixth frame and all later ones are kept.
    cut.write_bytes(path.read_bytes()[: 3 * 188] + path.read_bytes()[int(packets[5]["pos"]) :])
    first, *others = _all_packets(cut)
    assert first.packets == () and first.count == 0
    assert [each.starts_clean for each in others] == [True] * 8


def test_what_headers_say_of_a_track_is_what_ffprobe_prints(media_path: Callable[[str], Path]) -> None:
    looked_at = 0
    for name in (
        *REAL,
        "made/fullrange.mp4",
        "made/interlaced_tff_720x576_sar16_11.mp4",
        "torture/tc_bt709_full_range.mp4",
    ):
        path = media_path(name)
        codec, printed = open_gops(path)[1].codec_data, ffprobe.stream_of(path, "video", None).raw
        assert (codec.codec, codec.width, codec.height) == (printed["codec_name"], printed["width"], printed["height"])
        assert codec.pixel_format == printed["pix_fmt"] and len(codec.extradata) == int(
            printed.get("extradata_size", 0)
        )
        assert codec.bit_depth == int(
            printed.get("bits_per_raw_sample", 0) or ("10le" in codec.pixel_format and 10) or 8
        )
        assert codec.chroma_shift == ((1, 1) if "420" in codec.pixel_format else None)
        assert (codec.color_range, codec.color_matrix) == (printed.get("color_range"), printed.get("color_space"))
        order = printed.get("field_order")
        assert codec.field_order == (order if order in (None, "progressive") else "interlaced")
        assert codec.has_alpha == (printed.get("tags", {}).get("alpha_mode") == "1")
        looked_at += codec.has_alpha + (codec.field_order == "interlaced") + (codec.color_range == "pc")
    assert looked_at >= 3, "files with alpha, with fields and of full range"


def test_the_chroma_grid_is_that_of_stored_frames() -> None:
    shifts = {"yuv420p": (1, 1), "yuv422p": (1, 0), "yuv444p": (0, 0), "yuv422p10le": (1, 0)}
    for pixels, shift in shifts.items():
        codec = open_gops(_path_of(f"libx264_{pixels}_98x82.mkv"))[1].codec_data
        assert (codec.pixel_format, codec.chroma_shift) == (pixels, shift)
        assert codec.bit_depth == (10 if "10" in pixels else 8)


def test_palettes_beside_packets_are_named() -> None:
    path = clips.make(["-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=1", "-c:v", "rawvideo", "-pix_fmt", "pal8"], ".avi")
    assert open_gops(path)[1].codec_data.has_palette
    assert not open_gops(_path_of("rawvideo.avi"))[1].codec_data.has_palette


def test_wrong_numbers_are_named() -> None:
    path = _path_of("h264_gop12_b2.mp4")
    _, gops = open_gops(path)
    count = len(gops.amounts.num_frames)
    with pytest.raises(InvalidArgument, match=f"gop must be below {count}, got {count}; .*{path.name}"):
        gops.packets(count)
    for index in (-1, 100, 2**62):
        with pytest.raises(FrameIndexError, match=rf"indices must be from 0 to 99, got {index}; ") as raised:
            gops.gops_of(np.array([0, index]))
        assert raised.value.index == index and raised.value.path == str(path)
    assert gops.gops_of(np.array([], np.int64)).tolist() == []


def test_a_track_that_gives_nothing_is_an_error_or_damaged(media_path: Callable[[str], Path]) -> None:
    path = media_path("made/open_gop_cut_no_sps_undecodable.ts")
    _, gops = open_gops(path)
    with pytest.raises(DecodeError, match="none of its packets can be decoded"):
        gops.packets(0)
    masked = _core.Reader(("path", os.fsencode(path)), name=str(path), on_error=_core.OnError.MASK)
    assert CoreGops(lambda: masked, str(path)).packets(0).is_damaged


def test_a_source_without_video_or_of_another_state_is_refused(
    media_path: Callable[[str], Path], tmp_path: Path
) -> None:
    path = media_path("made/novideo.flac")
    _, gops = open_gops(path)
    for read in (
        lambda: gops.codec_data,
        lambda: gops.amounts,
        lambda: gops.packets(0),
        lambda: gops.gops_of(np.array([0])),
    ):
        with pytest.raises(NoSuchTrack, match="no video track is chosen, or there is none"):
            read()
    changed = tmp_path / "clip.mp4"
    shutil.copy(_path_of("h264_gop12_b2.mp4"), changed)
    _, gops = open_gops(changed)
    gops.packets(0)
    changed.write_bytes(changed.read_bytes() + b"x")
    with pytest.raises(SourceChanged):
        gops.packets(0)


def test_the_cpu_path_gives_frames_of_a_gop(media_path: Callable[[str], Path]) -> None:
    path = media_path("made/open_gop.mp4")
    _, gops = open_gops(path)
    indices = np.array([60, 3, 3], np.int64)
    format = FrameFormat.checked((32, 48), "pad", None, "TCHW", has_out=False)
    data, valid, damaged = gops.cpu_frames(indices, format)
    expected = Media(path).frames_by_index(indices.tolist(), size=(32, 48), fit="pad")
    assert data.shape == (3, 32, 48, 3) and (data == expected.data).all()
    assert valid.tolist() == [True] * 3 and damaged.tolist() == [False] * 3
    assert repr(gops) == f"CoreGops({str(path)!r})" and gops.name == str(path)
