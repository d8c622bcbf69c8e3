"""A folder for pages whose path nobody named; folders of saved processors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def processors(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A folder of a saved processor for each family."""
    pytest.importorskip("transformers", reason="transformers is not installed")
    from emos_io.testing.tiny_models import TINY_FAMILIES, TinyFamily, tiny_processor

    folders: dict[TinyFamily, Path] = {family: tmp_path_factory.mktemp(family) for family in TINY_FAMILIES}
    for family, folder in folders.items():
        tiny_processor(family).save_pretrained(folder)
    return {str(family): folder for family, folder in folders.items()}
