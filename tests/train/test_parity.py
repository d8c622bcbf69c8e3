"""A model overfitted on eight items gives them back through prediction, and only where it gets what it got in training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emos_io import AudioSpec, InvalidArgument, VideoSpec, WindowPlan
from emos_io.adapters import Family, ask, family_of
from emos_io.inference import Answer, Questions
from emos_io.pipes import WindowLoader
from emos_io.testing import make_clip
from emos_io.testing.timed_clips import NUM_TIMED, TIMED_FPS, TIMED_LABELS, TIMED_SIZE, timed_clips
from emos_io.testing.tiny_models import TinyFamily, tiny_pair

pytest.importorskip("transformers")

import torch

from emos_io.inference.local import FrameOptions, TransformersEngine
from emos_io.train import Parity, ParityRow, check_parity

STEPS, WARM_UP, RATE = 200, 20, 3e-3
"""With a cosine that ends at 0: each family has learned the eight by step 160 or so."""
LONGEST_ANSWER = 12
"""Tokens, which are bytes: more than the longest label has."""
PIXELS = (28 * 28, 112 * 448)
"""Low enough that processors leave the frames as small as they are."""
CONVERSATION = ask("Which emotion?")


@dataclass
class Overfitted:
    """A model, what it was trained with, and the plan."""

    model: Any
    processor: Any
    family: Family
    plan: WindowPlan

    @property
    def questions(self) -> Questions:
        return Questions(
            plan=self.plan,
            conversation=CONVERSATION,
            video=self.family.video,
            audio=self.family.audio,
            on_error="raise",
            batch_size=NUM_TIMED,
        )

    def check(self, engine: TransformersEngine) -> Parity:
        return check_parity(engine, self.questions, model=self.model, family=self.family)


class Forgetful:
    """A processor whose caller forgot to say how many frames a second there are."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._processor, name)

    def __call__(self, *, videos_kwargs: Mapping[str, object], **options: Any) -> Any:
        untimed = {name: value for name, value in videos_kwargs.items() if name not in ("fps", "video_metadata")}
        return self._processor(videos_kwargs=untimed, **options)


class OtherCollator(TransformersEngine):
    """Predicts as training code of its own would: frames a second forgotten, nothing compared."""

    def family(self, questions: Questions) -> Family:
        family = super().family(questions)
        family.guard = False
        family.processor = Forgetful(family.processor)
        return family


@pytest.fixture(
    scope="module",
    params=[
        "qwen2_5_omni",
        pytest.param("qwen3_omni", marks=pytest.mark.slow),
        pytest.param("qwen2_5_vl", marks=pytest.mark.slow),
    ],
)
def overfitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Overfitted:
    """All weights of a tiny model, trained on eight clips in one batch."""
    name: TinyFamily = request.param
    pair = tiny_pair(name)
    kind = family_of(pair.processor)
    clips = timed_clips(tmp_path_factory.mktemp("timed"), channels="both" if kind.hears else "video")
    family = kind(pair.processor, CONVERSATION, fps=TIMED_FPS, size=TIMED_SIZE, pixels=PIXELS)
    plan = WindowPlan(clips, by="clip", batch_size=NUM_TIMED, order="sequential")
    model: Any = pair.model
    with WindowLoader(plan, **family.reads, collate=family, num_threads=1) as loader:
        (batch,) = list(loader)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    for step in range(STEPS):
        share = min(1, (step + 1) / WARM_UP) * (1 + math.cos(math.pi * step / STEPS)) / 2
        optimizer.param_groups[0]["lr"] = RATE * share
        optimizer.zero_grad()
        model(**batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return Overfitted(model.eval(), pair.processor, family, plan)


def engine_of(overfitted: Overfitted, kind: type[TransformersEngine] = TransformersEngine) -> TransformersEngine:
    return kind(
        overfitted.model,
        overfitted.processor,
        max_new_tokens=LONGEST_ANSWER,
        frames=FrameOptions(pixels=PIXELS),
    )


def test_what_was_learned_is_given_back_and_no_channel_can_be_permuted(overfitted: Overfitted) -> None:
    found = overfitted.check(engine_of(overfitted))
    assert (found.num_items, found.num_labels) == (8, 4)
    assert found.learned == found.given_back == 8
    assert found.channels == (("video", "audio") if overfitted.family.hears else ("video",))
    for channel in found.channels:
        assert found.given_back_permuted(channel) < 8
        assert found.same_content[channel] == 0
    assert found.findings() == () and found.lost == () and found.unused == ()
    assert not overfitted.model.training


def test_another_collator_is_found_out(overfitted: Overfitted) -> None:
    found = overfitted.check(engine_of(overfitted, OtherCollator))
    assert found.learned == 8 and found.given_back < 8
    assert len(found.lost) == 8 - found.given_back
    assert any("prediction sees other inputs than training" in line for line in found.findings())
    # Without the forward it cannot be told from a model that did not learn, and is found all the same.
    alone = check_parity(engine_of(overfitted, OtherCollator), overfitted.questions)
    assert alone.learned is None and alone.given_back == found.given_back
    assert any("or prediction sees other inputs than training" in line for line in alone.findings())


@dataclass
class ByFrames:
    """An engine that hears nothing: it says the label whose flash it sees."""

    name: str = "by frames"

    @property
    def settings(self) -> Mapping[str, str]:
        return {}

    def answers(self, questions: Questions) -> Any:
        with questions.loader(list) as loader:
            for batch in loader:
                for key, sample in zip(batch.keys, batch.inputs, strict=True):
                    assert sample.frames is not None
                    flash = int(sample.frames.reshape(4, -1).sum(1).argmax())
                    label = TIMED_LABELS[(flash + int(sample.frames[..., 1].max() < 128)) % 4]
                    yield Answer(key=key, text=f" {label}\n")


def deaf_questions(folder: Path) -> Questions:
    plan = WindowPlan(timed_clips(folder, channels="video"), by="clip", order="sequential")
    video, audio = VideoSpec(TIMED_FPS, TIMED_SIZE), AudioSpec(16_000)
    return Questions(plan=plan, conversation=CONVERSATION, video=video, audio=audio)


def test_a_channel_that_is_not_used_is_a_finding(tmp_path: Path) -> None:
    found = check_parity(ByFrames(), deaf_questions(tmp_path))
    assert found.given_back == 8 and found.unused == ("audio",)
    # By construction: each frames' label is that of their own clip, and no donor has the label of its item.
    assert found.given_back_permuted("video") == 0 and found.given_back_permuted("audio") == 8
    assert found.findings() == ("audio of another item changes no answer: the model does not use audio",)
    assert found.same_content == {"video": 0, "audio": 8}
    as_dict: Any = found.as_dict()
    assert as_dict["given_back_permuted"] == {"video": 0, "audio": 8}
    assert [row["answer"] for row in as_dict["rows"]] == [row.label for row in found.rows]


def test_permuted_frames_are_those_of_another_item_with_another_label(tmp_path: Path) -> None:
    """Each item's answer is the label of exactly one other item: frames are a permutation."""
    found = check_parity(ByFrames(), deaf_questions(tmp_path))
    answers = [row.permuted["video"] for row in found.rows]
    assert sorted(map(str, answers)) == sorted(row.label for row in found.rows)
    assert all(row.permuted["video"] != row.label for row in found.rows)


def test_items_can_be_left_out_and_labels_given(tmp_path: Path) -> None:
    questions = deaf_questions(tmp_path)
    keys = [window.key for window in questions.plan.windows()]
    labels = dict.fromkeys(keys, "Joy") | {keys[1]: "Sadness"}
    found = check_parity(ByFrames(), replace(questions, answered=frozenset(keys[4:])), labels=labels)
    assert [row.key for row in found.rows] == sorted(keys[:4]) == keys[:4]
    # Their own labels are Joy, Sadness, Fear and Anger.
    assert found.given_back == 2 and found.num_labels == 2


def test_a_model_that_learned_nothing_says_nothing_about_prediction() -> None:
    row = ParityRow("a", "Joy", "Fear", {"video": "Fear"}, learned=False)
    other = ParityRow("b", "Fear", "Fear", {"video": "Joy"}, learned=False)
    found = Parity((row, other))
    assert found.learned == 0 and found.lost == ()
    assert found.findings() == ("none of 2 items is learned: this says nothing about prediction; train longer",)


def test_what_cannot_be_checked_is_refused(tmp_path: Path) -> None:
    questions = deaf_questions(tmp_path)
    with pytest.raises(InvalidArgument, match="model must come with family, got one alone"):
        check_parity(ByFrames(), questions, model=torch.nn.Linear(1, 1))
    with pytest.raises(InvalidArgument, match="questions must have no transform"):
        check_parity(ByFrames(), replace(questions, transform=lambda sample, _: sample))
    clips = timed_clips(tmp_path)
    one_label = WindowPlan([clips[0], clips[7]], by="clip", order="sequential")
    with pytest.raises(InvalidArgument, match="items must have 2 labels at least, got 1 in 2 items"):
        check_parity(ByFrames(), replace(questions, plan=one_label))
    unlabelled = WindowPlan(
        [clips[0], make_clip("timed/none", 2, path=str(clips[1].path))], by="clip", order="sequential"
    )
    with pytest.raises(InvalidArgument, match="items must have a label each") as caught:
        check_parity(ByFrames(), replace(questions, plan=unlabelled))
    assert str(caught.value.key).startswith("timed/none")
    with pytest.raises(InvalidArgument, match="num_items must be"):
        check_parity(ByFrames(), replace(questions, plan=WindowPlan(clips[:1], by="clip", order="sequential")))


def test_each_label_hangs_on_both_channels(tmp_path: Path) -> None:
    """By the table of docs: with the frames alone, or the audio alone, two labels and four are left."""
    labels = {clip.key: clip.decisions["basic7"].label for clip in timed_clips(tmp_path)}
    cells = np.array([TIMED_LABELS.index(str(labels[f"timed/{number}"])) for number in range(8)]).reshape(2, 4)
    assert all(len(set(column)) == 2 for column in cells.T)
    assert all(len(set(row)) == 4 for row in cells)
