"""Lightning and accelerate over the loaders: epochs, resuming, shards."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pipes_help import AUDIO, VIDEO, all_keys, digest, films, keys_of, loader_of, plan_of
from trainers_help import epoch_keys, lightning_run

from emos_io.errors import InvalidArgument
from emos_io.pipes import Collate, LaneBatches, WindowDataset, WindowLoader, WindowSample
from emos_io.plan import WindowPlan

torch = pytest.importorskip("torch")

LIMIT = 3
Make = Callable[[WindowPlan], Any]


def noise(sample: WindowSample, rng: np.random.Generator) -> WindowSample:
    assert sample.frames is not None
    sample.frames[...] = sample.frames ^ rng.integers(0, 256, sample.frames.shape, dtype=np.uint8)
    return sample


def loader(plan: WindowPlan) -> Any:
    return WindowLoader(plan, video=VIDEO, audio=AUDIO)


def data_loader(plan: WindowPlan) -> Any:
    data: Any = WindowDataset(plan, video=VIDEO, audio=AUDIO)
    return torch.utils.data.DataLoader(data, batch_sampler=LaneBatches(plan), collate_fn=Collate())


def data_loader_with_a_worker(plan: WindowPlan) -> Any:
    """It asks the sampler for batches early."""
    data: Any = WindowDataset(plan, video=VIDEO, audio=AUDIO)
    return torch.utils.data.DataLoader(data, batch_sampler=LaneBatches(plan), collate_fn=Collate(), num_workers=1)


def stateful_data_loader(plan: WindowPlan) -> Any:
    stateful = pytest.importorskip("torchdata.stateful_dataloader")
    return stateful.StatefulDataLoader(
        WindowDataset(plan, video=VIDEO, audio=AUDIO), batch_sampler=LaneBatches(plan), collate_fn=Collate()
    )


def small_plan() -> WindowPlan:
    plan = plan_of(films(2), num_lanes=2)
    assert plan.num_steps() > LIMIT + 1
    return plan


QUIET = pytest.mark.filterwarnings("ignore")
LOADERS: list[Make] = [loader, data_loader, data_loader_with_a_worker, stateful_data_loader]
WITH_STATE: list[Make] = [loader, stateful_data_loader]


@QUIET
@pytest.mark.parametrize("make", LOADERS, ids=lambda make: make.__name__)
def test_lightning_sees_another_order_in_every_epoch(make: Make, tmp_path: Path) -> None:
    plan = small_plan()
    seen = lightning_run(make(plan), tmp_path, max_epochs=3, enable_checkpointing=False)
    assert seen == [epoch_keys(plan, epoch) for epoch in range(3)]
    assert all(sorted(keys) == all_keys(plan) for keys in seen)
    assert seen[0] != seen[1] != seen[2] != seen[0]


@QUIET
@pytest.mark.parametrize("make", LOADERS, ids=lambda make: make.__name__)
def test_lightning_with_a_limit_sees_three_orders_in_three_epochs(make: Make, tmp_path: Path) -> None:
    plan = small_plan()
    options = {"limit_train_batches": LIMIT, "enable_checkpointing": False}
    seen = lightning_run(make(plan), tmp_path, max_epochs=3, **options)
    assert seen == [epoch_keys(plan, epoch, end=LIMIT) for epoch in range(3)]
    assert seen[0] != seen[1] != seen[2] != seen[0]


@QUIET
@pytest.mark.parametrize("make", WITH_STATE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("limit", [None, LIMIT], ids=["all", "limit"])
@pytest.mark.parametrize("stop", [1, 2, "end"])
def test_lightning_goes_on_where_a_checkpoint_was_written(
    make: Make, limit: int | None, stop: int | str, tmp_path: Path
) -> None:
    callbacks = pytest.importorskip("lightning.pytorch.callbacks", reason="lightning is not installed")
    plan = small_plan()
    steps = plan.num_steps() if limit is None else limit
    often = {"every_n_epochs": 1} if stop == "end" else {"every_n_train_steps": steps + int(stop)}
    saved = callbacks.ModelCheckpoint(tmp_path / "saved", save_top_k=-1, **often)
    options = {"limit_train_batches": limit, "max_epochs": 3}
    undisturbed = lightning_run(make(plan), tmp_path, callbacks=[saved], **options)
    assert undisturbed == [epoch_keys(plan, epoch, end=limit) for epoch in range(3)]
    first = sorted((tmp_path / "saved").iterdir())[0]
    after = lightning_run(make(plan), tmp_path, ckpt_path=first, enable_checkpointing=False, **options)
    if stop == "end":
        assert after == undisturbed[1:]
    else:
        assert after == [epoch_keys(plan, 1, int(stop), limit), undisturbed[2]]


@pytest.mark.parametrize("skipped", [0, 3])
def test_accelerate_skips_batches_of_a_loader_and_reads_none_of_them(skipped: int) -> None:
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
    plan = plan_of(films(3), num_lanes=2, windows_per_lane=2)
    read: list[str | None] = []

    def note(sample: WindowSample, rng: Any) -> WindowSample:
        read.append(sample.key)
        return noise(sample, rng)

    options: dict[str, Any] = {"rank": 1, "world_size": 2}
    with loader_of(plan, transform=noise, **options) as entire:
        wanted = [digest(batch) for batch in entire]
        after = entire.state_dict()
        next_epoch = keys_of(entire)
    with loader_of(plan, transform=note, **options) as windows:
        rest = accelerate.skip_first_batches(windows, skipped)
        # The same bits: padded to the longest window of all ranks, and the same generator for each window.
        assert [digest(batch) for batch in rest] == wanted[skipped:]
        assert len(read) == (plan.num_steps() - skipped) * windows.batch_size
        assert windows.state_dict() == after
        assert keys_of(windows) == next_epoch


def test_accelerate_skips_nothing_after_a_state_was_loaded() -> None:
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
    plan = small_plan()
    text = r"^num_batches of skip_first_batches must be 0 after a state was loaded, got 2: the state goes on at step 3"
    for make in (loader, data_loader):
        subject = make(plan)
        (subject if make is loader else subject.batch_sampler).load_state_dict(plan.state(1, 3))
        with pytest.raises(InvalidArgument, match=text):
            next(iter(accelerate.skip_first_batches(subject, 2)))
        rest = accelerate.skip_first_batches(subject, 0)
        assert [key for batch in rest for key in batch.keys if key] == epoch_keys(plan, 1, 3)


def test_accelerate_skips_batches_of_a_data_loader() -> None:
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
    plan = small_plan()
    rest = accelerate.skip_first_batches(data_loader(plan), 2)
    assert [key for batch in rest for key in batch.keys if key] == epoch_keys(plan, 0, 2)


def shards(sampler: Callable[[int], Any], **options: Any) -> Iterator[list[int]]:
    """The windows of each of two ranks under accelerate's own sharding of a batch sampler."""
    data = pytest.importorskip("accelerate.data_loader", reason="accelerate is not installed")
    for rank in range(2):
        shard = data.BatchSamplerShard(sampler(rank), num_processes=2, process_index=rank, **options)
        yield [index.number for batch in shard for index in batch if index.number >= 0]


def test_accelerate_gives_each_rank_its_lanes_of_entire_steps_and_refuses_one_ranks_batches() -> None:
    plan = plan_of(films(8), num_lanes=4, windows_per_lane=1)
    lanes = [set(), set()]  # type: list[set[int]]
    for rank in range(2):
        own = LaneBatches(plan, rank=rank, world_size=2)
        lanes[rank] = {index.number for batch in own for index in batch if index.number >= 0}
    kept = list(shards(lambda rank: LaneBatches.of_all_ranks(plan), split_batches=True))
    assert [set(part) for part in kept] == lanes
    assert sorted(number for part in kept for number in part) == list(range(len(plan)))
    for split in (False, True):
        with pytest.raises(
            InvalidArgument, match=r"^batch_sampler must be LaneBatches\.of_all_ranks\(plan\) in a loader that accel"
        ):
            list(shards(lambda rank: LaneBatches(plan, rank=rank, world_size=2), split_batches=split))
    with pytest.raises(
        InvalidArgument, match=r"^split_batches must be True where accelerate prepares a loader of LaneBatches\.of_"
    ):
        list(shards(lambda rank: LaneBatches.of_all_ranks(plan)))


def test_accelerate_leaves_a_loader_as_it_is_and_saves_its_state(tmp_path: Path) -> None:
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
    plan = small_plan()
    for skipped, stop in ((0, 2), (2, None)):
        accelerator = accelerate.Accelerator(cpu=True)
        windows = accelerator.prepare(loader(plan))
        assert type(windows) is WindowLoader
        accelerator.register_for_checkpointing(windows)
        if skipped:
            accelerator.load_state(str(tmp_path))
        keys = []
        for number, batch in enumerate(windows, 1):
            keys += [key for key in batch.keys if key is not None]
            if number == stop:
                break
        assert keys == epoch_keys(plan, 0, skipped, stop)
        accelerator.save_state(str(tmp_path))
        windows.close()


def test_accelerate_repeats_an_epoch_of_exactly_so_many_batches_unless_its_epoch_is_set() -> None:
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
    plan = small_plan()

    def taken(prepared: Any, number: int | None) -> list[str]:
        return [key for batch in itertools.islice(prepared, number) for key in batch.keys if key]

    orders = [epoch_keys(plan, epoch) for epoch in range(3)]
    prepared = accelerate.Accelerator(cpu=True).prepare(data_loader(plan))
    assert [taken(prepared, plan.num_steps()) for _ in range(2)] == [orders[0], orders[0]]
    assert [taken(prepared, None) for _ in range(2)] == [orders[0], orders[1]]
    prepared = accelerate.Accelerator(cpu=True).prepare(data_loader(plan))
    found = []
    for epoch in range(3):
        prepared.set_epoch(epoch)
        found.append(taken(prepared, plan.num_steps()))
    assert found == orders
