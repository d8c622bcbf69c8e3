"""A window tells of nothing after its end: frames and samples too, whatever the file holds later."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pipes_help import film

from emos_io.pipes import AudioSpec, VideoSpec, WindowDataset
from emos_io.plan import Windowing, WindowPlan
from oracle import clips

SECONDS, SAME = 8, 5
OWN_RATE, RATE = 8_000, 5_000
REACH_SAMPLES = 32
"""At 5 kHz from 8 kHz: how far before its time a sample of the file may still be heard. FFmpeg's filter has 32 taps of the
lower rate, 16 on each side; twice that is beyond doubt."""


def film_of(later: str) -> Path:
    """Eight seconds that are the same for five, then frames and sound of their own."""
    frames = f"nullsrc=s=64x16:r=25:d={SECONDS},format=rgb24,geq=r='if(lt(T,{SAME}),mod(N*7,256),{later})':g=N:b=T*20"
    noise = f"if(lt(t,{SAME}),sin(n*n/90),{later}/300)"
    words = ["-f", "lavfi", "-i", frames, "-f", "lavfi", "-i", f"aevalsrc='{noise}':s={OWN_RATE}:d={SECONDS}"]
    return clips.make([*words, "-c:v", "qtrle", "-g", "25", "-c:a", "pcm_s16le"], ".mov")


@pytest.fixture(scope="module")
def two() -> tuple[Path, Path]:
    return film_of("9"), film_of("250")


@settings(max_examples=40)
@given(
    length=st.integers(1, 30),
    hop=st.integers(1, 12),
    context=st.integers(0, 8),
    lookahead=st.integers(0, 8),
    number=st.integers(0, 200),
    fps=st.sampled_from([1, 4, 25, 30]),
    rate=st.sampled_from([OWN_RATE, RATE]),
)
def test_frames_and_samples_do_not_depend_on_what_comes_later(
    two: tuple[Path, Path], length: int, hop: int, context: int, lookahead: int, number: int, fps: int, rate: int
) -> None:
    tenth = Fraction(1, 10)
    samples: list[Any] = []
    for path in two:
        plan = WindowPlan(
            [film("a", path, SECONDS)],
            Windowing(length * tenth, hop * tenth, context=context * tenth, lookahead=lookahead * tenth),
        )
        assert plan.causal
        before = [window.number for window in plan.windows() if window.span.end <= SAME]
        assume(before)
        with WindowDataset(plan, video=VideoSpec(fps, (16, 64)), audio=AudioSpec(rate)) as dataset:
            samples.append(dataset[before[number % len(before)]])
    one, other = samples
    assert one.key == other.key
    np.testing.assert_array_equal(one.frames, other.frames)
    np.testing.assert_array_equal(one.frame_valid, other.frame_valid)
    np.testing.assert_array_equal(one.waveform_valid, other.waveform_valid)
    reach = 0 if rate == OWN_RATE else max(0, REACH_SAMPLES - int((SAME - one.span.end) * rate))
    clear = max(0, one.waveform.shape[1] - reach)
    np.testing.assert_array_equal(one.waveform[:, :clear], other.waveform[:, :clear])


def test_what_comes_later_is_another_film(two: tuple[Path, Path]) -> None:
    arrays: list[Any] = []
    for path in two:
        plan = WindowPlan([film("a", path, SECONDS)], 2, 1, order="sequential")
        with WindowDataset(plan, video=VideoSpec(4, (16, 64)), audio=AudioSpec(OWN_RATE)) as dataset:
            arrays.append((dataset[5].frames, dataset[5].waveform))
    assert not np.array_equal(arrays[0][0], arrays[1][0])
    assert not np.array_equal(arrays[0][1], arrays[1][1])
