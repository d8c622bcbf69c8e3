"""Whether a loader that is stopped and resumed gives every window once, with the same bits."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from .._checks import integer
from ..errors import InvalidArgument, short_repr
from .rows import Row, RowDigest, batch_rows, row_digest

State = TypeVar("State")
Batch = TypeVar("Batch")
GivenBatch = TypeVar("GivenBatch", covariant=True)


class Resumable(Protocol[State, GivenBatch]):
    """A loader: `WindowLoader`, `StatefulDataLoader`, `torchdata.nodes.Loader`, or one of your own."""

    def __iter__(self) -> Iterator[GivenBatch]:
        """Begin the epoch, at the state that was loaded, if any."""
        ...

    def state_dict(self) -> State:
        """Return where it stands: batches that were handed out count as used."""
        ...

    def load_state_dict(self, state: State, /) -> None:
        """Let the next iteration begin right after the last batch of a state."""
        ...


class ResumableNode(Protocol[State, GivenBatch]):
    """A node of torchdata, which goes to a state with `reset`."""

    def __iter__(self) -> Iterator[GivenBatch]:
        """Go on where it stands."""
        ...

    def state_dict(self) -> State:
        """Return where it stands."""
        ...

    def reset(self, state: State | None = None, /) -> None:
        """Go to a state, or to the start of an epoch."""
        ...


MakeLoader: TypeAlias = Callable[[int, int], Resumable[State, Batch] | ResumableNode[State, Batch]]
"""Gets (rank, world_size) and gives a new loader."""

_Steps = list[list[RowDigest]]


def check_resume(
    make_loader: MakeLoader[State, Batch],
    *,
    ranks: Sequence[int] = (1, 2),
    stop_after: Sequence[int] | None = None,
    rows_of: Callable[[Batch], Sequence[Row]] = batch_rows,
) -> None:
    """Check that stopping and resuming an epoch loses, repeats and changes nothing.

    An epoch runs undisturbed on the first world size of `ranks`. Then it is stopped after some steps on each world size, and
    resumed by new loaders on each: the rows of all ranks, one rank after another, must be those of the undisturbed epoch,
    step by step and bit by bit. States travel as pickles. On the same world size each rank gets its own state; on another,
    all get that of rank 0.

    Args:
        make_loader: Gets (rank, world_size) and gives a new loader, always the same one for the same numbers. Its `close`
            is called, if it has one.
        ranks: World sizes, at least one.
        stop_after: After how many steps to stop, each from 0 to the number of steps; None for the first, the middle and the
            one before the last. After the last step a loader gives nothing, or the next epoch.
        rows_of: Gives (key, values by name) of each row of a batch; see `batch_rows`.

    Raises:
        AssertionError: A window is lost, repeated, moved or different, or the ranks have different numbers of steps; one
            line that names the first such window and where.
        InvalidArgument: An argument is not allowed, or the epoch has fewer than two steps.

    Cost: for R world sizes and S stops about ``1 + S * R * (R + 1) / 2`` epochs.

    Example:
        >>> from emos_io import Collate, VideoSpec, WindowLoader, WindowPlan
        >>> from emos_io.testing import tiny_corpus
        >>> plan = WindowPlan(tiny_corpus(), 2, 1, num_lanes=2, seed=3)
        >>> options = {"video": VideoSpec(size=(8, 8)), "collate": Collate(tensors="numpy"), "on_error": "mask"}
        >>> check_resume(lambda rank, world_size: WindowLoader(plan, rank=rank, world_size=world_size, **options))
    """
    sizes = [integer(each, "ranks", "give world sizes such as (1, 2)") for each in _listed(ranks, "ranks")]
    expected, _ = _run(make_loader, sizes[0], rows_of)
    total = len(expected)
    if total < 2:
        raise InvalidArgument(
            f"make_loader must give an epoch of at least 2 steps, got {total}; there is no step between which to stop"
        )
    if stop_after is None:
        stops = sorted({1, total // 2, total - 1})
    else:
        hint = "it counts batches before the stop"
        stops = [integer(each, "stop_after", hint, least=0, most=total) for each in _listed(stop_after, "stop_after")]
    for stop in stops:
        for before in sizes:
            first, states = _run(make_loader, before, rows_of, stop=stop)
            for after in sizes:
                loaded = states if after == before else [states[0]] * after
                rest, _ = _run(make_loader, after, rows_of, states=loaded)
                words = (
                    f"stopped after {_count(stop, 'step')} of {total} on {_count(before, 'rank')}, resumed on {after}"
                )
                if stop == total and rest:
                    _compare(expected, first, words)
                    _compare(
                        _run(make_loader, sizes[0], rows_of, is_second=True)[0], rest, f"{words} in the next epoch"
                    )
                else:
                    _compare(expected, first + rest, words)


def _run(
    make_loader: MakeLoader[State, Batch],
    world_size: int,
    rows_of: Callable[[Batch], Sequence[Row]],
    *,
    states: Sequence[bytes] | None = None,
    stop: int | None = None,
    is_second: bool = False,
) -> tuple[_Steps, list[bytes]]:
    """Return the rows of each step, and, where it stops, the state of each rank; `is_second` asks for the second epoch."""
    loaders = [make_loader(rank, world_size) for rank in range(world_size)]
    steps: _Steps = []
    found: list[bytes] = []
    try:
        for rank, loader in enumerate(loaders):
            _begin(loader, None if states is None else states[rank])
            if is_second:
                for _ in loader:
                    pass
                _begin(loader, None)
        iterators = [iter(loader) for loader in loaders] if stop != 0 else []
        while iterators and stop != len(steps):
            batches = [batch for each in iterators for batch in _next(each)]
            if len(batches) not in (0, world_size):
                raise AssertionError(
                    f"{world_size - len(batches)} of {world_size} ranks end after step {len(steps)} and the others go on; "
                    "give all ranks the same number of steps"
                )
            if not batches:
                break
            steps.append([row_digest(row) for batch in batches for row in rows_of(batch)])
        if stop is not None:
            found = [pickle.dumps(loader.state_dict()) for loader in loaders]
    finally:
        for loader in loaders:
            close = getattr(loader, "close", None)
            if callable(close):
                close()
    return steps, found


def _begin(loader: Resumable[State, Batch] | ResumableNode[State, Batch], pickled: bytes | None) -> None:
    state: State | None = None if pickled is None else pickle.loads(pickled)
    load = getattr(loader, "load_state_dict", None)
    reset = getattr(loader, "reset", None)
    if callable(load):
        if state is not None:
            load(state)
    elif callable(reset):
        reset(state)
    else:
        raise InvalidArgument(
            f"make_loader must give loaders with load_state_dict or reset, got {short_repr(loader)}; add one of them"
        )


def _next(iterator: Iterator[Batch]) -> list[Batch]:
    """Return the next batch, or nothing at the end."""
    for batch in iterator:
        return [batch]
    return []


@dataclass(frozen=True, slots=True)
class _Where:
    """A row of an epoch, and where it stands."""

    step: int
    row: int
    digest: RowDigest


def _flat(steps: _Steps) -> list[_Where]:
    return [_Where(step, row, digest) for step, rows in enumerate(steps) for row, digest in enumerate(rows)]


def _compare(expected: _Steps, got: _Steps, words: str) -> None:
    """Raise an AssertionError for the first row that is not as expected."""
    wanted, found = _flat(expected), _flat(got)
    if [[row.key for row in rows] for rows in expected] == [[row.key for row in rows] for rows in got]:
        for old, new in zip(wanted, found, strict=True):
            if names := old.digest.differing(new.digest):
                raise AssertionError(
                    f"{_name(old.digest.key)} is different in {', '.join(names)}, {_where(old)}: {words}; let it depend on "
                    "seed, epoch and key alone"
                )
        return
    first = next(
        index
        for index in range(max(len(wanted), len(found)) + 1)
        if index >= min(len(wanted), len(found)) or _at(wanted[index]) != _at(found[index])
    )
    num_wanted = Counter(each.digest.key for each in wanted)
    num_found = Counter(each.digest.key for each in found)
    if first < len(wanted) and num_found[wanted[first].digest.key] < num_wanted[wanted[first].digest.key]:
        at = wanted[first]
        problem, hint = "lost", "count a batch in the state once it is handed out, not before"
    elif first < len(found) and num_found[found[first].digest.key] > num_wanted[found[first].digest.key]:
        at = found[first]
        key = at.digest.key
        problem = "repeated" if num_wanted[key] else "new, and not in the undisturbed epoch"
        hint = "count every batch in the state that was handed out"
    else:
        at = (wanted if first < len(wanted) else found)[first]
        problem, hint = "moved", "let the order depend on seed and epoch alone"
    raise AssertionError(f"{_name(at.digest.key)} is {problem}, {_where(at)}: {words}; {hint}")


def _at(at: _Where) -> tuple[int, int, str | None]:
    return at.step, at.row, at.digest.key


def _name(key: str | None) -> str:
    return "an empty slot" if key is None else f"window {key!r}"


def _where(at: _Where) -> str:
    return f"step {at.step}, row {at.row}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(values: object, name: str) -> list[object]:
    if isinstance(values, str | bytes) or not isinstance(values, Sequence) or not values:
        raise InvalidArgument(
            f"{name} must be a sequence of integers, got {short_repr(values)}; give a tuple such as (1, 2)"
        )
    return list(values)
