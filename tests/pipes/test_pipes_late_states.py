"""StatefulDataLoader with workers: states that come late, and epochs that Lightning sets after workers asked for batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pipes_help import AUDIO, NUMPY, films, plan_of
from trainers_help import epoch_keys, lightning_run

from emos_io.errors import InvalidArgument
from emos_io.pipes import Collate, LaneBatches, WindowDataset
from emos_io.plan import WindowPlan

pytest.importorskip("torch")
stateful = pytest.importorskip("torchdata.stateful_dataloader", reason="torchdata is not installed")

LIMIT = 3
QUIET = pytest.mark.filterwarnings("ignore")
WORKERS = pytest.mark.parametrize("num_workers", [0, 2])


def plan_of_two() -> WindowPlan:
    plan = plan_of(films(2), num_lanes=2)
    assert plan.num_steps() > LIMIT + 1
    return plan


def loader(plan: WindowPlan, num_workers: int, collate: Any = None) -> Any:
    data: Any = WindowDataset(plan, video=None, audio=AUDIO)
    batches = LaneBatches(plan)
    return stateful.StatefulDataLoader(
        data, batch_sampler=batches, collate_fn=collate or Collate(), num_workers=num_workers
    )


def keys(loader: Any) -> list[str]:
    return [key for batch in loader for key in batch.keys if key]


@QUIET
@WORKERS
def test_a_state_that_comes_late_wins_over_an_epoch_that_was_set(num_workers: int) -> None:
    plan = plan_of_two()
    first = loader(plan, num_workers, NUMPY)
    first.batch_sampler.set_epoch(1)
    iterator = iter(first)
    for _ in range(2):
        next(iterator)
    state = first.state_dict()
    for epoch in (0, 1, 4):
        after, before = loader(plan, num_workers, NUMPY), loader(plan, num_workers, NUMPY)
        after.load_state_dict(state)
        after.batch_sampler.set_epoch(epoch)
        before.batch_sampler.set_epoch(epoch)
        before.load_state_dict(state)
        assert keys(after) == keys(before) == epoch_keys(plan, 1, 2)
        # From then on an epoch that is set counts.
        after.batch_sampler.set_epoch(4)
        assert keys(after) == epoch_keys(plan, 4)


def fit_and_save(plan: WindowPlan, folder: Path, num_workers: int, limit: int | None, every: int) -> Path:
    """Train two epochs, saving each `every` steps, and return the first checkpoint."""
    callbacks = pytest.importorskip("lightning.pytorch.callbacks", reason="lightning is not installed")
    saved = callbacks.ModelCheckpoint(folder / "saved", save_top_k=-1, every_n_train_steps=every, filename="{step:04d}")
    lightning_run(loader(plan, num_workers), folder, max_epochs=2, callbacks=[saved], limit_train_batches=limit)
    return sorted((folder / "saved").iterdir())[0]


@QUIET
@WORKERS
@pytest.mark.parametrize("limit", [None, LIMIT], ids=["all", "limit"])
@pytest.mark.parametrize("stop", [-1, 1], ids=["before the end", "of the next"])
def test_lightning_goes_on_within_an_epoch(num_workers: int, limit: int | None, stop: int, tmp_path: Path) -> None:
    plan = plan_of_two()
    steps = limit or plan.num_steps()
    every = steps + stop
    path = fit_and_save(plan, tmp_path, num_workers, limit, every)
    options = {"max_epochs": 3, "limit_train_batches": limit, "enable_checkpointing": False}
    after = lightning_run(loader(plan, num_workers), tmp_path, ckpt_path=path, **options)
    epoch, step = divmod(every, steps)
    rest = [epoch_keys(plan, each, end=limit) for each in range(epoch + 1, 3)]
    assert [key for part in after for key in part] == [
        key for part in [epoch_keys(plan, epoch, step, limit), *rest] for key in part
    ]


@QUIET
def test_lightning_goes_on_after_all_of_an_epoch(tmp_path: Path) -> None:
    plan = plan_of_two()
    path = fit_and_save(plan, tmp_path, 2, None, plan.num_steps())
    after = lightning_run(loader(plan, 2), tmp_path, ckpt_path=path, max_epochs=3, enable_checkpointing=False)
    assert after == [epoch_keys(plan, epoch) for epoch in (1, 2)]


def save_after_fit(plan: WindowPlan, folder: Path, limit: int | None) -> Path:
    path = folder / "after.ckpt"
    lightning_run(
        loader(plan, 2), folder, save=path, max_epochs=1, limit_train_batches=limit, enable_checkpointing=False
    )
    return path


@QUIET
@pytest.mark.parametrize("limit", [None, LIMIT], ids=["all", "limit"])
def test_lightning_that_loads_no_state_says_what_to_do_and_goes_on_where_it_is_done(
    limit: int | None, tmp_path: Path
) -> None:
    plan = plan_of_two()
    path = save_after_fit(plan, tmp_path, limit)
    options = {"max_epochs": 3, "limit_train_batches": limit, "enable_checkpointing": False}
    text = r"; with workers, call batch_sampler\.set_epoch\(1\) before the trainer begins, or use a WindowLoader$"
    with pytest.raises(InvalidArgument, match=text):
        lightning_run(loader(plan, 2), tmp_path, ckpt_path=path, **options)
    ready = loader(plan, 2)
    ready.batch_sampler.set_epoch(1)
    after = lightning_run(ready, tmp_path, ckpt_path=path, **options)
    assert after == [epoch_keys(plan, epoch, end=limit) for epoch in (1, 2)]


@QUIET
def test_a_state_of_the_last_batch_under_a_limit_is_refused_with_workers(tmp_path: Path) -> None:
    plan = plan_of_two()
    path = fit_and_save(plan, tmp_path, 2, LIMIT, LIMIT)
    text = r"; with workers, a trainer cannot leave the epoch of a state \(0\): use a WindowLoader$"
    with pytest.raises(InvalidArgument, match=text):
        lightning_run(
            loader(plan, 2),
            tmp_path,
            ckpt_path=path,
            max_epochs=3,
            limit_train_batches=LIMIT,
            enable_checkpointing=False,
        )
