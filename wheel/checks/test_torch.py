"""One process with torch, torchcodec and PyAV, which `make test-wheel-peers` runs: they bring about 6 GB."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from clips_of_wheel import SHARED_MEDIA, require
from environments import environment
from test_neighbours import decode

pytestmark = pytest.mark.peers

LIBRARIES = ("emos_io", "torch", "torchcodec", "av")
ORDERS = [order for order in itertools.permutations(LIBRARIES) if order.index("torch") < order.index("torchcodec")]


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel, torch, torchcodec and PyAV."""
    return environment(tmp_path_factory.mktemp("torch"), [str(wheel), "torch>=2.9", "torchcodec>=0.9", "av>=12"])


@pytest.mark.parametrize("order", ORDERS, ids=["-".join(order) for order in ORDERS])
def test_each_gives_what_it_gives_alone(order: tuple[str, ...], python: Path) -> None:
    clip = min(require(SHARED_MEDIA).glob("talking/*.mp4"), key=lambda path: path.stat().st_size)
    expected = {name: decode(python, clip, name)[name] for name in ("emos_io", "torchcodec", "av")}
    assert decode(python, clip, *order) == expected | {"again": expected["emos_io"]}
