"""Epochs end with their last batch, however it is taken, in loaders, samplers and nodes alike."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipes_help import NUMPY, film, films, plan_of

from emos_io.errors import InvalidArgument
from emos_io.pipes import AudioSpec, LaneBatches, WindowDataset, WindowLoader

PLAN = plan_of([film(str(n), None, seconds) for n, seconds in enumerate((10, 7, 9, 5))], num_lanes=4)
STEPS = PLAN.num_steps()
Keys = tuple[str | None, ...]


class Subject(Protocol):
    """A loop over the plan."""

    def __iter__(self) -> Iterator[Any]: ...
    def set_epoch(self, epoch: int, /) -> None: ...
    def state_dict(self) -> Any: ...
    def load_state_dict(self, state: Any, /) -> None: ...


def loader() -> Any:
    """Items without media: nothing is read."""
    return WindowLoader(
        PLAN, video=None, audio=AudioSpec(100), collate=NUMPY, on_error="mask", num_threads=1, prefetch=1
    )


def lane_batches() -> Any:
    return LaneBatches(PLAN)


SUBJECTS: list[Callable[[], Subject]] = [loader, lane_batches]
both = pytest.mark.parametrize("make", SUBJECTS, ids=lambda make: make.__name__)


def keys_of(batch: Any) -> Keys:
    if isinstance(batch, list):
        return tuple(None if index.number < 0 else PLAN.window(index.number).key for index in batch)
    keys: Keys = batch.keys
    return keys


def planned(epoch: int, first: int = 0, end: int = STEPS) -> list[Keys]:
    """What the plan says of the steps of an epoch."""
    numbers = [PLAN.batch(epoch, step).numbers.ravel().tolist() for step in range(first, end)]
    return [tuple(None if number < 0 else PLAN.window(number).key for number in step) for step in numbers]


def by_for(subject: Subject) -> list[Any]:
    return list(subject)


def by_islice(subject: Subject) -> list[Any]:
    return list(itertools.islice(subject, STEPS))


def by_zip(subject: Subject) -> list[Any]:
    # zip asks for a number first, and finds none.
    return [batch for _, batch in zip(range(STEPS), subject, strict=False)]


def by_next(subject: Subject) -> list[Any]:
    iterator = iter(subject)
    return [next(iterator) for _ in range(STEPS)]


WAYS: list[Callable[[Subject], list[Any]]] = [by_for, by_islice, by_zip, by_next]


@both
@pytest.mark.parametrize("take", WAYS, ids=lambda take: take.__name__)
def test_taking_all_batches_ends_the_epoch_however_it_is_done(make: Any, take: Any) -> None:
    subject = make()
    for epoch in range(3):
        assert [keys_of(batch) for batch in take(subject)] == planned(epoch)
        state = subject.state_dict()
        assert (state["epoch"], state["step"]) == (epoch + 1, 0)
        other = make()
        other.load_state_dict(pickle.loads(pickle.dumps(state)))
        assert [keys_of(batch) for batch in other] == planned(epoch + 1)
    assert planned(0) != planned(1) != planned(2)


@both
def test_a_finished_iterator_stays_finished(make: Any) -> None:
    subject = make()
    iterator = iter(subject)
    list(itertools.islice(iterator, STEPS))
    state = subject.state_dict()
    for disturb in (
        lambda: None,
        lambda: subject.set_epoch(5),
        lambda: subject.load_state_dict(state),
        lambda: iter(subject),
    ):
        disturb()
        assert next(iterator, "over") == "over"
    assert subject.state_dict() == state


STALE: dict[str, Callable[[Any], object]] = {
    "a newer iterator": iter,
    "set_epoch": lambda subject: subject.set_epoch(1),
    "load_state_dict": lambda subject: subject.load_state_dict(subject.state_dict()),
}


@both
@pytest.mark.parametrize(("by", "end"), STALE.items(), ids=STALE)
@pytest.mark.parametrize("taken", [0, 1, STEPS - 1])
def test_an_iterator_that_something_ended_raises_and_says_so(make: Any, by: str, end: Any, taken: int) -> None:
    subject = make()
    iterator = iter(subject)
    list(itertools.islice(iterator, taken))
    end(subject)
    text = f"^iterator must be the last one of its loader, got one of epoch 0 that {by} ended after {taken} batches; "
    for _ in range(2):
        with pytest.raises(InvalidArgument, match=text):
            next(iterator)


def test_an_iterator_of_a_closed_loader_raises_and_the_next_one_begins_again() -> None:
    subject = loader()
    iterator = iter(subject)
    next(iterator)
    subject.close()
    with pytest.raises(InvalidArgument, match="that close ended after 1 batches"):
        next(iterator)
    assert [keys_of(batch) for batch in subject] == planned(0)


def test_an_iterator_that_failed_goes_on_failing() -> None:
    subject = WindowLoader(PLAN, video=None, audio=AudioSpec(100), collate=NUMPY)
    iterator = iter(subject)
    with pytest.raises(FileNotFoundError):
        next(iterator)
    with pytest.raises(InvalidArgument, match="got one of epoch 0 that SourceNotFound ended after 0 batches"):
        next(iterator)
    assert (subject.state_dict()["epoch"], subject.state_dict()["step"]) == (0, 0)


@both
def test_a_loaded_step_is_kept_until_a_batch_was_taken(make: Any) -> None:
    subject = make()
    subject.load_state_dict(PLAN.state(1, 2))
    # A trainer may make an iterator and drop it.
    iter(subject)
    subject.set_epoch(1)
    assert len(subject) == STEPS
    iterator = iter(subject)
    assert keys_of(next(iterator)) == planned(1)[2]
    assert [keys_of(batch) for batch in subject] == planned(1)


@both
def test_trainers_set_the_epoch_of_an_iterator_that_gave_nothing_yet(make: Any) -> None:
    subject = make()
    hook = getattr(subject, "batch_sampler", subject).sampler
    iterator = iter(subject)
    hook.set_epoch(2)
    assert keys_of(next(iterator)) == planned(2)[0]
    hook.set_epoch(2)
    assert keys_of(next(iterator)) == planned(2)[1]
    hook.set_epoch(3)
    with pytest.raises(InvalidArgument, match="that set_epoch ended after 2 batches"):
        next(iterator)
    assert [keys_of(batch) for batch in subject] == planned(3)
    subject.load_state_dict(PLAN.state(0, 4))
    iterator = iter(subject)
    hook.set_epoch(0)
    assert keys_of(next(iterator)) == planned(0)[4]


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(0, STEPS)),
        st.tuples(st.just("set_epoch"), st.integers(0, 3)),
        st.tuples(st.just("hook"), st.integers(0, 3)),
        st.tuples(st.just("load"), st.integers(0, 3 * STEPS)),
    ),
    max_size=8,
)


@given(OPERATIONS)
def test_a_position_is_what_a_plain_model_says(operations: list[tuple[str, int]]) -> None:
    """The model: (epoch, step) of the state, and (epoch, first) of the next iteration."""
    subject = lane_batches()
    state, begin = (0, 0), (0, 0)
    for name, value in operations:
        if name == "take":
            epoch, first = state = begin
            batches = list(itertools.islice(iter(subject), value))
            assert [keys_of(batch) for batch in batches] == planned(epoch, first, min(first + value, STEPS))
            if batches:
                is_over = first + len(batches) == STEPS
                state = (epoch + 1, 0) if is_over else (epoch, first + len(batches))
                begin = (epoch + is_over, 0)
        elif name == "load":
            state = begin = divmod(value, STEPS)
            subject.load_state_dict(PLAN.state(*begin))
        elif value != begin[0]:
            (subject if name == "set_epoch" else subject.sampler).set_epoch(value)
            state = begin = (value, 0)
        found = subject.state_dict()
        assert (found["epoch"], found["step"]) == state


def test_nodes_end_epochs_as_loaders_do() -> None:
    pytest.importorskip("torchdata", reason="torchdata is not installed")
    from torchdata.nodes import Loader  # type: ignore[import-untyped]

    from emos_io.pipes import nodes

    steps = nodes.PlanSteps(PLAN)
    torchdata_loader = Loader(steps)
    for epoch in range(3):
        taken = list(itertools.islice(torchdata_loader, STEPS))
        assert [(step.epoch, step.step) for step in taken] == [(epoch, step) for step in range(STEPS)]
        state = steps.get_state()
        subject = loader()
        subject.load_state_dict(PLAN.state(epoch, 0))
        list(itertools.islice(subject, STEPS))
        assert state == subject.state_dict()
        assert (state["epoch"], state["step"]) == (epoch + 1, 0)
        resumed = nodes.PlanSteps(PLAN)
        resumed.reset(state)
        assert [(step.epoch, step.step) for step in resumed] == [(epoch + 1, step) for step in range(STEPS)]
    # After a break the epoch begins again.
    next(iter(torchdata_loader))
    assert next(iter(torchdata_loader)).step == 0
    assert steps.get_state()["epoch"] == 3


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("num_workers", [0, 1])
def test_a_data_loader_without_collate_names_it(num_workers: int) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    plan = plan_of(films(1), num_lanes=1)
    data: Any = WindowDataset(plan, video=None, audio=AudioSpec(100))
    wrong = torch.utils.data.DataLoader(data, batch_size=2, num_workers=num_workers)
    with pytest.raises(
        InvalidArgument, match=r"got torch's default_collate; pass DataLoader\(\.\.\., collate_fn=Collate\(\)\)"
    ):
        next(iter(wrong))
    given = torch.utils.data.DataLoader(
        WindowDataset(plan, video=None, audio=AudioSpec(100), transform=lambda sample, rng: sample.waveform),
        batch_size=2,
    )
    assert next(iter(given)).shape == (2, 1, 200)


def test_check_media_is_true_or_false() -> None:
    wrong: Any = "no"
    text = r"^check_media must be True or False, got 'no'; "
    with pytest.raises(InvalidArgument, match=text):
        LaneBatches(PLAN, check_media=wrong)
    with pytest.raises(InvalidArgument, match=text):
        WindowLoader(PLAN, video=None, collate=NUMPY, check_media=wrong)
    with pytest.raises(InvalidArgument, match=text):
        loader().load_state_dict(PLAN.state(0, 0), check_media=wrong)
