"""FSDP2 and its hybrid form, killed and resumed: ids are exact, on the ranks that a mesh names."""

from __future__ import annotations

from pathlib import Path

import pytest
from cover_check import check
from cover_server import Server
from cover_spec import Kill, RunSpec


@pytest.mark.parametrize(
    ("trainer", "kill"),
    [
        ("fsdp2", "middle"),
        ("hsdp", "end"),
        pytest.param("fsdp2", "end", marks=pytest.mark.slow),
        pytest.param("hsdp", "middle", marks=pytest.mark.slow),
    ],
)
def test_a_killed_run_goes_on_with_the_windows_of_an_unbroken_one(
    trainer: str, kill: Kill, cover_server: Server, tmp_path: Path
) -> None:
    spec = RunSpec(trainer, 2, 0, kill, tmp_path)
    cover_server.launch(spec)
    cover_server.launch(spec.resumed())
    check(spec, is_native=True)
