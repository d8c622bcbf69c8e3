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

ALL = frozenset(
    [
        "duration",
        "start",
        "warnings",
        "warnings_after",
        "frames",
        "sha256",
        "pts",
        "missing",
        "damaged",
        "shape",
        "valid",
        "damaged_audio",
        "samples",
    ]
)
CUT = "an edit list ends within a packet of audio; FFmpeg 5.1 gives the packet, FFmpeg 9 the samples before the end"
VERSIONS_DIFFER: dict[str, tuple[frozenset[str], str]] = {
    "corrupt_lost_packets.ts": (frozenset({"samples"}), "what a decoder makes up for lost packets is its own"),
    "exo_dolbyVision-hdr.MOV": (frozenset({"valid", "samples"}), CUT),
    "mb_no-correct-videoframe-format.mov": (frozenset({"valid", "samples", "shape", "duration"}), CUT),
    "exo_sample_ima_adpcm.wav": (frozenset({"samples"}), "later decoders of IMA ADPCM round otherwise"),
    "mb_whatdoesitdo.mp4": (ALL, "its tables contradict each other, and versions believe others of them"),
}
"""Files of which FFmpeg 5.1 and 9 themselves give other answers: what may differ, and why."""

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
    (folder / "paths").write_text(paths)
    for name, python in (("system", sys.executable), ("wheel", str(installed))):
        (folder / name).mkdir()
        words = [python, str(READ_ALL), str(folder / name), *(["--all"] if "EMOS_ALL_FRAMES" in os.environ else [])]
        with (folder / "paths").open() as given, (folder / f"{name}.jsonl").open("w") as out:
            running.append(subprocess.Popen(words, stdin=given, stdout=out))
    for process in running:
        assert process.wait(TIMEOUT_SECONDS) == 0
    system, wheel = (
        [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
        for name in ("system", "wheel")
    )
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
    both = system[path], wheel[path]
    differing = {name for name in {*both[0], *both[1]} if both[0].get(name) != both[1].get(name)}
    if "shape" in both[0] and both[0].get("shape") == both[1].get("shape"):
        ours, theirs = (np.fromfile(folder / name / f"{number}.f32", dtype="<f4") for name in ("wheel", "system"))
        if float(np.abs(ours - theirs).max(initial=0)) > LARGEST_DIFFERENCE:
            differing.add("samples")
    allowed, reason = VERSIONS_DIFFER.get(CLIPS[number].name, (frozenset(), "nothing may differ"))
    assert differing <= allowed, (
        f"{reason}: {[(name, *(each.get(name) for each in both)) for name in sorted(differing)]}"
    )
