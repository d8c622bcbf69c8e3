"""One process with PyAV, OpenCV and decord2, each with an FFmpeg of its own: in every order, each gives what it gives alone."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path

import pytest
from clips_of_wheel import SHARED_MEDIA, require

NEIGHBOUR = Path(__file__).with_name("neighbour.py")
LIBRARIES = ("emos_io", "av", "cv2", "decord")
ORDERS = list(itertools.permutations(LIBRARIES))


def decode(python: Path, clip: Path, *names: str) -> dict[str, str]:
    """Return the digest of what each library decodes in one process."""
    words = [str(python), str(NEIGHBOUR), str(clip), *names]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(names)}: {done.returncode}: {done.stderr}"
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="session")
def clip() -> Path:
    """A short real clip."""
    found = sorted(require(SHARED_MEDIA).glob("talking/*.mp4"), key=lambda path: path.stat().st_size)
    assert found
    return found[0]


@pytest.fixture(scope="session")
def alone(installed: Path, clip: Path) -> dict[str, str]:
    """What each library gives in a process of its own."""
    return {name: decode(installed, clip, name)[name] for name in LIBRARIES}


@pytest.mark.parametrize("order", ORDERS, ids=["-".join(order) for order in ORDERS])
def test_each_gives_what_it_gives_alone(
    order: tuple[str, ...], installed: Path, clip: Path, alone: dict[str, str]
) -> None:
    assert decode(installed, clip, *order) == alone | {"again": alone["emos_io"]}
