"""What is wrong with ranks, packets or codecs is an error of ours with DALI's reason, and the next call works."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from gops_help import COUNT, Gop, clip_444, clip_h264, decoded, pyav_frames, read_gop

from emos_io.errors import DecodeError, InvalidArgument
from emos_io.gpu.dali.reasons import reason
from emos_io.media import GopPackets

if TYPE_CHECKING:
    from child import Child


def first_packets(gop: Gop, count: int) -> Gop:
    packets = gop.packets
    return gop._replace(
        packets=GopPackets(packets.packets[:count], packets.ranks[:count], packets.keys[:count], packets.frames[:count])
    )


def with_noise(gop: Gop) -> Gop:
    random = np.random.default_rng(3)
    noise = tuple(random.integers(0, 256, 400, dtype=np.uint8).tobytes() for _ in gop.packets.packets)
    return gop._replace(packets=replace(gop.packets, packets=noise))


def check_next_call(child: Child) -> None:
    np.testing.assert_array_equal(child.run(decoded, read_gop(clip_444()), [6]), pyav_frames(clip_444())[[6]])


@pytest.mark.parametrize("rank", [-1, COUNT, 10**12])
def test_a_rank_without_a_frame_is_an_error_instead_of_black(dali_child: Child, rank: int) -> None:
    with pytest.raises(InvalidArgument) as caught:
        dali_child.run(decoded, read_gop(clip_444()), [0, rank])
    assert str(caught.value).startswith(f"wanted must be numbers of frames in [0, {COUNT}), got {rank};")
    check_next_call(dali_child)


def test_fewer_frames_than_counted_are_an_error(dali_child: Child) -> None:
    truncated = first_packets(read_gop(clip_444()), 12)
    np.testing.assert_array_equal(dali_child.run(decoded, truncated, [11]), pyav_frames(clip_444())[[11]])
    with pytest.raises(DecodeError, match=r"frame index 15 .* with 12 frames"):
        dali_child.run(decoded, truncated, [15])
    check_next_call(dali_child)


def test_noise_is_an_error_of_one_line(dali_child: Child) -> None:
    with pytest.raises(DecodeError) as caught:
        dali_child.run(decoded, with_noise(read_gop(clip_444())), [3])
    text = str(caught.value)
    assert text.startswith("dali-cpu did not decode it (")
    assert "\n" not in text
    assert "pipelines.py" not in text
    assert "C++" not in text
    check_next_call(dali_child)


def test_h264_is_refused_by_the_cpu_backend(dali_child: Child) -> None:
    gop = read_gop(clip_h264())
    assert gop.codec.codec == "h264"
    with pytest.raises(DecodeError, match="dali-cpu has no decoder of h264;"):
        dali_child.run(decoded, gop, [0])


def test_the_reason_is_what_dali_says_without_what_is_around_it() -> None:
    text = (
        "Critical error in pipeline:\nError in CPU operator `nvidia.dali.fn.decoders.video`,\nwhich was used in the pipeline "
        'definition with the following traceback:\n\n  File "a/pipelines.py", line 76, in decode\n    frames = f(\n\n'
        'encountered:\n\nAssert on "decoders_[s]->IsValid()" failed: Failed to create video decoder for "memory file"\n'
        "C++ context: [/opt/a.h:246] \nCurrent pipeline object is no longer valid.\nCurrent pipeline object is no longer valid."
    )
    assert reason(RuntimeError(text)) == 'Failed to create video decoder for "memory file"'
    assert reason(RuntimeError("out of memory")) == "out of memory"
    assert reason(RuntimeError("")) == "RuntimeError"
