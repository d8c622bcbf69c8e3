"""Every trainer, killed and resumed: a pairwise cover of ranks, workers and places to be killed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from cover_check import check, lane_order, shuffled_order
from cover_pairs import Row, pairs_of, pairwise_cover
from cover_server import Server, server
from cover_spec import ALL_KILLS, KILLS, RANKS, TRAINERS, WORKERS, RunSpec

FACTORS = (TRAINERS, RANKS, WORKERS, KILLS)
MOST_ROWS = 10
NATIVE = ("hf_native", "lightning", "accelerate", "fsdp2", "hsdp", "nodes", "lightning_fsdp2")
"""Trainers whose batches are those of a WindowLoader; accelerate with workers takes a DataLoader."""
LOOPS: list[Row] = [
    ("fsdp2", 2, 0, "middle"),
    ("hsdp", 2, 0, "end"),
    ("stateful", 1, 2, "middle"),
    ("stateful", 2, 0, "end"),
    ("nodes", 1, 2, "middle"),
]
"""Loops of one's own: over sharded models, and over the loaders of torchdata as they are."""
MORE_LOOPS: list[Row] = [
    *itertools.product(("fsdp2", "hsdp", "lightning_fsdp2"), (2,), (0,), ALL_KILLS),
    *itertools.product(("stateful", "nodes"), RANKS, WORKERS, ALL_KILLS),
]
COVER = pairwise_cover(FACTORS)
ALL = list(itertools.product(TRAINERS, RANKS, WORKERS, ALL_KILLS))


@pytest.fixture(scope="session")
def cover_server() -> Iterator[Server]:
    with server() as served:
        yield served


def _id(row: Row) -> str:
    return "-".join(map(str, row))


ROWS = [pytest.param(row, id=_id(row), marks=() if row in COVER else pytest.mark.slow) for row in ALL]


def test_the_cover_has_every_pair_in_at_most_ten_rows() -> None:
    print(*map(_id, COVER), sep="\n")
    assert len(COVER) <= MOST_ROWS
    assert set().union(*map(pairs_of, COVER)) == set().union(*map(pairs_of, itertools.product(*FACTORS)))


@pytest.mark.parametrize("row", ROWS)
def test_a_killed_run_goes_on_with_the_windows_of_an_unbroken_one(
    row: Row, cover_server: Server, tmp_path: Path
) -> None:
    trainer, ranks, workers, kill = row
    if find_spec(f"runs_{trainer}") is None:
        pytest.skip(f"runs_{trainer} is not here yet")
    kill_and_resume(RunSpec(trainer, ranks, workers, kill, tmp_path), cover_server)


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=_id(row), marks=() if row in LOOPS else pytest.mark.slow) for row in MORE_LOOPS],
)
def test_a_killed_loop_of_ones_own_goes_on_with_the_windows_of_an_unbroken_one(
    row: Row, cover_server: Server, tmp_path: Path
) -> None:
    trainer, ranks, workers, kill = row
    kill_and_resume(RunSpec(trainer, ranks, workers, kill, tmp_path), cover_server)


def kill_and_resume(spec: RunSpec, served: Server) -> None:
    served.launch(spec)
    served.launch(spec.resumed())
    is_native = spec.trainer in NATIVE and (spec.trainer, spec.workers) != ("accelerate", 2)
    check(spec, shuffled_order if spec.trainer == "trl" else lane_order, is_native=is_native)
