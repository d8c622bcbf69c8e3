"""`check_resume` against loaders that are right, and against loaders that are each wrong in one way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from emos_io import Collate, InvalidArgument, VideoSpec, WindowLoader, WindowPlan
from emos_io.testing import batch_rows, check_resume, tiny_corpus
from emos_io.testing.rows import RowDigest, row_digest

STEPS, ROWS = 6, 4
Batch = dict[str, Any]


class Counting:
    """Steps of four rows, dealt to ranks; row r of step s has the key s.r."""

    def __init__(self, rank: int, world_size: int) -> None:
        self.rank, self.world_size, self.step = rank, world_size, 0
        self.closed = False

    def batch(self, step: int) -> Batch:
        share = ROWS // self.world_size
        rows = range(self.rank * share, (self.rank + 1) * share)
        values = np.array([[step, row] for row in rows], np.float32)
        return {
            "keys": [f"{step}.{row}" for row in rows],
            "x": values,
            "names": [f"row {row}" for row in rows],
            "rate": 25,
        }

    def __iter__(self) -> Iterator[Batch]:
        while self.step < STEPS:
            self.step += 1
            yield self.batch(self.step - 1)

    def state_dict(self) -> dict[str, int]:
        return {"step": self.step}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        self.step = state["step"]

    def close(self) -> None:
        self.closed = True


class Losing(Counting):
    """The state counts a batch that was only prepared."""

    def state_dict(self) -> dict[str, int]:
        return {"step": self.step + 1}


class Repeating(Counting):
    """The state is that of the batch before."""

    def state_dict(self) -> dict[str, int]:
        return {"step": max(0, self.step - 1)}


class StartingAnew(Counting):
    """The state is not read."""

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        pass


class ChangingABit(Counting):
    """One sign bit of one zero differs after a resume."""

    resumed = False

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        super().load_state_dict(state)
        self.resumed = True

    def batch(self, step: int) -> Batch:
        batch = super().batch(step)
        if self.resumed and step == 4 and self.rank == 0:
            batch["x"][0, 1] = -0.0
        return batch


class ChangingAText(ChangingABit):
    """A text and a value of all rows differ after a resume."""

    def batch(self, step: int) -> Batch:
        batch = Counting.batch(self, step)
        return {**batch, "names": ["row"] * len(batch["names"]), "rate": 24} if self.resumed else batch


class Shuffling(Counting):
    """The order of the rest depends on where it was resumed."""

    first = 0

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        super().load_state_dict(state)
        self.first = self.step

    def batch(self, step: int) -> Batch:
        return super().batch(STEPS - 1 - step + self.first if self.first else step)


class Inventing(Counting):
    """A window that was never there comes after a resume."""

    first = 0

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        super().load_state_dict(state)
        self.first = self.step

    def __iter__(self) -> Iterator[Batch]:
        yield from super().__iter__()
        if self.first:
            yield {**self.batch(STEPS), "keys": ["new"] * (ROWS // self.world_size)}


class EndingEarly(Counting):
    """The second rank lacks the last batch."""

    def __iter__(self) -> Iterator[Batch]:
        while self.step < STEPS - self.rank:
            self.step += 1
            yield self.batch(self.step - 1)


class OfOneWorldSize(Counting):
    """The state is of this world size: it counts the rows of a rank."""

    def state_dict(self) -> dict[str, int]:
        return {"rows": self.step * ROWS // self.world_size}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        self.step = state["rows"] // (ROWS // self.world_size)


def test_a_loader_that_resumes_passes_at_every_stop() -> None:
    check_resume(Counting)
    check_resume(Counting, ranks=(4, 1, 2), stop_after=range(STEPS + 1))
    check_resume(OfOneWorldSize, ranks=(2,))


@pytest.mark.parametrize(
    ("loader", "text"),
    [
        (
            Losing,
            "window '1.0' is lost, step 1, row 0: stopped after 1 step of 6 on 1 rank, resumed on 1; count a batch",
        ),
        (
            Repeating,
            "window '0.0' is repeated, step 1, row 0: stopped after 1 step of 6 on 1 rank, resumed on 1; count every",
        ),
        (
            StartingAnew,
            "window '0.0' is repeated, step 1, row 0: stopped after 1 step of 6 on 1 rank, resumed on 1; count",
        ),
        (
            ChangingABit,
            "window '4.0' is different in x, step 4, row 0: stopped after 1 step of 6 on 1 rank, resumed on 1; let",
        ),
        (
            ChangingAText,
            "window '1.0' is different in names, rate, step 1, row 0: stopped after 1 step of 6 on 1 rank,",
        ),
        (
            Shuffling,
            "window '1.0' is moved, step 1, row 0: stopped after 1 step of 6 on 1 rank, resumed on 1; let the order",
        ),
        (
            Inventing,
            "window 'new' is new, and not in the undisturbed epoch, step 6, row 0: stopped after 1 step of 6 on 1",
        ),
        (EndingEarly, "1 of 2 ranks end after step 5 and the others go on; give all ranks the same number of steps"),
        (
            OfOneWorldSize,
            "window '0.0' is repeated, step 1, row 0: stopped after 1 step of 6 on 2 ranks, resumed on 1; count",
        ),
    ],
)
def test_a_loader_that_is_wrong_fails_in_one_line(loader: type[Counting], text: str) -> None:
    stops = (1,) if loader is OfOneWorldSize else None
    sizes = (2, 1) if loader in (EndingEarly, OfOneWorldSize) else (1, 2)
    with pytest.raises(AssertionError, match=f"^{re.escape(text)}[^\n]*$"):
        check_resume(loader, ranks=sizes, stop_after=stops)


def test_what_one_world_size_does_wrong_is_named() -> None:
    def make(rank: int, world_size: int) -> Counting:
        return (Losing if world_size == 4 else Counting)(rank, world_size)

    check_resume(make, ranks=(1, 2))
    with pytest.raises(AssertionError, match="stopped after 2 steps of 6 on 4 ranks, resumed on 1; "):
        check_resume(make, ranks=(1, 4), stop_after=[2])


def test_every_loader_is_closed_also_after_a_failure() -> None:
    made: list[Counting] = []

    def make(rank: int, world_size: int) -> Counting:
        made.append(EndingEarly(rank, world_size))
        return made[-1]

    with pytest.raises(AssertionError, match="end after step 5"):
        check_resume(make, ranks=(2,))
    assert [loader.closed for loader in made] == [True, True]


def test_arguments_that_check_nothing_are_refused() -> None:
    class Short(Counting):
        def __iter__(self) -> Iterator[Batch]:
            yield self.batch(0)

    wrong: list[tuple[dict[str, Any], str]] = [
        ({"ranks": ()}, "ranks must be a sequence of integers, got (); "),
        ({"ranks": 2}, "ranks must be a sequence of integers, got 2; "),
        ({"ranks": [0]}, "ranks must be an integer from 1 to "),
        ({"stop_after": []}, "stop_after must be a sequence of integers, got []; "),
        ({"stop_after": [7]}, "stop_after must be an integer from 0 to 6, got 7; "),
    ]
    for options, text in wrong:
        with pytest.raises(InvalidArgument, match=f"^{re.escape(text)}[^\n]+$"):
            check_resume(Counting, **options)
    with pytest.raises(InvalidArgument, match="an epoch of at least 2 steps, got 1; "):
        check_resume(Short)
    with pytest.raises(InvalidArgument, match="loaders with load_state_dict or reset, got "):
        check_resume(lambda rank, world_size: [], ranks=(1,))  # type: ignore[arg-type, return-value]
    with pytest.raises(InvalidArgument, match=r"a batch must be .* got 3; give rows_of"):
        check_resume(Counting, rows_of=lambda batch: batch_rows(3))


def test_batches_without_keys_have_rows_of_the_caller() -> None:
    class Keyless(Counting):
        def batch(self, step: int) -> Batch:
            return {"x": super().batch(step)["x"]}

    def rows(batch: Batch) -> list[tuple[str, dict[str, object]]]:
        return [(f"{x[0]:g}.{x[1]:g}", {"x": x}) for x in batch["x"]]

    check_resume(Keyless, rows_of=rows)
    with pytest.raises(InvalidArgument, match="a batch must be "):
        check_resume(Keyless)


def test_classes_are_not_rows_where_there_are_as_many_of_both() -> None:
    plan = WindowPlan(tiny_corpus(), 2, 1, num_lanes=14, seed=3)
    assert len(plan.classes) == 7

    def make(rank: int, world_size: int) -> WindowLoader[Any]:
        numpy = Collate(tensors="numpy")
        video = VideoSpec(fps=1, size=(8, 8))
        return WindowLoader(
            plan, video=video, audio=None, rank=rank, world_size=world_size, collate=numpy, on_error="mask"
        )

    check_resume(make, ranks=(1, 2, 7))


class Later:
    """A loader of ours whose state is one step late."""

    def __init__(self, loader: WindowLoader[Any]) -> None:
        self.loader = loader

    def __iter__(self) -> Iterator[Any]:
        return iter(self.loader)

    def state_dict(self) -> dict[str, Any]:
        state = self.loader.state_dict()
        return {**state, "step": state["step"] - 1}

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        self.loader.load_state_dict(state)


def test_a_wrapped_loader_of_ours_fails_with_the_key_of_a_plan() -> None:
    plan = WindowPlan(tiny_corpus(), 2, 1, num_lanes=2, seed=3)

    def make(rank: int, world_size: int) -> WindowLoader[Any]:
        numpy = Collate(tensors="numpy")
        video = VideoSpec(fps=1, size=(8, 8))
        return WindowLoader(plan, video=video, rank=rank, world_size=world_size, collate=numpy, on_error="mask")

    check_resume(make)
    first = plan.window(int(plan.batch(0, 0).numbers[0, 0])).key
    with pytest.raises(AssertionError, match=f"^window {re.escape(repr(first))} is repeated, step 1, row 0: "):
        check_resume(lambda rank, world_size: Later(make(rank, world_size)))


def differing(one: object, other: object) -> bool:
    first, second = (row_digest(("a", {"x": value})) for value in (one, other))
    return first.differing(second) == ["x"]


def test_digests_differ_where_bits_types_or_shapes_do() -> None:
    torch = pytest.importorskip("torch")
    quiet, loud = np.array([0x7FC00000, 0x7FC00001], np.uint32).view(np.float32)
    pairs: list[tuple[object, object]] = [
        (np.float32(0.0), np.float32(-0.0)),
        (0.0, -0.0),
        (quiet, loud),
        (np.zeros(4, np.int32), np.zeros(4, np.float32)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (["ab", "c"], ["a", "bc"]),
        ({"a": 1}, {"b": 1}),
        (1, True),
        ("1", 1),
        (None, "None"),
        (torch.tensor([1.0], dtype=torch.bfloat16), torch.tensor([1.0078125], dtype=torch.bfloat16)),
        (torch.tensor(1.0, dtype=torch.bfloat16), torch.tensor(1.0, dtype=torch.float16)),
        (RowDigest("a", {}), RowDigest("b", {})),
        (np.array([None, "a"], object), np.array([None, "b"], object)),
        ({"a", "b"}, {"a"}),
    ]
    for one, other in pairs:
        assert differing(one, other), (one, other)
        assert not differing(one, one), one
    assert not differing(np.arange(6).reshape(2, 3).T, np.arange(6).reshape(2, 3).T.copy())
    with pytest.raises(InvalidArgument, match=r"rows must hold arrays, tensors, .* got <object object"):
        row_digest(("a", {"x": object()}))
