"""torchdata: nodes and StatefulDataLoader resume at every cut."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torchdata")

from pipes_help import AUDIO, NUMPY, VIDEO, all_keys, digest, films, keys_of, loader_of, mixed_plan, noise, plan_of
from torchdata.nodes import BaseNode, Loader, ParallelMapper, Prefetcher  # type: ignore[import-untyped]
from torchdata.stateful_dataloader import StatefulDataLoader  # type: ignore[import-untyped]

from emos_io import errors
from emos_io.pipes import LaneBatches, WindowDataset, nodes
from emos_io.plan import WindowPlan
from emos_io.testing import check_resume


def graph(plan: WindowPlan, rank: int = 0, world_size: int = 1) -> BaseNode:
    node = nodes.PlanSteps(plan, rank=rank, world_size=world_size)
    node = nodes.Decode(node, video=VIDEO, audio=AUDIO, transform=noise)
    return nodes.PinMemory(nodes.CollateSteps(node, NUMPY))


def check_states(make: Callable[[], BaseNode], wanted: list[str]) -> None:
    """Stop after every number of batches; a state is what it was, whatever happens after it was taken."""
    node = make()
    node.reset()
    states = [pickle.dumps(node.state_dict())]
    kept = [node.state_dict()]
    digests = []
    for batch in node:
        digests.append(digest(batch))
        states.append(pickle.dumps(node.state_dict()))
        kept.append(node.state_dict())
    assert digests == wanted
    assert [pickle.dumps(state) for state in kept] == states
    assert len({len(state) for state in states}) == 1
    for cut, state in enumerate(states[:-1]):
        node = make()
        node.reset(pickle.loads(state))
        assert [digest(batch) for batch in node] == wanted[cut:]
    # The state after the last batch is that before the next epoch.
    node = make()
    node.reset()
    list(node)
    node.reset()
    following = [digest(batch) for batch in node]
    node = make()
    node.reset(pickle.loads(states[-1]))
    assert [digest(batch) for batch in node] == following != wanted


@pytest.mark.parametrize(
    "plan", [plan_of(films(4)), mixed_plan(), mixed_plan(num_buckets=3)], ids=["plain", "mix", "buckets"]
)
def test_every_node_resumes_at_every_cut(plan: WindowPlan) -> None:
    with loader_of(plan, transform=noise, rank=1, world_size=2) as loader:
        wanted = [digest(batch) for batch in loader]
    check_states(lambda: graph(plan, 1, 2), wanted)
    check_states(lambda: Prefetcher(graph(plan, 1, 2), 2), wanted)
    check_resume(lambda rank, world_size: graph(plan, rank, world_size), stop_after=[2])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(
    ("workers", "method", "context"),
    [
        (0, "thread", None),
        (1, "thread", None),
        (2, "thread", None),
        (1, "process", "fork"),
        (2, "process", "fork"),
        (1, "process", "spawn"),
        # A worker that is spawned imports torch anew: one of them, at one cut; two of them and every cut are tried by fork.
        pytest.param(2, "process", "spawn", marks=pytest.mark.slow),
    ],
)
def test_a_parallel_mapper_collates_and_resumes_at_every_cut(workers: int, method: Any, context: str | None) -> None:
    plan = mixed_plan(num_buckets=3) if method == "thread" else plan_of(films(2), num_lanes=4, windows_per_lane=2)
    with loader_of(plan, transform=noise) as loader:
        wanted = [digest(batch) for batch in loader]

    def make(started: str | None = context) -> BaseNode:
        decoded = nodes.Decode(nodes.PlanSteps(plan), video=VIDEO, audio=AUDIO, transform=noise)
        return ParallelMapper(
            decoded, NUMPY, num_workers=workers, method=method, multiprocessing_context=started, in_order=True
        )

    if (workers, context) == (1, "spawn"):
        # The worker that goes on is spawned; the one that was stopped is a fork.
        before = make("fork")
        before.reset()
        assert digest(next(before)) == wanted[0]
        after = make()
        after.reset(pickle.loads(pickle.dumps(before.state_dict())))
        assert [digest(batch) for batch in after] == wanted[1:]
    else:
        check_states(make, wanted)


def test_the_loader_of_torchdata_goes_on_with_the_next_epoch() -> None:
    plan = plan_of(films(2), num_lanes=2)
    with loader_of(plan, transform=noise) as ours:
        wanted = [[digest(batch) for batch in ours] for _ in range(2)]
    loader = Loader(graph(plan))
    assert [[digest(batch) for batch in loader] for _ in range(2)] == wanted
    resumed = Loader(graph(plan))
    it = iter(resumed)
    digests = [digest(next(it)) for _ in range(2)]
    other = Loader(graph(plan))
    other.load_state_dict(resumed.state_dict())
    assert digests + [digest(batch) for batch in other] == wanted[0]


def test_a_node_refuses_a_state_of_another_plan() -> None:
    node = nodes.PlanSteps(plan_of(films(2), num_lanes=2))
    with pytest.raises(errors.InvalidArgument, match="the state's plan must be this one"):
        node.reset(plan_of(films(2), num_lanes=2, seed=9).state(0, 0))


def stateful(plan: WindowPlan, workers: int, method: str) -> Any:
    return StatefulDataLoader(
        WindowDataset(plan, video=VIDEO, audio=AUDIO, transform=noise),
        batch_sampler=LaneBatches(plan),
        num_workers=workers,
        collate_fn=NUMPY,
        multiprocessing_context=method if workers else None,
    )


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
# torchdata 0.11 with torch 2.15.
@pytest.mark.filterwarnings("ignore:'set_vital' is deprecated:UserWarning")
@pytest.mark.parametrize(
    ("workers", "method"),
    [(0, "fork"), (1, "fork"), (2, "fork"), (1, "spawn"), pytest.param(2, "spawn", marks=pytest.mark.slow)],
)
def test_stateful_data_loader_resumes_at_every_cut(workers: int, method: str) -> None:
    plan = plan_of(films(2), num_lanes=4, windows_per_lane=2)
    with loader_of(plan, transform=noise) as ours:
        wanted = [digest(batch) for batch in ours]
    assert 2 <= len(wanted) <= 4
    loader = stateful(plan, workers, method)
    digests, keys, state = [], [], None
    for batch in loader:
        state = pickle.dumps(loader.state_dict()) if state is None else state
        digests.append(digest(batch))
        keys += keys_of([batch])
    assert digests == wanted
    assert sorted(keys) == all_keys(plan)
    if (workers, method) == (1, "spawn"):
        # A worker that is spawned imports torch anew: two are started here, and more, for every cut, in `make test-all`.
        assert state is not None
        resumed = stateful(plan, workers, method)
        resumed.load_state_dict(pickle.loads(state))
        assert [digest(batch) for batch in resumed] == wanted[1:]
    else:
        check_resume(
            lambda rank, world_size: stateful(plan, workers, method), ranks=(1,), stop_after=range(1, len(wanted))
        )
