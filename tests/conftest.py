"""Where test media come from; what needs them skips with a reason where they are absent."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from emos_io.corpus import Corpus
from oracle import clips, made
from oracle.remember import ROOT

if TYPE_CHECKING:
    from child import Child

# They import trainers, for a process of their own; pytest would import them here to look for doctests.
collect_ignore_glob = ["adapters/cover/runs_*.py"]

# Laws are tried on busy machines: none has a deadline. Runs that ask for slow tests try each with more examples.
settings.register_profile("emos", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("emos-long", settings.get_profile("emos"), max_examples=100)
settings.load_profile("emos")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples laws have, before the first of them is read."""
    if "slow" in (config.getoption("markexpr") or ""):
        settings.load_profile("emos-long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark laws of Hypothesis, and leave slow tests to runs that ask for them (`-m slow`, `-m "slow or not slow"`)."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.property)
    if "slow" in (config.getoption("markexpr") or ""):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Make the media that tests will ask for, once, before the first of them: no test's timeout runs yet."""
    needed = any({"made_media", "media_path"} & set(getattr(item, "fixturenames", ())) for item in session.items)
    if not needed or session.config.option.collectonly or made.why_none() or made.is_made():
        return
    if reporter := session.config.pluginmanager.get_plugin("terminalreporter"):
        reporter.write_line(f"making the test media in {str(made.made_folder())!r}, which takes minutes")
    made.make()


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """The folder of real clips."""
    if why := made.why_no_shared():
        pytest.skip(why)
    return made.shared_folder()


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
def saved_release(release: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the published release as a saved corpus, which verbs read in a quarter of the time."""
    folder = tmp_path_factory.mktemp("saved") / "release"
    release.save(folder)
    return folder


@pytest.fixture(scope="session")
def made_media() -> Path:
    """The folder of files that make.sh makes; `pytest_collection_finish` has made them."""
    if why := made.why_none():
        pytest.skip(why)
    assert made.is_made(), "this test needs made media, but its fixtures do not say so"
    return made.made_folder()


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


@pytest.fixture(scope="session")
def dali_child() -> Iterator[Child]:
    """A process in which tests of tests/gpu call DALI, one for all of them."""
    if not _is_dali_installed():
        pytest.skip("DALI is not installed: make test-gpu-path")
    # It lies beside these tests, where no other test looks for modules.
    from child import Child

    with Child() as child:
        yield child


def _is_dali_installed() -> bool:
    try:
        return importlib.util.find_spec("nvidia.dali") is not None
    except ImportError:
        return False
