"""The table of correctness cases names files and tests that exist."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from cases import CASES

TESTS = Path(__file__).parents[1]
PROMISED = {f"C{n}" for n in (*range(1, 13), *range(15, 21), *range(22, 28), 30)}


def test_every_promised_case_has_a_row() -> None:
    assert set(CASES) == PROMISED


@pytest.mark.parametrize("name", CASES)
def test_every_test_of_a_case_exists(name: str) -> None:
    for test in CASES[name].tests:
        path, _, function = test.partition("::")
        tree = ast.parse((TESTS / path).read_text())
        assert function in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, test


@pytest.mark.parametrize("name", CASES)
def test_every_file_of_a_case_exists(name: str, media_path: Callable[[str], Path]) -> None:
    for file in CASES[name].files:
        assert media_path(file).is_file()
