"""``emos plan``: a summary on stdout, one line on stderr where it is used wrongly."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from run_emos import emos, emos_here

from oracle.clips import counting_clip

pytestmark = pytest.mark.command


def plan(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return emos_here("plan", *words)


@pytest.fixture(scope="module")
def clip() -> Path:
    return counting_clip(seconds=10, rate=8_000)


def test_a_file_is_planned_and_its_summary_is_one_object(clip: Path) -> None:
    done = plan(clip, "--length", "4", "--hop", "1/2", "--order", "sequential", "--fps", "25", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    summary = json.loads(done.stdout)
    # From 0 to 6 by halves; each frame once.
    assert (summary["windows"], summary["unique"], summary["decoded"]) == (13, 250, 250)
    assert (summary["asked"], summary["steps"], summary["causal"]) == (13 * 100, 13, True)


def test_the_release_is_planned(saved_release: Path) -> None:
    """In a process of its own, and in this one: the fingerprint is the same."""
    done = emos("plan", saved_release, "--length", "4", "--hop", "0.5", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    summary = json.loads(done.stdout)
    assert (summary["windows"], summary["items"], summary["layer"]) == (11_154, 46, "basic7")
    assert summary["decoded_over_unique"] <= 1.5
    assert round(100 * summary["mixed"] / summary["windows"], 1) == 9.0
    printed = plan(saved_release, "--length", "4", "--hop", "0.5")
    assert summary["fingerprint"] in printed.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--length", "4", "--hop", "11"], "emos: --hop must be at most 10 s, the length of"),
        (
            ["--length", "4", "--labels", "valence"],
            "emos: --labels must be none or the name of a taxonomy for items without labels, got 'valence'",
        ),
        (
            ["--length", "4", "--num-buckets", "2", "--order", "contiguous"],
            'emos: --num-buckets must be 1 with order "contiguous", got 2',
        ),
        (["--length", "-1"], "emos: --length must be above 0, got '-1'"),
        (
            ["--length", "4", "--by", "clip", "--hop", "1"],
            "emos: --hop must be left out with --by clip, got 1; leave out one of",
        ),
        (["--length", "4", "--by", "utterance"], "source must hold monologue, got media; give --by clip for these"),
        (
            ["--length", "4", "--batch-size", "6", "--num-lanes", "4"],
            "--batch-size must be a multiple of --num-lanes 4, got 6",
        ),
        (["--length", "4", "--on-error", "mask"], "Invalid value for '--on-error'"),
        (
            [],
            "emos: --length must be above 0 where --by is left out, got nothing; "
            "give seconds, or --by clip, utterance, sentence",
        ),
        (["--length", "4", "--by", "scene"], "Invalid value for '--by'"),
    ],
)
def test_wrong_use_is_one_line_and_two(clip: Path, words: list[str], message: str) -> None:
    done = plan(clip, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_none_is_three(tmp_path: Path) -> None:
    done = plan(tmp_path / "nowhere.mp4", "--length", "4")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
