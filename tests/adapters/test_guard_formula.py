"""The order of tokens by formula is what processors make, for many frames a second, sizes and lengths."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from processors_help import pair

from emos_io.adapters.token_layout import (
    TokenGroup,
    feature_frames,
    merged,
    qwen2_5_audio_tokens,
    qwen2_5_omni,
    qwen2_5_vl,
    qwen3_audio_tokens,
    qwen3_omni,
    video_grids,
)
from emos_io.errors import OutOfSync

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

# The processors' own: they count tokens of tensors with numpy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RATE = 16_000
SIZES = {
    "qwen2_5_omni": [(56, 56), (84, 140)],
    "qwen3_omni": [(64, 64), (96, 160)],
    "qwen2_5_vl": [(56, 56), (84, 140)],
}
PATCH = {"qwen2_5_omni": 14, "qwen3_omni": 16, "qwen2_5_vl": 14}
FPS = st.one_of(
    st.integers(1, 60).map(Fraction),
    st.builds(Fraction, st.integers(1, 300), st.integers(1, 30)),
    st.sampled_from([Fraction(n, 1001) for n in (15_000, 24_000, 30_000, 60_000)]),
)


def processor_of(name: Any) -> Any:
    return pair(name).processor


def runs(ids: Any, processor: Any) -> list[tuple[str, int]]:
    """Runs of video and audio tokens of a row, as they stand; text between them is a run too."""
    audio = getattr(processor, "audio_token_id", None)
    names = {processor.video_token_id: "video", audio: "audio"}
    found = [(kind, len(list(each))) for kind, each in groupby(names.get(token, "text") for token in ids)]
    first = next(n for n, (kind, _) in enumerate(found) if kind != "text")
    last = max(n for n, (kind, _) in enumerate(found) if kind != "text")
    return found[first : last + 1]


def layout(name: str, grids: int, tokens: int, fps: Fraction, num_samples: int | None) -> list[TokenGroup]:
    if name == "qwen2_5_vl":
        return qwen2_5_vl(grids, tokens)
    if name == "qwen2_5_omni":
        num_audio = None if num_samples is None else qwen2_5_audio_tokens(num_samples)
        return qwen2_5_omni(grids, tokens, fps=fps, num_audio_tokens=num_audio)
    num_audio = None if num_samples is None else qwen3_audio_tokens(num_samples, padded_samples=num_samples)
    return qwen3_omni(grids, tokens, fps=fps, num_audio_tokens=num_audio)


@pytest.mark.parametrize("seconds", ["1", "4", "7.3", "0.55"])
@pytest.mark.parametrize("fps", ["2", "3", "30000/1001"])
@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("name", sorted(SIZES))
def test_the_formula_is_what_the_processor_makes(name: Any, index: int, fps: str, seconds: str) -> None:
    processor, rate, (height, width) = processor_of(name), Fraction(fps), SIZES[name][index]
    num_frames, num_samples = -int(-rate * Fraction(seconds) // 1), int(RATE * Fraction(seconds))
    options: dict[str, Any] = {"videos_kwargs": {"do_resize": False, "fps": float(rate)}}
    text = f"<|vision_bos|>{processor.video_token}<|vision_eos|>"
    if name == "qwen2_5_vl":
        text = f"<|vision_start|>{processor.video_token}<|vision_end|>"
    else:
        waveform = np.random.default_rng(0).uniform(-0.5, 0.5, num_samples).astype(np.float32)
        options |= {"audio": [waveform], "audio_from_video_indices": [0], "load_audio_from_video": True}
    frames = np.zeros((num_frames, height, width, 3), np.uint8)
    options["videos_kwargs"]["do_sample_frames"] = False
    batch = processor(text=[f"a{text}b"], videos=[frames], return_tensors="pt", **options)
    grids, tokens = video_grids(num_frames, height, width, patch=PATCH[name])
    assert batch["video_grid_thw"].tolist() == [[grids, height // PATCH[name], width // PATCH[name]]]
    assert runs(batch["input_ids"][0].tolist(), processor) == layout(name, grids, tokens, rate, num_samples)


def text_groups(text: str, processor: Any) -> list[TokenGroup]:
    """The groups of a text of placeholders, without the tokens around them."""
    video, audio = processor.video_token, processor.audio_token
    found: list[Any] = [
        ("video" if each.startswith(video) else "audio", len(each) // len(video if each.startswith(video) else audio))
        for each, *_ in re.findall(f"(({re.escape(video)})+|({re.escape(audio)})+)", text)
    ]
    return [TokenGroup(*each) for each in found]


def processor_order(name: str, grids: int, tokens: int, fps: Fraction, num_audio: int) -> list[TokenGroup]:
    processor = processor_of(name)
    video = {"video_grid_thw": torch.tensor([[grids, 2, 2 * tokens]]), "video_second_per_grid": [2 / float(fps)]}
    text = processor.replace_video_with_audio_token(
        video,
        0,
        {"num_audio_tokens": torch.tensor([num_audio])},
        0,
        position_id_per_seconds=processor.position_id_per_seconds,
        seconds_per_chunk=processor.seconds_per_chunk,
    )
    return text_groups(text, processor)


@example(fps=Fraction(13), seconds=Fraction(30), tokens=2)
@example(fps=Fraction(49), seconds=Fraction(20), tokens=2)
@example(fps=Fraction(17, 3), seconds=Fraction(40), tokens=2)
@given(fps=FPS, seconds=st.fractions(Fraction(1, 10), 60, max_denominator=100), tokens=st.integers(2, 3))
def test_any_frames_a_second_and_length_give_the_order_of_qwen3_omni(
    fps: Fraction, seconds: Fraction, tokens: int
) -> None:
    grids, num_audio = -int(-fps * seconds // 2), qwen3_audio_tokens(int(seconds * RATE))
    expected = qwen3_omni(grids, tokens, fps=fps, num_audio_tokens=num_audio)
    assert processor_order("qwen3_omni", grids, tokens, fps, num_audio) == expected


@example(fps=Fraction(13, 5), seconds=Fraction(60), tokens=2)
@example(fps=Fraction(49), seconds=Fraction(20), tokens=2)
@example(fps=Fraction(1, 2), seconds=Fraction(60), tokens=2)
@example(fps=Fraction(20, 21), seconds=Fraction(60), tokens=2)
@given(fps=FPS, seconds=st.fractions(Fraction(1, 10), 60, max_denominator=100), tokens=st.integers(2, 3))
def test_any_frames_a_second_and_length_give_the_order_of_qwen2_5_omni(
    fps: Fraction, seconds: Fraction, tokens: int
) -> None:
    grids, num_audio = -int(-fps * seconds // 2), qwen2_5_audio_tokens(int(seconds * RATE))
    got = processor_order("qwen2_5_omni", grids, tokens, fps, num_audio)
    try:
        expected = qwen2_5_omni(grids, tokens, fps=fps, num_audio_tokens=num_audio)
    except OutOfSync:
        # Only what the processor really tears apart: a part of a grid, and too few chunks.
        assert fps < 1
        unsplit = [group for group in got if group.kind == "video" and group.size % tokens == 0]
        assert len(unsplit) < len([group for group in got if group.kind == "video"]) or not num_audio
        return
    assert got == expected


def test_a_grid_longer_than_a_chunk_is_refused_where_it_would_be_split() -> None:
    assert qwen2_5_omni(1, 4, fps=Fraction(1, 2), num_audio_tokens=25) == [("video", 4), ("audio", 25)]
    with pytest.raises(
        OutOfSync, match=r"^fps must be at least 1 for Qwen2.5-Omni, got 0.5; grid 1 would be split, .* use more"
    ):
        qwen2_5_omni(2, 4, fps=Fraction(1, 2), num_audio_tokens=100)


@given(fps=FPS, grids=st.integers(0, 400), num_audio=st.integers(0, 1000))
def test_no_token_is_lost_and_none_is_made(fps: Fraction, grids: int, num_audio: int) -> None:
    orders = [qwen3_omni(grids, 3, fps=fps, num_audio_tokens=num_audio)]
    if fps >= 1:
        orders.append(qwen2_5_omni(grids, 3, fps=fps, num_audio_tokens=num_audio))
    for groups in orders:
        sums = {kind: sum(group.size for group in groups if group.kind == kind) for kind in ("video", "audio")}
        assert sums == {"video": 3 * grids, "audio": num_audio}
        assert merged(groups) == groups


def test_without_audio_the_tokens_of_the_video_are_one_group() -> None:
    assert qwen2_5_omni(3, 4, fps=Fraction(2), num_audio_tokens=None) == [("video", 12)]
    assert qwen3_omni(3, 4, fps=Fraction(2), num_audio_tokens=None) == [("video", 12)]
    assert qwen2_5_vl(3, 4) == [("video", 12)]


LENGTHS = [401, 480, 481, 640, 15_999, 16_000, 16_001, 16_159, 16_160, 63_999, 64_080, 80_001]


@pytest.mark.parametrize("num_samples", [1, 160, 161, 320, 321, *LENGTHS])
def test_feature_frames_and_tokens_of_qwen2_5_omni(num_samples: int) -> None:
    processed, _ = processor_of("qwen2_5_omni")._process_audio(
        [np.zeros(num_samples, np.float32)], sampling_rate=RATE, return_attention_mask=True
    )
    assert processed["feature_attention_mask"].sum() == feature_frames(num_samples)
    assert processed["num_audio_tokens"][0] == qwen2_5_audio_tokens(num_samples)


@pytest.mark.parametrize("padding", [{}, {"pad_to_multiple_of": 160}], ids=["as it is", "to a multiple of the hop"])
def test_feature_frames_and_tokens_of_qwen3_omni_depend_on_the_longest_row(padding: dict[str, int]) -> None:
    for longest in LENGTHS:
        rows = [num_samples for num_samples in LENGTHS if num_samples <= longest]
        processed, _ = processor_of("qwen3_omni")._process_audio(
            [np.zeros(num_samples, np.float32) for num_samples in rows],
            sampling_rate=RATE,
            return_attention_mask=True,
            truncation=False,
            padding=True,
            **padding,
        )
        padded = None if padding else longest
        assert processed["feature_attention_mask"].sum(-1).tolist() == [
            feature_frames(num_samples, padded_samples=padded) for num_samples in rows
        ]
        assert processed["num_audio_tokens"].tolist() == [
            qwen3_audio_tokens(num_samples, padded_samples=padded) for num_samples in rows
        ]
