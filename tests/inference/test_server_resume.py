"""A run that is killed half-way and made again: recorded windows are not asked again, those on their way twice at most."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import server_runs
from run_emos import killed_on_failure
from server_runs import questions, recorded
from server_stub import running_stub

pytest.importorskip("httpx")

CONCURRENCY = 3
ENOUGH = 6


def test_no_recorded_window_is_asked_again_after_a_kill(tmp_path: Path) -> None:
    media, out = tmp_path / "media", tmp_path / "answers.jsonl"
    (tmp_path / "stub").mkdir()
    keys = [window.key for window in questions(media).plan.windows()]
    with running_stub(tmp_path / "stub") as stub:
        stub.set({"*": ["slow 0.2"]})
        command = [sys.executable, server_runs.__file__, stub.address, str(media), str(out), str(CONCURRENCY), ""]
        with killed_on_failure(subprocess.Popen(command)) as process:
            while len(recorded(out)) < ENOUGH and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        before = recorded(out)
        assert ENOUGH <= len(before) < len(keys)
        # A line that the kill cut is no answer.
        out.write_bytes(b"".join(line for line in out.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")))

        server_runs.run(stub.address, media, out, concurrency=CONCURRENCY)

        asked = stub.keys()
    assert sorted(recorded(out)) == sorted(keys)
    assert recorded(out)[: len(before)] == before
    assert set(asked) == set(keys)
    assert all(asked[key] == 1 for key in before)
    twice = [key for key in keys if asked[key] > 1]
    assert len(twice) <= CONCURRENCY
    assert all(asked[key] == 2 for key in twice)
