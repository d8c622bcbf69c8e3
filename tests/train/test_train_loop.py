"""Training one seed: it learns, stops, leaves files that say what they are, and refuses in one line what does not fit."""

from __future__ import annotations

import csv
import fcntl
import math
import os
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from loop_help import TwoSides, make_media, tiny_model, tiny_recipe, two_sides

from emos_io.corpus import Corpus
from emos_io.errors import EmosError, InvalidArgument, SourceUnreadable
from emos_io.pipes import Collate, WindowLoader
from emos_io.plan import WindowPlan
from emos_io.testing import make_monologue
from emos_io.train.av_small.inputs import AVInputs, av_inputs, specs
from emos_io.train.av_small.model import AVSmall
from emos_io.train.av_small.options import AVSmallOptions
from emos_io.train.checkpoints import BEST, CHECKPOINT, load, save
from emos_io.train.forward import forward_batch
from emos_io.train.logs import COLUMNS, LOG, tensorboard_note
from emos_io.train.loop import TrainProgress, train_seed
from emos_io.train.losses import macro_f1
from emos_io.train.recipe import Recipe
from emos_io.train.recipe_sections import CurriculumSection, LabelsSection
from emos_io.train.results import RESULT, read_result

RECIPE = tiny_recipe()
SAME = 1e-9
"""Rates of a formula computed twice in float64."""
SUMS = 1e-5
"""Sums of float32 in batches and parts of other sizes, of numbers of size 1."""


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> TwoSides:
    folder = tmp_path_factory.mktemp("loop") / "corpus"
    make_media(folder)
    return two_sides(Corpus.load(folder))


@pytest.fixture(scope="module")
def done(sides: TwoSides, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a seed that is done."""
    folder = tmp_path_factory.mktemp("loop") / "seed-1"
    train_seed(RECIPE, sides, folder, seed=1)
    return folder


def rows(folder: Path, phase: str) -> list[dict[str, str]]:
    with (folder / LOG).open() as file:
        return [row for row in csv.DictReader(file) if row["phase"] == phase]


def refusal(kind: type[EmosError], recipe: Recipe, sides: TwoSides, folder: Path, seed: int = 1) -> str:
    with pytest.raises(kind) as caught:
        train_seed(recipe, sides, folder, seed=seed)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_seed_that_is_done_is_not_trained_again(sides: TwoSides, done: Path) -> None:
    before = {path.name: path.read_bytes() for path in done.iterdir() if path.is_file()}
    assert set(before) == {CHECKPOINT, BEST, LOG, RESULT}
    seen: list[TrainProgress] = []
    assert train_seed(RECIPE, sides, done, seed=1, progress=seen.append) == read_result(done)
    assert seen == []
    assert {path.name: path.read_bytes() for path in done.iterdir() if path.is_file()} == before


def test_it_learns_items_by_heart(sides: TwoSides, tmp_path: Path) -> None:
    clips = [item.key for item in sides.corpus.clips]
    same = TwoSides(sides.corpus, clips, clips)
    recipe = tiny_recipe(epochs=25, patience=25, learning_rate=0.02, checkpoint_every=1000, class_balance=0.0)
    still = replace(
        recipe,
        model=tiny_model(
            hidden=32, embedding=32, fusion=32, filters=(8, 8, 8), dropout=0.0, video_dropout=0.0, audio_dropout=0.0
        ),
    )
    result = train_seed(still, same, tmp_path / "seed", seed=0)
    assert (result.macro_f1, result.accuracy) == (1, 1)


def test_the_best_model_scores_what_the_log_says_when_each_item_is_read_alone(sides: TwoSides, done: Path) -> None:
    best, result = load(done / BEST), read_result(done)
    assert result is not None
    options = AVSmallOptions(**best["options"])  # type: ignore[arg-type]
    model = AVSmall(options).eval()
    model.load_state_dict(best["weights"])  # type: ignore[arg-type]
    assert best["classes"] == list(options.classes)
    video, audio = specs(options)
    confusion = np.zeros((7, 7), np.int64)
    for key in sides.validation:
        is_clip = key in {item.key for item in sides.corpus.clips}
        plan = WindowPlan(
            sides.corpus, None if is_clip else 8, by="clip" if is_clip else None, split=[key], order="sequential"
        )
        with WindowLoader(plan, video=video, audio=audio, collate=Collate(label_rate=4)) as loader:
            for batch in loader:
                inputs = av_inputs(batch)
                with torch.no_grad():
                    outputs, _ = model(
                        inputs.frames,
                        inputs.frame_valid,
                        inputs.waveform,
                        inputs.waveform_valid,
                        model.initial_state(1),
                    )
                assert batch.timeline is not None
                answers = outputs.logits[0].argmax(dim=-1).tolist()
                for truth, answer in zip(batch.timeline[0].argmax(dim=-1).tolist(), answers, strict=True):
                    confusion[truth, answer] += 1
    assert result.macro_f1 == macro_f1(confusion)
    assert result.accuracy == confusion.diagonal().sum() / confusion.sum()
    best_row = rows(done, "validation")[result.best_epoch]
    assert (float(best_row["macro_f1"]), float(best_row["loss"])) == (result.macro_f1, result.loss)
    assert result.macro_f1 == max(float(row["macro_f1"]) for row in rows(done, "validation"))


def test_the_rate_rises_and_then_falls_as_a_cosine(done: Path) -> None:
    rates = [float(row["learning_rate"]) for row in rows(done, "train")]
    total, warm, top = len(rates), round(0.1 * len(rates)), RECIPE.training.learning_rate
    rising = [top * (step + 1) / warm for step in range(warm)]
    falling = [top * (1 + math.cos(math.pi * each / (total - warm))) / 2 for each in range(total - warm)]
    assert rates == pytest.approx([*rising, *falling], abs=SAME)


def test_a_log_has_its_columns_and_tensorboard_the_same_curves(done: Path) -> None:
    assert (done / LOG).read_text().splitlines()[0] == ",".join(COLUMNS)
    if tensorboard_note() is not None:
        pytest.skip("tensorboard is not installed")
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = reader.EventAccumulator(str(done / "tensorboard"))
    events.Reload()
    losses = {each.step: each.value for each in events.Scalars("train/loss")}
    assert losses == {int(row["step"]): float(row["loss"]) for row in rows(done, "train")}
    assert len(events.Scalars("validation/macro_f1")) == len(rows(done, "validation"))


def test_it_stops_early_without_a_better_epoch(sides: TwoSides, tmp_path: Path) -> None:
    # With such a rate no answer changes, so that the first epoch stays the best.
    result = train_seed(tiny_recipe(epochs=9, patience=2, learning_rate=1e-12), sides, tmp_path / "seed", seed=1)
    assert (result.stopped, result.best_epoch, result.num_epochs) == ("early", 0, 3)


def test_tiers_that_do_not_count_yet_are_not_learned_from(sides: TwoSides, tmp_path: Path) -> None:
    first = next(item for item in sides.corpus.clips if item.key in set(sides.train))
    low = replace(first.decisions["basic7"], confidence_tier="low")
    clips = [replace(first, decisions={"basic7": low}) if item is first else item for item in sides.corpus.clips]
    own = replace(sides, corpus=Corpus(clips, list(sides.corpus.monologues)))
    train_seed(replace(RECIPE, curriculum=CurriculumSection(low=1)), own, tmp_path / "seed", seed=1)
    counted = [0, 0]
    for row in rows(tmp_path / "seed", "train"):
        counted[int(row["epoch"])] += int(row["counted"])
    assert first.duration is not None
    assert counted[1] - counted[0] == math.ceil(first.duration * 4)


def test_generators_and_settings_of_torch_are_put_back(sides: TwoSides, tmp_path: Path) -> None:
    random.seed(3)
    np.random.seed(3)
    torch.manual_seed(3)
    expected = (random.random(), float(np.random.random()), float(torch.rand(1)))
    random.seed(3)
    np.random.seed(3)
    torch.manual_seed(3)
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        train_seed(tiny_recipe(epochs=1), sides, tmp_path / "seed", seed=1)
        threads_after = torch.get_num_threads()
    finally:
        torch.set_num_threads(threads)
    assert (random.random(), float(np.random.random()), float(torch.rand(1))) == expected
    assert threads_after == 3
    assert not torch.are_deterministic_algorithms_enabled()


def test_another_training_is_refused_by_what_differs(sides: TwoSides, done: Path) -> None:
    text = refusal(InvalidArgument, tiny_recipe(learning_rate=0.002), sides, done)
    assert text.startswith(
        "checkpoint must be of this training, recipe.training.learning_rate 0.002, got one of 0.001; "
    )
    assert "seed 2, got one of 1;" in refusal(InvalidArgument, RECIPE, sides, done, seed=2)
    fewer = replace(sides, train=sides.train[:-1])
    assert "the plan of train '" in refusal(InvalidArgument, RECIPE, fewer, done)
    collar = replace(RECIPE, labels=LabelsSection(collar=Fraction(1, 2)))
    assert "recipe.labels.collar 0.5, got one of 0;" in refusal(InvalidArgument, collar, sides, done)


def test_a_checkpoint_of_another_version_is_refused(sides: TwoSides, done: Path, tmp_path: Path) -> None:
    values = load(done / CHECKPOINT)
    training = values["training"]
    assert isinstance(training, dict)
    save(tmp_path / CHECKPOINT, {**values, "training": {**training, "version": 99}})
    assert "version 1, got one of 99; " in refusal(InvalidArgument, RECIPE, sides, tmp_path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no archive", b"\x80\x02cposix\nsystem\n."])
def test_what_is_no_checkpoint_is_one_line(sides: TwoSides, tmp_path: Path, data: bytes) -> None:
    (tmp_path / CHECKPOINT).write_bytes(data)
    assert CHECKPOINT in refusal(SourceUnreadable, RECIPE, sides, tmp_path)


def test_files_of_torch_that_are_something_else_are_refused(sides: TwoSides, tmp_path: Path) -> None:
    torch.save([1], tmp_path / CHECKPOINT)
    assert "must hold a dict, got list" in refusal(SourceUnreadable, RECIPE, sides, tmp_path)
    torch.save({"epoch": 1}, tmp_path / CHECKPOINT)
    assert "must be one of emos-io" in refusal(SourceUnreadable, RECIPE, sides, tmp_path)


def test_a_folder_without_its_checkpoint_or_log_is_refused(sides: TwoSides, done: Path, tmp_path: Path) -> None:
    (tmp_path / RESULT).write_bytes((done / RESULT).read_bytes())
    assert "result.json without checkpoint.pt" in refusal(SourceUnreadable, RECIPE, sides, tmp_path)
    (tmp_path / RESULT).unlink()
    (tmp_path / CHECKPOINT).write_bytes((done / CHECKPOINT).read_bytes())
    assert refusal(SourceUnreadable, RECIPE, sides, tmp_path).startswith("the log must have ")


def test_two_trainings_do_not_write_to_one_folder(sides: TwoSides, tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert refusal(SourceUnreadable, RECIPE, sides, tmp_path).startswith("another training writes to the folder; ")
    finally:
        os.close(handle)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let files grow to so many bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_last_checkpoint_from_which_it_goes_on(
    sides: TwoSides, done: Path, tmp_path: Path
) -> None:
    checkpoint = tmp_path / CHECKPOINT
    kept = b""
    with pytest.raises(OSError, match=r"checkpoint\.pt") as caught, largest_file(resource.RLIM_INFINITY):

        def fill(progress: TrainProgress) -> None:
            nonlocal kept
            if (progress.phase, progress.epoch, progress.step) == ("train", 0, 4):
                kept = checkpoint.read_bytes()
                resource.setrlimit(
                    resource.RLIMIT_FSIZE, (len(kept) // 2, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
                )

        train_seed(RECIPE, sides, tmp_path, seed=1, progress=fill)
    text = str(caught.value)
    assert text.startswith("the file checkpoint.pt cannot be written (")
    assert text.endswith(f'"{checkpoint}"')
    assert checkpoint.read_bytes() == kept
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {CHECKPOINT, LOG}
    train_seed(RECIPE, sides, tmp_path, seed=1)
    assert (tmp_path / LOG).read_bytes() == (done / LOG).read_bytes()


def test_what_a_kill_left_incomplete_is_removed(sides: TwoSides, tmp_path: Path) -> None:
    (tmp_path / ".emos-1-00.partial").write_bytes(b"half a checkpoint")
    train_seed(tiny_recipe(epochs=1), sides, tmp_path, seed=1)
    assert not list(tmp_path.glob(".emos-*"))


def test_sides_without_labels_of_the_layer_are_refused(sides: TwoSides, tmp_path: Path) -> None:
    bare = [
        replace(item, utterances=()) if item.key in set(sides.validation) else item for item in sides.corpus.monologues
    ]
    only = replace(RECIPE, data=replace(RECIPE.data, kinds=("monologues",)))
    other = replace(sides, corpus=Corpus(sides.corpus.clips, bare))
    text = refusal(InvalidArgument, only, other, tmp_path)
    assert text.startswith('the side validation must have a label in the layer "basic7", got none; ')


def test_monologues_shorter_than_a_window_are_named(sides: TwoSides, tmp_path: Path) -> None:
    short = Corpus((), [*sides.corpus.monologues, make_monologue("own/short", 1, [(0, 1, "Joy")])])
    text = refusal(InvalidArgument, RECIPE, replace(sides, corpus=short, train=[*sides.train, "own/short"]), tmp_path)
    assert text.startswith("data.seconds must be at most 1, the length of 'own/short', got 2; ")


def test_arguments_that_are_not_allowed(sides: TwoSides, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"^device must be a device that is here, got 'abacus'"):
        train_seed(RECIPE, sides, tmp_path, seed=1, device="abacus")
    with pytest.raises(InvalidArgument, match=r"^seed must be "):
        train_seed(RECIPE, sides, tmp_path, seed=-1)
    with pytest.raises(InvalidArgument, match=r"^num_threads must be "):
        train_seed(RECIPE, sides, tmp_path, seed=1, num_threads=0)
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError, match=r"^the folder of a seed cannot be written \(File exists\); "):
        train_seed(RECIPE, sides, tmp_path / "file", seed=1)


def test_what_lanes_carry_has_not_gone_through_padding() -> None:
    # Two rows: a window of 8 steps that goes on, beside a clip of 13.
    torch.manual_seed(0)
    model = AVSmall(replace(tiny_model().options(("Joy", "Fear")), size=(16, 16))).eval()
    frames = torch.randint(0, 256, (2, 13, 16, 16, 3), dtype=torch.uint8)
    frame_valid = torch.arange(13)[None] < torch.tensor([[8], [13]])
    waveform, waveform_valid = torch.randn(2, 52_000), frame_valid.repeat_interleave(4000, dim=1)
    with torch.no_grad():
        both, carried = forward_batch(
            model, AVInputs(frames, frame_valid, waveform, waveform_valid), model.initial_state(2), 8
        )
        alone, state = model(
            frames[:1, :8],
            frame_valid[:1, :8],
            waveform[:1, :32_000],
            waveform_valid[:1, :32_000],
            model.initial_state(1),
        )
        long, _ = model(frames[1:], frame_valid[1:], waveform[1:], waveform_valid[1:], model.initial_state(1))
    for name, values in state.tensors().items():
        torch.testing.assert_close(carried.tensors()[name][:1], values, atol=SUMS, rtol=0)
    torch.testing.assert_close(both.logits[:1, :8], alone.logits, atol=SUMS, rtol=0)
    torch.testing.assert_close(both.logits[1:], long.logits, atol=SUMS, rtol=0)
    assert both.video_logits is not None
    assert both.video_logits.shape == both.logits.shape
