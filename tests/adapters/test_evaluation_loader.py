"""The evaluation loader: every window once over all ranks, whatever their number, each row with its key."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io.adapters.evaluation import EvaluationLoader
from emos_io.adapters.evaluation_batch import EvaluationBatch
from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument, NoSuchItem, SourceNotFound
from emos_io.pipes import AudioSpec, Collate, VideoSpec, WindowLoader, WindowSample
from emos_io.plan import WindowPlan
from emos_io.plan.dealing import share_sizes
from emos_io.testing import frame_numbers, sample_numbers, tiny_corpus

RATE = 8_000
FPS = 25
VIDEO = VideoSpec(fps=5, size=(16, 64))
AUDIO = AudioSpec(sample_rate=RATE, num_channels=2)
READS: dict[str, Any] = {"video": VIDEO, "audio": AUDIO}
Rows = list[tuple[int, str]]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return tiny_corpus(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def plan(corpus: Corpus) -> WindowPlan:
    """16 windows of 2 s, each second, of two monologues of 10 and 8 s."""
    made = WindowPlan(corpus, 2, 1, order="sequential")
    assert len(made) == 16
    return made


def counted(samples: Sequence[WindowSample]) -> list[tuple[list[int], int]]:
    """What the arrays say themselves: the numbers of all frames, and of the first audio sample."""
    found = []
    for sample in samples:
        assert sample.frames is not None
        assert sample.waveform is not None
        found.append((frame_numbers(sample.frames).tolist(), int(sample_numbers(sample.waveform)[0])))
    return found


def expected(plan: WindowPlan, number: int) -> tuple[list[int], int]:
    """What a window holds, by exact arithmetic on its span."""
    span = plan.window(number).span
    times = [span.start + Fraction(n, 5) for n in range(int((span.end - span.start) * 5))]
    return [int(time * FPS) for time in times], int(span.start * RATE)


def loaders(plan: WindowPlan, world_size: int, **options: Any) -> list[EvaluationLoader[Any]]:
    arguments: dict[str, Any] = {"collate": counted, **READS, **options}
    return [EvaluationLoader(plan, **arguments, rank=rank, world_size=world_size) for rank in range(world_size)]


def rows(batches: Iterable[EvaluationBatch[Any]]) -> Rows:
    return [row for batch in batches for row in zip(batch.numbers, batch.keys, strict=True)]


def all_rows(plan: WindowPlan) -> Rows:
    return [(window.number, window.key) for window in plan.windows()]


@pytest.mark.parametrize("batch_size", [1, 3, 4, 50])
@pytest.mark.parametrize("world_size", [1, 2, 3])
def test_ranks_give_every_window_once_in_order_and_nothing_else(
    plan: WindowPlan, world_size: int, batch_size: int
) -> None:
    found: list[list[EvaluationBatch[Any]]] = []
    for loader in loaders(plan, world_size, batch_size=batch_size):
        with loader:
            promised, steps = len(loader), loader.num_steps
            found.append(list(loader))
        assert len(found[-1]) == promised <= steps
        assert all(1 <= len(batch) <= batch_size for batch in found[-1])
    assert [row for batches in found for row in rows(batches)] == all_rows(plan)
    if batch_size > 1:
        assert len({len(batches) for batches in found}) == 1
    for batch in itertools.chain(*found):
        assert batch.inputs == [expected(plan, number) for number in batch.numbers]
        assert batch.valid == (True,) * len(batch)
        assert not batch.is_filler


@pytest.mark.parametrize("order", ["shuffle", "iid", "contiguous"])
def test_a_plan_of_any_order_is_read_once_in_its_order(corpus: Corpus, order: Any) -> None:
    shuffled = WindowPlan(corpus, 2, 1, order=order, num_lanes=2, windows_per_lane=2)
    with WindowLoader(shuffled, **READS, collate=lambda samples: [sample.number for sample in samples]) as loader:
        in_order = [number for numbers in loader for number in numbers if number is not None]
    found = [number for loader in loaders(shuffled, 3, batch_size=4) for number, _ in rows(loader)]
    assert found == in_order
    assert sorted(found) == list(range(len(shuffled)))


@given(st.integers(0, 300), st.integers(1, 9), st.integers(1, 40))
def test_shares_hold_every_window_and_have_one_number_of_batches_where_they_can(
    num_windows: int, world_size: int, batch_size: int
) -> None:
    sizes = share_sizes(num_windows, world_size=world_size, batch_size=batch_size)
    totals = [sum(own) for own in sizes]
    assert len(sizes) == world_size
    assert sum(totals) == num_windows
    assert max(totals) - min(totals) <= 1
    assert all(1 <= size <= batch_size for own in sizes for size in own)
    counts = {len(own) for own in sizes}
    assert max(counts) == -(-max(totals) // batch_size)
    if batch_size > 1 and num_windows >= world_size:
        assert len(counts) == 1


@pytest.mark.parametrize(("batch_size", "num_answered"), [(1, 0), (2, 14)], ids=["one row", "fewer windows than ranks"])
def test_fillers_give_every_rank_as_many_batches_and_add_no_row(
    plan: WindowPlan, batch_size: int, num_answered: int
) -> None:
    everything = all_rows(plan)
    options: dict[str, Any] = {"batch_size": batch_size, "answered": [key for _, key in everything[:num_answered]]}
    found = []
    for loader in loaders(plan, 3, **options, filler=True):
        with loader:
            assert len(loader) == loader.num_steps
            found.append(list(loader))
            assert len(found[-1]) == loader.num_steps
    assert [row for batches in found for row in rows(batches)] == everything[num_answered:]
    fillers = [batch for batches in found for batch in batches if batch.is_filler]
    assert fillers
    assert all((batch.keys, batch.numbers, batch.valid) == ((), (), ()) for batch in fillers)
    assert all(batch.inputs[0] in [expected(plan, number) for number, _ in everything] for batch in fillers)
    without = [list(loader) for loader in loaders(plan, 3, **options)]
    assert [len(batches) for batches in without] == [sum(not each.is_filler for each in batches) for batches in found]


def test_what_cannot_be_read_keeps_its_row_and_is_marked(corpus: Corpus) -> None:
    items = [replace(item, path=None) if item.key.endswith("zh") else item for item in corpus.monologues]
    broken = WindowPlan(items, 2, 1, order="sequential")
    without_media = {window.number for window in broken.windows() if window.path is None}
    assert 0 < len(without_media) < len(broken)
    with loaders(broken, 1, batch_size=4, on_error="mask", collate=len)[0] as loader:
        batches = list(loader)
        assert rows(batches) == all_rows(broken)
        valid = {number: mark for batch in batches for number, mark in zip(batch.numbers, batch.valid, strict=True)}
        assert {number for number, mark in valid.items() if not mark} == without_media
        assert loader.issues.num_masked == len(without_media)
        assert {issue.key for issue in loader.issues.lines} == {broken.window(n).key for n in without_media}
    with loaders(broken, 1)[0] as strict, pytest.raises(SourceNotFound, match="has no media at hand") as caught:
        list(strict)
    assert caught.value.key == broken.window(min(without_media)).key


def read_some(plan: WindowPlan, world_size: int, batch_size: int, steps: int, state: Any) -> tuple[list[int], Any]:
    """Take some batches on each rank, and return the windows and the state that all ranks agree on."""
    numbers: list[int] = []
    states = []
    for loader in loaders(plan, world_size, batch_size=batch_size):
        with loader:
            if state is not None:
                loader.load_state_dict(state)
            batches = iter(loader)
            # A rank that has no batch left is asked for as many as the others.
            numbers += [number for _ in range(steps) for number, _ in rows(itertools.islice(batches, 1))]
            states.append(loader.state_dict())
    assert all(each == states[0] for each in states)
    return numbers, states[0]


def test_a_state_goes_on_with_other_ranks_and_batches_and_nothing_is_read_twice(plan: WindowPlan) -> None:
    state, found = None, []
    for world_size, batch_size, steps in ((2, 2, 1), (3, 1, 2), (1, 3, 1), (2, 4, 9)):
        numbers, state = read_some(plan, world_size, batch_size, steps, state)
        found.append(numbers)
    assert list(map(len, found)) == [4, 6, 3, 3]
    assert sorted(itertools.chain(*found)) == list(range(len(plan)))
    assert state is not None
    assert state["read"] == [[0, len(plan)]]


def test_a_state_of_the_end_leaves_nothing_and_the_iteration_after_it_has_all(plan: WindowPlan) -> None:
    with loaders(plan, 1, batch_size=5)[0] as loader:
        list(loader)
        state = loader.state_dict()
        loader.load_state_dict(state)
        assert len(loader) == loader.num_steps == 0
        assert list(loader) == []
        assert loader.state_dict() == state
        assert rows(loader) == all_rows(plan)


def test_answered_windows_are_left_out_of_every_iteration_and_of_states(plan: WindowPlan) -> None:
    everything = all_rows(plan)
    answered = {key for number, key in everything if number % 3 == 0}
    left = [row for row in everything if row[1] not in answered]
    found: Rows = []
    for loader in loaders(plan, 2, batch_size=3, answered=answered):
        with loader:
            own = [rows(loader) for _ in range(2)]
            assert own[0] == own[1]
            found += own[0]
    assert found == left
    with loaders(plan, 1, batch_size=3, answered=answered)[0] as loader:
        first = rows(itertools.islice(loader, 2))
        state = loader.state_dict()
    with loaders(plan, 1, batch_size=3)[0] as loader:
        loader.load_state_dict(state)
        assert first + rows(loader) == left


def test_iterations_are_equal_and_a_broken_one_begins_again(plan: WindowPlan) -> None:
    def noise(sample: WindowSample, rng: np.random.Generator) -> float:
        return float(rng.random())

    with loaders(plan, 1, batch_size=5, transform=noise, collate=list)[0] as loader:
        noises = [[number for batch in loader for number in batch.inputs] for _ in range(2)]
        assert noises[0] == noises[1]
        assert len(set(noises[0])) == len(plan)
        assert rows(itertools.islice(loader, 2)) == all_rows(plan)[:10]
        assert rows(loader) == all_rows(plan)
        stale: Iterator[Any] = iter(loader)
        next(stale)
        next(iter(loader))
        with pytest.raises(InvalidArgument, match="iterator must be the last one of its loader"):
            next(stale)


def test_transforms_see_no_empty_slot(plan: WindowPlan) -> None:
    seen: list[Any] = []

    def note(sample: WindowSample, rng: np.random.Generator) -> WindowSample:
        seen.append(sample.number)
        return sample

    for loader in loaders(plan, 3, batch_size=4, transform=note):
        list(loader)
    assert sorted(seen) == list(range(len(plan)))


def test_collate_makes_batches_of_windows(plan: WindowPlan) -> None:
    with EvaluationLoader(plan, Collate(tensors="numpy"), **READS, batch_size=5) as loader:
        for batch in loader:
            assert batch.inputs.keys == batch.keys
            assert batch.inputs.frames is not None
            firsts = [expected(plan, number)[0][0] for number in batch.numbers]
            assert frame_numbers(batch.inputs.frames[:, 0]).tolist() == firsts


def test_windows_that_overlap_are_decoded_once_on_a_rank(plan: WindowPlan) -> None:
    with loaders(plan, 1, batch_size=3)[0] as loader:
        list(loader)
        assert 0 < loader.counters["frames_decoded"] <= (10 + 8) * FPS


def test_a_batch_moves_its_tensors_and_nothing_else(plan: WindowPlan) -> None:
    torch = pytest.importorskip("torch")
    meta = torch.device("meta")
    batch = EvaluationBatch(("a",), (0,), (True,), {"input_ids": torch.zeros(1, 2), "use_audio_in_video": True})
    moved = batch.to(meta)
    assert moved.inputs["input_ids"].device == meta
    assert moved.inputs["use_audio_in_video"] is True
    assert (moved.keys, moved.numbers) == (batch.keys, batch.numbers)
    with EvaluationLoader(plan, Collate(), **READS) as loader:
        assert next(iter(loader)).to(meta).inputs.labels.device == meta


def test_wrong_arguments_are_refused_in_one_line(plan: WindowPlan) -> None:
    def refused(text: str, **options: Any) -> None:
        with pytest.raises(InvalidArgument, match=text):
            EvaluationLoader(**{"plan": plan, "collate": counted, **options})

    refused("^plan must be a WindowPlan, got 3; make one", plan=3)
    refused("^collate must be a function of a list of samples, got <class", collate=Collate)
    refused("^collate must be a function of a list of samples, got None", collate=None)
    refused("^transform must be a function of", transform=3)
    refused("^filler must be True or False, got 1", filler=1)
    refused("^batch_size must be an integer from 1", batch_size=0)
    refused("^rank must be an integer from 0 to 1, got 2", rank=2, world_size=2)
    refused("^answered must be keys of windows, got 'abc'", answered="abc")
    refused("^on_error must be", on_error="drop")
    with pytest.raises(NoSuchItem):
        EvaluationLoader(plan, counted, answered=["none@0-2"])


def test_states_of_others_are_refused_in_one_line(plan: WindowPlan) -> None:
    loader = EvaluationLoader(plan, counted, **READS)
    state = loader.state_dict()
    for wrong, text in (
        ({**state, "version": 9}, "^the state's version must be 1, got 9"),
        ({**state, "plan": "0"}, "^the state's plan must be this one"),
        ({**state, "read": [[3, 99]]}, r"^the state's read must be ranges within \[0, 16\)"),
        ({**state, "read": 4}, "^the state's read must be ranges within"),
        (plan.state(0, 1), "^state must have the keys media, plan, read, version"),
    ):
        with pytest.raises(InvalidArgument, match=text):
            loader.load_state_dict(wrong)
