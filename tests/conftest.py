"""Where test media come from; what needs them skips with a reason where they are absent."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from emos_io.corpus import Corpus
from oracle import clips
from oracle.remember import ROOT, build_folder

# Laws are tried on busy machines: none has a deadline.
settings.register_profile("emos", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("emos")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave slow tests to runs that ask for them (`-m slow`, `-m "slow or not slow"`)."""
    if "slow" in (config.getoption("markexpr") or ""):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """The folder of real clips."""
    folder = Path(os.environ.get("EMOS_SHARED_MEDIA", ROOT.parent / "shared" / "media"))
    if not (folder / "make.sh").exists():
        pytest.skip(f"no test media in {str(folder)!r}; set EMOS_SHARED_MEDIA to the folder of make.sh")
    return folder


@pytest.fixture(scope="session")
def release_path() -> Path:
    """The folder of the published EmoS annotations."""
    folder = Path(os.environ.get("EMOS_RELEASE", ROOT.parent / "shared" / "emos-release"))
    if not (folder / "manifest.csv").is_file():
        pytest.skip(f"the EmoS release is not in {str(folder)!r}; set EMOS_RELEASE to its folder")
    return folder


@pytest.fixture(scope="session")
def release(release_path: Path) -> Corpus:
    """The published release, read once."""
    return Corpus.from_release(release_path)


@pytest.fixture(scope="session")
def made_media(shared_media: Path) -> Path:
    """The folder of files that make.sh makes, made once."""
    if given := os.environ.get("EMOS_MADE_MEDIA"):
        folder = Path(given)
        if not folder.is_dir():
            pytest.skip(f"EMOS_MADE_MEDIA is {given!r}, which is no folder")
        return folder
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg on the path, which make.sh needs")
    script = shared_media / "make.sh"
    stamp = hashlib.sha256(script.read_bytes()).hexdigest()[:16]
    folder = build_folder() / f"made-{stamp}"
    build_folder().mkdir(parents=True, exist_ok=True)
    with (build_folder() / f"made-{stamp}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".done").exists():
            subprocess.run(["bash", str(script), str(folder)], check=True, capture_output=True, timeout=1200)
            (folder / ".done").touch()
    return folder


@pytest.fixture(scope="session")
def media_path(request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Turns ``talking/x``, ``torture/x`` or ``made/x`` into a path."""

    def path(name: str) -> Path:
        folder, _, file = name.partition("/")
        if folder == "made":
            found: Path = request.getfixturevalue("made_media") / file
        else:
            found = request.getfixturevalue("shared_media") / folder / file
        assert found.exists(), f"{name} is listed, but absent"
        return found

    return path


@pytest.fixture(scope="session")
def counting_clip() -> Callable[..., Path]:
    """Makes clips whose frames and samples say their own number; see `oracle.clips.counting_clip`."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg on the path")
    return clips.counting_clip
