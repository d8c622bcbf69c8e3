"""Tokens of windows: lengths without decoding, counted by whoever is asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from types import SimpleNamespace

import pytest
from plan_help import clip, monologue

from emos_io.errors import InvalidArgument
from emos_io.plan import Windowing, WindowPlan


def plan_of() -> WindowPlan:
    films = WindowPlan([monologue("a", 20)], Windowing("4.03", "1/3", context="1/7"))
    return WindowPlan.mix([films, WindowPlan([clip("b", 2, "Joy"), clip("c", 9, "Joy")], by="clip")], num_lanes=2)


def counted(frames: int, height: int, width: int, samples: int) -> int:
    return frames * (height // 28) * (width // 28) + samples // 640


def sample_at(time: Fraction, rate: int) -> int:
    return math.floor(time * rate + Fraction(1, 2))


def test_tokens_are_those_of_each_windows_frames_and_samples() -> None:
    plan = plan_of()
    each = []
    for window in plan.windows():
        frames = math.ceil(window.span.duration * 3)
        samples = sample_at(window.span.end, 16_000) - sample_at(window.span.start, 16_000)
        each.append(counted(frames, 56, 84, samples))
    summary = plan.summary(video_fps=3, size=(56, 84), processor=counted)
    assert summary.tokens == round(sum(each) / len(each), 3)
    assert summary.tokens_at_most == max(each)
    assert f"at most {max(each):,}" in str(summary)


def test_without_a_processor_there_are_no_tokens() -> None:
    summary = plan_of().summary()
    assert (summary.tokens, summary.tokens_at_most) == (None, None)
    assert "tokens" not in str(summary)


class LikeQwen:
    """The form in which processors of transformers are asked."""

    tokenizer = None

    def _get_num_multimodal_tokens(
        self,
        image_sizes: None = None,
        video_sizes: Sequence[tuple[int, int, int]] = (),
        audio_lengths: Sequence[int] = (),
    ) -> SimpleNamespace:
        video = [counted(frames, height, width, 0) for frames, height, width in video_sizes]
        audio = [counted(0, 0, 0, length) for length in audio_lengths]
        return SimpleNamespace(num_video_tokens=video, num_audio_tokens=audio)


class FramesOnly:
    tokenizer = None

    def _get_num_multimodal_tokens(
        self, image_sizes: None = None, video_sizes: Sequence[tuple[int, int, int]] = ()
    ) -> SimpleNamespace:
        video = [counted(frames, height, width, 0) for frames, height, width in video_sizes]
        return SimpleNamespace(num_video_tokens=video)


def test_a_processor_counts_the_audio_where_it_can() -> None:
    plan = plan_of()
    assert plan.summary(processor=LikeQwen()).tokens == plan.summary(processor=counted).tokens
    assert (
        plan.summary(processor=FramesOnly()).tokens
        == plan.summary(processor=lambda t, h, w, n: counted(t, h, w, 0)).tokens
    )


def test_a_processor_that_cannot_count_is_refused() -> None:
    with pytest.raises(
        InvalidArgument,
        match="processor must have _get_num_multimodal_tokens or be a function, got object; give a function",
    ):
        plan_of().summary(processor=object())  # type: ignore[arg-type]
    images = SimpleNamespace(_get_num_multimodal_tokens=lambda image_sizes=None: None)
    with pytest.raises(InvalidArgument, match="processor must take video_sizes, got SimpleNamespace, which takes none"):
        plan_of().summary(processor=images)
