"""Examples of the docs and of docstrings run in a folder of small media, labels and a small release."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from _pytest.doctest import DoctestItem

LABELS = "file,from,to,emotion\ntalk,0,4000,Joy\ntalk,4500,8000,Sadness\n"


@pytest.fixture(scope="session")
def examples_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``talk.mp4`` (8 s, 25 frames a second), ``clips/`` with labels, and ``emos-release/``."""
    from oracle import clips, synthetic_release

    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg on the path, which makes the clips of the examples")
    folder = tmp_path_factory.mktemp("examples")
    video = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=8"]
    audio = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=8"]
    coded = ["-c:v", "libx264", "-g", "50", "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-c:a", "alac"]
    shutil.copy(clips.make([*video, *audio, *coded], ".mp4"), folder / "talk.mp4")
    (folder / "clips").mkdir()
    shutil.copy(folder / "talk.mp4", folder / "clips" / "talk.mp4")
    (folder / "clips" / "labels.csv").write_text(LABELS, encoding="utf-8")
    synthetic_release.make(folder / "emos-release")
    return folder


@pytest.fixture(autouse=True)
def examples_run_in_their_folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each example in the folder; other tests are left alone."""
    if isinstance(request.node, DoctestItem):
        monkeypatch.chdir(request.getfixturevalue("examples_folder"))
