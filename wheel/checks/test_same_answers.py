"""The wheel gives what the build against the system's FFmpeg gives: the same frames bit for bit, samples within 1e-6."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from clips_of_wheel import all_clips

READ_ALL = Path(__file__).with_name("read_all.py")
TIMEOUT_SECONDS = 3600

LARGEST_DIFFERENCE = 1e-6
"""Between samples of two versions of FFmpeg, whose decoders differ in the last bits of floats: 2.4e-7 where measured."""

CLIPS = all_clips()

Facts = dict[str, object]


@pytest.fixture(scope="session")
def answers(
    installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Facts], dict[str, Facts], Path]:
    """What both builds say of every clip, and the folder of their samples."""
    folder = tmp_path_factory.mktemp("samples")
    paths = "".join(f"{path}\n" for path in CLIPS)
    running = []
    for name, python in (("system", sys.executable), ("wheel", str(installed))):
        (folder / name).mkdir()
        words = [python, str(READ_ALL), str(folder / name), *(["--all"] if "EMOS_ALL_FRAMES" in os.environ else [])]
        running.append(
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=(folder / f"{name}.jsonl").open("w"), text=True)
        )
    for process in running:
        assert process.stdin is not None
        process.stdin.write(paths)
        process.stdin.close()
    for process in running:
        assert process.wait(TIMEOUT_SECONDS) == 0
    system, wheel = ([json.loads(line) for line in (folder / f"{name}.jsonl").open()] for name in ("system", "wheel"))
    return {each["path"]: each for each in system}, {each["path"]: each for each in wheel}, folder


def test_there_are_clips() -> None:
    if not CLIPS:
        pytest.skip("no test media; EMOS_SHARED_MEDIA names their folder")
    assert len(CLIPS) > 60


def test_the_builds_differ(installed: Path) -> None:
    code = "import emos_io._core, emos_io.media as m; print(emos_io._core.__file__, m.libraries()['libavcodec'])"
    said = [subprocess.check_output([python, "-c", code], text=True) for python in (sys.executable, str(installed))]
    assert said[0] != said[1]


@pytest.mark.parametrize("number", range(len(CLIPS)), ids=[path.name for path in CLIPS])
def test_same(number: int, answers: tuple[dict[str, Facts], dict[str, Facts], Path]) -> None:
    system, wheel, folder = answers
    path = str(CLIPS[number])
    assert wheel[path] == system[path]
    if "shape" in system[path]:
        ours, theirs = (np.fromfile(folder / name / f"{number}.f32", dtype="<f4") for name in ("wheel", "system"))
        assert float(np.abs(ours - theirs).max(initial=0)) <= LARGEST_DIFFERENCE
