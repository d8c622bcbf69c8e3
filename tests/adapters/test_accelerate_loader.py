"""AcceleratedLoader in one process; several, and resuming after a kill, are in cover/."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument
from emos_io.pipes import LaneBatches, VideoSpec, WindowDataset, WindowLoader, WindowSample
from emos_io.plan import WindowPlan
from emos_io.testing import frame_numbers, tiny_corpus

torch = pytest.importorskip("torch")
accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")

from accelerate.state import AcceleratorState, GradientState  # noqa: E402

from emos_io.adapters.accelerate import AcceleratedLoader  # noqa: E402
from emos_io.adapters.evaluation_batch import moved  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
VIDEO = VideoSpec(fps=5, size=(16, 64))
ACCUMULATION = 3


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return tiny_corpus(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def plan(corpus: Corpus) -> WindowPlan:
    made = WindowPlan(corpus, 2, 1, num_lanes=2, windows_per_lane=2, run_length=2, seed=5)
    assert made.num_steps() % ACCUMULATION, "the last update of an epoch must be a short one"
    return made


def collate(samples: Sequence[WindowSample]) -> dict[str, Any]:
    frames = [frame_numbers(sample.frames)[0] for sample in samples if sample.frames is not None]
    numbers = [-1 if sample.number is None else sample.number for sample in samples]
    return {"numbers": torch.tensor(numbers), "frames": torch.tensor(frames), "flag": True}


@pytest.fixture
def make(plan: WindowPlan) -> Iterator[Callable[[], tuple[Any, AcceleratedLoader[dict[str, Any]]]]]:
    loaders = []

    def made() -> tuple[Any, AcceleratedLoader[dict[str, Any]]]:
        accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=ACCUMULATION)
        loaders.append(WindowLoader(plan, video=VIDEO, audio=None, collate=collate))
        return accelerator, AcceleratedLoader(accelerator, loaders[-1])

    yield made
    for loader in loaders:
        loader.close()
    # Its state is of the process.
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


def train(accelerator: Any, loader: Any, num_steps: int | None = None) -> tuple[list[list[int]], list[int]]:
    """Return the numbers of each step, and the steps, from 1, that ended an update."""
    layer = torch.nn.Linear(1, 1)
    model, optimizer = accelerator.prepare(layer, torch.optim.SGD(layer.parameters(), lr=0.1))
    numbers, updates = [], []
    for step, batch in enumerate(itertools.islice(loader, num_steps), 1):
        with accelerator.accumulate(model):
            accelerator.backward(model(torch.ones(1, 1)).sum())
            optimizer.step()
            optimizer.zero_grad()
        numbers.append(batch["numbers"].tolist())
        if accelerator.sync_gradients:
            updates.append(step)
    return numbers, updates


def epoch_numbers(plan: WindowPlan, epoch: int) -> list[list[int]]:
    return [plan.batch(epoch, step).numbers.ravel().tolist() for step in range(plan.num_steps(epoch))]


def test_the_last_batch_of_an_epoch_ends_an_update_and_epochs_differ(make: Any, plan: WindowPlan) -> None:
    accelerator, loader = make()
    steps = plan.num_steps()
    expected = [step for step in range(1, steps + 1) if step % ACCUMULATION == 0 or step == steps]
    for epoch in range(2):
        assert train(accelerator, loader) == (epoch_numbers(plan, epoch), expected)
    assert not accelerator.gradient_state.in_dataloader
    assert epoch_numbers(plan, 0) != epoch_numbers(plan, 1)


def test_without_it_what_is_left_over_joins_the_next_epoch(make: Any, plan: WindowPlan) -> None:
    """Why there is an adapter."""
    accelerator, loader = make()
    updates = train(accelerator, accelerator.prepare(loader.loader))[1]
    assert updates[-1] < plan.num_steps()


@pytest.mark.parametrize("stop", [2, None], ids=["in the middle", "at the end"])
def test_a_state_of_accelerate_has_the_loader_in_it(
    make: Any, plan: WindowPlan, stop: int | None, tmp_path: Path
) -> None:
    accelerator, loader = make()
    train(accelerator, loader, stop)
    accelerator.save_state(str(tmp_path))
    AcceleratorState._reset_state(reset_partial_state=True)
    accelerator, loader = make()
    layer = torch.nn.Linear(1, 1)
    accelerator.prepare(layer, torch.optim.SGD(layer.parameters(), lr=0.1))
    accelerator.load_state(str(tmp_path))
    found = [batch["numbers"].tolist() for batch in loader]
    assert found == (epoch_numbers(plan, 1) if stop is None else epoch_numbers(plan, 0)[stop:])


def test_an_iteration_that_was_left_counts_anew(make: Any, plan: WindowPlan) -> None:
    _, loader = make()
    for batch in loader:
        assert not loader.end_of_dataloader
        assert batch["flag"] is True
        break
    ends = []
    for _ in loader:
        ends.append(loader.end_of_dataloader)
    assert ends == [False] * (plan.num_steps() - 1) + [True]


def test_wrong_arguments_and_deepspeed_are_refused_in_one_line(make: Any, plan: WindowPlan) -> None:
    accelerator, loader = make()
    with pytest.raises(InvalidArgument, match=r"^accelerator must be an Accelerator, got 3; make one"):
        AcceleratedLoader(3, loader.loader)
    other: Any = torch.utils.data.DataLoader(cast("Any", WindowDataset(plan)), batch_sampler=LaneBatches(plan))
    with pytest.raises(InvalidArgument, match=r"^loader must be a WindowLoader, got .*; accelerator.prepare takes"):
        AcceleratedLoader(accelerator, other)
    accelerator.state.distributed_type = accelerate.DistributedType.DEEPSPEED
    with pytest.raises(InvalidArgument, match=r"^distributed_type must not be DEEPSPEED, got it; .* take DDP or FSDP"):
        AcceleratedLoader(accelerator, loader.loader)


def test_a_rank_that_was_added_counts_batches_as_those_that_saved(make: Any) -> None:
    """accelerate keeps its count in a file of each rank: a new rank has none, and would sync at other batches."""
    accelerator, loader = make()
    batches = iter(loader)
    for _ in range(ACCUMULATION - 1):
        next(batches)
        with accelerator.accumulate(torch.nn.Linear(1, 1)):
            pass
    state = loader.state_dict()
    assert state["num_batches"] == accelerator.step == ACCUMULATION - 1
    accelerator.step = 0
    loader.load_state_dict(state)
    assert accelerator.step == ACCUMULATION - 1
    of_the_loader = {name: value for name, value in state.items() if name != "num_batches"}
    with pytest.raises(InvalidArgument, match=r"^state must be that of an AcceleratedLoader, got "):
        loader.load_state_dict(of_the_loader)


def test_skipping_batches_is_refused_in_one_line(make: Any) -> None:
    with pytest.raises(AttributeError, match=r"has no dataset, .* leave skip_first_batches out$"):
        accelerate.skip_first_batches(make()[1], 2)


def test_batches_of_lists_and_tuples_move_too() -> None:
    given = ({"a": [torch.zeros(1), "text"]}, (torch.ones(2), 3))
    found: Any = moved(given, "meta", False)
    assert (found[0]["a"][0].device.type, found[1][0].device.type) == ("meta", "meta")
    assert (found[0]["a"][1], found[1][1]) == ("text", 3)
