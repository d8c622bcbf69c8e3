"""What the examples of docs and docstrings read: small media, labels, a small release."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from oracle import clips, synthetic_release

OWN_LABELS = """文件;情绪;说话人
anna_1;开心;anna
anna_2;难过;anna
ben_1;生气;ben
ben_2;开心;ben
chen_1;惊喜;chen
bad;开心;chen
"""
LABELS = "file,from,to,emotion\ntalk,0,4000,Joy\ntalk,4500,8000,Sadness\n"


@pytest.fixture(scope="session")
def examples_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``talk.mp4`` (8 s, 25 frames a second), ``clips/`` and ``own/`` with labels, and ``emos-release/``."""
    folder = tmp_path_factory.mktemp("examples")
    video = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=8"]
    audio = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=8"]
    coded = ["-c:v", "libx264", "-g", "50", "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-c:a", "alac"]
    shutil.copy(clips.make([*video, *audio, *coded], ".mp4"), folder / "talk.mp4")
    (folder / "clips").mkdir()
    shutil.copy(folder / "talk.mp4", folder / "clips" / "talk.mp4")
    (folder / "clips" / "labels.csv").write_text(LABELS, encoding="utf-8")
    (folder / "own").mkdir()
    for name in ("anna_1", "anna_2", "ben_1", "ben_2", "chen_1"):
        shutil.copy(folder / "talk.mp4", folder / "own" / f"{name}.mp4")
    (folder / "own" / "bad.mp4").write_bytes(b"cut off")
    (folder / "own" / "labels.csv").write_bytes(OWN_LABELS.encode("gbk"))
    synthetic_release.make(folder / "emos-release")
    return folder


@pytest.fixture(autouse=True)
def example_media(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, doctest_namespace: dict[str, object]
) -> None:
    """Run pages of docs in the folder, and give `clip`, the path of 3 s of video and audio, to docstrings that read one."""
    if not isinstance(request.node, pytest.DoctestItem) or request.node.dtest is None:
        return
    page = request.node.path.suffix == ".md"
    reads_clip = any("clip" in example.source for example in request.node.dtest.examples)
    if (page or reads_clip) and shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg on the path, which makes the media of the example")
    if page:
        monkeypatch.chdir(request.getfixturevalue("examples_folder"))
    elif reads_clip:
        doctest_namespace["clip"] = str(clips.counting_clip(seconds=3))
