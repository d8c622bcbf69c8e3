"""Fine-tuning on the CPU with a tiny model: where the adapter sits, what is consumed, and that a kill changes nothing."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import socket
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from lora_help import TRAIN, VALIDATION, clips_corpus, clips_split, monologues_corpus, tiny_recipe
from safetensors import safe_open

from emos_io.adapters import language_modules
from emos_io.corpus import Corpus, load_split
from emos_io.errors import InvalidArgument, SourceChanged, SourceUnreadable
from emos_io.inference import folder_sha256
from emos_io.inference.saved_model import read_saved_model
from emos_io.testing.tiny_models import TINY_FAMILIES, TinyFamily, save_tiny_pair
from emos_io.train import Run, read_run, train
from emos_io.train.lora import LoraRecipe, load_tuned
from emos_io.train.lora.adapter import prepared_model
from emos_io.train.lora.scoring import conversation_of
from emos_io.train.lora.windows import learned_side
from emos_io.train.sides import sides_of

STEPS_AN_EPOCH = 3
"""Six clips, two of them a step."""


@dataclass(frozen=True)
class Ground:
    """A corpus, a split and a base model."""

    folder: Path
    corpus: Corpus
    split: Path
    base: Path

    def train(self, name: str, recipe: LoraRecipe) -> Run:
        return train(recipe, self.corpus, self.split, self.folder / name, device="cpu", command="emos train")


@pytest.fixture(
    scope="module",
    params=[
        "qwen2_5_omni",
        *(pytest.param(name, marks=pytest.mark.slow) for name in TINY_FAMILIES if name != "qwen2_5_omni"),
    ],
)
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    family: TinyFamily = request.param
    folder = tmp_path_factory.mktemp(family)
    yield Ground(folder, clips_corpus(folder), clips_split(folder), save_tiny_pair(folder / "base", family))


@pytest.fixture(scope="module")
def run(ground: Ground) -> Run:
    return ground.train("run", tiny_recipe(ground.base))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def losses(run: Run) -> list[str]:
    return [row["loss"] for row in rows(run.seed_folder(0) / "log.csv")]


def test_every_window_of_train_is_consumed_once_an_epoch(ground: Ground, run: Run) -> None:
    consumed = rows(run.seed_folder(0) / "windows.csv")
    for epoch in ("0", "1"):
        own = [row["key"].partition("@")[0] for row in consumed if row["epoch"] == epoch]
        assert sorted(own) == sorted(TRAIN)
    assert [row["step"] for row in consumed] == [str(1 + index // 2) for index in range(12)]
    sides = sides_of(ground.corpus, load_split(ground.split), kinds=("clips",))
    plan = learned_side(tiny_recipe(ground.base), sides, "train").plan
    order = [plan.window(int(number)).key for epoch in (0, 1) for number in plan.table(epoch).ravel()]
    assert [row["key"] for row in consumed] == order


def test_the_run_says_what_learned_and_how_it_answers(ground: Ground, run: Run) -> None:
    again = read_run(run.folder)
    assert (again, again.kind) == (run, "lora")
    (result,) = again.results
    assert (result.num_steps, result.stopped) == (2 * STEPS_AN_EPOCH, "epochs")
    assert result.training_accuracy is not None
    facts = again.facts
    with safe_open(str(run.seed_folder(0) / "adapter" / "adapter_model.safetensors"), "pt") as file:
        trained = sum(file.get_tensor(name).numel() for name in file.keys())  # noqa: SIM118 - no mapping
    assert facts["trainable_parameters"] == trained
    seeds = facts["seeds"]
    assert isinstance(seeds, dict)
    assert seeds["0"]["memory_peak_gib"] is None
    assert {name: (each["items"], each["of_items"]) for name, each in seeds["0"]["scored"].items()} == {
        "train": (2, len(TRAIN)),
        "validation": (2, len(VALIDATION)),
    }
    assert "accuracy, train" in (run.folder / "card.md").read_text()


def test_no_module_that_sees_or_hears_has_an_adapter(ground: Ground, run: Run) -> None:
    base = read_saved_model(ground.base).load("float32")
    tower = [name for name, module in base.named_modules() if module is base.get_decoder()]
    with safe_open(str(run.seed_folder(0) / "adapter" / "adapter_model.safetensors"), "pt") as file:
        names = {name.removeprefix("base_model.model.").partition(".lora_")[0] for name in file.keys()}  # noqa: SIM118
    assert names == set(language_modules(base))
    assert all(name.startswith(f"{tower[0]}.") for name in names)


def test_a_reloaded_adapter_gives_the_same_logits(ground: Ground, run: Run) -> None:
    tuned = load_tuned(run)
    saved = read_saved_model(ground.base)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = prepared_model(saved.load("float32"), tuned.recipe.model).eval()
    adapter = run.seed_folder(0) / "adapter" / "adapter_model.safetensors"
    with safe_open(str(adapter), "pt") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    # The weights as peft itself names them in a model that is trained.
    for name, value in model.named_parameters():
        if "lora_" in name:
            value.data.copy_(weights[name.replace(".default", "")])
    inputs = batch_of(ground, tuned.recipe, run)
    with torch.no_grad():
        first, second = model(**inputs).logits, tuned.model(**inputs).logits
        base = saved.load("float32")(**inputs).logits
    assert (first - second).abs().max().item() == 0.0
    assert (first - base).abs().max().item() > 0.0


def batch_of(ground: Ground, recipe: LoraRecipe, run: Run) -> dict[str, object]:
    from emos_io.pipes import WindowDataset

    tuned = load_tuned(run)
    sides = sides_of(ground.corpus, load_split(ground.split), kinds=("clips",))
    side = learned_side(recipe, sides, "validation")
    family = tuned.family(tuned.processor, conversation_of(recipe, ground.corpus, side.answers.texts), **tuned.options)
    return dict(family([WindowDataset(side.plan, **family.reads)[0]]))


def test_an_adapter_that_was_cut_is_one_line(run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run.folder, copy)
    adapter = copy / "seed-0" / "adapter" / "adapter_model.safetensors"
    adapter.write_bytes(adapter.read_bytes()[:2000])
    with pytest.raises(SourceUnreadable, match=r"^the adapter cannot be read \(SafetensorError: ") as caught:
        load_tuned(read_run(copy))
    assert "\n" not in str(caught.value)


def test_another_base_under_the_same_name_is_refused(ground: Ground, run: Run) -> None:
    weights = ground.base / "model.safetensors"
    assert run.facts["base_sha256"] == folder_sha256(ground.base)
    before = weights.read_bytes()
    try:
        weights.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        with pytest.raises(SourceChanged, match=r"^model\.base must be the model that the run began from, got one"):
            load_tuned(run)
        with pytest.raises(InvalidArgument, match=r"got one of another base model; name a new folder"):
            ground.train("run", tiny_recipe(ground.base))
    finally:
        weights.write_bytes(before)
    assert load_tuned(run).family.name == run.facts["family"]


def test_a_run_that_was_killed_goes_on_as_if_it_was_not(ground: Ground, run: Run) -> None:
    recipe = tiny_recipe(ground.base)
    # Before the first checkpoint, between two, and after the last step.
    for phase, at in (("epoch", 1), ("epoch", 5), ("answers", 1)):
        killed_at(ground, recipe, phase, at)
        assert not (ground.folder / "killed" / "seed-0" / "result.json").exists()
    again = ground.train("killed", recipe)
    names = ("step", "epoch", "loss", "learning_rate", "gradient_norm")
    for first, second in zip(rows(run.seed_folder(0) / "log.csv"), rows(again.seed_folder(0) / "log.csv"), strict=True):
        assert [first[name] for name in names] == [second[name] for name in names]
    for name in ("windows.csv", "adapter/adapter_model.safetensors"):
        assert (run.seed_folder(0) / name).read_bytes() == (again.seed_folder(0) / name).read_bytes()
    scored = [json.loads((each.seed_folder(0) / "facts.json").read_text())["scored"] for each in (run, again)]
    assert scored[0] == scored[1]


def killed_at(ground: Ground, recipe: LoraRecipe, phase: str, at: int) -> None:
    """Train in a child, which is killed in its first call of `progress` for that many steps or more of a phase."""
    child = os.fork()
    if child == 0:

        def progress(what: str, done: int, total: int) -> None:
            if phase in what and done >= at:
                os.kill(os.getpid(), signal.SIGKILL)

        train(
            recipe,
            ground.corpus,
            ground.split,
            ground.folder / "killed",
            device="cpu",
            command="emos train",
            progress=progress,
        )
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def test_the_loss_falls(ground: Ground) -> None:
    recipe = tiny_recipe(
        ground.base,
        training__epochs=7,
        training__schedule="constant",
        training__warmup=0,
        training__checkpoint_steps=1000,
        training__scored_items=1,
    )
    found = [float(each) for each in losses(ground.train("falls", recipe))][:20]
    assert len(found) == 20
    assert found[-1] <= 0.9 * found[0]


def test_all_weights_are_trained_and_read_again(ground: Ground) -> None:
    recipe = tiny_recipe(ground.base, model__weights="all", training__epochs=1, training__scored_items=1)
    run = ground.train("all", recipe)
    tuned = load_tuned(run)
    base = read_saved_model(ground.base).load("float32")
    changed = [
        name
        for (name, before), (_, after) in zip(base.named_parameters(), tuned.model.named_parameters(), strict=True)
        if not torch.equal(before, after)
    ]
    assert {"language_model", "visual"} <= {part for name in changed for part in name.split(".")}
    assert run.facts["trainable_parameters"] == run.facts["parameters"]


def test_products_in_bf16_train_too(ground: Ground) -> None:
    recipe = tiny_recipe(ground.base, model__dtype="bf16", training__epochs=1, training__scored_items=1)
    tuned = load_tuned(ground.train("bf16", recipe))
    kinds = {name.rpartition("lora_")[1]: weight.dtype for name, weight in tuned.model.named_parameters()}
    assert kinds == {"lora_": torch.float32, "": torch.bfloat16}


def test_windows_of_monologues_have_the_label_with_most_seconds(tmp_path: Path, ground: Ground) -> None:
    corpus = monologues_corpus(tmp_path)
    recipe = tiny_recipe(
        ground.base, data__kinds=["monologues"], data__seconds=2, data__hop=1, training__scored_items=1
    )
    split = load_split(clips_split(tmp_path))
    sides = sides_of(corpus, split, kinds=("monologues",), on_missing="skip")
    texts = learned_side(recipe, sides, "train").answers.texts
    assert {key.partition("@")[2]: text for key, text in texts.items() if key.startswith(TRAIN[0])} == {
        "0-2": "basic7: Joy",
        "1-3": "basic7: Anger",
        "2-4": "basic7: Anger",
    }


@pytest.mark.parametrize("family", [pytest.param("qwen3_omni", marks=pytest.mark.slow)])
def test_experts_learn_where_they_are_asked_for(family: TinyFamily, tmp_path: Path) -> None:
    base = save_tiny_pair(tmp_path / "base", family)
    corpus, split = clips_corpus(tmp_path), clips_split(tmp_path)
    lines: list[str] = []
    recipe = tiny_recipe(base, model__experts=True, training__epochs=1, training__scored_items=1)
    run = train(recipe, corpus, split, tmp_path / "run", device="cpu", announce=lines.append)
    without = tiny_recipe(base)
    fewer = prepared_model(read_saved_model(base).load("float32"), without.model)
    # Two layers: q, k, v and o of 64 by 64, 32, 32 and 64; four experts of 64 by 64 and 64 by 32.
    attention, experts = (128 + 96 + 96 + 128) * 16, 4 * (128 + 96) * 16
    assert run.facts["trainable_parameters"] == 2 * (attention + experts) == 43_008
    assert sum(weight.numel() for weight in fewer.parameters() if weight.requires_grad) == 2 * attention
    assert lines[0].startswith("trainable parameters: 43,008 of ")


@pytest.mark.slow
def test_two_processes_share_the_windows_of_a_step(tmp_path: Path, ground: Ground) -> None:
    recipe = tiny_recipe(ground.base, data__accumulation=1, training__scored_items=1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    children = []
    for number in range(2):
        child = os.fork()
        if child == 0:
            os.environ.update(
                RANK=str(number),
                LOCAL_RANK=str(number),
                WORLD_SIZE="2",
                LOCAL_WORLD_SIZE="2",
                MASTER_ADDR="127.0.0.1",
                MASTER_PORT=str(port),
            )
            try:
                train(recipe, ground.corpus, ground.split, ground.folder / "two", device="cpu", command="emos train")
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    seed = read_run(ground.folder / "two").seed_folder(0)
    first, second = (rows(seed / name) for name in ("windows.csv", "windows-1.csv"))
    for epoch in ("0", "1"):
        both = [row["key"].partition("@")[0] for row in (*first, *second) if row["epoch"] == epoch]
        assert sorted(both) == sorted(TRAIN)
    assert len(first) == len(second) == 2 * STEPS_AN_EPOCH
    assert not (seed / "checkpoints").exists()
