"""Rows of windows and what decodes them: several plans, formats, workers, epochs, and the order of length groups on resume."""

# The classes of transformers have no types here.
# mypy: disable-error-code="misc"

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("datasets")
pytest.importorskip("transformers")

import datasets
import torch
import transformers
from rows_help import collate_of, dataset, plan

from emos_io.adapters.hf_trainer import trainer_args
from emos_io.adapters.rows import RowCollate, rows
from emos_io.errors import InvalidArgument
from emos_io.plan import WindowPlan
from emos_io.testing import make_clip

# Of transformers: no accelerator to pin memory for, and options that leave in the next version.
pytestmark = pytest.mark.filterwarnings("ignore")
NUM_EPOCHS, ACCUMULATION, BATCH = 3, 2, 4


def keys(batch: Iterable[tuple[str, float]]) -> list[str]:
    return [key for key, _ in batch]


def test_rows_of_several_plans_decode_the_windows_of_their_own_plan_in_the_order_of_the_rows() -> None:
    one, two = plan("a"), plan("b")
    mixed = datasets.concatenate_datasets([rows(one), rows(two)]).shuffle(seed=1)
    assert keys(collate_of(one, two)(mixed.to_list())) == mixed["key"][:]
    assert keys(collate_of(one, two)(rows(two).to_list())) == [window.key for window in two.windows()]


def test_rows_of_a_plan_without_a_dataset_are_refused_in_one_line(tmp_path: Path) -> None:
    one, two = plan("a"), plan("b")
    rows(two).save_to_disk(str(tmp_path))
    saved = datasets.load_from_disk(str(tmp_path))
    text = rf"^row must be of plan {one.fingerprint}, got 'streaming/b.*' of plan '{two.fingerprint}'; .*changed$"
    with pytest.raises(InvalidArgument, match=text):
        collate_of(one)(saved.to_list())
    with pytest.raises(InvalidArgument, match=r"^row must be of plan"):
        collate_of(plan("a", num_lanes=2))(rows(plan("a", "b")).to_list())


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"number": None}, r"row must have number, key and plan, got \{"),
        ({"key": None}, r"row must have number, key and plan, got \{"),
        ({"plan": None}, r"row must have number, key and plan, got \{"),
        ({"number": True}, r"row must have a number from 0 to 4, got True in the row of 'streaming/a"),
        ({"number": 5}, r"row must have a number from 0 to 4, got 5 in the row of"),
        ({"number": -1}, r"row must have a number from 0 to 4, got -1 in the row of"),
        ({"number": 1.0}, r"row must have a number from 0 to 4, got 1\.0 in the row of"),
        ({"number": 1}, r"row must have the key of window 1, 'streaming/a.*', got 'streaming/a"),
    ],
    ids=str,
)
def test_a_row_that_was_changed_is_refused_in_one_line(change: dict[str, object], text: str) -> None:
    row = {**rows(plan("a"))[0], **change}
    with pytest.raises(InvalidArgument, match=f"^{text}") as refused:
        collate_of(plan("a"))([row])
    assert "\n" not in str(refused.value)


def test_what_is_no_plan_family_dataset_or_collate_function_is_refused_in_one_line() -> None:
    one = plan("a")
    with pytest.raises(InvalidArgument, match=r"^family must be a Family or None, got 'x'; make it of a processor$"):
        rows(one, "x")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r"^plan must be a WindowPlan, got 'x'"):
        rows("x")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r"^row must have number, key and plan, got 'x'"):
        collate_of(one)(["x"])  # type: ignore[list-item]
    for wrong in ([1], 1, "x"):
        with pytest.raises(InvalidArgument, match=r"^dataset must be a WindowDataset or a sequence of them, got"):
            RowCollate(wrong, list)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r"^dataset must be a WindowDataset or a sequence of them, got none"):
        RowCollate([], list)
    with pytest.raises(
        InvalidArgument, match=rf"^dataset must have one WindowDataset a plan, got two of {one.fingerprint}"
    ):
        RowCollate([dataset(one), dataset(one)], list)
    with pytest.raises(InvalidArgument, match=r"^collate must be a function of samples, got 1"):
        RowCollate(dataset(one), 1)  # type: ignore[arg-type]


@pytest.mark.parametrize("format_name", ["torch", "numpy", "pandas"])
def test_rows_of_a_format_are_decoded_like_plain_ones(format_name: str) -> None:
    one = plan("a")
    formatted = rows(one).with_format(format_name)
    assert keys(collate_of(one)(formatted.__getitems__([3, 1]))) == keys(
        collate_of(one)(rows(one).__getitems__([3, 1]))
    )


def test_an_epoch_that_nobody_set_is_refused_and_a_copy_keeps_the_one_that_was_set() -> None:
    one = plan("a")
    first = rows(one).to_list()[:1]
    with pytest.raises(InvalidArgument, match=r"^epoch must be set, got none; pass callbacks=\[collate.epochs\(\)\]"):
        collate_of(one, epoch=None)(first)
    collate = collate_of(one, epoch=1)
    pickled, copied = pickle.loads(pickle.dumps(collate)), copy.deepcopy(collate)
    expected = collate(first)
    collate.set_epoch(0)
    assert pickled(first) == copied(first) == expected != collate(first)


# A process that is spawned imports the libraries anew, and a server of forks does so twice; both get their work pickled.
@pytest.mark.parametrize("method", ["fork", "spawn", pytest.param("forkserver", marks=pytest.mark.slow)])
def test_workers_that_stay_alive_see_each_epoch_however_they_are_started(method: str) -> None:
    one = plan("a")
    collate, table = collate_of(one), rows(one)
    loader: Any = torch.utils.data.DataLoader(
        table,
        batch_size=2,
        num_workers=1,
        persistent_workers=True,
        collate_fn=collate,
        multiprocessing_context=method,
    )
    for epoch in (0, 1):
        collate.set_epoch(epoch)
        assert [item for batch in loader for item in batch] == collate(table.to_list())


class Noting(torch.nn.Module):
    """Notes what reaches it: the windows of training, with their random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.seen: list[tuple[str, float]] = []

    def forward(self, windows: list[tuple[str, float]], labels: Any) -> dict[str, Any]:
        self.seen += windows
        loss = self.layer(labels[:, None]).mean() * 0
        return {"loss": loss, "logits": labels}


def as_inputs(samples: Sequence[tuple[str, float]]) -> dict[str, Any]:
    # accelerate takes the size of a batch from what comes first.
    return {"labels": torch.zeros(len(samples)), "windows": list(samples)}


def clips() -> WindowPlan:
    """28 clips of 1 to 5 s, which fill 4 optimizer steps an epoch, the last with half of its batches."""
    return WindowPlan([make_clip(f"own/{number}", 1 + number % 5, "Joy") for number in range(28)], by="clip")


def trainer(
    folder: Path, of: WindowPlan, train: Any, *more: WindowPlan, callbacks: Sequence[Any] = (), **changes: Any
) -> Any:
    """A plain Trainer over rows."""
    collate = RowCollate([dataset(one) for one in (of, *more)], as_inputs)
    options: dict[str, Any] = {
        "output_dir": str(folder),
        "use_cpu": True,
        "report_to": "none",
        "disable_tqdm": True,
        "save_strategy": "no",
        "per_device_train_batch_size": BATCH,
        "gradient_accumulation_steps": ACCUMULATION,
        "num_train_epochs": NUM_EPOCHS,
        **changes,
    }
    return transformers.Trainer(
        model=Noting(),
        args=transformers.TrainingArguments(**trainer_args(**options)),
        train_dataset=train,
        eval_dataset=rows(more[0]) if more else None,
        data_collator=collate,
        callbacks=[collate.epochs(), *callbacks],
    )


def drawn(of: WindowPlan, epoch: int) -> set[tuple[str, float]]:
    """What the windows of an epoch draw, without a trainer."""
    return set(collate_of(of, epoch=epoch)(rows(of).to_list()))


@pytest.mark.parametrize("strategy", ["group_by_length", "random"])
def test_a_resumed_run_has_the_windows_of_an_unbroken_one_in_order(strategy: str, tmp_path: Path) -> None:
    """Trainer's own sampler of length groups loses 7 of these 28 where it resumes in epoch 1 or 2."""
    of = clips()
    options: dict[str, Any] = {"train_sampling_strategy": strategy, "save_strategy": "steps", "save_steps": 1}
    unbroken = trainer(tmp_path / "a", of, rows(of), **options)
    unbroken.train()
    seen, size = unbroken.model.seen, len(of)
    epochs = [seen[epoch * size : (epoch + 1) * size] for epoch in range(NUM_EPOCHS)]
    assert [set(epoch) for epoch in epochs] == [drawn(of, epoch) for epoch in range(NUM_EPOCHS)]
    assert keys(epochs[0]) != keys(epochs[1]) != keys(epochs[2])
    for update in (2, 4, 6, 9):
        again = trainer(tmp_path / "b", of, rows(of), **options)
        again.train(resume_from_checkpoint=str(tmp_path / "a" / f"checkpoint-{update}"))
        epoch, step = divmod(update, 4)
        assert again.model.seen == seen[epoch * size + step * BATCH * ACCUMULATION :]


def test_epochs_are_counted_where_rows_have_no_length(tmp_path: Path) -> None:
    of = clips()
    one = trainer(tmp_path, of, rows(of).to_iterable_dataset(), max_steps=21, gradient_accumulation_steps=1)
    one.train()
    assert [set(one.model.seen[at : at + 28]) for at in (0, 28, 56)] == [drawn(of, epoch) for epoch in range(3)]


class StopsEarly(transformers.TrainerCallback):
    """Ends the first epoch after its second step."""

    def on_step_end(self, arguments: Any, state: Any, control: Any, **_: Any) -> None:
        control.should_epoch_stop = state.global_step == 2


def test_epochs_are_counted_after_one_that_was_stopped(tmp_path: Path) -> None:
    of = clips()
    one = trainer(tmp_path, of, rows(of), callbacks=[StopsEarly()], num_train_epochs=2)
    one.train()
    assert set(one.model.seen[:16]) < drawn(of, 0)
    assert set(one.model.seen[16:]) == drawn(of, 1)


def test_evaluation_has_the_windows_of_its_own_plan_and_epoch_0_before_training(tmp_path: Path) -> None:
    of, other = clips(), plan("b")
    one = trainer(tmp_path, of, rows(of), other, per_device_eval_batch_size=2, eval_on_start=True, max_steps=1)
    one.evaluate()
    assert one.model.seen == collate_of(other)(rows(other).to_list())
    one.train()
    assert one.model.seen[5:10] == one.model.seen[:5]
    assert set(one.model.seen[10:]) < drawn(of, 0)
