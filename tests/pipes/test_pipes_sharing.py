"""Windows that overlap share decoding: frames are counted, not timed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pipes_help import all_keys, film, keys_of, loader_of

from emos_io import Media
from emos_io.pipes import VideoSpec
from emos_io.plan import WindowPlan
from emos_io.plan.order import OrderName
from oracle import clips

SECONDS = 60
MAX_RATIO = {"contiguous": 1.1, "shuffle": 1.5}
"""Frames decoded over frames of one pass: a lane of a contiguous order begins anew a few times, a shuffled run each time."""


def talking(number: int) -> Path:
    """A minute of H.264, a keyframe every two seconds, each frame needed by the next, with AAC."""
    frames = f"testsrc2=s=96x54:r=25:d={SECONDS},hue=h={90 * number}"
    waveform = f"sine=f={300 + number}:r=16000:d={SECONDS}"
    words = ["-f", "lavfi", "-i", frames, "-f", "lavfi", "-i", waveform, "-c:v", "libx264", "-preset", "ultrafast"]
    return clips.make([*words, "-bf", "0", "-g", "50", "-c:a", "aac", "-pix_fmt", "yuv420p"], ".mp4")


@pytest.mark.parametrize("order", ["contiguous", "shuffle"])
@pytest.mark.parametrize("num_threads", [1, 4])
def test_frames_decoded_over_unique_frames(order: OrderName, num_threads: int) -> None:
    items = [film(str(number), talking(number), SECONDS) for number in range(4)]
    plan = WindowPlan(items, 4, "1/2", order=order, num_lanes=4, seed=1)
    unique = 0
    for item in items:
        assert item.path is not None
        with Media(item.path, audio=False) as media:
            # One pass: no frame twice, and none that nothing needs.
            sum(1 for _ in media.windows(4, "1/2", fps=4, size=(27, 48)))
            unique += media.counters["frames_decoded"]
            assert media.counters["frames_decoded"] <= len(media.timeline.pts)
    with loader_of(plan, video=VideoSpec(fps=4, size=(27, 48)), num_threads=num_threads) as loader:
        keys = keys_of(loader)
        decoded = loader.counters["frames_decoded"]
    assert sorted(keys) == all_keys(plan)
    print(f"{order}, {num_threads} threads: {decoded} / {unique} = {decoded / unique:.3f}")
    assert unique <= decoded <= MAX_RATIO[order] * unique


def test_fewer_open_files_than_lanes_cost_decoding_and_nothing_else() -> None:
    items = [film(str(number), talking(number), SECONDS) for number in range(4)]
    plan = WindowPlan(items, 4, 2, order="contiguous", num_lanes=4)
    counts, keys = [], []
    for max_open_files in (4, 1):
        with loader_of(
            plan, video=VideoSpec(fps=1, size=(27, 48)), audio=None, max_open_files=max_open_files
        ) as loader:
            keys.append(keys_of(loader))
            counts.append(loader.counters["frames_decoded"])
    assert keys[0] == keys[1]
    assert counts[0] < counts[1]
