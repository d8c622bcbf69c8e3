"""WindowDataModule: loaders of the trainer's ranks, epochs that differ, evaluations that know their keys, and what is refused.

Runs on several ranks, and resumes after a kill, are in cover/.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from emos_io.adapters import versions
from emos_io.adapters.evaluation import EvaluationLoader
from emos_io.adapters.evaluation_batch import EvaluationBatch
from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument
from emos_io.pipes import AudioSpec, Collate, VideoSpec, WindowBatch, WindowLoader, WindowSample
from emos_io.plan import WindowPlan
from emos_io.testing import frame_numbers, tiny_corpus

torch = pytest.importorskip("torch")
lightning = pytest.importorskip("lightning", reason="lightning is not installed")

from lightning.pytorch.callbacks import ModelCheckpoint  # noqa: E402
from lightning.pytorch.strategies import DeepSpeedStrategy  # noqa: E402
from lightning.pytorch.utilities.model_helpers import is_overridden  # noqa: E402

from emos_io.adapters.lightning import WindowDataModule  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
READS: dict[str, Any] = {"video": VideoSpec(fps=5, size=(16, 64)), "audio": AudioSpec(8_000)}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return tiny_corpus(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def train(corpus: Corpus) -> WindowPlan:
    return WindowPlan(corpus, 2, 1, num_lanes=2, windows_per_lane=2, run_length=2, seed=5)


@pytest.fixture(scope="module")
def evaluation(corpus: Corpus) -> WindowPlan:
    return WindowPlan(corpus, 2, 1, order="sequential")


def numbers_of(samples: Sequence[WindowSample]) -> dict[str, Any]:
    """A plain dict: the number of each window, and the number that its first frame bears."""
    frames = [frame_numbers(sample.frames)[0] for sample in samples if sample.frames is not None]
    return {
        "numbers": torch.tensor([-1 if sample.number is None else sample.number for sample in samples]),
        "frames": torch.tensor(frames),
        "use_audio_in_video": True,
    }


class Module(lightning.LightningModule):  # type: ignore[misc, name-defined]
    """Notes what reaches its steps."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.seen: dict[str, list[Any]] = {"train": [], "validation": [], "test": []}

    def training_step(self, batch: Any, index: int) -> Any:
        self.seen["train"].append((self.current_epoch, batch))
        return self.layer(torch.ones(1, 1)).sum()

    def validation_step(self, batch: Any, index: int) -> None:
        if not self.trainer.sanity_checking:
            self.seen["validation"].append(batch)

    def test_step(self, batch: Any, index: int) -> None:
        self.seen["test"].append(batch)

    def predict_step(self, batch: EvaluationBatch[Any], index: int) -> list[tuple[str, int]]:
        return list(zip(batch.keys, batch.inputs["numbers"].tolist(), strict=True))

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def trainer_of(folder: Path, **options: Any) -> Any:
    return lightning.Trainer(
        **{
            "accelerator": "cpu",
            "devices": 1,
            "logger": False,
            "enable_checkpointing": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "default_root_dir": folder,
            **options,
        }
    )


def epoch_numbers(plan: WindowPlan, epoch: int) -> list[list[int]]:
    return [plan.batch(epoch, step).numbers.ravel().tolist() for step in range(plan.num_steps(epoch))]


def test_epochs_differ_and_each_evaluation_has_every_window_once(
    train: WindowPlan, evaluation: WindowPlan, tmp_path: Path
) -> None:
    data = WindowDataModule(
        train=train,
        validation=evaluation,
        test=evaluation,
        predict=evaluation,
        collate=numbers_of,
        batch_size=3,
        **READS,
    )
    module, trainer = Module(), trainer_of(tmp_path, max_epochs=2)
    trainer.fit(module, data)
    for epoch in range(2):
        seen = [batch["numbers"].tolist() for at, batch in module.seen["train"] if at == epoch]
        assert seen == epoch_numbers(train, epoch)
    assert epoch_numbers(train, 0) != epoch_numbers(train, 1)
    assert all(batch["use_audio_in_video"] is True for _, batch in module.seen["train"])
    everything = [(window.key, window.number) for window in evaluation.windows()]
    per_epoch = -(-len(evaluation) // 3)
    for first in (0, per_epoch):
        batches = module.seen["validation"][first : first + per_epoch]
        found = [row for batch in batches for row in zip(batch.keys, batch.inputs["numbers"].tolist(), strict=True)]
        assert found == everything
    assert len(module.seen["validation"]) == 2 * per_epoch
    trainer.test(module, data)
    assert [key for batch in module.seen["test"] for key in batch.keys] == [key for key, _ in everything]
    assert [row for rows in trainer.predict(module, data) for row in rows] == everything


def test_window_batches_move_to_the_device(train: WindowPlan, evaluation: WindowPlan, tmp_path: Path) -> None:
    module = Module()
    data = WindowDataModule(train=train, validation=evaluation, batch_size=4, **READS)
    batches: list[Any] = [next(iter(data.train_dataloader())), next(iter(data.val_dataloader()))]
    moved: list[Any] = [data.transfer_batch_to_device(batch, torch.device("meta"), 0) for batch in batches]
    assert [type(batch) for batch in moved] == [WindowBatch, EvaluationBatch]
    assert moved[0].frames.device == moved[1].inputs.frames.device == torch.device("meta")
    assert moved[1].keys == batches[1].keys
    data.teardown("fit")
    trainer_of(tmp_path, max_epochs=1, limit_train_batches=1, limit_val_batches=1).fit(module, data)
    assert module.seen["train"][0][1].keys == batches[0].keys


@pytest.mark.parametrize("validates", [False, True])
def test_lightning_resumes_in_the_middle_of_an_epoch_where_validation_was(
    train: WindowPlan, evaluation: WindowPlan, validates: bool, tmp_path: Path
) -> None:
    """A checkpoint that was written by validation in the middle of an epoch: the training loader goes on."""
    plans: dict[str, Any] = {"train": train, "validation": evaluation} if validates else {"train": train}
    saved = ModelCheckpoint(tmp_path / "saved", "{step}", save_top_k=-1, every_n_train_steps=3)
    options = {"max_epochs": 2, "val_check_interval": 2 if validates else 1.0}

    def fit(path: Path | None, **more: Any) -> list[tuple[int, list[int]]]:
        module = Module()
        data = WindowDataModule(**plans, collate=numbers_of, batch_size=4, **READS)
        trainer_of(tmp_path, **options, **more).fit(module, data, ckpt_path=path, weights_only=False)
        return [(epoch, batch["numbers"].tolist()) for epoch, batch in module.seen["train"]]

    unbroken = fit(None, callbacks=[saved], enable_checkpointing=True)
    assert unbroken == [(epoch, numbers) for epoch in range(2) for numbers in epoch_numbers(train, epoch)]
    assert fit(tmp_path / "saved" / "step=3.ckpt") == unbroken[3:]


def test_a_new_loader_each_epoch_goes_on_with_the_next_epoch(train: WindowPlan, tmp_path: Path) -> None:
    module = Module()
    trainer = trainer_of(tmp_path, max_epochs=3, reload_dataloaders_every_n_epochs=1)
    trainer.fit(module, WindowDataModule(train=train, collate=numbers_of, **READS))
    found = [(epoch, batch["numbers"].tolist()) for epoch, batch in module.seen["train"]]
    assert found == [(epoch, numbers) for epoch in range(3) for numbers in epoch_numbers(train, epoch)]


@pytest.fixture
def attached(train: WindowPlan, evaluation: WindowPlan, tmp_path: Path) -> Iterator[Any]:
    """Makes a module of data that a trainer of some strategy has, which does not run."""

    def attach(strategy: Any = None, **options: Any) -> Any:
        plans = {"train": train, "validation": evaluation}
        data = WindowDataModule(**{**plans, **READS, **options})
        data.trainer = trainer_of(tmp_path)
        if strategy is not None:
            data.trainer.strategy.__class__ = strategy
        return data

    return attach  # type: ignore[return-value]


def test_deepspeed_is_refused_in_one_line(attached: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"^strategy must not be DeepSpeedStrategy, got it; .* take DDPStrategy"):
        attached(DeepSpeedStrategy).train_dataloader()


def test_overfitting_is_refused_and_what_is_named_instead_works(attached: Any, corpus: Corpus, tmp_path: Path) -> None:
    data = attached()
    data.trainer = trainer_of(tmp_path, overfit_batches=2)
    with pytest.raises(InvalidArgument, match=r"^overfit_batches must be 0, got 2, .*; take limit_train_batches, and"):
        data.train_dataloader()
    fixed = WindowPlan(corpus, 2, 1, order="sequential", batch_size=4)
    module, trainer = Module(), trainer_of(tmp_path, limit_train_batches=2, max_epochs=2)
    trainer.fit(module, WindowDataModule(train=fixed, collate=numbers_of, **READS))
    assert [batch["numbers"].tolist() for _, batch in module.seen["train"]] == 2 * [[0, 1, 2, 3], [4, 5, 6, 7]]


@pytest.mark.parametrize(
    ("strategy", "world_size", "batch_size", "refused"),
    [
        ("ModelParallelStrategy", 3, 1, True),  # 16 windows: 5, 5 and 6 batches
        ("ModelParallelStrategy", 3, 2, False),
        ("DDPStrategy", 3, 1, False),
        ("DDPStrategy", 17, 1, True),  # one rank has none
    ],
)
def test_ranks_that_would_wait_for_ever_are_refused(
    attached: Any, evaluation: WindowPlan, strategy: str, world_size: int, batch_size: int, refused: bool
) -> None:
    """The check itself: the loader of one rank of several, under a strategy that is not started."""
    data = attached(getattr(lightning.pytorch.strategies, strategy))
    options: dict[str, Any] = {"rank": 0, "world_size": world_size, "batch_size": batch_size}
    loader: Any = EvaluationLoader(evaluation, Collate(), **options)
    if not refused:
        data._check_even("test", loader)
        return
    with pytest.raises(InvalidArgument, match=f"^filler must be True under {strategy} where some rank has fewer"):
        data._check_even("test", loader)
    data._check_even("test", EvaluationLoader(evaluation, Collate(), **options, filler=True))


def test_missing_plans_and_wrong_arguments_are_refused_in_one_line(train: WindowPlan) -> None:
    with pytest.raises(InvalidArgument, match=r"^train must be a WindowPlan, got None and no other plan"):
        WindowDataModule()
    wrong: Any = 3
    with pytest.raises(InvalidArgument, match=r"^plan must be a WindowPlan, got 3"):
        WindowDataModule(train=train, test=wrong)
    with pytest.raises(InvalidArgument, match=r"^batch_size must be an integer"):
        WindowDataModule(predict=train, batch_size=0)
    data = WindowDataModule(train=train)
    # Else Lightning would warn of models without a step of validation.
    assert not is_overridden("val_dataloader", data)
    assert is_overridden("val_dataloader", WindowDataModule(train=train, validation=train))
    assert isinstance(data.train_dataloader(), WindowLoader)
    for name in ("test", "predict"):
        with pytest.raises(InvalidArgument, match=f"^{name} must be a WindowPlan for this, got None; pass Window"):
            getattr(data, f"{name}_dataloader")()


def test_an_untested_version_is_refused_when_the_module_is_imported() -> None:
    first, end, extra = versions.TESTED["lightning"]
    code = (
        "from emos_io.adapters import versions\n"
        f"versions.TESTED = {{'lightning': ('9.0', '9.1', {extra!r})}}\n"
        "try:\n    import emos_io.adapters.lightning\nexcept ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("lightning must be at least 9.0 and below 9.1, got 2.")
    assert f"emos-io[{extra}]" in done.stdout
    assert first < end
